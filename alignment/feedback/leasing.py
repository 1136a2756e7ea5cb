"""Handing out work: exactly n raters an item, at any number of reviewers at once.

`work.taken` counts the ratings made and the leases open; a task is handed out while taken < wanted. All of this
runs inside the store's write transaction, the only one at its time, so the count is never stale. A reviewer's
cursor says how far down the order they have come: every task before it was theirs already or is taken, so the
next one is found by one step in an index. What is handed back behind the cursors is marked as returned and looked at
first; new tasks and settings that open tasks again set the cursors back (`planning.rewind`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, RowMapping

from alignment.feedback.acting import Person, ProjectRow
from alignment.feedback.database.app_schema import cursors, documents, gold, shifts, work
from alignment.feedback.database.queries import ASSIGNMENT, KIND, PROJECT, TASK, USER, insert_row
from alignment.feedback.database.schema import assignments, rating_events, task_responses, users
from alignment.feedback.nouns import Kind
from alignment.feedback.planning import LAST, has_unplanned, plan
from alignment.feedback.records import digest, uniform

BLOCK = 8  # assignments within which a reviewer's pairs are shown as often one way as the other
GAP = 8  # assignments at least between a task and its hidden repeat
TRIES = 4  # to draw a task fit to be repeated
PLANNED_AT_ONCE = 500  # items, where a reviewer is waiting
_CHANCE = random.SystemRandom()

_OPEN = (
    sa.select(assignments)
    .where(assignments.c.user_id == USER, assignments.c.state == "open")
    .where(assignments.c.project_id == PROJECT, assignments.c.purpose != "chat")
    .order_by(assignments.c.reopened.is_(None), assignments.c.reopened.desc(), assignments.c.id)
    .limit(1)
)
_OPEN_OF_KIND = _OPEN.join(work, work.c.task_id == assignments.c.task_id).where(work.c.kind == KIND)
_EXPIRED = sa.select(assignments).where(assignments.c.state == "open", assignments.c.lease_until < sa.bindparam("now"))
_LOST = (
    sa.select(assignments.c.id, assignments.c.task_id)
    .join(work, work.c.task_id == assignments.c.task_id)
    .where(assignments.c.user_id == USER, assignments.c.state == "expired")
    .where(assignments.c.project_id == PROJECT, work.c.kind.in_(sa.bindparam("kinds", expanding=True)))
    .where(assignments.c.purpose == "rating", work.c.taken < work.c.wanted)
    .order_by(assignments.c.id.desc())
    .limit(1)
)
_TAKE = sa.update(work).where(work.c.task_id == TASK, work.c.taken < work.c.wanted).values(taken=work.c.taken + 1)
_RENEW = sa.update(assignments).where(assignments.c.id == ASSIGNMENT).values(lease_until=sa.bindparam("until"))
_COUNT_REPLIES = sa.select(sa.func.count()).select_from(task_responses).where(task_responses.c.task_id == TASK)
_LAST_EVENT = (
    sa.select(rating_events)
    .where(rating_events.c.task_id == TASK, rating_events.c.user_id == USER)
    .where(rating_events.c.repeat == sa.bindparam("of_repeat"))
    .order_by(rating_events.c.revision.desc())
    .limit(1)
)
_VERSIONS = (
    sa.select(documents.c.kind, sa.func.max(documents.c.version))
    .where(documents.c.project_id == PROJECT)
    .group_by(documents.c.kind)
)
_SHIFT = (
    sa.select(
        sa.func.coalesce(shifts.c.served, 0),
        sa.func.coalesce(shifts.c.done, 0),
        sa.func.coalesce(shifts.c.skipped, 0),
        sa.select(sa.func.count())
        .where(assignments.c.user_id == USER, assignments.c.project_id == PROJECT)
        .where(assignments.c.finished >= sa.bindparam("since"))
        .scalar_subquery(),
    )
    .select_from(users)
    .outerjoin(shifts, (shifts.c.user_id == users.c.id) & (shifts.c.project_id == PROJECT))
    .where(users.c.id == USER)
)


def _first(where: sa.ColumnElement[bool] | sa.TextClause) -> sa.Select[tuple[int, int]]:
    """task_id and position of the first task that fits, is free and was never the user's."""
    return (
        sa.select(work.c.task_id, work.c.position)
        .where(work.c.project_id == PROJECT, work.c.kind == KIND, work.c.taken < work.c.wanted, where)
        .where(
            ~sa.exists().where(
                assignments.c.task_id == work.c.task_id, assignments.c.user_id == USER, assignments.c.repeat == 0
            )
        )
        .order_by(work.c.position)
        .limit(1)
    )


_CURSOR = (
    sa.select(cursors.c.position)
    .where(cursors.c.project_id == PROJECT, cursors.c.user_id == USER, cursors.c.kind == KIND)
    .scalar_subquery()
)
_FRONT = _first(work.c.position < 0)  # put there by `active.move_to_front`
_RETURNED = _first(sa.text("work.returned"))  # word for word as the partial index `ix_work_returned` has it
_AHEAD = _first(work.c.position >= sa.func.coalesce(_CURSOR, 0))


