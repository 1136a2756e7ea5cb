"""Load and save policies, reward models and tokenizers: the one place that knows where weights lie and in what form.

A policy or reward artifact keeps its weights in `<artifact>/model/`: a whole model, or a LoRA adapter beside a
`base.json` that names what it was trained on. Loading an adapter merges it into its base, so that every reader sees
a plain model.
"""

import json
import os
import warnings
from pathlib import Path
from typing import Any

import datasets
import torch
import transformers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from alignment.artifact import write_json_atomic
from alignment.errors import UserError
from alignment.settings import Attention, Device, Dtype, Model, Peft, PeftMethod
from alignment.shipped import BASE_MODEL

# One progress line, ours: the libraries' own bars and their notes to each other's developers are switched off.
transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()
datasets.disable_progress_bars()
os.environ["TQDM_DISABLE"] = "1"  # read by TRL when it takes the reference's log-probabilities
warnings.filterwarnings("ignore", category=FutureWarning, module=r"transformers\..*")

BEST_OF_N = "best_of_n.json"  # in place of weights: a way of choosing among replies (alignment.evaluation.pick)

NO_THINKING = "{%- set enable_thinking = false %}"

DROPOUT_FIELDS = (
    "attention_dropout",
    "hidden_dropout",
    "resid_pdrop",
    "embd_pdrop",
    "attn_pdrop",
    "hidden_dropout_prob",
)


def device_of(model: Model) -> torch.device:
    """The device to train and sample on: `auto` takes the GPU where there is one.

    Raises:
        UserError: `model.device=cuda` on a machine without a usable GPU.
    """
    if model.device is Device.cuda and not torch.cuda.is_available():
        raise UserError(
            "model.device=cuda, but torch sees no GPU",
            "auto, cpu",
            "use model.device=auto, or check the driver",
        )
    wanted = ("cuda" if torch.cuda.is_available() else "cpu") if model.device is Device.auto else model.device.value
    return torch.device(wanted)


def computes_bfloat16(model: Model) -> bool:
    """Whether training computes in bfloat16 under autocast: where asked for, or `auto` and the hardware has it.

    On a CPU with AVX-512 or AMX bfloat16 instructions a training step takes half the time of float32.
    """
    if model.dtype is not Dtype.auto:
        return model.dtype is Dtype.bfloat16
    if device_of(model).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    found = torch.cpu.get_capabilities()
    return bool(found.get("avx512_bf16") or found.get("amx_bf16"))


def dtype_of(model: Model, peft: Peft | None = None) -> torch.dtype:
    """The precision of the weights in memory.

    float32 for weights that are trained whole, whatever training computes in; else as asked for, where `auto` is
    float32 on a CPU and bfloat16 on a GPU.
    """
    if peft is not None and peft.method in (PeftMethod.none, PeftMethod.freeze):
        return torch.float32
    if model.dtype is not Dtype.auto:
        return getattr(torch, model.dtype.value)
    return torch.float32 if device_of(model).type == "cpu" else torch.bfloat16


def _hub_error(source: str, cause: Exception) -> UserError:
    first = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    return UserError(
        f"model {source!r} could not be loaded: {first[:200]}",
        "a folder with config.json, weights and a tokenizer, or a hub id that this machine can reach",
        "check the name, the network and HF_HUB_OFFLINE, or use model=embedded",
    )


