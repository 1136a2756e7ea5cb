"""Active choice: the tasks on which an ensemble disagrees most come first, a random share is kept.

The ensemble is the one that was imported (rewards of several reward models a response), or one of our own: all
Bradley-Terry models that the ratings so far leave plausible, on the numbers of `describing`, as the Gaussian around
the best of them (Laplace). Disagreement of an imported one on a pair: the standard deviation over its members of
P(first is better); of a ranking: its mean over the pairs; of a single reply: that of its reward. Disagreement of our
own: what the rating is expected to tell about the model, the entropy of the members' mean P less the mean of their
entropies, so that a pair on which each member is undecided by itself does not count (BALD: Houlsby et al. 2011,
arXiv 1112.5745). The first `EVERY` are taken one by one, each with the ensemble as it will be once the ones before
are rated, so that they do not ask the same question again (BatchBALD: Kirsch et al. 2019, arXiv 1906.08158; here the
covariance after a rating does not depend on the answer, and the update is exact in one step).

Only `POOL` tasks are looked at and `FRONT` moved to the front at a time, and the ensemble learns from the last `LAST`
comparisons, so that ordering costs the same in a project of any size. Which tasks stand in the random arm is stored
(`work.arm`): they are a fair sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from alignment.feedback.acting import ProjectRow
from alignment.feedback.app_schema import response_scores, work
from alignment.feedback.describing import describe
from alignment.feedback.effective import comparisons, events
from alignment.feedback.records import uniform
from alignment.feedback.schema import items, responses, task_responses

POOL = 2_000  # tasks looked at
FRONT = 200  # tasks put in front
EVERY = 50  # ratings until the order is due again
LEAST = 20  # comparisons without which our own ensemble says nothing
LAST = 2_000  # comparisons it learns from
RIDGE = 2.0  # of ½, 1 and 2 the best for random order, on other replies than the benchmark's
STEPS = 12  # of Newton's method

NODES, MASS = np.polynomial.hermite_e.hermegauss(7)
MASS = MASS / MASS.sum()

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
    ids = sorted({one for of in (*tasks.values(), *pairs) for one in of})
    row = {one: number for number, one in enumerate(ids)}
    described = describe(*texts_and_prompts(connection, ids))
    mean, covariance = posterior(np.array([described[row[a]] - described[row[b]] for a, b in pairs]), np.array(wins))
    ordered = informative(described, mean, covariance, [[row[one] for one in of] for of in tasks.values()])
    return dict(zip(tasks, ordered.tolist(), strict=True)), "ratings"


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
    found = comparisons(events(connection, project=project.id, people=True))[-LAST:]
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


def posterior(gaps: Floats, wins: Floats, ridge: float = RIDGE) -> tuple[Floats, Floats]:
    """(features,) weights of a Bradley-Terry model and their (features, features) covariance, by Laplace.

    gaps: (pairs, features) first reply less second; wins: (pairs,) share of the win of the first. Prior: independent
    Gaussians of variance 1 / ridge. Newton's method.
    """
    prior = ridge * np.eye(gaps.shape[1])
    weights: Floats = np.zeros(gaps.shape[1])
    for _ in range(STEPS):
        p = chance(gaps @ weights)
        curvature = (gaps * (p * (1 - p))[:, None]).T @ gaps + prior
        weights = weights - np.linalg.solve(curvature, gaps.T @ (p - wins) + ridge * weights)
    p = chance(gaps @ weights)
    covariance: Floats = np.asarray(np.linalg.inv((gaps * (p * (1 - p))[:, None]).T @ gaps + prior), dtype=np.float64)
    return weights, covariance


def informative(described: Floats, mean: Floats, covariance: Floats, tasks: Sequence[Sequence[int]]) -> Floats:
    """(tasks,) nats that each is expected to tell about the model, mean over its pairs.

    tasks: rows of `described`; a single reply is compared with the mean of all. The first `EVERY` by what they tell
    beyond the ones taken before them, which never grows: their order is by value.
    """
    average = len(described)
    replies = np.vstack([described, described.mean(axis=0)])
    pairs = [
        (number, a, b)
        for number, of in enumerate(tasks)
        for a, b in (combinations(of, 2) if len(of) > 1 else [(of[0], average)])
    ]
    owner, first, second = np.array(pairs, dtype=np.int64).T
    spread = replies @ np.linalg.cholesky(covariance)  # products of rows are covariances
    reward = replies @ mean
    gap = reward[first] - reward[second]
    variance = ((spread[first] - spread[second]) ** 2).sum(axis=1)
    sizes = np.bincount(owner)
    found = np.zeros(len(tasks))
    left = np.ones(len(tasks), dtype=bool)
    for _ in range(min(EVERY, len(tasks))):
        told = np.bincount(owner, information(gap, variance)) / sizes
        best = int(np.argmax(np.where(left, told, -1.0)))
        found[best], left[best] = told[best], False
        for pair in np.flatnonzero(owner == best):
            along = spread[first[pair]] - spread[second[pair]]
            size = max(1e-12, float(along @ along))
            p = float(chance(gap[pair] / np.sqrt(1 + np.pi * size / 8)))  # MacKay 1992, probit approximation
            shrunk = 1 / (1 + p * (1 - p) * size)  # what is left of the variance along this pair
            moved = spread @ along
            variance = np.maximum(0, variance - (1 - shrunk) / size * (moved[first] - moved[second]) ** 2)
            spread -= np.outer(moved, along) * ((1 - np.sqrt(shrunk)) / size)
    told = np.bincount(owner, information(gap, variance)) / sizes
    return np.where(left, told, found)


def information(gap: Floats, variance: Floats) -> Floats:
    """Nats that the answer to a pair tells about its models: Gaussian differences of reward of this mean and variance.

    H(E p) − E H(p), p = σ(difference), by Gauss-Hermite quadrature on 7 points; from 0 to log 2.
    """
    p = chance(gap[:, None] + np.sqrt(variance)[:, None] * NODES)
    return entropy(p @ MASS) - entropy(p) @ MASS


def entropy(p: Floats) -> Floats:
    """Of a coin, in nats."""
    p = np.clip(p, 1e-12, 1 - 1e-12)
    made: Floats = -p * np.log(p) - (1 - p) * np.log(1 - p)
    return made


def chance(gap: Floats) -> Floats:
    """σ(gap): P(first is better)."""
    made: Floats = 1 / (1 + np.exp(-np.clip(gap, -50, 50)))
    return made


def ratings_made(connection: Connection, project_id: int) -> int:
    """Ratings and leases of a project's tasks."""
    made = sa.select(sa.func.sum(work.c.taken)).where(work.c.project_id == project_id)
    return int(connection.execute(made).scalar() or 0)
