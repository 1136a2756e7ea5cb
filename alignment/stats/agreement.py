"""Agreement between raters: Fleiss' and Cohen's kappa (Krippendorff's alpha is in `alpha.py`), and scores
freed of a rater's scale.

Each coefficient is 1 − observed/expected disagreement: 1 is perfect, 0 what chance gives, below 0 worse than
that. Where the data leave it undefined (nothing rated twice, no variation, so that no disagreement was
possible; a single unit, for which the formula gives the same number whatever the ratings are) the value is NaN.
The interval is asked for with `bootstrap=n` (n resamples of whole units, see
`intervals.bootstrap_interval`; 1,000 is usual) and is NaN otherwise. `Estimate.n` counts the units used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from alignment.stats._checks import (
    Floats,
    Ints,
    Labels,
    finite,
    floats,
    label_array,
    labels,
    problem,
    same_length,
)
from alignment.stats.intervals import NAN, Estimate, bootstrap_interval, by_rows


def fleiss_kappa(counts: ArrayLike, bootstrap: int = 0, *, seed: int = 0) -> Estimate:
    """Fleiss' kappa (1971, Psychological Bulletin 76:378) for the same number n of ratings for every unit.

        P_u = (Σ_c n_uc² − n)/(n(n − 1)),   P_e = Σ_c p_c²,   kappa = (mean P_u − P_e)/(1 − P_e)

    with p_c the share of category c among all ratings. `counts`: (units, categories), how many raters put the
    unit into the category. NaN for fewer than two units, n < 2, or where only one category was used. Raises
    ValueError where counts are not whole numbers >= 0 or rows differ in their sum (`krippendorff_alpha` takes
    missing ratings).
    """
    table = finite("counts", counts, 2)
    if np.any(table < 0) or np.any(table != np.round(table)):
        raise problem("counts contains negative or broken numbers", "whole numbers of at least 0")
    units = len(table)
    raters = table.sum(axis=1)
    if units and raters.min() != raters.max():
        raise problem(
            f"units have from {raters.min():g} to {raters.max():g} ratings",
            "the same number for every unit; krippendorff_alpha takes missing ratings",
        )
    if units < 2 or raters[0] < 2:
        return Estimate(NAN, NAN, NAN, units)
    n = raters[0]
    agreed = ((table**2).sum(axis=1) - n) / (n * (n - 1))

    def kappa(weights: Floats) -> Floats:
        drawn = weights.sum(axis=1)
        by_category = weights @ table  # (B, categories), whole numbers: exact
        chance = (by_category**2).sum(axis=1) / (drawn * n) ** 2
        varied = (by_category > 0).sum(axis=1) > 1
        return np.where(varied, (weights @ agreed / drawn - chance) / np.where(varied, 1 - chance, 1.0), NAN)

    low, high = bootstrap_interval(kappa, units, bootstrap, seed=seed) if bootstrap else (NAN, NAN)
    return Estimate(float(kappa(np.ones((1, units)))[0]), low, high, units)


def cohen_kappa(
    a: ArrayLike,
    b: ArrayLike,
    weights: str | None = None,
    bootstrap: int = 0,
    *,
    seed: int = 0,
    categories: ArrayLike | None = None,
) -> Estimate:
    """Cohen's kappa of two raters (1960), weighted on request (1968, Psychological Bulletin 70:213).

        kappa = 1 − Σ_ij d_ij o_ij / Σ_ij d_ij e_ij

    o_ij the share of units rated i by a and j by b, e_ij the product of the raters' own shares, and d_ij = 1
    off the diagonal (weights None), |i − j| ("linear") or (i − j)² ("quadratic") with i, j places in the
    sorted categories.

    `a`, `b`: (units,) labels, numbers or strings. `categories`: the whole scale in order; None takes the
    labels that occur, sorted, so give it where a step of a weighted scale may be unused or strings do not
    sort by rank. NaN for fewer than two units or where both raters only ever used the same one category. Raises
    ValueError for missing labels, unequal lengths, unknown weights, or a label outside `categories`.
    """
    if weights not in (None, "linear", "quadratic"):
        raise problem(f"weights={weights!r}", 'None, "linear", "quadratic"')
    first, second = label_array("a", a), label_array("b", b)
    same_length("a", first, "b", second)
    units = first.size
    codes = category_codes(first, second, categories)
    if units < 2:
        return Estimate(NAN, NAN, NAN, units)
    i, j = codes[:units], codes[units:]
    gap = np.abs(i - j).astype(np.float64)
    distance = (gap > 0).astype(np.float64) if weights is None else gap if weights == "linear" else gap**2
    size = int(codes.max()) + 1

    def marginal(drawn: Floats, code: Ints) -> Floats:
        place = code + size * np.arange(len(drawn))[:, None]
        flat: Floats = np.bincount(place.ravel(), drawn.ravel(), size * len(drawn)).astype(np.float64)
        return flat.reshape(-1, size)

    def one(drawn: Floats) -> tuple[Floats, Floats]:
        rows, columns = marginal(drawn, i), marginal(drawn, j)
        return (drawn @ distance) * drawn.sum(axis=1), chance_distance(rows, columns, weights)

    def kappa(drawn: Floats) -> Floats:
        observed, expected = by_rows(drawn, max(units, size), one)
        return np.where(expected > 0, 1 - observed / np.where(expected > 0, expected, 1.0), NAN)

    low, high = bootstrap_interval(kappa, units, bootstrap, seed=seed) if bootstrap else (NAN, NAN)
    return Estimate(float(kappa(np.ones((1, units)))[0]), low, high, units)


def category_codes(first: Labels, second: Labels, categories: ArrayLike | None) -> Ints:
    """Codes of both raters' labels, one after the other: places in `categories`, or in the sorted labels."""
    if (first.dtype.kind == "U") != (second.dtype.kind == "U"):
        raise problem("a and b hold labels of different kinds", "both numbers or both strings")
    both = np.concatenate([first, second])
    if categories is None:
        return np.unique(both, return_inverse=True)[1].astype(np.int64)
    scale = label_array("categories", categories)
    place = {label: position for position, label in enumerate(scale.tolist())}
    unknown = [label for label in dict.fromkeys(both.tolist()) if label not in place]
    if unknown or len(place) != scale.size:
        raise problem(
            f"labels {unknown[:5]} are not in categories, or these repeat",
            f"distinct categories, here {scale.tolist()[:10]}",
        )
    return np.array([place[label] for label in both.tolist()], dtype=np.int64)


