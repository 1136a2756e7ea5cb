"""Names of people, where the sentence tells: introductions, greetings, titles, closings, known first names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alignment.data.names import FIRST_NAMES, NOT_NAMES

_WORD = r"[^\W\d_][\w'’-]{1,20}"
_CAP = r"(?-i:[A-Z\u00c0-\u00de][\w'’-]{1,20})"
_CAPS = rf"{_CAP}(?:\s(?:[A-Z]\.\s)?{_CAP}){{0,2}}"
# Says that a name follows, in any case of letters.
_MY_NAME = re.compile(
    r"\b(?:my (?:full |first |last )?name(?:'s|’s| is|:)|name is|name:|i am called|call me|they call me|i go by"
    rf"|surname is|surname:)\s+({_WORD}(?:\s(?:[A-Z]\.\s)?{_WORD})?)",
    re.IGNORECASE,
)
# May be followed by a name, or by anything else with a capital.
_I_AM = re.compile(
    r"\b(?:(?P<self>i'm|i’m|i am|im|this is|it's|it’s)"
    r"|(?P<person>spoke (?:to|with)|speaking (?:to|with)|talked (?:to|with)|chatted with|ask for|attention|attn:?"
    r"|addressed to|on behalf of)|ship(?:ped)? to|gift for|order for|your (?:colleague|agent|coworker))"
    rf"\s({_CAPS})",
    re.IGNORECASE,
)
_GREETED = re.compile(
    r"\b(?:hi|hello|hey|howdy|dear|hiya|greetings|good (?:morning|afternoon|evening|day)|thanks|thank you|welcome"
    r"|bye|goodbye|sorry|sure|of course|absolutely|certainly)(?: there| again| so much| very much| back)?,?"
    rf"\s({_CAPS})(?=\s?(?:[,.!?;:\n)–—-]|$|\s[a-zA-Z]))",
    re.IGNORECASE,
)
_TITLE = re.compile(rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Madam)\.?\s({_CAPS})")
_CLOSED = re.compile(
    r"(?:\b(?:regards|sincerely|thanks|thank you|cheers|best|best wishes|yours truly|warmly|love|xoxo)[,.!]?"
    rf"\s{{0,2}}\n\s{{0,3}}|(?:^|\s)[–—~-]{{1,2}}\s?)({_CAPS})\s{{0,3}}$",
    re.IGNORECASE | re.MULTILINE,
)
_FULL = re.compile(rf"(?<![\w'’-])({_CAP})\s(?:[A-Z]\.?\s)?({_CAP})")
# Words of which one must stand in the lower-cased text for a pattern to match: much cheaper to look for.
_MY_NAME_HINTS = ("name", "i am called", "call me", "i go by")
_I_AM_HINTS = (
    *("i'm ", "i’m ", "i am ", "im ", "this is ", "it's ", "it’s ", "spoke ", "speaking ", "talked ", "chatted "),
    *("ask for ", "attention ", "attn", "ship", "addressed to", "gift for", "order for", "behalf", "your "),
)
_GREETED_HINTS = (
    *("hi ", "hi,", "hello", "hey", "howdy", "dear", "hiya", "greetings", "good ", "thank", "welcome", "bye"),
    *("sorry", "sure", "of course", "absolutely", "certainly", "hi there"),
)
_TITLES = ("mr", "ms", "mx", "miss", "dr", "prof", "sir", "madam")
_DASHES = ("-", "–", "—", "~", "\n")
_AFTER_SELF = re.compile(r"\s?(?:[,.!]|$|from\b|with\b|here\b|calling\b|and\b|at\b|in\b|speaking\b|again\b|,)")


def find_names(text: str, country: str) -> Iterator[tuple[int, int, str]]:
    """Where names stand; spans may overlap, the surer come first."""
    lower = text.lower()
    if _has(lower, _MY_NAME_HINTS):
        for match in _MY_NAME.finditer(text):
            yield from _said(text, match)
    if lower == text:
        return  # all other patterns need a capital
    if _has(lower, _TITLES):
        for match in _TITLE.finditer(text):
            yield from _capitalised(text, match.start(1), match[1], sure=True)
    if _has(lower, _I_AM_HINTS):
        yield from _introduced(text)
    if _has(lower, _GREETED_HINTS):
        for match in _GREETED.finditer(text):
            yield from _capitalised(text, match.start(1), match[1], sure=_is_greeting(text, match))
    if _has(lower, _DASHES):
        for match in _CLOSED.finditer(text):
            yield from _capitalised(text, match.start(1), match[1], sure=True)
    for match in _FULL.finditer(text):
        if match[1].lower() in FIRST_NAMES and match[2].lower() not in NOT_NAMES:
            yield match.start(), match.end(), "name"


def _has(lower: str, hints: tuple[str, ...]) -> bool:
    for hint in hints:  # noqa: SIM110, a plain loop takes half the time of `any` with a generator
        if hint in lower:
            return True
    return False


def _introduced(text: str) -> Iterator[tuple[int, int, str]]:
    """After "I'm", "this is", "spoke with" and the like: a known first name, or one that the sentence goes on from."""
    for match in _I_AM.finditer(text):
        words = match[3].split()
        followed = match["self"] is not None and bool(_AFTER_SELF.match(text, match.end(3)))
        told = followed and len(words) <= 2 and match["self"].lower() != "it's"
        told = told or (match["person"] is not None and len(words) >= 2)
        if told or words[0].lower() in FIRST_NAMES:
            yield from _capitalised(text, match.start(3), match[3], sure=followed or told)


def _said(text: str, match: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """After "my name is": one word, and the next when it looks like a surname."""
    words = match[1].split()
    if words[0].lower() in NOT_NAMES:
        return
    end = match.start(1) + len(words[0])
    for word in words[1:]:
        start = text.index(word, end)
        lower_pair = words[0].islower() and word.islower() and text[start + len(word) :].strip(" .!") == ""
        if word.lower() in NOT_NAMES or not (word[0].isupper() or lower_pair):
            break
        end = start + len(word)
    yield match.start(1), end, "name"


def _capitalised(text: str, start: int, value: str, sure: bool) -> Iterator[tuple[int, int, str]]:
    """The capitalised words up to the first that is no name; without `sure`, the first must be a known first name."""
    end = start
    for index, word in enumerate(value.split()):
        bare = word.lower().removesuffix("'s").removesuffix("’s")
        if bare in NOT_NAMES or (index == 0 and not sure and bare not in FIRST_NAMES):
            break
        at = text.index(word, end)
        end = at + len(bare)
    if end > start:
        yield start, end, "name"


def _is_greeting(text: str, match: re.Match[str]) -> bool:
    """ "Hi Xyz," at the start of a message or line greets somebody even by a name not on the list."""
    word = match[0].split()[0].lower()
    if word not in ("hi", "hello", "hey", "dear", "hiya", "howdy") or len(match[1].split()) > 2:
        return False
    at_start = match.start() == 0 or text[match.start() - 1] == "\n"
    return at_start and text[match.end() : match.end() + 1] in (",", "!", ".", "\n", ":", "")
