"""The ratings store: candidates in, ratings in, both out again. Every write may be repeated and changes
nothing then.

with open_store(default_url(root)) as store:
    store.add_candidates(collection, rows)
    store.add_pairs(collection, pairs)
    store.rate(collection, verdicts)
    ratings = store.ratings(collection)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from alignment.errors import UserError
from alignment.feedback.database import engine as engines
from alignment.feedback.database.queries import (
    insert_pairs,
    insert_row,
    latest_events,
    read_items,
    task_ids_by_pair,
    to_item,
    to_response,
)
from alignment.feedback.database.schema import (
    REVISION,
    collections,
    items,
    projects,
    rating_events,
    responses,
    users,
)
from alignment.feedback.effective import ratings_of
from alignment.feedback.incoming.candidates import check_user_name, to_items
from alignment.feedback.records import (
    Added,
    Item,
    Pair,
    Rating,
    Verdict,
    chunked,
    rating_uid,
)

DEFAULT_PROJECT = "default"
CHUNK = 500  # rows a transaction
PROBE = 2.0  # seconds to see whether the database can be written to


@contextmanager
def open_store(url: str, clock: Callable[[], float] = time.time) -> Iterator[Store]:
    """The store at a database address, its schema brought up to date. Closed on leaving.

    UserError when the address is wrong, the server away, the file no database, or the disk full.
    """
    engine = engines.connect(url)
    store = Store(engine, clock)
    try:
        with engines.database_errors(engine.url):
            engines.upgrade(engine)
        yield store
    finally:
        engine.dispose()


class Store:
    """See the module. Methods may be called from several threads; writers take turns."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self.engine = engine
        self.clock = clock
        self._turn = threading.RLock()  # 20 free-running SQLite writers starved one of them

    @property
    def kind(self) -> str:
        """sqlite or postgresql."""
        return self.engine.dialect.name

    def is_there(self) -> bool:
        """Whether an SQLite file is still where it was: what is open can be written to even when it has been removed,
        and is gone when the process ends.
        """
        place = str(self.engine.url.database)
        return self.kind != "sqlite" or place.startswith("file:") or Path(place).is_file()

    def is_current(self) -> bool:
        """Whether the database answers, and its schema is this version's."""
        with self.read() as connection:
            return engines.current(connection) == REVISION

    def can_write(self) -> bool:
        """Whether a rating would be stored within `PROBE` seconds, or another holds the database."""
        if not self._turn.acquire(timeout=PROBE):
            return False
        try:
            with engines.database_errors(self.engine.url):
                return engines.can_write(self.engine, PROBE)
        finally:
            self._turn.release()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction for reading: all it reads is of one moment."""
        with engines.database_errors(self.engine.url), self.engine.connect() as connection:
            reader = connection.execution_options(**engines.reading(self.engine))
            with reader.begin():
                yield reader

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction for writing: the only one at its time, over all processes.

        All of it happens or nothing. UserError when the SQLite file is no longer there.
        """
        if not self.is_there():
            raise UserError(
                f"the ratings database is gone: {self.engine.url.database}", do="put it back, then try again"
            )
        with self._turn, engines.database_errors(self.engine.url), self.engine.begin() as connection:
            engines.take_writer_lock(connection)
            yield connection

    # ---------------------------------------------------------------- candidates

    def add_candidates(
        self, collection: str, rows: Iterable[Mapping[str, Any]], project: str = DEFAULT_PROJECT
    ) -> Added:
        """Adds the candidates of one `collect`, in transactions of `CHUNK` rows.

        collection: its key (see `candidates.collection_key`). rows: see `candidates.read_row`.
        UserError when a row is malformed, or differs from the one stored under the same ids.
        """
        added_items = added_responses = 0
        for chunk in chunked(rows, CHUNK):
            read = to_items(chunk)
            with self.write() as connection:
                place = self._collection(connection, collection, project)
                ids, fresh = self._add_items(connection, place, read)
                added_items += fresh
                added_responses += self._add_responses(connection, {ids[item.key]: item for item in read})
        return Added(added_items, added_responses)

    def _collection(self, connection: Connection, key: str, project: str) -> int:
        found = connection.execute(sa.select(collections.c.id).where(collections.c.key == key)).scalar()
        if found is not None:
            return int(found)
        project_id = connection.execute(sa.select(projects.c.id).where(projects.c.name == project)).scalar()
        if project_id is None:
            project_id = insert_row(connection, projects, name=project, settings={}, created=self.clock())
        return insert_row(connection, collections, project_id=project_id, key=key, created=self.clock())

    def _add_items(
        self, connection: Connection, collection_id: int, wanted: Sequence[Item]
    ) -> tuple[dict[str, int], int]:
        """Ids by key, and how many were new."""
        new = {item.key: replace(item, responses=()) for item in wanted}
        query = sa.select(items).where(items.c.collection_id == collection_id, items.c.key.in_(list(new)))
        for row in connection.execute(query).mappings().all():
            item = new.pop(row["key"])
            if to_item(row, ()) != item:
                raise UserError(f"prompt {item.key!r} is stored with another text", "one prompt an id")
        if new:
            connection.execute(
                sa.insert(items),
                [
                    {
                        "collection_id": collection_id,
                        "key": item.key,
                        "prompt": list(item.prompt),
                        "facts": list(item.facts),
                        "tags": dict(item.tags),
                    }
                    for item in new.values()
                ],
            )
        ids = connection.execute(
            sa.select(items.c.key, items.c.id).where(
                items.c.collection_id == collection_id, items.c.key.in_({item.key for item in wanted})
            )
        )
        return {key: item_id for key, item_id in ids}, len(new)

    def _add_responses(self, connection: Connection, wanted: Mapping[int, Item]) -> int:
        """wanted: items with their responses, by id. How many responses were new."""
        new = {(item_id, one.key): one for item_id, item in wanted.items() for one in item.responses}
        query = sa.select(responses).where(responses.c.item_id.in_(list(wanted)))
        for row in connection.execute(query).mappings().all():
            place = row["item_id"], row["key"]
            if place in new and new.pop(place) != to_response(row):
                raise UserError(f"response {row['key']!r} is stored with another text", "one response an id")
        if new:
            fresh = {item_id for item_id, _ in new}
            connection.execute(sa.update(items).where(items.c.id.in_(fresh)).values(planned=False))
            connection.execute(
                sa.insert(responses),
                [
                    {
                        "item_id": item_id,
                        "key": response.key,
                        "text": response.text,
                        "model": response.model,
                        "model_hash": response.model_hash,
                        "sampling": dict(response.sampling),
                    }
                    for (item_id, _), response in new.items()
                ],
            )
        return len(new)

    def collections(self) -> list[str]:
        """Keys of all collections, oldest first."""
        with self.read() as connection:
            return list(connection.execute(sa.select(collections.c.key).order_by(collections.c.id)).scalars())

    def items(self, collection: str) -> list[Item]:
        """All prompts of a collection with their responses, both ordered by key.

        Empty when it is not known.
        """
        with self.read() as connection:
            return read_items(connection, collection)

    # ---------------------------------------------------------------- reviewers and tasks

    def add_user(self, name: str, simulated: bool = False, role: str = "reviewer") -> None:
        """Adds a reviewer; nothing happens when there is one of that name.

        UserError for a misleading name.
        """
        check_user_name(name, simulated)
        with self.write() as connection:
            if connection.execute(sa.select(users.c.id).where(users.c.name == name)).scalar() is None:
                kind = "simulated" if simulated else "person"
                insert_row(connection, users, name=name, kind=kind, role=role, created=self.clock())

    def add_pairs(self, collection: str, pairs: Iterable[Pair]) -> int:
        """Adds pairs to be rated; how many were new. UserError when a response is not in the collection."""
        added = 0
        for chunk in chunked(pairs, CHUNK):
            with self.write() as connection:
                there = task_ids_by_pair(connection, collection, {pair.item for pair in chunk})
                new = [pair for pair in dict.fromkeys(chunk) if pair not in there]
                insert_pairs(connection, collection, new)
                added += len(new)
        return added

    def pairs(self, collection: str) -> list[Pair]:
        """All pairs of a collection, sorted."""
        with self.read() as connection:
            return sorted(task_ids_by_pair(connection, collection))

    # ---------------------------------------------------------------- ratings

    def rate(self, collection: str, verdicts: Iterable[Verdict]) -> int:
        """Stores verdicts in transactions of `CHUNK`; how many events were added.

        A verdict equal to the one in force adds nothing; another one adds a revision. Pairs and reviewers
        must be there already (`add_pairs`, `add_user`).
        """
        added = 0
        for chunk in chunked(verdicts, CHUNK):
            with self.write() as connection:
                added += self._append(connection, collection, [(one.pair, one.reviewer, one) for one in chunk])
        return added

    def withdraw(self, collection: str, which: Iterable[tuple[Pair, str]]) -> int:
        """Takes back (pair, reviewer) ratings by a revision that says so; how many were in force."""
        added = 0
        for chunk in chunked(which, CHUNK):
            with self.write() as connection:
                added += self._append(connection, collection, [(pair, who, None) for pair, who in chunk])
        return added

    def _append(
        self, connection: Connection, collection: str, wanted: Sequence[tuple[Pair, str, Verdict | None]]
    ) -> int:
        names = {who for _, who, _ in wanted}
        found = connection.execute(sa.select(users.c.name, users.c.id).where(users.c.name.in_(names)))
        user_ids = {name: user_id for name, user_id in found}
        task_ids = task_ids_by_pair(connection, collection, {pair.item for pair, _, _ in wanted})
        latest: dict[tuple[int, int], tuple[int, str, int | None]] = {}
        query = latest_events().where(
            rating_events.c.repeat == 0,
            rating_events.c.task_id.in_({task_ids[pair] for pair, _, _ in wanted if pair in task_ids}),
        )
        for row in connection.execute(query).mappings():
            latest[row["task_id"], row["user_id"]] = (row["revision"], row["action"], row["strength"])
        events = []
        for pair, who, verdict in wanted:
            if pair not in task_ids or who not in user_ids:
                raise UserError(
                    f"{who!r} cannot rate {pair.key} of prompt {pair.item!r}: no such reviewer or pair",
                    do="add the pair and the reviewer first",
                )
            place = task_ids[pair], user_ids[who]
            revision, action, strength = latest.get(place, (0, "withdraw", None))
            now: tuple[str, int | None] = ("rate", verdict.strength) if verdict else ("withdraw", None)
            if now == (action, strength):
                continue
            latest[place] = (revision + 1, *now)
            events.append(
                {
                    "uid": rating_uid(collection, pair, who, 0, revision + 1),
                    "task_id": place[0],
                    "user_id": place[1],
                    "repeat": 0,
                    "revision": revision + 1,
                    "action": now[0],
                    "strength": now[1],
                    "seconds": verdict.seconds if verdict else None,
                    "created": self.clock(),
                }
            )
        if events:
            connection.execute(sa.insert(rating_events), events)
        return len(events)

    def ratings(self, collection: str, gold: bool = False, surplus: bool = False) -> list[Rating]:
        """The ratings in force on a collection's pairs: each reviewer's latest, hidden repeats left out.

        Ordered by pair, then reviewer. See `effective.ratings_of`.
        """
        with self.read() as connection:
            return ratings_of(connection, collection, gold, surplus)
