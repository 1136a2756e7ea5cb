"""A real training in W&B: cut and gone on with, it is one run with one id and one curve."""

from pathlib import Path
from typing import Any

import pytest
import torch

from alignment.artifact import read_jsonl
from alignment.training.guard import Guarded
from tests import kit, tiny_run
from tests.wandb_files import offline_runs

KNOBS = ("max_steps=4", "yardstick_every=2", "eval_every=2")


class Killed(Exception):
    pass


def test_a_cut_training_goes_on_under_its_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.dataset(tmp_path)
    command = [*tiny_run.QUICK, f"model.name={tiny_run.base(tmp_path)}", *tiny_run.small("sft", *KNOBS)]
    plain, taken = Guarded.training_step, []

    def step(self: Any, *args: Any, **kwargs: Any) -> torch.Tensor:
        taken.append(1)
        if len(taken) == 4:  # after the checkpoint of step 2
            raise Killed
        return plain(self, *args, **kwargs)

    monkeypatch.setattr(Guarded, "training_step", step)
    with pytest.raises(Killed):
        kit.run_stage(tmp_path, "sft", *command, "tracking=offline")
    monkeypatch.undo()
    made = kit.run_stage(tmp_path, "sft", *command, "tracking=offline")
    first, again = offline_runs(tmp_path / "test")
    assert first["id"] == again["id"] == made.wandb_id and first["group"] == again["group"] == "test"
    assert (first["steps"], again["steps"]) == ([1, 2, 3], [3, 4])
    assert [line["step"] for line in read_jsonl(made.path / "metrics.jsonl") if "train/loss" in line] == [1, 2, 3, 4]
    assert again["config"]["sft"]["max_steps"] == 4 and again["config"]["peft"]["method"] == "none"
    assert again["tables"]["samples"]["data"][0][0] == 4  # the step it was read at
    assert again["summary"]["best_step"] == made.metrics["best_step"]