@dataclass(frozen=True)
class Shift:
    """A reviewer's counters in a project. today: finished since the time asked about, live chats' votes too."""

    served: int
    done: int
    skipped: int
    today: int


def open_assignment(connection: Connection, user_id: int, project_id: int, kind: Kind | None) -> RowMapping | None:
    """The assignment the reviewer has open: the one they reopened last, else the oldest. Live chats are apart."""
    given = {"of_user": user_id, "of_project": project_id}
    if kind is None:
        return connection.execute(_OPEN, given).mappings().first()
    return connection.execute(_OPEN_OF_KIND, given | {"of_kind": kind}).mappings().first()


def kinds_of(project: ProjectRow) -> list[Kind]:
    """The kinds of task a project hands out, in order."""
    return [Kind(kind) for kind, count in project.settings.tasks.items() if count]


def anything_left(connection: Connection, project: ProjectRow, user: Person) -> bool:
    """Whether there is work for the reviewer: open, or to be leased. Changes nothing."""
    if project.archived:
        return False
    if open_assignment(connection, user.id, project.id, None) is not None:
        return True
    for kind in kinds_of(project):
        given = {"of_project": project.id, "of_user": user.id, "of_kind": kind}
        for query in (_FRONT, _RETURNED, _AHEAD):
            if connection.execute(query, given).first() is not None:
                return True
    return has_unplanned(connection, project.id)


def lease(connection: Connection, project: ProjectRow, user: Person, kinds: Sequence[Kind], now: float) -> int | None:
    """An assignment for the reviewer: taken up again, a gold item, a repeat, or new work; None when there is none."""
    free_expired(connection, now)
    again = _resume(connection, project, user, kinds, now)
    if again is not None:
        return again
    shift = read_shift(connection, user.id, project.id, now)
    quota = project.settings.quota
    if quota is not None and shift.done >= quota:
        return None
    ordinal = shift.served + 1
    draw = uniform("mix", project.id, str(project.created), user.id, ordinal)
    chosen: tuple[int, str] | None = None
    if draw < project.settings.gold_share:
        chosen = _draw_gold(connection, project.id, user.id, kinds)
    elif draw < project.settings.gold_share + project.settings.repeat_share:
        chosen = _draw_repeat(connection, project.id, user.id, kinds, ordinal)
    if chosen is None:
        chosen = _take(connection, project, user.id, kinds)
    if chosen is None:
        return None
    task_id, purpose = chosen
    count_shift(connection, user.id, project.id, served=1)
    return insert_row(
        connection,
        assignments,
        task_id=task_id,
        user_id=user.id,
        repeat=1 if purpose == "repeat" else 0,
        shown=draw_order(connection, task_id, f"{project.id} {project.created} {user.id}", ordinal),
        state="open",
        lease_until=now + project.settings.lease,
        created=now,
        project_id=project.id,
        purpose=purpose,
        ordinal=ordinal,
        **latest_versions(connection, project.id),
    )


def renew(connection: Connection, assignment_id: int, until: float) -> None:
    connection.execute(_RENEW, {"of_assignment": assignment_id, "until": until})


def free_expired(connection: Connection, now: float) -> int:
    """Gives back what open leases held that have run out; how many. One reopened by an undo is done again."""
    rows = connection.execute(_EXPIRED, {"now": now}).mappings().all()
    for row in rows:
        state = "done" if row["finished"] is not None else "expired"
        connection.execute(sa.update(assignments).where(assignments.c.id == row["id"]).values(state=state))
        if state == "expired" and row["purpose"] == "rating":
            give_back(connection, row["task_id"])
    return len(rows)


def give_back(connection: Connection, task_id: int) -> None:
    """One rating of the task is to be had again."""
    connection.execute(sa.update(work).where(work.c.task_id == task_id).values(taken=work.c.taken - 1, returned=True))


def take_place(connection: Connection, task_id: int) -> bool:
    """Takes one of the task's ratings, if one is left."""
    return bool(connection.execute(_TAKE, {"of_task": task_id}).rowcount)


def count_shift(connection: Connection, user_id: int, project_id: int | None, **change: int) -> None:
    """Adds to a reviewer's counters of a project."""
    if project_id is None:
        return
    row = {"user_id": user_id, "project_id": project_id, "served": 0, "done": 0, "skipped": 0, **change}
    connection.execute(_counting(connection.dialect.name), row)


@cache
def _counting(dialect: str) -> Any:
    insert = _inserts(dialect, shifts)
    added = {name: shifts.c[name] + insert.excluded[name] for name in ("served", "done", "skipped")}
    return insert.on_conflict_do_update(index_elements=["user_id", "project_id"], set_=added)


