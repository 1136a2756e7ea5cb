"""Agreement, reviewers and position bias, computed from ratings in force. Pure: no database."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Any

import numpy as np
from scipy import stats as scipy_stats  # type: ignore[import-untyped, unused-ignore]

from alignment.feedback.effective import Event, comparisons
from alignment.feedback.nouns import Kind
from alignment.stats import cohen_kappa, fleiss_kappa, krippendorff_alpha, wilson

READING = 15.0  # words a second; nobody reads faster (900 a minute)
LEAST_SECONDS = 1.0  # nor judges faster
NEAR = 1  # points by which two scores may differ and still say the same

Scores = Mapping[str, Mapping[str, int]]  # slot -> dimension -> 1 … 5
Expected = tuple[int, ...] | Scores  # of a gold task: its slots, the best first; or the right scores


@dataclass(frozen=True)
class ReviewerFigures:
    """One reviewer. seconds: median time a rating; too_fast: ratings faster than the replies can be read;
    agreement: share of shared pairs on which they and another saw the same side; left: share of their pair
    ratings with a side that went to the left; gold, consistency: shares right on gold items, and same on
    hidden repeats, with how many there were; outlier_z: their agreement less that of all others, in standard errors.
    """

    name: str
    ratings: int
    skipped: int
    seconds: float | None
    too_fast: int
    ties: float | None
    agreement: float | None
    agreement_pairs: int
    left: float | None
    gold: float | None
    gold_items: int
    consistency: float | None
    repeats: int
    outlier_z: float | None
    last: float | None  # time of the last rating


@dataclass(frozen=True)
class PositionBias:
    """Does the left side win more than its half? p: exact two-sided binomial test; low, high: Wilson, 95 %."""

    left: int
    right: int
    share: float | None
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True)
class Quality:
    """alpha: Krippendorff's, ordinal, over pair strengths, and alpha_by of ranks and each rubric dimension;
    kappa: Fleiss', over better/tie/worse of pairs with equally many raters; cohen: (one, other, pairs, kappa)
    of each two reviewers. same_side: of two raters who both see a difference, the share on the same side
    (63 to 77 % in published work: no gate).
    """

    alpha: float | None
    alpha_by: Mapping[str, float | None]
    kappa: float | None
    cohen: tuple[tuple[str, str, int, float], ...]
    same_side: float | None
    same_side_pairs: int
    ties: float | None
    both_bad: float | None
    bias: PositionBias
    reviewers: tuple[ReviewerFigures, ...]


def quality_of(
    found: Sequence[Event],
    expected: Mapping[int, Expected],
    words: Mapping[int, int],
    skipped: Mapping[str, int],
) -> Quality:
    """All figures over people's own ratings, hidden repeats and gold items among them.

    expected: the right answer to a gold task. words: of a task's replies. skipped: tasks by reviewer.
    """
    plain = [event for event in found if event.repeat == 0 and not event.gold]
    pairs = [event for event in plain if event.kind is Kind.pair]
    agreed = side_agreement(pairs)
    same, both = sum(of[0] for of in agreed.values()) // 2, sum(of[1] for of in agreed.values()) // 2
    left, right = sides(pairs)
    own: dict[str, list[Event]] = defaultdict(list)
    for event in found:
        own[event.reviewer].append(event)
    names = sorted(own.keys() | {name for name, count in skipped.items() if count})
    return Quality(
        alpha=alpha(by_unit(pairs, lambda event: [(event.task, event.strength)])),
        alpha_by=other_alphas(plain),
        kappa=kappa(pairs),
        cohen=tuple(cohens(pairs)),
        same_side=same / both if both else None,
        same_side_pairs=both,
        ties=_share([event.strength == 0 for event in pairs]),
        both_bad=_share([event.both_bad for event in pairs]),
        bias=position_bias(left, right),
        reviewers=tuple(
            reviewer(name, own[name], agreed, (same, both), expected, words, skipped.get(name, 0)) for name in names
        ),
    )


Units = dict[Any, dict[str, float]]  # unit -> reviewer -> value


def by_unit(found: Sequence[Event], values: Any) -> Units:
    """Values by unit and reviewer. values: event -> [(unit, value)]."""
    units: Units = defaultdict(dict)
    for event in found:
        for unit, value in values(event):
            if value is not None:
                units[unit][event.reviewer] = float(value)
    return units


def alpha(units: Units) -> float | None:
    """Krippendorff's alpha, ordinal; None where no unit has two raters or nothing varies."""
    names = sorted({name for of in units.values() for name in of})
    if not names:
        return None
    table = np.full((len(names), len(units)), np.nan)  # (raters, units)
    row = {name: number for number, name in enumerate(names)}
    for column, of in enumerate(units.values()):
        for name, value in of.items():
            table[row[name], column] = value
    found = float(krippendorff_alpha(table, level="ordinal").value)
    return None if math.isnan(found) else found


