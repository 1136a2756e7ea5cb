"""Delimited tables and Parquet: one row, one record."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alignment.data.reading.fields import FIELD_NAMES, Fields, role_of
from alignment.data.reading.streams import Broken, Item, Reading, Record, encoding_of, text_lines, undecoded
from alignment.errors import UserError

# Fields of ours of which a record can be made.
ENOUGH = (("messages",), ("prompt", "completion"), ("speaker", "text"), ("chosen", "rejected"), ("text",))
# A cell that no column is called: a sentence, or a number.
_NO_NAME = re.compile(r"\S\s+\S.*[.?!…]\s*$|^\s*(?:\S+\s+){5}|^[\d.,:/ -]*\d[\d.,:/ -]*$", re.DOTALL)
NO_HEADER = (
    "the first row has no name of a column that we know: say which they are, as in prepare.columns.prompt=NAME "
    "prepare.columns.completion=NAME; in a file without a header they are column1, column2 and so on"
)
_QUOTED = re.compile(r'"[^"]*"')
_ESCAPED: dict[str, Any] = {"escapechar": "\\", "doublequote": False}
_SEP = re.compile(r'"?sep=([,;\t|])"?\r?\n?', re.IGNORECASE)
LONGEST_ROW = 2000  # lines of one row; more means that a quote was never closed


class _Lines:
    """Numbered lines that can be given back."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self._back: deque[tuple[int, str]] = deque()

    def take(self) -> tuple[int, str] | None:
        return self._back.popleft() if self._back else next(self._lines, None)

    def give_back(self, lines: list[tuple[int, str]]) -> None:
        self._back.extendleft(reversed(lines))


def read_table(file: Path, reading: Reading, delimiters: str) -> Iterator[Item]:
    """Rows of a delimited table with a header line, as objects; the delimiter is the one most used in the header.

    Quoted fields may hold delimiters, quotes (doubled) and line ends. A row with other quoting is taken as it stands
    when it has as many fields as the header and its quotes come in pairs. One with more or fewer fields, a quote
    that is never closed, or bytes of another encoding is `Broken`, and reading goes on with the next line. Where the
    first row names no column that we know, it may be a record (`first_row`).
    """
    csv.field_size_limit(1 << 30)
    encoding = encoding_of(file, reading)
    lines = _Lines(text_lines(file, encoding))
    header: list[str] = []
    delimiter = delimiters[0]
    while first := lines.take():
        number, text = first
        if not text.strip("\r\n"):
            continue
        if not header:
            if named := _SEP.fullmatch(text):  # as Excel writes before the header
                delimiters = named[1]
                continue
            delimiter = max(delimiters, key=_QUOTED.sub("", text).count)
            row = _row(text, delimiter, lines, 0)
            if row is None:
                yield Broken(file=file, line=number, reason="broken quoting")
                continue
            header, kind = first_row(row, reading)
            if kind == "record":
                yield Record(file=file, line=number, value=dict(zip(header, row, strict=True)))
            elif kind == "unknown":
                yield Broken(file=file, line=number, reason=NO_HEADER)
            continue
        row = _row(text, delimiter, lines, len(header))
        if row is None:
            yield Broken(file=file, line=number, reason="broken quoting")
            continue
        while len(row) > len(header) and not row[-1]:
            row.pop()
        if len(row) != len(header):
            yield Broken(file=file, line=number, reason=f"{len(row)} fields where the header has {len(header)}")
        elif any(map(undecoded, row)):
            yield Broken(file=file, line=number, reason=f"not {'UTF-8' if encoding[:5] == 'utf-8' else encoding}")
        else:
            yield Record(file=file, line=number, value=dict(zip(header, row, strict=True)))


