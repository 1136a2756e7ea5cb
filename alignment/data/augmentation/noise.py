"""Noise in a customer's words: synonyms, words put in or left out, slips of the fingers.

The first three are those of Wei and Zou 2019, EDA: Easy Data Augmentation, section 2; typos are neighbouring keys,
swapped, dropped and doubled letters. Each function is pure: (text, rng, share, kept, ...) -> text, where `share` is the
share of the words that change, at least one, and `kept` are the places that must stay: numbers, codes, links,
placeholders such as [NAME], and (but for typos, since customers do mistype them) names of things.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence

from alignment.data.facts import Messages, listed, places, typed
from alignment.data.personal.names import words

Spans = Sequence[tuple[int, int]]
Synonyms = Mapping[str, Sequence[str]]  # a word in lower case -> others that can stand for it

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_PLACEHOLDER = re.compile(r"\[[A-Z]+(?:_[A-Z]+)*(?:_\d+)?\]")
# Only words that carry no question are left out: whatever else there is, a product or a "not", may be what it is about.
_SPARE = frozenset(
    words(
        """
a actually again all also am an and are as at be been but by can could dear did do does for from good got greetings had
has have hello hey hi i if in into is it its just kindly like maybe me my of ok okay on our out perhaps please pls quick
really so some still tell than thank thanks that the their them then there these they this those thx to too up us very
was we well were will with would you your
        """
    )
)
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_STEM = 4  # letters by which a word is known in its other forms
_SHORTEST = 4  # letters of a word that may be mistyped: shorter ones become other words


def _neighbours() -> dict[str, str]:
    """The keys beside each key of a QWERTY keyboard: left, right, and the nearer ones above and below."""
    found: dict[str, str] = {}
    for r, row in enumerate(_ROWS):
        for i, key in enumerate(row):
            near = [row[j] for j in (i - 1, i + 1) if 0 <= j < len(row)]
            for other, places_of in ((r - 1, (i, i + 1)), (r + 1, (i - 1, i))):
                if 0 <= other < len(_ROWS):
                    near += [_ROWS[other][j] for j in places_of if 0 <= j < len(_ROWS[other])]
            found[key] = "".join(near)
    return found


NEIGHBOURS = _neighbours()


def kept_places(text: str, names: Iterable[str] = ()) -> list[tuple[int, int]]:
    """Where numbers, dates, codes, links, placeholders and `names` stand."""
    spans = [(fact.start, fact.end) for fact in typed(text)]
    spans += [found.span() for found in _PLACEHOLDER.finditer(text)]
    return spans + [span for name in names for span in places(name, text)]


def asked_for(text: str, messages: Messages) -> list[tuple[int, int]]:
    """Where words stand that name a line of the system message ("colours" for "colors: ..."): what is asked for."""
    stems = {word[:_STEM] for name, _ in listed(messages) for word in name.split() if len(word) >= _STEM}
    return [word.span() for word in _WORD.finditer(text) if word.group().lower()[:_STEM] in stems]


def _words(text: str, kept: Spans) -> list[re.Match[str]]:
    found = _WORD.finditer(text)
    return [word for word in found if not any(word.start() < end and start < word.end() for start, end in kept)]


def _count(words: int, share: float) -> int:
    return max(1, round(share * words))


def _replaced(text: str, changes: Mapping[tuple[int, int], str]) -> str:
    for (start, end), new in sorted(changes.items(), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _cased(new: str, old: str) -> str:
    if len(old) > 1 and old.isupper():
        return new.upper()
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def replace_synonyms(text: str, rng: random.Random, share: float, kept: Spans, synonyms: Synonyms) -> str:
    """Synonym replacement: words with an entry in the table become one of its words."""
    known = [word for word in _words(text, kept) if synonyms.get(word.group().lower())]
    chosen = rng.sample(known, min(len(known), _count(len(_words(text, kept)), share)))
    changes = {word.span(): _cased(rng.choice(list(synonyms[word.group().lower()])), word.group()) for word in chosen}
    return _replaced(text, changes)


def insert_words(text: str, rng: random.Random, share: float, kept: Spans, synonyms: Synonyms) -> str:
    """Random insertion: synonyms of words of the text, put before other words of it."""
    words = _words(text, kept)
    known = [word for word in words if synonyms.get(word.group().lower())]
    if not known:
        return text
    changes: dict[tuple[int, int], str] = {}
    for _ in range(_count(len(words), share)):
        source, at = rng.choice(known), rng.choice(words)
        new = rng.choice(list(synonyms[source.group().lower()]))
        changes[at.start(), at.start()] = f"{new} "
    return _replaced(text, changes)


def delete_words(text: str, rng: random.Random, share: float, kept: Spans) -> str:
    """Random deletion: words left out, of those that carry no question (English ones), and never all."""
    found = _words(text, kept)
    spare = [word for word in found if word.group().lower() in _SPARE]
    chosen = rng.sample(spare, min(len(spare), _count(len(found), share), max(len(found) - 1, 0)))
    made = _replaced(text, {word.span(): "" for word in chosen})
    made = re.sub(r"\s+([,.?!;:])", r"\1", re.sub(r"[ \t]{2,}", " ", made)).strip()
    return re.sub(r"^[,;:\s]+|,(?=[,.?!;:])", "", made)


def mistype(text: str, rng: random.Random, share: float, kept: Spans) -> str:
    """Typos: in each chosen word one slip - a neighbouring key, two letters swapped, one dropped, or one doubled."""
    long = [word for word in _words(text, kept) if len(word.group()) >= _SHORTEST]
    chosen = rng.sample(long, min(len(long), _count(len(_words(text, kept)), share)))
    return _replaced(text, {word.span(): _slip(word.group(), rng) for word in chosen})


def _slip(word: str, rng: random.Random) -> str:
    """The first letter mostly stays: that is how people mistype."""
    i = rng.randrange(1, len(word) - 1)
    kind = rng.choice(("neighbour", "swap", "drop", "double"))
    near = NEIGHBOURS.get(word[i].lower(), "")
    if kind == "neighbour" and near:
        return word[:i] + _cased(rng.choice(near), word[i]) + word[i + 1 :]
    if kind == "swap" and word[i] != word[i + 1]:
        return word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    if kind == "double":
        return word[: i + 1] + word[i:]
    return word[:i] + word[i + 1 :]
