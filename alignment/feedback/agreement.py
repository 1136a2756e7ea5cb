"""How much reviewers agree, in figures for programs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from alignment.feedback.records import Pair, Rating
from alignment.stats import krippendorff_alpha

LEVEL = "ordinal"


def rating_figures(ratings: Sequence[Rating]) -> dict[str, Any]:
    """Figures of ratings, one a pair and reviewer at most. Shares are None where there is nothing to share.

    ratings, pairs; ties: share of strength 0; same_side: of two raters on one pair who both see a difference,
    the share that see it on the same side (63 to 77 % between people in published work); alpha:
    Krippendorff's, ordinal; reviewers: ratings, share of ties and mean absolute strength of each.
    """
    reviewers = sorted({rating.reviewer for rating in ratings})
    by_pair: dict[Pair, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_pair[rating.pair].append(rating)
    both = [
        one.strength * other.strength
        for together in by_pair.values()
        for one, other in combinations(together, 2)
        if one.strength and other.strength
    ]
    return {
        "ratings": len(ratings),
        "pairs": len(by_pair),
        "ties": _share([not rating.strength for rating in ratings]),
        "same_side": _share([product > 0 for product in both]),
        "alpha": _alpha(reviewers, list(by_pair.values())),
        "alpha_level": LEVEL,
        "reviewers": {name: _reviewer([one for one in ratings if one.reviewer == name]) for name in reviewers},
    }


def _reviewer(ratings: Sequence[Rating]) -> dict[str, Any]:
    return {
        "ratings": len(ratings),
        "ties": _share([not rating.strength for rating in ratings]),
        "mean_strength": sum(abs(rating.strength) for rating in ratings) / len(ratings),
    }


def _alpha(reviewers: Sequence[str], pairs: Sequence[Sequence[Rating]]) -> float | None:
    """Krippendorff's alpha; None where it is not defined (no pair with two raters, or no variation)."""
    if not pairs:
        return None
    values = np.full((len(reviewers), len(pairs)), np.nan)  # (raters, units)
    row = {name: number for number, name in enumerate(reviewers)}
    for column, together in enumerate(pairs):
        for rating in together:
            values[row[rating.reviewer], column] = rating.strength
    alpha = float(krippendorff_alpha(values, level=LEVEL).value)
    return None if math.isnan(alpha) else alpha


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None
