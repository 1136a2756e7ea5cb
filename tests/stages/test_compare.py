"""Comparing methods: who may be compared, what is recommended, and the stage's files."""

import json
import shutil
from pathlib import Path
from typing import Any

import kit
import pytest
import thin_kit

from alignment import artifact as artifacts
from alignment.artifact import Artifact, read_jsonl
from alignment.errors import UserError
from alignment.evaluation import rivals
from alignment.evaluation.recommend import recommend


def made(root: Path, run: str, stage: str, kind: str, content: str, parents: dict[str, Artifact]) -> Artifact:
    """An artifact of one file, with parents by role."""
    final = root / run / stage
    partial = final.with_name(f".{stage}.partial")
    partial.mkdir(parents=True)
    (partial / "content").write_text(content)
    named = [
        {
            "role": role,
            "path": str(Path("..", *([".."] * run.count("/")), "..", one.run, one.stage)),
            "sha256": one.sha256,
        }
        for role, one in parents.items()
    ]
    record = Artifact(
        path=final, kind=kind, stage=stage, run=run, created="", seconds=0.0, seed=1, versions={}, git_commit=None,
        config={}, config_hash="", inputs_hash="", parents=named, files={}, fingerprints={}, metrics={}, wandb_id=None,
    )  # fmt: skip
    return artifacts.write(partial, record)


@pytest.fixture
def family(tmp_path: Path) -> dict[str, Artifact]:
    """An SFT policy, preferences, a reward model of them, and policies of both."""
    data = made(tmp_path, "a", "prepare", "dataset", "data", {})
    sft = made(tmp_path, "a", "sft", "policy", "sft", {"dataset": data})
    preferences = made(tmp_path, "a", "export", "preferences", "ratings", {})
    reward = made(tmp_path, "a", "reward", "reward", "reward", {"policy": sft, "preferences": preferences})
    dpo = made(tmp_path, "a", "dpo", "policy", "dpo", {"policy": sft, "preferences": preferences, "dataset": data})
    ppo = made(tmp_path, "a/b", "ppo", "policy", "ppo", {"policy": sft, "reward": reward, "dataset": data})
    return {"data": data, "sft": sft, "preferences": preferences, "reward": reward, "dpo": dpo, "ppo": ppo}


def test_policies_of_a_run_and_of_the_runs_inside_it(family: dict[str, Artifact]) -> None:
    run = family["sft"].path.parent
    (run / ".kto.partial").mkdir()
    shutil.copy(run / "dpo" / "artifact.json", run / ".kto.partial")  # not finished
    assert rivals.policies_in(run) == [run / "b" / "ppo", run / "dpo"]  # and the SFT policy is none of them


def test_ratings_are_known_through_the_reward_model(family: dict[str, Artifact]) -> None:
    assert rivals.origin(family["dpo"]) == rivals.origin(family["ppo"])
    rivals.check_same({"dpo": family["dpo"], "ppo": family["ppo"]}, family["sft"])


def test_policies_of_other_ratings_are_refused_by_name(family: dict[str, Artifact], tmp_path: Path) -> None:
    other = made(tmp_path, "c", "export", "preferences", "other ratings", {})
    parents = {"policy": family["sft"], "preferences": other, "dataset": family["data"]}
    kto = made(tmp_path, "c", "kto", "policy", "kto", parents)
    with pytest.raises(UserError, match=r"preferences of these policies differ: dpo, ppo from \w+; kto from"):
        rivals.check_same({"dpo": family["dpo"], "ppo": family["ppo"], "kto": kto}, family["sft"])


def test_policies_of_another_sft_are_refused_by_name(family: dict[str, Artifact], tmp_path: Path) -> None:
    sft = made(tmp_path, "c", "sft", "policy", "another", {"dataset": family["data"]})
    parents = {"policy": sft, "preferences": family["preferences"], "dataset": family["data"]}
    kto = made(tmp_path, "c", "kto", "policy", "kto", parents)
    with pytest.raises(UserError, match=r"^kto did not begin from"):
        rivals.check_same({"dpo": family["dpo"], "kto": kto}, family["sft"])


