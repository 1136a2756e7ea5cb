"""What must stand in a text for a regular expression to match it: far cheaper to look for than to run the pattern.

`Hinted` reads it off the pattern itself (the idea of RE2's FilteredRE2), so that the two cannot part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

# Letters that a pattern of any case takes for an ordinary one, and `lower` leaves as they are.
_ALIKE = str.maketrans({"İ": "i", "ı": "i", "ſ": "s"})

_DIGIT = re.compile("[0-9]")


def lowered(text: str) -> str:
    """`text` in small letters, in which hints are looked for."""
    return text.lower() if text.isascii() else text.translate(_ALIKE).lower()


def has(lower: str, hints: Iterable[str]) -> bool:
    """Whether one of the hints stands in the text."""
    for hint in hints:  # noqa: SIM110, a plain loop takes half the time of `any` with a generator
        if hint in lower:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Look:
    """What a cheap look at a text shows, taken once for all detectors. digits: how many."""

    text: str
    lower: str
    digits: int

    @classmethod
    def at(cls, text: str) -> Look:
        """The look at `text`."""
        return cls(text, lowered(text), len(_DIGIT.findall(text)))


class Hinted:
    """A pattern that is run only on texts that hold one of its hints."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = re.compile(pattern, flags)
        self.hints = hints_of(self.pattern)

    def finditer(self, look: Look) -> Iterable[re.Match[str]]:
        """As that of a compiled pattern."""
        return self.pattern.finditer(look.text) if has(look.lower, self.hints) else ()


def hints_of(pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Texts in small letters of which one stands in the `lowered` form of everything that the pattern matches.

    ("",), which stands in all, where the pattern does not tell.
    """
    found = _of_sequence(_parser.parse(pattern.pattern, pattern.flags)) or {""}
    return tuple(sorted(hint for hint in found if not any(other in hint for other in found - {hint})))


def _of_sequence(items: Iterable[Any]) -> set[str]:
    """Of the parts of a sequence, which all must match, the hints of the one that is rarest: with the longest hints."""
    choices = [found for found in _of_parts(items) if found]
    return max(choices, key=lambda found: (min(map(len, found)), -len(found)), default=set())


def _of_parts(items: Iterable[Any]) -> Iterator[set[str]]:
    """The hints of each part: of a run of letters, of alternatives, of what is repeated at least once."""
    letters = ""
    for kind, value in items:
        if kind is _constants.LITERAL:
            letters += chr(value)
            continue
        yield _of_letters(letters)
        letters = ""
        if kind is _constants.SUBPATTERN:
            yield _of_sequence(value[-1])
        elif kind is _constants.BRANCH:
            branches = [_of_sequence(branch) for branch in value[1]]
            yield set().union(*branches) if all(branches) else set()
        elif kind is _constants.MAX_REPEAT and value[0] > 0:
            yield _of_sequence(value[2])
    yield _of_letters(letters)


def _of_letters(letters: str) -> set[str]:
    return {lowered(letters)} if letters else set()
