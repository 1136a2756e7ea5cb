"""Bradley-Terry: against hand-derived and independent fits, by simulation, and where no fit exists."""

import numpy as np
import pytest

from alignment import stats


def play(rng, strengths, rounds):
    """Every pair `rounds` times: (winners, losers)."""
    n = len(strengths)
    first, second = (np.repeat(side, rounds) for side in np.triu_indices(n, 1))
    chance = 1 / (1 + np.exp(strengths[second] - strengths[first]))
    won = rng.random(first.size) < chance
    return np.where(won, first, second), np.where(won, second, first)


def test_two_items_by_hand():
    # 3 wins to 1: log odds log 3 with variance 1/(4·3/4·1/4) = 4/3; each strength half of that.
    fit = stats.bradley_terry([0, 0, 0, 1], [1, 1, 1, 0], 2)
    assert fit.strengths == pytest.approx([np.log(3) / 2, -np.log(3) / 2])
    assert fit.covariance == pytest.approx(np.array([[1, -1], [-1, 1]]) / 3)
    half = 1.959964 * np.sqrt(1 / 3)
    assert fit.low == pytest.approx(fit.strengths - half, abs=1e-6)
    assert fit.high == pytest.approx(fit.strengths + half, abs=1e-6)
    assert not fit.separable.any()
    assert fit.separable.dtype == bool


def test_separable_is_symmetric_and_false_on_the_diagonal():
    # 40 wins to 10: log 4 ± 1.96/√(50·0.16) leaves out 0; between equals it does not.
    winners = [0] * 40 + [1] * 10 + [1] * 25 + [2] * 25 + [0] * 40 + [2] * 10
    losers = [1] * 40 + [0] * 10 + [2] * 25 + [1] * 25 + [2] * 40 + [0] * 10
    expected = [[False, True, True], [True, False, False], [True, False, False]]
    assert stats.bradley_terry(winners, losers, 3).separable.tolist() == expected


def test_ties_are_half_a_win_each_way():
    plain = stats.bradley_terry([0, 0, 0, 1, 0, 1], [1, 1, 1, 0, 1, 0], 2)
    forms = {
        "pairs": [(0, 1), (1, 0)],
        "array": np.array([[0, 1], [1, 0]]),
        "two arrays": (np.array([0, 1]), np.array([1, 0])),
    }
    for form, ties in forms.items():
        fit = stats.bradley_terry([0, 0, 0, 1], [1, 1, 1, 0], 2, ties)
        assert fit.strengths == pytest.approx(plain.strengths), form
        assert fit.covariance == pytest.approx(plain.covariance), form
    mask = np.array([False] * 4 + [True] * 2)
    fit = stats.bradley_terry([0, 0, 0, 1, 0, 1], [1, 1, 1, 0, 1, 0], 2, mask)
    assert fit.strengths == pytest.approx(plain.strengths)


def test_ties_alone_are_enough():
    fit = stats.bradley_terry([], [], 3, [(0, 1), (1, 2), (1, 2)])
    assert fit.strengths == pytest.approx([0, 0, 0], abs=1e-9)


def test_ties_given_as_rows_of_two():
    three = stats.bradley_terry([0, 1], [1, 0], 2, np.array([[0, 0, 1], [1, 1, 0]]))
    assert three.covariance == pytest.approx(np.array([[1, -1], [-1, 1]]) / 5)  # 5 comparisons, variance 4/5 / 4


def test_the_likelihood_equations_hold_and_the_covariance_is_the_inverse():
    rng = np.random.default_rng(5)
    winners, losers = play(rng, np.array([1.5, 0.5, 0.0, -2.0]), 30)
    fit = stats.bradley_terry(winners, losers, 4)
    s = fit.strengths
    chance = 1 / (1 + np.exp(s[losers] - s[winners]))
    expected = np.bincount(winners, chance, 4) + np.bincount(losers, 1 - chance, 4)
    assert np.bincount(winners, minlength=4) == pytest.approx(expected, abs=1e-6)
    assert s.sum() == pytest.approx(0, abs=1e-12)
    information = np.zeros((4, 4))
    for i, j, p in zip(winners, losers, chance, strict=True):
        edge = np.zeros(4)
        edge[[i, j]] = 1, -1
        information += p * (1 - p) * np.outer(edge, edge)
    assert fit.covariance == pytest.approx(np.linalg.pinv(information), abs=1e-9)


def test_far_apart_but_finite():
    # 10,000 to 1 twice over: log-odds log 10^4 each step.
    winners = [0] * 10_000 + [1] + [1] * 10_000 + [2]
    losers = [1] * 10_000 + [0] + [2] * 10_000 + [1]
    step = np.log(10_000)
    assert stats.bradley_terry(winners, losers, 3).strengths == pytest.approx([step, 0, -step], rel=1e-8)


def test_coverage_of_strengths_and_false_separation():
    truth = np.array([0.8, 0.2, 0.0, 0.0, -1.0])
    covered, separated, power = 0, 0, 0
    runs = 300
    for seed in range(runs):
        fit = stats.bradley_terry(*play(np.random.default_rng(seed), truth, 40), 5)
        covered += np.count_nonzero((fit.low <= truth) & (truth <= fit.high))
        separated += fit.separable[2, 3]
        power += fit.separable[0, 4]
    assert 0.93 <= covered / (5 * runs) <= 0.97
    assert separated / runs <= 0.09  # 5 % nominal, standard error 1.3
    assert power == runs


@pytest.mark.parametrize(
    ("winners", "losers", "n", "ties", "message"),
    [
        ([0, 1, 2, 3], [1, 0, 3, 2], 4, None, "items 2, 3 never met, directly or through others, items 0, 1"),
        ([0, 1], [1, 0], 3, None, "item 2 never met"),
        ([0, 0, 1, 2], [1, 2, 2, 1], 3, None, "never beat"),
        ([1, 2, 1, 2], [0, 0, 2, 1], 3, None, "items 1, 2 never lost to item 0"),
        ([], [], 2, None, "no comparisons"),
        ([], [], 1, None, "at least 2"),
        ([0], [1], 0, None, "at least 2"),
        ([0, 0], [1, 0], 2, None, "itself"),
        ([0], [2], 2, None, "from 0 to 1"),
        ([-1], [0], 2, None, "from 0 to 1"),
        ([0.5], [1], 2, None, "item numbers"),
        ([0, 1], [1], 2, None, "same number"),
        ([0, 1], [1, 0], 2, [(0, 0)], "itself"),
        ([0, 1], [1, 0], 2, [0, 1, 1], "pairs"),
        ([0, 1], [1, 0], 2, np.array([True]), "one entry a comparison"),
        ([0, 1], [1, 0], 2.5, None, "whole number"),
    ],
)
def test_refuses(winners, losers, n, ties, message):
    with pytest.raises(ValueError, match=message):
        stats.bradley_terry(winners, losers, n, ties)
