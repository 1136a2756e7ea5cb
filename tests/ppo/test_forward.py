"""The one forward pass: log-probabilities, entropy and values of the reply's tokens."""

from collections.abc import Callable

import pytest
import tiny
import torch
from transformers import Gemma2Config, Gemma2ForCausalLM, GraniteConfig, GraniteForCausalLM

from alignment.errors import UserError
from alignment.ppo import forward
from alignment.ppo.critic import make_critic
from alignment.ppo.forward import Request
from alignment.ppo.rollout import lay_out, of_like_length, plan, selected


def rows() -> dict[str, torch.Tensor]:
    return lay_out([[5, 6, 7], [8]], [[9, 10], [11, 12, 13]], 0)


def test_log_probs_and_entropy_are_those_of_the_models_logits_at_the_temperature():
    model, rollout = tiny.policy(), rows()
    logits = model(input_ids=rollout["ids"]).logits / 0.7
    forward.attach(model, 0.7)
    found = model(input_ids=rollout["ids"], ppo=Request(selected(rollout), entropy=True))
    places = [(0, 2, 9), (0, 3, 10), (1, 0, 11), (1, 1, 12), (1, 2, 13)]  # row, position before the token, token
    every = torch.stack([torch.log_softmax(logits[row, before], -1) for row, before, _ in places])
    torch.testing.assert_close(found["log_probs"], torch.stack([every[i, t] for i, (_, _, t) in enumerate(places)]))
    torch.testing.assert_close(found["entropy"], -(every.exp() * every).sum(-1))


def test_blocks_change_neither_values_nor_gradients(monkeypatch: pytest.MonkeyPatch):
    found = []
    for most in (forward.MOST_LOGITS, 2 * len(tiny.tokenizer())):  # two tokens a block
        monkeypatch.setattr(forward, "MOST_LOGITS", most)
        model, rollout = tiny.policy(), rows()
        forward.attach(model, 1.0, make_critic(model, "shared", None))
        out = model(input_ids=rollout["ids"], ppo=Request(selected(rollout), entropy=True, values=True))
        (out["log_probs"].sum() + out["entropy"].sum() + out["values"].sum()).backward()
        found.append([out["log_probs"], *(p.grad for p in model.parameters() if p.grad is not None)])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


# Weights large enough for a cap to bite: with transformers' own spread the logits are near zero, capped or not.
SIZES = {"vocab_size": 64, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
         "num_key_value_heads": 1, "head_dim": 8, "initializer_range": 0.5}  # fmt: skip


@pytest.mark.parametrize(
    "make",
    [
        lambda: Gemma2ForCausalLM(Gemma2Config(**SIZES, final_logit_softcapping=0.05)),
        lambda: GraniteForCausalLM(
            GraniteConfig(**{k: v for k, v in SIZES.items() if k != "head_dim"}, logits_scaling=0.02)
        ),
    ],
    ids=["soft cap", "scaled"],
)
def test_models_with_other_logits_are_read_right_or_refused(
    make: Callable[[], torch.nn.Module], monkeypatch: pytest.MonkeyPatch
):
    model = make()
    forward.attach(model, 0.8)
    forward.check_log_probs(model, 0.8)
    forward.detach(model)
    monkeypatch.setattr(forward.Head, "of", classmethod(lambda cls, m, t: cls(t, 1.0, None)))
    forward.attach(model, 0.8)
    with pytest.raises(UserError, match="differ from its own logits"):
        forward.check_log_probs(model, 0.8)


def test_detached_it_is_the_model_that_it_was():
    model = tiny.policy()
    names = set(model.state_dict())
    forward.attach(model, 1.0, make_critic(model, "own", None))
    assert any("ppo_critic.trunk" in name for name in model.state_dict())
    assert set(forward.detach(model).state_dict()) == names
    assert "forward" not in vars(model)


def test_groups_are_alike_in_length_and_within_their_size():
    lengths = torch.tensor([9, 50, 10, 11, 52, 10, 51, 12, 53])
    groups = [sorted(lengths[group].tolist()) for group in of_like_length(lengths, 150, slack=1.25)]
    assert groups == [[9, 10, 10, 11], [12, 50], [51, 52], [53]]
    assert sorted(i for group in of_like_length(lengths, 150, 1.25) for i in group.tolist()) == list(range(9))


def test_a_pass_deals_every_row_once_and_sorts_within_a_step():
    lengths = torch.tensor([5, 1, 4, 2, 8, 7, 3, 6])
    dealt = plan(lengths, windows=2, batches=2, seed=3)
    assert [[len(rows) for rows in step] for step in dealt] == [[2, 2], [2, 2]]
    assert sorted(torch.cat([rows for step in dealt for rows in step]).tolist()) == list(range(8))
    for step in dealt:
        order = lengths[torch.cat(step)].tolist()
        assert order == sorted(order)
    assert [torch.cat(step).tolist() for step in plan(lengths, 2, 2, 4)] != [torch.cat(s).tolist() for s in dealt]


def test_values_are_float32_under_autocast():
    model, rollout = tiny.policy(), rows()
    forward.attach(model, 1.0, make_critic(model, "shared", tiny.reward()))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = model(input_ids=rollout["ids"], ppo=Request(selected(rollout), values=True))
    assert found["values"].dtype == found["log_probs"].dtype == torch.float32
    assert torch.any(found["values"] != found["values"].bfloat16().float())
