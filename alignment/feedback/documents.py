"""Versioned guidelines and rubrics. A version never changes; ratings remember the ones they were made under."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alignment.errors import UserError
from alignment.feedback.answers import check_note
from alignment.feedback.database.app_schema import documents
from alignment.feedback.database.queries import PROJECT
from alignment.feedback.database.schema import collections, items, rating_events, tasks, users
from alignment.feedback.incoming.candidates import check_text
from alignment.feedback.nouns import Dimension, Guidelines, Rubric, Version
from alignment.feedback.records import chunked

KINDS = ("guidelines", "rubric")
COMMAND_LINE = "command line"  # an author, or an actor, who is no user
MOST_TEXT = 200_000  # characters of guidelines
_LATER = documents.alias("later")
_OF_PROJECT = sa.select(documents.c.kind, documents.c.version, documents.c.content).where(
    documents.c.project_id == PROJECT
)
_LATEST = _OF_PROJECT.where(
    ~sa.exists().where(
        _LATER.c.project_id == documents.c.project_id,
        _LATER.c.kind == documents.c.kind,
        _LATER.c.version > documents.c.version,
    )
)
_VERSIONS = _OF_PROJECT.where(
    ((documents.c.kind == "guidelines") & (documents.c.version == sa.bindparam("guidelines")))
    | ((documents.c.kind == "rubric") & (documents.c.version == sa.bindparam("rubric")))
)


def guidelines(connection: Connection, project_id: int, version: int | None = None) -> Guidelines:
    """One version of the guidelines; None: the latest."""
    row = _row(connection, project_id, "guidelines", version)
    return Guidelines() if row is None else Guidelines(row["version"], row["content"]["text"])


def rubric(connection: Connection, project_id: int, version: int | None = None) -> Rubric:
    """One version of the rubric; None: the latest; the built-in one where there is none."""
    row = _row(connection, project_id, "rubric", version)
    return Rubric() if row is None else to_rubric(row)


def latest(connection: Connection, project_id: int) -> tuple[Guidelines, Rubric]:
    """The latest guidelines and rubric, in one query."""
    return _both(connection.execute(_LATEST, {"of_project": project_id}).mappings())


def of_versions(connection: Connection, project_id: int, guidelines: int, rubric: int) -> tuple[Guidelines, Rubric]:
    """The guidelines and the rubric of these versions, in one query; 0: none were written, the built-in one."""
    if not guidelines and not rubric:
        return Guidelines(), Rubric()
    versions = {"of_project": project_id, "guidelines": guidelines, "rubric": rubric}
    return _both(connection.execute(_VERSIONS, versions).mappings())


def _both(rows: Iterable[Mapping[Any, Any]]) -> tuple[Guidelines, Rubric]:
    found = {row["kind"]: row for row in rows}
    text, scales = found.get("guidelines"), found.get("rubric")
    return (
        Guidelines() if text is None else Guidelines(text["version"], text["content"]["text"]),
        Rubric() if scales is None else to_rubric(scales),
    )


def versions(connection: Connection, project_id: int, kind: str) -> list[Version]:
    """All versions, oldest first; a rubric's begin with the built-in one, 0."""
    query = (
        sa.select(documents, users.c.name)
        .outerjoin(users, users.c.id == documents.c.author_id)
        .where(documents.c.project_id == project_id, documents.c.kind == kind)
        .order_by(documents.c.version)
    )
    given = ratings_by_version(connection, project_id, kind)
    made: list[Version] = []
    before = ""
    if kind == "rubric":
        before = rubric_text(Rubric())
        made.append(Version(kind, 0, None, None, before, (), given.get(0, 0)))
    for row in connection.execute(query).mappings():
        text = row["content"]["text"] if kind == "guidelines" else rubric_text(to_rubric(row))
        number, author = row["version"], row["name"] or COMMAND_LINE
        changed = changes(before, text) if made else ()
        made.append(Version(kind, number, author, row["created"], text, changed, given.get(number, 0)))
        before = text
    return made


