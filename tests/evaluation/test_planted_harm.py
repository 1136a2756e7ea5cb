"""What must never pass unseen, planted in made-up replies: each shows in its figure, and only there where it should."""

from typing import Any

import numpy as np
import pytest

from alignment.evaluation.comparisons import compare
from alignment.evaluation.figures import figures
from alignment.evaluation.judged import judge_reply
from alignment.evaluation.perplexity import forgetting
from alignment.evaluation.wins import by_score
from alignment.voice.contract import SOUTHERN_CHARM
from tests.evaluation.planted import HELLOS, good, prompts

COUNT = 80


def judged(make: Any, reward: Any = None) -> list[dict[str, Any]]:
    rows = [judge_reply(prompt, {"reply": make(i)}, SOUTHERN_CHARM) for i, prompt in enumerate(prompts(COUNT))]
    return [row | {"reward": reward(row) if reward else None} for row in rows]


def differing(rows: dict[str, list[dict[str, Any]]]) -> set[str]:
    return {
        row["figure"] for row in compare(rows) if row["model"] == "dpo" and row["other"] == "sft" and row["differs"]
    }


def test_mode_collapse() -> None:
    """One opener and one frame for every reply, each of which is good by itself."""
    rows = {
        "sft": judged(good),
        "dpo": judged(lambda i: good(0).replace("Wreath 0 is $200", f"Wreath {i} is ${200 + i}")),
    }
    found = figures(rows)
    sft, dpo = found["sft"], found["dpo"]
    assert dpo["openers"]["high"] < sft["openers"]["low"] and dpo["openers"]["value"] == 1
    assert dpo["top_opener"]["value"] == 1.0 and sft["top_opener"]["high"] < 0.6
    assert dpo["distinct_2"]["high"] < sft["distinct_2"]["low"]
    assert dpo["voice"]["value"] == sft["voice"]["value"] == 1.0  # the contract alone would not see it


def test_length_hacking() -> None:
    """A reward that grows with length, and a policy that found out: it wins by reward, and not once length is equal."""
    rng = np.random.default_rng(0)
    extra = [int(n) for n in rng.integers(0, 9, size=COUNT)]

    def longer(i: int) -> str:
        return good(i) + " It's sweet and it's yours today." * extra[i]

    def reward(row: dict[str, Any]) -> float:
        return row["length"] + float(rng.normal(0, 12))

    rows = {"sft": judged(good, reward), "dpo": judged(longer, reward)}
    outcomes = {"dpo": {"sft": {"reward": by_score(rows["dpo"], rows["sft"], "reward")}}}
    dpo = figures(rows, outcomes=outcomes)["dpo"]
    assert dpo["length_minus_sft"]["low"] > 10
    assert dpo["win_rate_vs_sft_by_reward"]["low"] > 0.6
    controlled = dpo["length_controlled_win_rate_vs_sft_by_reward"]
    assert controlled["value"] < dpo["win_rate_vs_sft_by_reward"]["value"] - 0.1
    assert {"length", "reward"} <= differing(rows)
    assert dpo["self_repetition"]["low"] > 0.1 and dpo["rule_not_repetitive"]["value"] < 0.5
    assert dpo["win_rate_vs_sft"]["high"] < 0.5  # the contract is not bought by length


def test_fact_loss() -> None:
    """The voice is perfect and every third price is made up."""
    rows = {"base": judged(good), "sft": judged(good)}
    rows["dpo"] = judged(lambda i: good(i).replace(f"${200 + i}", "$9999") if i % 3 == 0 else good(i))
    dpo = figures(rows)["dpo"]
    assert dpo["facts_minus_base"]["high"] < -0.2 and dpo["facts"]["value"] == pytest.approx(53 / 80)
    assert dpo["voice"]["value"] == 1.0 and differing(rows) == {"facts"}


def test_forgetting() -> None:
    """Half a nat a token more on general text."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(10, 60, size=40).astype(float)
    base = -tokens * rng.normal(3.0, 0.3, size=40)
    found = forgetting((base - 0.5 * tokens, tokens), (base, tokens))
    assert found.value == pytest.approx(0.5) and found.low > 0.4
    same = forgetting((base, tokens), (base, tokens))
    assert same.value == same.low == same.high == 0.0


@pytest.mark.parametrize(
    ("figure", "fault"),
    [
        ("needless_apology", "I'm so sorry for the trouble."),
        ("policy_speak", "Please be advised that prices are subject to change."),
        ("over_promising", "I guarantee it will be there tomorrow."),
    ],
)
def test_a_fault_in_one_reply_of_four(figure: str, fault: str) -> None:
    rows = {"sft": judged(good), "dpo": judged(lambda i: f"{good(i)[:-1]}. {fault}" if i % 4 == 0 else good(i))}
    found = figures(rows)
    assert found["sft"][figure]["value"] == 0.0 and found["dpo"][figure]["value"] == 0.25
    assert figure in differing(rows)


def test_a_wrong_greeting_in_one_reply_of_four() -> None:
    def stiff(i: int) -> str:
        return good(i).replace(HELLOS[i % 8] + "!", "Dear customer,") if i % 4 == 0 else good(i)

    rows = {"sft": judged(good), "dpo": judged(stiff)}
    assert figures(rows)["dpo"]["wrong_greeting"]["value"] == 0.25
    assert "wrong_greeting" in differing(rows)


def test_refusals() -> None:
    rows = {"sft": judged(good), "dpo": judged(lambda i: "I'm not able to help with that." if i % 2 else good(i))}
    assert figures(rows)["dpo"]["refusal"]["value"] == 0.5 and "refusal" in differing(rows)
