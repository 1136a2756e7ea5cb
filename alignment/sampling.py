"""Sample replies, and read log-probabilities and rewards of given ones. Each batch has a seed of its own.

So the reply to a prompt depends on (seed, place of its batch) alone: a killed stage that samples the missing batches
again gets the same replies, and sampling inside a training run leaves the training's random state as it was.
"""

import hashlib
import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from jinja2 import TemplateError
from peft import PeftModel
from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase
from trl.trainer.utils import selective_log_softmax

from alignment.errors import UserError
from alignment.settings import Generation

Conversation = list[dict[str, str]]
MOST_LOGITS = 2**27  # elements of one (B, T, V) block of logits: half a gigabyte in float32


@dataclass(frozen=True)
class Completion:
    """A sampled reply: its text, its number of tokens, and whether it ended by itself."""

    text: str
    tokens: int
    ended: bool


def batch_seed(seed: int, place: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}:{place}".encode()).digest()[:4], "big")


@contextmanager
def _eval_mode(model: PreTrainedModel, seed: int = 0) -> Iterator[None]:
    """Evaluation mode, no gradients, a random state of its own; all is as before afterwards."""
    training = model.training
    model.eval()
    devices = [model.device] if model.device.type == "cuda" else []
    with torch.no_grad(), torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield
    model.train(training)


@contextmanager
def _own_precision(model: PreTrainedModel) -> Iterator[None]:
    """The model computes in the precision of its weights, also while a trainer has it compute in a lower one.

    accelerate wraps `forward` in autocast; a policy read through that and a reference read without it would be
    some thousandths of a nat a reply apart where they are the same model.
    """
    wrapped = model.__dict__.get("forward")
    if wrapped is None or not hasattr(model, "_original_forward"):
        yield
        return
    model.forward = model._original_forward
    try:
        yield
    finally:
        model.forward = wrapped


def _autocast(model: PreTrainedModel, bfloat16: bool) -> torch.autocast:
    return torch.autocast(model.device.type, torch.bfloat16, enabled=bfloat16)


def render(tokenizer: PreTrainedTokenizerBase, conversations: Sequence[Conversation]) -> list[list[int]]:
    """Token ids of each conversation with the opening of the assistant's turn."""
    return [_ids(tokenizer, conversation, add_generation_prompt=True) for conversation in conversations]


def render_reply(tokenizer: PreTrainedTokenizerBase, conversation: Conversation, reply: str) -> list[int]:
    """Token ids of the conversation with the reply as its last turn, as the trainers see it."""
    return _ids(tokenizer, [*conversation, {"role": "assistant", "content": reply}], add_generation_prompt=False)


def _ids(tokenizer: PreTrainedTokenizerBase, messages: Conversation, add_generation_prompt: bool) -> list[int]:
    try:
        return tokenizer.apply_chat_template(
            messages, add_generation_prompt=add_generation_prompt, tokenize=True, return_dict=False
        )
    except TemplateError as error:
        raise UserError(  # as Gemma's refuses a system message
            f"the model's chat template refuses a conversation of {', '.join(m['role'] for m in messages)}: {error}",
            "a template that takes a system message, then customer and agent in turn",
            "give one with model.chat_template=FILE.jinja, or take another model",
        ) from error


