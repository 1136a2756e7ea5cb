import json
import math
from typing import Any

import numpy as np
import pytest

from alignment.evaluation.figures import by_task, figures, relative_reduction
from alignment.evaluation.judged import judge_reply
from alignment.stats import Estimate


def rows(**columns: list[Any]) -> list[dict[str, Any]]:
    """Rows with the given columns; what is not given does not apply."""
    count = len(next(iter(columns.values())))
    empty = dict.fromkeys(("score", "passed", "needless_apology", "facts", "reward", "kl", "chrf"))
    plain = {"reply": "hey there friend", "opener": "hey there", "length": 3}
    return [
        empty | plain | {"id": f"p{i}"} | {name: values[i] for name, values in columns.items()} for i in range(count)
    ]


def test_shares_differences_and_wins_by_hand() -> None:
    found = figures(
        {
            "base": rows(passed=[0, 0, 0, 1], needless_apology=[1, 1, 0, 0], facts=[1, 1, 1, 0], score=[0.1] * 4),
            "sft": rows(passed=[0, 0, 1, 1], needless_apology=[1, 0, 0, 0], facts=[1, 1, 0, 0], score=[0.5] * 4),
            "dpo": rows(
                passed=[1, 0, 1, 1], needless_apology=[0, 0, 0, 0], facts=[1, 1, 1, 1], score=[0.9, 0.5, 0.5, 0.2]
            ),
        }
    )
    dpo = found["dpo"]
    assert dpo["voice"]["value"] == 0.75 and dpo["voice"]["n"] == 4
    assert dpo["voice"]["low"] == pytest.approx(0.3006, abs=1e-4)  # Wilson, 3 of 4
    assert dpo["win_rate_vs_sft"]["value"] == 0.5  # win, tie, tie, loss
    assert dpo["failures_vs_sft"]["value"] == 0.5  # 1 failing against 2
    assert dpo["apologies_vs_base"]["value"] == 1.0
    assert dpo["facts_minus_base"]["value"] == 0.25
    assert found["base"]["win_rate_vs_sft"]["value"] == 0.0
    assert found["sft"]["win_rate_vs_sft"] == {"value": 0.5, "low": 0.5, "high": 0.5, "n": 4}  # to itself
    assert "facts_minus_base" not in found["base"]


def test_figures_of_each_task_on_its_own_prompts() -> None:
    tasks = {"task": ["shop", "shop", "quiz", None]}
    found = by_task({"sft": rows(passed=[1, 0, 0, 0], **tasks), "dpo": rows(passed=[1, 1, 0, 1], **tasks)})
    assert list(found) == ["quiz", "shop"]
    assert {name: own["voice"]["value"] for name, own in found["shop"].items()} == {"sft": 0.5, "dpo": 1.0}
    assert found["quiz"]["dpo"]["voice"] | {"n": 1} == found["quiz"]["sft"]["voice"]
    assert found["shop"]["dpo"]["failures_vs_sft"]["value"] == 1.0
    assert by_task({"sft": rows(passed=[1])}) == {}


def test_a_judged_reply_keeps_the_task_of_its_prompt() -> None:
    prompt = {"id": "a", "messages": [{"role": "user", "content": "hi"}]}
    assert judge_reply(prompt | {"task": "quiz"}, {"reply": "hello"}, None)["task"] == "quiz"
    assert "task" not in judge_reply(prompt, {"reply": "hello"}, None)


def test_pairs_by_id_not_by_place() -> None:
    sft = rows(score=[0.2, 0.8])
    dpo = rows(score=[0.3, 0.9])[::-1]
    assert figures({"sft": sft, "dpo": dpo})["dpo"]["win_rate_vs_sft"]["value"] == 1.0


def test_what_does_not_apply_is_absent() -> None:
    found = figures({"base": rows(length=[3, 5]), "sft": rows(length=[4, 4])})
    assert set(found["sft"]) == {"length", "openers", "top_opener", "distinct_1", "distinct_2"}
    assert found["base"]["length"]["value"] == 4.0


def test_nothing_to_reduce_is_absent_and_so_is_what_was_not_read() -> None:
    found = figures({"base": rows(passed=[1, 1]), "sft": rows(kl=[0.0, 0.0], passed=[1, 1])})
    assert "kl" not in found["base"] and found["sft"]["kl"]["value"] == 0.0
    assert "failures_vs_sft" not in found["base"]


