"""The arguments of the PPO trainer: those of TRL's GRPOConfig that mean something in PPO, and PPO's own."""

import math
from dataclasses import dataclass, field, fields
from typing import Any

import torch
from trl import GRPOConfig

from alignment.settings import require

# Fields of GRPOConfig that shape a loss over groups of replies, or a part of GRPO that PPO does without.
MEANINGLESS = {
    "scale_rewards": "PPO's baseline is the critic; scale rewards with reward_scale or whiten_rewards",
    "loss_type": "PPO has one loss",
    "importance_sampling_level": "PPO's ratio is the token's",
    "multi_objective_aggregation": "rewards are summed with reward_weights",
    "delta": "PPO clips with epsilon and epsilon_high",
    "sapo_temperature_neg": "it belongs to the SAPO loss",
    "sapo_temperature_pos": "it belongs to the SAPO loss",
    "vespo_k_pos": "it belongs to the VESPO loss",
    "vespo_lambda_pos": "it belongs to the VESPO loss",
    "vespo_k_neg": "it belongs to the VESPO loss",
    "vespo_lambda_neg": "it belongs to the VESPO loss",
    "off_policy_mask_threshold": "PPO clips the ratio",
    "use_bias_correction_kl": "the KL stands in the reward, not in the loss",
    "mask_truncated_completions": "punish cut replies with missing_eos_penalty",
    "top_entropy_quantile": "every token counts",
    "use_adaptive_entropy": "the bonus is fixed: entropy_coef",
    "entropy_coef_min": "the bonus is fixed: entropy_coef",
    "entropy_coef_max": "the bonus is fixed: entropy_coef",
    "entropy_coef_delta": "the bonus is fixed: entropy_coef",
    "entropy_target": "the bonus is fixed: entropy_coef",
    "sync_ref_model": "the reference stays the policy that training began with",
    "ref_model_mixup_alpha": "the reference stays the policy that training began with",
    "ref_model_sync_steps": "the reference stays the policy that training began with",
    "router_aux_loss_coef": "PPO adds no load-balancing loss",
    "max_tool_calling_iterations": "PPO trains on single replies",
    "use_liger_kernel": "the trainer has a forward pass of its own",
    "pad_to_multiple_of": "rows are padded to the longest of their pass alone",
    "cast_lm_head_to_fp32": "log-probabilities are taken in float32 from the head's logits",
}


class _Single(int):
    """The number 1, as it passes GRPOConfig's check that there are at least two replies a prompt to compare."""

    def __lt__(self, other: int) -> bool:
        return False


