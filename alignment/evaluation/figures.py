"""From judged replies to figures: {model: {figure: {"value", "low", "high", "n"}}}, each with its interval.

All intervals are two-sided at 95 % and speak of prompts like these: the prompts are the sample. Where resampling gives
the mean of numbers from 0 to 1 an interval without width, since all are alike, it is Wilson's (`with_width`).

| figure | what | interval |
|---|---|---|
| voice | share of replies that keep every hard rule | Wilson |
| rule_<name> | share of replies that keep this rule of the contract | Wilson |
| score | mean graded score, 0 to 1 | bootstrap of prompts |
| needless_apology, policy_speak, over_promising, wrong_greeting | share that show the behaviour | Wilson |
| facts | share with all facts right, of prompts that ask for facts | Wilson |
| refusal | share that say they cannot or will not help, or say nothing | Wilson |
| ended | share of sampled replies that ended by themselves | Wilson |
| openers | number of different openers | jackknife (`variety`): at this number of replies |
| top_opener | share of the commonest opener | Wilson (a little narrow: which opener it is was chosen by the data) |
| distinct_1, distinct_2 | distinct words (pairs) over all | jackknife (`variety`) |
| self_repetition | mean share of runs of four words that the same reply has said before | bootstrap of prompts |
| length | words a reply | bootstrap of prompts |
| length_minus_sft | words a reply minus SFT's, same prompts | bootstrap of prompts |
| win_rate_vs_<other>[_by_<judge>] | share of prompts won, ties one half (`wins`) | Wilson |
| length_controlled_win_rate_… | the same if both replies were equally long | logistic fit |
| judge_inconsistent_vs_<other> | share of a model judge's verdicts that changed with the order | Wilson |
| judge_unreadable_vs_<other> | share of the prompts on which it gave no verdict, or no answer | Wilson |
| reward, reward_heldout | mean score of the optimised and of a held-out reward model | bootstrap of prompts |
| reward_spread | mean standard deviation of a reply's scores over an ensemble | bootstrap of prompts |
| kl | mean of log p(reply) under the model − under SFT, nats a reply | bootstrap of prompts |
| perplexity, perplexity_general | of the brand's held-out replies, of general text | bootstrap of texts |
| forgetting_vs_base | ln of perplexity_general over base's, nats a token | bootstrap of texts |
| latency | seconds for one reply alone | bootstrap of prompts |
| tokens_per_second | tokens a second, in batches | bootstrap of batches |
| bleu, chrf, rouge_l, exact, token_f1 | likeness to a reference (`likeness`) | bootstrap of prompts; exact: Wilson |
| accuracy | of the class a reply names, where prompts have labels (`classes`) | Wilson |
| precision, recall, f1 | the same, mean over classes | bootstrap of prompts |
| failures_vs_sft | 1 − failing replies / SFT's failing replies | bootstrap of prompts |
| apologies_vs_base | 1 − needless apologies / base's | bootstrap of prompts |
| facts_minus_base, facts_minus_sft | share with facts right minus theirs, same prompts | Bonett and Price, paired |
| behaviour_<name> | share of replies to prompts that tempt to it which show it (`tempted`) | Wilson |
| bias_<kind>_<figure> | score, facts, needless_apology on swapped prompts minus on their own (`bias`) | paired |

A figure that does not apply (no contract, no facts, no reward model, nothing to compare with) is absent, never zero.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from alignment import stats
from alignment.evaluation.classes import classification
from alignment.evaluation.likeness import likeness
from alignment.evaluation.pairing import Figure, Row, as_figure, column, paired
from alignment.evaluation.variety import different, distinct_n
from alignment.evaluation.wins import Outcomes, by_score, win_figures
from alignment.stats.intervals import RESAMPLES, bootstrap_interval, with_width

BASE, SFT = "base", "sft"
SHARES = {  # figure: the rows' column
    "voice": "passed",
    "needless_apology": "needless_apology",
    "policy_speak": "policy_speak",
    "over_promising": "over_promising",
    "wrong_greeting": "wrong_greeting",
    "facts": "facts",
    "refusal": "refusal",
    "ended": "ended",
}
BOUNDED = ("score", "self_repetition")  # of the means, those of numbers from 0 to 1
MEANS = ("score", "reward", "reward_heldout", "reward_spread", "kl", "length", "self_repetition")


def figures(
    rows: Mapping[str, Sequence[Row]],
    measured: Mapping[str, Mapping[str, stats.Estimate]] | None = None,
    outcomes: Mapping[str, Mapping[str, Mapping[str, Outcomes]]] | None = None,
) -> dict[str, dict[str, Figure]]:
    """The figures of every model.

    Args:
        rows: by model, one row a prompt, with "id", "reply", "opener", "length" and, each absent or None where it does
            not apply, "kept" (by rule), "label" with "predicted", "bleu_counts", and the columns of `SHARES`, `MEANS`
            and `likeness.COLUMNS`.
        measured: by model, figures that do not follow from its replies, such as perplexity.
        outcomes: {model: {other: {judge: outcomes}}} of further judges and opponents; over SFT by graded score is
            always there.

    Raises:
        ValueError: a model answers a prompt twice, or two models have no prompt in common.
    """
    _same_prompts(rows)
    found = {}
    for model, own in rows.items():
        made = alone(own) | {name: as_figure(one) for name, one in (measured or {}).get(model, {}).items()}
        if SFT in rows:
            made |= against_sft(own, rows[SFT]) if model != SFT else to_itself(own)
        if BASE in rows and model != BASE:
            made |= against_base(own, rows[BASE])
        for other, judged in (outcomes or {}).get(model, {}).items():
            made |= win_figures(own, rows[other], other, judged)
        found[model] = made
    return found


def by_task(rows: Mapping[str, Sequence[Row]]) -> dict[str, dict[str, dict[str, Figure]]]:
    """{task: {model: figures}} of the prompts that name their task, as a mixture's do; empty where none does."""
    tasks = sorted({str(row["task"]) for own in rows.values() for row in own if row.get("task")})
    found = {}
    for task in tasks:
        parts = {name: [row for row in own if row.get("task") == task] for name, own in rows.items()}
        found[task] = figures({name: part for name, part in parts.items() if part})
    return found


