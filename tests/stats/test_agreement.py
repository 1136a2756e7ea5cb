"""Agreement coefficients against published figures, against their definitions, and by simulation."""

import math
import time

import numpy as np
import pytest

from alignment import stats
from alignment.stats import alpha

NAN = float("nan")
LEVELS = ("nominal", "ordinal", "interval", "ratio")

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", example C: four observers, twelve units.
FOUR_RATERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
    [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
]
# Fleiss (1971) as worked in the literature: ten subjects, fourteen raters, five categories.
TEN_SUBJECTS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
YES_NO_A = [1] * 20 + [1] * 5 + [0] * 10 + [0] * 15
YES_NO_B = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15


def is_undefined(estimate):
    return math.isnan(estimate.value) and math.isnan(estimate.low) and math.isnan(estimate.high)


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_of_krippendorffs_four_raters(level, published):
    estimate = stats.krippendorff_alpha(FOUR_RATERS, level)
    assert estimate.value == pytest.approx(published, abs=5e-4)
    assert math.isnan(estimate.low) and math.isnan(estimate.high)
    assert estimate.n == 11  # the twelfth unit was rated once


def alpha_by_definition(table, level):
    """All pairs, one by one."""
    units = [column[~np.isnan(column)] for column in np.asarray(table, float).T]
    units = [unit for unit in units if len(unit) > 1]
    ratings = np.concatenate(units)
    values, counts = np.unique(ratings, return_counts=True)

    def delta(a, b):
        if a == b:
            return 0.0
        if level == "nominal":
            return 1.0
        if level == "interval":
            return (a - b) ** 2
        if level == "ratio":
            return ((a - b) / (a + b)) ** 2
        between = (values >= min(a, b)) & (values <= max(a, b))
        return (counts[between].sum() - (counts[values == a][0] + counts[values == b][0]) / 2) ** 2

    within = sum(sum(delta(a, b) for a in unit for b in unit) / (len(unit) - 1) for unit in units)
    everywhere = sum(delta(a, b) for a in ratings for b in ratings)
    return 1 - (len(ratings) - 1) * within / everywhere


@pytest.mark.parametrize(
    ("kind", "level"),
    [(kind, level) for kind in ("scale", "wide", "narrow", "zeros") for level in LEVELS] + [("many", "ratio")],
)
def test_alpha_is_its_definition(kind, level):
    rng = np.random.default_rng(3)
    shape = (260, 2) if kind == "many" else (4, 9)
    table = {
        "scale": lambda: rng.integers(1, 6, shape).astype(float),
        "wide": lambda: rng.lognormal(0, 6, shape),  # over about twelve orders of magnitude
        "narrow": lambda: 1000 + rng.random(shape) * 1e-3,
        "zeros": lambda: rng.integers(0, 3, shape) * 0.7,
        "many": lambda: rng.random(shape) + np.array([0.0, 1.0]),  # large units take another path
    }[kind]()
    if kind != "many":
        table[rng.random(shape) < 0.2] = NAN
    expected = alpha_by_definition(table, level)
    assert stats.krippendorff_alpha(table, level).value == pytest.approx(expected, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_of_perfect_agreement_is_one(level):
    table = np.tile([0.1, 0.2, 0.3, 0.3], (3, 1))
    estimate = stats.krippendorff_alpha(table, level, bootstrap=50)
    assert estimate.value == 1.0


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "table",
    [
        [[1, 2, 3]],
        [[0.1, 0.1], [0.1, 0.1]],
        [[1, NAN], [NAN, 2]],
        [[NAN, NAN], [NAN, NAN]],
        np.zeros((2, 0)),
        [],
        [[1, 2, 3], [2, NAN, NAN]],  # the formula gives 0 for one unit, whatever the ratings
    ],
    ids=["one rater", "no variation", "nothing rated twice", "nothing", "no units", "empty", "one unit"],
)
def test_alpha_without_information_is_nan(level, table):
    assert is_undefined(stats.krippendorff_alpha(table, level, bootstrap=20))


@pytest.mark.parametrize(
    ("table", "level", "message"),
    [
        ([1, 2, 3], "nominal", "2 axes"),
        ([[1, 2], [1, 2]], "Ordinal", "nominal, ordinal"),
        ([[1, 2], [-1, 2]], "ratio", "at least 0"),
        ([[1, np.inf], [1, 2]], "interval", "finite"),
        ([["a", "b"], ["a", "b"]], "nominal", "numbers"),
    ],
)
def test_alpha_refuses(table, level, message):
    with pytest.raises(ValueError, match=message):
        stats.krippendorff_alpha(table, level)


