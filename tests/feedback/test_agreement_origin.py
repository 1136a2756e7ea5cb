"""Whose ratings stand behind preferences, and how far they agree: people's as well as simulated ones."""

from alignment.feedback.measures.agreement import origin
from alignment.feedback.records import Pair, Rating


def rating(item: str, who: str, strength: int) -> Rating:
    return Rating(f"{item}-{who}", Pair(item, "a", "b"), who, False, strength, 1)


def test_agreement_is_of_the_ratings_taken_with_its_interval() -> None:
    chosen = [rating(f"p{i}", who, 2 if i % 2 else -2) for i in range(12) for who in ("ann", "ben")]
    chosen[0] = rating("p0", "ann", 2)  # the one disagreement
    found = origin("people", ["c"], chosen, chosen, [])
    assert found["ratings"] == found["ratings_by_people"] == 24 and found["reviewers"] == {"ann": 12, "ben": 12}
    agreed = found["agreement"]
    assert agreed["pairs"] == 12 and agreed["same_side"] == 11 / 12
    # Two values: alpha = 1 − (24 − 1)·2/(2·13·11), whatever the level.
    assert abs(agreed["alpha"] - (1 - 23 * 2 / (2 * 13 * 11))) < 1e-12
    assert agreed["alpha_low"] < agreed["alpha"] < agreed["alpha_high"] <= 1


def test_nothing_rated_twice_has_no_agreement() -> None:
    agreed = origin("people", [], [rating("p", "ann", 1), rating("q", "ann", -1)], [], [])["agreement"]
    assert agreed == {"pairs": 2, "same_side": None, "alpha": None, "alpha_low": None, "alpha_high": None}
    assert origin("people", [], [], [], [])["agreement"]["pairs"] == 0
