"""Proximal policy optimization of the SFT policy against the reward model, through `alignment.ppo`."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alignment.artifact import Artifact
from alignment.pipeline import Context
from alignment.settings import Dtype, PeftMethod, Settings, require
from alignment.training import rewarded
from alignment.training.knobs import Knobs

KIND = "policy"
NEEDS = {"policy": "sft", "dataset": "prepare", "reward": "reward?"}
USES = ("model", "peft", "generation", "brand")
TRAINS = True
PROBED = 8  # prompts on which what was saved is compared
FIGURES = ("reward", "kl", "entropy", "explained_variance", "completions/ended", "completions/tokens")


class Estimator(StrEnum):
    k1 = "k1"
    k3 = "k3"


class Critic(StrEnum):
    shared = "shared"
    own = "own"


class Sampler(StrEnum):
    transformers = "transformers"
    continuous = "continuous"
    vllm = "vllm"
    vllm_server = "vllm_server"

    @property
    def arguments(self) -> dict[str, Any]:
        """As TRL's trainers name it."""
        if self is Sampler.continuous:
            return {"use_transformers_continuous_batching": True}
        if self is Sampler.transformers:
            return {}
        return {"use_vllm": True, "vllm_mode": "server" if self is Sampler.vllm_server else "colocate"}


class Start(StrEnum):
    policy = "policy"
    reward = "reward"


@dataclass(kw_only=True)
class Config(Knobs):
    rollout: int
    generations: int
    passes: int
    max_new_tokens: int
    sampler: Sampler
    temperature: float
    beta: float
    kl_estimator: Estimator
    kl_target: float
    kl_horizon: int
    gamma: float
    lam: float
    clip: float
    whiten_advantages: bool
    entropy: float
    epoch_kl_limit: float
    critic: Critic
    critic_detach: bool
    critic_start: Start
    critic_learning_rate: float
    value_weight: float
    value_clip: float
    value_warmup: int
    reward_weight: float
    caution: float
    freeze_embeddings: bool
    freeze_share: float
    functions: list[str]
    function_weights: list[float]
    reward_scale: float
    reward_clip: float
    whiten_rewards: bool
    missing_eos_penalty: float
    brake_after: int
    kl_ceiling: float

    def __post_init__(self) -> None:
        self.check_knobs("ppo")

        def need(ok: bool, name: str, allowed: str) -> None:
            require(ok, f"ppo.{name}={getattr(self, name)}", allowed)

        for name in ("rollout", "generations", "passes", "max_new_tokens", "kl_horizon"):
            need(getattr(self, name) >= 1, name, "a whole number >= 1")
        for name in ("temperature", "clip", "reward_scale"):
            need(getattr(self, name) > 0, name, "a number > 0")
        whole = ("value_warmup", "brake_after")
        several = ("beta", "kl_target", "entropy", "epoch_kl_limit", "critic_learning_rate", "value_weight")
        for name in (*whole, *several, "value_clip", "caution", "reward_clip", "missing_eos_penalty", "kl_ceiling"):
            need(getattr(self, name) >= 0, name, f"a {'whole ' if name in whole else ''}number >= 0")
        need(0 < self.gamma <= 1, "gamma", "a number above 0, up to 1")
        need(0 <= self.lam <= 1, "lam", "a number from 0 to 1")
        need(self.dropout == 0, "dropout", "0: the ratio compares the same policy twice")
        need(0 <= self.freeze_share < 1, "freeze_share", "a share from 0 to below 1")
        need(self.beta > 0 or self.kl_target == 0, "kl_target", "0 with beta=0")
        self.check_rollout(1)
        need(self.rollout % self.generations == 0, "generations", f"a divisor of rollout={self.rollout}")
        need(self.critic is Critic.shared or not self.critic_detach, "critic_detach", "false with critic=own")
        count, weights = len(self.functions), len(self.function_weights)
        require(
            count == weights,
            f"ppo.functions has {count} entries, ppo.function_weights {weights}",
            "one weight a function",
        )

    def check_rollout(self, devices: int) -> None:
        """A rollout is cut into whole optimizer steps over all processes."""
        step = self.batch_size * self.accumulate * devices
        require(
            self.rollout >= 2 and self.rollout % step == 0,
            f"ppo.rollout={self.rollout}",
            f"a multiple of batch_size * accumulate * processes = {step}, at least 2",
        )

    def steps(self, rows: int, devices: int = 1) -> int:
        """Optimizer steps for so many prompts: the last ones that fill no rollout are left out of a pass."""
        if self.max_steps:
            return self.max_steps
        rollouts = rows * self.generations // self.rollout
        a_rollout = self.passes * self.rollout // (self.batch_size * self.accumulate * devices)
        return math.ceil(self.epochs * rollouts * a_rollout)


