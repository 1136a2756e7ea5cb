"""A stage killed with SIGKILL goes on where it was, and ends with the weights of a run that was never cut."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import kit
import pytest

KNOBS = {
    "sft": {
        "max_steps": 6,
        "batch_size": 4,
        "eval_every": 2,
        "log_every": 1,
        "yardstick_every": 2,
        "yardstick_prompts": 4,
    },
    "reward": {"max_steps": 6, "batch_size": 4, "eval_every": 2, "log_every": 1},
    "dpo": {
        "max_steps": 6,
        "batch_size": 4,
        "eval_every": 2,
        "log_every": 1,
        "yardstick_every": 2,
        "yardstick_prompts": 4,
    },
}


def command(root: Path, stage: str) -> list[str]:
    knobs = [f"{stage}.{name}={value}" for name, value in KNOBS[stage].items()]
    shared = ["run=test", "tracking=off", "threads=1", f"stage={stage}", *knobs]
    return [sys.executable, "-m", "alignment.run", f"root={root}", *shared]


# The command, killed in its fourth step: two steps after the checkpoint that it will go on from.
KILLED = """
import os, signal, sys
from alignment.run import main
from alignment.training.guard import Guarded

plain, taken = Guarded.training_step, []

def step(self, *args, **kwargs):
    taken.append(1)
    if len(taken) == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return plain(self, *args, **kwargs)

Guarded.training_step = step
main(sys.argv[1:])
"""


def inputs(root: Path, stage: str) -> None:
    kit.dataset(root)
    if stage != "sft":
        kit.preferences(root)
        done = subprocess.run(command(root, "sft"), capture_output=True, text=True, env=environment())
        assert done.returncode == 0, done.stderr


def environment() -> dict[str, str]:
    return os.environ | {"HF_HUB_OFFLINE": "1"}


def curve(artifact: Path) -> list[dict[str, float]]:
    """The logged figures without times and speeds, which differ from run to run."""
    lines = [json.loads(line) for line in (artifact / "metrics.jsonl").read_text().splitlines()]
    timed = ("time", "runtime", "per_second", "seconds", "train/train_loss", "total_flos", "num_tokens")
    return [{k: v for k, v in line.items() if not any(word in k for word in timed)} for line in lines]


@pytest.mark.parametrize("stage", list(KNOBS))
def test_killed_and_run_again_ends_the_same(stage: str, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    for root in (whole, cut):
        inputs(root, stage)
    done = subprocess.run(command(whole, stage), capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr

    partial = cut / "test" / f".{stage}.partial"
    killed = [sys.executable, "-c", KILLED, *command(cut, stage)[3:]]
    done = subprocess.run(killed, capture_output=True, text=True, env=environment())
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert list(partial.glob(".scratch/checkpoints/*/whole")) and not (cut / "test" / stage).exists()

    again = subprocess.run(command(cut, stage), capture_output=True, text=True, env=environment())
    assert again.returncode == 0, again.stderr
    assert f"{stage} resumes" in again.stdout and "on from checkpoint-2" in again.stdout
    files = [json.loads((root / "test" / stage / "artifact.json").read_text())["files"] for root in (whole, cut)]
    assert files[0]["model/model.safetensors"] == files[1]["model/model.safetensors"]
    assert curve(whole / "test" / stage) == curve(cut / "test" / stage)


def test_a_finished_stage_is_not_run_again(tmp_path: Path) -> None:
    inputs(tmp_path, "sft")
    subprocess.run(command(tmp_path, "sft"), check=True, capture_output=True, env=environment())
    before = (tmp_path / "test" / "sft" / "artifact.json").stat().st_mtime_ns
    again = subprocess.run(command(tmp_path, "sft"), capture_output=True, text=True, env=environment())
    assert "nothing to do" in again.stdout
    assert (tmp_path / "test" / "sft" / "artifact.json").stat().st_mtime_ns == before
