"""For the thin stages: a run with data, preferences, an SFT policy and a reward model, each trained for a step."""

from pathlib import Path
from typing import Any

import kit

from alignment.artifact import Artifact

QUICK = ("threads=1", "generation.max_new_tokens=4", "model.dtype=float32")
ONLINE = ("rollout=4", "generations=2", "passes=2", "max_new_tokens=4", "batch_size=2")


def knobs(stage: str, *more: str) -> tuple[str, ...]:
    """Overrides that make a stage small; later ones win."""
    small = ("max_steps=2", "batch_size=2", "eval_every=1", "log_every=1", "yardstick_every=1", "yardstick_prompts=2")
    own = ONLINE if stage in ("grpo", "rloo") else ()
    return tuple(f"{stage}.{one}" for one in (*small, *own, *more))


def stage(root: Path, name: str, *overrides: str, more: tuple[str, ...] = ()) -> Artifact:
    """Run one stage small. overrides: of the stage's own knobs; more: others."""
    return kit.run_stage(root, name, *QUICK, *knobs(name, *overrides), *more)


def unpaired(count: int) -> list[dict[str, Any]]:
    rows = []
    for pair in kit.pairs(count // 2):
        for side, label in (("chosen", True), ("rejected", False)):
            rows.append({"id": f"{pair['id']}-{side}", "prompt": pair["prompt"], "completion": pair[side]})
            rows[-1]["label"] = label
    return rows


def preferences(root: Path) -> Artifact:
    rows = kit.pairs(24)
    files = {"train.jsonl": rows[:16], "validation.jsonl": rows[16:20], "test.jsonl": rows[20:]}
    return kit.finished(
        root, "export", files | {"unpaired.jsonl": unpaired(16), "unpaired_validation.jsonl": unpaired(4)}
    )


def base(root: Path) -> Path:
    kit.dataset(root)
    preferences(root)
    stage(root, "sft", "max_steps=1", "yardstick_every=0")
    stage(root, "reward", "max_steps=1", "yardstick_every=0")
    return root