def other_alphas(found: Sequence[Event]) -> dict[str, float | None]:
    """Alpha of ranks, and of each dimension of the rubric: {"rank": …, "rubric.tone": …}."""
    made: dict[str, float | None] = {}
    ranks = [event for event in found if event.kind is Kind.rank]
    if ranks:
        made["rank"] = alpha(
            by_unit(ranks, lambda event: [((event.task, n), r) for n, r in enumerate(event.payload["ranks"])])
        )
    scored = [event for event in found if event.kind is Kind.rubric]
    for name in sorted({name for event in scored for of in event.payload["scores"].values() for name in of}):
        made[f"rubric.{name}"] = alpha(
            by_unit(
                scored,
                lambda event, name=name: [
                    ((event.task, slot), of.get(name)) for slot, of in event.payload["scores"].items()
                ],
            )
        )
    return made


def kappa(pairs: Sequence[Event]) -> float | None:
    """Fleiss' kappa over first better, tie, second better; of the pairs with the commonest number of raters >= 2."""
    by_task: dict[int, Counter[int]] = defaultdict(Counter)
    for event in pairs:
        by_task[event.task][_sign(event.strength)] += 1
    sizes = Counter(counts.total() for counts in by_task.values() if counts.total() > 1)
    if not sizes:
        return None
    raters = max(sizes, key=lambda size: (sizes[size], size))
    table = [[counts[1], counts[0], counts[-1]] for counts in by_task.values() if counts.total() == raters]
    found = float(fleiss_kappa(table).value)
    return None if math.isnan(found) else found


def cohens(pairs: Sequence[Event]) -> list[tuple[str, str, int, float]]:
    """(one, other, pairs, Cohen's kappa) of each two reviewers with two pairs in common or more."""
    by_reviewer: dict[str, dict[int, int]] = defaultdict(dict)
    for event in pairs:
        by_reviewer[event.reviewer][event.task] = _sign(event.strength)
    made = []
    for one, other in combinations(sorted(by_reviewer), 2):
        shared = sorted(by_reviewer[one].keys() & by_reviewer[other].keys())
        if len(shared) > 1:
            found = cohen_kappa(
                [by_reviewer[one][task] for task in shared], [by_reviewer[other][task] for task in shared]
            )
            if not math.isnan(found.value):
                made.append((one, other, len(shared), float(found.value)))
    return made


def side_agreement(pairs: Sequence[Event]) -> dict[str, tuple[int, int]]:
    """By reviewer: (same side, both see a side) over each other rater of their pairs; each two count for both."""
    by_task: dict[int, list[Event]] = defaultdict(list)
    for event in pairs:
        if event.strength:
            by_task[event.task].append(event)
    same: Counter[str] = Counter()
    both: Counter[str] = Counter()
    for together in by_task.values():
        for one, other in combinations(together, 2):
            names = (one.reviewer, other.reviewer)
            both.update(names)
            if _sign(one.strength) == _sign(other.strength):
                same.update(names)
    return {name: (same[name], both[name]) for name in both}


def sides(pairs: Sequence[Event]) -> tuple[int, int]:
    """How often the left and the right reply were better."""
    left = right = 0
    for event in pairs:
        if event.shown is None or not event.strength:
            continue
        if (event.strength > 0) == (event.shown[0] == 0):
            left += 1
        else:
            right += 1
    return left, right


def position_bias(left: int, right: int) -> PositionBias:
    """Exact two-sided binomial test of left = ½ (Clopper and Pearson 1934), with Wilson's interval."""
    total = left + right
    if not total:
        return PositionBias(left, right, None, None, None, None)
    found = wilson(left, total)
    p = float(scipy_stats.binomtest(left, total, 0.5).pvalue)
    return PositionBias(left, right, left / total, float(found.low), float(found.high), p)


