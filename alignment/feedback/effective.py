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

from alignment.feedback.app_schema import gold
from alignment.feedback.nouns import Kind
from alignment.feedback.queries import latest_events
from alignment.feedback.records import STRONGEST, Pair, Rating
from alignment.feedback.schema import assignments, collections, items, responses, task_responses, tasks, users

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


def events(
    connection: Connection,
    *,
    project: int | None = None,
    collection: str | None = None,
    task: int | None = None,
    people: bool = False,
    repeats: bool = False,
    last: int | None = None,
) -> list[Event]:
    """Ratings in force of a project, a collection or a task, in the order they were made.

    people: without simulated reviewers. repeats: hidden repeats too. last: so many of them, the newest.
    """
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
        .order_by(event.c.id.desc())
        .limit(last)
    )
    slots = sa.select(task_responses).join(tasks).join(items).join(collections)
    for chosen, column in (
        (project, collections.c.project_id),
        (collection, collections.c.key),
        (task, tasks.c.id),
    ):
        if chosen is not None:
            query, slots = query.where(column == chosen), slots.where(column == chosen)
    if people:
        query = query.where(users.c.kind == "person")
    if not repeats:
        query = query.where(event.c.repeat <= 0)
    if last is not None:  # of a large project not every task's
        slots = slots.where(tasks.c.id.in_(sa.select(query.subquery().c.task_id)))
    by_task: dict[int, list[int]] = {}
    for row in connection.execute(slots.order_by(task_responses.c.task_id, task_responses.c.slot)).mappings():
        by_task.setdefault(row["task_id"], []).append(row["response_id"])
    return [_event(row, by_task[row["task_id"]]) for row in connection.execute(query).mappings()][::-1]


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
