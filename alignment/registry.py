"""Which model is in production: `<root>/registry.json`, with every move ever made. Torch-free.

{"schema_version": 1, "production": entry or null, "history": [move, ...]}

A move says what happened ("promote", "override", "rollback"), when, why, and the entry that is in production since.
An entry names the artifact (run, stage, path relative to the root, sha256) and the evaluation it was passed on.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alignment.artifact import RECORD, Artifact, ancestry, disk_errors, load, write_json_atomic
from alignment.errors import UserError

FILE = "registry.json"
CARDS = "model_cards"  # <root>/model_cards/<sha256>.md of every model promoted
RETIRED = "retention.json"  # beside an artifact.json: ratings it descends from were deleted
Entry = dict[str, Any]


def read(root: Path | str) -> dict[str, Any]:
    """The registry; an empty one where there is none. UserError when the file is not one."""
    path = Path(root, FILE)
    if not path.exists():
        return {"schema_version": 1, "production": None, "history": []}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not JSON: {error}", "the file as Attune wrote it", "restore it") from error
    if not _is_registry(found):
        raise UserError(f"{path} is no registry", "an object with production and history", "restore it")
    return dict(found)


def _is_registry(found: Any) -> bool:
    """Whether all that is read of it here is there; where nothing is in production the entry is None."""
    if not _has(found, "production", "history") or not isinstance(found["history"], list):
        return False
    if not all(_has(note, "action", "entry") for note in found["history"]):
        return False
    entries = [found["production"], *(note["entry"] for note in found["history"])]
    return all(one is None or _has(one, "path", "sha256") for one in entries)


def _has(found: Any, *names: str) -> bool:
    return isinstance(found, dict) and set(names) <= set(found)


def move(root: Path | str, action: str, entry: Entry | None, **why: Any) -> dict[str, Any]:
    """Put `entry` into production and note the move. action: promote, override or rollback."""
    with _alone(Path(root)):
        return _moved(root, action, entry, why)


def _moved(root: Path | str, action: str, entry: Entry | None, why: dict[str, Any]) -> dict[str, Any]:
    found = read(root)
    note = {"action": action, "at": datetime.now(UTC).isoformat(timespec="seconds"), "entry": entry, **why}
    made = {**found, "production": entry, "history": [*found["history"], note]}
    write_json_atomic(Path(root, FILE), made)
    return made


def rollback(root: Path | str, reason: str, signed: str) -> Entry:
    """Back to what was in production before; the move is noted. UserError where there is nothing before.

    A second rollback goes one further back: what was rolled away from is passed over. A marked model is gone back to
    all the same, as it may be the lesser harm; the note then says so in `not_passed`, as an override's does.
    """
    with _alone(Path(root)):  # two at once go back two
        entry = before(root)
        marked = retired(load(Path(root, entry["path"])))
        not_passed = [named(marked)] if marked else []
        _moved(root, "rollback", entry, {"reason": reason, "signed": signed, "not_passed": not_passed})
    return entry


def before(root: Path | str) -> Entry:
    """The entry a rollback would go to. UserError without one, or when its artifact has gone or changed."""
    stack: list[Entry] = []
    for note in read(root)["history"]:
        if note["action"] == "rollback":
            del stack[-1:]
        elif note["entry"] and note["entry"] not in stack[-1:]:
            stack.append(note["entry"])
    if len(stack) < 2:
        raise UserError(f"{Path(root, FILE)} knows no model before the one in production", "two promotions or more")
    entry = stack[-2]
    folder = Path(root, entry["path"])
    there = load(folder).sha256 if (folder / RECORD).exists() else None
    if there != entry["sha256"]:
        what = "is gone" if there is None else "was made anew since"
        raise UserError(f"{folder}, the model before, {what}", "the artifact that was promoted", "promote another")
    return entry


def entry_of(artifact: Artifact, root: Path | str, evaluation: Artifact) -> Entry:
    """What the registry holds of a model."""
    path = os.path.relpath(artifact.path.resolve(), Path(root).resolve())
    return {
        "run": artifact.run,
        "stage": artifact.stage,
        "path": path,
        "sha256": artifact.sha256,
        "evaluation": evaluation.sha256,
    }


def retired(*artifacts: Artifact) -> list[Artifact]:
    """Those of their lineage that are marked: made from ratings that were deleted since."""
    return [one for one in ancestry([one.path for one in artifacts]) if (one.path / RETIRED).exists()]


def named(marked: Sequence[Artifact]) -> str:
    """The marked artifacts as a criterion names them."""
    return f"deleted_ratings: {', '.join(f'{one.run}/{one.stage}' for one in marked) or 'none'}"


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One process at a time moves production; the kernel lets go of the lock when it ends."""
    lock = root / f".{FILE}.lock"
    with disk_errors(lock):
        root.mkdir(parents=True, exist_ok=True)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