def needs(config: Config, settings: Settings) -> dict[str, str]:
    """`heldout`, a reward model that is scored and not optimised, where `inputs.heldout` names one."""
    return NEEDS | ({"heldout": "reward"} if "heldout" in settings.inputs else {})


def check(config: Config, settings: Settings) -> None:
    from importlib.util import find_spec

    require(
        "vllm" not in config.sampler.value or find_spec("vllm") is not None,
        f"ppo.sampler={config.sampler.value}, and the package vllm is not here",
        "transformers, continuous",
        "pip install vllm on a machine with a GPU",
    )
    if config.sampler is Sampler.continuous:
        from alignment.models import computes_bfloat16

        require(
            not computes_bfloat16(settings.model) and settings.model.dtype is not Dtype.float16,
            f"ppo.sampler=continuous with model.dtype={settings.model.dtype.value}: it casts the weights that learn",
            "model.dtype=float32, or ppo.sampler=transformers",
        )


def run(config: Config, context: Context) -> Artifact:
    from alignment import models, ranks, sampling
    from alignment.ppo.brake import Brake
    from alignment.ppo.trainer import PPOTrainer
    from alignment.training import fit, policy

    config.check_rollout(ranks.count())
    settings = context.settings
    source = models.model_folder(context.input("policy").path)
    tokenizer = models.load_tokenizer(source, settings.model)
    train, validation = (rewarded.prompts_of(context.input("dataset"), split) for split in ("train", "validation"))
    validation = validation[: config.yardstick_prompts]
    rendered = sampling.render(tokenizer, [row["prompt"] for row in train + validation])
    names, limit = [row["id"] for row in train + validation], fit.token_limit(config, source, context)
    rewarded.check_room("ppo", config.max_new_tokens, names, rendered, limit)
    rewarded.check_enough("ppo", config, len(train))

    functions, weights = rewards_of(config, context)
    arguments = arguments_of(config, context, len(train), weights)
    model = fit.prepare_model(models.load_policy(source, settings.model, settings.peft), context, 0.0)
    if frozen := int(config.freeze_share * len(models.blocks(model))):
        models.freeze_layers(model, frozen)
    if config.freeze_embeddings:
        for layer in (model.get_input_embeddings(), model.get_output_embeddings()):
            layer.requires_grad_(False)
    trainer = fit.make_trainer(
        PPOTrainer,
        row_ids=[row["id"] for row in train],
        model=model,
        reward_funcs=functions,
        args=arguments,
        train_dataset=fit.dataset(train),
        eval_dataset=fit.dataset(validation),
        processing_class=tokenizer,
        peft_config=fit.lora(context, "CAUSAL_LM"),
        critic=critic_start(config, context, tokenizer),
    )
    require(
        not fit.sharded(trainer),
        "stage=ppo with FSDP or ZeRO-3: the critic lies within the policy, whose weights are cut up",
        "DDP or ZeRO-2 (conf/accelerate/ddp.yaml, zero2.yaml)",
    )
    trainer.add_callback(Brake(config.brake_after, config.kl_ceiling))
    reference = models.load_policy(source, settings.model) if config.yardstick_every else None
    # an episode is counted once, however often it is learned from
    episodes = config.batch_size * config.accumulate * arguments.world_size / config.passes
    fitted = fit.fit(trainer, context, config, policy.yardstick(config, context, tokenizer, reference), episodes)

    probe = [ids for ids in rendered if len(ids) > 1][:PROBED]
    difference = reward_differences(functions, context, probe) | saved(trainer, fitted.model, context, probe)
    brake = next(one for one in trainer.callback_handler.callbacks if isinstance(one, Brake))
    if brake.reason:
        print(f"  ppo: stopped by the brake, {brake.reason}; kept step {fitted.best_step}", flush=True)
    return context.finish(
        fitted.metrics
        | {
            "prompts": len(train),
            "episodes": round(fitted.steps * episodes),
            "reload_difference": difference,
            "stopped_by_brake": brake.reason,
            "kl_coef": trainer.kl_coef,
            "last": rewarded.last_figures(fitted.history, FIGURES),
        }
    )


