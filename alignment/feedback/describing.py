"""Numbers that describe replies, for a model of what people prefer that is trained anew between two ratings.

They are learnt from the replies to choose from, without any rating, and know neither brand nor reviewer:

- what is said: words and pairs of words, hashed (Weinberger et al. 2009, arXiv 0902.2206) and weighted by how rare
  they are (tf-idf), brought to their `TOPICS` main directions by a truncated singular value decomposition (latent
  semantic analysis, Deerwester et al. 1990; randomised, Halko et al. 2011, arXiv 0909.4061);
- how it begins and how it ends: the same of the first and the last words, where a voice shows most;
- how it stands to the prompt: words and numbers that it takes from there or that are new; length and punctuation.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

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
    whole = topics([[*one, *(" ".join(pair) for pair in pairwise(["^", *one, "$"]))] for one in found], TOPICS)
    opening = topics([one[:OPENING] for one in found], EDGE_TOPICS)
    ending = topics([one[-ENDING:] for one in found], EDGE_TOPICS)
    beside = [relations(one, words(prompt)) for one, prompt in zip(found, prompts, strict=True)]
    return np.hstack([whole, EDGE_WEIGHT * opening, EDGE_WEIGHT * ending, RELATION_WEIGHT * standard(np.array(beside))])


def words(text: str) -> list[str]:
    """Words, numbers and marks, small letters."""
    return re.findall(r"\w+|[^\w\s]", text.lower())


def topics(bags: Sequence[Sequence[str]], count: int) -> Floats:
    """(texts, up to `count`) main directions of hashed tf-idf, each shrunk to the root of its spread; mean length 1."""
    x = rarity_weighted(bags)
    x -= x.mean(axis=0)
    count = min(count, *x.shape)
    sample = x @ np.random.default_rng(0).normal(size=(WIDTH, min(count + 16, *x.shape)))
    for _ in range(3):
        basis, _ = np.linalg.qr(sample)
        sample = x @ (x.T @ basis)
    basis, _ = np.linalg.qr(sample)
    left, size, _ = np.linalg.svd(basis.T @ x, full_matrices=False)
    count = min(count, int((size > 1e-9).sum()))  # what is left beyond is rounding
    made: Floats = (basis @ left)[:, :count] * np.sqrt(size[:count])
    return made / max(1e-9, float(np.sqrt((made**2).sum(axis=1).mean())))


def rarity_weighted(bags: Sequence[Sequence[str]]) -> Floats:
    """(texts, WIDTH) hashed counts, (1 + log count) · log((1 + n) / (1 + texts with it)), each text of length 1."""
    made = np.zeros((len(bags), WIDTH))
    places: dict[str, int] = {}
    for row, bag in zip(made, bags, strict=True):
        for token, times in Counter(bag).items():
            if token not in places:
                places[token] = zlib.crc32(token.encode("utf-8", "replace"))
            place = places[token]
            row[place % WIDTH] += (1 if place & 0x8000_0000 else -1) * (1 + np.log(times))
    made *= np.log((1 + len(bags)) / (1 + (made != 0).sum(axis=0)))
    lengths: Floats = np.linalg.norm(made, axis=1, keepdims=True)
    made /= np.maximum(1e-9, lengths)
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
