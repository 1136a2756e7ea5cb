"""The critic: a value head on the policy's own trunk, or a trunk of its own; how it starts, is saved and read back."""

import copy
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from alignment.errors import UserError

FOLDER = "critic"  # beside the policy's weights
WEIGHTS = "critic.safetensors"
DESCRIPTION = "critic.json"


class Critic(nn.Module):
    """V of each chosen position. Without a trunk it reads the policy's hidden states, with one its own.

    The head is kept in float32: values are sums of rewards, not probabilities.
    """

    def __init__(self, hidden_size: int, trunk: nn.Module | None = None) -> None:
        super().__init__()
        self.trunk = trunk
        self.head = nn.Linear(hidden_size, 1, dtype=torch.float32)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    @property
    def kind(self) -> str:
        return "shared" if self.trunk is None else "own"

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


def make_critic(policy: PreTrainedModel, kind: str, start: PreTrainedModel | None) -> Critic:
    """A new critic for the policy: its head at zero, or started from the reward model `start`.

    `shared` takes the score head of `start` alone, since the trunk is the policy's; `own` takes its trunk too.

    Raises:
        UserError: `start` is of another size or vocabulary than the policy.
    """
    config = policy.config.get_text_config()
    if start is not None:
        other = start.config.get_text_config()
        for name in ("vocab_size", "hidden_size"):
            ours, theirs = getattr(config, name), getattr(other, name)
            if ours != theirs and not (name == "hidden_size" and kind == "own"):
                raise UserError(
                    f"the critic starts from a reward model with {name}={theirs}, the policy has {ours}",
                    "a reward model trained on the same base and tokenizer",
                    "start the critic from the policy",
                )
        config = other
    trunk = copy.deepcopy((policy if start is None else start).base_model) if kind == "own" else None
    if trunk is not None:
        trunk.requires_grad_(True)
    critic = Critic(config.hidden_size, trunk)
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


def save_critic(weights: dict[str, torch.Tensor], critic: Critic, folder: Path) -> None:
    """Write a critic's weights and what it takes to rebuild it into `folder`/critic."""
    folder = folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: value.detach().cpu().contiguous() for name, value in weights.items()}, folder / WEIGHTS)
    description = {"kind": critic.kind, "hidden_size": critic.head.in_features}
    (folder / DESCRIPTION).write_text(json.dumps(description), encoding="utf-8")


def read_weights(folder: str | Path) -> dict[str, torch.Tensor]:
    """The weights that `save_critic` wrote.

    Raises:
        UserError: there are none.
    """
    path = Path(folder) / FOLDER / WEIGHTS
    if not path.is_file():
        raise UserError(f"{path} is not there", "a folder that PPO saved, with its critic")
    return load_file(path)


def load_critic(folder: str | Path, policy: PreTrainedModel) -> Critic:
    """The critic saved beside a policy; `policy` gives the shape of its trunk where it has one of its own.

    Raises:
        UserError: there is none.
    """
    weights = read_weights(folder)
    description: dict[str, Any] = json.loads((Path(folder) / FOLDER / DESCRIPTION).read_text(encoding="utf-8"))
    trunk = copy.deepcopy(policy.base_model) if description["kind"] == "own" else None
    critic = Critic(description["hidden_size"], trunk)
    critic.load_state_dict(weights)
    return critic.to(policy.device)