def _own(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass
class PPOConfig(GRPOConfig):
    """Arguments of `PPOTrainer`. Only `output_dir` is required, on a CPU too (where `bf16` then is off).

    One rollout holds `generation_batch_size` replies (or `per_device_train_batch_size * processes *
    steps_per_generation`); it is passed over `num_iterations` times in mini-batches of `per_device_train_batch_size *
    processes * gradient_accumulation_steps`, each an optimizer step. `beta` is the KL coefficient inside the reward,
    `epsilon` and `epsilon_high` clip the ratio, `temperature` divides the logits in sampling and in every
    log-probability. Fields of GRPOConfig without a meaning in PPO are refused by name.
    """

    num_generations: int | None = _own(1, "Replies to each prompt of a rollout.")
    num_iterations: int = _own(4, "Passes over each rollout.")
    beta: float = _own(0.05, "KL coefficient inside the per-token reward; 0 = no reference.")
    disable_dropout: bool = _own(True, "Without dropout the first ratio of a rollout is exactly 1.")
    scale_rewards: str | None = _own(None, "Refused.")  # type: ignore[assignment]
    loss_type: str | None = _own(None, "Refused.")  # type: ignore[assignment]
    importance_sampling_level: str | None = _own(None, "Refused.")  # type: ignore[assignment]
    multi_objective_aggregation: str | None = _own(None, "Refused.")  # type: ignore[assignment]

    gamma: float = _own(1.0, "Discount of rewards, above 0, up to 1.")
    lam: float = _own(0.95, "Lambda of GAE, 0 to 1; 1 = Monte-Carlo returns.")
    kl_estimator: str = _own("k1", "Of the KL inside the reward: k1 or k3.")
    kl_target: float | None = _own(None, "Nats a reply that beta adapts to; None = beta is fixed.")
    kl_horizon: int = _own(10_000, "Episodes in which beta may change by a fifth.")
    reward_scale: float = _own(1.0, "The summed rewards of a reply are multiplied by this.")
    reward_clip: float | None = _own(None, "The scaled reward is held within +- this; None = no limit.")
    whiten_rewards: bool = _own(False, "Bring per-token rewards of a rollout to standard deviation 1, their mean kept.")
    whiten_advantages: bool = _own(True, "Give the advantages of a rollout mean 0 and standard deviation 1.")
    missing_eos_penalty: float = _own(0.0, "Taken from the reward of a reply that was cut at max_completion_length.")
    value_coef: float = _own(0.1, "Weight of the value loss beside the policy loss.")
    value_clip: float | None = _own(0.2, "Values may move by this before the loss is clipped; None = no clipping.")
    value_warmup_steps: int = _own(0, "First optimizer steps, in which the critic alone learns.")
    epoch_kl_limit: float | None = _own(None, "Nats a token from the sampling policy at which a rollout is left.")
    critic_kind: str = _own(
        "shared", "shared: a head on the policy's trunk; own: a model of its own (with LoRA: an adapter)."
    )
    critic_detach: bool = _own(False, "A shared critic learns its head alone, and leaves the trunk to the policy.")
    critic_learning_rate: float | None = _own(None, "Of the critic's own weights; None = learning_rate.")

    def __post_init__(self) -> None:
        self._refuse_meaningless()
        if self.bf16 is None and (self.use_cpu or not torch.cuda.is_available()):
            self.bf16 = False
        several = self.num_generations
        require(several is not None and several >= 1, f"num_generations={several}", "a whole number >= 1")
        single = several == 1
        if single:
            self.num_generations = _Single(1)
        super().__post_init__()
        if single:
            self.num_generations = 1
        self._check()

    def _refuse_meaningless(self) -> None:
        defaults = {f.name: f.default for f in fields(self)}
        for name, instead in MEANINGLESS.items():
            value = getattr(self, name)
            require(value == defaults[name], f"{name}={value!r} has no meaning in PPO", f"leave {name} out", instead)

    def _check(self) -> None:
        def need(ok: bool, name: str, allowed: str) -> None:
            require(ok, f"{name}={getattr(self, name)}", allowed)

        for name in ("num_iterations", "max_completion_length", "kl_horizon"):
            need(getattr(self, name) >= 1, name, "a whole number >= 1")
        need(self.beta >= 0, "beta", "a number >= 0")
        need(0 < self.gamma <= 1, "gamma", "a number above 0, up to 1")
        need(0 <= self.lam <= 1, "lam", "a number from 0 to 1")
        need(self.kl_estimator in ("k1", "k3"), "kl_estimator", "k1, k3")
        need(self.critic_kind in ("shared", "own"), "critic_kind", "shared, own")
        need(0 < self.top_p <= 1, "top_p", "a number above 0, up to 1")
        optional = ("kl_target", "reward_clip", "value_clip", "epoch_kl_limit", "critic_learning_rate", "epsilon_high")
        for name in optional:
            need(getattr(self, name) is None or getattr(self, name) > 0, name, "a number > 0, or None")
        for name in ("temperature", "epsilon", "reward_scale"):
            need(getattr(self, name) > 0, name, "a number > 0")
        for name in ("missing_eos_penalty", "value_coef", "value_warmup_steps", "entropy_coef"):
            need(getattr(self, name) >= 0, name, "a number >= 0")
        weights = self.reward_weights or []
        need(all(math.isfinite(weight) for weight in weights), "reward_weights", "a finite number a reward")
        require(
            self.critic_kind == "shared" or not self.critic_detach,
            f"critic_detach with critic_kind={self.critic_kind}, which has no part of the policy",
            "critic_kind=shared, or critic_detach=False",
        )
        require(
            self.kl_target is None or self.beta > 0,
            f"kl_target={self.kl_target} with beta=0",
            "beta > 0, where the adapting begins",
        )
        require(
            self.steps_per_generation % self.gradient_accumulation_steps == 0,
            f"a rollout of {self.steps_per_generation} batches is no whole number of optimizer steps of "
            f"{self.gradient_accumulation_steps} batches",
            "generation_batch_size divisible by per_device_train_batch_size * processes * gradient_accumulation_steps",
        )
        require(
            not (self.use_transformers_continuous_batching and (self.bf16 or self.fp16)),
            "continuous batching with bf16 or fp16: TRL would cast the weights being trained",
            "bf16=False, fp16=False, or another way to sample",
        )
        require(
            self.generation_batch_size >= 2,
            "a rollout of one reply",
            "at least two replies: per_device_train_batch_size * processes * steps_per_generation >= 2",
        )
