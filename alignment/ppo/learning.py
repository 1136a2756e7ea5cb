"""How the trainer learns from a rollout: passes, mini-batches, both losses, and where the passes stop."""

import time
from collections import defaultdict
from typing import Any

import torch

from alignment.errors import UserError
from alignment.ppo import adapters, checks, scoring
from alignment.ppo import math as ppo
from alignment.ppo.forward import Request
from alignment.ppo.rollout import Rollout, plan, selected, take
from alignment.sampling import batch_seed


class Learning:
    """Mixed in before GRPOTrainer, whose steps it runs on a rollout of our own."""

    def _plan_passes(self) -> None:
        """The mini-batches of every pass over the rollout held, and the tokens of each optimizer step."""
        rollout, batches = self._buffered_inputs, self.args.gradient_accumulation_steps
        windows = self.args.steps_per_generation // batches
        number = self._step // self._batches_a_rollout
        counts = (rollout["lengths"] - rollout["starts"]).cpu()
        self._plans = {}
        totals = torch.zeros(self.num_iterations, windows)
        for one in range(self.num_iterations):
            seed = batch_seed(self.args.seed, f"pass {one} of {number}/{self.accelerator.process_index}")
            self._plans[one] = plan(rollout["lengths"], windows, batches, seed)
            for window, parts in enumerate(self._plans[one]):
                totals[one, window] = sum(int(counts[rows].sum()) for rows in parts)
        self._totals = self._all(totals.to(self.accelerator.device)).cpu()

    def _prepare_inputs(self, generation_batch: Any) -> Any:
        if not self.model.training:
            return self._generate_and_score_completions(generation_batch)
        place = self._step % self._batches_a_rollout
        if place == 0 or self._buffered_inputs is None:
            self._begin_rollout(generation_batch)
        one, batch = divmod(place, self.args.steps_per_generation)
        window, part = divmod(batch, self.args.gradient_accumulation_steps)
        rows = self._plans[one][window][part].to(self._buffered_inputs["ids"].device)
        return {
            "rollout": take(self._buffered_inputs, rows),
            "tokens": self._totals[one, window].item(),
            "last": part == self.args.gradient_accumulation_steps - 1,
        }

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> torch.Tensor:
        if self._left and self._step % self._batches_a_rollout:
            self._step += 1
            self._metrics["train"]["left_batches"].append(1.0)
            return torch.zeros((), device=self.accelerator.device)  # no gradients: the optimizer has nothing to do
        if self.critic.adapter:
            adapters.awake(self.model)  # it may just have been read from a checkpoint
        before = {name: self._seconds[name] for name in ("rollout", "score")}
        began = time.perf_counter()
        loss = super().training_step(model, inputs, num_items_in_batch)
        spent = time.perf_counter() - began - sum(self._seconds[name] - was for name, was in before.items())
        self._seconds["train"] += spent
        if not torch.isfinite(loss):
            raise UserError(
                f"the loss is {loss.item()} at step {self.state.global_step + 1}",
                "a finite loss",
                "lower learning_rate or value_coef, set reward_clip, or train in float32",
            )
        stepped = self._step % self.args.gradient_accumulation_steps == 0
        ends = stepped and self.state.global_step + 1 >= self.state.max_steps  # within a rollout, by max_steps
        if self._step % self._batches_a_rollout == 0 or self._left or ends:
            self._close_rollout()
        return loss

    def _close_rollout(self) -> None:
        """Log where the time of a rollout went."""
        figures = self._metrics["train"]
        tokens = float((self._buffered_inputs["lengths"] - self._buffered_inputs["starts"]).sum())
        everything = sum(self._seconds.values())
        for name, seconds in self._seconds.items():
            figures[f"seconds/{name}"].append(seconds)
        figures["tokens_per_second"].append(tokens * self.accelerator.num_processes / max(everything, 1e-9))
        figures["memory_mb"].append(checks.peak_memory())
        self._seconds.clear()

    def _compute_loss(self, model: Any, inputs: Any) -> torch.Tensor:
        """Loss of one batch: sums over its tokens, divided by the tokens of the whole optimizer step."""
        rollout, args = inputs["rollout"], self.args
        warming = self.state.global_step < args.value_warmup_steps
        sums: dict[str, torch.Tensor] = defaultdict(lambda: torch.zeros((), device=rollout["ids"].device))
        loss = torch.zeros((), device=rollout["ids"].device)
        for rows in scoring.groups(rollout["lengths"], args):
            part = take(rollout, rows.to(loss.device))
            loss = loss + self._part_loss(model, part, warming, sums)
        self._add_figures(sums, inputs)
        # Gradients are averaged over processes, so that each counts its own tokens times the number of processes.
        return loss * self.accelerator.num_processes / inputs["tokens"]

    def _part_loss(self, model: Any, part: Rollout, warming: bool, sums: dict[str, torch.Tensor]) -> torch.Tensor:
        args = self.args
        chosen = selected(part)
        bonus = args.entropy_coef > 0 and not warming
        request = Request(
            chosen,
            entropy=bonus,
            values=True,
            policy=not warming,
            detach_trunk=warming,
            detach_values=args.critic_detach,
        )
        out = model(input_ids=part["ids"], ppo=request)
        counts = part["lengths"] - part["starts"]
        place = torch.arange(int(counts.max()), device=counts.device) < counts[:, None]
        old = {name: part[name][place] for name in ("log_probs", "values", "advantages", "returns")}
        value = ppo.value_loss(out["values"].float(), old["values"], old["returns"], args.value_clip)
        loss = args.value_coef * value.loss.sum()
        sums["loss/value"] += value.loss.detach().sum()
        sums["clip/value"] += value.clipped.sum()
        if warming:
            return loss
        log_probs = out["log_probs"].float()
        policy = ppo.policy_loss(log_probs, old["log_probs"], old["advantages"], self.epsilon_low, self.epsilon_high)
        weighted = policy.loss * part["weights"][place] if "weights" in part else policy.loss
        loss = loss + weighted.sum()
        with torch.no_grad():
            sums["loss/policy"] += policy.loss.sum()
            sums["clip/policy"] += policy.clipped.sum()
            sums["ratio"] += policy.ratio.sum()
            sums["kl_step"] += ppo.kl_k3(old["log_probs"], log_probs).sum()
        if bonus:
            loss = loss - args.entropy_coef * out["entropy"].float().sum()
        return loss

    def _add_figures(self, sums: dict[str, torch.Tensor], inputs: Any) -> None:
        """Means over the tokens of the optimizer step, logged at its last batch; then the passes may stop."""
        for name, value in sums.items():
            self._window[name] = self._window.get(name, 0.0) + value
        if not inputs["last"]:
            return
        names = sorted(self._window)
        means = self._all(torch.stack([self._window[name].float() for name in names])) / inputs["tokens"]
        figures = dict(zip(names, means.tolist(), strict=True))
        self._window = {}
        for name, value in figures.items():
            self._metrics["train"][name].append(value)
        limit = self.args.epoch_kl_limit
        self._left = limit is not None and figures.get("kl_step", 0.0) > limit
