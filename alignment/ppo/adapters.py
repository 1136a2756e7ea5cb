"""Several adapters on one frozen base, worn one at a time, also where activation checkpointing computes again.

PEFT's own `set_adapter` also decides which adapter learns, and what is computed again in the backward pass is computed
under whichever adapter is active by then. Here an adapter is worn for a forward pass and for computing it again.
"""

import copy
import functools
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from peft import PeftModel
from peft.tuners.tuners_utils import BaseTunerLayer
from torch.utils.checkpoint import checkpoint

CRITIC = "critic"  # the name of the critic's adapter


@contextmanager
def worn(model: torch.nn.Module, name: str) -> Iterator[None]:
    """Compute with the adapter `name` alone; gradients reach it, whichever adapter is worn when they are taken."""

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), worn(model, name)  # of the forward pass, and of computing it again

    layers = [module for module in model.modules() if isinstance(module, BaseTunerLayer)]
    before = [layer._active_adapter for layer in layers]
    blocks = [module for module in model.modules() if getattr(module, "gradient_checkpointing", False)]
    again = [block._gradient_checkpointing_func for block in blocks]
    for layer in layers:
        layer._active_adapter = [name]
    for block in blocks:
        block._gradient_checkpointing_func = functools.partial(checkpoint, use_reentrant=False, context_fn=contexts)
    try:
        yield
    finally:
        for layer, active in zip(layers, before, strict=True):
            layer._active_adapter = active
        for block, call in zip(blocks, again, strict=True):
            block._gradient_checkpointing_func = call


def add_critic(model: PeftModel) -> None:
    """Put an adapter of the policy's shape on the model for the critic. Its B is zero: it starts as the base."""
    if CRITIC in model.peft_config:  # of an earlier trainer
        model.delete_adapter(CRITIC)
    config = copy.deepcopy(model.peft_config[model.active_adapter])
    config.modules_to_save, config.init_lora_weights = None, True
    policy = model.active_adapter
    model.add_adapter(CRITIC, config)
    model.set_adapter(policy)
    awake(model)


def awake(model: torch.nn.Module) -> None:
    """Let the critic's adapter learn beside the policy's: PEFT freezes it whenever another one is made active."""
    for name, parameter in model.named_parameters():
        if f".{CRITIC}." in name:
            parameter.requires_grad_(True)
