"""Train a reward model on the preferences, check that it reads back the same, and say how far to trust it."""

import time
from dataclasses import dataclass
from typing import Any

from alignment.artifact import Artifact, read_jsonl
from alignment.pipeline import Context
from alignment.settings import require
from alignment.training.knobs import Knobs

KIND = "reward"
NEEDS = {"policy": "sft", "preferences": "export"}
USES = ("model", "peft")
TRAINS = True


@dataclass(kw_only=True)
class Config(Knobs):
    use_margin: bool
    center: float
    length_tolerance: float

    def __post_init__(self) -> None:
        self.check_knobs("reward")
        require(self.center >= 0, f"reward.center={self.center}", "a number >= 0")
        require(
            0 < self.length_tolerance < 1,
            f"reward.length_tolerance={self.length_tolerance}",
            "a share between 0 and 1",
        )


def run(config: Config, context: Context) -> Artifact:
    from transformers import set_seed
    from trl import RewardConfig, RewardTrainer

    from alignment import models, sampling
    from alignment.evaluation import trust
    from alignment.training import fit
    from alignment.training.batches import pair_lengths, shortest_first

    source = models.model_folder(context.input("policy").path)
    tokenizer = models.load_tokenizer(source, context.settings.model)
    limit = fit.token_limit(config, source, context)
    splits = pair_splits(context.input("preferences"))
    train, validation = splits["train"], splits["validation"]
    every_row = [row for rows in splits.values() for row in rows]
    sides = [
        (row["id"], row["prompt"], row[side][0]["content"]) for row in every_row for side in ("chosen", "rejected")
    ]
    lengths = pair_lengths(fit.check_lengths(sides, tokenizer, limit, "reward"))
    validation = shortest_first(validation, lengths[len(train) : len(train) + len(validation)])  # splits in this order

    set_seed(context.seed)  # the head starts from random weights
    model = fit.prepare_model(
        models.load_reward(source, context.settings.model, context.settings.peft), context, config.dropout
    )
    columns = ("prompt", "chosen", "rejected", *(("margin",) if config.use_margin else ()))
    trainer = fit.make_trainer(
        RewardTrainer,
        row_ids=[row["id"] for row in train],
        lengths=lengths[: len(train)],
        model=model,
        args=fit.trainer_arguments(
            RewardConfig,
            config,
            len(train),
            context,
            max_length=limit,
            center_rewards_coefficient=config.center or None,
            disable_dropout=False,
        ),
        train_dataset=fit.dataset([{name: row[name] for name in columns} for row in train]),
        eval_dataset=fit.dataset([{name: row[name] for name in columns} for row in validation]),
        processing_class=tokenizer,
        peft_config=fit.lora(context, "SEQ_CLS"),
    )
    fitted = fit.fit(trainer, context, config, None)
    folder = models.model_folder(context.folder)
    models.save(fitted.model, tokenizer, folder, base=source)

    began = time.monotonic()
    read_back = trust.check_reload(fitted.model, folder, tokenizer, every_row, context.settings.model)

    low = models.computes_bfloat16(context.settings.model)

    def score(rows: list[dict[str, Any]], side: str) -> list[float]:
        replies = [row[side][0]["content"] for row in rows]
        return sampling.rewards(fitted.model, tokenizer, [row["prompt"] for row in rows], replies, bfloat16=low)

    held_out = {name: rows for name, rows in splits.items() if name != "train"}
    metrics = {name: trust.report(train, rows, score, config.length_tolerance) for name, rows in held_out.items()}
    sizes = {name: len(rows) for name, rows in splits.items()}
    seconds = round(time.monotonic() - began, 2)
    made = sum("contrast" in row["tags"] for row in train)  # of the training pairs
    found = {"pairs": sizes, "contrast_pairs": made, "reload_difference": read_back, "held_out": metrics}
    found["trust_seconds"] = seconds
    return context.finish(fitted.metrics | found)


def pair_splits(preferences: Artifact) -> dict[str, list[dict[str, Any]]]:
    """Every split of the snapshot that has pairs: train, validation, test and, where there is one, heldout_tag."""
    names = ("train", "validation", "test", "heldout_tag")
    found = {name: preferences.path / f"{name}.jsonl" for name in names}
    splits = {name: read_jsonl(path) for name, path in found.items() if path.is_file()}
    require(
        bool(splits.get("train")) and bool(splits.get("validation")),
        f"{preferences.path} has no training or no validation pairs",
        "pairs in both",
        "rate more pairs, or set export.validation_share",
    )
    return {name: rows for name, rows in splits.items() if rows}
