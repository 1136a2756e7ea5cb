"""What simulated reviewers notice in a reply: rough impressions, each a number, most from 0 to 1.

Their own small code on purpose. It is no copy of the voice contract that judges the models: word lists,
scales and cases differ, so what pleases these reviewers is not by itself what passes the contract.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from alignment.feedback.records import Message

_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)*")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")

_HELLO = {"hi", "hey", "hello", "howdy", "welcome", "greetings", "hiya", "heya"}
_GOOD_TIME = {"morning", "afternoon", "evening", "day"}
_WARM = {
    "love", "loves", "lovely", "happy", "glad", "delighted", "delight", "thank", "thanks", "pleasure",
    "pleased", "wonderful", "treat", "y'all", "friend", "sweet", "enjoy", "beautiful", "charming",
    "tickled", "joy",
}  # fmt: skip
_SORRY = {"sorry", "apologize", "apologise", "apologies", "apology", "regret", "forgive", "unfortunately"}
_TROUBLE = {
    "broken", "damaged", "cracked", "shattered", "torn", "scratched", "dented", "late", "delayed", "missing",
    "wrong", "lost", "never", "defective", "stained", "smashed", "chipped", "bent",
}  # fmt: skip
_STIFF = (
    "policy", "policies", "advised", "kindly", "pursuant", "hereby", "accordance", "our records", "inquiry",
    "valued customer", "terms and conditions", "unable to", "note that", "at this time", "as per", "per our",
    "regarding", "aforementioned", "patronage", "whom it may concern", "subject to", "dear customer", "noted",
)  # fmt: skip
_OFFER = (
    "anything else", "let me know", "holler", "give us a shout", "reach out", "just ask", "more questions",
    "here if", "right here", "a message away", "happy to help", "glad to help", "help you with", "need me",
    "need anything", "any time", "anytime", "lend a hand",
)  # fmt: skip
_ASKED = {  # what a customer's words ask for, as keys of the "key: value" lines the bot was given
    "price": ("how much", "price", "cost", "charge"),
    "size": ("how big", "size", "measure", "dimension", "tall", "wide", "long"),
    "material": ("made of", "material", "made from", "fabric"),
    "colors": ("color", "colour"),
    "care": ("care", "clean", "wash", "look after"),
    "stock": ("stock", "available", "have any"),
    "returns": ("return", "send back", "refund"),
    "gift wrap": ("wrap",),
    "shipping": ("shipping", "ship "),
    "delivery": ("deliver", "how long", "how many days"),
    "order": ("order",),
    "replacement": tuple(sorted(_TROUBLE)),
}


def words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def hello(reply: str) -> float:
    """1 when it opens with a hello, ½ when one comes within the first six words."""
    first = words(reply)[:6]
    if first[:1] == ["good"] and first[1:2] and first[1] in _GOOD_TIME:
        return 1.0
    if set(first[:2]) & _HELLO:
        return 1.0
    return 0.5 if set(first) & _HELLO else 0.0


def warmth(reply: str) -> float:
    """Different warm words: none 0, one 0.7, two or more 1."""
    return (0.0, 0.7, 1.0)[min(2, len(set(words(reply)) & _WARM))]


def sorry(reply: str, customer: str) -> float:
    """Words of apology: one ½, two or more 1.

    Nothing where the customer reports trouble, when it is in order.
    """
    if set(words(customer)) & _TROUBLE:
        return 0.0
    return min(2, sum(word in _SORRY for word in words(reply))) / 2


def stiffness(reply: str) -> float:
    """Phrases of an office: one 0.7, two or more 1."""
    text = " ".join(words(reply))
    return (0.0, 0.7, 1.0)[min(2, sum(f" {phrase}" in f" {text}" for phrase in _STIFF))]


def offer(reply: str) -> float:
    """1 when the last 16 words offer more help, ½ when the reply merely ends in a question."""
    text = " ".join(words(reply)[-16:])
    if any(phrase in text for phrase in _OFFER):
        return 1.0
    return 0.5 if reply.rstrip().endswith("?") else 0.0


def length(reply: str) -> float:
    """Comfort of reading: rises to 1 at 14 words, stays until 50, falls to 0 at 90."""
    count = len(words(reply)) + len(_NUMBER.findall(reply))
    if count <= 50:
        return min(1.0, count / 14)
    return max(0.0, (90 - count) / 40)


def shouting(reply: str) -> float:
    """Exclamation marks beyond three and words of five or more capitals, two or more of them 1."""
    loud = max(0, reply.count("!") - 3) + len(re.findall(r"\b[A-Z]{5,}\b", reply))
    return min(2, loud) / 2


def echo(reply: str) -> float:
    """Share of its runs of four words that it says again, times two, at most 1."""
    said = words(reply)
    runs = Counter(zip(said, said[1:], said[2:], said[3:], strict=False))
    again = sum(count - 1 for count in runs.values())
    return min(1.0, 2 * again / max(1, sum(runs.values())))


def facts(reply: str, prompt: Sequence[Message], required: Sequence[str]) -> float:
    """1 when all that was asked for is there and no number is made up; −1 for a made-up number; else minus
    the share of what is missing.

    required: what a right reply says; when none is given it is guessed from the customer's words and the
    "key: value" lines of the system message. A number is made up when no message of the prompt has it.
    """
    told = {number for message in prompt for number in _NUMBER.findall(message["content"])}
    if any(number not in told for number in _NUMBER.findall(reply)):
        return -1.0
    wanted = [_fold(fact) for fact in (required or requested(prompt))]
    if not wanted:
        return 1.0
    missing = sum(fact not in _fold(reply) for fact in wanted) / len(wanted)
    return -missing if missing else 1.0


def requested(prompt: Sequence[Message]) -> list[str]:
    """The values of the system message's lines that the customer's last message asks for."""
    question = customer_says(prompt).lower()
    found = []
    for line in "\n".join(m["content"] for m in prompt if m["role"] == "system").splitlines():
        key, colon, value = line.partition(":")
        topic = next((topic for topic in _ASKED if key.lower().startswith(topic)), None)
        numbers = _NUMBER.findall(key)
        if not colon or topic is None or not all(number in question for number in numbers):
            continue
        if any(cue in question for cue in _ASKED[topic]):
            found.append(value.strip().removeprefix("arrives "))
    return found


def customer_says(prompt: Sequence[Message]) -> str:
    """The last message of the customer."""
    return next((m["content"] for m in reversed(prompt) if m["role"] == "user"), "")


def _fold(text: str) -> str:
    return " ".join(text.lower().split())
