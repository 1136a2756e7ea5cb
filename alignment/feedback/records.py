"""The nouns of the ratings store: plain records that pass between store, stages and app."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from alignment.errors import UserError

T = TypeVar("T")

Message = Mapping[str, str]  # {"role": "system" | "user" | "assistant", "content": text}

STRONGEST = 3
"""A strength is a whole number from -3 to 3: above 0 the pair's first response is better, 0 is a tie."""

SIMULATED_PREFIX = "simulated:"
"""Names of simulated reviewers begin with this; no person's may."""


@dataclass(frozen=True)
class Response:
    """One reply to an item.

    `key` is unique within the item; `model_hash` and `sampling` say how it was made.
    """

    key: str
    text: str
    model: str
    model_hash: str
    sampling: Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One prompt of a collection with its candidate responses, ordered by key.

    `prompt`: messages up to and including the customer's last; `facts`: strings a right reply contains, as
    far as they were given; `tags`: whatever the results are to be split by.
    """

    key: str
    prompt: tuple[Message, ...]
    facts: tuple[str, ...]
    tags: Mapping[str, Any]
    responses: tuple[Response, ...]


@dataclass(frozen=True, order=True)
class Pair:
    """Two responses to one item, in the order of their keys (the order shown is the assignment's)."""

    item: str
    first: str
    second: str

    def __post_init__(self) -> None:
        if self.first >= self.second:
            raise ValueError(f"a pair names its responses in order: {self.first!r}, {self.second!r}")

    @property
    def key(self) -> str:
        """Unique within the item."""
        return json.dumps([self.first, self.second], ensure_ascii=False)


@dataclass(frozen=True)
class Verdict:
    """What one reviewer thinks of one pair, before it is stored.

    `seconds`: time taken, where it was measured.
    """

    pair: Pair
    reviewer: str
    strength: int
    seconds: float | None = None

    def __post_init__(self) -> None:
        if not -STRONGEST <= self.strength <= STRONGEST:
            raise ValueError(f"strength {self.strength} is not between -{STRONGEST} and {STRONGEST}")


@dataclass(frozen=True)
class Rating:
    """A stored rating: the latest revision of one reviewer's verdict on one pair. `uid` never changes.

    A ranking of several replies is one rating for each two of them, all under its uid. both_bad: neither may be
    sent (strength 0). decision: an adjudicator's; it stands for all the raters'.
    """

    uid: str
    pair: Pair
    reviewer: str
    simulated: bool
    strength: int
    revision: int
    both_bad: bool = False
    decision: bool = False


def of_reviewers(ratings: Sequence[Rating], only: Sequence[str], without: Sequence[str]) -> list[Rating]:
    """The ratings of the reviewers asked for: what a second reward model, of other people's, is trained on.

    only: names; none: all. UserError for a name without ratings.
    """
    known = {one.reviewer for one in ratings}
    unknown = sorted({*only, *without} - known)
    if ratings and unknown:
        raise UserError(
            f"no ratings by {', '.join(unknown)}",
            f"reviewers with ratings: {', '.join(sorted(known))}",
            "correct export.raters or export.without",
        )
    kept = {*only} or known
    return [one for one in ratings if one.reviewer in kept and one.reviewer not in without]


@dataclass(frozen=True)
class Added:
    """How many new rows a write made; what was there already does not count."""

    items: int
    responses: int


def rating_uid(collection: str, pair: Pair, reviewer: str, repeat: int, revision: int) -> str:
    """The lasting name of a rating event: the same event always has the same."""
    return "r-" + digest([collection, pair.item, pair.first, pair.second, reviewer, repeat, revision])[:24]


def digest(parts: Sequence[str | int]) -> str:
    """SHA-256 in hex over the parts as compact JSON."""
    text = json.dumps(list(parts), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def uniform(*parts: str | int) -> float:
    """A number in (0, 1) from the parts alone, whatever the order and the interruptions."""
    return (int(digest(parts)[:13], 16) + 0.5) / 16**13


def chunked(rows: Iterable[T], size: int) -> Iterable[list[T]]:
    """The rows in lists of at most `size`."""
    chunk: list[T] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
