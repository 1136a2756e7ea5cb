"""A voice guide in a company's own words, without rules in our format: its sentences read into checks.

Read are lists, tables, labelled examples and plain sentences that ask for something a reply can be checked for:

    Never say "unfortunately". / ## Words we avoid, a list        phrases that must not stand
    Never mention competitors such as Acme.                       names that must not
    Instead of "purchase", say "buy". | Don't say | Say |         the first of them
    No more than three sentences. Under 50 words. No hashtags.    bounds
    Open with "Hey". Sign off with "See you." Always greet.       how it begins and ends
    No exclamation marks. Use contractions. No jargon.            the checks of `rules.CHECKS`
    ✅ Hey, it's in.   Bad: "Dear customer ..."                   examples, judged when the guide is loaded

"Never", "must" and plain orders make hard rules; "try", "prefer", "where possible" soft ones. What asks for something
only under a condition, or for something that only people can judge, is listed as unread.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from alignment.voice import wishes
from alignment.voice.drafts import COUNTS, PLACES, Draft, Example, fails, within
from alignment.voice.folding import fold, unify
from alignment.voice.rules import CHECKS, Check

_HEADING = re.compile(r"#{1,6}\s+(?P<title>.+?)\s*#*$")
_LABEL = re.compile(
    r"(?:\*\*|__)(?P<bold>[^*_]{2,60})(?:\*\*|__):?$|(?P<plain>[A-Z][^.!?:|]{1,60}):$"
    r"|(?P<said>(?i:good|bad|better|worse)(?: \w+)?(?i: examples?| repl(?:y|ies)))$"
)
_INLINE = re.compile(r"(?:\*\*|__)(?P<title>[^*_]{2,40}?):?(?:\*\*|__):?\s+(?P<text>.+)$")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,2}[.)])\s+(?P<text>.+)$")
_MARK = re.compile(r"[>\s*•-]*(?P<mark>✅|✔️?|☑️?|👍|❌|✗|✘|🚫|👎)\s*(?P<text>.+)$")
_SAID = re.compile(
    r"[>\s*•_-]*(?P<who>customer|client|user|system|good|yes|better|after|bad|no|worse|before)(?: example| reply)?"
    r"\s?(?:\*\*|__)?:(?:\*\*|__)?\s+(?P<text>.+)$",
    re.IGNORECASE,
)
_GOOD = ("good", "yes", "better", "after", "✅", "✔", "☑", "👍")
_CELLS = re.compile(r"(?<!\\)\|")
_LONG = 12  # words of a phrase; longer texts in a list or table are examples

DO, DONT, FORBIDDEN, ALLOWED, GOOD, BAD = "do", "dont", "forbidden", "allowed", "good", "bad"
_ABOUT_WORDS = r"\b(?:words?|phrases?|terms?|language|expressions?|vocabulary|say|saying)\b"
_NOT = r"\b(?:never|not|don'?t|avoid|do not|forbidden|banned|prohibited|off-limits|taboo)\b"
_BANNED = r"^(?:banned|forbidden|prohibited|off-limits|taboo)$"
_SECTIONS = (  # of a heading or label: the first that fits
    ("", re.compile(r"\bdo'?s?\b\W+(?:and|&|or|/)\W+(?:do not|don'?ts?)\b|\bthis\b.*\bnot that\b", re.IGNORECASE)),
    (BAD, re.compile(r"\b(?:bad|wrong)\b", re.IGNORECASE)),
    (FORBIDDEN, re.compile(rf"{_ABOUT_WORDS}.*{_NOT}|{_NOT}.*{_ABOUT_WORDS}|\binstead of\b|{_BANNED}", re.IGNORECASE)),
    ("", re.compile(r"\b(?:are|is|we're|means?|sounds?|doesn't)\b", re.IGNORECASE)),
    (DONT, re.compile(rf"{_NOT}|\bdon'?ts\b|\bno-?(?:go|no)'?s\b|^(?:no|not|less)$", re.IGNORECASE)),
    (ALLOWED, re.compile(rf"{_ABOUT_WORDS}|^(?:use|try|allowed|approved|preferred|we)\b", re.IGNORECASE)),
    (GOOD, re.compile(r"\b(?:good|right|better)\b", re.IGNORECASE)),
    (DO, re.compile(r"\bdo'?s?\b|\balways\b|^(?:yes|more)$", re.IGNORECASE)),
)


@dataclass(frozen=True, kw_only=True)
class Unread:
    """An order of the guide that is no check."""

    line: int
    text: str


@dataclass(kw_only=True)
class Prose:
    """What was read: rules, examples, phrases allowed everywhere, and orders that are no check."""

    drafts: list[Draft] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def draft(self, name: str, line: int, hard: bool, description: str) -> Draft:
        """The rule of that name, made where it is not there yet; hard once any of its sentences is."""
        found = next((one for one in self.drafts if one.name == name), None)
        if found is None:
            found = Draft(name=name, line=line, hard=hard, weight=1.0, description=description)
            self.drafts.append(found)
        return found


def read_prose(text: str) -> Prose:
    """Reads a guide's text."""
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), start=1):
        reader.line(number, line.rstrip())
    reader.close()
    for draft in reader.made.drafts:  # "close your account" is fine where "account" is not
        bad = [fold(phrase) for phrase in draft.forbidden]
        draft.allowed += [good for good in reader.made.allowed if any(one in fold(good) != one for one in bad)]
    return reader.made


