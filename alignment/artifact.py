"""Artifacts: what a stage leaves on disk, in one piece or not at all.

An artifact is a folder `<root>/<run>/<stage>/` with an `artifact.json` that holds the hash of every file, the
config that made it, its parents and its metrics. A folder under that name is complete: a stage works in a
partial folder beside it, and `write` renames it when all is there.
"""

import errno
import hashlib
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any

from alignment.errors import UserError

SCHEMA_VERSION = 1
RECORD = "artifact.json"
STATE = "partial.json"  # what a partial folder remembers between two attempts; not part of the artifact
SCRATCH = ".scratch"  # checkpoints and caches of a partial folder; not part of the artifact
PACKAGES = ["attune", "torch", "transformers", "tokenizers", "trl", "peft", "datasets", "accelerate", "numpy", "scipy"]
LOGS = {"metrics.jsonl"}  # hashed and verified, but with clock times in them: no part of the identity


@dataclass(kw_only=True)
class Artifact:
    """One finished stage. `path` is its folder; all else stands in its artifact.json."""

    path: Path
    kind: str
    stage: str
    run: str
    created: str  # UTC, ISO 8601
    seconds: float  # wall time of the process that finished it
    seed: int
    versions: dict[str, str]
    git_commit: str | None
    config: dict[str, Any]  # resolved: the stage's section and the shared settings
    config_hash: str
    inputs_hash: str  # over all that decides the content: config, used settings, seed, parents' sha256
    parents: list[dict[str, str]]  # {"role", "path" (relative to `path`), "sha256"}
    files: dict[str, str]  # path relative to `path` -> sha256
    fingerprints: dict[str, str]  # name -> sha256 of data that is not a file here
    metrics: dict[str, Any]
    wandb_id: str | None

    @property
    def sha256(self) -> str:
        """Identity of the content (kind, files, fingerprints): equal for two runs that made the same."""
        files = {name: sha for name, sha in self.files.items() if name not in LOGS}
        return canonical_hash([self.kind, files, self.fingerprints])


REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG}
FULL = {errno.ENOSPC, errno.EDQUOT}
FULL_TEXTS = (os.strerror(errno.ENOSPC), "disk is full", "file write failed")


def disk_full(path: Path | str) -> UserError:
    """What a user is told when there is no room for `path`."""
    return UserError(
        f"the disk is full: {path} could not be written",
        "a disk with room for checkpoints and weights",
        "free some space and run the same command again; finished artifacts are untouched",
    )


class disk_errors:
    """`with disk_errors(path):` a full disk or a place that cannot be written becomes a UserError.

    It reads the text too, since torch, safetensors and SQLite report a full disk in exceptions of their own.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, UserError):
            return
        code = error.errno if isinstance(error, OSError) else None
        if code in FULL or any(text in str(error) for text in FULL_TEXTS):
            raise disk_full(self.path) from error
        if isinstance(error, OSError) and code in REFUSED:
            raise UserError(
                f"cannot write {error.filename or self.path}: {error.strerror}",
                "a folder that this user may write to",
                "mend its permissions, or choose another with root=FOLDER",
            ) from error


def plain(value: Any) -> Any:
    """`value` as JSON gives it back: enums as their values, tuples as lists, keys as text."""
    return json.loads(json.dumps(value, default=_plain_one))


def canonical_hash(value: object) -> str:
    """sha256 of `value` as JSON with sorted keys: equal values, equal hash."""
    text = json.dumps(plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def hash_file(path: Path, sync: bool = False) -> str:
    """sha256 of a file's bytes. With `sync`, the bytes are on the disk, not in a cache, when it returns."""
    with path.open("rb") as file:
        if sync:
            os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_bytes_atomic(path: Path, data: bytes) -> None:
    """Write a file whole or not at all (temporary file, fsync, rename)."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def write_text_atomic(path: Path, text: str) -> None:
    """The same for text, as UTF-8."""
    write_bytes_atomic(path, text.encode())


def write_json_atomic(path: Path, value: object) -> None:
    write_text_atomic(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """One JSON object a line, whole or not at all."""
    write_text_atomic(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Rows of a JSON-lines file; empty lines and a byte order mark are passed over. UserError names file and line."""
    rows = []
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "a readable JSON-lines file") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text (byte {error.start})", "UTF-8 JSON lines") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UserError(
                f"{path}, line {number}: not JSON ({error})", "one JSON object a line", f"mend line {number}"
            ) from error
        if not isinstance(row, dict):
            raise UserError(f"{path}, line {number}: {line[:60]!r}", "a JSON object", f"mend line {number}")
        rows.append(row)
    return rows


