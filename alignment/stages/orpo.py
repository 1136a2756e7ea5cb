"""Odds ratio preference optimization: SFT on the chosen replies and a push from the rejected, without a reference."""

import os
from dataclasses import dataclass

from alignment.artifact import Artifact
from alignment.pipeline import Context
from alignment.settings import require
from alignment.stages.dpo import Pairs, best_of, pairs_of
from alignment.training.knobs import Knobs

KIND = "policy"
NEEDS = {"policy": "sft", "preferences": "export", "dataset": "prepare", "reward": "reward?"}
USES = ("model", "peft", "generation", "brand")
TRAINS = True


@dataclass(kw_only=True)
class Config(Knobs):
    pairs: Pairs
    beta: float

    def __post_init__(self) -> None:
        self.check_knobs("orpo")
        require(self.beta > 0, f"orpo.beta={self.beta}", "a number > 0, typically 0.05 to 0.5")


def run(config: Config, context: Context) -> Artifact:
    os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"  # its warning is for those who choose; the header of our yaml says it
    from trl.experimental.orpo import ORPOConfig, ORPOTrainer

    from alignment import models
    from alignment.training import fit, policy
    from alignment.training.batches import pair_lengths, shortest_first

    source = models.model_folder(context.input("policy").path)
    tokenizer = models.load_tokenizer(source, context.settings.model)
    limit = fit.token_limit(config, source, context)
    every = [pairs_of(context.input("preferences"), split) for split in ("train", "validation")]
    train, validation = [best_of(rows) for rows in every] if config.pairs is Pairs.best else every
    sides = [
        (row["id"], row["prompt"], row[side][0]["content"])
        for row in train + validation
        for side in ("chosen", "rejected")
    ]
    lengths = pair_lengths(fit.check_lengths(sides, tokenizer, limit, "orpo"))
    validation = shortest_first(validation, lengths[len(train) :])
    train, lengths = shortest_first(train, lengths[: len(train)]), sorted(lengths[: len(train)])

    trainer = fit.make_trainer(
        ORPOTrainer,
        row_ids=[row["id"] for row in train],
        lengths=lengths,
        model=fit.prepare_model(
            models.load_policy(source, context.settings.model, context.settings.peft), context, config.dropout
        ),
        args=fit.trainer_arguments(
            ORPOConfig,
            config,
            len(train),
            context,
            max_length=limit,
            beta=config.beta,
            disable_dropout=False,
            remove_unused_columns=False,
        ),
        train_dataset=fit.dataset(train),
        eval_dataset=fit.dataset(validation),
        processing_class=tokenizer,
        peft_config=fit.lora(context, "CAUSAL_LM"),
    )
    reference = models.load_policy(source, context.settings.model) if config.yardstick_every else None
    fitted = fit.fit(trainer, context, config, policy.yardstick(config, context, tokenizer, reference))
    models.save(fitted.model, tokenizer, models.model_folder(context.folder), base=source)
    return context.finish(fitted.metrics | {"pairs": len(train), "validation_pairs": len(validation)})
