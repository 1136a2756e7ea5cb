"""All dialogues together: names made unique, duplicates, groups that must not be parted, splits."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from alignment.data.duplicates import NearDuplicates, Text
from alignment.data.groups import Groups
from alignment.data.splits import split_groups, split_of


@dataclass
class Corpus:
    """An index of the dialogues that passed cleaning; their messages stay on disk."""

    ids: list[str] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)  # exact_key of each
    _again: Counter[str] = field(default_factory=Counter)
    _names: dict[str, int] = field(default_factory=dict)  # names given -> the dialogue, -1 when it was dropped
    given: dict[str, int] = field(default_factory=dict)  # group that a file gives -> the first dialogue of it
    _first: dict[bytes, int] = field(default_factory=dict)  # exact_key -> first dialogue with it
    _same: list[tuple[int, int]] = field(default_factory=list)  # must share a split
    _texts: NearDuplicates = field(default_factory=NearDuplicates)
    _members: array[int] = field(default_factory=lambda: array("I"))  # the dialogue of each text

    def unique(self, identity: str) -> str:
        """`identity`, or with ~2, ~3, ... when an earlier dialogue has it."""
        name = identity
        while name in self._names:
            self._again[identity] += 1
            name = f"{identity}~{self._again[identity] + 1}"
        self._names[name] = -1
        return name

    def add(self, identity: str, original: str, key: bytes, text: Text | None, group: str = "") -> int | None:
        """Take in a dialogue; the number of an earlier one that is the same, or None.

        original: its id in the file. key: its `exact_key`. text: for near duplicates; None = it has none. group: of
        dialogues that must share a split; "" = none.
        """
        index = len(self.ids)
        self.ids.append(identity)
        self.keys.append(key)
        if self._names.get(original, -1) < 0:
            self._names[original] = index
        elif original != identity:
            self._same.append((self._names[original], index))
        if group and (other := self.given.setdefault(group, index)) != index:
            self._same.append((other, index))
        first = self._first.setdefault(key, index)
        if first != index:
            self._same.append((first, index))
            return first
        if text is not None:
            self._texts.add(text)
            self._members.append(index)
        return None

    def near_duplicates(self, threshold: float) -> dict[int, tuple[int, float]]:
        """{dialogue: (an earlier one that stays, similarity)}: alike by `threshold`, and with the same numbers."""
        at = self._members
        return {at[i]: (at[first], s) for i, (first, s) in self._texts.copies(threshold).items()}

    def groups(self, threshold: float) -> Groups:
        """Dialogues that share an id or a text, or are alike by `threshold` (0: off), as one group each.

        Marked: dialogues that have not met all that may be alike to them (see `alignment.data.groups`).
        """
        groups = Groups(len(self.ids))
        for i, j in self._same:
            groups.join(i, j)
        if threshold:
            near = self._texts.group(threshold)
            for i, root in enumerate(near.roots().tolist()):
                if root != i:
                    groups.join(self._members[root], self._members[i])
            groups.marked[np.array(self._members)] = near.marked
        return groups

    def crossing(self, splits: list[str], threshold: float) -> int:
        """Held-out dialogues alike by `threshold` to one in training: a check with other bands than `groups`."""
        training = np.array([splits[i] == "train" for i in self._members], bool)
        return len(self._texts.crossing(training, threshold))

    def splits(self, groups: Groups, seed: int, validation: float, test: float) -> list[str]:
        """The split of each dialogue, by the smallest text hash of its group: stable when others are added.

        In training stay a group with a marked dialogue, so that nothing held out is alike to it without being known,
        and one larger than all that its held-out split should hold: dialogues of one template are no test.
        """
        found = groups.roots()
        roots, training = found.tolist(), set(found[groups.marked].tolist())
        most = max(1.0, max(validation, test) * len(roots))
        training |= {root for root, size in Counter(roots).items() if size > most}
        smallest: dict[int, bytes] = {}
        for root, key in zip(roots, self.keys, strict=True):
            smallest[root] = min(smallest.get(root, key), key)
        free = {root: key.hex() for root, key in smallest.items() if root not in training}
        chosen = split_groups(free.values(), seed, validation, test, keep=0 if training else 1)
        by_root = dict.fromkeys(training, "train") | {root: chosen[key] for root, key in free.items()}
        return [by_root[root] for root in roots]


@dataclass(kw_only=True)
class SplitLookup:
    """The split of a dialogue by its id in the files, for pairs; by hash of the id where it is in no transcript."""

    known: dict[str, str]
    seed: int
    validation: float
    test: float

    def __call__(self, dialogue: str) -> str:
        found = self.known.get(dialogue)
        return found or split_of(f"id {dialogue}", self.seed, self.validation, self.test)
