"""Win rates, accuracy on pairs, calibration: by hand, by simulation, and where nothing can be said."""

import math

import numpy as np
import pytest

from alignment import stats


def test_win_rate_by_hand():
    # 6 wins, 2 ties, 2 losses: mean 0.7, squared deviations 6·0.09 + 2·0.04 + 2·0.49 = 1.6.
    rate = stats.win_rate([1] * 6 + [0.5] * 2 + [0] * 2)
    assert rate.mean == pytest.approx(0.7)
    assert rate.standard_error == pytest.approx(math.sqrt(1.6 / 9 / 10))
    assert rate.n == 10
    # Exact test on 6 against 2: 2·(1 + 8 + 28)/256.
    assert rate.p_value == pytest.approx(2 * 37 / 256)
    wilson = stats.wilson(7, 10)
    assert (rate.low, rate.high) == (wilson.low, wilson.high)


def test_win_rate_swaps():
    outcomes = np.array([1, 1, 0.5, 0, 1])
    rate, swapped = stats.win_rate(outcomes), stats.win_rate(1 - outcomes)
    assert swapped.mean == pytest.approx(1 - rate.mean)
    assert swapped.low == pytest.approx(1 - rate.high)
    assert swapped.p_value == rate.p_value


def test_win_rate_degenerate():
    ties = stats.win_rate([0.5] * 4)
    assert (ties.mean, ties.standard_error, ties.p_value) == (0.5, 0.0, 1.0)
    one = stats.win_rate([1])
    assert math.isnan(one.standard_error) and one.p_value == 1.0 and one.high == 1.0
    empty = stats.win_rate([])
    assert math.isnan(empty.mean) and math.isnan(empty.p_value) and empty.n == 0
    for bad in ([0.3], [2], [np.nan], [[1, 0]]):
        with pytest.raises(ValueError, match="allowed"):
            stats.win_rate(bad)


def test_win_rate_coverage_and_level():
    runs, covered, rejected = 1000, 0, 0
    for seed in range(runs):
        draw = np.random.default_rng(seed).random(80)
        rate = stats.win_rate(np.where(draw < 0.5, 1, np.where(draw < 0.6, 0.5, 0)))
        covered += rate.low <= 0.55 <= rate.high
        null = stats.win_rate(np.where(draw < 0.45, 1, np.where(draw < 0.55, 0.5, 0)))
        rejected += null.p_value <= 0.05
    assert 0.94 <= covered / runs <= 0.99
    assert rejected / runs <= 0.05 + 0.014


def judged(rng, n, theta, phi, ties=0.0):
    """Outcomes of a judge with a preference theta and a taste phi for length, and the length differences."""
    difference = rng.normal(40, 60, n)
    chance = 1 / (1 + np.exp(-theta - phi * np.tanh(difference / 60)))
    outcomes = (rng.random(n) < chance).astype(float)
    outcomes[rng.random(n) < ties] = 0.5
    return outcomes, difference


def test_length_controlled_win_rate_removes_a_taste_for_length():
    outcomes, difference = judged(np.random.default_rng(0), 4000, 0.0, 2.0)
    assert stats.win_rate(outcomes).mean > 0.6
    rate = stats.length_controlled_win_rate(outcomes, difference)
    assert rate.mean == pytest.approx(0.5, abs=0.03)
    assert rate.low < 0.5 < rate.high
    assert rate.p_value > 0.05
    assert rate.n == 4000


def test_length_controlled_win_rate_is_the_unpenalised_fit():
    linear_model = pytest.importorskip("sklearn.linear_model")
    outcomes, difference = judged(np.random.default_rng(1), 300, 0.5, 1.0, ties=0.3)
    x = np.tanh(difference / difference.std(ddof=1))[:, None]
    fit = linear_model.LogisticRegression(C=1e10, tol=1e-10)
    fit.fit(np.tile(x, (2, 1)), np.repeat([1, 0], 300), np.concatenate([outcomes, 1 - outcomes]))
    rate = stats.length_controlled_win_rate(outcomes, difference)
    assert rate.mean == pytest.approx(1 / (1 + math.exp(-fit.intercept_[0])), abs=1e-5)
    rescaled = stats.length_controlled_win_rate(list(outcomes), list(difference * 1e200))
    assert rescaled.mean == pytest.approx(rate.mean)
    swapped = stats.length_controlled_win_rate(1 - outcomes, -difference)
    assert swapped.mean == pytest.approx(1 - rate.mean)
    assert swapped.low == pytest.approx(1 - rate.high)


