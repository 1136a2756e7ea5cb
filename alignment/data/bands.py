"""MinHash signatures cut into bands: texts that agree in a band share a bucket, and are likely alike.

Broder 1997; Leskovec et al., Mining of Massive Datasets, chapter 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

SIGNATURE = 128  # hash functions
NEIGHBOURS = 24  # a text meets so many others of a bucket on either side; smaller buckets are compared whole
MARGIN = 0.12  # an estimated similarity this far (three standard errors) below the threshold ends a pair
CHUNK = 16_384  # pairs at a time
SMALL = 1024  # so many when their signatures are read, which then stay in the processor's cache

Numbers = NDArray[np.int64]
Marks = NDArray[np.bool_]
Pairs = tuple[Numbers, Numbers]
_BYTES = np.uint64(0x0101010101010101)
_ODD = np.uint64(0x9E3779B97F4A7C15)


def band_rows(threshold: float) -> int:
    """Rows a band: the most that still propose 99.9 % of the pairs at the threshold, 1 - (1 - t^r)^(n/r) >= 0.999."""
    fitting = [r for r in (1, 2, 4, 8, 16) if 1 - (1 - threshold**r) ** (SIGNATURE // r) >= 0.999]
    return max(fitting, default=1)


class Bands:
    """The bands of many signatures.

    Args:
        matrix: (n, SIGNATURE) signatures.
        threshold: the similarity that is searched for.
        shift: other bands, which miss other pairs.
        apart: (n,) texts of different values here never share a bucket.
    """

    def __init__(
        self,
        matrix: NDArray[np.uint32],
        threshold: float,
        shift: bool = False,
        apart: NDArray[np.uint64] | None = None,
    ) -> None:
        rows = band_rows(threshold)
        columns = np.random.default_rng(1).permutation(SIGNATURE) if shift else np.arange(SIGNATURE)
        self.matrix = matrix
        self.least = threshold - MARGIN
        self.columns = columns.reshape(-1, rows)  # (bands, rows)
        self._low = matrix.astype(np.uint8)  # enough to estimate by, and a quarter to read
        self._apart = apart

    def sorted(self, number: int) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        """(key, text) in the order of the buckets of a band; in a bucket, texts alike beyond it stand together."""
        count = len(self.columns)
        n = len(self.matrix)
        key = np.zeros(n, np.uint64) if self._apart is None else self._apart.copy()
        for column in self.columns[number]:
            key = _mixed(key, self.matrix[:, column])
        further = [self.matrix[:, self.columns[(number + k) % count][0]].astype(np.uint64) for k in (1, 2)]
        order = np.lexsort((further[0] << np.uint64(32) | further[1], key)).astype(np.int32)
        return key[order], order

    def neighbours(
        self, key: NDArray[np.uint64], order: NDArray[np.int32], wanted: Callable[..., Marks]
    ) -> Iterator[Pairs]:
        """Likely pairs i < j of a sorted band that stand at most NEIGHBOURS apart in a bucket, some at a time.

        wanted: (i, j, size of their bucket) -> which of these pairs to look at.
        """
        size = bucket_sizes(key)
        for distance in range(1, min(NEIGHBOURS, len(key) - 1) + 1):
            low = np.flatnonzero(key[distance:] == key[:-distance])
            if not len(low):
                return
            for at in range(0, len(low), CHUNK):
                part = low[at : at + CHUNK]
                a, b = order[part].astype(np.int64), order[part + distance].astype(np.int64)
                keep = wanted(np.minimum(a, b), np.maximum(a, b), size[part])
                i, j = np.minimum(a, b)[keep], np.maximum(a, b)[keep]
                likely = self.estimates(i, j) >= self.least
                yield i[likely], j[likely]

    def first_shared(self, i: Numbers, j: Numbers) -> Numbers:
        """The first band in which each pair agrees."""
        equal = self.matrix[i] == self.matrix[j]
        return equal[:, self.columns].all(axis=2).argmax(axis=1)

    def estimates(self, i: Numbers, j: Numbers) -> NDArray[np.float64]:
        """Estimated similarity of each pair: the share of the hash functions in which they agree. i: (m,) or (1,)."""
        found = np.empty(len(j))
        for at in range(0, len(j), SMALL):
            part = slice(at, at + SMALL)
            equal = self._low.take(j[part], axis=0) == self._low.take(i if len(i) == 1 else i[part], axis=0)
            lanes = np.einsum("ij->i", equal.view(np.uint64))  # a byte of it counts to 16
            found[part] = ((lanes * _BYTES) >> np.uint64(56)) / SIGNATURE
        return found


def bucket_sizes(key: NDArray[np.uint64]) -> Numbers:
    """(n,) the number of equal keys of each of the sorted keys."""
    starts = bucket_starts(key)
    sizes = np.diff(np.append(starts, len(key)))
    return np.repeat(sizes, sizes)


def bucket_starts(key: NDArray[np.uint64]) -> Numbers:
    """Where a new key begins among the sorted keys."""
    return np.flatnonzero(np.append(True, key[1:] != key[:-1]))


def _mixed(key: NDArray[np.uint64], column: NDArray[np.uint32]) -> NDArray[np.uint64]:
    key = (key ^ column) * _ODD
    return key ^ (key >> np.uint64(29))
