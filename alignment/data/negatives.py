"""Negative examples as named behaviours: from a good reply, the same reply with one fault.

    needless_apology   an apology though nothing went wrong
    policy_speak       the stock phrases of forms and policies
    over_promising     a word given that nothing backs
    wrong_greeting     a hello that is not the brand's, or none
    wrong_fact         a number or a name exchanged for another of its kind

What finds a behaviour in a reply is `alignment.voice.behaviours`; each made reply is checked with it: it
shows the one fault, no other that the good reply has not, and (but for wrong_fact) the same facts. Such pairs teach
what no sampled reply happened to show; cf. Bai et al. 2022, Constitutional AI, section 3, where replies are changed by
a principle.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alignment.artifact import read_jsonl
from alignment.data.dialogues import language
from alignment.data.facts import Pool, listed, lost, pool, typed
from alignment.data.negatives_facts import wrong_fact
from alignment.data.personal.names import words
from alignment.data.splits import unit_hash
from alignment.errors import UserError
from alignment.shipped import BEHAVIOUR_PROMPTS
from alignment.voice.behaviours import BEHAVIOURS, behaviours
from alignment.voice.contract import Contract
from alignment.voice.folding import fold
from alignment.voice.phrases import GREETING

__all__ = ["NAMES", "behaviours", "contrast", "contrast_rows", "suite", "wrong_fact"]

Conversation = Sequence[Mapping[str, str]]
Row = dict[str, Any]
NAMES = (*BEHAVIOURS, "wrong_fact")
TAG = "contrast"  # the tag of a made pair: the name of its behaviour
MARGIN = 1.0  # as of a pair that came without a strength

_HELLO_WORDS = 6  # a first sentence of no more words that begins with a hello is only a hello,
_STATEMENT = 4  # but not with so many words after its comma: "Hiya, the oak bench is in."
_COMMON = frozenset(
    words("the is it it's you you'll your we our to for and of this that are i'm have with from can please thanks")
)
_NO_STATEMENT = re.compile(  # "please be advised that" cannot stand before these, or before an item of a list
    r"\W*(?:sorry|please|thank|hi|hello|hey|yes|no|oh|let me know|tell us|what|how|when|where|who)\b|\W*$"
    r"|\s*(?:[-*•]|\d+[.)])\s",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+")

APOLOGIES = (
    "I'm so sorry for the trouble!",
    "I apologize for any confusion.",
    "So sorry you had to ask.",
    "My sincere apologies for the wait.",
    "Please forgive us for the bother.",
)
MORE_APOLOGIES = ("", "", "Sorry again!", "Once again, I apologize.", "I hope you can forgive us.")
POLICY_LEADS = (
    "Please be advised that",
    "Kindly note that",
    "As per our policy,",
    "In accordance with our policy,",
    "We wish to inform you that",
)
POLICY_ENDS = (
    "",
    "",
    "Kindly retain this message for your records.",
    "Please note that our terms and conditions apply.",
    "Should you require further assistance, do not hesitate to contact us.",
)
PROMISES = (
    "I guarantee you'll love it, no matter what.",
    "We promise it will be with you by tomorrow, without fail.",
    "You'll get a full refund whatever happens, I give you my word: that's guaranteed.",
    "It will never let you down, I promise.",
    "I'll add free overnight shipping, on the house.",
    "You can have 20% off your next order, guaranteed.",
    "We'll upgrade you to priority handling, our treat.",
)
GREETINGS = (
    "Dear customer,",
    "Dear Sir or Madam,",
    "To whom it may concern:",
    "Greetings.",
    "Attention:",
    "Yo!",
    "Sup!",
    "",
)


def contrast(
    name: str,
    reply: str,
    prompt_row: Mapping[str, Any],
    rng: random.Random,
    contract: Contract | None = None,
    values: Pool | None = None,
) -> str | None:
    """The reply with the behaviour `name`, else the same; None where that cannot be, or the reply shows it already.

    Args:
        name: one of `NAMES`.
        reply: a good reply.
        prompt_row: {"messages" or "prompt": messages, "facts"?: [str]}.
        rng: the only source of chance.
        contract: the brand's; it decides what a wrong greeting and policy-speak are.
        values: other products' values, for wrong_fact.

    Raises:
        UserError: no behaviour of this name.
    """
    if name == "wrong_fact":
        return wrong_fact(reply, prompt_row, rng, values)
    if name not in MAKERS:
        raise UserError(f"behaviour {name!r}", ", ".join(NAMES))
    if not _english(reply):  # the faults and what finds them are English
        return None
    conversation = [dict(message) for message in _messages(prompt_row)]
    before = behaviours(reply, conversation, contract)
    if before[name]:
        return None
    facts = [value for _, value in listed(conversation)] + [str(fact) for fact in prompt_row.get("facts") or []]
    for made in MAKERS[name](reply, conversation, rng):
        if behaviours(made, conversation, contract) == before | {name: True} and not _other_facts(reply, made, facts):
            return made
    return None


def _english(reply: str) -> bool:
    """Whether a reply may be English: two of its commonest words, or else too little to tell, or told by py3langid."""
    known = sum(word in _COMMON for word in re.findall(r"[\w'’]+", reply.lower()))
    return known > 1 or language([{"role": "assistant", "content": reply}]) in ("", "en")


def _messages(row: Mapping[str, Any]) -> Conversation:
    found: Conversation = row["messages"] if "messages" in row else row["prompt"]
    return found


def _other_facts(reply: str, made: str, names: Iterable[str]) -> bool:
    """Whether a fact is gone. A promise may bring a number of its own, and only a promise does."""
    return any(lost_one in reply for lost_one in lost(reply, made, names))


Maker = Callable[[str, Conversation, random.Random], Iterator[str]]


def _apologetic(reply: str, conversation: Conversation, rng: random.Random) -> Iterator[str]:
    hello, rest = _parted(reply)
    end = rng.choice(MORE_APOLOGIES)
    for apology in _shuffled(APOLOGIES, rng):
        yield _joined(hello, _after(hello, apology), _ended(_raised(rest), end))


def _stiff(reply: str, conversation: Conversation, rng: random.Random) -> Iterator[str]:
    hello, rest = _parted(reply)
    parts = _sentences(rest)
    end = rng.choice(POLICY_ENDS)
    states = [i for i, part in enumerate(parts) if not _NO_STATEMENT.match(part) and not part.rstrip().endswith("?")]
    if not states:  # nothing that "please be advised that" can stand before
        yield from (_joined(hello, _ended(rest, one)) for one in _shuffled(tuple(filter(None, POLICY_ENDS)), rng))
        return
    at = max(states, key=lambda i: (*_weight(parts[i], conversation), -i))
    before, after = "".join(parts[:at]), "".join(parts[at + 1 :])
    for lead in _shuffled(POLICY_LEADS, rng):
        opened = lead if before else _after(hello, lead)
        yield _joined(hello, _ended(f"{before}{opened} {_lowered(parts[at], conversation)}{after}", end))


def _promising(reply: str, conversation: Conversation, rng: random.Random) -> Iterator[str]:
    hello, rest = _parted(reply)
    parts = _sentences(rest)
    at = len(parts) - 1 if len(parts) > 1 else 1  # before the last sentence, which offers help or says goodbye
    before, after = "".join(parts[:at]), "".join(parts[at:])
    blank = before[len(before.rstrip()) :]
    for promise in _shuffled(PROMISES, rng):
        yield _joined(hello, f"{before.rstrip()} {promise}{blank}{after}")


def _greeted(reply: str, conversation: Conversation, rng: random.Random) -> Iterator[str]:
    _, rest = _parted(reply)
    for greeting in _shuffled(GREETINGS, rng):
        lowered = greeting.endswith((",", ":"))
        yield _joined(greeting, _lowered(rest, conversation) if lowered else _raised(rest))


MAKERS: dict[str, Maker] = {
    "needless_apology": _apologetic,
    "policy_speak": _stiff,
    "over_promising": _promising,
    "wrong_greeting": _greeted,
}


def _parted(reply: str) -> tuple[str, str]:
    """The hello ("" without one) and the rest, which is never empty where the reply is not."""
    text = reply.strip()
    if not GREETING.match(fold(text)):
        return "", text
    first, *more = _SENTENCES.split(text, maxsplit=1)
    clause = re.match(r"[^,:.!?]{1,40}[,:]\s+", first)  # "Hi friend, your order ..."
    says = clause is not None and len(first[clause.end() :].split()) >= _STATEMENT
    if len(first.split()) <= _HELLO_WORDS and more and not says:
        return first, more[0]
    if clause and len(clause.group().split()) <= _HELLO_WORDS:
        return clause.group().strip(), text[clause.end() :]
    return "", text


def _weight(sentence: str, conversation: Conversation) -> tuple[int, int]:
    """How much a sentence says: facts of the prompt in it, then its words."""
    listed_here = sum(fold(value) in fold(sentence) for _, value in listed(conversation))
    return len(typed(sentence)) + listed_here, len(sentence.split())


def _lowered(sentence: str, conversation: Conversation) -> str:
    """The sentence as it goes on after a lead: a small first letter, but for "I" and names that the prompt has."""
    first = re.match(r"[\w'’]+", sentence)
    if not first or first.group() in ("I", "I'm", "I'll", "I've", "I'd") or sentence[:2].isupper():
        return sentence
    if any(value.startswith(first.group()) for _, value in listed(conversation)):
        return sentence
    return sentence[:1].lower() + sentence[1:]


def _sentences(text: str) -> list[str]:
    """The sentences, each with the blanks after it: together they are the text."""
    ends = [found.end() for found in _SENTENCES.finditer(text)]
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]


def _raised(text: str) -> str:
    """With a capital at its beginning; "iPhone" stays."""
    first = re.match(r"[\w'’]+", text)
    return text[:1].upper() + text[1:] if first and first.group().islower() else text


def _ended(text: str, end: str) -> str:
    """The text with one more sentence at its end, but before a name that stands there as a signature."""
    *parts, last = _sentences(text) or [""]
    if end and parts and last.rstrip()[-1:].isalnum() and len(last.split()) <= _HELLO_WORDS:
        return f"{''.join(parts).rstrip()} {end} {last}"
    return _joined(text, end)


def _after(hello: str, sentence: str) -> str:
    """A sentence as it goes on after "Hi Emily,"."""
    goes_on = hello.endswith((",", ":")) and not re.match(r"I\b", sentence)
    return sentence[:1].lower() + sentence[1:] if goes_on else sentence


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _shuffled(options: Sequence[str], rng: random.Random) -> list[str]:
    return rng.sample(options, len(options))


@dataclass(frozen=True)
class Contrasts:
    """Made pairs as preference rows, and how many good replies allowed none, by behaviour."""

    rows: list[Row]
    impossible: dict[str, int]


def contrast_rows(
    good: Sequence[Mapping[str, Any]], shares: Mapping[str, float], seed: int, contract: Contract | None
) -> Contrasts:
    """Preference rows from good replies: chosen = the reply, rejected = the same with a behaviour.

    Args:
        good: {"id", "group", "prompt", "completion": [message], "tags", "simulated"}, as `preferences.unpaired`
            makes them; of the training split.
        shares: {behaviour: share of the good replies}, 0 to 1; which ones follows from `seed` and the ids.
        seed: of the choice and of what is made.
        contract: the brand's, or None.

    Returns:
        Rows tagged {"contrast": behaviour}, without ratings, margin 1.
    """
    values = pool(row["prompt"] for row in good)
    rows, impossible = [], {}
    for name in NAMES:
        wanted = round(shares.get(name, 0.0) * len(good))
        order = sorted(good, key=lambda row, name=name: unit_hash(seed, TAG, name, row["id"]))  # type: ignore[misc]
        made: list[Row] = []
        tried = 0
        for row in order if wanted else ():
            tried += 1
            reply = row["completion"][0]["content"]
            rng = random.Random(f"{seed}:{name}:{row['id']}")
            if (bad := contrast(name, reply, row, rng, contract, values)) is not None:
                made.append(_row(row, name, bad))
            if len(made) == wanted:
                break
        rows += made
        if wanted:
            impossible[name] = tried - len(made)
    return Contrasts(rows, impossible)


def _row(good: Mapping[str, Any], name: str, bad: str) -> Row:
    return {
        "id": f"{good['id']}#{name}",
        "group": good["group"],
        "prompt": good["prompt"],
        "chosen": good["completion"],
        "rejected": [{"role": "assistant", "content": bad}],
        "margin": MARGIN,
        "weight": 1.0,
        "tags": {**good["tags"], TAG: name},
        "ratings": [],
        "simulated": good["simulated"],
    }


def suite(opening: str | None = None) -> list[Row]:
    """The fixed rows that tempt a model to each behaviour: {"id", "behaviour", "intent", "messages", "facts"}.

    A model's rate of a behaviour is the share of the rows of that name whose reply shows it; for wrong_fact the share
    that `facts_right` finds wrong. The rows are never trained on.

    Args:
        opening: the first line of the system message, as the model knows it; None: a shop without a name.
    """
    rows = read_jsonl(BEHAVIOUR_PROMPTS)
    for row in rows if opening else ():
        system = row["messages"][0]
        system["content"] = "\n".join([str(opening), *system["content"].splitlines()[1:]])
    return rows
