"""The policy that is kept may lie between the one training began with and the one it ended with.

Reward models see little beyond the voice, and training against them wears away what they do not see: the mean of the
weights keeps most of the reward and gets most of the rest back (Lin et al. 2024, "Mitigating the Alignment Tax of
RLHF", arXiv 2309.06256; weights of one run: Wortsman et al. 2022, arXiv 2109.01903).
"""

from collections.abc import Callable

import torch
from peft import PeftModel
from transformers import PreTrainedModel


@torch.no_grad()
def average(policy: PreTrainedModel | PeftModel, start: Callable[[], PreTrainedModel], share: float) -> None:
    """Set the policy's weights to start + share * (policy - start), in place.

    Args:
        policy: as trained. Of an adapted one the adapter is scaled, which is the same, and `start` is not called.
        start: loads the model that training began with.
        share: 0 to 1; 1 changes nothing.

    Raises:
        KeyError: `start` has weights that the policy does not have.
    """
    if share == 1:
        return
    own = dict(policy.named_parameters())
    if isinstance(policy, PeftModel):
        for name, weight in own.items():
            if name.endswith(f".lora_B.{policy.active_adapter}.weight"):  # zero at the start; others' adapters stay
                weight.mul_(share)
        return
    for name, weight in start().named_parameters():
        own[name].lerp_(weight.to(own[name]), 1 - share)
