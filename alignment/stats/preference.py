"""What comparisons and scores say: win rates, accuracy on pairs, calibration of probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special  # type: ignore[import-untyped, unused-ignore]

from alignment.stats._checks import (
    Floats,
    finite,
    floats,
    problem,
    same_length,
    unit_interval,
    whole,
    win_tie_loss,
)
from alignment.stats.intervals import (
    NAN,
    RESAMPLES,
    Estimate,
    bootstrap_interval,
    group_sums,
    sign_test,
    wilson,
    with_width,
    z_quantile,
)


@dataclass(frozen=True)
class WinRate:
    """A win rate with ties ½, its standard error and 95 % interval, and the p-value against ½."""

    mean: float
    standard_error: float
    low: float
    high: float
    n: int
    p_value: float


def win_rate(outcomes: ArrayLike, *, confidence: float = 0.95) -> WinRate:
    """How often one side wins, a tie counted as half a win.

    `outcomes`: (N,) of 1 (win), 0.5 (tie), 0 (loss), one a comparison, comparisons independent.
    - mean: Σ y/N
    - standard_error: sqrt(Σ(y − mean)²/(N − 1)/N); NaN for N = 1
    - low, high: Wilson's interval (`wilson`) for the mean; on the wide side where there are ties
    - p_value: exact two-sided binomial test that a win is as likely as a loss, ties left out; 1 if all are
      ties

    No comparisons: NaN with n = 0. Raises ValueError for any other outcome, NaN included.
    """
    y = win_tie_loss("outcomes", outcomes)
    n = y.size
    if n == 0:
        return WinRate(NAN, NAN, NAN, NAN, 0, NAN)
    interval = wilson(float(y.sum()), n, confidence=confidence)
    error = float(y.std(ddof=1) / np.sqrt(n)) if n > 1 else NAN
    p_value = sign_test(int(np.count_nonzero(y == 1)), int(np.count_nonzero(y == 0)))
    return WinRate(interval.value, error, interval.low, interval.high, n, p_value)


def length_controlled_win_rate(
    outcomes: ArrayLike, length_difference: ArrayLike, *, confidence: float = 0.95
) -> WinRate:
    """The win rate there would be if both replies were equally long (after AlpacaEval 2: Dubois et al. 2024).

        logit P(win) = θ + φ·tanh(d/sd(d)),   mean = 1/(1 + e^{−θ}), the fit at d = 0

    d is divided by its standard deviation (N − 1) but not centred: 0 has to mean equal length. θ and φ by
    maximum likelihood without any penalty, a tie entering as half a win and half a loss.

    `outcomes`: (N,) from 0 to 1, ½ a tie. `length_difference`: (N,) own length minus the other's, any unit.
    - standard_error: mean·(1 − mean)·se(θ), se(θ)² the inverse Fisher information times the dispersion
      min(1, (1 + Σ (y − p)²/(p(1 − p)))/(N − 1)): ties vary less than wins and losses, never more. The 1 is one
      residual of full size, so that a few ties alone do not pass for certainty
    - low, high: θ ± z·se(θ) brought back to shares
    - p_value: two-sided Wald test of θ = 0, that is of a rate of ½

    Every d = 0: `win_rate` itself, since lengths are equal already. Nothing but wins, on both sides of equal length
    (or at it): the mean is 1, the limit of the fit, and the ends are exact: at `low` and below, no φ gives all
    these wins a chance of 2.5 %; likewise with losses. standard_error is NaN there.

    All fields but n are NaN where lengths cannot be controlled for: fewer than 3 comparisons, one and the same
    difference other than 0 throughout (or all so far to one side that tanh is 1), nothing but wins on one side of
    equal length, or wins and losses that length separates (or nearly), so that no finite fit exists.
    """
    y, d = unit_interval("outcomes", outcomes), finite("length_difference", length_difference)
    same_length("outcomes", y, "length_difference", d)
    n = y.size
    if n and not d.any():
        return win_rate(y, confidence=confidence)
    unknown = WinRate(NAN, NAN, NAN, NAN, n, NAN)
    if n < 3 or d.min() == d.max():
        return unknown
    d = d / np.abs(d).max()  # only against overflow; the next line is free of scale
    x = np.tanh(d / d.std(ddof=1))
    won, lost = x[y > 0], x[y < 1]
    if not (won.size and lost.size) and x.min() <= 0 <= x.max():
        low, p_value = all_won(x, (1 - confidence) / 2)
        return WinRate(1.0, NAN, low, 1.0, n, p_value) if won.size else WinRate(0.0, NAN, 0.0, 1 - low, n, p_value)
    if not (won.size and lost.size and won.max() > lost.min() and lost.max() > won.min()):
        return unknown
    theta, variance = logistic_at_zero(x, y)
    if not variance > 0:
        return unknown
    error = float(np.sqrt(variance))
    z = z_quantile(confidence)
    rate, low, high = (float(special.expit(at)) for at in (theta, theta - z * error, theta + z * error))
    p_value = float(2 * special.ndtr(-abs(theta) / error))
    return WinRate(rate, rate * (1 - rate) * error, low, high, n, p_value)


def all_won(x: Floats, tail: float) -> tuple[float, float]:
    """(the rate at x = 0 below which all of x would be won with a chance below `tail` under any φ, two-sided p).

    x: (N,) from −1 to 1, with entries on both sides of 0 or at it.
    """

    def chance(theta: float) -> float:
        """The largest log-probability over φ that every comparison is won; concave in φ."""
        found = optimize.minimize_scalar(
            lambda phi: float(np.logaddexp(0.0, -theta - phi * x).sum()), bounds=(-1e3, 1e3), method="bounded"
        )
        return -float(found.fun)

    low = optimize.brentq(lambda theta: chance(theta) - np.log(tail), -40.0, 40.0)
    return float(special.expit(low)), min(1.0, 2 * float(np.exp(chance(0.0))))


def logistic_at_zero(x: Floats, y: Floats) -> tuple[float, float]:
    """(θ, its variance) of logit P = θ + φx, see `length_controlled_win_rate`; x, y (N,), not separated.

    NaN where they are so nearly separated that the maximum lies out of reach.

    Newton's method on the centred and scaled x, which keeps it well conditioned where all x lie on one side.
    """
    centre, scale = x.mean(), x.std()
    design = np.stack([np.ones_like(x), (x - centre) / scale], axis=1)  # (N, 2)
    at_zero = np.array([1.0, -centre / scale])
    beta = np.zeros(2)

    def loss(at: Floats) -> float:
        score = design @ at
        return float((np.logaddexp(0.0, score) - y * score).sum())

    for _ in range(100):
        p = special.expit(design @ beta)
        information = (design * (p * (1 - p))[:, None]).T @ design
        if np.linalg.cond(information) > 1e12:
            return NAN, NAN
        step = np.linalg.solve(information, design.T @ (y - p))
        size = float(np.abs(step).max())
        if size < 1e-10:
            residuals = (y - p) ** 2 / np.maximum(p * (1 - p), 1e-300)  # p may round to 0 or 1 where y is
            dispersion = min(1.0, (1 + float(residuals.sum())) / (x.size - 1))
            return float(at_zero @ beta), dispersion * float(at_zero @ np.linalg.solve(information, at_zero))
        step *= min(1.0, max(4.0, float(np.abs(beta).max())) / size)  # far where hardly anything overlaps
        while size > 1e-4 and loss(beta + step) > loss(beta) and np.abs(step).max() > 1e-6:
            step /= 2
        beta = beta + step
    return NAN, NAN


def pairwise_accuracy(
    chosen: ArrayLike,
    rejected: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    bootstrap: int = RESAMPLES,
    seed: int = 0,
    confidence: float = 0.95,
) -> Estimate:
    """The share of pairs in which the chosen reply's score is the higher one, equal scores counted one half.

    `chosen`, `rejected`: (pairs,) scores, infinities allowed. `groups`: (pairs,) labels of what pairs share
    (prompt, dialogue). Swapping the two gives 1 − value; a constant scorer gives exactly ½. n counts pairs.
    - groups None: Wilson's interval.
    - groups: bootstrap over whole groups (`bootstrap_interval`) of Σ k_g S_g / Σ k_g N_g. Where every group
      has the same accuracy the bootstrap has no width: then Wilson's interval with the number of groups as n.
      One group: NaN ends.

    No pairs: NaN. Raises ValueError for NaN scores and unequal lengths.
    """
    above, below = floats("chosen", chosen), floats("rejected", rejected)
    same_length("chosen", above, "rejected", below)
    missing = int(np.count_nonzero(np.isnan(above) | np.isnan(below)))
    if missing:
        raise problem(f"{missing} pairs have a score that is NaN", "a score for both replies of every pair")
    right = (above > below) * 0.5 + (above >= below) * 0.5
    n = right.size
    sums, counts = group_sums(right, groups)
    if n == 0 or groups is None:
        return wilson(float(right.sum()), n, confidence=confidence)
    value = float(right.sum()) / n
    low, high = bootstrap_interval(
        lambda weights: (weights @ sums) / (weights @ counts),
        sums.size,
        bootstrap,
        seed=seed,
        confidence=confidence,
    )
    return with_width(Estimate(value, low, high, n), sums.size, confidence=confidence)


def calibration_error(probabilities: ArrayLike, outcomes: ArrayLike, bins: int = 10) -> float:
    """Expected calibration error (Naeini et al. 2015; Guo et al. 2017) over bins of equal width.

        ECE = Σ_b N_b/N · |mean of the outcomes in b − mean of the probabilities in b|

    Bin b of B holds (b−1)/B < p <= b/B, the first one p = 0 too. From 0 (calibrated) to 1. Biased upward for
    few rows a bin: compare models on the same rows and bins only.

    `probabilities`: (N,) from 0 to 1; `outcomes`: (N,) 1 or 0, ½ where a tie. No rows: NaN.
    """
    p, y = unit_interval("probabilities", probabilities), win_tie_loss("outcomes", outcomes)
    same_length("probabilities", p, "outcomes", y)
    bins = whole("bins", bins, 1)
    if p.size == 0:
        return NAN
    place = np.searchsorted(np.arange(1, bins) / bins, p, side="left")
    return float(np.abs(np.bincount(place, weights=y - p)).sum() / p.size)
