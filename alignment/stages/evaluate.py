"""Measure every model on the same test prompts: voice, facts, behaviours, wins, reward against KL, forgetting, speed.

artifact.json          metrics.<model>.<figure> = {value, low, high, n}; `alignment.evaluation.figures` lists them
replies/<model>.jsonl  the judged replies
comparisons.json       paired tests of the models, corrected by Holm
bias.json              {model: differences under counterfactual swaps}, where bias_prompts > 0
tasks.json             {task: {model: figures}}, where prompts name their task, as a mixture's do
behaviours.json        {model: judged replies to prompts that tempt to each named behaviour}
best_of_n.json         rows by n, where best_of > 1
trust.json             {"optimised": …, "held_out": …}: how far to trust the reward models
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment.artifact import Artifact, read_jsonl, write_json_atomic, write_jsonl
from alignment.data.library import recorded
from alignment.inputs import Inputs
from alignment.pipeline import Context
from alignment.settings import Settings, require

KIND = "evaluation"
NEEDS = {"dataset": "prepare", "policy": "sft", "reward": "reward?", "preferences": "export?", "ratings": "rate?"}
USES = ("model", "generation", "brand")
JUDGES = ("contract", "reward", "people", "model")
COUNTS = (
    "prompts", "perplexity_rows", "general_rows", "judge_prompts", "best_of", "best_of_prompts", "bias_prompts",
    "latency_prompts", "trust_pairs",
)  # fmt: skip


@dataclass(kw_only=True)
class Config:
    models: list[str]
    against: list[str]
    prompts: int
    perplexity_rows: int
    general_text: str
    general_rows: int
    latency_prompts: int
    bias_prompts: int
    behaviours: bool
    best_of: int
    best_of_prompts: int
    trust_pairs: int
    judges: list[str]
    judge_url: str | None
    judge_model: str | None
    judge_key: str
    judge_prompts: int
    judge_workers: int
    judge_timeout: float

    def __post_init__(self) -> None:
        for name in COUNTS:
            value = getattr(self, name)
            require(value >= 0, f"evaluate.{name}={value}", "a whole number >= 0")
        taken = [name for name in self.models if name in ("base", "sft")]
        require(
            not taken,
            f"evaluate.models names {', '.join(taken)}",
            "stages that align a policy; base and sft are always measured",
        )
        unknown = [name for name in self.judges if name not in JUDGES]
        require(not unknown, f"evaluate.judges names {', '.join(unknown)}", ", ".join(JUDGES))
        asked = "model" not in self.judges or bool(self.judge_url and self.judge_model)
        require(asked, "evaluate.judges has model, but no judge", "evaluate.judge_url=URL evaluate.judge_model=NAME")
        require(self.judge_workers >= 1, f"evaluate.judge_workers={self.judge_workers}", "a whole number >= 1")
        require(self.judge_timeout > 0, f"evaluate.judge_timeout={self.judge_timeout}", "seconds > 0")


def needs(config: Config, settings: Settings) -> dict[str, str]:
    """The models named must be there, but for the aligner of the loop: without it, base and SFT are compared.

    `heldout`: a reward model that nothing was optimised against, where `inputs.heldout` names one.
    """
    held_out = {"heldout": "reward"} if "heldout" in settings.inputs else {}
    return NEEDS | held_out | {name: f"{name}?" if name == settings.aligner else name for name in config.models}


def check(config: Config, settings: Settings) -> None:
    from alignment.evaluation.perplexity import general_texts

    if config.general_rows:
        general_texts(config.general_text, 1)


def sources(config: Config, settings: Settings, inputs: Inputs) -> dict[str, str]:
    """What is read besides artifacts: opponents, general text, and people's ratings where they judge."""
    from alignment.artifact import canonical_hash
    from alignment.evaluation import opponents

    found = {f"against:{one.name}": one.sha256 for one in opponents.find(config.against, settings.root, config.models)}
    if config.general_rows:
        from alignment.evaluation.perplexity import general_texts

        found["general"] = canonical_hash(general_texts(config.general_text, config.general_rows))
    if "people" in config.judges:
        from alignment.feedback.database.engine import default_url
        from alignment.feedback.store import open_store

        with open_store(default_url(settings.root)) as store:
            known = [one.uid for key in store.collections() for one in store.ratings(key) if not one.simulated]
        found["people"] = canonical_hash(sorted(known))
    return found


def run(config: Config, context: Context) -> Artifact:
    from alignment.evaluation import suite

    dataset = context.input("dataset")
    prompts = read_jsonl(dataset.path / "prompts" / "test.jsonl")
    prompts = prompts[: config.prompts] if config.prompts else prompts
    require(bool(prompts), f"{dataset.path} has no test prompts", "at least one", "set prepare.max_prompts")
    held_out = held_out_rows(dataset)[: config.perplexity_rows]
    key = os.environ.get(config.judge_key)
    found = suite.evaluate(config, context, policies(config, context), prompts, held_out, key)
    for name, rows in found.replies.items():
        write_jsonl(context.folder / "replies" / f"{name}.jsonl", rows)
    for name, value in found.files.items():
        write_json_atomic(context.folder / f"{name}.json", value)
    samples = {name: {row["id"]: row["reply"] for row in rows} for name, rows in found.replies.items()}
    lines = [
        [row["messages"][-1]["content"], *(own.get(row["id"], "") for own in samples.values())] for row in prompts[:20]
    ]
    context.tracker.table("replies", ["customer", *samples], lines)
    return context.finish(found.metrics, found.fingerprints | recorded(dataset.fingerprints))


def held_out_rows(dataset: Artifact) -> list[dict[str, Any]]:
    """Dialogues of the transcripts that no training row comes from: the test split, else the validation split."""
    test = dataset.path / "test.jsonl"
    rows = read_jsonl(test) if test.is_file() else []
    return rows or read_jsonl(dataset.path / "validation.jsonl")


def policies(config: Config, context: Context) -> dict[str, str | Path]:
    """{model: where its weights lie} of base, SFT and the aligned models that are there."""
    from alignment.checks import base_path

    found = context.inputs
    return {
        "base": base_path(context.settings.model),
        "sft": context.input("policy").path / "model",
        **{name: found[name][0].path / "model" for name in config.models if found.get(name)},
    }
