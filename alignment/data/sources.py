"""Source files as a stream of records: files, folders and globs; JSONL, JSON, CSV, TSV and Parquet, plain or .gz.

A file with n records gives n items: each a parsed record or a `Broken` with the reason. Line numbers count from 1
and are those a text editor shows; in JSON and Parquet, which have no lines, it is the record's number.
"""

from __future__ import annotations

import csv
import glob
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from alignment.errors import UserError

BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
FORMATS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
GZIP_ERRORS = (gzip.BadGzipFile, EOFError, zlib.error)


@dataclass(kw_only=True)
class Record:
    """One record as read. `value` is any JSON value; it is checked by `records`."""

    file: Path
    line: int
    value: Any


@dataclass(kw_only=True)
class Broken:
    """A record that could not be read, and why (never with its content)."""

    file: Path
    line: int
    reason: str


@dataclass(kw_only=True)
class Sources:
    """The files found, and those in named folders that have another format (reported, not read)."""

    files: list[Path]
    ignored: list[Path]

    def name(self, file: Path) -> str:
        """A file's name for ids and reports: the shortest end of its path that no other file shares."""
        parts = file.parts
        for n in range(1, len(parts)):
            tail = parts[-n:]
            if sum(other.parts[-n:] == tail for other in self.files) == 1:
                return "/".join(tail)
        return file.name


def file_format(file: Path) -> str:
    """The format by the file's name (".jsonl", ".csv", ...), without .gz; "" when it is none of FORMATS."""
    name = file.name.lower().removesuffix(".gz")
    return next((suffix for suffix in FORMATS if name.endswith(suffix)), "")


def find(inputs: Sequence[str], key: str) -> Sources:
    """The files that `inputs` (files, folders, globs) name, each once, in order; `key` names the setting in errors.

    Raises UserError for a name that matches nothing and for a named file whose format is not known.
    """
    files: list[Path] = []
    ignored: list[Path] = []
    for item in inputs:
        path = Path(item).expanduser()
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
            readable = [p for p in inside if file_format(p)]
            ignored += [p for p in inside if not file_format(p)]
        elif path.is_file():
            readable = [path]
        else:
            readable = sorted(Path(p) for p in glob.glob(str(path), recursive=True) if Path(p).is_file())
        if not readable:
            raise UserError(
                f"{key}: nothing to read at {item}",
                f"files, folders or globs of {', '.join(FORMATS)} (also .gz)",
                f"correct the path in {key}",
            )
        for file in readable:
            if not file_format(file):
                raise UserError(f"{key}: {file} has an unknown format", f"{', '.join(FORMATS)} (also .gz)")
        files += readable
    return Sources(files=list(dict.fromkeys(files)), ignored=list(dict.fromkeys(ignored)))


def read(file: Path) -> Iterator[Record | Broken]:
    """All records of one file, streamed (JSON alone is loaded whole).

    A file cut short or not readable ends with one `Broken` at the line reached. Raises UserError when the file
    cannot be opened or holds no record at all.
    """
    reader = READERS[file_format(file)]
    line, empty = 0, True
    try:
        for item in reader(file):
            line, empty = item.line, False
            yield item
    except GZIP_ERRORS:
        empty = False
        yield Broken(file=file, line=line + 1, reason="the compressed data is damaged or ends early")
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror or 'input/output error'})") from error
    if empty:
        raise UserError(f"{file}: empty, no record in it", "at least one record", "remove the file or fill it")


def count_lines(file: Path) -> int:
    """About how many records a file holds, for progress: its lines (0 for Parquet and for a damaged file)."""
    if file_format(file) == ".parquet":
        return 0
    count = 0
    try:
        with open_bytes(file) as stream:
            while block := stream.read(1 << 20):
                count += block.count(b"\n")
    except (OSError, *GZIP_ERRORS):
        return 0
    return count


