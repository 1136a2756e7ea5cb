"""A policy and a reward model of a few thousand weights, and prompts, for tests of the PPO trainer."""

from functools import cache
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import AutoTokenizer, PreTrainedTokenizerBase, Qwen3Config, Qwen3ForCausalLM
from transformers import Qwen3ForSequenceClassification as Qwen3Reward

from alignment.ppo import PPOConfig, PPOTrainer
from alignment.shipped import BASE_MODEL


@cache
def tokenizer() -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(BASE_MODEL)


def config(**changes: Any) -> Qwen3Config:
    sizes = {
        "vocab_size": len(tokenizer()),
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 8,
        "max_position_embeddings": 128,
        "tie_word_embeddings": True,
        "pad_token_id": tokenizer().pad_token_id,
        "eos_token_id": tokenizer().eos_token_id,
    }
    return Qwen3Config(**(sizes | changes))


def policy(seed: int = 0) -> Qwen3ForCausalLM:
    torch.manual_seed(seed)
    return Qwen3ForCausalLM(config())


def reward(seed: int = 1, **changes: Any) -> Qwen3Reward:
    torch.manual_seed(seed)
    return Qwen3Reward(config(num_labels=1, **changes))


def texts(count: int = 8) -> Dataset:
    words = ["wreath", "candle porch", "lamp", "a warm quilt", "box", "ship it", "zip", "gift wrap it please"]
    return Dataset.from_list([{"prompt": f"{words[i % 8]} {i}"} for i in range(count)])


def conversations(count: int = 8) -> Dataset:
    rows = [{"prompt": [{"role": "user", "content": row["prompt"]}]} for row in texts(count)]
    return Dataset.from_list(rows)


def vowels(completions: list[Any], **_: Any) -> list[float]:
    """A reward that any model can learn: the share of vowels."""
    said = [reply if isinstance(reply, str) else reply[0]["content"] for reply in completions]
    return [sum(letter in "aeiou" for letter in text) / (len(text) + 1) for text in said]


def arguments(folder: Path, **changes: Any) -> PPOConfig:
    chosen = {
        "output_dir": str(folder),
        "per_device_train_batch_size": 2,
        "gradient_accumulation_steps": 1,
        "steps_per_generation": 2,
        "num_iterations": 2,
        "max_completion_length": 6,
        "learning_rate": 1e-2,
        "report_to": "none",
        "save_strategy": "no",
        "logging_steps": 1,
        "disable_tqdm": True,
        "gradient_checkpointing": False,
        "use_cpu": True,
    }
    return PPOConfig(**(chosen | changes))


def trainer(folder: Path, rewards: Any = None, data: Any = None, model: Any = None, **changes: Any) -> PPOTrainer:
    own = {
        name: changes.pop(name) for name in ("critic", "peft_config", "eval_dataset", "callbacks") if name in changes
    }
    return PPOTrainer(
        model=policy() if model is None else model,
        reward_funcs=vowels if rewards is None else rewards,
        args=arguments(folder, **changes),
        train_dataset=conversations() if data is None else data,
        processing_class=tokenizer(),
        **own,
    )
