"""Whether capitalised words are a person, and how far the name goes: by lists, whatever the sentence says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from alignment.data.personal.names import (
    BRANDS,
    COMMON,
    FAMILY,
    FAMOUS,
    FIRST_NAMES,
    GIVEN,
    NOT_NAMES,
    ORDINARY,
    PLACES,
    SHARED_NAMES,
    THINGS,
    TOWNS,
    words,
)

UPPER = "A-ZÀ-ÖØ-Þ" + "".join(chr(code) for code in range(0x100, 0x250) if chr(code).isupper())
GAP = r"[^\S\n]"  # a blank inside a line
CAP = rf"(?-i:[{UPPER}](?:['’][{UPPER}])?[\w'’-]{{1,20}})"
INITIAL = rf"(?-i:[{UPPER}]\.)"
PARTICLE = r"(?-i:van|von|de|del|della|der|den|di|da|la|le|bin|al|ter|zu|dos|du|St\.)"
# One to five capitalised words in a row, or more where initials and particles stand between.
RUN = (
    rf"(?:(?:{INITIAL}{GAP}?){{1,3}}{CAP}|{CAP})"
    rf"(?:{GAP}(?:(?:{PARTICLE}{GAP}){{1,2}}{CAP}|(?:{INITIAL}{GAP}?)+(?:{CAP})?|{CAP})){{0,4}}"
)
_RUN = re.compile(rf"(?<![\w'’@./&-])(?:{RUN})")
_TOKEN = re.compile(rf"{INITIAL}|[\w'’-]+")
_INITIAL = re.compile(INITIAL)
_PARTICLES = frozenset(words("van von de del della der den di da la le bin al ter zu dos du el thi"))
_ARTICLE = re.compile(
    r"\b(?:the|a|an|our|your|this|that|these|those|der|die|das|dem|la|le|les|une?|queen|king|saint|st\.?|lady)\s$",
    re.IGNORECASE,
)
_NO_PERSON = re.compile(
    r"(?:\b(?:the|a|an|our|your|this|that|these|those|in|near|san|santa|st|st\.|saint|fort|port|lake|mount"
    r"|mt\.?|new|camp|point|los|las|costa|buenos|rio|el|bank of|university of|queen|king|lady|lazy"
    r"|der|die|das|im|la|le|les|une?|à|en|by)|&)\s$",
    re.IGNORECASE,
)
# "Jack up the car", "Sue them": verbs, unless a name is followed by what a verb cannot stand before.
_VERBS = frozenset(
    words("jack sue rob bob chuck skip nick peg pat josh drew harry bill rush rip tip trip nick art gene")
)
_OBJECT = re.compile(
    rf"{GAP}(?:the|a|an|my|your|our|his|her|their|this|that|these|those|it|them|up|off|out|down|me|us|him|all|every|any)\b"
)
_THING_BEFORE = re.compile(r"([\w-]{3,20})\s$")
_NEXT = re.compile(rf"(?:['’]s)?{GAP}(?!ring{GAP}(?:me|us|you|him|her|back)\b)([\w-]{{2,20}})")
_MODEL = re.compile(r"['’]s\s\d{3}|\s\d{1,3}s?\b(?![-./:\d])")  # Levi's 501, Air Max 90
_NO_WORD = re.compile(r"\d|['’](?:m|ve|ll|re|d|t)$")  # "I'm", "Thanks1"
_POSSESSIVE = re.compile(r"['’]s?$")

Span = tuple[int, int, str]
Token = tuple[int, str]


def bare(word: str) -> str:
    """The word in small letters without 's."""
    low = word.lower()
    return _POSSESSIVE.sub("", low) if "'" in low or "’" in low else low


def is_given(word: str) -> bool:
    """Whether it is a known first name, in one part or with a hyphen (Jean-Baptiste)."""
    low = bare(word)
    if low in GIVEN or ("'" in low and low.replace("'", "") in GIVEN):
        return True
    if not low.isascii() and _plain(low) in GIVEN:
        return True
    first, hyphen, rest = word.partition("-")
    return bool(hyphen) and rest[:1].isupper() and first.lower() in GIVEN


def _plain(word: str) -> str:
    """Without accents: maría → maria."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def is_thing(name: str) -> bool:
    """Whether one of the words is a thing, a place or a company: the Clara Lamp, Victoria Street."""
    return any(
        word.lower().removesuffix("'s").removesuffix("s") in THINGS or word.lower() in THINGS for word in name.split()
    )


def is_strange(word: str) -> bool:
    """Whether it stands in no list of words that are no names."""
    low = bare(word)
    return not (
        _NO_WORD.search(low)
        or low in ORDINARY
        or low in COMMON
        or low in BRANDS
        or low in PLACES
        or low in THINGS
        or (low[-1:] == "s" and low[:-1] in ORDINARY)
    )


def is_personal(word: str, family: bool = False) -> bool:
    """Whether it can be a name where the sentence leads to one; family: words that are surnames too (Baker)."""
    low = bare(word)
    if low in NOT_NAMES or low in BRANDS or _NO_WORD.search(low):
        return False
    known = is_given(word) or low in SHARED_NAMES
    return known or (low in FAMILY and (family or not (low in ORDINARY or low in PLACES))) or is_strange(word)


def is_surname(word: str) -> bool:
    """Whether it can go on a name that began."""
    low = bare(word)
    if low in NOT_NAMES or low in BRANDS or low in THINGS or len(low) < 2 or _NO_WORD.search(low):
        return False
    parts = low.split("-")
    return low in FAMILY or low in GIVEN or low in SHARED_NAMES or is_strange(word) or parts[0] in FAMILY


def tokens(value: str, start: int) -> list[Token]:
    """The words and initials of `value`, with their places in the text."""
    return [(start + match.start(), match[0]) for match in _TOKEN.finditer(value)]


def name_end(parts: list[Token], first: int, shouted: bool) -> int:
    """The index after the last word of the name that begins at `first`."""
    end, names, index = first + 1, 1, first + 1
    while index < len(parts) and names < 4 and len(bare(parts[index - 1][1])) == len(parts[index - 1][1]):
        word = parts[index][1]
        if _INITIAL.fullmatch(word):
            end = index + 1
        elif word.lower() not in _PARTICLES or is_given(word) or (word.lower() == "van" and word[0] == "V"):
            state = word.isupper() and len(word) < 4 and not shouted  # Dallas TX
            if not word[0].isupper() or state or not is_surname(word) or (word.isupper() and not shouted):
                break
            end, names = index + 1, names + 1
        index += 1
    return end


def last(parts: list[Token], end: int) -> int:
    """Where in the text the word before index `end` ends, without 's."""
    place, word = parts[end - 1]
    return place + len(bare(word))