def test_alpha_of_a_hundred_thousand_units():
    rng = np.random.default_rng(0)
    table = 10 + rng.normal(size=100_000) + rng.normal(size=(5, 100_000)) / 2
    start = time.process_time()
    values = {level: stats.krippendorff_alpha(table, level).value for level in LEVELS}
    assert time.process_time() - start < 20
    # One shared part of variance 1, one own part of variance 1/4: the intraclass correlation is 0.8.
    assert values["interval"] == pytest.approx(0.8, abs=0.01)
    assert values["ratio"] == pytest.approx(0.8, abs=0.02)
    assert values["ordinal"] == pytest.approx(0.79, abs=0.02)


def test_fleiss_kappa_of_ten_subjects():
    estimate = stats.fleiss_kappa(TEN_SUBJECTS)
    assert estimate.value == pytest.approx(0.210, abs=5e-4)
    assert estimate.n == 10


def test_fleiss_kappa_by_hand():
    # P = (1 + 0)/2, shares 3/4 and 1/4: chance 5/8, kappa = (4/8 − 5/8)/(3/8).
    assert stats.fleiss_kappa([[2, 0], [1, 1]]).value == pytest.approx(-1 / 3)


@pytest.mark.parametrize("counts", [[[1, 0], [0, 1]], [[3, 0], [3, 0]], np.zeros((0, 3)), [[0, 0]], [[2, 1]]])
def test_fleiss_kappa_without_information_is_nan(counts):
    assert is_undefined(stats.fleiss_kappa(counts, bootstrap=20))


@pytest.mark.parametrize("counts", [[[2, 1], [1, 1]], [[-1, 3], [1, 1]], [[0.5, 1.5]], [1, 2], [[NAN, 1]]])
def test_fleiss_kappa_refuses(counts):
    with pytest.raises(ValueError, match="allowed"):
        stats.fleiss_kappa(counts)


def test_cohen_kappa_of_20_5_10_15():
    assert stats.cohen_kappa(YES_NO_A, YES_NO_B).value == pytest.approx(0.400, abs=1e-12)
    words = np.array(["no", "yes"])
    assert stats.cohen_kappa(words[YES_NO_A], list(words[YES_NO_B])).value == pytest.approx(0.400)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_cohen_kappa_is_scikit_learns(weights):
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(1)
    a = rng.integers(0, 6, 300)
    b = np.clip(a + rng.integers(-2, 3, 300), 0, 5)
    expected = metrics.cohen_kappa_score(a, b, weights=weights)
    assert stats.cohen_kappa(a, b, weights).value == pytest.approx(expected, abs=1e-12)


def test_cohen_kappa_with_an_unused_step_of_the_scale():
    a, b = [1, 2, 4], [1, 2, 2]
    # Distances on 1..4: observed 2/3, by chance (0+1+1 + 1+0+0 + 3+2+2)/9 = 10/9.
    assert stats.cohen_kappa(a, b, "linear", categories=[1, 2, 3, 4]).value == pytest.approx(0.4)
    # Without the scale, 4 is one step from 2: observed 1/3, by chance (0+1+1 + 1+0+0 + 2+1+1)/9 = 7/9.
    assert stats.cohen_kappa(a, b, "linear").value == pytest.approx(4 / 7)
    # Squared: observed 4/3, by chance (0+1+1 + 1+0+0 + 9+4+4)/9 = 20/9.
    assert stats.cohen_kappa(a, b, "quadratic", categories=[1, 2, 3, 4]).value == pytest.approx(0.4)


def test_cohen_kappa_without_information_is_nan():
    assert is_undefined(stats.cohen_kappa([1, 1, 1], [1, 1, 1], bootstrap=20))
    assert is_undefined(stats.cohen_kappa([], []))
    assert is_undefined(stats.cohen_kappa([1], [2]))
    assert stats.cohen_kappa([0, 0, 0], [1, 1, 1]).value == 0.0