def alone(rows: Sequence[Row]) -> dict[str, Figure]:
    """The figures of one model that need no other."""
    if not rows:
        return {}
    found: dict[str, stats.Estimate] = {}
    for figure, name in SHARES.items():
        if values := column(rows, name):
            found[figure] = stats.share(values)
    for figure in MEANS:
        if values := column(rows, figure):
            mean = stats.mean(values)
            found[figure] = with_width(mean, len(values)) if figure in BOUNDED else mean
    used, replies = [row["opener"] for row in rows], [row["reply"] for row in rows]
    found["openers"] = different(used)
    found["top_opener"] = stats.wilson(max(used.count(opener) for opener in set(used)), len(rows))
    found |= {f"distinct_{n}": distinct_n(replies, n) for n in (1, 2)}
    found |= {f"rule_{rule}": stats.share(values) for rule, values in _by_rule(rows).items()}
    found |= likeness(rows) | classification(rows)
    return {name: as_figure(estimate) for name, estimate in found.items()}


def _by_rule(rows: Sequence[Row]) -> dict[str, list[float]]:
    kept: dict[str, list[float]] = {}
    for row in rows:
        for rule, one in (row.get("kept") or {}).items():
            kept.setdefault(rule, []).append(float(one))
    return kept


def against_sft(rows: Sequence[Row], sft: Sequence[Row]) -> dict[str, Figure]:
    """Wins over SFT by graded score, failures_vs_sft, facts_minus_sft, length_minus_sft; the unjudged is left out."""
    made = win_figures(rows, sft, SFT, {"contract": by_score(rows, sft, "score")})
    ours, theirs = paired(rows, sft, "passed")
    if fewer := relative_reduction(1 - ours, 1 - theirs):
        made["failures_vs_sft"] = fewer
    for name in ("facts", "length"):
        ours, theirs = paired(rows, sft, name)
        if ours.size:
            made[f"{name}_minus_sft"] = as_figure(stats.paired_difference(ours, theirs))
    return made


def to_itself(rows: Sequence[Row]) -> dict[str, Figure]:
    """SFT's win rate over SFT: one half, by definition, so that every model has the figure."""
    count = len(column(rows, "score"))
    return {f"win_rate_vs_{SFT}": {"value": 0.5, "low": 0.5, "high": 0.5, "n": count}} if count else {}


def against_base(rows: Sequence[Row], base: Sequence[Row]) -> dict[str, Figure]:
    """apologies_vs_base and facts_minus_base."""
    made: dict[str, Figure] = {}
    if fewer := relative_reduction(*paired(rows, base, "needless_apology")):
        made["apologies_vs_base"] = fewer
    ours, theirs = paired(rows, base, "facts")
    if ours.size:
        made["facts_minus_base"] = as_figure(stats.paired_difference(ours, theirs))
    return made


def relative_reduction(ours: np.ndarray, theirs: np.ndarray) -> Figure | None:
    """1 − Σ ours / Σ theirs, resampling pairs; None where theirs has none to reduce.

    Where ours has none, the lower end takes Wilson's upper end of a share of none, and theirs as it is.

    ours, theirs: (N,) of 0 and 1, entry i of both from the same prompt. 1: all gone; 0: as many; below 0: more.
    """
    if not theirs.any():
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = bootstrap_interval(lambda drawn: 1 - (drawn @ ours) / (drawn @ theirs), len(ours), RESAMPLES)
    if not ours.any():  # none to resample, which does not mean that there are none: Wilson's upper end for ours
        low = 1 - stats.wilson(0, len(ours)).high / float(theirs.mean())
    return as_figure(stats.Estimate(float(1 - ours.sum() / theirs.sum()), low, high, len(ours)))


def _same_prompts(rows: Mapping[str, Sequence[Row]]) -> None:
    """Models may answer a part of the prompts (a file of replies does), but have some in common with the first."""
    first: tuple[str, set[str]] | None = None
    for model, own in rows.items():
        ids = [str(row["id"]) for row in own]
        if len(set(ids)) != len(ids):
            raise ValueError(f"{model} answers a prompt twice: give one row a prompt")
        if first is not None and not first[1] & set(ids):
            raise ValueError(f"{model} and {first[0]} answer no prompt in common: give both the same prompts")
        first = first or (model, set(ids))
