"""Proximal policy optimization of the SFT policy against the reward model, through `alignment.ppo`."""

import math
from dataclasses import dataclass
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

from alignment.artifact import Artifact, read_jsonl
from alignment.errors import UserError
from alignment.pipeline import Context
from alignment.settings import PeftMethod, Settings, require
from alignment.training.knobs import Knobs

KIND = "policy"
NEEDS = {"policy": "sft", "dataset": "prepare", "reward": "reward?"}
USES = ("model", "peft", "generation", "brand")


class Estimator(StrEnum):
    k1 = "k1"
    k3 = "k3"


class Critic(StrEnum):
    shared = "shared"
    own = "own"


class Start(StrEnum):
    policy = "policy"
    reward = "reward"


@dataclass(kw_only=True)
class Config(Knobs):
    rollout: int
    generations: int
    passes: int
    max_new_tokens: int
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
    critic_start: Start
    critic_learning_rate: float
    value_weight: float
    value_clip: float
    value_warmup: int
    reward_weight: float
    caution: float
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
        need(self.beta > 0 or self.kl_target == 0, "kl_target", "0 with beta=0")
        step = self.batch_size * self.accumulate
        whole_steps = self.rollout >= 2 and self.rollout % step == 0
        need(whole_steps, "rollout", f"a multiple of batch_size * accumulate = {step}, at least 2")
        need(self.rollout % self.generations == 0, "generations", f"a divisor of rollout={self.rollout}")
        count, weights = len(self.functions), len(self.function_weights)
        require(
            count == weights,
            f"ppo.functions has {count} entries, ppo.function_weights {weights}",
            "one weight a function",
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
    from alignment.training.checks import check_training

    check_training(settings)
    adapters = settings.peft.method in (PeftMethod.lora, PeftMethod.qlora)
    require(
        not adapters or config.critic is Critic.shared,
        f"ppo.critic={config.critic.value} with peft={settings.peft.method.value}",
        "shared: the critic is a head on the adapted trunk",
    )


def run(config: Config, context: Context) -> Artifact:
    from alignment import models
    from alignment.ppo.brake import Brake
    from alignment.ppo.critic import save_critic
    from alignment.ppo.kept import Kept, reload_difference
    from alignment.training import fit, policy, sampling

    settings = context.settings
    source = models.model_folder(context.input("policy").path)
    tokenizer = models.load_tokenizer(source, settings.model)
    train, validation = (prompts_of(context.input("dataset"), split) for split in ("train", "validation"))
    validation = validation[: config.yardstick_prompts]
    rendered = sampling.render(tokenizer, [row["prompt"] for row in train + validation])
    check_room(config, [row["id"] for row in train + validation], rendered, fit.token_limit(config, source, context))

    functions, weights = rewards_of(config, context)
    arguments = arguments_of(config, context, len(train), weights)
    trainer = Kept(
        model=fit.prepare_model(models.load_policy(source, settings.model, settings.peft), context, 0.0),
        reward_funcs=functions,
        args=arguments,
        train_dataset=fit.dataset(train),
        eval_dataset=fit.dataset(validation),
        processing_class=tokenizer,
        peft_config=fit.lora(context, "CAUSAL_LM"),
        critic=critic_start(config, context, tokenizer),
    )
    trainer.add_callback(Brake(config.brake_after, config.kl_ceiling))
    reference = models.load_policy(source, settings.model) if config.yardstick_every else None
    # An episode is counted once, however often it is learned from.
    pace = SimpleNamespace(**{name: getattr(config, name) for name in ("batch_size", "yardstick_every", "patience")})
    pace.accumulate = config.accumulate / config.passes
    fitted = fit.fit(trainer, context, pace, policy.yardstick(config, context, tokenizer, reference))

    save_critic(trainer.critic.state_dict(), trainer.critic, context.folder)
    critic, folder = trainer.critic, models.model_folder(context.folder)
    trained = trainer.plain_policy()
    models.save(trained, tokenizer, folder, base=source)
    saved = models.load_policy(folder, settings.model)
    difference = reload_difference(trained, critic, saved, context.folder, rendered[:8], config.temperature)
    brake = next(one for one in trainer.callback_handler.callbacks if isinstance(one, Brake))
    if brake.reason:
        print(f"  ppo: stopped by the brake, {brake.reason}; kept step {fitted.best_step}", flush=True)
    return context.finish(
        fitted.metrics
        | {
            "prompts": len(train),
            "episodes": int(fitted.steps * pace.batch_size * pace.accumulate),
            "reload_difference": difference,
            "stopped_by_brake": brake.reason,
            "kl_coef": trainer.kl_coef,
            "last": last_figures(fitted.history),
        }
    )


def prompts_of(dataset: Artifact, split: str) -> list[dict[str, Any]]:
    """Prompt rows as the trainer takes them: {"id", "prompt": messages, "facts", "intent"}; rewards see all columns."""
    rows = read_jsonl(dataset.path / "prompts" / f"{split}.jsonl")
    return [
        {"id": row["id"], "prompt": row["messages"], "facts": row.get("facts", []), "intent": row.get("intent", "")}
        for row in rows
    ]


def check_room(config: Config, names: list[str], rendered: list[list[int]], limit: int) -> None:
    """Refuse prompts that leave no room for a reply: the trainer would have to cut one or the other."""
    over = [name for name, ids in zip(names, rendered, strict=True) if len(ids) + config.max_new_tokens > limit]
    if over:
        raise UserError(
            f"{len(over)} of {len(names)} prompts with ppo.max_new_tokens={config.max_new_tokens} are too long, "
            f"the first: {over[0]}",
            f"at most {limit} tokens of prompt and reply (ppo.max_length and the model's context)",
            "lower ppo.max_new_tokens, raise ppo.max_length, or take a longer model",
        )


def rewards_of(config: Config, context: Context) -> tuple[list[Any], list[float]]:
    """The rewards and their weights: the model or ensemble, the functions, and the held-out model at weight 0."""
    from alignment import models
    from alignment.ppo import rewards
    from alignment.ppo.backbone import RewardAdapters, stands_on
    from alignment.ppo.brake import HELDOUT
    from alignment.ppo.rewards import RewardModel

    def loaded(role: str, name: str) -> RewardModel:
        settings = context.settings
        folders = [models.model_folder(one.path) for one in context.inputs[role]]
        tokenizer = models.load_tokenizer(folders[0], settings.model)
        source = models.model_folder(context.input("policy").path)
        if settings.peft.method is PeftMethod.lora and all(stands_on(folder, source) for folder in folders):
            return RewardAdapters(folders, tokenizer, name, config.caution)
        return RewardModel([models.load_reward(f, settings.model) for f in folders], tokenizer, name, config.caution)

    functions: list[Any] = [rewards.load_function(path) for path in config.functions]
    weights = list(config.function_weights)
    if context.inputs.get("reward"):
        functions.append(loaded("reward", "reward_model"))
        weights.append(config.reward_weight)
    if not functions:
        raise UserError(
            "ppo has no reward",
            "a finished reward stage, inputs.reward=RUN/reward, or ppo.functions=[package.module:function]",
            f"python -m alignment.run stage=reward run={context.settings.run}",
        )
    if context.inputs.get("heldout"):
        functions.append(loaded("heldout", HELDOUT))
        weights.append(0.0)
    return functions, weights


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


def last_figures(history: list[dict[str, float]]) -> dict[str, float]:
    """The last rollout's figures, and the last evaluation's."""
    wanted = ("reward", "kl", "entropy", "explained_variance", "completions/ended", "completions/tokens")
    names = (*wanted, *(f"eval_{name}" for name in wanted))
    found = {}
    for name in names:
        line = next((line for line in reversed(history) if name in line), None)
        if line is not None:
            found[name] = line[name]
    return found
