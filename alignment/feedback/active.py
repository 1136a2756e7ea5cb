"""Active choice: the tasks on which an ensemble disagrees most come first, a random share is kept.

The ensemble is the one that was imported (rewards of several reward models a response), or a small one of our
own, trained on the ratings so far: `MEMBERS` Bradley-Terry models on hashed words, each on a bootstrap sample
(query by committee, Seung et al. 1992; disagreement of a bootstrap ensemble as in Christiano et al. 2017,
arXiv 1706.03741, section 2.2.4). Disagreement of a pair: the standard deviation over members of
P(first is better); of a ranking: its mean over the pairs; of a single reply: that of its standardised reward.

Only `POOL` tasks are looked at and `FRONT` moved to the front at a time, so that ordering costs the same in a
project of any size. Which tasks stand in the random arm is stored (`work.arm`): they are a fair sample.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from alignment.feedback.acting import ProjectRow
from alignment.feedback.app_schema import response_scores, work
from alignment.feedback.effective import comparisons, events
from alignment.feedback.records import uniform
from alignment.feedback.schema import responses, task_responses

MEMBERS = 8
POOL = 2_000  # tasks looked at
FRONT = 200  # tasks put in front
EVERY = 50  # ratings until the order is due again
LEAST = 20  # comparisons without which our own ensemble says nothing
WIDTH = 256  # hashed features
RIDGE = 1.0
STEPS = 4  # of Newton's method

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
        sa.select(task_responses.c.task_id, responses.c.id, responses.c.text, response_scores.c.scores)
        .join_from(task_responses, responses, responses.c.id == task_responses.c.response_id)
        .outerjoin(response_scores, response_scores.c.response_id == responses.c.id)
        .where(task_responses.c.task_id.in_(pool))
        .order_by(task_responses.c.task_id, task_responses.c.slot)
    )
    by_task: dict[int, list[int]] = {}
    texts: dict[int, str] = {}
    given: dict[int, list[float]] = {}
    for task_id, response_id, text, scores in connection.execute(query):
        by_task.setdefault(task_id, []).append(response_id)
        texts[response_id] = text
        if scores is not None:
            given[response_id] = scores
    if not by_task:
        return {}, "none"
    if given and len({len(one) for one in given.values()}) == 1:
        rewards = {one: np.array(scores, dtype=np.float64) for one, scores in given.items()}
        source = "scores"
    else:
        weights = committee(*compared_texts(connection, project), seed=project.id)
        if weights is None:
            return {}, "none"
        rewards = {one: weights @ features(text) for one, text in texts.items()}
        source = "ratings"
    found = {
        task_id: disagreement([rewards[one] for one in of])
        for task_id, of in by_task.items()
        if all(one in rewards for one in of)
    }
    return found, source


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
    still = {task: score for task, score in scores.items() if task in set(drawn)}
    front = [(task, arm) for task, arm in connection.execute(begun)]
    front += mixed(still, drawn, project.settings.random_share, seed, FRONT)
    rows = [{"task": task, "place": n - len(front), "why": arm} for n, (task, arm) in enumerate(front)]
    if rows:
        statement = sa.update(work).where(work.c.task_id == sa.bindparam("task"))
        connection.execute(statement.values(position=sa.bindparam("place"), arm=sa.bindparam("why")), rows)
    return len(rows)


def compared_texts(connection: Connection, project: ProjectRow) -> tuple[list[tuple[str, str]], list[float]]:
    """(first, second) texts that people compared, and the share of the win that went to the first: 1, ½ or 0."""
    found = comparisons(events(connection, project=project.id, people=True))
    texts = response_texts(connection, {one for pair in found for one in (pair.first_id, pair.second_id)})
    pairs = [(texts[pair.first_id], texts[pair.second_id]) for pair in found]
    return pairs, [(float(np.sign(pair.strength)) + 1) / 2 for pair in found]


def response_texts(connection: Connection, ids: set[int]) -> dict[int, str]:
    made: dict[int, str] = {}
    ordered = sorted(ids)
    for start in range(0, len(ordered), 500):
        chunk = ordered[start : start + 500]
        rows = connection.execute(sa.select(responses.c.id, responses.c.text).where(responses.c.id.in_(chunk)))
        made.update({response_id: text for response_id, text in rows})
    return made


def committee(pairs: Sequence[tuple[str, str]], wins: Sequence[float], seed: int) -> Floats | None:
    """(members, features) weights of an ensemble of Bradley-Terry models, each on its own bootstrap sample.

    None for fewer than `LEAST` comparisons. Logistic regression on differences of features with a ridge, by
    Newton's method.
    """
    if len(pairs) < LEAST:
        return None
    x = np.array([features(a) - features(b) for a, b in pairs])  # (pairs, features)
    y = np.array(wins)
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(MEMBERS):
        counts = np.bincount(chance.integers(0, len(y), len(y)), minlength=len(y)).astype(np.float64)
        weights = np.zeros(x.shape[1])
        for _ in range(STEPS):
            p = 1 / (1 + np.exp(-np.clip(x @ weights, -50, 50)))
            slope = x.T @ (counts * (p - y)) + RIDGE * weights
            curvature = (x * (counts * p * (1 - p))[:, None]).T @ x + RIDGE * np.eye(x.shape[1])
            weights = weights - np.linalg.solve(curvature, slope)
        made.append(weights)
    return np.array(made)


def features(text: str) -> Floats:
    """(WIDTH,) words and pairs of words, hashed, with sign, scaled to length 1; the last one is the length."""
    made = np.zeros(WIDTH)
    found = re.findall(r"\w+|[^\w\s]", text.lower())
    for token in (*found, *(" ".join(pair) for pair in pairwise(found))):
        place = zlib.crc32(token.encode("utf-8", "replace"))
        made[place % (WIDTH - 1)] += 1 if place & 0x8000_0000 else -1
    made /= max(1.0, float(np.linalg.norm(made)))
    made[-1] = np.log1p(len(found)) / 5
    return made


def ratings_made(connection: Connection, project_id: int) -> int:
    """Ratings and leases of a project's tasks."""
    made = sa.select(sa.func.sum(work.c.taken)).where(work.c.project_id == project_id)
    return int(connection.execute(made).scalar() or 0)
