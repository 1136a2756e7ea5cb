"""Tables with a row for each turn: dialogue, speaker, text. Rows of one dialogue become one record of messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from alignment.data.records import Fields
from alignment.data.streams import Broken, Item, Record


def is_turn(value: Any, columns: Mapping[str, str]) -> bool:
    """Whether a record is one turn: it has a speaker and a text, and no conversation or reply."""
    if not isinstance(value, dict):
        return False
    fields = Fields(value, columns)
    if "speaker" in columns:
        return fields.get("speaker") is not None
    whole = isinstance(fields.get("messages"), list) or fields.get("completion") or fields.get("chosen")
    return not whole and fields.get("speaker") is not None and fields.get("text") is not None


def conversations(items: Iterable[Item], columns: Mapping[str, str]) -> Iterator[Item]:
    """Records as they are; or, where the first one is a turn, the turns of each dialogue as one record.

    Dialogues may stand mixed: all turns of a file are held until its end, in the order of the rows, or by the column
    `turn` where one is named. Without a column that tells dialogues apart, the file is one.
    """
    items = iter(items)
    seen: list[Item] = []
    for item in items:
        seen.append(item)
        if isinstance(item, Record):
            break
    if not (seen and isinstance(seen[-1], Record) and is_turn(seen[-1].value, columns)):
        yield from chain(seen, items)
        return
    dialogues: dict[str, list[Record]] = {}
    for item in chain(seen, items):
        if isinstance(item, Broken) or not isinstance(item.value, dict):
            yield item
        else:
            name = Fields(item.value, columns).get("dialogue")
            dialogues.setdefault("" if name is None else str(name), []).append(item)
    for name, turns in dialogues.items():
        yield _record(name, turns, columns)


def _record(name: str, turns: list[Record], columns: Mapping[str, str]) -> Record:
    if "turn" in columns:
        turns = sorted(turns, key=lambda turn: _place(Fields(turn.value, columns).get("turn")))
    messages: list[dict[str, Any]] = []
    labels: dict[str, Any] = {}
    for turn in turns:
        fields = Fields(turn.value, columns)
        messages.append({"role": fields.get("speaker"), "content": fields.get("text"), "line": turn.line})
        for label in ("agent", "intent"):
            labels[label] = labels.get(label) or fields.get(label)
    value = {"messages": messages, "system": Fields(turns[0].value, columns).get("system"), **labels}
    first = min(turns, key=lambda turn: turn.line)
    return Record(file=first.file, line=first.line, value={**value, "id": name or None})


def _place(value: Any) -> tuple[float, str]:
    """Numbers by size, texts such as dates by letter."""
    try:
        return float(value), ""
    except (TypeError, ValueError):
        return float("inf"), str(value)
