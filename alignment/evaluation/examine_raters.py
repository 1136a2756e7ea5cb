"""A reward model against single reviewers: what people reach among themselves, and reviewer by reviewer."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from alignment import stats
from alignment.evaluation.pairing import Figure, as_figure
from alignment.stats import Estimate
from alignment.stats.intervals import bootstrap_interval, with_width

NAN = float("nan")
RESAMPLES = 1000
FEWEST = 8  # pairs of a rater or tag shown


@dataclass(frozen=True)
class RatedPair:
    """One reviewer's decisive rating of a held-out pair: `agrees` with the pair's chosen side."""

    pair: int  # place in the pairs
    rater: str
    agrees: bool


def accuracy(margin: np.ndarray, groups: np.ndarray) -> Figure:
    """Share of pairs with a positive margin, ties one half."""
    return as_figure(stats.pairwise_accuracy(margin, np.zeros_like(margin), groups=groups))


def human(margin: np.ndarray, groups: np.ndarray, ratings: Sequence[RatedPair]) -> dict[str, Any] | None:
    """What two raters of one pair agree on, the ceiling that leaves, and the model against single ratings.

    agreement: p, the share of pairs of raters, both seeing a difference, that see it on the same side. Were every
    pair as hard as every other, a rater would side with the better reply with chance q where p = q² + (1 − q)²;
    ceiling: q = (1 + √(2p − 1))/2, what the best possible scorer reaches against single ratings at most. At the least
    it is p itself, should some pairs be clear and the others a coin's flip (both by Jensen's inequality). None where
    no pair has two ratings.
    """
    of_pair: dict[int, list[bool]] = defaultdict(list)
    for rating in ratings:
        of_pair[rating.pair].append(rating.agrees)
    same, place = [], []
    for pair, votes in of_pair.items():
        yes, no = sum(votes), len(votes) - sum(votes)
        if len(votes) > 1:
            together = len(votes) * (len(votes) - 1) / 2
            same += [((yes * (yes - 1) + no * (no - 1)) / 2, together)]
            place += [pair]
    if not same:
        return None
    array, labels = np.array(same), np.unique(groups[place], return_inverse=True)[1]
    sums = np.stack([np.bincount(labels, weights=array[:, i]) for i in (0, 1)], axis=1)  # (groups, 2)

    def agreement(weights: np.ndarray) -> np.ndarray:
        return (weights @ sums[:, 0]) / (weights @ sums[:, 1])

    def ceiling(weights: np.ndarray) -> np.ndarray:
        return (1 + np.sqrt(np.maximum(0, 2 * agreement(weights) - 1))) / 2

    return {
        "agreement": bootstrapped(agreement, len(sums), len(same)),
        "ceiling": bootstrapped(ceiling, len(sums), len(same)),
        "model": _against(margin, groups, ratings),
    }


def by_rater(
    margin: np.ndarray, groups: np.ndarray, ratings: Sequence[RatedPair], trained_on: Mapping[str, int]
) -> dict[str, Any]:
    """Accuracy against each reviewer's own ratings, and against all reviewers no rating of whom was trained on.

    others: the share of a reviewer's ratings that other reviewers of the same pair side with; low means odd taste or
    poor care.
    """
    votes: dict[int, Counter[bool]] = defaultdict(Counter)
    for rating in ratings:
        votes[rating.pair][rating.agrees] += 1
    rows = []
    for rater in sorted({rating.rater for rating in ratings}):
        own = [rating for rating in ratings if rating.rater == rater]
        if len(own) < FEWEST:
            continue
        shared = [one for one in own if votes[one.pair].total() > 1]
        with_others = [(votes[one.pair][one.agrees] - 1) / (votes[one.pair].total() - 1) for one in shared]
        units = groups[[one.pair for one in shared]].tolist()
        rows.append(
            {
                "rater": rater,
                "accuracy": _against(margin, groups, own),
                "others": as_figure(with_width(stats.mean(with_others, units), len(set(units)))),
                "in_training": trained_on.get(rater, 0),
            }
        )
    held_out = [rating for rating in ratings if not trained_on.get(rating.rater)]
    return {"rows": rows, "held_out": _against(margin, groups, held_out) if held_out else None}


def _against(margin: np.ndarray, groups: np.ndarray, ratings: Sequence[RatedPair]) -> Figure:
    """Accuracy against single ratings."""
    place = np.array([rating.pair for rating in ratings])
    sign = np.array([1.0 if rating.agrees else -1.0 for rating in ratings])
    return accuracy(margin[place] * sign, groups[place])


def bootstrapped(statistic: Callable[[np.ndarray], np.ndarray], units: int, n: int) -> Figure:
    value = float(statistic(np.ones((1, units)))[0])
    low, high = bootstrap_interval(statistic, units, RESAMPLES) if units > 1 else (NAN, NAN)
    return as_figure(Estimate(value, low, high, n))
