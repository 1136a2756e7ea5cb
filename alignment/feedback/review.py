"""Adjudication: conflicts among raters, decided by someone who sees all ratings; flags and comments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from alignment.errors import UserError
from alignment.feedback import documents
from alignment.feedback.acting import ProjectRow, acting, person, project_row, record
from alignment.feedback.answering import check_draft, drop_draft, keep_draft, new_uid, set_comment
from alignment.feedback.answers import Stored, to_answer, to_stored
from alignment.feedback.database.app_schema import comments, drafts, flags
from alignment.feedback.database.queries import insert_row
from alignment.feedback.database.schema import assignments, rating_events, responses, tasks, users
from alignment.feedback.effective import DECISION_REPEAT, Event, comparisons, events
from alignment.feedback.leasing import last_event
from alignment.feedback.nouns import LETTERS, OPERATOR, Actor, Answer, Guidelines, Kind, Role, Rubric, Saved
from alignment.feedback.reading import project_of, task_item, task_replies
from alignment.feedback.records import Message
from alignment.feedback.store import Store

SCORE_GAP = 3  # points on the 1-to-5 scale from which two scores are a conflict


@dataclass(frozen=True)
class Conflict:
    """An item on which raters disagree: on opposite sides of a pair, with opposite orders of two ranked replies,
    or three points or more apart in a score. spread: how far (strength points, inversions, score points).
    """

    task: int
    project: str
    kind: Kind
    prompt: str  # the customer's last message
    raters: int
    spread: float
    decided: bool


@dataclass(frozen=True)
class Opinion:
    """One rating as the adjudicator sees it. answer: in the places of `Case.replies`; {} where text was deleted."""

    uid: str
    reviewer: str
    answer: Mapping[str, Any]
    comment: str
    seconds: float | None
    created: float
    decision: bool  # the adjudicator's own, not a rater's


@dataclass(frozen=True)
class Case:
    """A task with all its ratings. replies: (letter, text) in stored order. Models stay unnamed here too.

    draft: what this adjudicator has entered so far (`Answer.to_json`). revision: of the decision their next makes.
    """

    task: int
    project: str
    kind: Kind
    prompt: tuple[Message, ...]
    facts: tuple[str, ...]
    replies: tuple[tuple[str, str], ...]
    opinions: tuple[Opinion, ...]
    guidelines: Guidelines
    rubric: Rubric
    draft: Mapping[str, Any]
    revision: int


@dataclass(frozen=True)
class Flagged:
    """A flag raised by a reviewer. prompt: the customer's last message; reply: the flagged one, or empty."""

    id: int
    task: int
    project: str
    reviewer: str
    reason: str
    note: str
    prompt: str
    reply: str
    created: float
    resolved: bool


# Tasks that several people have rated, and pairs that they have seen on both sides: by far not all of a project's.
# The last word is `spread`'s, which knows what was changed or taken back.
_MAY_DIFFER = (
    sa.select(rating_events.c.task_id)
    .join(tasks, tasks.c.id == rating_events.c.task_id)
    .where(rating_events.c.origin == "rating", rating_events.c.repeat == 0, rating_events.c.action == "rate")
    .group_by(rating_events.c.task_id, tasks.c.kind)
    .having(sa.func.count(rating_events.c.user_id.distinct()) > 1)
    .having(
        (tasks.c.kind != "pair")
        | ((sa.func.min(rating_events.c.strength) < 0) & (sa.func.max(rating_events.c.strength) > 0))
    )
)


