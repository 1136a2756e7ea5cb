"""Trainers made safe: a non-finite loss stops with its rows, half-written checkpoints are passed over."""

import math
from pathlib import Path

import kit
import pytest
import torch
from transformers import TrainerCallback
from trl import SFTConfig, SFTTrainer

from alignment import models
from alignment.errors import UserError
from alignment.settings import PeftMethod
from alignment.shipped import BASE_MODEL
from alignment.training import fit, guard


def sft_trainer(tmp_path: Path, rows: int = 8, callbacks: list[TrainerCallback] | None = None) -> SFTTrainer:
    settings, _ = kit.configured(tmp_path, "stage=sft")
    data = [{"prompt": r["messages"][:-1], "completion": r["messages"][-1:]} for r in kit.transcripts(rows)]
    args = SFTConfig(
        output_dir=str(tmp_path / "checkpoints"),
        per_device_train_batch_size=2,
        max_steps=4,
        save_steps=1,
        save_strategy="steps",
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        report_to="none",
        disable_tqdm=True,
    )
    return fit.make_trainer(
        SFTTrainer,
        row_ids=[f"row-{i}" for i in range(rows)],
        model=models.load_policy(BASE_MODEL, settings.model),
        args=args,
        train_dataset=fit.dataset(data),
        processing_class=models.load_tokenizer(BASE_MODEL, settings.model),
        callbacks=callbacks,
    )


class Poison(TrainerCallback):
    """Makes a weight infinite after the second step, and notes which rows each step saw."""

    def on_step_end(self, args, state, control, model=None, **kwargs):
        if state.global_step == 2:
            model.model.norm.weight.data.fill_(math.inf)


def test_a_loss_that_is_not_finite_stops_at_once_and_names_its_rows(tmp_path: Path) -> None:
    trainer = sft_trainer(tmp_path, callbacks=[Poison()])
    with pytest.raises(UserError) as error:
        trainer.train()
    found = str(error.value)
    rows = [f"row-{i}" for i in trainer._rows.tolist()]
    assert "at step 3" in found and "nan" in found
    assert len(rows) == 2 and ", ".join(rows) in found
    assert trainer.state.global_step == 2


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_an_evaluation_that_is_not_finite_stops_too(tmp_path: Path, value: float) -> None:
    """The Trainer would pass over it, and keep the model that gives nothing else."""
    trainer = sft_trainer(tmp_path)
    rows = trainer.train_dataset.select(range(2))
    assert math.isfinite(trainer.evaluate(rows)["eval_loss"])
    trainer.model.model.norm.weight.data[0] = value
    with pytest.raises(UserError, match="the loss on the validation rows is nan after step 0"):
        trainer.evaluate(rows)


def test_row_ids_follow_the_shuffled_batches(tmp_path: Path) -> None:
    trainer = sft_trainer(tmp_path)
    texts = [r["messages"][-1]["content"] for r in kit.transcripts(8)]
    for batch in trainer.get_train_dataloader():
        for ids, labels, row in zip(batch["input_ids"], batch["labels"], batch[guard.ROW], strict=True):
            spoken = trainer.processing_class.decode(ids[labels != -100], skip_special_tokens=True)
            assert spoken.strip() == texts[int(row)].strip()


def test_only_marked_checkpoints_count_and_old_ones_go(tmp_path: Path) -> None:
    sft_trainer(tmp_path).train()
    folder = tmp_path / "checkpoints"
    assert [path.name for path in guard.whole_checkpoints(folder)] == ["checkpoint-4"]
    half = folder / "checkpoint-5"
    half.mkdir()
    (half / "model.safetensors").write_bytes(b"half")
    assert guard.newest_checkpoint(folder) == folder / "checkpoint-4"
    assert not half.exists()


def test_freeze_and_dropout_are_checked_against_the_model(tmp_path: Path) -> None:
    settings, _ = kit.configured(tmp_path, "stage=sft", "peft=freeze", "peft.freeze_layers=3")
    assert settings.peft.method is PeftMethod.freeze
    model = models.load_policy(BASE_MODEL, settings.model)
    models.freeze_layers(model, 3)
    trained = {name.split(".")[2] for name, p in model.named_parameters() if p.requires_grad and "layers." in name}
    assert trained == {"3"}
    assert not model.get_input_embeddings().weight.requires_grad
    with pytest.raises(UserError, match="the model has 4 layers"):
        models.freeze_layers(model, 4)
    models.set_dropout(model, 0.3)
    assert {m.attention_dropout for m in model.modules() if hasattr(m, "attention_dropout")} == {0.3}
    with pytest.raises(UserError, match="no dropout"):
        models.set_dropout(torch.nn.ModuleDict({"config": torch.nn.Identity()}), 0.1)


def test_batches_that_are_lists_of_rows_keep_their_ids() -> None:
    """As the trainers collate that sample their own replies."""
    rows = [{"prompt": "a", guard.ROW: 4}, {"prompt": "b", guard.ROW: 2}]
    batch = guard.WithRows(lambda features: features)(rows)
    assert batch is rows
    assert guard.taken_rows(batch).tolist() == [4, 2]
    assert rows[0] == {"prompt": "a", guard.ROW: 4}
    assert guard.taken_rows([{"prompt": "a"}]) is None
    tensors = guard.WithRows(lambda features: {"n": len(features)})(rows)
    assert guard.taken_rows(tensors).tolist() == [4, 2] and tensors == {"n": 2}
