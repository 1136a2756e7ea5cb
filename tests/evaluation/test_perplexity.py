import gzip
from pathlib import Path

import numpy as np
import pytest
import torch

from alignment.errors import UserError
from alignment.evaluation.perplexity import general_texts, perplexity, reply_sums, text_sums
from alignment.evaluation.speed import latency, tokens_per_second
from alignment.settings import Generation
from tests.ppo import tiny


def test_text_sums_are_the_model_s_own_loss() -> None:
    policy, tokenizer = tiny.policy().eval(), tiny.tokenizer()
    texts = ["we ship the wreath soon", "a warm quilt", "hello there"]
    sums, counts = text_sums(policy, tokenizer, texts)
    for text, total, tokens in zip(texts, sums, counts, strict=True):
        ids = torch.tensor([tokenizer(text)["input_ids"]])
        with torch.no_grad():
            loss = policy(input_ids=ids, labels=ids).loss.item()
        assert tokens == ids.shape[1] - 1 and total == pytest.approx(-loss * tokens, rel=1e-4)


def test_perplexity_by_hand() -> None:
    # 2 tokens of probability 1/2 and 2 of 1/8: exp((2 ln 2 + 2 ln 8) / 4) = 4
    found = perplexity((np.array([-2 * np.log(2), -2 * np.log(8)]), np.array([2.0, 2.0])))
    assert found.value == pytest.approx(4) and found.n == 2
    assert perplexity((np.array([-6.0] * 9), np.array([3.0] * 9))).low == pytest.approx(np.exp(2))


def test_a_long_text_is_cut_to_the_model() -> None:
    _, counts = text_sums(tiny.policy(), tiny.tokenizer(), ["ship it " * 300])
    assert counts[0] == 127  # the tiny model's context, less the first token


def test_replies_are_read_given_their_conversation() -> None:
    asked = {"role": "user", "content": "how much?"}
    rows = [{"messages": [asked, {"role": "assistant", "content": reply}]} for reply in ("a b", "a b c d")]
    sums, counts = reply_sums(tiny.policy(), tiny.tokenizer(), rows)
    assert counts[1] > counts[0] > 0 and (sums < 0).all()


def test_general_texts(tmp_path: Path) -> None:
    text = " = Title = \n\n First passage of five words here . \nSecond passage with five words too.\n\nshort\n"
    with gzip.open(tmp_path / "wiki.txt.gz", "wt", encoding="utf-8") as file:
        file.write(text)
    found = general_texts(str(tmp_path / "wiki.txt.gz"), 0)
    assert found == ["First passage of five words here .", "Second passage with five words too."]
    assert general_texts(str(tmp_path / "wiki.txt.gz"), 1) == found[:1]
    assert len(general_texts("embedded", 0)) == 40
    (tmp_path / "empty.txt").write_text("= only headings =\n")
    for name, message in (("empty.txt", "no passage"), ("absent.txt", "cannot be read")):
        with pytest.raises(UserError, match=message):
            general_texts(str(tmp_path / name), 0)


def test_latency_and_tokens_per_second() -> None:
    generation = Generation(temperature=1.0, top_p=1.0, top_k=0, max_new_tokens=4, batch_size=8)
    asked = [[{"role": "user", "content": f"price {i}?"}] for i in range(3)]
    found = latency(tiny.policy(), tiny.tokenizer(), asked, generation, seed=1)
    assert found.n == 3 and 0 < found.low <= found.value <= found.high
    rate = tokens_per_second([100, 300], [1.0, 1.0])
    assert rate.value == 200.0 and rate.low <= 200 <= rate.high and rate.n == 2
    assert np.isnan(tokens_per_second([10], [1.0]).low) and np.isnan(tokens_per_second([], []).value)
