"""Likeness of replies to reference replies: BLEU, chrF, ROUGE-L, exact match, token F1. Libraries compute them.

Rows hold what one reply and its reference give; `likeness` makes figures of them. Scores of sacrebleu run from 0 to
100, the others from 0 to 1. A good reply may share few words with the reference: these figures say how like it is,
not how good.
"""

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from alignment import stats
from alignment.stats import Estimate
from alignment.stats.intervals import bootstrap_interval, with_width
from alignment.voice.folding import fold

BLEU_RESAMPLES = 1000
COLUMNS = ("chrf", "rouge_l", "exact", "token_f1")


def likeness_row(reply: str, reference: str | None) -> dict[str, Any]:
    """{"chrf", "rouge_l", "exact", "token_f1", "bleu_counts"} of one reply; all None without a reference.

    bleu_counts: matched n-grams (4), n-grams (4), length of reply and of reference, in sacrebleu's tokens.
    """
    if not reference:
        return dict.fromkeys((*COLUMNS, "bleu_counts"))
    bleu = _bleu().sentence_score(reply, [reference])
    return {
        "chrf": float(_chrf().sentence_score(reply, [reference]).score),
        "rouge_l": float(_rouge().score(reference, reply)["rougeL"].fmeasure),
        "exact": _normal(reply) == _normal(reference),
        "token_f1": token_f1(reply, reference),
        "bleu_counts": [*bleu.counts, *bleu.totals, bleu.sys_len, bleu.ref_len],
    }


def likeness(rows: Sequence[Mapping[str, Any]]) -> dict[str, Estimate]:
    """Figures over the rows with a reference: bleu (of the corpus), chrf, rouge_l, token_f1 (means), exact (share)."""
    made = {}
    for name in COLUMNS:
        values = [float(row[name]) for row in rows if row.get(name) is not None]
        if values:
            most = 100.0 if name == "chrf" else 1.0
            made[name] = stats.share(values) if name == "exact" else with_width(stats.mean(values), len(values), most)
    counts = [row["bleu_counts"] for row in rows if row.get("bleu_counts")]
    if counts:
        made["bleu"] = corpus_bleu(np.array(counts, dtype=float))
    return made


def corpus_bleu(counts: np.ndarray) -> Estimate:
    """BLEU of the corpus (Papineni et al. 2002; sacrebleu's 13a tokens, exponential smoothing), resampling replies.

    counts: (N, 10), a row a reply as in `likeness_row`.
    """

    def bleu(weights: np.ndarray) -> np.ndarray:
        sums = np.rint(weights @ counts).astype(int)
        return np.array(
            [
                _bleu().compute_bleu(list(row[:4]), list(row[4:8]), int(row[8]), int(row[9]), "exp", None).score
                for row in sums
            ]
        )

    low, high = bootstrap_interval(bleu, len(counts), BLEU_RESAMPLES)
    return with_width(Estimate(float(bleu(np.ones((1, len(counts))))[0]), low, high, len(counts)), len(counts), 100.0)


def token_f1(reply: str, reference: str) -> float:
    """F1 of shared tokens after SQuAD's folding (Rajpurkar et al. 2016): case, punctuation and articles gone.

    1 where both are empty, 0 where one is.
    """
    ours, theirs = _normal(reply).split(), _normal(reference).split()
    if not ours or not theirs:
        return float(ours == theirs)
    shared = (Counter(ours) & Counter(theirs)).total()
    return 2 * shared / (len(ours) + len(theirs))


_PUNCTUATION = str.maketrans("", "", string.punctuation)


def _normal(text: str) -> str:
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", fold(text).translate(_PUNCTUATION)).split())


@cache
def _bleu() -> Any:
    from sacrebleu.metrics import BLEU

    return BLEU(effective_order=True)


@cache
def _chrf() -> Any:
    from sacrebleu.metrics import CHRF

    return CHRF()


@cache
def _rouge() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], use_stemmer=False)
