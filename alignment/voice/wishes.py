"""What one sentence of a voice guide asks for, in the words companies use: phrases, bounds, openings, habits."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from alignment.voice.folding import unify

QUOTED = re.compile(r'"([^"\n]{1,200})"')
_SLANTED = re.compile(r"(?<![\w*_`])(?:\*([^*\n]{2,80})\*|_([^_\n]{2,80})_|`([^`\n]{2,80})`)(?![\w*_`])")
_SINGLE = re.compile(r"(?<!\w)'([^'\n]{2,80})'(?!\w)")
_LONGEST = 1000  # characters of a sentence that is read
_LEAD = re.compile(r"^(?:\*\*|__)([^*_]{2,40}?)[.:]?(?:\*\*|__)[:.]?\s+")  # "**Length.** Three sentences."
_INSTANCE = re.compile(r"\be\.g\.|\bfor (?:example|instance)\b|\bsuch as\b|\blike <")
_TOKEN = re.compile(r"<(\d+)>")

_NUMBERS = {
    name: str(n)
    for n, name in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
        ]
    )
} | {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "a hundred": "100", "single": "1"}
_UNITS = {
    "words": r"words?",
    "sentences": r"(?:short |full )?sentences?",
    "questions": r"questions?",
    "exclamations": r"exclamation (?:marks?|points?)|exclamations",
    "emoji": r"emojis?|emoticons?|smil(?:eys?|ies)",
    "semicolons": r"semi-?colons?",
    "hashtags": r"hash ?tags?",
    "bullets": r"bullet(?:s|ed lists?|[ -]points?| lists?)",
    "characters": r"characters?",
}
_MARKS = ("exclamations", "emoji", "questions", "semicolons", "hashtags", "bullets")  # "no ..." is none of them
_UNIT = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _UNITS.items())
_N = r"(?P<n>\d{1,4})"
_MANY = rf"(?P<low>\d{{1,4}})\s?(?:-|to|and|or)\s?(?P<high>\d{{1,4}})\s(?:{_UNIT})\b"
_MOST = r"at most|at the most|no more than|not more than|never more than|no longer than|not exceed|never exceed"
_MOST += (
    r"|max(?:imum)?(?: length)?(?: of|:)?|up to|(?:limit|limited|cap|capped|keep|kept|stick)(?: \w+){0,3} (?:to|at)"
)
_LEAST = r"at least|(?:a )?min(?:imum)?(?: of)?|no fewer than|no less than|not less than|not fewer than"
_AFTER_MOST = r"or fewer|or less|max(?:imum)?|at most|at the most|tops"
_BOUNDS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("range", _MANY),
        ("most", rf"(?:{_MOST}) {_N} (?:{_UNIT})\b"),
        ("below", rf"(?:under|fewer than|less than|below|shorter than) {_N} (?:{_UNIT})\b"),
        ("least", rf"(?:{_LEAST}) {_N} (?:{_UNIT})\b"),
        ("most", rf"{_N} (?:{_UNIT})(?: long)?,? (?:{_AFTER_MOST})\b"),
        ("least", rf"{_N} (?:{_UNIT}),? (?:or more|minimum|at least)\b"),
        ("above", rf"(?:more than|over|longer than|exceed(?:ing)?) {_N} (?:{_UNIT})\b"),
        ("most", rf"(?:{_UNIT})\b[^.]{{0,30}}\b(?:only|just|{_MOST}) {_N}(?=\W*$)"),  # emoji are fine, but only 1
        ("most", rf"(?:only|just|exactly|write|in|is|are|have|has|use|ask|^|, ?) ?{_N} (?:{_UNIT})\b"),
    )
)
_TWO = re.compile(
    rf"\d+ ({'|'.join(_UNITS.values())}),? (?:or )?(\d+) (?=at (?:the )?most|max|tops)"
)  # 2 words, 3 at most
_PER = re.compile(r"\bsentences?\b(?! (?:per|in|a|each)\b)|\bper sentence\b|\b(?:a|each|every|in a) sentence\b")

_NOT = re.compile(
    r"\b(?:never|not|none|n't|avoid|refrain|no|without|nor|stop|skip|drop|ban(?:ned)?|forbidden|prohibited|cut|ditch"
    r"|(?:stay|steer|keep) (?:away|clear))\b|n't\b"
)
_SOFT = re.compile(
    r"\b(?:try|prefer(?:red|ably)?|ideally|(?:where|when|if|wherever|whenever) (?:possible|you can)|usually|generally"
    r"|aim|tend|mostly|rarely|sparing(?:ly)?|as a rule|mind)\b"
)
_CONDITION = re.compile(r"\b(?:when|whenever|if|unless|except|only|where|after|until|in case)\b")
_GIVEN = re.compile(r"^\W*(?:if|when|whenever|unless|after|before|once|for|in)\b[^,.]{1,80},\s", re.IGNORECASE)
_ORDER = re.compile(
    r"(?:\W*(?:please|we|you|agents?|replies|always|every (?:reply|message)))*\W*(?:use|using|say|saying|write|writing"
    r"|keep|avoid|be|never|always|do not|don't|no|open|start|begin|end|close|finish|sign|greet|address|apologi[sz]e|ask"
    r"|add|give|speak|talk|sound|stay|spell|capitali[sz]e|mention|include|limit|number|make|tell|call|offer|thank|refer"
    r"|repeat|promise|instead of|prefer|try|must|shout|blame|explain|lead|put|state|show|answer|leave|get|quote"
    r"|name|ban|check|send|explain|wait|skip)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:never|always|must|avoid|do not|don't|should|no more than|at most|at least|forbidden|prohibited|not allowed"
    r"|not permitted|make sure|instead of|rather than)\b"
)
_SAY = r"(?:say|use|write|try|prefer|put|choose|it is|it's|go (?:for|with))"
_PHRASES = r"(?:<\d+>(?:(?:\s?[,/]\s?|,? (?:or|and|nor) )<\d+>)*)"
_PLAIN = r"[\w'-]+(?: [\w'-]+){0,2}"
_SWAPS = tuple(  # (bad, good) by name
    re.compile(pattern)
    for pattern in (
        rf"(?P<good>{_PHRASES}),? (?:instead of|rather than|in place of)(?: \w+){{0,2}} (?P<bad>{_PHRASES})",
        rf"(?:instead of|rather than|in place of)(?: \w+){{0,2}} (?P<bad>{_PHRASES})"
        rf"(?:\W+(?:we |you )?{_SAY}\W+(?P<good>{_PHRASES}))?",
        rf"(?P<good>{_PHRASES}) (?:is|are) (?:fine|ok|okay|good|allowed|welcome)[,;]? (?:but )?(?P<bad>{_PHRASES})"
        r" (?:is|are)(?: not|n't)\b",
        rf"replace (?P<bad>{_PHRASES}) (?:with|by) (?P<good>{_PHRASES})",
        rf"prefer (?P<good>{_PHRASES}) (?:to|over) (?P<bad>{_PHRASES})",
        rf"(?P<bad>{_PHRASES}) (?:becomes|-+>|=+>|→) (?P<good>{_PHRASES})",
        rf"(?P<good>{_PHRASES})(?: and)?,? \(?(?:not|never|but not) (?P<bad>{_PHRASES})",
        rf"^(?:say|use|write) (?P<good>{_PLAIN})(?:,? not| rather than| instead of) (?P<bad>{_PLAIN})\W*$",
    )
)
_GOOD_AFTER = re.compile(
    rf"(?:[;,:.]| - |\bbut\b|\band\b)\s*(?:(?:instead,?|please|just) )?{_SAY} (?P<good>{_PHRASES})"
)
_OPENS = re.compile(r"\b(?:open|begin|start|greet|greeting|opening)\w*\b")
_ENDS = re.compile(r"\b(?:end|close|finish|conclude|closing|sign[ -]?off|signing off)(?:s|ed|ing)?\b")
_REQUIRES = re.compile(
    r"\b(?:always|must|every (?:reply|message|answer))\b.*\b(?:say|mention|include|contain|use|add|name)"
)
_FORBIDS = re.compile(
    r"\b(?:say|use|write|words?|phrases?|terms?|call|such as|like|promise|expressions?|includ\w+|avoid|ban)\b"
)
_MENTIONS = re.compile(r"\b(?:mention|refer(?:ring)? to|talk about)(?:ing)?\s(?P<whom>[^.]+)", re.IGNORECASE)
_NAMES = re.compile(r"[A-Z][\w&'-]+(?: (?:[A-Z]|\d)[\w&'-]*)*")

# (check, what is talked of, what the check's keeping needs: True the order is for it, False against it)
_HABITS = tuple(
    (check, re.compile(about), wanted, kept)
    for check, about, wanted, kept in (
        ("contractions", r"\bcontractions?\b|\bcontracted forms?\b", True, True),
        ("contractions", r"\bcontractions?\b|\bcontracted forms?\b", False, False),
        ("contractions", r"\bwithout contractions?\b|\b(?:spell|write) out contractions?\b", True, False),
        ("no_shouting", r"\bcaps\b|\bcapitals\b|\bcapital letters\b|\bupper ?case\b|\bshout\w*", False, True),
        ("no_policy_speak", r"\b(?:jargon|legalese|policy[ -]speak|corporate[ -]\w+|bureaucra\w+)\b", False, True),
        ("greeting", r"\bgreet(?:s|ing|ings)?\b|\bsay(?:ing)? (?:hello|hi)\b|\bstart with a hello\b", True, True),
        ("greeting", r"\bgreet(?:s|ing|ings)?\b|\bpleasantries\b", False, False),
        ("offer", r"\b(?:end|close|finish)\w*\b.*\boffer\w*\b|\boffer (?:\w+ )?help\b|\banything else\b", True, True),
        ("offer", r"\b(?:end|close|finish)\w*\b.*\boffer\w*\b|\boffer (?:\w+ )?help\b|\banything else\b", False, False),
        ("not_repetitive", r"\brepeat\w*\b|\brepetiti\w+\b", False, True),
        ("personal", r"\bsecond person\b|\b(?:address|speak|talk)\b.*\b(?:you|directly)\b", True, True),
        ("numbered_steps", r"\bnumber(?:ed)?\b.*\b(?:steps?|lists?|instructions?)\b", True, True),
    )
)  # fmt: skip
_UNCONDITIONAL = ("numbered_steps", "personal")  # checks that ask for nothing where there is no call for it
_APOLOGY = re.compile(r"\b(?:over-?)?apolog\w+|\bsay(?:ing)? sorry\b")
_NEEDLESS = re.compile(
    r"\b(?:needless\w*|unnecessar\w+|over-?apolog\w+|nothing|unless|only|when|if|every|constant\w*)\b"
)
SORRY = ("sorry", "apologies", "apologize", "apologise", "we regret", "our apology")


@dataclass(frozen=True)
class Sentence:
    """One sentence: as written, in lower case with its quoted phrases as <0>, <1>, ..., and these phrases."""

    text: str
    masked: str
    phrases: tuple[str, ...]

    def named(self, part: str) -> list[str]:
        """The phrases a part of `masked` names, or the part itself where it has none."""
        return [self.phrases[int(n)] for n in _TOKEN.findall(part)] or [part.strip()]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One thing asked for. kind: forbid, allow, require, opens with, ends with, check, bound; name: of its rule."""

    kind: str
    name: str
    hard: bool
    phrases: Sequence[str] = field(default=())
    check: str = ""
    against: bool = False
    low: int = 0
    high: int | None = None


