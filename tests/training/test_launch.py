"""A launch of several processes: one of them holds the lock, writes and speaks, and they learn what one would."""

import json
import os
import subprocess
import sys
from pathlib import Path

import kit
import pytest
import torch
import yaml
from safetensors.torch import load_file

from alignment import ranks, run

CONF = run.conf_dir() / "accelerate"
FILES = sorted(path.stem for path in CONF.glob("*.yaml"))
SHORT = ("threads=1", "tracking=off", "run=test", "generation.max_new_tokens=4", "model.dtype=float32")


def launch(root: Path, *overrides: str, processes: int = 2) -> subprocess.CompletedProcess[str]:
    start = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(CONF / "cpu.yaml")]
    start += ["--num_processes", str(processes), "--main_process_port", "0", "-m", "alignment.run"]
    if processes == 1:
        start = [sys.executable, "-m", "alignment.run"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    command = [*start, f"root={root}", *SHORT, *overrides]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=900, cwd=CONF.parents[1])


def sft(batch: int, *more: str) -> list[str]:
    knobs = ("max_steps=3", "eval_every=2", "log_every=1", "yardstick_every=2", "yardstick_prompts=2", *more)
    return ["stage=sft", f"sft.batch_size={batch}", *(f"sft.{knob}" for knob in knobs)]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("launched")
    kit.dataset(folder)
    done = launch(folder, *sft(2))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("sft starts") == 1 and done.stdout.count("sft took") == 1
    return folder


def test_two_processes_learn_what_one_does(root: Path, tmp_path: Path) -> None:
    """Two rows each, and four in one process: the same four, the mean over the tokens of all."""
    kit.dataset(tmp_path)
    alone = launch(tmp_path, *sft(4), processes=1)
    assert alone.returncode == 0, alone.stderr
    ours, theirs = (load_file(one / "test" / "sft" / "model" / "model.safetensors") for one in (root, tmp_path))
    for name, value in theirs.items():
        torch.testing.assert_close(ours[name], value, atol=2e-5, rtol=1e-3)
    logs = [(one / "test" / "sft" / "metrics.jsonl").read_text().splitlines() for one in (root, tmp_path)]
    told = [[json.loads(line) for line in log] for log in logs]
    assert [line["step"] for line in told[0]] == [line["step"] for line in told[1]]  # each figure once
    read = [[line["yardstick/samples"] for line in log if "yardstick/samples" in line] for log in told]
    assert read[0] == read[1] == [0, 8]


def test_a_finished_stage_is_left_by_all(root: Path) -> None:
    done = launch(root, *sft(2))
    assert done.returncode == 0 and done.stdout.count("nothing to do") == 1, done.stderr


def test_a_mistake_is_said_once_and_ends_all(root: Path) -> None:
    done = launch(root, *sft(2, "learning_rate=1"))
    assert done.returncode != 0
    assert done.stderr.count("error: ") == 1 and "was made with other inputs" in done.stderr


def test_ppo_in_two_processes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    knobs = {
        "rollout": 8, "batch_size": 2, "passes": 1, "max_new_tokens": 4, "max_steps": 2, "eval_every": 1,
        "log_every": 1, "yardstick_every": 0, "yardstick_prompts": 2,
        "functions": "[rule:short]", "function_weights": "[1.0]",
    }  # fmt: skip
    rule = root / "rule.py"
    rule.write_text(
        "def short(completions, **_):\n    return [-float(len(one[0]['content'])) for one in completions]\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]))
    done = launch(root, "stage=ppo", *(f"ppo.{name}={value}" for name, value in knobs.items()))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("ppo took") == 1
    record = json.loads((root / "test" / "ppo" / "artifact.json").read_text())
    assert record["metrics"]["steps"] == 2 and record["metrics"]["episodes"] == 8
    steps = [json.loads(line)["step"] for line in (root / "test" / "ppo" / "metrics.jsonl").read_text().splitlines()]
    assert steps == sorted(steps)


def test_dpo_in_two_processes(root: Path) -> None:
    """Its reference cannot be taken beforehand by several: it stays in memory, and is the policy it began from."""
    kit.preferences(root)
    knobs = ("max_steps=1", "batch_size=2", "eval_every=1", "log_every=1", "yardstick_every=0", "sft_weight=0")
    done = launch(root, "stage=dpo", *(f"dpo.{knob}" for knob in knobs))
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (root / "test" / "dpo" / "metrics.jsonl").read_text().splitlines()]
    first = next(line for line in lines if "train/loss" in line)
    assert first["train/loss"] == pytest.approx(0.6931, abs=1e-3)  # -log sigmoid(0): policy and reference are one


# --- without processes ---


def test_without_a_launcher_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    ranks.join(cpu=True)
    assert ranks.is_main() and ranks.count() == 1 and ranks.share("as it was") == "as it was"


def test_one_process_where_several_were_asked_for_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `accelerate launch --cpu --num_processes 2` sets, while it starts one process."""
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ACCELERATE_USE_CPU", "True")
    monkeypatch.setenv("MASTER_PORT", "29500")
    ranks.join(cpu=True)
    assert "starts one process only" in capsys.readouterr().err


@pytest.mark.parametrize("name", FILES)
def test_accelerate_reads_every_file(name: str) -> None:
    from accelerate.commands.config.config_args import load_config_from_file
    from accelerate.commands.launch import launch_command_parser

    path = CONF / f"{name}.yaml"
    told = yaml.safe_load(path.read_text())
    found = load_config_from_file(str(path))
    assert str(found.distributed_type.value) == told["distributed_type"]
    known = {action.dest for action in launch_command_parser()._actions}
    for section in ("fsdp_config", "deepspeed_config"):
        assert set(told.get(section, {})) <= known, name
    assert f"conf/accelerate/{name}.yaml" in path.read_text()  # its command


def test_the_files_say_what_was_not_tried() -> None:
    assert FILES == ["cpu", "ddp", "fsdp2", "zero2", "zero3"]
    said = {name: "untested" in (CONF / f"{name}.yaml").read_text().lower() for name in FILES}
    assert said == {"cpu": False, "ddp": True, "fsdp2": True, "zero2": True, "zero3": True}
