"""The formulas of PPO against numbers derived by hand."""

import math

import pytest
import torch

from alignment.ppo import math as ppo


def row(*values: float) -> torch.Tensor:
    return torch.tensor([values], dtype=torch.float64)


def test_gae_of_three_tokens():
    # delta = (1 + .9*2 - 1, 0 + .9*4 - 2, 5 - 4) = (1.8, 1.6, 1); gamma*lam = .45
    # A3 = 1, A2 = 1.6 + .45 = 2.05, A1 = 1.8 + .45 * 2.05 = 2.7225
    advantages, returns = ppo.gae(row(1, 0, 5), row(1, 2, 4), row(1, 1, 1), gamma=0.9, lam=0.5)
    torch.testing.assert_close(advantages, row(2.7225, 2.05, 1))
    torch.testing.assert_close(returns, row(3.7225, 4.05, 5))


def test_gae_stops_at_the_end_of_each_reply():
    # Whatever stands in the padding, a reply of two tokens gives what it gives alone.
    rewards, values, mask = row(1, 5, 7), row(1, 2, 9), row(1, 1, 0)
    advantages, returns = ppo.gae(rewards, values, mask, gamma=0.9, lam=0.5)
    alone = ppo.gae(rewards[:, :2], values[:, :2], mask[:, :2], gamma=0.9, lam=0.5)
    torch.testing.assert_close(advantages, torch.nn.functional.pad(alone[0], (0, 1)))
    torch.testing.assert_close(returns, torch.nn.functional.pad(alone[1], (0, 1)))
    assert advantages[0, 1].item() == 5 - 2


def test_monte_carlo_returns_at_lambda_one():
    _, returns = ppo.gae(row(1, -2, 4), row(0.3, -7, 11), row(1, 1, 1), gamma=1.0, lam=1.0)
    torch.testing.assert_close(returns, row(3, 2, 4))


def test_whitening_leaves_padding_out():
    # 1 and 3: mean 2, unbiased variance 2, so -1/sqrt(2) and 1/sqrt(2); the 100 is padding.
    x, mask = row(1, 3, 100), row(1, 1, 0)
    torch.testing.assert_close(ppo.masked_whiten(x, mask, eps=0), row(-1 / math.sqrt(2), 1 / math.sqrt(2), 0))
    scaled = ppo.masked_whiten(x, mask, shift_mean=False, eps=0)
    torch.testing.assert_close(scaled, row(2 - 1 / math.sqrt(2), 2 + 1 / math.sqrt(2), 0))


def test_whitening_over_processes_is_that_of_all_tokens():
    parts = [row(1, 3), row(5, 11)]
    mask = row(1, 1)

    def everywhere(own: int) -> torch.Tensor:
        """Whitening as process `own` sees it: each reduction adds what the other one holds."""
        calls = iter(range(2))

        def reduce(x: torch.Tensor) -> torch.Tensor:
            other = parts[1 - own]
            first = next(calls) == 0
            add = [other.sum(), torch.tensor(2.0)] if first else [((other - 5) ** 2).sum(), torch.tensor(2.0)]
            return x + torch.stack([a.double() for a in add])

        return ppo.masked_whiten(parts[own], mask, reduce=reduce)

    whole = ppo.masked_whiten(row(1, 3, 5, 11), row(1, 1, 1, 1))
    torch.testing.assert_close(torch.cat([everywhere(0), everywhere(1)], dim=1), whole)


def test_kl_estimators():
    p, q = row(math.log(0.5)), row(math.log(0.25))
    assert ppo.kl_k1(p, q).item() == pytest.approx(math.log(2))
    assert ppo.kl_k3(p, q).item() == pytest.approx(0.5 - 1 + math.log(2))  # q/p = 1/2
    assert ppo.kl_k3(q, p).item() == pytest.approx(2 - 1 - math.log(2))
    assert ppo.kl_k3(p, p).item() == 0


def test_kl_estimators_are_unbiased():
    p, q = torch.tensor([0.7, 0.2, 0.1]), torch.tensor([0.2, 0.3, 0.5])
    exact = (p * (p / q).log()).sum()
    for estimate in ppo.KL.values():
        torch.testing.assert_close((p * estimate(p.log(), q.log())).sum(), exact)


