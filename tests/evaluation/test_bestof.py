from itertools import combinations
from math import log

import numpy as np
import pytest

from alignment.evaluation.bestof import curve, expected_best, kl, sizes


def test_kl_by_hand() -> None:
    assert kl(1) == 0.0 and kl(2) == pytest.approx(log(2) - 0.5) and kl(16) == pytest.approx(1.8351, abs=1e-4)


def test_expected_best_is_the_mean_over_all_subsets() -> None:
    rng = np.random.default_rng(0)
    reward, voice = rng.normal(size=(1, 6)), rng.integers(2, size=(1, 6)).astype(float)
    for n in (1, 2, 4, 6):
        picked = [voice[0, max(chosen, key=lambda i: reward[0, i])] for chosen in combinations(range(6), n)]
        assert expected_best(reward, voice, n)[0] == pytest.approx(np.mean(picked))


def test_equal_rewards_share_their_chances() -> None:
    assert expected_best(np.zeros((1, 4)), np.array([[0.0, 0.0, 1.0, 1.0]]), 2)[0] == pytest.approx(0.5)


def test_the_curve_shows_a_gamed_reward() -> None:
    """The optimised reward loves length; the held-out one does not care: one rises with n, the other stays."""
    rng = np.random.default_rng(1)
    length, quality = rng.normal(size=(200, 16)), rng.normal(size=(200, 16))
    columns = {"reward": length, "reward_heldout": quality, "length": 20 + 5 * length}
    found = curve(columns, sizes(16))
    assert [row["n"] for row in found] == [1, 2, 4, 8, 16]
    first, last = found[0], found[-1]
    assert last["reward"]["low"] > first["reward"]["high"] and last["length"]["value"] > first["length"]["value"] + 5
    assert last["reward_heldout"]["low"] < first["reward_heldout"]["value"] < last["reward_heldout"]["high"]
    assert all(row["reward"]["n"] == 200 for row in found)


def test_sizes() -> None:
    assert sizes(1) == [1] and sizes(6) == [1, 2, 4, 6] and sizes(8) == [1, 2, 4, 8]
