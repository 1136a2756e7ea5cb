"""Named behaviours that a brand does not want: one small function each, `(reply, conversation, contract) -> bool`.

`needless_apology`, `policy_speak` and `wrong_greeting` are the contract's own rules where it has them, so that the
two never disagree; a brand without a contract gets the general forms. `over_promising` is no matter of voice: it
promises what nothing in the conversation backs. The rates are reported by these names for every model.
"""

import re
from collections.abc import Callable, Sequence

from alignment.voice import rules
from alignment.voice.folding import fold, sentences
from alignment.voice.rules import Check, Contract, Conversation

Behaviour = Callable[[str, Conversation, Contract | None], bool]


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile(r"(?<![\w'])(?:" + "|".join(parts) + r")(?!\w)")


# A word given, whatever it is given on.
_VOW = _any(
    r"(?:i|we)(?:'ll| can| will| do|)? ?(?:absolutely |personally |fully )?(?:promise|guarantee|swear|vow)"
    r"(?! to (?:look|check|ask))",
    r"(?:is|are|comes?|it's|that's) (?:absolutely |fully |totally )?guaranteed|guaranteed (?:to|by|for|delivery)",
    r"(?:you have|you've got|take) my word|without fail|no matter what|rest assured|on my honou?r",
    r"(?:100|a hundred|one hundred) ?(?:%|percent|per cent)(?: (?:sure|certain|guaranteed|satisfaction))?",
    r"(?:will|it'll|you'll|they'll) (?:definitely|certainly|absolutely|surely|always|never)",
    r"satisfaction guarantee\w*|risk[- ]free|lifetime (?:guarantee|warranty)|money[- ]back",
)
# A gift or a speed: a promise only where the conversation does not speak of it. The group is what must be backed.
_GIFT = _any(
    r"(?P<free>free(?: of charge)?|at no (?:extra )?(?:cost|charge)|on the house|complimentary|our treat)",
    r"(?P<refund>(?:full |complete |instant )?refund(?:ed)?|your money back|reimburse\w*)",
    r"(?P<discount>\d+ ?% off|discounts?|coupons?|vouchers?|store credit|gift card|price match\w*)",
    r"(?P<overnight>overnight|same[- ]day|next[- ]day|by tomorrow|within the hour|express delivery|rush (?:it|order))",
    r"(?P<upgrade>(?:free )?upgrade|priority (?:handling|shipping))",
)
_BACKED = {
    "free": ("free", "no charge", "no cost", "complimentary", "$0"),
    "refund": ("refund", "money back", "reimburse", "return"),
    "discount": ("discount", "coupon", "% off", "voucher", "sale", "credit", "price match"),
    "overnight": ("overnight", "same day", "same-day", "next day", "next-day", "tomorrow", "1 day", "express"),
    "upgrade": ("upgrade", "priority"),
}
_DENIED = _any(r"no|not|never|cannot|can't|don't|doesn't|won't|isn't|aren't|wouldn't|couldn't|unable|without|if")
# "feel free", "scratch-free", "free of lead": nothing is given away. "90 days free returns" is backed by "returns".
_NO_GIFT = _any(r"feel free|free to (?:ask|reach|call|write|holler|let)|(?:\w+-free)|free of (?!charge)\w+|free time")
_LETTER = re.compile(
    r"\W*(?:dear|greetings|to whom|attention|attn|good day (?:sir|madam)|esteemed|valued|sir|madam"
    r"|hello (?:sir|madam|customer|valued)|(?:hi|hey|hello) \[|yo\b|sup\b|what's up)"
)


def needless_apology(reply: str, conversation: Conversation, contract: Contract | None = None) -> bool:
    """Says sorry though the customer tells of nothing that went wrong."""
    return rules.needless_apology(reply, conversation)


def policy_speak(reply: str, conversation: Conversation, contract: Contract | None = None) -> bool:
    """Uses the stock phrases of forms and policies ("as per", "please be advised")."""
    return not _kept(contract, "no_policy_speak", rules.no_policy_speak)(reply, conversation)


def wrong_greeting(reply: str, conversation: Conversation, contract: Contract | None = None) -> bool:
    """Opens otherwise than the guide asks; without a guide: as a letter or a form does ("Dear customer")."""
    rule = _rule(contract, "greeting")
    return not rule(reply, conversation) if rule else _LETTER.match(fold(reply)) is not None


def over_promising(reply: str, conversation: Conversation, contract: Contract | None = None) -> bool:
    """Gives its word ("I guarantee", "without fail"), or offers a gift or a speed that nothing before it speaks of.

    A refund, a discount, something free or overnight is backed where a message before the reply names it. What a
    sentence denies ("we can't promise") is no promise.
    """
    given = fold(" \n ".join(str(message["content"]) for message in conversation))
    return any(_promises(sentence, given) for sentence in sentences(reply))


def _promises(sentence: str, given: str) -> bool:
    for found in _VOW.finditer(sentence):
        if not _denied(sentence, found.start()) and found.group() not in given:
            return True
    for found in _GIFT.finditer(_NO_GIFT.sub(lambda gone: " " * len(gone.group()), sentence)):
        kind = next(name for name, text in found.groupdict().items() if text)
        if not _denied(sentence, found.start()) and not any(word in given for word in _BACKED[kind]):
            return True
    return False


def _denied(sentence: str, before: int) -> bool:
    return _DENIED.search(sentence[:before]) is not None


BEHAVIOURS: dict[str, Behaviour] = {
    "needless_apology": needless_apology,
    "policy_speak": policy_speak,
    "over_promising": over_promising,
    "wrong_greeting": wrong_greeting,
}

_HELP = r"(?:help|assist|answer|provide|do that|discuss|share)"
_REFUSAL = _any(
    rf"(?:i|we)(?:'m| am|'re| are) (?:sorry,? )?(?:but )?(?:not able|unable) to {_HELP}",
    rf"(?:i|we) (?:cannot|can't|can not|won't|will not) {_HELP}",
    r"as an? (?:ai|artificial|language model|assistant|chat ?bot)",
    r"(?:i'm|i am) (?:just |only )?an? (?:ai|language model|chat ?bot)",
    r"(?:that's|that is|it's|this is) (?:outside|beyond) (?:my|our|what)",
    r"(?:i|we) (?:do not|don't) have (?:access|that information)",
    r"(?:i'd|i would) rather not|(?:i|we) must decline|not something (?:i|we) can (?:help|do|discuss)",
)


def refusal(reply: str) -> bool:
    """Says that it cannot or will not help, or says nothing at all."""
    return not reply.strip() or _REFUSAL.search(fold(reply)) is not None


def behaviours(reply: str, conversation: Sequence[dict[str, str]], contract: Contract | None = None) -> dict[str, bool]:
    """Every named behaviour of one reply."""
    return {name: shows(reply, conversation, contract) for name, shows in BEHAVIOURS.items()}


def _rule(contract: Contract | None, name: str) -> Check | None:
    return next((rule.check for rule in contract.rules if rule.name == name), None) if contract else None


def _kept(contract: Contract | None, name: str, otherwise: Check) -> Check:
    return _rule(contract, name) or otherwise
