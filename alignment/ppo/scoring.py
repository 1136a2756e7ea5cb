"""From sampled replies and their scores to a rollout: log-probabilities, values, KL, rewards, advantages, returns."""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch

from alignment.ppo import math as ppo
from alignment.ppo.forward import Request
from alignment.ppo.rollout import SLACK, Rollout, of_like_length, reply_mask, selected, take

MOST_TOKENS = 2**14  # a forward pass without gradients
Figures = dict[str, float]


def groups(lengths: torch.Tensor, args: Any) -> list[torch.Tensor]:
    """Indices of the rows for one forward pass each, with little padding.

    On a CPU padding costs time, so that rows of a pass are alike in length; on a GPU small passes do. Several
    processes take the same number of passes: each may wait for the others in every one.
    """
    lengths = lengths.cpu()
    if args.world_size > 1:
        return list(torch.argsort(lengths, stable=True).split(args.per_device_train_batch_size))
    return list(of_like_length(lengths, MOST_TOKENS, SLACK if args.device.type == "cpu" else math.inf))


@torch.no_grad()
def read(
    model: Any, rollout: Rollout, args: Any, entropy: bool = False, values: bool = False
) -> dict[str, torch.Tensor]:
    """What `model` says of every reply's tokens: {"log_probs", "entropy", "values"}, each (R, T), 0 at padding."""
    mask = reply_mask(rollout)
    place = mask.bool()
    found: dict[str, torch.Tensor] = {}
    for rows in groups(rollout["lengths"], args):
        part = take({name: rollout[name] for name in ("ids", "starts", "lengths")}, rows.to(mask.device))
        out = model(input_ids=part["ids"], ppo=Request(selected(part), entropy=entropy, values=values))
        for name, flat in out.items():
            whole = found.setdefault(name, torch.zeros_like(mask))
            inside = torch.zeros_like(place)
            inside[rows.to(place.device)] = place[rows.to(place.device)]
            whole[_ordered(inside, rows)] = flat.float()
    return found


def _ordered(inside: torch.Tensor, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Places of the marked tokens of `rows`, in the order of `rows`: the pass returns them in that order."""
    rows = rows.to(inside.device)
    line, column = inside[rows].nonzero(as_tuple=True)
    return rows[line], column


def finish(
    rollout: Rollout,
    scores: torch.Tensor,
    reference: Callable[[], AbstractContextManager[Any]] | None,
    model: Any,
    args: Any,
    kl_coef: float,
    reduce: ppo.Reduce,
) -> Figures:
    """Fill in the rollout (log_probs, values, advantages, returns) and return its figures.

    Args:
        rollout: ids, starts, lengths, ended.
        scores: (R,) weighted sum of the rewards.
        reference: a context that yields the reference model, or None without one.
        model: the policy with its critic, in evaluation mode.
        args: a PPOConfig.
        reduce: sums over processes.

    Returns:
        Figures over all processes.
    """
    mask = reply_mask(rollout)
    said = read(model, rollout, args, entropy=True, values=True)
    kl1 = kl = torch.zeros_like(mask)
    if reference is not None:
        with reference() as other:
            theirs = read(other, rollout, args)["log_probs"]
        kl1 = ppo.kl_k1(said["log_probs"], theirs) * mask
        kl = ppo.KL[args.kl_estimator](said["log_probs"], theirs) * mask
    shaped_scores = ppo.transform_scores(
        scores, rollout["ended"], args.reward_scale, args.reward_clip, args.missing_eos_penalty
    )
    rewards = ppo.shape_rewards(shaped_scores, kl, mask, kl_coef)
    if args.whiten_rewards:
        rewards = ppo.masked_whiten(rewards, mask, shift_mean=False, reduce=reduce)
    advantages, returns = ppo.gae(rewards, said["values"], mask, args.gamma, args.lam)
    raw = advantages
    if args.whiten_advantages:
        advantages = ppo.masked_whiten(advantages, mask, reduce=reduce)
    rollout |= {
        "log_probs": said["log_probs"],
        "values": said["values"],
        "advantages": advantages,
        "returns": returns,
    }
    if "sampled" in rollout:
        low, high = args.vllm_importance_sampling_clip_min, args.vllm_importance_sampling_clip_max
        sampled = rollout.pop("sampled")
        mode = args.vllm_importance_sampling_mode
        rollout["weights"] = ppo.sampler_weights(said["log_probs"], sampled, mask, mode, low, high)
    every = torch.ones_like(scores)

    def mean(x: torch.Tensor, over: torch.Tensor = mask) -> float:
        return ppo.masked_mean(x, over, reduce).item()

    average = mean(scores, every)
    return {
        "reward": average,
        "reward_std": math.sqrt(max(mean((scores - average) ** 2, every), 0.0)),
        "objective": mean(shaped_scores - kl_coef * kl.sum(dim=1), every),
        "kl": mean(kl1.sum(dim=1), every),
        "kl_token": mean(kl),
        "kl_token_max": kl1.abs().max().item(),
        "kl_coef": kl_coef,
        "entropy": mean(said["entropy"]),
        "values": mean(said["values"]),
        "returns": mean(returns),
        "advantages": mean(raw),
        "advantages_std": math.sqrt(max(mean((raw - mean(raw)) ** 2), 0.0)),
        "explained_variance": ppo.explained_variance(said["values"], returns, mask, reduce).item(),
        "completions/tokens": mean(mask.sum(dim=1), every),
        "completions/ended": mean(rollout["ended"].float(), every),
    }
