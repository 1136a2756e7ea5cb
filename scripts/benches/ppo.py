"""PPO against the last one of TRL (1.12): episodes/s, memory, and what the policies are worth at equal episodes.

scripts/bench ppo                                   three seeds, alternating; float32 on both sides
scripts/bench ppo --dtype bfloat16                  the same under bfloat16 autocast
scripts/bench ppo --root runs --run bench           use (or make) that run's SFT policy and reward model
scripts/bench ppo --device cuda                     real shapes with random weights: 0.6B whole, 8B with LoRA
scripts/bench ppo --device cpu --shapes tiny        a trial of that, anywhere

Expected before the first run: the epochs are most of the arithmetic. A reply of 33 tokens after a prompt of 100 takes
three forward passes' worth for each pass over it. Beside the policy TRL trains a critic as large, pads to the longest
prompt and reply of the batch, and keeps the hidden states of every layer; a head on the policy's trunk and rows of like
length leave about half. Sampling is bound by the calls of one token at a time, the same on both sides.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir

from alignment import models, pipeline, run, sampling
from alignment.artifact import read_jsonl
from alignment.voice.contract import load_contract

HERE = Path(__file__).parent
TORCH, TRL = "torch==2.13.0", "trl==1.12.0"
UPSTREAM = ("prepare", "sft", "collect", "rate", "export", "reward")
SHARED = {"beta": 0.05, "temperature": 1.0, "missing_eos_penalty": 1.0, "learning_rate": 1e-4, "lam": 1.0}


def trl_python() -> Path:
    """The interpreter of an environment with TRL 1.12, made once in the cache folder."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / "attune" / TRL.replace("==", "-")
    python, whole = folder / "bin" / "python", folder / "whole"
    if not whole.exists():
        print(f"making an environment with {TRL} in {folder}; this is done once", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        for package in (TORCH, TRL):  # torch first and pinned, so that nothing else decides which build of it comes
            command = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", package]
            subprocess.run(command, check=True)
        whole.touch()
    return python


def configured(args: argparse.Namespace, stage: str, root: Path) -> Any:
    overrides = [f"root={root}", f"run={args.run}", f"threads={args.threads}", "tracking=off", f"stage={stage}"]
    with initialize_config_dir(str(run.conf_dir()), version_base="1.3"):
        return run.typed(compose("config", overrides))


def worth(folder: Path, reward: Path, rows: list[dict[str, Any]], settings: Any) -> dict[str, float]:
    """The policy in `folder` on the validation prompts: by the voice contract and by the reward model."""
    tokenizer, policy = models.load_tokenizer(folder, settings.model), models.load_policy(folder, settings.model)
    asked = [row["messages"] for row in rows]
    batches = sampling.sample(policy, tokenizer, asked, settings.generation, settings.seed)
    replies = [one.text for batch in batches for one in batch]
    contract = load_contract(settings.brand.folder)
    verdicts = [contract.judge(reply, messages) for reply, messages in zip(replies, asked, strict=True)]
    scores = sampling.rewards(models.load_reward(reward, settings.model), tokenizer, asked, replies)
    return {
        "voice": statistics.fmean(one.passed for one in verdicts),
        "score": statistics.fmean(one.score for one in verdicts),
        "rm": statistics.fmean(scores),
    }


def told(who: str, seed: int, made: dict[str, Any]) -> str:
    """One run's figures, and the settings that must be the same on both sides."""
    above = made["peak"] - made["idle"]
    parts = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in made["parts"].items())
    alike = ", ".join(f"{name} {made[name]}" for name in ALIKE)
    found = made["worth"]
    return (
        f"seed {seed} {who:4} {made['episodes'] / made['seconds']:6.2f} episodes/s "
        f"({made['episodes'] / made['cpu']:.2f} a CPU second), {above:.0f} MB above idle {made['idle']:.0f}; "
        f"voice {found['voice']:.3f} score {found['score']:.3f} reward model {found['rm']:.3f}\n"
        f"     time: {parts}\n     {alike}; {made['who']}; resume: {made['resume']}"
    )


ALIKE = ("dtype", "weights", "checkpointing", "threads", "stop", "response", "epochs", "batch", "episodes", "steps")


