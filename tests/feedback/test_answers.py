"""Shown places to slots and back, and what no answer may be."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.errors import UserError
from alignment.feedback.answers import Stored, to_answer, to_stored
from alignment.feedback.nouns import Answer, Kind, Rubric

RUBRIC = Rubric()
FULL = {"tone": 1, "brand_voice": 2, "accuracy": 3, "helpfulness": 5}


def test_a_strength_is_turned_to_the_slots() -> None:
    assert to_stored(Kind.pair, Answer(strength=3), [0, 1], RUBRIC) == Stored(3, {})
    assert to_stored(Kind.pair, Answer(strength=3), [1, 0], RUBRIC) == Stored(-3, {}), "left was slot 1"
    assert to_stored(Kind.pair, Answer(both_bad=True), [1, 0], RUBRIC) == Stored(0, {"both_bad": True})


def test_ranks_scores_and_flags_are_turned_to_the_slots() -> None:
    # shown A, B, C = slots 2, 0, 1; ranks A 1, B 2, C none
    assert to_stored(Kind.rank, Answer(ranks=[1, 2, None]), [2, 0, 1], RUBRIC).payload == {"ranks": [2, None, 1]}
    stored = to_stored(Kind.rubric, Answer(scores={"A": FULL}, flags={"A": ["unsafe", "off_brand"]}), [0], RUBRIC)
    assert stored.payload == {"scores": {"0": FULL}, "flags": {"0": ["off_brand", "unsafe"]}}


@given(st.permutations(range(4)), st.lists(st.sampled_from([1, 2, 3]), min_size=4, max_size=4))
def test_there_and_back(shown: list[int], given_ranks: list[int]) -> None:
    order = sorted(set(given_ranks))
    ranks = [order.index(rank) + 1 for rank in given_ranks]
    answer = Answer(ranks=ranks, flags={"B": ["unsafe"]}, comment="why")
    assert to_answer(Kind.rank, to_stored(Kind.rank, answer, shown, RUBRIC), shown, "why") == answer
    pair = shown[:2] if set(shown[:2]) == {0, 1} else [1, 0]
    for one in (Answer(strength=-2), Answer(both_bad=True)):
        assert to_answer(Kind.pair, to_stored(Kind.pair, one, pair, RUBRIC), pair) == one


@pytest.mark.parametrize(
    ("kind", "answer", "message"),
    [
        (Kind.pair, {}, "answered with nothing"),
        (Kind.pair, {"strength": 4}, "strength 4"),
        (Kind.pair, {"strength": True}, "strength True"),
        (Kind.pair, {"strength": 1.5}, "strength 1.5"),
        (Kind.pair, {"ranks": [1, 2]}, "answered with rank"),
        (Kind.pair, {"strength": 1, "both_bad": True}, "both_bad together"),
        (Kind.pair, {"strength": 1, "scores": {}}, "answered with pair, rubric"),
        (Kind.pair, {"strength": 1, "flags": {"C": ["unsafe"]}}, "flags"),
        (Kind.pair, {"strength": 1, "flags": {"A": ["rude"]}}, "reply A: flags"),
        (Kind.pair, {"strength": 1, "comment": "x" * 10_001}, "10001 characters"),
        (Kind.pair, {"strength": 1, "comment": "nul\x00"}, "NUL"),
        (Kind.pair, {"strength": 1, "comment": None}, "comment NoneType"),
        (Kind.rank, {"ranks": [1, 2]}, "a list of 3"),
        (Kind.rank, {"ranks": [1, 2, 4]}, "from 1 to 3"),
        (Kind.rank, {"ranks": [1, 3, 3]}, "none left out"),
        (Kind.rank, {"ranks": [2, 2, 3]}, "none left out"),
        (Kind.rank, {"ranks": [1, None, None]}, "1 replies ranked"),
        (Kind.rank, {"ranks": ["1", 2, 3]}, "from 1 to 3"),
        (Kind.rank, {"ranks": "123"}, "a list of 3"),
        (Kind.rubric, {"scores": {"A": FULL}}, "scores of A, B, C"),
        (Kind.rubric, {"scores": {x: {**FULL, "tone": 9} for x in "ABC"}}, "tone 9"),
        (Kind.rubric, {"scores": {x: {"tone": 1} for x in "ABC"}}, "one for each of"),
        (Kind.rubric, {"scores": {x: {**FULL, "charm": 1} for x in "ABC"}}, "one for each of"),
    ],
)
def test_answers_that_do_not_fit_are_refused(kind: Kind, answer: dict[str, Any], message: str) -> None:
    shown = [1, 0] if kind is Kind.pair else [2, 0, 1]
    with pytest.raises(UserError, match=message):
        to_stored(kind, Answer(**answer), shown, RUBRIC)


def test_a_page_may_send_known_fields_only() -> None:
    assert Answer.from_json({"strength": 1, "comment": "x"}) == Answer(strength=1, comment="x")
    with pytest.raises(UserError, match="answer with model, user"):
        Answer.from_json({"strength": 1, "user": "ben", "model": "m"})
