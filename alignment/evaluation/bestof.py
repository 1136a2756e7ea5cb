"""Best-of-n: what picking the highest-rewarded of n SFT replies gives, against how far it moves from SFT.

The ceiling that a cheap search sets for any aligned policy, and a test of the reward: where the optimised reward goes
on rising with n while a held-out one, the contract or the facts fall, the reward is being gamed (Gao et al. 2022,
Scaling Laws for Reward Model Overoptimization).
"""

from collections.abc import Mapping, Sequence
from math import comb, log
from typing import Any

import numpy as np

from alignment import stats
from alignment.evaluation.pairing import Figure, as_figure
from alignment.stats.intervals import with_width


def kl(n: int) -> float:
    """KL of best-of-n to the policy sampled from, in nats: log n − (n − 1)/n (Hilton 2023; an upper bound)."""
    return log(n) - (n - 1) / n


def expected_best(order_by: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """(P,) mean of `values` at the reply that best-of-n by `order_by` picks, over all n-subsets of N replies a prompt.

    order_by, values: (P, N), N >= n. The unbiased estimator of Nakano et al. 2021 (WebGPT, appendix I): the reply of
    rank r from below (1 … N) is the best of a subset with chance C(r − 1, n − 1)/C(N, n). Replies of equal rank share
    their chances.
    """
    most = order_by.shape[1]
    chance = np.array([comb(rank, n - 1) for rank in range(most)], dtype=float) / comb(most, n)
    found = np.empty(len(order_by))
    for i, (key, own) in enumerate(zip(order_by, values, strict=True)):
        order = np.argsort(key, kind="stable")
        _, place = np.unique(key[order], return_inverse=True)
        shared = np.bincount(place, weights=chance) / np.bincount(place)
        found[i] = float(shared[place] @ own[order])
    return found


def curve(columns: Mapping[str, np.ndarray], sizes: Sequence[int], by: str = "reward") -> list[dict[str, Any]]:
    """A row for each n: {"n", "kl", <figure>: {value, low, high, n}, ...}, prompts resampled.

    columns: {figure: (P, N)}, among them `by`, the reward that picks.
    """

    def figure(values: np.ndarray, n: int) -> Figure:
        mean = stats.mean(expected_best(columns[by], values, n))
        bounded = values.min() >= 0 and values.max() <= 1
        return as_figure(with_width(mean, len(values)) if bounded else mean)

    return [{"n": n, "kl": kl(n)} | {name: figure(values, n) for name, values in columns.items()} for n in sizes]


def sizes(most: int) -> list[int]:
    """1, 2, 4, … and `most` itself."""
    powers = [2**i for i in range(most.bit_length()) if 2**i < most]
    return [*powers, most]
