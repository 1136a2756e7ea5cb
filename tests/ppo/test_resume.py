"""A run cut anywhere and gone on with ends with the same weights, bit for bit."""

from pathlib import Path

import pytest
import tiny
import torch

from alignment.errors import UserError

# Eight prompts, four a rollout, four optimizer steps a rollout: eight steps a pass over the data, two passes.
SETTINGS = {
    "num_train_epochs": 2,
    "save_strategy": "steps",
    "save_steps": 1,
    "kl_target": 0.5,
    "kl_horizon": 20,
    "epoch_kl_limit": 0.02,
    "critic_learning_rate": 5e-2,
    "entropy_coef": 0.01,
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tiny.PPOTrainer:
    run = tiny.trainer(tmp_path_factory.mktemp("whole"), **SETTINGS)
    run.train()
    return run


def weights(run: tiny.PPOTrainer) -> dict[str, torch.Tensor]:
    return run.model.state_dict()


def rewards(run: tiny.PPOTrainer) -> dict[int, float]:
    return {line["step"]: line["reward"] for line in run.state.log_history if "reward" in line}


# in the first rollout, between two, at the end of the first pass, in a rollout of the second pass
@pytest.mark.parametrize("cut", [1, 4, 8, 11])
def test_cut_and_gone_on(whole: tiny.PPOTrainer, tmp_path: Path, cut: int):
    again = tiny.trainer(tmp_path, **SETTINGS)
    again.train(resume_from_checkpoint=str(Path(whole.args.output_dir) / f"checkpoint-{cut}"))
    assert again.state.global_step == whole.state.global_step == 16
    for name, value in weights(whole).items():
        assert torch.equal(value, weights(again)[name]), name
    assert again.kl_coef == whole.kl_coef != SETTINGS.get("beta", 0.05)
    assert rewards(again) == rewards(whole)


def test_cut_where_the_passes_over_a_rollout_have_been_left(whole: tiny.PPOTrainer, tmp_path: Path):
    left = next(line["step"] for line in whole.state.log_history if "left_batches" in line)
    again = tiny.trainer(tmp_path, **SETTINGS)
    again.train(resume_from_checkpoint=str(Path(whole.args.output_dir) / f"checkpoint-{left - 1}"))
    for name, value in weights(whole).items():
        assert torch.equal(value, weights(again)[name]), name


def test_the_second_pass_has_an_order_of_its_own(tmp_path: Path):
    run = tiny.trainer(tmp_path)
    sampler = run._get_train_sampler()
    first = list(sampler)
    run.state.global_step = 8
    assert sorted(set(list(sampler))) == sorted(set(first))
    assert list(sampler) == list(sampler) != first


def test_a_checkpoint_without_state_is_refused(whole: tiny.PPOTrainer, tmp_path: Path):
    import shutil

    folder = tmp_path / "checkpoint-2"
    shutil.copytree(Path(whole.args.output_dir) / "checkpoint-2", folder)
    (folder / "ppo_state.pt").unlink()
    with pytest.raises(UserError, match=r"ppo_state\.pt is not there"):
        tiny.trainer(tmp_path / "again", **SETTINGS).train(resume_from_checkpoint=str(folder))
