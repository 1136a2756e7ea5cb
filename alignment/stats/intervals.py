"""A figure with its interval: shares, means, paired differences, and the bootstrap the other modules use.

Every interval is two-sided, at 95 % unless `confidence` says otherwise. A value that the data do not
determine is NaN; an interval that they do not determine has NaN ends. Nothing here is rounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from scipy import special  # type: ignore[import-untyped, unused-ignore]

from alignment.stats._checks import (
    Floats,
    finite,
    floats,
    labels,
    probability,
    problem,
    same_length,
    whole,
    win_tie_loss,
)

NAN = float("nan")
RESAMPLES = 2000
# Above this share of resamples in which the statistic is undefined, the interval is undefined too.
MOST_UNDEFINED = 0.05


@dataclass(frozen=True)
class Estimate:
    """A figure, the ends of its interval, and the number of observations behind it (None where not
    counted)."""

    value: float
    low: float
    high: float
    n: int | None = None


@dataclass(frozen=True)
class BetaPosterior(Estimate):
    """Beta(a, b), the posterior of a share: `value` is its mean, `low` and `high` cut equal tails."""

    a: float = NAN
    b: float = NAN

    def probability_above(self, share: float = 0.5) -> float:
        """Posterior probability that the share is larger than `share`."""
        return float(special.betaincc(self.a, self.b, share))


def z_quantile(confidence: float) -> float:
    """The standard normal's two-sided quantile: 1.96 at 0.95."""
    return float(special.ndtri(0.5 + probability("confidence", confidence) / 2))


def wilson(successes: float, n: int, *, confidence: float = 0.95) -> Estimate:
    """A share `successes / n` with Wilson's score interval.

    With p = successes/n and z the normal quantile, the ends are
        (p + z²/2n ± z·sqrt(p(1−p)/n + z²/4n²)) / (1 + z²/n)
    (Wilson 1927, JASA 22:209). It never leaves [0, 1] and has a width at 0 and at n. Half successes (ties)
    are allowed: the variance p(1−p) is then an upper bound, so the interval is on the wide side.

    n = 0 gives NaN. Raises ValueError for successes outside 0..n.
    """
    n = whole("n", n, 0)
    if not 0 <= successes <= n:
        raise problem(f"successes={successes!r} of n={n}", "0 <= successes <= n")
    z = z_quantile(confidence)
    if n == 0:
        return Estimate(NAN, NAN, NAN, 0)
    share = float(successes) / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # min and max only undo rounding: at share 0 and 1 the formula's end is exactly the share.
    return Estimate(share, min(share, max(0.0, float(centre - half))), max(share, min(1.0, float(centre + half))), n)