class Review:
    """What an adjudicator does. Refused for reviewers."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def conflicts(self, project: str, decided: bool = False, limit: int = 200, *, actor: Actor) -> list[Conflict]:
        """Items on which raters disagree, widest first. decided: those adjudicated already, too."""
        with self.store.read() as connection:
            acting(connection, actor, Role.adjudicator)
            place = project_row(connection, project)
            by_task: dict[int, list[Event]] = defaultdict(list)
            settled: set[int] = set()
            for event in events(connection, project=place.id, people=True, among=_MAY_DIFFER):
                if event.origin == "decision":
                    settled.add(event.task)
                elif event.origin == "rating" and not event.gold:
                    by_task[event.task].append(event)
            wide = [(spread(found), task) for task, found in by_task.items() if decided or task not in settled]
            wide = sorted(((width, task) for width, task in wide if width > 0), key=lambda one: (-one[0], one[1]))
            return [
                Conflict(
                    task=task,
                    project=place.name,
                    kind=by_task[task][0].kind,
                    prompt=last_words(task_item(connection, task)["prompt"]),
                    raters=len(by_task[task]),
                    spread=width,
                    decided=task in settled,
                )
                for width, task in wide[:limit]
            ]

    def case(self, task: int, *, actor: Actor) -> Case:
        """One task with all its ratings. UserError: no such task."""
        with self.store.read() as connection:
            who = acting(connection, actor, Role.adjudicator)
            place, item = self._task(connection, task)
            replies = task_replies(connection, task)
            slots = range(len(replies))
            opinions = [
                Opinion(
                    uid=event.uid,
                    reviewer=event.reviewer,
                    answer=to_answer(event.kind, Stored(event.strength, event.payload), slots).to_json(),
                    comment=comment_of_task(connection, task, event.user, event.repeat),
                    seconds=event.seconds,
                    created=event.created,
                    decision=event.origin == "decision",
                )
                for event in events(connection, task=task, people=True)
            ]
            return Case(
                task=task,
                project=place.name,
                kind=Kind(item["kind"]),
                prompt=tuple(item["prompt"]),
                facts=tuple(item["facts"]),
                replies=tuple((LETTERS[slot], replies[slot]["text"]) for slot in slots),
                opinions=tuple(opinions),
                guidelines=documents.guidelines(connection, place.id),
                rubric=documents.rubric(connection, place.id),
                draft={} if who.id is None else draft_of(connection, task, who.id),
                revision=1 if who.id is None else next_revision(connection, task, who.id),
            )

    def save_draft(self, task: int, draft: Mapping[str, Any], revision: int, *, actor: str) -> bool:
        """Keeps what an adjudicator has entered so far, as `Desk.save_draft` does a reviewer's.

        revision: `Case.revision`. False, and nothing kept, when that decision was made already.
        """
        check_draft(draft)
        with self.store.write() as connection:
            who = person(connection, actor, Role.adjudicator)
            self._task(connection, task)
            if revision != next_revision(connection, task, who.id):
                return False
            now = self.store.clock()
            slots = range(len(task_replies(connection, task)))
            keep_draft(connection, _decision_place(connection, task, who.id, slots, now), draft, now)
            return True

    def decide(self, task: int, answer: Answer, *, actor: str) -> Saved:
        """The adjudicator's answer, in the places of `Case.replies`. In exports it stands for all the raters'.

        Deciding again makes a further revision; the answer that stands, none. Its comment is kept as a rater's is.
        """
        with self.store.write() as connection:
            who = person(connection, actor, Role.adjudicator)
            place, item = self._task(connection, task)
            rubric = documents.rubric(connection, place.id)
            slots = list(range(len(task_replies(connection, task))))
            stored = to_stored(Kind(item["kind"]), answer, slots, rubric)
            last = last_event(connection, task, who.id, DECISION_REPEAT)
            payload = dict(stored.payload) or None
            now, revision = self.store.clock(), 1 if last is None else last["revision"] + 1
            hangs_on = _decision_place(connection, task, who.id, slots, now)
            set_comment(connection, hangs_on, answer.comment, now)
            drop_draft(connection, hangs_on)
            same = last is not None and (last["strength"], last["payload"]) == (stored.strength, payload)
            if last is not None and same and last["id"] == _last_decision(connection, task):
                return Saved(last["uid"], last["revision"], True)
            uid = new_uid()
            event = {
                "uid": uid,
                "task_id": task,
                "user_id": who.id,
                "repeat": DECISION_REPEAT,
                "revision": revision,
                "action": "rate",
                "strength": stored.strength,
                "payload": payload,
                "created": now,
                "origin": "decision",
                "guidelines": documents.guidelines(connection, place.id).version,
                "rubric": rubric.version,
            }
            connection.execute(sa.insert(rating_events), [event])
            record(connection, now, who, "review.decide", place.name, task=task, rating=uid)
            return Saved(uid, revision, False)

    def _task(self, connection: Connection, task: object) -> tuple[ProjectRow, RowMapping]:
        known = isinstance(task, int) and not isinstance(task, bool) and 0 < task < 2**31
        if known and connection.execute(sa.select(tasks.c.id).where(tasks.c.id == task)).scalar() is not None:
            return project_of(connection, int(str(task))), task_item(connection, int(str(task)))
        raise UserError(f"no task {str(task)[:40]}", "one of the conflicts")

    def flags(
        self, project: str, resolved: bool = False, limit: int = 200, *, actor: Actor = OPERATOR
    ) -> list[Flagged]:
        """Flags that reviewers raised, newest first."""
        query = (
            sa.select(flags, users.c.name, responses.c.text)
            .join_from(flags, users, users.c.id == flags.c.user_id)
            .outerjoin(responses, responses.c.id == flags.c.response_id)
            .order_by(flags.c.id.desc())
            .limit(limit)
        )
        with self.store.read() as connection:
            acting(connection, actor, Role.adjudicator)
            place = project_row(connection, project)
            query = query.where(flags.c.project_id == place.id)
            rows = connection.execute(query if resolved else query.where(flags.c.resolved.is_(None))).mappings().all()
            return [
                Flagged(
                    id=row["id"],
                    task=row["task_id"],
                    project=place.name,
                    reviewer=row["name"],
                    reason=row["reason"],
                    note=row["note"],
                    prompt=last_words(task_item(connection, row["task_id"])["prompt"]),
                    reply=row["text"] or "",
                    created=row["created"],
                    resolved=row["resolved"] is not None,
                )
                for row in rows
            ]

    def resolve(self, flag: int, *, actor: Actor) -> None:
        """Marks a flag as dealt with."""
        with self.store.write() as connection:
            who, now = acting(connection, actor, Role.adjudicator), self.store.clock()
            mine = (flags.c.id == flag) & flags.c.resolved.is_(None)
            if connection.execute(sa.update(flags).where(mine).values(resolved=now)).rowcount:
                record(connection, now, who, "review.resolve", f"flag {flag}")


def _last_decision(connection: Connection, task: int) -> int | None:
    """Id of the decision on a task that stands, whosever it is."""
    mine = (rating_events.c.task_id == task) & (rating_events.c.origin == "decision")
    found: int | None = connection.execute(sa.select(sa.func.max(rating_events.c.id)).where(mine)).scalar()
    return found


def _decision_place(connection: Connection, task: int, user_id: int, slots: Sequence[int], now: float) -> int:
    """The assignment that an adjudicator's comment and draft hang on. It has no project: it is no work handed out."""
    mine = (assignments.c.task_id == task) & (assignments.c.user_id == user_id)
    query = sa.select(assignments.c.id).where(mine, assignments.c.repeat == DECISION_REPEAT)
    found = connection.execute(query).scalar()
    if found is not None:
        return int(found)
    values = {"task_id": task, "user_id": user_id, "repeat": DECISION_REPEAT, "shown": list(slots), "state": "done"}
    return insert_row(connection, assignments, **values, created=now, purpose="decision")


