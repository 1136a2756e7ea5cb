"""Groups of like texts are those of a comparison of all with all, also where a thousand are of one template."""

import gzip
import json
import os
import random
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from alignment.data import groups as grouping
from alignment.data.corpus import Corpus
from alignment.data.duplicates import NearDuplicates, exact_key, folded, text_of

DATA = Path(os.environ.get("ATTUNE_DATA") or Path(__file__).parents[2] / ".." / "shared" / "data")
star = pytest.mark.skipif(
    not (DATA / "star").is_dir(), reason=f"needs the STAR transcripts in {DATA}/star (or set ATTUNE_DATA)"
)


def similarities(texts: list[str]) -> np.ndarray:
    """(n, n) Jaccard similarities of the sets of five characters, all with all."""
    known: dict[str, int] = {}
    rows = []
    for text in map(folded, texts):
        parts = {text[i : i + 5] for i in range(max(1, len(text) - 4))}
        rows.append([known.setdefault(part, len(known)) for part in parts])
    sizes = np.array([len(row) for row in rows])
    flat = np.concatenate(rows)
    shape = (len(texts), len(known))
    table = csr_matrix((np.ones(len(flat), np.int32), flat, np.append(0, sizes.cumsum())), shape)
    shared = (table @ table.T).toarray()
    return shared / (sizes[:, None] + sizes[None, :] - shared)


def components(similar: np.ndarray, threshold: float) -> list[int]:
    """The smallest member of each text's group."""
    _, labels = connected_components(csr_matrix(similar >= threshold), directed=False)
    first: dict[int, int] = {}
    return [first.setdefault(label, place) for place, label in enumerate(labels.tolist())]


def searched(texts: list[str]) -> NearDuplicates:
    near = NearDuplicates()
    for text in texts:
        near.add(text_of(text))
    return near


def items(count: int) -> list[str]:
    text = "What does item {} cost, is it {} wide? It costs ${} in the shop, taxes included."
    return [text.format(n, n * 7, n) for n in range(count)]


def orders(count: int) -> list[str]:
    """Of three templates, with names, orders and days that differ."""
    chance = random.Random(5)
    frames = (
        "Hello, {name} here, where is my order {order}? It left us {days} days ago, {name}.",
        "Can I still return the {thing} of order {order}? Of course, within {days} days.",
        "How long to {zip}, please? To {zip} it takes {days} days, {name}.",
    )
    return [
        chance.choice(frames).format(
            name=chance.choice(("Beth Sawyer", "Tom Becker", "Luz Ortega", "Dwayne Harris")),
            thing=chance.choice(("wreath", "lantern", "quilt", "bench", "mirror")),
            order=chance.randrange(10000, 99999),
            zip=chance.randrange(10000, 99999),
            days=chance.randrange(2, 60),
        )
        for _ in range(count)
    ]


def words(count: int) -> list[str]:
    """Texts of words by chance, half of them another one with some words changed."""
    chance = random.Random(3)
    known = ["".join(chance.choices("abcdefghijklmnop", k=chance.randrange(2, 9))) for _ in range(500)]
    made = [chance.choices(known, k=chance.randrange(5, 40)) for _ in range(count // 2)]
    for text in made[: count - len(made)]:
        changed = chance.randrange(0, max(2, len(text) // 4))
        made.append([chance.choice(known) if place < changed else word for place, word in enumerate(text)])
    return [" ".join(text) for text in made]


def shared_phrase(count: int) -> list[str]:
    """A notice that all have, and words that one alone has: nine of ten pairs from 0.5 to 0.65 alike."""
    chance = random.Random(7)
    notice = "thank you for writing to our shop, we are glad to help you with anything you need from us today"
    return [f"{notice} {' '.join(f'{chance.getrandbits(40):x}' for _ in range(2))}" for _ in range(count)]


@pytest.mark.parametrize("threshold", [0.7, 0.85, 0.5])
@pytest.mark.parametrize(
    "texts", [items(1500), orders(1500), words(1500), shared_phrase(800)], ids=["items", "orders", "words", "phrase"]
)
def test_groups_are_those_of_a_full_comparison(texts: list[str], threshold: float) -> None:
    found = searched(texts).group(threshold)
    assert found.roots().tolist() == components(similarities(texts), threshold)
    assert not found.marked.any()


def test_three_thousand_texts_of_one_template() -> None:
    """4.5 million pairs around the threshold."""
    near = searched(items(3000))
    start = time.process_time()
    roots = near.group(0.7).roots()
    assert time.process_time() - start < 10
    assert len(set(roots.tolist())) == 19  # as all with all
    assert near.copies(0.9) == {}


@star
def test_real_dialogues() -> None:
    with gzip.open(DATA / "star" / "transcripts.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][:2500]
    texts = ["\n".join(f"{m['role']}: {m['content']}" for m in row["messages"]) for row in rows]
    similar = similarities(texts)
    near = searched(texts)
    for threshold in (0.7, 0.4):
        expected = components(similar, threshold)
        assert near.group(threshold).roots().tolist() == expected
        assert threshold == 0.7 or len(set(expected)) < 2500  # some are alike


def test_a_copy_that_goes_has_a_like_one_that_stays() -> None:
    chance = random.Random(2)
    texts = [text for text in orders(600) for _ in range(2)] + words(600)
    texts = [text if chance.random() < 0.7 else text + " please" for text in texts]
    similar = similarities(texts)
    copies = searched(texts).copies(0.9)
    assert len(copies) > 300
    for copy, (stays, similarity) in copies.items():
        assert stays < copy and stays not in copies
        assert similarity == pytest.approx(similar[stays, copy]) and similarity >= 0.9


def test_crossing_sees_what_stands_on_both_sides() -> None:
    texts = words(600)
    similar = similarities(texts) >= 0.7
    marked = np.random.default_rng(1).random(600) < 0.8
    leaks = {i for i in range(600) if not marked[i] and similar[i][marked].any()}
    assert searched(texts).crossing(marked, 0.7) == leaks and len(leaks) > 20
    roots = searched(texts).group(0.7).roots()
    assert searched(texts).crossing(roots % 2 == 0, 0.7) == set()  # no group is parted


def test_what_was_not_compared_is_marked_and_stays_in_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """With little effort some texts stay unmet; then no text held out is alike to any of another split."""
    monkeypatch.setattr(grouping, "TRIES", 0)
    texts = items(400) + shared_phrase(400)
    similar = similarities(texts)
    exact = components(similar, 0.7)
    unmet = []
    for effort in (0, 40, 100, 10_000):
        monkeypatch.setattr(grouping, "EFFORT", effort)
        corpus = Corpus()
        for number, text in enumerate(texts):
            message = [{"role": "user", "content": text}]
            corpus.add(f"d{number}", f"d{number}", exact_key(message), text_of(text))
        groups = corpus.groups(0.7)
        splits = np.array(corpus.splits(groups, 1, 0.2, 0.2))
        assert not ((similar >= 0.7) & (splits[:, None] != splits[None, :])).any()
        assert set(splits[groups.marked]) <= {"train"}
        unmet.append(int(groups.marked.sum()))
    assert unmet == sorted(unmet, reverse=True) and unmet[0] > 300 and unmet[-1] == 0
    assert groups.roots().tolist() == exact