def too_fast(event: Event, words: int) -> bool:
    """Whether a rating took less time than reading the replies does."""
    return event.seconds is not None and event.seconds < max(LEAST_SECONDS, words / READING)


def reviewer(
    name: str,
    own: Sequence[Event],
    agreed: Mapping[str, tuple[int, int]],
    everyone: tuple[int, int],
    expected: Mapping[int, Expected],
    words: Mapping[int, int],
    skipped: int,
) -> ReviewerFigures:
    """One reviewer's figures from their own ratings; see `quality_of`. agreed: of `side_agreement`; everyone: of each
    two raters.
    """
    pairs = [event for event in own if event.repeat == 0 and not event.gold and event.kind is Kind.pair]
    same, both = agreed.get(name, (0, 0))
    all_same, all_both = everyone
    left, right = sides(pairs)
    tested = [
        right_on_gold(event, expected[event.task]) for event in own if event.task in expected and not event.repeat
    ]
    gold = [right for right in tested if right is not None]
    again = repeats(own)
    times = [event.seconds for event in own if event.seconds is not None]
    return ReviewerFigures(
        name=name,
        ratings=len(own),
        skipped=skipped,
        seconds=median(times) if times else None,
        too_fast=sum(too_fast(event, words.get(event.task, 0)) for event in own),
        ties=_share([event.strength == 0 for event in pairs]),
        agreement=same / both if both else None,
        agreement_pairs=both,
        outlier_z=outlier(same, both, all_same - same, all_both - both),
        left=left / (left + right) if left + right else None,
        gold=_share(gold),
        gold_items=len(gold),
        consistency=_share(again),
        repeats=len(again),
        last=max((event.created for event in own), default=None),
    )


def outlier(same: int, both: int, other_same: int, other_both: int) -> float | None:
    """Difference of two shares in standard errors (pooled); None where it is not defined."""
    if not both or not other_both:
        return None
    pooled = (same + other_same) / (both + other_both)
    error = math.sqrt(pooled * (1 - pooled) * (1 / both + 1 / other_both))
    return (same / both - other_same / other_both) / error if error else None


def right_on_gold(event: Event, expected: Expected) -> bool | None:
    """Whether a rating orders every two replies as the gold item does, without a tie; whether its scores are `NEAR`
    the right ones. None where its rubric shares no dimension with them.
    """
    if isinstance(expected, Mapping):
        gaps = score_gaps(expected, event.payload["scores"])
        return max(gaps) <= NEAR if gaps else None
    place = {event.slots[slot]: n for n, slot in enumerate(expected)}
    found = comparisons([event])
    whole = len(found) == len(expected) * (len(expected) - 1) // 2
    return whole and all(
        (one.strength > 0) == (place[one.first_id] < place[one.second_id]) and one.strength for one in found
    )


def score_gaps(one: Scores, other: Scores) -> list[int]:
    """Distances of the scores that both have."""
    return [
        abs(score - one[slot][name])
        for slot, of in other.items()
        for name, score in of.items()
        if name in one.get(slot, {})
    ]


def repeats(own: Sequence[Event]) -> list[bool]:
    """For each hidden repeat whether it says the same: the same side of a pair, of every pair of a ranking that both
    times has a side, or scores at most a point apart.
    """
    first = {event.task: event for event in own if event.repeat == 0}
    made = []
    for event in own:
        before = first.get(event.task)
        if event.repeat < 1 or before is None:
            continue
        if event.kind is Kind.rubric:
            made.append(max(score_gaps(before.payload["scores"], event.payload["scores"]), default=0) <= NEAR)
        else:
            then = {(one.first_id, one.second_id): _sign(one.strength) for one in comparisons([before])}
            now = {(one.first_id, one.second_id): _sign(one.strength) for one in comparisons([event])}
            if event.kind is Kind.pair:
                made.append(then == now)
            else:
                made.append(all(then[key] * sign >= 0 for key, sign in now.items() if key in then))
    return made


def _sign(strength: int | None) -> int:
    return ((strength or 0) > 0) - ((strength or 0) < 0)


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None
