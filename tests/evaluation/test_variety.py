import math

import numpy as np
import pytest

from alignment.evaluation.variety import different, distinct_n, self_repetition


def test_distinct_by_hand() -> None:
    # pairs: the cat, cat sat | the cat, cat ran -> 3 different of 4; without either reply 2 of 2
    found = distinct_n(["the cat sat", "The cat ran"], 2)
    assert found.value == 0.75 and found.n == 2
    assert (found.low, found.high) == (0.75, 0.75)  # leaving out either gives 1: the jackknife sees no variation
    assert distinct_n(["one"], 2).value == 0.0 and distinct_n([], 1).value == 0.0


def test_the_interval_of_distinct_by_hand() -> None:
    # words: a b | a b | c d -> 4 of 6; without each: 4/4, 4/4, 2/4; sum of squares 1/6; sd² = 2/3 · 1/6 = 1/9
    found = distinct_n(["a b", "a b", "c d"], 1)
    assert found.value == pytest.approx(2 / 3)
    assert found.low == pytest.approx(2 / 3 - 1.959964 / 3, abs=1e-6) and found.high == 1.0


def test_different_by_hand() -> None:
    # without hi: 2, without either hey: 3, without yo: 2; mean 2.5; sum of squares 1; variance 3/4
    found = different(["hi", "hey", "hey", "yo"])
    assert found.value == 3 and found.n == 4
    assert found.high == pytest.approx(3 + 1.959964 * math.sqrt(0.75), abs=1e-5)
    assert found.low == pytest.approx(3 - 1.959964 * math.sqrt(0.75), abs=1e-5)
    assert different(["hi"] * 9).low == 1.0 and math.isnan(different([]).value)


def test_the_interval_of_different_covers() -> None:
    rng = np.random.default_rng(0)
    shares = 1 / np.arange(1, 101)
    shares /= shares.sum()
    draws = [rng.choice(100, size=80, p=shares).astype(str).tolist() for _ in range(300)]
    found = [different(one) for one in draws]
    truth = np.mean([one.value for one in found])
    assert np.mean([one.low <= truth <= one.high for one in found]) >= 0.95  # on the wide side, never narrow


def test_self_repetition_by_hand() -> None:
    assert self_repetition("a b c d a b c d") == pytest.approx(1 / 5)  # 5 runs of four, one said before
    assert self_repetition("hello there") == 0.0 and self_repetition("no run comes twice in here") == 0.0
