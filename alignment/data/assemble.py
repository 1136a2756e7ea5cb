"""Two passes over the dialogues: clean each into a scratch file; then, all known, decide duplicates and splits."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from alignment.data.corpus import Corpus
from alignment.data.ledger import Ledger
from alignment.data.refine import Clean, Dropped, Refined, Refused, shown_row


@dataclass(kw_only=True)
class Shares:
    """How dialogues are de-duplicated and divided. Thresholds: similarity, 0 = off."""

    drop_exact: bool
    near_threshold: float
    group_threshold: float
    validation: float
    test: float
    seed: int


@dataclass(kw_only=True)
class Assembly:
    """Both passes: `take`, then `decide`, then any number of times `kept`."""

    ledger: Ledger
    store: Path  # the scratch file between the passes
    shares: Shares
    corpus: Corpus = field(default_factory=Corpus)
    changed: Counter[str] = field(default_factory=Counter)  # messages, by cleaning step
    redacted: Counter[str] = field(default_factory=Counter)  # values, by type
    sources: Counter[str] = field(default_factory=Counter)  # dialogues that stay, by file
    renamed: int = 0
    splits: list[str] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)
    _originals: list[str] = field(default_factory=list)
    _stored: array[int] = field(default_factory=lambda: array("I"))  # dialogues in the scratch file, in order
    _out: set[int] = field(default_factory=set)

    def take(self, refined: Iterable[Refined], step: Callable[[int], None]) -> None:
        """First pass: count what was refused and dropped; what stays goes to the scratch file."""
        with self.store.open("w", encoding="utf-8", newline="\n") as file:
            for part in refined:
                self.changed.update(part.changed)
                self.redacted.update(part.redacted)
                for one in part.outcomes:
                    if isinstance(one, Refused):
                        self.ledger.refuse(Path(one.file), one.name, one.line, one.reason)
                        continue
                    self.ledger.rows_in += 1
                    if self._stays(one):
                        file.write(one.source + "\t" + one.row + "\n")
                step(len(part.outcomes))

    def _stays(self, one: Dropped | Clean) -> bool:
        identity = self.corpus.unique(one.id)
        self.renamed += identity != one.id
        if isinstance(one, Dropped):
            why = {"turns": one.turns} if one.turns else {}
            self.ledger.drop(identity, one.reason, one.text, place=one.place, **why)
            return False
        copy_of = self.corpus.add(identity, one.id, one.key, one.text, one.group)
        self._originals.append(one.id)
        if copy_of is not None and self.shares.drop_exact:
            self._out.add(len(self._originals) - 1)
            other = self.corpus.ids[copy_of]
            self.ledger.drop(identity, "duplicate_exact", shown_row(one.row), place=one.place, of=other)
            return False
        self._stored.append(len(self._originals) - 1)
        return True

    def decide(self) -> None:
        """Near duplicates, groups and splits, and the check that no group crosses into training."""
        shares, corpus = self.shares, self.corpus
        threshold = min(filter(None, (shares.near_threshold, shares.group_threshold)), default=0.0)
        near = corpus.near_duplicates(shares.near_threshold) if shares.near_threshold else {}
        groups = corpus.groups(threshold)
        self.splits = corpus.splits(groups, shares.seed, shares.validation, shares.test)
        if near:
            self._drop_near(near)
        roots = groups.roots().tolist()
        sizes = Counter(root for index, root in enumerate(roots) if index not in self._out)
        self.figures = {
            "near": len(near),
            "groups": len(sizes),
            "largest_group": max(sizes.values(), default=0),
            "unsettled": int(groups.marked.sum()),
            "crossing": corpus.crossing(self.splits, threshold) if threshold else 0,
        }

    def _drop_near(self, near: dict[int, tuple[int, float]]) -> None:
        for index, _, row in self._read():
            if index in near:
                original, similarity = near[index]
                other = self.corpus.ids[original]
                self.ledger.drop(
                    self.corpus.ids[index], "duplicate_near", shown_row(row), of=other, similarity=round(similarity, 3)
                )
        self._out |= set(near)

    def kept(self) -> Iterator[tuple[str, str, str]]:
        """Second pass: (id, split, row) of the dialogues that stay, in the order in which they came."""
        self.sources.clear()
        for index, source, row in self._read():
            if index not in self._out:
                self.sources[source] += 1
                yield self.corpus.ids[index], self.splits[index], row

    def some(self, most: int) -> list[str]:
        """The rows of at most so many of the dialogues that stay, spread over all."""
        every = -(-(len(self._stored) or 1) // most)
        return [row for _, _, row in islice(self.kept(), 0, None, every)]

    def split_by_id(self) -> dict[str, str]:
        """The split of every dialogue that reached the corpus, dropped copies too, by its id or group in the files."""
        found: dict[str, str] = {}
        for original, split in zip(self._originals, self.splits, strict=True):
            found.setdefault(original, split)
        return {group: self.splits[index] for group, index in self.corpus.given.items()} | found

    def _read(self) -> Iterator[tuple[int, str, str]]:
        with self.store.open(encoding="utf-8", newline="\n") as file:
            for index, line in zip(self._stored, file, strict=True):
                source, _, row = line.partition("\t")
                yield index, source, row
