"""Supervised fine-tuning: the base model learns the agents' replies. The loss counts the reply's tokens alone."""

from dataclasses import dataclass
from typing import Any

from alignment.artifact import Artifact, read_jsonl
from alignment.data.library import recorded
from alignment.pipeline import Context
from alignment.training.knobs import Knobs

KIND = "policy"
NEEDS = {"dataset": "prepare"}
USES = ("model", "peft", "generation", "brand")
TRAINS = True


@dataclass(kw_only=True)
class Config(Knobs):
    def __post_init__(self) -> None:
        self.check_knobs("sft")


def run(config: Config, context: Context) -> Artifact:
    from trl import SFTConfig, SFTTrainer

    from alignment import models
    from alignment.checks import base_path
    from alignment.training import fit, policy
    from alignment.training.batches import shortest_first

    source = base_path(context.settings.model)
    tokenizer = models.load_tokenizer(source, context.settings.model)
    limit = fit.token_limit(config, source, context)
    train, validation = (rows_of(context.input("dataset"), split) for split in ("train", "validation"))
    lengths = fit.check_lengths(
        [(r["id"], r["prompt"], r["completion"][0]["content"]) for r in train + validation],
        tokenizer,
        limit,
        "sft",
    )
    validation = shortest_first(validation, lengths[len(train) :])

    model = fit.prepare_model(
        models.load_policy(source, context.settings.model, context.settings.peft), context, config.dropout
    )
    trainer = fit.make_trainer(
        SFTTrainer,
        row_ids=[row["id"] for row in train],
        lengths=lengths[: len(train)],
        model=model,
        args=fit.trainer_arguments(SFTConfig, config, len(train), context, max_length=limit, completion_only_loss=True),
        train_dataset=fit.dataset(train),
        eval_dataset=fit.dataset(validation),
        processing_class=tokenizer,
        peft_config=fit.lora(context, "CAUSAL_LM"),
    )
    yardstick = policy.yardstick(config, context, tokenizer)
    fitted = fit.fit(trainer, context, config, yardstick)
    models.save(fitted.model, tokenizer, models.model_folder(context.folder), base=source)
    tasks = tasks_of(fitted.model, tokenizer, train, validation)
    losses = {f"eval/loss.{name}": one["eval_loss"] for name, one in tasks.items() if "eval_loss" in one}
    context.tracker.log(losses, step=fitted.steps)
    sizes = {"rows": len(train), "validation_rows": len(validation)}
    metrics = fitted.metrics | sizes | ({"tasks": tasks} if tasks else {})
    return context.finish(metrics, recorded(context.input("dataset").fingerprints))


def rows_of(dataset: Artifact, split: str) -> list[dict[str, Any]]:
    """Rows of a split as prompt and completion: {"id", "prompt": messages, "completion": [message], "task"}.

    task: as `mixture` names it; "" in a dataset of one task.
    """
    return [
        {
            "id": row["id"],
            "prompt": row["messages"][:-1],
            "completion": row["messages"][-1:],
            "task": row.get("task", ""),
        }
        for row in read_jsonl(dataset.path / f"{split}.jsonl")
    ]


def tasks_of(
    model: Any, tokenizer: Any, train: list[dict[str, Any]], validation: list[dict[str, Any]]
) -> dict[str, dict[str, float]]:
    """{task: {"rows", "validation_rows", "eval_loss"}}; {} where rows name no task.

    eval_loss, where the task has held-out rows: nats a token of the task's held-out replies, of the model that is kept.
    """
    from alignment import sampling

    found: dict[str, dict[str, float]] = {}
    for name in sorted({row["task"] for row in train + validation} - {""}):
        held_out = [row for row in validation if row["task"] == name]
        replies = [row["completion"][0]["content"] for row in held_out]
        sums, counts = sampling.log_probs(model, tokenizer, [row["prompt"] for row in held_out], replies)
        figures = {"rows": sum(row["task"] == name for row in train), "validation_rows": len(held_out)}
        found[name] = figures | ({"eval_loss": -sum(sums) / sum(counts)} if held_out else {})
    return found
