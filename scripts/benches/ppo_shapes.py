"""PPO on models of real shapes with random weights: tokens/s against the device's measured peak, and peak memory.

Called by `scripts/bench ppo --device cuda`. 0.6B is trained whole (float32 weights, bfloat16 autocast; reference and
reward model are models of their own), 8B with LoRA: policy, reference, critic and reward model on one bfloat16 base.

The share of the peak counts the arithmetic of the model alone (a multiply and an add for each weight and token): 2 N a
token for sampling, 6 N for training the whole model, 4 N with a frozen base; what activation checkpointing computes
again is not counted.
"""

from __future__ import annotations

import argparse
import copy
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import gpu
import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import AutoTokenizer, PrinterCallback, Qwen3Config, Qwen3ForCausalLM, Qwen3ForSequenceClassification

from alignment.ppo import PPOConfig, PPOTrainer
from alignment.ppo.backbone import HEAD, WEIGHTS, RewardAdapters
from alignment.ppo.checks import peak_memory
from alignment.shipped import BASE_MODEL

SHAPES = gpu.SHAPES | {"tiny-lora": (gpu.SHAPES["tiny"][0], ["peft=lora"])}
RANDOM = random.Random(0)
LORA = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")


def measured_peak(device: torch.device) -> float:
    """FLOP/s of a large product of two bfloat16 matrices, the best of ten."""
    size = 8192 if device.type == "cuda" else 1024
    a, b = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    best = float("inf")
    for _ in range(10):
        began = time.perf_counter()
        a @ b
        if device.type == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - began)
    return 2 * size**3 / best


def reward_adapter(model: Qwen3ForCausalLM, folder: Path) -> tuple[Path, Qwen3ForCausalLM]:
    """A random reward adapter for the model's base, as `stage=reward peft=lora` would save it; and the bare model."""
    adapted = get_peft_model(model, copy.deepcopy(LORA))
    weights = {name: value.cpu().contiguous() for name, value in get_peft_model_state_dict(adapted).items()}
    weights[f"base_model.model.{HEAD}"] = torch.randn(1, model.config.hidden_size) / model.config.hidden_size**0.5
    adapted.peft_config["default"].save_pretrained(folder)
    save_file(weights, folder / WEIGHTS)
    return folder, adapted.unload()


def measure(shape: str, device: torch.device, peak: float, args: argparse.Namespace, place: Path) -> str:
    sizes, overrides = SHAPES[shape]
    adapters = "peft=lora" in overrides
    torch.manual_seed(0)
    with device:
        dtype = torch.bfloat16 if adapters else torch.float32
        model = Qwen3ForCausalLM._from_config(Qwen3Config(**sizes), dtype=dtype)
    weights = model.num_parameters()
    tokenizer = AutoTokenizer.from_pretrained(BASE_MODEL)
    model.config.pad_token_id = tokenizer.pad_token_id
    reward: Any
    if adapters:
        folder, model = reward_adapter(model, place / "reward")
        reward = RewardAdapters([folder], tokenizer)
    else:
        with device:
            config = Qwen3Config(**sizes, num_labels=1, pad_token_id=tokenizer.pad_token_id)
            reward = Qwen3ForSequenceClassification._from_config(config, dtype=torch.bfloat16)
    data = Dataset.from_list([{"prompt": row["prompt"]} for row in gpu.rows(4 * args.batch, args.response, RANDOM)])
    trainer = PPOTrainer(
        model=model,
        reward_funcs=reward,
        args=PPOConfig(
            output_dir=str(place / "out"),
            use_cpu=device.type == "cpu",
            bf16=True,
            gradient_checkpointing=adapters,
            per_device_train_batch_size=args.batch,
            gradient_accumulation_steps=1,
            steps_per_generation=1,
            num_iterations=args.epochs,
            max_steps=args.steps,
            max_completion_length=args.response,
            learning_rate=1e-6,
            report_to="none",
            save_strategy="no",
            logging_steps=1,
            disable_tqdm=True,
        ),
        train_dataset=data,
        processing_class=tokenizer,
        peft_config=LORA if adapters else None,
    )
    trainer.remove_callback(PrinterCallback)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    trainer.train()
    lines = trainer.state.log_history
    whole = [line for line in lines if "seconds/train" in line]
    timed = whole[1:] or whole  # the first rollout also pays for what is done once
    prompt = len(tokenizer.apply_chat_template(data[0]["prompt"], add_generation_prompt=True, return_dict=False))
    replies = sum(line["completions/tokens"] for line in lines if "completions/tokens" in line)
    reply = replies / sum("completions/tokens" in line for line in lines)
    rollout = args.batch * reply / mean(line["seconds/rollout"] for line in timed)
    training = args.batch * args.epochs * (prompt + reply) / mean(line["seconds/train"] for line in timed)
    shares = [rollout * 2 * weights / peak, training * (4 if adapters else 6) * weights / peak]
    return (
        f"{shape}: {weights / 1e9:.3f} B parameters, {'LoRA on one backbone' if adapters else 'whole'}, "
        f"{args.batch} prompts of {prompt} tokens, replies of {reply:.0f}, {args.epochs} passes\n"
        f"  rollout  {rollout:9.0f} tokens/s, {shares[0]:6.2%} of the peak of {peak / 1e12:.1f} TFLOP/s\n"
        f"  training {training:9.0f} tokens/s, {shares[1]:6.2%} of the peak\n"
        f"  scoring  {mean(line['seconds/score'] for line in timed):9.2f} s a rollout\n"
        f"  peak memory {peak_memory() / 1024:.1f} GiB" + (" (fits 80, aim 48)" if shape == "8B" else "")
    )


def mean(values: Any) -> float:
    found = list(values)
    return sum(found) / len(found)


def main(args: argparse.Namespace) -> None:
    if args.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("torch sees no GPU; a trial of this script: --device cpu --shapes tiny")
    device = torch.device(args.device)
    peak = measured_peak(device)
    for shape in args.shapes or ["0.6B", "8B"]:
        with tempfile.TemporaryDirectory() as temporary:
            print(measure(shape, device, peak, args, Path(temporary)), flush=True)
        if device.type == "cuda":
            torch.cuda.empty_cache()
