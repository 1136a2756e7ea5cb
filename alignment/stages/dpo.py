"""Direct preference optimization of the SFT policy, through TRL, with the reference's log-probabilities taken once."""

import json
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alignment.artifact import Artifact, read_jsonl
from alignment.pipeline import Context
from alignment.settings import require
from alignment.training.knobs import Knobs

KIND = "policy"
NEEDS = {"policy": "sft", "preferences": "export", "dataset": "prepare", "reward": "reward?"}
USES = ("model", "peft", "generation", "brand")
TRAINS = True


class Loss(StrEnum):
    sigmoid = "sigmoid"
    ipo = "ipo"
    robust = "robust"


class Pairs(StrEnum):
    all = "all"
    best = "best"


@dataclass(kw_only=True)
class Config(Knobs):
    pairs: Pairs
    loss: Loss
    beta: float
    label_smoothing: float
    sft_weight: float

    def __post_init__(self) -> None:
        self.check_knobs("dpo")
        require(self.beta > 0, f"dpo.beta={self.beta}", "a number > 0, typically 0.01 to 0.5")
        require(
            0 <= self.label_smoothing < 0.5,
            f"dpo.label_smoothing={self.label_smoothing}",
            "a share from 0 to below 0.5",
        )
        require(self.sft_weight >= 0, f"dpo.sft_weight={self.sft_weight}", "a number >= 0")
        noisy = self.loss is Loss.robust
        require(
            noisy or self.label_smoothing == 0,
            f"dpo.label_smoothing={self.label_smoothing} with dpo.loss={self.loss.value}",
            "label_smoothing=0, or loss=robust",
        )

    @property
    def losses(self) -> tuple[list[str], list[float]]:
        """TRL's loss types and their weights."""
        mixed = self.sft_weight > 0
        return [self.loss.value, *(["sft"] if mixed else [])], [1.0, *([self.sft_weight] if mixed else [])]


def run(config: Config, context: Context) -> Artifact:
    from trl import DPOConfig, DPOTrainer

    from alignment import models
    from alignment.training import fit, policy
    from alignment.training.batches import pair_lengths, shortest_first

    source = models.model_folder(context.input("policy").path)
    tokenizer = models.load_tokenizer(source, context.settings.model)
    limit = fit.token_limit(config, source, context)
    every = [pairs_of(context.input("preferences"), split) for split in ("train", "validation")]
    train, validation = [best_of(rows) for rows in every] if config.pairs is Pairs.best else every
    sides = fit.check_lengths(
        [(p["id"], p["prompt"], p[side][0]["content"]) for p in train + validation for side in ("chosen", "rejected")],
        tokenizer,
        limit,
        "dpo",
    )
    lengths = pair_lengths(sides)
    validation = shortest_first(validation, lengths[len(train) :])
    train, lengths = shortest_first(train, lengths[: len(train)]), sorted(lengths[: len(train)])

    model = fit.prepare_model(
        models.load_policy(source, context.settings.model, context.settings.peft), context, config.dropout
    )
    losses, weights = config.losses
    precompute, frozen = fit.reference(source, context)
    trainer = fit.make_trainer(
        DPOTrainer,
        row_ids=[row["id"] for row in train],
        lengths=lengths,
        model=model,
        ref_model=frozen,
        args=fit.trainer_arguments(
            DPOConfig,
            config,
            len(train),
            context,
            max_length=limit,
            beta=config.beta,
            loss_type=losses,
            loss_weights=weights,
            label_smoothing=config.label_smoothing,
            precompute_ref_log_probs=precompute,
            disable_dropout=False,
        ),
        train_dataset=fit.dataset(train),
        eval_dataset=fit.dataset(validation),
        processing_class=tokenizer,
        peft_config=fit.lora(context, "CAUSAL_LM"),
    )
    reference = models.load_policy(source, context.settings.model) if config.yardstick_every else None
    yardstick = policy.yardstick(config, context, tokenizer, reference)
    fitted = fit.fit(trainer, context, config, yardstick)
    models.save(fitted.model, tokenizer, models.model_folder(context.folder), base=source)
    return context.finish(
        fitted.metrics
        | {"pairs": len(train), "validation_pairs": len(validation)}
        | {"contrast_pairs": sum(row["contrast"] for row in train)}
        | displacement(fitted.history, config.beta)
    )


def pairs_of(preferences: Artifact, split: str) -> list[dict[str, Any]]:
    """Pairs of a split as TRL's trainers take them, with what `best_of` reads: the margin, and whether it is made."""
    names = ("id", "prompt", "chosen", "rejected", "margin")
    rows = read_jsonl(preferences.path / f"{split}.jsonl")
    return [{name: row[name] for name in names} | {"contrast": "contrast" in row["tags"]} for row in rows]


def best_of(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pairs won by the best-rated reply to their prompt: the one whose margins won less those lost sum highest.

    Best against the rest, as in Tunstall et al. 2023 (Zephyr), section 3.3: the policy is drawn to the best reply seen
    and not to every reply that beat a worse one. Where a prompt has one pair, that pair stays. A made contrast pair
    says nothing of how the replies compare: it does not count, and it stays where its chosen reply is the best.
    """

    def told(row: dict[str, Any], side: str) -> tuple[str, str]:
        return json.dumps(row["prompt"]), row[side][0]["content"]

    net: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row.get("contrast"):
            continue
        net[told(row, "chosen")] += row["margin"]
        net[told(row, "rejected")] -= row["margin"]
    best: dict[str, float] = {}
    for (prompt, _), score in net.items():
        best[prompt] = max(score, best.get(prompt, score))
    return [row for row in rows if net[told(row, "chosen")] == best.get(told(row, "chosen")[0])]


def displacement(history: list[dict[str, float]], beta: float) -> dict[str, Any]:
    """How far the chosen and the rejected replies moved on the validation pairs at the last evaluation.

    Likelihood displacement (Razin et al. 2024): the margin grows while the chosen replies, too, become less likely
    than under the reference. `displaced` says that this happened: by more than 1 nat a chosen reply, on average.
    """
    last = next((line for line in reversed(history) if "eval_rewards/chosen" in line), None)
    if last is None:
        return {}
    figures = {name: last[f"eval_rewards/{name}"] for name in ("chosen", "rejected", "margins", "accuracies")}
    if displaced := figures["chosen"] / beta < -1:
        print("  dpo: warning, the chosen replies became less likely than under the SFT policy; raise dpo.sft_weight")
    return {"rewards": figures, "displaced": displaced}
