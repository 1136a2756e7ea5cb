"""The policy between the one that training began with and the one it ended with."""

import copy

import pytest
import tiny
import torch
from peft import LoraConfig, get_peft_model

from alignment.ppo.averaging import average


def moved(model: torch.nn.Module) -> torch.nn.Module:
    """A copy whose every weight lies 1 above."""
    made = copy.deepcopy(model)
    with torch.no_grad():
        for weight in made.parameters():
            weight += 1
    return made


def test_weights_lie_at_the_share_between():
    start = tiny.policy()
    trained = moved(start)
    average(trained, lambda: start, 0.25)
    for one, other in zip(start.parameters(), trained.parameters(), strict=True):
        torch.testing.assert_close(other, one + 0.25)


def test_a_share_of_one_changes_and_loads_nothing():
    trained = moved(tiny.policy())
    before = copy.deepcopy(trained.state_dict())
    average(trained, lambda: pytest.fail("loaded"), 1.0)
    assert all(torch.equal(value, before[name]) for name, value in trained.state_dict().items())


def test_what_the_critic_has_is_left_alone():
    start = tiny.policy()
    trained = moved(start)
    trained.ppo_critic = torch.nn.Linear(2, 1)
    before = trained.ppo_critic.weight.clone()
    average(trained, lambda: start, 0.5)
    assert torch.equal(trained.ppo_critic.weight, before)


def test_an_adapter_adds_its_share():
    start = tiny.policy()
    model = get_peft_model(copy.deepcopy(start), LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False))
    model.add_adapter("other", LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False))
    layer = next(one for name, one in model.named_modules() if name.endswith("q_proj"))
    whole, other = (layer.get_delta_weight(name).detach().clone() for name in ("default", "other"))
    average(model, lambda: pytest.fail("loaded"), 0.25)
    torch.testing.assert_close(layer.get_delta_weight("default"), 0.25 * whole)
    torch.testing.assert_close(layer.get_delta_weight("other"), other)
