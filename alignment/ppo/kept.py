"""The PPO trainer as a stage uses it: whole checkpoints, and a check that what was saved reads back the same."""

from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from alignment.errors import UserError
from alignment.ppo.critic import Critic, load_critic
from alignment.ppo.forward import Request, attach, detach
from alignment.ppo.rollout import lay_out, selected
from alignment.ppo.trainer import PPOTrainer
from alignment.training.guard import Guarded


class Kept(Guarded, PPOTrainer):
    """A PPOTrainer whose checkpoints are marked once they are whole. It stops at a non-finite loss by itself."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(row_ids=[], **kwargs)
        self.data_collator = self.data_collator.collate  # batches are lists of prompts

    def _prepare_inputs(self, generation_batch: Any) -> Any:
        return PPOTrainer._prepare_inputs(self, generation_batch)


@torch.no_grad()
def reload_difference(
    trained: Any, critic: Critic, saved: PreTrainedModel, folder: Path, prompts: list[list[int]], temperature: float
) -> dict[str, float]:
    """Largest difference between a trained policy with its critic and what was saved, on the tokens of some prompts.

    Args:
        trained: the policy in memory, with its adapter where it has one. critic: its own.
        saved: the policy as it was read back.
        folder: where the critic was saved.
        prompts: token ids, at least two each.

    Returns:
        {"log_probs": nats, "values": reward units}.

    Raises:
        UserError: they differ by more than rounding explains.
    """
    bare = trained.get_base_model() if isinstance(trained, PeftModel) else trained
    rows = lay_out([ids[:1] for ids in prompts], [ids[1:] for ids in prompts], 0)
    said = []
    for model, own in ((bare, critic), (saved, load_critic(folder, saved))):
        attach(model, temperature, own)
        model.eval()
        device = model.device
        said.append(model(input_ids=rows["ids"].to(device), ppo=Request(selected(rows).to(device), values=True)))
        detach(model)
    close = 1e-3 if saved.dtype == torch.float32 else 0.5
    found = {}
    for name in ("log_probs", "values"):
        ours, theirs = (one[name].float() for one in said)
        found[name] = (ours - theirs).abs().max().item()
        if found[name] > close * max(1.0, ours.abs().max().item()):
            raise UserError(
                f"{name} of the saved policy and critic differ by {found[name]:.4f} from those of the trained ones",
                f"at most {close}",
                "run the stage again with force=true; if it stays, model.dtype=float32",
            )
    return found
