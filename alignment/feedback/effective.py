"""The ratings in force: each reviewer's latest revision, of people who have not been deleted.

    pair     its strength
    rank     a comparison for each two replies that were both ranked: the difference of the ranks, 3 at most
    edit     the edited reply against its parent (see `answering.save_edit`)
    decision an adjudicator's; where a task has one, it stands for all its raters' (`preferences.from_ratings`)

Hidden repeats are left out everywhere but where a reviewer's consistency is the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alignment.feedback.database.app_schema import gold
from alignment.feedback.database.queries import latest_events
from alignment.feedback.database.schema import (
    assignments,
    collections,
    items,
    rating_events,
    responses,
    task_responses,
    tasks,
    users,
)
from alignment.feedback.nouns import Kind
from alignment.feedback.records import STRONGEST, Pair, Rating, chunked

DECISION_REPEAT = -1
"""`repeat` of an adjudicator's decision, which may stand beside their own rating of the task."""


@dataclass(frozen=True)
class Event:
    """A rating in force. slots: response ids, in the order that strength, ranks and scores refer to.

    shown: slots in shown order, None where nothing was shown (an edit, a simulated reviewer).
    """

    id: int
    uid: str
    task: int
    item: int
    kind: Kind
    user: int
    reviewer: str
    simulated: bool
    repeat: int
    revision: int
    strength: int | None
    payload: Mapping[str, Any]
    seconds: float | None
    created: float
    origin: str
    late: bool
    surplus: bool
    gold: bool
    shown: tuple[int, ...] | None
    slots: tuple[int, ...]

    @property
    def both_bad(self) -> bool:
        return bool(self.payload.get("both_bad"))


@dataclass(frozen=True)
class Comparison:
    """Two responses compared by one person. strength: above 0 the first is better."""

    event: Event
    first_id: int
    second_id: int
    strength: int


def in_force(
    *,
    project: int | None = None,
    collection: str | None = None,
    task: int | None = None,
    people: bool = False,
    repeats: bool = False,
    among: sa.Select[tuple[int]] | None = None,
    last: int | None = None,
) -> sa.Subquery:
    """The query of `events`, for what needs no `Event` of each rating."""
    event = latest_events().subquery()
    query = (
        sa.select(
            event,
            users.c.name,
            users.c.kind.label("user_kind"),
            tasks.c.kind.label("task_kind"),
            tasks.c.item_id,
            assignments.c.shown,
            gold.c.task_id.label("gold_task"),
        )
        .join(users, users.c.id == event.c.user_id)
        .join(tasks, tasks.c.id == event.c.task_id)
        .join(items, items.c.id == tasks.c.item_id)
        .join(collections, collections.c.id == items.c.collection_id)
        .outerjoin(gold, gold.c.task_id == tasks.c.id)
        .outerjoin(assignments, assignments.c.id == event.c.assignment_id)
        .where(event.c.action == "rate", users.c.deleted.is_(None))
    )
    for chosen, column in (
        (project, collections.c.project_id),
        (collection, collections.c.key),
        (task, tasks.c.id),
    ):
        if chosen is not None:
            query = query.where(column == chosen)
    if people:
        query = query.where(users.c.kind == "person")
    if not repeats:
        query = query.where(event.c.repeat <= 0)
    if among is not None:
        query = query.where(event.c.task_id.in_(among))
    if last is not None:
        query = query.where(event.c.id.in_(newest(last, project, people)))
    return query.subquery()


def newest(count: int, project: int | None, people: bool) -> sa.Select[tuple[int]]:
    """Ids of the last events of a project, or of all: by going back from the newest, not by way of all its tasks."""
    query = sa.select(rating_events.c.id).order_by(rating_events.c.id.desc()).limit(count)
    owner = (
        sa.select(collections.c.project_id)
        .join(items, items.c.collection_id == collections.c.id)
        .join(tasks, tasks.c.item_id == items.c.id)
        .where(tasks.c.id == rating_events.c.task_id)
        .scalar_subquery()
    )
    kind = sa.select(users.c.kind).where(users.c.id == rating_events.c.user_id).scalar_subquery()
    if project is not None:
        query = query.where(owner == project)
    return query.where(kind == "person") if people else query


