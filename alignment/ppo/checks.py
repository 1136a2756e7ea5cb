"""What can be told to be wrong before the first rollout."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from alignment.errors import UserError
from alignment.ppo.backbone import RewardAdapters
from alignment.ppo.config import PPOConfig
from alignment.ppo.critic import check_tokenizers
from alignment.ppo.rewards import RewardFunction, check_scores, read_model

PROBED = 2  # prompts that every reward function is tried on


def peak_memory() -> float:
    """Most memory held so far, in MB: of the GPU where there is one, else of this process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def tokenizer_of(
    model: PreTrainedModel, given: PreTrainedTokenizerBase | None, trust_remote_code: bool = False
) -> PreTrainedTokenizerBase:
    """The tokenizer given, or the one that lies where the model was loaded from.

    Raises:
        UserError: the model has no place on disk, and none was given; or no end token, so that no reply could end.
    """
    place = getattr(model.config, "_name_or_path", "")
    if given is None and not place:
        raise UserError("a model in memory without a tokenizer", "processing_class=TOKENIZER")
    tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=trust_remote_code) if given is None else given
    if not isinstance(tokenizer, PreTrainedTokenizerBase):
        raise UserError(f"processing_class is a {type(tokenizer).__name__}", "a tokenizer: PPO here trains on text")
    if tokenizer.eos_token_id is None:
        raise UserError("the tokenizer has no end token", "a tokenizer with eos_token", "set its eos_token")
    return tokenizer


def check_arguments(args: Any) -> None:
    """Refuse the arguments of another trainer.

    Raises:
        UserError: names what was given.
    """
    if not isinstance(args, PPOConfig):
        raise UserError(f"args is a {type(args).__name__}", "a PPOConfig", "from alignment.ppo import PPOConfig")


def check_backbone(functions: list[RewardFunction], adapted: bool, tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuse reward adapters where there is no frozen base to stand on, or that read other tokens than the policy.

    Raises:
        UserError: says which.
    """
    for function in functions:
        if isinstance(function, RewardAdapters):
            if not adapted:
                raise UserError("reward adapters on a policy without an adapter", "peft_config, or whole models")
            check_tokenizers(tokenizer, function.tokenizer, f"the shared backbone's {function.__name__}")


def check_dataset(dataset: Any, args: PPOConfig) -> None:
    """Refuse a data set without prompts, or with fewer than a rollout takes.

    Raises:
        UserError: says how many it has and how many it needs.
    """
    if not isinstance(dataset, Dataset):
        raise UserError(f"train_dataset is a {type(dataset).__name__}", "a datasets.Dataset with a column 'prompt'")
    if "prompt" not in dataset.column_names:
        raise UserError(f"train_dataset has the columns {dataset.column_names}", "a column 'prompt'")
    needed, rest = divmod(args.generation_batch_size, args.num_generations)
    if rest:
        raise UserError(
            f"a rollout of {args.generation_batch_size} replies with num_generations={args.num_generations}",
            "a rollout divisible by num_generations",
        )
    if len(dataset) < needed:
        raise UserError(
            f"{len(dataset)} training prompts, and a rollout takes {needed}",
            "at least as many prompts as a rollout takes",
            "lower generation_batch_size, or bring more prompts",
        )


def check_prompts(dataset: Dataset, tokenize: Callable[[list[Any]], tuple[list[list[int]], Any, Any]], config: Any,
                  args: PPOConfig) -> None:  # fmt: skip
    """Refuse empty prompts, and those without room for a reply of max_completion_length in the model's context.

    Raises:
        UserError: names the first such row.
    """
    if "prompt" not in dataset.column_names:
        raise UserError(f"eval_dataset has the columns {dataset.column_names}", "a column 'prompt'")
    empty = [i for i, prompt in enumerate(dataset["prompt"]) if not prompt]
    if empty:
        raise UserError(
            f"{len(empty)} of {len(dataset)} prompts are empty, the first: row {empty[0]}",
            "a text, or a conversation of at least one message",
            "leave those rows out",
        )
    context = getattr(config.get_text_config(), "max_position_embeddings", None) or 1_000_000
    lengths = [len(ids) for ids in tokenize(list(dataset["prompt"]))[0]]
    over = [i for i, length in enumerate(lengths) if length + args.max_completion_length > context]
    if over:
        raise UserError(
            f"{len(over)} of {len(lengths)} prompts with max_completion_length={args.max_completion_length} pass the "
            f"model's context of {context} tokens, the first: row {over[0]} with {lengths[over[0]]} tokens",
            f"prompt and reply within {context} tokens",
            "lower max_completion_length, or leave those prompts out",
        )


def check_rewards(functions: list[RewardFunction], dataset: Dataset, state: Any) -> None:
    """Try every reward on a few prompts with a short reply.

    Raises:
        UserError: one returns the wrong number of values, or what is no finite number.
    """
    rows = [dataset[i] for i in range(min(PROBED, len(dataset)))]
    prompts = [row["prompt"] for row in rows]
    texts = isinstance(prompts[0], str)
    replies = ["ok" if texts else [{"role": "assistant", "content": "ok"}] for _ in rows]
    columns = {name: [row[name] for row in rows] for name in rows[0] if name not in ("prompt", "completion")}
    for function in functions:
        scores = function(
            prompts=prompts,
            completions=replies,
            completion_ids=[[0] for _ in rows],
            trainer_state=state,
            log_extra=lambda *_: None,
            log_metric=lambda *_: None,
            **columns,
        )
        if inspect.isawaitable(scores):
            scores = _awaited(scores)
        check_scores(getattr(function, "__name__", type(function).__name__), scores, len(rows))


def _awaited(scores: Awaitable[Any]) -> Any:
    """What an asynchronous reward returns; in a thread of its own, since a notebook has a running loop already."""

    async def wait() -> Any:
        return await scores

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, wait()).result()


def critic_start(
    start: PreTrainedModel | str | Path | None, tokenizer: PreTrainedTokenizerBase
) -> PreTrainedModel | None:
    """The reward model that the critic starts from, read where it is a folder.

    Raises:
        UserError: nothing is there, or it reads other tokens than the policy.
    """
    if start is None or isinstance(start, PreTrainedModel):
        return start
    if not Path(start).is_dir():
        raise UserError(f"critic={str(start)!r}", "a folder with a reward model, or the model itself")
    check_tokenizers(tokenizer, AutoTokenizer.from_pretrained(start), f"the critic's start {start}")
    return read_model(start)
