"""The commands, in one process, without gradio and without torch."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from alignment.feedback.database.engine import default_url
from alignment.feedback.desk import open_app
from alignment.feedback.nouns import Answer
from feedback_app.commands import main, serve
from tests.conftest import CHECKOUT


@pytest.fixture(autouse=True)
def root(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ATTUNE_ROOT", str(tmp_path))
    monkeypatch.delenv("ATTUNE_DATABASE_URL", raising=False)
    if url != default_url(tmp_path):
        monkeypatch.setenv("ATTUNE_DATABASE_URL", url)
    return tmp_path


def given(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_the_whole_way_by_commands(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, "correct horse\n")
    assert main(["user", "add", "root", "--role", "admin", "--password-stdin"]) == 0
    assert (
        main(["project", "create", "shop", "--set", "ratings=1", "--set", "tasks.pair=1", "--set", "repeat_share=0"])
        == 0
    )
    file = root / "candidates.jsonl"
    file.write_text(
        "".join(json.dumps({"prompt": f"q{n}", "text": f"r{m} {n}"}) + "\n" for n in range(3) for m in range(2))
    )
    assert main(["import", str(file), "--project", "shop"]) == 0
    given(monkeypatch, "# Be kind\n")
    assert main(["project", "guidelines", "shop", "--file", "-"]) == 0
    assert "3 new prompts, 6 new replies, 3 new tasks" in capsys.readouterr().out
    assert "postgresql" in default_url(root) or (root / "feedback.sqlite").exists(), "the database of the stages"
    with open_app(default_url(root)) as core:
        assert core.accounts.sign_in("root", "correct horse").role == "admin"
        while (task := core.desk.next_task("root", "shop")) is not None:
            better = 2 if task.replies[0].text.startswith("r0") else -2
            core.desk.submit("root", task.assignment, Answer(strength=better))
    for name in ("out.jsonl", "out.parquet"):
        assert main(["export", str(root / name), "--form", "preference"]) == 0
    assert len((root / "out.jsonl").read_text().splitlines()) == 3
    capsys.readouterr()
    assert main(["stats", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["progress"]["counted"], found["progress"]["histogram"]) == (3, {"1": 3})
    assert main(["stats"]) == main(["user", "list"]) == main(["project", "list"]) == main(["project", "audit"]) == 0
    assert "3 of 3 ratings (100%)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["stats"], "no project yet"),
        (["stats", "--project", "x"], "no project 'x'"),
        (["import", "nothing.jsonl", "--project", "x"], "no project 'x'"),
        (["user", "role", "eve", "admin"], "no user 'eve'"),
        (["user", "add", "eve", "--password-stdin"], "5 characters"),
        (["delete-person", "eve"], "no person 'eve'"),
        (["project", "create", "shop", "--set", "rating=2"], "did you mean ratings"),
        (["project", "create", "shop", "--set", "ratings"], "NAME=VALUE"),
        (["stats", "--database-url", "mysql://x"], "database of kind 'mysql'"),
    ],
)
def test_mistakes_end_with_2_and_say_what_to_do(
    command: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, "short\n")
    assert main(command) == 2
    said = capsys.readouterr().err
    assert message in said and len(said.strip().splitlines()) <= 3 and "Traceback" not in said


def test_the_embedded_candidates_are_a_first_project(root: Path) -> None:
    with open_app(default_url(root)) as core:
        assert serve.add_embedded(core)
        assert not serve.add_embedded(core)
        found = core.projects.get("southern_charm")
        assert (found.items, found.tasks, found.guidelines.version) == (150, 450, 1)
        core.accounts.add("ann", "reviewer")
        task = core.desk.next_task("ann", "southern_charm")
        assert task is not None and task.prompt[0]["content"].startswith(
            "You answer customers of Southern Charm Decor."
        )


def test_commands_need_neither_torch_nor_gradio() -> None:
    code = "import sys; from feedback_app.commands import main; assert main(['project', 'list']) == 0; "
    code += "print([m for m in ('torch', 'gradio', 'fastapi', 'transformers', 'hydra') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
