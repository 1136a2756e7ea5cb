"""Our side of `scripts/bench ppo`: the released trainer with its checkpoints on. Same task file as ppo_trl.py."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import torch
import transformers
import trl
from datasets import Dataset
from ppo_process import peak, resident
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

from alignment.ppo import PPOConfig, PPOTrainer


def main() -> None:
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    torch.set_num_threads(task["threads"])
    transformers.utils.logging.set_verbosity_error()
    idle = resident()
    tokenizer = AutoTokenizer.from_pretrained(task["policy"])
    reward = AutoModelForSequenceClassification.from_pretrained(task["reward"], num_labels=1, dtype=torch.float32)
    prompts = json.loads(Path(task["prompts"]).read_text(encoding="utf-8"))
    rollouts = task["episodes"] // task["batch"]
    args = PPOConfig(
        output_dir=task["folder"],
        seed=task["seed"],
        use_cpu=True,
        bf16=task["dtype"] == "bfloat16",
        gradient_checkpointing=False,
        per_device_train_batch_size=task["batch"],
        gradient_accumulation_steps=1,
        steps_per_generation=1,
        num_iterations=task["epochs"],
        max_steps=rollouts * task["epochs"],
        max_completion_length=task["response"],
        temperature=task["temperature"],
        learning_rate=task["learning_rate"],
        beta=task["beta"],
        missing_eos_penalty=task["missing_eos_penalty"],
        epsilon=0.2,
        critic_detach=True,  # of a head at zero on the policy's trunk: the critic is each side's own
        critic_learning_rate=2e-2,
        value_clip=None,
        value_coef=1.0,
        gamma=1.0,
        lam=task["lam"],
        report_to="none",
        save_strategy="steps",  # each checkpoint holds all that a resume needs
        save_steps=10 * task["epochs"],
        save_total_limit=1,
        logging_steps=task["epochs"],
        disable_tqdm=True,
    )
    trainer = PPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(task["policy"], dtype=torch.float32),
        reward_funcs=reward,
        args=args,
        train_dataset=Dataset.from_list([{"prompt": messages} for messages in prompts]),
        processing_class=tokenizer,
    )
    trainer.remove_callback(transformers.PrinterCallback)
    began, cpu = time.perf_counter(), time.process_time()
    trainer.train()
    spent, cpu = time.perf_counter() - began, time.process_time() - cpu
    lines = trainer.state.log_history
    parts = {name: sum(line.get(f"seconds/{name}", 0.0) for line in lines) for name in ("rollout", "score", "train")}
    figures = {
        "who": f"PPOTrainer on trl {trl.__version__}, torch {torch.__version__}, transformers "
        f"{transformers.__version__}",
        "episodes": rollouts * task["batch"],
        "steps": trainer.state.global_step,
        "seconds": spent,
        "cpu": cpu,
        "idle": idle,
        "peak": peak(),
        "parts": parts | {"other": spent - sum(parts.values())},
        "dtype": "bfloat16 autocast" if args.bf16 else "float32",
        "weights": str(next(trainer.model.parameters()).dtype),
        "checkpointing": args.gradient_checkpointing,
        "threads": torch.get_num_threads(),
        "stop": tokenizer.eos_token_id,
        "response": args.max_completion_length,
        "epochs": args.num_iterations,
        "batch": args.generation_batch_size,
        "resume": f"on, a checkpoint each {args.save_steps} steps",
        "reward": [line["reward"] for line in lines if "reward" in line],
    }
    policy = trainer.plain_policy()
    policy.save_pretrained(task["folder"])
    tokenizer.save_pretrained(task["folder"])
    Path(task["figures"]).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
