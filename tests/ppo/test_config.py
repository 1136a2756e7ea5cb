"""The arguments: what is required, and what is refused by name."""

from pathlib import Path

import pytest

from alignment.errors import UserError
from alignment.ppo import PPOConfig
from alignment.ppo.config import MEANINGLESS


def test_only_output_dir_is_required(tmp_path: Path):
    args = PPOConfig(output_dir=str(tmp_path), use_cpu=True)
    assert args.num_generations == 1 and type(args.num_generations) is int
    assert args.beta == 0.05 and args.num_iterations == 4
    assert not args.bf16


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scale_rewards", "group"),
        ("loss_type", "dapo"),
        ("top_entropy_quantile", 0.2),
        ("sync_ref_model", True),
        ("pad_to_multiple_of", 8),
    ],
)
def test_fields_without_a_meaning_are_refused_by_name(tmp_path: Path, name: str, value: object):
    with pytest.raises(UserError, match=rf"{name}=.* has no meaning in PPO"):
        PPOConfig(output_dir=str(tmp_path), use_cpu=True, **{name: value})


def test_all_refused_fields_are_fields_of_the_base():
    assert set(MEANINGLESS) <= {field for field in PPOConfig.__dataclass_fields__}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"beta": -1.0}, "beta=-1.0"),
        ({"gamma": 0.0}, r"gamma=0\.0"),
        ({"num_generations": 0}, "num_generations=0"),
        ({"epsilon": -0.2}, r"epsilon=-0\.2"),
        ({"epsilon_high": 0.0}, r"epsilon_high=0\.0"),
        ({"top_p": 0.0}, r"top_p=0\.0"),
        ({"max_completion_length": 0}, "max_completion_length=0"),
        ({"reward_weights": [1.0, float("nan")]}, "reward_weights="),
        ({"kl_estimator": "k2"}, "kl_estimator=k2"),
        ({"reward_clip": 0.0}, r"reward_clip=0\.0"),
        ({"beta": 0.0, "kl_target": 6.0}, "kl_target=6.0 with beta=0"),
        ({"steps_per_generation": 3, "gradient_accumulation_steps": 2}, "no whole number of optimizer steps"),
        ({"per_device_train_batch_size": 1}, "a rollout of one reply"),
        ({"use_transformers_continuous_batching": True, "bf16": True}, "continuous batching with bf16"),
    ],
)
def test_values_out_of_range(tmp_path: Path, changes: dict, found: str):
    with pytest.raises(UserError, match=found):
        PPOConfig(output_dir=str(tmp_path), use_cpu=True, **changes)


def test_several_replies_a_prompt_keep_the_check_of_the_base(tmp_path: Path):
    with pytest.raises(ValueError, match="divisible"):
        PPOConfig(output_dir=str(tmp_path), use_cpu=True, num_generations=3, per_device_train_batch_size=4)
