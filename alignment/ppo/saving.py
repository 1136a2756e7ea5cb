"""How the trainer is saved and goes on: the critic beside the policy, and the state of the run in each checkpoint."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from alignment.ppo import critic as critics
from alignment.ppo import state
from alignment.ppo.forward import CRITIC


class Saving:
    """Mixed in before GRPOTrainer, around transformers' own checkpoints."""

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        """The policy as any other, and its critic in a folder beside its weights."""
        if state_dict is None:
            state_dict = self.model.state_dict()
        marker = f"{CRITIC}."
        policy = {name: value for name, value in state_dict.items() if marker not in name}
        critic = {name.split(marker, 1)[1]: value for name, value in state_dict.items() if marker in name}
        super()._save(output_dir, policy)
        if self.args.should_save:
            critics.save_critic(critic, self.critic, Path(output_dir or self.args.output_dir))

    def _read_critic(self, folder: str) -> None:
        if not (self.is_deepspeed_enabled or self.is_fsdp_enabled):
            self.critic.load_state_dict(critics.read_weights(folder))
            if self.critic.adapter:
                critics.read_adapter(folder, self.accelerator.unwrap_model(self.model))

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        super()._load_from_checkpoint(resume_from_checkpoint, model)
        self._read_critic(resume_from_checkpoint)

    def _load_best_model(self) -> None:
        super()._load_best_model()
        self._read_critic(self.state.best_model_checkpoint)

    def _state_file(self, folder: str) -> Path:
        return state.state_file(folder, self.accelerator.process_index, self.accelerator.num_processes)

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        super()._save_optimizer_and_scheduler(output_dir)
        inside = self._step % self._batches_a_rollout != 0
        kept = {
            "step": self._step,
            "kl_coef": self.kl_coef,
            "left": self._left,
            "rollout": self._buffered_inputs if inside else None,
            "figures": {name: list(values) for name, values in self._metrics["train"].items()},
            "seconds": dict(self._seconds),
        }
        state.write(kept, self._state_file(output_dir))

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        super()._load_optimizer_and_scheduler(checkpoint)
        if checkpoint is None:
            return
        kept = state.read(self._state_file(checkpoint), self.accelerator.device)
        self._step, self.kl_coef, self._left = kept["step"], kept["kl_coef"], kept["left"]
        self._buffered_inputs = kept["rollout"]
        self._metrics["train"] = defaultdict(list, kept["figures"])
        self._seconds = defaultdict(float, kept["seconds"])
        if self._buffered_inputs is not None:
            self._plan_passes()
