"""What must stand in a text for a regular expression to match it: far cheaper to look for than to run the pattern.

A text is looked at once, for all patterns. `Hinted` reads its hints off the pattern, so that the two cannot part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import ahocorasick

from alignment.data.personal.alternatives import quick
from alignment.data.personal.required import digits_of, hints_of, lowered, spread

_DIGIT = re.compile(r"\d")
_DIGITS = b"0123456789"


class _Scan:
    """All groups of hints, looked for together in one pass over a text (Aho and Corasick 1975)."""

    def __init__(self) -> None:
        self._groups: list[tuple[str, ...]] = []
        self._automaton: ahocorasick.Automaton | None = None
        self._always = 0  # groups with a hint that nearly every text holds
        self._signs: list[tuple[str, int]] = []  # hints of one sign, which `spread` drops

    def add(self, hints: Iterable[str]) -> int:
        """The bit that tells of the group in what `held` gives."""
        self._groups.append(tuple(hints))
        self._automaton = None
        return 1 << (len(self._groups) - 1)

    def held(self, lower: str) -> int:
        """A bit for each group of which a hint stands in the text."""
        automaton = self._automaton or self._build()
        held = self._always
        for _, bits in automaton.iter(f" {spread(lower)} "):
            held |= bits
        for sign, bits in self._signs:
            if sign in lower:
                held |= bits
        return held

    def _build(self) -> ahocorasick.Automaton:
        bits: dict[str, int] = {}
        for index, hints in enumerate(self._groups):
            for hint in hints:
                hint = hint if len(hint) == 1 else spread(hint)
                bits[hint] = bits.get(hint, 0) | 1 << index
        self._always = bits.pop("", 0) | bits.pop(" ", 0)
        self._signs = [(hint, bits.pop(hint)) for hint in list(bits) if len(hint) == 1]
        automaton = ahocorasick.Automaton()
        for hint, groups in bits.items():
            automaton.add_word(hint, groups)
        automaton.make_automaton()
        self._automaton = automaton
        return automaton


_scan = _Scan()


class Look(NamedTuple):
    """What a cheap look at a text shows, taken once for all detectors. digits: how many; held: see `Hints`."""

    text: str
    lower: str
    digits: int
    held: int

    @classmethod
    def at(cls, text: str) -> Look:
        """The look at `text`."""
        lower = lowered(text)
        return cls(text, lower, _count_digits(text), _scan.held(lower))


def _count_digits(text: str) -> int:
    """Those of all scripts, as \\d takes them."""
    if not text.isascii():
        return len(_DIGIT.findall(text))
    coded = text.encode()
    return len(coded) - len(coded.translate(None, _DIGITS))  # a quarter of the time


class Hints:
    """A group of hints, and whether one of them stands in a text: one sign as it is, more in `spread` form."""

    def __init__(self, *hints: str) -> None:
        self._bit = _scan.add(hints)

    def stand_in(self, look: Look) -> bool:
        """Whether one of them does."""
        return bool(look.held & self._bit)


class Hinted:
    """A pattern that is run only on texts with as many digits as it needs, and one of its hints: those read off it,
    unless others are given.
    """

    def __init__(self, pattern: str, flags: int = 0, hints: Hints | None = None) -> None:
        self.pattern = re.compile(quick(pattern) if flags & re.IGNORECASE else pattern, flags)
        self.hints = hints or Hints(*hints_of(pattern, flags))
        self.digits = digits_of(pattern, flags)

    def finditer(self, look: Look) -> Iterable[re.Match[str]]:
        """As that of a compiled pattern."""
        if look.digits < self.digits or not self.hints.stand_in(look):
            return ()
        return self.pattern.finditer(look.text)
