import numpy as np
import pytest
from sacrebleu import corpus_bleu as sacrebleu_corpus

from alignment.evaluation.likeness import corpus_bleu, likeness, likeness_row, token_f1

REPLIES = ["The wreath is forty-eight dollars, friend.", "We ship it in two days to your door.", "no idea"]
REFERENCES = ["The wreath is forty-eight dollars.", "We ship it to your door in two days.", "It is blue and round."]


def test_bleu_is_the_corpus_bleu_of_sacrebleu() -> None:
    rows = [likeness_row(reply, reference) for reply, reference in zip(REPLIES, REFERENCES, strict=True)]
    found = likeness(rows)["bleu"]
    assert found.value == pytest.approx(sacrebleu_corpus(REPLIES, [REFERENCES]).score)
    assert found.low < found.value < found.high and found.n == 3


def test_the_same_and_nothing_alike() -> None:
    same, other = likeness_row("a magnolia wreath!", "A magnolia wreath"), likeness_row("xyz", "a magnolia wreath")
    assert same["exact"] is True and same["token_f1"] == 1.0 and same["rouge_l"] == 1.0
    assert other["exact"] is False and other["token_f1"] == other["rouge_l"] == other["chrf"] == 0.0
    assert likeness_row("a magnolia wreath", "a magnolia wreath")["chrf"] == pytest.approx(100)


def test_token_f1_by_hand() -> None:
    # {wreath, is, $48 -> 48} against {wreath, costs, 48}: 2 shared of 3 and 3
    assert token_f1("The wreath is $48.", "a wreath costs $48") == pytest.approx(2 / 3)
    assert token_f1("the", "a") == 1.0 and token_f1("", "word") == 0.0


def test_rouge_by_hand() -> None:
    # longest common subsequence "we ship to your door": 5 of 6 and 5 of 7 tokens
    found = likeness_row("we will ship to your door", "we ship it to your front door")["rouge_l"]
    assert found == pytest.approx(2 * (5 / 6) * (5 / 7) / (5 / 6 + 5 / 7))


def test_without_reference_there_is_no_figure() -> None:
    assert likeness([likeness_row("a", None), likeness_row("b", "")]) == {}


def test_bleu_of_one_reply_has_no_interval() -> None:
    row = likeness_row(REPLIES[0], REFERENCES[0])
    assert np.isnan(corpus_bleu(np.array([row["bleu_counts"]], dtype=float)).low)
