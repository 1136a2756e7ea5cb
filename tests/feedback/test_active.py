"""Active choice: what a rating tells, not the same question twice, and numbers that describe any reply."""

import numpy as np
import pytest

from alignment.feedback.choosing import active, ensemble
from alignment.feedback.choosing.describing import describe, relations, topics, words


def test_one_win_moves_the_weight_to_where_evidence_and_prior_balance() -> None:
    # one pair of gap 1, won: the slope is 0 where σ(w) − 1 + w = 0, w = 0.40106; then p (1 − p) = 0.24021
    weights, covariance = ensemble.posterior(np.array([[1.0]]), np.array([1.0]), ridge=1.0)
    assert weights == pytest.approx([0.40106], abs=1e-5)
    assert covariance == pytest.approx(np.array([[1 / 1.24021]]), abs=1e-5)
    tied, _ = ensemble.posterior(np.array([[1.0]]), np.array([0.5]), ridge=1.0)
    assert tied == pytest.approx([0.0])


def test_an_answer_doubted_by_the_model_is_worth_more_and_only_where_an_order_is_open() -> None:
    gap, variance = np.array([0.0, 2.0, 0.0]), np.array([1.0, 1.0, 0.01])
    assert ensemble.openness(gap, variance) == pytest.approx([1.0, np.exp(-2), 100.0])
    # p (1 - p): 1/4 at a gap of 0, whatever the spread; at 2 and spread 1, p = σ(2 / √(1 + π / 8)) = 0.84484
    assert ensemble.undecided(gap, variance) == pytest.approx([0.25, 0.13108, 0.25], abs=1e-5)
    # one target of covariance 2 and weight 3: 4 · 3 · ¼ / (1 + ¼ · variance)
    told = ensemble.relief(np.zeros(2), np.array([1.0, 0.01]), np.full((2, 1), 2.0), np.array([3.0]))
    assert told == pytest.approx([3 / 1.25, 3 / 1.0025])


def test_the_same_question_is_not_asked_twice_in_a_row() -> None:
    # replies 0 and 1 against 2 differ along one direction, 3 and 4 along another, of which less is to be learnt
    described = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.95], [0.0, 0.95]])
    told = ensemble.worth(described, np.zeros(2), np.eye(2), [[0, 2], [1, 2], [3, 2], [4, 2]])
    assert [task for task, _ in active.mixed(dict(enumerate(told)), [], 0.0, "s", 4)] == [0, 2, 1, 3]
    # gap 0, variance 1: p (1 - p) = ¼; two targets along it, of variance and weight 1, and two across, of no covariance
    assert told[0] == pytest.approx(2 * 0.25 / 1.25)


def test_what_is_left_after_a_rating_is_the_exact_covariance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ensemble, "AHEAD", 2)
    rng = np.random.default_rng(3)
    described, mean = rng.normal(size=(4, 3)), np.zeros(3)
    covariance = np.diag([1.0, 0.5, 2.0])
    tasks = [[0, 1], [1, 2], [2, 3]]
    gaps = np.array([described[a] - described[b] for a, b in tasks])

    def by_hand(of: np.ndarray) -> np.ndarray:
        shared = gaps @ of @ gaps.T
        v = np.diag(shared)
        return np.array(
            [sum(c**2 * 0.25 / (1 + 0.25 * v[i]) / v[j] for j, c in enumerate(shared[i])) for i in range(3)]
        )

    expected = by_hand(covariance)
    order: list[int] = []
    for _ in range(2):
        told = by_hand(covariance)
        taken = max((i for i in range(3) if i not in order), key=lambda i: told[i])
        order.append(taken)
        expected[taken] = told[taken] if len(order) == 1 else min(told[taken], expected[order[0]])
        covariance = np.linalg.inv(np.linalg.inv(covariance) + 0.25 * np.outer(gaps[taken], gaps[taken]))
    rest = ({0, 1, 2} - set(order)).pop()
    expected[rest] = min(by_hand(covariance)[rest], expected[order[1]])
    assert ensemble.worth(described, mean, np.diag([1.0, 0.5, 2.0]), tasks) == pytest.approx(expected)


def test_a_ranking_counts_the_mean_of_its_pairs_and_a_single_reply_stands_against_the_mean() -> None:
    described = np.array([[3.0], [0.0], [0.0]])
    # pairs of variance 9, 9 and 0: a target weighs 1 / variance, and 0 has no covariance with anything
    first = (81 / 9 + 81 / 9) * 0.25 / (1 + 0.25 * 9)
    assert ensemble.worth(described, np.zeros(1), np.eye(1), [[0, 1, 2]]) == pytest.approx([2 * first / 3])
    alone = ensemble.worth(described, np.zeros(1), np.eye(1), [[0]])  # 3 against the mean 1: variance 4
    assert alone == pytest.approx([16 / 4 * 0.25 / (1 + 0.25 * 4)])


def test_our_own_ensemble_looks_at_a_bounded_number_of_pairs() -> None:
    pairs = {n: [n, n + 1] for n in range(100)}
    assert active.within(pairs, 100) == pairs
    assert list(active.within(pairs, 50)) == list(range(0, 100, 2))
    ranked = {n: [1, 2, 3, 4] for n in range(100)}  # six pairs each
    assert len(active.within(ranked, 120)) == 20 and len(active.within({1: [1]}, 5)) == 1


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
    weights, _ = ensemble.posterior(gaps[:4], np.ones(4))
    assert (gaps[4:] @ weights > 0.1).all()