def draw_order(connection: Connection, task_id: int, who: str, ordinal: int | None) -> list[int]:
    """Slots in the order shown. Pairs: each way equally often within a reviewer's `BLOCK` of assignments, by a hash
    that no page sees; others: drawn.
    """
    count = connection.execute(_COUNT_REPLIES, {"of_task": task_id}).scalar_one()
    order = list(range(count))
    if count == 2 and ordinal is not None:
        block, place = divmod(ordinal, BLOCK)
        turns = sorted(range(BLOCK), key=lambda one: digest(["side", who, block, one]))
        return order if turns.index(place) % 2 else order[::-1]
    _CHANCE.shuffle(order)
    return order


def read_shift(connection: Connection, user_id: int, project_id: int, since: float) -> Shift:
    """A reviewer's counters in a project, in one query."""
    given = {"of_user": user_id, "of_project": project_id, "since": since}
    return Shift(*connection.execute(_SHIFT, given).one())


def _resume(connection: Connection, project: ProjectRow, user: Person, kinds: Sequence[Kind], now: float) -> int | None:
    """The reviewer's latest assignment that ran out and whose place nobody has taken: theirs again, with its draft."""
    given = {"of_user": user.id, "of_project": project.id, "kinds": list(kinds)}
    found = connection.execute(_LOST, given).first()
    if found is None or not take_place(connection, found.task_id):
        return None
    connection.execute(
        sa.update(assignments)
        .where(assignments.c.id == found.id)
        .values(state="open", lease_until=now + project.settings.lease)
    )
    return int(found.id)


def _take(connection: Connection, project: ProjectRow, user_id: int, kinds: Sequence[Kind]) -> tuple[int, str] | None:
    for kind in kinds:
        task_id = _next_left(connection, project.id, user_id, kind)
        if task_id is None and plan(connection, project, PLANNED_AT_ONCE):
            task_id = _next_left(connection, project.id, user_id, kind)
        if task_id is not None and take_place(connection, task_id):
            return task_id, "rating"
    return None


def _next_left(connection: Connection, project_id: int, user_id: int, kind: Kind) -> int | None:
    """A task that is free and was never the user's; moves their cursor."""
    given = {"of_project": project_id, "of_user": user_id, "of_kind": kind}
    for query in (_FRONT, _RETURNED):
        found = connection.execute(query, given).first()
        if found is not None:
            return int(found.task_id)
    found = connection.execute(_AHEAD, given).first()
    place = {"project_id": project_id, "user_id": user_id, "kind": kind}
    position = LAST if found is None else found.position
    connection.execute(_moving(connection.dialect.name), place | {"position": position})
    return None if found is None else int(found.task_id)


@cache
def _moving(dialect: str) -> Any:
    insert = _inserts(dialect, cursors)
    keys = ["project_id", "user_id", "kind"]
    return insert.on_conflict_do_update(index_elements=keys, set_={"position": insert.excluded.position})


def _inserts(dialect: str, table: sa.Table) -> Any:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def _draw_gold(connection: Connection, project_id: int, user_id: int, kinds: Sequence[Kind]) -> tuple[int, str] | None:
    """A gold item the reviewer has not had."""
    unseen = connection.execute(
        sa.select(gold.c.task_id)
        .join(work, work.c.task_id == gold.c.task_id)
        .where(gold.c.project_id == project_id, work.c.kind.in_(kinds))
        .where(~sa.exists().where(assignments.c.task_id == gold.c.task_id, assignments.c.user_id == user_id))
        .order_by(gold.c.task_id)
    )
    left = list(unseen.scalars())
    return (_CHANCE.choice(left), "gold") if left else None


def _draw_repeat(
    connection: Connection, project_id: int, user_id: int, kinds: Sequence[Kind], ordinal: int
) -> tuple[int, str] | None:
    """A task the reviewer rated at least `GAP` assignments ago and has had once; by a few draws, no scan."""
    if ordinal <= GAP:
        return None
    again = assignments.alias("again")
    for _ in range(TRIES):
        found = connection.execute(
            sa.select(assignments.c.task_id)
            .join(work, work.c.task_id == assignments.c.task_id)
            .where(assignments.c.user_id == user_id, assignments.c.project_id == project_id)
            .where(assignments.c.ordinal == _CHANCE.randint(1, ordinal - GAP), work.c.kind.in_(kinds))
            .where(assignments.c.state == "done", assignments.c.purpose == "rating")
            .where(
                ~sa.exists().where(
                    again.c.task_id == assignments.c.task_id, again.c.user_id == user_id, again.c.repeat > 0
                )
            )
        ).first()
        if found is not None:
            return int(found.task_id), "repeat"
    return None


def latest_versions(connection: Connection, project_id: int) -> dict[str, int]:
    """The latest versions of the project's guidelines and rubric, 0 where there are none."""
    found = {kind: version for kind, version in connection.execute(_VERSIONS, {"of_project": project_id})}
    return {"guidelines": found.get("guidelines", 0), "rubric": found.get("rubric", 0)}


def last_event(connection: Connection, task_id: int, user_id: int, repeat: int) -> RowMapping | None:
    """The latest revision of a reviewer's rating."""
    given = {"of_task": task_id, "of_user": user_id, "of_repeat": repeat}
    return connection.execute(_LAST_EVENT, given).mappings().first()