def load_tokenizer(source: str | Path, model: Model) -> PreTrainedTokenizerBase:
    """The tokenizer, with a pad token (the end-of-text token stands in where a model has none) and a chat template
    that asks for the reply alone (`without_thinking`).

    Raises:
        UserError: nothing to load, no chat template, or no end token.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            source, revision=_revision(source, model), trust_remote_code=model.trust_remote_code
        )
    except (OSError, ValueError) as cause:
        raise _hub_error(str(source), cause) from cause
    if model.chat_template is not None:
        path = Path(model.chat_template)
        if not path.is_file():
            raise UserError(
                f"model.chat_template={path}: no such file",
                "a Jinja chat template",
                "give the path of a .jinja file",
            )
        tokenizer.chat_template = path.read_text(encoding="utf-8")
    if not tokenizer.chat_template:
        raise UserError(
            f"the tokenizer of {source} has no chat template",
            "a chat model, or a base model with model.chat_template=FILE.jinja",
            "name a template file, or choose the model's instruct variant",
        )
    if tokenizer.eos_token is None:
        raise UserError(
            f"the tokenizer of {source} has no end token: no reply would ever end",
            "a tokenizer with eos_token",
            "set eos_token in the model's tokenizer_config.json",
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.chat_template = without_thinking(tokenizer.chat_template)
    return tokenizer


def without_thinking(template: Any) -> Any:
    """The chat template of a model that may think before it replies (Qwen3), with that switched off.

    Left on, the policy would be asked for thoughts, and trained on replies that have none.
    """
    thinks = "enable_thinking" in template and not str(template).startswith(NO_THINKING)
    return NO_THINKING + template if thinks else template


def _revision(source: str | Path, model: Model) -> str | None:
    return None if os.path.isdir(source) else model.revision


def load_policy(source: str | Path, model: Model, peft: Peft | None = None) -> PreTrainedModel:
    """A causal language model on its device, adapters merged. `peft` is given when it is loaded to be trained."""
    return _load(AutoModelForCausalLM, source, model, peft, {})


def load_reward(source: str | Path, model: Model, peft: Peft | None = None) -> PreTrainedModel:
    """A reward model: the transformer with a linear head of one output (B, T) -> (B, 1), read at the last token."""
    return _load(AutoModelForSequenceClassification, source, model, peft, {"num_labels": 1})


def _load(auto: Any, source: str | Path, model: Model, peft: Peft | None, extra: dict[str, Any]) -> PreTrainedModel:
    folder = Path(source)
    if (folder / BEST_OF_N).is_file():
        raise UserError(
            f"{folder} is best-of-n: a choice among another policy's replies, without weights of its own",
            "a policy with weights",
            "evaluate and compare take it; elsewhere name the policy it chooses from",
        )
    if (folder / "adapter_config.json").is_file():
        from peft import PeftConfig, PeftModel

        base = json.loads((folder / "base.json").read_text(encoding="utf-8"))["base"]
        below = BASE_MODEL if base == "embedded" else (folder / base).resolve() if base.startswith(".") else base
        config = PeftConfig.from_pretrained(str(folder))
        config.task_type = None  # a policy's adapter also serves below a reward model's head
        base_model = _load(auto, below, model, peft, extra)
        merged = PeftModel.from_pretrained(base_model, str(folder), config=config).merge_and_unload()
        for weight in merged.parameters():  # peft froze them: as a plain model they can be trained again
            weight.requires_grad_(weight.is_floating_point())
        return merged
    kwargs: dict[str, Any] = dict(extra, dtype=dtype_of(model, peft), trust_remote_code=model.trust_remote_code)
    kwargs["revision"] = _revision(source, model)
    if model.attention is not Attention.auto:
        kwargs["attn_implementation"] = model.attention.value
    if peft is not None and peft.method is PeftMethod.qlora:
        kwargs |= _quantized(model)
    try:
        loaded = auto.from_pretrained(source, **kwargs)
    except (OSError, ValueError) as cause:
        raise _hub_error(str(source), cause) from cause
    return loaded if "quantization_config" in kwargs else loaded.to(device_of(model))


def _quantized(model: Model) -> dict[str, Any]:
    from transformers import BitsAndBytesConfig

    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    return {"quantization_config": config, "device_map": {"": 0}, "dtype": torch.bfloat16}


def check_peft(peft: Peft) -> None:
    """Refuse a method this machine cannot run, before any work.

    Raises:
        UserError: `peft=qlora` without a GPU or without bitsandbytes.
    """
    if peft.method is not PeftMethod.qlora:
        return
    if not torch.cuda.is_available():
        raise UserError(
            "peft=qlora needs a GPU, and torch sees none", "none, lora, freeze on a CPU", "use peft=lora here"
        )
    import importlib.util

    if importlib.util.find_spec("bitsandbytes") is None:
        raise UserError(
            "peft=qlora needs the package bitsandbytes",
            "none, lora, freeze without it",
            "pip install 'attune[gpu]'",
        )


def lora_config(peft: Peft, task: str) -> Any:
    """The LoRA settings for TRL's trainers; `task` is CAUSAL_LM or SEQ_CLS (whose head is trained and saved whole)."""
    from peft import LoraConfig

    return LoraConfig(
        r=peft.rank,
        lora_alpha=peft.alpha,
        lora_dropout=peft.dropout,
        target_modules=peft.target_modules if isinstance(peft.target_modules, str) else list(peft.target_modules),
        task_type=task,
        modules_to_save=["score"] if task == "SEQ_CLS" else None,
    )


