"""What is not let in: near-copies, rows that lost a fact, rows of a held-out split, rows too long for the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alignment.data.duplicates import exact_key, folded, jaccard, shingles
from alignment.data.facts import denies, listed, lost
from alignment.data.reading.messages import Message

# Why a new row is rejected. no_answer: the rewriter refused or was cut; garbled: the same words again, other length.
REASONS = ("no_answer", "empty", "unchanged", "garbled", "near_copy", "lost_fact", "held_out", "too_long")
_SPARE = 8  # words
CUSTOMER, REPLY = "customer", "reply"  # the side that a method changes

_PLACEHOLDER = re.compile(r"\[[A-Z]+(?:_[A-Z]+)*(?:_\d+)?\]")
_BLANK_TO_FILL = re.compile(r"\[[^\[\]\n]{1,40}\]")  # "[Your Name]", as models leave them
_CAPITAL = re.compile(r"(?<=[^.!?\s:\"“(]\s)[A-Z][\w'’-]*[a-z][\w'’-]*")
_NO_NAME = re.compile(r"I['’]\w+")


def said(messages: Sequence[Message], side: str) -> str:
    """The words of one side: all of the customer's turns, or the reply at the end."""
    if side == REPLY:
        return messages[-1]["content"]
    return "\n".join(message["content"] for message in messages if message["role"] == "user")


def names_in(text: str, messages: Sequence[Message]) -> list[str]:
    """Names that must stay: values the system message lists, placeholders, words with a capital inside a sentence."""
    capitals = [word for word in _CAPITAL.findall(text) if not _NO_NAME.fullmatch(word)]
    return [*(value for _, value in listed(messages)), *_PLACEHOLDER.findall(text), *capitals]


def garbled(old: str, new: str) -> bool:
    """Whether a text cannot be another wording: three times as long or as short, or the same words over and over."""
    was, now = len(old.split()), len(new.split())
    if now > 3 * was + _SPARE or was > 3 * now + _SPARE:
        return True
    return _repeats(new) and not _repeats(old)


def _repeats(text: str) -> bool:
    words = folded(text).split()
    pairs = list(pairwise(words))
    thrice = any(a == b == c for a, b, c in zip(words, words[1:], words[2:], strict=False))
    return thrice or (len(pairs) >= 2 * _SPARE and len(set(pairs)) < len(pairs) / 2)


@dataclass
class Gate:
    """Lets a new row in or says why not; remembers what it let in.

    max_similarity: Jaccard of five-byte shingles of the changed side, to the parent and to its other children.
    fits: whether messages fit the model.
    """

    max_similarity: float
    fits: Callable[[Sequence[Message]], bool]
    _held_out: set[str] = field(default_factory=set)
    _rows: set[str] = field(default_factory=set)
    _family: dict[tuple[str, str], list[NDArray[np.uint32]]] = field(default_factory=dict)

    def hold_out(self, conversations: Iterable[Sequence[Message]]) -> None:
        """Questions that no training row may ask: of held-out rows (with their reply or without) and prompts."""
        for messages in conversations:
            self._held_out.add(_question(messages))

    def know(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """The training rows there are."""
        self._rows.update(exact_key(row["messages"]) for row in rows)

    def fault(self, parent: Mapping[str, Any], messages: Sequence[Message], side: str, names: bool) -> str:
        """Why the new row is rejected, one of `REASONS`; "" where it is let in, and then it is remembered.

        names: whether names must stay letter for letter; numbers, dates and codes always must.
        """
        old, new = said(parent["messages"], side), said(messages, side)
        if not said(messages, side).strip() or not all(message["content"].strip() for message in messages):
            return "empty"
        if folded(new) == folded(old):
            return "unchanged"
        kept = [*names_in(old, messages), *map(str, parent.get("facts") or [])] if names else _PLACEHOLDER.findall(old)
        invented = set(_BLANK_TO_FILL.findall(new)) - set(_BLANK_TO_FILL.findall(old))
        if garbled(old, new):
            return "garbled"
        if invented or lost(old, new, kept) or (names and denies(old) != denies(new)):
            return "lost_fact"
        if _question(messages) in self._held_out:
            return "held_out"
        key, found = (parent["id"], side), shingles(folded(new))
        family = self._family.setdefault(key, [shingles(folded(old))])
        identity = exact_key(messages)
        if identity in self._rows or any(jaccard(found, one) > self.max_similarity for one in family):
            return "near_copy"
        if not self.fits(messages):
            return "too_long"
        family.append(found)
        self._rows.add(identity)
        return ""


def _question(messages: Sequence[Message]) -> str:
    asked = messages[:-1] if messages[-1]["role"] == "assistant" else messages
    system = [message["content"] for message in asked if message["role"] == "system"]
    return "\x1f".join(folded(text) for text in (*system, asked[-1]["content"] if asked else ""))
