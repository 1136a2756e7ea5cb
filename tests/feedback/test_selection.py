"""Pairs of different texts only, responses used evenly, nothing dependent on order."""

from collections import Counter

from alignment.feedback.choosing.selection import select_pairs, select_raters
from alignment.feedback.records import Item, Pair, Response


def item(*texts: str, key: str = "p") -> Item:
    replies = tuple(Response(f"r{n}", text, "m", "h", {}) for n, text in enumerate(texts))
    return Item(key, ({"role": "user", "content": "?"},), (), {}, replies)


def test_equal_texts_are_never_paired_and_are_counted() -> None:
    # r0 = r1 = r4: three pairs of equal texts; r3 has no word; what is left is r0 against r2
    found = select_pairs(item("hi", "hi ", "hello", " ", "hi"), count=9, seed=1)
    assert found.pairs == (Pair("p", "r0", "r2"),)
    assert (found.identical, found.empty) == (3, 1)


def test_a_prompt_with_one_text_has_no_pair() -> None:
    assert select_pairs(item("hi", "hi"), count=2, seed=1).pairs == ()
    assert select_pairs(item(), count=2, seed=1).pairs == ()


def test_all_pairs_when_there_are_few_and_none_twice() -> None:
    found = select_pairs(item("a", "b", "c"), count=9, seed=1).pairs
    assert sorted(found) == [Pair("p", "r0", "r1"), Pair("p", "r0", "r2"), Pair("p", "r1", "r2")]


def test_responses_are_used_evenly() -> None:
    for seed in range(20):
        used = Counter(
            key for pair in select_pairs(item(*"abcdef"), count=3, seed=seed).pairs for key in (pair.first, pair.second)
        )
        assert set(used.values()) == {1}, "three pairs of six responses name each once"


def test_the_order_of_the_responses_does_not_matter_but_the_seed_does() -> None:
    whole = item(*"abcdef")
    backwards = Item(whole.key, whole.prompt, (), {}, tuple(reversed(whole.responses)))
    assert select_pairs(whole, 4, seed=1) == select_pairs(backwards, 4, seed=1)
    assert len({select_pairs(whole, 4, seed=seed).pairs for seed in range(10)}) > 1


def test_raters_share_the_pairs() -> None:
    names = ["x", "y", "z"]
    share = Counter(name for n in range(600) for name in select_raters(Pair(f"p{n}", "a", "b"), names, count=2, seed=1))
    assert sum(share.values()) == 1200
    assert all(abs(count - 400) < 60 for count in share.values())  # 5 standard deviations of 600 draws at 2/3
    pair = Pair("p", "a", "b")
    assert select_raters(pair, names, 2, seed=1) == select_raters(pair, names, 2, seed=1)
    assert select_raters(pair, names, 3, seed=1) == names
