"""What a reply is worth: reward models, an ensemble of them, and Python functions, all as TRL's reward functions.

A reward function is called with `prompts` and `completions` (texts, or conversations and lists with one message), the
other columns of the data set, and `log_metric`; it returns one number a reply.
"""

import importlib
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from alignment.errors import UserError
from alignment.ppo import math as ppo
from alignment.ppo.rollout import SLACK, of_like_length
from alignment.training.sampling import render_reply

MOST_TOKENS = 2**14  # a forward pass
RewardFunction = Callable[..., list[float]]


class RewardModel:
    """One or several reward models as one reward: mean - caution * standard deviation of their scores."""

    def __init__(
        self,
        models: Sequence[PreTrainedModel],
        tokenizer: PreTrainedTokenizerBase,
        name: str = "reward_model",
        caution: float = 0.0,
    ) -> None:
        self.models = [model.eval().requires_grad_(False) for model in models]
        self.tokenizer = tokenizer
        self.__name__ = name
        self.caution = caution

    def to(self, device: torch.device) -> "RewardModel":
        self.models = [model.to(device) for model in self.models]
        return self

    def __call__(
        self, prompts: list[Any], completions: list[Any], log_metric: Callable[[str, float], None], **_: Any
    ) -> list[float]:
        rows = [self._render(prompt, reply) for prompt, reply in zip(prompts, completions, strict=True)]
        scores = self.scores(rows)
        if len(scores) > 1:
            for number, mean in enumerate(scores.mean(dim=1).tolist()):
                log_metric(f"rewards/{self.__name__}/{number}", mean)
            log_metric(f"rewards/{self.__name__}/disagreement", scores.std(dim=0, unbiased=False).mean().item())
        return ppo.ensemble(scores, self.caution).tolist()

    def scores(self, rows: Sequence[list[int]]) -> torch.Tensor:
        """Of each model for each row of token ids: (M, B)."""
        return torch.stack([score(model, rows, self.tokenizer.pad_token_id) for model in self.models])

    def _render(self, prompt: Any, reply: Any) -> list[int]:
        if isinstance(prompt, str):
            return self.tokenizer(prompt + reply + (self.tokenizer.eos_token or ""))["input_ids"]
        return render_reply(self.tokenizer, prompt, reply[0]["content"])


def padded_groups(
    rows: Sequence[list[int]], pad_id: int, device: torch.device
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """(indices, right-padded ids (B, T), lengths (B,)) of the rows, for one forward pass each."""
    every = torch.tensor([len(row) for row in rows])
    for group in of_like_length(every, MOST_TOKENS, SLACK if device.type == "cpu" else math.inf):
        longest = int(every[group].max())
        ids = torch.tensor([rows[i] + [pad_id] * (longest - len(rows[i])) for i in group.tolist()])
        yield group, ids.to(device), every[group].to(device)


@torch.no_grad()
def score(model: PreTrainedModel, rows: Sequence[list[int]], pad_id: int) -> torch.Tensor:
    """The model's score of each row of token ids, (B,) float32 on the CPU."""
    scores = torch.zeros(len(rows))
    model.config.get_text_config().pad_token_id = pad_id
    for group, ids, lengths in padded_groups(rows, pad_id, model.device):
        mask = torch.arange(ids.size(1), device=ids.device) < lengths[:, None]
        out = model(input_ids=ids, attention_mask=mask.long(), use_cache=False)
        scores[group] = out.logits[:, 0].float().cpu()
    return scores


def load_function(path: str) -> RewardFunction:
    """The function `package.module:function`.

    Raises:
        UserError: the path has another form, or nothing callable is there.
    """
    module, colon, name = path.partition(":")
    if not colon or not module or not name:
        raise UserError(f"reward function {path!r}", "package.module:function, such as ours.rewards:polite")
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError as error:
        raise UserError(
            f"reward function {path!r}: {error}", "a module that Python can import from here", "check the name"
        ) from error
    if not callable(found):
        raise UserError(f"reward function {path!r}: {module} has no function {name}", "a function of that module")
    return found


def as_functions(
    rewards: Any, tokenizer: PreTrainedTokenizerBase, tokenizers: Sequence[PreTrainedTokenizerBase | None] | None
) -> list[RewardFunction]:
    """What a trainer was given as rewards, as functions: models and folders of models become a `RewardModel` each.

    Raises:
        UserError: there is none, or one is of no use.
    """
    listed = list(rewards) if isinstance(rewards, list | tuple) else [] if rewards is None else [rewards]
    if not listed:
        raise UserError("no reward", "a reward model or a reward function, at least one")
    own = list(tokenizers) if tokenizers is not None else [None] * len(listed)
    found = [_as_function(reward, other or tokenizer) for reward, other in zip(listed, own, strict=True)]
    for i, function in enumerate(found):  # figures are logged by name
        same = [other.__name__ for other in found[:i] if isinstance(other, RewardModel)]
        if isinstance(function, RewardModel) and function.__name__ in same:
            function.__name__ = f"{function.__name__}_{i + 1}"
    return found


def _as_function(reward: Any, tokenizer: PreTrainedTokenizerBase) -> RewardFunction:
    if isinstance(reward, str | Path) and not Path(reward).is_dir() and ":" in str(reward):
        return load_function(str(reward))
    if isinstance(reward, str | Path):
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        if not Path(reward).is_dir():
            raise UserError(f"reward {str(reward)!r}", "a folder with a reward model, or package.module:function")
        model = AutoModelForSequenceClassification.from_pretrained(reward, num_labels=1)
        return RewardModel([model], AutoTokenizer.from_pretrained(reward), name=Path(reward).name)
    if isinstance(reward, PreTrainedModel):
        return RewardModel([reward], tokenizer)
    if callable(reward):
        return reward
    raise UserError(f"reward {reward!r}", "a reward model, its folder, a function, or package.module:function")


def check_scores(name: str, scores: Any, count: int) -> None:
    """Refuse what is not one finite number a reply.

    Raises:
        UserError: names the reward and what it returned.
    """
    what = "one finite number a reply"
    if not hasattr(scores, "__len__") or len(scores) != count:
        found = f"{len(scores)} values" if hasattr(scores, "__len__") else repr(scores)
        raise UserError(f"reward {name} returned {found} for {count} replies", what)
    bad = [i for i, value in enumerate(scores) if value is None or not math.isfinite(value)]
    if bad:
        raise UserError(f"reward {name} returned {scores[bad[0]]} for reply {bad[0] + 1} of {count}", what)
