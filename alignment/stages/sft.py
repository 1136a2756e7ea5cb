"""Supervised fine-tuning: the base model learns the agents' replies. The loss counts the reply's tokens alone."""

from dataclasses import dataclass
from typing import Any

from alignment.artifact import Artifact, read_jsonl
from alignment.pipeline import Context
from alignment.settings import Settings
from alignment.training.knobs import Knobs

KIND = "policy"
NEEDS = {"dataset": "prepare"}
USES = ("model", "peft", "generation", "brand")


@dataclass(kw_only=True)
class Config(Knobs):
    def __post_init__(self) -> None:
        self.check_knobs("sft")


def check(config: Config, settings: Settings) -> None:
    from alignment.training.checks import check_training

    check_training(settings)


def run(config: Config, context: Context) -> Artifact:
    from trl import SFTConfig, SFTTrainer

    from alignment import models
    from alignment.training import fit, policy
    from alignment.training.checks import base_path

    source = base_path(context.settings.model)
    tokenizer = models.load_tokenizer(source, context.settings.model)
    limit = fit.token_limit(config, source, context)
    train, validation = (rows_of(context.input("dataset"), split) for split in ("train", "validation"))
    fit.check_lengths(
        [(r["id"], r["prompt"], r["completion"][0]["content"]) for r in train + validation],
        tokenizer,
        limit,
        "sft",
    )

    model = fit.prepare_model(
        models.load_policy(source, context.settings.model, context.settings.peft), context, config.dropout
    )
    trainer = fit.make_trainer(
        SFTTrainer,
        row_ids=[row["id"] for row in train],
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
    return context.finish(fitted.metrics | {"rows": len(train), "validation_rows": len(validation)})


def rows_of(dataset: Artifact, split: str) -> list[dict[str, Any]]:
    """Rows of a split as prompt and completion: {"id", "prompt": messages, "completion": [message]}."""
    return [
        {"id": row["id"], "prompt": row["messages"][:-1], "completion": row["messages"][-1:]}
        for row in read_jsonl(dataset.path / f"{split}.jsonl")
    ]
