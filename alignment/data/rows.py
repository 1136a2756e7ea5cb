"""Training rows: one per agent turn, its messages up to that turn, written to the file of its split."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path
from typing import IO, Any, NamedTuple

from alignment.data.duplicates import folded
from alignment.data.kept import Kept
from alignment.data.ledger import Ledger
from alignment.data.reading.messages import Message
from alignment.data.splits import SPLITS, sample
from alignment.data.turns import system_length

BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)  # lower bounds of the histograms


@dataclass
class Fingerprint:
    """sha256 of a set of lines, whatever their order: the sum of their own hashes."""

    total: int = 0

    def add(self, digest: int) -> None:
        """Take in one line by its `line_digest`."""
        self.total = (self.total + digest) % (1 << 256)

    def hex(self) -> str:
        """The fingerprint so far."""
        return f"{self.total:064x}"


def line_digest(line: str) -> int:
    """sha256 of a line as a number."""
    return int.from_bytes(sha256(line.encode()).digest(), "big")


class Line(NamedTuple):
    """One row, as it will be written: `text` is its JSON, `digest` its `line_digest`.

    The rest is what the report and the check for leaks need to know of it; turn, question: see `Questions`.
    """

    id: str
    split: str
    text: str
    digest: int
    agent: str = ""
    intent: str = ""
    words: int = 0
    turns: int = 0
    turn: int = 0
    question: int = 0


@dataclass
class RowStats:
    """Distributions for the report: reply words and turns by bucket, and rows by agent and intent."""

    reply_words: Counter[int] = field(default_factory=Counter)
    turns: Counter[int] = field(default_factory=Counter)
    agents: Counter[str] = field(default_factory=Counter)
    agent_words: Counter[str] = field(default_factory=Counter)
    intents: Counter[str] = field(default_factory=Counter)

    def add(self, line: Line) -> None:
        """Count one row."""
        self.reply_words[bucket(line.words)] += 1
        self.turns[bucket(line.turns)] += 1
        self.agents[line.agent] += 1
        self.agent_words[line.agent] += line.words
        self.intents[line.intent] += 1


def bucket(value: int) -> int:
    """The largest lower bound that is not above `value`: a power of two, 1 to 512."""
    return min(1 << max(0, value.bit_length() - 1), BUCKETS[-1])


@dataclass
class Questions:
    """Folded questions and replies by split, to count what held-out rows share with training.

    `turn`: hash of the last question with its reply; `question`: of the system message with the last question.
    """

    turns: dict[str, array[int]] = field(default_factory=lambda: {name: array("Q") for name in SPLITS})
    questions: set[int] = field(default_factory=set)

    def add(self, line: Line) -> None:
        """Take in one row."""
        self.turns[line.split].append(line.turn)
        if line.split == "train":
            self.questions.add(line.question)

    def shared_turns(self) -> int:
        """Held-out rows whose question and reply also stand in training."""
        train = set(self.turns["train"])
        return sum(turn in train for name in SPLITS[1:] for turn in self.turns[name])

    def shared_prompts(self, prompts: Iterable[Sequence[Message]]) -> int:
        """Prompts whose system message and last question also stand in a training row."""
        return sum(short_hash(_system(p), p[-1]["content"]) in self.questions for p in prompts)


def _system(messages: Sequence[Message]) -> str:
    return "\n".join(message["content"] for message in messages[: system_length(messages)])


def short_hash(*texts: str) -> int:
    """64 bits, equal for texts that are the same but for case and punctuation."""
    return _hash_folded(*map(folded, texts))


def _hash_folded(*texts: str) -> int:
    joined = "\x1f".join(texts)
    return int.from_bytes(blake2b(joined.encode(), digest_size=8).digest(), "big")


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
                self.fingerprints[line.split].add(line.digest)
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
                file.write(encode(line) + "\n")
        chosen = sample(ids, self._limit, self._seed)
        with self._scratch.open(encoding="utf-8", newline="\n") as file:
            for stored in file:
                line = Line._make(json.loads(stored))
                if line.id in chosen:
                    yield line
                else:
                    self._ledger.drop_part(line.id, self._reason, "")


encode: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False).encode  # JSON as our files hold it


def turn_lines(dialogue: Kept) -> Iterator[Line]:
    """A row per agent turn: {"id", "dialogue", "agent"?, "messages"}; the last message is the reply.

    Each message is encoded and folded once, however many rows it stands in.
    """
    messages = dialogue.messages
    head = system_length(messages)
    parts = [f'{{"role": {encode(one["role"])}, "content": {encode(one["content"])}}}' for one in messages]
    folds = [folded(message["content"]) for message in messages]
    named = f'"agent": {encode(dialogue.agent)}, ' if dialogue.agent else ""
    start = f'"dialogue": {encode(dialogue.id)}, {named}"messages": ['
    system = folded(_system(messages))
    for turn in dialogue.turns:
        used = parts[:head] + parts[max(head, turn.start) : turn.index + 1]
        name = dialogue.name(turn.index)
        question = folds[turn.index - 1]
        text = f'{{"id": {encode(name)}, {start}{", ".join(used)}]}}'
        yield Line(
            id=name,
            split=dialogue.split,
            text=text,
            digest=line_digest(text),
            agent=dialogue.agent,
            intent=dialogue.intent,
            words=len(messages[turn.index]["content"].split()),
            turns=len(used) - head,
            turn=_hash_folded(question, folds[turn.index]),
            question=_hash_folded(system, question),
        )


def read_lines(path: Path) -> Iterator[Any]:
    """The JSON values of a file that `RowFiles` or the stage wrote, one at a time."""
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from map(json.loads, file)
