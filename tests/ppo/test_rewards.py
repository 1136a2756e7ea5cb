"""Rewards: models, ensembles, functions by name; and what is refused before the first rollout."""

from pathlib import Path
from typing import Any

import pytest
import tiny
import torch
from datasets import Dataset

from alignment import sampling
from alignment.errors import UserError
from alignment.ppo import rewards


def noted(log: list[tuple[str, float]]) -> dict[str, Any]:
    return {"log_metric": lambda name, value: log.append((name, value))}


def asked() -> tuple[list[Any], list[Any], list[str]]:
    prompts = tiny.conversations(5)["prompt"]
    texts = ["yes", "a long reply about a lamp and a candle on the porch", "no", "box", "so it is"]
    return list(prompts), [[{"role": "assistant", "content": text}] for text in texts], texts


def test_a_model_scores_as_everywhere_else():
    model = tiny.reward()
    prompts, replies, texts = asked()
    found = rewards.RewardModel([model], tiny.tokenizer())(prompts, replies, **noted([]))
    assert found == pytest.approx(sampling.rewards(model, tiny.tokenizer(), prompts, texts), abs=1e-5)


def test_an_ensemble_is_the_mean_less_its_doubt_and_logs_each():
    models = [tiny.reward(1), tiny.reward(2)]
    prompts, replies, texts = asked()
    each = torch.tensor([sampling.rewards(model, tiny.tokenizer(), prompts, texts) for model in models])
    log: list[tuple[str, float]] = []
    found = rewards.RewardModel(models, tiny.tokenizer(), "ours", caution=0.5)(prompts, replies, **noted(log))
    half = (each[0] - each[1]).abs() / 2  # the deviation of two values
    assert found == pytest.approx((each.mean(dim=0) - 0.5 * half).tolist(), abs=1e-5)
    assert dict(log) == pytest.approx(
        {
            "rewards/ours/0": each[0].mean().item(),
            "rewards/ours/1": each[1].mean().item(),
            "rewards/ours/disagreement": half.mean().item(),
        },
        abs=1e-5,
    )


def test_functions_by_name():
    assert rewards.load_function("math:sqrt")(4) == 2
    for path, found in [("math.sqrt", "module:function"), ("no_such:f", "No module"), ("math:f", "no function f")]:
        with pytest.raises(UserError, match=found):
            rewards.load_function(path)


def short(completions: list[Any], **_: Any) -> list[float]:
    return [1.0] * (len(completions) - 1)


def not_a_number(completions: list[Any], **_: Any) -> list[float]:
    return [float("nan")] * len(completions)


def none(completions: list[Any], **_: Any) -> list[None]:
    return [None] * len(completions)


def words(completions: list[Any], **_: Any) -> list[str]:
    return ["good"] * len(completions)


def pairs(completions: list[Any], **_: Any) -> torch.Tensor:
    return torch.ones(len(completions), 2)


async def slow(completions: list[Any], **_: Any) -> list[float]:
    return [2.0] * len(completions)


async def slow_and_short(completions: list[Any], **_: Any) -> list[float]:
    return [2.0]


class Patient:
    """An object that is called and awaited."""

    async def __call__(self, completions: list[Any], **_: Any) -> list[float]:
        return [3.0] * len(completions)


def late(prompts: list[Any], completions: list[Any], **_: Any) -> list[float]:
    """Good for the two replies it is tried on, not for a rollout."""
    return [1.0, 1.0] if len(completions) == 2 else [float("inf")] * len(completions)


@pytest.mark.parametrize(
    ("function", "found"),
    [
        (short, "reward short returned 1 values for 2 replies"),
        (not_a_number, "reward not_a_number returned nan for reply 1 of 2"),
        (none, "reward none returned None"),
        (words, "reward words returned good for reply 1 of 2"),
        (pairs, "reward pairs returned tensor"),
        (slow_and_short, "reward slow_and_short returned 1 values for 2 replies"),
        (late, "reward late returned inf for reply 1 of 4"),
    ],
)
def test_a_function_that_returns_no_rewards_is_refused(tmp_path: Path, function: Any, found: str):
    with pytest.raises(UserError, match=found):
        tiny.trainer(tmp_path, rewards=function).train()


def test_no_reward_is_refused(tmp_path: Path):
    with pytest.raises(UserError, match="no reward"):
        tiny.trainer(tmp_path, rewards=[])


def test_too_few_prompts_are_refused(tmp_path: Path):
    with pytest.raises(UserError, match="3 training prompts, and a rollout takes 4"):
        tiny.trainer(tmp_path, data=tiny.conversations(3))


def test_prompts_beyond_the_context_are_refused(tmp_path: Path):
    with pytest.raises(UserError, match="8 of 8 prompts with max_completion_length=127"):
        tiny.trainer(tmp_path, max_completion_length=127).train()


def test_a_critic_from_another_vocabulary_is_refused(tmp_path: Path):
    with pytest.raises(UserError, match="vocab_size=40"):
        tiny.trainer(tmp_path, critic=tiny.reward(vocab_size=40))


def test_weights_and_names_reach_the_log(tmp_path: Path):
    run = tiny.trainer(tmp_path, rewards=[tiny.vowels, tiny.reward(1), tiny.reward(2)], max_steps=1,
                       reward_weights=[2.0, 0.5, 0.0])  # fmt: skip
    run.train()
    line = run.state.log_history[0]
    each = [line[f"rewards/{name}/mean"] for name in ("vowels", "reward_model", "reward_model_3")]
    assert line["reward"] == pytest.approx(2 * each[0] + 0.5 * each[1], abs=1e-6)


def test_rewards_that_are_awaited_and_rewards_of_one_name(tmp_path: Path):
    def again(completions: list[Any], **_: Any) -> list[float]:
        return [5.0] * len(completions)

    again.__name__ = "slow"
    run = tiny.trainer(tmp_path, rewards=[slow, Patient(), again], max_steps=1)
    run.train()
    line = run.state.log_history[0]
    assert [line[f"rewards/{name}/mean"] for name in ("slow", "Patient", "slow_3")] == [2, 3, 5]
    assert line["reward"] == 10


def test_a_model_that_gives_no_single_score_is_refused(tmp_path: Path):
    tiny.policy().save_pretrained(tmp_path / "policy")
    tiny.tokenizer().save_pretrained(tmp_path / "policy")
    for argument in ("rewards", "critic"):  # its score head would be made anew, at random
        with pytest.raises(UserError, match=r"policy lacks the weights score\.weight"):
            tiny.trainer(tmp_path, **{argument: str(tmp_path / "policy")})
    with pytest.raises(UserError, match="num_labels=3"):
        tiny.trainer(tmp_path, rewards=type(tiny.reward())(tiny.config(num_labels=3)))
    with pytest.raises(UserError, match="a reward model of 40 tokens with a tokenizer of"):
        tiny.trainer(tmp_path, rewards=tiny.reward(vocab_size=40))


def test_empty_prompts_and_held_out_rows_without_a_prompt_are_refused(tmp_path: Path):
    rows = [{"prompt": "lamp"}] * 5 + [{"prompt": ""}] * 2
    with pytest.raises(UserError, match="2 of 7 prompts are empty, the first: row 5"):
        tiny.trainer(tmp_path, data=Dataset.from_list(rows)).train()
    with pytest.raises(UserError, match=r"eval_dataset has the columns \['text'\]"):
        tiny.trainer(tmp_path, eval_dataset=Dataset.from_list([{"text": "lamp"}])).train()
