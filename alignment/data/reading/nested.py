"""Where the records stand in a JSON file: in a list, under some key, or one under each key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from alignment.data.reading.fields import Fields, is_known

USUAL = ("data", "rows")  # keys under which a list is that of the records, whatever it holds
DEEPEST = 6  # objects inside objects that are searched


def records_in(value: Any) -> Sequence[Any]:
    """The records of a JSON value.

    A list is one of records, an object with the fields of a record is one, and so is a list of turns in a list.
    In any other object they are looked for: the list that holds records, at the top or deeper; else the values, where
    each is one, with their keys as ids; else the only list of objects. Where nothing is found, the object is the
    record, for `records` to refuse.
    """
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or _is_record(value):
        return [value]
    return _inside(value, DEEPEST) or _only_list(value) or [value]


def _inside(value: Mapping[str, Any], depth: int) -> list[Any]:
    """The records in an object that is none itself: all of those at the same depth, however many lists they are in."""
    if value and all(map(_is_record, value.values())):
        return list(_by_key(value))
    lists = {key: inner for key, inner in value.items() if isinstance(inner, list) and inner and _is_record(inner[0])}
    if len(lists) > 1 and all(map(_is_record, lists.values())):
        return list(_by_key(lists))  # each a conversation
    if lists:
        return list(chain(*lists.values()))
    if usual := next((value[key] for key in USUAL if isinstance(value.get(key), list)), None):
        return list(usual)
    if not depth:
        return []
    return [one for inner in value.values() if isinstance(inner, dict) for one in _inside(inner, depth - 1)]


def _by_key(value: Mapping[str, Any]) -> Iterator[Any]:
    for key, inner in value.items():
        record = {"messages": inner} if isinstance(inner, list) else inner
        yield record if Fields(record, {}).get("id") is not None else {**record, "id": key}


def _is_record(value: Any) -> bool:
    """Whether it is a conversation: its turns, or an object with a known field that is no list of records itself."""
    if isinstance(value, list):
        return bool(value) and all(map(_is_turn, value))
    if not isinstance(value, dict):
        return False
    known = [inner for name, inner in value.items() if is_known(name)]
    return any(isinstance(one, str) or one == [] or (isinstance(one, list) and _is_record(one)) for one in known)


def _is_turn(value: Any) -> bool:
    fields = Fields(value, {}) if isinstance(value, dict) else None
    return fields is not None and fields.get("speaker") is not None and not _holds(fields)


def _holds(fields: Fields) -> bool:
    return any(isinstance(value, list) for value in fields.values("messages"))


def _only_list(value: Mapping[str, Any]) -> Sequence[Any] | None:
    """The one list of objects that an object holds: records whose fields have names of their own."""
    lists = [inner for inner in value.values() if isinstance(inner, list) and inner and isinstance(inner[0], dict)]
    return lists[0] if len(lists) == 1 else None
