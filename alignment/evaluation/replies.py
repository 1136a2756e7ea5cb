"""Judged replies laid out for the report: what fails, where, and prompts with every model's reply side by side."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alignment import stats
from alignment.evaluation.pages.report_figures import ends
from alignment.evaluation.pairing import as_figure, column
from alignment.voice.brand import is_embedded
from alignment.voice.contract import load_contract

Rows = list[dict[str, Any]]


def rule_failures(replies: Mapping[str, Rows], brand: str) -> list[dict[str, Any]]:
    """By rule: its description, whether it is hard, and the `share_of` each model's replies that break it."""
    judged = {name: [row["kept"] for row in rows if row.get("kept")] for name, rows in replies.items()}
    names = list(dict.fromkeys(rule for kept in judged.values() for one in kept for rule in one))
    contract = load_contract(brand) if Path(brand).is_dir() or is_embedded(brand) else None
    rules = {rule.name: rule for rule in contract.rules} if contract else {}
    made = []
    for name in names:
        broken = {model: [not one[name] for one in kept if name in one] for model, kept in judged.items()}
        made.append(
            {
                "name": name.replace("_", " "),
                "says": rules[name].description if name in rules else "",
                "hard": rules[name].hard if name in rules else None,
                "shares": [share_of(values) for values in broken.values()],
            }
        )
    return made


def by_intent(replies: Mapping[str, Rows]) -> list[dict[str, Any]]:
    """By intent: prompts, and for each model the share in voice and with facts right (`share_of`)."""
    intents = sorted({row["intent"] for rows in replies.values() for row in rows if row.get("intent")})
    made = []
    for intent in intents:
        chosen = [[row for row in rows if row.get("intent") == intent] for rows in replies.values()]
        made.append(
            {
                "name": intent.replace("_", " "),
                "n": len(chosen[0]),
                "cells": [tuple(share_of(column(rows, name)) for name in ("passed", "facts")) for rows in chosen],
            }
        )
    return made


def side_by_side(replies: Mapping[str, Rows], final: str, count: int) -> Rows:
    """Up to `count` prompts with the reply of every model that has one: a third that `final` fails, then by intent.

    Both are taken in the order of the test set, spread over it, so nobody picked them for their looks.
    """
    rows = replies[final]
    failing = [i for i, row in enumerate(rows) if _faults(row)]
    chosen = _spread(failing, min(len(failing), math.ceil(count / 3)))
    rest = [i for i in range(len(rows)) if i not in set(chosen)]
    firsts = list({rows[i].get("intent"): i for i in reversed(rest)}.values())
    room = count - len(chosen)
    more = sorted(firsts)[:room]
    left = [i for i in rest if i not in set(more)]
    chosen += more + _spread(left, min(len(left), room - len(more)))
    by_id = {name: {row["id"]: row for row in own} for name, own in replies.items()}
    return [_example(rows[i], by_id) for i in sorted(chosen)]


def _example(row: dict[str, Any], by_id: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    known = [one["content"] for one in row["messages"] if one["role"] == "system"]
    asked = [one for one in row["messages"] if one["role"] != "system"]
    answers = [(name, own[row["id"]]) for name, own in by_id.items() if row["id"] in own]
    return {
        "id": row["id"],
        "intent": (row.get("intent") or "").replace("_", " "),
        "known": "\n".join(known),
        "asked": asked,
        "replies": [
            {"model": name, "text": one["reply"], "faults": _faults(one), "score": one.get("score")}
            for name, one in answers
        ],
    }


def _faults(row: Mapping[str, Any]) -> list[str]:
    """What is wrong with a judged reply: the rules it breaks (only where it fails the contract), wrong facts."""
    faults = []
    if row.get("passed") is False:
        faults = [name.replace("_", " ") for name, kept in (row.get("kept") or {}).items() if not kept] or ["voice"]
    return [*faults, *(["facts wrong"] if row.get("facts") is False else [])]


def _spread(places: Sequence[int], count: int) -> list[int]:
    return [places[i * len(places) // count] for i in range(count)] if count > 0 else []


def share_of(values: Sequence[float]) -> dict[str, Any] | None:
    """{"value", "ends"}: the share of trues, and Wilson's interval in words; None where there are no values."""
    if not values:
        return None
    found = as_figure(stats.share(values))
    return {"value": found["value"], "ends": ends(found, "%")}


def top_openers(rows: Rows, count: int = 5) -> list[tuple[str, float]]:
    """The commonest openers with their shares, the commonest first."""
    used = [row["opener"] for row in rows]
    counted = sorted(((used.count(one), one) for one in set(used)), key=lambda pair: (-pair[0], pair[1]))
    return [(opener, times / len(used)) for times, opener in counted[:count]]
