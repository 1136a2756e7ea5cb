"""What the rows of several imports share in an export: ids that differ, and groups that do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alignment.artifact import canonical_hash
from alignment.feedback.database.schema import collections, items
from alignment.feedback.records import Message

Row = dict[str, Any]


@dataclass(frozen=True)
class Names:
    """What the rows of several imports share. group: of the same messages one in all of them, whoever has rated which,
    so that no prompt is trained on in one and tested on in another.
    """

    keys: list[str]  # of the collections
    group: Mapping[str, str]  # by the hash of the messages

    def row(self, row: Row, collection: str) -> Row:
        """A row with its group; its id begins with its collection where there are several."""
        start = f"{collection[:19]}/" if len(self.keys) > 1 else ""
        return {**row, "id": start + row["id"], "group": self.group_of(row)}

    def group_of(self, row: Row) -> str:
        return self.group[canonical_hash(row["prompt"])]


def names_of(connection: Connection, project_id: int) -> Names:
    """Of all that a project holds, live chats too, oldest first."""
    keys = sa.select(collections.c.key).where(collections.c.project_id == project_id).order_by(collections.c.id)
    query = (
        sa.select(items.c.key, items.c.prompt, items.c.tags)
        .join(collections, collections.c.id == items.c.collection_id)
        .where(collections.c.project_id == project_id)
        .order_by(collections.c.id, items.c.key)
    )
    return Names(
        list(connection.execute(keys).scalars()),
        grouped((row.key, row.prompt, row.tags) for row in connection.execute(query)),
    )


def grouped(items: Iterable[tuple[str, Sequence[Message], Mapping[str, Any]]]) -> dict[str, str]:
    """Group by hash of the messages; items: (key, prompt, tags). The dialogue or key of the first that has them."""
    made: dict[str, str] = {}
    for key, prompt, tags in items:
        made.setdefault(canonical_hash(list(prompt)), str(tags.get("dialogue") or key))
    return made
