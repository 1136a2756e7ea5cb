"""Exact and near duplicates, groups and splits."""

import pytest

from alignment.data.bands import band_rows
from alignment.data.corpus import Corpus, SplitLookup
from alignment.data.duplicates import NearDuplicates, exact_key, jaccard, shingles, text_of
from alignment.data.ledger import shown_text
from alignment.data.splits import sample, split_groups, split_of


def dialogue(question: str, reply: str):
    return [{"role": "user", "content": question}, {"role": "assistant", "content": reply}]


def corpus(*dialogues) -> Corpus:
    made = Corpus()
    for number, messages in enumerate(dialogues):
        made.add(f"d{number}", f"d{number}", exact_key(messages), text_of(shown_text(messages)))
    return made


def test_similarity_by_hand():
    # abcdefg has the windows abcde bcdef cdefg; abcdefx has abcde bcdef cdefx: 2 of 4 in common
    assert jaccard(shingles("abcdefg"), shingles("abcdefx")) == pytest.approx(2 / 4)
    assert len(shingles("ab")) == 1


def test_rows_a_band():
    # 128 hashes: t=0.9 in bands of 8 rows proposes 1 - (1 - 0.9^8)^16 = 0.9999; 16 rows only 0.81; at 0.85 8 rows 0.994
    assert [band_rows(t) for t in (0.9, 0.85, 0.7, 0.4)] == [8, 4, 4, 2]


def test_exact_is_up_to_case_and_space_but_not_role():
    assert exact_key(dialogue("A  b", "c")) == exact_key(dialogue("a b", "C"))
    assert exact_key(dialogue("a", "b")) != exact_key([{"role": "user", "content": "a"}] * 2)


LONG = "Our linen cushion covers are washed by hand in cold water and dried in the shade, then pressed"


def test_near_duplicates_need_the_same_numbers():
    made = corpus(
        dialogue("How do I wash it?", f"{LONG} for 20 minutes."),
        dialogue("How do I wash it??", f"{LONG} for 20 minutes!"),
        dialogue("How do I wash it?", f"{LONG} for 25 minutes."),
    )
    assert made.near_duplicates(0.9) == {1: (0, 1.0)}
    groups = made.groups(0.7)
    assert [groups.root(i) for i in range(3)] == [0, 0, 0]
    assert len(set(made.splits(groups, 1, 0.3, 0.3))) == 1


def test_exact_copies_and_namesakes_share_a_split():
    made = Corpus()
    assert made.add("a", "a", exact_key(dialogue("q", "r")), None) is None
    assert made.add("b", "b", exact_key(dialogue("Q ", "R")), None) == 0
    assert (made.unique("x"), made.unique("x"), made.unique("x~2")) == ("x", "x~2", "x~2~2")
    made.add("a~2", "a", exact_key(dialogue("other", "text")), None)
    groups = made.groups(0)
    assert [groups.root(i) for i in range(3)] == [0, 0, 0]


def test_rows_of_one_dialogue_share_a_split():
    made = Corpus()
    for n, group in enumerate(["d", "e", "d", ""]):
        made.add(f"row{n}", f"row{n}", exact_key(dialogue(f"q{n}", f"r{n}")), None, group)
    assert [made.groups(0).root(i) for i in range(4)] == [0, 1, 0, 3]


def test_crossing_counts_held_out_dialogues_alike_to_training():
    made = corpus(dialogue("one", LONG), dialogue("one?", LONG + "."), dialogue("two", "Something else entirely."))
    assert made.crossing(["train", "test", "test"], 0.7) == 1
    assert made.crossing(["train", "train", "test"], 0.7) == 0


def test_splits_have_their_shares_and_are_stable():
    keys = [f"k{n}" for n in range(4000)]
    splits = split_groups(keys, 5, 0.1, 0.2)
    shares = {name: list(splits.values()).count(name) / 4000 for name in ("train", "validation", "test")}
    # three standard deviations of a share of 0.1 among 4,000: 0.014
    assert shares["validation"] == pytest.approx(0.1, abs=0.015)
    assert shares["test"] == pytest.approx(0.2, abs=0.02)
    more = split_groups([*keys, "new"], 5, 0.1, 0.2)
    assert all(more[key] == splits[key] for key in keys)
    assert splits != split_groups(keys, 6, 0.1, 0.2)


def test_a_group_larger_than_a_held_out_split_stays_in_training():
    alike = [dialogue("How do I wash it?", f"{LONG} for {n} minutes.") for n in range(30)]
    apart = [dialogue(f"{chr(97 + n) * 9}?", chr(107 + n) * 40) for n in range(10)]
    made = corpus(*alike, *apart)
    groups = made.groups(0.7)
    assert len(set(groups.roots().tolist())) == 11
    for seed in range(20):
        splits = made.splits(groups, seed, 0.3, 0.3)
        assert set(splits[:30]) == {"train"}  # 30 of 40; at most 12 would be held out
        assert {"validation", "test"} <= set(splits[30:])


def test_beside_a_large_group_two_others_are_enough_to_hold_out():
    alike = [dialogue("How do I wash it?", f"{LONG} for {n} minutes.") for n in range(30)]
    made = corpus(*alike, dialogue("aaaaaaaaa?", "k" * 40), dialogue("bbbbbbbbb?", "l" * 40))
    groups = made.groups(0.7)
    assert all(set(made.splits(groups, seed, 0.1, 0.1)[30:]) == {"validation", "test"} for seed in range(20))


def test_few_groups_still_fill_every_split():
    for seed in range(20):
        assert set(split_groups(["a", "b", "c"], seed, 0.05, 0.05).values()) == {"train", "validation", "test"}
        assert list(split_groups(["a"], seed, 0.05, 0.05).values()).count("train") <= 1
    assert set(split_groups(["a", "b", "c"], 1, 0, 0).values()) == {"train"}


def test_pairs_follow_their_dialogue():
    lookup = SplitLookup(known={"1": "test"}, seed=2, validation=0.1, test=0.1)
    assert lookup("1") == "test"
    assert lookup("2") == split_of("id 2", 2, 0.1, 0.1)


def test_sample_is_by_hash():
    keys = [str(n) for n in range(100)]
    assert sample(keys, 0, 1) == set(keys) == sample(keys, 100, 1)
    ten, twenty = sample(keys, 10, 1), sample(reversed(keys), 20, 1)
    assert len(ten) == 10 and ten < twenty
    assert ten != sample(keys, 10, 2)


def test_a_copy_of_a_copy_belongs_to_one_that_stays():
    near = NearDuplicates()
    words = [2 * letter + 4 * letter.upper() for letter in "abcdefghijklmnopqrstuvwxyzäöüß"]
    texts = [" ".join(words[:n]) for n in (30, 28, 26, 23)]  # alike by 28/30, 26/30, 23/30; the last two by 23/26
    for text in texts:
        near.add(text_of(text))
    found = near.copies(0.85)
    assert all(first not in found for first, _ in found.values())
    assert all(similarity == near.similarity(first, i) >= 0.85 for i, (first, similarity) in found.items())
    assert set(found) == {1, 2}  # the fourth is alike to the third alone, and that one goes
