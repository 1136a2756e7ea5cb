"""Exact and near duplicates, and groups of dialogues too alike to stand in two splits.

Near means: the sets of five-character shingles of two texts have a Jaccard similarity of at least a threshold.
MinHash signatures (rensa) propose pairs (see `bands`); each is then decided by its exact similarity. rensa's own index
returns a bucket whole, which is quadratic on a corpus written from templates.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alignment.data.bands import SIGNATURE, Bands, Marks, Numbers
from alignment.data.groups import TRIES, Groups, join_alike
from alignment.data.reading.messages import Message

SHINGLE = 5  # characters
SEED = 20240229
_FOLD = re.compile(r"[\W_]+")
_ASCII_FOLD = bytes(n if chr(n).isalnum() else 32 for n in range(128)) + bytes(range(128, 256))
_NUMBER = re.compile(r"\d+")
_TABLE = 1 << 20
_PRIME = np.uint64(0x9E3779B97F4A7C15)


def folded(text: str) -> str:
    """Lower case, with every run of other than letters and digits as one blank."""
    if text.isascii():  # in a quarter of the time
        return b" ".join(text.lower().encode().translate(_ASCII_FOLD).split()).decode()
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


class Text(NamedTuple):
    """A text as the search needs it: its shingles hashed and sorted, its numbers hashed, its MinHash signature.

    shingles, digest: of 32-bit numbers, as bytes.
    """

    shingles: bytes
    numbers: int
    digest: bytes


def text_of(text: str) -> Text:
    """Fold and sign a text."""
    from rensa import RMinHash

    text = folded(text)
    minhash = RMinHash(SIGNATURE, SEED)
    minhash.update(list(shingles(text)))
    return Text(hash_shingles(text).tobytes(), hash_numbers(text), array("I", minhash.digest()).tobytes())


def hash_shingles(text: str) -> NDArray[np.uint32]:
    """The `shingles` of a text as sorted 32-bit hashes: two texts of 800 share one by mistake in 7,000 pairs."""
    letters = np.frombuffer(text.ljust(SHINGLE, "\0").encode("utf-32-le", "surrogatepass"), np.uint32)
    count = len(letters) - SHINGLE + 1
    key = np.zeros(count, np.uint64)
    for k in range(SHINGLE):
        key = (key + letters[k : k + count]) * _PRIME
        key ^= key >> np.uint64(31)
    found = (key >> np.uint64(32)).astype(np.uint32)
    found.sort()
    return found[np.append(True, found[1:] != found[:-1])]


class NearDuplicates:
    """Texts by number, in order of arrival. Memory a text: 4 bytes a character, 512 of signature, 16 more."""

    def __init__(self) -> None:
        self.numbers = array("Q")
        self._shingles = array("I")
        self._ends = array("Q", [0])  # where the shingles of each text end, after a 0
        self._digests = array("I")
        self._table = np.zeros(_TABLE, np.uint8)

    def __len__(self) -> int:
        return len(self.numbers)

    def add(self, text: Text) -> None:
        """Take in one text."""
        self._shingles.frombytes(text.shingles)
        self._ends.append(len(self._shingles))
        self.numbers.append(text.numbers)
        self._digests.frombytes(text.digest)

    def similarity(self, i: int, j: int) -> float:
        """Exact similarity of two texts."""
        a, b = self._row(i), self._row(j)
        both = np.concatenate((a, b))
        both.sort()
        shared = int(np.count_nonzero(both[1:] == both[:-1]))
        return shared / (len(a) + len(b) - shared)

    def at_most(self, i: int, others: Numbers) -> NDArray[np.float64]:
        """(m,) bounds above the similarities of a text with others: a shingle counts as shared if its 20 bits are."""
        own, every = self._row(i), np.frombuffer(self._shingles, np.uint32)
        rows = [every[self._ends[j] : self._ends[j + 1]] for j in others.tolist()]
        lengths = np.array([len(row) for row in rows])
        self._table[own % _TABLE] = 1
        hits = self._table[np.concatenate(rows) % _TABLE]
        self._table[own % _TABLE] = 0
        shared = np.add.reduceat(hits, np.append(0, lengths.cumsum()[:-1]), dtype=np.int64)
        shared = np.minimum(shared, len(own))
        found: NDArray[np.float64] = shared / (lengths + len(own) - shared)
        return found

    def group(self, threshold: float) -> Groups:
        """Texts alike by `threshold`, directly or over others, in one group."""
        groups = Groups(len(self))
        join_alike(groups, self, self._bands(threshold), threshold)
        return groups

    def copies(self, threshold: float) -> dict[int, tuple[int, float]]:
        """{text: (an earlier one that is no copy itself, similarity)}: alike by `threshold`, with the same numbers.

        Another price, date or zip code makes another dialogue, however alike the rest. In a bucket of many each text
        meets a bounded number of others, so that a copy may stay; none goes without the likeness being exact.
        """
        near: dict[int, tuple[int, float]] = {}
        tries = np.zeros(len(self), np.uint8)
        done = np.zeros(len(self), bool)

        def wanted(i: Numbers, j: Numbers, size: Numbers) -> Marks:
            return ~done[j] & (tries[j] < TRIES)

        bands = self._bands(threshold, apart=np.frombuffer(self.numbers, np.uint64))
        for a, b in self._proposed(bands, wanted):
            if done[b]:
                continue
            first = near[a][0] if a in near else a
            tries[b] += tries[b] < TRIES
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

    def crossing(self, marked: Marks, threshold: float) -> set[int]:
        """Unmarked texts alike by `threshold` to a marked one: a check with other bands than those of `group`.

        In a bucket of many each text meets a bounded number of others.
        """
        leaks: set[int] = set()
        tries = np.zeros(len(self), np.uint8)

        def wanted(i: Numbers, j: Numbers, size: Numbers) -> Marks:
            return (marked[i] != marked[j]) & (tries[np.where(marked[i], j, i)] < TRIES)

        for a, b in self._proposed(self._bands(threshold, shift=True), wanted):
            unmarked = b if marked[a] else a
            tries[unmarked] += tries[unmarked] < TRIES
            if unmarked not in leaks and self.similarity(a, b) >= threshold:
                leaks.add(unmarked)
        return leaks

    def _row(self, i: int) -> NDArray[np.uint32]:
        start, end = self._ends[i], self._ends[i + 1]
        return np.frombuffer(self._shingles, np.uint32, end - start, 4 * start)

    def _bands(self, threshold: float, shift: bool = False, apart: NDArray[np.uint64] | None = None) -> Bands:
        matrix = np.frombuffer(self._digests, np.uint32).reshape(len(self), SIGNATURE)
        return Bands(matrix, threshold, shift, apart)

    @staticmethod
    def _proposed(bands: Bands, wanted: Callable[..., Marks]) -> Iterator[tuple[int, int]]:
        """Pairs i < j that are likely alike; a pair may come more than once."""
        for number in range(len(bands.columns)):
            for i, j in bands.neighbours(*bands.sorted(number), wanted):
                yield from zip(i.tolist(), j.tolist(), strict=True)


def hash_numbers(text: str) -> int:
    """Equal for texts with the same numbers in the same order; 0 when there are none."""
    numbers = _NUMBER.findall(text)
    return int.from_bytes(blake2b(" ".join(numbers).encode(), digest_size=8).digest(), "big") if numbers else 0
