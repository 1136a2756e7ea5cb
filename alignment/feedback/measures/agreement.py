"""How much reviewers agree, in figures for programs."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from alignment.feedback.records import Pair, Rating
from alignment.stats import Estimate, krippendorff_alpha

LEVEL = "ordinal"
RESAMPLES = 500  # of pairs, for alpha's interval


def origin(
    who: str, collections: Sequence[str], chosen: Sequence[Rating], people: Sequence[Rating], panel: Sequence[Rating]
) -> dict[str, Any]:
    """Whose ratings `chosen` are, how many, and how far they agree; comparisons: a ranking compares several pairs."""
    by_reviewer = Counter(reviewer for reviewer, _ in {(one.reviewer, one.uid) for one in chosen})
    found = rating_figures(list({(one.pair, one.reviewer): one for one in chosen}.values()))
    return {
        "source": "ratings",
        "who": who,
        "collections": list(collections),
        "ratings": len({rating.uid for rating in chosen}),
        "ratings_by_people": len({rating.uid for rating in people}),
        "ratings_simulated": len(panel),
        "comparisons": len(chosen),
        "reviewers": dict(sorted(by_reviewer.items())),
        "agreement": {name: found[name] for name in ("pairs", "same_side", "alpha", "alpha_low", "alpha_high")},
        "margin_unit": "absolute mean strength over raters, points of the 7-point scale, 0 to 3",
    }


def rating_figures(ratings: Sequence[Rating]) -> dict[str, Any]:
    """Figures of ratings, one a pair and reviewer at most. Shares are None where there is nothing to share.

    ratings, pairs; ties: share of strength 0; same_side: of two raters on one pair who both see a difference,
    the share that see it on the same side (63 to 77 % between people in published work); alpha:
    Krippendorff's, ordinal, with alpha_low and alpha_high, its interval at 95 % (bootstrap of pairs);
    reviewers: ratings, share of ties and mean absolute strength of each.
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
    alpha = _alpha(reviewers, list(by_pair.values()))
    return {
        "ratings": len(ratings),
        "pairs": len(by_pair),
        "ties": _share([not rating.strength for rating in ratings]),
        "same_side": _share([product > 0 for product in both]),
        "alpha": _number(alpha.value),
        "alpha_low": _number(alpha.low),
        "alpha_high": _number(alpha.high),
        "alpha_level": LEVEL,
        "reviewers": {name: _reviewer([one for one in ratings if one.reviewer == name]) for name in reviewers},
    }


def _reviewer(ratings: Sequence[Rating]) -> dict[str, Any]:
    return {
        "ratings": len(ratings),
        "ties": _share([not rating.strength for rating in ratings]),
        "mean_strength": sum(abs(rating.strength) for rating in ratings) / len(ratings),
    }


def _alpha(reviewers: Sequence[str], pairs: Sequence[Sequence[Rating]]) -> Estimate:
    """Krippendorff's alpha; NaN where it is not defined (no pair with two raters, or no variation)."""
    values = np.full((len(reviewers), len(pairs)), np.nan)  # (raters, units)
    row = {name: number for number, name in enumerate(reviewers)}
    for column, together in enumerate(pairs):
        for rating in together:
            values[row[rating.reviewer], column] = rating.strength
    return krippendorff_alpha(values, LEVEL, bootstrap=RESAMPLES)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None
