"""The trust report on planted scorers: what only counts is called so, what reads is not."""

import random
import zlib
from typing import Any

import numpy as np
import pytest

from alignment.evaluation.examine import Asked, Kind, examine, share_of_variance, spearman
from alignment.evaluation.examine_raters import RatedPair
from alignment.evaluation.trust import bag_of_words

WORDS = ["hey", "there", "the", "wreath", "is", "lovely", "and", "blue", "we", "ship", "it", "soon", "today", "holler"]


def made_pairs(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """The better reply names the color asked for and the worse one another; words and lengths are random."""
    draw = random.Random(seed)
    pairs = []
    for i in range(count):
        right, wrong = draw.sample(["red", "green", "white"], 2)
        texts = []
        for color in (right, wrong):
            words = [draw.choice(WORDS) for _ in range(draw.randint(6, 20))]
            words.insert(draw.randrange(len(words)), color)
            texts.append(" ".join(words))
        pairs.append(
            {
                "id": f"p{i}:a>b",
                "group": f"g{i // 2}",
                "prompt": [{"role": "user", "content": f"do you have it in {right}?"}],
                "chosen": [{"role": "assistant", "content": texts[0]}],
                "rejected": [{"role": "assistant", "content": texts[1]}],
                "tags": {"intent": "even" if i % 2 == 0 else "odd"},
                "ratings": [],
            }
        )
    return pairs


def counts_length(asked: list[Asked]) -> list[float]:
    return [float(len(text.split())) for _, text in asked]


def counts_words(asked: list[Asked]) -> list[float]:
    """A weight of its own for each word, whatever was asked."""
    return [sum((zlib.crc32(word.encode()) % 1000 - 500) / 500 for word in text.split()) for _, text in asked]


def reads(asked: list[Asked]) -> list[float]:
    """Whether the color asked for is named, and a little noise by the text."""
    return [
        2.0 * (conversation[-1]["content"].split()[-1].strip("?") in text.split())
        + (zlib.crc32(text.encode()) % 100) / 100
        for conversation, text in asked
    ]


def constant(asked: list[Asked]) -> list[float]:
    return [0.25] * len(asked)


TRAIN, HELD_OUT = made_pairs(300, seed=1), made_pairs(120)


@pytest.mark.parametrize(
    ("scorer", "kind"),
    [
        (counts_length, Kind.length),
        (lambda asked: [-score for score in counts_length(asked)], Kind.length),
        (counts_words, Kind.words),
        (constant, Kind.constant),
        (reads, Kind.reads),
    ],
)
def test_planted_scorers_are_named(scorer: Any, kind: Kind) -> None:
    found = examine(HELD_OUT, [scorer], bag_of_words=bag_of_words(TRAIN))
    assert found["kind"] == kind.value
    assert ("only counts words" in found["says"]) == (kind in (Kind.length, Kind.words))


def test_one_that_does_not_read_the_question_is_told_so() -> None:
    def knows_red(asked: list[Asked]) -> list[float]:
        return [float(text.split().index("red") if "red" in text else 3) for _, text in asked]

    found = examine(HELD_OUT, [knows_red], bag_of_words=bag_of_words(TRAIN))
    assert found["kind"] == Kind.no_better.value and "does not read the question" in found["blind"]
    assert examine(HELD_OUT, [reads], bag_of_words=bag_of_words(TRAIN))["blind"] is None


def test_few_pairs_are_not_judged() -> None:
    assert examine(HELD_OUT[:10], [reads])["kind"] == Kind.unknown.value
    assert examine([], [reads])["pairs"] == 0


def test_a_length_counter_fails_where_the_longer_reply_is_wrong() -> None:
    found = examine(HELD_OUT, [counts_length])
    assert found["subsets"]["longer_is_right"]["value"] == 1.0 and found["subsets"]["longer_is_wrong"]["value"] == 0.0
    assert found["subsets"]["equally_long"]["value"] == 0.5
    assert found["correlations"]["length"]["value"] == pytest.approx(1.0)
    assert found["changed"]["shuffled_words"]["value"] == pytest.approx(1.0)


def test_the_reader_loses_its_way_under_another_question() -> None:
    found = examine(HELD_OUT, [reads])
    assert found["accuracy"]["value"] == 1.0 and found["accuracy"]["low"] > 0.9
    assert found["changed"]["other_question"]["high"] < 0.7
    assert found["subsets"]["longer_is_wrong"]["low"] > 0.9


def test_human_ceiling_by_hand() -> None:
    # Ten pairs, three raters each: nine unanimous (3 of 3 pairs of raters agree), one 2:1 (1 of 3) -> 28 of 30.
    ratings = [RatedPair(i, rater, i < 9 or rater != "c") for i in range(10) for rater in "abc"]
    found = examine(HELD_OUT[:10], [reads], ratings)["human"]
    agreement = 28 / 30
    assert found["agreement"]["value"] == pytest.approx(agreement) and found["agreement"]["n"] == 10
    assert found["ceiling"]["value"] == pytest.approx((1 + np.sqrt(2 * agreement - 1)) / 2)
    assert found["model"]["n"] == 30 and found["model"]["value"] == pytest.approx(29 / 30)
    assert examine(HELD_OUT[:10], [reads], ratings[::3])["human"] is None  # one rating a pair


def test_the_ceiling_is_found_for_raters_who_err_alike_often() -> None:
    rng = np.random.default_rng(0)
    pairs = made_pairs(600)
    ratings = [RatedPair(i, rater, bool(rng.random() < 0.8)) for i in range(600) for rater in "abc"]
    found = examine(pairs, [reads], ratings)["human"]
    assert found["ceiling"]["low"] < 0.8 < found["ceiling"]["high"]
    assert found["agreement"]["value"] == pytest.approx(0.68, abs=0.03)  # 0.8² + 0.2²


def test_a_bad_rater_and_a_held_out_one_are_found() -> None:
    rng = np.random.default_rng(0)
    ratings = []
    for i in range(100):
        ratings += [RatedPair(i, rater, bool(rng.random() < 0.9)) for rater in ("ann", "bob", "new")]
        ratings.append(RatedPair(i, "bad", bool(rng.random() < 0.5)))
    found = examine(HELD_OUT, [reads], ratings, trained_on={"ann": 300, "bob": 300, "bad": 100})["raters"]
    rows = {row["rater"]: row for row in found["rows"]}
    assert rows["bad"]["others"]["high"] < rows["ann"]["others"]["low"]
    assert rows["bad"]["accuracy"]["high"] < rows["ann"]["accuracy"]["low"]
    assert found["held_out"]["n"] == 100 and rows["new"]["in_training"] == 0
    assert found["held_out"] == rows["new"]["accuracy"]


def test_by_tag_the_worst_first() -> None:
    def half(asked: list[Asked]) -> list[float]:
        return [score if i % 2 == 0 else -score for i, score in enumerate(reads(asked))]

    found = examine(HELD_OUT, [half])["tags"]
    assert [(row["value"], row["accuracy"]["n"]) for row in found] == [("odd", 60), ("even", 60)]
    assert found[0]["accuracy"]["value"] < 0.1 and found[1]["accuracy"]["value"] > 0.9


def test_calibration_by_hand() -> None:
    """Margins of 0 are right half the time, by symmetry: no error. One that is sure errs by its share of mistakes."""
    found = examine(HELD_OUT, [constant])["calibration"]
    assert found["error"]["value"] == 0.0 and found["bins"] == [{"said": 0.5, "happened": 0.5, "n": 240}]

    def sure(asked: list[Asked]) -> list[float]:
        """Certain of the longer reply; says 1 where it is right half the time."""
        return [100 * score for score in counts_length(asked)]

    uneven = [p for p in HELD_OUT if len({len(p[side][0]["content"].split()) for side in ("chosen", "rejected")}) > 1]
    overconfident = examine(uneven, [sure])
    wrong = 1 - overconfident["accuracy"]["value"]
    assert overconfident["calibration"]["error"]["value"] == pytest.approx(wrong, abs=1e-6)


def test_an_ensemble_that_disagrees() -> None:
    found = examine(HELD_OUT, [reads, counts_words])["ensemble"]
    assert 0.2 < found["disagree"]["value"] < 0.8
    assert found["where_they_agree"]["value"] == 1.0
    assert [one["n"] for one in found["each"]] == [120, 120]
    same = examine(HELD_OUT, [reads, reads])["ensemble"]
    assert same["disagree"]["value"] == 0.0 and same["spread"]["value"] == 0.0 and same["where_they_disagree"] is None


def test_openers_and_apologies_are_related_to_the_score() -> None:
    def likes_hey(asked: list[Asked]) -> list[float]:
        return [float(text.startswith("hey")) for _, text in asked]

    opener = examine(HELD_OUT, [likes_hey])["correlations"]["opener"]
    assert opener["share_of_variance"]["value"] == pytest.approx(1.0)


def test_spearman_by_hand() -> None:
    groups = np.array(["a", "b", "c", "d"])
    found = spearman(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0]), groups)
    assert found["value"] == pytest.approx(0.8)
    assert spearman(np.ones(4), np.arange(4.0), groups)["value"] is None


def test_the_opener_part_by_hand_with_its_interval() -> None:
    """Scores 0, 2 of one opener and 4, 6 of another: means 1 and 5 about 3, so 16 of the total 20."""
    found = share_of_variance(np.array([0.0, 2, 4, 6]), np.array(list("aabb")), np.array([0, 1, 2, 3]))
    assert found["value"] == pytest.approx(0.8) and found["low"] < 0.8 and found["n"] == 4
    assert share_of_variance(np.ones(4), np.array(list("aabb")), np.arange(4))["value"] is None


def test_an_ensembles_spread_has_an_interval() -> None:
    spread = examine(HELD_OUT, [reads, counts_words])["ensemble"]["spread"]
    margins = [[s[0] - s[1] for s in zip(*(one([(list(p["prompt"]), p[side][0]["content"]) for p in HELD_OUT])
               for side in ("chosen", "rejected")), strict=True)] for one in (reads, counts_words)]  # fmt: skip
    expected = np.std(margins, axis=0, ddof=1).mean() / np.mean(margins, axis=0).std()
    assert spread["value"] == pytest.approx(expected) and spread["low"] < expected < spread["high"]
