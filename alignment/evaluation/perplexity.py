"""How well a model still predicts text: the brand's held-out replies, and general text it may have forgotten."""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase
from trl.trainer.utils import selective_log_softmax

from alignment import sampling, stats
from alignment.errors import UserError
from alignment.shipped import GENERAL_TEXT
from alignment.stats import Estimate

LONGEST = 512  # tokens read of a passage
ROWS = 16  # passages a forward pass
Sums = tuple[np.ndarray, np.ndarray]  # (N,) log-probability of each text in nats, (N,) its tokens


def reply_sums(policy: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, rows: Sequence[dict[str, Any]]) -> Sums:
    """Of the agents' replies, each given its conversation. rows: "messages", the last one the reply."""
    conversations = [row["messages"][:-1] for row in rows]
    sums, counts = sampling.log_probs(
        policy, tokenizer, conversations, [row["messages"][-1]["content"] for row in rows]
    )
    return np.array(sums), np.array(counts, dtype=float)


def text_sums(policy: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> Sums:
    """Of plain texts without a chat template, from the second token on; at most 512 tokens of each."""
    most = min(LONGEST, int(getattr(policy.config.get_text_config(), "max_position_embeddings", None) or LONGEST))
    ids = [tokenizer(text, add_special_tokens=True)["input_ids"][:most] for text in texts]
    ids = [row for row in ids if len(row) > 1]
    sums = []
    policy.eval()
    for start in range(0, len(ids), ROWS):
        batch, mask = sampling.pad(ids[start : start + ROWS], tokenizer.pad_token_id, left=False)
        batch, mask = batch.to(policy.device), mask.to(policy.device)
        with torch.no_grad():
            logits = policy(input_ids=batch, attention_mask=mask, use_cache=False).logits[:, :-1]  # (B, T-1, V)
            token = selective_log_softmax(logits.float(), batch[:, 1:]) * mask[:, 1:]  # (B, T-1)
        sums += token.sum(dim=1).tolist()
    return np.array(sums), np.array([len(row) - 1 for row in ids], dtype=float)


def perplexity(found: Sums) -> Estimate:
    """exp of the mean negative log-probability a token; the interval resamples whole texts."""
    total, tokens = found
    low, high = stats.intervals.bootstrap_interval(
        lambda weights: np.exp(-(weights @ total) / (weights @ tokens)), len(total), stats.intervals.RESAMPLES
    )
    return Estimate(float(np.exp(-total.sum() / tokens.sum())), low, high, len(total))


def forgetting(ours: Sums, theirs: Sums) -> Estimate:
    """ln(perplexity of ours / perplexity of theirs) on the same texts, in nats a token; the interval resamples texts.

    Above 0: ours predicts the text worse. 0.01 is a perplexity one per cent higher. Both with the same tokenizer.
    """
    lost, tokens = theirs[0] - ours[0], theirs[1]
    low, high = stats.intervals.bootstrap_interval(
        lambda weights: (weights @ lost) / (weights @ tokens), len(lost), stats.intervals.RESAMPLES
    )
    return Estimate(float(lost.sum() / tokens.sum()), low, high, len(lost))


def general_texts(source: str, most: int) -> list[str]:
    """The first `most` passages (0: all) of a text file (.gz too), one a paragraph; "embedded": the one that ships.

    Lines that are headings (as in wikitext, "= Title =") are left out.

    Raises:
        UserError: no such file, or no passage in it.
    """
    path = GENERAL_TEXT if source == "embedded" else Path(source).expanduser()
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"evaluate.general_text={source}: cannot be read ({error})",
            "embedded, or a UTF-8 text file (.gz too) with a passage a paragraph",
            "correct the path, or set evaluate.general_rows=0 with evaluate.general_text=embedded",
        ) from error
    parts = [part.strip() for line in text.split("\n\n") for part in line.split("\n")]
    passages = [part for part in parts if len(part.split()) >= 5 and not part.startswith("=")]
    if not passages:
        raise UserError(f"evaluate.general_text={source}: no passage of five words or more", "text in paragraphs")
    return passages[:most] if most else passages
