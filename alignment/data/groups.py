"""Groups of texts alike directly or over others, so that no paraphrase stands on the other side of a split.

Every pair that shares a bucket of any band (see `bands`) is decided, but for pairs that are in one group already.
Small buckets are compared whole. A big one, as a template of a thousand dialogues makes, is first thinned by its
neighbours; then each text of it meets all of the other groups, by estimate first and exactly where that allows it.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from alignment.data.bands import NEIGHBOURS, Bands, Marks, Numbers, bucket_starts

EFFORT = 10_000  # estimates a text on average in big buckets; what is left then is marked
EXACT = 20  # an exact comparison costs as much as so many estimates,
READ = 16  # and an estimate as much as to look so many others up
TRIES = 24  # exact comparisons of a text with neighbours in a big bucket, before it meets all
FIRST, REST = 64, 4096  # others compared at a time: the likest may make the rest needless


class Groups:
    """Union-find over 0 ... n-1; the root of a group is its smallest member.

    marked: texts that have not met all that may be alike to them (see `join_alike`).
    """

    def __init__(self, n: int) -> None:
        self.parent = np.arange(n)
        self.marked = np.zeros(n, bool)

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

    def roots_of(self, members: NDArray[np.integer]) -> Numbers:
        """The root of each of the members."""
        found = self.parent[members]
        while not np.array_equal(above := self.parent[found], found):
            found = above
        return found

    def roots(self) -> Numbers:
        """The root of every member."""
        self.parent = self.roots_of(np.arange(len(self.parent)))
        return self.parent


class Texts(Protocol):
    """What decides a pair."""

    def similarity(self, i: int, j: int) -> float:
        """Exact similarity of two texts."""

    def at_most(self, i: int, others: Numbers) -> NDArray[np.float64]:
        """Bounds above the similarities of a text with others, quickly."""


def join_alike(groups: Groups, texts: Texts, bands: Bands, threshold: float) -> None:
    """Join texts that share a bucket and are alike by `threshold`.

    Where so many dialogues are of one template, and yet no two alike, that to compare them all would take more than
    EFFORT allows, those that did not meet all of their buckets are marked.
    """
    big = _join_neighbours(groups, texts, bands, threshold)
    roots = groups.roots()
    open_ = [members for members in big if (roots[members] != roots[members[0]]).any()]
    if open_:
        _Meeting(groups, texts, bands, threshold, open_).run()


def _join_neighbours(groups: Groups, texts: Texts, bands: Bands, threshold: float) -> list[NDArray[np.int32]]:
    """Compare small buckets whole and big ones in part; the members of the big ones."""
    big: list[NDArray[np.int32]] = []
    tries = np.zeros(len(groups.parent), np.uint8)

    def wanted(i: Numbers, j: Numbers, size: Numbers) -> Marks:
        small: Marks = size <= NEIGHBOURS + 1
        return (groups.parent[i] != groups.parent[j]) & (small | (tries[j] < TRIES))

    for number in range(len(bands.columns)):
        groups.roots()
        key, order = bands.sorted(number)
        starts = bucket_starts(key)
        stops = np.append(starts[1:], len(key))
        large = stops - starts > NEIGHBOURS + 1
        big += [order[start:stop] for start, stop in zip(starts[large], stops[large], strict=True)]
        for i, j in bands.neighbours(key, order, wanted):
            new = bands.first_shared(i, j) == number  # else the pair has been looked at, or its big bucket will be
            for a, b in zip(i[new].tolist(), j[new].tolist(), strict=True):
                if groups.root(a) != groups.root(b):
                    tries[b] += tries[b] < TRIES
                    if texts.similarity(a, b) >= threshold:
                        groups.join(a, b)
    return big


class _Meeting:
    """The texts of big buckets that hold several groups, each with all of the other groups.

    In each bucket those of the largest group may stay silent: the others come to them.
    """

    def __init__(
        self, groups: Groups, texts: Texts, bands: Bands, threshold: float, buckets: list[NDArray[np.int32]]
    ) -> None:
        self.groups, self.texts, self.bands, self.threshold = groups, texts, bands, threshold
        self.buckets = buckets
        n = len(groups.parent)
        self.done = np.zeros(n, bool)
        self.left = EFFORT * n
        self._seen = np.zeros(n, bool)

    def run(self) -> None:
        """Ask every text that has to be asked, in an order by chance; mark what the effort did not reach."""
        asking = self._asking()
        members = np.concatenate([bucket[asking[bucket]] for bucket in self.buckets])
        numbers = np.repeat(np.arange(len(self.buckets)), [asking[bucket].sum() for bucket in self.buckets])
        order = np.argsort(members, kind="stable")
        members, numbers = members[order], numbers[order]
        starts = bucket_starts(members)
        stops = np.append(starts[1:], len(members))
        for place in np.random.default_rng(1).permutation(len(starts)):
            if self.left <= 0:
                break
            self._ask(int(members[starts[place]]), numbers[starts[place] : stops[place]])
        missed = asking & ~self.done
        for bucket in self.buckets:
            if missed[bucket].any():
                self.groups.marked[bucket] = True
        self.groups.marked[self.done] = False

    def _asking(self) -> Marks:
        asking = np.zeros(len(self.groups.parent), bool)
        for bucket in self.buckets:
            roots = self.groups.parent[bucket]  # the roots, as `join_alike` has just called `roots`
            names, counts = np.unique(roots, return_counts=True)
            asking[bucket[roots != names[counts.argmax()]]] = True
        return asking

    def _ask(self, text: int, numbers: Numbers) -> None:
        for number in numbers:
            self._seen[self.buckets[number]] = True
            self.left -= len(self.buckets[number]) // READ
        others = np.flatnonzero(self._seen)
        self._seen[others] = False
        self.done[text] = True
        others = self._apart(text, others[~self.done[others]])
        self.left -= len(others)
        estimates = self.bands.estimates(np.array([text]), others)
        likely = estimates >= self.bands.least
        others = others[likely][np.argsort(-estimates[likely], kind="stable")]
        size = FIRST
        while len(others):
            self._compare(text, others[:size])
            others, size = self._apart(text, others[size:]), REST

    def _apart(self, text: int, others: Numbers) -> Numbers:
        return others[self.groups.roots_of(others) != self.groups.root(text)]

    def _compare(self, text: int, others: Numbers) -> None:
        if not len(others):
            return
        self.left -= EXACT * len(others)
        for other in others[self.texts.at_most(text, others) >= self.threshold].tolist():
            apart = self.groups.root(text) != self.groups.root(other)
            if apart and self.texts.similarity(text, other) >= self.threshold:
                self.groups.join(text, other)
