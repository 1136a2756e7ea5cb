"""Kahneman-Tversky optimization of the SFT policy on replies that are each good or bad, through TRL."""

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alignment.artifact import Artifact, read_jsonl
from alignment.errors import UserError
from alignment.pipeline import Context
from alignment.settings import require
from alignment.training.knobs import Knobs

KIND = "policy"
NEEDS = {"policy": "sft", "preferences": "export", "dataset": "prepare", "reward": "reward?"}
USES = ("model", "peft", "generation", "brand")
TRAINS = True


class Loss(StrEnum):
    kto = "kto"
    apo_zero_unpaired = "apo_zero_unpaired"


@dataclass(kw_only=True)
class Config(Knobs):
    loss: Loss
    beta: float
    desirable_weight: float
    undesirable_weight: float

    def __post_init__(self) -> None:
        self.check_knobs("kto")
        require(self.beta > 0, f"kto.beta={self.beta}", "a number > 0, typically 0.01 to 0.5")
        for name in ("desirable_weight", "undesirable_weight"):
            require(getattr(self, name) >= 0, f"kto.{name}={getattr(self, name)}", "a number >= 0")
        require(
            self.desirable_weight + self.undesirable_weight > 0,
            "kto.desirable_weight=0 and kto.undesirable_weight=0",
            "at most one of them 0: it is then set so that both sides weigh the same",
        )
        require(
            self.loss is not Loss.kto or self.batch_size >= 2,
            f"kto.batch_size={self.batch_size}",
            "at least 2: the KL is estimated from the other replies of a batch",
        )


def run(config: Config, context: Context) -> Artifact:
    from trl import KTOConfig, KTOTrainer

    from alignment import models
    from alignment.training import fit, policy

    source = models.model_folder(context.input("policy").path)
    tokenizer = models.load_tokenizer(source, context.settings.model)
    limit = fit.token_limit(config, source, context)
    preferences = context.input("preferences")
    train, validation = (rows_of(preferences, name) for name in ("unpaired", "unpaired_validation"))
    random.Random(context.seed).shuffle(train)  # TRL reads them in order, always the same: the KL needs fixed batches
    sides = [(row["id"], row["prompt"], row["completion"][0]["content"]) for row in train + validation]
    fit.check_lengths(sides, tokenizer, limit, "kto")
    desirable, undesirable = weights_of(config, [row["label"] for row in train])

    precompute, frozen = fit.reference(source, context)
    trainer = fit.make_trainer(
        KTOTrainer,
        row_ids=[row["id"] for row in train],
        model=fit.prepare_model(
            models.load_policy(source, context.settings.model, context.settings.peft), context, config.dropout
        ),
        ref_model=frozen,
        args=fit.trainer_arguments(
            KTOConfig,
            config,
            len(train),
            context,
            max_length=limit,
            beta=config.beta,
            loss_type=config.loss.value,
            desirable_weight=desirable,
            undesirable_weight=undesirable,
            precompute_ref_log_probs=precompute,
            disable_dropout=False,
        ),
        train_dataset=fit.dataset(train),
        eval_dataset=fit.dataset(validation),
        processing_class=tokenizer,
        peft_config=fit.lora(context, "CAUSAL_LM"),
    )
    reference = models.load_policy(source, context.settings.model) if config.yardstick_every else None
    fitted = fit.fit(trainer, context, config, policy.yardstick(config, context, tokenizer, reference))
    models.save(fitted.model, tokenizer, models.model_folder(context.folder), base=source)
    good = sum(row["label"] for row in train)
    return context.finish(
        fitted.metrics
        | {
            "desirable": good,
            "undesirable": len(train) - good,
            "validation_rows": len(validation),
            "weights": {"desirable": desirable, "undesirable": undesirable},
        }
    )


def rows_of(preferences: Artifact, name: str) -> list[dict[str, Any]]:
    """Unpaired rows as the trainer takes them: {"id", "prompt": messages, "completion": [message], "label": bool}.

    Raises:
        UserError: the snapshot has none, or none of one of the two labels.
    """
    path = preferences.path / f"{name}.jsonl"
    columns = ("id", "prompt", "completion", "label")
    rows = [{column: row[column] for column in columns} for row in (read_jsonl(path) if path.is_file() else [])]
    if len({row["label"] for row in rows}) < 2:
        good = sum(row["label"] for row in rows)
        raise UserError(
            f"{path}: {good} good and {len(rows) - good} bad replies",
            "at least one of each",
            "rate more pairs, or set export.validation_share",
        )
    return rows


def weights_of(config: Config, labels: list[bool]) -> tuple[float, float]:
    """(desirable, undesirable) weights; one that is 0 is set so that both sides weigh the same (KTO paper, eq. 8)."""
    good = sum(labels)
    bad = len(labels) - good
    if not config.desirable_weight:
        return config.undesirable_weight * bad / good, config.undesirable_weight
    if not config.undesirable_weight:
        return config.desirable_weight, config.desirable_weight * good / bad
    return config.desirable_weight, config.undesirable_weight
