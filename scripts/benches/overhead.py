"""What a training stage costs beside the same TRL trainer called bare: same rows and arguments, alternating.

The stage's time is that of the whole stage (inputs verified, data read, lengths checked, checkpoints marked, figures
tracked, artifact hashed and written) without the yardstick's readings and, for the reward model, without the trust
report; the bare time that of reading the rows, loading the model, training and saving it.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from hydra import compose, initialize_config_dir

from alignment import models, pipeline, run
from alignment.shipped import BASE_MODEL
from alignment.stages import dpo as dpo_stage
from alignment.stages import sft as sft_stage
from alignment.training import fit


def configured(root: Path, stage: str, overrides: list[str]) -> Any:
    with initialize_config_dir(str(run.conf_dir()), version_base="1.3"):
        return run.typed(compose("config", [f"root={root}", "run=bench", f"stage={stage}", *overrides]))


def bare(stage: str, root: Path, folder: Path, overrides: list[str]) -> float:
    """Seconds of the TRL trainer alone, as its documentation has it."""
    from trl import DPOConfig, DPOTrainer, RewardConfig, RewardTrainer, SFTConfig, SFTTrainer

    settings, configs = configured(root, stage, overrides)
    knobs = configs[stage]
    began = time.monotonic()
    upstream = root / "bench"
    source = BASE_MODEL if stage == "sft" else upstream / "sft" / "model"
    tokenizer = models.load_tokenizer(source, settings.model)
    limit = models.context_length(source, settings.model)
    own: dict[str, Any] = {"max_length": limit}
    if stage == "sft":
        rows = {split: sft_stage.rows_of(pipeline.artifacts.load(upstream / "prepare"), split) for split in SPLITS}
        kind, arguments, model = SFTTrainer, SFTConfig, models.load_policy(source, settings.model)
        own |= {"completion_only_loss": True}
    else:
        rows = {split: dpo_stage.pairs_of(pipeline.artifacts.load(upstream / "export"), split) for split in SPLITS}
        if stage == "dpo":
            losses, weights = knobs.losses
            kind, arguments, model = DPOTrainer, DPOConfig, models.load_policy(source, settings.model)
            own |= {"beta": knobs.beta, "loss_type": losses, "loss_weights": weights, "precompute_ref_log_probs": True}
        else:
            kind, arguments, model = RewardTrainer, RewardConfig, models.load_reward(source, settings.model)
    trainer = kind(
        model=model,
        args=arguments(
            output_dir=str(folder),
            **knobs.arguments(len(rows["train"])),
            load_best_model_at_end=True,
            metric_for_best_model="eval_loss",
            report_to="none",
            disable_tqdm=True,
            use_cpu=not torch.cuda.is_available(),
            bf16=models.computes_bfloat16(settings.model),
            gradient_checkpointing=False,
            save_total_limit=2,
            **own,
        ),
        train_dataset=fit.dataset(rows["train"]),
        eval_dataset=fit.dataset(rows["validation"]),
        processing_class=tokenizer,
    )
    trainer.train()
    trainer.save_model(str(folder / "model"))
    return time.monotonic() - began


def ours(stage: str, root: Path, overrides: list[str]) -> float:
    """Seconds of the stage, yardstick and trust report apart."""
    settings, configs = configured(root, stage, overrides)
    began = time.monotonic()
    made = pipeline.run_stages(configs, replace(settings, force=True))[-1]
    seconds = time.monotonic() - began
    return seconds - made.metrics["yardstick_seconds"] - made.metrics.get("trust_seconds", 0.0)


SPLITS = ("train", "validation")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stages", nargs="+", default=["sft", "reward", "dpo"])
    args, overrides = parser.parse_known_args()
    overrides = [*overrides, "sft.patience=0", "reward.patience=0"]  # the bare trainer does not stop early
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        for stage in ("prepare", "sft", "collect", "rate", "export"):
            pipeline.run_stages(*reversed(configured(root, stage, overrides)))
        for stage in args.stages:
            times: dict[str, list[float]] = {"ours": [], "bare": []}
            for number in range(args.rounds):
                order = ("ours", "bare") if number % 2 else ("bare", "ours")
                for who in order:
                    folder = root / "bare"
                    taken = ours(stage, root, overrides) if who == "ours" else bare(stage, root, folder, overrides)
                    times[who].append(taken)
                    shutil.rmtree(folder, ignore_errors=True)
            ratio = statistics.median(times["ours"]) / statistics.median(times["bare"])
            shown = {who: [round(t, 1) for t in taken] for who, taken in times.items()}
            print(f"{stage:8} ours/bare {ratio:.3f} (<= 1.10)  seconds {shown}", flush=True)


if __name__ == "__main__":
    main()