def is_header(row: list[str], reading: Reading) -> bool:
    """Whether the first row names columns: the user or `fields` knows one of the names, and not only as a speaker's."""
    cells = [cell.strip() for cell in row]
    fields = Fields(dict.fromkeys(cells, ""), {})
    if any(all(fields.get(name) is not None for name in names) for names in ENOUGH):
        return True
    own = [cell for cell in cells if not role_of(cell, reading.roles)]
    known = Fields(dict.fromkeys(own, ""), {})
    return any(name in cells for name in reading.columns) or any(known.get(name) is not None for name in FIELD_NAMES)


def first_row(row: list[str], reading: Reading) -> tuple[list[str], str]:
    """Names for the columns of a table by its first row, and what that row is: "header", "record" or "unknown".

    A table without a header has the columns that the user gave as column1, column2 ..., or those that show: dialogue,
    speaker and text where a role stands; question and answer where there are two and one has sentences or numbers.
    In a header, a customer's and an agent's name are question and answer too.
    """
    if is_header(row, reading):
        return _named(row), "header"
    places = [f"column{place}" for place in range(1, len(row) + 1)]
    if set(places) & set(reading.columns):
        return places, "record"
    roles = [role_of(cell.strip(), reading.roles) for cell in row]
    if sorted(roles) == ["assistant", "user"]:
        return [{"user": "question", "assistant": "answer"}[role] for role in roles], "header"
    if len(row) == 2 and roles[0]:
        return ["speaker", "text"], "record"
    if len(row) == 3 and roles[1]:
        return ["dialogue_id", "speaker", "text"], "record"
    if len(row) == 2 and any(map(_NO_NAME.search, row)):
        return ["question", "answer"], "record"
    return (places if any(map(_NO_NAME.search, row)) else _named(row)), "unknown"


def _row(first: str, delimiter: str, lines: _Lines, width: int) -> list[str] | None:
    """The fields of the row that begins with the line `first`; None when its quoting is broken."""
    if '"' not in first:
        return first.rstrip("\r\n").split(delimiter)
    taken: list[tuple[int, str]] = []

    def feed() -> Iterator[str]:
        yield first
        while len(taken) < LONGEST_ROW and (line := lines.take()):
            taken.append(line)
            yield line[1]

    slashed = '\\"' in first
    for escaped in (False, True) if slashed else (False,):  # quotes doubled; or with a backslash, as MySQL writes them
        try:
            row = next(csv.reader(feed(), delimiter=delimiter, strict=True, **(_ESCAPED if escaped else {})))
            if len(row) == width or not (width or escaped) or not (taken or slashed):
                return row
        except (csv.Error, StopIteration):
            pass
        lines.give_back(taken)
        taken.clear()
    plain = first.rstrip("\r\n").split(delimiter)
    whole = (not width or len(plain) == width) and (delimiter == "\t" or first.count('"') % 2 == 0)
    return plain if whole else None


def _named(row: list[str]) -> list[str]:
    """The header: names without blanks around them, a repeated one with its place behind it."""
    names: list[str] = []
    for place, field in enumerate(row, start=1):
        name = field.strip()
        names.append(f"{name}#{place}" if name in names else name)
    return names


def read_csv(file: Path, reading: Reading) -> Iterator[Item]:
    """Separated by commas, or by semicolons, tabs or bars where the header has more of those."""
    return read_table(file, reading, ",;\t|")


def read_tsv(file: Path, reading: Reading) -> Iterator[Item]:
    """Separated by tabs."""
    return read_table(file, reading, "\t")


def read_parquet(file: Path, reading: Reading) -> Iterator[Item]:
    """Rows of a Parquet file, a thousand at a time."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserError(f"{file}: reading Parquet needs pyarrow", "", "pip install pyarrow") from error
    number = total = 0
    try:
        table = pyarrow.parquet.ParquetFile(file)
        total = table.metadata.num_rows
        for batch in table.iter_batches(batch_size=1000):
            for row in batch.to_pylist():
                number += 1
                yield Record(file=file, line=number, value=row)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        lost = f", rows {number + 1} to {total} are lost" if total > number else ""
        yield Broken(file=file, line=number + 1, reason=f"not a Parquet file we can read, or damaged{lost}")
