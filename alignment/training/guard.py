"""What TRL's trainers lack and every stage needs: checkpoints that are whole, and a stop at the first non-finite loss.

Checkpoints of the Trainer are not atomic: one cut in the middle looks like any other. Here each is marked once it is
whole, and a resume takes the newest marked one. The Trainer also drops the ids of the rows in a batch and hides NaN
from its logs; `Guarded` carries the ids along and stops with them.
"""

import math
import shutil
from pathlib import Path
from typing import Any

import torch
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from alignment.errors import UserError
from alignment.training.batches import LikeLength

WHOLE = "whole"
ROW = "row_index"


class WithRows:
    """A collator that carries the index of each row beside what the trainer's own collator makes of it.

    Trainers that sample collate to the list of rows itself: each of them then has its index already.
    """

    def __init__(self, collate: Any) -> None:
        self.collate = collate

    def __call__(self, features: list[dict[str, Any]]) -> Any:
        batch = self.collate(features)
        if isinstance(batch, dict) and features and ROW in features[0]:
            batch[ROW] = torch.tensor([feature[ROW] for feature in features])
        return batch


def taken_rows(inputs: Any) -> torch.Tensor | None:
    """The indices of a batch's rows, taken out of it where they are an entry of their own; None without any."""
    if isinstance(inputs, dict):
        return inputs.pop(ROW, None)
    if isinstance(inputs, list) and inputs and ROW in inputs[0]:
        return torch.tensor(list(dict.fromkeys(row[ROW] for row in inputs)))  # once, however many replies it has
    return None


class Guarded:
    """Mixed in before a TRL trainer. The datasets carry a column `row_index`; `row_ids[i]` is the id to report.

    lengths: tokens of each training row; given, the batches are made of rows of like length.
    """

    row_ids: list[str]

    def __init__(self, *args: Any, row_ids: list[str], lengths: list[int] | None = None, **kwargs: Any) -> None:
        self.row_ids = row_ids
        self.lengths = lengths
        self._rows: torch.Tensor | None = None
        super().__init__(*args, **kwargs)
        self.data_collator = WithRows(self.data_collator)

    def _set_signature_columns_if_needed(self) -> None:
        super()._set_signature_columns_if_needed()
        if ROW not in self._signature_columns:
            self._signature_columns.append(ROW)

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        if self.lengths is None:
            return super()._get_train_sampler(train_dataset)
        rows = self.args.train_batch_size * self.args.gradient_accumulation_steps * self.args.world_size
        return LikeLength(self.lengths, rows, self.args.data_seed or self.args.seed)

    def _prepare_inputs(self, inputs: Any) -> Any:
        self._rows = taken_rows(inputs)
        return super()._prepare_inputs(inputs)

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        loss = super().training_step(*args, **kwargs)
        if not torch.isfinite(loss):
            rows = [] if self._rows is None else [self.row_ids[i] for i in self._rows.tolist()]
            raise UserError(
                f"the loss is {loss.item()} at step {self.state.global_step + 1}, in the rows {', '.join(rows)}",
                "a finite loss",
                "look at those rows; else lower learning_rate, or use model.dtype=float32",
            )
        return loss

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """The Trainer would take NaN for "not better", and a model that gives nothing else for the best."""
        found: dict[str, float] = super().evaluate(*args, **kwargs)
        loss = found.get("eval_loss", 0.0)
        if not math.isfinite(loss):
            raise UserError(
                f"the loss on the validation rows is {loss} after step {self.state.global_step}",
                "a finite loss",
                "lower learning_rate, or use model.dtype=float32",
            )
        return found

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        super()._save_checkpoint(model, trial)
        self.accelerator.wait_for_everyone()  # each process writes its random state: only then is it whole
        if self.args.should_save:
            folder = Path(self.args.output_dir)
            newest = folder / f"{PREFIX_CHECKPOINT_DIR}-{self.state.global_step}"
            (newest / WHOLE).touch()
            keep = {newest.name, Path(self.state.best_model_checkpoint or newest).name}
            for old in whole_checkpoints(folder):
                if old.name not in keep:
                    (old / WHOLE).unlink()
                    shutil.rmtree(old)

    def create_model_card(self, *args: Any, **kwargs: Any) -> None:
        """No card in a checkpoint: the artifact describes the model."""


def whole_checkpoints(folder: Path) -> list[Path]:
    """The whole checkpoints of a folder, oldest first."""
    found = [path for path in folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*") if (path / WHOLE).is_file()]
    return sorted(found, key=lambda path: int(path.name.rsplit("-", 1)[1]))


def newest_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint; the half-written ones are removed."""
    whole = whole_checkpoints(folder)
    for path in folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*"):
        if path not in whole:
            shutil.rmtree(path)
    return whole[-1] if whole else None
