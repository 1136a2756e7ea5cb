"""Every command with wrong input: exit code 2, three lines at most, no traceback, and nothing stored."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alignment.feedback.database.engine import default_url
from alignment.feedback.desk import App, open_app
from feedback_app.commands import main
from tests.conftest import CHECKOUT

ROWS = [{"prompt_id": "p", "prompt": "how much?", "response_id": str(n), "text": f"reply {n}"} for n in range(3)]
TABLES = ("users", "projects", "items", "responses", "tasks", "documents", "gold", "response_scores", "rating_events")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with a project `shop`, an admin `root`, and files to go wrong with."""
    folder = tmp_path_factory.mktemp("root")
    with open_app(f"sqlite:///{folder / 'feedback.sqlite'}") as core:
        core.projects.create("shop")
        core.projects.import_rows("shop", ROWS)
        core.accounts.add("root", "admin", "correct horse")
        core.accounts.add("ann", "reviewer")
    write_files(folder)
    return folder


def write_files(folder: Path) -> None:
    good = json.dumps(ROWS[0])
    packed = gzip.compress(good.encode() * 50)
    files: dict[str, bytes] = {
        "empty.jsonl": b"",
        "half.jsonl": good.encode() + b'\n{"prompt": "x',
        "list.jsonl": b"[1]",
        "deep.jsonl": b"[" * 100_000,
        "no_prompt.jsonl": b'{"text": "x"}',
        "no_reply.jsonl": b'{"prompt": "x"}',
        "number.jsonl": b'{"prompt": "x", "text": 7}',
        "surrogate.jsonl": b'{"prompt": "x", "text": "\\ud800"}',
        "surrogate_model.jsonl": b'{"prompt": "x", "text": "y", "model": "\\ud800"}',
        "nul.jsonl": b'{"prompt": "x", "text": "a\\u0000b"}',
        "nan.jsonl": b'{"prompt": "x", "text": "y", "tags": {"a": NaN}}',
        "facts.jsonl": b'{"prompt": "x", "text": "y", "facts": "one"}',
        "role.jsonl": b'{"prompt": [{"role": 1, "content": "x"}], "text": "y"}',
        "two_texts.jsonl": b'{"prompt_id": "a", "prompt": "x", "text": "y"}\n'
        b'{"prompt_id": "a", "prompt": "z", "text": "y"}',
        "changed.jsonl": json.dumps({**ROWS[0], "text": "another"}).encode(),
        "latin.jsonl": '{"prompt": "käse", "text": "y"}'.encode("latin-1"),
        "columns.csv": b"prompt,text\na,b,c\n",
        "quotes.csv": b'prompt,text\n"a,b\n',
        "tags.csv": b'prompt,text,tags,tag_x\na,b,"[1]",2\n',
        "json.csv": b"prompt,text,facts\na,b,{\n",
        "no_header.csv": b"a,b\nc,d\n",
        "half.jsonl.gz": packed[: len(packed) // 2],
        "plain.jsonl.gz": good.encode(),
        "notes.txt": b"hello",
        "rubric_list.json": b"[]",
        "rubric_flags.json": b'{"dimensions": [{"key": "tone", "label": "Tone"}], "flags": 5}',
        "rubric_twice.json": b'{"dimensions": [{"key": "a", "label": "A"}, {"key": "a", "label": "B"}]}',
        "rubric_key.json": b'{"dimensions": [{"key": "a b", "label": "A"}]}',
        "rubric_none.json": b'{"dimensions": []}',
        "gold_one.jsonl": b'{"prompt_id": "p", "order": ["0"]}',
        "gold_lists.jsonl": b'{"prompt_id": "p", "order": [["0"], ["1"]]}',
        "gold_unknown.jsonl": b'{"prompt_id": "p", "order": ["0", "9"]}',
        "gold_prompt.jsonl": b'{"prompt_id": [1], "order": ["0", "1"]}',
        "gold_both.jsonl": b'{"prompt_id": "p", "order": ["0", "1"], "response_id": "0", "scores": {"tone": 1}}',
        "gold_six.jsonl": b'{"prompt_id": "p", "response_id": "0", "scores": {"tone": 6}}',
        "gold_true.jsonl": b'{"prompt_id": "p", "response_id": "0", "scores": {"tone": true}}',
        "gold_scale.jsonl": b'{"prompt_id": "p", "response_id": "0", "scores": {"charm": 3}}',
        "gold_no_scores.jsonl": b'{"prompt_id": "p", "response_id": "0", "scores": {}}',
        "scores_one.jsonl": b'{"prompt_id": "p", "response_id": "0", "scores": [1]}',
        "scores_inf.jsonl": b'{"prompt_id": "p", "response_id": "0", "scores": [1, Infinity]}',
        "scores_nan.jsonl": b'{"prompt_id": "p", "response_id": "0", "scores": [1, NaN]}',
        "scores_list.jsonl": b'{"prompt_id": "p", "response_id": ["0"], "scores": [1, 2]}',
        "scores_more.jsonl": b'{"prompt_id": "p", "response_id": "0", "scores": [1, 2]}\n'
        b'{"prompt_id": "p", "response_id": "1", "scores": [1, 2, 3]}',
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "folder").mkdir()


@pytest.fixture
def core(root: Path) -> Iterator[App]:
    with open_app(f"sqlite:///{root / 'feedback.sqlite'}") as made:
        yield made


MISTAKES = [
    "fly",
    "serve --port x",
    "serve --port 0",
    "serve --port 65536",
    "serve --prt 7860",
    "serve --host",
    "serve extra",
    "user",
    "user fly",
    "user add",
    "user add eve --role king --password-stdin",
    "user add eve --password hush",
    "user add eve --pass",
    "user add eve --password-stdin",  # five characters on standard input
    "user add ann --password-stdin",
    "user add simulated:eve",
    "user add deleted-4",
    "user add  ",
    "user add " + "x" * 201,
    "user add a\nb",
    "user password nobody --password-stdin",
    "user password ann",
    "user role ann king",
    "user role nobody admin",
    "user role root reviewer",  # the last admin
    "user revoke nobody",
    "delete-person nobody",
    "delete-person root",
    "project",
    "project create shop",
    "project create  ",
    "project create new --set rating=2",
    "project create new --set ratings",
    "project create new --set ratings=1e9",
    "project create new --set ratings=-1",
    "project create new --set lease=NaN",
    "project create new --set tasks=5",
    "project create new --set tasks={} --set tasks.pair=1",
    "project create new --set tasks.pair=many",
    "project create new --set tasks.rank=1",
    "project create new --set tasks.choir=1",
    "project create new --set repeat_share=2",
    "project create new --set endpoints=[1]",
    "project create new --set endpoints=[[]]",
    "project set nowhere ratings=2",
    "project set shop",
    "project set shop tasks.pair=x",
    "project show nowhere",
    "project archive nowhere",
    "project guidelines nowhere",
    "project guidelines shop --file nothing.md",
    "project guidelines shop --file folder",
    "project guidelines shop --file latin.jsonl",
    "project rubric shop --file nothing.json",
    "project rubric shop --file notes.txt",
    "project rubric shop --file deep.jsonl",
    "project rubric shop --file rubric_list.json",
    "project rubric shop --file rubric_flags.json",
    "project rubric shop --file rubric_twice.json",
    "project rubric shop --file rubric_key.json",
    "project rubric shop --file rubric_none.json",
    "project gold shop nothing.jsonl",
    "project gold shop half.jsonl",
    *(
        f"project gold shop gold_{name}.jsonl"
        for name in ("one", "lists", "unknown", "prompt", "both", "six", "true", "scale", "no_scores")
    ),
    *(f"project scores shop scores_{name}.jsonl" for name in ("one", "inf", "nan", "list", "more")),
    "project scores nowhere scores_one.jsonl",
    "project order nowhere",
    "project audit --limit 0",
    "project audit --limit -1",
    "project audit --limit x",
    "project audit --limit 99999999999999999999",
    "import",
    "import nothing.jsonl",
    "import " + "x" * 300 + ".jsonl",
    "import folder",
    "import notes.txt",
    "import empty.jsonl --project nowhere",
    *(
        f"import {name}.jsonl"
        for name in (
            *("empty", "half", "list", "deep", "no_prompt", "no_reply", "number", "surrogate", "surrogate_model"),
            *("nul", "nan", "facts", "role", "two_texts", "latin"),
        )
    ),
    *(f"import {name}.csv" for name in ("columns", "quotes", "tags", "json", "no_header")),
    "import half.jsonl.gz",
    "import plain.jsonl.gz",
    "export",
    "export out.txt",
    "export out.jsonl --project nowhere",
    "export out.jsonl --form poem",
    "export out.jsonl --ties maybe",
    "export out.jsonl --conflicts maybe",
    "export out.jsonl --gold maybe",
    "export out.jsonl --surplus maybe",
    "export folder.jsonl/out.jsonl",  # folder.jsonl is made a file below
    "stats --project nowhere",
    "stats --tag nowhere",
    "stats --tag",
    "stats --database-url mysql://host/name",
    "stats --database-url nonsense",
    "stats --database-url sqlite://",
    "stats --database-url sqlite:///notes.txt",
    "stats --database-url sqlite:///folder",
    "stats --database-url postgresql://nobody@127.0.0.1:1/none",
    "stats --root notes.txt",
]


@pytest.mark.parametrize("command", MISTAKES)
def test_a_mistake_is_told_and_stores_nothing(
    command: str, root: Path, core: App, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    monkeypatch.delenv("ATTUNE_DATABASE_URL", raising=False)
    monkeypatch.setenv("ATTUNE_ROOT", str(root))
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    (root / "folder.jsonl").write_text("")
    before = counted(core)
    assert main(command.split(" ")) == 2
    said = capsys.readouterr()
    lines = said.err.strip().splitlines()
    assert 1 <= len(lines) <= 3 and all(lines), said.err
    assert "Traceback" not in said.err and "usage:" not in said.err and said.out == ""
    assert max(map(len, lines)) < 500
    assert counted(core) == before and not (root / "out.jsonl").exists()


def counted(core: App) -> list[int]:
    import sqlalchemy as sa

    with core.store.read() as connection:
        return [connection.execute(sa.text(f"select count(*) from {name}")).scalar_one() for name in TABLES]


def test_a_changed_reply_under_the_same_id_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As part of one collection; a file of its own makes a collection of its own."""
    monkeypatch.setenv("ATTUNE_ROOT", str(root))
    text = (root / "changed.jsonl").read_text()
    both = root / "both.jsonl"
    both.write_text(f"{json.dumps(ROWS[0])}\n{text}\n")
    assert main(["import", str(both)]) == 2
    assert "two different texts" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "given", "message"),
    [
        ("serve --host 0.0.0.0", b"", "nobody has an account yet"),
        ("serve --host 203.0.113.7", b"", "nobody has an account yet"),
        ("serve --host ::", b"", "nobody has an account yet"),
        ("user add eve --password-stdin", b"", "no password on standard input"),
        ("user add eve --password-stdin", b"\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc\n", ""),
        ("stats", b"", "no project yet"),
    ],
)
def test_as_a_process_of_its_own(tmp_path: Path, command: str, given: bytes, message: str) -> None:
    done = run(tmp_path, command, given)
    assert done.returncode == 2, done.stderr
    lines = done.stderr.decode().strip().splitlines()
    assert message in lines[0] and len(lines) <= 3 and b"Traceback" not in done.stderr
    with open_app(f"sqlite:///{tmp_path / 'feedback.sqlite'}") as core:
        assert core.accounts.users() == [] and core.projects.names() == [], "refused before anything was made"


def test_a_public_address_needs_an_account_too(tmp_path: Path) -> None:
    """Behind a proxy the app listens on loopback, and strangers reach it all the same."""
    done = run(tmp_path, "serve", b"", ATTUNE_PUBLIC_URL="https://rate.example.com")
    assert done.returncode == 2 and b"nobody has an account yet" in done.stderr
    done = run(tmp_path, "serve", b"", ATTUNE_PUBLIC_URL="rate.example.com")
    assert done.returncode == 2 and b"ATTUNE_PUBLIC_URL='rate.example.com'" in done.stderr


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = run(tmp_path, f"serve --port {other.getsockname()[1]}", b"")
    lines = done.stderr.decode().strip().splitlines()
    assert done.returncode == 2 and "in use" in lines[0] and len(lines) <= 3


def run(root: Path, command: str, given: bytes, **more: str) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")}
    environment |= {"ATTUNE_ROOT": str(root), "PYTHONPATH": str(CHECKOUT), **more}
    call = [sys.executable, "-m", "feedback_app", *command.split()]
    return subprocess.run(call, input=given, capture_output=True, cwd=root, env=environment, timeout=300, check=False)


def test_help_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["serve"], ["user", "add"], ["project"], ["import"], ["export"], ["stats"]):
        with pytest.raises(SystemExit) as caught:
            main([*words, "--help"])
        assert caught.value.code == 0
    said = capsys.readouterr().out
    for promised in ("--host", "--port", "--database-url", "--role {reviewer,adjudicator,admin}", "--password-stdin"):
        assert promised in said
    assert "ATTUNE_OIDC_ISSUER" in said and "no default password" in said
    assert default_url("runs").endswith("feedback.sqlite")
