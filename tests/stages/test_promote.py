"""The gate: production moves on a pass or a signed override, goes back in one command, and planted faults fail it."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from alignment import registry
from alignment.artifact import load
from alignment.errors import UserError
from alignment.evaluation import figures, gate
from alignment.stages import promote
from alignment.stats import Estimate
from tests.kit import configured, run_stage
from tests.made_run import made_run, replies, write

HERE = ("run=made",)
# 80 replies prove little: the lines that ask for proof are lower here than as shipped
LENIENT = (
    "promote.gate.voice.at_least=0.7",
    "promote.gate.facts.at_least=-0.3",
    "promote.gate.needless_apology.at_most=0.2",
)


def rules() -> list[Any]:
    _, configs = configured(Path("nowhere"), "stage=promote")
    return promote.rules_of(configs["promote"])


def test_a_pass_moves_production_and_leaves_a_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made_run(tmp_path, count=80)
    made = run_stage(tmp_path, "promote", *HERE, *LENIENT)
    dpo = load(tmp_path / "made" / "dpo")
    found = json.loads((tmp_path / "registry.json").read_text())
    assert made.metrics["promoted"] and made.metrics["passed"]
    assert found["production"]["sha256"] == dpo.sha256 and found["production"]["path"] == "made/dpo"
    assert [note["action"] for note in found["history"]] == ["promote"]
    card = (made.path / "model_card.md").read_text()
    assert dpo.sha256 in card and "SIMULATED" in card and "## Limits" in card and "alpha 0.510" in card
    assert "licence: Apache-2.0" in card and "brand: southern_charm" in card
    assert "alike by name, gender, dialect was not measured" in card  # made_run asks none of that
    assert (tmp_path / "model_cards" / f"{dpo.sha256[:12]}.md").read_text() == card
    assert "in production: made/dpo" in capsys.readouterr().out


def test_again_moves_nothing(tmp_path: Path) -> None:
    made_run(tmp_path, count=80)
    for _ in range(3):
        run_stage(tmp_path, "promote", *HERE, *LENIENT)
    assert len(registry.read(tmp_path)["history"]) == 1


def test_a_fail_moves_nothing_and_says_each_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made_run(tmp_path, count=80, good=0.5)
    made = run_stage(tmp_path, "promote", *HERE, *LENIENT)
    said = capsys.readouterr().out
    assert not made.metrics["promoted"] and not (tmp_path / "registry.json").exists()
    assert not (made.path / "model_card.md").exists()
    failed = {one["figure"] for one in made.metrics["checks"] if one["outcome"] == "failed"}
    assert "voice" in failed and "NOT PROMOTED" in said and "low >= 0.7" in said


def test_an_override_needs_a_reason_and_a_name(tmp_path: Path) -> None:
    made_run(tmp_path, count=80, good=0.5)
    with pytest.raises(UserError, match="not signed"):
        configured(tmp_path, "stage=promote", "promote.override=launch")
    signed = ("promote.override=the launch is today", "promote.signed=Ann Lee")
    made = run_stage(tmp_path, "promote", *HERE, *LENIENT, *signed)
    note = registry.read(tmp_path)["history"][-1]
    assert made.metrics["promoted"] and not made.metrics["passed"]
    assert (note["action"], note["reason"], note["signed"]) == ("override", "the launch is today", "Ann Lee")
    assert "voice" in note["not_passed"] and "Ann Lee" in (made.path / "model_card.md").read_text()


def test_rollback_is_one_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made_run(tmp_path, count=80)
    run_stage(tmp_path, "promote", *HERE, *LENIENT)
    back = ("promote.rollback=wrong prices", "promote.signed=Ann Lee")
    with pytest.raises(UserError, match="no model before"):
        run_stage(tmp_path, "promote", *HERE, *back)
    first = registry.read(tmp_path)["production"]
    other = {**first, "stage": "sft", "path": "made/sft", "sha256": load(tmp_path / "made" / "sft").sha256}
    registry.move(tmp_path, "promote", other)
    run_stage(tmp_path, "promote", "run=anything", *back)
    now = registry.read(tmp_path)
    assert now["production"] == first and len(now["history"]) == 3
    assert now["history"][-1]["reason"] == "wrong prices" and now["history"][-1]["not_passed"] == []
    said = capsys.readouterr().out
    assert "in production: made/dpo" in said and "DELETED" not in said
    with pytest.raises(UserError, match="no model before"):
        run_stage(tmp_path, "promote", "run=anything", *back)


def test_a_rollback_to_a_marked_model_says_so_and_is_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made_run(tmp_path, count=8)
    for stage in ("dpo", "sft"):
        entry = {"run": "made", "stage": stage, "path": f"made/{stage}", "evaluation": ""}
        registry.move(tmp_path, "promote", entry | {"sha256": load(tmp_path / "made" / stage).sha256})
    (tmp_path / "made" / "export" / "retention.json").write_text("{}")  # what DPO learned from
    back = ("promote.rollback=wrong prices", "promote.signed=Ann Lee")
    made = run_stage(tmp_path, "promote", "run=anything", *back)
    said = capsys.readouterr().out
    assert "failed   deleted_ratings: made/export" in said and "RATINGS BEHIND IT WERE DELETED" in said
    (mark,) = made.metrics["checks"]
    assert (mark["outcome"], mark["value"]) == ("failed", 1.0)
    note = registry.read(tmp_path)["history"][-1]
    assert (note["action"], note["not_passed"]) == ("rollback", ["deleted_ratings: made/export"])


def test_a_rollback_to_a_model_that_changed_is_refused(tmp_path: Path) -> None:
    made_run(tmp_path, count=8)
    entry = {"run": "made", "stage": "sft", "path": "made/sft", "sha256": "0" * 64, "evaluation": ""}
    registry.move(tmp_path, "promote", entry)
    registry.move(tmp_path, "promote", {**entry, "path": "made/dpo"})
    with pytest.raises(UserError, match="made anew"):
        registry.rollback(tmp_path, "why", "who")
    assert registry.read(tmp_path)["production"]["path"] == "made/dpo"


def test_deleted_ratings_fail_the_gate(tmp_path: Path) -> None:
    made_run(tmp_path, count=80)
    (tmp_path / "made" / "export" / "retention.json").write_text("{}")
    made = run_stage(tmp_path, "promote", *HERE, *LENIENT)
    assert not made.metrics["promoted"]
    (mark,) = [one for one in made.metrics["checks"] if one["rule"] == "deleted_ratings"]
    assert mark["outcome"] == "failed" and "made/export" in mark["figure"]


def test_the_evaluation_must_be_of_this_model(tmp_path: Path) -> None:
    made_run(tmp_path, count=8)
    with pytest.raises(UserError, match="did not measure ppo"):
        run_stage(tmp_path, "promote", *HERE, "promote.model=ppo", "+inputs.policy=[made/dpo]")
    with pytest.raises(UserError, match="is not what"):
        run_stage(tmp_path, "promote", *HERE, "+inputs.policy=[made/sft]")


def test_a_registry_edited_by_hand(tmp_path: Path) -> None:
    (tmp_path / "registry.json").write_text("{broken")
    with pytest.raises(UserError, match="not JSON"):
        registry.read(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        '{"production": null, "history": {}}',
        '{"production": null, "history": [3]}',
        '{"production": "made/dpo", "history": []}',
        '{"production": null, "history": [{"action": "promote", "entry": {"path": "made/dpo"}}]}',
        "[]",
    ],
)
def test_a_registry_of_another_shape_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "registry.json").write_text(text)
    for read in (registry.read, registry.before):
        with pytest.raises(UserError, match="is no registry"):
            read(tmp_path)


def test_two_rollbacks_at_once_go_back_two(tmp_path: Path) -> None:
    made_run(tmp_path, count=8)
    stages = ("sft", "dpo", "reward", "export")
    for stage in stages:
        entry = {"run": "made", "stage": stage, "path": f"made/{stage}", "evaluation": ""}
        registry.move(tmp_path, "promote", entry | {"sha256": load(tmp_path / "made" / stage).sha256})
    with ThreadPoolExecutor(2) as pool:
        back = [pool.submit(registry.rollback, tmp_path, "why", "who") for _ in range(2)]
    assert {one.result()["stage"] for one in back} == {"reward", "dpo"}
    assert registry.read(tmp_path)["production"]["stage"] == "dpo" and len(registry.read(tmp_path)["history"]) == 6


def test_sft_itself_may_be_promoted_by_override(tmp_path: Path) -> None:
    """Where no method is better the recommendation is to keep SFT: production then has to be able to hold it."""
    made_run(tmp_path, count=80)
    signed = ("promote.override=none is better", "promote.signed=Ann Lee")
    run_stage(tmp_path, "promote", *HERE, *signed, "promote.model=sft")
    assert registry.read(tmp_path)["production"]["path"] == "made/sft"


# ---- faults planted in replies or figures: each must fail at the rule that is there for it


def outcomes(rows: dict[str, list[dict[str, Any]]], measured: Any = None) -> dict[str, str]:
    found = gate.test(rules(), figures.figures(rows, measured)["dpo"])
    return {one.figure: one.outcome for one in found}


def three(good: float = 0.99, wrong: float = 0.0, count: int = 600) -> dict[str, list[dict[str, Any]]]:
    shares = {"base": (0.25, 0.0, 1), "sft": (0.4, 0.0, 2), "dpo": (good, wrong, 3)}
    return {name: replies(count, *of) for name, of in shares.items()}


def test_nothing_planted_passes() -> None:
    rows = three()
    checks = gate.test(rules(), figures.figures(rows)["dpo"])
    assert gate.passed(rules(), checks), [one for one in checks if one.outcome == "failed"]


def test_planted_fact_loss_fails() -> None:
    rows = three(wrong=0.08)
    for row in rows["base"]:
        row["facts"] = True
    assert outcomes(rows)["facts_minus_base"] == "failed"


def test_planted_mode_collapse_fails() -> None:
    rows = three()
    for row in rows["dpo"]:
        row["opener"] = "hey there"
    found = outcomes(rows)
    assert found["top_opener"] == found["openers"] == "failed"


def test_planted_length_hacking_fails() -> None:
    """The model wins wherever it is longer, and loses where it is not: length held equal, it is no better."""
    rows = three(good=0.4)
    for i, (ours, theirs) in enumerate(zip(rows["dpo"], rows["sft"], strict=True)):
        longer = i % 5 != 0
        ours["length"] = theirs["length"] + (40 if longer else -40) + i % 7
        ours["score"], theirs["score"] = (1.0, 0.5) if longer else (0.5, 1.0)
    found = outcomes(rows)
    assert found["win_rate_vs_sft"] == "passed" and found["length_controlled_win_rate_vs_sft"] == "failed"


def test_planted_forgetting_fails() -> None:
    measured = {"dpo": {"forgetting_vs_base": Estimate(1.2, 1.0, 1.4, 40)}}
    assert outcomes(three(), measured)["forgetting_vs_base"] == "failed"


def test_planted_bias_fails_only_when_clear() -> None:
    rule = [one for one in rules() if one.name == "bias"]

    def outcome(value: float, low: float, high: float) -> str:
        return gate.test(rule, {"bias_dialect_voice": {"value": value, "low": low, "high": high, "n": 24}})[0].outcome

    assert outcome(-0.2, -0.3, -0.1) == "failed" and outcome(0.2, 0.1, 0.3) == "failed"
    assert outcome(-0.2, -0.5, 0.1) == "passed"


def test_a_missing_figure_fails_where_it_is_required() -> None:
    rows = three()
    for row in rows["dpo"]:
        row["facts"] = None
    checks = gate.test(rules(), figures.figures(rows)["dpo"])
    absent = {one.figure for one in checks if one.outcome == "absent"}
    assert "facts_minus_base" in absent and not gate.passed(rules(), checks)


def test_the_ends_that_are_held_against_a_line() -> None:
    figure = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9}

    def keeps(by: str, least: float | None = None, most: float | None = None) -> bool:
        return gate.Rule("r", "f", by, least, most, True).outcome(figure) == "passed"

    assert keeps("worst", least=0.4) and not keeps("worst", least=0.41)
    assert keeps("value", least=0.5) and not keeps("value", least=0.51)
    assert keeps("best", least=0.6) and not keeps("best", least=0.61)
    assert keeps("worst", most=0.6) and not keeps("worst", most=0.59)
    assert keeps("best", most=0.4) and not keeps("best", most=0.39)


def test_a_figure_whose_interval_is_undetermined() -> None:
    """One prompt with a gendered word says nothing about bias, so it is no clear miss; but no proof either."""
    one = {"bias_gender_score": {"value": -0.4, "low": None, "high": None, "n": 1}}
    bias = [rule for rule in rules() if rule.name == "bias"]
    assert [check.outcome for check in gate.test(bias, one)] == ["absent"]
    assert gate.passed(bias, gate.test(bias, one))
    proof = gate.Rule("r", "bias_*", "worst", -0.5, None, False)
    assert [check.outcome for check in gate.test([proof], one)] == ["failed"]
    assert [check.outcome for check in gate.test([gate.Rule("r", "bias_*", "value", -0.5, None, True)], one)] == [
        "passed"
    ]


def test_a_tempted_behaviour_fails_only_when_clear() -> None:
    rule = [one for one in rules() if one.name == "behaviours"]
    shown = {f"behaviour_{name}": {"value": v, "low": low, "high": 1.0, "n": 10} for name, v, low in
             (("policy_speak", 0.9, 0.6), ("over_promising", 0.3, 0.1))}  # fmt: skip
    assert [(one.figure, one.outcome) for one in gate.test(rule, shown)] == [
        ("behaviour_over_promising", "passed"), ("behaviour_policy_speak", "failed"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("simulated", "said", "outcome"),
    [(True, "ab: better by SIMULATED reviewers", "absent"), (False, "ab: better", "passed")],
)
def test_a_simulated_ab_is_named_so_and_never_counts(tmp_path: Path, simulated: bool, said: str, outcome: str) -> None:
    made_run(tmp_path, count=8)
    dpo, sft = load(tmp_path / "made" / "dpo"), load(tmp_path / "made" / "sft")
    rate = {"value": 0.7, "low": 0.55, "high": 0.8, "n": 60}
    blind = write(tmp_path, "ab", "ab", {"decision": "better", "win_rate": rate, "simulated": simulated},
                  parents={"candidate": dpo, "incumbent": sft})  # fmt: skip
    found = promote.ab_check(blind, dpo)
    assert (found.figure, found.outcome) == (said, outcome)
    assert promote.ab_check(blind, sft).outcome == ("absent" if simulated else "failed")
    for asked in ("false", "true"):
        _, configs = configured(tmp_path, "stage=promote", f"promote.ab={asked}")
        passes = gate.passed(promote._always(configs["promote"]), [found])
        assert passes == (not simulated or asked == "false")
