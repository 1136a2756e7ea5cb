"""Train with one of TRL's trainers: made safe (`guard`), resumed from the newest whole checkpoint, tracked."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import PeftModel
from transformers import EarlyStoppingCallback, PreTrainedModel, PreTrainedTokenizerBase, PrinterCallback

from alignment import models, ranks, sampling
from alignment.errors import UserError
from alignment.evaluation.yardstick import Yardstick
from alignment.pipeline import Context
from alignment.settings import Dtype, PeftMethod
from alignment.training.callbacks import Report
from alignment.training.guard import ROW, Guarded, newest_checkpoint
from alignment.training.knobs import Knobs


@dataclass(frozen=True)
class Fitted:
    """A trained model, and what training it cost. `best_step` is the checkpoint kept."""

    model: PreTrainedModel
    steps: int
    best_step: int
    best_loss: float
    stopped_early: bool
    train_seconds: float  # of this process, readings of the yardstick left out
    yardstick_seconds: float
    history: list[dict[str, float]]

    @property
    def metrics(self) -> dict[str, Any]:
        """What every training artifact reports of its training."""
        names = ("steps", "best_step", "best_loss", "stopped_early", "train_seconds", "yardstick_seconds")
        return {name: getattr(self, name) for name in names} | {"peak_memory_mb": round(peak_memory())}


def peak_memory() -> float:
    """Most memory held so far, in MB: of the GPU where there is one, else of this process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def sharded(trainer: Any) -> bool:
    """Whether the model's weights are cut up among the processes of the launch: FSDP, or DeepSpeed's ZeRO-3."""
    plugin = trainer.accelerator.state.deepspeed_plugin if trainer.is_deepspeed_enabled else None
    return bool(trainer.is_fsdp_enabled or (plugin is not None and plugin.zero_stage == 3))


def trained(trainer: Any, folder: Path | None = None) -> PreTrainedModel:
    """The model in memory; one that is cut up is put together in `folder` by all processes, and read by the main one.

    It comes without the wrapper that computes in bfloat16: what is saved is judged in the precision it is saved in.
    """
    model = trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False)
    if folder is None:
        return model
    trainer.save_model(str(folder))
    return type(model).from_pretrained(folder, dtype=model.dtype) if ranks.is_main() else model


def reference(source: str | Path, context: Context) -> tuple[bool, PreTrainedModel | None]:
    """(precompute_ref_log_probs, ref_model) for TRL's trainers that compare with a frozen copy of the policy.

    One process takes the reference's log-probabilities once. Several cannot: each looks for them in a cache file of a
    name of its own. There the reference stays in memory, or is the model below the adapter.
    """
    if ranks.count() == 1:
        return True, None
    return False, None if lora(context, "CAUSAL_LM") else models.load_policy(source, context.settings.model)


def prepare_model(model: PreTrainedModel, context: Context, dropout: float) -> PreTrainedModel:
    """Freeze layers and set the dropout as configured. LoRA, with a dropout of its own, is put on by TRL, from `lora`:
    TRL's `disable_dropout` stays off, since it would switch off that one too.
    """
    peft = context.settings.peft
    if peft.method is PeftMethod.freeze:
        models.freeze_layers(model, peft.freeze_layers)
    models.set_dropout(model, dropout)
    return model


def lora(context: Context, task: str) -> Any:
    """The peft_config for TRL's trainers, or None."""
    peft = context.settings.peft
    return models.lora_config(peft, task) if peft.method in (PeftMethod.lora, PeftMethod.qlora) else None


def check_lengths(
    rows: list[tuple[str, list[dict[str, str]], str]],
    tokenizer: PreTrainedTokenizerBase,
    most: int,
    stage: str,
) -> list[int]:
    """The tokens of each row. Refuses rows longer than the model or `max_length` allows.

    The trainers would cut or drop them without a word.

    Args:
        rows: (id, conversation, reply) each.

    Raises:
        UserError: names the first such row and how many there are.
    """
    lengths = [(len(sampling.render_reply(tokenizer, conversation, reply)), name) for name, conversation, reply in rows]
    over = [(count, name) for count, name in lengths if count > most]
    if over:
        raise UserError(
            f"{len(over)} of {len(rows)} rows for {stage} are too long, the first: {over[0][1]} with {over[0][0]} "
            "tokens",
            f"at most {most} tokens of prompt and reply ({stage}.max_length and the model's context)",
            f"cut conversations with prepare.max_tokens={most}, raise {stage}.max_length, or take a longer model",
        )
    return [count for count, _ in lengths]