def test_a_policy_without_ratings_is_refused(family: dict[str, Artifact], tmp_path: Path) -> None:
    rule = made(tmp_path, "c", "rloo", "policy", "rule", {"policy": family["sft"], "dataset": family["data"]})
    with pytest.raises(UserError, match="rloo from none"):
        rivals.check_same({"dpo": family["dpo"], "rloo": rule}, family["sft"])


def test_a_reward_model_that_is_gone_is_told(family: dict[str, Artifact]) -> None:
    shutil.rmtree(family["reward"].path)
    with pytest.raises(UserError, match="which is gone or has changed"):
        rivals.origin(family["ppo"])


def test_names_tell_runs_apart(family: dict[str, Artifact], tmp_path: Path) -> None:
    second = made(tmp_path, "a/b", "dpo", "policy", "dpo 2", {"policy": family["sft"]})
    assert list(rivals.names([family["dpo"], family["ppo"], second])) == ["a/dpo", "ppo", "a/b/dpo"]
    with pytest.raises(UserError, match="each policy once"):
        rivals.names([family["dpo"], second, second])


# --- recommendation ---


def figure(value: float, half: float = 0.01) -> dict[str, Any]:
    return {"value": value, "low": value - half, "high": value + half, "n": 100}


def world(scores: dict[str, float], kl: dict[str, float], alike: set[tuple[str, str]] = frozenset(), facts: Any = None):  # type: ignore[assignment, no-untyped-def]
    """Metrics and tests of models with these scores; pairs in `alike` are not told apart."""
    metrics = {name: {"score": figure(score), "kl": figure(kl.get(name, 0.0))} for name, score in scores.items()}
    names, tests = list(scores), []
    for place, model in enumerate(names):
        for other in names[:place]:
            differs = (model, other) not in alike and (other, model) not in alike
            difference = figure(scores[model] - scores[other], 0.0392)
            tests.append({"model": model, "other": other, "figure": "score", "difference": difference, "p_holm": 0.5})
            tests[-1]["differs"] = differs
            if other == "sft" and model in (facts or {}):
                lost = figure(facts[model], 0.01)
                tests.append(tests[-1] | {"figure": "facts", "difference": lost, "differs": False})
    return metrics, tests


def test_the_best_that_differs_from_all_is_recommended() -> None:
    found = recommend(*world({"sft": 0.5, "dpo": 0.8, "ppo": 0.9}, {"dpo": 1, "ppo": 2}), "score", 0.02)
    assert (found.model, found.alike, found.prompts_needed) == ("ppo", [], None)


def test_the_other_way_round_it_is_the_same() -> None:
    """Tests are kept as later minus earlier: the leader may be either."""
    found = recommend(*world({"sft": 0.5, "ppo": 0.9, "dpo": 0.8}, {"dpo": 1, "ppo": 2}), "score", 0.02)
    assert (found.model, found.alike) == ("ppo", [])


def test_where_the_data_do_not_separate_them_it_says_so_and_takes_the_nearest_to_sft() -> None:
    scores, kl = {"sft": 0.5, "dpo": 0.88, "kto": 0.7, "ppo": 0.9}, {"dpo": 1.0, "kto": 0.1, "ppo": 2.0}
    found = recommend(*world(scores, kl, {("dpo", "ppo")}), "score", 0.02)
    assert (found.model, found.alike) == ("dpo", ["ppo"])
    # interval half-width .0392 = 1.96 x .02; 100 x ((1.96 + 0.8416) x .02 / .02)^2 = 784.9
    assert found.prompts_needed == 785
    assert "the data do not separate it from ppo" in found.sentence and "785 test prompts" in found.sentence


