"""Training rows: one per agent turn, its messages up to that turn, written to the file of its split."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path
from typing import IO, Any

from alignment.data.assemble import Kept
from alignment.data.duplicates import folded
from alignment.data.ledger import Ledger
from alignment.data.records import Message
from alignment.data.splits import SPLITS, sample
from alignment.data.turns import system_length

BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)  # lower bounds of the histograms


@dataclass
class Fingerprint:
    """sha256 of a set of lines, whatever their order: the sum of their own hashes."""

    total: int = 0

    def add(self, line: str) -> None:
        """Take in one line."""
        self.total = (self.total + int.from_bytes(sha256(line.encode()).digest(), "big")) % (1 << 256)

    def hex(self) -> str:
        """The fingerprint so far."""
        return f"{self.total:064x}"


@dataclass(kw_only=True)
class About:
    """What the report and the check for leaks need to know of a row."""

    agent: str = ""
    intent: str = ""
    system: str = ""
    question: str = ""
    reply: str = ""
    turns: int = 0


@dataclass
class RowStats:
    """Distributions for the report: reply words and turns by bucket, and rows by agent and intent."""

    reply_words: Counter[int] = field(default_factory=Counter)
    turns: Counter[int] = field(default_factory=Counter)
    agents: Counter[str] = field(default_factory=Counter)
    agent_words: Counter[str] = field(default_factory=Counter)
    intents: Counter[str] = field(default_factory=Counter)

    def add(self, about: About) -> None:
        """Count one row."""
        words = len(about.reply.split())
        self.reply_words[bucket(words)] += 1
        self.turns[bucket(about.turns)] += 1
        self.agents[about.agent] += 1
        self.agent_words[about.agent] += words
        self.intents[about.intent] += 1


def bucket(value: int) -> int:
    """The largest lower bound that is not above `value`."""
    return max((low for low in BUCKETS if low <= value), default=BUCKETS[0])


@dataclass
class Questions:
    """Folded questions and replies by split, to count what held-out rows share with training.

    `turn`: the last question with its reply; `question`: the system message with the last question.
    """

    turns: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in SPLITS})
    questions: set[int] = field(default_factory=set)

    def add(self, split: str, about: About) -> None:
        """Take in one row."""
        self.turns[split].append(_short_hash(about.question, about.reply))
        if split == "train":
            self.questions.add(_short_hash(about.system, about.question))

    def shared_turns(self) -> int:
        """Held-out rows whose question and reply also stand in training."""
        train = set(self.turns["train"])
        return sum(turn in train for name in SPLITS[1:] for turn in self.turns[name])

    def shared_prompts(self, prompts: Iterable[Sequence[Message]]) -> int:
        """Prompts whose system message and last question also stand in a training row."""
        return sum(_short_hash(_system(p), p[-1]["content"]) in self.questions for p in prompts)


def _system(messages: Sequence[Message]) -> str:
    return "\n".join(message["content"] for message in messages[: system_length(messages)])


def _short_hash(*texts: str) -> int:
    joined = "\x1f".join(folded(text) for text in texts)
    return int.from_bytes(blake2b(joined.encode(), digest_size=8).digest(), "big")


@dataclass(kw_only=True)
class Line:
    """One row, as it will be written: `text` is its JSON."""

    id: str
    split: str
    text: str
    about: About = field(default_factory=About)


class RowFiles:
    """Where rows go: `<folder>/<split>.jsonl` by split, or one file for all (pairs), at most `limit` in all.

    Rows beyond the limit, chosen by hash of their id, are listed in the ledger. With a limit the rows pass through
    a file in `scratch`.
    """

    def __init__(
        self, paths: dict[str, Path], scratch: Path, limit: int, seed: int, ledger: Ledger, reason: str = "limit"
    ) -> None:
        self.paths = paths
        self.fingerprints = {name: Fingerprint() for name in SPLITS}
        self.counts = dict.fromkeys(SPLITS, 0)
        self._scratch = scratch
        self._limit = limit
        self._seed = seed
        self._ledger = ledger
        self._reason = reason

    def write(self, lines: Iterable[Line], kept: Callable[[Line], None] = lambda line: None) -> None:
        """Write all rows; `kept` is called for each one that stays."""
        for path in self.paths.values():
            path.parent.mkdir(parents=True, exist_ok=True)
        if self._limit:
            lines = self._sampled(lines)
        files: dict[Path, IO[str]] = {
            path: path.open("w", encoding="utf-8", newline="\n") for path in self.paths.values()
        }
        try:
            for line in lines:
                files[self.paths[line.split]].write(line.text + "\n")
                self.fingerprints[line.split].add(line.text)
                self.counts[line.split] += 1
                kept(line)
        finally:
            for file in files.values():
                file.close()

    def _sampled(self, lines: Iterable[Line]) -> Iterator[Line]:
        ids: list[str] = []
        with self._scratch.open("w", encoding="utf-8", newline="\n") as file:
            for line in lines:
                ids.append(line.id)
                row = [line.id, line.split, line.text, vars(line.about)]
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        chosen = sample(ids, self._limit, self._seed)
        with self._scratch.open(encoding="utf-8", newline="\n") as file:
            for stored in file:
                identity, split, text, about = json.loads(stored)
                if identity in chosen:
                    yield Line(id=identity, split=split, text=text, about=About(**about))
                else:
                    self._ledger.drop_part(identity, self._reason, "")


def encode(value: Any) -> str:
    """JSON as our files hold it."""
    return json.dumps(value, ensure_ascii=False)


def turn_lines(dialogue: Kept) -> Iterator[Line]:
    """A row per agent turn: {"id", "dialogue", "agent"?, "messages"}; the last message is the reply.

    Each message is encoded once, however many rows it stands in.
    """
    messages = dialogue.messages
    head = system_length(messages)
    parts = [encode(message) for message in messages]
    named = f'"agent": {encode(dialogue.agent)}, ' if dialogue.agent else ""
    start = f'"dialogue": {encode(dialogue.id)}, {named}"messages": ['
    for turn in dialogue.turns:
        used = parts[:head] + parts[max(head, turn.start) : turn.index + 1]
        name = dialogue.name(turn.index)
        about = About(
            agent=dialogue.agent,
            intent=dialogue.intent,
            system=_system(messages),
            question=messages[turn.index - 1]["content"],
            reply=messages[turn.index]["content"],
            turns=len(used) - head,
        )
        text = f'{{"id": {encode(name)}, {start}{", ".join(used)}]}}'
        yield Line(id=name, split=dialogue.split, text=text, about=about)


def read_lines(path: Path) -> Iterator[Any]:
    """The JSON values of a file that `RowFiles` or the stage wrote, one at a time."""
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from map(json.loads, file)
