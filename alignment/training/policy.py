"""What the stages that train a policy share: its yardstick, with the reward model and reference where they exist."""

from collections.abc import Iterable

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from alignment import models
from alignment.artifact import read_jsonl
from alignment.evaluation.yardstick import Yardstick
from alignment.pipeline import Context
from alignment.training.knobs import Knobs
from alignment.voice.contract import load_contract


def yardstick(
    knobs: Knobs,
    context: Context,
    tokenizer: PreTrainedTokenizerBase,
    reference: PreTrainedModel | None = None,
) -> Yardstick | None:
    """The yardstick on the first `yardstick_prompts` validation prompts; None when it is switched off."""
    if not knobs.yardstick_every:
        return None
    prompts = read_jsonl(context.input("dataset").path / "prompts" / "validation.jsonl")[: knobs.yardstick_prompts]
    if not prompts:
        return None
    found = context.inputs.get("reward", [])
    reward = models.load_reward(models.model_folder(found[0].path), context.settings.model) if found else None
    return Yardstick(
        prompts=prompts,
        tokenizer=tokenizer,
        generation=context.settings.generation,
        seed=context.seed,
        contract=load_contract(context.settings.brand.folder),
        reward=frozen(reward),
        reference=frozen(reference),
    )


def frozen(model: PreTrainedModel | None) -> PreTrainedModel | None:
    """The model, never to be trained."""
    return None if model is None else model.eval().requires_grad_(False)


def parameters_hash(model: torch.nn.Module) -> str:
    """sha256 over the names and values of the weights: the same for two models that reply the same."""
    import hashlib

    digest = hashlib.sha256()
    named: Iterable[tuple[str, torch.Tensor]] = sorted(model.state_dict().items())
    for name, value in named:
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