def ratings_by_version(connection: Connection, project_id: int, kind: str) -> dict[int, int]:
    """Rating events of people by the version that was before them; 0: none was written."""
    column = rating_events.c[kind]
    query = (
        sa.select(column, sa.func.count())
        .select_from(rating_events)
        .join(users, users.c.id == rating_events.c.user_id)
        .join(tasks, tasks.c.id == rating_events.c.task_id)
        .join(items, items.c.id == tasks.c.item_id)
        .join(collections, collections.c.id == items.c.collection_id)
        .where(collections.c.project_id == project_id, users.c.kind == "person", rating_events.c.action == "rate")
        .group_by(column)
    )
    return {version: number for version, number in connection.execute(query)}


def given_under(connection: Connection, uids: Iterable[str]) -> dict[str, dict[str, int]]:
    """{guidelines, rubric: {version: how many of these ratings were given under it}}; 0: none was written by then."""
    counts: dict[str, Counter[int]] = {"guidelines": Counter(), "rubric": Counter()}
    query = sa.select(rating_events.c.guidelines, rating_events.c.rubric)
    for some in chunked(sorted(uids), 500):
        for row in connection.execute(query.where(rating_events.c.uid.in_(some))):
            counts["guidelines"][row.guidelines] += 1
            counts["rubric"][row.rubric] += 1
    return {kind: {str(version): of[version] for version in sorted(of)} for kind, of in counts.items()}


def rubric_text(found: Rubric) -> str:
    """A rubric as an owner enters it: `key | label | what 1 means | what 5 means`, a line each, then the flags."""
    lines = [" | ".join((one.key, one.label, one.low, one.high)).rstrip(" |") for one in found.dimensions]
    return "\n".join([*lines, f"flags: {', '.join(found.flags) or 'none'}"])


def changes(before: str, after: str) -> tuple[str, ...]:
    """What differs, line by line, as in a unified diff with a line of what stands around it."""
    return tuple(difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm=""))[2:]


def to_rubric(row: Mapping[Any, Any]) -> Rubric:
    content = row["content"]
    dimensions = tuple(Dimension(**one) for one in content["dimensions"])
    return Rubric(row["version"], dimensions, tuple(content["flags"]))


def add_version(
    connection: Connection, project_id: int, kind: str, content: Mapping[str, Any], author_id: int | None, now: float
) -> int:
    """The version that holds this content: the latest if it does, else the next."""
    row = _row(connection, project_id, kind, None)
    if row is not None and row["content"] == content:
        return int(row["version"])
    version = 1 if row is None else row["version"] + 1
    values = {"project_id": project_id, "kind": kind, "version": version, "content": dict(content)}
    connection.execute(sa.insert(documents), [{**values, "author_id": author_id, "created": now}])
    return version


def guidelines_content(text: str) -> dict[str, Any]:
    """As stored. UserError: not text, or too long."""
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        raise UserError("guidelines that are no text, or too long", f"at most {MOST_TEXT:,} characters")
    check_text(text, "guidelines")
    return {"text": text}


def rubric_content(dimensions: Sequence[Dimension], names: Sequence[str]) -> dict[str, Any]:
    """As stored. UserError: no dimension, two of one key, a key or flag that is no short word."""
    keys = [one.key for one in dimensions]
    for word in (*keys, *names):
        if not isinstance(word, str) or not word.replace("_", "").isalnum() or len(word) > 40:
            raise UserError(f"rubric key or flag {str(word)[:50]!r}", "letters, digits and _, at most 40")
    if not keys or len(set(keys)) < len(keys) or len(set(names)) < len(names):
        raise UserError(f"rubric dimensions {', '.join(keys) or 'none'}", "one at least, each once, flags too")
    for one in dimensions:
        for text in (one.label, one.low, one.high):
            check_note(text, "rubric label")
    return {"dimensions": [asdict(one) for one in dimensions], "flags": list(names)}


def _row(connection: Connection, project_id: int, kind: str, version: int | None) -> Mapping[Any, Any] | None:
    query = sa.select(documents).where(documents.c.project_id == project_id, documents.c.kind == kind)
    if version is not None:
        query = query.where(documents.c.version == version)
    return connection.execute(query.order_by(documents.c.version.desc()).limit(1)).mappings().first()
