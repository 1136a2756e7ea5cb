"""REINFORCE with a leave-one-out baseline on the SFT policy, through TRL, with the KL inside the reward."""

from dataclasses import dataclass

from alignment.artifact import Artifact
from alignment.pipeline import Context
from alignment.settings import require
from alignment.training.rewarded import Rewarded

KIND = "policy"
NEEDS = {"policy": "sft", "dataset": "prepare", "reward": "reward?"}
USES = ("model", "peft", "generation", "brand")
TRAINS = True


@dataclass(kw_only=True)
class Config(Rewarded):
    whiten_advantages: bool
    reward_clip: float
    mask_cut: bool

    def __post_init__(self) -> None:
        self.check_rewarded("rloo")
        require(self.reward_clip >= 0, f"rloo.reward_clip={self.reward_clip}", "a number >= 0 (0: no limit)")


def run(config: Config, context: Context) -> Artifact:
    from trl import RLOOConfig, RLOOTrainer

    from alignment.training import online

    return online.run(
        config,
        context,
        RLOOTrainer,
        RLOOConfig,
        normalize_advantages=config.whiten_advantages,
        reward_clip_range=(-config.reward_clip, config.reward_clip) if config.reward_clip else None,
        mask_truncated_completions=config.mask_cut,
    )
