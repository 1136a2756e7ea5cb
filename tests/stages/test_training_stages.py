"""The training stages from small inputs: what they save, report and refuse."""

import json
from pathlib import Path

import kit
import pytest
import torch
from safetensors.torch import load_file, save_file

from alignment import models, run
from alignment.artifact import read_jsonl
from alignment.errors import UserError
from alignment.evaluation import trust

SMALL = ("max_steps=2", "batch_size=4", "eval_every=1", "log_every=1")


def small(stage: str, *more: str) -> list[str]:
    return [f"{stage}.{knob}" for knob in (*SMALL, *more)]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with dataset, preferences and SFT policy."""
    folder = tmp_path_factory.mktemp("runs")
    kit.dataset(folder)
    kit.preferences(folder)
    kit.run_stage(folder, "sft", *small("sft", "yardstick_every=1", "yardstick_prompts=4"))
    return folder


def test_sft_reads_the_yardstick_and_keeps_the_best(root: Path) -> None:
    lines = read_jsonl(root / "test" / "sft" / "metrics.jsonl")
    read = [line for line in lines if "yardstick/voice" in line]
    assert [line["yardstick/samples"] for line in read] == [0, 4, 8]
    assert {"yardstick/facts", "yardstick/length", "yardstick/distinct"} <= set(read[0])
    losses = {line["step"]: line["eval/loss"] for line in lines if "eval/loss" in line}
    metrics = json.loads((root / "test" / "sft" / "artifact.json").read_text())["metrics"]
    assert metrics["best_loss"] == min(losses.values()) == losses[metrics["best_step"]]


@pytest.mark.parametrize("peft", ["none", "lora", "freeze"])
def test_reward_reads_back_the_same_and_reports_its_baselines(root: Path, peft: str) -> None:
    made = kit.run_stage(root, "reward", *small("reward"), f"peft={peft}", "force=true")
    assert made.metrics["reload_difference"] <= trust.RELOAD_TOLERANCE
    figures = made.metrics["held_out"]["test"]["all"]
    assert figures["n"] == 8 and figures["constant"]["value"] == 0.5
    assert figures["accuracy"]["low"] <= figures["accuracy"]["value"] <= figures["accuracy"]["high"]
    rows = kit.pairs(40)[-8:]
    longer = [len(row["chosen"][0]["content"]) - len(row["rejected"][0]["content"]) for row in rows]
    assert figures["length_only"]["value"] == sum((d > 0) + (d == 0) / 2 for d in longer) / 8
    assert ("adapter_config.json" in {Path(name).name for name in made.files}) == (peft == "lora")


def test_a_lost_score_head_is_an_error(root: Path, tmp_path: Path) -> None:
    made = kit.run_stage(root, "reward", *small("reward"), "force=true")
    settings, _ = kit.configured(root, "stage=reward")
    model = models.load_reward(made.path / "model", settings.model)
    tokenizer = models.load_tokenizer(made.path / "model", settings.model)
    models.save(model, tokenizer, tmp_path, base="embedded")
    # not to the bit: weights that lie at other addresses may be added up in another order
    assert trust.check_reload(model, tmp_path, tokenizer, kit.pairs(8), settings.model) < 1e-5
    state = load_file(tmp_path / "model.safetensors")
    state["score.weight"] = state["score.weight"] + 0.1
    save_file(state, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UserError, match="scores differently when read back"):
        trust.check_reload(model, tmp_path, tokenizer, kit.pairs(8), settings.model)


def test_dpo_moves_the_policy_towards_the_chosen(root: Path) -> None:
    knobs = small("dpo", "max_steps=6", "yardstick_every=6", "yardstick_prompts=4", "learning_rate=1e-3")
    made = kit.run_stage(root, "dpo", *knobs)
    lines = read_jsonl(made.path / "metrics.jsonl")
    margins = [line["eval/rewards/margins"] for line in lines if "eval/rewards/margins" in line]
    assert margins[-1] > margins[0]
    assert {"eval/logps/chosen", "eval/logps/rejected", "eval/rewards/accuracies"} <= set().union(*lines)
    first, last = (line for line in lines if "yardstick/kl" in line)
    # bfloat16 while it trains, but read in the precision of its weights, as the reference is
    assert first["yardstick/kl"] == pytest.approx(0, abs=1e-4)
    assert abs(last["yardstick/kl"]) > 0.01


@pytest.mark.parametrize("sft_weight", [0, 0.5])
@pytest.mark.parametrize(("loss", "first"), [("sigmoid", 0.6931), ("ipo", 2.7778), ("robust", 0.6931)])
def test_every_loss_runs_alone_and_with_sft_mixed_in(root: Path, loss: str, first: float, sft_weight: float) -> None:
    """The first loss is known: policy and reference are one, so that every log-ratio is 0.

    sigmoid: -log sigmoid(0) = log 2; robust: the same, for any smoothing; ipo: (0 - 1 / (2 * 0.3)) ** 2. The SFT loss
    comes on top.
    """
    extra = ["label_smoothing=0.1"] if loss == "robust" else []
    knobs = small("dpo", f"loss={loss}", f"sft_weight={sft_weight}", "beta=0.3", *extra)
    made = kit.run_stage(root, "dpo", *knobs, "model.dtype=float32", "force=true", "run=test")
    found = next(line["train/loss"] for line in read_jsonl(made.path / "metrics.jsonl") if "train/loss" in line)
    if sft_weight:
        assert found > first + 0.1
    else:
        assert found == pytest.approx(first, abs=1e-3)


def test_a_margin_moves_the_reward_model_only_where_asked(root: Path) -> None:
    """The loss of the first step, of a head that says nearly nothing: -log sigmoid(-margin), margins 1 to 3."""
    first = {}
    for asked in ("false", "true"):
        made = kit.run_stage(root, "reward", *small("reward", f"use_margin={asked}"), "run=test/margin", "force=true")
        first[asked] = next(line for line in read_jsonl(made.path / "metrics.jsonl") if "train/loss" in line)
    assert first["true"]["train/loss"] > first["false"]["train/loss"] + 0.5
    _, configs = kit.configured(root, "stage=reward")
    assert configs["reward"].use_margin is False
    said = (run.conf_dir() / "stages" / "reward.yaml").read_text()
    assert "in points of 3" in next(line for line in said.splitlines() if line.startswith("use_margin: "))


def test_lora_policies_stack_and_load_as_one(root: Path, tmp_path: Path) -> None:
    kit.dataset(tmp_path)
    kit.preferences(tmp_path)
    first = kit.run_stage(tmp_path, "sft", *small("sft", "yardstick_every=0"), "peft=lora", "peft.rank=2")
    second = kit.run_stage(tmp_path, "dpo", *small("dpo", "yardstick_every=0"), "peft=lora", "peft.rank=2")
    assert not [name for name in second.files if name.endswith("/model.safetensors")]
    settings, _ = kit.configured(tmp_path, "stage=dpo")
    below, merged = (models.load_policy(one.path / "model", settings.model) for one in (first, second))
    names = [name for name, a in below.state_dict().items() if not torch.equal(a, merged.state_dict()[name])]
    assert names and all("proj" in name for name in names)
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    again = models.load_policy(moved / "test" / "dpo" / "model", settings.model)
    assert all(torch.equal(a, again.state_dict()[name]) for name, a in merged.state_dict().items())


@pytest.mark.parametrize(
    ("overrides", "found"),
    [
        (["dpo.beta=0"], "dpo.beta=0"),
        (["dpo.label_smoothing=0.1"], "loss=sigmoid"),
        (["dpo.warmup=1.5"], "dpo.warmup=1.5"),
        (["peft=qlora"], "needs a GPU"),
        (["model.name=./nowhere"], "no such folder"),
        (["model.device=cuda"], "no GPU"),
    ],
)
def test_wrong_settings_are_told_before_any_work(root: Path, overrides: list[str], found: str) -> None:
    if torch.cuda.is_available() and found in ("needs a GPU", "no GPU"):
        pytest.skip("this machine has a GPU")
    with pytest.raises(UserError, match=found):
        kit.run_stage(root, "dpo", *overrides, "run=other")
    assert not (root / "other").exists()


def test_a_prompt_longer_than_the_model_is_refused(tmp_path: Path) -> None:
    rows = kit.transcripts(8)
    rows[3]["messages"][-2]["content"] = "how much? " * 800
    kit.finished(tmp_path, "prepare", {"train.jsonl": rows, "validation.jsonl": rows[:2]})
    with pytest.raises(UserError, match=f"the first: {rows[3]['id']} with .* tokens"):
        kit.run_stage(tmp_path, "sft", *small("sft", "yardstick_every=0"))


def test_a_model_without_a_chat_template_is_refused_or_given_one(root: Path, tmp_path: Path) -> None:
    settings, _ = kit.configured(root, "stage=sft")
    tokenizer = models.load_tokenizer(models.BASE_MODEL, settings.model)
    template, tokenizer.chat_template = tokenizer.chat_template, None
    tokenizer.pad_token = None
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(UserError, match="has no chat template"):
        models.load_tokenizer(tmp_path, settings.model)
    (tmp_path / "ours.jinja").write_text(template)
    settings.model.chat_template = str(tmp_path / "ours.jinja")
    given = models.load_tokenizer(tmp_path, settings.model)
    assert given.chat_template == template and given.pad_token == given.eos_token
