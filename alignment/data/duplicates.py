"""Exact and near duplicates, and groups of dialogues too alike to stand in two splits.

Near means: the sets of five-character shingles of two texts have a Jaccard similarity of at least a threshold.
MinHash signatures (rensa) cut into bands propose pairs (Broder 1997; Leskovec et al., Mining of Massive Datasets,
ch. 3); each is then decided by its exact similarity. rensa's own index returns a bucket whole, which is quadratic on
a corpus written from templates; here each text meets a bounded number of others.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alignment.data.records import Message

SHINGLE = 5  # characters
SIGNATURE = 128  # hash functions
NEIGHBOURS = 24  # a text is compared with so many others of a bucket, and exactly with so many in all
MARGIN = 0.12  # an estimated similarity this far (three standard errors) below the threshold ends a pair
SEED = 20240229
_FOLD = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d+")
Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


def folded(text: str) -> str:
    """Lower case, with every run of other than letters and digits as one blank."""
    return _FOLD.sub(" ", text.lower()).strip()


def exact_key(messages: Sequence[Message]) -> bytes:
    """Equal for dialogues of the same roles and texts, but for case and white space. 16 bytes."""
    parts = [f"{m['role']}\x1e{' '.join(m['content'].lower().split())}" for m in messages]
    return blake2b("\x1f".join(parts).encode(), digest_size=16).digest()


def shingles(text: str) -> set[str]:
    """The text's windows of five characters (the whole text when it is shorter)."""
    return {text[i : i + SHINGLE] for i in range(max(1, len(text) - SHINGLE + 1))}


def jaccard(a: set[str], b: set[str]) -> float:
    """|a and b| / |a or b|."""
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared)


