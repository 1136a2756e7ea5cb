"""The thin stages on TRL's trainers, and best-of-n: what they leave, how they go on after a kill, what they refuse."""

import json
import shutil
from pathlib import Path
from typing import Any

import kit
import pytest
import thin_kit
import torch

from alignment import models
from alignment.artifact import read_jsonl
from alignment.errors import UserError
from alignment.evaluation import pick
from alignment.stages import kto
from alignment.training.guard import Guarded
from alignment.training.online import Online

RULE = ("functions=[test_thin_stages:short]", "function_weights=[1.0]")


def short(completions: list[Any], **_: Any) -> list[float]:
    return [-float(len(reply[0]["content"])) for reply in completions]


def broken(completions: list[Any], **_: Any) -> list[float]:
    return [float("nan") for _ in completions]


def too_few(completions: list[Any], **_: Any) -> list[float]:
    return [0.0]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return thin_kit.base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def root(base: Path, tmp_path: Path) -> Path:
    """A run of its own on the same inputs."""
    shutil.copytree(base, tmp_path / "runs")
    return tmp_path / "runs"


def lines(artifact: Any) -> list[dict[str, Any]]:
    return read_jsonl(artifact.path / "metrics.jsonl")


@pytest.mark.parametrize(
    ("stage", "samples", "figure"),
    [
        ("kto", [0, 2, 4], "eval/rewards/margins"),
        ("orpo", [0, 2, 4], "eval/rewards/margins"),
        ("grpo", [0, 1, 2], "eval/reward"),
        ("rloo", [0, 1, 2], "eval/reward"),
    ],
)
def test_a_policy_with_its_curves(root: Path, stage: str, samples: list[int], figure: str) -> None:
    made = thin_kit.stage(root, stage)
    assert made.kind == "policy" and "model/model.safetensors" in made.files
    logged = lines(made)
    read = [line for line in logged if "yardstick/samples" in line]
    assert [line["yardstick/samples"] for line in read] == samples
    assert {"yardstick/voice", "yardstick/facts", "yardstick/reward", "yardstick/kl"} <= set(read[0])
    assert read[0]["yardstick/kl"] == pytest.approx(0, abs=1e-4)
    losses = {line["step"]: line["eval/loss"] for line in logged if "eval/loss" in line}
    assert made.metrics["best_loss"] == min(losses.values()) == losses[made.metrics["best_step"]]
    assert figure in set().union(*logged)


class Killed(Exception):
    pass