def find_known(text: str) -> Iterator[Span]:
    """Known first names, with the surname that follows, where no thing or place is named after them."""
    for run in _RUN.finditer(text):
        parts = tokens(run[0], run.start())
        shouted = len(parts) > 1 and run[0].isupper()
        index = 0
        while index < len(parts):
            end = _person(text, parts, index, shouted)
            name = text[parts[index][0] : last(parts, end)] if end > index else ""
            if name and not _is_famous(text, parts, index):
                yield parts[index][0], last(parts, end), "name"
            index = max(end, index + 1)


def _is_famous(text: str, parts: list[Token], index: int) -> bool:
    """Whether the name at `index` is that of a make, or the second word of one: Ralph Lauren."""
    end = parts[index][0] + len(parts[index][1])
    before = FAMOUS.match(text, parts[index - 1][0]) if index else None
    return FAMOUS.match(text, parts[index][0]) is not None or (before is not None and before.end() >= end)


def _person(text: str, parts: list[Token], index: int, shouted: bool) -> int:
    """The index after the person that begins at `index`, or `index` where none does."""
    start, word = parts[index]
    if _INITIAL.fullmatch(word):
        return _by_initials(text, parts, index, shouted)
    low = bare(word)
    if word.isupper() and not shouted and (len(word) < 5 or low not in FIRST_NAMES):
        return index  # a state, a currency, IBAN
    if low in NOT_NAMES or low in BRANDS or (low in _VERBS and _OBJECT.match(text, start + len(word))):
        return index
    shared, known = low in SHARED_NAMES, is_given(word)
    if not (known or shared) and not (index + 1 < len(parts) and low not in TOWNS and is_strange(word)):
        return index
    end = name_end(parts, index, shouted)
    more = [w for _, w in parts[index + 1 : end] if not _INITIAL.fullmatch(w) and w.lower() not in _PARTICLES]
    before = text[max(0, start - 24) : start]
    if not known or shared:
        backed = [
            w
            for w in more
            if (bare(w) in FAMILY and (shared or not is_given(w))) or (is_given(w) and (shared or low in FAMILY))
        ]
        if (
            not backed
            or ((bare(backed[0]) in ORDINARY or bare(backed[0]) in PLACES) and not shouted)
            or _ARTICLE.search(before)
        ):
            return index
        return index if thing_after(text, last(parts, end)) else end
    if more:
        unknown = not any(bare(w) in FAMILY for w in more)
        thing = _ARTICLE.search(before) and (unknown or thing_after(text, last(parts, end)))
        return index if thing else end
    thing = thing_after(text, last(parts, end)) or _ordinary_after(parts, end, shouted)
    thing = thing or _MODEL.match(text, last(parts, end)) is not None
    return index if thing or names_thing(before) else end


def _by_initials(text: str, parts: list[Token], index: int, shouted: bool) -> int:
    """J. R. Whitlock: initials, then a surname that is no ordinary word."""
    at = index
    while at < len(parts) and _INITIAL.fullmatch(parts[at][1]):
        at += 1
    if at == len(parts) or re.search(r"\d\s?$", text[max(0, parts[index][0] - 3) : parts[index][0]]):
        return index
    word = parts[at][1]
    if bare(word) in ORDINARY or not is_personal(word) or is_thing(word):
        return index
    end = name_end(parts, at, shouted)
    return index if thing_after(text, last(parts, end)) else end


def thing_after(text: str, end: int) -> bool:
    """Whether a thing's word follows the name that ends at `end`: the Clara lamp."""
    following = _NEXT.match(text, end)
    return following is not None and is_thing(following[1])


def _ordinary_after(parts: list[Token], end: int, shouted: bool) -> bool:
    """Whether an ordinary word follows with a capital, as in the name of an article: Josephine Sconce."""
    if end >= len(parts) or shouted:
        return False
    low = bare(parts[end][1])
    return low in ORDINARY and low not in COMMON


def names_thing(before: str) -> bool:
    """Whether what stands before a name makes it one of a thing or a place: the Clara, San Jose, Vase Annabell."""
    thing = _THING_BEFORE.search(before)
    return bool(_NO_PERSON.search(before)) or (thing is not None and is_thing(thing[1]))