def pad(rows: Sequence[list[int]], pad_id: int, left: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Right- or left-padded ids and attention mask, both (B, T)."""
    length = max(len(row) for row in rows)
    ids = torch.full((len(rows), length), pad_id)
    mask = torch.zeros((len(rows), length), dtype=torch.long)
    for i, row in enumerate(rows):
        place = slice(length - len(row), length) if left else slice(0, len(row))
        ids[i, place] = torch.tensor(row)
        mask[i, place] = 1
    return ids, mask


def sample(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    conversations: Sequence[Conversation],
    generation: Generation,
    seed: int,
    first: int = 0,
    bfloat16: bool = False,
) -> Iterator[list[Completion]]:
    """Yields one batch of completions after the other, in the order of the conversations.

    Args:
        conversations: messages up to the customer's last.
        seed: the batch at place p is drawn with a seed made of (seed, p).
        first: batches to leave out, when those are there already.
        bfloat16: compute in it, as training does (`models.computes_bfloat16`); a quarter less time on such a CPU.

    Raises:
        UserError: with `max_new_tokens` a conversation is longer than the model's context.
    """
    prompts = render(tokenizer, conversations)
    check_room(model, prompts, generation.max_new_tokens)
    ends = {tokenizer.eos_token_id}
    own = model.generation_config.eos_token_id
    ends |= set(own if isinstance(own, list) else [own]) - {None}
    config = GenerationConfig(
        max_new_tokens=generation.max_new_tokens,
        do_sample=generation.temperature > 0,
        **(
            {"temperature": generation.temperature, "top_p": generation.top_p, "top_k": generation.top_k}
            if generation.temperature
            else {}
        ),
        eos_token_id=sorted(ends),
        pad_token_id=tokenizer.pad_token_id,
    )
    size = generation.batch_size
    for place, start in enumerate(range(0, len(prompts), size)):
        if place < first:
            continue
        ids, mask = pad(prompts[start : start + size], tokenizer.pad_token_id, left=True)
        with _eval_mode(model, batch_seed(seed, place)), _autocast(model, bfloat16):
            out = model.generate(
                input_ids=ids.to(model.device), attention_mask=mask.to(model.device), generation_config=config
            )
        yield [_completion(tokenizer, row, ends) for row in out[:, ids.shape[1] :].tolist()]


def check_room(model: PreTrainedModel, prompts: Sequence[list[int]], new_tokens: int) -> None:
    """UserError where a prompt leaves no room for a reply: beyond its context a model says anything at all."""
    most = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    over = [len(ids) for ids in prompts if most and len(ids) + new_tokens > most]
    if over:
        raise UserError(
            f"{len(over)} of {len(prompts)} prompts are too long, the longest with {max(over)} tokens "
            f"and generation.max_new_tokens={new_tokens} for the reply",
            f"at most {most} tokens of both, the model's context",
            "cut prompts with prepare.max_tokens, lower generation.max_new_tokens, or take a longer model",
        )


def _completion(tokenizer: PreTrainedTokenizerBase, row: list[int], ends: set[int]) -> Completion:
    stop = next((i for i, token in enumerate(row) if token in ends), None)
    spoken = row if stop is None else row[:stop]
    text = tokenizer.decode(spoken, skip_special_tokens=True).strip()
    return Completion(text=text, tokens=len(spoken), ended=stop is not None)


def log_probs(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    conversations: Sequence[Conversation],
    replies: Sequence[str],
) -> tuple[list[float], list[int]]:
    """Sum of log pi(y_t | x, y_<t) over the tokens of each reply and its end token, at temperature 1; their number.

    Returns:
        Two lists of length N: nats, tokens.
    """
    prompts = render(tokenizer, conversations)
    rows = [render_reply(tokenizer, c, r) for c, r in zip(conversations, replies, strict=True)]
    starts = [_shared(prompt, row) for prompt, row in zip(prompts, rows, strict=True)]
    sums, counts = [0.0] * len(rows), [0] * len(rows)
    for chosen in _blocks(rows, model.config.get_text_config().vocab_size):
        ids, mask = pad([rows[i] for i in chosen], tokenizer.pad_token_id, left=False)
        ids, mask = ids.to(model.device), mask.to(model.device)
        first = min(starts[i] for i in chosen) - 1  # the position that predicts the first token of any of the replies
        with _eval_mode(model), _own_precision(model):
            logits = _last_logits(model, ids, mask, ids.shape[1] - first)[:, :-1]  # (B, T-1-first, V)
            token = selective_log_softmax(logits.float(), ids[:, first + 1 :])  # (B, T-1-first)
        for line, i in enumerate(chosen):
            spoken = token[line, starts[i] - 1 - first : len(rows[i]) - 1 - first]
            sums[i], counts[i] = spoken.sum().item(), spoken.numel()
    return sums, counts


def _last_logits(model: PreTrainedModel, ids: torch.Tensor, mask: torch.Tensor, count: int) -> torch.Tensor:
    """Logits of the last `count` positions, (B, count, V); the others are not computed where the model can do so."""
    bare = model.get_base_model() if isinstance(model, PeftModel) else model
    fewer = {"logits_to_keep": count} if "logits_to_keep" in inspect.signature(bare.forward).parameters else {}
    return model(input_ids=ids, attention_mask=mask, use_cache=False, **fewer).logits[:, -count:]


def _shared(prompt: list[int], whole: list[int]) -> int:
    """Length of the prompt inside the whole, should the tokens at their border have merged."""
    return next(
        (i for i, (a, b) in enumerate(zip(prompt, whole, strict=False)) if a != b),
        min(len(prompt), len(whole)),
    )


def _blocks(rows: Sequence[list[int]], width: int, most_rows: int = 64) -> Iterator[list[int]]:
    """Indices of the rows in blocks of like length, each small enough for (rows, length, width) elements."""
    order = sorted(range(len(rows)), key=lambda i: (len(rows[i]), i))
    block: list[int] = []
    for i in order:
        if block and (len(block) == most_rows or (len(block) + 1) * len(rows[i]) * width > MOST_LOGITS):
            yield block
            block = []
        block.append(i)
    if block:
        yield block


def rewards(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    conversations: Sequence[Conversation],
    replies: Sequence[str],
    bfloat16: bool = False,
) -> list[float]:
    """The reward model's score of each reply, in its own units (the logit of the Bradley-Terry model).

    A reply that occurs several times, as in pairs with one side in common, is scored once. bfloat16: see `sample`.
    """
    asked = [tuple(render_reply(tokenizer, c, r)) for c, r in zip(conversations, replies, strict=True)]
    rows = [list(row) for row in dict.fromkeys(asked)]
    scores: dict[tuple[int, ...], float] = {}
    for chosen in _blocks(rows, width=1024):
        ids, mask = pad([rows[i] for i in chosen], tokenizer.pad_token_id, left=False)
        with _eval_mode(model), _autocast(model, bfloat16):
            out: Any = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device), use_cache=False)
        for i, score in zip(chosen, out.logits.squeeze(-1).float().tolist(), strict=True):
            scores[tuple(rows[i])] = score
    return [scores[row] for row in asked]
