"""What alignment.feedback may not know: training libraries, the app, and the judge."""

import ast
import subprocess
import sys
from pathlib import Path

import alignment.feedback

FOLDER = Path(alignment.feedback.__file__).parent
CHECKOUT = FOLDER.parent.parent
ALLOWED = ("alignment.feedback", "alignment.errors", "alignment.artifact", "alignment.stats", "alignment.settings")


def modules() -> list[Path]:
    return sorted(path for path in FOLDER.rglob("*.py") if path.name != "__init__.py")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def test_it_imports_of_attune_only_what_the_app_may_import_too() -> None:
    for path in modules():
        own = {name for name in imported(path) if name.split(".")[0] in ("alignment", "feedback_app")}
        strangers = {name for name in own if not name.startswith(ALLOWED)}
        assert not strangers, f"{path.name} imports {strangers}"


def test_simulated_reviewers_do_not_know_the_judge() -> None:
    for path in modules():
        assert not [name for name in imported(path) if "evaluation" in name or "contract" in name], path.name


def test_importing_all_of_it_loads_no_training_library_and_no_gradio() -> None:
    paths = [path.relative_to(CHECKOUT).with_suffix("") for path in modules() if "migrations" not in path.parts]
    names = [".".join(path.parts) for path in paths]
    heavy = ("torch", "transformers", "trl", "gradio", "hydra", "omegaconf", "wandb", "alignment.evaluation")
    code = f"import importlib, sys\nfor n in {names}: importlib.import_module(n)\n"
    code += f"print([h for h in {heavy} if h in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, timeout=300)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
