"""How varied replies are, with intervals: distinct n-grams, different openers, repetition inside a reply.

A count of distinct things grows with the number of replies and falls when they are resampled, so the bootstrap is
biased here. The interval is the jackknife's: leave out each reply in turn,

    T ± 1.96·sqrt((n − 1)/n · Σ_i (T₋ᵢ − mean T₋)²)

whose variance is on average too large, never too small (Efron and Stein 1981, Annals of Statistics 9:586). It speaks
of the figure at this number of replies: compare models on the same number only.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from alignment.stats import Estimate
from alignment.stats.intervals import z_quantile
from alignment.voice.folding import words

NAN = float("nan")


def distinct_n(replies: Sequence[str], n: int) -> Estimate:
    """Distinct n-grams of words over all n-grams, of all replies together (Li et al. 2016, section 5.1).

    From above 0 (one phrase over and over) to 1 (no n-gram twice). 0 where no reply has n words.
    """
    per_reply = [Counter(_ngrams(reply, n)) for reply in replies]
    total: Counter[tuple[str, ...]] = Counter()
    for own in per_reply:
        total.update(own)
    if not total:
        return Estimate(0.0, NAN, NAN, len(replies))
    # of reply i: its n-grams, and how many of the distinct ones vanish with it
    counts = np.array([own.total() for own in per_reply], dtype=float)
    vanish = np.array([sum(total[gram] == times for gram, times in own.items()) for own in per_reply], dtype=float)
    left = counts.sum() - counts
    without = np.divide(len(total) - vanish, left, out=np.full(len(replies), NAN), where=left > 0)
    return _jackknifed(len(total) / total.total(), without, low=0.0, high=1.0)


def different(names: Sequence[str]) -> Estimate:
    """The number of different names (openers), with the jackknife's interval; never below 1."""
    counts = Counter(names)
    if not counts:
        return Estimate(NAN, NAN, NAN, 0)
    without = np.array([len(counts) - (counts[name] == 1) for name in names], dtype=float)
    return _jackknifed(float(len(counts)), without, low=1.0, high=float("inf"))


def self_repetition(reply: str, n: int = 4) -> float:
    """The share of a reply's runs of n words that it has said before, 0 to 1 (Welleck et al. 2020, seq-rep-n)."""
    grams = _ngrams(reply, n)
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def _ngrams(reply: str, n: int) -> list[tuple[str, ...]]:
    tokens = [word.casefold() for word in words(reply)]
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def _jackknifed(value: float, without: np.ndarray, low: float, high: float) -> Estimate:
    n = len(without)
    if n < 2 or np.isnan(without).any():
        return Estimate(value, NAN, NAN, n)
    half = z_quantile(0.95) * float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))
    return Estimate(value, max(low, value - half), min(high, value + half), n)
