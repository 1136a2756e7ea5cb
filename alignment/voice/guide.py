"""A brand's voice guide, a markdown text for people, read into the rules of a voice contract.

    # Any title, any prose: for people, not judged.

    ## Rule: short (hard, weight 2)      a rule: its name, hard or soft, its part in the score (left out: soft, 1)
    Say what matters.                    the first line of prose describes the rule in reports
    - words: 12 to 70                    lines "- key: value" are its checks; other bullets are prose

    ## Forbidden phrases                 a section of bullets, one phrase each: a hard rule
    ## Allowed phrases                   the same: fine wherever they stand, also inside a forbidden phrase

    > **Customer:** ...                  an example, anywhere. A line "> **System:** ..." before it gives
    > **Yes:** ...                       what the bot knows. Yes/Good must pass the contract, No/Bad must fail it: where
    > **No:** ...                        they do not, loading warns and names the example.

Keys of a rule:

    check: NAME               a check of `rules.CHECKS` is kept: greeting, warmth, no_needless_apology, no_policy_speak,
                              offer, no_shouting, personal, contractions, not_repetitive, numbered_steps
    never: NAME               the check is not kept: `never: warmth`, `never: contractions`
    require: "a", "b"         one of the phrases stands in the reply
    opens with: "a", "b"      the reply begins with one of them
    ends with: "a", "b"       the last sentence has one of them
    forbid: "a", "b"          none of them stands in the reply
    allow: "a", "b"           taken out before `forbid` looks
    words, sentences, words per sentence, exclamations, questions, emoji: N to M | at least N | at most N | none
    good: "a reply"           a reply that keeps this rule; `bad:` one that breaks it (warned of like examples)

A guide without any "## Rule:" is read by its sentences, lists and tables (see `prose`).

A rule is kept when one of its wishes (check, require, opens with, ends with) holds, where it has any, and none of its
bans (never, forbid) or bounds is broken. Phrases match in any case, whole words only. In a phrase `{number}` is a run
of digits, `{word}` any word, and `{ticket}` the value of the line "ticket: ..." of the system message; a wish with a
field that the system message does not have asks for nothing.
"""

import re
from functools import partial
from pathlib import Path

from alignment.errors import UserError, nearest
from alignment.voice.drafts import COUNTS, PLACES, Draft, Example, Guide, fails, within
from alignment.voice.folding import unify
from alignment.voice.prose import is_rule, read_prose, told
from alignment.voice.rules import CHECKS, Contract

_RULE = re.compile(r"#{1,6}\s+rule:\s*(?P<name>[\w -]+?)\s*(?:\((?P<about>[^)]*)\))?\s*#*$", re.IGNORECASE)
_HEADING = re.compile(r"#{1,6}\s+(?P<title>.+?)\s*#*$")
_KEY = re.compile(r"[-*]\s+`?(?P<key>[a-z][a-z_ ]*?)`?\s*:\s+(?P<value>.+)$")
_BULLET = re.compile(r"[-*]\s+(?P<text>.+)$")
_QUOTED = re.compile(r'"([^"]+)"')
_BOUND = re.compile(r"(?:(?P<low>\d+) to (?P<high>\d+)|at least (?P<least>\d+)|at most (?P<most>\d+)|(?P<none>none))$")
_SPEAKER = re.compile(r">\s*\*\*(?P<who>\w+):?\*\*:?\s*(?P<text>.*)$")
FORBIDDEN, ALLOWED = "forbidden phrases", "allowed phrases"
GOOD, BAD = frozenset({"yes", "good"}), frozenset({"no", "bad"})
WISHES, BANS = ("check", "require", "opens with", "ends with"), ("never", "forbid")
KEYS = (*WISHES, *BANS, "allow", *COUNTS, "good", "bad")