def sentences_of(text: str) -> list[Sentence]:
    """The sentences of a text; what stands in quotes (or, without any, slanted) ends none."""
    text = _LEAD.sub(r"\1: ", " ".join(unify(text).replace("<", "< ").split()))
    phrases: list[str] = []

    def kept(found: re.Match[str]) -> str:
        phrase = next(filter(None, found.groups())).strip()
        if phrase.casefold() in ("you", ""):  # how to address somebody, not what to say
            return phrase
        phrases.append(phrase)
        return f"<{len(phrases) - 1}>"

    pattern = next((one for one in (QUOTED, _SINGLE, _SLANTED) if one.search(text)), QUOTED)
    masked = pattern.sub(kept, text)
    masked = re.sub(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}", "", masked)
    found = []
    for part in re.split(r"(?<=[.!?>])(?<!e\.g\.)(?<!i\.e\.)\s+(?=[A-Z<])", masked):
        whole = _TOKEN.sub(lambda token: f'"{phrases[int(token[1])]}"', part)
        found.append(Sentence(whole.strip(), _numbered(part.casefold()).strip(), tuple(phrases)))
    return found


def _numbered(text: str) -> str:
    names = "|".join(sorted(_NUMBERS, key=len, reverse=True))
    return re.sub(rf"\b({names})\b(?!-)", lambda found: _NUMBERS[found[1]], text)