def load(folder: Path) -> Artifact:
    """The artifact in `folder`. UserError when there is none, or its record cannot be used."""
    path = folder / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"{folder} holds no artifact", f"a folder with {RECORD}") from error
    except (OSError, ValueError) as error:
        raise _unusable(folder, f"cannot be read ({error})") from error
    if not isinstance(record, dict) or record.get("schema_version") != SCHEMA_VERSION:
        raise _unusable(folder, f"is not of schema version {SCHEMA_VERSION}")
    names = {field.name for field in fields(Artifact)} - {"path"}
    if set(record) != names | {"schema_version", "record_hash"}:
        raise _unusable(folder, "has missing or unknown fields")
    seal = record.pop("record_hash")
    if seal != canonical_hash(record):
        raise _unusable(folder, "was edited by hand (hash differs)")
    return Artifact(path=folder, **{name: record[name] for name in names})


def ancestry(folders: Iterable[Path]) -> list[Artifact]:
    """The artifacts in `folders` and all their ancestors that are still there, each once, parents first."""
    found: dict[Path, Artifact] = {}

    def visit(folder: Path) -> None:
        place = folder.resolve()
        if place in found or not (place / RECORD).exists():
            return
        one = load(folder)
        for parent in one.parents:
            visit(folder / parent["path"])
        found[place] = one

    for folder in folders:
        visit(folder)
    return list(found.values())


def verify(artifact: Artifact) -> None:
    """UserError naming the first file that is missing or whose bytes are not those the stage wrote."""
    again = f"python -m alignment.run stage={artifact.stage} run={artifact.run} force=true"
    for name, sha256 in artifact.files.items():
        path = artifact.path / name
        if not path.is_file():
            raise UserError(f"{path} is missing", "the files the stage wrote, unchanged", again)
        with disk_errors(path):
            found = hash_file(path)
        if found != sha256:
            raise UserError(f"{path} was edited by hand (hash differs)", "the file the stage wrote", again)


def write(partial: Path, artifact: Artifact, replace: bool = False) -> Artifact:
    """Turn the folder `partial` into the finished `artifact` (its path, with its `files` filled in).

    The record is written once every file is hashed and on the disk, so a partial folder that holds one is
    complete; `recover` finishes the rename if the process ends in between.
    """
    with disk_errors(artifact.path):
        artifact.files = {
            name: hash_file(partial / name, sync=True) for name in sorted(_content(partial)) if name != RECORD
        }
        record = {"schema_version": SCHEMA_VERSION, **asdict(artifact)}
        del record["path"]
        record = plain(record)  # as it will be read, so that its hash is that of what is read
        write_json_atomic(partial / RECORD, {**record, "record_hash": canonical_hash(record)})
        _promote(partial, artifact.path, replace)
    return load(artifact.path)


def recover(partial: Path, final: Path) -> None:
    """Finish what a process that was killed inside `write` left undone."""
    old = _old(final)
    with disk_errors(final):
        if old.exists() and final.exists():
            shutil.rmtree(old)
        if (partial / RECORD).exists() and (old.exists() or not final.exists()):
            _promote(partial, final, replace=False)


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that bear on results; what is not installed is left out."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def git_commit() -> str | None:
    """Commit of the checkout this package runs from, if it runs from one."""
    top = Path(__file__).resolve().parent.parent
    if not (top / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(top), "rev-parse", "--verify", "--quiet", "HEAD"],
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def _plain_one(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON value: {value!r}")


def _content(folder: Path) -> list[str]:
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [file.as_posix() for file in files if file.parts[0] not in (SCRATCH, STATE)]


def _promote(partial: Path, final: Path, replace: bool) -> None:
    shutil.rmtree(partial / SCRATCH, ignore_errors=True)
    (partial / STATE).unlink(missing_ok=True)
    old = _old(final)
    if final.exists():
        if not replace:
            raise UserError(f"{final} was finished by another process meanwhile", do="run the same command again")
        final.rename(old)
    partial.rename(final)
    _sync_folder(final.parent)
    if old.exists():
        shutil.rmtree(old)


def _old(final: Path) -> Path:
    return final.with_name(f".{final.name}.old")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unusable(folder: Path, why: str) -> UserError:
    again = f"python -m alignment.run stage={folder.name} run={folder.parent.name} force=true"
    return UserError(f"{folder / RECORD} {why}", "the record the stage wrote", again)
