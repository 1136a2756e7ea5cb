"""Local models that rewrite: a chat model with an instruction, and pairs of translators (with torch)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from alignment import models, sampling
from alignment.errors import UserError
from alignment.settings import Generation, Model

Answer = Callable[[Sequence[str], int], list[str | None]]


def chat_model(source: str, model: Model, instruction: str, generation: Generation, seed: int) -> Answer:
    """Answers of a chat model to `instruction` (with {text}); each batch has a seed of its own, from its place."""
    tokenizer = models.load_tokenizer(source, model)
    policy = models.load_policy(source, model)

    def answer(texts: Sequence[str], place: int) -> list[str | None]:
        asked = [[{"role": "user", "content": instruction.format(text=text)}] for text in texts]
        drawn = next(sampling.sample(policy, tokenizer, asked, generation, sampling.batch_seed(seed, place)))
        return [one.text if one.ended else None for one in drawn]

    return answer


def round_trip(there: str, back: str, languages: Sequence[str], model: Model, generation: Generation) -> Answer:
    """There and back by beam search, without chance (Sennrich et al. 2016, section 3, turned to paraphrase).

    Args:
        there, back: hub ids or folders of encoder-decoder models.
        languages: [code of the texts' language, code of the other], for models that need them (NLLB, M2M100, mBART);
            [] for models of one pair of languages (OPUS-MT).
        generation: max_new_tokens counts; the number of beams is 4.
    """
    first, second = (_translator(name, model) for name in (there, back))
    ours, theirs = languages or (None, None)

    def answer(texts: Sequence[str], place: int) -> list[str | None]:
        abroad = _translate(*first, texts, ours, theirs, generation.max_new_tokens)
        return [*_translate(*second, abroad, theirs, ours, generation.max_new_tokens)]

    return answer


def _translator(name: str, model: Model) -> tuple[Any, Any]:
    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        loaded = AutoModelForSeq2SeqLM.from_pretrained(name)
    except (OSError, ValueError, ImportError) as error:
        where = "a folder" if Path(name).exists() else "the hub"
        raise UserError(
            f"cannot load the translator {name} from {where}: {str(error).splitlines()[0]}",
            "an encoder-decoder model of transformers with its tokenizer",
            "check augment.there and augment.back",
        ) from error
    return loaded.to(models.device_of(model)).eval(), tokenizer


def _translate(
    model: Any, tokenizer: Any, texts: Sequence[str], source: str | None, target: str | None, most: int
) -> list[str]:
    """The translations; of nothing, nothing."""
    spoken = [text for text in texts if text.strip()]
    if not spoken:
        return [""] * len(texts)
    if source is not None:
        tokenizer.src_lang = source
    start = {} if target is None else {"forced_bos_token_id": tokenizer.convert_tokens_to_ids(target)}
    batch = tokenizer(spoken, return_tensors="pt", padding=True, truncation=True).to(model.device)
    with torch.no_grad():
        out = model.generate(
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
            num_beams=4,
            do_sample=False,
            max_new_tokens=most,
            **start,
        )
    made = iter(tokenizer.batch_decode(out, skip_special_tokens=True))
    return [str(next(made)) if text.strip() else "" for text in texts]