def is_order(text: str) -> bool:
    """Whether a text reads as an order ("Use contractions"), not as a reply or a phrase."""
    return _ORDER.match(unify(text).strip("*_ ")) is not None


def advises(text: str) -> bool:
    """Whether a text is an order, also one for a case: "If it rains, call them"."""
    return is_order(_GIVEN.sub("", unify(text), count=1))


def denies(text: str) -> bool:
    """Whether a text says itself that something is not to be."""
    return any(_NOT.search(sentence.masked) for sentence in sentences_of(text))


def swaps(text: str) -> bool:
    """Whether a text names phrases to write in place of others."""
    return any(True for sentence in sentences_of(text) for _ in _swaps(sentence))


def asks(sentence: Sentence) -> bool:
    """Whether a sentence asks for something, read or not."""
    return _ASKS.search(sentence.masked) is not None


def asked(sentence: Sentence, against: bool) -> Iterator[Wish]:
    """What a sentence asks for; against: it stands under "Don't", so that it says what not to do."""
    text = sentence.masked
    if len(text) > _LONGEST:
        return
    hard = _SOFT.search(text) is None
    negated = against != (_NOT.search(text) is not None)
    swapped = False
    for bad, good in _swaps(sentence):
        swapped = True
        yield Wish(kind="forbid", name="", hard=hard, phrases=bad)
        if good:
            yield Wish(kind="allow", name="", hard=hard, phrases=good)
    bounds = list(_bounds(text, negated, hard))
    yield from bounds
    conditional = _CONDITION.search(_SOFT.sub("", text)) is not None
    if _APOLOGY.search(text):
        yield from _apology(text, negated, hard)
    elif sentence.masked.count("<") and not swapped:
        yield from _phrases(sentence, negated, conditional, hard)
    elif negated and not conditional and (named := _mentioned(sentence.text)):
        yield Wish(kind="forbid", name="", hard=hard, phrases=named)
    for wish in _habits(text, negated, hard):
        if negated or not conditional or wish.check in _UNCONDITIONAL:
            yield wish


