"""Patterns of any case written so that Python's engine rejects most alternatives at their first letter.

It tries each alternative of a pattern of any case in full. With those that begin with the same letter put together, and
that letter in a set of both cases, it looks at one letter: a third of the time for a list of thirty words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

FEWEST = 4  # alternatives that are worth it
_OTHERS = {"s": "ſ", "i": "İı", "k": "\N{KELVIN SIGN}"}  # which a pattern of any case takes for the letter
_HEAD = re.compile(r"\((?:\?:|\?P<\w+>|\?=|\?!|(?!\?))")  # of groups that may be written otherwise


def quick(pattern: str) -> str:
    """A pattern, to be compiled with IGNORECASE, that matches the same."""
    return _together([_rewritten(one) for one in _split(pattern)])


def _rewritten(alternative: str) -> str:
    """An alternative, the groups in it rewritten."""
    parts = []
    for token in _tokens(alternative):
        if head := _HEAD.match(token):
            token = f"{head[0]}{quick(token[head.end() : -1])})"
        parts.append(token)
    return "".join(parts)


def _together(alternatives: list[str]) -> str:
    """Those that begin with the same letter put together, none past one that does not begin with a letter."""
    if len(alternatives) < FEWEST:
        return "|".join(alternatives)
    runs: list[dict[str, list[str]]] = [{}]
    for one in alternatives:
        if one[:1].isalpha() and one[1:2] not in ("?", "*", "+", "{"):
            runs[-1].setdefault(one[0].lower(), []).append(one[1:])
        else:
            runs += [{"": [one]}, {}]
    return "|".join(
        f"(?-i:{_either(letter)}(?i:{'|'.join(rest)}))" if letter else rest[0]
        for run in runs
        for letter, rest in run.items()
    )


def _either(letter: str) -> str:
    return f"[{letter}{letter.upper()}{_OTHERS.get(letter, '')}]"


def _split(pattern: str) -> list[str]:
    """At each "|" that stands in no group."""
    parts = [""]
    for token in _tokens(pattern):
        if token == "|":
            parts.append("")
        else:
            parts[-1] += token
    return parts


def _tokens(pattern: str) -> Iterator[str]:
    """Signs, escaped signs, sets and whole groups."""
    index = 0
    while index < len(pattern):
        end = _end(pattern, index)
        yield pattern[index:end]
        index = end


def _end(pattern: str, index: int) -> int:
    """Where the token ends that begins at `index`."""
    sign = pattern[index]
    if sign == "\\":
        return index + 2
    if sign == "[":
        index += 2 if pattern[index + 1] != "^" else 3  # a bracket that comes first is a sign of the set
        while pattern[index] != "]":
            index += 2 if pattern[index] == "\\" else 1
        return index + 1
    if sign == "(":
        index += 1
        while pattern[index] != ")":
            index = _end(pattern, index)
        return index + 1
    return index + 1
