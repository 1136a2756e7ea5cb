"""What the dashboard shows, as plain numbers: progress, agreement, reviewers, leaderboard, position bias.

People's ratings only. Shares are None where there is nothing to share.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alignment.feedback.acting import acting, project_row
from alignment.feedback.database.app_schema import gold, shifts, work
from alignment.feedback.database.schema import assignments, items, responses, task_responses, tasks, users
from alignment.feedback.effective import Event, comparisons, events, in_force
from alignment.feedback.measures.leaderboard import Game, Leaderboard, Standing, leaderboard_of
from alignment.feedback.measures.quality import PositionBias, Quality, ReviewerFigures, quality_of
from alignment.feedback.nouns import Actor, Kind, Role
from alignment.feedback.planning import collections_of
from alignment.feedback.records import chunked
from alignment.feedback.store import Store

DAY = 86_400  # seconds

__all__ = ["Figures", "Leaderboard", "PositionBias", "Progress", "Quality", "ReviewerFigures", "Standing"]


@dataclass(frozen=True)
class Progress:
    """tasks: to be rated, gold aside; wanted: ratings in all; counted: made; open: leased now; complete: tasks
    with all their ratings; histogram: {ratings a task: tasks}; skipped, expired: assignments; late, surplus,
    repeats, gold: ratings; days: {date (UTC): ratings}.
    """

    project: str
    tasks: int
    wanted: int
    counted: int
    open: int
    complete: int
    histogram: Mapping[int, int]
    skipped: int
    expired: int
    late: int
    surplus: int
    repeats: int
    gold: int
    days: Mapping[str, int]


class Figures:
    """Numbers over a project. progress and quality: adjudicators and admins; leaderboard: admins (it names models)."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def progress(self, project: str, *, actor: Actor) -> Progress:
        """How far a project is."""
        with self.store.read() as connection:
            acting(connection, actor, Role.adjudicator)
            place = project_row(connection, project)
            mine = (work.c.project_id == place.id) & (work.c.wanted > 0)
            count = sa.func.count()
            tasks, wanted = connection.execute(sa.select(count, sa.func.sum(work.c.wanted)).where(mine)).one()
            by_state = (
                sa.select(assignments.c.state, count)
                .where(assignments.c.project_id == place.id, assignments.c.purpose == "rating")
                .group_by(assignments.c.state)
            )
            states: dict[str, int] = {state: number for state, number in connection.execute(by_state)}
            one = in_force(project=place.id, people=True, repeats=True)
            of = (one.c.task_id, one.c.repeat, one.c.late, one.c.surplus, one.c.created, one.c.gold_task)
            found = connection.execute(sa.select(*of).where(one.c.origin == "rating")).all()
        plain = [row for row in found if row.repeat == 0 and row.gold_task is None]
        counted = Counter(row.task_id for row in plain if not row.surplus)
        spread = Counter(counted.values())
        if tasks > len(counted):
            spread[0] = tasks - len(counted)
        return Progress(
            project=place.name,
            tasks=tasks,
            wanted=wanted or 0,
            counted=sum(counted.values()),
            open=states.get("open", 0),
            complete=sum(number for times, number in spread.items() if times >= place.settings.ratings),
            histogram=dict(sorted(spread.items())),
            skipped=states.get("skipped", 0),
            expired=states.get("expired", 0),
            late=sum(row.late for row in plain),
            surplus=sum(row.surplus for row in plain),
            repeats=sum(row.repeat > 0 for row in found),
            gold=sum(row.gold_task is not None for row in found),
            days={day(n * DAY): count for n, count in sorted(Counter(row.created // DAY for row in found).items())},
        )

    def quality(self, project: str, *, actor: Actor) -> Quality:
        """How far its ratings can be trusted."""
        with self.store.read() as connection:
            acting(connection, actor, Role.adjudicator)
            place = project_row(connection, project)
            found = [one for one in events(connection, project=place.id, people=True, repeats=True) if rated(one)]
            expected = {
                task: tuple(right) if isinstance(right, list) else right
                for task, right in connection.execute(
                    sa.select(gold.c.task_id, gold.c.expected).where(gold.c.project_id == place.id)
                )
            }
            words = word_counts(connection, {one.task for one in found})
            skipped = skips(connection, place.id)
        return quality_of(found, expected, words, skipped)

    def leaderboard(self, project: str, *, actor: Actor, confidence: float = 0.95) -> Leaderboard:
        """All comparisons: pairs, and the pairs that rankings imply. Ties and both-bad are half a win each way."""
        with self.store.read() as connection:
            acting(connection, actor, Role.admin)
            games = games_of(connection, project_row(connection, project).id)
        return leaderboard_of(games, confidence)

    def leaderboards(self, project: str, tag: str, *, actor: Actor, confidence: float = 0.95) -> list[Leaderboard]:
        """One leaderboard for each value of a tag, by value."""
        with self.store.read() as connection:
            acting(connection, actor, Role.admin)
            games = games_of(connection, project_row(connection, project).id)
            of_item = values_of(connection, items.c.tags, {game.item for game in games})
        by_value: dict[str, list[Game]] = defaultdict(list)
        for game in games:
            if tag in of_item[game.item]:
                by_value[str(of_item[game.item][tag])].append(game)
        return [leaderboard_of(by_value[value], confidence, tag, value) for value in sorted(by_value)]

    def tags(self, project: str, *, actor: Actor) -> list[str]:
        """The items' tags that have two values or more."""
        with self.store.read() as connection:
            acting(connection, actor, Role.admin)
            place = project_row(connection, project)
            values: dict[str, set[str]] = defaultdict(set)
            query = sa.select(items.c.tags).where(items.c.collection_id.in_(collections_of(place.id)))
            for found in connection.execute(query).scalars():
                for name, value in found.items():
                    values[name].add(str(value))
        return sorted(name for name, several in values.items() if len(several) > 1)


def games_of(connection: Connection, project: int) -> list[Game]:
    """People's comparisons of different models: of pairs, each a row of the query, and those that rankings imply."""
    one = in_force(project=project, people=True)
    slots = [task_responses.alias(f"slot_{slot}") for slot in (0, 1)]
    replies = [responses.alias(f"reply_{slot}") for slot in (0, 1)]
    query = sa.select(one.c.item_id, *(reply.c.model for reply in replies), one.c.strength)
    for number, (slot, reply) in enumerate(zip(slots, replies, strict=True)):
        query = query.join(slot, (slot.c.task_id == one.c.task_id) & (slot.c.slot == number))
        query = query.join(reply, reply.c.id == slot.c.response_id)
    query = query.where(one.c.task_kind == Kind.pair, one.c.origin == "rating", ~one.c.surplus)
    games = [Game(row[0], row[1], row[2], row[3]) for row in connection.execute(query.order_by(one.c.id))]
    ranked = sa.select(tasks.c.id).where(tasks.c.kind == Kind.rank)
    found = events(connection, project=project, people=True, among=ranked)
    compared = comparisons(event for event in found if rated(event) and not event.surplus)
    model = values_of(
        connection, responses.c.model, {reply for two in compared for reply in (two.first_id, two.second_id)}
    )
    games += [Game(two.event.item, model[two.first_id], model[two.second_id], two.strength) for two in compared]
    return [game for game in games if game.first != game.second]


def rated(event: Event) -> bool:
    """A person's own rating: no edit and no adjudicator's decision."""
    return event.origin == "rating"


def day(seconds: float) -> str:
    """The date in UTC."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def values_of(connection: Connection, column: sa.Column[Any], ids: Iterable[int]) -> dict[int, Any]:
    """A column's values by the id of its row."""
    key = column.table.c.id
    made: dict[int, Any] = {}
    for some in chunked(sorted(ids), 500):
        made.update((row.id, row[1]) for row in connection.execute(sa.select(key, column).where(key.in_(some))))
    return made


def word_counts(connection: Connection, tasks: set[int]) -> dict[int, int]:
    """Words of the replies of each task."""
    made: Counter[int] = Counter()
    for some in chunked(sorted(tasks), 500):
        query = (
            sa.select(task_responses.c.task_id, responses.c.text)
            .join_from(task_responses, responses, responses.c.id == task_responses.c.response_id)
            .where(task_responses.c.task_id.in_(some))
        )
        for task, text in connection.execute(query):
            made[task] += len(text.split())
    return dict(made)


def skips(connection: Connection, project_id: int) -> dict[str, int]:
    """Tasks skipped by each reviewer who has not been deleted."""
    query = (
        sa.select(users.c.name, sa.func.sum(shifts.c.skipped))
        .join_from(users, shifts, shifts.c.user_id == users.c.id)
        .where(shifts.c.project_id == project_id, users.c.deleted.is_(None))
        .group_by(users.c.name)
    )
    return {name: int(count) for name, count in connection.execute(query)}
