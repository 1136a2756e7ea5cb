"""Candidates in: JSON lines, CSV or a `collect` artifact, as the rows that `candidates.read_row` takes.

A row needs a prompt and a reply; the rest is filled in. Columns:

    prompt        a text (what the customer wrote) or messages [{"role", "content"}]; in CSV also such JSON
    text          the reply; or `completion`, `response` or `reply`; or several of one prompt as a list `responses` or
                  `candidates`, each a text or an object with these columns
    prompt_id, response_id   names; by default from the content, so that importing again adds nothing
    model, model_hash, sampling, facts (a list), tags (an object); in CSV columns tag_NAME make tags
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from alignment.artifact import RECORD, load
from alignment.errors import UserError
from alignment.feedback.incoming.candidates import collection_key, read_candidates
from alignment.feedback.records import digest

Row = dict[str, Any]
PREFIX = "import-"  # of the key of a collection that is no artifact's
TEXT_NAMES = ("text", "completion", "response", "reply")
LIST_NAMES = ("responses", "candidates")
NAMED = {"id": "response_id"}  # within such a list
COLUMNS = {"prompt", "messages", "prompt_id", "id", "response_id", "model", "model_hash", "facts", "tags", "sampling"}
JSON_COLUMNS = ("facts", "tags", "sampling")
SEPARATORS = ",;\t"  # of a CSV file; some spreadsheets write ; where the comma is the decimal sign
LARGEST = 512 * 1024 * 1024  # bytes of a file, uncompressed


def read(path: Path) -> tuple[list[Row], str]:
    """Rows of a file or a `collect` artifact, and the key of their collection (see `collection_of`).

    UserError: no such file, no format of ours, or what is wrong with which row.
    """
    try:
        folder = path.is_dir()
    except OSError as error:
        raise UserError(f"cannot read {str(path)[:80]}: {error.strerror}", "a readable file or folder") from error
    if folder or path.name == RECORD:
        artifact = load(path if folder else path.parent)
        return read_candidates(artifact), collection_key(artifact)
    form = _form(path)
    try:
        text = _text(path)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}", "a whole file") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text (byte {error.start})", "UTF-8") from error
    rows = read_text(text, form, str(path))
    return rows, collection_of(rows)


def read_text(text: str, form: str, place: str = "the upload") -> list[Row]:
    """Rows of a text. form: jsonl or csv."""
    if form not in ("jsonl", "csv"):
        raise UserError(f"import format {str(form)[:20]!r}", "jsonl or csv")
    found = parse_jsonl(text, place) if form == "jsonl" else _csv(text, place)
    return normalise(found, place)


def normalise(rows: Iterable[Mapping[str, Any]], place: str) -> list[Row]:
    """Rows with every column of a candidate. UserError names the row that has no prompt or no reply."""
    made = [
        _candidate(one, f"{place}, row {number}")
        for number, row in enumerate(rows, 1)
        for one in _replies(row, f"{place}, row {number}")
    ]
    if not made:
        raise UserError(f"{place} holds no row", "one row a reply: prompt and text")
    return made


def collection_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """A name for imported candidates: equal rows, equal name."""
    parts = [_written(row) for row in rows]
    return f"{PREFIX}{digest(sorted(parts))[:40]}"


def parse_jsonl(text: str, place: str) -> Iterator[Mapping[str, Any]]:
    """Objects, one a line; empty lines are passed over. UserError names the line."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{place}, line {number}: not JSON ({error})", "one JSON object a line") from error
        if not isinstance(row, dict):
            raise UserError(f"{place}, line {number}: {line[:60]!r}", "a JSON object")
        yield row


def _form(path: Path) -> str:
    name = path.name.removesuffix(".gz")
    form = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}.get(Path(name).suffix.lower())
    if form is None:
        raise UserError(
            f"{path}: no format known by this name", ".jsonl, .jsonl.gz, .csv, or a collect artifact's folder"
        )
    return form