def section_of(title: str) -> str:
    """What stands under a heading, by its words; "" where it does not tell."""
    bare = unify(title).strip("*_:. ")
    return next((name for name, pattern in _SECTIONS if pattern.search(bare)), "")


def is_rule(text: str) -> bool:
    """Whether a text is in the format of `guide`."""
    return re.search(r"^#{1,6}\s+rule\b", text, re.IGNORECASE | re.MULTILINE) is not None


class _Reader:
    def __init__(self) -> None:
        self.made = Prose()
        self.section = ""
        self.columns: list[str] = []  # what each column of the table holds
        self.open: tuple[int, str, bool] | None = None  # line, text, whether it is an item of a list
        self.before: list[dict[str, str]] = []  # what was said before an example's reply
        self.about_words = False  # the heading is about words and phrases
        self.fenced = False

    def line(self, number: int, line: str) -> None:
        if line.lstrip().startswith(("```", "~~~")):
            self.fenced = not self.fenced
            return
        if self.fenced:
            return
        if line.lstrip().startswith("|"):
            self.close()
            self._row(number, line)
            return
        self.columns = []
        if not line.strip() or re.fullmatch(r"\s*[-=_*]{3,}\s*", line):
            self.close()
        elif title := _HEADING.match(line) or _LABEL.match(line):
            self.close()
            self.before = []
            self.section = section_of(name := next(filter(None, title.groups())))
            self.about_words = (self.about_words and line[0] != "#") or self.section in (FORBIDDEN, ALLOWED)
            if self.section == DONT and self.about_words and len(name.split()) < 4:
                self.section = FORBIDDEN
        elif found := _MARK.match(line) or _SAID.match(line):
            self.close()
            self._example(number, *found.groups())
        elif found := _ITEM.match(line):
            self.close()
            self.open = number, found["text"], True
        elif self.open is not None and not _INLINE.match(line):
            self.open = self.open[0], f"{self.open[1]} {line.lstrip('> ').strip()}", self.open[2]
        else:
            self.close()
            quoted = line.lstrip().startswith(">") and self.section in (GOOD, BAD)
            self.open = number, line.lstrip("> ").strip(), quoted

    def close(self) -> None:
        """The end of an item or a paragraph."""
        if self.open is None:
            return
        (number, text, item), self.open = self.open, None
        if self.section in (GOOD, BAD) and item:
            self._reply(number, text, self.section == GOOD)
        elif self._words(text, item) and (phrases := listed(text)):
            self._listed(number, self.section, phrases)
        elif (label := _INLINE.match(text)) and (section := self._wording(label["title"])):
            for part in label["text"].split(", "):
                self._listed(number, section, listed(part))
        else:
            self._orders(number, text, item)

    def _words(self, text: str, item: bool) -> bool:
        """Whether a text is an item under a heading about words, and no rule that stands there all the same."""
        if not item or self.section not in (FORBIDDEN, ALLOWED) or wishes.swaps(text):
            return False
        order, length = wishes.is_order(text), len(text.split())
        if wishes.QUOTED.search(unify(text)) or (length < 3 and not order):
            return True
        if self.section == ALLOWED and order and text.endswith("."):
            return False
        sentences = wishes.sentences_of(text)
        asked = any(list(wishes.asked(one, False)) for one in sentences)
        return not asked and (length < 4 or not any(map(wishes.asks, sentences)))

    def _wording(self, title: str) -> str:
        """What words after "We avoid:" are, under a heading about words; "" where these are no words to list."""
        section = section_of(title)
        if section == FORBIDDEN:
            return FORBIDDEN
        return {DONT: FORBIDDEN, ALLOWED: ALLOWED, DO: ALLOWED}.get(section, "") if self.about_words else ""

    def _listed(self, number: int, section: str, phrases: list[str]) -> None:
        if section == FORBIDDEN:
            self._forbid(number, phrases, hard=True)
        else:
            self.made.allowed += phrases

    def _example(self, number: int, who: str, text: str) -> None:
        who = who.casefold().rstrip("\ufe0f")
        if who in ("customer", "client", "user", "system"):
            role = "system" if who == "system" else "user"
            if role == "user" and any(one["role"] == "user" for one in self.before):
                self.before = []
            self.before.append({"role": role, "content": text.strip(' "*')})
            return
        good = who in _GOOD
        if not self.before and wishes.is_order(text):
            kept, self.section = self.section, DO if good else DONT
            self._orders(number, text, True)
            self.section = kept
        else:
            self._reply(number, text, good)

    def _reply(self, number: int, text: str, good: bool) -> None:
        reply = text.strip().strip('"“”*_ ')
        self.made.examples.append(Example(line=number, good=good, reply=reply, conversation=tuple(self.before)))

    def _row(self, number: int, line: str) -> None:
        cells = [cell.strip() for cell in _CELLS.split(line.strip().strip("|"))]
        if not self.columns:
            self.columns = [section_of(cell) for cell in cells]
            for bad, good in ((FORBIDDEN, ALLOWED), (DONT, DO)):  # the other one says what to write
                if bad in self.columns:
                    self.columns = [good if name in ("", DO, GOOD) else name for name in self.columns]
        elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            for cell, section in zip(cells, self.columns, strict=False):
                if cell.strip("-–— "):
                    self._cell(number, cell, section)

    def _cell(self, number: int, cell: str, section: str) -> None:
        phrases = [part for whole in re.split(r"<br ?/?>| / |;", cell) for part in listed(whole)]
        if section in (DO, DONT) and wishes.is_order(cell):
            kept, self.section = self.section, section
            self._orders(number, cell, True)
            self.section = kept
        elif section in (GOOD, BAD) or any(len(phrase.split()) > _LONG for phrase in phrases):
            self._reply(number, cell, section in (GOOD, DO, ALLOWED))
        elif section in (FORBIDDEN, DONT):
            self._forbid(number, phrases, hard=True)
        elif section in (ALLOWED, DO):
            self.made.allowed += phrases

    def _forbid(self, number: int, phrases: Sequence[str], hard: bool) -> None:
        if not any(phrase.strip() for phrase in phrases):
            return
        name, which = ("forbidden_phrases", "forbidden") if hard else ("avoided_phrases", "avoided")
        draft = self.made.draft(name, number, hard, f"Uses no {which} phrase.")
        draft.forbidden += [phrase for phrase in phrases if phrase.strip() and phrase not in draft.forbidden]

    def _orders(self, number: int, text: str, item: bool) -> None:
        """What the sentences of a text ask for; an item of a list under "Don't" asks for the contrary."""
        against = item and (self.section == DONT or (self.section == FORBIDDEN and not wishes.denies(text)))
        for sentence in wishes.sentences_of(text):
            found = list(wishes.asked(sentence, against))
            for wish in found:
                self._take(number, f"Don't: {sentence.text}" if against else sentence.text, wish)
            orders = wishes.asks(sentence) or (item and wishes.advises(sentence.text))
            if not found and (orders or (item and self.section in (DO, DONT))):
                self.made.unread.append(Unread(line=number, text=sentence.text))

    def _take(self, number: int, text: str, wish: wishes.Wish) -> None:
        if wish.kind == "forbid":
            self._forbid(number, wish.phrases, wish.hard)
            return
        if wish.kind == "allow":
            self.made.allowed += wish.phrases
            return
        names = {one.name for one in self.made.drafts}
        name = wish.name.replace(" ", "_")
        name = (
            f"{name}_{number}" if wish.kind == "require" and name in names else name
        )  # each asked for, not one of them
        draft = self.made.draft(name, number, wish.hard, text)
        draft.hard = draft.hard or wish.hard
        if wish.kind == "bound":
            draft.bans.append(partial(within, COUNTS[wish.name], wish.low, wish.high))
            return
        kept: Check = CHECKS[wish.check] if wish.check else partial(PLACES[wish.kind], tuple(wish.phrases))
        if name == "greeting" and not wish.against:  # its very words, where the guide has them, and not any hello
            draft.wishes = [one for one in draft.wishes if one is not CHECKS["greeting"]]
            if kept is CHECKS["greeting"] and draft.wishes:
                return
        (draft.bans if wish.against else draft.wishes).append(partial(fails, kept) if wish.against else kept)


def listed(text: str) -> list[str]:
    """The phrases of an item: those in quotes, else its words between commas, else all of it but what explains it."""
    text = unify(text)
    first = re.split(r"\s\(|\s[-=]+>?\s|→|:\s", text)[0]
    if quoted := wishes.QUOTED.findall(first) or wishes.QUOTED.findall(text):
        return quoted
    bare = first.strip("*_`'. ")
    parts = [part.strip("*_`'. ") for part in re.split(r", | or ", bare)]
    words_alone = all(len(part.split()) == 1 for part in parts) and (len(parts) > 2 or bare == bare.lower())
    found = [part for part in (parts if words_alone else [bare]) if part]
    return [] if wishes.is_order(text) and len(bare.split()) > 4 else found


def told(unread: Sequence[Unread]) -> Iterator[str]:
    """One line for all that is no check; nothing where there is none."""
    if unread:
        lines = ", ".join(str(number) for number in sorted({one.line for one in unread}))
        yield f"no check is made of line{'s' * (len(unread) > 1)} {lines}: only people can judge them"
