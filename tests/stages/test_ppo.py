"""The stage ppo: from a policy and a reward to a policy and its critic; killed and gone on; and what is refused."""

from pathlib import Path
from typing import Any

import kit
import pytest
import torch

from alignment import pipeline, run
from alignment.errors import UserError
from alignment.ppo import trainer as ppo_trainer

SMALL = (
    "ppo.rollout=4",
    "ppo.batch_size=2",
    "ppo.passes=2",
    "ppo.max_new_tokens=4",
    "ppo.max_steps=6",
    "ppo.value_warmup=0",
    "ppo.eval_every=2",
    "ppo.yardstick_every=2",
    "ppo.yardstick_prompts=2",
    "ppo.log_every=1",
    "generation.max_new_tokens=4",
    "threads=1",
    "model.dtype=float32",
)
RULE = ("ppo.functions=[test_ppo:short]", "ppo.function_weights=[1.0]")


def short(completions: list[Any], **_: Any) -> list[float]:
    return [-float(len(reply[0]["content"])) for reply in completions]


def ppo(root: Path, *overrides: str) -> Any:
    listed = "stages@ppo" in (run.conf_dir() / "config.yaml").read_text()
    add = () if listed else ("+stages@ppo=ppo",)
    settings, configs = kit.configured(root, "stage=ppo", *add, *SMALL, *overrides)
    return pipeline.run_stages(configs, settings)[-1]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a data set, an SFT policy and two reward models, each trained for a step or two."""
    root = tmp_path_factory.mktemp("base")
    kit.dataset(root)
    kit.preferences(root)
    quick = ("threads=1", "generation.max_new_tokens=4", "model.dtype=float32")
    for stage in ("sft", "reward"):
        few = (f"{stage}.max_steps=1", f"{stage}.eval_every=1", f"{stage}.batch_size=2", f"{stage}.yardstick_every=0")
        kit.run_stage(root, stage, *quick, *few)
    return root


@pytest.fixture
def root(base: Path, tmp_path: Path) -> Path:
    """A run of its own on the same inputs."""
    import shutil

    shutil.copytree(base, tmp_path / "runs")
    return tmp_path / "runs"


def lines(artifact: Any) -> list[dict[str, Any]]:
    from alignment.artifact import read_jsonl

    return read_jsonl(artifact.path / "metrics.jsonl")


def test_policy_critic_and_figures(root: Path):
    made = ppo(root, "+inputs.heldout=test/reward", "ppo.brake_after=0")
    assert made.kind == "policy"
    assert {"model/model.safetensors", "critic/critic.safetensors", "critic/critic.json"} <= set(made.files)
    from safetensors import safe_open

    with safe_open(made.path / "model" / "model.safetensors", "pt") as weights:
        assert not any("critic" in name for name in weights.keys())  # noqa: SIM118
    assert made.metrics["episodes"] == 6 * 2 // 2
    assert max(made.metrics["reload_difference"].values()) < 1e-4
    assert made.metrics["reload_difference"].keys() == {"log_probs", "values", "reward_model", "heldout"}
    seen = set().union(*lines(made))
    assert {
        "train/reward",
        "train/kl",
        "train/kl_token_max",
        "train/explained_variance",
        "train/clip/policy",
        "train/ratio",
        "train/rewards/reward_model/mean",
        "train/rewards/heldout/mean",
        "train/returns",
        "train/advantages",
        "train/clip/value",
        "train/entropy",
        "train/completions/tokens",
        "train/completions/ended",
        "train/seconds/rollout",
        "train/seconds/score",
        "train/seconds/train",
        "train/tokens_per_second",
        "train/memory_mb",
        "eval/rewards/heldout/mean",
        "yardstick/voice",
        "yardstick/kl",
    } <= seen
    at = [line["yardstick/samples"] for line in lines(made) if "yardstick/samples" in line]
    assert at == [0, 2, 4, 6]


class Killed(Exception):
    pass


def test_killed_in_a_rollout_it_goes_on_bit_for_bit(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    overrides = (*RULE, "ppo.rollout=8", "ppo.eval_every=1", "ppo.yardstick_every=0", "+inputs.reward=[]")
    whole = ppo(root, *overrides, "run=test/whole")
    plain = ppo_trainer.PPOTrainer.training_step

    def step(self: Any, *args: Any, **kwargs: Any) -> torch.Tensor:
        if self._step == 3:
            raise Killed
        return plain(self, *args, **kwargs)

    monkeypatch.setattr(ppo_trainer.PPOTrainer, "training_step", step)
    with pytest.raises(Killed):
        ppo(root, *overrides, "run=test/cut")
    monkeypatch.undo()
    again = ppo(root, *overrides, "run=test/cut")
    assert kit.weights(again) == kit.weights(whole)
    assert again.files["critic/critic.safetensors"] == whole.files["critic/critic.safetensors"]
    steps = [line["step"] for line in lines(again) if "train/loss" in line]
    assert steps == [line["step"] for line in lines(whole) if "train/loss" in line]


def test_lora(root: Path):
    made = ppo(root, "peft=lora", "peft.rank=2", "ppo.critic_start=reward")
    assert "model/adapter_model.safetensors" in made.files
    assert made.metrics["reload_difference"]["log_probs"] < 1e-3


def test_with_lora_a_critic_of_its_own_is_an_adapter(root: Path):
    made = ppo(root, "peft=lora", "peft.rank=2", "ppo.critic=own", "ppo.yardstick_every=0")
    assert {"critic/adapter_model.safetensors", "critic/adapter_config.json", "critic/critic.safetensors"} <= set(
        made.files
    )
    assert not any(name.startswith("model/critic") for name in made.files)
    assert made.metrics["reload_difference"]["values"] < 1e-4


def test_rewards_that_read_back_otherwise_stop_the_stage(root: Path, monkeypatch: pytest.MonkeyPatch):
    from alignment import models

    plain, loads = models.load_reward, []

    def load(*args: Any, **kwargs: Any) -> Any:
        """The second time, another head: as where it was lost on saving."""
        found = plain(*args, **kwargs)
        loads.append(found)
        if len(loads) > 1:
            torch.nn.init.normal_(found.score.weight)
        return found

    monkeypatch.setattr(models, "load_reward", load)
    with pytest.raises(UserError, match="scores of reward_model differ by"):
        ppo(root, "ppo.yardstick_every=0")


@pytest.mark.parametrize(("share", "frozen"), [(0.5, {"0", "1"}), (0, set())])
def test_the_embeddings_and_a_share_of_the_layers_stay_as_they_were(root: Path, share: float, frozen: set[str]):
    from safetensors.torch import load_file

    made = ppo(root, "ppo.yardstick_every=0", f"ppo.freeze_share={share}")
    sft, ours = (load_file(folder / "model" / "model.safetensors") for folder in (root / "test" / "sft", made.path))
    same = {name for name, value in ours.items() if torch.equal(value, sft[name])}
    assert "model.embed_tokens.weight" in same and "model.norm.weight" not in same
    assert {name.split(".")[2] for name in same if name.endswith("up_proj.weight")} == frozen


def test_sampling_by_continuous_batching(root: Path):
    made = ppo(root, *RULE, "ppo.sampler=continuous", "ppo.max_steps=1", "ppo.yardstick_every=0", "+inputs.reward=[]")
    assert made.metrics["episodes"] >= 1


def test_with_lora_throughout_one_backbone_serves_all(root: Path):
    import shutil

    shutil.rmtree(root / "test" / "reward")
    few = ("reward.max_steps=1", "reward.eval_every=1", "reward.batch_size=2", "reward.yardstick_every=0")
    kit.run_stage(root, "reward", "peft=lora", "peft.rank=2", "threads=1", "model.dtype=float32", *few)
    from alignment.ppo.backbone import RewardAdapters

    bound = []
    plain = RewardAdapters.bind
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RewardAdapters, "bind", lambda self, model: (bound.append(self.names), plain(self, model))[1])
        made = ppo(root, "peft=lora", "peft.rank=2", "ppo.yardstick_every=0")
    assert bound == [["reward_model_0"]]
    assert not any("reward_model_0" in name for name in made.files)


def test_no_reward_is_refused(root: Path):
    with pytest.raises(UserError, match="ppo has no reward"):
        ppo(root, "+inputs.reward=[]")


@pytest.mark.parametrize(
    ("override", "found"),
    [
        ("ppo.rollout=5", r"ppo\.rollout=5\nallowed: a multiple of batch_size \* accumulate \* processes = 2"),
        ("ppo.rollout=64", r"\d+ training prompts, and a rollout takes 64\nallowed: .*\nnext: lower ppo\.rollout"),
        ("ppo.generations=3", r"ppo\.generations=3"),
        ("ppo.lam=1.5", r"ppo\.lam=1\.5"),
        ("ppo.freeze_share=1", r"ppo\.freeze_share=1"),
        ("ppo.dropout=0.1", r"ppo\.dropout=0\.1"),
        ("ppo.sampler=vllm", "the package vllm is not here"),
        ("ppo.sampler=continuous model.dtype=bfloat16", r"ppo\.sampler=continuous with model\.dtype=bfloat16"),
        ("ppo.functions=[test_ppo:short]", "1 entries, ppo.function_weights 0"),
        ("ppo.max_new_tokens=100000", "are too long"),
    ],
)
def test_wrong_settings(root: Path, override: str, found: str):
    with pytest.raises(UserError, match=found):
        ppo(root, *override.split())


def test_a_rollout_that_the_processes_cannot_share_is_refused(tmp_path: Path):
    config = kit.configured(tmp_path, "stage=ppo", *SMALL)[1]["ppo"]
    config.check_rollout(2)
    with pytest.raises(UserError, match=r"ppo\.rollout=4\nallowed: .* processes = 6, at least 2"):
        config.check_rollout(3)
