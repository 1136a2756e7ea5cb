"""From judged replies to figures: {model: {figure: {"value", "low", "high", "n"}}}, each with its interval.

All intervals are two-sided at 95 % and speak of prompts like these: the prompts are the sample.

| figure | what | interval |
|---|---|---|
| voice | share of replies that keep every hard rule | Wilson |
| score | mean graded score, 0 to 1 | bootstrap of prompts |
| needless_apology | share that apologise without cause | Wilson |
| facts | share with all facts right, of prompts that ask for facts | Wilson |
| openers | number of different openers | none: it describes these replies, and grows with their number |
| top_opener | share of the commonest opener | Wilson (a little narrow: which opener it is was chosen by the data) |
| win_rate_vs_sft | share of prompts on which the graded score beats SFT's, ties one half | Wilson |
| reward | mean score of the reward model | bootstrap of prompts |
| kl | mean of log p(reply) under the model − under SFT, nats a reply | bootstrap of prompts |
| length | words a reply | bootstrap of prompts |
| perplexity | of the brand's held-out text, measured by the caller | the caller's |
| chrf | mean chrF to the reference reply, 0 to 100 | bootstrap of prompts |
| distinct_2 | distinct word pairs over all word pairs | none: resampling repeats replies and biases it |
| failures_vs_sft | 1 − failing replies / SFT's failing replies | bootstrap of prompts |
| apologies_vs_base | 1 − needless apologies / base's | bootstrap of prompts |
| facts_minus_base | share with facts right minus base's, same prompts | Bonett and Price, paired |

A figure that does not apply (no contract, no facts, no reward model, nothing to compare with) is absent, never zero.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from alignment import stats
from alignment.evaluation.text import distinct_n
from alignment.stats.intervals import RESAMPLES, bootstrap_interval

Row = Mapping[str, Any]
Figure = dict[str, float | int | None]
BASE, SFT = "base", "sft"


def figures(
    rows: Mapping[str, Sequence[Row]], perplexity: Mapping[str, stats.Estimate] | None = None
) -> dict[str, dict[str, Figure]]:
    """The figures of every model.

    Args:
        rows: by model, one row a prompt, with "id", "reply", "opener", "length" and, each None where it does not
            apply, "score", "passed", "needless_apology", "facts", "reward", "kl", "chrf".
        perplexity: by model, where it was measured.

    Raises:
        ValueError: two models do not answer the same prompts, or a prompt comes twice.
    """
    _same_prompts(rows)
    found = {}
    for model, own in rows.items():
        made = alone(own)
        if model == BASE:
            made.pop("kl", None)  # no descendant of SFT
        if perplexity and model in perplexity:
            made["perplexity"] = as_figure(perplexity[model])
        if SFT in rows and model != SFT:
            made |= against_sft(own, rows[SFT])
        if BASE in rows and model != BASE:
            made |= against_base(own, rows[BASE])
        found[model] = made
    return found


def alone(rows: Sequence[Row]) -> dict[str, Figure]:
    """The figures of one model that need no other."""
    made: dict[str, Figure] = {}
    for figure, column in (("voice", "passed"), ("needless_apology", "needless_apology"), ("facts", "facts")):
        if values := _column(rows, column):
            made[figure] = as_figure(stats.share(values))
    for figure in ("score", "reward", "kl", "length", "chrf"):
        if values := _column(rows, figure):
            made[figure] = as_figure(stats.mean(values))
    if rows:
        used = [row["opener"] for row in rows]
        most = max(used.count(opener) for opener in set(used))
        made["openers"] = {"value": len(set(used)), "low": None, "high": None, "n": len(rows)}
        made["top_opener"] = as_figure(stats.wilson(most, len(rows)))
        distinct = distinct_n([row["reply"] for row in rows], 2)
        made["distinct_2"] = {"value": distinct, "low": None, "high": None, "n": len(rows)}
    return made


def against_sft(rows: Sequence[Row], sft: Sequence[Row]) -> dict[str, Figure]:
    """win_rate_vs_sft and failures_vs_sft; empty where replies have no score."""
    made: dict[str, Figure] = {}
    ours, theirs = _paired(rows, sft, "score")
    if ours.size:
        made["win_rate_vs_sft"] = as_figure(stats.win_rate((np.sign(np.round(ours - theirs, 9)) + 1) / 2))
    ours, theirs = _paired(rows, sft, "passed")
    if fewer := relative_reduction(1 - ours, 1 - theirs):
        made["failures_vs_sft"] = fewer
    return made


def against_base(rows: Sequence[Row], base: Sequence[Row]) -> dict[str, Figure]:
    """apologies_vs_base and facts_minus_base."""
    made: dict[str, Figure] = {}
    if fewer := relative_reduction(*_paired(rows, base, "needless_apology")):
        made["apologies_vs_base"] = fewer
    ours, theirs = _paired(rows, base, "facts")
    if ours.size:
        made["facts_minus_base"] = as_figure(stats.paired_difference(ours, theirs))
    return made


def relative_reduction(ours: np.ndarray, theirs: np.ndarray) -> Figure | None:
    """1 − Σ ours / Σ theirs, resampling pairs; None where theirs has none to reduce.

    ours, theirs: (N,) of 0 and 1, entry i of both from the same prompt. 1: all gone; 0: as many; below 0: more.
    """
    if not theirs.any():
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = bootstrap_interval(lambda drawn: 1 - (drawn @ ours) / (drawn @ theirs), len(ours), RESAMPLES)
    return as_figure(stats.Estimate(float(1 - ours.sum() / theirs.sum()), low, high, len(ours)))


def as_figure(estimate: stats.Estimate | stats.WinRate) -> Figure:
    """The four numbers as JSON holds them: NaN becomes null."""
    value = estimate.mean if isinstance(estimate, stats.WinRate) else estimate.value
    numbers = {"value": value, "low": estimate.low, "high": estimate.high}
    return {**{name: None if math.isnan(x) else float(x) for name, x in numbers.items()}, "n": estimate.n}


def _column(rows: Sequence[Row], name: str) -> list[float]:
    return [float(row[name]) for row in rows if row.get(name) is not None]


def _paired(rows: Sequence[Row], others: Sequence[Row], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Two (N,) arrays of a column, by prompt, where both models have it."""
    by_id = {row["id"]: row.get(name) for row in others}
    both = [(row[name], by_id[row["id"]]) for row in rows if row.get(name) is not None]
    both = [pair for pair in both if pair[1] is not None]
    array = np.array(both, dtype=float).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def _same_prompts(rows: Mapping[str, Sequence[Row]]) -> None:
    first, expected = "", None
    for model, own in rows.items():
        ids = sorted(str(row["id"]) for row in own)
        if len(set(ids)) != len(ids):
            raise ValueError(f"{model} answers a prompt twice: give one row a prompt")
        if expected is not None and ids != expected:
            raise ValueError(f"{model} and {first} answer different prompts: give all models the same")
        first, expected = first or model, ids
