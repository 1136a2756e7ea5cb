"""Files as bytes and lines: compression, encodings, byte-order marks; and what readers yield."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from alignment.errors import UserError

GZIP_ERRORS = (gzip.BadGzipFile, EOFError, zlib.error)
MARKS = (  # the longer first: the UTF-32 mark begins with that of UTF-16
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
SAMPLE = 1 << 20  # bytes looked at to tell an encoding
LONGEST_LINE = 1 << 26  # bytes; a longer line is refused
WHOLE = 1 << 30  # bytes of a file that is read whole (JSON, HTML, Word, e-mail)


@dataclass(kw_only=True, slots=True)
class Record:
    """One record as read. `value` is any JSON value; it is checked by `records`."""

    file: Path
    line: int
    value: Any


@dataclass(kw_only=True, slots=True)
class Broken:
    """A record that could not be read, and why (never with its content)."""

    file: Path
    line: int
    reason: str


Item = Record | Broken


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How to read. encoding: a codec's name, or auto. agents: e-mail addresses, or @domains, of the company.

    roles: a speaker's name -> role, beside the usual ones. columns: names of columns that the user gave.
    """

    encoding: str = "auto"
    agents: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


def open_bytes(file: Path) -> BinaryIO:
    """The file's bytes, unpacked when it ends in .gz."""
    if file.name.lower().endswith(".gz"):
        return gzip.open(file, "rb")  # type: ignore[return-value]
    return file.open("rb")


def whole(file: Path) -> bytes:
    """All bytes of a file that cannot be streamed. ValueError when it is far too large."""
    with open_bytes(file) as stream:
        data = stream.read(WHOLE + 1)
    if len(data) > WHOLE:
        raise ValueError(f"larger than {WHOLE >> 20} MiB, too large for its format")
    return data


def beginning(file: Path) -> bytes:
    """The first `SAMPLE` bytes, or as many as a damaged compressed file gives."""
    found = b""
    with open_bytes(file) as stream, suppress(*GZIP_ERRORS):
        while len(found) < SAMPLE and (part := stream.read(min(1 << 16, SAMPLE - len(found)))):
            found += part
    return found


def detect(sample: bytes) -> str:
    """The encoding of a text by its beginning: byte-order mark, zero bytes (UTF-16), UTF-8, else Windows-1252."""
    for mark, name in MARKS:
        if sample.startswith(mark):
            return name
    if sample and sample.count(0) > len(sample) // 5:
        return "utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be"
    if sample.isascii():
        return "utf-8"
    text = sample.decode("utf-8", errors="surrogateescape")
    broken = sum("\udc80" <= c <= "\udcff" for c in text)
    if len(sample) == SAMPLE and broken <= 3:
        return "utf-8"  # a character cut at the end of the sample
    proper = any(c > "\x7f" and not "\udc80" <= c <= "\udcff" for c in text)
    return "utf-8" if not broken or proper else "cp1252"


def encoding_of(file: Path, reading: Reading) -> str:
    """The encoding that was asked for, or the one the file's beginning tells. UserError for an unknown name."""
    if reading.encoding != "auto":
        try:
            "".encode(reading.encoding)
        except LookupError:
            raise UserError(f"prepare.encoding={reading.encoding}", "auto, or a codec such as latin-1") from None
        return reading.encoding
    return detect(beginning(file))


def decode(data: bytes, reading: Reading) -> str:
    """A text read whole; bytes that are not of its encoding come back as lone surrogates (see `undecoded`)."""
    name = detect(data[:SAMPLE]) if reading.encoding == "auto" else reading.encoding
    return data.decode(name, errors="replace" if "16" in name or "32" in name else "surrogateescape")


def json_encoding(start: bytes) -> str:
    """The encoding of JSON by its first four bytes: that of its mark, or UTF-16 by its zero bytes, else UTF-8."""
    if name := next((name for mark, name in MARKS if start.startswith(mark)), ""):
        return name
    zeros = "".join("0" if byte == 0 else "x" for byte in start)
    return {"x0x0": "utf-16-le", "0x0x": "utf-16-be"}.get(zeros, "utf-8")


def utf8(data: bytes, reading: Reading) -> bytes:
    """JSON read whole, in UTF-8 without a byte-order mark, whatever its encoding was."""
    name = json_encoding(data[:4])
    if name not in ("utf-8", "utf-8-sig"):
        return data.decode(name, errors="replace").encode("utf-8", errors="surrogatepass")
    return _named(data.removeprefix(MARKS[-1][0]), reading)


def _named(data: bytes, reading: Reading) -> bytes:
    """JSON should be UTF-8: what is not, is read in the encoding that was named, if one was."""
    if reading.encoding == "auto" or data.isascii():
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(reading.encoding, errors="surrogateescape").encode("utf-8", errors="surrogatepass")
    return data


def undecoded(text: str) -> bool:
    """Whether `text` holds what `decode` or `text_lines` could not decode."""
    return not text.isascii() and any("\udc80" <= c <= "\udcff" for c in text)


def byte_lines(file: Path, reading: Reading) -> Iterator[tuple[int, bytes]]:
    """(line number, line) of JSON lines in UTF-8, without a byte-order mark, whatever the encoding was.

    A line longer than LONGEST_LINE comes cut to one byte more.
    """
    with open_bytes(file) as stream:
        start = stream.read(4)
    name = json_encoding(start)
    if name not in ("utf-8", "utf-8-sig"):
        for number, line in text_lines(file, name):
            yield number, line.encode("utf-8", errors="surrogatepass")
        return
    with open_bytes(file) as stream:
        if name == "utf-8-sig":
            stream.read(3)
        number = 0
        while line := stream.readline(LONGEST_LINE + 1):
            number += 1
            yield number, _named(line, reading)
            while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
                line = stream.readline(LONGEST_LINE + 1)


def text_lines(file: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """(line number, line with its end); what is not of `encoding` comes as lone surrogates.

    Lines end with LF or CR LF; with CR where the file's beginning has no LF at all (old Macintosh).
    """
    sample = beginning(file)
    old = b"\r" in sample and b"\n" not in sample
    wide = "16" in encoding or "32" in encoding
    with open_bytes(file) as stream:
        text = io.TextIOWrapper(
            stream, encoding=encoding, errors="replace" if wide else "surrogateescape", newline=None if old else "\n"
        )
        number = 0
        while line := text.readline(LONGEST_LINE):
            number += 1
            yield number, line
