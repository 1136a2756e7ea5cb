"""Splits and samples by hash: the same seed and the same dialogue give the same answer on every machine and run."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

SPLITS = ("train", "validation", "test")


def unit_hash(seed: int, *parts: str) -> float:
    """A number in [0, 1) that depends on `seed` and `parts` alone."""
    digest = blake2b("\x1f".join((str(seed), *parts)).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / (1 << 53)


def split_of(key: str, seed: int, validation: float, test: float) -> str:
    """The split of a group of dialogues; `validation` and `test` are shares of all groups."""
    value = unit_hash(seed, "split", key)
    if value < test:
        return "test"
    return "validation" if value < test + validation else "train"


def split_groups(keys: Iterable[str], seed: int, validation: float, test: float, keep: int = 1) -> dict[str, str]:
    """The split of every group.

    Adding a group moves no other, with one exception: where chance leaves a split without any group (few
    dialogues), it takes the nearest one from training, as long as training keeps so many (`keep`).
    """
    unique = sorted(set(keys), key=lambda key: unit_hash(seed, "split", key))
    splits = {key: split_of(key, seed, validation, test) for key in unique}
    for name, share in (("test", test), ("validation", validation)):
        spare = [key for key in unique if splits[key] == "train"]
        if share > 0 and name not in splits.values() and len(spare) > keep:
            splits[spare[0]] = name
    return splits


def sample(keys: Iterable[str], limit: int, seed: int) -> set[str]:
    """At most `limit` of the keys (0 = all), by hash, so that each split keeps about its share."""
    unique = set(keys)
    if not limit or len(unique) <= limit:
        return unique
    return set(sorted(unique, key=lambda key: (unit_hash(seed, "sample", key), key))[:limit])
