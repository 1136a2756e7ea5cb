"""Sampling and reading of replies: the same for one seed, the same with and without padding, no trace left behind."""

from dataclasses import replace
from pathlib import Path

import kit
import pytest
import torch

from alignment import models, sampling
from alignment.shipped import BASE_MODEL


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory):
    settings, _ = kit.configured(tmp_path_factory.mktemp("root"), "stage=sft")
    policy = models.load_policy(BASE_MODEL, settings.model)
    return settings, policy, models.load_tokenizer(BASE_MODEL, settings.model)


def prompts(count: int) -> list[sampling.Conversation]:
    return [row["messages"][:-1] for row in kit.transcripts(count)]


def test_a_batch_drawn_again_is_the_same_and_training_state_is_untouched(loaded) -> None:
    settings, policy, tokenizer = loaded
    generation = replace(settings.generation, batch_size=4, max_new_tokens=12, temperature=1.0)
    policy.train()
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    whole = list(sampling.sample(policy, tokenizer, prompts(12), generation, seed=5))
    again = list(sampling.sample(policy, tokenizer, prompts(12), generation, seed=5, first=2))
    assert torch.equal(before, torch.random.get_rng_state()) and policy.training
    assert whole[2:] == again and len(whole) == 3
    other = list(sampling.sample(policy, tokenizer, prompts(12), generation, seed=6))
    assert whole != other


def test_log_probs_equal_a_plain_forward_pass_of_each_row(loaded) -> None:
    _, policy, tokenizer = loaded
    rows = kit.transcripts(6)
    conversations, replies = [r["messages"][:-1] for r in rows], [r["messages"][-1]["content"] for r in rows]
    sums, counts = sampling.log_probs(policy, tokenizer, conversations, replies)
    for conversation, reply, total, count in zip(conversations, replies, sums, counts, strict=True):
        start = len(sampling.render(tokenizer, [conversation])[0])
        ids = torch.tensor([sampling.render_reply(tokenizer, conversation, reply)])
        with torch.no_grad():
            log_p = torch.log_softmax(policy.eval()(input_ids=ids).logits[0, :-1], dim=-1)
        by_hand = sum(log_p[t - 1, ids[0, t]].item() for t in range(start, ids.shape[1]))
        assert count == ids.shape[1] - start
        assert total == pytest.approx(by_hand, abs=1e-3)


def test_blocks_hold_every_row_once_and_stay_small() -> None:
    rows = [[0] * n for n in (5, 100, 7, 90, 1)]
    blocks = list(sampling._blocks(rows, width=sampling.MOST_LOGITS // 200))
    assert sorted(i for block in blocks for i in block) == [0, 1, 2, 3, 4]
    assert all(len(block) * max(len(rows[i]) for i in block) <= 200 for block in blocks)


def test_check_lengths_names_the_row_that_is_too_long(loaded, tmp_path: Path) -> None:
    from alignment.errors import UserError
    from alignment.training import fit

    _, _, tokenizer = loaded
    short = ("ok", [{"role": "user", "content": "hi"}], "hello")
    long = ("too-long", [{"role": "user", "content": "word " * 500}], "hello")
    fit.check_lengths([short], tokenizer, 64, "sft")
    with pytest.raises(UserError, match=r"1 of 2 rows for sft are too long, the first: too-long with \d{3,} tokens"):
        fit.check_lengths([short, long], tokenizer, 64, "sft")
