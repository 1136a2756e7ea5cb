"""When training ends: at the best checkpoint, after patience ran out also across a kill, at once where it breaks."""

import math
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from alignment import run
from alignment.artifact import Artifact, read_jsonl
from alignment.training.guard import Guarded
from tests import kit, tiny_run

DIVERGES = ("learning_rate=0.3", "schedule=constant", "warmup=0", "patience=2", "max_steps=20")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("base")
    tiny_run.base(root)
    kit.dataset(root)
    return root


def sft(root: Path, run_name: str, *knobs: str) -> Artifact:
    common = [*tiny_run.QUICK, f"model.name={root / 'base'}", f"run=test/{run_name}"]
    return kit.run_stage(root, "sft", *common, *tiny_run.small("sft", *knobs))


@pytest.fixture(scope="module")
def stopped(base: Path) -> Artifact:
    return sft(base, "stopped", *DIVERGES)


def losses(artifact: Artifact) -> dict[int, float]:
    return {
        line["step"]: line["eval/loss"] for line in read_jsonl(artifact.path / "metrics.jsonl") if "eval/loss" in line
    }


def test_it_stops_when_the_validation_loss_rises_and_keeps_the_best(base: Path, stopped: Artifact) -> None:
    metrics, found = stopped.metrics, losses(stopped)
    best = min(found, key=lambda step: found[step])
    assert metrics["stopped_early"] is True and metrics["steps"] == best + 2 < 20
    assert metrics["best_step"] == best and metrics["best_loss"] == found[best]
    # what is kept is what a training of so many steps ends with
    short = sft(base, "short", *DIVERGES, f"max_steps={best}")
    assert kit.weights(stopped) == kit.weights(short) and short.metrics["stopped_early"] is False


class Killed(Exception):
    pass


def test_patience_goes_on_after_a_kill(base: Path, stopped: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut after the first evaluation that was no better: the one after it ends the training, as without the cut."""
    plain, taken = Guarded.training_step, []

    def step(self: Any, *args: Any, **kwargs: Any) -> torch.Tensor:
        taken.append(1)
        if len(taken) == stopped.metrics["steps"]:
            raise Killed
        return plain(self, *args, **kwargs)

    monkeypatch.setattr(Guarded, "training_step", step)
    with pytest.raises(Killed):
        sft(base, "cut", *DIVERGES)
    monkeypatch.undo()
    again = sft(base, "cut", *DIVERGES)
    assert again.metrics["steps"] == stopped.metrics["steps"]
    assert kit.weights(again) == kit.weights(stopped)


def test_without_patience_it_goes_to_the_end(base: Path) -> None:
    made = sft(base, "whole", *DIVERGES, "patience=0", "max_steps=6")
    assert made.metrics["steps"] == 6 and made.metrics["stopped_early"] is False
    assert made.metrics["best_loss"] == min(losses(made).values())


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_ends_the_stage(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], value: float
) -> None:
    """Through the command: the base model has a weight that is none."""
    kit.dataset(tmp_path)
    broken = tiny_run.base(tmp_path)
    weights = load_file(broken / "model.safetensors")
    weights["model.norm.weight"][0] = value
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    argv = [f"root={tmp_path}", "run=test", "tracking=off", "stage=sft", f"model.name={broken}", *tiny_run.QUICK]
    assert run.main([*argv, *tiny_run.small("sft", "eval_every=2")]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3 and re.match("error: the loss is (nan|inf) at step 1, in the rows ", lines[0])
    named = re.findall(r"[\w-]+", lines[0].partition("in the rows ")[2])
    known = [row["id"] for row in read_jsonl(tmp_path / "test" / "prepare" / "train.jsonl")]
    assert len(named) == 2 and set(named) <= set(known)
    assert lines[1] == "allowed: a finite loss" and lines[2].startswith("next: look at those rows")
    assert not (tmp_path / "test" / "sft").exists()


def test_what_is_logged_holds_no_nan(stopped: Artifact) -> None:
    text = (stopped.path / "metrics.jsonl").read_text()
    assert "NaN" not in text and "Infinity" not in text