def events(connection: Connection, **which: Any) -> list[Event]:
    """Ratings in force of a project, a collection or a task, in the order they were made.

    which: of `in_force`. project, collection, task: of that one. people: without simulated reviewers. repeats: hidden
    repeats too. among: a query for the ids of the tasks looked at. last: those among so many events, the newest.
    """
    found = in_force(**which)
    rows = connection.execute(sa.select(found).order_by(found.c.id)).mappings().all()
    slots = slots_of(connection, {row["task_id"] for row in rows})
    return [_event(row, slots[row["task_id"]]) for row in rows]


def slots_of(connection: Connection, wanted: Iterable[int]) -> dict[int, list[int]]:
    """Response ids of tasks, by slot."""
    made: dict[int, list[int]] = {}
    query = sa.select(task_responses).order_by(task_responses.c.task_id, task_responses.c.slot)
    for some in chunked(sorted(wanted), 500):
        for row in connection.execute(query.where(task_responses.c.task_id.in_(some))):
            made.setdefault(row.task_id, []).append(row.response_id)
    return made


def _event(row: Mapping[Any, Any], slots: Sequence[int]) -> Event:
    return Event(
        id=row["id"],
        uid=row["uid"],
        task=row["task_id"],
        item=row["item_id"],
        kind=Kind(row["task_kind"]),
        user=row["user_id"],
        reviewer=row["name"],
        simulated=row["user_kind"] == "simulated",
        repeat=row["repeat"],
        revision=row["revision"],
        strength=row["strength"],
        payload=row["payload"] or {},
        seconds=row["seconds"],
        created=row["created"],
        origin=row["origin"],
        late=bool(row["late"]),
        surplus=bool(row["surplus"]),
        gold=row["gold_task"] is not None,
        shown=None if row["shown"] is None else tuple(row["shown"]),
        slots=tuple(slots),
    )


def comparisons(found: Iterable[Event]) -> list[Comparison]:
    """Every two responses that an event compares."""
    made = []
    for event in found:
        if event.kind is Kind.pair and event.strength is not None:
            made.append(Comparison(event, event.slots[0], event.slots[1], event.strength))
        elif event.kind is Kind.rank:
            ranks = event.payload["ranks"]
            for one, other in combinations(range(len(ranks)), 2):
                if ranks[one] is not None and ranks[other] is not None:
                    strength = implied(ranks[one], ranks[other])
                    made.append(Comparison(event, event.slots[one], event.slots[other], strength))
    return made


def implied(rank: int, other: int) -> int:
    """The strength that two ranks say: their difference, at most `STRONGEST`; above 0 the first is better."""
    return max(-STRONGEST, min(STRONGEST, other - rank))


def settled(found: Iterable[Event]) -> list[Event]:
    """Without the decisions of a task that a later decision has replaced."""
    found = list(found)
    latest = {event.task: event for event in found if event.origin == "decision"}
    return [event for event in found if event.origin != "decision" or latest[event.task] is event]


def ratings_of(
    connection: Connection, collection: str, gold: bool = False, surplus: bool = False, people: bool = False
) -> list[Rating]:
    """The ratings in force on a collection's pairs, and those that rankings imply; by pair, then reviewer.

    gold: those of gold items too. surplus: those beyond an item's n too. people: without simulated reviewers.
    """
    found = [
        event
        for event in settled(events(connection, collection=collection, people=people))
        if (gold or not event.gold) and (surplus or not event.surplus)
    ]
    query = (
        sa.select(responses.c.id, responses.c.key, items.c.key)
        .join_from(responses, items, items.c.id == responses.c.item_id)
        .join(collections, collections.c.id == items.c.collection_id)
        .where(collections.c.key == collection)
    )
    names = {response_id: (key, item) for response_id, key, item in connection.execute(query)}
    made = [
        Rating(
            uid=one.event.uid,
            pair=Pair(names[one.first_id][1], names[one.first_id][0], names[one.second_id][0]),
            reviewer=one.event.reviewer,
            simulated=one.event.simulated,
            strength=one.strength,
            revision=one.event.revision,
            both_bad=one.event.both_bad,
            decision=one.event.origin == "decision",
        )
        for one in comparisons(found)
    ]
    return sorted(made, key=lambda rating: (rating.pair, rating.reviewer, rating.uid))
