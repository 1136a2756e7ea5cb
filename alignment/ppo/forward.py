"""One forward pass for log-probabilities, values and entropy of the reply's tokens, without the logits of a rollout.

Rows are laid out as prompt, reply, padding. Padding stands after everything that counts, so a causal model needs no
attention mask, and the head is applied to the positions that predict a reply's token alone, in blocks.
"""

import functools
import types
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from alignment.errors import UserError
from alignment.ppo.critic import Critic

CRITIC = "ppo_critic"  # the critic's name among the policy's modules
MOST_LOGITS = 2**25  # elements of one (n, V) block of logits: 128 MB in float32
CLOSE = 2e-2  # nats; a wrong scale or a missing soft cap shows as far more, bfloat16 as less


@dataclass(frozen=True)
class Request:
    """What a pass is to return beside the log-probabilities. `select` (B, T) is 1 at the tokens of the replies."""

    select: torch.Tensor
    entropy: bool = False
    values: bool = False
    policy: bool = True
    detach_trunk: bool = False  # the critic learns, the trunk it shares does not
    detach_values: bool = False  # the same, where the policy learns in this pass too


@dataclass(frozen=True)
class Head:
    """How a model turns hidden states into logits, beyond its output layer."""

    temperature: float
    scale: float
    softcap: float | None

    @classmethod
    def of(cls, model: PreTrainedModel, temperature: float) -> "Head":
        config = model.config.get_text_config()
        factors = [getattr(config, name, None) for name in ("logit_scale", "output_multiplier", "lm_head_multiplier")]
        scale = next((float(factor) for factor in factors if factor is not None), 1.0)
        if divisor := getattr(config, "logits_scaling", None):
            scale = 1 / divisor
        return cls(temperature, scale, getattr(config, "final_logit_softcapping", None))

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        logits = logits.float()
        if self.scale != 1:
            logits = logits * self.scale
        if self.softcap is not None:
            logits = self.softcap * torch.tanh(logits / self.softcap)
        return logits if self.temperature == 1 else logits / self.temperature


def attach(model: PreTrainedModel, temperature: float, critic: Critic | None = None) -> None:
    """Give a causal language model the pass `model(input_ids=..., ppo=Request(...))`; every other call is as before.

    The critic becomes a module of the model, so that the optimizer, distribution and one forward call serve both.
    """
    head = Head.of(model, temperature)
    if critic is not None:
        setattr(model, CRITIC, critic)
    original = model.forward

    @functools.wraps(type(model).forward)
    def forward(self: PreTrainedModel, *args: Any, ppo: Request | None = None, **kwargs: Any) -> Any:
        if ppo is None:
            return original(*args, **kwargs)
        return _pass(self, head, kwargs["input_ids"], ppo)

    model.forward = types.MethodType(forward, model)
    model.forward_before_ppo = original


def detach(model: PreTrainedModel) -> PreTrainedModel:
    """Take off what `attach` put on: a plain language model, as it is saved and handed on. Returns it."""
    if CRITIC in model._modules:
        delattr(model, CRITIC)
    if "forward_before_ppo" in vars(model):
        del model.forward_before_ppo
        vars(model).pop("forward", None)
    return model


def _pass(model: PreTrainedModel, head: Head, ids: torch.Tensor, ppo: Request) -> dict[str, torch.Tensor]:
    """{"log_probs", "entropy", "values"} of the N selected tokens, row after row; each (N,)."""
    ahead, targets = ppo.select[:, 1:], ids[:, 1:]
    found: dict[str, torch.Tensor] = {}
    critic: Critic | None = getattr(model, CRITIC, None)
    apart = critic is not None and critic.kind != "shared"
    if ppo.policy or not apart:
        with torch.set_grad_enabled(torch.is_grad_enabled() and not ppo.detach_trunk):
            hidden = model.base_model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1][ahead]  # (N, H)
    if ppo.policy:
        found["log_probs"], entropy = _log_probs(model, head, hidden, targets[ahead], ppo.entropy)
        if entropy is not None:
            found["entropy"] = entropy
    if ppo.values and critic is not None:
        if apart:
            hidden = critic.hidden(model, ids)[:, :-1][ahead]
        found["values"] = critic(hidden.detach() if ppo.detach_values else hidden)
    return found


def _log_probs(
    model: PreTrainedModel, head: Head, hidden: torch.Tensor, targets: torch.Tensor, with_entropy: bool
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """log p(target) and, if asked, the entropy in nats; hidden (N, H), targets (N,) -> (N,), (N,)."""
    output = model.get_output_embeddings()

    def block(h: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits = head(output(h))  # (n, V)
        log_probs = -torch.nn.functional.cross_entropy(logits, target, reduction="none")
        if not with_entropy:
            return log_probs, log_probs.detach()
        every = torch.log_softmax(logits, dim=-1)
        return log_probs, -(every.exp() * every).sum(dim=-1)

    size = max(1, MOST_LOGITS // model.config.get_text_config().vocab_size)
    blocks = list(zip(hidden.split(size), targets.split(size), strict=True))
    again = len(blocks) > 1 and hidden.requires_grad
    parts = [checkpoint(block, h, t, use_reentrant=False) if again else block(h, t) for h, t in blocks]
    log_probs = torch.cat([part[0] for part in parts])
    return log_probs, torch.cat([part[1] for part in parts]) if with_entropy else None


@torch.no_grad()
def check_log_probs(model: PreTrainedModel, temperature: float) -> None:
    """Compare the pass with the model's own logits on a few tokens, before anything relies on it.

    Raises:
        UserError: they differ, so the model treats its hidden states or logits in a way this pass does not know.
    """
    vocabulary = model.config.get_text_config().vocab_size
    ids = (torch.arange(1, 13, device=model.device) * 37 % vocabulary)[None]
    training = model.training
    model.eval()
    logits = model(input_ids=ids, use_cache=False).logits[:, :-1].float() / temperature
    theirs = torch.log_softmax(logits, dim=-1).gather(-1, ids[:, 1:, None]).flatten()
    ours = model(input_ids=ids, ppo=Request(select=torch.ones_like(ids, dtype=torch.bool)))["log_probs"]
    model.train(training)
    if (ours - theirs).abs().max() > CLOSE * max(1.0, theirs.abs().max().item()):
        raise UserError(
            f"log-probabilities of {type(model).__name__} differ from its own logits",
            "a causal language model whose logits are its output layer's, scaled or soft-capped by its config",
            "use stage=dpo, or another model",
        )
