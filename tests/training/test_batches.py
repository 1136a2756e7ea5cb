"""Batches of like length: every row once an epoch, little padding, an order that (seed, epoch) alone decides."""

import random

from alignment.training.batches import LikeLength, pair_lengths, shortest_first

_draw = random.Random(5)
LENGTHS = [_draw.randint(10, 200) for _ in range(203)]


def padding(order: list[int], batch: int) -> float:
    """Share of a padded epoch that is padding."""
    groups = [order[i : i + batch] for i in range(0, len(order), batch)]
    full = sum(max(LENGTHS[i] for i in group) * len(group) for group in groups)
    return 1 - sum(LENGTHS) / full


def test_each_row_comes_once_and_batches_hold_rows_of_like_length() -> None:
    order = list(LikeLength(LENGTHS, 8, seed=1))
    assert sorted(order) == list(range(203)) and len(LikeLength(LENGTHS, 8, seed=1)) == 203
    assert padding(order, 8) < 0.1 < 0.3 < padding(list(range(203)), 8)


def test_the_order_hangs_on_seed_and_epoch_alone() -> None:
    first, again, other = (LikeLength(LENGTHS, 8, seed=seed) for seed in (1, 1, 2))
    assert list(first) == list(again) == list(first)
    assert list(first) != list(other)
    again.set_epoch(1)
    assert list(again) != list(first)


def test_batches_are_shuffled_not_sorted() -> None:
    order = list(LikeLength(LENGTHS, 8, seed=1))
    means = [sum(LENGTHS[i] for i in order[k : k + 8]) for k in range(0, 200, 8)]
    assert means != sorted(means) and means != sorted(means, reverse=True)


def test_the_short_batch_comes_last() -> None:
    assert sorted(LikeLength([5, 1, 3], 2, seed=0)) == [0, 1, 2]
    assert list(LikeLength([3, 1, 2], 4, seed=0)) == [1, 2, 0]  # one batch, sorted


def test_the_helpers() -> None:
    assert shortest_first("abc", [3, 1, 2]) == ["b", "c", "a"]
    assert pair_lengths([1, 4, 3, 2]) == [4, 3]
