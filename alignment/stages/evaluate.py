"""Measure every model on the same test prompts: voice, facts, needless apologies, openers, win rate, reward, KL."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment.artifact import Artifact, read_jsonl, write_jsonl
from alignment.pipeline import Context
from alignment.settings import Settings, require

KIND = "evaluation"
NEEDS = {"dataset": "prepare", "policy": "sft", "reward": "reward?"}
USES = ("model", "generation", "brand")


@dataclass(kw_only=True)
class Config:
    models: list[str]
    prompts: int
    perplexity_rows: int

    def __post_init__(self) -> None:
        require(self.prompts >= 0, f"evaluate.prompts={self.prompts}", "a whole number >= 0 (0 = all)")
        require(
            self.perplexity_rows >= 0,
            f"evaluate.perplexity_rows={self.perplexity_rows}",
            "a whole number >= 0 (0 = none)",
        )
        taken = [name for name in self.models if name in ("base", "sft")]
        require(
            not taken,
            f"evaluate.models names {', '.join(taken)}",
            "stages that align a policy; base and sft are always measured",
        )


def needs(config: Config, settings: Settings) -> dict[str, str]:
    """The models named must be there, but for the aligner of the loop: without it, base and SFT are compared."""
    return NEEDS | {name: f"{name}?" if name == settings.aligner else name for name in config.models}


def check(config: Config, settings: Settings) -> None:
    from alignment.training.checks import check_model

    check_model(settings)


def run(config: Config, context: Context) -> Artifact:
    from alignment.evaluation import figures
    from alignment.evaluation.measure import Measure
    from alignment.training.checks import base_path

    dataset = context.input("dataset")
    prompts = read_jsonl(dataset.path / "prompts" / "test.jsonl")
    prompts = prompts[: config.prompts] if config.prompts else prompts
    require(bool(prompts), f"{dataset.path} has no test prompts", "at least one", "set prepare.max_prompts")
    held_out = held_out_rows(dataset)[: config.perplexity_rows]
    found = context.inputs
    aligned = {name: found[name][0].path / "model" for name in config.models if found.get(name)}
    sources: dict[str, str | Path] = {
        "base": base_path(context.settings.model),
        "sft": context.input("policy").path / "model",
        **aligned,
    }
    measure = Measure(prompts=prompts, held_out=held_out, context=context, reference=sources["sft"])
    measured = {name: measure.model(name, source) for name, source in sources.items()}
    (context.folder / "replies").mkdir(exist_ok=True)
    for name, (rows, _) in measured.items():
        write_jsonl(context.folder / "replies" / f"{name}.jsonl", rows)
    metrics = figures.figures(
        {name: rows for name, (rows, _) in measured.items()},
        {name: p for name, (_, p) in measured.items() if p is not None},
    )
    samples = {name: [row["reply"] for row in rows[:20]] for name, (rows, _) in measured.items()}
    asked = [row["messages"][-1]["content"] for row in prompts[:20]]
    context.tracker.table(
        "replies", ["customer", *samples], [list(line) for line in zip(asked, *samples.values(), strict=True)]
    )
    return context.finish(metrics)


def held_out_rows(dataset: Artifact) -> list[dict[str, Any]]:
    """Dialogues of the transcripts that no training row comes from: the test split, else the validation split."""
    test = dataset.path / "test.jsonl"
    rows = read_jsonl(test) if test.is_file() else []
    return rows or read_jsonl(dataset.path / "validation.jsonl")
