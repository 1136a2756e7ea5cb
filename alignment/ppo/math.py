"""The formulas of PPO as pure functions of tensors.

Shapes: B replies, T tokens a reply, N tokens of all replies laid end to end. `mask` is 1 at the tokens of a reply
(its end token among them) and 0 at padding; padding never changes a result. Log-probabilities and KL are in nats.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

Reduce = Callable[[torch.Tensor], torch.Tensor]  # sums a tensor over all processes


def alone(x: torch.Tensor) -> torch.Tensor:
    """The reduction of a single process."""
    return x


def masked_mean(x: torch.Tensor, mask: torch.Tensor, reduce: Reduce = alone) -> torch.Tensor:
    """Mean of x where mask is 1, over all processes; 0 where nothing is marked. x, mask: (B, T) -> ()."""
    total, count = reduce(torch.stack([(x * mask).sum(), mask.sum().to(x.dtype)]))
    return total / count.clamp(min=1)


def masked_whiten(
    x: torch.Tensor, mask: torch.Tensor, shift_mean: bool = True, reduce: Reduce = alone, eps: float = 1e-8
) -> torch.Tensor:
    """(x - mean) / sqrt(var + eps) over the marked tokens of all processes, 0 at padding; (B, T) -> (B, T).

    The variance is the unbiased one (divided by n - 1). `shift_mean=False` keeps the mean and scales alone, as for
    rewards, whose sign matters. Source: Stiennon et al. 2020, released code.
    """
    mean = masked_mean(x, mask, reduce)
    total, count = reduce(torch.stack([((x - mean) ** 2 * mask).sum(), mask.sum().to(x.dtype)]))
    white = (x - mean) * torch.rsqrt(total / (count - 1).clamp(min=1) + eps)
    return (white if shift_mean else white + mean) * mask


def kl_k1(log_probs: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    """log(p/q) of tokens drawn from p: an unbiased estimate of KL(p || q), of either sign. Any shape -> the same.

    Source: Schulman 2020, "Approximating KL divergence".
    """
    return log_probs - reference


def kl_k3(log_probs: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    """q/p - 1 - log(q/p) of tokens drawn from p: an unbiased estimate of KL(p || q), never negative, of low variance.

    Any shape -> the same. Source: Schulman 2020, "Approximating KL divergence".
    """
    difference = reference - log_probs
    return torch.expm1(difference) - difference


KL = {"k1": kl_k1, "k3": kl_k3}


def shape_rewards(
    scores: torch.Tensor,
    kl: torch.Tensor,
    mask: torch.Tensor,
    kl_coef: float,
) -> torch.Tensor:
    """r_t = -beta * kl_t, plus the score of the whole reply at its last token.

    Args:
        scores: (B,) in the reward's own units.
        kl: (B, T) estimate at each token.
        mask: (B, T); each row has at least one token.

    Returns:
        (B, T), 0 at padding. Source: Ziegler et al. 2019, eq. 2; Ouyang et al. 2022, eq. 2.
    """
    rewards = -kl_coef * kl * mask
    last = mask.sum(dim=1).long() - 1
    rewards[torch.arange(len(last), device=mask.device), last] += scores.to(rewards.dtype)
    return rewards


def transform_scores(
    scores: torch.Tensor, ended: torch.Tensor, scale: float, clip: float | None, missing_eos_penalty: float
) -> torch.Tensor:
    """clip(scale * score, -clip, clip) - penalty where the reply was cut before its end token. (B,), (B,) bool -> (B,).

    The penalty is taken after the clipping, so that a cut reply is always worse than the same one ended.
    """
    scores = scores * scale
    if clip is not None:
        scores = scores.clamp(-clip, clip)
    return scores - missing_eos_penalty * (~ended).to(scores.dtype)


def gae(
    rewards: torch.Tensor, values: torch.Tensor, mask: torch.Tensor, gamma: float, lam: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Generalized advantage estimates and the returns the critic learns.

        delta_t = r_t + gamma * V_{t+1} - V_t,   A_t = delta_t + gamma * lam * A_{t+1},   R_t = A_t + V_t

    with V and A zero after the last token. lam = 1 and gamma = 1 make R_t the plain sum of rewards from t on.

    Args:
        rewards, values, mask: (B, T); values[:, t] is V before token t is chosen.

    Returns:
        advantages, returns: both (B, T), 0 at padding. Source: Schulman et al. 2016, eq. 11 and 16.
    """
    rewards, values = rewards * mask, values * mask
    advantages = torch.zeros_like(rewards)
    following = torch.zeros_like(rewards[:, 0])
    for t in reversed(range(rewards.size(1))):
        next_value = values[:, t + 1] if t + 1 < rewards.size(1) else torch.zeros_like(following)
        delta = rewards[:, t] + gamma * next_value - values[:, t]
        following = (delta + gamma * lam * following) * mask[:, t]
        advantages[:, t] = following
    return advantages, (advantages + values) * mask


