"""Artifacts: whole or absent, and honest about what is in them."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alignment import artifact as artifacts
from alignment.artifact import (
    Artifact,
    canonical_hash,
    disk_errors,
    hash_file,
    load,
    read_jsonl,
    recover,
    verify,
    write,
    write_json_atomic,
    write_jsonl,
)
from alignment.errors import UserError


def blank(path: Path, **changes: Any) -> Artifact:
    values: dict[str, Any] = {
        "path": path,
        "kind": "policy",
        "stage": "sft",
        "run": "demo",
        "created": "2026-01-01T00:00:00+00:00",
        "seconds": 1.5,
        "seed": 1,
        "versions": {"python": "3.11"},
        "git_commit": None,
        "config": {"sft": {"rate": 1e-3}},
        "config_hash": "c",
        "inputs_hash": "i",
        "parents": [],
        "files": {},
        "fingerprints": {},
        "metrics": {"loss": 0.25},
        "wandb_id": None,
    }
    return Artifact(**{**values, **changes})


@pytest.fixture
def partial(tmp_path: Path) -> Path:
    folder = tmp_path / ".sft.partial"
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "weights").write_bytes(b"abc")
    (folder / "metrics.jsonl").write_text('{"step": 1, "time": 2}\n')
    (folder / ".scratch").mkdir()
    (folder / ".scratch" / "checkpoint").write_text("big")
    (folder / "partial.json").write_text("{}")
    return folder


@pytest.fixture
def made(partial: Path, tmp_path: Path) -> Artifact:
    return write(partial, blank(tmp_path / "sft"))


def test_written_and_read_back(made: Artifact, partial: Path) -> None:
    # sha256 of "abc", from FIPS 180-2
    assert made.files["model/weights"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert set(made.files) == {"model/weights", "metrics.jsonl"}
    assert sorted(path.name for path in made.path.iterdir()) == ["artifact.json", "metrics.jsonl", "model"]
    assert not partial.exists()
    assert load(made.path) == made
    verify(made)


def test_identity_is_the_content(made: Artifact) -> None:
    other_time = replace(made, created="later", seconds=9.0, run="second", metrics={"loss": 1})
    other_log = replace(made, files={**made.files, "metrics.jsonl": "0"})
    assert made.sha256 == other_time.sha256 == other_log.sha256
    assert made.sha256 != replace(made, kind="reward").sha256
    assert made.sha256 != replace(made, files={**made.files, "model/weights": "0"}).sha256
    assert made.sha256 != replace(made, fingerprints={"ratings": "0"}).sha256


def test_an_edited_file_is_named(made: Artifact) -> None:
    (made.path / "model" / "weights").write_bytes(b"abd")
    with pytest.raises(UserError, match=r"model/weights was edited by hand(.|\n)*stage=sft run=demo force=true"):
        verify(made)


def test_a_missing_file_is_named(made: Artifact) -> None:
    (made.path / "model" / "weights").unlink()
    with pytest.raises(UserError, match="model/weights is missing"):
        verify(made)


def test_an_edited_record_is_refused(made: Artifact) -> None:
    path = made.path / "artifact.json"
    path.write_text(path.read_text().replace("0.25", "0.01"))
    with pytest.raises(UserError, match=r"artifact\.json was edited by hand"):
        load(made.path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "schema version 1"),
        ('{"schema_version": 2}', "schema version 1"),
        ('{"schema_version": 1}', "missing or unknown fields"),
    ],
)
def test_a_record_that_cannot_be_used(made: Artifact, text: str, message: str) -> None:
    (made.path / "artifact.json").write_text(text)
    with pytest.raises(UserError, match=message):
        load(made.path)


def test_no_artifact(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere holds no artifact"):
        load(tmp_path / "nowhere")


def test_force_replaces_and_without_it_nothing_is_touched(made: Artifact, partial: Path) -> None:
    partial.mkdir()
    (partial / "new").write_text("1")
    with pytest.raises(UserError, match="sft"):
        write(partial, blank(made.path))
    verify(load(made.path))
    again = write(partial, blank(made.path), replace=True)
    assert set(again.files) == {"new"}
    assert [path.name for path in made.path.parent.iterdir()] == ["sft"]


@pytest.mark.parametrize("call", ["rename", "fsync", "rmtree"])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("force", [False, True])
def test_a_kill_at_any_call_leaves_a_whole_artifact_or_a_partial_one(
    partial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, force: bool
) -> None:
    """The n-th rename, fsync or rmtree ends the process: then `recover` finds old or new, whole."""
    final = tmp_path / "sft"
    if force:
        final.mkdir()
        (final / "old").write_text("0")
        old = tmp_path / ".old"
        final.rename(old)
        write(old, blank(final))
    owner = {"rename": Path, "fsync": os, "rmtree": artifacts.shutil}[call]
    real, calls = getattr(owner, call), []

    class Killed(BaseException):
        pass

    def count(*args: Any, **rest: Any) -> Any:
        calls.append(1)
        if len(calls) == number:
            raise Killed
        return real(*args, **rest)

    with monkeypatch.context() as patch:
        patch.setattr(owner, call, count)
        try:
            write(partial, blank(final), replace=force)
        except Killed:
            assert len(calls) == number
    recover(partial, final)
    if final.exists():
        found = load(final)
        verify(found)
        assert set(found.files) in ({"old"}, {"model/weights", "metrics.jsonl"})
    else:
        assert not force, "the old artifact is lost"
    assert final.exists() or (partial / "model" / "weights").exists()
    assert not (tmp_path / ".sft.old").exists()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    path = tmp_path / "rows.jsonl"
    write_jsonl(path, [{"n": 1}])

    def full(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"the disk is full: .*rows\.jsonl(.|\n)*next: free some space"):
        write_jsonl(path, [{"n": 2}])
    assert read_jsonl(path) == [{"n": 1}]
    assert [one.name for one in tmp_path.iterdir()] == ["rows.jsonl"]


def test_a_full_disk_in_the_words_of_other_libraries(tmp_path: Path) -> None:
    for text in ("I/O error: No space left on device (os error 28)", "(sqlite3) database or disk is full"):
        with pytest.raises(UserError, match="the disk is full"), disk_errors(tmp_path):
            raise RuntimeError(text)
    with pytest.raises(RuntimeError, match="something else"), disk_errors(tmp_path):
        raise RuntimeError("something else")


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *args: Any, **rest: Any) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UserError, match=r"cannot write .*x\.json.*Permission denied(.|\n)*root=FOLDER"):
        write_json_atomic(tmp_path / "x.json", {})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        write_json_atomic(tmp_path / "file" / "x.json", {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n\n{"a": \n', "line 3: not JSON"),
        ('{"a": 1}\n[1]\n', r"line 2: '\[1\]'"),
        ('"text"', "line 1"),
    ],
)
def test_a_corrupt_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "rows.jsonl").write_text(text)
    with pytest.raises(UserError, match=rf"rows\.jsonl, {message}"):
        read_jsonl(tmp_path / "rows.jsonl")


def test_rows_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read"):
        read_jsonl(tmp_path / "none.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"a": "\xe9"}')
    with pytest.raises(UserError, match="not UTF-8 text"):
        read_jsonl(tmp_path / "latin.jsonl")


def test_rows_survive_odd_characters(tmp_path: Path) -> None:
    rows = [{"text": "a\u2028b\u0085c\nd", "é": None}]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    assert read_jsonl(tmp_path / "rows.jsonl") == rows


def test_hashes() -> None:
    assert canonical_hash({"a": 1, "b": (2,)}) == canonical_hash({"b": [2], "a": 1})
    assert canonical_hash({"a": 1}) != canonical_hash({"a": 1.5})
    with pytest.raises(TypeError, match="no JSON value"):
        canonical_hash({"a": object()})


def test_hash_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"")
    # sha256 of nothing
    assert hash_file(tmp_path / "f") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_record_is_plain_json(made: Artifact) -> None:
    record = json.loads((made.path / "artifact.json").read_text())
    assert record["schema_version"] == 1
    assert record["metrics"] == {"loss": 0.25}
    assert "path" not in record
