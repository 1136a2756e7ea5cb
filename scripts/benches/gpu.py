"""SFT, reward and DPO on a GPU with random weights of real shapes: tokens/s, peak memory, no error.

scripts/bench gpu                      0.6B trained whole, then 8B with LoRA, both in bf16
scripts/bench gpu --shapes 0.6B        one of them
scripts/bench gpu --device cpu --shapes tiny --steps 2      a trial of the script itself, anywhere
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from transformers import AutoTokenizer, Qwen3Config, Qwen3ForCausalLM

from alignment import pipeline, run
from alignment.artifact import write_jsonl
from alignment.pipeline import Context
from alignment.shipped import BASE_MODEL

QWEN3 = {"vocab_size": 151_936, "head_dim": 128, "max_position_embeddings": 4096}
SHAPES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "tiny": (
        {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2}
        | {"num_key_value_heads": 1, "head_dim": 32, "vocab_size": 2048},
        ["peft=none"],
    ),
    "0.6B": (
        {"hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16}
        | {"num_key_value_heads": 8, "tie_word_embeddings": True}
        | QWEN3,
        ["peft=none"],
    ),
    "8B": (
        {"hidden_size": 4096, "intermediate_size": 12288, "num_hidden_layers": 36, "num_attention_heads": 32}
        | {"num_key_value_heads": 8, "tie_word_embeddings": False}
        | QWEN3,
        ["peft=lora", "model.gradient_checkpointing=true"],
    ),
}
WORDS = ["porch", "wreath", "candle", "ship", "zip", "box", "days", "order", "return", "gift", "wash", "lovely"]


def rows(count: int, words: int, rng: random.Random) -> list[dict[str, Any]]:
    def say(n: int) -> str:
        return " ".join(rng.choice(WORDS) for _ in range(n))

    made = []
    for i in range(count):
        prompt = [{"role": "user", "content": say(words)}]
        chosen, rejected = ([{"role": "assistant", "content": say(words)}] for _ in range(2))
        made.append({"id": f"row-{i}", "dialogue": f"row-{i}", "group": f"row-{i}", "messages": prompt + chosen,
                     "prompt": prompt, "chosen": chosen, "rejected": rejected, "margin": 1.0, "tags": {}, "ratings": [],
                     "simulated": True})  # fmt: skip
    return made


def artifact(root: Path, stage: str, files: dict[str, list[dict[str, Any]]], configured: Any) -> None:
    settings, configs = configured
    folder = root / "gpu" / f".{stage}.partial"
    for name, lines in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_jsonl(folder / name, lines)
    Context(
        stage=stage, settings=settings, config=configs[stage], folder=folder, final=root / "gpu" / stage, inputs={},
        inputs_hash="0" * 64, tracker=pipeline.Tracker(folder), progress=pipeline.Progress(stage),
    ).finish({})  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--shapes", nargs="+", default=["0.6B", "8B"], choices=list(SHAPES))
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--words", type=int, default=200, help="words of a prompt, and of a reply")
    args = parser.parse_args()
    if args.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("torch sees no GPU; a trial of this script: --device cpu --shapes tiny --steps 2")
    for shape in args.shapes:
        with tempfile.TemporaryDirectory() as temporary:
            measure(shape, Path(temporary), args)


def measure(shape: str, root: Path, args: argparse.Namespace) -> None:
    sizes, overrides = SHAPES[shape]
    model_folder = root / "model"
    torch.manual_seed(0)
    with torch.device(args.device):
        model = Qwen3ForCausalLM._from_config(Qwen3Config(**sizes), dtype=torch.bfloat16)
    print(f"{shape}: {model.num_parameters() / 1e9:.2f} B parameters, {' '.join(overrides)}", flush=True)
    model.save_pretrained(model_folder)
    AutoTokenizer.from_pretrained(BASE_MODEL).save_pretrained(model_folder)
    del model
    common = [
        f"root={root}",
        "run=gpu",
        f"model.name={model_folder}",
        f"model.device={args.device}",
        "tracking=off",
        *overrides,
    ]

    def configured(stage: str) -> Any:
        knobs = {
            "max_steps": args.steps,
            "eval_every": args.steps,
            "batch_size": args.batch,
            "patience": 0,
            "yardstick_every": 0,
        }
        own = [f"{stage}.{name}={value}" for name, value in knobs.items()] if stage in ("sft", "reward", "dpo") else []
        with initialize_config_dir(str(run.conf_dir()), version_base="1.3"):
            return run.typed(compose("config", [*common, f"stage={stage}", *own]))

    data = rows(args.batch * args.steps + args.batch, args.words, random.Random(0))
    splits = {"train.jsonl": data[args.batch :], "validation.jsonl": data[: args.batch]}
    artifact(root, "prepare", splits | {"prompts/validation.jsonl": []}, configured("prepare"))
    artifact(root, "export", splits | {"test.jsonl": data[: args.batch]}, configured("export"))
    tokenizer = AutoTokenizer.from_pretrained(BASE_MODEL)
    tokens = len(tokenizer.apply_chat_template(data[0]["messages"], return_dict=False)) * args.batch * args.steps
    for stage, sequences in (("sft", 1), ("reward", 2), ("dpo", 2)):
        if args.device == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        began = time.monotonic()
        made = pipeline.run_stages(*reversed(configured(stage)))[-1]
        rate = tokens * sequences / made.metrics["train_seconds"]
        print(
            f"{shape} {stage:7} {rate:9.0f} tokens/s in training, "
            f"peak {made.metrics['peak_memory_mb'] / 1024:6.1f} GiB, "
            f"whole stage {time.monotonic() - began:6.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