def against_trl(args: argparse.Namespace, root: Path) -> None:
    python = trl_python()
    for stage in UPSTREAM:
        if not (root / args.run / stage / "artifact.json").is_file():  # what is there is used as it is
            pipeline.run_stages(*reversed(configured(args, stage, root)))
    settings, _ = configured(args, "ppo", root)
    folders = {stage: root / args.run / stage / "model" for stage in ("sft", "reward")}
    rows = {split: read_jsonl(root / args.run / "prepare" / "prompts" / f"{split}.jsonl") for split in SPLITS}
    tokenizer = models.load_tokenizer(folders["sft"], settings.model)
    sft = worth(folders["sft"], folders["reward"], rows["validation"], settings)
    print(f"SFT: voice {sft['voice']:.3f} score {sft['score']:.3f} reward model {sft['rm']:.3f}", flush=True)
    found: dict[str, list[dict[str, Any]]] = {"ours": [], "trl": []}
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        conversations = [row["messages"] for row in rows["train"]]
        (place / "tokens.json").write_text(json.dumps(sampling.render(tokenizer, conversations)), encoding="utf-8")
        (place / "conversations.json").write_text(json.dumps(conversations), encoding="utf-8")
        for number, seed in enumerate(args.seeds):
            for who in ("ours", "trl") if number % 2 else ("trl", "ours"):
                task = SHARED | {
                    "policy": str(folders["sft"]),
                    "reward": str(folders["reward"]),
                    "prompts": str(place / ("tokens.json" if who == "trl" else "conversations.json")),
                    "folder": str(place / f"{who}-{seed}"),
                    "figures": str(place / f"{who}-{seed}.json"),
                    "seed": seed,
                    **{name: getattr(args, name) for name in ("threads", "dtype", "batch", "epochs", "episodes")},
                    "response": args.response,
                }
                (place / "task.json").write_text(json.dumps(task), encoding="utf-8")
                side = [python, HERE / "ppo_trl.py"] if who == "trl" else [sys.executable, HERE / "ppo_ours.py"]
                threads = {name: str(args.threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
                subprocess.run([*side, place / "task.json"], check=True, env=os.environ | threads,
                               stdout=subprocess.DEVNULL)  # fmt: skip
                made = json.loads(Path(task["figures"]).read_text(encoding="utf-8"))
                made["worth"] = worth(Path(task["folder"]), folders["reward"], rows["validation"], settings)
                found[who].append(made)
                print(told(who, seed, made), flush=True)
    print(compared(found))


def compared(found: dict[str, list[dict[str, Any]]]) -> str:
    """The three figures to reach, as the medians of the seeds' ratios, and each seed's."""

    def ratios(figure: Any) -> list[float]:
        return [figure(ours) / figure(theirs) for ours, theirs in zip(found["ours"], found["trl"], strict=True)]

    speed = ratios(lambda one: one["episodes"] / one["seconds"])
    cpu = ratios(lambda one: one["episodes"] / one["cpu"])
    memory = ratios(lambda one: one["peak"] - one["idle"])
    lines = []
    for name, goal, values in (
        ("episodes/s", ">= 2.0", speed),
        ("episodes a CPU second", "", cpu),
        ("peak memory above idle", "<= 0.6", memory),
    ):
        each = ", ".join(f"{value:.2f}" for value in values)
        lines.append(f"ours / trl {name:24} {statistics.median(values):.2f} {goal:8} (each seed: {each})")
    for name in ("voice", "score", "rm"):
        means = {who: statistics.fmean(one["worth"][name] for one in made) for who, made in found.items()}
        lines.append(f"{name:6} ours {means['ours']:.3f}, trl {means['trl']:.3f} (mean of the seeds)")
    return "\n".join(lines)


SPLITS = ("train", "validation")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--shapes", nargs="+", help="random models of these shapes in place of the comparison")
    parser.add_argument("--steps", type=int, default=8, help="optimizer steps of each shape")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--episodes", type=int, default=960)
    parser.add_argument("--batch", type=int, default=32, help="replies a rollout, and an optimizer step")
    parser.add_argument("--epochs", type=int, default=4, help="passes over a rollout")
    parser.add_argument("--response", type=int, default=96, help="tokens of a reply, at most")
    parser.add_argument("--root", type=Path, help="folder of runs; a temporary one without")
    parser.add_argument("--run", default="bench")
    args = parser.parse_args()
    if args.shapes or args.device == "cuda":
        import ppo_shapes

        ppo_shapes.main(args)
    elif args.root:
        against_trl(args, args.root)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            against_trl(args, Path(temporary))


if __name__ == "__main__":
    main()