def _swaps(sentence: Sentence) -> Iterator[tuple[list[str], list[str]]]:
    for pattern in _SWAPS:
        for found in pattern.finditer(sentence.masked):
            yield sentence.named(found["bad"]), sentence.named(found["good"]) if found["good"] else []
        if pattern.search(sentence.masked):
            return


def _bounds(text: str, negated: bool, hard: bool) -> Iterator[Wish]:
    text = _TWO.sub(r"\2 \1 ", text)
    seen: set[str] = set()
    for kind, pattern in _BOUNDS:
        for found in pattern.finditer(text):
            unit = next(name for name in _UNITS if found[name])
            rest = text[: found.start()] + text[found.end() :]
            name = "words per sentence" if unit == "words" and _PER.search(rest) and "sentences" not in seen else unit
            if name in seen:
                continue
            low, high = _limits(kind, found, negated)
            if high is None and low == 0:
                continue
            seen.add(name)
            yield Wish(kind="bound", name=name, hard=hard, low=low, high=high)
            text = text[: found.start()] + " " * len(found[0]) + text[found.end() :]
            if kind == "range":
                break
    bare = r"\b(?:{})\b"
    for name in _MARKS:
        banned = negated and re.search(bare.format(_UNITS[name]), text) and not re.search(r"\d", text)
        if banned and name not in seen and not _CONDITION.search(_SOFT.sub("", text)):
            yield Wish(kind="bound", name=name, hard=hard, low=0, high=0)


def _limits(kind: str, found: re.Match[str], negated: bool) -> tuple[int, int | None]:
    """(at least, at most) of a bound; "more than 3" is one where it is not wanted."""
    if kind == "range":
        return int(found["low"]), int(found["high"])
    n = int(found["n"])
    if kind == "least":
        return n, None
    if kind == "above":
        return (0, n) if negated else (n + 1, None)
    return 0, n - 1 if kind == "below" else n


def _apology(text: str, negated: bool, hard: bool) -> Iterator[Wish]:
    if _NEEDLESS.search(text):
        yield Wish(kind="check", name="apology", hard=hard, check="no_needless_apology")
    elif negated:
        yield Wish(kind="forbid", name="", hard=hard, phrases=SORRY)


def _phrases(sentence: Sentence, negated: bool, conditional: bool, hard: bool) -> Iterator[Wish]:
    text = sentence.masked
    instead = _GOOD_AFTER.finditer(text) if negated else ()
    good = [phrase for found in instead for phrase in sentence.named(found["good"])]
    named = [phrase for phrase in sentence.named(text) if phrase not in good]
    if not negated and (conditional or _INSTANCE.search(text)):  # one of many that would do
        return
    for kind, name, pattern in (("opens with", "greeting", _OPENS), ("ends with", "closing", _ENDS)):
        if pattern.search(text):
            yield Wish(kind=kind, name=name, hard=hard, phrases=named, against=negated)
            return
    if negated:
        if _FORBIDS.search(text) and not re.search(r"\b(?:unless|except|only)\b", text):
            yield Wish(kind="forbid", name="", hard=hard, phrases=named)
    elif _REQUIRES.search(text):
        yield Wish(kind="require", name="wording", hard=hard, phrases=named)


def _mentioned(text: str) -> list[str]:
    """The names that a sentence says not to mention: "Twinings" and "PG Tips" in "such as Twinings or PG Tips"."""
    found = _MENTIONS.search(text)
    return _NAMES.findall(found["whom"]) if found else []


def _habits(text: str, negated: bool, hard: bool) -> Iterator[Wish]:
    seen: set[str] = set()
    for check, about, wanted, kept in _HABITS:
        spelled = check == "greeting" and _TOKEN.search(text) and not _INSTANCE.search(text)  # read by its words
        if check not in seen and wanted != negated and about.search(text) and not spelled:
            seen.add(check)
            yield Wish(kind="check", name=check, hard=hard, check=check, against=not kept)