def _text(path: Path) -> str:
    if path.suffix != ".gz":
        return path.read_text(encoding="utf-8-sig")
    with gzip.open(path, "rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UserError(f"{path} is larger than {LARGEST >> 20} MiB when unpacked", "several smaller files")
    return data.decode("utf-8-sig")


def _csv(text: str, place: str) -> Iterator[Row]:
    csv.field_size_limit(10_000_000)
    head = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=head.count)  # the comma where none is there
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    try:
        names = [_column(str(name)) for name in reader.fieldnames or ()]
        if len(set(names)) < len(names):
            raise UserError(f"{place}: two columns of one name ({', '.join(names)[:200]})", "each column once")
        reader.fieldnames = names
        for row in reader:
            if None in row or None in row.values():
                raise UserError(f"{place}, line {reader.line_num}: more or fewer fields than columns", "one a column")
            yield _from_csv(row, f"{place}, line {reader.line_num}")
    except csv.Error as error:
        raise UserError(f"{place}, line {reader.line_num}: {error}", "CSV with a header line") from error


def _column(name: str) -> str:
    """A column's name as ours, however a spreadsheet writes it; other names stay."""
    ours = name.strip().lower()
    return ours if ours in COLUMNS.union(TEXT_NAMES) else name.strip()


def _from_csv(row: Mapping[str, str], place: str) -> Row:
    made: Row = {name: value for name, value in row.items() if value != "" and not name.startswith("tag_")}
    tags = {name.removeprefix("tag_"): value for name, value in row.items() if name.startswith("tag_") and value}
    for name in (*JSON_COLUMNS, "prompt"):
        value = made.get(name)
        if isinstance(value, str) and (name != "prompt" or value.lstrip().startswith('[{"')):
            try:
                made[name] = json.loads(value)
            except (ValueError, RecursionError) as error:
                raise UserError(f"{place}: {name} is not JSON ({error})", "JSON in this column") from error
    if tags:
        given = made.get("tags", {})
        if not isinstance(given, dict):
            raise UserError(f"{place}: tags {str(given)[:60]}", "an object")
        made["tags"] = {**given, **tags}
    return made


def _replies(row: Mapping[str, Any], place: str) -> list[Mapping[str, Any]]:
    """A row a reply: the row itself, or of a prompt with a list of replies one for each."""
    name = next((name for name in LIST_NAMES if isinstance(row.get(name), list)), None)
    if name is None:
        return [row]
    shared = {key: value for key, value in row.items() if key != name}
    made: list[Mapping[str, Any]] = []
    for one in row[name]:
        of_reply = one if isinstance(one, dict) else {"text": one}
        made.append(shared | {NAMED.get(key, key): value for key, value in of_reply.items()})
    if not made or any(key in row for key in TEXT_NAMES):
        raise UserError(f"{place}: {name} empty, or beside a reply", f"{name}, or one of {', '.join(TEXT_NAMES)}")
    return made


def _candidate(row: Mapping[str, Any], place: str) -> Row:
    prompt = row.get("prompt", row.get("messages"))
    text = next((row[name] for name in TEXT_NAMES if row.get(name) is not None), None)
    if isinstance(prompt, str) and prompt.strip():
        prompt = [{"role": "user", "content": prompt}]
    if not isinstance(prompt, list) or not prompt:
        raise UserError(f"{place}: no prompt among {_named(row)}", "a text, or messages")
    if isinstance(text, list) and len(text) == 1 and isinstance(text[0], dict):
        text = text[0].get("content")
    if not isinstance(text, str):
        raise UserError(f"{place}: no reply among {_named(row)}", f"a column {', '.join(TEXT_NAMES)}")
    model = "unknown" if row.get("model") is None else row["model"]
    prompt_id = next((row[name] for name in ("prompt_id", "id") if row.get(name) not in (None, "")), None)
    prompt_id = f"p-{_short(prompt)}" if prompt_id is None else prompt_id
    response_id = row.get("response_id")
    return {
        "prompt_id": str(prompt_id),
        "prompt": prompt,
        "facts": row.get("facts") or [],
        "tags": row.get("tags") or {},
        "response_id": str(_short([str(prompt_id), model, text]) if response_id in (None, "") else response_id),
        "text": text,
        "model": model,
        "model_hash": row.get("model_hash") or "",
        "sampling": row.get("sampling") or {},
    }


def _named(row: Mapping[str, Any]) -> str:
    """The columns of a row, for a message."""
    return f"the columns {', '.join(map(str, row))[:120] or '(none)'}"


def _short(value: Any) -> str:
    return digest([_written(value)])[:16]


def _written(value: Any) -> str:
    """A value as text to hash; what is no Unicode is refused later, with its place (`candidates.check_text`)."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")
