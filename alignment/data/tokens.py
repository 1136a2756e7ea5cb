"""How many tokens a conversation has, by the model's own tokenizer and chat template.

A local model's tokenizer.json and template are used as they are, without transformers and torch, which take longer
to load than most data sets to prepare; anything else goes through `alignment.models`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jinja2
import jinja2.sandbox

from alignment.data.reading.messages import Message
from alignment.data.turns import CountTokens, TokenCounter
from alignment.settings import Model

_GENERATION = re.compile(r"\{%-?\s*(?:end)?generation\s*-?%\}")  # marks the reply for the trainer, and adds no text
Counters = tuple[Callable[[str], int], CountTokens]


def token_counter(model: Model, max_tokens: int, surely: int) -> CountTokens | None:
    """Counts tokens for `model`; None when nothing is to be cut (max_tokens 0). surely: see `TokenCounter`."""
    return TokenCounter(lambda: _light(model) or _whole(model), surely) if max_tokens else None


def _light(model: Model) -> Counters | None:
    """The counters of a local model, or None when its files are not of the usual kind."""
    from alignment.checks import base_path

    folder = Path(base_path(model))
    template = _template(folder, model)
    if template is None or not (folder / "tokenizer.json").is_file():
        return None
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def text(content: str) -> int:
        return len(tokenizer.encode(content, add_special_tokens=False))

    def conversation(messages: Sequence[Message]) -> int:
        return text(template(list(messages)))

    try:
        conversation([{"role": "user", "content": "a"}])
    except jinja2.TemplateError:
        return None
    return text, conversation


def _template(folder: Path, model: Model) -> Callable[[list[Message]], str] | None:
    """The chat template of a local folder as a function."""
    config: dict[str, Any] = {}
    if (folder / "tokenizer_config.json").is_file():
        config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    file = Path(model.chat_template) if model.chat_template else folder / "chat_template.jinja"
    source = file.read_text(encoding="utf-8") if file.is_file() else config.get("chat_template")
    if not isinstance(source, str) or not source:
        return None
    source = _GENERATION.sub("", source)
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    tokens = {name: value for name, value in config.items() if name.endswith("_token") and isinstance(value, str)}

    def refuse(message: str) -> None:
        raise jinja2.TemplateError(message)

    environment.globals["raise_exception"] = refuse
    try:
        template = environment.from_string(source)
    except jinja2.TemplateError:
        return None
    return lambda messages: template.render(messages=messages, add_generation_prompt=False, **tokens)


def _whole(model: Model) -> Counters:
    """The counters by way of transformers, for models of any kind."""
    from alignment import models
    from alignment.checks import base_path

    tokenizer = models.load_tokenizer(base_path(model), model)

    def text(content: str) -> int:
        return len(tokenizer.encode(content, add_special_tokens=False))

    def conversation(messages: Sequence[Message]) -> int:
        return text(str(tokenizer.apply_chat_template(list(messages), tokenize=False)))

    return text, conversation
