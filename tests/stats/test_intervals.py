"""Shares, means, paired differences, corrections: by hand and by simulation."""

import math
import subprocess
import sys

import numpy as np
import pytest

from alignment import stats
from alignment.stats import intervals
from alignment.stats.intervals import bootstrap_interval


def coverage(make, truth, runs):
    """Share of runs whose interval holds `truth`; run number and a generator go into `make`."""
    estimates = [make(np.random.default_rng(seed)) for seed in range(runs)]
    return np.mean([estimate.low <= truth <= estimate.high for estimate in estimates])


def test_estimate_is_value_low_high_n():
    estimate = stats.Estimate(0.5, 0.4, 0.6)
    assert (estimate.value, estimate.low, estimate.high, estimate.n) == (0.5, 0.4, 0.6, None)
    with pytest.raises(AttributeError):
        estimate.value = 1.0


def test_needs_no_torch():
    code = "import sys, alignment.stats; sys.exit(any(m in sys.modules for m in ('torch', 'gradio', 'hydra')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_wilson_by_hand():
    # 8 of 10, z² = 3.8415: centre (0.8 + 0.19207)/1.38415, half 1.96·√(0.016 + 0.0096037)/1.38415.
    estimate = stats.share([1] * 8 + [0] * 2)
    assert estimate.value == 0.8
    assert estimate.low == pytest.approx(0.490162, abs=1e-6)
    assert estimate.high == pytest.approx(0.943318, abs=1e-6)
    assert estimate.n == 10
    assert stats.wilson(8, 10) == estimate