def share(outcomes: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """The share of successes with Wilson's interval (see `wilson`).

    `outcomes`: (N,) of 1 or True, 0 or False; ½ counts half. An empty array gives NaN with n = 0.
    """
    array = win_tie_loss("outcomes", outcomes)
    return wilson(float(array.sum()), array.size, confidence=confidence)


def bootstrap_interval(
    statistic: Callable[[Floats], Floats],
    units: int,
    resamples: int,
    *,
    seed: int = 0,
    confidence: float = 0.95,
    batch: int = 4_000_000,
) -> tuple[float, float]:
    """Bias-corrected, expanded percentile bootstrap over whole units.

    `statistic` maps weights (B, units), how often each unit was drawn, to values (B,). A resample draws
    `units` units with replacement. With n units and F the distribution of the statistic over resamples, the
    ends are
        F⁻¹(Φ(2z₀ ± sqrt(n/(n − 1))·t_{n−1})),   z₀ = Φ⁻¹(F(the statistic itself))
    z₀ takes out the bias of resampling (Efron 1981; kept between the 2 % and 98 % points); the factor and t
    in place of 1.96 widen the percentile interval, which is too short for few units (Hesterberg 2015, The
    American Statistician 69:371, section 3.3). For many units and no bias it is the plain percentile
    interval.

    Returns (NaN, NaN) for fewer than two units, and when the statistic is undefined (NaN) for the data or in
    more than 5 % of the resamples; fewer undefined ones are left out. A statistic that is alike in all
    resamples gives an interval without width. `batch` bounds B · units held at once. Same seed, same
    interval.
    """
    resamples = whole("bootstrap", resamples, 1)
    tail = (1 - probability("confidence", confidence)) / 2
    if units < 2:
        return NAN, NAN
    rng = np.random.default_rng(seed)
    rows = max(1, min(resamples, batch // units))
    values = np.empty(resamples)
    for start in range(0, resamples, rows):
        count = min(rows, resamples - start)
        weights = np.empty((count, units))
        for row in range(count):
            weights[row] = np.bincount(rng.integers(units, size=units), minlength=units)
        values[start : start + count] = statistic(weights)
    defined = values[~np.isnan(values)]
    own = float(statistic(np.ones((1, units)))[0])
    if np.isnan(own) or resamples - defined.size > MOST_UNDEFINED * resamples:
        return NAN, NAN
    below = float(np.mean(defined < own) + np.mean(defined <= own)) / 2
    shift = 2 * float(special.ndtri(min(0.98, max(0.02, below))))
    reach = float(special.stdtrit(units - 1, tail)) * np.sqrt(units / (units - 1))
    low, high = np.quantile(defined, special.ndtr([shift + reach, shift - reach]))
    return float(low), float(high)


def with_width(found: Estimate, units: int, most: float = 1.0, *, confidence: float = 0.95) -> Estimate:
    """The estimate of a mean of numbers from 0 to `most`; where resampling gave its interval no width, Wilson's.

    A sample that is all alike does not say that everything is. Of all such numbers shares vary most, so that
    Wilson's interval for `units` independent ones is on the wide side.
    """
    if not found.high - found.low <= 1e-12 * most:
        return found
    interval = wilson(min(units, max(0.0, found.value / most * units)), units, confidence=confidence)
    return Estimate(found.value, most * interval.low, most * interval.high, found.n)


def by_rows(weights: Floats, width: int, one: Callable[[Floats], tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """`one` over slices of the rows of `weights` such that a slice times `width` stays below 4 million
    numbers."""
    rows = max(1, 4_000_000 // width)
    parts = [one(weights[at : at + rows]) for at in range(0, len(weights), rows)]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def group_sums(values: Floats, groups: ArrayLike | None) -> tuple[Floats, Floats]:
    """(sums, counts) of `values` by group, each (G,); without groups every value is a group of its own."""
    if groups is None:
        return values, np.ones(values.size)
    codes = labels("groups", groups)
    same_length("groups", codes, "values", values)
    sums: Floats = np.bincount(codes, weights=values).astype(np.float64)
    return sums, np.bincount(codes).astype(np.float64)


def mean(
    values: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    bootstrap: int = RESAMPLES,
    seed: int = 0,
    confidence: float = 0.95,
) -> Estimate:
    """The mean of `values` with a bootstrap interval (see `bootstrap_interval`) that resamples whole groups.

    `values`: (N,). `groups`: (N,) labels, such as the prompt that several values share; None: each value
    stands alone. With groups the figure is still the plain mean over values; a resample's is Σ k_g S_g / Σ
    k_g N_g over drawn groups. For 0/1 outcomes take `share`, whose interval keeps a width when all are alike:
    here values without variation give an interval without width. Fewer than two groups: NaN ends. No
    values: NaN.
    """
    array = finite("values", values)
    sums, counts = group_sums(array, groups)
    if array.size == 0:
        return Estimate(NAN, NAN, NAN, 0)
    if array.min() == array.max():
        constant = float(array[0])
        known = sums.size > 1
        return Estimate(constant, constant if known else NAN, constant if known else NAN, array.size)
    low, high = bootstrap_interval(
        lambda weights: (weights @ sums) / (weights @ counts),
        sums.size,
        bootstrap,
        seed=seed,
        confidence=confidence,
    )
    return Estimate(float(array.mean()), low, high, array.size)


def paired_difference(
    a: ArrayLike,
    b: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    bootstrap: int = RESAMPLES,
    seed: int = 0,
    confidence: float = 0.95,
) -> Estimate:
    """The mean of a − b over pairs (the same prompt answered by two models), n the number of pairs.

    `a`, `b`: (N,) each, entry i of both from the same prompt.

    - All entries 0 or 1 and no groups: Bonett and Price's adjusted interval for paired shares (2012, Journal
      of Educational and Behavioral Statistics 37:479). With x the pairs (1, 0), y the pairs (0, 1), p =
      (x+1)/(N+2) and q = (y+1)/(N+2): p − q ± z·sqrt((p + q − (p − q)²)/(N+2)), cut to [−1, 1]. It keeps a
      width when no pair differs, and so holds for graded entries from 0 to 1 too where no pair does.
    - Otherwise: `mean(a - b, groups)`, which resamples pairs (or whole groups of pairs).
    """
    left, right = finite("a", a), finite("b", b)
    same_length("a", left, "b", right)
    both = np.concatenate([left, right])
    shares = not np.any((both != 0) & (both != 1)) or (both.min() >= 0 and both.max() <= 1 and not (left - right).any())
    if groups is not None or left.size == 0 or not shares:
        return mean(left - right, groups, bootstrap=bootstrap, seed=seed, confidence=confidence)
    n = left.size
    up = (np.count_nonzero(left > right) + 1) / (n + 2)
    down = (np.count_nonzero(left < right) + 1) / (n + 2)
    half = z_quantile(confidence) * np.sqrt((up + down - (up - down) ** 2) / (n + 2))
    value = float((left - right).mean())
    # At N differing pairs all one way the centre is N/(N+2): the upper end then reaches 1, the value.
    return Estimate(value, max(-1.0, float(up - down - half)), min(1.0, float(up - down + half)), n)


def paired_test(a: ArrayLike, b: ArrayLike, *, resamples: int = 10_000, seed: int = 0) -> float:
    """Two-sided p-value of "the sign of each difference a − b is a fair coin".

    `a`, `b`: (N,). Where all differences other than 0 have one size (0/1 outcomes) it is the exact sign test,
    McNemar's exact test. Otherwise `resamples` random sign flips of the differences (Fisher's randomisation
    test), p = (1 + flips at least as far from 0) / (1 + resamples). No difference at all: 1. No pairs: NaN.
    """
    left, right = finite("a", a), finite("b", b)
    same_length("a", left, "b", right)
    resamples = whole("resamples", resamples, 1)
    difference = left - right
    difference = difference[difference != 0]
    if left.size == 0:
        return NAN
    size = np.abs(difference)
    if difference.size == 0 or size.max() - size.min() <= 1e-12 * size.max():
        return sign_test(int(np.count_nonzero(difference > 0)), int(np.count_nonzero(difference < 0)))
    rng = np.random.default_rng(seed)
    observed = abs(difference.sum()) * (1 - 1e-12)
    far = 0
    rows = max(1, 2_000_000 // difference.size)
    for start in range(0, resamples, rows):
        signs = rng.integers(2, size=(min(rows, resamples - start), difference.size)) * 2.0 - 1.0
        far += int(np.count_nonzero(np.abs(signs @ difference) >= observed))
    return (1 + far) / (1 + resamples)


def sign_test(wins: int, losses: int) -> float:
    """Exact two-sided binomial p-value of wins against losses under a fair coin; 1 when there are none."""
    n = wins + losses
    return min(1.0, 2 * float(special.bdtr(min(wins, losses), n, 0.5))) if n else 1.0


def holm(p_values: ArrayLike) -> Floats:
    """Holm's step-down adjusted p-values (1979, Scandinavian Journal of Statistics 6:65), in the order given.

    With p sorted ascending, adjusted_(i) = max over j <= i of min(1, (m − j + 1)·p_(j)). Rejecting where the
    adjusted value is <= alpha keeps the chance of any false rejection among all m tests at alpha, whatever
    their dependence.

    `p_values`: (m,) from 0 to 1; returns (m,). Raises ValueError for NaN or values outside.
    """
    p = floats("p_values", p_values)
    if not np.all((p >= 0) & (p <= 1)):
        raise problem(f"p_values contains {p[~((p >= 0) & (p <= 1))][0]:g}", "numbers from 0 to 1")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)))
    return adjusted


def beta_posterior(
    wins: float, losses: float, *, prior: tuple[float, float] = (1.0, 1.0), confidence: float = 0.95
) -> BetaPosterior:
    """Posterior of a share after `wins` and `losses`: Beta(prior[0] + wins, prior[1] + losses).

    The prior is uniform unless given; ties may enter as half a win and half a loss. `value` is the posterior
    mean a/(a+b), `low` and `high` its equal-tailed credible interval, n = wins + losses rounded down. Without
    data the posterior is the prior. Raises ValueError for negative counts.
    """
    if not (isinstance(wins, Real) and isinstance(losses, Real)):
        raise problem(f"wins={wins!r}, losses={losses!r}", "two numbers")
    if not (0 <= wins < np.inf and 0 <= losses < np.inf):
        raise problem(f"wins={wins!r}, losses={losses!r}", "counts of at least 0")
    if not (0 < prior[0] < np.inf and 0 < prior[1] < np.inf):
        raise problem(f"prior={prior!r}", "two numbers above 0")
    tail = (1 - probability("confidence", confidence)) / 2
    a, b = float(prior[0] + wins), float(prior[1] + losses)
    low, high = (float(special.betaincinv(a, b, end)) for end in (tail, 1 - tail))
    return BetaPosterior(a / (a + b), low, high, int(wins + losses), a, b)
