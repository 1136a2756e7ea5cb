"""A run whose models have a few thousand weights: for what has to be tried many times, not to be good at anything."""

from pathlib import Path
from typing import Any

from alignment.artifact import Artifact
from tests import kit
from tests.ppo import tiny

CONTEXT = 512  # tokens
QUICK = ("threads=1", "model.dtype=float32", "model.attention=eager", "generation.max_new_tokens=4")


def base(root: Path, **sizes: Any) -> Path:
    """A base model to begin from: the folder of a random one with the embedded tokenizer."""
    folder = root / "base"
    tiny.Qwen3ForCausalLM(tiny.config(max_position_embeddings=CONTEXT, **sizes)).save_pretrained(folder)
    tiny.tokenizer().save_pretrained(folder)
    return folder


def policy(root: Path) -> Artifact:
    """A finished sft of run `test`."""
    return _finished(root, "sft", tiny.Qwen3ForCausalLM(tiny.config(max_position_embeddings=CONTEXT)))


def reward(root: Path) -> Artifact:
    """A finished reward of run `test`."""
    return _finished(root, "reward", tiny.reward(max_position_embeddings=CONTEXT))


def _finished(root: Path, stage: str, model: Any) -> Artifact:
    folder = root / "test" / f".{stage}.partial" / "model"
    folder.parent.mkdir(parents=True)
    model.save_pretrained(folder)
    tiny.tokenizer().save_pretrained(folder)
    return kit.finished(root, stage, {})


def small(stage: str, *more: str) -> list[str]:
    """Overrides that make a training stage two steps long; later ones win."""
    few = ("max_steps=2", "batch_size=2", "eval_every=1", "log_every=1", "yardstick_every=0", "yardstick_prompts=2")
    online = ("rollout=4", "passes=1", "max_new_tokens=4")
    own = {"grpo": (*online, "generations=2"), "rloo": (*online, "generations=2"), "ppo": online}.get(stage, ())
    return [f"{stage}.{one}" for one in (*few, *own, *more)]
