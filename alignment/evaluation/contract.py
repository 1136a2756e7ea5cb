"""The voice contract: a brand's voice guide as code.

Each rule is a small pure function `(reply, conversation) -> bool`, True where the reply keeps the rule. A
reply's score is the share of the rules' weight that it keeps; it passes when every hard rule is kept. The
contract judges replies; it is never the reward a policy is trained on. It follows the guide people read,
`alignment/assets/southern_charm/voice_guide.md`; how well the two agree is measured in
`tests/evaluation/test_voice_contract.py` on replies labelled by hand.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment.errors import UserError
from alignment.evaluation import phrases
from alignment.evaluation.folding import fold, sentences, unify, words

Conversation = Sequence[Mapping[str, Any]]
Check = Callable[[str, Conversation], bool]

LENGTH_WORDS = (12, 70)  # shortest and longest reply, both allowed
MOST_EXCLAMATIONS = 2
LONGEST_REPEAT = 6  # words in a row that may not come twice
LONGEST_FAREWELL = 10  # words


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


_LEADING_MARKS = " \t\r\n\"'*_-~.,!?>#([{"


def greeting(reply: str, conversation: Conversation) -> bool:
    """Opens with a hello, as one person says it to another ("Dear customer" opens a letter)."""
    return phrases.GREETING.match(fold(reply).lstrip(_LEADING_MARKS)) is not None


def warmth(reply: str, conversation: Conversation) -> bool:
    """Says one warm thing: thanks for asking, delight, affection, or care when something went wrong."""
    text = fold(reply)
    cares = apology_due(conversation) and phrases.CARE.search(text) is not None
    return cares or phrases.WARM.search(text) is not None


def apology_due(conversation: Conversation) -> bool:
    """True where the customer's last message tells of damage, a wrong or missing item, lateness or a letdown.

    A question put beforehand ("what if it arrives broken?", "is it too late to order?") tells of none.
    """
    said = [str(message["content"]) for message in conversation if message.get("role") == "user"]
    if not said:
        return False
    return any(phrases.TROUBLE.search(phrases.NO_TROUBLE.sub(" ", part)) for part in sentences(said[-1]))


def needless_apology(reply: str, conversation: Conversation) -> bool:
    """True where the reply says sorry though nothing went wrong ("you won't regret it" does not say it)."""
    apologises = phrases.APOLOGY.search(phrases.NO_APOLOGY.sub(" ", fold(reply))) is not None
    return apologises and not apology_due(conversation)


def no_needless_apology(reply: str, conversation: Conversation) -> bool:
    """Says sorry only when the customer's last message tells of something that went wrong."""
    return not needless_apology(reply, conversation)


def no_policy_speak(reply: str, conversation: Conversation) -> bool:
    """Uses no stock phrase of forms and policies ("as per", "please be advised", "kindly")."""
    return phrases.POLICY_SPEAK.search(fold(reply)) is None


def offer(reply: str, conversation: Conversation) -> bool:
    """Ends by offering further help; only a short goodbye may follow the offer."""
    parts = sentences(reply)
    while len(parts) > 1 and _is_farewell(parts[-1]) and not _is_offer(parts[-1]):
        parts.pop()
    return bool(parts) and _is_offer(parts[-1])


def _is_offer(sentence: str) -> bool:
    return phrases.OFFER.search(phrases.NO_OFFER.sub(" ", sentence)) is not None


def _is_farewell(sentence: str) -> bool:
    return len(sentence.split()) <= LONGEST_FAREWELL and phrases.FAREWELL.match(sentence.lstrip(" ~-")) is not None


def length(reply: str, conversation: Conversation) -> bool:
    """Has 12 to 70 words."""
    return LENGTH_WORDS[0] <= len(words(reply)) <= LENGTH_WORDS[1]


def calm_punctuation(reply: str, conversation: Conversation) -> bool:
    """Has at most two exclamation marks and shouts no word.

    Acronyms, units, state codes, codes with digits and capitals from the system message are no shouts.
    """
    text = unify(reply)
    if text.count("!") > MOST_EXCLAMATIONS:
        return False
    given = " ".join(str(message["content"]) for message in conversation if message.get("role") == "system")
    allowed = phrases.ACRONYMS.union(re.findall(r"[A-Z]{2,}", given))
    tokens = re.findall(r"[A-Za-z0-9]+", text)
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


def _rule(check: Check, weight: float, hard: bool) -> Rule:
    description = (check.__doc__ or "").strip().splitlines()[0]
    return Rule(name=check.__name__, weight=weight, hard=hard, check=check, description=description)


SOUTHERN_CHARM = Contract(
    brand="southern_charm",
    rules=(
        _rule(greeting, 2.0, hard=True),
        _rule(warmth, 2.0, hard=True),
        _rule(no_needless_apology, 2.0, hard=True),
        _rule(no_policy_speak, 2.0, hard=True),
        _rule(offer, 2.0, hard=True),
        _rule(length, 1.0, hard=True),
        _rule(calm_punctuation, 1.0, hard=False),
        _rule(personal, 1.0, hard=False),
        _rule(contractions, 1.0, hard=False),
        _rule(not_repetitive, 1.0, hard=False),
    ),
)


def load_contract(brand_folder: str | Path) -> Contract | None:
    """The contract of a brand pack: the embedded one by name or folder; None where the pack has none.

    Args:
        brand_folder: "southern_charm", "none", or a pack's folder (any so named has this contract).

    Raises:
        UserError: neither a known name nor a folder.
    """
    folder = Path(brand_folder)
    if folder.name == SOUTHERN_CHARM.brand:
        return SOUTHERN_CHARM
    if str(brand_folder) == "none" or folder.is_dir():
        return None
    raise UserError(
        f"brand.folder={brand_folder}", "southern_charm, none, or the folder of a brand pack", "mend the path"
    )


def opener(reply: str) -> str:
    """The first clause, up to . ! ? , ; : a dash or a line break; folded, at most four words."""
    text = unify(reply).lstrip(_LEADING_MARKS).casefold()
    clause = re.split(r"[.!?,;:\n]| - ", text, maxsplit=1)[0]
    return " ".join(clause.split()[:4])