@dataclass(frozen=True)
class PolicyLoss:
    """Per token, (N,): the loss, the probability ratio, and whether the clipped term was the one that counted."""

    loss: torch.Tensor
    ratio: torch.Tensor
    clipped: torch.Tensor


def policy_loss(
    log_probs: torch.Tensor, old: torch.Tensor, advantages: torch.Tensor, low: float, high: float
) -> PolicyLoss:
    """-min(rho A, clip(rho, 1 - low, 1 + high) A) with rho = exp(log_probs - old). All (N,).

    Source: Schulman et al. 2017, eq. 7; low = high = 0.2 there.
    """
    ratio = torch.exp(log_probs - old)
    plain = -advantages * ratio
    bounded = -advantages * ratio.clamp(1 - low, 1 + high)
    return PolicyLoss(torch.maximum(plain, bounded), ratio, bounded > plain)


@dataclass(frozen=True)
class ValueLoss:
    """Per token, (N,): the loss, and whether the clipped term was the one that counted."""

    loss: torch.Tensor
    clipped: torch.Tensor


def value_loss(values: torch.Tensor, old: torch.Tensor, returns: torch.Tensor, clip: float | None) -> ValueLoss:
    """max((V - R)^2, (clip(V, V_old - c, V_old + c) - R)^2) / 2; the plain half square where c is None. All (N,).

    Source: Schulman et al. 2017, released code; Stiennon et al. 2020.
    """
    plain = (values - returns) ** 2
    if clip is None:
        return ValueLoss(plain / 2, torch.zeros_like(plain, dtype=torch.bool))
    bounded = (torch.clamp(values, old - clip, old + clip) - returns) ** 2
    return ValueLoss(torch.maximum(plain, bounded) / 2, bounded > plain)


def explained_variance(
    values: torch.Tensor, returns: torch.Tensor, mask: torch.Tensor, reduce: Reduce = alone
) -> torch.Tensor:
    """1 - Var(R - V) / Var(R) over the marked tokens: 1 = a perfect critic, 0 = a constant one. (B, T) -> ().

    0 where the returns do not vary.
    """

    def variance(x: torch.Tensor) -> torch.Tensor:
        return masked_mean((x - masked_mean(x, mask, reduce)) ** 2, mask, reduce)

    spread = variance(returns)
    return torch.where(spread > 0, 1 - variance(returns - values) / spread.clamp(min=1e-12), torch.zeros_like(spread))


def adapt_kl(coef: float, kl: float, target: float, episodes: int, horizon: int) -> float:
    """The KL coefficient after a rollout: beta * (1 + clip(kl / target - 1, -0.2, 0.2) * episodes / horizon).

    kl and target are in nats a reply; after `horizon` episodes at twice the target or more it has grown by a fifth.
    Source: Ziegler et al. 2019, section 2.2.
    """
    error = min(max(kl / target - 1, -0.2), 0.2)
    return coef * (1 + error * episodes / horizon)


def ensemble(scores: torch.Tensor, caution: float) -> torch.Tensor:
    """mean - c * standard deviation over the models, (M, B) -> (B,): doubt counts against a reply.

    The deviation is the population's (divided by M), 0 for one model. Source: Coste et al. 2024, uncertainty-weighted
    optimization, with the deviation in place of the variance so that c has no unit.
    """
    return scores.mean(dim=0) - caution * scores.std(dim=0, unbiased=False)


def sampler_weights(
    log_probs: torch.Tensor,
    sampled: torch.Tensor,
    mask: torch.Tensor,
    mode: str,
    low: float | None,
    high: float | None,
) -> torch.Tensor:
    """Weights p/q of tokens that another engine drew from q, its copy of the policy p; 1 where it gave no probability.

    `mode` is TRL's: `token_...` takes each token's ratio, `sequence_...` that of the whole reply; `..._truncate` holds
    it within low and high, `..._mask` makes it 0 outside of them. All (B, T); 0 at padding.
    Source: Yao et al. 2025, "Your efficient RL framework secretly brings you off-policy RL training".
    """
    difference = torch.nan_to_num((log_probs - sampled) * mask, nan=0.0)
    level, _, bound = mode.partition("_")
    if level == "sequence":
        difference = difference.sum(dim=1, keepdim=True)
    weights = torch.exp(difference)
    if bound == "truncate":
        weights = weights.clamp(low, high) if low is not None or high is not None else weights
    else:
        inside = (weights >= (0.0 if low is None else low)) & (weights <= (float("inf") if high is None else high))
        weights = weights * inside
    return weights * mask
