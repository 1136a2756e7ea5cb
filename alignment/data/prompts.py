"""Prompts to sample replies for: the brand's own, checked and copied, or histories of real dialogues."""

from __future__ import annotations

import heapq
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignment.artifact import read_jsonl
from alignment.data.duplicates import exact_key
from alignment.data.library import Framer
from alignment.data.reading.messages import Message, Refusal, parse_messages, valid_text
from alignment.data.splits import SPLITS, unit_hash
from alignment.data.turns import CountTokens, Turn, cut, history, system_length
from alignment.errors import UserError

Prompt = dict[str, Any]  # {"id", "intent", "messages", "facts", "reference"?}


def brand_prompts(folder: Path) -> dict[str, Path]:
    """The prompt files of a brand folder by split; empty unless all three are there."""
    files = {name: folder / "prompts" / f"{name}.jsonl" for name in SPLITS}
    return files if all(file.is_file() for file in files.values()) else {}


def read_prompts(
    file: Path, limit: int, count_tokens: CountTokens | None, framer: Framer | None = None
) -> list[Prompt]:
    """The prompts of a file, each checked and framed. UserError names the line, also of one longer than `limit`."""
    rows, framed = read_jsonl(file), []
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        try:
            check_prompt(row)
            if row["id"] in seen:
                raise Refusal(f"id {row['id']} stands on an earlier line too")
        except Refusal as refusal:
            raise UserError(
                f"{file}, prompt {number}: {refusal}",
                'rows {"id", "intent", "messages" (the last from the user), "facts"}',
                f"mend prompt {number}",
            ) from refusal
        seen.add(row["id"])
        row = framer.prompt(row) if framer is not None else row
        framed.append(row)
        if limit and count_tokens is not None and (n := count_tokens(row["messages"])) > limit:
            raise UserError(
                f"{file}, prompt {number} ({row['id']}): {n} tokens",
                f"at most {limit}, so that a reply of prepare.reply_tokens fits into the model's context",
                "shorten the prompt, or raise prepare.max_tokens if the model allows",
            )
    if not rows:
        raise UserError(f"{file}: empty, no prompt in it", "at least one prompt")
    return framed


def check_prompt(row: Prompt) -> None:
    """Refusal unless `row` has the fields of a prompt, of the right types, and ends with the user's message."""
    valid_text(row.get("id"), "id")
    if not isinstance(row.get("intent"), str):
        raise Refusal("intent is missing or not a string")
    messages = parse_messages(row.get("messages"), {})
    if not messages or messages[-1]["role"] != "user":
        raise Refusal("messages must end with one from the user")
    facts = row.get("facts")
    if not isinstance(facts, list) or not all(isinstance(fact, str) and fact for fact in facts):
        raise Refusal("facts is not a list of strings")


@dataclass(kw_only=True)
class PromptSampler:
    """Keeps, for each split, the `most` histories with the smallest hash; the same history only once.

    limit: tokens a prompt may have (0: any); longer ones are cut at a turn boundary or left out (counted).
    """

    most: int
    seed: int
    limit: int
    count_tokens: CountTokens | None
    too_long: int = 0
    _heaps: dict[str, list[tuple[float, str, Prompt]]] = field(default_factory=lambda: {s: [] for s in SPLITS})
    _kept: dict[str, set[str]] = field(default_factory=lambda: {s: set() for s in SPLITS})

    def offer(self, split: str, identity: str, intent: str, row: str) -> None:
        """Offer a training row, given as its JSON: read only where it has a chance."""
        if self.most and self._value(split, identity) is not None:
            messages = json.loads(row)["messages"]
            self.add(split, identity, intent, messages, Turn(index=len(messages) - 1, start=0))

    def _value(self, split: str, identity: str) -> float | None:
        """The hash that orders the prompts; None when those kept are all smaller."""
        value = unit_hash(self.seed, "prompt", identity)
        heap = self._heaps[split]
        return None if len(heap) >= self.most and -value <= heap[0][0] else value

    def add(self, split: str, identity: str, intent: str, messages: Sequence[Message], turn: Turn) -> None:
        """Offer the history of one agent turn; the reply that was given becomes the reference."""
        value = self._value(split, identity) if self.most else None
        if value is None:
            return
        heap = self._heaps[split]
        full = len(heap) >= self.most
        asked = self._cut(history(messages, turn))
        if asked is None:
            self.too_long += 1
            return
        key = exact_key(asked)
        if key in self._kept[split]:
            return
        self._kept[split].add(key)
        reference = messages[turn.index]["content"]
        prompt = {"id": identity, "intent": intent, "messages": asked, "facts": [], "reference": reference}
        entry = (-value, identity, prompt)
        if full:
            gone = heapq.heapreplace(heap, entry)
            self._kept[split].discard(exact_key(gone[2]["messages"]))
        else:
            heapq.heappush(heap, entry)

    def prompts(self) -> Mapping[str, list[Prompt]]:
        """What was kept, by split, in order of hash: the first n are a sample too."""
        return {
            split: [prompt for _, _, prompt in sorted(heap, key=lambda entry: (-entry[0], entry[1]))]
            for split, heap in self._heaps.items()
        }

    def _cut(self, past: list[Message]) -> list[Message] | None:
        if not self.limit or self.count_tokens is None or self.count_tokens(past) <= self.limit:
            return past
        start = cut(past, self.limit, self.count_tokens)
        return None if start is None else [*past[: system_length(past)], *past[start:]]
