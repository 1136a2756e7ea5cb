"""One process of `test_distributed`: trains on replies that follow from the prompt alone, and writes the weights.

RANK=0 LOCAL_RANK=0 WORLD_SIZE=2 python two_processes.py FOLDER
"""

import os
import sys
from pathlib import Path
from typing import Any

import tiny
import torch

SAME = {"optim": "sgd", "learning_rate": 0.1, "max_grad_norm": 0.0, "value_coef": 0.5, "max_steps": 4, "beta": 0.1,
        "kl_target": 0.01, "kl_horizon": 10, "steps_per_generation": 1, "logging_steps": 2}  # fmt: skip


def fixed(self: Any, prompts: list[Any]) -> tuple[Any, ...]:
    """Each reply is the prompt's own words: of unlike lengths and rewards."""
    texts = [prompt[0]["content"] for prompt in prompts]
    replies = self.processing_class(texts)["input_ids"]
    said = [[{"role": "assistant", "content": text}] for text in self.processing_class.batch_decode(replies)]
    return self._tokenize_prompts(prompts)[0], replies, None, said, None, {}, None, []


def train(folder: Path, processes: int) -> tiny.PPOTrainer:
    tiny.PPOTrainer._generate = fixed
    run = tiny.trainer(folder, per_device_train_batch_size=8 // processes, **SAME)
    run.train()
    return run


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder, rank, count = Path(sys.argv[1]), int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    # they meet in a file: a port chosen beforehand might be taken by then
    torch.distributed.init_process_group("gloo", f"file://{folder / 'meet'}", rank=rank, world_size=count)
    run = train(folder, count)
    model = run.accelerator.unwrap_model(run.model)
    lines = [line for line in run.state.log_history if "reward" in line]
    torch.save({"weights": model.state_dict(), "kl_coef": run.kl_coef, "lines": lines}, folder / str(rank))
