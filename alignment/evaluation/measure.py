"""Sample and judge one model's replies on the test prompts. A killed evaluation goes on from the last whole batch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alignment import models, stats
from alignment.artifact import read_jsonl, write_jsonl
from alignment.evaluation.contract import load_contract, needless_apology, opener
from alignment.evaluation.text import chrf, facts_right, length
from alignment.pipeline import Context
from alignment.training import sampling

Rows = list[dict[str, Any]]
EVALUATION_SEED = 1_000_003  # sets the draws of an evaluation apart from those of the training stages


@dataclass(frozen=True)
class Measure:
    """What each model is measured on. `reference`: where the SFT policy lies, for the KL."""

    prompts: Rows
    held_out: Rows
    context: Context
    reference: str | Path

    def model(self, name: str, source: str | Path) -> tuple[Rows, stats.Estimate | None]:
        """The judged replies of the model, one a test prompt, and its perplexity on the held-out replies."""
        settings = self.context.settings.model
        tokenizer = models.load_tokenizer(source, settings)
        policy = models.load_policy(source, settings)
        conversations = [row["messages"] for row in self.prompts]
        drawn = self._replies(name, policy, tokenizer, conversations)
        replies = [one["reply"] for one in drawn]
        rows = [self._judge(prompt, one) for prompt, one in zip(self.prompts, drawn, strict=True)]
        if name not in ("base", "sft"):
            reference = models.load_policy(self.reference, settings)
            ours, _ = sampling.log_probs(policy, tokenizer, conversations, replies)
            theirs, _ = sampling.log_probs(reference, tokenizer, conversations, replies)
            for row, a, b in zip(rows, ours, theirs, strict=True):
                row["kl"] = a - b
        for found in self.context.inputs.get("reward", []):
            reward = models.load_reward(models.model_folder(found.path), settings)
            scores = sampling.rewards(reward, tokenizer, conversations, replies)
            for row, score in zip(rows, scores, strict=True):
                row["reward"] = score
        perplexity = perplexity_of(policy, tokenizer, self.held_out) if self.held_out else None
        return rows, perplexity

    def _replies(self, name: str, policy: Any, tokenizer: Any, conversations: list[Any]) -> Rows:
        """{"reply", "tokens", "ended"} a prompt; finished batches are kept in scratch."""
        generation = self.context.settings.generation
        count = -(-len(conversations) // generation.batch_size)
        files = [self.context.scratch / f"{name}-{place}.jsonl" for place in range(count)]
        done = next((place for place, file in enumerate(files) if not file.exists()), count)
        self.context.progress.start(count, f"batches of {name}")
        self.context.progress.step(done)
        seed = self.context.seed + EVALUATION_SEED
        for file, batch in zip(
            files[done:],
            sampling.sample(policy, tokenizer, conversations, generation, seed, first=done),
            strict=True,
        ):
            write_jsonl(file, [{"reply": one.text, "tokens": one.tokens, "ended": one.ended} for one in batch])
            self.context.progress.step()
        self.context.progress.done()
        return [one for file in files for one in read_jsonl(file)]

    def _judge(self, prompt: dict[str, Any], drawn: dict[str, Any]) -> dict[str, Any]:
        reply, conversation = drawn["reply"], prompt["messages"]
        contract = load_contract(self.context.settings.brand.folder)
        verdict = contract.judge(reply, conversation) if contract else None
        reference = prompt.get("reference")
        return {
            "id": prompt["id"],
            "intent": prompt.get("intent"),
            "messages": conversation,
            **drawn,
            "score": verdict and verdict.score,
            "passed": verdict and verdict.passed,
            "kept": verdict and verdict.kept,
            "needless_apology": needless_apology(reply, conversation) if contract else None,
            "facts": facts_right(reply, prompt) if prompt.get("facts") else None,
            "opener": opener(reply),
            "length": length(reply),
            "chrf": chrf(reply, reference) if reference else None,
            "reward": None,
            "kl": 0.0,
        }


def perplexity_of(policy: Any, tokenizer: Any, rows: Rows) -> stats.Estimate:
    """exp of the mean negative log-probability a token of the agents' replies; the interval resamples whole replies."""
    conversations = [row["messages"][:-1] for row in rows]
    sums, counts = sampling.log_probs(
        policy, tokenizer, conversations, [row["messages"][-1]["content"] for row in rows]
    )
    per_token = np.repeat(-np.array(sums) / np.array(counts), counts)
    found = stats.mean(per_token, groups=np.repeat(np.arange(len(rows)), counts))
    return stats.Estimate(float(np.exp(found.value)), float(np.exp(found.low)), float(np.exp(found.high)), len(rows))
