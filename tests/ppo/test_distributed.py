"""Two processes learn what one learns from the same replies."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).with_name("two_processes.py")
ROOT = SCRIPT.parents[2]


def processes(folder: Path, count: int) -> list[dict]:
    """Train in so many processes over gloo; what each wrote."""
    folder.mkdir()
    paths = os.pathsep.join([str(ROOT), str(SCRIPT.parent)])
    common = os.environ | {"WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count), "PYTHONPATH": paths,
                           "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}  # fmt: skip
    started = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(folder)],
            env=common | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(count)
    ]
    for process in started:
        said = process.communicate(timeout=600)[0]
        assert process.returncode == 0, said
    return [torch.load(folder / str(rank)) for rank in range(count)]


def test_two_processes_are_one(tmp_path: Path):
    (alone,) = processes(tmp_path / "one", 1)
    first, second = processes(tmp_path / "two", 2)
    assert alone["lines"][0]["reward_std"] > 0.01  # else nothing would be learned, and nothing compared
    for name, value in alone["weights"].items():
        assert torch.equal(first["weights"][name], second["weights"][name]), name
        torch.testing.assert_close(first["weights"][name], value, atol=1e-5, rtol=1e-4)
    assert first["kl_coef"] == pytest.approx(alone["kl_coef"], rel=1e-5)
    for ours, theirs in zip(first["lines"], alone["lines"], strict=True):
        for name in ("reward", "kl", "explained_variance", "returns", "loss/policy", "clip/value"):
            assert ours[name] == pytest.approx(theirs[name], rel=1e-3, abs=1e-6), name
