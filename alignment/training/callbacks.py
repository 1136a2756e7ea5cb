"""What a trainer reports while it works: figures to the tracker, steps to the progress line, yardstick readings."""

import time
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.integrations.integration_utils import rewrite_logs

from alignment.evaluation.yardstick import Yardstick
from alignment.progress import Progress
from alignment.tracking import Tracker

SAMPLES_SHOWN = 8


class Report(TrainerCallback):
    """Passes the trainer's logs on, as `train/...` and `eval/...`, and the yardstick's readings."""

    def __init__(
        self, tracker: Tracker, progress: Progress, yardstick: Yardstick | None, every: int, samples_a_step: float
    ) -> None:
        """yardstick: None also in a process that takes no part in the readings."""
        self.tracker = tracker
        self.progress = progress
        self.yardstick = yardstick
        self.every = every
        self.samples_a_step = samples_a_step
        self.yardstick_seconds = 0.0  # timed apart: the price of the readings is not the price of the training
        self.read_at = -1

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.progress.start(state.max_steps, "steps")
        self.progress.step(state.global_step)
        if state.global_step == 0:
            self._read(state, kwargs["model"])

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        loss = next((line["loss"] for line in reversed(state.log_history) if "loss" in line), None)
        self.progress.step(1, "" if loss is None else f"loss {loss:.3f}")
        if (
            self.every and state.global_step % self.every == 0
        ):  # before the checkpoint: one that is whole has its reading
            self._read(state, kwargs["model"])

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        figures = {k: v for k, v in rewrite_logs(logs or {}).items() if isinstance(v, int | float)}
        if state.is_world_process_zero and figures:
            self.tracker.log(figures, step=state.global_step)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.progress.done()

    def _read(self, state: TrainerState, model: Any) -> None:
        if self.yardstick is not None and self.every and self.read_at != state.global_step:
            self.read_at = state.global_step
            self._log(model, state.global_step)

    def _log(self, model: Any, step: int) -> None:
        began = time.monotonic()
        figures = self.yardstick.read(model)
        seconds = time.monotonic() - began
        self.yardstick_seconds += seconds
        self.tracker.log(
            {"yardstick/samples": step * self.samples_a_step, **figures, "yardstick/seconds": seconds}, step=step
        )
        shown = zip(self.yardstick.prompts[:SAMPLES_SHOWN], self.yardstick.replies[:SAMPLES_SHOWN], strict=True)
        rows = [[step, row["id"], row["messages"][-1]["content"], reply] for row, reply in shown]
        self.tracker.table("samples", ["step", "prompt", "customer", "reply"], rows)
