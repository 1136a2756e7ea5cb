"""Wald's test at its bounds, and a confidence sequence that keeps its promise under continuous watching."""

import math

import numpy as np
import pytest

from alignment import stats
from alignment.stats import sequential


def test_sprt_by_hand():
    # p0 0.5, p1 0.8: a win adds log 1.6 = 0.470, a loss log 0.4 = −0.916; bounds ± log 19 = ± 2.944.
    wins = stats.sprt([1] * 10, 0.5, 0.8, 0.05, 0.05)
    assert (wins.decision, wins.index) == ("H1", 7)
    losses = stats.sprt([0] * 10, 0.5, 0.8, 0.05, 0.05)
    assert (losses.decision, losses.index) == ("H0", 4)
    assert stats.sprt([1, 0, 1, 1, 0], 0.5, 0.8, 0.05, 0.05) == stats.Sprt("undecided", 5)


def test_sprt_skips_ties():
    outcomes = [0.5, 1, 0.5, 1, 1, 0.5, 1, 1, 1, 0.5, 1, 0, 0]
    assert stats.sprt(outcomes, 0.5, 0.8, 0.05, 0.05) == stats.Sprt("H1", 7)
    assert stats.sprt([0.5] * 5, 0.5, 0.8, 0.05, 0.05) == stats.Sprt("undecided", 0)
    assert stats.sprt([], 0.5, 0.8, 0.05, 0.05) == stats.Sprt("undecided", 0)


def test_sprt_at_a_bound_met_exactly():
    # p1/p0 = 3 and (1 − beta)/alpha = 9: two wins meet the bound.
    assert stats.sprt([1, 1, 1], 0.25, 0.75, 0.1, 0.1) == stats.Sprt("H1", 2)


@pytest.mark.parametrize(("chance", "right"), [(0.5, "H0"), (0.65, "H1")])
def test_sprt_keeps_its_error_rates(chance, right):
    runs = 400
    draws = [np.random.default_rng(seed).random(1500) < chance for seed in range(runs)]
    wrong = sum(stats.sprt(draw, 0.5, 0.65, 0.05, 0.05).decision != right for draw in draws)
    assert wrong / runs <= 0.05 + 0.02


@pytest.mark.parametrize(
    ("outcomes", "numbers"),
    [
        ([1, 0.3], (0.5, 0.6, 0.05, 0.05)),
        ([1], (0.5, 0.5, 0.05, 0.05)),
        ([1], (0.0, 0.5, 0.05, 0.05)),
        ([1], (0.5, 0.6, 0.5, 0.5)),
        ([1], (0.5, 0.6, 0, 0.1)),
        ([np.nan], (0.5, 0.6, 0.1, 0.1)),
    ],
)
def test_sprt_refuses(outcomes, numbers):
    with pytest.raises(ValueError, match="allowed"):
        stats.sprt(outcomes, *numbers)


def wealth(x, m):
    """The betting wealth of `always_valid`, outcome by outcome."""
    bets = np.ones(sequential.BETS.size)
    for value in x:
        bets = bets * (1 - sequential.BETS + sequential.BETS * value / m)
    return bets.mean()


def test_always_valid_solves_for_its_wealth():
    x = [1, 0, 0.5, 1, 1, 1, 0.5, 1, 1, 1]
    sequence = stats.always_valid(x, 0.1)
    lows, highs = [0.0], [1.0]
    for n in range(1, len(x) + 1):
        for side, ends in ((np.array(x[:n]), lows), (1 - np.array(x[:n]), highs)):
            left, right = 1e-9, 1.0
            for _ in range(60):
                middle = (left + right) / 2
                left, right = (middle, right) if wealth(side, middle) >= 20 else (left, middle)
            ends.append(max(ends[-1], left) if ends is lows else min(ends[-1], 1 - left))
    assert sequence.low == pytest.approx(lows[1:], abs=1e-7)
    assert sequence.high == pytest.approx(highs[1:], abs=1e-7)
    assert sequence.mean == pytest.approx(np.cumsum(x) / np.arange(1, 11))


def test_always_valid_only_shrinks_and_is_symmetric():
    x = np.random.default_rng(0).choice([0, 0.5, 1], 3000, p=[0.3, 0.2, 0.5])
    sequence, mirrored = stats.always_valid(x, 0.05), stats.always_valid(1 - x, 0.05)
    assert (np.diff(sequence.low) >= 0).all() and (np.diff(sequence.high) <= 0).all()
    assert mirrored.low == pytest.approx(1 - sequence.high, abs=1e-9)
    assert sequence.low[-1] < 0.6 < sequence.high[-1]
    assert sequence.high[-1] - sequence.low[-1] < 0.08
    at = sequence.first_excluding(0.5)
    assert sequence.excludes(0.5)[at - 1] and not sequence.excludes(0.5)[: at - 1].any()


