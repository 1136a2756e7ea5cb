"""TRL's trainers that sample while they train (GRPO, RLOO), made resumable and tried before they begin.

What they lack: the reference is reloaded from the model's path, which is not the policy where adapters were merged into
it; a checkpoint forgets the rollout that is being learned from, the figures not logged yet, and the order of the
prompts after the first pass; sampling draws from the training's random state. `Online` mends these.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Sampler
from transformers import PreTrainedModel
from trl.models import prepare_deepspeed, prepare_fsdp
from trl.trainer.utils import add_fused_lm_head, disable_dropout_in_model

from alignment import models, ranks, sampling
from alignment.artifact import Artifact
from alignment.errors import UserError
from alignment.pipeline import Context
from alignment.ppo import checks
from alignment.ppo.rewards import RewardModel, check_scores
from alignment.ppo.state import RolloutSampler
from alignment.training import fit, policy, rewarded
from alignment.training.guard import Guarded

FIGURES = ("reward", "kl", "entropy", "completions/mean_length", "completions/clipped_ratio")


class Online(Guarded):
    """Mixed in before GRPOTrainer or RLOOTrainer.

    `eval_loss` is minus the objective on the validation prompts: reward - beta * KL(policy, reference) in nats a reply,
    for both methods, so that the best checkpoint means the same. One reply a prompt is sampled for it.

    Args:
        reference: the policy that the KL is taken to; None with adapters (the model below them) or beta=0.
    """

    def __init__(self, *, reference: PreTrainedModel | None, **kwargs: Any) -> None:
        args = kwargs["args"]
        beta, args.beta = args.beta, 0.0  # with 0 TRL loads no reference of its own
        try:
            super().__init__(**kwargs)
        finally:
            args.beta = beta
        self.beta = beta
        if reference is not None:
            self._set_reference(reference)
        for function in self.reward_funcs:
            if isinstance(function, RewardModel):
                function.to(self.accelerator.device)
        self._eval_batches = 0

    def _set_reference(self, model: PreTrainedModel) -> None:
        disable_dropout_in_model(model)
        add_fused_lm_head(model.requires_grad_(False).eval(), temperature=self.temperature)
        if self.is_deepspeed_enabled:
            self.ref_model = prepare_deepspeed(model, self.accelerator)
        elif self.is_fsdp_enabled:
            self.ref_model = prepare_fsdp(model, self.accelerator)
        else:
            self.ref_model = self.accelerator.prepare_model(model, evaluation_mode=True)

    def train(self, *args: Any, **kwargs: Any) -> Any:
        checks.check_rewards(self.reward_funcs, self.train_dataset, self.state)
        return super().train(*args, **kwargs)

    @property
    def _batches_a_rollout(self) -> int:
        return self.args.steps_per_generation * self.num_iterations

    def _get_train_sampler(self, dataset: Any = None) -> Sampler:
        dataset = self.train_dataset if dataset is None else dataset
        prompts = self.args.generation_batch_size // self.num_generations
        steps = (len(dataset) // prompts) * self._batches_a_rollout // self.args.gradient_accumulation_steps
        return RolloutSampler(
            dataset,
            mini_repeat_count=self.num_generations,
            batch_size=prompts,
            repeat_count=self._batches_a_rollout,
            shuffle=self.shuffle_dataset,
            seed=self.args.seed,
            passes=lambda: self.state.global_step // max(steps, 1),
        )

    def _generate(self, prompts: list[Any]) -> Any:
        """What is drawn depends on (seed, rollout or evaluation, process) alone."""
        number = f"rollout {self._step // self._batches_a_rollout}"
        place = number if self.model.training else f"evaluation {self._eval_batches}"
        device = self.accelerator.device
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(sampling.batch_seed(self.args.seed, f"{place}/{self.accelerator.process_index}"))
            return super()._generate(prompts)

    def _calculate_rewards(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        """TRL takes NaN for "this reward does not apply"; here it is a fault of the reward."""
        try:
            scored: torch.Tensor = super()._calculate_rewards(*args, **kwargs)
        except ValueError as error:
            if "rewards, but" not in str(error):
                raise
            raise UserError(str(error).split(". ")[0], "one finite number a reply") from error
        for i, name in enumerate(self.reward_func_names):
            check_scores(name, scored[:, i].tolist(), len(scored))
        return scored

    # --- evaluation ---

    def prediction_step(
        self, model: Any, inputs: Any, prediction_loss_only: bool, ignore_keys: list[str] | None = None
    ) -> tuple[torch.Tensor, None, None]:
        super().prediction_step(model, inputs, prediction_loss_only, ignore_keys)
        self._eval_batches += 1
        figures = self._metrics["eval"]
        kl = figures["kl"][-1] * figures["completions/mean_length"][-1] if self.beta else 0.0
        return torch.tensor(self.beta * kl - figures["reward"][-1], device=self.accelerator.device), None, None

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        self._eval_batches = 0
        found: dict[str, float] = super().evaluate(*args, **kwargs)
        return found

    # --- resume ---

    def _state_file(self, folder: str) -> Path:
        return Path(folder) / f"rollout_{self.accelerator.process_index}_of_{self.accelerator.num_processes}.pt"

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        super()._save_optimizer_and_scheduler(output_dir)
        kept = {
            "step": self._step,
            "rollout": self._buffered_inputs if self._step % self._batches_a_rollout else None,
            "figures": {name: list(values) for name, values in self._metrics["train"].items()},
            "tokens": self._total_train_tokens,
        }
        torch.save(kept, self._state_file(output_dir))

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        super()._load_optimizer_and_scheduler(checkpoint)
        if checkpoint is None:
            return
        file = self._state_file(checkpoint)
        if not file.is_file():
            raise UserError(f"{file} is not there", "a checkpoint of as many processes", "begin again with force=true")
        kept = torch.load(file, map_location=self.accelerator.device, weights_only=True)
        self._step, self._total_train_tokens = kept["step"], kept["tokens"]
        self._buffered_inputs = kept["rollout"]
        self._metrics["train"] = defaultdict(list, kept["figures"])


def run(config: rewarded.Rewarded, context: Context, trainer: type, arguments: type, **own: Any) -> Artifact:
    """Train the policy of `inputs.policy` with a TRL trainer on the rewards, and finish the artifact.

    Args:
        trainer, arguments: TRL's classes. own: the arguments that only this method has.
    """
    settings, stage = context.settings, context.stage
    config.check_rollout(stage, ranks.count())
    source = models.model_folder(context.input("policy").path)
    tokenizer = models.load_tokenizer(source, settings.model)
    train, validation = (rewarded.prompts_of(context.input("dataset"), split) for split in ("train", "validation"))
    validation = validation[: config.yardstick_prompts]
    asked = train + validation
    rendered = sampling.render(tokenizer, [row["prompt"] for row in asked])
    limit = fit.token_limit(config, source, context)
    rewarded.check_room(stage, config.max_new_tokens, [row["id"] for row in asked], rendered, limit)
    rewarded.check_enough(stage, config, len(train))

    functions, weights = rewarded.rewards_of(config, context)
    adapters = fit.lora(context, "CAUSAL_LM")
    frozen = models.load_policy(source, settings.model) if config.beta and adapters is None else None
    made = type(f"Online{trainer.__name__}", (Online, trainer), {})(
        row_ids=[row["id"] for row in train],
        reference=frozen,
        model=fit.prepare_model(models.load_policy(source, settings.model, settings.peft), context, 0.0),
        reward_funcs=functions,
        args=fit.trainer_arguments(
            arguments,
            config,
            len(train),
            context,
            generation_batch_size=config.rollout,
            num_generations=config.generations,
            num_generations_eval=1,
            num_iterations=config.passes,
            max_completion_length=config.max_new_tokens,
            temperature=config.temperature,
            beta=config.beta,
            epsilon=config.clip,
            reward_weights=weights,
            disable_dropout=True,
            **own,
        ),
        train_dataset=fit.dataset(train),
        eval_dataset=fit.dataset(validation),
        processing_class=tokenizer,
        peft_config=adapters,
    )
    shown = models.load_policy(source, settings.model) if config.yardstick_every else None
    # an episode is counted once, however often it is learned from
    episodes = config.batch_size * config.accumulate * made.args.world_size / config.passes
    fitted = fit.fit(made, context, config, policy.yardstick(config, context, tokenizer, shown), episodes)
    models.save(fitted.model, tokenizer, models.model_folder(context.folder), base=source)
    return context.finish(
        fitted.metrics
        | {
            "prompts": len(train),
            "episodes": round(fitted.steps * episodes),
            "last": rewarded.last_figures(fitted.history, FIGURES),
        }
    )
