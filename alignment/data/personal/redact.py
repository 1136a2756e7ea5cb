"""Personal data in text: found by pattern, checksum and context, and replaced by typed placeholders.

`redact` treats one text; `Redactor` a whole dialogue, so that one person is one placeholder in all its turns.
Prices, zip codes, dates, sizes and other numbers a reply needs are never taken without a context that names them.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from alignment.data.personal.answers import answer, answers_inside
from alignment.data.personal.detectors import DETECTORS, TYPES, Detect, Found, Maybe
from alignment.data.personal.hints import Look
from alignment.data.personal.names import NOT_NAMES
from alignment.data.reading.records import Message
from alignment.errors import UserError

_NAME_WORD = re.compile(r"[^\W\d_][\w'’-]{2,}")
_FOLD = re.compile(r"[\W_]+")


REMEMBERED = 20_000  # texts, each of at most so many characters
LONGEST_REMEMBERED = 400


@dataclass(frozen=True)
class Redaction:
    """`text` with placeholders in it, and `spans` (start, end, type) of what they replaced in the given text."""

    text: str
    spans: list[tuple[int, int, str]]


def redact(text: str, country: str = "US") -> Redaction:
    """Replace personal data by [NAME], [EMAIL], [PHONE], ...; a second person of the same text is [NAME_2].

    country: ISO code; decides how phone numbers and national ids look. Types: `TYPES`. Raises UserError for a
    country that is not two letters.
    """
    return Redactor(country).text(text)


@dataclass
class Redactor:
    """Redaction with one memory: equal values get equal placeholders. One object a dialogue.

    types: what to look for. more: another detector, (text, country) -> spans, after our own.
    keep: texts that are no secret (the shop's own number, facts in the system message);
    a span whose text occurs in one of them stays.
    """

    country: str = "US"
    types: Sequence[str] = TYPES
    keep: Sequence[str] = ()
    more: Callable[[str, str], list[Found]] | None = None
    placeholders: dict[tuple[str, str], str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z]{2}", self.country):
            raise UserError(f"country {self.country!r}", "a two-letter ISO code, such as US or GB")
        self.country = self.country.upper()
        self.keep = [text.lower() for text in self.keep if text]

    def text(self, text: str) -> Redaction:
        """Redact one text."""
        found = self._find(text)
        if ":" in text and (answers := self._chosen(text, answers_inside(text))):
            found = _merge([*answers, *found])
        self._learn(text, found)
        return self._replace(text, self._with_known_names(text, found))

    def messages(self, messages: Sequence[Message]) -> list[Message]:
        """Redact the turns of a dialogue; system messages stay as they are, and what stands in them is kept."""
        facts = " ".join(message["content"] for message in messages if message["role"] == "system")
        if facts:
            self.keep = [*self.keep, facts.lower()]
        found: list[list[Found]] = []
        before = ""
        for message in messages:
            spans: list[Found] = []
            if message["role"] != "system":
                spans = self._find(message["content"])
                if before and message["role"] == "user":
                    spans = _merge([*spans, *self._chosen(message["content"], answer(before, message["content"]))])
                self._learn(message["content"], spans)
                before = message["content"] if message["role"] == "assistant" else ""
            found.append(spans)
        if not self.names and not any(found):
            return list(messages)
        return [
            message
            if message["role"] == "system"
            else {
                "role": message["role"],
                "content": self._replace(message["content"], self._with_known_names(message["content"], spans)).text,
            }
            for message, spans in zip(messages, found, strict=True)
        ]

    def _find(self, text: str) -> list[Found]:
        detect = _detected if len(text) <= LONGEST_REMEMBERED else _detected.__wrapped__
        found = detect(text, self.country, tuple(self.types))
        if self.more is not None:
            found = (*found, *(span for span in self.more(text, self.country) if span[2] in self.types))
        return _merge(span for span in found if not self._is_kept(text, span)) if found else []

    def _is_kept(self, text: str, span: Found) -> bool:
        value = text[span[0] : span[1]].lower()
        return any(value in kept for kept in self.keep)

    def _chosen(self, text: str, spans: Iterable[Found]) -> list[Found]:
        """Those of the types looked for, without what is kept."""
        return [span for span in spans if span[2] in self.types and not self._is_kept(text, span)]

    def _learn(self, text: str, spans: Iterable[Found]) -> None:
        for start, end, kind in spans:
            if kind == "name":
                words = _NAME_WORD.findall(text[start:end])
                self.names.update(word[0].upper() + word[1:] for word in words if word.lower() not in NOT_NAMES)

    def _with_known_names(self, text: str, spans: list[Found]) -> list[Found]:
        """Add other places where a name of this dialogue stands, capitalised."""
        if not self.names or not any(name in text for name in self.names):
            return spans
        pattern = "|".join(re.escape(name) for name in sorted(self.names, key=lambda n: (-len(n), n)))
        known = re.finditer(rf"(?<![\w@/.-])(?:{pattern})(?:\s(?:{pattern}))*(?![\w@-])", text)
        more = [(m.start(), m.end(), "name") for m in known]
        return _merge([*spans, *(span for span in more if not self._is_kept(text, span))])

    def _replace(self, text: str, spans: list[Found]) -> Redaction:
        if not spans:
            return Redaction(text, [])
        parts: list[str] = []
        end = 0
        for start, stop, kind in spans:
            parts += [text[end:start], self._placeholder(kind, text[start:stop])]
            self.counts[kind] += 1
            end = stop
        return Redaction("".join([*parts, text[end:]]), spans)

    def _placeholder(self, kind: str, value: str) -> str:
        key = (kind, _FOLD.sub("", value.lower()))
        if key not in self.placeholders:
            n = 1 + len({name for (other, _), name in self.placeholders.items() if other == kind})
            if kind == "name" and (same := self._same_person(key[1])):
                self.placeholders[key] = same
            else:
                self.placeholders[key] = f"[{kind.upper()}]" if n == 1 else f"[{kind.upper()}_{n}]"
        return self.placeholders[key]

    def _same_person(self, value: str) -> str:
        """The placeholder of a longer or shorter form of this name (Sarah, Sarah Johnson), or ""."""
        for (kind, other), placeholder in self.placeholders.items():
            if kind == "name" and (other.startswith(value) or value.startswith(other) or other.endswith(value)):
                return placeholder
        return ""


@lru_cache(REMEMBERED)
def _detected(text: str, country: str, types: tuple[str, ...]) -> tuple[Found, ...]:
    """What our own detectors find. Chats repeat themselves, so short texts are remembered."""
    look = Look.at(text)
    found: list[Found] = []
    for maybe, detect in _chosen(types):
        if maybe(look):
            found.extend(detect(look, country))
    return tuple(found)


@cache
def _chosen(types: tuple[str, ...]) -> tuple[tuple[Maybe, Detect], ...]:
    """The detectors of the types."""
    return tuple((maybe, detect) for kind, maybe, detect in DETECTORS if kind in types)


def _merge(spans: Iterable[Found]) -> list[Found]:
    """Spans in order of place, without overlaps: the one listed first stays."""
    kept: list[Found] = []
    for span in spans:
        at = bisect(kept, span)
        if (at == 0 or kept[at - 1][1] <= span[0]) and (at == len(kept) or span[1] <= kept[at][0]):
            kept.insert(at, span)
    return kept
