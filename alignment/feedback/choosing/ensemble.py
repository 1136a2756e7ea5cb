"""What a further rating would be worth: a Bayesian Bradley-Terry model of the ratings so far, trained in milliseconds.

The ensemble is all Bradley-Terry models on the numbers of `describing` that the ratings leave plausible: the Gaussian
around the best of them (Laplace). A rating is worth what it does for the order of the replies, not what it tells
about the model: the variance it takes from the difference of reward of other pairs (they are what the model is
for; expected predictive information gain, Bickford Smith et al. 2023, arXiv 2304.08151, is the same thought), each
pair weighted by how open its order still is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

POOL = 2_000  # pairs looked at
TARGETS = 400  # of them a rating is to help: 150 and 1,000 were no better
AHEAD = 50  # tasks chosen one by one, each as if the ones before were rated
RIDGE = 2.0  # of ½, 1 and 2 the best for random order, on other replies than the benchmark's
STEPS = 12  # of Newton's method
TINY = 1e-12

Floats = NDArray[np.float64]


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


def worth(described: Floats, mean: Floats, covariance: Floats, tasks: Sequence[Sequence[int]]) -> Floats:
    """(tasks,) what a rating of each is worth to the order of the others, mean over its pairs; no unit, >= 0.

    described: (replies, features). mean, covariance: of `posterior`. tasks: rows of `described`; a single reply is
    compared with the mean of all. The first `AHEAD` are chosen one by one, each with the covariance as it will be once
    the ones before are rated, so that they do not ask the same question again (BatchBALD: Kirsch et al. 2019, arXiv
    1906.08158; here the covariance after a rating does not depend on the answer, and the update is exact in one
    step). What is returned never grows along that choice: the order of the tasks is by value.
    """
    owner, first, second = _pairs(tasks, len(described))
    replies = np.vstack([described, described.mean(axis=0)])
    spread = (replies[first] - replies[second]) @ np.linalg.cholesky(covariance)  # products of rows are covariances
    gap = (replies[first] - replies[second]) @ mean
    targets = np.random.default_rng(0).permutation(len(owner))[:TARGETS]
    shared = spread @ spread[targets].T  # (pairs, targets) covariances
    variance = (spread**2).sum(axis=1)
    sizes = np.bincount(owner)
    found = np.zeros(len(tasks))
    left = np.ones(len(tasks), dtype=bool)
    most = np.inf
    for _ in range(min(AHEAD, len(tasks))):
        told = np.bincount(owner, relief(gap, variance, shared, openness(gap[targets], variance[targets]))) / sizes
        best = int(np.argmax(np.where(left, told, -1.0)))
        most = min(most, told[best])
        found[best], left[best] = most, False
        for pair in np.flatnonzero(owner == best):
            along = spread[pair].copy()
            size = max(TINY, float(along @ along))
            doubt = undecided(gap[pair], size)
            moved = spread @ along
            taken = doubt / (1 + doubt * size)  # of the covariance along this pair
            shared -= np.outer(taken * moved, moved[targets])
            variance = np.maximum(TINY, variance - taken * moved**2)
            spread -= np.outer(moved, along) * ((1 - np.sqrt(1 - taken * size)) / size)
    told = np.bincount(owner, relief(gap, variance, shared, openness(gap[targets], variance[targets]))) / sizes
    return np.where(left, np.minimum(told, most), found)


def relief(gap: Floats, variance: Floats, shared: Floats, weights: Floats) -> Floats:
    """(pairs,) variance that a rating of each takes from the targets, weighted.

    gap, variance: (pairs,) of the difference of reward; shared: (pairs, targets) covariances; weights: (targets,).
    A rating adds the precision p (1 − p) along its pair, so that a target loses c² p (1 − p) / (1 + p (1 − p) v).
    """
    doubt = undecided(gap, variance)
    made: Floats = doubt / (1 + doubt * variance) * (shared**2 @ weights)
    return made


def openness(gap: Floats, variance: Floats) -> Floats:
    """(pairs,) chance density of equal rewards, in units of their spread: φ(gap / √v) / v.

    How fast the expected share of pairs in the wrong order falls with the variance: P(wrong) = Φ(−|gap| / √v) only
    changes where the gap passes 0, and its slope there is 1 / √v.
    """
    variance = np.maximum(TINY, variance)
    made: Floats = np.exp(-np.minimum(gap**2 / variance, 1400) / 2) / variance
    return made


def undecided(gap: Any, variance: Any) -> Any:
    """p (1 − p) at the ensemble's mean p, by the probit approximation (MacKay 1992)."""
    p = chance(gap / np.sqrt(1 + np.pi * variance / 8))
    return p * (1 - p)


def chance(gap: Floats) -> Floats:
    """σ(gap): P(first is better)."""
    made: Floats = 1 / (1 + np.exp(-np.clip(gap, -50, 50)))
    return made


def _pairs(tasks: Sequence[Sequence[int]], average: int) -> tuple[NDArray[np.int64], ...]:
    """(task, first, second) of each pair of replies; a single reply against row `average`."""
    pairs = [
        (number, a, b)
        for number, of in enumerate(tasks)
        for a, b in (combinations(of, 2) if len(of) > 1 else [(of[0], average)])
    ]
    owner, first, second = np.array(pairs, dtype=np.int64).T
    return owner, first, second
