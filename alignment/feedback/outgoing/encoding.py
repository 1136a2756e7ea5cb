"""Rows as bytes of a JSON-lines or Parquet file: the same rows, the same bytes, whatever the day and the machine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, Protocol

from alignment.errors import UserError

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped, unused-ignore]

FILES = ("jsonl", "parquet")

SCHEMAS: dict[str, dict[str, str]] = {
    "preference": {
        "id": "string", "group": "string", "prompt": "messages", "chosen": "messages", "rejected": "messages",
        "margin": "double", "weight": "double", "tags": "json", "ratings": "strings", "simulated": "bool",
    },
    "unpaired": {
        "id": "string", "group": "string", "prompt": "messages", "completion": "messages", "label": "bool",
        "tags": "json", "ratings": "strings", "simulated": "bool",
    },
    "scalar": {
        "id": "string", "group": "string", "prompt": "messages", "completion": "messages", "model": "string",
        "tags": "json", "score": "double", "scores": "json", "flags": "json", "raters": "int", "ratings": "strings",
    },
    "sft": {
        "id": "string", "group": "string", "prompt": "messages", "completion": "messages", "model": "string",
        "tags": "json", "parent": "string", "ratings": "strings",
    },
    "events": {
        "uid": "string", "collection": "string", "prompt_id": "string", "kind": "string", "reviewer": "string",
        "repeat": "int", "revision": "int", "action": "string", "origin": "string", "purpose": "string",
        "strength": "int", "payload": "json", "shown": "ints", "seconds": "double", "created": "double",
        "late": "bool", "surplus": "bool", "guidelines": "int", "rubric": "int", "responses": "strings",
        "models": "strings",
    },
}  # fmt: skip
"""Columns of each form. messages: a list of {role, content}. json: an object, in Parquet its text, since its keys
differ from row to row."""


class Table(Protocol):
    """What is encoded: see `exporting.Exported`."""

    @property
    def form(self) -> str: ...
    @property
    def rows(self) -> list[dict[str, Any]]: ...


def encode(table: Table, file: str) -> bytes:
    """The file's bytes. file: one of `FILES`. UserError where Parquet's library is missing."""
    columns = SCHEMAS[str(table.form)]
    if file == "jsonl":
        lines = (json.dumps({name: row[name] for name in columns}, ensure_ascii=False) for row in table.rows)
        return "".join(f"{line}\n" for line in lines).encode("utf-8")
    return _parquet(table.rows, columns)


def _parquet(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> bytes:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise UserError("Parquet needs pyarrow", ".jsonl without it", "pip install pyarrow") from error
    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    types: dict[str, pa.DataType] = {
        "string": pa.string(),
        "strings": pa.list_(pa.string()),
        "int": pa.int64(),
        "ints": pa.list_(pa.int64()),
        "double": pa.float64(),
        "bool": pa.bool_(),
        "json": pa.string(),
        "messages": pa.list_(message),
    }
    arrays = [pa.array([_cell(row[name], kind) for row in rows], type=types[kind]) for name, kind in columns.items()]
    made = BytesIO()
    parquet.write_table(pa.Table.from_arrays(arrays, names=list(columns)), made, compression="zstd")
    return made.getvalue()


def _cell(value: Any, kind: str) -> Any:
    if kind == "json" and value is not None:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value
