"""Which pairs of a prompt's candidates are worth a reviewer's time, and who rates which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from alignment.feedback.records import Item, Pair, digest


@dataclass(frozen=True)
class Selection:
    """Chosen pairs of one prompt, and what could not be paired.

    identical: pairs passed over because both texts are the same; empty: responses without a word.
    """

    pairs: tuple[Pair, ...]
    identical: int
    empty: int


def select_pairs(item: Item, count: int, seed: int) -> Selection:
    """Up to `count` pairs of different texts, using the responses as evenly as can be.

    Of responses with the same text (outer whitespace apart) the first by key stands for all. Among equally
    used responses the choice is by hash of (seed, prompt, responses): nothing depends on order.
    """
    by_text: dict[str, list[str]] = {}
    for response in sorted(item.responses, key=lambda one: one.key):
        by_text.setdefault(response.text.strip(), []).append(response.key)
    empty = len(by_text.pop("", []))
    identical = sum(len(keys) * (len(keys) - 1) // 2 for keys in by_text.values())
    left = [Pair(item.key, *pair) for pair in combinations(sorted(keys[0] for keys in by_text.values()), 2)]
    left.sort(key=lambda pair: digest(["pair", seed, pair.item, pair.first, pair.second]))
    used: Counter[str] = Counter()
    chosen: list[Pair] = []
    while left and len(chosen) < count:
        best = min(left, key=lambda pair: used[pair.first] + used[pair.second])
        left.remove(best)
        chosen.append(best)
        used.update((best.first, best.second))
    return Selection(tuple(chosen), identical, empty)


def select_raters(pair: Pair, reviewers: Sequence[str], count: int, seed: int) -> list[str]:
    """`count` of the reviewers for a pair, by hash: everyone gets an equal share on average."""
    ranked = sorted(reviewers, key=lambda name: digest(["rater", seed, name, pair.item, pair.first, pair.second]))
    chosen = set(ranked[:count])
    return [name for name in reviewers if name in chosen]
