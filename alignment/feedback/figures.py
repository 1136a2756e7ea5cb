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
from alignment.feedback.app_schema import gold, shifts, work
from alignment.feedback.effective import Event, comparisons, events, in_force
from alignment.feedback.leaderboard import Game, Leaderboard, Standing, leaderboard_of
from alignment.feedback.nouns import Actor, Role
from alignment.feedback.planning import collections_of
from alignment.feedback.quality import PositionBias, Quality, ReviewerFigures, quality_of
from alignment.feedback.records import chunked
from alignment.feedback.schema import assignments, items, responses, task_responses, users
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
            games, _ = self._games(connection, project)
        return leaderboard_of(games, confidence)

    def leaderboards(self, project: str, tag: str, *, actor: Actor, confidence: float = 0.95) -> list[Leaderboard]:
        """One leaderboard for each value of a tag, by value."""
        with self.store.read() as connection:
            acting(connection, actor, Role.admin)
            games, of_item = self._games(connection, project)
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

    def _games(self, connection: Connection, project: str) -> tuple[list[Game], dict[int, Mapping[str, Any]]]:
        """Comparisons of different models, and the tags of the items they are of."""
        place = project_row(connection, project)
        found = [one for one in events(connection, project=place.id, people=True) if rated(one) and not one.surplus]
        compared = comparisons(found)
        replies = {reply for one in compared for reply in (one.first_id, one.second_id)}
        models = values_of(connection, responses.c.model, replies)
        games = [
            Game(one.event.item, models[one.first_id], models[one.second_id], one.strength)
            for one in compared
            if models[one.first_id] != models[one.second_id]
        ]
        return games, values_of(connection, items.c.tags, {game.item for game in games})


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