def test_openers_perplexity_and_json() -> None:
    found = figures(
        {"sft": rows(opener=["hi", "hi", "hey"])}, {"sft": {"perplexity": Estimate(3.0, math.nan, 4.0, 7)}}
    )["sft"]
    # without either hi: 2, without hey: 1; mean 5/3; sum of squares 2/3; variance 4/9
    half = 1.959964 * 2 / 3
    assert found["openers"] == {"value": 2, "low": 1.0, "high": pytest.approx(2 + half, abs=1e-5), "n": 3}
    assert found["top_opener"]["value"] == pytest.approx(2 / 3)
    assert found["perplexity"] == {"value": 3.0, "low": None, "high": 4.0, "n": 7}
    json.dumps(found, allow_nan=False)


def test_relative_reduction_interval_covers_and_widens() -> None:
    theirs = np.array([1.0] * 50 + [0.0] * 50)
    ours = np.array([1.0] * 10 + [0.0] * 90)
    found = relative_reduction(ours, theirs)
    assert found is not None and found["value"] == pytest.approx(0.8)
    assert 0.6 < found["low"] < 0.75 and 0.85 < found["high"] < 0.95
    assert relative_reduction(ours, np.zeros(100)) is None
    none = relative_reduction(np.zeros(100), theirs)  # Wilson, 0 of 100: up to 3.7 %, against 50 %
    assert none is not None and none["value"] == none["high"] == 1.0 and none["low"] == pytest.approx(0.926, abs=1e-3)


def test_a_second_answer_and_other_prompts_are_refused() -> None:
    two = rows(length=[1, 1])
    with pytest.raises(ValueError, match="answers a prompt twice"):
        figures({"base": two, "sft": [row | {"id": "p0"} for row in two]})
    with pytest.raises(ValueError, match="no prompt in common"):
        figures({"base": two, "sft": [row | {"id": f"q{i}"} for i, row in enumerate(two)]})


def test_a_model_that_answers_a_part_is_compared_on_that_part() -> None:
    found = figures({"base": rows(facts=[1, 1, 1, 0]), "sft": rows(score=[0.5] * 4), "human": rows(score=[0.9])})
    assert found["human"]["win_rate_vs_sft"]["value"] == 1.0 and found["human"]["win_rate_vs_sft"]["n"] == 1


def test_rules_behaviours_and_lengths_by_hand() -> None:
    kept = [{"greeting": True, "offer": False}, {"greeting": True, "offer": True}]
    found = figures(
        {
            "sft": rows(length=[10, 20], facts=[1, 0]),
            "dpo": rows(
                length=[30, 20],
                facts=[0, 0],
                kept=kept,
                over_promising=[1, 0],
                refusal=[0, 0],
                self_repetition=[0.5, 0.0],
            ),
        }
    )["dpo"]
    assert found["rule_greeting"]["value"] == 1.0 and found["rule_offer"]["value"] == 0.5
    assert found["over_promising"]["value"] == 0.5 and found["refusal"]["value"] == 0.0
    assert found["self_repetition"]["value"] == 0.25 and found["length_minus_sft"]["value"] == 10.0
    assert found["facts_minus_sft"]["value"] == -0.5


def test_outcomes_of_further_judges() -> None:
    given = {"dpo": {"sft": {"people": {"p0": 1.0, "p1": 0.5}}, "human": {"contract": {"p0": 0.0}}}}
    own = {"sft": rows(length=[3, 3]), "human": rows(length=[3, 3]), "dpo": rows(length=[3, 3])}
    found = figures(own, outcomes=given)["dpo"]
    assert found["win_rate_vs_sft_by_people"]["value"] == 0.75 and found["win_rate_vs_human"]["value"] == 0.0


def test_bounded_figures_that_are_all_alike_keep_a_width() -> None:
    """40 replies without a repetition do not show that there will never be one: Wilson's upper end, z²/(40 + z²)."""
    found = figures({"sft": rows(score=[1.0] * 40, self_repetition=[0.0] * 40, token_f1=[1.0] * 40, chrf=[100.0] * 40)})
    top = 3.841459 / 43.841459
    assert found["sft"]["self_repetition"]["high"] == pytest.approx(top)
    for name, most in (("score", 1), ("token_f1", 1), ("chrf", 100)):
        assert found["sft"][name]["low"] == pytest.approx(most * (1 - top)) and found["sft"][name]["high"] == most
