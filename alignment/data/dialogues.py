"""Dialogues read, cleaned and redacted one at a time: text steps, personal data, turns, whole-dialogue checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from alignment.data import clean
from alignment.data.ledger import Ledger
from alignment.data.records import Message, Refusal
from alignment.data.redact import Redactor
from alignment.data.sources import Broken, Sources, read

T = TypeVar("T")

# Why a whole dialogue is dropped; the last ones by the stage, which sees all dialogues.
DIALOGUE_REASONS = ("empty", "one_sided", "no_usable_reply", "duplicate_exact", "duplicate_near")


@dataclass(kw_only=True)
class CleanRules:
    """What to clean. `steps` in order; `types` of personal data to redact."""

    steps: Sequence[tuple[str, Callable[[str], str]]]
    merge: bool
    drop_empty: bool
    drop_one_sided: bool
    types: Sequence[str]
    keep: Sequence[str]
    country: str


def text_steps(
    *, repair: bool, markup: bool, whitespace: bool, quoted: bool, signatures: bool, boilerplate: Sequence[str]
) -> list[tuple[str, Callable[[str], str]]]:
    """The chosen steps with their names, in the order in which they are applied."""
    steps = [
        ("repair", repair, clean.repair),
        ("markup", markup, clean.markup),
        ("whitespace", whitespace, clean.whitespace),
        ("quoted", quoted, clean.quoted),
        ("signatures", signatures, clean.signature),
        ("boilerplate", bool(boilerplate), clean.boilerplate(boilerplate)),
    ]
    return [(name, step) for name, chosen, step in steps if chosen]


@dataclass
class Cleaner:
    """Applies the rules and counts what they changed: `changed` messages by step, `redacted` values by type."""

    rules: CleanRules
    changed: Counter[str] = field(default_factory=Counter)
    redacted: Counter[str] = field(default_factory=Counter)

    def turns(self, messages: Sequence[Message]) -> list[Message]:
        """Messages cleaned and redacted, for one dialogue. System messages hold facts: their text is not touched."""
        cleaned = [
            message
            if message["role"] == "system"
            else {
                "role": message["role"],
                "content": clean.clean_text(message["content"], self.rules.steps, self.changed),
            }
            for message in messages
        ]
        if not self.rules.types:
            return cleaned
        redactor = Redactor(self.rules.country, self.rules.types, self.rules.keep)
        redacted = redactor.messages(cleaned)
        self.redacted.update(redactor.counts)
        return redacted

    def dialogue(self, messages: Sequence[Message]) -> tuple[list[Message], str]:
        """Messages ready for training, and why the dialogue must be dropped ("" when it need not)."""
        turns = self.turns(messages)
        kept = clean.drop_empty(turns)
        self.changed["emptied"] += len(turns) - len(kept)
        if clean.is_empty(kept):
            return kept, "empty" if self.rules.drop_empty else ""
        if self.rules.drop_one_sided and clean.is_one_sided(kept):
            return kept, "one_sided"
        if self.rules.merge:
            merged = clean.merge_turns(kept)
            self.changed["merged"] += len(kept) - len(merged)
            kept = merged
        return kept, ""


def parsed(
    sources: Sources,
    parse: Callable[[Any, str, Mapping[str, str], Mapping[str, str]], T],
    columns: Mapping[str, str],
    roles: Mapping[str, str],
    ledger: Ledger,
) -> Iterator[T]:
    """Every record of the sources as `parse` makes it; those it refuses go to the ledger."""
    for file in sources.files:
        name = sources.name(file)
        for item in read(file):
            if isinstance(item, Broken):
                ledger.refuse(file, name, item.line, item.reason)
                continue
            try:
                value = parse(item.value, f"{name}:{item.line}", columns, roles)
            except Refusal as refusal:
                ledger.refuse(file, name, item.line, str(refusal))
                continue
            ledger.rows_in += 1
            yield value