def next_revision(connection: Connection, task: int, user_id: int) -> int:
    """Of an adjudicator's decision on a task."""
    last = last_event(connection, task, user_id, DECISION_REPEAT)
    return 1 if last is None else int(last["revision"]) + 1


def draft_of(connection: Connection, task: int, user_id: int) -> Mapping[str, Any]:
    """An adjudicator's draft of a decision; {} where there is none."""
    mine = (assignments.c.task_id == task) & (assignments.c.user_id == user_id)
    query = sa.select(drafts.c.content).join(assignments, assignments.c.id == drafts.c.assignment_id)
    found = connection.execute(query.where(mine, assignments.c.repeat == DECISION_REPEAT)).scalar()
    return {} if found is None else dict(found)


def spread(found: Sequence[Event]) -> float:
    """How far a task's raters are apart; 0 where that is no conflict.

    pair: from the most to the least strength, where some see the first and some the second better; rank: pairs of
    replies that two raters order oppositely; rubric: from the highest to the lowest score of a dimension, from
    `SCORE_GAP` points on.
    """
    if len(found) < 2:
        return 0.0
    if found[0].kind is Kind.pair:
        strengths = [event.strength or 0 for event in found]
        return float(max(strengths) - min(strengths)) if max(strengths) > 0 > min(strengths) else 0.0
    if found[0].kind is Kind.rank:
        signs: dict[tuple[int, int], set[bool]] = defaultdict(set)
        for one in comparisons(found):
            if one.strength:
                signs[one.first_id, one.second_id].add(one.strength > 0)
        return float(sum(len(both) == 2 for both in signs.values()))
    scores: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in found:
        for slot, of in event.payload["scores"].items():
            for name, score in of.items():
                scores[slot, name].append(score)
    widest = max((max(values) - min(values) for values in scores.values()), default=0)
    return float(widest) if widest >= SCORE_GAP else 0.0


def last_words(prompt: Sequence[Message]) -> str:
    """The last message of a conversation."""
    return prompt[-1]["content"] if prompt else ""


def comment_of_task(connection: Connection, task: int, user_id: int, repeat: int) -> str:
    query = (
        sa.select(comments.c.text)
        .join(assignments, assignments.c.id == comments.c.assignment_id)
        .where(assignments.c.task_id == task, assignments.c.user_id == user_id, assignments.c.repeat == repeat)
    )
    return connection.execute(query).scalar() or ""