def test_one_not_shown_to_beat_sft_may_still_not_be_told_from_the_best() -> None:
    """kto is told neither from SFT nor from ppo: it is not taken, and nobody is told that ppo beats it."""
    scores = {"sft": 0.5, "kto": 0.7, "ppo": 0.9}
    found = recommend(*world(scores, {"kto": 0.1, "ppo": 2.0}, {("kto", "sft"), ("ppo", "kto")}), "score", 0.02)
    assert (found.model, found.alike) == ("ppo", ["kto"])
    assert "do not separate it from kto" in found.sentence and "moved least" not in found.sentence


def test_best_of_n_is_taken_only_where_nothing_trained_is_alike() -> None:
    scores = {"sft": 0.5, "best_of_n": 0.9, "ppo": 0.88}
    tied = recommend(*world(scores, {"best_of_n": 0.5, "ppo": 2.0}, {("best_of_n", "ppo")}), "score", 0.02)
    assert tied.model == "ppo" and tied.alike == ["best_of_n"]
    assert recommend(*world(scores, {"best_of_n": 0.5, "ppo": 2.0}), "score", 0.02).model == "best_of_n"


def test_a_method_that_may_lose_facts_is_left_out_with_its_number() -> None:
    scores = {"sft": 0.5, "dpo": 0.8, "ppo": 0.9}
    found = recommend(*world(scores, {"dpo": 1, "ppo": 2}, facts={"ppo": -0.03, "dpo": 0.0}), "score", 0.02)
    assert found.model == "dpo" and found.excluded == {"ppo": "may lose 4.0% of the facts (allowed: 2.0%)"}
    assert "ppo may lose 4.0%" in found.sentence


def test_those_left_out_for_one_reason_are_named_together() -> None:
    scores = {"sft": 0.5, "dpo": 0.8, "ppo": 0.9, "kto": 0.7}
    found = recommend(*world(scores, {}, facts={"ppo": -0.03, "dpo": -0.03, "kto": -0.03}), "score", 0.02)
    assert found.sentence == "Keep SFT. Left out: dpo, ppo and kto may lose 4.0% of the facts (allowed: 2.0%)."


def test_where_none_is_shown_to_be_better_sft_stays() -> None:
    metrics, tests = world({"sft": 0.5, "dpo": 0.6, "ppo": 0.4}, {}, {("dpo", "sft")})  # ppo differs, downwards
    found = recommend(metrics, tests, "score", 0.02)
    assert found.model == "sft" and "none of dpo and ppo to be better" in found.sentence


# --- the stage ---


def test_one_table_one_page_and_a_recommendation(tmp_path: Path) -> None:
    root = thin_kit.base(tmp_path)
    kit.run_stage(root, "best_of_n", *thin_kit.QUICK, "best_of_n.n=2", "best_of_n.prompts=2")
    thin_kit.stage(root, "kto", "yardstick_every=2", more=("run=test/inside",))
    done = kit.run_stage(root, "compare", *thin_kit.QUICK, "compare.prompts=3")
    assert done.kind == "comparison" and list(done.metrics) == ["sft", "best_of_n", "kto"]
    wanted = {"voice", "facts", "win_rate_vs_sft", "length_controlled_win_rate_vs_sft", "reward", "kl", "openers"}
    assert wanted <= set(done.metrics["kto"]) and set(done.metrics["kto"]["voice"]) == {"value", "low", "high", "n"}
    assert len(read_jsonl(done.path / "replies" / "kto.jsonl")) == 3
    tests = json.loads((done.path / "comparisons.json").read_text())
    assert {(test["model"], test["other"]) for test in tests} == {
        ("best_of_n", "sft"), ("kto", "sft"), ("kto", "best_of_n"),
    }  # fmt: skip
    advice = json.loads((done.path / "recommendation.json").read_text())
    page = (done.path / "compare.html").read_text()
    assert advice["sentence"].split("'")[0] in page and "<svg" in page
    assert "http" not in page.replace("http-equiv", "") and "<script" not in page
    again = kit.run_stage(root, "compare", *thin_kit.QUICK, "compare.prompts=3")
    assert again.created == done.created
    with pytest.raises(UserError, match="no aligned policy"):
        kit.run_stage(root, "compare", *thin_kit.QUICK, "+inputs.policies=[]")
