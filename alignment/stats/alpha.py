"""Krippendorff's alpha for any number of raters, with missing ratings, in time linear in the ratings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from alignment.stats._checks import Floats, Ints, floats, problem
from alignment.stats.intervals import NAN, Estimate, bootstrap_interval, by_rows

LEVELS = ("nominal", "ordinal", "interval", "ratio")
# Trapezoid step in log t for `ratio_expected`: the relative error of every pair is below 1e-11.
NODE_STEP = 0.3
# Below this fraction of its uncentred size a sum of squared differences is rounding noise: no variation.
NOISE = 1e-13
# Units with more ratings than this take the integral instead of all pairs at level ratio.
MANY = 256


@dataclass(frozen=True)
class Ratings:
    """The pairable ratings: those of units with at least two. N ratings in U units, V distinct values."""

    value: Floats  # (N,), unit after unit
    code: Ints  # (N,), index into `distinct`
    unit: Ints  # (N,), 0..U-1, ascending
    start: Ints  # (U,), where each unit begins
    size: Floats  # (U,), ratings in each unit, at least 2
    distinct: Floats  # (V,), ascending


# Maps unit weights (B, U) to Σ_u w_u S_u/(m_u − 1) and Σ over all pairs, each (B,): see `krippendorff_alpha`.
Disagreement = Callable[[Floats], tuple[Floats, Floats]]


def krippendorff_alpha(values: ArrayLike, level: str, bootstrap: int = 0, *, seed: int = 0) -> Estimate:
    """Krippendorff's alpha (2011, "Computing Krippendorff's Alpha-Reliability"), missing ratings allowed.

        alpha = 1 − (n − 1) · Σ_u S_u/(m_u − 1) / S
        S_u = Σ over ordered pairs within unit u of δ²,   S = Σ over ordered pairs of all n ratings of δ²

    over units u with m_u >= 2 ratings, n = Σ m_u, and δ² by `level`:
        nominal   1 where the values differ
        interval  (a − b)²
        ordinal   (R_a − R_b)², R the mid-rank of a value among all n ratings; this is Krippendorff's
                  (Σ_{g=a..b} n_g − (n_a + n_b)/2)²
        ratio     ((a − b)/(a + b))², values >= 0, 0 for a = b = 0

    No matrix of coincidences is built. Nominal needs counts; interval and ordinal S = 2(nΣx² − (Σx)²); ratio
    an integral (`ratio_expected`). Time and memory are of the order of the number of ratings for every level.

    `values`: (raters, units), NaN where a rater skipped a unit. NaN is returned where no unit has two ratings
    (one rater, for one), where only one has (the formula then gives 0 whatever the ratings are), and where all
    pairable ratings are alike. Raises ValueError for another shape, an
    unknown level, infinite values, and negative values at level ratio. In the bootstrap, mid-ranks and S are
    those of the resample.
    """
    table = floats("values", values, 2)
    if level not in LEVELS:
        raise problem(f"level={level!r}", ", ".join(LEVELS))
    if np.isinf(table).any():
        raise problem("values contains infinity", "finite numbers, NaN for missing")
    if level == "ratio" and np.any(table < 0):
        raise problem(f"values contains {np.nanmin(table):g} at level ratio", "numbers of at least 0")
    ratings = pairable(table)
    units = ratings.size.size
    if units < 2 or ratings.distinct.size < 2:
        return Estimate(NAN, NAN, NAN, units)
    disagreement = {"nominal": nominal, "ordinal": ordinal, "interval": interval, "ratio": ratio}[level](ratings)

    def alpha(weights: Floats) -> Floats:
        observed, expected = disagreement(weights)
        n = weights @ ratings.size
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(expected > 0, 1 - (n - 1) * observed / expected, NAN)

    low, high = NAN, NAN
    if bootstrap:
        low, high = bootstrap_interval(alpha, units, bootstrap, seed=seed, batch=20_000_000)
    return Estimate(float(alpha(np.ones((1, units)))[0]), low, high, units)


def pairable(table: Floats) -> Ratings:
    """The ratings of a (raters, units) table in units with at least two."""
    given = ~np.isnan(table)
    kept = np.flatnonzero(given.sum(axis=0) >= 2)
    given, table = given[:, kept], table[:, kept]
    size = given.sum(axis=0)
    value = table.T[given.T]
    distinct, code = np.unique(value, return_inverse=True)
    unit = np.repeat(np.arange(kept.size), size)
    start = np.cumsum(size) - size
    return Ratings(value, code.astype(np.int64), unit, start, size.astype(np.float64), distinct)


def value_weights(ratings: Ratings) -> Callable[[Floats], Floats]:
    """A function from unit weights (B, U) to how often each distinct value occurs (B, V)."""
    order = np.argsort(ratings.code, kind="stable")
    unit = ratings.unit[order]
    start = np.searchsorted(ratings.code[order], np.arange(ratings.distinct.size))
    return lambda weights: np.add.reduceat(weights[:, unit], start, axis=1)


def nominal(ratings: Ratings) -> Disagreement:
    """S_u = m_u² − Σ_c n_uc²; S = n² − Σ_c n_c²."""
    cell, count = np.unique(ratings.unit * ratings.distinct.size + ratings.code, return_counts=True)
    alike = np.bincount(cell // ratings.distinct.size, weights=count.astype(np.float64) ** 2)
    within = (ratings.size**2 - alike) / (ratings.size - 1)
    counts = value_weights(ratings)

    def one(weights: Floats) -> tuple[Floats, Floats]:
        n = counts(weights)
        return weights @ within, n.sum(axis=1) ** 2 - (n**2).sum(axis=1)

    return lambda weights: by_rows(weights, ratings.value.size, one)


def squares(x: Floats, ratings: Ratings) -> Floats:
    """S_u/(m_u − 1) for δ² = (x_i − x_j)², that is 2 m_u Σ(x − mean_u)²/(m_u − 1); x (..., N) gives (...,
    U)."""
    centre = np.add.reduceat(x, ratings.start, axis=-1) / ratings.size
    spread = np.add.reduceat((x - centre[..., ratings.unit]) ** 2, ratings.start, axis=-1)
    return 2 * ratings.size / (ratings.size - 1) * spread


def interval(ratings: Ratings) -> Disagreement:
    """S = 2(nΣx² − (Σx)²), x centred on the mean of all ratings and scaled so that squares stay in range."""
    x = ratings.value / 2 - ratings.distinct[0] / 2  # halves: the difference could overflow
    x -= x.mean()
    x /= np.abs(x).max()
    within = squares(x, ratings)
    first, second = np.add.reduceat(x, ratings.start), np.add.reduceat(x**2, ratings.start)

    def disagreement(weights: Floats) -> tuple[Floats, Floats]:
        total = (weights @ ratings.size) * (weights @ second)
        spread = total - (weights @ first) ** 2
        return weights @ within, np.where(spread > NOISE * total, 2 * spread, 0.0)

    return disagreement


def ordinal(ratings: Ratings) -> Disagreement:
    """Interval on mid-ranks; ranks depend on which units are drawn, so they are made anew for each
    resample."""
    counts = value_weights(ratings)

    def one(weights: Floats) -> tuple[Floats, Floats]:
        n = counts(weights)  # (B, V)
        total = n.sum(axis=1, keepdims=True)
        rank = (np.cumsum(n, axis=1) - n / 2 - total / 2) / total  # (B, V), centred: Σ n·rank = 0
        within = squares(rank[:, ratings.code], ratings)  # (B, U)
        expected = 2 * total[:, 0] * (n * rank**2).sum(axis=1)
        return (weights * within).sum(axis=1), np.where((n > 0).sum(axis=1) > 1, expected, 0.0)

    return lambda weights: by_rows(weights, ratings.value.size, one)


def ratio(ratings: Ratings) -> Disagreement:
    """Pairs within units one by one, pairs of all ratings by `ratio_expected`."""
    within = ratio_within(ratings) / (ratings.size - 1)
    return lambda weights: (weights @ within, ratio_expected(ratings.value, ratings.start, weights))


def ratio_within(ratings: Ratings) -> Floats:
    """S_u at level ratio: (U,). Neighbours at distance 1, 2, … within a unit; large units by the integral."""
    total = np.zeros(ratings.size.size)
    large = ratings.size > MANY
    for u in np.flatnonzero(large):
        value = ratings.value[ratings.start[u] : ratings.start[u] + int(ratings.size[u])]
        total[u] = ratio_expected(value, np.zeros(1, dtype=np.int64), np.ones((1, 1)))[0]
    index = np.flatnonzero(~large[ratings.unit])
    last = (ratings.start + ratings.size.astype(np.int64))[ratings.unit]
    step = 1
    while (index := index[index + step < last[index]]).size:
        a, b = ratings.value[index], ratings.value[index + step]
        half, other = a / 2, b / 2  # halves: a + b could overflow
        delta = np.divide(half - other, half + other, out=np.zeros_like(a), where=(a != b))
        total += 2 * np.bincount(ratings.unit[index], weights=delta**2, minlength=total.size)
        step += 1
    return total


def ratio_expected(value: Floats, start: Ints, weights: Floats) -> Floats:
    """Σ over ordered pairs of ((a − b)/(a + b))² in time linear in the number of ratings.

    For s = a + b > 0, 1/s² = ∫ t e^{−ts} dt over t > 0. The sum over pairs of (a − b)² t e^{−t(a + b)}
    factorises:
        S = ∫ 2t (F₀F₂ − F₁²) dt,   F_k(t) = Σ w a^k e^{−ta}
    where a may be shifted by any constant in F₁ and F₂; the tilted mean keeps the difference free of
    cancellation. With t = e^u the integrand is analytic and dies out on both sides, so the trapezoid rule
    converges exponentially: step 0.3 and the range below leave a relative error under 1e-11 for every pair.
    Zeros are counted apart: δ² = 1 against every positive value.

    `value` (N,) >= 0 in units beginning at `start` (U,); `weights` (B, U). Returns (B,). Nodes: about
    60 + 3.3·log(largest/smallest positive value).
    """
    positive = value > 0
    above = np.add.reduceat(positive.astype(np.float64), start)
    below = np.add.reduceat((~positive).astype(np.float64), start)
    total = 2 * (weights @ above) * (weights @ below)
    if np.count_nonzero(positive) == 0:
        return total
    a = value / value.max()
    smallest = a[positive].min()
    nodes = np.exp(np.arange(-14.5, np.log(16.0) - np.log(smallest) + NODE_STEP, NODE_STEP))
    for t in nodes:
        tilt = np.where(positive, np.exp(-t * a), 0.0)
        mass = tilt.sum()
        if mass == 0:
            continue
        shifted = t * (a - (tilt @ a) / mass)
        f0, f1, f2 = (weights @ np.add.reduceat(f, start) for f in (tilt, tilt * shifted, tilt * shifted**2))
        total += 2 * NODE_STEP * np.maximum(f0 * f2 - f1**2, 0.0)
    return total
