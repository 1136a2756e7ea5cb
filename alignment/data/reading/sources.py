"""Source files as a stream of records: files, folders and globs, in many formats, plain or .gz.

A file with n records gives n items: each a parsed record or a `Broken` with the reason. Line numbers count from 1
and are those a text editor shows; in JSON and Parquet, which have no lines, it is the record's number, in a mailbox
the message's, in Word the paragraph's.
"""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignment.data.reading.faq import read_text
from alignment.data.reading.mail import read_eml, read_mbox
from alignment.data.reading.nested import records_in
from alignment.data.reading.pages import read_docx, read_html
from alignment.data.reading.streams import (
    GZIP_ERRORS,
    LONGEST_LINE,
    Broken,
    Item,
    Reading,
    Record,
    byte_lines,
    open_bytes,
    utf8,
    whole,
)
from alignment.data.reading.tables import read_csv, read_parquet, read_tsv
from alignment.errors import UserError

Reader = Callable[[Path, Reading], Iterator[Item]]
JSON_FORMATS = (".jsonl", ".ndjson", ".json")  # written by programs
_BLANK = re.compile(r"\s*")
_ABOUT = re.compile(r"(?:read.?me|licen[cs]e|changelog|notice|copying)\b", re.IGNORECASE)  # passed over in folders


@dataclass(kw_only=True)
class Sources:
    """The files found, and those in named folders that have another format (reported, not read)."""

    files: list[Path]
    ignored: list[Path]
    empty: list[Path] = field(default_factory=list)  # filled as they are read
    _names: dict[Path, str] = field(default_factory=dict)

    def name(self, file: Path) -> str:
        """A file's name for ids and reports: the shortest end of its path that no other file shares."""
        if file not in self._names:
            self._names[file] = self._name(file)
        return self._names[file]

    def _name(self, file: Path) -> str:
        parts = file.parts
        rivals = [other for other in self.files if other.name == file.name]
        for n in range(1, len(parts)):
            if sum(other.parts[-n:] == parts[-n:] for other in rivals) <= 1:
                return "/".join(parts[-n:])
        return file.name


def file_format(file: Path) -> str:
    """The format by the file's name (".jsonl", ".csv", ...), without .gz; "" when it is none of READERS."""
    name = file.name.lower()
    plain = name.removesuffix(".gz")
    suffix = next((suffix for suffix in FORMATS if plain.endswith(suffix)), "")
    return "" if name != plain and suffix in (".mbox", ".docx", ".parquet") else suffix


def find(inputs: Sequence[str], key: str) -> Sources:
    """The files that `inputs` (files, folders, globs) name, each once, in order; `key` names the setting in errors.

    Raises UserError for a name that matches nothing and for a named file whose format is not known.
    """
    files: list[Path] = []
    ignored: list[Path] = []
    for item in inputs:
        path = Path(item).expanduser()
        if not item.strip():  # as a shell's empty variable leaves it; Path("") would be the folder one stands in
            readable = []
        elif path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
            readable = [p for p in inside if file_format(p) and not _ABOUT.match(p.name)]
            ignored += [p for p in inside if p not in set(readable)]
        elif path.is_file():
            readable = [path]
        else:
            readable = sorted(Path(p) for p in glob.glob(str(path), recursive=True) if Path(p).is_file())
        if not readable:
            raise UserError(
                f"{key}: nothing to read at {item.strip() or 'an empty name'}",
                f"files, folders or globs of {', '.join(FORMATS)} (also .gz)",
                f"correct the path in {key}",
            )
        for file in readable:
            if not file_format(file):
                raise UserError(f"{key}: {file} has an unknown format", f"{', '.join(FORMATS)} (also .gz)")
            try:
                file.open("rb").close()
            except OSError as error:
                raise UserError(
                    f"{key}: cannot read {file}: {error.strerror}",
                    "files that this user may read",
                    "mend its permissions",
                ) from error
        files += readable
    return Sources(files=_once(files), ignored=list(dict.fromkeys(ignored)))


def _once(files: list[Path]) -> list[Path]:
    """Each file once, by its shortest path, whatever links lead to it (a folder may hold a link to itself)."""
    shortest: dict[Path, Path] = {}
    for file in files:
        known = shortest.setdefault(file.resolve(), file)
        if len(file.parts) < len(known.parts):
            shortest[file.resolve()] = file
    kept = set(shortest.values())
    return [file for file in dict.fromkeys(files) if file in kept]


def read(file: Path, reading: Reading | None = None) -> Iterator[Item]:
    """All records of one file, streamed (JSON, documents and e-mail alone are loaded whole).

    A file cut short or damaged ends with one `Broken` at the line reached. Raises UserError when the file cannot be
    opened or holds no record at all.
    """
    sources = Sources(files=[file], ignored=[])
    yield from read_all(sources, reading or Reading())


