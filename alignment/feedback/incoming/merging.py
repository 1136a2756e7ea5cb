"""A file that was imported before and has grown since: its rows join the prompts they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alignment.feedback.acting import ProjectRow
from alignment.feedback.database.app_schema import work
from alignment.feedback.database.queries import to_item, to_response
from alignment.feedback.database.schema import collections, items, responses, tasks
from alignment.feedback.incoming.candidates import read_row
from alignment.feedback.incoming.importing import PREFIX
from alignment.feedback.records import Item, Response, chunked

Row = Mapping[str, Any]


def by_collection(connection: Connection, project: ProjectRow, rows: Sequence[Row], fresh: str) -> dict[str, list[Row]]:
    """Rows by the key of the collection they belong to: the oldest file of the project that has the same prompt under
    the same id and no other reply under theirs, else a new one, `fresh`.
    """
    read = [read_row(row) for row in rows]
    there: dict[str, list[tuple[str, Item, dict[str, Response]]]] = defaultdict(list)
    for keys in chunked(sorted({item.key for item, _ in read}), 500):
        for collection, item, replies in _stored(connection, project, keys):
            there[item.key].append((collection, item, replies))
    made: dict[str, list[Row]] = defaultdict(list)
    for row, (item, response) in zip(rows, read, strict=True):
        fitting = (
            collection
            for collection, stored, replies in there[item.key]
            if stored == item and replies.get(response.key, response) == response
        )
        made[next(fitting, fresh)].append(row)
    return dict(made)


def _stored(
    connection: Connection, project: ProjectRow, keys: Sequence[str]
) -> list[tuple[str, Item, dict[str, Response]]]:
    """Of the project's files: collection, prompt and its replies by key, for prompts of these ids; the oldest first."""
    query = (
        sa.select(items, collections.c.key.label("collection"))
        .join(collections, collections.c.id == items.c.collection_id)
        .where(collections.c.project_id == project.id, collections.c.key.startswith(PREFIX), items.c.key.in_(keys))
        .order_by(items.c.id)
    )
    found = connection.execute(query).mappings().all()
    own = responses.c.item_id.in_([row["id"] for row in found]) & responses.c.parent_id.is_(None)
    replies: dict[int, dict[str, Response]] = defaultdict(dict)
    for row in connection.execute(sa.select(responses).where(own)).mappings():
        replies[row["item_id"]][row["key"]] = to_response(row)
    return [(row["collection"], to_item(row, ()), replies[row["id"]]) for row in found]


def without_task(connection: Connection, collection: str, keys: Collection[str]) -> int:
    """How many of these prompts of a collection nobody will be asked about."""
    has_work = sa.exists().where(tasks.c.item_id == items.c.id, work.c.task_id == tasks.c.id)
    query = sa.select(sa.func.count()).select_from(items).join(collections)
    query = query.where(collections.c.key == collection, ~has_work)
    return sum(
        int(connection.execute(query.where(items.c.key.in_(some))).scalar_one()) for some in chunked(sorted(keys), 500)
    )
