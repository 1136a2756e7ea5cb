"""Group relative policy optimization of the SFT policy, through TRL: a prompt's replies are each other's baseline."""

from dataclasses import dataclass
from enum import StrEnum

from alignment.artifact import Artifact
from alignment.pipeline import Context
from alignment.settings import require
from alignment.training.rewarded import Rewarded

KIND = "policy"
NEEDS = {"policy": "sft", "dataset": "prepare", "reward": "reward?"}
USES = ("model", "peft", "generation", "brand")
TRAINS = True


class Loss(StrEnum):
    grpo = "grpo"
    bnpo = "bnpo"
    dr_grpo = "dr_grpo"
    dapo = "dapo"


class Scale(StrEnum):
    group = "group"
    batch = "batch"
    none = "none"


@dataclass(kw_only=True)
class Config(Rewarded):
    loss: Loss
    scale_rewards: Scale
    clip_high: float
    mask_cut: bool

    def __post_init__(self) -> None:
        self.check_rewarded("grpo")
        require(self.clip_high >= 0, f"grpo.clip_high={self.clip_high}", "a number >= 0 (0: as grpo.clip)")


def run(config: Config, context: Context) -> Artifact:
    from trl import GRPOConfig, GRPOTrainer

    from alignment.training import online

    return online.run(
        config,
        context,
        GRPOTrainer,
        GRPOConfig,
        loss_type=config.loss.value,
        scale_rewards=config.scale_rewards.value,
        epsilon_high=config.clip_high or config.clip,
        mask_truncated_completions=config.mask_cut,
    )