@pytest.mark.parametrize("ties", [0.0, 0.4])
def test_coverage_of_length_controlled_win_rate(ties):
    runs, covered, rejected = 500, 0, 0
    truth = 1 / (1 + math.exp(-0.4)) if ties == 0 else 0.5
    for seed in range(runs):
        theta = 0.4 if ties == 0 else 0.0
        rate = stats.length_controlled_win_rate(*judged(np.random.default_rng(seed), 150, theta, 1.0 - ties, ties))
        covered += rate.low <= truth <= rate.high
        rejected += rate.p_value <= 0.05
    assert 0.92 <= covered / runs <= 0.98
    if ties:
        assert rejected / runs <= 0.08


def test_length_controlled_win_rate_of_ties_alone_is_not_certain():
    few, many = (stats.length_controlled_win_rate([0.5] * n, np.arange(n)) for n in (4, 400))
    assert few.mean == many.mean == pytest.approx(0.5)
    assert few.high - few.low > 0.3
    assert many.high - many.low < 0.02


def test_length_controlled_win_rate_where_wins_and_losses_hardly_overlap():
    """One loss, at -57.9, between two of 29 wins at -58 and -57.7: a fit far out, but there is one."""
    difference = [-58.0, -57.7, *range(-50, 85, 5), -57.9]
    rate = stats.length_controlled_win_rate([1] * 29 + [0], difference)
    assert rate.mean > 0.99 and rate.low < 0.9 and rate.high <= 1.0
    nearer = stats.length_controlled_win_rate([1] * 15 + [0] * 15, [*range(1, 16), *range(-14, 0), 1 + 1e-8])
    assert math.isnan(nearer.mean) or nearer.low < 0.1  # next to separated: nothing firm is said, and nothing raised


def test_length_controlled_win_rate_of_wins_alone():
    """Lengths to both sides alike: φ = 0 fits best, and the lower end is Clopper and Pearson's, 0.025^(1/20)."""
    rate = stats.length_controlled_win_rate([1] * 20, [3, -3] * 10)
    assert (rate.mean, rate.high, rate.n) == (1.0, 1.0, 20) and math.isnan(rate.standard_error)
    assert rate.low == pytest.approx(0.025 ** (1 / 20), abs=1e-4)
    assert rate.p_value == pytest.approx(2 * 0.5**20, rel=1e-3)
    lost = stats.length_controlled_win_rate([0] * 20, [3, -3] * 10)
    assert (lost.mean, lost.low) == (0.0, 0.0) and lost.high == pytest.approx(1 - rate.low)
    # Mostly longer: the wins tell less about equal lengths. Only the five equal ones are sure to.
    longer = stats.length_controlled_win_rate([1] * 20, [9] * 15 + [-1] * 5)
    equal = stats.length_controlled_win_rate([1] * 20, [9] * 15 + [0] * 5)
    assert rate.low > longer.low > equal.low == pytest.approx(0.025 ** (1 / 5), abs=1e-4)


def test_length_controlled_win_rate_far_from_equal_lengths_is_wide():
    rate = stats.length_controlled_win_rate([1, 0, 1, 0, 1, 0.5] * 3, [3, 4, 5] * 6)
    assert rate.low < 0.01 and rate.high > 0.99


def test_length_controlled_win_rate_where_lengths_are_equal():
    outcomes = [1, 1, 0, 0.5]
    assert stats.length_controlled_win_rate(outcomes, [0, 0, 0, 0]) == stats.win_rate(outcomes)


@pytest.mark.parametrize(
    ("outcomes", "difference"),
    [
        ([1, 0, 1, 1], [5, 5, 5, 5]),
        ([1, 1, 1, 1], [5, 4, 2, 1]),
        ([1, 1, 0, 0], [5, 4, -1, -2]),
        ([1, 0], [1, -1]),
        ([1, 0, 1, 0], [300, 301, 300, 301]),
        ([1], [3]),
        ([], []),
    ],
    ids=[
        "one difference",
        "all wins while longer",
        "separated",
        "two",
        "far to one side",
        "one",
        "none",
    ],
)
def test_length_controlled_win_rate_undetermined_is_nan(outcomes, difference):
    rate = stats.length_controlled_win_rate(outcomes, difference)
    assert all(math.isnan(x) for x in (rate.mean, rate.standard_error, rate.low, rate.high, rate.p_value))
    assert rate.n == len(outcomes)


@pytest.mark.parametrize(("outcomes", "difference"), [([1, 0], [1]), ([2, 0], [1, 2]), ([1, 0], [1, np.nan])])
def test_length_controlled_win_rate_refuses(outcomes, difference):
    with pytest.raises(ValueError, match="allowed"):
        stats.length_controlled_win_rate(outcomes, difference)


