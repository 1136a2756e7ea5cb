"""Which tasks a project's items become, and in which order they are handed out."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alignment.feedback.acting import ProjectRow
from alignment.feedback.choosing.selection import select_pairs
from alignment.feedback.database.app_schema import cursors, work
from alignment.feedback.database.queries import to_item, to_response
from alignment.feedback.database.schema import collections, items, responses, task_responses, tasks
from alignment.feedback.nouns import Kind
from alignment.feedback.records import Item, digest, uniform

FIRST = 0  # nor, but for those an ensemble has put in front, before this one
LAST = 2**31 - 1  # no task stands behind this position
SEED = 1


@dataclass(frozen=True)
class _Wanted:
    """A task that an item should become. slots: response ids in the order of their keys."""

    item_id: int
    kind: Kind
    key: str
    slots: tuple[int, ...]


def plan(connection: Connection, project: ProjectRow, limit: int | None = None) -> int:
    """Makes tasks of items that are not planned yet, `limit` at most; how many tasks were new.

    Of each kind an item gets as many as the project's settings say. Tasks that are there already (the stage
    `rate` makes pairs too) are taken up, not doubled.
    """
    found = connection.execute(
        sa.select(items)
        .where(~items.c.planned, items.c.collection_id.in_(collections_of(project.id)))
        .order_by(items.c.id)
        .limit(limit)
    )
    rows = found.mappings().all()
    made = 0
    for start in range(0, len(rows), 500):
        made += _plan_some(connection, project, rows[start : start + 500])
    return made


def has_unplanned(connection: Connection, project_id: int) -> bool:
    """Whether there are items of which no tasks were made yet."""
    query = sa.select(items.c.id).where(~items.c.planned, items.c.collection_id.in_(collections_of(project_id)))
    return connection.execute(query.limit(1)).first() is not None


def collections_of(project_id: int) -> sa.Select[tuple[int]]:
    """Ids of the collections whose items become tasks; live chats are none."""
    return sa.select(collections.c.id).where(collections.c.project_id == project_id, collections.c.source == "import")


def add_task(connection: Connection, item_id: int, kind: Kind, replies: Sequence[tuple[str, int]]) -> int:
    """The task on these replies (key, response id) of an item, made where there is none; its id."""
    ordered = sorted(replies)
    key = json.dumps([name for name, _ in ordered], ensure_ascii=False)
    return _task_ids(connection, [_Wanted(item_id, kind, key, tuple(one for _, one in ordered))])[0]


def _plan_some(connection: Connection, project: ProjectRow, rows: Sequence[Any]) -> int:
    ids = [row["id"] for row in rows]
    own = responses.c.item_id.in_(ids) & responses.c.parent_id.is_(None)
    replies: dict[int, dict[str, Any]] = defaultdict(dict)
    for reply in connection.execute(sa.select(responses).where(own)).mappings():
        replies[reply["item_id"]][reply["key"]] = reply
    there: Counter[tuple[int, str]] = Counter()
    planned: set[tuple[int, str, str]] = set()
    query = sa.select(tasks.c.item_id, tasks.c.kind, tasks.c.key).join(work).where(tasks.c.item_id.in_(ids))
    for item_id, kind, key in connection.execute(query):
        there[item_id, kind] += 1
        planned.add((item_id, kind, key))
    wanted = []
    for row in rows:
        of = replies[row["id"]]
        item = to_item(row, tuple(to_response(of[key]) for key in sorted(of)))
        for kind, count in project.settings.tasks.items():
            room = count if kind == Kind.pair else 1 if kind == Kind.rank else count
            new = [
                _Wanted(row["id"], Kind(kind), _key(keys), tuple(of[key]["id"] for key in keys))
                for keys in _choices(item, Kind(kind), count)
                if (row["id"], kind, _key(keys)) not in planned
            ]
            wanted += new[: max(0, room - there[row["id"], kind])]
    _add_work(connection, project, wanted)
    connection.execute(sa.update(items).where(items.c.id.in_(ids)).values(planned=True))
    return len(wanted)


def _key(keys: Sequence[str]) -> str:
    return json.dumps(list(keys), ensure_ascii=False)


def _choices(item: Item, kind: Kind, count: int) -> list[list[str]]:
    """Sets of responses (keys in order), each a task: different texts, spread evenly."""
    if not count:
        return []
    if kind is Kind.pair:
        return [[pair.first, pair.second] for pair in select_pairs(item, count, SEED).pairs]
    by_text = {one.text.strip(): one.key for one in reversed(item.responses) if one.text.strip()}
    chosen = sorted(by_text.values(), key=lambda key: digest(["choose", SEED, item.key, key]))[:count]
    if kind is Kind.rank:
        return [sorted(chosen)] if len(chosen) > 1 else []
    return [[key] for key in chosen]


def _add_work(connection: Connection, project: ProjectRow, wanted: Sequence[_Wanted]) -> None:
    if not wanted:
        return
    rows: list[dict[str, Any]] = []
    for task_id, one in zip(_task_ids(connection, wanted), wanted, strict=True):
        base = int(uniform("order", project.id, one.item_id, one.key) * LAST)
        rows.append(
            {
                "task_id": task_id,
                "project_id": project.id,
                "kind": one.kind,
                "position": base,
                "base": base,
                "arm": "random",
                "wanted": project.settings.ratings,
                "taken": 0,
            }
        )
    connection.execute(sa.insert(work), rows)
    for kind in {one.kind for one in wanted}:
        rewind(connection, project.id, kind, min(row["position"] for row in rows if row["kind"] == kind))


def _task_ids(connection: Connection, wanted: Sequence[_Wanted]) -> list[int]:
    """Ids of the tasks, made where there are none."""
    query = sa.select(tasks).where(tasks.c.item_id.in_({one.item_id for one in wanted}))
    ids = {(row["item_id"], row["kind"], row["key"]): row["id"] for row in connection.execute(query).mappings()}
    new = [one for one in wanted if (one.item_id, one.kind, one.key) not in ids]
    if new:
        made = connection.execute(
            sa.insert(tasks).returning(tasks.c.id, sort_by_parameter_order=True),
            [{"item_id": one.item_id, "kind": one.kind, "key": one.key} for one in new],
        ).scalars()
        slots = []
        for task_id, one in zip(made, new, strict=True):
            ids[one.item_id, one.kind, one.key] = task_id
            slots += [
                {"task_id": task_id, "slot": slot, "response_id": response_id}
                for slot, response_id in enumerate(one.slots)
            ]
        connection.execute(sa.insert(task_responses), slots)
    return [ids[one.item_id, one.kind, one.key] for one in wanted]


def rewind(connection: Connection, project_id: int, kind: str, position: int) -> None:
    """There is new work from a position on: nobody's cursor may stand behind it."""
    connection.execute(
        sa.update(cursors)
        .where(cursors.c.project_id == project_id, cursors.c.kind == kind, cursors.c.position > position)
        .values(position=position)
    )