def chance_distance(rows: Floats, columns: Floats, weights: str | None) -> Floats:
    """Σ_ij d_ij r_i c_j for marginals (B, C) each, without a (C, C) matrix; all terms whole numbers."""
    r: Floats = rows.sum(axis=1)
    c: Floats = columns.sum(axis=1)
    total: Floats
    if weights is None:
        total = r * c - (rows * columns).sum(axis=1)
    elif weights == "linear":  # |i − j| counts the cuts between i and j
        left, right = np.cumsum(rows, axis=1), np.cumsum(columns, axis=1)
        total = (left * (c[:, None] - right) + right * (r[:, None] - left)).sum(axis=1)
    else:
        place = np.arange(rows.shape[1], dtype=np.float64)
        total = c * (rows @ place**2) - 2 * (rows @ place) * (columns @ place) + r * (columns @ place**2)
    return total


def zscore_by_rater(scores: ArrayLike, raters: ArrayLike) -> Floats:
    """Each score as its distance from its rater's mean, in that rater's population standard deviations.

        z_i = (x_i − mean_r)/sd_r,   sd_r = sqrt(Σ(x − mean_r)²/n_r)

    `scores`: (N,), NaN where missing; `raters`: (N,) labels. Returns (N,). NaN stays NaN and does not count
    for its rater; a rater whose scores are all alike (or who gave one) has no scale, so those scores become
    NaN.
    """
    x = floats("scores", scores)
    codes = labels("raters", raters)
    same_length("scores", x, "raters", codes)
    if np.isinf(x).any():
        raise problem("scores contains infinity", "finite numbers, NaN for missing")
    given = ~np.isnan(x)
    size = int(codes.max()) + 1 if codes.size else 0
    lowest, highest = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(lowest, codes[given], x[given])
    np.maximum.at(highest, codes[given], x[given])
    n = np.bincount(codes[given], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        x = x / np.maximum(highest, -lowest)[codes]  # only against overflow; the result is free of scale
        centre = np.bincount(codes[given], weights=x[given], minlength=size) / n
        away = x - centre[codes]
        sd = np.sqrt(np.bincount(codes[given], weights=away[given] ** 2, minlength=size) / n)
        return np.where((lowest < highest)[codes], away / sd[codes], NAN)
