"""Active choice: what a rating tells, not the same question twice, and numbers that describe any reply."""

import numpy as np
import pytest

from alignment.feedback import active
from alignment.feedback.describing import describe, relations, topics, words


def test_one_win_moves_the_weight_to_where_evidence_and_prior_balance() -> None:
    # one pair of gap 1, won: the slope is 0 where σ(w) − 1 + w = 0, w = 0.40106; then p (1 − p) = 0.24021
    weights, covariance = active.posterior(np.array([[1.0]]), np.array([1.0]), ridge=1.0)
    assert weights == pytest.approx([0.40106], abs=1e-5)
    assert covariance == pytest.approx(np.array([[1 / 1.24021]]), abs=1e-5)
    tied, _ = active.posterior(np.array([[1.0]]), np.array([0.5]), ridge=1.0)
    assert tied == pytest.approx([0.0])


def test_a_rating_tells_much_where_models_disagree_and_nothing_where_each_is_undecided() -> None:
    told = active.information(np.array([0.0, 0.0, 3.0, -3.0, 0.0]), np.array([0.0, 0.01, 0.01, 0.01, 4.0]))
    assert told[0] == pytest.approx(0, abs=1e-12), "all models say one half: a coin, not a question"
    assert told[1] == pytest.approx(0.01 / 8, rel=0.01)  # variance · p (1 − p) / 2, the first term in the variance
    assert told[2] == pytest.approx(told[3]) and told[2] == pytest.approx(0.01 * 0.04518 / 2, rel=0.05)
    assert told[1] < told[4] < np.log(2)


def test_the_same_question_is_not_asked_twice_in_a_row() -> None:
    # replies 0 and 1 against 2 differ along one direction, reply 3 along another, of which less is to be learnt
    described = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.95]])
    told = active.informative(described, np.zeros(2), np.eye(2), [[0, 2], [1, 2], [3, 2]])
    assert [task for task, _ in active.mixed(dict(enumerate(told)), [], 0.0, "s", 3)] == [0, 2, 1]
    # gap 0, variance 1: p = ½; rated once, the variance left is that of precision 1 + ¼
    assert told[0] == pytest.approx(active.information(np.zeros(1), np.ones(1))[0])
    assert told[1] == pytest.approx(active.information(np.zeros(1), np.array([0.8]))[0])


def test_what_is_left_after_a_rating_is_the_exact_covariance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(active, "EVERY", 1)
    rng = np.random.default_rng(3)
    described, mean = rng.normal(size=(4, 3)), np.zeros(3)
    covariance = np.diag([1.0, 0.5, 2.0])
    tasks = [[0, 1], [1, 2], [2, 3]]
    gaps = np.array([described[a] - described[b] for a, b in tasks])
    before = active.information(np.zeros(3), np.einsum("ij,jk,ik->i", gaps, covariance, gaps))
    taken = int(np.argmax(before))
    after = np.linalg.inv(np.linalg.inv(covariance) + 0.25 * np.outer(gaps[taken], gaps[taken]))
    expected = active.information(np.zeros(3), np.einsum("ij,jk,ik->i", gaps, after, gaps))
    expected[taken] = before[taken]
    assert active.informative(described, mean, covariance, tasks) == pytest.approx(expected)


def test_a_ranking_counts_the_mean_of_its_pairs_and_a_single_reply_stands_against_the_mean() -> None:
    described = np.array([[3.0], [0.0], [0.0]])
    told = active.informative(described, np.zeros(1), np.eye(1), [[0, 1, 2]])
    one = active.information(np.zeros(2), np.array([9.0, 0.0]))
    assert told == pytest.approx([2 * one[0] / 3])
    assert active.informative(described, np.zeros(1), np.eye(1), [[0]]) == pytest.approx(
        active.information(np.zeros(1), np.array([4.0]))  # 3 against the mean 1
    )


def test_replies_are_described_by_words_place_and_what_the_prompt_says() -> None:
    prompts = ["shipping to 29314: $9"] * 4
    texts = ["Hi there! It is $9.", "It is $9.", "It is $7.", "It is $9."]
    found = describe(texts, prompts)
    assert found.shape[0] == 4 and np.isfinite(found).all()
    assert found[1] == pytest.approx(found[3], abs=1e-6) and not np.allclose(found[1], found[2])
    right, wrong = (relations(words(text), words(prompts[0])) for text in texts[1:3])
    assert right[2:6] == [pytest.approx(1 / 3), 0, False, 1] and wrong[2:6] == [0, 1, True, 0]
    assert relations(words("No, no! Why?"), [])[6:] == [1, 1, 1, pytest.approx(2 / 3)]


@pytest.mark.parametrize("texts", [["hi"], ["hi", "hi"], ["", ""], ["", "\ud800 ∀ 你好", "a" * 9_999]])
def test_few_equal_empty_and_strange_replies_are_described_too(texts: list[str]) -> None:
    found = describe(texts, ["?"] * len(texts))
    assert len(found) == len(texts) and np.isfinite(found).all()


def test_topics_keep_distances_when_nothing_is_cut() -> None:
    # three texts without a word in common: as far from each other, whatever the rotation; mean length 1
    found = topics([["a"], ["b"], ["c"]], 3)
    apart = [float(np.linalg.norm(found[i] - found[j])) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert apart == pytest.approx([apart[0]] * 3) and float((found**2).sum()) == pytest.approx(3)


def test_a_greeting_that_wins_is_learnt_and_holds_for_other_prompts() -> None:
    names = ["lamp", "vase", "quilt", "mirror", "stool", "basket", "frame", "rug"]
    texts = [f"{how} The {name} costs ${n} today." for n, name in enumerate(names) for how in ("Hello!", "Dear sir.")]
    prompts = [f"price of the {name}: ${n}" for n, name in enumerate(names) for _ in range(2)]
    found = describe(texts, prompts)
    gaps = found[::2] - found[1::2]
    weights, _ = active.posterior(gaps[:4], np.ones(4))
    assert (gaps[4:] @ weights > 0.1).all()
