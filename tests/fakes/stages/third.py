"""Fake stage that compares any number of policies and uses a reward model where there is one."""

from dataclasses import dataclass
from typing import Any

from alignment.artifact import Artifact
from alignment.settings import Settings

KIND = "evaluation"
USES = ()


@dataclass(kw_only=True)
class Config:
    against: str


def needs(config: Config, settings: Settings) -> dict[str, str]:
    return {"policy": "second", "reward": f"{config.against}?"}


def run(config: Config, context: Any) -> Artifact:
    return context.finish({"policies": len(context.inputs["policy"]), "rewards": len(context.inputs["reward"])})
