"""Batches of rows of like length: what a batch holds beyond its rows' tokens is padding, and costs as much."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch.utils.data import Sampler

POOL = 16  # batches sorted together: more pad less, fewer mix the rows better


class LikeLength(Sampler[int]):
    """Row indices, drawn anew each epoch: shuffled, sorted by length within pools of batches, the batches shuffled.

    The order depends on (seed, epoch) alone, so that a killed training goes on with the rows it would have had.
    """

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        """lengths: tokens of each row. batch: rows an optimizer step, over all processes."""
        self.lengths = lengths
        self.batch = batch
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.seed + 7919 * self.epoch)
        order = torch.randperm(len(self.lengths), generator=generator).tolist()
        pool = POOL * self.batch
        ranked: list[int] = []
        for start in range(0, len(order), pool):
            ranked += sorted(order[start : start + pool], key=lambda i: self.lengths[i])
        batches = [ranked[start : start + self.batch] for start in range(0, len(ranked), self.batch)]
        short = batches.pop() if len(batches[-1]) < self.batch else []  # the batches stay whole when it comes last
        for place in torch.randperm(len(batches), generator=generator).tolist():
            yield from batches[place]
        yield from short


def shortest_first(rows: Sequence[Any], lengths: Sequence[int]) -> list[Any]:
    """The rows in the order of their lengths; of rows to evaluate on, where the order is free."""
    return [rows[i] for i in sorted(range(len(rows)), key=lambda i: lengths[i])]


def pair_lengths(sides: Sequence[int]) -> list[int]:
    """The longer side of each pair, from the lengths of (chosen, rejected, chosen, rejected, …)."""
    return [max(sides[i], sides[i + 1]) for i in range(0, len(sides), 2)]
