"""Which agent turns of a dialogue become training rows, and how much of the history each keeps."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from alignment.data.records import Message
from alignment.data.splits import unit_hash

CountTokens = Callable[[Sequence[Message]], int]
_PLACEHOLDER = re.compile(r"\[[A-Z]+(?:_[A-Z]+)*(?:_\d+)?\]")
# Why an agent turn becomes no row.
TURN_REASONS = ("no_question", "reply_too_short", "reply_too_long", "invented_placeholder", "context", "turn_limit")


@dataclass(kw_only=True, frozen=True)
class TurnRules:
    """Bounds on agent turns. `max_tokens` 0: no cut; `max_rows` 0: no limit."""

    min_words: int
    max_words: int
    max_rows: int
    max_tokens: int
    drop_invented: bool
    seed: int


@dataclass(kw_only=True)
class Turn:
    """An agent turn: its index among the messages, and the index where its history begins after the system part."""

    index: int
    start: int


def history(messages: Sequence[Message], turn: Turn) -> list[Message]:
    """The system part and the messages from the turn's start up to, not with, its reply."""
    head = system_length(messages)
    return [*messages[:head], *messages[max(head, turn.start) : turn.index]]


def system_length(messages: Sequence[Message]) -> int:
    """How many system messages stand at the start."""
    return next((i for i, message in enumerate(messages) if message["role"] != "system"), len(messages))


def cut(messages: Sequence[Message], limit: int, count_tokens: CountTokens) -> int | None:
    """Where the history must begin so that system part and rest are at most `limit` tokens; None when it cannot.

    `messages` ends with the reply (or the question, in a prompt). The cut is at a turn boundary: the history begins
    with a customer's message and keeps the last one.
    """
    head = system_length(messages)
    starts = [i for i in range(head, len(messages)) if messages[i]["role"] == "user"]
    for start in starts:
        if count_tokens([*messages[:head], *messages[start:]]) <= limit:
            return start
    return None


def usable_turns(
    identity: str, messages: Sequence[Message], rules: TurnRules, count_tokens: CountTokens | None
) -> tuple[list[Turn], list[tuple[int, str]]]:
    """The agent turns to learn from, and (index, reason) of the others."""
    turns: list[Turn] = []
    dropped: list[tuple[int, str]] = []
    head = system_length(messages)
    fits = not rules.max_tokens or (count_tokens is not None and count_tokens(messages) <= rules.max_tokens)
    asked = False
    known: set[str] = set()
    for index, message in enumerate(messages):
        placeholders = set(_PLACEHOLDER.findall(message["content"])) if "[" in message["content"] else set()
        if message["role"] == "assistant":
            reason = _reply_fault(message["content"], asked, bool(placeholders - known), rules)
            start: int | None = head
            if not reason and not fits and count_tokens is not None:
                start = cut(messages[: index + 1], rules.max_tokens, count_tokens)
                reason = "context" if start is None else ""
            if reason:
                dropped.append((index, reason))
            elif start is not None:
                turns.append(Turn(index=index, start=start))
        asked = asked or message["role"] == "user"
        known |= placeholders
    if rules.max_rows and len(turns) > rules.max_rows:
        order = sorted(turns, key=lambda turn: unit_hash(rules.seed, "turn", identity, str(turn.index)))
        kept = {turn.index for turn in order[: rules.max_rows]}
        dropped += [(turn.index, "turn_limit") for turn in turns if turn.index not in kept]
        turns = [turn for turn in turns if turn.index in kept]
    return turns, dropped


def last_turn(
    identity: str, messages: Sequence[Message], rules: TurnRules, count_tokens: CountTokens | None
) -> tuple[list[Turn], list[tuple[int, str]]]:
    """As `usable_turns`, for the reply at the end alone."""
    last = len(messages) - 1
    if last < 1 or messages[last - 1]["role"] != "user":
        return [], [(last, "no_question")]
    turns, dropped = usable_turns(identity, messages, replace(rules, max_rows=0), count_tokens)
    return [turn for turn in turns if turn.index == last], [one for one in dropped if one[0] == last]


def _reply_fault(reply: str, asked: bool, invents: bool, rules: TurnRules) -> str:
    if not asked:
        return "no_question"
    if not reply:
        return "reply_too_short"
    words = reply.count(" ") + reply.count("\n") + 1
    if words < rules.min_words:
        return "reply_too_short"
    if words > rules.max_words:
        return "reply_too_long"
    return "invented_placeholder" if invents and rules.drop_invented else ""


class TokenCounter:
    """Counts a conversation's tokens with the model's chat template.

    The tokenizer is loaded when first needed: a conversation of so few bytes that it surely has at most `surely`
    tokens is counted by its bytes (no tokenizer here makes more tokens than bytes), plus room for what a template
    adds around a message and at the start.
    """

    AROUND = 16  # tokens a template adds to a message, at most
    START = 64  # and to a conversation

    def __init__(self, load: Callable[[], Callable[[Sequence[Message]], int]], surely: int) -> None:
        self._load = load
        self._surely = surely
        self._count: CountTokens | None = None

    def __call__(self, messages: Sequence[Message]) -> int:
        """Tokens, or an upper bound that is at most `surely`."""
        bound = self.START + sum(len(m["content"].encode()) + self.AROUND for m in messages)
        if bound <= self._surely:
            return bound
        if self._count is None:
            self._count = self._load()
        return self._count(messages)
