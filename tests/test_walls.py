"""The walls of the design, read from the imports: who may know whom."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

PACKAGES = ("alignment", "feedback_app")
FILES = sorted(path for package in PACKAGES for path in (CHECKOUT / package).rglob("*.py"))
MODULES = {".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__"): path for path in FILES}
HEAVY = {"torch", "transformers", "trl", "peft", "gradio"}
# what the feedback app may use, so that a server installs without torch
APP_MAY_USE = {"alignment.feedback", "alignment.stats", "alignment.artifact", "alignment.settings", "alignment.errors"}


def imports(path: Path, module: str, at_import: bool = False) -> set[str]:
    """Modules that a file imports; with at_import, those it imports as it is imported, not inside functions."""
    found = set()
    for node in _nodes(ast.parse(path.read_text(encoding="utf-8")), at_import):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
                base = ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [node.module])])
            names = {f"{base}.{alias.name}" for alias in node.names}
            found |= (names & MODULES.keys()) or {base}
    return found


def _nodes(tree: ast.AST, at_import: bool) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if at_import and (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or _for_types(node)):
            continue
        yield node
        yield from _nodes(node, at_import)


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


GRAPH = {module: imports(path, module, at_import=True) & MODULES.keys() for module, path in MODULES.items()}


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def top(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize(
    "module", [name for name in MODULES if name.startswith(("alignment.feedback", "alignment.stats"))]
)
def test_feedback_and_stats_know_no_torch_and_no_gradio(module: str) -> None:
    assert not top(imports(MODULES[module], module)) & HEAVY
    seen, todo = set(), {module}
    while todo:
        name = todo.pop()
        seen.add(name)
        assert not top(imports(MODULES[name], name, at_import=True)) & HEAVY, f"{module} imports {name}"
        todo |= GRAPH[name] - seen


def test_feedback_and_stats_load_without_them() -> None:
    names = [name for name in MODULES if name.startswith(("alignment.feedback", "alignment.stats"))]
    names = [name for name in names if "migrations" not in name]  # Alembic runs those itself
    code = f"import sys; import {', '.join(names)}; bad = {HEAVY} & set(sys.modules); assert not bad, bad"
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True, timeout=300)


@pytest.mark.parametrize("module", [name for name in MODULES if within(name, "alignment.stages")])
def test_a_stage_module_loads_no_torch(module: str) -> None:
    code = f"import sys; import {module}; assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True, timeout=300)


def test_alignment_knows_no_app() -> None:
    for module, path in MODULES.items():
        if within(module, "alignment"):
            assert "feedback_app" not in top(imports(path, module)), module


def test_the_app_knows_little_of_alignment() -> None:
    for module, path in MODULES.items():
        if within(module, "feedback_app"):
            used = {name for name in imports(path, module) if within(name, "alignment") and name != "alignment"}
            assert all(any(within(name, allowed) for allowed in APP_MAY_USE) for name in used), (module, used)


def test_only_run_knows_hydra_and_only_tracking_wandb() -> None:
    for module, path in MODULES.items():
        known = top(imports(path, module))
        assert module == "alignment.run" or not known & {"hydra", "omegaconf"}, module
        assert "wandb" not in known, module  # alignment.tracking loads it by name, once it is wanted


def test_no_two_rooms_need_each_other() -> None:
    """One way between the folders and single files of a package. Stages are loaded by name, so they count for none."""
    rooms: dict[str, set[str]] = {}
    for module, path in MODULES.items():
        here = ".".join(module.split(".")[:2])
        known = {".".join(name.split(".")[:2]) for name in imports(path, module) if top({name}) & set(PACKAGES)}
        rooms.setdefault(here, set()).update(known - {here, "alignment", "alignment.stages"})
    both = [(here, there) for here in rooms for there in rooms[here] if here in rooms.get(there, set())]
    assert not both


def test_no_circle() -> None:
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join((*way[way.index(module) :], module))
        if module not in done:
            for name in sorted(GRAPH[module]):
                visit(name, (*way, module))
            done.add(module)

    for module in sorted(GRAPH):
        visit(module, ())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_no_long_file(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
