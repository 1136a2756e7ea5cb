import json
from typing import Any

import numpy as np
import pytest

from alignment.evaluation.figures import figures, relative_reduction
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
    assert "win_rate_vs_sft" not in found["sft"] and "facts_minus_base" not in found["base"]


def test_pairs_by_id_not_by_place() -> None:
    sft = rows(score=[0.2, 0.8])
    dpo = rows(score=[0.3, 0.9])[::-1]
    assert figures({"sft": sft, "dpo": dpo})["dpo"]["win_rate_vs_sft"]["value"] == 1.0


def test_what_does_not_apply_is_absent() -> None:
    found = figures({"base": rows(length=[3, 5]), "sft": rows(length=[4, 4])})
    assert set(found["base"]) == {"length", "openers", "top_opener", "distinct_2"}
    assert found["base"]["length"]["value"] == 4.0


def test_nothing_to_reduce_is_absent_and_base_has_no_kl() -> None:
    found = figures({"base": rows(kl=[0.0, 0.0], passed=[1, 1]), "sft": rows(kl=[0.0, 0.0], passed=[1, 1])})
    assert "kl" not in found["base"] and found["sft"]["kl"]["value"] == 0.0
    assert "failures_vs_sft" not in found["base"]


def test_openers_perplexity_and_json() -> None:
    found = figures({"sft": rows(opener=["hi", "hi", "hey"])}, {"sft": Estimate(3.0, float("nan"), 4.0, 7)})["sft"]
    assert found["openers"] == {"value": 2, "low": None, "high": None, "n": 3}
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


@pytest.mark.parametrize("other", [["p0"], ["p0", "p0"]])
def test_different_prompts_are_refused(other: list[str]) -> None:
    twisted = [row | {"id": name} for row, name in zip(rows(length=[1, 1]), other, strict=False)]
    with pytest.raises(ValueError, match="prompt"):
        figures({"base": rows(length=[1, 1]), "sft": twisted})
