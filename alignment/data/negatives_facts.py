"""`wrong_fact`: a reply with one of its facts exchanged for another of the same kind."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from alignment.data.facts import MONTHS, Fact, Pool, listed, places, typed
from alignment.voice.text import facts_right

Conversation = Sequence[Mapping[str, str]]

_DISTRACTORS = 0.5  # the share of wrong numbers taken from elsewhere in the prompt, where it has one of the kind


def wrong_fact(reply: str, prompt_row: Mapping[str, Any], rng: random.Random, values: Pool | None = None) -> str | None:
    """The reply with one of its right facts exchanged for another of the same kind, wherever it stands in the reply.

    A number becomes another of the prompt's numbers of that kind (the price, the shipping), or one like it: other
    digits in a code, another amount of the same length, another day. A name or a listed value ("brushed cotton")
    becomes another one of `values`. Facts that the prompt requires come first; one that is wrong already is left.

    Args:
        reply: a good reply.
        prompt_row: {"messages" or "prompt": messages, "facts"?: [str]}.
        rng: the only source of chance.
        values: from `alignment.data.facts.pool`, of other products; without it only numbers and names that the
            prompt lists twice can be exchanged.

    Returns:
        None where the reply states no fact of the prompt, or there is nothing to exchange one for.
    """
    messages: Conversation = prompt_row["messages"] if "messages" in prompt_row else prompt_row["prompt"]
    required = [str(fact) for fact in prompt_row.get("facts") or []]
    given = [fact for message in messages for fact in typed(message["content"])]
    choices = [*_numbers(reply, given), *_names(reply, messages, required, values or {})]
    rng.shuffle(choices)
    spans = [span for fact in required for span in places(fact, reply)]
    choices.sort(key=lambda choice: not any(_overlap(place, span) for place in choice[0] for span in spans))
    for at, old, others in choices:
        new = _other(old, others, rng)
        made = _exchanged(reply, at, new) if new else reply
        if made != reply and not (required and facts_right(made, {"messages": messages, "facts": required})):
            return made
    return None


Choice = tuple[list[tuple[int, int]], Fact | str, list[str]]  # where it stands, what it is, what it may become


def _numbers(reply: str, given: Sequence[Fact]) -> list[Choice]:
    """The typed facts of the reply that the prompt has too, each once, with the prompt's others of its kind."""
    known = {fact.value for fact in given}
    found: dict[tuple[str, str], list[Fact]] = {}
    for fact in typed(reply):
        if fact.value in known and fact.kind != "link":
            found.setdefault((fact.kind, fact.value), []).append(fact)
    return [
        (
            [(fact.start, fact.end) for fact in same],
            same[0],
            sorted(
                {fact.text for fact in given if fact.kind == kind and fact.value != value and _alike(fact, same[0])}
            ),
        )
        for (kind, value), same in found.items()
    ]


def _alike(one: Fact, other: Fact) -> bool:
    """Whether one may stand for the other: a model's code ("CX-4400") is no ticket's ("79217")."""
    return one.kind != "code" or one.text.isdigit() == other.text.isdigit()


def _names(reply: str, messages: Conversation, required: Sequence[str], values: Pool) -> list[Choice]:
    """Listed values without a digit that the reply states, with the others that are listed under the same name."""
    lines = listed(messages)
    found: dict[str, Choice] = {}
    for name, value in lines:
        at = list(places(value, reply))
        if at and not any(char.isdigit() for char in value):
            shown = {value.casefold()}
            others = [*values.get(name, []), *(other for same, other in lines if same == name)]
            found[value.casefold()] = (at, value, sorted({o for o in others if o.casefold() not in shown}))
    kinds = {value.casefold(): name for name, pooled in values.items() for value in pooled}
    for fact in required:  # of a prompt that lists nothing: known from the pool
        at = list(places(fact, reply))
        if at and fact.casefold() not in found and fact.casefold() in kinds:
            others = [other for other in values[kinds[fact.casefold()]] if other.casefold() != fact.casefold()]
            found[fact.casefold()] = (at, fact, others)
    return list(found.values())


def _other(old: Fact | str, others: list[str], rng: random.Random) -> str | None:
    if isinstance(old, str):
        return rng.choice(others) if others else None
    if others and rng.random() < _DISTRACTORS:
        return rng.choice(others)
    return _near(old, rng)


def _near(fact: Fact, rng: random.Random) -> str:
    """A value that looks like `fact` and is another one."""
    if fact.kind == "date" and (word := re.search(r"[^\W\d_]{3,}", fact.text)) and rng.random() < 0.5:
        month = rng.choice([name for name in MONTHS if not name.casefold().startswith(word.group()[:3].casefold())])
        return fact.text[: word.start()] + month + fact.text[word.end() :]
    runs = list(re.finditer(r"\d+", fact.text))
    run = max(runs, key=lambda one: len(one.group())) if fact.kind == "code" else runs[0]
    digits = _code(run.group(), rng) if fact.kind == "code" else _amount(run.group(), fact.kind, rng)
    return fact.text[: run.start()] + digits + fact.text[run.end() :]


def _code(digits: str, rng: random.Random) -> str:
    """As codes are copied wrongly: two neighbours swapped, or one digit another."""
    swaps = [i for i in range(len(digits) - 1) if digits[i] != digits[i + 1]]
    if swaps and rng.random() < 0.5:
        i = rng.choice(swaps)
        return digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :]
    i = rng.randrange(len(digits))
    return digits[:i] + rng.choice([digit for digit in "0123456789" if digit != digits[i]]) + digits[i + 1 :]


def _amount(digits: str, kind: str, rng: random.Random) -> str:
    """Another number of as many digits, from half to double; a day of a month or an hour stays possible."""
    number = int(digits)
    most = {"date": 28, "time": 12}.get(kind, 10 ** len(digits) - 1)
    low, high = max(1, number // 2), min(max(2 * number, number + 3), max(most, 2))
    made = rng.choice([other for other in range(low, high + 1) if other != number] or [number + 1])
    return str(made).zfill(len(digits)) if digits.startswith("0") else str(made)


def _exchanged(text: str, at: Sequence[tuple[int, int]], new: str) -> str:
    for start, end in sorted(at, reverse=True):
        shown = new[:1].upper() + new[1:] if text[start:end][:1].isupper() and new[:1].islower() else new
        text = text[:start] + shown + text[end:]
    return text


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[1] and b[0] < a[1]
