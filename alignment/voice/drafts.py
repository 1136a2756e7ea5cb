"""A rule of a guide while it is read, and the checks it is made of: bounds, and phrases that must or must not stand."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from alignment.voice.folding import emoji, fold, sentences, unify, words
from alignment.voice.rules import Check, Contract, Conversation, Rule

_FIELD = re.compile(r"\{(\w+)\}")
_GENERIC = {"number": r"\d+", "word": r"[\w'-]+"}
COUNTS: dict[str, Callable[[str], int]] = {
    "words": lambda reply: len(words(reply)),
    "sentences": lambda reply: len(sentences(reply)),
    "words per sentence": lambda reply: max((len(words(one)) for one in sentences(reply)), default=0),
    "exclamations": lambda reply: unify(reply).count("!"),
    "questions": lambda reply: unify(reply).count("?"),
    "emoji": emoji,
    "semicolons": lambda reply: unify(reply).count(";"),
    "hashtags": lambda reply: len(re.findall(r"(?<!\w)#[^\W\d]\w*", reply)),
    "bullets": lambda reply: len(re.findall(r"^\s*[-*•]\s", reply, re.MULTILINE)),
    "characters": len,
}


@dataclass(kw_only=True)
class Draft:
    """A rule while it is read. wishes: one must hold; bans: none may (each True where the reply keeps to it)."""

    name: str
    line: int
    hard: bool
    weight: float
    description: str = ""
    wishes: list[Check] = field(default_factory=list)
    bans: list[Check] = field(default_factory=list)
    forbidden: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)
    examples: list[tuple[int, bool, str]] = field(default_factory=list)  # line, good, reply

    def rule(self, allowed: list[str]) -> Rule:
        """The rule of a contract; allowed: phrases that are fine in any rule."""
        bans = list(self.bans)
        if self.forbidden:
            bans.append(partial(without, tuple(self.forbidden), tuple(self.allowed + allowed)))
        description = self.description or self.name.replace("_", " ").capitalize() + "."
        check = partial(_kept, tuple(self.wishes), tuple(bans))
        return Rule(name=self.name, weight=self.weight, hard=self.hard, check=check, description=description)


@dataclass(frozen=True, kw_only=True)
class Example:
    """A reply of the guide with what comes before it. rule: the one it is about, "" for the whole contract."""

    line: int
    good: bool
    reply: str
    conversation: tuple[dict[str, str], ...] = ()
    rule: str = ""


@dataclass(frozen=True, kw_only=True)
class Guide:
    """A guide that was understood."""

    file: Path
    contract: Contract
    examples: tuple[Example, ...]
    unread: tuple[str, ...] = ()  # what it asks for that is no check

    def mismatches(self) -> list[str]:
        """One line for each example that the contract judges otherwise than the guide."""
        found = []
        for one in self.examples:
            verdict = self.contract.judge(one.reply, one.conversation)
            kept = verdict.kept[one.rule] if one.rule else verdict.passed
            if kept == one.good:
                continue
            said = "good" if one.good else "bad"
            rules = one.rule or ", ".join(verdict.broken) or "none"
            what = f"breaks {rules}" if one.good else f"is not caught{f' by {one.rule}' if one.rule else ''}"
            found.append(f"{self.file}, line {one.line}: the {said} example {one.reply[:60]!r} {what}")
        return found


def _kept(wishes: tuple[Check, ...], bans: tuple[Check, ...], reply: str, conversation: Conversation) -> bool:
    wished = not wishes or any(wish(reply, conversation) for wish in wishes)
    return wished and all(ban(reply, conversation) for ban in bans)


def fails(check: Check, reply: str, conversation: Conversation) -> bool:
    return not check(reply, conversation)


def within(count: Callable[[str], int], low: int, high: int | None, reply: str, conversation: Conversation) -> bool:
    return low <= count(reply) and (high is None or count(reply) <= high)


def without(forbidden: tuple[str, ...], allowed: tuple[str, ...], reply: str, conversation: Conversation) -> bool:
    text = fold(reply)
    for phrase in patterns(allowed, conversation):
        text = re.sub(phrase, " ", text)
    return not any(re.search(phrase, text) for phrase in patterns(forbidden, conversation))


def _requires(phrases: tuple[str, ...], reply: str, conversation: Conversation) -> bool:
    found = patterns(phrases, conversation)
    return not found or any(re.search(phrase, fold(reply)) for phrase in found)


def _opens(phrases: tuple[str, ...], reply: str, conversation: Conversation) -> bool:
    found = patterns(phrases, conversation)
    return not found or any(re.match(phrase, fold(reply)) for phrase in found)


def _ends(phrases: tuple[str, ...], reply: str, conversation: Conversation) -> bool:
    last = (sentences(reply) or [""])[-1]
    found = patterns(phrases, conversation)
    return not found or any(re.search(phrase, last) for phrase in found)


PLACES: dict[str, Callable[[tuple[str, ...], str, Conversation], bool]] = {
    "require": _requires,
    "opens with": _opens,
    "ends with": _ends,
}


def patterns(phrases: tuple[str, ...], conversation: Conversation) -> list[str]:
    """The phrases as patterns over folded text, fields filled in; those with a field that nobody gave are left out."""
    given = "\n".join(str(message["content"]) for message in conversation if message.get("role") == "system")
    fields = dict(re.findall(r"^\s*([\w ]+?):\s*(.+?)\s*$", fold_lines(given), re.MULTILINE))
    made = []
    for phrase in phrases:
        names = set(_FIELD.findall(phrase)) - set(_GENERIC)
        if names <= set(fields):
            made.append(_pattern(fold(phrase), fields))
    return made


def fold_lines(text: str) -> str:
    """Folded text with its line breaks kept."""
    return "\n".join(fold(line) for line in text.splitlines())


def _pattern(phrase: str, fields: dict[str, str]) -> str:
    parts = re.split(r"\{(\w+)\}", phrase)  # text, field, text, field, ...
    made = "".join(
        (_GENERIC.get(part) or re.escape(fields[part])) if i % 2 else re.escape(part) for i, part in enumerate(parts)
    )
    start = r"(?<![\w'])" if re.match(r"\w|\{", phrase) else ""
    return start + made + (r"(?!\w)" if re.search(r"\w\}?$", phrase) else "")
