"""Several datasets as one: how many rows of each, drawn by hash, and general text replayed against forgetting.

Weights as shares of the rows (Raffel et al. 2020, T5, section 3.5.2); replay: a few per cent of earlier data keep what
a model knew (Scialom et al. 2022, Fine-tuned Language Models are Continual Learners).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignment.artifact import RECORD, read_jsonl
from alignment.artifact import load as load_artifact
from alignment.data.personal.redact import Redactor
from alignment.data.reading.messages import Message, Refusal, valid_text
from alignment.data.reading.records import parse_dialogue
from alignment.data.reading.sources import file_format, find, read
from alignment.data.reading.streams import Broken, Item, Reading, Record, decode, whole
from alignment.data.splits import unit_hash
from alignment.errors import UserError

Row = dict[str, Any]
REPLAY = "replay"  # the task of replayed rows
CONTINUE = "Continue this text:\n\n"
_SHORTEST = 12  # words of a plain text that can be continued


def quotas(weights: Sequence[float], total: int) -> list[int]:
    """`total` divided in proportion to the weights, by largest remainder; the sum is `total`."""
    exact = [weight / sum(weights) * total for weight in weights]
    found = [math.floor(share) for share in exact]
    order = sorted(range(len(exact)), key=lambda i: (found[i] - exact[i], i))
    for i in order[: total - sum(found)]:
        found[i] += 1
    return found


def draw(rows: Sequence[Row], count: int, seed: int, repeats: int) -> list[Row]:
    """`count` of the rows, by hash of their id; each once before any comes twice (id~2), at most `repeats` times.

    Fewer than `count` where the rows and their repeats are fewer. In the order of the rows, then of the repeats.
    """
    order = sorted(rows, key=lambda row: unit_hash(seed, "mixture", str(row["id"])))
    made: list[Row] = []
    for turn in range(1, repeats + 1):
        chosen = {row["id"] for row in order[: count - len(made)]}
        made += [row if turn == 1 else row | {"id": f"{row['id']}~{turn}"} for row in rows if row["id"] in chosen]
        if len(made) >= count:
            break
    return made


def labelled(rows: Sequence[Row], task: str) -> list[Row]:
    """Rows of one task: its name on each, and before ids and groups, which must be unique among all tasks."""
    keys = ("id", "dialogue", "group", "parent")
    return [row | {key: f"{task}/{row[key]}" for key in keys if key in row} | {"task": task} for row in rows]


def interleaved(parts: Sequence[Sequence[Row]]) -> list[Row]:
    """One row of each part in turn, so that the first n are a sample of all; the longer ones make up the end."""
    longest = max((len(part) for part in parts), default=0)
    return [part[i] for i in range(longest) for part in parts if i < len(part)]


@dataclass
class Replay:
    """General rows to train on and to watch, and how many records could not be used."""

    train: list[Row] = field(default_factory=list)
    validation: list[Row] = field(default_factory=list)
    refused: int = 0
    redacted: Counter[str] = field(default_factory=Counter)  # values, by type


def replay_files(name: str) -> list[Path]:
    """The files that `replay` reads."""
    folder = Path(name).expanduser()
    if (folder / RECORD).is_file():
        return [file for split in ("train", "validation") if (file := folder / f"{split}.jsonl").is_file()]
    return find([name], "mixture.replay").files


def replay(name: str, held_out: float, seed: int, redact: Sequence[str] = (), country: str = "US") -> Replay:
    """General text from an artifact's folder (its own splits hold) or from files (split by hash).

    In files, personal data of the types in `redact` becomes placeholders; an artifact's text is as it was prepared.

    Records are dialogues in any form `prepare` reads, of which the last reply is learned, or {"text": ...}: of a plain
    text the first third is the question and the rest the reply. A text file without questions gives its paragraphs.

    Raises:
        UserError: nothing there, or nothing that can be used.
    """
    folder = Path(name).expanduser()
    if (folder / RECORD).is_file():
        dataset = load_artifact(folder)
        if "train.jsonl" not in dataset.files:
            raise UserError(f"mixture.replay={name}: a {dataset.kind}", "a dataset, or files of general text")
        splits = {split: f"{split}.jsonl" for split in ("train", "validation")}
        rows = {
            split: [{"id": row["id"], "messages": row["messages"]} for row in read_jsonl(folder / file)]
            for split, file in splits.items()
            if file in dataset.files
        }
        return Replay(labelled(rows["train"], REPLAY), labelled(rows.get("validation", []), REPLAY))
    made = Replay()
    for row in _records(name, made, lambda: Redactor(country, redact)):
        split = made.validation if unit_hash(seed, REPLAY, row["id"]) < held_out else made.train
        split.append(row)
    if not made.train:
        raise UserError(
            f"mixture.replay={name}: no usable record, {made.refused} refused",
            'dialogues, questions with answers, or {"text": ...} of twelve words and more',
        )
    made.train, made.validation = labelled(made.train, REPLAY), labelled(made.validation, REPLAY)
    return made


def _records(name: str, counts: Replay, redactors: Callable[[], Redactor]) -> Iterator[Row]:
    sources = find([name], "mixture.replay")
    for number, file in enumerate(sources.files):
        for item in _items(file):
            place, redactor = f"{number}:{item.line}", redactors()
            try:
                if isinstance(item, Broken):
                    raise Refusal(item.reason)
                yield {"id": place, "messages": _messages(item.value, place, redactor)}
            except Refusal:
                counts.refused += 1
            counts.redacted.update(redactor.counts)


def _items(file: Path) -> Iterator[Item]:
    """The records of a file; the paragraphs of a text in which there are no questions with answers."""
    found = read(file) if file_format(file) not in (".txt", ".md") else list(read(file))
    if not isinstance(found, list) or any(isinstance(item, Record) for item in found):
        yield from found
        return
    text = decode(whole(file), Reading()).replace("\r\n", "\n")
    for part in re.finditer(r"[^\n]+(?:\n[^\n]+)*", text):
        yield Record(file=file, line=text.count("\n", 0, part.start()) + 1, value={"text": part.group()})


def _messages(record: Any, place: str, redactor: Redactor) -> list[Message]:
    if isinstance(record, dict) and isinstance(record.get("text"), str) and "messages" not in record:
        words = redactor.text(valid_text(record["text"], "text")).text.split()
        if len(words) < _SHORTEST:
            raise Refusal("text is shorter than twelve words")
        cut = len(words) // 3
        return [
            {"role": "user", "content": CONTINUE + " ".join(words[:cut])},
            {"role": "assistant", "content": " ".join(words[cut:])},
        ]
    messages = parse_dialogue(record, place, {}, {}).messages
    while messages and messages[-1]["role"] != "assistant":
        messages.pop()
    if len(messages) < 2 or messages[-2]["role"] != "user":
        raise Refusal("no question with a reply")
    return redactor.messages(messages)
