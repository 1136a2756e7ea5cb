"""What can be checked in a text: amounts, dates, times, codes, numbers with their unit; and values a prompt lists.

Plain patterns, no model: the same text always gives the same facts. A number belongs to the word after it ("12 days",
"30 inches"), so that a wrong number can be told from another number that is right elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Messages = Sequence[Mapping[str, str]]
Pool = dict[str, list[str]]  # the name of a line ("material") -> values it has somewhere ("cast iron", ...)

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
_TYPED = re.compile(
    r"(?P<link>https?://\S+|[\w.+-]+@[\w-]+\.\w[\w.-]*)"
    rf"|(?P<money>[$€£]\s?(?:{_NUMBER})|(?<![\w.])(?:{_NUMBER})(?=\s?(?:dollars|euros?|pounds|usd|eur|gbp)\b))"
    rf"|(?P<date>\b{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?\b|\b\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}(?!\w)"
    r"|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b)"
    r"|(?P<time>\b\d{1,2}:\d{2}\b|\b\d{1,2}(?=\s?[ap]\.?m\b))"
    rf"|(?P<percent>(?:{_NUMBER})(?=\s?(?:%|percent\b)))"
    r"|(?P<code>\b[A-Za-z]{1,6}-?\d{2,}[\w-]*|\b\d{4,}(?![\d,]*[.]\d)\b(?!,\d{3}))"
    rf"|(?P<number>(?<![\w.])(?:{_NUMBER}))",
    re.IGNORECASE,
)
_UNIT = re.compile(r"[\s-]?([^\W\d_]+)")
_LINE = re.compile(r"^\s*(?:[-*•]\s*)?([^\W\d_][^:=\n]{0,40}?)\s*[:=]\s+(\S.*?)\s*$", re.MULTILINE)
_NAMED = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_COUNTS = {name: str(n) for n, name in enumerate(_NAMED, 2)}
_COUNTS |= {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90"}
_NO_UNIT = "of|and|or|to|for|in|on|at|the|my|your|are|is|as|with|from|that|who"
_COUNTED = re.compile(  # "two weeks", not "the two of you"
    rf"\b({'|'.join(_COUNTS)})\b(?=[ -](?!(?:{_NO_UNIT})\b)[a-z])",
    re.IGNORECASE,
)
_DENIAL = re.compile(r"\b(?:not|no|never|none|nor|neither|nothing|nobody|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_LONGEST_VALUE = 8  # words; longer ones are instructions, not values


@dataclass(frozen=True)
class Fact:
    """A value at text[start:end]. kind: money, date, time, percent, code, link, or the unit of a number ("day")."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """Equal for the same value in another spelling: "$1,299.00" and "$1299", "June 4" and "june 4th"."""
        if self.kind == "date":
            return re.sub(r"(?<=\d)(?:st|nd|rd|th)|\.", "", self.text.casefold())
        plain = self.text.casefold().replace(",", "").replace(" ", "")
        return re.sub(r"(\.\d*?)0+$", r"\1", plain).rstrip(".") if "." in plain else plain


def typed(text: str) -> list[Fact]:
    """The facts of a text that have a type, in their order; none lies inside another."""
    return [Fact(_kind(found, text), found.group(), found.start(), found.end()) for found in _TYPED.finditer(text)]


def _kind(found: re.Match[str], text: str) -> str:
    name = str(found.lastgroup)
    if name != "number":
        return name
    unit = _UNIT.match(text, found.end())
    return _singular(unit.group(1).casefold()) if unit else "number"


def _singular(word: str) -> str:
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def listed(messages: Messages) -> list[tuple[str, str]]:
    """The "name: value" lines of the system messages as (name, value); the digits of a name are left out.

    "order 79237: arrives June 4" is ("order", "arrives June 4"). Values of more than eight words are instructions.
    """
    found = []
    for message in messages:
        if message["role"] == "system":
            for name, value in _LINE.findall(message["content"]):
                if len(value.split()) <= _LONGEST_VALUE:
                    found.append((" ".join(re.sub(r"\d", "", name).casefold().split()), value))
    return found


def pool(conversations: Iterable[Messages]) -> Pool:
    """All values without a digit that the conversations list, by name: what one product has and another has not."""
    found: dict[str, set[str]] = {}
    for messages in conversations:
        for name, value in listed(messages):
            if not any(char.isdigit() for char in value):
                found.setdefault(name, set()).add(value)
    return {name: sorted(values) for name, values in sorted(found.items())}


def places(value: str, text: str) -> Iterator[tuple[int, int]]:
    """Where `value` stands in `text`, in any case, not inside a longer word or number."""
    before = r"(?<!\w)(?<!\d[.,])" if value[:1].isalnum() else ""
    after = r"(?!\w)(?![.,]\d)" if value[-1:].isalnum() else ""
    pattern = before + r"\s+".join(map(re.escape, value.split())) + after
    for found in re.finditer(pattern, text, re.IGNORECASE):
        yield found.span()


def lost(before: str, after: str, names: Iterable[str] = ()) -> list[str]:
    """Facts of `before` that `after` has no more, and typed ones that it has anew: [] when it says the same.

    A number counts with its unit: "5 days" is lost when "5 weeks" stands there. names: texts (of products, people,
    required facts) that must stay where `before` has them; in any case of letters. "Two weeks" are 2 weeks.
    """
    texts = (_COUNTED.sub(lambda found: _COUNTS[found[1].lower()], text) for text in (before, after))
    was, now = ({(fact.kind, fact.value): fact.text for fact in typed(text)} for text in texts)
    changed = [text for key, text in was.items() if key not in now] + [t for k, t in now.items() if k not in was]
    kept = [name for name in names if any(places(name, before)) and not any(places(name, after))]
    return changed + [name for name in kept if name not in changed]


def denies(text: str) -> bool:
    """Whether a text says that something is not so: a new wording of it does too, or it says another thing."""
    return _DENIAL.search(text) is not None
