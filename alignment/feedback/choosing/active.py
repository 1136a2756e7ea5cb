"""Active choice: the tasks on which an ensemble disagrees most come first, a random share is kept.

The ensemble is the one that was imported (rewards of several reward models a response), or our own (`ensemble`), of
the ratings so far. Disagreement of an imported one on a pair: the standard deviation over its members of P(first is
better); of a ranking: its mean over the pairs; of a single reply: that of its reward. Of our own: what a rating is
worth to the order that its members disagree on.

Only `POOL` tasks are looked at and `FRONT` moved to the front at a time, and our own ensemble looks at as many pairs
and learns from the last `LAST` comparisons, so that ordering costs the same in a project of any size. Which tasks
stand in the random arm is stored (`work.arm`): they are a fair sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, islice
from math import comb

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from alignment.feedback.acting import ProjectRow
from alignment.feedback.choosing.describing import describe
from alignment.feedback.choosing.ensemble import AHEAD, POOL, posterior, worth
from alignment.feedback.database.app_schema import response_scores, shifts, work
from alignment.feedback.database.schema import items, responses, task_responses
from alignment.feedback.effective import comparisons, events
from alignment.feedback.records import uniform

FRONT = 200  # tasks put in front
EVERY = AHEAD  # ratings until the order is due again
LEAST = 20  # comparisons without which our own ensemble says nothing
LAST = 2_000  # comparisons it learns from

Floats = NDArray[np.float64]


def scored(connection: Connection, project: ProjectRow) -> tuple[dict[int, float], str]:
    """Disagreement by task for a random pool of tasks nobody has begun, and whose: scores, ratings or none."""
    pool = (
        sa.select(work.c.task_id)
        .where(work.c.project_id == project.id, work.c.taken < work.c.wanted, work.c.taken == 0)
        .order_by(work.c.base)
        .limit(POOL)
    )
    query = (
        sa.select(task_responses.c.task_id, task_responses.c.response_id, response_scores.c.scores)
        .outerjoin(response_scores, response_scores.c.response_id == task_responses.c.response_id)
        .where(task_responses.c.task_id.in_(pool))
        .order_by(task_responses.c.task_id, task_responses.c.slot)
    )
    tasks: dict[int, list[int]] = {}
    given: dict[int, list[float]] = {}
    for task_id, response_id, scores in connection.execute(query):
        tasks.setdefault(task_id, []).append(response_id)
        if scores is not None:
            given[response_id] = scores
    if not tasks:
        return {}, "none"
    if given and len({len(one) for one in given.values()}) == 1:
        rewards = {one: np.array(scores, dtype=np.float64) for one, scores in given.items()}
        whole = {task: of for task, of in tasks.items() if all(one in rewards for one in of)}
        return {task: disagreement([rewards[one] for one in of]) for task, of in whole.items()}, "scores"
    pairs, wins = compared(connection, project)
    if len(pairs) < LEAST:
        return {}, "none"
    tasks = within(tasks, POOL)
    ids = sorted({one for of in (*tasks.values(), *pairs) for one in of})
    row = {one: number for number, one in enumerate(ids)}
    described = describe(*texts_and_prompts(connection, ids))
    mean, covariance = posterior(np.array([described[row[a]] - described[row[b]] for a, b in pairs]), np.array(wins))
    ordered = worth(described, mean, covariance, [[row[one] for one in of] for of in tasks.values()])
    return dict(zip(tasks, ordered.tolist(), strict=True)), "ratings"


def within(tasks: Mapping[int, list[int]], most: int) -> dict[int, list[int]]:
    """Every n-th task, so that they have about `most` pairs of replies at the most."""
    every = -(-sum(max(1, comb(len(of), 2)) for of in tasks.values()) // most)
    return dict(islice(tasks.items(), 0, None, max(1, every)))


def disagreement(rewards: Sequence[Floats]) -> float:
    """Of a task's responses, from the members' rewards of each (members,). In 0 … ½ for two and more responses."""
    if len(rewards) == 1:
        return float(np.std(rewards[0]))
    spread = [np.std(1 / (1 + np.exp(-np.clip(a - b, -50, 50)))) for a, b in combinations(rewards, 2)]
    return float(np.mean(spread))


def mixed(
    chosen: Mapping[int, float], drawn: Sequence[int], share: float, seed: str, count: int
) -> list[tuple[int, str]]:
    """Up to `count` (task, arm): with chance `share` the next of `drawn`, else the one of most disagreement."""
    active = iter(sorted(chosen, key=lambda task: (-chosen[task], task)))
    plain = iter(drawn)
    made: dict[int, str] = {}
    while len(made) < min(count, len(chosen.keys() | set(drawn))):
        arm, source = ("random", plain) if uniform("arm", seed, len(made)) < share else ("active", active)
        task = next((one for one in source if one not in made), None)
        if task is None:
            share = 1.0 if arm == "active" else 0.0
            continue
        made[task] = arm
    return list(made.items())


def move_to_front(connection: Connection, project: ProjectRow, scores: Mapping[int, float], seed: str) -> int:
    """Puts begun tasks first, then a mix of the most disputed and random ones; how many were moved."""
    connection.execute(
        sa.update(work)
        .where(work.c.project_id == project.id, work.c.position < 0)
        .values(position=work.c.base, arm="random", returned=True)
    )
    left = (work.c.project_id == project.id) & (work.c.taken < work.c.wanted)
    begun = sa.select(work.c.task_id, work.c.arm).where(left, work.c.taken > 0).order_by(work.c.base).limit(FRONT)
    fresh = sa.select(work.c.task_id).where(left, work.c.taken == 0).order_by(work.c.base).limit(POOL)
    drawn = list(connection.execute(fresh).scalars())
    still = {task: scores[task] for task in drawn if task in scores}
    front = [(task, arm) for task, arm in connection.execute(begun)]
    front += mixed(still, drawn, project.settings.random_share, seed, FRONT)
    rows = [{"task": task, "place": n - len(front), "why": arm} for n, (task, arm) in enumerate(front)]
    if rows:
        statement = sa.update(work).where(work.c.task_id == sa.bindparam("task"))
        connection.execute(statement.values(position=sa.bindparam("place"), arm=sa.bindparam("why")), rows)
    return len(rows)


def compared(connection: Connection, project: ProjectRow) -> tuple[list[tuple[int, int]], list[float]]:
    """(first, second) responses that people compared last, and the share of the win of the first: 1, ½ or 0."""
    found = comparisons(events(connection, project=project.id, people=True, last=LAST))[-LAST:]
    wins = [(float(np.sign(one.strength)) + 1) / 2 for one in found]
    return [(one.first_id, one.second_id) for one in found], wins


def texts_and_prompts(connection: Connection, ids: Sequence[int]) -> tuple[list[str], list[str]]:
    """Of responses, in the order of their ids: their texts, and the words of all messages they answer."""
    query = sa.select(responses.c.text, items.c.prompt).join_from(responses, items).order_by(responses.c.id)
    texts: list[str] = []
    prompts: list[str] = []
    for start in range(0, len(ids), 500):
        for text, prompt in connection.execute(query.where(responses.c.id.in_(ids[start : start + 500]))):
            texts.append(text)
            prompts.append("\n".join(message["content"] for message in prompt))
    return texts, prompts


def ratings_made(connection: Connection, project_id: int) -> int:
    """Ratings of a project's tasks, by its reviewers' counters: there are few of them, and very many tasks."""
    made = sa.select(sa.func.sum(shifts.c.done)).where(shifts.c.project_id == project_id)
    return int(connection.execute(made).scalar() or 0)
