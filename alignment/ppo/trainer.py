"""The PPO trainer: TRL's GRPOTrainer samples and calls the rewards; the critic, the rollout and the losses are ours.

Overridden methods of TRL and transformers, private ones among them, are listed in `HOOKS`; a contract test checks that
they are still there and still called.
"""

import copy
import math
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import torch
from accelerate.utils import gather_object
from peft import PeftModel
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Sampler
from transformers import PreTrainedModel, PreTrainedTokenizerBase
from trl import GRPOTrainer
from trl.models import prepare_deepspeed, prepare_fsdp
from trl.models.utils import disable_gradient_checkpointing
from trl.trainer.utils import create_model_from_path, use_adapter

from alignment.ppo import adapters, checks, forward, rewards, scoring, state
from alignment.ppo import critic as critics
from alignment.ppo import math as ppo
from alignment.ppo.backbone import RewardAdapters
from alignment.ppo.config import PPOConfig
from alignment.ppo.forward import CRITIC
from alignment.ppo.learning import Learning
from alignment.ppo.rollout import Rollout, lay_out
from alignment.ppo.saving import Saving
from alignment.sampling import batch_seed

HOOKS = {
    "GRPOTrainer": (
        "_generate",
        "_calculate_rewards",
        "_generate_and_score_completions",
        "_prepare_inputs",
        "_compute_loss",
        "_get_train_sampler",
        "training_step",
        "prediction_step",
    ),
    "Trainer": (
        "_save",
        "_save_optimizer_and_scheduler",
        "_load_optimizer_and_scheduler",
        "_load_from_checkpoint",
        "_load_best_model",
        "create_optimizer",
    ),
}