def read_guide(file: Path, brand: str) -> Guide:
    """Reads a guide. UserError names the file and the line of what cannot be understood."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{file}: byte {error.start} is no UTF-8", "a markdown text in UTF-8") from error
    if not is_rule(text):
        return _of_prose(file, text, brand)
    reader = _Reader(file)
    for number, line in enumerate(text.splitlines(), start=1):
        reader.line(number, line.rstrip())
    return reader.guide(brand)


def _of_prose(file: Path, text: str, brand: str) -> Guide:
    found = read_prose(text)
    if not found.drafts:
        raise UserError(
            f"{file}: no rule in it that can be checked",
            'sentences such as: Never say "kindly". / At most three sentences. / No exclamation marks.',
            'add one, or "## Rule: NAME" with lines such as "- words: 12 to 70"',
        )
    contract = Contract(brand=brand, rules=tuple(draft.rule([]) for draft in found.drafts))
    return Guide(
        file=file,
        contract=contract,
        examples=tuple(found.examples),
        unread=tuple(f"{file}: {one}" for one in told(found.unread)),
    )


class _Reader:
    """Goes through the lines of a guide and keeps the rule, section and example it is in."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.drafts: list[Draft] = []
        self.rule: Draft | None = None
        self.section = ""
        self.allowed: list[str] = []
        self.examples: list[Example] = []
        self.quote: list[tuple[int, str, str]] = []  # line, who, text: the messages of a blockquote
        self.fenced = False

    def line(self, number: int, line: str) -> None:
        if line.startswith(("```", "~~~")):
            self.fenced = not self.fenced
        if self.fenced:
            return
        if line.startswith(">"):
            self._quoted(number, line)
            return
        self._end_quote()
        if line.startswith("#"):
            self._heading(number, line)
        elif self.rule is not None and (found := _KEY.match(line)):
            self._key(number, self.rule, found["key"], found["value"].strip())
        elif self.section and (found := _BULLET.match(line)):
            self._phrase(number, found["text"].strip())
        elif self.rule is not None and line and not self.rule.description and not _BULLET.match(line):
            self.rule.description = line.strip()

    def _heading(self, number: int, line: str) -> None:
        self.rule, self.section = None, ""
        if found := _RULE.match(line):
            self.rule = self._draft(number, found["name"], found["about"] or "")
            self.drafts.append(self.rule)
        elif re.match(r"#+\s+rule\b", line, re.IGNORECASE):
            raise self._error(number, line, "## Rule: NAME, or ## Rule: NAME (hard, weight 2)")
        elif (title := _HEADING.match(line)) and title["title"].casefold() in (FORBIDDEN, ALLOWED):
            self.section = title["title"].casefold()

    def _draft(self, number: int, name: str, about: str) -> Draft:
        name = "_".join(re.findall(r"\w+", name.casefold()))
        if any(draft.name == name for draft in self.drafts):
            raise self._error(number, f"a second rule {name}", "one rule of a name")
        draft = Draft(name=name, line=number, hard=False, weight=1.0)
        for part in filter(None, (part.strip().casefold() for part in about.split(","))):
            weight = re.fullmatch(r"weight (\d+(?:\.\d+)?)", part)
            if part in ("hard", "soft"):
                draft.hard = part == "hard"
            elif weight and float(weight[1]) > 0:
                draft.weight = float(weight[1])
            else:
                raise self._error(number, f"({about})", "hard, soft, weight and a number above 0")
        return draft

    def _key(self, number: int, rule: Draft, key: str, value: str) -> None:
        if key not in KEYS:
            raise self._error(number, f"- {key}:{nearest(key, KEYS)}", ", ".join(KEYS))
        if key in COUNTS:
            rule.bans.append(partial(within, COUNTS[key], *self._bounds(number, key, value)))
        elif key in ("check", "never"):
            if value not in CHECKS:
                raise self._error(number, f"- {key}: {value}{nearest(value, CHECKS)}", ", ".join(CHECKS))
            check = CHECKS[value]
            rule.wishes.append(check) if key == "check" else rule.bans.append(partial(fails, check))
        else:
            texts = self._quotes(number, key, value)
            if key in ("good", "bad"):
                rule.examples += [(number, key == "good", text) for text in texts]
            elif key in ("forbid", "allow"):
                (rule.forbidden if key == "forbid" else rule.allowed).extend(texts)
            else:
                rule.wishes.append(partial(PLACES[key], tuple(texts)))

    def _phrase(self, number: int, text: str) -> None:
        found = _QUOTED.findall(unify(text)) or [text.strip("*_` ")]
        if self.section == ALLOWED:
            self.allowed += found
            return
        name = FORBIDDEN.replace(" ", "_")
        rule = next((draft for draft in self.drafts if draft.name == name), None)
        if rule is None:
            rule = Draft(name=name, line=number, hard=True, weight=1.0, description="Uses no forbidden phrase.")
            self.drafts.append(rule)
        rule.forbidden += found

    def _quotes(self, number: int, key: str, value: str) -> list[str]:
        value = unify(value)
        rest = re.sub(r"[\s,]|\bor\b|\band\b", "", _QUOTED.sub("", value)).rstrip(".")
        found = _QUOTED.findall(value)
        if not found or rest:
            raise self._error(number, f"- {key}: {value}", 'phrases in double quotes, such as "as per", "kindly"')
        return found

    def _bounds(self, number: int, key: str, value: str) -> tuple[int, int | None]:
        found = _BOUND.match(value.casefold().rstrip("."))
        low, high = 0, None
        if found:
            low = int(found["low"] or found["least"] or 0)
            high = 0 if found["none"] else int(found["high"] or found["most"] or -1)
            high = None if high < 0 else high
        if not found or (high is not None and low > high):
            raise self._error(number, f"- {key}: {value}", "N to M, at least N, at most N, or none")
        return low, high

    def _quoted(self, number: int, line: str) -> None:
        if found := _SPEAKER.match(line):
            who = found["who"].casefold()
            if who not in {"customer", "system"} | GOOD | BAD:
                raise self._error(number, f"**{found['who']}:**", "Customer, System, Yes or Good, No or Bad")
            self.quote.append((number, who, found["text"]))
        elif self.quote and (more := line.lstrip("> ").strip()):
            at, who, text = self.quote[-1]
            between = "\n" if re.match(r"\d{1,2}[.)]\s", more) or who == "system" else " "
            self.quote[-1] = (at, who, f"{text}{between}{more}")
        elif self.quote and not line.lstrip("> ").strip() and self.quote[-1][1] in BAD:
            self._end_quote()

    def _end_quote(self) -> None:
        before: list[dict[str, str]] = []
        for number, who, text in self.quote:
            if who in GOOD | BAD:
                if not before or before[-1]["role"] != "user":
                    raise self._error(number, f"**{who.title()}:** with no **Customer:** before it", "one before it")
                self.examples.append(
                    Example(line=number, good=who in GOOD, reply=text.strip(), conversation=tuple(before))
                )
            else:
                before.append({"role": "user" if who == "customer" else "system", "content": text.strip()})
        self.quote = []

    def guide(self, brand: str) -> Guide:
        """What was read, once the last line is in."""
        self._end_quote()
        if not self.drafts:
            raise UserError(
                f"{self.file}: no rule in it", '"## Rule: NAME" with lines such as "- words: 12 to 70"', "add one"
            )
        examples = list(self.examples)
        for draft in self.drafts:
            if not (draft.wishes or draft.bans or draft.forbidden):
                raise self._error(draft.line, f"rule {draft.name} checks nothing", "a line such as - words: 12 to 70")
            examples += [Example(line=at, good=good, reply=text, rule=draft.name) for at, good, text in draft.examples]
        contract = Contract(brand=brand, rules=tuple(draft.rule(self.allowed) for draft in self.drafts))
        return Guide(file=self.file, contract=contract, examples=tuple(examples))

    def _error(self, number: int, found: str, allowed: str) -> UserError:
        return UserError(f"{self.file}, line {number}: {found}", allowed, "mend the line")