def test_policy_loss_clips_only_where_it_would_gain():
    ratio = torch.tensor([1.5, 1.5, 0.5, 0.5, 1.0])
    advantages = torch.tensor([2.0, -2.0, 2.0, -2.0, 3.0])
    found = ppo.policy_loss(ratio.log(), torch.zeros(5), advantages, low=0.2, high=0.3)
    # A>0: min(3, 1.3*2); A<0: min(-3, -2.6); A>0: min(1, 1.6); A<0: min(-1, -.8*2)
    torch.testing.assert_close(found.loss, torch.tensor([-2.6, 3.0, -1.0, 1.6, -3.0]))
    assert found.clipped.tolist() == [True, False, False, True, False]
    torch.testing.assert_close(found.ratio, ratio)


def test_value_loss_takes_the_larger_error():
    values, old, returns = torch.tensor([3.0, 3.0, 1.1]), torch.ones(3), torch.tensor([5.0, 3.0, 2.0])
    found = ppo.value_loss(values, old, returns, clip=0.5)
    # clipped to 1.5: (1.5-5)^2=12.25 > (3-5)^2=4; (1.5-3)^2=2.25 > 0; inside: (1.1-2)^2 = .81
    torch.testing.assert_close(found.loss, torch.tensor([12.25, 2.25, 0.81]) / 2)
    assert found.clipped.tolist() == [True, True, False]
    torch.testing.assert_close(ppo.value_loss(values, old, returns, None).loss, torch.tensor([4.0, 0.0, 0.81]) / 2)


def test_rewards_carry_the_score_at_the_last_token_and_kl_everywhere():
    kl = torch.tensor([[1.0, 2.0, 9.0], [1.0, 1.0, 4.0]])
    mask = torch.tensor([[1, 1, 0], [1, 1, 1]])
    shaped = ppo.shape_rewards(torch.tensor([10.0, -3.0]), kl, mask, kl_coef=0.5)
    torch.testing.assert_close(shaped, torch.tensor([[-0.5, 9.0, 0.0], [-0.5, -0.5, -5.0]]))


def test_scores_are_scaled_clipped_and_punished():
    ended = torch.tensor([True, True, False])
    found = ppo.transform_scores(torch.tensor([1.0, 8.0, 8.0]), ended, scale=0.5, clip=2.0, missing_eos_penalty=1.5)
    assert found.tolist() == [0.5, 2.0, 0.5]
    assert ppo.transform_scores(torch.tensor([8.0]), ended[:1], 1.0, None, 9.0).tolist() == [8.0]


def test_adaptive_kl():
    assert ppo.adapt_kl(0.1, kl=6.3, target=6.0, episodes=100, horizon=1000) == pytest.approx(0.1 * 1.005)
    assert ppo.adapt_kl(0.1, kl=60.0, target=6.0, episodes=100, horizon=1000) == pytest.approx(0.1 * 1.02)
    assert ppo.adapt_kl(0.1, kl=0.0, target=6.0, episodes=1000, horizon=1000) == pytest.approx(0.08)


def test_explained_variance():
    returns, mask = row(1, 3, 50), row(1, 1, 0)
    assert ppo.explained_variance(row(1, 3, 0), returns, mask).item() == 1
    assert ppo.explained_variance(row(7, 7, 0), returns, mask).item() == 0
    assert ppo.explained_variance(row(0, 4, 9), returns, mask).item() == 0  # errors (1, -1): variance 1 of 1
    assert ppo.explained_variance(row(0, 1, 0), row(2, 2, 0), mask).item() == 0


def test_ensemble_is_cautious():
    scores = torch.tensor([[1.0, 2.0], [3.0, 2.0]])  # deviations 1 and 0
    assert ppo.ensemble(scores, caution=0.5).tolist() == [1.5, 2.0]


def test_weights_of_tokens_that_another_engine_drew():
    ours, theirs = row(math.log(0.5), math.log(0.1), 0), row(math.log(0.25), math.log(0.2), -5)  # ratios 2, 1/2
    mask = row(1, 1, 0)

    def weights(mode: str, low: float | None, high: float | None, drawn: torch.Tensor = theirs) -> list[float]:
        return ppo.sampler_weights(ours, drawn, mask, mode, low, high)[0].tolist()

    assert weights("token_truncate", None, 1.5) == pytest.approx([1.5, 0.5, 0])
    assert weights("token_truncate", 0.8, None) == pytest.approx([2, 0.8, 0])
    assert weights("token_mask", 0.6, 3.0) == pytest.approx([2, 0, 0])
    assert weights("sequence_mask", 0.9, 1.1) == pytest.approx([1, 1, 0])  # 2 * 1/2
    unknown = row(math.nan, math.log(0.2), math.nan)
    assert weights("token_mask", None, None, unknown) == pytest.approx([1, 0.5, 0])
    assert weights("sequence_truncate", 0.7, 3.0, unknown) == pytest.approx([0.7, 0.7, 0])