def test_always_valid_goes_on_across_blocks(monkeypatch):
    x = np.random.default_rng(1).random(500) < 0.7
    whole = stats.always_valid(x, 0.05)
    monkeypatch.setattr(sequential, "BLOCK", 7)
    assert stats.always_valid(x, 0.05).low == pytest.approx(whole.low, abs=1e-8)


@pytest.mark.parametrize(
    ("name", "values", "weights"),
    [
        ("coin", [0, 1], [0.5, 0.5]),
        ("ties", [0, 0.5, 1], [0.3, 0.4, 0.3]),
        ("rare wins, many ties", [0, 0.5, 1], [0.1, 0.8, 0.1]),
        ("skewed", [0.4, 1], [5 / 6, 1 / 6]),
    ],
)
def test_false_alarms_under_continuous_watching(name, values, weights):
    runs, alpha = 300, 0.1
    assert np.dot(values, weights) == pytest.approx(0.5)
    alarms = 0
    for seed in range(runs):
        x = np.random.default_rng(seed).choice(values, 400, p=weights)
        alarms += stats.always_valid(x, alpha).first_excluding(0.5) is not None
    assert alarms / runs <= alpha


@pytest.mark.parametrize("chance", [0.02, 0.8])
def test_coverage_at_all_times_away_from_half(chance):
    runs, alpha, missed = 300, 0.1, 0
    for seed in range(runs):
        sequence = stats.always_valid(np.random.default_rng(seed).random(300) < chance, alpha)
        missed += sequence.excludes(chance).any()
    assert missed / runs <= alpha


def test_always_valid_decides():
    stops = []
    for seed in range(50):
        sequence = stats.always_valid(np.random.default_rng(seed).random(400) < 0.7, 0.05)
        assert sequence.low[-1] > 0.5
        stops.append(sequence.first_excluding())
    assert np.median(stops) < 90


def test_ties_cost_nothing_at_half():
    decided = np.random.default_rng(3).random(200) < 0.7
    tied = np.full(600, 0.5)
    tied[::3] = decided
    at, at_tied = stats.always_valid(decided).first_excluding(), stats.always_valid(tied).first_excluding()
    assert at_tied == 3 * at - 2


def test_valid_now_depends_on_the_counts_alone():
    x = np.random.default_rng(4).choice([0, 0.25, 0.5, 1], 300, p=[0.3, 0.2, 0.1, 0.4])
    now = stats.valid_now(x, 0.05)
    assert now == stats.valid_now(np.sort(x), 0.05)
    assert now.value == pytest.approx(x.mean())
    # Losses before ties before wins: `low` then only rises, so that the intersection takes nothing away from it.
    plain = np.sort(np.round(2 * x) / 2)
    now, sequence, reverse = (
        stats.valid_now(plain),
        stats.always_valid(plain, 0.05),
        stats.always_valid(plain[::-1], 0.05),
    )
    assert (now.low, now.high) == pytest.approx((sequence.low[-1], reverse.high[-1]), abs=1e-9)


def test_valid_now_is_wider_than_the_intersection_where_the_mean_moved():
    x = [1] * 60 + [0] * 60
    assert stats.always_valid(x).low[-1] > 0.5 and stats.valid_now(x).low < 0.5
    empty = stats.valid_now([])
    assert math.isnan(empty.value) and (empty.low, empty.high, empty.n) == (0, 1, 0)


def test_always_valid_degenerate():
    empty = stats.always_valid([], 0.05)
    assert empty.low.shape == empty.high.shape == (0,) and empty.first_excluding() is None
    losses = stats.always_valid([0] * 50, 0.05)
    assert (losses.low == 0).all() and losses.high[-1] < 0.2
    assert stats.always_valid([1], 0.05).low[0] < 0.1
    for bad in ([1.1], [-0.1], [math.nan]):
        with pytest.raises(ValueError, match="allowed"):
            stats.always_valid(bad, 0.05)
    for alpha in (0, 1, -1, math.nan):
        with pytest.raises(ValueError, match="alpha"):
            stats.always_valid([1], alpha)


@pytest.mark.parametrize("wrong", ["high", None, [0.05]])
def test_numbers_of_another_kind_are_told(wrong):
    with pytest.raises(ValueError, match=r"alpha=.*allowed"):
        stats.always_valid([1], wrong)
    with pytest.raises(ValueError, match=r"p0=.*allowed"):
        stats.sprt([1], wrong, 0.6, 0.05, 0.05)
