"""The other side of `scripts/bench ppo`: TRL's last PPOTrainer, in its own environment (trl 1.12, no Attune).

ppo_trl.py TASK.json: reads what to do, trains, saves the policy, writes TASK's `figures` file.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
import transformers
import trl
from datasets import Dataset
from ppo_process import peak, resident
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer
from trl.experimental import ppo as trl_ppo
from trl.experimental.ppo import ppo_trainer as inside


def timed(name: str, seconds: dict[str, float], call: Any) -> Any:
    """`call`, with the time it takes without gradients added to seconds[name]."""

    def measured(*args: Any, **kwargs: Any) -> Any:
        if torch.is_grad_enabled():
            return call(*args, **kwargs)
        began = time.perf_counter()
        found = call(*args, **kwargs)
        seconds[name] += time.perf_counter() - began
        return found

    return measured


def main() -> None:
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    torch.set_num_threads(task["threads"])
    transformers.utils.logging.set_verbosity_error()
    idle = resident()
    tokenizer = AutoTokenizer.from_pretrained(task["policy"])

    def reward() -> Any:
        return AutoModelForSequenceClassification.from_pretrained(task["reward"], num_labels=1, dtype=torch.float32)

    reward_model, value_model = reward(), reward()
    for model in (reward_model, value_model):
        model.config.pad_token_id = tokenizer.pad_token_id
    prompts = json.loads(Path(task["prompts"]).read_text(encoding="utf-8"))
    args = trl_ppo.PPOConfig(
        output_dir=task["folder"],
        seed=task["seed"],
        use_cpu=True,
        bf16=task["dtype"] == "bfloat16",
        gradient_checkpointing=False,
        per_device_train_batch_size=task["batch"],
        gradient_accumulation_steps=1,
        num_mini_batches=1,
        num_ppo_epochs=task["epochs"],
        total_episodes=task["episodes"],
        local_rollout_forward_batch_size=task["batch"],
        num_sample_generations=0,
        response_length=task["response"],
        stop_token="eos",
        temperature=task["temperature"],
        learning_rate=task["learning_rate"],
        kl_coef=task["beta"],
        missing_eos_penalty=task["missing_eos_penalty"],
        cliprange=0.2,
        cliprange_value=0.2,
        vf_coef=0.1,
        gamma=1.0,
        lam=task["lam"],
        report_to="none",
        save_strategy="no",
        eval_strategy="no",
        logging_steps=1,
        disable_tqdm=True,
    )
    seconds: dict[str, float] = defaultdict(float)
    inside.batch_generation = timed("rollout", seconds, inside.batch_generation)
    inside.forward = timed("score", seconds, inside.forward)
    inside.get_reward = timed("score", seconds, inside.get_reward)
    trainer = trl_ppo.PPOTrainer(
        args=args,
        processing_class=tokenizer,
        model=AutoModelForCausalLM.from_pretrained(task["policy"], dtype=torch.float32),
        ref_model=AutoModelForCausalLM.from_pretrained(task["policy"], dtype=torch.float32),
        reward_model=reward_model,
        value_model=value_model,
        train_dataset=Dataset.from_list([{"input_ids": ids} for ids in prompts]),
    )
    trainer.remove_callback(transformers.PrinterCallback)
    began, cpu = time.perf_counter(), time.process_time()
    trainer.train()
    spent, cpu = time.perf_counter() - began, time.process_time() - cpu
    trainer.save_model(task["folder"])
    tokenizer.save_pretrained(task["folder"])
    seconds["train"] = spent - sum(seconds.values())
    figures = {
        "who": f"trl {trl.__version__}, torch {torch.__version__}, transformers {transformers.__version__}",
        "episodes": trainer.state.episode,
        "steps": args.num_total_batches * args.num_ppo_epochs,
        "seconds": spent,
        "cpu": cpu,
        "idle": idle,
        "peak": peak(),
        "parts": dict(seconds),
        "dtype": "bfloat16 autocast" if args.bf16 else "float32",
        "weights": str(next(trainer.model.parameters()).dtype),
        "checkpointing": args.gradient_checkpointing,
        "threads": torch.get_num_threads(),
        "stop": trainer.stop_token_id,
        "response": args.response_length,
        "epochs": args.num_ppo_epochs,
        "batch": args.batch_size,
        "resume": "none: it cannot",
        "reward": [line["objective/scores"] for line in trainer.state.log_history if "objective/scores" in line],
    }
    Path(task["figures"]).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
