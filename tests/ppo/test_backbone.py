"""One backbone: the policy, the reference, the critic's head and the reward models on one frozen base."""

import copy
from pathlib import Path
from typing import Any

import pytest
import tiny
import torch
from peft import LoraConfig, PeftModel, get_peft_model

from alignment.errors import UserError
from alignment.ppo.backbone import RewardAdapters
from alignment.ppo.critic import load_critic, save_critic
from alignment.ppo.forward import Request
from alignment.ppo.reload import said
from alignment.ppo.rewards import RewardModel
from alignment.ppo.rollout import lay_out, selected


def reward_adapter(folder: Path, seed: int, base: Any) -> tuple[Path, Any]:
    """A reward model with LoRA on the policy's base: (its folder, itself merged)."""
    model = tiny.reward(seed)
    model.model.load_state_dict(base.model.state_dict())
    lora = LoraConfig(r=2, target_modules="all-linear", task_type="SEQ_CLS", modules_to_save=["score"],
                      init_lora_weights=False)  # fmt: skip
    made = get_peft_model(model, lora)
    made.save_pretrained(folder)
    return folder, made.merge_and_unload()


def lora_trainer(folder: Path, rewards: Any, **changes: Any) -> tiny.PPOTrainer:
    lora = LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM")
    return tiny.trainer(folder, rewards=rewards, peft_config=lora, max_steps=6, **changes)


def test_adapters_score_as_the_models_they_are(tmp_path: Path):
    base = tiny.policy()
    (one, first), (two, second) = (reward_adapter(tmp_path / str(seed), seed, base) for seed in (1, 2))
    adapters = RewardAdapters([one, two], tiny.tokenizer(), caution=0.5)
    before = sum(p.numel() for p in base.parameters())
    run = lora_trainer(tmp_path, [adapters], model=base)
    whole = RewardModel([first, second], tiny.tokenizer(), caution=0.5)
    rows = [[5, 6, 7, 8], [9, 10], [11, 12, 13]]
    torch.testing.assert_close(adapters.scores(rows), whole.scores(rows), atol=1e-5, rtol=1e-4)
    extra = sum(p.numel() for p in run.model.parameters()) - before
    assert extra < before / 4  # adapters and heads alone


@pytest.mark.parametrize("checkpointing", [False, True])
def test_only_the_policys_adapter_and_the_head_learn(tmp_path: Path, checkpointing: bool):
    folder, _ = reward_adapter(tmp_path / "reward", 1, tiny.policy())
    run = lora_trainer(tmp_path, [RewardAdapters([folder], tiny.tokenizer())], gradient_checkpointing=checkpointing)
    before = copy.deepcopy(run.model.state_dict())
    run.train()
    changed = {name for name, value in run.model.state_dict().items() if not torch.equal(value, before[name])}
    assert changed and all(".default." in name or "ppo_critic.head" in name for name in changed)
    plain = run.plain_policy()
    assert isinstance(plain, PeftModel) and list(plain.peft_config) == ["default"]


def test_switching_adapters_gives_the_policy_the_gradients_of_a_whole_reward_model(tmp_path: Path):
    folder, whole = reward_adapter(tmp_path / "reward", 1, tiny.policy())
    runs = [
        lora_trainer(tmp_path, [RewardAdapters([folder], tiny.tokenizer())], gradient_checkpointing=True),
        lora_trainer(tmp_path, [RewardModel([whole], tiny.tokenizer())], gradient_checkpointing=False),
    ]
    found = []
    for run in runs:
        run.train()
        found.append({n: p for n, p in run.model.named_parameters() if ".default." in n or "ppo_critic" in n})
    for name, value in found[1].items():
        torch.testing.assert_close(found[0][name], value, atol=1e-4, rtol=1e-3, msg=lambda text, n=name: f"{n}: {text}")


def test_with_reward_adapters_it_goes_on_bit_for_bit(tmp_path: Path):
    folder, _ = reward_adapter(tmp_path / "reward", 1, tiny.policy())

    def run(place: Path) -> tiny.PPOTrainer:
        own = RewardAdapters([folder], tiny.tokenizer())
        return lora_trainer(place, [own], save_strategy="steps", save_steps=1)

    whole, again = run(tmp_path / "whole"), run(tmp_path / "again")
    whole.train()
    again.train(resume_from_checkpoint=str(tmp_path / "whole" / "checkpoint-3"))
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, again.model.state_dict()[name]), name


def test_an_adapter_of_another_base_is_refused(tmp_path: Path):
    other = tiny.reward(1, num_hidden_layers=3)
    lora = LoraConfig(r=2, target_modules="all-linear", task_type="SEQ_CLS", modules_to_save=["score"])
    get_peft_model(other, lora).save_pretrained(tmp_path / "reward")
    with pytest.raises(UserError, match="does not fit the policy's base"):
        lora_trainer(tmp_path, [RewardAdapters([tmp_path / "reward"], tiny.tokenizer())])
    with pytest.raises(UserError, match="reward adapters on a policy without an adapter"):
        tiny.trainer(tmp_path, rewards=[RewardAdapters([tmp_path / "reward"], tiny.tokenizer())])


