"""Ratings or given pairs → preference rows for training. Pure: nothing here reads a file, a clock or a
database.

A preference row, in TRL's conversational format with what is needed to trace it:

    {"id", "group", "prompt": [messages], "chosen": [message], "rejected": [message],
     "margin": 0 … 3, "weight": 1.0 or 0.5, "tags": {}, "ratings": [ids], "simulated": bool}

`margin` of rated pairs is the absolute mean of the raters' signed strengths, in points of the 7-point scale:
0 no difference, 3 the strongest. No row is dropped without being counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from statistics import fmean
from typing import Any

from alignment.artifact import canonical_hash
from alignment.feedback.records import Item, Pair, Rating, uniform

Row = dict[str, Any]

RATED_COUNTS = (
    "decided",
    "majority",
    "ties",
    "conflicts_undecided",
    "conflicts_dropped",
    "both_bad",
    "refused.empty",
    "refused.same",
)
GIVEN_COUNTS = (
    "decided",
    "refused.prompt",
    "refused.not_text",
    "refused.empty",
    "refused.same",
    "refused.duplicate_id",
)

BAD_POINTS = 1  # that a completion loses when most raters of a pair say that both are bad
PAIR_MARGIN = 1.0  # of a pair that came without a strength


class Ties(StrEnum):
    """What becomes of a pair whose raters see no difference."""

    drop = "drop"
    keep_half = "keep_half"  # kept in both directions, weight ½ and margin 0 each


class Conflicts(StrEnum):
    """What becomes of a pair on which raters prefer opposite sides."""

    drop = "drop"
    majority = "majority"  # the side with more raters; undecided ones count as ties


@dataclass(frozen=True)
class Decision:
    """What the raters of one pair say together. direction: 1 first, −1 second, 0 undecided; margin >= 0."""

    conflict: bool
    direction: int
    margin: float


@dataclass(frozen=True)
class Built:
    """Rows, and how many pairs went which way: every pair that came in is in exactly one count.

    bad: unpaired rows (label False) of the replies of which most raters said that both may not be sent.
    """

    rows: list[Row]
    counts: dict[str, int]
    bad: list[Row] = field(default_factory=list)


def decide(strengths: Sequence[int]) -> Decision:
    """The raters' common verdict from their strengths (each −3 … 3, at least one).

    The majority's margin is its side of the mean strength, 0 where stronger words of the minority outweigh
    it.
    """
    mean = fmean(strengths)
    first, second = sum(s > 0 for s in strengths), sum(s < 0 for s in strengths)
    if first and second:
        direction = (first > second) - (first < second)
        return Decision(True, direction, max(0.0, direction * mean))
    return Decision(False, (mean > 0) - (mean < 0), abs(mean))


def from_ratings(items: Iterable[Item], ratings: Iterable[Rating], ties: Ties, conflicts: Conflicts) -> Built:
    """One row for each pair that its raters decide (two for a tie kept by half), ordered by pair.

    Counts: `RATED_COUNTS`. Ties and undecided conflicts are dropped or kept as `ties` says. Where a pair has an
    adjudicator's decision, that alone counts. Where more than half say that both are bad, there is no winner.
    """
    known = {item.key: item for item in items}
    groups = _groups(known.values())
    counts = Counter[str]()
    rows: list[Row] = []
    bad: list[Row] = []
    for pair, of_pair in groupby(sorted(ratings, key=lambda r: (r.pair, r.reviewer)), key=lambda r: r.pair):
        together = list(of_pair)
        together = [rating for rating in together if rating.decision] or together
        texts = _texts(known[pair.item], pair)
        reason = refusal(*texts)
        decision = decide([rating.strength for rating in together])
        most_bad = 2 * sum(rating.both_bad for rating in together) > len(together)
        name = f"refused.{reason}" if reason else "both_bad" if most_bad else _outcome(decision, conflicts)
        counts[name] += 1
        if name == "both_bad":
            group = groups[pair.item]
            bad += [_completion(known[pair.item], group, text, together) for text in texts]
        half = name in ("ties", "conflicts_undecided") and ties is Ties.keep_half
        directions = (1, -1) if half else (decision.direction,) if name in ("decided", "majority") else ()
        for direction in directions:
            best, worst = (0, 1) if direction > 0 else (1, 0)
            keys = (pair.first, pair.second)
            rows.append(
                preference(
                    id=f"{pair.item}:{keys[best]}>{keys[worst]}",
                    group=groups[pair.item],
                    prompt=[dict(message) for message in known[pair.item].prompt],
                    chosen=texts[best],
                    rejected=texts[worst],
                    margin=decision.margin,
                    weight=0.5 if half else 1.0,
                    tags=dict(known[pair.item].tags),
                    ratings=[rating.uid for rating in together],
                    simulated=any(rating.simulated for rating in together),
                )
            )
    return Built(rows, {name: counts[name] for name in RATED_COUNTS}, bad)


def from_pairs(given: Iterable[Mapping[str, Any]]) -> Built:
    """Rows from pairs that came with the data: {"id", "group", "prompt", "chosen", "rejected", "tags"?,
    "margin"?}.

    A prompt is a text or messages, a reply a text or a list with one assistant message. Counts:
    `GIVEN_COUNTS`, the refusals as in `refusal`, and prompt: neither text nor messages.
    """
    counts = Counter[str]()
    rows: list[Row] = []
    seen: set[str] = set()
    for number, pair in enumerate(given):
        name = str(pair.get("id", f"pair-{number}"))
        prompt = _messages(pair.get("prompt"))
        chosen, rejected = _reply(pair.get("chosen")), _reply(pair.get("rejected"))
        reason = "prompt" if prompt is None else refusal(chosen, rejected)
        reason = reason or ("duplicate_id" if name in seen else None)
        counts[f"refused.{reason}" if reason else "decided"] += 1
        if reason or prompt is None or chosen is None or rejected is None:
            continue
        seen.add(name)
        margin = pair.get("margin")
        rows.append(
            preference(
                id=name,
                group=str(pair.get("group", name)),
                prompt=prompt,
                chosen=chosen,
                rejected=rejected,
                margin=float(margin) if isinstance(margin, int | float) else PAIR_MARGIN,
                weight=1.0,
                tags=dict(pair.get("tags") or {}),
                ratings=[],
                simulated=False,
            )
        )
    return Built(rows, {name: counts[name] for name in GIVEN_COUNTS})


def preference(*, chosen: str, rejected: str, **rest: Any) -> Row:
    """A row with its columns in their order."""
    replies = {"chosen": _assistant(chosen), "rejected": _assistant(rejected)}
    columns = (
        "id",
        "group",
        "prompt",
        "chosen",
        "rejected",
        "margin",
        "weight",
        "tags",
        "ratings",
        "simulated",
    )
    return {name: replies.get(name, rest.get(name)) for name in columns}


def refusal(first: str | None, second: str | None) -> str | None:
    """Why two replies are no pair to learn from: not_text, empty, same (outer whitespace apart).

    None if they are.
    """
    if first is None or second is None:
        return "not_text"
    if not first.strip() or not second.strip():
        return "empty"
    return "same" if first.strip() == second.strip() else None


@dataclass(frozen=True)
class Unpaired:
    """Rows {"id", "group", "prompt", "completion": [message], "label", "tags", "ratings", "simulated"}.

    undecided: completions left out because they won and lost by as much.
    """

    rows: list[Row]
    undecided: int


def unpaired(rows: Iterable[Row], bad: Iterable[Row] = ()) -> Unpaired:
    """One row for each completion of the preference rows: label true when it won more points of margin than
    it lost.

    Rows kept by half for a tie say nothing about either completion and are left out. bad: see `Built`; each
    takes `BAD_POINTS` from its completion.
    """
    found: dict[str, Row] = {}
    points = Counter[str]()
    for row in rows:
        for side, sign in (("chosen", 1), ("rejected", -1)):
            if row["weight"] < 1:
                continue
            key = canonical_hash([row["prompt"], row[side]])
            points[key] += sign * row["margin"]
            made = found.setdefault(
                key,
                {
                    "id": key[:16],
                    "group": row["group"],
                    "prompt": row["prompt"],
                    "completion": row[side],
                    "label": False,
                    "tags": row["tags"],
                    "ratings": [],
                    "simulated": False,
                },
            )
            made["ratings"] = sorted({*made["ratings"], *row["ratings"]})
            made["simulated"] = made["simulated"] or row["simulated"]
    for row in bad:
        points[row["id"]] -= BAD_POINTS
        made = found.setdefault(row["id"], {**row, "id": row["id"][:16]})
        made["ratings"] = sorted({*made["ratings"], *row["ratings"]})
        made["simulated"] = made["simulated"] or row["simulated"]
    decided = [{**row, "label": points[key] > 0} for key, row in found.items() if points[key]]
    return Unpaired(decided, len(found) - len(decided))


def assign_groups(groups: Iterable[str], seed: int, validation_share: float, test_share: float) -> dict[str, str]:
    """{group: train | validation | test} by hash of (seed, group).

    A group's place does not depend on the other groups, so what was held out stays held out when ratings are
    added; except that a split which would be empty takes the train group nearest to it, while train keeps
    one.
    """
    place = {group: uniform("split", seed, group) for group in groups}
    made = {}
    for group, position in place.items():
        held_out = position < test_share + validation_share
        made[group] = "test" if position < test_share else "validation" if held_out else "train"
    for split, share in (("test", test_share), ("validation", validation_share)):
        train = sorted((group for group in made if made[group] == "train"), key=lambda group: place[group])
        if share > 0 and split not in made.values() and len(train) > 1:
            made[train[0]] = split
    return made


def held_out_values(rows: Iterable[Row], tag: str, share: float, seed: int) -> list[str]:
    """The values of a tag to hold out, by hash: `share` of them, at least one, at most all but one.

    Sorted.
    """
    values = sorted({str(row["tags"][tag]) for row in rows if tag in row["tags"]})
    count = min(len(values) - 1, max(1, round(share * len(values))))
    return sorted(sorted(values, key=lambda value: uniform("value", seed, tag, value))[: max(0, count)])


def _completion(item: Item, group: str, text: str, ratings: Sequence[Rating]) -> Row:
    """An unpaired row of a reply that may not be sent; its id is the full hash of prompt and completion."""
    prompt, completion = [dict(message) for message in item.prompt], _assistant(text)
    return {
        "id": canonical_hash([prompt, completion]),
        "group": group,
        "prompt": prompt,
        "completion": completion,
        "label": False,
        "tags": dict(item.tags),
        "ratings": sorted(rating.uid for rating in ratings),
        "simulated": any(rating.simulated for rating in ratings),
    }


def _outcome(decision: Decision, conflicts: Conflicts) -> str:
    if not decision.conflict:
        return "decided" if decision.direction else "ties"
    if conflicts is Conflicts.drop:
        return "conflicts_dropped"
    return "majority" if decision.direction else "conflicts_undecided"


def _groups(items: Iterable[Item]) -> dict[str, str]:
    """Group by item: its dialogue where a tag names one, else the first item with the same messages."""
    same: dict[str, str] = {}
    return {
        item.key: str(item.tags.get("dialogue") or same.setdefault(canonical_hash(list(item.prompt)), item.key))
        for item in items
    }


def _texts(item: Item, pair: Pair) -> tuple[str, str]:
    by_key = {response.key: response.text for response in item.responses}
    return by_key[pair.first], by_key[pair.second]


def _assistant(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def _messages(prompt: Any) -> list[dict[str, str]] | None:
    """Messages of a prompt that is a text or messages; None when it is neither, or without a word."""
    if isinstance(prompt, str):
        prompt = [{"role": "user", "content": prompt}]
    if not isinstance(prompt, list) or not prompt:
        return None
    for message in prompt:
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            return None
        if not isinstance(message.get("content"), str):
            return None
    if not prompt[-1]["content"].strip():
        return None
    return [{"role": message["role"], "content": message["content"]} for message in prompt]


def _reply(reply: Any) -> str | None:
    """The text of a reply that is a text or a list with one assistant message; None when it is neither."""
    if isinstance(reply, list) and len(reply) == 1 and isinstance(reply[0], dict):
        reply = reply[0].get("content") if reply[0].get("role") == "assistant" else None
    return reply if isinstance(reply, str) else None
