"""Names in small letters, as people type in a chat: "hi im sarah jones". Known names only, and only after a lead."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alignment.data.hints import has
from alignment.data.names import BRANDS, COMMON, FAMILY, FIRST_NAMES, GIVEN, NOT_NAMES, ORDINARY, SHARED_NAMES, THINGS

_W = r"[^\W\d_][^\W\d_'’]{2,15}"
_INTRODUCED = re.compile(
    rf"\b(?:i'm|i’m|i am|im|this is|its|it's|it’s|name is|names|ich bin|hier ist|je suis|soy)\s({_W})(?:\s({_W}))?"
    r"(?=\s?(?:[,.!\n]|$)|\s(?:and|from|here|again|calling|with|i|my|und|et)\b)",
    re.IGNORECASE,
)
_GREETED = re.compile(
    rf"\b(?:hi|hey|hello|hiya|yo|dear|thanks|thank you|thx|ty|ta|morning|afternoon|evening|cheers|sorry|bye|hallo|danke"
    rf"|bonjour|merci|hola|gracias|tell|told|ask|asked|spoke (?:to|with)|talked (?:to|with)|named|called)"
    rf"(?: again| so much| there)?,?\s({_W})(?:\s({_W}))?(?![\w'’])",
    re.IGNORECASE,
)
_HERE = re.compile(rf"(?:^|[,.!?]\s?)({_W})(?:\s({_W}))?,?\s(?:here|speaking|again)\b", re.MULTILINE)
_TITLED = re.compile(rf"\b(?:mr|mrs|ms|miss|dr|herr|frau|madame|monsieur)\.?\s({_W})(?:\s({_W}))?(?![\w'’])")
# What must stand in the text, blanks included, for a pattern to match: much cheaper to look for.
_HINTS = (
    " i'm ",
    " i’m ",
    " i am ",
    " im ",
    "this is ",
    " its ",
    " it's ",
    " it’s ",
    "name is ",
    " names ",
    " ich bin ",
)
_HINTS += ("hier ist ", " je suis ", " soy ")
_GREETINGS = (" hi", " hey ", " hello ", " yo ", " dear ", " thank", " thx ", " ty ", " ta ", "morning ", "afternoon ")
_GREETINGS += ("evening ", " cheers ", " sorry ", " bye ", " hallo ", " danke ", " bonjour ", " merci ", " hola ")
_GREETINGS += (
    " gracias ",
    " tell ",
    " told ",
    " ask ",
    " asked ",
    " spoke ",
    " talked ",
    " named ",
    " called ",
    "hey, ",
)
_GREETINGS += ("hi, ", "hello, ", "hallo, ", "bonjour, ", "hola, ")
_TITLES = (" mr", " ms", " miss ", " dr", " herr ", " frau ", " madame ", " monsieur ")
_HERES = (" here", " speaking", " again")
# Given names that are no other word, in small letters.
_SURE = (FIRST_NAMES | {name for name in GIVEN if len(name) > 4}) - ORDINARY - NOT_NAMES - COMMON - THINGS
_SURE |= FIRST_NAMES - SHARED_NAMES - COMMON - NOT_NAMES - THINGS
_FAMILY = FAMILY - ORDINARY - COMMON - NOT_NAMES
_SELF = FIRST_NAMES | (GIVEN - ORDINARY - NOT_NAMES - COMMON - THINGS - BRANDS)
_GREETABLE = _SURE - SHARED_NAMES
_TITLEABLE = _FAMILY | _SURE

Span = tuple[int, int, str]


def find_lower(text: str, lower: str) -> Iterator[Span]:
    """Where names in small letters stand."""
    padded = f" {lower}"
    if has(padded, _HINTS):
        for match in _INTRODUCED.finditer(text):
            yield from _known(match, _SELF, FAMILY)
    if has(padded, _GREETINGS):
        for match in _GREETED.finditer(text):
            yield from _known(match, _GREETABLE, _FAMILY)
    if has(padded, _TITLES):
        for match in _TITLED.finditer(text):
            yield from _known(match, _TITLEABLE, _FAMILY)
    if has(padded, _HERES):
        for match in _HERE.finditer(text):
            yield from _known(match, _GREETABLE, FAMILY)


def _known(match: re.Match[str], first: frozenset[str], family: frozenset[str]) -> Iterator[Span]:
    if not match[1].islower() or match[1] not in first or (match[2] in THINGS):
        return
    both = match[2] is not None and match[2] in family and match[2] not in NOT_NAMES
    yield match.start(1), match.end(2 if both else 1), "name"
