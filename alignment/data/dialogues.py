"""Dialogues read, cleaned and redacted one at a time: text steps, personal data, turns, whole-dialogue checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, TypeVar

from alignment.data import clean
from alignment.data.ledger import Ledger
from alignment.data.library import Framer
from alignment.data.personal.redact import Redactor
from alignment.data.reading.messages import Message, Refusal
from alignment.data.reading.sources import Sources, read_all
from alignment.data.reading.speakers import conversations
from alignment.data.reading.streams import Broken, Item, Reading

T = TypeVar("T")

# Why a whole dialogue is dropped; the last ones by the stage, which sees all dialogues.
DIALOGUE_REASONS = ("empty", "one_sided", "too_short", "too_long", "language", "no_usable_reply")
DIALOGUE_REASONS += ("duplicate_exact", "duplicate_near")
# What cleaning does to messages, as it is counted; "passed_over" are those of programs, and empty in the file.
CLEANED = ("repair", "markup", "whitespace", "quoted", "signatures", "boilerplate", "emptied", "merged", "passed_over")
LETTERS_TO_TELL = 40
ENOUGH_TO_TELL = 400  # characters


@dataclass(kw_only=True)
class CleanRules:
    """What to clean. `steps` in order; `types` of personal data to redact, `more` detectors of it.

    min_words, max_words: of a dialogue without its system message (max 0: any). languages: ISO codes of those that
    stay (none: all).
    """

    steps: Sequence[tuple[str, Callable[[str], str]]]
    merge: bool
    drop_empty: bool
    drop_one_sided: bool
    types: Sequence[str]
    keep: Sequence[str]
    country: str
    more: Callable[[str, str], list[tuple[int, int, str]]] | None = None
    min_words: int = 0
    max_words: int = 0
    languages: Sequence[str] = ()
    framer: Framer | None = None  # writes the system message


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


def language(messages: Sequence[Message]) -> str:
    """ISO code of the language that is spoken (py3langid); "" when there is too little text to tell."""
    text = " ".join(message["content"] for message in messages if message["role"] != "system")[:ENOUGH_TO_TELL]
    if sum(map(str.isalpha, text)) < LETTERS_TO_TELL:
        return ""
    import py3langid

    return str(py3langid.classify(text)[0])


@dataclass
class Cleaner:
    """Applies the rules and counts what they changed: `changed` messages by step, `redacted` values by type."""

    rules: CleanRules
    changed: Counter[str] = field(default_factory=Counter)
    redacted: Counter[str] = field(default_factory=Counter)

    def turns(self, messages: Sequence[Message]) -> list[Message]:
        """Messages cleaned and redacted, for one dialogue. System messages hold facts: their text is not touched."""
        if self.rules.framer is not None:
            messages = self.rules.framer.messages(list(messages))
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
        redactor = Redactor(self.rules.country, self.rules.types, self.rules.keep, self.rules.more)
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
        return kept, self._wrong(kept)

    def _wrong(self, messages: Sequence[Message]) -> str:
        """Why the dialogue as a whole is not wanted: its length or its language; "" when it is."""
        rules = self.rules
        words = sum(len(m["content"].split()) for m in messages if m["role"] != "system")
        if words < rules.min_words:
            return "too_short"
        if rules.max_words and words > rules.max_words:
            return "too_long"
        if rules.languages and language(messages) not in (*rules.languages, ""):
            return "language"
        return ""


def items(sources: Sources, reading: Reading, columns: Mapping[str, str]) -> Iterator[Item]:
    """Every record of the sources; tables with a row for each turn give one for each dialogue."""
    reading = replace(reading, columns=tuple(columns.values()))
    for _, of_file in groupby(read_all(sources, reading), key=lambda item: item.file):
        yield from conversations(of_file, columns)


def parsed(
    sources: Sources,
    parse: Callable[[Any, str, Mapping[str, str], Mapping[str, str]], T],
    columns: Mapping[str, str],
    roles: Mapping[str, str],
    ledger: Ledger,
    reading: Reading | None = None,
) -> Iterator[T]:
    """Every record of the sources as `parse` makes it; those it refuses go to the ledger."""
    for item in items(sources, reading or Reading(), columns):
        name = sources.name(item.file)
        if isinstance(item, Broken):
            ledger.refuse(item.file, name, item.line, item.reason)
            continue
        try:
            value = parse(item.value, f"{name}:{item.line}", columns, roles)
        except Refusal as refusal:
            ledger.refuse(item.file, name, item.line, str(refusal))
            continue
        ledger.rows_in += 1
        yield value
