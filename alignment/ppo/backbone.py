"""One backbone: reward models as adapters with a small head on the frozen base that the policy's adapter stands on."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig, PeftModel, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import PreTrainedTokenizerBase
from trl.trainer.utils import use_adapter

from alignment.errors import UserError
from alignment.ppo.rewards import RewardModel, padded_groups

WEIGHTS = "adapter_model.safetensors"
HEAD = "score.weight"


class RewardAdapters(RewardModel):
    """One or several reward models kept as LoRA adapters of the policy's own base. No second base is loaded.

    `bind` puts them on the policy's model; each is active only while it scores.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        tokenizer: PreTrainedTokenizerBase,
        name: str = "reward_model",
        caution: float = 0.0,
    ) -> None:
        super().__init__([], tokenizer, name, caution)
        self.folders = list(folders)
        self.heads: list[torch.Tensor] = []  # (1, H) each

    @property
    def names(self) -> list[str]:
        return [f"{self.__name__}_{i}" for i in range(len(self.folders))]

    def bind(self, model: PeftModel) -> None:
        """Put the adapters on the policy's model.

        Raises:
            UserError: one does not fit this base.
        """
        self.model = model
        device = model.get_base_model().device
        for name, folder in zip(self.names, self.folders, strict=True):
            weights = load_file(folder / WEIGHTS)
            head = [value for key, value in weights.items() if key.endswith(HEAD)]
            if len(head) != 1:
                raise UserError(f"{folder} holds no score head", "a reward model trained with peft=lora")
            config = PeftConfig.from_pretrained(str(folder))
            config.modules_to_save, config.task_type, config.inference_mode = None, "CAUSAL_LM", True
            model.add_adapter(name, config)
            lora = {key: value for key, value in weights.items() if "lora_" in key}
            found = set_peft_model_state_dict(model, lora, adapter_name=name)
            astray = [*found.unexpected_keys, *(key for key in found.missing_keys if f".{name}." in key)]
            if astray:
                raise UserError(
                    f"the reward adapter {folder} does not fit the policy's base: {astray[0]}",
                    "a reward model trained with peft=lora on the same SFT policy",
                )
            self.heads.append(head[0].to(device).float())
        model.set_adapter(model.active_adapter)  # the policy's adapter is the one that learns

    def unbind(self) -> None:
        """Take the adapters off again, before the policy is saved as such."""
        for name in self.names:
            self.model.delete_adapter(name)

    def to(self, device: torch.device) -> "RewardAdapters":
        self.heads = [head.to(device) for head in self.heads]
        return self

    @torch.no_grad()
    def scores(self, rows: Sequence[list[int]]) -> torch.Tensor:
        trunk: Any = self.model.get_base_model().base_model
        training = self.model.training
        self.model.eval()
        found = torch.zeros(len(self.names), len(rows))
        for number, (name, head) in enumerate(zip(self.names, self.heads, strict=True)):
            with use_adapter(self.model, name):
                for group, ids, lengths in padded_groups(rows, self.tokenizer.pad_token_id, head.device):
                    hidden = trunk(input_ids=ids, use_cache=False).last_hidden_state
                    last = hidden[torch.arange(len(lengths), device=ids.device), lengths - 1]  # (B, H)
                    found[number, group] = (last.float() @ head.T)[:, 0].cpu()
        self.model.train(training)
        return found


def stands_on(folder: Path, policy: Path) -> bool:
    """Whether a reward model's folder holds an adapter whose base is this policy, whole."""
    base = folder / "base.json"
    if not (folder / WEIGHTS).is_file() or not base.is_file() or (policy / "adapter_config.json").is_file():
        return False
    named = json.loads(base.read_text(encoding="utf-8"))["base"]
    return named.startswith(".") and (folder / named).resolve() == policy.resolve()
