"""What stands in everything that a regular expression matches: the idea of RE2's FilteredRE2, read off Python's parser.

Hints are looked for in the `spread` form of a text: small letters, a blank for all that is no letter, digit or "_", and
a blank at both ends. There " yo " is the word, not the beginning of "you". A hint that is one sign ("#") is looked for
in the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from re import _constants as code
from re import _parser  # type: ignore[attr-defined]
from typing import Any

# Letters that a pattern of any case takes for an ordinary one, and `lower` leaves as they are.
_ALIKE = str.maketrans({"İ": "i", "ı": "i", "ſ": "s"})
_NO_WORD = re.compile(r"\W")
_BLANKS = bytes(n if chr(n).isalnum() or chr(n) == "_" else 32 for n in range(128)) + bytes(range(128, 256))
# Of two hints that must both stand in a text, none of these is the one to look for.
_COMMON = frozenset(("a", "an", "and", "are", "at", "be", "i", "in", "is", "it", "my", "of", "on", "or", "s", "t"))
_COMMON |= {"the", "to", "was", "you"}


def lowered(text: str) -> str:
    """`text` in small letters."""
    return text.lower() if text.isascii() else text.translate(_ALIKE).lower()


def spread(lower: str) -> str:
    """A `lowered` text as hints are looked for in it, without the blanks at its ends."""
    if lower.isascii():
        return lower.encode().translate(_BLANKS).decode()
    return _NO_WORD.sub(" ", lower)


def hints_of(pattern: str, flags: int = 0) -> tuple[str, ...]:
    """Of these one stands in every text in which the pattern matches.

    ("",), which stands in all, where the pattern does not tell.
    """
    found = _of_sequence(_parser.parse(pattern, flags), (), ()) or {""}
    return tuple(sorted(hint for hint in found if not any(other in hint for other in found - {hint})))


def digits_of(pattern: str, flags: int = 0) -> int:
    """The digits that stand at least in everything that the pattern matches, or in what it looks ahead to."""
    return _digits(_parser.parse(pattern, flags))


# ---- hints


def _of_sequence(items: Sequence[Any], before: Sequence[Any], after: Sequence[Any]) -> set[str]:
    """Of the parts of a sequence, which all must match, the hints of the one that is rarest: few and long hints.

    before, after: what the pattern asks for beside the sequence.
    """
    choices = [found for found in _of_parts(list(items), list(before), list(after)) if found]
    return min(choices, key=lambda found: sum(map(_share, found)), default=set())


def _share(hint: str) -> float:
    """How many texts hold it, roughly."""
    return 2.0 ** -len(hint) if hint.strip() and hint.strip() not in _COMMON else 1.0


def _of_parts(items: list[Any], before: list[Any], after: list[Any]) -> Iterator[set[str]]:
    """The hints of each part: of a run of letters, of alternatives, of what is repeated at least once."""
    index = 0
    while index < len(items):
        kind, value = items[index]
        end = index + 1
        while kind is code.LITERAL and end < len(items) and items[end][0] is code.LITERAL:
            end += 1
        left, right = before + items[:index], items[end:] + after
        if kind is code.LITERAL:
            yield {_of_letters("".join(chr(one) for _, one in items[index:end]), left, right)}
        elif kind is code.SUBPATTERN:
            yield _of_sequence(value[-1], left, right)
        elif kind is code.BRANCH:
            branches = [_of_sequence(branch, left, right) for branch in value[1]]
            yield set().union(*branches) if all(branches) else set()
        elif kind is code.MAX_REPEAT and value[0] > 0:
            once = value[1] == 1
            yield _of_sequence(value[2], left if once else (), right if once else ())
        index = end


def _of_letters(letters: str, left: list[Any], right: list[Any]) -> str:
    hint = spread(lowered(letters))
    if hint.isspace():
        return letters[0] if not letters[0].isspace() else " "
    if not hint.startswith(" ") and _apart(left[::-1], ahead=False):
        hint = " " + hint
    if not hint.endswith(" ") and _apart(right, ahead=True):
        hint += " "
    return hint


def _apart(items: list[Any], ahead: bool) -> bool:
    """Whether no letter can stand where the items begin to match; ahead: they are read in the order of the text."""
    if not items:
        return False
    (kind, value), rest = items[0], items[1:]
    if kind is code.AT:
        edges = (code.AT_BOUNDARY, code.AT_BEGINNING, code.AT_BEGINNING_STRING, code.AT_END, code.AT_END_STRING)
        return value in edges or _apart(rest, ahead)
    if kind in (code.ASSERT, code.ASSERT_NOT):
        side, content = value[0], list(value[1])
        if (side > 0) is ahead:
            alone = len(content) == 1 and content[0][0] is code.IN
            if kind is code.ASSERT and _apart(content if ahead else content[::-1], ahead):
                return True
            if kind is code.ASSERT_NOT and alone and (code.CATEGORY, code.CATEGORY_WORD) in content[0][1]:
                return True
        return _apart(rest, ahead)
    if kind is code.LITERAL:
        return spread(lowered(chr(value))) == " "
    if kind is code.IN:
        return _no_letters(value)
    if kind is code.SUBPATTERN:
        return _apart(_in_order(value[-1], ahead) + rest, ahead)
    if kind is code.BRANCH:
        return all(_apart(_in_order(branch, ahead) + rest, ahead) for branch in value[1])
    if kind in (code.MAX_REPEAT, code.MIN_REPEAT):
        taken = _apart(_in_order(value[2], ahead) + rest, ahead)
        return taken and (value[0] > 0 or _apart(rest, ahead))
    return False


def _in_order(items: Iterable[Any], ahead: bool) -> list[Any]:
    return list(items) if ahead else list(items)[::-1]


def _no_letters(members: Sequence[tuple[Any, Any]]) -> bool:
    """Whether a set of signs holds neither letters nor digits."""
    if members[0][0] is code.NEGATE:
        shut = (code.CATEGORY_NOT_SPACE, code.CATEGORY_WORD)
        return any(kind is code.CATEGORY and value in shut for kind, value in members)
    return all(_is_no_letter(*member) for member in members)


def _is_no_letter(kind: Any, value: Any) -> bool:
    if kind is code.CATEGORY:
        return value in (code.CATEGORY_SPACE, code.CATEGORY_NOT_WORD)
    return kind is code.LITERAL and spread(lowered(chr(value))) == " "


# ---- digits


def _digits(items: Iterable[Any]) -> int:
    taken = ahead = 0
    for kind, value in items:
        if kind is code.LITERAL:
            taken += _is_digit((kind, value))
        elif kind is code.IN:
            taken += all(map(_is_digit, value))
        elif kind in (code.SUBPATTERN, code.ATOMIC_GROUP):
            taken += _digits(value[-1] if kind is code.SUBPATTERN else value)
        elif kind is code.BRANCH:
            taken += min(map(_digits, value[1]))
        elif kind in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
            taken += value[0] * _digits(value[2])
        elif kind is code.ASSERT and value[0] > 0:
            ahead = max(ahead, taken + _digits(value[1]))
    return max(taken, ahead)


def _is_digit(member: tuple[Any, Any]) -> bool:
    """Whether a member of a set of signs is digits alone."""
    kind, value = member
    if kind is code.CATEGORY:
        return value is code.CATEGORY_DIGIT
    codes = value if kind is code.RANGE else (value,) if kind is code.LITERAL else (0,)
    return all(ord("0") <= one <= ord("9") for one in codes)
