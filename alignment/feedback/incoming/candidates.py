"""Reading a `collect` artifact's candidates, and refusing what the store could not give back unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from alignment.artifact import Artifact, read_jsonl
from alignment.errors import UserError
from alignment.feedback.records import SIMULATED_PREFIX, Item, Message, Response

FILE = "candidates.jsonl"
_KEY_LIMIT = 200  # characters, as in the schema
_COLUMNS = ("prompt_id", "prompt", "response_id", "text", "model", "model_hash", "sampling")


def collection_key(artifact: Artifact) -> str:
    """The name under which an artifact's candidates stand in the store: the sha256 of its candidates.jsonl.

    Equal candidates are one collection, whichever run collected them, so ratings outlive a repeated
    `collect`.
    """
    key = artifact.files.get(FILE)
    if key is None:
        raise UserError(f"{artifact.path} holds no {FILE}", "an artifact of the stage collect")
    return key


def read_candidates(artifact: Artifact) -> list[dict[str, Any]]:
    """Rows of the artifact's candidates.jsonl. UserError when there are none."""
    rows = read_jsonl(artifact.path / FILE)
    if not rows:
        raise UserError(f"{artifact.path / FILE} is empty", do="python -m alignment.run stage=collect force=true")
    return rows


def to_items(rows: Iterable[Mapping[str, Any]]) -> list[Item]:
    """Candidate rows as items with their responses, both ordered by key. UserError as in `read_row`."""
    items: dict[str, Item] = {}
    replies: dict[str, dict[str, Response]] = {}
    for row in rows:
        item, response = read_row(row)
        if items.setdefault(item.key, item) != item:
            raise UserError(f"prompt {item.key!r} comes with two different texts", "one prompt an id")
        if replies.setdefault(item.key, {}).setdefault(response.key, response) != response:
            raise UserError(
                f"response {response.key!r} of prompt {item.key!r} comes with two different texts",
                "one response an id",
            )
    return [
        replace(items[key], responses=tuple(replies[key][name] for name in sorted(replies[key])))
        for key in sorted(items)
    ]


def read_row(row: Mapping[str, Any]) -> tuple[Item, Response]:
    """One candidate row as an item without responses, and its response. UserError names what is wrong.

    Columns: prompt_id, prompt (messages), response_id, text, model, model_hash, sampling; optional tags,
    facts.
    """
    place = f"candidate {str(row.get('response_id'))[:60]!r} of prompt {str(row.get('prompt_id'))[:60]!r}"
    missing = [name for name in _COLUMNS if name not in row]
    if missing:
        raise UserError(f"{place}: no {', '.join(missing)}", f"rows with {', '.join(_COLUMNS)}")
    for name in ("prompt_id", "response_id"):
        value = row[name]
        check_text(value, f"{place}: {name}")
        if not 0 < len(value) <= _KEY_LIMIT:
            raise UserError(f"{place}: {name} of {len(value)} characters", f"1 to {_KEY_LIMIT}")
    for name in ("text", "model", "model_hash"):
        check_text(row[name], f"{place}: {name}")
    facts, tags = row.get("facts", []), row.get("tags", {})
    if not isinstance(facts, list) or not all(isinstance(fact, str) for fact in facts):
        raise UserError(f"{place}: facts {facts!r}", "a list of strings")
    for fact in facts:
        check_text(fact, f"{place}: fact")
    for name, value in (("tags", tags), ("sampling", row["sampling"])):
        if not isinstance(value, dict) or not _storable(value):
            raise UserError(f"{place}: {name} {str(value)[:80]}", "an object of texts and finite numbers")
    item = Item(
        key=row["prompt_id"],
        prompt=_read_prompt(row["prompt"], place),
        facts=tuple(facts),
        tags=tags,
        responses=(),
    )
    response = Response(row["response_id"], row["text"], row["model"], row["model_hash"], row["sampling"])
    return item, response


def _storable(value: Mapping[str, Any]) -> bool:
    """Whether every database can keep the object: JSON without NaN (PostgreSQL refuses it), and valid Unicode."""
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8")
    except (TypeError, ValueError):  # UnicodeEncodeError is one
        return False
    return True


def _read_prompt(prompt: Any, place: str) -> tuple[Message, ...]:
    if not isinstance(prompt, list) or not prompt:
        raise UserError(f"{place}: prompt {str(prompt)[:60]!r}", "a list of messages, not empty")
    for message in prompt:
        if not isinstance(message, dict) or set(message) != {"role", "content"}:
            raise UserError(f"{place}: message {str(message)[:60]!r}", 'objects {"role", "content"}')
        check_text(message["role"], f"{place}: role")
        check_text(message["content"], f"{place}: content")
    return tuple(prompt)


def check_text(value: Any, place: str) -> None:
    """A string that every database can keep: no NUL (PostgreSQL refuses it), no lone surrogate (no UTF-8)."""
    if not isinstance(value, str):
        raise UserError(f"{place} is {type(value).__name__}, not text", "a string")
    if "\x00" in value:
        raise UserError(f"{place} holds a NUL character", "text without it", "mend or drop the row")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UserError(f"{place} is not valid Unicode", "text", "mend or drop the row") from error


def check_user_name(name: str, simulated: bool) -> None:
    """UserError when a person bears a simulated reviewer's name, or the other way round."""
    check_text(name, "user name")
    if not 0 < len(name) <= _KEY_LIMIT:
        raise UserError(f"a user name of {len(name)} characters", f"1 to {_KEY_LIMIT}")
    if simulated != name.startswith(SIMULATED_PREFIX):
        raise UserError(
            f"user name {name!r}",
            f"names of simulated reviewers, and only those, begin with {SIMULATED_PREFIX!r}",
        )