def read_all(sources: Sources, reading: Reading) -> Iterator[Item]:
    """All records of all files; .eml files of one folder are read together, since replies refer to each other.

    Files without a record are listed in `sources.empty`. UserError when that is all of them.
    """
    folders: dict[Path, list[Path]] = {}
    for file in sources.files:
        if file_format(file) == ".eml":
            folders.setdefault(file.parent, []).append(file)
    for file in sources.files:
        if file_format(file) != ".eml":
            yield from _guarded(sources, [file], READERS[file_format(file)](file, reading))
        elif together := folders.pop(file.parent, []):
            yield from _guarded(sources, together, read_eml(together, reading))
    if len(sources.empty) == len(sources.files) > 0:
        raise UserError(
            f"{sources.empty[0]}: empty, no record in it", "at least one record", "remove the file or fill it"
        )


def _guarded(sources: Sources, files: list[Path], items: Iterator[Item]) -> Iterator[Item]:
    line, empty = 0, True
    try:
        for item in items:
            line, empty = item.line, False
            yield item
    except GZIP_ERRORS:
        empty = False
        yield Broken(file=files[0], line=line + 1, reason="the compressed data is damaged or ends early")
    except OSError as error:
        raise UserError(f"{files[0]}: cannot be read ({error.strerror or 'input/output error'})") from error
    if empty:
        sources.empty += files


def count_lines(file: Path) -> int:
    """About how many records a file holds, for progress: its lines (0 where lines are no records)."""
    if file_format(file) not in (".jsonl", ".ndjson", ".csv", ".tsv"):
        return 0
    count = 0
    try:
        with open_bytes(file) as stream:
            while block := stream.read(1 << 20):
                count += block.count(b"\n")
    except (OSError, *GZIP_ERRORS):
        return 0
    return count


def parse_json(data: bytes) -> Any:
    """The JSON value of UTF-8 bytes. ValueError with a reason that quotes nothing of the content."""
    try:
        return json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise ValueError("not JSON we read: nested too deeply") from None
    except ValueError:
        raise ValueError("not JSON we read: a number too long") from None


def read_jsonl(file: Path, reading: Reading) -> Iterator[Item]:
    """One JSON value a line; blank lines hold no record. Values over several lines, where the whole file is such."""
    if spread := _spread(file, reading):
        yield from spread
        return
    for number, line in byte_lines(file, reading):
        if not line.strip():
            continue
        try:
            if len(line) > LONGEST_LINE:
                raise ValueError(f"longer than {LONGEST_LINE >> 20} MiB")
            yield Record(file=file, line=number, value=parse_json(line))
        except ValueError as error:
            reason = str(error).replace("line 1, ", "")
            yield Broken(file=file, line=number, reason=reason)


def _spread(file: Path, reading: Reading) -> list[Item]:
    """The records of a file of JSON values that go over several lines ("pretty"); [] where it is not that."""
    first = next((line for _, line in byte_lines(file, reading) if line.strip()), b"").strip()
    if first[:1] not in (b"{", b"[") or _is_json(first):
        return []
    found: list[tuple[int, Any]] = []
    try:
        text = utf8(whole(file), reading).decode("utf-8")
        at = len(text) - len(text.lstrip())
        line = 1 + text.count("\n", 0, at)
        while at < len(text):
            value, end = json.JSONDecoder().raw_decode(text, at)
            found.append((line, value))
            after = _BLANK.match(text, end).end()  # type: ignore[union-attr]
            line, at = line + text.count("\n", at, after), after
    except (ValueError, RecursionError):
        return []
    if len(found) == 1:
        found = list(enumerate(records_in(found[0][1]), start=1))
    return [Record(file=file, line=line, value=value) for line, value in found]


def _is_json(data: bytes) -> bool:
    try:
        parse_json(data)
    except ValueError:
        return False
    return True


def read_json(file: Path, reading: Reading) -> Iterator[Item]:
    """The records of one JSON value (see `nested.records_in`), or of JSON lines under this name."""
    try:
        data = utf8(whole(file), reading)
    except ValueError as error:
        yield Broken(file=file, line=1, reason=str(error))
        return
    if not data.strip():
        return
    try:
        value = parse_json(data)
    except ValueError as error:
        if _is_lines(data):
            yield from read_jsonl(file, reading)
        else:
            yield Broken(file=file, line=1, reason=str(error))
        return
    for number, item in enumerate(records_in(value), start=1):
        yield Record(file=file, line=number, value=item)


def _is_lines(data: bytes) -> bool:
    """Whether the first line is a whole object."""
    try:
        return isinstance(parse_json(data.lstrip().split(b"\n", 1)[0]), dict)
    except ValueError:
        return False


def _eml(file: Path, reading: Reading) -> Iterator[Item]:
    return read_eml([file], reading)


READERS: dict[str, Reader] = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json,
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".parquet": read_parquet,
    ".eml": _eml,
    ".mbox": read_mbox,
    ".txt": read_text,
    ".md": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".docx": read_docx,
}
FORMATS = tuple(READERS)
