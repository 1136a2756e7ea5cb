"""Two passes over the dialogues: clean each into a scratch file; then, all known, decide duplicates and splits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from alignment.data.corpus import Corpus
from alignment.data.dialogues import Cleaner
from alignment.data.ledger import Ledger, shown_text
from alignment.data.records import Dialogue, Message
from alignment.data.turns import CountTokens, Turn, TurnRules, usable_turns


@dataclass(kw_only=True)
class Kept:
    """A dialogue that stays, with its split and the agent turns to learn from."""

    id: str
    agent: str
    intent: str
    split: str
    messages: list[Message]
    turns: list[Turn]
    skipped: list[tuple[int, str]]  # other agent turns: index, reason
    row_id: str = ""  # id of its one row; "" = <id>-<index of the turn>

    def name(self, index: int) -> str:
        """The id of the row that ends with message `index`."""
        return self.row_id or f"{self.id}-{index}"


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
    """Both passes: `clean`, then `decide`, then any number of times `kept`."""

    cleaner: Cleaner
    rules: TurnRules
    count_tokens: CountTokens | None
    ledger: Ledger
    store: Path  # the scratch file between the passes
    shares: Shares
    renamed: int = 0
    splits: list[str] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)
    _originals: list[str] = field(default_factory=list)
    _out: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.corpus = Corpus(near=bool(self.shares.near_threshold or self.shares.group_threshold))

    def clean(self, dialogues: Iterable[Dialogue], step: Callable[[], None]) -> None:
        """First pass: clean, redact, choose turns; what stays goes to the scratch file. `step` after each one."""
        with self.store.open("w", encoding="utf-8", newline="\n") as file:
            for dialogue in dialogues:
                identity = self.corpus.unique(dialogue.id)
                self.renamed += identity != dialogue.id
                row = self._clean(identity, dialogue)
                if row is not None:
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
                step()

    def _clean(self, identity: str, dialogue: Dialogue) -> list[object] | None:
        messages, fault = self.cleaner.dialogue(dialogue.messages)
        turns: list[Turn] = []
        skipped: list[tuple[int, str]] = []
        if not fault:
            turns, skipped = usable_turns(identity, messages, self.rules, self.count_tokens)
            fault = "" if turns else "no_usable_reply"
        if fault:
            why = {"turns": sorted({reason for _, reason in skipped})} if skipped else {}
            self.ledger.drop(identity, fault, shown_text(messages), place=dialogue.place, **why)
            return None
        copy_of = self.corpus.add(identity, dialogue.id, messages)
        self._originals.append(dialogue.id)
        if copy_of is not None and self.shares.drop_exact:
            self._out.add(len(self._originals) - 1)
            other = self.corpus.ids[copy_of]
            self.ledger.drop(identity, "duplicate_exact", shown_text(messages), place=dialogue.place, of=other)
            return None
        chosen = [(turn.index, turn.start) for turn in turns]
        return [len(self._originals) - 1, dialogue.agent, dialogue.intent, messages, chosen, skipped]

    def decide(self) -> None:
        """Near duplicates, groups and splits, and the check that no group crosses into training."""
        shares, corpus = self.shares, self.corpus
        threshold = min(filter(None, (shares.near_threshold, shares.group_threshold)), default=0.0)
        alike = corpus.alike(threshold) if threshold else []
        near = corpus.near_duplicates(alike, shares.near_threshold) if shares.near_threshold else {}
        groups = corpus.groups(alike)
        self.splits = corpus.splits(groups, shares.seed, shares.validation, shares.test)
        if near:
            self._drop_near(near)
        sizes: dict[int, int] = {}
        for index in range(len(self.splits)):
            if index not in self._out:
                root = groups.root(index)
                sizes[root] = sizes.get(root, 0) + 1
        self.figures = {
            "near": len(near),
            "groups": len(sizes),
            "largest_group": max(sizes.values(), default=0),
            "crossing": corpus.crossing(self.splits, threshold) if threshold else 0,
        }

    def _drop_near(self, near: dict[int, tuple[int, float]]) -> None:
        for row in self._stored():
            index, messages = row[0], row[3]
            if index in near:
                original, similarity = near[index]
                self.ledger.drop(
                    self.corpus.ids[index],
                    "duplicate_near",
                    shown_text(messages),
                    of=self.corpus.ids[original],
                    similarity=round(similarity, 3),
                )
        self._out |= set(near)

    def kept(self) -> Iterator[Kept]:
        """Second pass: the dialogues that stay, in the order in which they came."""
        for index, agent, intent, messages, chosen, skipped in self._stored():
            if index not in self._out:
                yield Kept(
                    id=self.corpus.ids[index],
                    agent=agent,
                    intent=intent,
                    split=self.splits[index],
                    messages=messages,
                    turns=[Turn(index=at, start=start) for at, start in chosen],
                    skipped=[(at, reason) for at, reason in skipped],
                )

    def split_by_id(self) -> dict[str, str]:
        """The split of every dialogue that reached the corpus, dropped copies too, by its id in the files."""
        found: dict[str, str] = {}
        for original, split in zip(self._originals, self.splits, strict=True):
            found.setdefault(original, split)
        return found

    def _stored(self) -> Iterator[list]:  # type: ignore[type-arg]
        with self.store.open(encoding="utf-8", newline="\n") as file:
            yield from map(json.loads, file)
