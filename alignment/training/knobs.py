"""The knobs that every stage with a trainer has. Torch-free: a stage's `Config` inherits them."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alignment.settings import require


class Schedule(StrEnum):
    linear = "linear"
    cosine = "cosine"
    constant = "constant"


@dataclass(kw_only=True)
class Knobs:
    learning_rate: float  # peak, reached after the warm-up
    schedule: Schedule  # how the rate falls after the warm-up
    warmup: float  # share of the steps, 0 to 1
    epochs: float  # passes over the training rows
    max_steps: int  # optimizer steps; 0 = by epochs
    batch_size: int  # rows a device and forward pass
    accumulate: int  # forward passes an optimizer step
    weight_decay: float
    max_grad_norm: float  # gradients are scaled down to this norm
    dropout: float
    max_length: int  # tokens of prompt and reply; 0 = the model's context
    eval_every: int  # optimizer steps between evaluations, each with a checkpoint
    patience: int  # evaluations without a better one before training stops; 0 = never
    log_every: int  # optimizer steps between logged lines
    yardstick_every: int  # optimizer steps between yardstick readings; 0 = none
    yardstick_prompts: int  # validation prompts a reading

    def check_knobs(self, stage: str) -> None:
        """Refuse values out of range, naming `<stage>.<knob>`."""

        def need(ok: bool, name: str, allowed: str) -> None:
            require(ok, f"{stage}.{name}={getattr(self, name)}", allowed)

        need(0 < self.learning_rate < math.inf, "learning_rate", "a number > 0")
        need(0 <= self.warmup < 1, "warmup", "a share of the steps from 0 to below 1")
        need(self.epochs > 0, "epochs", "a number > 0")
        need(self.weight_decay >= 0, "weight_decay", "a number >= 0")
        need(self.max_grad_norm > 0, "max_grad_norm", "a number > 0")
        need(0 <= self.dropout < 1, "dropout", "a number from 0 to below 1")
        for name in ("batch_size", "accumulate", "eval_every", "log_every", "yardstick_prompts"):
            need(getattr(self, name) >= 1, name, "a whole number >= 1")
        for name in ("max_steps", "max_length", "patience", "yardstick_every"):
            need(getattr(self, name) >= 0, name, "a whole number >= 0")

    def steps(self, rows: int, devices: int = 1) -> int:
        """Optimizer steps for so many rows, as the Trainer counts them."""
        if self.max_steps:
            return self.max_steps
        batches = math.ceil(rows / (self.batch_size * devices))
        return math.ceil(self.epochs * max(1, math.ceil(batches / self.accumulate)))

    def arguments(self, rows: int, devices: int = 1) -> dict[str, Any]:
        """The knobs under the names of transformers' TrainingArguments (those that are the same for every trainer)."""
        total = self.steps(rows, devices)
        return {
            "learning_rate": self.learning_rate,
            "lr_scheduler_type": self.schedule.value,
            "warmup_steps": round(self.warmup * total),
            "num_train_epochs": self.epochs,
            "max_steps": self.max_steps or -1,
            "per_device_train_batch_size": self.batch_size,
            "per_device_eval_batch_size": self.batch_size,
            "gradient_accumulation_steps": self.accumulate,
            "weight_decay": self.weight_decay,
            "max_grad_norm": self.max_grad_norm,
            "logging_steps": self.log_every,
            "eval_strategy": "steps",
            "eval_steps": self.eval_every,
            "save_strategy": "steps",
            "save_steps": self.eval_every,
        }
