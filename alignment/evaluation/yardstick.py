"""The one yardstick for every method: the same validation prompts, read every N steps of every training stage.

`yardstick/voice`, `facts`, `length`, `distinct`, and where a reward model and an SFT policy exist `reward` and `kl`,
against `yardstick/samples` (training rows or episodes consumed).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from alignment import sampling
from alignment.evaluation.variety import distinct_n
from alignment.settings import Generation
from alignment.voice.contract import Contract
from alignment.voice.text import facts_right, length


@dataclass
class Yardstick:
    """Reads a policy on fixed prompts with a fixed seed, so that readings differ by the policy alone."""

    prompts: Sequence[dict[str, Any]]  # prompt rows of the validation split
    tokenizer: PreTrainedTokenizerBase
    generation: Generation
    seed: int
    contract: Contract | None
    reward: PreTrainedModel | None = None
    reference: PreTrainedModel | None = None  # the SFT policy
    replies: list[str] = field(default_factory=list)  # of the last reading

    def read(self, policy: PreTrainedModel) -> dict[str, float]:
        """Returns the figures by name, without `samples`. Shares are 0 to 1, `kl` is nats a reply, `length` words."""
        conversations = [row["messages"] for row in self.prompts]
        batches = sampling.sample(policy, self.tokenizer, conversations, self.generation, self.seed)
        self.replies = [completion.text for batch in batches for completion in batch]
        figures = {
            "yardstick/length": fmean(length(reply) for reply in self.replies),
            "yardstick/distinct": distinct_n(self.replies, 2).value,
        }
        if self.contract is not None:
            judged = [self.contract.judge(r, c) for r, c in zip(self.replies, conversations, strict=True)]
            figures |= self._figure("voice", [verdict.passed for verdict in judged])
            figures["yardstick/score"] = fmean(verdict.score for verdict in judged)
        pairs = zip(self.replies, self.prompts, strict=True)
        figures |= self._figure(
            "facts", [facts_right(reply, row) if row.get("facts") else None for reply, row in pairs]
        )
        if self.reward is not None:
            figures["yardstick/reward"] = fmean(
                sampling.rewards(self.reward, self.tokenizer, conversations, self.replies)
            )
        if self.reference is not None:
            ours, _ = sampling.log_probs(policy, self.tokenizer, conversations, self.replies)
            theirs, _ = sampling.log_probs(self.reference, self.tokenizer, conversations, self.replies)
            figures["yardstick/kl"] = fmean(a - b for a, b in zip(ours, theirs, strict=True))
        return figures

    def _figure(self, name: str, values: Sequence[float | None]) -> dict[str, float]:
        """The mean over the prompts that have a value and, where the prompts name their task, over those of each."""
        parts: dict[str, list[float]] = {}
        for value, row in zip(values, self.prompts, strict=True):
            for key in (f"yardstick/{name}", f"yardstick/{name}.{row['task']}" if row.get("task") else ""):
                if value is not None and key:
                    parts.setdefault(key, []).append(value)
        return {key: fmean(of_task) for key, of_task in parts.items()}
