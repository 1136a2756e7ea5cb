"""Pairs: a reply as typed and as approved, cleaned and redacted together, of one split with their dialogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignment.data import clean
from alignment.data.dialogues import Cleaner
from alignment.data.duplicates import exact_key
from alignment.data.kept import Kept
from alignment.data.ledger import Ledger
from alignment.data.reading.messages import Message
from alignment.data.reading.records import Draft
from alignment.data.rows import Line, encode, line_digest, read_lines
from alignment.data.turns import CountTokens, TurnRules, cut, last_turn, system_length

# Why a pair is dropped.
PAIR_REASONS = ("empty", "same_text", "context", "duplicate_exact")


@dataclass(kw_only=True)
class Pair:
    """A cleaned draft. `fault`: why it is no pair ("" when it is one); its approved reply may still teach."""

    id: str
    group: str
    split: str
    prompt: list[Message]
    chosen: str
    rejected: str
    tags: dict[str, str]
    fault: str = ""

    def row(self) -> dict[str, Any]:
        """As in pairs.jsonl."""
        return {
            "id": self.id,
            "group": self.group,
            "split": self.split,
            "prompt": self.prompt,
            "chosen": [{"role": "assistant", "content": self.chosen}],
            "rejected": [{"role": "assistant", "content": self.rejected}],
            "tags": self.tags,
        }


@dataclass(kw_only=True)
class PairMaker:
    """From drafts to pairs. max_tokens 0: prompts are not cut."""

    cleaner: Cleaner
    split_of: Callable[[str], str]
    max_tokens: int
    count_tokens: CountTokens | None
    _ids: set[str] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)

    def pairs(self, drafts: Iterable[Draft]) -> Iterator[Pair]:
        """Every draft, in order, as a pair or with the fault that keeps it from being one."""
        for draft in drafts:
            yield self._pair(draft)

    def _pair(self, draft: Draft) -> Pair:
        replies = [{"role": "assistant", "content": text} for text in (draft.chosen, draft.rejected)]
        *prompt, chosen, rejected = self.cleaner.turns([*draft.prompt, *replies])
        prompt = clean.drop_empty(prompt)
        if self.cleaner.rules.merge:
            prompt = clean.merge_turns(prompt)
        pair = Pair(
            id=self._unique(draft.id),
            group=draft.group,
            split=self.split_of(draft.group),
            prompt=prompt,
            chosen=chosen["content"],
            rejected=rejected["content"],
            tags=draft.tags,
        )
        pair.fault = self._fault(pair)
        return pair

    def _fault(self, pair: Pair) -> str:
        if not pair.chosen or not pair.rejected or not pair.prompt or pair.prompt[-1]["role"] != "user":
            return "empty"
        if " ".join(pair.chosen.split()) == " ".join(pair.rejected.split()):
            return "same_text"
        if self.max_tokens and self.count_tokens and not self._fit(pair, self.count_tokens):
            return "context"
        key = exact_key([*pair.prompt, *({"role": r, "content": getattr(pair, r)} for r in ("chosen", "rejected"))])
        if key in self._seen:
            return "duplicate_exact"
        self._seen.add(key)
        return ""

    def _fit(self, pair: Pair, count_tokens: CountTokens) -> bool:
        """Cut the prompt so that it and either reply fit; False when even the last question does not.

        Each reply is tried: the counts are bounds, not equally near, so the larger one need not be the longer reply's.
        """
        head = begin = system_length(pair.prompt)
        for reply in (pair.chosen, pair.rejected):
            whole = [*pair.prompt, _reply(reply)]
            if count_tokens(whole) > self.max_tokens:
                start = cut(whole, self.max_tokens, count_tokens)
                if start is None:
                    return False
                begin = max(begin, start)
        pair.prompt = [*pair.prompt[:head], *pair.prompt[begin:]]
        return True

    def _unique(self, identity: str) -> str:
        name, n = identity, 1
        while name in self._ids:
            n += 1
            name = f"{identity}~{n}"
        self._ids.add(name)
        return name


def _reply(text: str) -> Message:
    return {"role": "assistant", "content": text}


def pair_lines(pairs: Iterable[Pair], ledger: Ledger) -> Iterator[Line]:
    """The lines of pairs.jsonl; faulty ones go to the ledger."""
    for pair in pairs:
        if pair.fault:
            ledger.drop(pair.id, pair.fault, f"approved: {pair.chosen}\ndraft: {pair.rejected}")
        else:
            text = encode(pair.row())
            yield Line(pair.id, pair.split, text, line_digest(text))


def approved_replies(path: Path, rules: TurnRules, count_tokens: CountTokens | None) -> Iterator[Kept]:
    """Each approved reply of the rows in `path`, also of a draft that made no pair, as a dialogue of one row.

    A repeated one (prompt and reply) is kept once; the others are skipped as duplicate_exact.
    """
    seen: set[str] = set()
    for row in read_lines(path):
        messages = [*row["prompt"], *row["chosen"]]
        turns, skipped = last_turn(row["id"], messages, rules, count_tokens)
        key = exact_key(messages)
        if turns and key in seen:
            turns, skipped = [], [(len(messages) - 1, "duplicate_exact")]
        seen.add(key)
        yield Kept(
            id=row["group"],
            agent="",
            intent=row["tags"].get("action", ""),
            split=row["split"],
            messages=messages,
            turns=turns,
            skipped=skipped,
            row_id=row["id"],
        )
