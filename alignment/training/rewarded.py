"""What the stages that learn from rewards share: their knobs, the prompts, room for replies, and the rewards.

Torch-free until a function is called: a stage's `Config` inherits `Rewarded`.
"""

import math
from dataclasses import dataclass
from typing import Any

from alignment.artifact import Artifact, read_jsonl
from alignment.errors import UserError
from alignment.pipeline import Context
from alignment.settings import require
from alignment.training.knobs import Knobs


@dataclass(kw_only=True)
class Rewarded(Knobs):
    """The knobs of a method that samples several replies to each prompt and compares their rewards."""

    rollout: int  # replies sampled before the policy learns from them
    generations: int  # replies to each prompt of a rollout
    passes: int  # times a rollout is learned from
    max_new_tokens: int
    temperature: float
    beta: float  # KL coefficient
    clip: float
    reward_weight: float
    caution: float
    functions: list[str]
    function_weights: list[float]

    def check_rewarded(self, stage: str) -> None:
        """Refuse values out of range, naming `<stage>.<knob>`."""
        self.check_knobs(stage)

        def need(ok: bool, name: str, allowed: str) -> None:
            require(ok, f"{stage}.{name}={getattr(self, name)}", allowed)

        for name in ("rollout", "passes", "max_new_tokens"):
            need(getattr(self, name) >= 1, name, "a whole number >= 1")
        for name in ("temperature", "clip"):
            need(getattr(self, name) > 0, name, "a number > 0")
        for name in ("beta", "caution"):
            need(getattr(self, name) >= 0, name, "a number >= 0")
        need(self.generations >= 2, "generations", "a whole number >= 2: replies to a prompt are compared")
        need(self.rollout % self.generations == 0, "rollout", f"a multiple of generations={self.generations}")
        self.check_rollout(stage, 1)
        need(self.dropout == 0, "dropout", "0: the ratio compares the same policy twice")
        require(
            len(self.functions) == len(self.function_weights),
            f"{stage}.functions has {len(self.functions)} entries, {stage}.function_weights "
            f"{len(self.function_weights)}",
            "one weight a function",
        )

    def check_rollout(self, stage: str, devices: int) -> None:
        """A rollout is cut into whole optimizer steps over all processes."""
        step = self.batch_size * self.accumulate * devices
        require(
            self.rollout % step == 0,
            f"{stage}.rollout={self.rollout}",
            f"a multiple of batch_size * accumulate * processes = {step}",
        )

    def steps(self, rows: int, devices: int = 1) -> int:
        """Optimizer steps for so many prompts: the last ones that fill no rollout are left out of a pass."""
        if self.max_steps:
            return self.max_steps
        rollouts = rows * self.generations // self.rollout
        a_rollout = self.passes * self.rollout // (self.batch_size * self.accumulate * devices)
        return math.ceil(self.epochs * rollouts * a_rollout)


def prompts_of(dataset: Artifact, split: str) -> list[dict[str, Any]]:
    """Prompt rows as the trainer takes them: {"id", "prompt": messages, "facts", "intent"}; rewards see all columns."""
    rows = read_jsonl(dataset.path / "prompts" / f"{split}.jsonl")
    return [
        {"id": row["id"], "prompt": row["messages"], "facts": row.get("facts", []), "intent": row.get("intent", "")}
        for row in rows
    ]


def check_room(stage: str, new_tokens: int, names: list[str], rendered: list[list[int]], limit: int) -> None:
    """Refuse prompts that leave no room for a reply: the trainer would have to cut one or the other.

    Args:
        new_tokens: most tokens of a reply. names: ids of the prompts. rendered: their token ids. limit: tokens of both.

    Raises:
        UserError: names the first such prompt and how many there are.
    """
    over = [name for name, ids in zip(names, rendered, strict=True) if len(ids) + new_tokens > limit]
    if over:
        raise UserError(
            f"{len(over)} of {len(names)} prompts with {stage}.max_new_tokens={new_tokens} are too long, "
            f"the first: {over[0]}",
            f"at most {limit} tokens of prompt and reply ({stage}.max_length and the model's context)",
            f"lower {stage}.max_new_tokens, raise {stage}.max_length, or take a longer model",
        )


def check_enough(stage: str, config: Any, prompts: int) -> None:
    """Refuse fewer prompts than a rollout takes: there would be none.

    Raises:
        UserError: says how many there are and how many are needed.
    """
    needed = config.rollout // config.generations
    if prompts < needed:
        raise UserError(
            f"{prompts} training prompts, and a rollout takes {needed}",
            "at least as many prompts as a rollout takes",
            f"lower {stage}.rollout, or raise {stage}.generations",
        )


def reward_model(artifacts: list[Artifact], name: str, caution: float, context: Context) -> Any:
    """The reward models as one reward: their mean less `caution` standard deviations."""
    from alignment import models
    from alignment.ppo.rewards import RewardModel

    folders = [models.model_folder(one.path) for one in artifacts]
    tokenizer = models.load_tokenizer(folders[0], context.settings.model)
    loaded = [models.load_reward(folder, context.settings.model) for folder in folders]
    return RewardModel(loaded, tokenizer, name, caution)


def rewards_of(config: Any, context: Context, model: Any = reward_model) -> tuple[list[Any], list[float]]:
    """The rewards and their weights: the functions, then the reward model or the ensemble of them.

    Args:
        config: with `functions`, `function_weights`, `reward_weight`, `caution`.
        model: makes the reward of reward artifacts, called as `reward_model` is.

    Raises:
        UserError: there is none.
    """
    from alignment.ppo.rewards import load_function

    functions: list[Any] = [load_function(path) for path in config.functions]
    weights = list(config.function_weights)
    if context.inputs.get("reward"):
        functions.append(model(context.inputs["reward"], "reward_model", config.caution, context))
        weights.append(config.reward_weight)
    if not functions:
        raise UserError(
            f"{context.stage} has no reward",
            "a finished reward stage, inputs.reward=RUN/reward, "
            f"or {context.stage}.functions=[package.module:function]",
            f"python -m alignment.run stage=reward run={context.settings.run}",
        )
    return functions, weights


def last_figures(history: list[dict[str, float]], wanted: tuple[str, ...]) -> dict[str, float]:
    """Of each figure the last one logged in training, and the last one of an evaluation (`eval_...`)."""
    names = (*wanted, *(f"eval_{name}" for name in wanted))
    found = {}
    for name in names:
        line = next((line for line in reversed(history) if name in line), None)
        if line is not None:
            found[name] = line[name]
    return found
