"""The brake against over-optimisation: a second opinion on the replies, and a ceiling on how far the policy may go."""

from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import ExportableState

HELDOUT = "heldout"  # the name of the reward that is scored and not optimised: its weight is 0
HELDOUT_METRIC = f"eval_rewards/{HELDOUT}/mean"


class Brake(TrainerCallback, ExportableState):
    """Stops training when the optimised reward and the held-out one part, or when the KL passes its ceiling.

    They have parted at an evaluation when the optimised reward is above what it was at the best held-out score, and
    the held-out score is below that best one (Gao et al. 2023: the proxy rises, the gold score falls).

    Args:
        evaluations: how many in a row must show it; 0 = never.
        ceiling: nats a reply to the reference, at an evaluation; 0 = none.
    """

    def __init__(self, evaluations: int, ceiling: float) -> None:
        self.evaluations = evaluations
        self.ceiling = ceiling
        self.parted = 0
        self.best: float | None = None  # held-out score
        self.reward_then = 0.0
        self.reason = ""

    def state(self) -> dict[str, Any]:
        attributes = {name: getattr(self, name) for name in ("parted", "best", "reward_then", "reason")}
        return {"args": {"evaluations": self.evaluations, "ceiling": self.ceiling}, "attributes": attributes}

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        figures = metrics or {}
        reward, heldout, kl = (figures.get(name) for name in ("eval_reward", HELDOUT_METRIC, "eval_kl"))
        if heldout is not None and reward is not None:
            if self.best is None or heldout > self.best:
                self.best, self.reward_then, self.parted = heldout, reward, 0
            else:
                self.parted = self.parted + 1 if reward > self.reward_then else 0
        if self.evaluations and self.parted >= self.evaluations:
            self.reason = (
                f"step {state.global_step}: in {self.parted} evaluations the reward rose to {reward:.3f} from "
                f"{self.reward_then:.3f} while the held-out one fell to {heldout:.3f} from {self.best:.3f}"
            )
        if self.ceiling and kl is not None and kl > self.ceiling:
            self.reason = f"step {state.global_step}: KL {kl:.2f} nats a reply passed its ceiling of {self.ceiling}"
        if self.reason:
            control.should_training_stop = True
