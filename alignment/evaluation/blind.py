"""What a blind A/B says so far, under continuous watching: better, not better, or how much is still missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alignment import stats
from alignment.feedback.records import Rating

MOST = 1_000_000  # a forecast beyond so many outcomes is none


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
    better" as soon as the win rate is below 1/2 + gain at this confidence. The order of the outcomes is of no
    matter, and may differ from look to look: see `stats.valid_now`.
    """
    if not outcomes:
        return Decision("undecided", float("nan"), 0.0, 1.0, 0, None)
    now = stats.valid_now(outcomes, alpha)
    said = _said(now, gain)
    needed = _needed(outcomes, alpha, gain) if said == "undecided" else None
    return Decision(said, now.value, now.low, now.high, len(outcomes), needed)


def _said(now: stats.Estimate, gain: float) -> str:
    if now.low > 0.5:
        return "better"
    return "not better" if now.high < 0.5 + gain else "undecided"


def _needed(outcomes: Sequence[float], alpha: float, gain: float) -> int | None:
    """The fewest outcomes in the proportions seen that decide, by bisection, less what is there."""
    ascending = np.sort(np.asarray(outcomes, float))

    def decided(factor: float) -> bool:
        size = int(len(outcomes) * factor)
        alike = ascending[np.arange(size) * len(outcomes) // size]
        return _said(stats.valid_now(alike, alpha), gain) != "undecided"

    few, many = 1.0, max(1.0, MOST / len(outcomes))
    if not decided(many):
        return None
    while (many - few) * len(outcomes) > 1 and many / few > 1.02:
        middle = (few * many) ** 0.5
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


def ties_so_far(same: int, rated: int, pairs: int) -> list[float]:
    """The ties of `same` prompts with one reply for both, in step with the ratings: `rated` of `pairs` are there.

    All at once they would outweigh the pairs still open, and call a model not better that is.
    """
    return [0.5] * (same * rated // pairs if pairs else same)


def by_intent(outcomes: Mapping[str, float], intents: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """{intent: {"value", "low", "high", "n"}}, intervals at 95 % for one look; a guide, not part of the decision."""
    groups: dict[str, list[float]] = defaultdict(list)
    for item, outcome in outcomes.items():
        groups[intents.get(item, "other")].append(outcome)
    found = {}
    for intent, several in sorted(groups.items()):
        estimate = stats.wilson(sum(several), len(several))
        found[intent] = {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": len(several)}
    return found
