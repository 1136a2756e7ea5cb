"""What a voice contract is made of, and the checks that any brand's guide may ask for.

Each check is a small pure function `(reply, conversation) -> bool`, True where the reply keeps it. A contract's score
is the share of its rules' weight that a reply keeps; the reply passes when every hard rule is kept.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alignment.voice import phrases
from alignment.voice.apologies import apologies, harps, told_misfortune, told_trouble, without_names
from alignment.voice.folding import fold, plain, plain_sentences, sentences, unify
from alignment.voice.offers import ends_with_offer
from alignment.voice.warm import CARE, cares, sounds_warm

Conversation = Sequence[Mapping[str, Any]]
Check = Callable[[str, Conversation], bool]

LONGEST_REPEAT = 6  # words in a row that may not come twice


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of a contract. `hard`: a reply that breaks it fails. `weight` (> 0): its part in the score."""

    name: str
    weight: float
    hard: bool
    check: Check
    description: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a contract says of one reply: `score` in [0, 1], `passed` (all hard rules), `kept` by name."""

    score: float
    passed: bool
    kept: dict[str, bool]

    @property
    def broken(self) -> list[str]:
        """The names of the rules the reply breaks, in the contract's order."""
        return [name for name, kept in self.kept.items() if not kept]


@dataclass(frozen=True)
class Contract:
    """A brand's rules, in the order they are shown."""

    brand: str
    rules: tuple[Rule, ...]

    def judge(self, reply: str, conversation: Conversation) -> Verdict:
        """Judges one reply.

        Args:
            reply: the assistant's text; an empty one breaks every rule that asks for something.
            conversation: the messages before it ({"role", "content"}), oldest first.
        """
        kept = {rule.name: rule.check(reply, conversation) for rule in self.rules}
        total = sum(rule.weight for rule in self.rules)
        score = sum(rule.weight for rule in self.rules if kept[rule.name]) / total
        passed = all(kept[rule.name] for rule in self.rules if rule.hard)
        return Verdict(score=score, passed=passed, kept=kept)


LEADING_MARKS = " \t\r\n\"'*_-~.,!?>#([{"


def greeting(reply: str, conversation: Conversation) -> bool:
    """Opens with a hello, as one person says it to another ("Dear customer" opens a letter)."""
    return phrases.GREETING.match(plain(reply).lstrip(LEADING_MARKS)) is not None


def warmth(reply: str, conversation: Conversation) -> bool:
    """Says one warm thing: thanks for asking, delight, affection, or care when something went wrong."""
    text = plain(reply)
    if apology_due(conversation):
        return cares(text)
    return sounds_warm(text) or (told_misfortune(_last_said(conversation)) and CARE.search(text) is not None)


def _last_said(conversation: Conversation) -> str:
    """The customer's last message; empty where there is none."""
    return next((str(message["content"]) for message in reversed(conversation) if message.get("role") == "user"), "")


def apology_due(conversation: Conversation) -> bool:
    """True where the customer's last message tells of damage, a wrong or missing item, lateness or a letdown.

    A question put beforehand ("what if it arrives broken?", "is it too late to order?") tells of none.
    """
    return told_trouble(_last_said(conversation))


def needless_apology(reply: str, conversation: Conversation) -> bool:
    """True where the reply says sorry though nothing went wrong ("you won't regret it" does not say it).

    Nor is one needed a second and third time. Sympathy with a customer who tells of a loss or an illness is no apology.
    """
    said = _last_said(conversation)
    given = "\n".join(str(message["content"]) for message in conversation if message.get("role") != "assistant")
    own = without_names(reply, given)
    if told_trouble(said):
        return harps(own)
    return apologies(own) > 0 and not told_misfortune(said)


def no_needless_apology(reply: str, conversation: Conversation) -> bool:
    """Says sorry only when the customer's last message tells of something that went wrong."""
    return not needless_apology(reply, conversation)


