"""The methods of TRL and transformers that PPO stands on: this fails when an upgrade has moved one of them."""

import inspect
from importlib.metadata import version

import pytest
import torch
import transformers
import trl
from trl.trainer import utils

from alignment.ppo.trainer import HOOKS

MOVED = "trl {trl} moved what PPO stands on: {what}. Read its changes, then alignment/ppo/{file}."

# Parameters that we pass or receive, by method.
PARAMETERS = {
    "_generate": ["self", "prompts"],
    "_calculate_rewards": ["self", "inputs", "prompts", "completions", "completion_ids_list"],
    "_generate_and_score_completions": ["self", "inputs"],
    "_prepare_inputs": ["self", "generation_batch"],
    "_compute_loss": ["self", "model", "inputs"],
    "_get_train_sampler": ["self", "dataset"],
    "_tokenize_prompts": ["self", "prompts"],
    "training_step": ["self", "model", "inputs", "num_items_in_batch"],
    "prediction_step": ["self", "model", "inputs", "prediction_loss_only", "ignore_keys"],
    "_save": ["self", "output_dir", "state_dict"],
    "_save_optimizer_and_scheduler": ["self", "output_dir"],
    "_load_optimizer_and_scheduler": ["self", "checkpoint"],
    "_load_from_checkpoint": ["self", "resume_from_checkpoint", "model"],
    "_load_best_model": ["self"],
    "create_optimizer": ["self", "model"],
}


def moved(what: str, file: str = "trainer.py") -> str:
    return MOVED.format(trl=version("trl"), what=what, file=file)


def owner(kind: str) -> type:
    return trl.GRPOTrainer if kind == "GRPOTrainer" else transformers.Trainer


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in HOOKS.items() for name in names])
def test_hook_is_there_with_its_parameters(kind: str, name: str):
    method = getattr(owner(kind), name, None)
    assert method is not None, moved(f"{kind}.{name} is gone")
    found = list(inspect.signature(inspect.unwrap(method)).parameters)
    assert found == PARAMETERS[name], moved(f"{kind}.{name} takes {found}, not {PARAMETERS[name]}")


CALLS = [  # (who, calls or reads what)
    ("_prepare_inputs", "_generate_and_score_completions"),
    ("compute_loss", "_compute_loss"),
    ("training_step", "self._step += 1"),
    ("get_train_dataloader", "_get_train_sampler"),
    ("get_train_dataloader", "steps_per_generation"),
    ("__init__", "self._buffered_inputs = None"),
    ("__init__", "self.beta == 0.0"),
    ("__init__", "self.eos_token_ids"),
    ("_calculate_rewards", "log_metric"),
    ("log", "self._metrics[mode]"),
]


@pytest.mark.parametrize(("who", "what"), CALLS)
def test_the_base_still_calls_it(who: str, what: str):
    text = inspect.getsource(inspect.unwrap(getattr(trl.GRPOTrainer, who)))
    assert what in text, moved(f"GRPOTrainer.{who} no longer has `{what}`")


def test_what_generate_returns():
    text = inspect.getsource(trl.GRPOTrainer._generate)
    wanted = "return prompt_ids, completion_ids, tool_mask, completions"
    folded = " ".join(text.split())
    assert wanted in folded or "prompt_ids, completion_ids, tool_mask, completions, logprobs" in folded, moved(
        "GRPOTrainer._generate returns something else"
    )


def test_the_check_that_a_single_reply_has_to_pass():
    text = inspect.getsource(trl.GRPOConfig.__post_init__)
    assert "self.num_generations < 2" in text, moved("GRPOConfig checks num_generations in another way", "config.py")


def test_checkpoints_call_what_we_extend():
    text = inspect.getsource(transformers.Trainer._save_checkpoint)
    place = text.find("_save_optimizer_and_scheduler")
    assert 0 < place < text.find("save_to_json"), moved("Trainer._save_checkpoint writes in another order", "saving.py")
    text = inspect.getsource(transformers.Trainer._prepare_for_training)
    assert "_load_optimizer_and_scheduler(resume_from_checkpoint)" in text, moved("the order of resuming", "saving.py")


def test_the_sampler_repeats_as_before():
    sampler = utils.RepeatSampler(range(4), mini_repeat_count=2, batch_size=2, repeat_count=2, shuffle=False)
    assert list(sampler) == [0, 0, 1, 1] * 2 + [2, 2, 3, 3] * 2, moved("RepeatSampler's order", "state.py")
    assert isinstance(utils.RepeatSampler(range(4), 1, seed=1).generator, torch.Generator), moved("its generator")