def band_rows(threshold: float) -> int:
    """Rows a band: the most that still propose 99 % of the pairs at the threshold, 1 - (1 - t^r)^(n/r) >= 0.99."""
    fitting = [r for r in (1, 2, 4, 8, 16) if 1 - (1 - threshold**r) ** (SIGNATURE // r) >= 0.99]
    return max(fitting, default=1)


class Groups:
    """Union-find over 0 ... n-1; the root of a group is its smallest member."""

    def __init__(self, n: int) -> None:
        self.parent = np.arange(n)

    def root(self, i: int) -> int:
        """The smallest member of i's group."""
        parent = self.parent
        while (above := int(parent[i])) != i:
            parent[i] = parent[above]
            i = above
        return i

    def join(self, i: int, j: int) -> None:
        """Make the groups of i and j one."""
        a, b = sorted((self.root(i), self.root(j)))
        self.parent[b] = a

    def roots(self) -> NDArray[np.int64]:
        """The root of every member."""
        while not np.array_equal(above := self.parent[self.parent], self.parent):
            self.parent = above
        return self.parent


class Text(NamedTuple):
    """A text as the search needs it: folded, its numbers hashed, its MinHash signature as bytes."""

    folded: str
    numbers: int
    digest: bytes


def text_of(text: str) -> Text:
    """Fold and sign a text."""
    from rensa import RMinHash

    text = folded(text)
    minhash = RMinHash(SIGNATURE, SEED)
    minhash.update(list(shingles(text)))
    return Text(text, hash_numbers(text), array("I", minhash.digest()).tobytes())


class NearDuplicates:
    """Texts by number, in order of arrival. Memory a text: itself, 512 bytes of signature, 8 for its numbers."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.numbers = array("Q")
        self._digests = array("I")

    def add(self, text: Text) -> None:
        """Take in one text."""
        self.texts.append(text.folded)
        self.numbers.append(text.numbers)
        self._digests.frombytes(text.digest)

    def similarity(self, i: int, j: int) -> float:
        """Exact similarity of two texts."""
        return jaccard(shingles(self.texts[i]), shingles(self.texts[j]))

    def group(self, threshold: float) -> Groups:
        """Texts alike by `threshold`, directly or over others, in one group."""
        groups = Groups(len(self.texts))
        tries = np.zeros(len(self.texts), np.uint8)
        for i, j in self._proposed(threshold):
            roots = groups.roots()
            open_ = (roots[i] != roots[j]) & (tries[j] < NEIGHBOURS)
            for a, b in _listed(i[open_], j[open_]):
                if groups.root(a) != groups.root(b):
                    tries[b] += tries[b] < NEIGHBOURS
                    if self.similarity(a, b) >= threshold:
                        groups.join(a, b)
        return groups

    def copies(self, threshold: float) -> dict[int, tuple[int, float]]:
        """{text: (an earlier one that is no copy itself, similarity)}: alike by `threshold`, with the same numbers.

        Another price, date or zip code makes another dialogue, however alike the rest.
        """
        near: dict[int, tuple[int, float]] = {}
        tries = np.zeros(len(self.texts), np.uint8)
        done = np.zeros(len(self.texts), bool)
        for i, j in self._proposed(threshold, same_numbers=True):
            open_ = ~done[j] & (tries[j] < NEIGHBOURS)
            for a, b in _listed(i[open_], j[open_]):
                first = near[a][0] if a in near else a
                tries[b] += tries[b] < NEIGHBOURS
                if (similarity := self.similarity(first, b)) >= threshold:
                    near[b] = first, similarity
                    done[b] = True
        found: dict[int, tuple[int, float]] = {}
        for b in sorted(near):
            first, similarity = near[b]
            if first in found:  # seen as a copy only after b had been compared with it
                first = found[first][0]
                similarity = self.similarity(first, b)
            if similarity >= threshold:
                found[b] = first, similarity
        return found

    def crossing(self, marked: NDArray[np.bool_], threshold: float) -> set[int]:
        """Unmarked texts alike by `threshold` to a marked one: a check with other bands than those of `group`."""
        leaks: set[int] = set()
        for i, j in self._proposed(threshold, shift=True):
            open_ = marked[i] != marked[j]
            for a, b in _listed(i[open_], j[open_]):
                unmarked = b if marked[a] else a
                if unmarked not in leaks and self.similarity(a, b) >= threshold:
                    leaks.add(unmarked)
        return leaks

    def _proposed(self, threshold: float, same_numbers: bool = False, shift: bool = False) -> Iterator[Pairs]:
        """Pairs i < j that share a band and are likely alike, some at a time; a pair may come more than once.

        shift: other bands, which miss other pairs.
        """
        n, rows = len(self.texts), band_rows(threshold)
        matrix = np.frombuffer(self._digests, np.uint32).reshape(n, SIGNATURE)
        columns = np.random.default_rng(1).permutation(SIGNATURE) if shift else np.arange(SIGNATURE)
        start = np.frombuffer(self.numbers, np.uint64) if same_numbers else np.zeros(n, np.uint64)
        for at in range(0, SIGNATURE, rows):
            for i, j in _bucket_pairs(start, matrix[:, columns[at : at + rows]]):
                likely = (matrix[i] == matrix[j]).mean(axis=1) >= threshold - MARGIN
                yield i[likely], j[likely]


def hash_numbers(text: str) -> int:
    """Equal for texts with the same numbers in the same order; 0 when there are none."""
    numbers = _NUMBER.findall(text)
    return int.from_bytes(blake2b(" ".join(numbers).encode(), digest_size=8).digest(), "big") if numbers else 0


def _listed(i: NDArray[np.int64], j: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    return zip(i.tolist(), j.tolist(), strict=True)


def _bucket_pairs(start: NDArray[np.uint64], band: NDArray[np.uint32]) -> Iterator[Pairs]:
    """Pairs i < j of equal rows of `band` (n, rows) and equal `start` (n,), at most 100,000 at a time."""
    key = start.copy()
    for column in band.T:
        key = (key ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    order = np.argsort(key, kind="stable").astype(np.int64)
    key = key[order]
    for distance in range(1, min(NEIGHBOURS, len(key) - 1) + 1):
        low = np.flatnonzero(key[distance:] == key[:-distance])
        if not len(low):
            return
        for at in range(0, len(low), 100_000):
            part = low[at : at + 100_000]
            yield order[part], order[part + distance]
