"""What is done to one dialogue whatever the others are, in chunks, so that several processes can do it.

`clean` makes of records what becomes of them (refused, dropped, kept); `rows` makes of kept dialogues their training
rows. Both are pure: counts come back with the results.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from alignment.data.dialogues import Cleaner, CleanRules, language
from alignment.data.duplicates import Text, exact_key, text_of
from alignment.data.kept import Kept
from alignment.data.ledger import shown_text
from alignment.data.reading.messages import Refusal
from alignment.data.reading.records import parse_dialogue
from alignment.data.reading.streams import Broken, Item
from alignment.data.rows import encode, turn_lines
from alignment.data.turns import CountTokens, Turn, TurnRules, usable_turns


class Refused(NamedTuple):
    """A record that cannot be used."""

    file: str
    name: str
    line: int
    reason: str


class Dropped(NamedTuple):
    """A dialogue that cleaning left out. `turns`: why none of its replies is learned from."""

    id: str
    place: str
    source: str
    reason: str
    text: str
    turns: list[str]


class Clean(NamedTuple):
    """A dialogue that stays. `row`: agent, intent, messages, chosen and skipped turns, as JSON; `text`: see `near`.

    group: those of one group stand in one split; "" is none.
    """

    id: str
    place: str
    source: str
    key: bytes
    row: str
    text: Text | None
    group: str = ""


# The rows of a kept dialogue, each the values of a `Line`, and (id, reason, text) of its other agent turns. Plain
# tuples travel between processes in a tenth of the time.
Rendered = tuple[list[tuple[Any, ...]], list[tuple[str, str, str]]]


@dataclass(kw_only=True)
class Refined:
    """What became of a chunk: outcomes in order, messages changed by step, values redacted by type."""

    outcomes: list[Refused | Dropped | Clean]
    changed: Counter[str]
    redacted: Counter[str]


class Refiner:
    """Cleans dialogues and renders rows. near: make what the search for near duplicates needs."""

    def __init__(
        self,
        *,
        rules: CleanRules,
        turns: TurnRules,
        count_tokens: CountTokens | None,
        columns: Mapping[str, str],
        roles: Mapping[str, str],
        near: bool,
    ) -> None:
        self.rules, self.turn_rules, self.count_tokens = rules, turns, count_tokens
        self.columns, self.roles, self.near = columns, roles, near

    def clean(self, chunk: Sequence[tuple[str, Item]]) -> Refined:
        """chunk: (name of the source, record)."""
        cleaner = Cleaner(self.rules)
        outcomes = [self._one(cleaner, name, item) for name, item in chunk]
        return Refined(outcomes=outcomes, changed=cleaner.changed, redacted=cleaner.redacted)

    def _one(self, cleaner: Cleaner, name: str, item: Item) -> Refused | Dropped | Clean:
        if isinstance(item, Broken):
            return Refused(str(item.file), name, item.line, item.reason)
        try:
            dialogue = parse_dialogue(item.value, f"{name}:{item.line}", self.columns, self.roles)
        except Refusal as refusal:
            return Refused(str(item.file), name, item.line, str(refusal))
        if dialogue.passed_over:
            cleaner.changed["passed_over"] += dialogue.passed_over
        messages, fault = cleaner.dialogue(dialogue.messages)
        skipped: list[tuple[int, str]] = []
        turns: list[Turn] = []
        if not fault:
            turns, skipped = usable_turns(dialogue.id, messages, self.turn_rules, self.count_tokens)
            fault = "" if turns else "no_usable_reply"
        if fault:
            why = sorted({reason for _, reason in skipped})
            return Dropped(dialogue.id, dialogue.place, name, fault, shown_text(messages), why)
        chosen = [(turn.index, turn.start) for turn in turns]
        row = [dialogue.agent, dialogue.intent, messages, chosen, skipped]
        text = text_of(shown_text(messages)) if self.near else None
        source, key = " ".join(name.split()), exact_key(messages)
        return Clean(dialogue.id, dialogue.place, source, key, encode(row), text, dialogue.group)

    def rows(self, chunk: Sequence[tuple[str, str, str]]) -> list[Rendered]:
        """chunk: (id, split, row) of kept dialogues."""
        found: list[Rendered] = []
        for identity, split, row in chunk:
            one = stored(identity, split, row)
            skipped = [(one.name(index), reason, one.messages[index]["content"]) for index, reason in one.skipped]
            found.append(([tuple(line) for line in turn_lines(one)], skipped))
        return found

    def languages(self, rows: Sequence[str]) -> Counter[str]:
        """Kept dialogues by language ("": too little is said to tell)."""
        return Counter(language(json.loads(row)[2]) for row in rows)


def stored(identity: str, split: str, row: str) -> Kept:
    """A kept dialogue from the row that `clean` made."""
    agent, intent, messages, chosen, skipped = json.loads(row)
    return Kept(
        id=identity,
        agent=agent,
        intent=intent,
        split=split,
        messages=messages,
        turns=[Turn(index=at, start=start) for at, start in chosen],
        skipped=[(at, reason) for at, reason in skipped],
    )


def shown_row(row: str) -> str:
    """The text of a stored dialogue, for the list of what was dropped."""
    messages: list[Any] = json.loads(row)[2]
    return shown_text(messages)