def test_share_at_the_edges():
    none, every = stats.share([False] * 10), stats.share([True] * 10)
    assert (none.value, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(3.841459 / 13.841459)  # z²/(n + z²)
    assert (every.value, every.high) == (1.0, 1.0)
    assert every.low == pytest.approx(1 - none.high)
    empty = stats.share([])
    assert math.isnan(empty.value) and math.isnan(empty.low) and empty.n == 0


@pytest.mark.parametrize("chance", [0.05, 0.5, 0.9])
def test_coverage_of_share(chance):
    # Wilson's coverage at n = 30 oscillates between 92.5 % and 97.5 % with the chance.
    assert 0.92 <= coverage(lambda rng: stats.share(rng.random(30) < chance), chance, 1000) <= 0.985


@pytest.mark.parametrize("bad", [[0, 2], [0.3], [np.nan], [[0, 1]], ["x"], 1])
def test_share_refuses(bad):
    with pytest.raises(ValueError, match="allowed"):
        stats.share(bad)


def test_mean_weighs_values_and_resamples_groups():
    values, groups = [1.0, 1.0, 1.0, 0.0], ["a", "a", "a", "b"]
    estimate = stats.mean(values, groups)
    assert estimate.value == 0.75
    assert (estimate.low, estimate.high, estimate.n) == (0.0, 1.0, 4)
    repeated = np.repeat(np.random.default_rng(0).normal(size=40), 25)
    labels = np.repeat(np.arange(40), 25)
    alone, together = stats.mean(repeated), stats.mean(repeated, labels)
    assert alone.value == together.value
    # Copies carry no information: the honest interval is √25 times as long as the naive one.
    assert (together.high - together.low) / (alone.high - alone.low) == pytest.approx(5, rel=0.1)


def test_mean_of_many_is_the_normal_interval():
    values = np.random.default_rng(2).normal(3, 2, 2000)
    estimate = stats.mean(values, bootstrap=1000)
    half = 1.96 * values.std(ddof=1) / math.sqrt(2000)
    assert estimate.low == pytest.approx(values.mean() - half, abs=0.015)
    assert estimate.high == pytest.approx(values.mean() + half, abs=0.015)


def test_the_bootstrap_takes_out_its_bias():
    # The variance of a resample is short by (n − 1)/n on average, so the ends have to move up: more of the
    # resamples lie below `low` than above `high`.
    x = np.random.default_rng(3).normal(size=12)
    seen = []

    def variance(weights):
        centre = weights @ x / 12
        seen.append(weights @ x**2 / 12 - centre**2)
        return seen[-1]

    low, high = bootstrap_interval(variance, 12, 4000)
    resampled = seen[0]
    assert np.median(resampled) < x.var()
    assert np.mean(resampled < low) > 4 * np.mean(resampled > high)


def test_mean_degenerate():
    assert stats.mean([0.1, 0.1, 0.1]) == stats.Estimate(0.1, 0.1, 0.1, 3)
    one, empty, group = stats.mean([2.0]), stats.mean([]), stats.mean([1, 2], ["a", "a"])
    assert one.value == 2.0 and math.isnan(one.low) and math.isnan(one.high)
    assert math.isnan(empty.value) and empty.n == 0
    assert group.value == 1.5 and math.isnan(group.low)
    for bad, groups in [([1, np.nan], None), ([1, np.inf], None), ([1, 2], ["a"]), ([1, 2], ["a", None])]:
        with pytest.raises(ValueError, match="allowed"):
            stats.mean(bad, groups)
    with pytest.raises(ValueError, match="bootstrap"):
        stats.mean([1, 2], bootstrap=0)


@pytest.mark.parametrize("n", [6, 40])
def test_coverage_of_mean(n):
    assert 0.91 <= coverage(lambda rng: stats.mean(rng.normal(size=n), bootstrap=500), 0, 400) <= 0.98


def test_coverage_of_mean_with_groups():
    groups = np.repeat(np.arange(15), 4)

    def make(rng):
        return stats.mean(rng.normal(size=15)[groups] + rng.normal(size=60), groups, bootstrap=500)

    assert 0.91 <= coverage(make, 0, 400) <= 0.98


def test_paired_difference_of_shares_by_hand():
    # 3 pairs (1, 0), 1 pair (0, 1), N = 10: p = 4/12, q = 2/12, ± 1.96·√((6/12 − 4/144)/12).
    a = [1, 1, 1, 0, 1, 1, 1, 0, 0, 0]
    b = [0, 0, 0, 1, 1, 1, 1, 0, 0, 0]
    estimate = stats.paired_difference(a, b)
    half = 1.959964 * math.sqrt((0.5 - 4 / 144) / 12)
    assert estimate.value == pytest.approx(0.2)
    assert estimate.low == pytest.approx(1 / 6 - half, abs=1e-6)
    assert estimate.high == pytest.approx(1 / 6 + half, abs=1e-6)
    assert estimate.n == 10


def test_paired_difference_keeps_a_width_when_no_pair_differs():
    estimate = stats.paired_difference([1] * 50, [1] * 50)
    assert estimate.value == 0.0
    assert estimate.low == pytest.approx(-estimate.high)
    assert estimate.low < -0.03
    every = stats.paired_difference([True] * 20, [False] * 20)
    assert (every.value, every.high) == (1.0, 1.0)


def test_paired_difference_uses_the_pairing():
    prompt = np.random.default_rng(1).normal(0, 10, 50)
    better = prompt + 1 + np.random.default_rng(2).normal(0, 0.5, 50)
    estimate = stats.paired_difference(better, prompt)
    assert estimate == stats.mean(better - prompt)
    assert estimate.high - estimate.low < 0.4
    swapped = stats.paired_difference(prompt, better)
    assert swapped.value == pytest.approx(-estimate.value)
    assert swapped.low == pytest.approx(-estimate.high)
    with pytest.raises(ValueError, match="same number"):
        stats.paired_difference([1, 2], [1])


def test_coverage_of_paired_difference():
    def shares(rng):
        return stats.paired_difference(rng.random(40) < 0.8, rng.random(40) < 0.6)

    def graded(rng):
        shared = rng.random(40)
        own = rng.random((2, 40))
        return stats.paired_difference(shared + own[0] + 0.1, shared + own[1], bootstrap=500)

    assert 0.93 <= coverage(shares, 0.2, 1000) <= 0.975
    assert 0.91 <= coverage(graded, 0.1, 400) <= 0.98


def test_paired_test():
    # Differences in 6 pairs, all one way: 2/2^6. A pair alike does not count.
    assert stats.paired_test([1] * 6 + [0], [0] * 7) == pytest.approx(2 / 64)
    assert stats.paired_test([1, 0], [1, 0]) == 1.0
    assert math.isnan(stats.paired_test([], []))
    # Sizes 1, 2, 4 all positive: 2 of 8 sign patterns are as far out.
    assert stats.paired_test([1, 2, 4], [0, 0, 0]) == pytest.approx(0.25, abs=0.02)


def test_paired_test_keeps_its_level():
    p_values = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        p_values.append(stats.paired_test(rng.normal(size=20), rng.normal(size=20), resamples=300))
    assert np.mean(np.array(p_values) <= 0.05) <= 0.09
    assert 0.4 <= np.mean(p_values) <= 0.6


def test_holm_by_hand():
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, never falling.
    assert stats.holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert stats.holm([0.5, 0.9]).tolist() == [1.0, 1.0]
    assert stats.holm([0.03]).tolist() == [0.03]
    assert stats.holm([]).shape == (0,)
    for bad in ([0.1, np.nan], [1.2], [-0.1]):
        with pytest.raises(ValueError, match="0 to 1"):
            stats.holm(bad)


def test_holm_rejects_falsely_in_one_family_of_twenty():
    rng = np.random.default_rng(0)
    families = [bool((stats.holm(rng.random(10)) <= 0.05).any()) for _ in range(2000)]
    assert np.mean(families) == pytest.approx(0.05, abs=0.015)


def test_beta_posterior():
    posterior = stats.beta_posterior(3, 1)
    assert (posterior.a, posterior.b, posterior.n) == (4, 2, 4)
    assert posterior.value == pytest.approx(2 / 3)
    # Beta(4, 2) has the distribution function 5x⁴ − 4x⁵.
    for end, tail in ((posterior.low, 0.025), (posterior.high, 0.975)):
        assert 5 * end**4 - 4 * end**5 == pytest.approx(tail)
    assert posterior.probability_above(0.5) == pytest.approx(1 - (5 / 16 - 4 / 32))
    assert isinstance(posterior, stats.Estimate)
    nothing = stats.beta_posterior(0, 0)
    assert (nothing.value, nothing.low, nothing.high) == pytest.approx((0.5, 0.025, 0.975))
    for wins, losses in ((-1, 2), (1, np.nan), (np.inf, 1)):
        with pytest.raises(ValueError, match="at least 0"):
            stats.beta_posterior(wins, losses)
    for wins in ("3", [1, 2]):
        with pytest.raises(ValueError, match="two numbers"):
            stats.beta_posterior(wins, 1)


def test_coverage_of_beta_posterior():
    def make(rng):
        wins = rng.binomial(40, 0.3)
        return stats.beta_posterior(wins, 40 - wins)

    assert 0.92 <= coverage(make, 0.3, 1000) <= 0.98


def test_confidence_is_the_callers():
    narrow, wide = (stats.share([1] * 60 + [0] * 40, confidence=c) for c in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high
    with pytest.raises(ValueError, match="confidence"):
        stats.share([1], confidence=95)


def test_graded_pairs_that_never_differ_keep_a_width():
    alike = np.linspace(0, 1, 50)
    found = stats.paired_difference(alike, alike)
    assert found == stats.paired_difference([1] * 50, [1] * 50)
    beyond = stats.paired_difference(alike + 1, alike + 1)  # not shares: nothing bounds what was not seen
    assert (beyond.low, beyond.high) == (0.0, 0.0)


def test_a_mean_of_shares_that_are_all_alike_keeps_a_width():
    none = intervals.with_width(stats.mean([0.0] * 40), 40)
    assert none == stats.wilson(0, 40)
    half = intervals.with_width(stats.mean([50.0] * 40), 40, 100.0)
    assert half.value == 50 and half.low == pytest.approx(100 * stats.wilson(20, 40).low)
    varied = stats.mean([0.1, 0.4, 0.3])
    assert intervals.with_width(varied, 3) == varied
    assert math.isnan(intervals.with_width(stats.mean([1.0]), 1).low)


@pytest.mark.parametrize("values", [[0.2, "x"], [[0.2]], None])
def test_confidence_and_alpha_of_another_kind_are_told(values):
    with pytest.raises(ValueError, match="allowed"):
        stats.mean([1, 2], confidence="high")
    with pytest.raises(ValueError, match="allowed"):
        stats.mean(values)


def test_masked_entries_are_missing_and_not_what_lies_beneath():
    hidden = np.ma.masked_equal([[1, 9, 3, 2], [1, 2, 3, 9], [1, 2, 3, 2]], 9)
    shown = np.where(hidden.mask, np.nan, hidden.data)
    assert stats.krippendorff_alpha(hidden, "nominal").value == stats.krippendorff_alpha(shown, "nominal").value
    with pytest.raises(ValueError, match="NaN"):
        stats.win_rate(np.ma.masked_equal([1, 0, 9], 9))
    with pytest.raises(ValueError, match="missing"):
        stats.cohen_kappa(np.ma.masked_equal([1, 0, 9], 9), [1, 0, 1])


def test_groups_whose_numbers_are_large_stay_apart():
    groups = 2**60 + np.arange(6)
    values = [0.0, 1.0, 0.5, 0.2, 0.9, 0.1]
    assert stats.mean(values, groups) == stats.mean(values, groups - 2**60)
    pandas = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match="1 missing"):
        stats.mean([1, 2], pandas.Series(["a", pandas.NA], dtype="string"))
