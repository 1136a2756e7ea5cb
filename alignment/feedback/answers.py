"""An answer in shown places ↔ a rating in slots; and what no answer may be.

Slots are the places of `task_responses`, in the order of the responses' keys. `shown` lists the slots in the
order they were shown, so place i held slot shown[i].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from alignment.errors import UserError
from alignment.feedback.incoming.candidates import check_text
from alignment.feedback.nouns import LETTERS, NOTE_LIMIT, Answer, Kind, Rubric
from alignment.feedback.records import STRONGEST

LOW, HIGH = 1, 5  # of a rubric's scale


@dataclass(frozen=True)
class Stored:
    """What a rating event holds of an answer. strength: pairs only, above 0 slot 0 is better."""

    strength: int | None
    payload: Mapping[str, Any]


def to_stored(kind: Kind, answer: Answer, shown: Sequence[int], rubric: Rubric) -> Stored:
    """Checks an answer against its task and turns it into slots. UserError says what does not fit."""
    slot_of = {LETTERS[place]: slot for place, slot in enumerate(shown)}
    _only_its_own(kind, answer)
    check_note(answer.comment, "comment")
    payload: dict[str, Any] = {}
    strength = None
    if kind is Kind.pair:
        strength = _strength(answer, shown)
        if answer.both_bad:
            payload["both_bad"] = True
    elif kind is Kind.rank:
        ranks = _ranks(answer.ranks, len(shown))
        payload["ranks"] = [ranks[shown.index(slot)] for slot in range(len(shown))]
    else:
        payload["scores"] = _scores(answer.scores, slot_of, rubric)
    flags = _flags(answer.flags, slot_of, rubric)
    if flags:
        payload["flags"] = flags
    return Stored(strength, payload)


def to_answer(kind: Kind, stored: Stored, shown: Sequence[int], comment: str = "") -> Answer:
    """The other way round: for the draft after an undo, and for an adjudicator."""
    letter = {str(slot): LETTERS[place] for place, slot in enumerate(shown)}
    payload = stored.payload
    answer = Answer(
        flags={letter[slot]: list(names) for slot, names in payload.get("flags", {}).items()}, comment=comment
    )
    if kind is Kind.pair:
        if payload.get("both_bad"):
            return replace(answer, both_bad=True)
        return replace(answer, strength=_turn(stored.strength or 0, shown))
    if kind is Kind.rank:
        return replace(answer, ranks=[payload["ranks"][slot] for slot in shown])
    return replace(answer, scores={letter[slot]: dict(of) for slot, of in payload["scores"].items()})


def check_note(text: object, what: str) -> str:
    """A person's free text that every database can keep, with a limit. UserError otherwise."""
    if not isinstance(text, str) or len(text) > NOTE_LIMIT:
        size = f"of {len(text)} characters" if isinstance(text, str) else type(text).__name__
        raise UserError(f"a {what} {size}", f"text of at most {NOTE_LIMIT:,} characters")
    check_text(text, what)
    return text


def _only_its_own(kind: Kind, answer: Answer) -> None:
    given = {
        Kind.pair: answer.strength is not None or bool(answer.both_bad),
        Kind.rank: answer.ranks is not None,
        Kind.rubric: answer.scores is not None,
    }
    allowed = {Kind.pair: "a strength, or both_bad", Kind.rank: "ranks", Kind.rubric: "scores"}[kind]
    if not given[kind] or sum(given.values()) > 1:
        found = ", ".join(name for name, there in given.items() if there) or "nothing"
        raise UserError(f"a {kind} task answered with {found}", allowed)


def _turn(strength: int, shown: Sequence[int]) -> int:
    return strength if shown[0] == 0 else -strength


def _strength(answer: Answer, shown: Sequence[int]) -> int:
    if answer.both_bad:
        if answer.both_bad is not True or answer.strength not in (None, 0):
            raise UserError("both_bad together with a strength", "one of the two")
        return 0
    strength = answer.strength
    if not _whole(strength, -STRONGEST, STRONGEST):
        raise UserError(f"strength {strength!r}", f"a whole number from -{STRONGEST} to {STRONGEST}")
    return _turn(int(strength or 0), shown)


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _ranks(ranks: object, count: int) -> list[int | None]:
    if not isinstance(ranks, list | tuple) or len(ranks) != count:
        raise UserError(f"ranks {str(ranks)[:60]}", f"a list of {count}, one a reply")
    if not all(rank is None or _whole(rank, 1, count) for rank in ranks):
        raise UserError(f"ranks {str(list(ranks))[:60]}", f"whole numbers from 1 to {count}, or none for a reply")
    placed = [rank for rank in ranks if rank is not None]
    if len(placed) < 2:
        raise UserError(f"{len(placed)} replies ranked", "two at least")
    if set(placed) != set(range(1, max(placed) + 1)):
        raise UserError(f"ranks {str(list(ranks))[:60]}", "1, 2, … with none left out; ties share a number")
    return list(ranks)


def _scores(scores: object, slot_of: Mapping[str, int], rubric: Rubric) -> dict[str, dict[str, int]]:
    wanted = {one.key for one in rubric.dimensions}
    if not isinstance(scores, Mapping) or set(scores) != set(slot_of):
        raise UserError(f"scores {str(scores)[:60]}", f"scores of {', '.join(slot_of)}")
    made = {}
    for letter, of in scores.items():
        if not isinstance(of, Mapping) or set(of) != wanted:
            raise UserError(f"reply {letter}: scores {str(of)[:60]}", f"one for each of {', '.join(sorted(wanted))}")
        for name, score in of.items():
            if not _whole(score, LOW, HIGH):
                raise UserError(f"reply {letter}: {name} {score!r}", f"a whole number from {LOW} to {HIGH}")
        made[str(slot_of[letter])] = {one.key: int(of[one.key]) for one in rubric.dimensions}
    return dict(sorted(made.items()))


def _flags(flags: object, slot_of: Mapping[str, int], rubric: Rubric) -> dict[str, list[str]]:
    if not isinstance(flags, Mapping) or not set(flags) <= set(slot_of):
        raise UserError(f"flags {str(flags)[:60]}", f"lists by reply: {', '.join(slot_of)}")
    made = {}
    for letter, names in flags.items():
        if not isinstance(names, list | tuple) or not set(map(str, names)) <= set(rubric.flags):
            raise UserError(f"reply {letter}: flags {str(names)[:60]}", ", ".join(rubric.flags))
        if names:
            made[str(slot_of[letter])] = [name for name in rubric.flags if name in names]
    return dict(sorted(made.items()))