def token_limit(knobs: Knobs, source: str | Path, context: Context) -> int:
    """`max_length` where it is set, never more than the model's context."""
    most = models.context_length(source, context.settings.model)
    return min(knobs.max_length or most, most)


def dataset(rows: list[dict[str, Any]]) -> Dataset:
    """Rows for a trainer, each with its index."""
    return Dataset.from_list([{**row, ROW: i} for i, row in enumerate(rows)])


def trainer_arguments(kind: type, knobs: Knobs, rows: int, context: Context, **own: Any) -> Any:
    """TRL's arguments of a trainer. `own`: those that only this trainer has."""
    model = context.settings.model
    on_gpu = models.device_of(model).type == "cuda"
    return kind(
        output_dir=str(context.scratch / "checkpoints"),
        **knobs.arguments(rows, ranks.count()),
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        restore_callback_states_from_checkpoint=True,
        logging_nan_inf_filter=False,
        report_to="none",
        disable_tqdm=True,
        use_cpu=not on_gpu,
        bf16=models.computes_bfloat16(model),
        fp16=on_gpu and model.dtype is Dtype.float16,
        gradient_checkpointing=model.gradient_checkpointing,
        seed=context.seed,
        data_seed=context.seed,
        dataloader_pin_memory=on_gpu,
        **own,
    )


def make_trainer(kind: type, row_ids: list[str], lengths: list[int] | None = None, **kwargs: Any) -> Any:
    """A guarded trainer of the given TRL class. `lengths`: see `Guarded`."""
    return type(f"Guarded{kind.__name__}", (Guarded, kind), {})(row_ids=row_ids, lengths=lengths, **kwargs)


def fit(
    trainer: Any, context: Context, knobs: Knobs, yardstick: Yardstick | None, samples_a_step: float | None = None
) -> Fitted:
    """Train to the end, or on from where a killed process stopped; the best checkpoint by eval loss is kept.

    Args:
        samples_a_step: training samples that an optimizer step consumes, for the yardstick's axis; None: the rows of
            its batches. A trainer that passes over a sample several times consumes it once.

    Raises:
        ranks.Followed: in every process of a launch but the main one.
        UserError: adapters on weights that are cut up among processes.
    """
    cut_up = sharded(trainer)
    if cut_up and isinstance(trainer.model, PeftModel):
        raise UserError(
            "adapters with FSDP or ZeRO-3", "peft=none; or adapters with DDP or ZeRO-2", "see conf/accelerate"
        )
    if samples_a_step is None:
        samples_a_step = knobs.batch_size * knobs.accumulate * trainer.args.world_size
    reads = ranks.is_main() or cut_up  # a model that is cut up replies only with all its parts
    report = Report(
        context.tracker, context.progress, yardstick if reads else None, knobs.yardstick_every, samples_a_step
    )
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(report)
    if knobs.patience:
        trainer.add_callback(EarlyStoppingCallback(early_stopping_patience=knobs.patience))
    with trainer.accelerator.main_process_first():  # it removes the half-written ones
        last = newest_checkpoint(Path(trainer.args.output_dir))
    context.tracker.rewind(-1 if last is None else int(last.name.rsplit("-", 1)[1]))
    if last is not None:
        print(f"  {context.stage}: on from {last.name}", flush=True)
    began = time.monotonic()
    trainer.train(resume_from_checkpoint=None if last is None else str(last))
    seconds = time.monotonic() - began - report.yardstick_seconds
    state = trainer.state
    best = state.best_model_checkpoint
    model = trained(trainer, context.scratch / "whole") if cut_up else trained(trainer)
    if not ranks.is_main():
        raise ranks.Followed
    return Fitted(
        model=model,
        steps=state.global_step,
        best_step=int(best.rsplit("-", 1)[1]) if best else state.global_step,
        best_loss=float(state.best_metric) if state.best_metric is not None else float("nan"),
        stopped_early=state.global_step < state.max_steps,
        train_seconds=round(seconds, 2),
        yardstick_seconds=round(report.yardstick_seconds, 2),
        history=state.log_history,
    )
