"""All dialogues together: names made unique, duplicates, groups that must not be parted, splits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from alignment.data.duplicates import Groups, NearDuplicates, exact_key
from alignment.data.ledger import shown_text
from alignment.data.records import Message
from alignment.data.splits import split_groups, split_of


@dataclass
class Corpus:
    """An index of the dialogues that passed cleaning; their text stays on disk.

    near: whether near duplicates can be asked for (it keeps a signature for each dialogue).
    """

    near: bool
    ids: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)  # exact_key of each
    _seen: Counter[str] = field(default_factory=Counter)
    _first: dict[str, int] = field(default_factory=dict)  # exact_key -> first dialogue with it
    _names: dict[str, int] = field(default_factory=dict)  # the id in the file -> first dialogue that had it
    _same: list[tuple[int, int]] = field(default_factory=list)  # must share a split
    _texts: NearDuplicates = field(default_factory=NearDuplicates)

    def unique(self, identity: str) -> str:
        """`identity`, or with ~2, ~3, ... when an earlier dialogue has it."""
        name = identity
        while name in self._seen:
            self._seen[identity] += 1
            name = f"{identity}~{self._seen[identity]}"
        self._seen[name] = 1
        return name

    def add(self, identity: str, original: str, messages: list[Message]) -> int | None:
        """Take in a dialogue; the number of an earlier one that is the same, or None. original: id in the file."""
        index = len(self.ids)
        key = exact_key(messages)
        self.ids.append(identity)
        self.keys.append(key)
        first = self._first.setdefault(key, index)
        namesake = self._names.setdefault(original, index)
        if namesake != index:
            self._same.append((namesake, index))
        if self.near:
            self._texts.add(shown_text(messages) if first == index else "")
        if first == index:
            return None
        self._same.append((first, index))
        return first

    def alike(self, threshold: float) -> list[tuple[int, int, float]]:
        """(i, j, similarity) of dialogues, i before j, alike by `threshold`; exact copies left out."""
        pairs = self._texts.pairs(threshold)
        return [(i, j, s) for i, j, s in pairs if not (self._is_copy(i) or self._is_copy(j))]

    def near_duplicates(self, alike: list[tuple[int, int, float]], threshold: float) -> dict[int, tuple[int, float]]:
        """{dialogue: (an earlier one that stays, similarity)}: alike by `threshold`, and with the same numbers.

        Another price, date or zip code makes another dialogue, however alike the rest.
        """
        numbers = self._texts.numbers
        found: dict[int, tuple[int, float]] = {}
        for i, j, similarity in alike:
            if j in found or similarity < threshold or numbers[i] != numbers[j]:
                continue
            if i in found:
                i = found[i][0]
                similarity = self._texts.similarity(i, j)
            if similarity >= threshold:
                found[j] = (i, similarity)
        return found

    def groups(self, alike: list[tuple[int, int, float]]) -> Groups:
        """Dialogues that share an id or a text, or are alike, as one group each."""
        groups = Groups(len(self.ids))
        for i, j in self._same:
            groups.join(i, j)
        for i, j, _ in alike:
            groups.join(i, j)
        return groups

    def crossing(self, splits: list[str], threshold: float) -> int:
        """Held-out dialogues alike by `threshold` to one in training: a check with other bands than `groups`."""
        leaks = set()
        for i, j, _ in self._texts.pairs(threshold, shift=True):
            if not (self._is_copy(i) or self._is_copy(j)) and (splits[i] == "train") != (splits[j] == "train"):
                leaks.add(j if splits[i] == "train" else i)
        return len(leaks)

    def splits(self, groups: Groups, seed: int, validation: float, test: float) -> list[str]:
        """The split of each dialogue, by the smallest text hash of its group: stable when others are added."""
        smallest: dict[int, str] = {}
        for i, key in enumerate(self.keys):
            root = groups.root(i)
            smallest[root] = min(smallest.get(root, key), key)
        chosen = split_groups(smallest.values(), seed, validation, test)
        return [chosen[smallest[groups.root(i)]] for i in range(len(self.ids))]

    def _is_copy(self, i: int) -> bool:
        return self._first[self.keys[i]] != i


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