class PPOTrainer(Saving, Learning, GRPOTrainer):
    """Proximal policy optimization (Schulman et al. 2017) of a language model against rewards.

    Args:
        model: the policy, in memory or a folder or hub id. The reference is a copy of it as it comes in; with
            adapters, the model below them.
        reward_funcs: reward models, their folders, functions, or "package.module:function"; one or a list.
        args: a PPOConfig; without one its defaults, in the folder "ppo".
        train_dataset: rows with a "prompt": a text, or a conversation.
        critic: a reward model (or its folder) that the critic starts from; None = a head at zero.
        reward_processing_classes: tokenizers of the reward models; the policy's where None.
        peft_config: put an adapter on the model and train that.

    Raises:
        UserError: for settings that cannot work, before the first rollout.
    """

    _tag_names: ClassVar[list[str]] = ["trl", "ppo"]
    _name = "PPO"

    def __init__(
        self,
        model: str | Path | PreTrainedModel | PeftModel,
        reward_funcs: Any,
        args: PPOConfig | None = None,
        train_dataset: Any = None,
        eval_dataset: Any = None,
        processing_class: PreTrainedTokenizerBase | None = None,
        peft_config: Any = None,
        critic: PreTrainedModel | str | Path | None = None,
        reward_processing_classes: list[PreTrainedTokenizerBase | None] | None = None,
        callbacks: list[Any] | None = None,
        optimizers: tuple[Any, Any] = (None, None),
    ) -> None:
        if args is None:
            args = PPOConfig(output_dir="ppo")
        checks.check_arguments(args)
        if isinstance(model, str | Path):
            model = _read_policy(str(model), args)
        tokenizer = checks.tokenizer_of(model, processing_class, args.trust_remote_code)
        checks.check_dataset(train_dataset, args)
        adapted = peft_config is not None or isinstance(model, PeftModel)
        start = checks.critic_start(critic, tokenizer)
        functions = rewards.as_functions(reward_funcs, tokenizer, reward_processing_classes)
        checks.check_backbone(functions, adapted, tokenizer)
        bare = model.get_base_model() if isinstance(model, PeftModel) else model
        forward.detach(bare)  # of an earlier trainer
        reference = copy.deepcopy(model) if args.beta and not adapted else None
        value_function = critics.make_critic(bare, args.critic_kind, start, frozen_base=adapted)
        if args.value_warmup_steps and args.ddp_find_unused_parameters is None:
            args.ddp_find_unused_parameters = True  # the policy's weights have no part in the first steps
        with self._without_reference_by_path(args, adapted):
            super().__init__(
                model=model,
                reward_funcs=functions,
                args=args,
                train_dataset=train_dataset,
                eval_dataset=eval_dataset,
                processing_class=tokenizer,
                callbacks=callbacks,
                optimizers=optimizers,
                peft_config=peft_config,
            )
        self.reward_func_names = rewards.apart(self.reward_func_names)
        self.beta = args.beta
        self.kl_coef = args.beta
        if value_function.adapter:
            adapters.add_critic(self.accelerator.unwrap_model(self.model))
        forward.attach(self._bare(), args.temperature, value_function)
        forward.check_log_probs(self._bare(), args.temperature)
        if reference is not None:
            self._set_reference(reference)
        for function in self.reward_funcs:
            if isinstance(function, RewardAdapters):
                function.bind(self.accelerator.unwrap_model(self.model))
            if isinstance(function, rewards.RewardModel):
                function.to(self.accelerator.device)
        self._left = False  # the passes over this rollout have been stopped
        self._plans: dict[int, list[list[torch.Tensor]]] = {}
        self._totals: torch.Tensor | None = None  # (passes, steps): tokens of each optimizer step, of all processes
        self._window: dict[str, torch.Tensor] = {}
        self._seconds: dict[str, float] = defaultdict(float)
        self._eval_batches = 0

    # --- set-up ---

    @staticmethod
    @contextmanager
    def _without_reference_by_path(args: PPOConfig, adapted: bool) -> Iterator[None]:
        """GRPOTrainer reloads the reference from the model's path, which a model in memory may not have."""
        beta = args.beta
        if not adapted:
            args.beta = 0.0
        try:
            yield
        finally:
            args.beta = beta

    def _set_reference(self, reference: PreTrainedModel) -> None:
        reference.requires_grad_(False).eval()
        forward.attach(reference, self.args.temperature)
        if self.is_deepspeed_enabled:
            self.ref_model = prepare_deepspeed(reference, self.accelerator)
        elif self.is_fsdp_enabled:
            self.ref_model = prepare_fsdp(reference, self.accelerator)
        else:
            self.ref_model = self.accelerator.prepare_model(reference, evaluation_mode=True)

    def _bare(self) -> PreTrainedModel:
        """The language model itself, below distribution and adapters."""
        model = self.accelerator.unwrap_model(self.model)
        return model.get_base_model() if isinstance(model, PeftModel) else model

    @property
    def critic(self) -> critics.Critic:
        return getattr(self._bare(), CRITIC)

    def plain_policy(self) -> PreTrainedModel:
        """The policy without its critic, as it is saved and handed on; ends the trainer's own use of it."""
        forward.detach(self._bare())
        if adapters.CRITIC in getattr(self.accelerator.unwrap_model(self.model), "peft_config", {}):
            self.accelerator.unwrap_model(self.model).delete_adapter(adapters.CRITIC)
        for function in self.reward_funcs:
            if isinstance(function, RewardAdapters):
                function.unbind()
        return self.accelerator.unwrap_model(self.model)

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        fresh = self.optimizer is None
        optimizer = super().create_optimizer(model)
        if fresh and self.args.critic_learning_rate is not None:
            named = (self.model if model is None else model).named_parameters()
            own = {id(p) for name, p in named if f"{CRITIC}." in name or f".{adapters.CRITIC}." in name}
            for group in list(optimizer.param_groups):
                apart = [p for p in group["params"] if id(p) in own]
                if apart:
                    group["params"] = [p for p in group["params"] if id(p) not in own]
                    decay = group["weight_decay"]
                    rate = self.args.critic_learning_rate
                    optimizer.add_param_group({"params": apart, "lr": rate, "weight_decay": decay})
        return optimizer

    def _get_train_sampler(self, dataset: Any = None) -> Sampler:
        dataset = self.train_dataset if dataset is None else dataset
        args = self.args
        prompts = args.generation_batch_size // self.num_generations
        steps = (len(dataset) // prompts) * self._batches_a_rollout // args.gradient_accumulation_steps
        return state.RolloutSampler(
            dataset,
            mini_repeat_count=self.num_generations,
            batch_size=prompts,
            repeat_count=self._batches_a_rollout,
            shuffle=self.shuffle_dataset,
            seed=args.seed if args.data_seed is None else args.data_seed,
            passes=lambda: self.state.global_step // max(steps, 1),
        )

    def train(self, *args: Any, **kwargs: Any) -> Any:
        held_out = self.eval_dataset if isinstance(self.eval_dataset, dict) else {"eval": self.eval_dataset}
        for dataset in (self.train_dataset, *(one for one in held_out.values() if one is not None)):
            checks.check_prompts(dataset, self._tokenize_prompts, self._bare().config, self.args)
        checks.check_rewards(self.reward_funcs, self.train_dataset, self.state)
        return super().train(*args, **kwargs)

    # --- rollout ---

    @property
    def _batches_a_rollout(self) -> int:
        return self.args.steps_per_generation * self.num_iterations

    @contextmanager
    def _seeded(self, place: str) -> Iterator[None]:
        """A random state of its own for sampling: what is drawn depends on (seed, place, process) alone."""
        device = self.accelerator.device
        name = f"{place}/{self.accelerator.process_index}"
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(batch_seed(self.args.seed, name))
            yield

    @contextmanager
    def _reference(self) -> Iterator[Any]:
        """The reference, for a forward pass."""
        if self.ref_model is not None:
            yield self.ref_model
            return
        model = self.accelerator.unwrap_model(self.model)
        with use_adapter(model, adapter_name="ref" if "ref" in model.peft_config else None):
            yield self.model

    def _all(self, x: torch.Tensor) -> torch.Tensor:
        return self.accelerator.reduce(x, reduction="sum")

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self._seconds[what] += time.perf_counter() - began

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> Rollout:
        mode, args = "train" if self.model.training else "eval", self.args
        prompts = [row["prompt"] for row in inputs]
        number = self._step // self._batches_a_rollout
        place = f"rollout {number}" if mode == "train" else f"evaluation {self._eval_batches}"
        with self._timed("rollout"), self._seeded(place):
            prompt_ids, reply_ids, _, replies, sampled, *_ = self._generate(prompts)
        with self._timed("score"):
            scored = self._calculate_rewards(inputs, prompts, replies, reply_ids)  # (all replies, rewards)
            for i, name in enumerate(self.reward_func_names):
                rewards.check_scores(name, scored[:, i].tolist(), len(scored))
            weights = self.reward_weights.to(scored.device)
            here = slice(self.accelerator.process_index * len(prompts), None)
            scores = (scored * weights).sum(dim=1)[here][: len(prompts)]
            rollout = lay_out(prompt_ids, reply_ids, self._tokenizer.pad_token_id)
            ended = [ids[-1] in self.eos_token_ids for ids in reply_ids]
            rollout["ended"] = torch.tensor(ended)
            if sampled is not None and args.vllm_importance_sampling_correction:
                rollout["sampled"] = _padded(sampled)
            rollout = {name: value.to(self.accelerator.device) for name, value in rollout.items()}
            reference = self._reference if args.beta else None
            training = self.model.training
            self.model.eval()
            with disable_gradient_checkpointing(self.model, args.gradient_checkpointing_kwargs):
                figures = scoring.finish(rollout, scores, reference, self.model, args, self.kl_coef, self._all)
            self.model.train(training)
        if self.critic.adapter:
            adapters.awake(self.model)
        for i, name in enumerate(self.reward_func_names):
            figures[f"rewards/{name}/mean"] = scored[:, i].mean().item()
            figures[f"rewards/{name}/std"] = scored[:, i].std(unbiased=False).item()
        means = rollout["advantages"].sum(dim=1) / (rollout["lengths"] - rollout["starts"])
        self._note(mode, figures, prompts, replies, scored, self.accelerator.gather(means))
        return rollout

    def _note(
        self,
        mode: str,
        figures: scoring.Figures,
        prompts: list[Any],
        replies: list[Any],
        scored: torch.Tensor,
        advantages: torch.Tensor,
    ) -> None:
        """Hand a rollout's figures and texts to TRL's log and table; `advantages`: the mean of each reply's tokens."""
        for name, value in figures.items():
            self._metrics[mode][name].append(value)
        for name in sorted(set(gather_object(list(self._pending_metrics)))):
            values = self._pending_metrics[name]  # none, where a reward of this process had nothing to log
            total = self._all(torch.tensor([sum(values), len(values)], device=scored.device)).tolist()
            self._metrics[mode][name].append(total[0] / total[1])
        self._pending_metrics.clear()
        self._logs["prompt"].extend(gather_object(prompts))
        self._logs["completion"].extend(gather_object(replies))
        for i, name in enumerate(self.reward_func_names):
            self._logs["rewards"][name].extend(scored[:, i].tolist())
        self._logs["advantages"].extend(advantages.tolist())
        extra = self._logs["extra"]
        extra["total_reward"].extend((scored * self.reward_weights.to(scored.device)).sum(dim=1).tolist())
        for column in sorted(set(gather_object(list(self._pending_extra_logs)))):
            extra[column].extend(gather_object(self._pending_extra_logs.get(column, [None] * len(prompts))))
        self._pending_extra_logs.clear()

    def _begin_rollout(self, inputs: list[dict[str, Any]]) -> None:
        """Sample and score, then plan the passes."""
        self._buffered_inputs = self._generate_and_score_completions(inputs)
        self._left = False
        if self.args.kl_target is not None:
            kl = self._metrics["train"]["kl"][-1]
            episodes = self.args.generation_batch_size
            self.kl_coef = ppo.adapt_kl(self.kl_coef, kl, self.args.kl_target, episodes, self.args.kl_horizon)
        self._plan_passes()

    # --- evaluation ---

    def prediction_step(
        self, model: Any, inputs: Any, prediction_loss_only: bool, ignore_keys: list[str] | None = None
    ) -> tuple[torch.Tensor, None, None]:
        """Samples replies to held-out prompts; the loss is minus their mean reward with its KL penalty."""
        with torch.no_grad(), self.compute_loss_context_manager():
            self._prepare_inputs(inputs)
        self._eval_batches += 1
        return torch.tensor(-self._metrics["eval"]["objective"][-1], device=self.accelerator.device), None, None

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        self._eval_batches = 0
        seconds = dict(self._seconds)
        found = super().evaluate(*args, **kwargs)
        self._seconds = defaultdict(float, seconds)
        return found


def _read_policy(place: str, args: PPOConfig) -> PreTrainedModel:
    """The model of a folder or hub id, read as GRPOTrainer reads it."""
    arguments = {"trust_remote_code": args.trust_remote_code, **(args.model_init_kwargs or {})}
    if args.distributed_state.distributed_type in ("MULTI_GPU", "DEEPSPEED"):
        arguments["device_map"] = None  # each process holds it whole
    return create_model_from_path(place, **arguments)


def _padded(log_probs: list[list[float | None]]) -> torch.Tensor:
    """(R, T), 0 at padding, NaN where the engine gave none."""
    rows = [torch.tensor([math.nan if one is None else one for one in row]) for row in log_probs]
    return pad_sequence(rows, batch_first=True)
