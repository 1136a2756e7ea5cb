"""The critic: a value head on the policy's trunk, or on a trunk or adapter of its own; its start and its files."""

import copy
import json
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig, PeftModel, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from alignment.errors import UserError
from alignment.ppo import adapters

FOLDER = "critic"  # beside the policy's weights
WEIGHTS = "critic.safetensors"
DESCRIPTION = "critic.json"
ADAPTER = "adapter_model.safetensors"


class Critic(nn.Module):
    """V of each chosen position, from hidden states: the policy's, those of a trunk of its own, or of an adapter.

    The head is kept in float32: values are sums of rewards, not probabilities.

    Args:
        trunk: a model of its own.
        adapter: the name of its adapter on the policy's frozen base.
    """

    def __init__(self, hidden_size: int, trunk: nn.Module | None = None, adapter: str | None = None) -> None:
        super().__init__()
        self.trunk = trunk
        self.adapter = adapter
        self.head = nn.Linear(hidden_size, 1, dtype=torch.float32)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    @property
    def kind(self) -> str:
        return "adapter" if self.adapter else "shared" if self.trunk is None else "own"

    def hidden(self, policy: PreTrainedModel, ids: torch.Tensor) -> torch.Tensor:
        """Hidden states of the critic's own trunk or adapter: (B, L) -> (B, L, H)."""
        if self.adapter is None:
            return self.trunk(input_ids=ids, use_cache=False).last_hidden_state
        with adapters.worn(policy, self.adapter):
            return policy.base_model(input_ids=ids, use_cache=False).last_hidden_state

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """(N, H) -> (N,)."""
        with torch.autocast(hidden.device.type, enabled=False):
            return self.head(hidden.float()).squeeze(-1)


def score_head(model: PreTrainedModel) -> nn.Linear:
    """The linear head of a reward model.

    Raises:
        UserError: there is none with one output.
    """
    for name in ("score", "classifier"):
        head = getattr(model, name, None)
        if isinstance(head, nn.Linear) and head.out_features == 1:
            return head
    raise UserError(
        f"{type(model).__name__} has no linear score head with one output",
        "a reward model: AutoModelForSequenceClassification with num_labels=1",
    )


def make_critic(policy: PreTrainedModel, kind: str, start: PreTrainedModel | None, frozen_base: bool = False) -> Critic:
    """A new critic for the policy: its head at zero, or started from the reward model `start`.

    `shared` takes the score head of `start` alone, since the trunk is the policy's; `own` takes its trunk too. On a
    frozen base with adapters, `own` is an adapter of its own and takes the head alone.

    Raises:
        UserError: `start` is of another size or vocabulary than the policy.
    """
    config = policy.config.get_text_config()
    if start is not None:
        other = start.config.get_text_config()
        for name in ("vocab_size", "hidden_size"):
            ours, theirs = getattr(config, name), getattr(other, name)
            if ours != theirs and not (name == "hidden_size" and kind == "own" and not frozen_base):
                raise UserError(
                    f"the critic starts from a reward model with {name}={theirs}, the policy has {ours}",
                    "a reward model trained on the same base and tokenizer",
                    "start the critic from the policy",
                )
        config = other
    own = kind == "own" and not frozen_base
    trunk = copy.deepcopy((policy if start is None else start).base_model) if own else None
    if trunk is not None:
        trunk.requires_grad_(True)
    critic = Critic(config.hidden_size, trunk, adapters.CRITIC if kind == "own" and frozen_base else None)
    if start is not None:
        head = score_head(start)
        with torch.no_grad():
            critic.head.weight.copy_(head.weight)
            if head.bias is not None:
                critic.head.bias.copy_(head.bias)
    return critic.to(policy.device)


def check_tokenizers(policy: PreTrainedTokenizerBase, reward: PreTrainedTokenizerBase, what: str) -> None:
    """Refuse a critic or a shared backbone from a reward model that reads other tokens.

    Raises:
        UserError: the two vocabularies differ.
    """
    ours, theirs = policy.get_vocab(), reward.get_vocab()
    if ours != theirs:
        differing = sum(ours.get(token) != place for token, place in theirs.items())
        raise UserError(
            f"{what} has another tokenizer than the policy: {differing} of {len(theirs)} tokens differ",
            "a reward model trained from the same base model",
            "start the critic from the policy, and give the reward model a backbone of its own",
        )


def save_critic(weights: dict[str, torch.Tensor], critic: Critic, folder: Path, model: PeftModel | None = None) -> None:
    """Write a critic's weights and what it takes to rebuild it into `folder`/critic.

    model: where it has an adapter, the model that wears it; None where the adapter is there already.
    """
    folder = folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: value.detach().cpu().contiguous() for name, value in weights.items()}, folder / WEIGHTS)
    description = {"kind": critic.kind, "hidden_size": critic.head.in_features}
    (folder / DESCRIPTION).write_text(json.dumps(description), encoding="utf-8")
    if critic.adapter and model is not None:
        lora = get_peft_model_state_dict(model, adapter_name=critic.adapter)
        save_file({name: value.detach().cpu().contiguous() for name, value in lora.items()}, folder / ADAPTER)
        model.peft_config[critic.adapter].save_pretrained(folder)


def read_weights(folder: str | Path) -> dict[str, torch.Tensor]:
    """The weights that `save_critic` wrote.

    Raises:
        UserError: there are none.
    """
    path = Path(folder) / FOLDER / WEIGHTS
    if not path.is_file():
        raise UserError(f"{path} is not there", "a folder that PPO saved, with its critic")
    return load_file(path)


def read_adapter(folder: str | Path, model: PeftModel) -> None:
    """Put the adapter that `save_critic` or a checkpoint wrote on the model, which has one of that name."""
    set_peft_model_state_dict(model, load_file(Path(folder) / FOLDER / ADAPTER), adapter_name=adapters.CRITIC)
    adapters.awake(model)


def load_critic(folder: str | Path, policy: PreTrainedModel, base: PreTrainedModel | None = None) -> Critic:
    """The critic saved beside a policy, to be used on its own: an adapter is merged into a copy of its base.

    Args:
        policy: gives the shape of its trunk where it has one of its own.
        base: the model below the policy's adapter, for a critic that is an adapter.

    Raises:
        UserError: there is none, or it is an adapter and `base` is missing.
    """
    weights = read_weights(folder)
    description: dict[str, Any] = json.loads((Path(folder) / FOLDER / DESCRIPTION).read_text(encoding="utf-8"))
    trunk = copy.deepcopy(policy.base_model) if description["kind"] == "own" else None
    if description["kind"] == "adapter":
        if base is None:
            raise UserError(f"the critic in {folder} is an adapter", "base=MODEL, the one below the policy's adapter")
        config = PeftConfig.from_pretrained(str(Path(folder) / FOLDER))
        wearing = PeftModel.from_pretrained(copy.deepcopy(base), str(Path(folder) / FOLDER), config=config)
        trunk = wearing.merge_and_unload().base_model
    critic = Critic(description["hidden_size"], trunk)
    critic.load_state_dict(weights, strict=description["kind"] != "adapter")
    return critic.to(policy.device)