def no_policy_speak(reply: str, conversation: Conversation) -> bool:
    """Uses no stock phrase of forms and policies ("as per", "please be advised", "kindly")."""
    return phrases.POLICY_SPEAK.search(plain(reply)) is None


def offer(reply: str, conversation: Conversation) -> bool:
    """Ends by offering further help; only a short goodbye or courtesy may follow the offer."""
    return ends_with_offer(plain_sentences(reply))


def no_shouting(reply: str, conversation: Conversation) -> bool:
    """Shouts no word. Acronyms, units, state codes, codes with digits and capitals from the system message are fine."""
    given = " ".join(str(message["content"]) for message in conversation if message.get("role") == "system")
    allowed = phrases.ACRONYMS.union(re.findall(r"[A-Z]{2,}", given))
    tokens = re.findall(r"[A-Za-z0-9]+", unify(reply))
    return not any(_shouted(token) and token not in allowed for token in tokens)


def _shouted(token: str) -> bool:
    """Two capitals or more, no digit, and a vowel to shout with (TX, PVC and XL have none)."""
    return len(token) > 1 and token.isalpha() and token.isupper() and re.search(r"[AEIOUY]", token) is not None


def personal(reply: str, conversation: Conversation) -> bool:
    """Speaks to the customer: "you", "your", "y'all"."""
    return phrases.PERSONAL.search(fold(reply)) is not None


def contractions(reply: str, conversation: Conversation) -> bool:
    """Uses a contraction ("it's", "we'll", "don't"); a possessive ("the customer's order") is none."""
    return phrases.CONTRACTION.search(fold(reply)) is not None


def not_repetitive(reply: str, conversation: Conversation) -> bool:
    """Says no sentence of two words or more twice, no run of six words twice, and does not harp or stutter.

    Harping: the same three words four times. Stuttering: two words or more twice on end, or a word three times.
    """
    plain = [tuple(re.findall(r"[\w']+", sentence)) for sentence in sentences(reply)]
    whole = [sentence for sentence in plain if len(sentence) > 1]
    flat = [word for sentence in plain for word in sentence]
    return (
        len(set(whole)) == len(whole)
        and _most_often(flat, LONGEST_REPEAT) < 2
        and _most_often(flat, 3) < 4
        and not _stutters(flat)
    )


def _most_often(flat: list[str], n: int) -> int:
    """How often the commonest run of `n` words comes; 0 where there is none so long."""
    return max(Counter(tuple(flat[i : i + n]) for i in range(len(flat) - n + 1)).values(), default=0)


def _stutters(flat: list[str]) -> bool:
    if any(flat[i] == flat[i + 1] == flat[i + 2] for i in range(len(flat) - 2)):
        return True
    phrases_on_end = ((i, n) for n in range(2, LONGEST_REPEAT) for i in range(len(flat) - 2 * n + 1))
    return any(flat[i : i + n] == flat[i + n : i + 2 * n] for i, n in phrases_on_end)


def numbered_steps(reply: str, conversation: Conversation) -> bool:
    """Numbers its steps 1, 2, 3 on lines of their own; no bullets, no "first ... then ... finally" in their place."""
    lines = [line.strip() for line in unify(reply).splitlines()]
    numbers = [int(found[1]) for line in lines if (found := _STEP.match(line))]
    bullets = any(line.startswith(("- ", "* ", "• ")) for line in lines)
    told = len(_SEQUENCE.findall(fold(reply))) > 1
    return numbers == list(range(1, len(numbers) + 1)) and not bullets and (bool(numbers) or not told)


_STEP = re.compile(r"(\d{1,2})[.)]\s")
_SEQUENCE = re.compile(r"(?:^|[.;:,] )(?:first|firstly|second|secondly|then|next|after that|finally|lastly)\b")

# What a guide's `check:` and `never:` may name.
CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        greeting, warmth, no_needless_apology, no_policy_speak, offer, no_shouting, personal, contractions,
        not_repetitive, numbered_steps,
    )
}  # fmt: skip
