"""How far a reward model is to be trusted: that it reads back the same, and its accuracy beside what needs no model.

Baselines that a reward model has to beat: always "the longer one", a constant (0.5, since ties count one half), and
a logistic regression on word counts.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from alignment import models, sampling, stats
from alignment.errors import UserError
from alignment.settings import Dtype, Model

RELOAD_ROWS = 64
RELOAD_TOLERANCE = 1e-4
CALIBRATION_BINS = 10
Rows = Sequence[dict[str, Any]]
Score = Callable[[list[dict[str, Any]], str], list[float]]


def check_reload(
    model: PreTrainedModel, folder: Path, tokenizer: PreTrainedTokenizerBase, rows: Rows, settings: Model
) -> float:
    """The largest difference of a score before and after saving, on up to 64 replies, one batch, in float32.

    A score head lost on saving is the commonest silent failure of reward models: the scores of the saved model are
    then random. With LoRA the saved adapter is merged into its base, as every later stage reads it.

    Raises:
        UserError: the difference is above 1e-4.
    """
    replies = [(row["prompt"], row[side][0]["content"]) for row in rows for side in ("chosen", "rejected")][
        :RELOAD_ROWS
    ]
    ids = [sampling.render_reply(tokenizer, prompt, reply) for prompt, reply in replies]
    batch, mask = sampling.pad(ids, tokenizer.pad_token_id, left=False)
    exact = Model(**(vars(settings) | {"dtype": Dtype.float32}))
    before = _scores(model, batch, mask)
    after = _scores(models.load_reward(folder, exact), batch, mask)
    worst = float((before - after).abs().max())
    if not worst <= RELOAD_TOLERANCE:
        raise UserError(
            f"the saved reward model scores differently when read back: by up to {worst:.3g} on {len(replies)} replies",
            f"a difference of at most {RELOAD_TOLERANCE:g}",
            "the score head was not saved whole; train again with peft=none, and report it",
        )
    return worst


def _scores(model: PreTrainedModel, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """(B,) scores in float32, evaluation mode; the model's own precision is as before afterwards."""
    kept = model.dtype
    training = model.training
    model.eval()
    with torch.no_grad():
        out = model.float()(
            input_ids=ids.to(model.device), attention_mask=mask.to(model.device), use_cache=False
        ).logits
    model.to(kept).train(training)
    return out.squeeze(-1).cpu()


def report(train: Rows, held_out: Rows, score: Score, length_tolerance: float) -> dict[str, Any]:
    """Accuracy of the reward model and of the baselines on held-out pairs, on all and on pairs of like length.

    Args:
        train: the pairs that the bag-of-words baseline learns from.
        score: the reward model's scores of the `chosen` or `rejected` replies.
        length_tolerance: pairs whose lengths in characters differ by at most this share of the longer one are matched.

    Returns:
        {"all": {...}, "length_matched": {...}}, each with n and, as {value, low, high, n}: accuracy, length_only,
        bag_of_words, constant; and calibration_error (of sigmoid(score difference), a number).
    """
    rows = list(held_out)
    chosen, rejected = np.array(score(rows, "chosen")), np.array(score(rows, "rejected"))
    words = bag_of_words(train)
    sides = {side: [row[side][0]["content"] for row in rows] for side in ("chosen", "rejected")}
    lengths = {side: np.array([len(text) for text in texts], dtype=float) for side, texts in sides.items()}
    scored = {
        "accuracy": (chosen, rejected),
        "length_only": (lengths["chosen"], lengths["rejected"]),
        "bag_of_words": (words(sides["chosen"]), words(sides["rejected"])),
        "constant": (np.zeros(len(rows)), np.zeros(len(rows))),
    }
    gap = np.abs(lengths["chosen"] - lengths["rejected"])
    matched = gap <= length_tolerance * np.maximum(lengths["chosen"], lengths["rejected"])
    groups = np.array([row["group"] for row in rows])
    found: dict[str, Any] = {}
    for name, keep in (("all", np.ones(len(rows), dtype=bool)), ("length_matched", matched)):
        found[name] = {"n": int(keep.sum())}
        if keep.any():
            found[name] |= {k: _accuracy(a[keep], b[keep], groups[keep]) for k, (a, b) in scored.items()}
            found[name]["calibration_error"] = _calibration(chosen[keep] - rejected[keep])
    return found


def _accuracy(chosen: np.ndarray, rejected: np.ndarray, groups: np.ndarray) -> dict[str, float | int]:
    found = stats.pairwise_accuracy(chosen, rejected, groups=groups)
    return {"value": found.value, "low": found.low, "high": found.high, "n": len(chosen)}


def _calibration(difference: np.ndarray) -> float:
    """Expected calibration error of P(chosen wins) = sigmoid(difference), both orders of each pair counted."""
    probabilities = 1 / (1 + np.exp(-np.clip(np.concatenate([difference, -difference]), -30, 30)))
    outcomes = np.concatenate([np.ones_like(difference), np.zeros_like(difference)])
    return float(stats.calibration_error(probabilities, outcomes, CALIBRATION_BINS))


def bag_of_words(train: Rows) -> Callable[[list[str]], np.ndarray]:
    """A scorer of texts: logistic regression on the difference of word and word-pair counts of the training pairs."""
    from scipy.sparse import vstack
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    chosen = [row["chosen"][0]["content"] for row in train]
    rejected = [row["rejected"][0]["content"] for row in train]
    counter = CountVectorizer(ngram_range=(1, 2), min_df=2, token_pattern=r"(?u)\b\w+\b|[!?.]")
    counter.fit(chosen + rejected)
    difference = counter.transform(chosen) - counter.transform(rejected)
    both = vstack([difference, -difference])
    labels = np.concatenate([np.ones(len(chosen)), np.zeros(len(chosen))])
    model = LogisticRegression(fit_intercept=False, C=1.0, max_iter=500).fit(both, labels)
    weights = model.coef_[0]
    return lambda texts: np.asarray(counter.transform(texts) @ weights)
