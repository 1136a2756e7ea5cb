"""A disk that is full, and one that may not be written: told in three lines; nothing is lost, nothing half-written.

A real full disk needs the right to mount one; where there is none, the tests with it skip, and say so.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from alignment import run
from alignment.artifact import load, verify
from tests import kit, tiny_run

NOBODY = 65534
SIZE = 24 << 20
STAGES = ("prepare", "sft", "collect", "reward", "dpo", "evaluate")


def command(root: Path, made: Path, stage: str) -> list[str]:
    """The command of a stage in a run of its own, from the base model and transcripts in the folder `made`."""
    few = {
        "prepare": ["brand=none", f"prepare.inputs=[{made / 'chats.jsonl'}]", "prepare.near_threshold=0"],
        "collect": ["collect.prompts=8", "collect.candidates=4"],
        "evaluate": ["evaluate.perplexity_rows=4", "evaluate.general_rows=2", "evaluate.latency_prompts=1"],
    }.get(stage) or tiny_run.small(stage)
    shared = [f"root={root}", f"run=test/new_{stage}", "tracking=off", f"model.name={made / 'base'}", *tiny_run.QUICK]
    return [*shared, f"stage={stage}", *few]


def told(capsys: pytest.CaptureFixture[str], argv: list[str]) -> list[str]:
    capsys.readouterr()
    assert run.main(argv) == 2
    err = capsys.readouterr().err
    lines = [line for line in err.splitlines() if not re.match(r"  \w+: ", line)]  # progress apart
    assert len(lines) == 3 and lines[0].startswith("error: ") and "Traceback" not in err, err
    assert lines[1].startswith("allowed: ") and lines[2].startswith("next: ")
    return lines


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Inputs of every stage, on a disk with room."""
    root = tmp_path_factory.mktemp("made")
    tiny_run.base(root)
    rows(root)
    kit.dataset(root)
    kit.preferences(root)
    tiny_run.policy(root)
    tiny_run.reward(root)
    return root


@pytest.fixture(scope="module")
def disk(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small disk of its own, with the run on it."""
    place = tmp_path_factory.mktemp("disk")
    options = f"size={SIZE}"
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, text=True
        )
    except OSError as error:
        pytest.skip(f"no mount here: {error}")
    if done.returncode:
        pytest.skip(f"a disk may not be mounted here: {done.stderr.strip()}")
    try:
        shutil.copytree(made / "test", place / "runs" / "test")
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@contextmanager
def filled(disk: Path, left: int) -> Iterator[None]:
    """The disk with so many bytes left."""
    free = os.statvfs(disk)
    filler = disk / "filler"
    filler.write_bytes(bytes(max(0, free.f_bavail * free.f_bsize - left)))
    try:
        yield
    finally:
        filler.unlink()


@pytest.mark.parametrize(
    ("left", "stage"),
    [(0, stage) for stage in STAGES]
    + [(48 << 10, stage) for stage in STAGES if stage != "prepare"],  # it has room there
)
def test_a_disk_that_is_full(
    made: Path, disk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stage: str, left: int
) -> None:
    monkeypatch.delenv("ATTUNE_DATABASE_URL", raising=False)
    root = disk / "runs"
    folder = Path("test", f"new_{stage}", stage)
    shutil.rmtree(root / folder.parent, ignore_errors=True)
    for database in root.glob("feedback.sqlite*"):
        database.unlink()
    argv = command(root, made, stage)
    with filled(disk, left):
        lines = told(capsys, argv)
        assert "the disk is full: " in lines[0] and "free some space" in lines[2]
        assert not (root / folder).exists()
    for record in (root / "test").glob("*/artifact.json"):
        verify(load(record.parent))
    # with room again the same command ends as where there always was some
    assert run.main(argv) == 0
    assert run.main(command(made, made, stage)) == 0
    ours, theirs = (load(one / folder).files for one in (root, made))
    assert ours.keys() == theirs.keys()
    assert all(
        ours[name] == theirs[name] for name in ours if name.endswith((".safetensors", ".jsonl")) and not timed(name)
    )


def timed(name: str) -> bool:
    return name == "metrics.jsonl"


@contextmanager
def nobody() -> Iterator[None]:
    """As a user who may not write everywhere, where the tests run as root."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        if not os.access(run.conf_dir() / "config.yaml", os.R_OK, effective_ids=True):
            pytest.skip("as another user than root the checkout cannot be read")
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that every user may look into."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def rows(folder: Path) -> Path:
    """Transcripts to prepare."""
    file = folder / "chats.jsonl"
    talk = '{{"id": "t{0}", "messages": [{{"role": "user", "content": "what does lamp {0} cost?"}}, '
    talk += '{{"role": "assistant", "content": "Lamp {0} costs $4{0}."}}]}}\n'
    file.write_text("".join(talk.format(i) for i in range(12)))
    return file


def prepare(root: Path, file: Path) -> list[str]:
    off = ("near_threshold=0", "group_threshold=0", "max_tokens=0", "processes=1")
    given = [f"prepare.{one}" for one in (*off, f"inputs=[{file}]")]
    return [f"root={root}", "run=test", "tracking=off", "stage=prepare", "brand=none", *given]


def test_no_right_to_write(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = rows(shared)
    assert run.main(prepare(shared / "tried", file)) == 0  # whatever is imported late is there then
    closed = shared / "runs"
    (closed / "test").mkdir(parents=True)
    (closed / "test").chmod(0o555)
    closed.chmod(0o555)
    for root in (closed / "deeper", closed):
        with nobody():
            lines = told(capsys, prepare(root, file))
        assert f"cannot write {root}" in lines[0] and "Permission denied" in lines[0] and "root=FOLDER" in lines[2]
    assert list((closed / "test").iterdir()) == []


def test_no_right_to_read(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = rows(shared)
    assert run.main(prepare(shared / "tried", file)) == 0
    open_to_all = shared / "runs"
    open_to_all.mkdir(mode=0o777)
    open_to_all.chmod(0o777)
    file.chmod(0o000)
    with nobody():
        lines = told(capsys, prepare(open_to_all, file))
    assert f"{file}" in lines[0] and "Permission denied" in lines[0]


@pytest.mark.parametrize("root", ["/proc/attune", "/dev/null/attune"])
def test_a_place_that_holds_no_folders(root: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, prepare(Path(root), rows(tmp_path)))
    assert "cannot write " in lines[0] and "root=FOLDER" in lines[2]


def test_a_full_disk_where_only_the_libraries_notice(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """safetensors and torch tell it in errors of their own; here without a mount."""
    from transformers import PreTrainedModel

    shutil.copytree(made / "test", tmp_path / "test", ignore=shutil.ignore_patterns("new_*"))

    def full(*_: object, **__: object) -> None:
        raise RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(PreTrainedModel, "save_pretrained", full)
    argv = command(tmp_path, made, "sft")
    assert "the disk is full: " in told(capsys, argv)[0]
    monkeypatch.undo()
    assert not (tmp_path / "test" / "new_sft" / "sft").exists()
    assert run.main(argv) == 0
