"""Which agent turns of a dialogue become training rows, and how much of the history each keeps."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from alignment.data.reading.messages import Message
from alignment.data.splits import unit_hash

CountTokens = Callable[[Sequence[Message]], int]
_PLACEHOLDER = re.compile(r"\[[A-Z]+(?:_[A-Z]+)*(?:_\d+)?\]")
# Why an agent turn becomes no row.
TURN_REASONS = ("no_question", "reply_too_short", "reply_too_long", "not_an_answer", "invented_placeholder", "context")
TURN_REASONS += ("turn_limit",)


@dataclass(kw_only=True, frozen=True)
class TurnRules:
    """Bounds on agent turns. `max_tokens` 0: no cut; `max_rows` 0: no limit."""

    min_words: int
    max_words: int
    max_rows: int
    max_tokens: int
    drop_invented: bool
    seed: int
    not_answers: re.Pattern[str] | None = None  # what it matches whole answers nothing, nor does an echo


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
            question = messages[index - 1]["content"] if index else ""
            reason = _reply_fault(message["content"], question, asked, bool(placeholders - known), rules)
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


def _reply_fault(reply: str, question: str, asked: bool, invents: bool, rules: TurnRules) -> str:
    if not asked:
        return "no_question"
    if not reply:
        return "reply_too_short"
    words = reply.count(" ") + reply.count("\n") + 1
    if words < rules.min_words:
        return "reply_too_short"
    if words > rules.max_words:
        return "reply_too_long"
    if rules.not_answers is not None and (reply == question or rules.not_answers.fullmatch(reply)):
        return "not_an_answer"
    return "invented_placeholder" if invents and rules.drop_invented else ""


class TokenCounter:
    """An upper bound, a few tokens wide, of a conversation's tokens under the model's chat template.

    It is the sum over messages of the tokens of their text and of what the template adds to one, as measured on
    three short conversations, plus `SLACK`. Where even the bytes (no tokenizer here makes more tokens than bytes) and
    generous room for the template stay within `surely`, that is the bound, and no tokenizer is needed: `load` gives
    two functions, tokens of a text and of a conversation, and is called when they are first wanted.
    """

    AROUND = 12  # tokens a template adds to a message, at most, where it was not measured
    START = 64  # and to a conversation
    SLACK = 4
    CACHE = 50_000  # texts whose count is remembered

    def __init__(self, load: Callable[[], tuple[Callable[[str], int], CountTokens]], surely: int) -> None:
        self._load = load
        self._surely = surely
        self._text: Callable[[str], int] | None = None
        self._start = self._around = 0

    def __call__(self, messages: Sequence[Message]) -> int:
        """The bound for these messages."""
        rough = self.START + self.AROUND * len(messages)
        rough += sum(len(message["content"].encode()) for message in messages)
        if rough <= self._surely:
            return rough
        text = self._text or self._measure()
        return self._start + sum(text(message["content"]) + self._around for message in messages)

    def _measure(self) -> Callable[[str], int]:
        text, conversation = self._load()
        roles = ("user", "assistant", "user")
        talk = [{"role": role, "content": "a"} for role in roles]
        one, two, three = (conversation(talk[:n]) for n in (1, 2, 3))
        word = text("a")
        self._around = max(two - one, three - two) - word
        self._start = max(0, one - word - self._around) + self.SLACK
        self._text = lru_cache(self.CACHE)(text)
        return self._text
