"""What was saved reads back the same: the policy's log-probabilities, the critic's values, the rewards."""

from collections.abc import Sequence
from typing import Any

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from alignment.errors import UserError
from alignment.ppo.critic import Critic
from alignment.ppo.forward import Request, attach, detach
from alignment.ppo.rewards import RewardModel
from alignment.ppo.rollout import lay_out, selected

CLOSE = 1e-4  # relative to the largest value; compared in float32


Said = dict[str, torch.Tensor]


@torch.no_grad()
def said(model: Any, critic: Critic, prompts: list[list[int]], temperature: float) -> Said:
    """{"log_probs": nats, "values": reward units} of every token of some prompts but their first, each (N,).

    Args:
        model: the policy, with its adapter where it has one; afterwards it is a plain language model.
        prompts: token ids, at least two each.
    """
    bare = model.get_base_model() if isinstance(model, PeftModel) else model
    rows = lay_out([ids[:1] for ids in prompts], [ids[1:] for ids in prompts], 0)
    attach(bare, temperature, critic)
    bare.eval()
    found = bare(input_ids=rows["ids"].to(bare.device), ppo=Request(selected(rows).to(bare.device), values=True))
    detach(bare)
    return found


def policy_difference(trained: Said, saved: Said, whole: bool) -> dict[str, float]:
    """Largest difference by name between what a trained policy and its critic say, and the same read back.

    whole: both computed in float32.

    Raises:
        UserError: they differ by more than rounding explains.
    """
    return {name: _compared(f"{name} of the saved policy", trained[name], saved[name], whole) for name in trained}


def reward_difference(used: RewardModel, saved: Sequence[PreTrainedModel], rows: list[list[int]]) -> float:
    """Largest difference between the scores of the reward models trained against and of the same ones read again.

    Args:
        used: as the trainer had it, whole models or adapters on the policy's base.
        saved: the models in its order.
        rows: token ids of conversations with their replies.

    Raises:
        UserError: they differ by more than rounding explains.
    """
    again = RewardModel(saved, used.tokenizer).scores(rows)
    whole = all(model.dtype == torch.float32 for model in saved)
    return _compared(f"scores of {used.__name__}", used.scores(rows), again, whole)


def _compared(what: str, ours: torch.Tensor, theirs: torch.Tensor, whole: bool) -> float:
    ours, theirs = ours.float().cpu(), theirs.float().cpu()
    close = CLOSE if whole else 0.5  # weights in half precision are merged and rounded anew
    found = (ours - theirs).abs().max().item()
    if not found <= close * max(1.0, ours.abs().max().item()):
        raise UserError(
            f"{what} differ by {found:.5f} from those of the trained ones",
            f"at most {close}",
            "run the stage again with force=true; if it stays, model.dtype=float32",
        )
    return found
