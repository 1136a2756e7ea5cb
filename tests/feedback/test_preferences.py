"""Ratings to preference rows: margins, ties, conflicts and refusals by hand; splits by property."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment.feedback.outgoing.preferences import (
    Built,
    Conflicts,
    Decision,
    Ties,
    assign_groups,
    decide,
    from_pairs,
    from_ratings,
    held_out_values,
    unpaired,
)
from alignment.feedback.records import Item, Pair, Rating, Response

PROMPT = ({"role": "user", "content": "how much?"},)


def item(key: str, *texts: str, prompt: str | None = None, tags: dict[str, Any] | None = None) -> Item:
    replies = tuple(Response(f"r{n}", text, "m", "h", {}) for n, text in enumerate(texts))
    return Item(key, ({"role": "user", "content": prompt or key},), (), tags or {}, replies)


def rated(pair: Pair, *strengths: int, simulated: bool = False) -> list[Rating]:
    return [
        Rating(f"{pair.item}{pair.first}{n}", pair, f"u{n}", simulated, strength, 1)
        for n, strength in enumerate(strengths)
    ]


def build(*strengths: int, ties: Ties = Ties.drop, conflicts: Conflicts = Conflicts.majority) -> Built:
    return from_ratings([item("p", "one", "two")], rated(Pair("p", "r0", "r1"), *strengths), ties, conflicts)


def texts(row: dict[str, Any]) -> tuple[str, str]:
    return row["chosen"][0]["content"], row["rejected"][0]["content"]


@pytest.mark.parametrize(
    ("strengths", "conflict", "direction", "margin"),
    [
        ((2,), False, 1, 2.0),
        ((-1, -3), False, -1, 2.0),
        ((3, 0, 0), False, 1, 1.0),  # (3 + 0 + 0) / 3
        ((0, 0), False, 0, 0.0),
        ((3, 2, -1), True, 1, 4 / 3),
        ((1, 1, -3), True, 1, 0.0),  # more raters for the first, stronger words for the second
        ((3, -1), True, 0, 0.0),
        ((-2, -2, 1), True, -1, 1.0),
    ],
)
def test_raters_decide_together(strengths: tuple[int, ...], conflict: bool, direction: int, margin: float) -> None:
    found = decide(strengths)
    assert (found.conflict, found.direction) == (conflict, direction)
    assert found.margin == pytest.approx(margin)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=7))
def test_swapping_the_sides_swaps_the_decision(strengths: list[int]) -> None:
    found, swapped = decide(strengths), decide([-one for one in strengths])
    assert swapped == Decision(found.conflict, -found.direction, found.margin)
    assert 0 <= found.margin <= 3


def test_a_decided_pair_becomes_one_traceable_row() -> None:
    tags = {"intent": "price"}
    one = item("p", "cheap", "dear", tags=tags)
    built = from_ratings([one], rated(Pair("p", "r0", "r1"), -1, -2), Ties.drop, Conflicts.drop)
    assert built.rows == [
        {
            "id": "p:r1>r0",
            "group": "p",
            "prompt": [{"role": "user", "content": "p"}],
            "chosen": [{"role": "assistant", "content": "dear"}],
            "rejected": [{"role": "assistant", "content": "cheap"}],
            "margin": 1.5,
            "weight": 1.0,
            "tags": tags,
            "ratings": ["pr00", "pr01"],
            "simulated": False,
        }
    ]
    assert built.counts["decided"] == 1


def test_ties_are_dropped_or_kept_by_half_in_both_directions() -> None:
    dropped = build(0, 0)
    assert (dropped.rows, dropped.counts["ties"]) == ([], 1)
    kept = build(0, 0, ties=Ties.keep_half)
    assert kept.counts["ties"] == 1
    assert [(*texts(row), row["margin"], row["weight"]) for row in kept.rows] == [
        ("one", "two", 0.0, 0.5),
        ("two", "one", 0.0, 0.5),
    ]
    assert len({row["id"] for row in kept.rows}) == 2


def test_conflicts_are_dropped_or_go_to_the_majority() -> None:
    assert build(2, 2, -1, conflicts=Conflicts.drop).rows == []
    assert build(2, 2, -1, conflicts=Conflicts.drop).counts["conflicts_dropped"] == 1
    majority = build(2, 2, -1)
    assert texts(majority.rows[0]) == ("one", "two")
    assert majority.rows[0]["margin"] == 1.0
    assert majority.counts["majority"] == 1


def test_a_conflict_without_a_majority_is_treated_as_a_tie_and_counted_as_itself() -> None:
    assert build(1, -3).rows == []
    kept = build(1, -3, ties=Ties.keep_half)
    assert [row["weight"] for row in kept.rows] == [0.5, 0.5]
    assert (kept.counts["conflicts_undecided"], kept.counts["ties"]) == (1, 0)


def test_empty_and_equal_replies_are_refused_and_counted() -> None:
    one = item("p", "", "two", "two ", "three")
    pairs = [Pair("p", "r0", "r1"), Pair("p", "r1", "r2"), Pair("p", "r2", "r3")]
    built = from_ratings([one], [r for pair in pairs for r in rated(pair, 2)], Ties.drop, Conflicts.drop)
    assert [row["id"] for row in built.rows] == ["p:r2>r3"]
    assert (built.counts["refused.empty"], built.counts["refused.same"]) == (1, 1)


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.integers(-3, 3), min_size=1, max_size=4), min_size=1, max_size=8),
    st.sampled_from(Ties),
    st.sampled_from(Conflicts),
)
def test_every_pair_is_counted_exactly_once(strengths: list[list[int]], ties: Ties, conflicts: Conflicts) -> None:
    prompts = [item(f"p{n}", "one", "two") for n in range(len(strengths))]
    ratings = [r for n, of_pair in enumerate(strengths) for r in rated(Pair(f"p{n}", "r0", "r1"), *of_pair)]
    built = from_ratings(prompts, ratings, ties, conflicts)
    assert sum(built.counts.values()) == len(strengths)
    tied = built.counts["ties"] + built.counts["conflicts_undecided"]
    rows = built.counts["decided"] + built.counts["majority"] + (2 * tied if ties is Ties.keep_half else 0)
    assert len(built.rows) == rows
    assert built == from_ratings(reversed(prompts), reversed(ratings), ties, conflicts)


def test_prompts_with_the_same_words_or_dialogue_are_one_group() -> None:
    prompts = [
        item("p1", "one", "two", prompt="same"),
        item("p2", "one", "two", prompt="same"),
        item("p3", "one", "two", tags={"dialogue": "d"}),
        item("p4", "one", "two"),
    ]
    ratings = [r for one in prompts for r in rated(Pair(one.key, "r0", "r1"), 1)]
    built = from_ratings(prompts, ratings, Ties.drop, Conflicts.drop)
    assert [row["group"] for row in built.rows] == ["p1", "p1", "d", "p4"]


def test_a_row_is_simulated_when_any_of_its_ratings_is() -> None:
    pair = Pair("p", "r0", "r1")
    mixed = [*rated(pair, 1), Rating("s", pair, "simulated:x", True, 2, 1)]
    for ratings, expected in ((rated(pair, 1), False), (mixed, True)):
        built = from_ratings([item("p", "one", "two")], ratings, Ties.drop, Conflicts.drop)
        assert [row["simulated"] for row in built.rows] == [expected]


def pair_row(**changes: Any) -> dict[str, Any]:
    return {"id": "1", "group": "d", "prompt": "how much?", "chosen": "It's $48!", "rejected": "48", **changes}


def test_given_pairs_take_texts_or_messages() -> None:
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    built = from_pairs(
        [
            pair_row(tags={"action": "price"}),
            pair_row(
                id="2", prompt=messages, chosen=[{"role": "assistant", "content": "good"}], rejected="bad", margin=2
            ),
        ]
    )
    assert [row["prompt"] for row in built.rows] == [[{"role": "user", "content": "how much?"}], messages]
    assert [texts(row) for row in built.rows] == [("It's $48!", "48"), ("good", "bad")]
    assert [row["margin"] for row in built.rows] == [1.0, 2.0]
    assert [row["group"] for row in built.rows] == ["d", "d"]
    assert built.rows[0]["tags"] == {"action": "price"}
    assert built.rows[0]["ratings"] == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"chosen": "48 ", "rejected": "48"}, "same"),
        ({"rejected": "  "}, "empty"),
        ({"chosen": None}, "not_text"),
        ({"chosen": 48}, "not_text"),
        ({"rejected": [{"role": "user", "content": "x"}]}, "not_text"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": [{"role": "user"}]}, "prompt"),
        ({"id": "0"}, "duplicate_id"),
    ],
)
def test_given_pairs_that_teach_nothing_are_refused_and_counted(changes: dict[str, Any], reason: str) -> None:
    built = from_pairs([pair_row(id="0"), pair_row(**changes)])
    assert [row["id"] for row in built.rows] == ["0"]
    assert built.counts[f"refused.{reason}"] == 1
    assert sum(built.counts.values()) == 2


def test_unpaired_labels_follow_the_points_won_and_lost() -> None:
    one = item("p", "best", "middle", "worst")
    ratings = [
        *rated(Pair("p", "r0", "r1"), 2),
        *rated(Pair("p", "r1", "r2"), 2),
        *rated(Pair("p", "r0", "r2"), 3),
    ]
    made = unpaired(from_ratings([one], ratings, Ties.drop, Conflicts.drop).rows)
    labels = {row["completion"][0]["content"]: row["label"] for row in made.rows}
    assert labels == {"best": True, "worst": False}  # middle: lost 2, won 2
    assert made.undecided == 1
    assert next(row["ratings"] for row in made.rows if row["label"]) == ["pr00"]


def test_ties_kept_by_half_say_nothing_about_a_single_reply() -> None:
    made = unpaired(build(0, ties=Ties.keep_half).rows)
    assert (made.rows, made.undecided) == ([], 0)


GROUPS = st.sets(st.text("abcdefgh", min_size=1, max_size=4), min_size=1, max_size=60)
SHARES = st.floats(0, 0.4)


@given(GROUPS, st.integers(0, 99), SHARES, SHARES)
def test_splits_are_whole_and_never_without_training(
    groups: set[str], seed: int, validation: float, test: float
) -> None:
    place = assign_groups(groups, seed, validation, test)
    assert set(place) == groups
    assert place == assign_groups(sorted(groups), seed, validation, test)
    if len(groups) >= 50:
        assert "train" in place.values()
        assert ("test" in place.values()) == (test > 0)
        assert ("validation" in place.values()) == (validation > 0)


def test_a_group_stays_in_its_split_when_others_come() -> None:
    few, many = [f"g{n}" for n in range(100)], [f"g{n}" for n in range(1000)]
    before, after = assign_groups(few, 1, 0.1, 0.1), assign_groups(many, 1, 0.1, 0.1)
    assert {group: after[group] for group in few} == before
    shares = [list(after.values()).count(name) / 1000 for name in ("test", "validation")]
    assert shares == pytest.approx([0.1, 0.1], abs=0.04)  # 4 standard deviations of 1,000 draws
    assert after != assign_groups(many, 2, 0.1, 0.1)


def test_a_small_share_of_few_groups_is_still_one_group() -> None:
    place = assign_groups(["a", "b", "c"], 1, 1e-9, 1e-9)
    assert sorted(place.values()) == ["test", "train", "validation"]
    assert assign_groups(["a"], 1, 1e-9, 1e-9) == {"a": "train"}


def test_held_out_values_are_a_share_of_those_there_are() -> None:
    rows = [{"tags": {"action": f"a{n % 10}"}} for n in range(30)] + [{"tags": {}}]
    values = held_out_values(rows, "action", 0.2, seed=1)
    assert len(values) == 2
    assert values == sorted(values) == held_out_values(reversed(rows), "action", 0.2, seed=1)
    assert len(held_out_values(rows, "action", 0.001, seed=1)) == 1
    assert len(held_out_values(rows, "action", 0.999, seed=1)) == 9
    assert held_out_values(rows, "other", 0.5, seed=1) == []
    assert held_out_values(rows[:1], "action", 0.5, seed=1) == [], "one value cannot be held out"