def blocks(model: PreTrainedModel) -> list[torch.nn.Module]:
    """The transformer's layers, the lowest first; none where the architecture keeps no list of them."""
    return list(next((one for one in model.base_model.modules() if isinstance(one, torch.nn.ModuleList)), []))


def freeze_layers(model: PreTrainedModel, count: int) -> None:
    """Freeze the embedding and the `count` lowest blocks.

    Raises:
        UserError: the model has no more than `count` blocks.
    """
    layers = blocks(model)
    if count >= len(layers):
        raise UserError(
            f"peft.freeze_layers={count}, but the model has {len(layers)} layers",
            f"0 to {max(len(layers) - 1, 0)}",
            "freeze fewer layers",
        )
    for module in [model.get_input_embeddings(), *layers[:count]]:
        module.requires_grad_(False)


def set_dropout(model: PreTrainedModel, rate: float) -> None:
    """Set the dropout rate of a model in memory.

    Raises:
        UserError: the architecture has no dropout to set.
    """
    names = [name for name in DROPOUT_FIELDS if hasattr(model.config, name)]
    if rate > 0 and not names:
        raise UserError(
            f"dropout={rate}: {type(model).__name__} has no dropout",
            "0.0",
            "use peft=lora peft.dropout=… or weight decay instead",
        )
    for name in names:
        setattr(model.config, name, rate)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = rate
        if hasattr(module, "attention_dropout") and isinstance(module.attention_dropout, float):
            module.attention_dropout = rate


def context_length(source: str | Path, model: Model) -> int:
    """The number of tokens the model can attend to, from its config; a large number where it does not say."""
    try:
        config = AutoConfig.from_pretrained(
            source, revision=_revision(source, model), trust_remote_code=model.trust_remote_code
        )
    except (OSError, ValueError) as cause:
        raise _hub_error(str(source), cause) from cause
    return int(getattr(config.get_text_config(), "max_position_embeddings", None) or 1_000_000)


def save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path, base: str | Path) -> None:
    """Write a model, or its adapter with a `base.json` naming what it stands on."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    if (folder / "adapter_config.json").is_file():
        model.config.save_pretrained(folder)
        named = str(base)
        if os.path.isdir(base):
            embedded = Path(base).resolve() == BASE_MODEL.resolve()
            named = "embedded" if embedded else os.path.relpath(Path(base).resolve(), final_folder(folder).resolve())
        write_json_atomic(folder / "base.json", {"base": named})


def final_folder(folder: Path) -> Path:
    """Where a folder inside `<run>/.<stage>.partial/` will lie once the stage is complete."""
    parts = [part[1:].removesuffix(".partial") if part.endswith(".partial") else part for part in folder.parts]
    return Path(*parts)


def model_folder(artifact_path: Path) -> Path:
    """The folder of an artifact's weights."""
    return artifact_path / "model"
