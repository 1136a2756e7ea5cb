"""Tests that may stop early: Wald's sequential test, and a confidence sequence that may be watched
continuously."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special  # type: ignore[import-untyped, unused-ignore]

from alignment.stats._checks import Floats, probability, problem, unit_interval, win_tie_loss
from alignment.stats.intervals import NAN, Estimate

# The stakes of `always_valid`: from bold, for the first few outcomes, to timid, for hundreds of thousands.
BETS = 0.95 * 2.0 ** (-np.arange(19) / 2)
BLOCK = 20_000


@dataclass(frozen=True)
class Sprt:
    """`decision` is "H0", "H1" or "undecided"; `index` the number of decisive outcomes used to reach it."""

    decision: str
    index: int


@dataclass(frozen=True, eq=False)
class ConfidenceSequence:
    """Entry n−1 of each array (N,) speaks of the first n outcomes.

    mean        their plain mean
    low, high   the interval, the intersection of all so far: it only ever shrinks. `low` above `high` means
    that no
                single mean fits the outcomes (it changed on the way, or the one chance in 1/alpha occurred).
    """

    mean: Floats
    low: Floats
    high: Floats
    alpha: float

    def excludes(self, value: float = 0.5) -> NDArray[np.bool_]:
        """(N,) whether the interval leaves `value` out."""
        return (self.low > value) | (self.high < value)

    def first_excluding(self, value: float = 0.5) -> int | None:
        """The number of outcomes after which the interval first leaves `value` out; None if it never does."""
        found = np.flatnonzero(self.excludes(value))
        return int(found[0]) + 1 if found.size else None


def sprt(outcomes: ArrayLike, p0: float, p1: float, alpha: float, beta: float) -> Sprt:
    """Wald's sequential probability ratio test (1945) of a chance of winning p0 (H0) against p1 (H1).

        LLR_k = wins_k·log(p1/p0) + losses_k·log((1 − p1)/(1 − p0))   after k decisive outcomes
        H1 as soon as LLR >= log((1 − beta)/alpha),   H0 as soon as LLR <= log(beta/(1 − alpha))

    `outcomes`: 1, 0.5, 0 in the order seen; ties (0.5) are skipped. The chance of H1 under p0 is about alpha
    (at most alpha/(1 − beta)), of H0 under p1 about beta. `index` is the k of the decision; all decisive
    outcomes where undecided, as for no outcomes.

    Raises ValueError for p0, p1, alpha, beta outside (0, 1), p0 = p1, or alpha + beta >= 1.
    """
    y = win_tie_loss("outcomes", outcomes)
    p0, p1 = probability("p0", p0), probability("p1", p1)
    alpha, beta = probability("alpha", alpha), probability("beta", beta)
    if p0 == p1:
        raise problem(f"p0={p0:g} and p1={p1:g}", "two different chances")
    if alpha + beta >= 1:
        raise problem(f"alpha={alpha:g} and beta={beta:g}", "alpha + beta below 1")
    decisive = y[y != 0.5]
    wins = np.cumsum(decisive)
    losses = np.arange(1, decisive.size + 1) - wins
    ratio = wins * np.log(p1 / p0) + losses * np.log((1 - p1) / (1 - p0))
    # The tolerance keeps a bound that is met exactly from being missed by rounding.
    accept = ratio >= np.log((1 - beta) / alpha) - 1e-12
    crossed = np.flatnonzero(accept | (ratio <= np.log(beta / (1 - alpha)) + 1e-12))
    if crossed.size == 0:
        return Sprt("undecided", int(decisive.size))
    at = int(crossed[0])
    return Sprt("H1" if accept[at] else "H0", at + 1)


def always_valid(outcomes: ArrayLike, alpha: float = 0.05) -> ConfidenceSequence:
    """A confidence sequence for the mean of outcomes in [0, 1], ties at ½ included: look at any time.

    With probability at least 1 − alpha the mean lies in all the intervals at once, so stopping at the first
    one that leaves ½ out gives a false alarm with probability at most alpha. Nothing is assumed but that each
    outcome lies in [0, 1] and has the same mean given those before it.

    It is a betting sequence (Waudby-Smith and Ramdas 2024, JRSS B 86:1) with fixed stakes c_1 … c_K in equal
    parts. Were the mean m, the wealth
        W_n(m) = 1/K Σ_k Π_{i<=n} (1 − c_k + c_k·x_i/m)
    would be a non-negative martingale from 1 and reach 2/alpha with probability at most alpha/2 (Ville). It
    falls in m, so `low` is the m where W_n(m) = 2/alpha, or 0; `high` is the same with 1 − x, from above.
    Hence `low` and `high` by themselves hold at 1 − alpha/2. At m = ½ a tie multiplies the wealth by 1: ties
    cost nothing. The result depends on the numbers of wins, ties and losses only. Other values of x count as
    their share of the two nearest of 0, ½, 1; by concavity of the logarithm that only lowers W, and the
    guarantee stays.

    `outcomes`: (N,) from 0 to 1, in the order seen. Raises ValueError for values outside, or alpha outside
    (0, 1).
    """
    x = unit_interval("outcomes", outcomes)
    target = float(np.log(2 / probability("alpha", alpha)))
    wins, ties, losses = (np.cumsum(part) for part in parts(x))
    low = lower_bounds(wins, ties, losses, target)
    high = 1 - lower_bounds(losses, ties, wins, target)
    return ConfidenceSequence(np.cumsum(x) / np.arange(1, x.size + 1), low, high, float(alpha))


def valid_now(outcomes: ArrayLike, alpha: float = 0.05) -> Estimate:
    """The interval of `always_valid` after all the outcomes, without its intersection with the earlier ones.

    It depends on the numbers of wins, ties and losses alone, not on their order. So the promise under continuous
    watching holds where each look finds the outcomes in another order, such as sorted by name; there the
    intersection over that order's beginnings would be one more look at every one of them.

    `outcomes`: (N,) from 0 to 1, in any order. None: NaN from 0 to 1.
    """
    x = unit_interval("outcomes", outcomes)
    target = float(np.log(2 / probability("alpha", alpha)))
    if x.size == 0:
        return Estimate(NAN, 0.0, 1.0, 0)
    wins, ties, losses = (part.sum(keepdims=True) for part in parts(x))
    low = float(lower_bounds(wins, ties, losses, target)[0])
    high = float(1 - lower_bounds(losses, ties, wins, target)[0])
    return Estimate(float(x.mean()), low, high, x.size)


def parts(x: Floats) -> tuple[Floats, Floats, Floats]:
    """How much of a win, a tie and a loss each outcome is: its share of the two nearest of 1, ½, 0; (N,) each."""
    return np.maximum(2 * x - 1, 0), 1 - np.abs(2 * x - 1), np.maximum(1 - 2 * x, 0)


def lower_bounds(wins: Floats, ties: Floats, losses: Floats, target: float) -> Floats:
    """(N,) running maximum over n of the m at which log W_n(m) = target; counts (N,); 0 until the first win.

    log W is convex and falling in u = log m, so Newton's method from a u left of the root climbs towards it
    and never passes it: every iterate is a valid bound, and so is the running maximum, from which the others
    may go on.
    """
    result = np.empty(wins.size)
    best = -np.inf
    for start in range(0, wins.size, BLOCK):
        part = slice(start, start + BLOCK)
        counts = np.stack([wins[part], ties[part], losses[part]], axis=1)  # (block, 3)
        u = np.maximum.accumulate(np.maximum(first_guess(counts, target), best))
        active = np.flatnonzero(np.isfinite(u))
        while active.size:
            above, slope = log_wealth(u[active], counts[active])
            above -= target
            rising = above > 1e-10
            active = active[rising]
            u[active] -= above[rising] / slope[rising]
            u = np.maximum.accumulate(u)
        best = u[-1]
        result[part] = np.exp(u)
    return result


def first_guess(counts: Floats, target: float) -> Floats:
    """(N,) a u at which log W is at least `target`: from one stake alone, its 1 − c left out where x > 0."""
    wins, ties, losses = counts.T[:, :, None]  # (N, 1) each
    paid = wins + ties
    one = paid * np.log(BETS) - ties * np.log(2) + losses * np.log1p(-BETS)  # (N, K)
    one -= np.log(BETS.size) + target
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(paid[:, 0] > 0, (one / paid).max(axis=1), -np.inf)


def log_wealth(u: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """log W at m = e^u and its derivative in u, both (N,), for counts (N, 3) of wins, ties, losses."""
    stake = BETS * np.exp(-u)[:, None]  # (N, K)
    win, tie = 1 - BETS + stake, 1 - BETS + stake / 2
    wins, ties, losses = counts.T[:, :, None]
    each = wins * np.log(win) + ties * np.log(tie) + losses * np.log1p(-BETS)
    total = special.logsumexp(each, axis=1)
    slope = -(np.exp(each - total[:, None]) * stake * (wins / win + ties / tie / 2)).sum(axis=1)
    return total - np.log(BETS.size), slope
