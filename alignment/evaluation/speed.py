"""How fast a model answers: seconds for one reply alone, and tokens a second in batches."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from alignment import sampling, stats
from alignment.settings import Generation
from alignment.stats import Estimate
from alignment.stats.intervals import RESAMPLES, bootstrap_interval

WARM_UP = 1  # replies that are not timed: the first one pays for caches


def latency(
    policy: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    conversations: Sequence[sampling.Conversation],
    generation: Generation,
    seed: int,
) -> Estimate:
    """Mean seconds from a prompt to its whole reply, one prompt at a time; the interval resamples prompts.

    It holds for this machine under the load it had.
    """
    alone = replace(generation, batch_size=1)
    replies = sampling.sample(policy, tokenizer, [*conversations[:WARM_UP], *conversations], alone, seed)
    for _ in range(WARM_UP):
        next(replies)
    seconds = []
    while True:
        began = time.perf_counter()
        if next(replies, None) is None:
            break
        seconds.append(time.perf_counter() - began)
    return stats.mean(seconds)


def tokens_per_second(tokens: Sequence[int], seconds: Sequence[float]) -> Estimate:
    """Σ tokens / Σ seconds over batches; the interval resamples batches, and has NaN ends for a single one."""
    made, took = np.array(tokens, dtype=float), np.array(seconds, dtype=float)
    if not len(took) or not took.sum() > 0:
        return Estimate(float("nan"), float("nan"), float("nan"), len(took))
    rate = float(made.sum() / took.sum())
    if len(took) < 2:
        return Estimate(rate, float("nan"), float("nan"), len(took))
    low, high = bootstrap_interval(lambda weights: (weights @ made) / (weights @ took), len(took), RESAMPLES)
    return Estimate(rate, low, high, len(took))