@pytest.mark.parametrize(("stage", "after"), [("kto", 2), ("orpo", 2), ("grpo", 3), ("rloo", 3)])
def test_killed_it_goes_on_bit_for_bit(root: Path, stage: str, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The online ones are cut inside a rollout, whose replies are then learned from again."""
    knobs = ("max_steps=6", "yardstick_every=0", *(("rollout=8",) if stage in ("grpo", "rloo") else ()))
    whole = thin_kit.stage(root, stage, *knobs, more=("run=test/whole",))
    plain, taken = Guarded.training_step, []

    def step(self: Any, *args: Any, **kwargs: Any) -> torch.Tensor:
        if len(taken) == after:
            raise Killed
        taken.append(1)
        return plain(self, *args, **kwargs)

    monkeypatch.setattr(Guarded, "training_step", step)
    with pytest.raises(Killed):
        thin_kit.stage(root, stage, *knobs, more=("run=test/cut",))
    monkeypatch.undo()
    again = thin_kit.stage(root, stage, *knobs, more=("run=test/cut",))
    assert kit.weights(again) == kit.weights(whole)
    timed = ("time", "runtime", "per_second", "seconds", "total_flos", "train_loss", "num_tokens")

    def curve(artifact: Any) -> list[dict[str, Any]]:
        return [{k: v for k, v in line.items() if not any(word in k for word in timed)} for line in lines(artifact)]

    assert curve(again) == curve(whole)


def test_the_kl_is_to_the_policy_it_began_from(base: Path, tmp_path: Path) -> None:
    """TRL would reload the reference from the path the weights came from: below merged adapters, another model."""
    for name in ("prepare", "export"):
        shutil.copytree(base / "test" / name, tmp_path / "test" / name)
    adapted = thin_kit.stage(
        tmp_path, "sft", "yardstick_every=0", "learning_rate=1e-2", "schedule=constant", "warmup=0", more=("peft=lora",)
    )
    settings, _ = kit.configured(tmp_path, "stage=sft")
    below = models.load_policy(models.BASE_MODEL, settings.model)
    policy = models.load_policy(adapted.path / "model", settings.model)
    assert not torch.equal(below.state_dict()["lm_head.weight"], torch.zeros(1)) and any(
        not torch.equal(value, below.state_dict()[name]) for name, value in policy.state_dict().items()
    )
    made = thin_kit.stage(tmp_path, "grpo", *RULE, "yardstick_every=0", "passes=1", "max_steps=1")
    first = next(line for line in lines(made) if "train/kl" in line)
    assert first["train/kl"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("peft", ["lora", "freeze"])
def test_adapters_and_frozen_layers(root: Path, peft: str) -> None:
    made = thin_kit.stage(root, "grpo", *RULE, "max_steps=1", "yardstick_every=0", more=(f"peft={peft}",))
    assert ("model/adapter_config.json" in made.files) == (peft == "lora")


@pytest.mark.parametrize(
    ("function", "found"), [("broken", "broken returned nan"), ("too_few", "too_few returned 1 values for 2 replies")]
)
def test_a_bad_reward_stops_before_the_first_rollout(
    root: Path, function: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(self: Any, prompts: Any) -> Any:
        raise AssertionError("sampled")

    monkeypatch.setattr(Online, "_generate", never)
    with pytest.raises(UserError, match=found):
        thin_kit.stage(root, "rloo", f"functions=[test_thin_stages:{function}]", "function_weights=[1.0]")


@pytest.mark.parametrize(
    ("stage", "override", "found"),
    [
        ("grpo", "generations=1", "grpo.generations=1"),
        ("grpo", "rollout=6", "grpo.rollout=6"),
        ("grpo", "dropout=0.1", "grpo.dropout=0.1"),
        ("rloo", "functions=[a:b]", "rloo.functions has 1 entries, rloo.function_weights 0"),
        ("kto", "beta=0", "kto.beta=0"),
        ("kto", "batch_size=1", "kto.batch_size=1"),
        ("orpo", "beta=0", "orpo.beta=0"),
    ],
)
def test_wrong_settings_are_refused_by_name(tmp_path: Path, stage: str, override: str, found: str) -> None:
    more = ("grpo.batch_size=4", "grpo.accumulate=1") if stage == "grpo" else ()
    with pytest.raises(UserError, match=found):
        kit.configured(tmp_path, f"stage={stage}", *more, f"{stage}.{override}")


def test_without_a_reward_nothing_begins(root: Path) -> None:
    with pytest.raises(UserError, match="grpo has no reward"):
        thin_kit.stage(root, "grpo", more=("+inputs.reward=[]",))


def test_any_of_them_may_be_the_aligner(tmp_path: Path) -> None:
    for stage in ("grpo", "rloo", "kto", "orpo", "best_of_n"):
        _, configs = kit.configured(tmp_path, f"aligner={stage}")
        assert stage in configs and configs["evaluate"].models == [stage]


def test_kto_weighs_both_sides_alike(tmp_path: Path) -> None:
    _, configs = kit.configured(tmp_path, "stage=kto", "kto.desirable_weight=1", "kto.undesirable_weight=0")
    # three good, six bad: each bad one counts half
    assert kto.weights_of(configs["kto"], [True] * 3 + [False] * 6) == (1.0, 0.5)


# --- best-of-n ---


def test_the_pick_is_the_highest_reward_less_the_doubt() -> None:
    rule = pick.BestOfN(n=3, caution=1.0, policy=None, rewards=[None, None])  # type: ignore[arg-type, list-item]
    told = [(1.0, 0.0), (2.0, 2.0), (1.4, 0.4), (0.0, 0.0), (0.0, 0.0), (-1.0, 0.0)]
    rows = [{"id": i, "choice": mean, "choice_spread": spread, "kl": None} for i, (mean, spread) in enumerate(told)]
    # of two models the population's deviation is the sample's / sqrt 2: 2 - 1.41 = 0.59, 1.4 - 0.28 = 1.12
    found = pick.chosen(rows, rule)
    assert [row["id"] for row in found] == [2, 3]  # the first of equals
    assert found[0] == {"id": 2, "kl": pytest.approx(1.0986 - 2 / 3, abs=1e-4)}
    assert [row["id"] for row in pick.chosen(rows, rule, 2)] == [0, 3]
    careless = pick.BestOfN(n=3, caution=0.0, policy=None, rewards=[None, None])  # type: ignore[arg-type, list-item]
    assert pick.chosen(rows, careless)[0]["id"] == 1


def test_best_of_n_is_a_model_for_evaluate_and_for_nothing_else(root: Path) -> None:
    made = kit.run_stage(root, "best_of_n", *thin_kit.QUICK, "best_of_n.n=2", "best_of_n.prompts=3")
    assert made.kind == "policy" and set(made.files) == {"model/best_of_n.json", "metrics.jsonl", "rating_ids.jsonl"}
    assert [row["n"] for row in made.metrics["curve"]] == [1, 2]
    one, two = made.metrics["curve"]
    assert two["reward"]["value"] >= one["reward"]["value"] and one["kl"] == 0
    settings, _ = kit.configured(root, "stage=ppo")
    with pytest.raises(UserError, match="is best-of-n"):
        models.load_policy(made.path / "model", settings.model)

    light = ("prompts=3", "perplexity_rows=0", "general_rows=0", "latency_prompts=0", "bias_prompts=0", "trust_pairs=0")
    knobs = [f"evaluate.{one}" for one in light]
    evaluated = kit.run_stage(root, "evaluate", *thin_kit.QUICK, "evaluate.models=[best_of_n]", *knobs)
    figures = evaluated.metrics["best_of_n"]
    assert figures["kl"]["value"] == pytest.approx(0.19315, abs=1e-4)  # log 2 - 1/2
    assert figures["win_rate_vs_sft"]["n"] == 3
    moved = root.rename(root.with_name("moved"))
    assert pick.read(moved / "test" / "best_of_n" / "model") is not None


def test_best_of_n_knows_when_its_parts_have_changed(root: Path) -> None:
    made = kit.run_stage(root, "best_of_n", *thin_kit.QUICK, "best_of_n.n=2", "best_of_n.prompts=1")
    thin_kit.stage(root, "reward", "yardstick_every=0", more=("force=true",))
    with pytest.raises(UserError, match=r"reward is not what .*best_of_n\.json was made of"):
        pick.read(made.path / "model")


def test_it_is_known_by_hash_not_by_path_alone(root: Path) -> None:
    made = kit.run_stage(root, "best_of_n", *thin_kit.QUICK, "best_of_n.n=2", "best_of_n.prompts=1")
    told = json.loads((made.path / "model" / "best_of_n.json").read_text())
    reward = json.loads((root / "test" / "reward" / "artifact.json").read_text())
    assert told["rewards"][0]["path"] == "../../reward" and len(told["rewards"][0]["sha256"]) == 64
    assert told["policy"]["path"] == "../../sft" and reward["kind"] == "reward"
