"""`peft=none|lora|qlora|freeze` in every stage that trains: what is trained, what stays, what is refused."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import thin_kit
import torch

from alignment import models, run, stages
from alignment.artifact import Artifact
from alignment.training import fit
from tests import kit, tiny_run

TRAINING = [name for name in stages.names() if getattr(stages.load(name), "TRAINS", False)]
STEADY = ("learning_rate=1e-3", "schedule=constant", "warmup=0")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("base")
    tiny_run.base(root)
    kit.dataset(root)
    thin_kit.preferences(root)
    tiny_run.policy(root)
    tiny_run.reward(root)
    return root


def trained(root: Path, stage: str, *overrides: str) -> Artifact:
    common = [*tiny_run.QUICK, f"model.name={root / 'base'}", f"run=test/tried_{stage}", "force=true"]
    own = ["ppo.value_warmup=0", "ppo.freeze_embeddings=false", "ppo.freeze_share=0"] if stage == "ppo" else []
    return kit.run_stage(root, stage, *common, *tiny_run.small(stage, *STEADY), *own, *overrides)


def weights(root: Path, stage: str, folder: Path) -> dict[str, torch.Tensor]:
    """A model as every later stage reads it: adapters merged."""
    settings, _ = kit.configured(root, f"stage={stage}", *tiny_run.QUICK)
    load = models.load_reward if stage == "reward" else models.load_policy
    torch.manual_seed(0)  # of the head of a reward model that begins from a policy
    return load(folder, settings.model).state_dict()


def changed(root: Path, stage: str, made: Artifact) -> set[str]:
    """The names of the weights that are not those the stage began from."""
    before = weights(root, stage, root / "base" if stage == "sft" else root / "test" / "sft" / "model")
    after = weights(root, stage, made.path / "model")
    return {name for name, value in after.items() if not torch.equal(value, before[name])}


def test_these_stages_train() -> None:
    assert TRAINING == ["dpo", "grpo", "kto", "orpo", "ppo", "reward", "rloo", "sft"]


@pytest.mark.parametrize("stage", TRAINING)
def test_none_trains_all(base: Path, stage: str) -> None:
    found = changed(base, stage, trained(base, stage))
    assert {"model.embed_tokens.weight", "model.layers.0.mlp.up_proj.weight", "model.norm.weight"} <= found


@pytest.mark.parametrize("stage", TRAINING)
def test_lora_trains_adapters_and_no_more(base: Path, stage: str) -> None:
    made = trained(base, stage, "peft=lora", "peft.rank=2")
    assert "model/adapter_config.json" in made.files
    assert not [name for name in made.files if name.endswith("/model.safetensors")]
    found = changed(base, stage, made) - {"score.weight"}  # a reward model's head is trained whole
    assert found and all("proj" in name for name in found)


@pytest.mark.parametrize("stage", TRAINING)
def test_freeze_leaves_the_first_layers_as_they_were(base: Path, stage: str) -> None:
    found = changed(base, stage, trained(base, stage, "peft=freeze", "peft.freeze_layers=1"))
    assert any(name.startswith("model.layers.1.") for name in found)
    assert not [name for name in found if name.startswith(("model.layers.0.", "model.embed_tokens."))]


@pytest.mark.parametrize("stage", TRAINING)
def test_qlora_without_a_gpu_is_told_before_any_work(
    base: Path, stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    assert run.main([f"root={base}", "run=other", "tracking=off", f"stage={stage}", "peft=qlora"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: peft=qlora needs a GPU, and torch sees none",
        "allowed: none, lora, freeze on a CPU",
        "next: use peft=lora here",
    ]
    assert not (base / "other").exists()


def test_more_layers_than_there_are(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = [f"root={base}", "run=test/deep", "stage=sft", "tracking=off", *tiny_run.QUICK]
    assert run.main([*argv, f"model.name={base / 'base'}", "peft=freeze", "peft.freeze_layers=2"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: peft.freeze_layers=2, but the model has 2 layers",
        "allowed: 0 to 1",
        "next: freeze fewer layers",
    ]


@pytest.mark.parametrize("stage", ["sft", "reward", "dpo", "kto", "orpo"])
def test_the_adapters_own_dropout_is_in_force(base: Path, stage: str) -> None:
    """TRL's `disable_dropout` would switch it off without a word."""
    one, two = (
        trained(base, stage, "peft=lora", "peft.rank=2", f"peft.dropout={rate}").files[
            "model/adapter_model.safetensors"
        ]
        for rate in (0.0, 0.5)
    )
    assert one != two


def test_the_models_own_dropout_is_as_configured(base: Path, tmp_path: Path) -> None:
    """Also 0: a model that comes with dropout is trained without where the stage says so."""
    shutil.copytree(base / "base", tmp_path / "base")
    config = tmp_path / "base" / "config.json"
    config.write_text(config.read_text().replace('"attention_dropout": 0.0', '"attention_dropout": 0.4'))
    settings, configs = kit.configured(tmp_path, "stage=sft", f"model.name={tmp_path / 'base'}", *tiny_run.QUICK)
    context: Any = type("Context", (), {"settings": settings})
    for rate in (configs["sft"].dropout, 0.2):
        model = models.load_policy(tmp_path / "base", settings.model)
        assert model.model.layers[0].self_attn.attention_dropout == 0.4
        fit.prepare_model(model, context, rate)
        assert {layer.self_attn.attention_dropout for layer in model.model.layers} == {rate}
        assert model.config.attention_dropout == rate
    assert configs["sft"].dropout == 0.0


def test_dropout_and_weight_decay_change_what_is_learned(base: Path) -> None:
    name = "model.layers.0.mlp.up_proj.weight"

    def learned(*knobs: str) -> torch.Tensor:
        made = trained(base, "sft", *(f"sft.{one}" for one in knobs))
        return weights(base, "sft", made.path / "model")[name]

    plain = learned()
    assert not torch.equal(plain, learned("dropout=0.5"))
    # AdamW scales the weights by 1 - rate * decay a step: (1 - 1e-3 * 20) ** 2 = 0.96
    shrunk = learned("weight_decay=20")
    assert shrunk.norm().item() == pytest.approx(0.96 * plain.norm().item(), rel=0.01)
