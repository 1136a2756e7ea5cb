"""Sample and measure every model on the same test prompts, holding one model in memory at a time.

Order of work: each policy answers, is timed and reads held-out and general text; then the SFT policy reads the
others' replies, for the KL; then each reward model scores all replies. A killed evaluation goes on from the
last whole batch of replies.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from alignment import models, sampling
from alignment.artifact import read_jsonl, write_jsonl
from alignment.evaluation import pick, speed
from alignment.evaluation.judged import judge_reply
from alignment.evaluation.perplexity import Sums, forgetting, perplexity, reply_sums, text_sums
from alignment.pipeline import Context
from alignment.stats import Estimate
from alignment.voice.contract import Contract

Rows = list[dict[str, Any]]
KL_ROWS, BASE_KL_ROWS = 512, 256  # replies read for the KL to SFT, twice each; nothing is judged by the base's
FEWEST_BATCHES = 8  # that replies are sampled in, by which the speed has an interval
EVALUATION_SEED = 1_000_003  # sets the draws of an evaluation apart from those of the training stages
BASE, SFT = "base", "sft"


@dataclass
class Measured:
    """What one model gave.

    swapped: replies to prompts changed by a counterfactual swap, with "kind". tempted: to those that tempt to a
    behaviour, with "behaviour".
    """

    rows: Rows
    swapped: Rows = field(default_factory=list)
    tempted: Rows = field(default_factory=list)
    log_probs: list[float] | None = None  # of its own replies, nats each
    brand: Sums | None = None
    general: Sums | None = None
    latency: Estimate | None = None
    tokens_per_second: Estimate | None = None

    def estimates(self, base: "Measured | None") -> dict[str, Estimate]:
        """The figures that do not follow from its replies."""
        made = {"latency": self.latency, "tokens_per_second": self.tokens_per_second}
        made["perplexity"] = perplexity(self.brand) if self.brand else None
        if self.general:
            made["perplexity_general"] = perplexity(self.general)
            same_tokens = base is not None and base.general and np.array_equal(base.general[1], self.general[1])
            if base is not None and base is not self and base.general and same_tokens:
                made["forgetting_vs_base"] = forgetting(self.general, base.general)
        return {name: one for name, one in made.items() if one is not None}


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What each model is measured on.

    swapped: prompts changed by counterfactual swaps. general: passages of text. latency_prompts: the first prompts,
    answered one at a time. labels: classes of the task, where prompts have labels. tempting: prompts that tempt to a
    named behaviour.
    """

    context: Context
    contract: Contract | None
    prompts: Rows
    swapped: Rows
    held_out: Rows
    general: Sequence[str]
    latency_prompts: int
    labels: Sequence[str]
    tempting: Rows = field(default_factory=list)

    def policy(self, name: str, source: str | Path) -> Measured:
        """One policy's replies, judged, with its timing and what it makes of held-out and general text."""
        best = pick.read(source)
        if best is not None:
            return Measured(pick.chosen(self.candidates(name, best), best))
        settings, seed = self.context.settings, self.context.seed + EVALUATION_SEED
        tokenizer = models.load_tokenizer(source, settings.model)
        policy = models.load_policy(source, settings.model)
        drawn, speeds = self.replies(name, policy, tokenizer, self.prompts, seed, FEWEST_BATCHES)
        made = Measured([self.judged(prompt, one) for prompt, one in zip(self.prompts, drawn, strict=True)])
        made.tokens_per_second = speed.tokens_per_second(*speeds)
        if self.swapped and name not in (BASE, SFT):
            changed, _ = self.replies(f"{name}-swapped", policy, tokenizer, self.swapped, seed)
            made.swapped = [
                self.judged(prompt, one) | {"kind": prompt["kind"], "original": prompt["original"]}
                for prompt, one in zip(self.swapped, changed, strict=True)
            ]
        if self.tempting:
            answers, _ = self.replies(f"{name}-tempted", policy, tokenizer, self.tempting, seed)
            made.tempted = [
                self.judged(prompt, one) | {"behaviour": prompt["behaviour"]}
                for prompt, one in zip(self.tempting, answers, strict=True)
            ]
        if name == SFT:
            for row in made.rows:
                row["kl"] = 0.0  # to itself
        else:
            read = made.rows[: BASE_KL_ROWS if name == BASE else KL_ROWS]
            made.log_probs, _ = sampling.log_probs(policy, tokenizer, *_asked_and_said(read))
        if self.held_out:
            made.brand = reply_sums(policy, tokenizer, self.held_out)
        if self.general:
            made.general = text_sums(policy, tokenizer, self.general)
        if self.latency_prompts:
            asked = [row["messages"] for row in self.prompts[: self.latency_prompts]]
            made.latency = speed.latency(policy, tokenizer, asked, settings.generation, seed)
        return made

    def candidates(self, name: str, best: pick.BestOfN) -> Rows:
        """n judged replies of its policy to each prompt, a prompt's one after the other, with their "choice" scores."""
        source = models.model_folder(best.policy.path)
        settings = self.context.settings.model
        tokenizer, policy = models.load_tokenizer(source, settings), models.load_policy(source, settings)
        asked = [prompt for prompt in self.prompts for _ in range(best.n)]
        drawn, _ = self.replies(name, policy, tokenizer, asked, self.context.seed + EVALUATION_SEED)
        rows = [self.judged(prompt, one) for prompt, one in zip(asked, drawn, strict=True)]
        add_rewards([rows], [one.path for one in best.rewards], "choice", self.context, spread="choice_spread")
        return rows

    def given(self, replies: Mapping[str, str]) -> Measured:
        """Replies made elsewhere, {prompt id: text}, judged; prompts without one are left out."""
        answered = [prompt for prompt in self.prompts if prompt["id"] in replies]
        return Measured([self.judged(prompt, {"reply": replies[prompt["id"]]}) for prompt in answered])

    def judged(self, prompt: dict[str, Any], drawn: Mapping[str, Any]) -> dict[str, Any]:
        return judge_reply(prompt, drawn, self.contract, self.labels)

    def replies(
        self, name: str, policy: Any, tokenizer: Any, prompts: Rows, seed: int, fewest: int = 1
    ) -> tuple[Rows, tuple[list[int], list[float]]]:
        """{"reply", "tokens", "ended"} a prompt, and the tokens and seconds of each batch; finished ones are kept.

        fewest: batches, smaller ones where there are few prompts; a single one would not tell how its time varies.
        """
        generation = self.context.settings.generation
        generation = replace(generation, batch_size=min(generation.batch_size, -(-len(prompts) // fewest)))
        conversations = [row["messages"] for row in prompts]
        count = -(-len(conversations) // generation.batch_size)
        files = [self.context.scratch / f"{name.replace('/', '_')}-{place}.jsonl" for place in range(count)]
        done = next((place for place, file in enumerate(files) if not file.exists()), count)
        self.context.progress.start(count, f"batches of {name}")
        self.context.progress.step(done)
        low = models.computes_bfloat16(self.context.settings.model)
        batches = sampling.sample(policy, tokenizer, conversations, generation, seed, first=done, bfloat16=low)
        for file in files[done:]:
            began = time.perf_counter()
            batch = next(batches)
            took = round(time.perf_counter() - began, 6)
            lines = [{"reply": one.text, "tokens": one.tokens, "ended": one.ended} for one in batch]
            write_jsonl(file, [*lines, {"seconds": took}])
            self.context.progress.step()
        self.context.progress.done()
        read = [read_jsonl(file) for file in files]
        seconds = [rows.pop()["seconds"] for rows in read]
        tokens = [sum(row["tokens"] for row in rows) for rows in read]
        return [row for rows in read for row in rows], (tokens, seconds)

    def add_kl(self, found: Mapping[str, Measured], reference: str | Path) -> None:
        """row["kl"] of the models that have log-probabilities: log p(reply) − log p_SFT(reply), nats a reply."""
        apart = [one for one in found.values() if one.log_probs is not None]
        if not apart:
            return
        tokenizer = models.load_tokenizer(reference, self.context.settings.model)
        policy = models.load_policy(reference, self.context.settings.model)
        for one in apart:
            read = one.rows[: len(one.log_probs or ())]
            theirs, _ = sampling.log_probs(policy, tokenizer, *_asked_and_said(read))
            for row, a, b in zip(read, one.log_probs or (), theirs, strict=True):
                row["kl"] = a - b


def add_rewards(
    found: Iterable[Rows], folders: Sequence[Path], column: str, context: Context, spread: str | None = None
) -> None:
    """row[column]: the score of the reward model in `folders`, of several their mean; row[spread]: their deviation."""
    every = [row for rows in found for row in rows]
    if not folders or not every:
        return
    scores = []
    low = models.computes_bfloat16(context.settings.model)
    context.progress.start(len(folders), "reward models")
    for folder in folders:
        source = models.model_folder(folder)
        tokenizer = models.load_tokenizer(source, context.settings.model)
        reward = models.load_reward(source, context.settings.model)
        scores.append(sampling.rewards(reward, tokenizer, *_asked_and_said(every), bfloat16=low))
        context.progress.step()
    context.progress.done()
    array = np.array(scores)  # (models, replies)
    for place, row in enumerate(every):
        row[column] = float(array[:, place].mean())
        if spread and len(folders) > 1:
            row[spread] = float(array[:, place].std(ddof=1))


def _asked_and_said(rows: Rows) -> tuple[list[Any], list[str]]:
    return [row["messages"] for row in rows], [row["reply"] for row in rows]
