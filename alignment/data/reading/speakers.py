"""Tables with a row for each turn: dialogue, speaker, text. Rows of one dialogue become one record of messages."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from alignment.data.reading.fields import Fields
from alignment.data.reading.streams import Broken, Item, Record

_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}[T ]")
_DIGITS = re.compile(r"(\d{1,18})")


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

    Dialogues may stand mixed: all turns of a file are held until its end. Their order is that of the column `turn`
    where one is named, or where one of the usual names holds numbers or times for each; else that of the rows.
    Without a column that tells dialogues apart, the file is one.
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
    rows = [(Fields(turn.value, columns), turn.line) for turn in turns]
    places = [_place(fields.get("turn")) for fields, _ in rows]
    if "turn" in columns or all(sure for sure, _ in places):
        rows = [row for _, row in sorted(zip(places, rows, strict=True), key=lambda pair: pair[0])]
    messages: list[dict[str, Any]] = []
    labels: dict[str, Any] = {}
    for fields, line in rows:
        messages.append({"role": fields.get("speaker"), "content": fields.get("text"), "line": line})
        for label in ("agent", "intent"):
            labels[label] = labels.get(label) or fields.get(label)
    first = min(turns, key=lambda turn: turn.line)
    value = {"messages": messages, "system": rows[0][0].get("system"), **labels, "id": name or None}
    return Record(file=first.file, line=first.line, value=value)


def _place(value: Any) -> tuple[bool, tuple[Any, ...]]:
    """(whether it is sure to tell the order, the key to order by): numbers and times by size, texts by their parts.

    Sure are numbers and times of a day; "9:05" may be before "22:10" of the day before, "3/4/24" in March or April.
    """
    if isinstance(value, datetime):
        return True, (value.timestamp(),)
    text = str(value).strip()
    try:
        number = float(text)
        return math.isfinite(number), (number,) if math.isfinite(number) else (math.inf, text)
    except ValueError:
        pass
    try:
        if _DAY.match(text):
            return True, (datetime.fromisoformat(text).timestamp(),)
    except (ValueError, OverflowError):
        pass
    parts = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(text))
    return False, (math.inf, *parts)
