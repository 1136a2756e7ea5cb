"""Queries the store is made of: rows to records, pairs to tasks, events to the ratings in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from alignment.errors import UserError
from alignment.feedback.database.schema import collections, items, rating_events, responses, task_responses, tasks
from alignment.feedback.records import Item, Pair, Response

# Building a statement costs several times what running it does: those of every submit are built once, and given
# these when they run.
USER: sa.BindParameter[int] = sa.bindparam("of_user")
PROJECT: sa.BindParameter[int] = sa.bindparam("of_project")
TASK: sa.BindParameter[int] = sa.bindparam("of_task")
ASSIGNMENT: sa.BindParameter[int] = sa.bindparam("of_assignment")
KIND: sa.BindParameter[str] = sa.bindparam("of_kind")


@cache
def insertion(table: sa.Table) -> sa.Insert:
    """INSERT of what it is run with, built once."""
    return sa.insert(table)


def insert_row(connection: Connection, table: sa.Table, **values: Any) -> int:
    """Adds one row; its id."""
    key = connection.execute(insertion(table), values).inserted_primary_key
    if key is None:
        raise RuntimeError(f"{table.name}: the database named no new row")
    return int(key[0])


def to_item(row: RowMapping, replies: tuple[Response, ...]) -> Item:
    return Item(row["key"], tuple(row["prompt"]), tuple(row["facts"]), row["tags"], replies)


def to_response(row: RowMapping) -> Response:
    return Response(row["key"], row["text"], row["model"], row["model_hash"], row["sampling"])


def read_items(connection: Connection, collection: str) -> list[Item]:
    """All prompts of a collection with their responses, both ordered by key; empty when it is not known."""
    chosen = sa.select(items.c.id).join(collections).where(collections.c.key == collection)
    found = connection.execute(sa.select(items).where(items.c.id.in_(chosen))).mappings().all()
    by_item: dict[int, list[Response]] = {row["id"]: [] for row in found}
    for row in connection.execute(sa.select(responses).where(responses.c.item_id.in_(chosen))).mappings():
        by_item[row["item_id"]].append(to_response(row))
    made = [to_item(row, tuple(sorted(by_item[row["id"]], key=lambda one: one.key))) for row in found]
    return sorted(made, key=lambda item: item.key)


def latest_events() -> sa.Select[Any]:
    """The latest revision for each task, reviewer and repeat."""
    newer = rating_events.alias("newer")
    return sa.select(rating_events).where(
        ~sa.exists().where(
            newer.c.task_id == rating_events.c.task_id,
            newer.c.user_id == rating_events.c.user_id,
            newer.c.repeat == rating_events.c.repeat,
            newer.c.revision > rating_events.c.revision,
        )
    )


def task_ids_by_pair(connection: Connection, collection: str, only: Iterable[str] | None = None) -> dict[Pair, int]:
    """Task ids by pair, of the whole collection or of some of its items."""
    first, second = task_responses.alias("first"), task_responses.alias("second")
    left, right = responses.alias("left"), responses.alias("right")
    query = (
        sa.select(items.c.key, left.c.key, right.c.key, tasks.c.id)
        .select_from(
            tasks.join(items)
            .join(collections)
            .join(first, sa.and_(first.c.task_id == tasks.c.id, first.c.slot == 0))
            .join(second, sa.and_(second.c.task_id == tasks.c.id, second.c.slot == 1))
            .join(left, left.c.id == first.c.response_id)
            .join(right, right.c.id == second.c.response_id)
        )
        .where(collections.c.key == collection, tasks.c.kind == "pair")
    )
    if only is not None:
        query = query.where(items.c.key.in_(list(only)))
    return {Pair(item, one, two): task_id for item, one, two, task_id in connection.execute(query)}


def insert_pairs(connection: Connection, collection: str, new: Sequence[Pair]) -> None:
    """Adds pair tasks that are not there yet. UserError when a response is not in the collection."""
    if not new:
        return
    query = (
        sa.select(items.c.key, responses.c.key, items.c.id, responses.c.id)
        .select_from(responses.join(items).join(collections))
        .where(collections.c.key == collection, items.c.key.in_({pair.item for pair in new}))
    )
    ids = {(item, response): (item_id, reply_id) for item, response, item_id, reply_id in connection.execute(query)}
    for pair in new:
        for key in (pair.first, pair.second):
            if (pair.item, key) not in ids:
                raise UserError(
                    f"response {key!r} of prompt {pair.item!r} is not in the collection {collection[:12]}",
                    do="add the candidates first",
                )
    item_ids = {pair: ids[pair.item, pair.first][0] for pair in new}
    connection.execute(sa.insert(tasks), [{"item_id": item_ids[pair], "kind": "pair", "key": pair.key} for pair in new])
    found = connection.execute(
        sa.select(tasks.c.item_id, tasks.c.key, tasks.c.id).where(
            tasks.c.kind == "pair", tasks.c.item_id.in_(set(item_ids.values()))
        )
    )
    task_ids = {(item_id, key): task_id for item_id, key, task_id in found}
    connection.execute(
        sa.insert(task_responses),
        [
            {
                "task_id": task_ids[item_ids[pair], pair.key],
                "slot": slot,
                "response_id": ids[pair.item, key][1],
            }
            for pair in new
            for slot, key in enumerate((pair.first, pair.second))
        ],
    )