def rewards_of(config: Config, context: Context) -> tuple[list[Any], list[float]]:
    """Those of every method that learns from rewards, on the policy's own backbone where they stand on it, and the
    held-out model at weight 0."""
    from alignment import models
    from alignment.ppo.backbone import RewardAdapters, stands_on
    from alignment.ppo.brake import HELDOUT

    def loaded(artifacts: list[Artifact], name: str, caution: float, context: Context) -> Any:
        settings = context.settings
        folders = [models.model_folder(one.path) for one in artifacts]
        source = models.model_folder(context.input("policy").path)
        if settings.peft.method is PeftMethod.lora and all(stands_on(folder, source) for folder in folders):
            return RewardAdapters(folders, models.load_tokenizer(folders[0], settings.model), name, caution)
        return rewarded.reward_model(artifacts, name, caution, context)

    functions, weights = rewarded.rewards_of(config, context, loaded)
    if context.inputs.get("heldout"):
        functions.append(loaded(context.inputs["heldout"], HELDOUT, config.caution, context))
        weights.append(0.0)
    return functions, weights


def saved(trainer: Any, model: Any, context: Context, rows: list[list[int]]) -> dict[str, float]:
    """Write the policy and its critic; the largest difference, by name, between them and what reads back."""
    import torch

    from alignment import models
    from alignment.ppo.critic import load_critic, save_critic
    from alignment.ppo.reload import policy_difference, said

    critic, folder = trainer.critic, models.model_folder(context.folder)
    source, kind = models.model_folder(context.input("policy").path), context.settings.model
    save_critic(critic.state_dict(), critic, context.folder, model)
    trained = said(model, critic, rows, trainer.temperature)
    models.save(trainer.plain_policy(), trainer.processing_class, folder, base=source)
    policy = models.load_policy(folder, kind)
    below = models.load_policy(source, kind) if critic.adapter else None
    again = said(policy, load_critic(context.folder, policy, below), rows, trainer.temperature)
    return policy_difference(trained, again, policy.dtype == torch.float32)


def reward_differences(functions: list[Any], context: Context, rows: list[list[int]]) -> dict[str, float]:
    """Between the reward models trained against and the same ones read again from their artifacts, by name."""
    from alignment import models
    from alignment.ppo.brake import HELDOUT
    from alignment.ppo.reload import reward_difference
    from alignment.ppo.rewards import RewardModel

    found = {}
    for function in functions:
        if isinstance(function, RewardModel):
            role = "heldout" if function.__name__ == HELDOUT else "reward"
            folders = [models.model_folder(one.path) for one in context.inputs[role]]
            again = [models.load_reward(folder, context.settings.model) for folder in folders]
            found[function.__name__] = reward_difference(function, again, rows)
    return found


def critic_start(config: Config, context: Context, tokenizer: Any) -> Any:
    """The reward model that the critic starts from, or None."""
    if config.critic_start is Start.policy:
        return None
    from alignment import models
    from alignment.ppo.critic import check_tokenizers

    folder = models.model_folder(context.input("reward").path)
    check_tokenizers(tokenizer, models.load_tokenizer(folder, context.settings.model), "inputs.reward")
    return models.load_reward(folder, context.settings.model)


def arguments_of(config: Config, context: Context, prompts: int, weights: list[float]) -> Any:
    """The config as a PPOConfig."""
    from alignment.ppo import PPOConfig
    from alignment.ppo.brake import HELDOUT_METRIC
    from alignment.training import fit

    made = fit.trainer_arguments(
        PPOConfig,
        config,
        prompts,
        context,
        generation_batch_size=config.rollout,
        num_generations=config.generations,
        num_iterations=config.passes,
        max_completion_length=config.max_new_tokens,
        temperature=config.temperature,
        **config.sampler.arguments,
        beta=config.beta,
        kl_estimator=config.kl_estimator.value,
        kl_target=config.kl_target or None,
        kl_horizon=config.kl_horizon,
        gamma=config.gamma,
        lam=config.lam,
        epsilon=config.clip,
        whiten_advantages=config.whiten_advantages,
        entropy_coef=config.entropy,
        epoch_kl_limit=config.epoch_kl_limit or None,
        critic_kind=config.critic.value,
        critic_detach=config.critic_detach,
        critic_learning_rate=config.critic_learning_rate or None,
        value_coef=config.value_weight,
        value_clip=config.value_clip or None,
        value_warmup_steps=config.value_warmup,
        reward_weights=weights,
        reward_scale=config.reward_scale,
        reward_clip=config.reward_clip or None,
        whiten_rewards=config.whiten_rewards,
        missing_eos_penalty=config.missing_eos_penalty,
    )
    if context.inputs.get("heldout"):  # the checkpoint kept is the best by the opinion that was not optimised
        made.metric_for_best_model, made.greater_is_better = HELDOUT_METRIC, True
    return made
