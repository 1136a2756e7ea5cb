"""What a blind A/B says so far, under continuous watching: better, not better, or how much is still missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alignment import stats
from alignment.feedback.records import Rating

MOST_FACTOR = 200  # more than so many times the outcomes there are is no forecast any more


@dataclass(frozen=True)
class Decision:
    """decision: "better", "not better" or "undecided". low, high: the confidence sequence at this many outcomes.

    needed: about how many further outcomes would decide if the rest is like what was seen; None where decided, or
    where nothing can be said.
    """

    decision: str
    mean: float
    low: float
    high: float
    n: int
    needed: int | None


def decide(outcomes: Sequence[float], alpha: float, gain: float) -> Decision:
    """Watch at any time: a model no better than the other is called better with a chance of at most alpha / 2.

    outcomes: 1, 0, or between (ties, raters who differ), one a prompt. gain: the smallest lead that matters; "not
    better" as soon as the win rate is below 1/2 + gain at this confidence. See `stats.always_valid`.
    """
    if not outcomes:
        return Decision("undecided", float("nan"), 0.0, 1.0, 0, None)
    low, high = _interval(outcomes, alpha)
    mean = float(np.mean(outcomes))
    if low > 0.5:
        return Decision("better", mean, low, high, len(outcomes), None)
    if high < 0.5 + gain:
        return Decision("not better", mean, low, high, len(outcomes), None)
    return Decision("undecided", mean, low, high, len(outcomes), _needed(outcomes, alpha, gain))


def _interval(outcomes: Sequence[float], alpha: float) -> tuple[float, float]:
    sequence = stats.always_valid(outcomes, alpha)
    return float(sequence.low[-1]), float(sequence.high[-1])


def _needed(outcomes: Sequence[float], alpha: float, gain: float) -> int | None:
    """The fewest repeats of what was seen that decide, by bisection, less what is there."""

    def decided(factor: float) -> bool:
        size = int(len(outcomes) * factor)
        low, high = _interval(np.resize(np.asarray(outcomes, float), size).tolist(), alpha)
        return low > 0.5 or high < 0.5 + gain

    if not decided(MOST_FACTOR):
        return None
    few, many = 1.0, float(MOST_FACTOR)
    while (many - few) * len(outcomes) > 1 and many / few > 1.02:
        middle = (few + many) / 2
        few, many = (few, middle) if decided(middle) else (middle, many)
    return max(1, round(many * len(outcomes)) - len(outcomes))


def outcomes_of(ratings: Sequence[Rating], ours: Mapping[str, str], overlap: int) -> dict[str, float]:
    """1, 0 or between by prompt id, of the prompts that have their `overlap` ratings: the raters' mean.

    ours: {prompt id: response id of the model asked about}. A rating above 0 prefers the pair's first response; a
    tie or "both bad" is one half; an adjudicator's decision stands for all.
    """
    found: dict[str, list[float]] = defaultdict(list)
    final: dict[str, float] = {}
    for one in ratings:
        if one.pair.item not in ours:
            continue
        sign = (one.strength > 0) - (one.strength < 0)
        outcome = (1 + (sign if one.pair.first == ours[one.pair.item] else -sign)) / 2
        found[one.pair.item].append(outcome)
        if one.decision:
            final[one.pair.item] = outcome
    whole = {item: float(np.mean(several)) for item, several in found.items() if len(several) >= overlap}
    return {item: final.get(item, value) for item, value in sorted((whole | final).items())}


def by_intent(outcomes: Mapping[str, float], intents: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """{intent: {"value", "low", "high", "n"}}, intervals at 95 % for one look; a guide, not part of the decision."""
    groups: dict[str, list[float]] = defaultdict(list)
    for item, outcome in outcomes.items():
        groups[intents.get(item, "other")].append(outcome)
    found = {}
    for intent, several in sorted(groups.items()):
        estimate = stats.mean(several)
        found[intent] = {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": len(several)}
    return found
