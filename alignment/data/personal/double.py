"""First names that are other words besides (Will, April, Mark): only where nothing but a name can stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alignment.data.personal.hints import Hinted, Look
from alignment.data.personal.names import COMMON, FAMILY, GIVEN, NOT_NAMES, ORDINARY, PLACES, SHARED_NAMES

Span = tuple[int, int, str]

_MONTHS_AND_VERBS = ("Will", "May", "April", "June", "Summer")
_NAME = rf"(?P<name>{'|'.join(_MONTHS_AND_VERBS)})"
_LAST = r"(?:[^\S\n](?P<last>[A-ZÀ-Þ][\w'’-]{1,20}))?"
_STOP = r"(?=[^\S\n]?(?:[,.!?;:)\n–-]|$))"
_TOLD = (
    re.compile(rf"\b(?i:name(?: is|['’]s|:)|call me|goes by|go by)\s{_NAME}{_LAST}(?![\w'’-])"),
    re.compile(rf"\b(?i:i am|i['’]m|im|this is)\s{_NAME}{_LAST}(?=\s(?:from|with|here|calling|again|speaking)\b)"),
    re.compile(rf"\b(?i:i am|i['’]m|im)\s{_NAME}{_LAST}{_STOP}"),
    re.compile(
        r"(?:^|[.!?,:\n]\s?)(?i:hi|hey|hello|hiya|dear|thanks|thank you|thx|cheers|sorry|welcome|(?:good )?morning"
        rf"|(?:good )?(?:afternoon|evening)),?\s(?:again |so much,? )?{_NAME}{_LAST}(?=\s?[,.!;:–-]|\s?$)",
        re.MULTILINE,
    ),
    re.compile(rf"(?:^|[,.!?\n]\s?){_NAME}{_LAST}(?=,?\s(?:here|speaking)\b)"),
    re.compile(rf"(?:[,.!?)]|\n)[^\S\n]*\n\s*[–—~-]*\s?{_NAME}{_LAST}(?=\s*(?:$|\n[^\n]*(?:@|\d{{3}}|\|)))"),
    re.compile(
        rf"\b(?i:agent|rep|spoke (?:with|to)|talked (?:with|to)|named|called)\s{_NAME}(?=\s(?:who|and|told|said))"
    ),
)
_MAYBE = re.compile(
    rf"\b(?:{'|'.join(_MONTHS_AND_VERBS)})\b(?!\s(?:I|you|we|the|it|be|this|that|my|do|they|there|he|she)\b)"
)
_FULL = re.compile(rf"(?<![\w'’-]){_NAME}\s(?P<last>[A-ZÀ-Þ][\w'’-]{{1,20}})(?![\w'’-])")
_LOWER = re.compile(
    r"\bname(?: is|['’]s)\s(?P<name>will|may|april|june|summer)(?P<last>\s[a-z]{2,20})?(?=\s?(?:[,.!\n]|$|\sand\b))"
)
_DEED = Hinted(  # Mark said, Amber from support
    r"(?<![\w'’@./&-])([A-Z][a-z]{1,15})[^\S\n](?:(?:has|had)[^\S\n])?"
    r"(?:was[^\S\n](?:(?:really|so|very|extremely)[^\S\n])?(?:patient|kind|helpful|rude|friendly|polite|professional)"
    r"|said|told|promised|helped|emailed|wrote|replied|mentioned|explained|apologi[sz]ed|insisted|assured|handled|agreed|refused|offered|suggested"
    r"|called[^\S\n](?:me|us|back|again)|(?:from|in)[^\S\n](?:support|customer|billing|returns|sales|shipping|accounting))"
    r"(?!\w)"
)
_ANSWERED = Hinted(  # "Got it, Lou."
    r"(?:^|[.!?:\n]\s?)(?i:got it|no problem|no worries|perfect|great|okay|ok|alright|all right|right|understood"
    r"|of course|noted|will do|see you|any ?time|you['’]re welcome|you are welcome|welcome back|one moment|hold on"
    r"|absolutely|certainly|exactly|lovely|brilliant|wonderful|nice to (?:meet|see) you|thanks a (?:lot|million)"
    r"|take care|much appreciated|have a (?:good|great|nice|lovely) (?:day|one|weekend|evening)|talk soon"
    r"|i understand|good luck)"
    r",?\s([A-Z][a-z]{1,15})(?=[.!,]|\s?$)",
    re.MULTILINE,
)
_ARTICLE = re.compile(r"\b(?:the|our|your|my|a|an|in|at|from|to)\s$", re.IGNORECASE)
DOUBLE = SHARED_NAMES | {word.lower() for word in _MONTHS_AND_VERBS}
_SINGLE = SHARED_NAMES - NOT_NAMES
_NO_SURNAME = ORDINARY | PLACES | COMMON | NOT_NAMES | GIVEN


def find_double_lower(text: str) -> Iterator[Span]:
    """In small letters, after "name is"."""
    for match in _LOWER.finditer(text):
        family = match["last"] is not None and match["last"].strip() in FAMILY
        yield match.start("name"), match.end("last" if family else "name"), "name"


def find_double(look: Look) -> Iterator[Span]:
    """Where such a word is told to be a name, does what only people do, or a surname follows it inside a sentence."""
    text = look.text
    for match in _DEED.finditer(look):
        if match[1].lower() in DOUBLE and not _ARTICLE.search(text[max(0, match.start() - 8) : match.start()]):
            yield match.start(1), match.end(1), "name"
    for match in _ANSWERED.finditer(look):
        if match[1].lower() in _SINGLE:
            yield match.start(1), match.end(1), "name"
    if not _MAYBE.search(text):
        return
    for pattern in _TOLD:
        for match in pattern.finditer(text):
            family = match["last"] is not None if "last" in pattern.groupindex else False
            yield match.start("name"), match.end("last" if family else "name"), "name"
    for match in _FULL.finditer(text):
        low = match["last"].lower()
        inside = text[: match.start()].rstrip(" \"'")[-1:] not in ("", ".", "!", "?", "\n", ":")
        if (
            low in FAMILY
            and low not in _NO_SURNAME
            and (inside or not re.match(r"\s[a-z]", text[match.end() : match.end() + 2]))
        ):
            yield match.start(), match.end(), "name"