@pytest.mark.parametrize("groups", [None, ["a", "a", "b", "b", "c", "c"]])
def test_pairwise_accuracy(groups):
    chosen, rejected = [3, 2, 5, 1, 4, 4], [1, 2, 4, 2, 3, -np.inf]
    estimate = stats.pairwise_accuracy(chosen, rejected, groups)
    assert estimate.value == pytest.approx(4.5 / 6)
    assert estimate.n == 6
    assert estimate.low < estimate.value < estimate.high
    swapped = stats.pairwise_accuracy(rejected, chosen, groups)
    assert swapped.value == pytest.approx(1 - estimate.value, abs=1e-15)
    assert swapped.low == pytest.approx(1 - estimate.high)
    assert swapped.high == pytest.approx(1 - estimate.low)


@pytest.mark.parametrize("groups", [None, [0, 0, 1, 1, 2, 3, 3]])
def test_a_constant_scorer_is_exactly_half_right(groups):
    estimate = stats.pairwise_accuracy([0.1] * 7, [0.1] * 7, groups)
    assert estimate.value == 0.5
    assert estimate.low < 0.5 < estimate.high


def test_pairwise_accuracy_counts_groups_not_pairs():
    # 10 groups of 30 copies say as much as 10 pairs.
    right = np.repeat([1, 1, 1, 1, 1, 1, 1, 0, 0, 0], 30)
    groups = np.repeat(np.arange(10), 30)
    alone = stats.pairwise_accuracy(right, np.full(300, 0.5))
    together = stats.pairwise_accuracy(right, np.full(300, 0.5), groups)
    assert together.value == alone.value == 0.7
    assert together.high - together.low > 4 * (alone.high - alone.low)
    # All groups alike: no width from the bootstrap, so Wilson's over groups.
    perfect = stats.pairwise_accuracy(np.ones(300), np.zeros(300), groups)
    assert (perfect.value, perfect.low, perfect.n) == (1.0, stats.wilson(10, 10).low, 300)


def test_pairwise_accuracy_degenerate():
    assert math.isnan(stats.pairwise_accuracy([], []).value)
    one = stats.pairwise_accuracy([1, 2], [0, 3], ["a", "a"])
    assert one.value == 0.5 and math.isnan(one.low)
    with pytest.raises(ValueError, match="1 pairs have a score that is NaN"):
        stats.pairwise_accuracy([1, np.nan], [0, 0])
    with pytest.raises(ValueError, match="same number"):
        stats.pairwise_accuracy([1], [0, 0])


def test_coverage_of_pairwise_accuracy():
    covered = {None: 0, "groups": 0}
    runs, groups = 300, np.repeat(np.arange(40), 4)
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        right = rng.random(160) < rng.beta(6, 2, 40)[groups]  # accuracy 0.75, varying between groups
        estimate = stats.pairwise_accuracy(right, np.full(160, 0.5), groups, bootstrap=500)
        covered["groups"] += estimate.low <= 0.75 <= estimate.high
        estimate = stats.pairwise_accuracy(rng.random(160) < 0.75, np.full(160, 0.5))
        covered[None] += estimate.low <= 0.75 <= estimate.high
    assert 0.91 <= covered["groups"] / runs <= 0.985
    assert 0.92 <= covered[None] / runs <= 0.98


def test_calibration_error_by_hand():
    # Two bins: 0.2, 0.4, 0.5 with outcomes 0, 1, 0 (sum −0.1) and 0.9 with outcome 1 (0.1): 0.2/4.
    assert stats.calibration_error([0.2, 0.4, 0.5, 0.9], [0, 1, 0, 1], 2) == pytest.approx(0.05)
    assert stats.calibration_error([0.2, 0.4, 0.5, 0.9], [0, 1, 0, 1], 1) == pytest.approx(0.0)
    assert stats.calibration_error([0.0, 1.0], [0, 1], 10) == 0.0
    assert stats.calibration_error([0.0, 1.0], [1, 0], 10) == 1.0
    assert stats.calibration_error([0.5, 0.5], [0.5, 0.5], 10) == 0.0
    assert math.isnan(stats.calibration_error([], [], 10))


def test_calibration_error_of_calibrated_and_overconfident():
    rng = np.random.default_rng(0)
    p = rng.random(20_000)
    outcomes = rng.random(20_000) < p
    assert stats.calibration_error(p, outcomes, 10) < 0.02
    # Every probability pushed to 0 or 1: off by min(p, 1 − p), a quarter on average.
    assert stats.calibration_error(np.round(p), outcomes, 10) == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize(
    ("p", "y", "bins"), [([1.2], [1], 5), ([0.5], [0.3], 5), ([0.5], [1, 0], 5), ([0.5], [1], 0), ([np.nan], [1], 5)]
)
def test_calibration_error_refuses(p, y, bins):
    with pytest.raises(ValueError, match="allowed"):
        stats.calibration_error(p, y, bins)
