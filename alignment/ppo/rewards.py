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
from alignment.sampling import render_reply

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
    return found


def _as_function(reward: Any, tokenizer: PreTrainedTokenizerBase) -> RewardFunction:
    if isinstance(reward, str | Path) and not Path(reward).is_dir() and ":" in str(reward):
        return load_function(str(reward))
    if isinstance(reward, str | Path):
        from transformers import AutoTokenizer

        if not Path(reward).is_dir():
            raise UserError(f"reward {str(reward)!r}", "a folder with a reward model, or package.module:function")
        return RewardModel([read_model(reward)], AutoTokenizer.from_pretrained(reward), name=Path(reward).name)
    if isinstance(reward, PreTrainedModel):
        _check_model(reward, tokenizer)
        return RewardModel([reward], tokenizer)
    if callable(reward):
        return reward
    raise UserError(f"reward {reward!r}", "a reward model, its folder, a function, or package.module:function")


def read_model(folder: str | Path) -> PreTrainedModel:
    """The reward model that a folder holds.

    Raises:
        UserError: there is none, or its head would be made anew, at random.
    """
    from transformers import AutoModelForSequenceClassification

    one = "a reward model: AutoModelForSequenceClassification with num_labels=1"
    try:
        model, found = AutoModelForSequenceClassification.from_pretrained(
            folder, num_labels=1, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise UserError(f"{folder} holds no reward model that can be read", one) from error
    if found["missing_keys"]:
        raise UserError(f"{folder} lacks the weights {', '.join(sorted(found['missing_keys'])[:3])}", one)
    return model


def _check_model(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuse a model in memory that gives more than one score, or does not know every token it would be asked of."""
    config = model.config.get_text_config()
    if getattr(model.config, "num_labels", 1) != 1:
        raise UserError(
            f"reward {type(model).__name__} with num_labels={model.config.num_labels}", "a model with num_labels=1"
        )
    if config.vocab_size < len(tokenizer):
        raise UserError(
            f"a reward model of {config.vocab_size} tokens with a tokenizer of {len(tokenizer)}",
            "the reward model's own tokenizer, in reward_processing_classes",
        )


def apart(names: Sequence[str]) -> list[str]:
    """The names of rewards, under which they are logged: one that stands there already gets its place added."""
    return [name if name not in names[:i] else f"{name}_{i + 1}" for i, name in enumerate(names)]


def check_scores(name: str, scores: Any, count: int) -> None:
    """Refuse what is not one finite number a reply.

    Raises:
        UserError: names the reward and what it returned.
    """
    what = "one finite number a reply"
    if not hasattr(scores, "__len__") or len(scores) != count:
        found = f"{len(scores)} values" if hasattr(scores, "__len__") else repr(scores)
        raise UserError(f"reward {name} returned {found} for {count} replies", what)
    bad = [i for i, value in enumerate(scores) if not _finite(value)]
    if bad:
        raise UserError(f"reward {name} returned {scores[bad[0]]} for reply {bad[0] + 1} of {count}", what)


def _finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except (TypeError, ValueError):  # no number: a text, None, a tensor of several
        return False