@pytest.mark.parametrize(
    ("a", "b", "options"),
    [
        ([1, 2], [1], {}),
        ([1, NAN], [1, 2], {}),
        (["x", None], ["x", "y"], {}),
        ([1, 2], ["x", "y"], {}),
        ([1, 2], [1, 2], {"weights": "cubic"}),
        ([1, 2], [1, 3], {"categories": [1, 2]}),
        ([[1, 2]], [[1, 2]], {}),
    ],
)
def test_cohen_kappa_refuses(a, b, options):
    with pytest.raises(ValueError, match="allowed"):
        stats.cohen_kappa(a, b, **options)


def test_an_interval_repeats_with_its_seed_and_contains_the_value():
    for one, other in [
        (lambda s: stats.krippendorff_alpha(FOUR_RATERS, "ordinal", bootstrap=200, seed=s),) * 2,
        (lambda s: stats.fleiss_kappa(TEN_SUBJECTS, bootstrap=200, seed=s),) * 2,
        (lambda s: stats.cohen_kappa(YES_NO_A, YES_NO_B, bootstrap=200, seed=s),) * 2,
    ]:
        assert one(3) == other(3)
        assert one(3).low != other(4).low
        assert one(3).low < one(3).value < one(3).high


def ratings(rng, units, raters=3):
    """Ratings 1 to 5 that share a part and each have an own part."""
    return np.clip(np.round(3 + rng.normal(size=units) + 0.7 * rng.normal(size=(raters, units))), 1, 5)


def counts(table):
    return np.stack([(table == value).sum(axis=0) for value in range(1, 6)], axis=1)


COEFFICIENTS = {
    **{
        level: lambda table, level=level, **options: stats.krippendorff_alpha(table, level, **options)
        for level in LEVELS
    },
    "fleiss": lambda table, **options: stats.fleiss_kappa(counts(table), **options),
    "cohen": lambda table, **options: stats.cohen_kappa(table[0], table[1], **options),
    "cohen quadratic": lambda table, **options: stats.cohen_kappa(table[0], table[1], "quadratic", **options),
}


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_coverage_of_the_interval(name):
    truth = COEFFICIENTS[name](ratings(np.random.default_rng(999), 100_000)).value
    runs = 200
    covered = 0
    for seed in range(runs):
        estimate = COEFFICIENTS[name](ratings(np.random.default_rng(seed), 60), bootstrap=250, seed=seed)
        covered += estimate.low <= truth <= estimate.high
    # 95 % nominal; 200 runs have a standard error of 1.5 points.
    assert 0.90 <= covered / runs <= 0.99


def test_zscore_by_rater():
    scores = [1, 3, 10, 10, 40, 5, 0.1, 0.1, 0.1, NAN]
    raters = ["a", "a", "b", "b", "b", "once", "flat", "flat", "flat", "a"]
    z = stats.zscore_by_rater(scores, raters)
    root = math.sqrt(0.5)  # b: mean 20, population variance 200, so −10/√200, −10/√200, 20/√200
    assert z[:5] == pytest.approx([-1, 1, -root, -root, 2 * root])
    assert np.isnan(z[5:]).all()


def test_zscore_of_scores_whose_squares_leave_the_range():
    z = stats.zscore_by_rater([1e200, 3e200, -1e-200, 1e-200], ["a", "a", "b", "b"])
    assert z == pytest.approx([-1, 1, -1, 1])


def test_zscore_by_rater_refuses():
    with pytest.raises(ValueError, match="same number"):
        stats.zscore_by_rater([1, 2], [1])
    with pytest.raises(ValueError, match="missing"):
        stats.zscore_by_rater([1, 2], [1, None])
    assert stats.zscore_by_rater([], []).shape == (0,)


@pytest.mark.parametrize("level", LEVELS)
def test_a_resample_is_the_table_with_its_units_repeated(level):
    rng = np.random.default_rng(4)
    table = rng.integers(1, 6, (3, 8)) * 0.7
    table[0, 2] = NAN
    drawn = np.array([3, 0, 1, 2, 0, 1, 1, 0])
    form = {"nominal": alpha.nominal, "ordinal": alpha.ordinal, "interval": alpha.interval, "ratio": alpha.ratio}
    observed, expected = form[level](alpha.pairable(table))(drawn[None, :].astype(float))
    n = sum(k * np.count_nonzero(~np.isnan(unit)) for k, unit in zip(drawn, table.T, strict=True))
    repeated = alpha_by_definition(np.repeat(table, drawn, axis=1), level)
    assert 1 - (n - 1) * observed[0] / expected[0] == pytest.approx(repeated, abs=1e-9)
