"""Numbers that describe replies, for a model of what people prefer that is trained anew between two ratings.

They are learnt from the replies to choose from, without any rating, and know neither brand nor reviewer:

- what is said: words and pairs of words, hashed (Weinberger et al. 2009, arXiv 0902.2206) and weighted by how rare
  they are (tf-idf), brought to their `TOPICS` main directions by a truncated singular value decomposition (latent
  semantic analysis, Deerwester et al. 1990; randomised, Halko et al. 2011, arXiv 0909.4061);
- how it begins and how it ends: the same of the first and the last words, where a voice shows most;
- how it stands to the prompt: words and numbers that it takes from there or that are new; length and punctuation.
"""

from __future__ import annotations

import math
import re
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped, unused-ignore]

WIDTH = 1024  # places of the hash
TOPICS = 48
OPENING = 2  # words
ENDING = 8
EDGE_TOPICS = 16
EDGE_WEIGHT = 0.5  # lengths of the parts beside each other, found on other replies than the benchmark's
RELATION_WEIGHT = 0.2

Floats = NDArray[np.float64]


def describe(texts: Sequence[str], prompts: Sequence[str]) -> Floats:
    """(texts, features) of replies and of what each answers; the same text stands elsewhere among other texts."""
    found = [words(text) for text in texts]
    whole = topics(([*one, *(" ".join(pair) for pair in pairwise(["^", *one, "$"]))] for one in found), TOPICS)
    opening = topics((one[:OPENING] for one in found), EDGE_TOPICS)
    ending = topics((one[-ENDING:] for one in found), EDGE_TOPICS)
    beside = [relations(one, words(prompt)) for one, prompt in zip(found, prompts, strict=True)]
    return np.hstack([whole, EDGE_WEIGHT * opening, EDGE_WEIGHT * ending, RELATION_WEIGHT * standard(np.array(beside))])


def words(text: str) -> list[str]:
    """Words, numbers and marks, small letters."""
    return re.findall(r"\w+|[^\w\s]", text.lower())


def topics(bags: Iterable[Sequence[str]], count: int) -> Floats:
    """(texts, up to `count`) main directions of hashed tf-idf, each shrunk to the root of its spread; mean length 1."""
    x = rarity_weighted(bags)  # sparse: thousands of replies stand beside the app; the mean is taken off on the way
    mean = np.asarray(x.mean(axis=0)).reshape(1, -1)
    count = min(count, *x.shape)
    sample = np.random.default_rng(0).normal(size=(WIDTH, min(count + 16, *x.shape)))
    for _ in range(4):
        basis, _ = np.linalg.qr(x @ sample - mean @ sample)
        sample = x.T @ basis - mean.T @ basis.sum(axis=0, keepdims=True)
    left, size, _ = np.linalg.svd(sample.T, full_matrices=False)
    count = min(count, int((size > 1e-9).sum()))  # what is left beyond is rounding
    made: Floats = (basis @ left)[:, :count] * np.sqrt(size[:count])
    return made / max(1e-9, float(np.sqrt((made**2).sum(axis=1).mean())))


def rarity_weighted(bags: Iterable[Sequence[str]]) -> sparse.csr_array:
    """(texts, WIDTH) hashed counts, (1 + log count) · log((1 + n) / (1 + texts with it)), each text of length 1."""
    ends = array("l", [0])
    columns, values = array("l"), array("d")
    places: dict[str, int] = {}
    for bag in bags:
        for token, times in Counter(bag).items():
            if token not in places:
                places[token] = zlib.crc32(token.encode("utf-8", "replace"))
            place = places[token]
            columns.append(place % WIDTH)
            values.append((1 if place & 0x8000_0000 else -1) * (1 + math.log(times)))
        ends.append(len(columns))
    made = sparse.csr_array((np.array(values), np.array(columns), np.array(ends)), shape=(len(ends) - 1, WIDTH))
    made.sum_duplicates()  # words that meet in one place
    having = np.bincount(made.indices[made.data != 0], minlength=WIDTH)
    made.data *= np.log(len(ends) / (1 + having))[made.indices]
    lengths = np.sqrt(made.multiply(made).sum(axis=1))
    made.data /= np.repeat(np.maximum(1e-9, lengths), np.diff(made.indptr))
    return made


def relations(reply: Sequence[str], prompt: Iterable[str]) -> list[float]:
    """Length, words and numbers shared with the prompt, numbers that are new, punctuation, words said again."""
    said = [word for word in reply if word[0].isalnum()]
    told = set(prompt)
    new = [any(map(str.isdigit, word)) and word not in told for word in said]
    kept = [any(map(str.isdigit, word)) and word in told for word in said]
    count = max(1, len(said))
    return [
        float(np.log1p(len(said))),
        len(said),
        sum(word in told for word in said) / count,
        sum(new),
        any(new),
        sum(kept),
        *(reply.count(mark) for mark in "!?,"),
        len(set(said)) / count,
    ]


def standard(values: Floats) -> Floats:
    """Columns of mean 0 and standard deviation 1; one that does not vary is 0."""
    made: Floats = (values - values.mean(axis=0)) / np.maximum(1e-9, values.std(axis=0))
    return made
