"""What a checkpoint needs beyond transformers' own, so that a killed run goes on bit for bit.

The order of the prompts, the seeds of sampling and the mini-batches of a pass follow from the number of steps done;
what does not is kept here: the rollout being learned from, the KL coefficient, and the figures not logged yet.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from trl.trainer.utils import RepeatSampler

from alignment.errors import UserError


class RolloutSampler(RepeatSampler):
    """TRL's sampler, whose order in a pass over the data follows from (seed, number of the pass) alone.

    TRL's own carries a generator from pass to pass, which a resumed run does not have.
    """

    def __init__(self, *args: Any, passes: Callable[[], int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.passes = passes

    def __iter__(self) -> Iterator[int]:
        if self.shuffle:
            self.generator.manual_seed((self.seed or 0) * 1_000_003 + self.passes())
        return super().__iter__()


def state_file(folder: str | Path, process: int, processes: int) -> Path:
    """Where a process keeps its state in a checkpoint."""
    return Path(folder) / ("ppo_state.pt" if processes == 1 else f"ppo_state_{process}.pt")


def write(state: dict[str, Any], path: Path) -> None:
    torch.save(state, path)


def read(path: Path, device: torch.device) -> dict[str, Any]:
    """The state in a checkpoint.

    Raises:
        UserError: there is none, so the run could not go on as if it had never stopped.
    """
    if not path.is_file():
        raise UserError(
            f"{path} is not there",
            "a checkpoint of PPOTrainer, of as many processes, saved without save_only_model",
            "resume from another checkpoint, or begin again",
        )
    found: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    if found["rollout"] is not None:
        found["rollout"] = {name: value.to(device) for name, value in found["rollout"].items()}
    return found