@pytest.mark.parametrize("checkpointing", [False, True])
def test_a_critic_that_is_an_adapter_learns_beside_the_policys(tmp_path: Path, checkpointing: bool):
    run = lora_trainer(tmp_path, None, critic_kind="own", critic_learning_rate=1e-2, value_coef=0.5,
                       gradient_checkpointing=checkpointing)  # fmt: skip
    before = copy.deepcopy(run.model.state_dict())
    run.train()
    changed = {name for name, value in run.model.state_dict().items() if not torch.equal(value, before[name])}
    assert {"default" if ".default." in n else "critic" if ".critic." in n else n.split("base_model.model.")[-1]
            for n in changed} == {"default", "critic", "ppo_critic.head.weight", "ppo_critic.head.bias"}  # fmt: skip


def test_the_critics_adapter_gets_the_gradients_of_a_trunk_of_its_own(tmp_path: Path):
    """Also where its activations are computed again in the backward pass, when the policy's adapter is worn."""
    rollout = lay_out([[5, 6, 7], [8]], [[9, 10], [11, 12, 13]], 0)
    found = []
    for checkpointing in (False, True):
        run = lora_trainer(tmp_path, None, critic_kind="own", gradient_checkpointing=checkpointing)
        if checkpointing:
            run.model.gradient_checkpointing_enable({"use_reentrant": False})
        torch.manual_seed(3)
        for name, parameter in run.model.named_parameters():
            if "lora_" in name or "ppo_critic" in name:
                torch.nn.init.normal_(parameter, std=0.3)
        run.model.train()
        out = run.model(input_ids=rollout["ids"], ppo=Request(selected(rollout), values=True))
        (out["values"].square().sum() + out["log_probs"].sum()).backward()
        found.append((run, {n: p.grad.clone() for n, p in run.model.named_parameters() if p.grad is not None}))
    (plain, wanted), (_, again) = found
    assert wanted.keys() == again.keys()
    for name, value in wanted.items():
        torch.testing.assert_close(again[name], value, atol=1e-5, rtol=1e-4, msg=lambda text, n=name: f"{n}: {text}")
    # the same values from the base with the critic's adapter alone, by PEFT's own means
    plain.model.set_adapter("critic")
    hidden = plain.model.get_base_model().base_model(input_ids=rollout["ids"]).last_hidden_state
    values = plain.critic(hidden[:, :-1][selected(rollout)[:, 1:]])
    values.square().sum().backward()
    lora = "base_model.model.model.layers.0.mlp.down_proj.lora_B.critic.weight"
    grads = dict(plain.model.named_parameters())
    torch.testing.assert_close(grads[lora].grad, 2 * wanted[lora], atol=1e-5, rtol=1e-4)  # once more on top


def test_an_adapter_critic_is_saved_and_goes_on_bit_for_bit(tmp_path: Path):
    def run(place: Path) -> tiny.PPOTrainer:
        return lora_trainer(place, None, critic_kind="own", critic_learning_rate=1e-2, save_strategy="steps",
                            save_steps=1)  # fmt: skip

    whole, again = run(tmp_path / "whole"), run(tmp_path / "again")
    whole.train()
    again.train(resume_from_checkpoint=str(tmp_path / "whole" / "checkpoint-3"))
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, again.model.state_dict()[name]), name
    folder = tmp_path / "saved"
    save_critic(whole.critic.state_dict(), whole.critic, folder, whole.model)
    prompts, critic = [[5, 6, 7, 8], [9, 10, 11]], whole.critic
    ours = said(whole.model, critic, prompts, 1.0)
    assert list(whole.plain_policy().peft_config) == ["default"]
    with pytest.raises(UserError, match="base=MODEL"):
        load_critic(folder, tiny.policy())
    theirs = said(tiny.policy(), load_critic(folder, tiny.policy(), base=tiny.policy()), prompts, 1.0)
    torch.testing.assert_close(theirs["values"], ours["values"], atol=1e-5, rtol=1e-4)
    assert ours["values"].std() > 0


def test_a_shared_backbone_with_another_tokenizer_is_refused(tmp_path: Path):
    folder, _ = reward_adapter(tmp_path / "reward", 1, tiny.policy())
    other = copy.deepcopy(tiny.tokenizer())
    other.add_tokens(["<|new|>"])
    with pytest.raises(UserError, match="the shared backbone's reward_model has another tokenizer"):
        lora_trainer(tmp_path, [RewardAdapters([folder], other)])


def test_a_second_trainer_takes_the_model_of_the_first(tmp_path: Path):
    first = lora_trainer(tmp_path, None, critic_kind="own")
    first.train()
    second = tiny.trainer(tmp_path, model=first.model, critic_kind="own", max_steps=1)
    assert all(not value.any() for name, value in second.model.named_parameters() if "lora_B.critic" in name)
    second.train()
    assert second.state.log_history[0]["kl"] == pytest.approx(0, abs=1e-5)  # from where the first one ended