def open_bytes(file: Path) -> BinaryIO:
    """The file's bytes, unpacked when it ends in .gz."""
    if file.name.lower().endswith(".gz"):
        return gzip.open(file, "rb")  # type: ignore[return-value]
    return file.open("rb")


def text_lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """(line number, line as bytes), without a UTF-8 byte-order mark. Raises UserError for UTF-16."""
    with open_bytes(file) as stream:
        for number, line in enumerate(stream, start=1):
            if number == 1:
                if line.startswith(UTF16):
                    raise UserError(f"{file}: UTF-16 text", "UTF-8", f"iconv -f UTF-16 -t UTF-8 {file.name}")
                line = line.removeprefix(BOM)
            yield number, line


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


def read_jsonl(file: Path) -> Iterator[Record | Broken]:
    """One JSON value a line; blank lines hold no record."""
    for number, line in text_lines(file):
        if not line.strip():
            continue
        try:
            yield Record(file=file, line=number, value=parse_json(line))
        except ValueError as error:
            reason = str(error).replace("line 1, ", "")
            yield Broken(file=file, line=number, reason=reason)


def read_json(file: Path) -> Iterator[Record | Broken]:
    """A list of records, or one object: a list under "data" or "rows", or a single record."""
    with open_bytes(file) as stream:
        data = stream.read().removeprefix(BOM)
    if not data.strip():
        return
    try:
        value = parse_json(data)
    except ValueError as error:
        yield Broken(file=file, line=1, reason=str(error))
        return
    if isinstance(value, dict):
        inner = next((value[key] for key in ("data", "rows") if isinstance(value.get(key), list)), None)
        value = [value] if inner is None else inner
    for number, item in enumerate(value if isinstance(value, list) else [value], start=1):
        yield Record(file=file, line=number, value=item)


def read_table(file: Path, delimiter: str) -> Iterator[Record | Broken]:
    """Rows of a delimited table with a header line, as objects. Quoted fields may hold line ends.

    A row with another number of fields than the header, broken quoting or bytes that are not UTF-8 is `Broken`.
    """
    csv.field_size_limit(1 << 30)
    lines = (line.decode("utf-8", errors="surrogateescape") for _, line in text_lines(file))
    rows = csv.reader(lines, delimiter=delimiter, strict=False)
    header: list[str] | None = None
    start = 1
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield Broken(file=file, line=start, reason="broken quoting")
            start = rows.line_num + 1
            continue
        line, start = start, rows.line_num + 1
        if not row:
            continue
        if header is None:
            header = [name.strip() for name in row]
            continue
        if len(row) != len(header):
            yield Broken(file=file, line=line, reason=f"{len(row)} fields where the header has {len(header)}")
        elif any("\udc80" <= c <= "\udcff" for field in row if not field.isascii() for c in field):
            yield Broken(file=file, line=line, reason="not UTF-8")
        else:
            yield Record(file=file, line=line, value=dict(zip(header, row, strict=True)))


def read_csv(file: Path) -> Iterator[Record | Broken]:
    """Comma-separated, with a header."""
    return read_table(file, ",")


def read_tsv(file: Path) -> Iterator[Record | Broken]:
    """Tab-separated, with a header."""
    return read_table(file, "\t")


def read_parquet(file: Path) -> Iterator[Record | Broken]:
    """Rows of a Parquet file, a thousand at a time."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserError(f"{file}: reading Parquet needs pyarrow", "", "pip install pyarrow") from error
    number = 0
    try:
        table = pyarrow.parquet.ParquetFile(file)
        for batch in table.iter_batches(batch_size=1000):
            for row in batch.to_pylist():
                number += 1
                yield Record(file=file, line=number, value=row)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError, UnicodeDecodeError):
        yield Broken(file=file, line=number + 1, reason="not a Parquet file we can read, or damaged")


READERS: dict[str, Callable[[Path], Iterator[Record | Broken]]] = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json,
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".parquet": read_parquet,
}
