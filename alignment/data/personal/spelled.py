"""E-mail addresses and phone numbers written in words: "sam dot lee at gmail dot com", "five five five ..."."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alignment.data.personal.hints import Hints, Look
from alignment.data.personal.names import words

Found = tuple[int, int, str]

_DOT = r"(?:\s?[(\[{]\s?(?:dot|\.)\s?[)\]}]\s?|\s(?:dot|punto|punkt|point)\s|\s?\.\s?)"
_AT = r"(?:\s?[(\[{]\s?(?:at|@)\s?[)\]}]\s?|\s(?:at|arroba)\s|\s?@\s?)"
_JOIN = (
    r"(?:\s(?:dot|underscore|dash|hyphen|minus|plus|punto|punkt)\s|\s?[(\[{]\s?(?:dot|\.|underscore|dash)\s?[)\]}]\s?)"
)
_END = r"(?:com|net|org|edu|gov|io|co|us|uk|ca|au|in|de|fr|es|nl|it|ie|info|biz|me|eu|app|dev)"
_HOSTS = r"(?:gmail|googlemail|yahoo|ymail|hotmail|outlook|live|msn|icloud|aol|proton ?mail|gmx|web|comcast|verizon)"
_EMAIL = re.compile(
    rf"(?<![\w.@+-])([\w.+-]{{1,40}}(?:{_JOIN}[\w.+-]{{1,40}}){{0,4}}){_AT}"
    rf"(?P<host>{_HOSTS}|[\w-]{{2,40}}(?:{_DOT}[\w-]{{2,40}}){{0,2}}?){_DOT}{_END}(?:{_DOT}(?:uk|au|in|nz|za|jp|br))?(?![\w@])",
    re.IGNORECASE,
)
_HOST = re.compile(_HOSTS, re.IGNORECASE)
_IN_WORDS = re.compile(r"[(\[{]|\s@|@\s|\b(?:dot|at|arroba|punto|punkt)\b", re.IGNORECASE)
_SAYS_MAIL = re.compile(r"\b(?:e-?mail|mail|address|reach|contact|write|correo|adresse)\b", re.IGNORECASE)
# "look at gmail dot com": no mailbox of that name
_NO_BOX = frozenset(words("look looking looked me it us is shop bought order ordered again account here available saw"))
_AT_HINTS = Hints(" at ", "at)", "at]", "at}", "arroba", "@")
_DOT_HINTS = Hints("dot", ".co", "mail.", "(.)", "punto", "punkt")
_DIGIT_HINTS = Hints("five", "eight", "four", "seven", "nine", "three", "zero")
_DIGIT = r"(?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_NAMED = (  # the nearest of these words before the digits
    (re.compile(r"\b(?:order|tracking|confirmation)\b", re.IGNORECASE), "order"),
    (re.compile(r"\b(?:account|acct|customer|member(?:ship)?)\b", re.IGNORECASE), "account"),
    (re.compile(r"\b(?:social|ssn)\b", re.IGNORECASE), "national_id"),
    (re.compile(r"\b(?:card|visa|amex|mastercard)\b", re.IGNORECASE), "card"),
    (re.compile(r"\b(?:phone|call|cell|mobile)\b", re.IGNORECASE), "phone"),
)
_DIGITS = re.compile(rf"(?<!\w){_DIGIT}(?:[ ,.-]{{1,3}}{_DIGIT}){{6,18}}(?!\w)", re.IGNORECASE)


def may_hold_spelled_mail(look: Look) -> bool:
    """Whether an "at" and a dot stand in the text, in words or brackets."""
    return _AT_HINTS.stand_in(look) and _DOT_HINTS.stand_in(look)


def may_hold_spelled_digits(look: Look) -> bool:
    """Whether some digit's name stands in the text, and blanks enough for six more."""
    return _DIGIT_HINTS.stand_in(look) and look.lower.count(" ") > 5


def find_spelled_emails(look: Look, country: str) -> Iterator[Found]:
    """Addresses with "at" and "dot" in words or brackets: of a known host, or beside a word such as "email"."""
    text = look.text
    for match in _EMAIL.finditer(text):
        value = match[0]
        if not _IN_WORDS.search(value) or match[1].lower() in _NO_BOX:
            continue
        bracketed = any(c in value for c in "([{")
        sure = (
            bracketed
            or _HOST.fullmatch(match["host"])
            or _SAYS_MAIL.search(text[max(0, match.start() - 40) : match.start()])
        )
        if sure:
            yield match.start(), match.end(), "email"


def find_spelled_digits(look: Look, country: str) -> Iterator[Found]:
    """Seven names of digits or more in a row: a phone number, unless a word before says what else."""
    text = look.text
    for match in _DIGITS.finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        named = [(lead.start(), kind) for pattern, kind in _NAMED for lead in pattern.finditer(before)]
        yield match.start(), match.end(), max(named)[1] if named else "phone"
