"""More training rows from those there are; validation, test, prompts and pairs stay what they were.

    train.jsonl      the dataset's rows, then the new ones: their parent's fields, a new id, "parent" and "method"
    rejected.jsonl   {"parent", "method", "reason", "text"} of every new row that was not let in
    all else         copied

In the loop it stands between `prepare` and `sft`: loop=[prepare,augment,sft,...]; the stages after it then take its
dataset. Without it in the loop: inputs.dataset=RUN/augment.
"""

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from alignment.artifact import Artifact, hash_file, read_jsonl, write_jsonl
from alignment.data.augmentation import noise, table
from alignment.data.augmentation.gate import CUSTOMER, REASONS, REPLY, Gate, names_in, said
from alignment.data.augmentation.journal import Journal
from alignment.data.augmentation.rewrite import Batches, Endpoint, Rewrite
from alignment.data.reading.messages import Message
from alignment.data.splits import SPLITS, unit_hash
from alignment.inputs import Inputs
from alignment.pipeline import Context
from alignment.settings import Generation, Settings, require
from alignment.voice.brand import brand_folder

KIND = "dataset"
NEEDS = {"dataset": "prepare"}
USES = ("model", "brand")
REFINES = "dataset"

Row = dict[str, Any]
NOISE = ("synonyms", "insertion", "deletion", "typos")
REWRITES = ("back_translation", "paraphrase", "paraphrase_reply")
METHODS = (*NOISE, *REWRITES)


class Rewriter(StrEnum):
    model = "model"
    endpoint = "endpoint"


@dataclass(kw_only=True)
class Method:
    use: bool
    share: float  # of the training rows
    seed: int


@dataclass(kw_only=True)
class Noise(Method):
    words: float  # share of the words changed


@dataclass(kw_only=True)
class Service:
    url: str | None
    model: str | None
    key: str  # environment variable
    seconds: float
    retries: int
    parallel: int


@dataclass(kw_only=True)
class Config:
    synonyms: Noise
    insertion: Noise
    deletion: Noise
    typos: Noise
    back_translation: Method
    paraphrase: Method
    paraphrase_reply: Method
    wordnet: bool
    max_similarity: float
    max_tokens: int
    there: str | None
    back: str | None
    languages: list[str]
    rewriter: Rewriter
    rewriter_model: str | None
    endpoint: Service
    instruction: str
    instruction_reply: str
    temperature: float
    max_new_tokens: int
    batch_size: int

    def __post_init__(self) -> None:
        for name in METHODS:
            method = getattr(self, name)
            require(0 <= method.share <= 1, f"augment.{name}.share={method.share}", "a share of the rows, 0 to 1")
            if isinstance(method, Noise):
                found = f"augment.{name}.words={method.words}"
                require(0 < method.words <= 0.5, found, "a share of the words above 0, up to 0.5")
        found = f"augment.max_similarity={self.max_similarity}"
        require(0.3 <= self.max_similarity <= 1, found, "a similarity of 0.3 to 1")
        require(self.max_tokens >= 0, f"augment.max_tokens={self.max_tokens}", "a whole number >= 0 (0 = no limit)")
        require(len(self.languages) in (0, 2), f"augment.languages={self.languages}", "[] or two codes")
        require(self.temperature >= 0, f"augment.temperature={self.temperature}", "a number >= 0")
        for name in ("max_new_tokens", "batch_size"):
            require(getattr(self, name) >= 1, f"augment.{name}={getattr(self, name)}", "a whole number >= 1")
        for name in ("instruction", "instruction_reply"):
            text = getattr(self, name)
            plain = text.replace("{text}", "")
            require("{text}" in text and not set("{}") & set(plain), f"augment.{name}={text!r}", "a text with {text}")
        service = self.endpoint
        require(service.seconds > 0, f"augment.endpoint.seconds={service.seconds}", "a number > 0")
        require(service.retries >= 0, f"augment.endpoint.retries={service.retries}", "a whole number >= 0")
        require(service.parallel >= 1, f"augment.endpoint.parallel={service.parallel}", "a whole number >= 1")

    def chosen(self) -> list[str]:
        """The methods in use, in their order."""
        return [name for name in METHODS if getattr(self, name).use and getattr(self, name).share > 0]


def check(config: Config, settings: Settings) -> None:
    chosen = config.chosen()
    require(bool(chosen), "augment: no method is in use", ", ".join(METHODS), "augment.typos.use=true")
    if "back_translation" in chosen:
        missing = [f"augment.{name}" for name in ("there", "back") if not getattr(config, name)]
        require(
            not missing, f"{' and '.join(missing)}: no translator named", "two translation models (hub id or folder)"
        )
    if {"paraphrase", "paraphrase_reply"} & set(chosen) and config.rewriter is Rewriter.endpoint:
        missing = [f"augment.endpoint.{name}" for name in ("url", "model") if not getattr(config.endpoint, name)]
        require(not missing, f"{' and '.join(missing)}: not given", "an OpenAI-compatible endpoint and its model")
    table.synonyms_of(brand_folder(settings.brand.folder), config.wordnet)
    if "paraphrase" in chosen or "paraphrase_reply" in chosen:
        from alignment.checks import check_settings

        check_settings(("model", "generation"), settings)


def sources(config: Config, settings: Settings, inputs: Inputs) -> dict[str, str]:
    """sha256 of the tables of synonyms."""
    brand = brand_folder(settings.brand.folder)
    own = brand / table.NAME if brand is not None else None
    found = {"synonyms": hash_file(table.SHIPPED)}
    return found | ({"synonyms/brand": hash_file(own)} if own is not None and own.is_file() else {})


def run(config: Config, context: Context) -> Artifact:
    dataset = context.input("dataset")
    train = read_jsonl(dataset.path / "train.jsonl")
    gate = Gate(config.max_similarity, token_limit(config, context.settings))
    gate.know(train)
    gate.hold_out(held_out(dataset))
    maker = Maker(config, context, gate)
    new = [row for name in config.chosen() for row in maker.rows(name, train)]
    copy_others(dataset, context.folder)
    write_jsonl(context.folder / "train.jsonl", [*train, *new])
    write_jsonl(context.folder / "rejected.jsonl", maker.rejected)
    metrics = {
        "rows_in": len(train),
        "rows_out": len(train) + len(new),
        "added": {name: maker.added[name] for name in METHODS},
        "rejected": {reason: maker.reasons[reason] for reason in REASONS},
    }
    figures = {f"augment/added.{name}": count for name, count in metrics["added"].items()}  # type: ignore[attr-defined]
    context.tracker.log({"augment/rows_out": metrics["rows_out"], **figures}, step=0)
    return context.finish(metrics, sources(config, context.settings, context.inputs))


def held_out(dataset: Artifact) -> Iterator[list[Message]]:
    """The conversations of every held-out row, prompt and pair."""
    for split in SPLITS[1:]:
        for name in (f"{split}.jsonl", f"prompts/{split}.jsonl"):
            if name in dataset.files:
                yield from (row["messages"] for row in read_jsonl(dataset.path / name))
    if "pairs/pairs.jsonl" in dataset.files:
        pairs = read_jsonl(dataset.path / "pairs" / "pairs.jsonl")
        yield from (pair["prompt"] for pair in pairs if pair.get("split") in SPLITS[1:])


def copy_others(dataset: Artifact, folder: Path) -> None:
    """Every JSON-lines file of the dataset but train.jsonl and the lists of what was left out."""
    for name in dataset.files:
        if name.endswith(".jsonl") and name not in ("train.jsonl", "metrics.jsonl", "dropped.jsonl", "refused.jsonl"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(dataset.path / name, folder / name)


def token_limit(config: Config, settings: Settings) -> Callable[[Sequence[Message]], bool]:
    """Whether messages are at most `max_tokens` long under the model's chat template."""
    if not config.max_tokens:
        return lambda messages: True
    from alignment.data.turns import TokenCounter

    def load() -> tuple[Callable[[str], int], Callable[[Sequence[Message]], int]]:
        from alignment import models
        from alignment.checks import base_path

        tokenizer = models.load_tokenizer(base_path(settings.model), settings.model)

        def text(content: str) -> int:
            return len(tokenizer.encode(content, add_special_tokens=False))

        return text, lambda messages: text(str(tokenizer.apply_chat_template(list(messages), tokenize=False)))

    count = TokenCounter(load, surely=config.max_tokens)
    return lambda messages: count(messages) <= config.max_tokens


class Maker:
    """Makes the rows of each method, and counts what is let in and what is not."""

    def __init__(self, config: Config, context: Context, gate: Gate) -> None:
        self.config, self.context, self.gate = config, context, gate
        self.synonyms = table.synonyms_of(brand_folder(context.settings.brand.folder), config.wordnet)
        self.added: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.rejected: list[Row] = []

    def rows(self, name: str, train: Sequence[Row]) -> list[Row]:
        """The new rows of one method."""
        method: Method = getattr(self.config, name)
        seed = self.context.seed
        order = sorted(train, key=lambda row: unit_hash(seed, "augment", name, str(method.seed), row["id"]))
        chosen = order[: round(method.share * len(train))]
        self.context.progress.start(len(chosen), f"rows by {name}")
        made = []
        side = REPLY if name == "paraphrase_reply" else CUSTOMER
        for row, messages in (
            self._noisy(name, method, chosen) if isinstance(method, Noise) else self._other(name, chosen)
        ):
            reason = self.gate.fault(row, messages, side, names=name != "typos") if messages else "no_answer"
            if reason:
                self.reasons[reason] += 1
                text = said(messages, side) if messages else ""
                self.rejected.append({"parent": row["id"], "method": name, "reason": reason, "text": text})
            else:
                self.added[name] += 1
                child = {"id": f"{row['id']}+{name}", "messages": messages, "parent": row["id"], "method": name}
                made.append(row | child)
        self.context.progress.done()
        return made

    def _noisy(self, name: str, method: Noise, rows: Sequence[Row]) -> Iterator[tuple[Row, list[Message]]]:
        for row in rows:
            rng = random.Random(f"{self.context.seed}:{method.seed}:{name}:{row['id']}")
            messages = row["messages"]
            yield (
                row,
                [
                    {**one, "content": self._noise(name, method.words, one["content"], messages, rng)}
                    if one["role"] == "user"
                    else one
                    for one in messages
                ],
            )
            self.context.progress.step()

    def _noise(self, name: str, share: float, text: str, messages: Sequence[Message], rng: random.Random) -> str:
        if name == "typos":
            return noise.mistype(text, rng, share, noise.kept_places(text))
        kept = noise.kept_places(text, names_in(text, messages))
        if name == "deletion":
            return noise.delete_words(text, rng, share, kept + noise.asked_for(text, messages))
        change = noise.replace_synonyms if name == "synonyms" else noise.insert_words
        return change(text, rng, share, kept, self.synonyms)

    def _other(self, name: str, rows: Sequence[Row]) -> Iterator[tuple[Row, list[Message]]]:
        """Other wordings of the customer's last turn, or of the reply; no messages where there is none."""
        role = "assistant" if name == "paraphrase_reply" else "user"
        places = [max(i for i, one in enumerate(row["messages"]) if one["role"] == role) for row in rows]
        texts = [row["messages"][at]["content"] for row, at in zip(rows, places, strict=True)]
        for row, at, answer in zip(rows, places, self._rewriter(name)(texts), strict=True):
            changed = [row["messages"][at] | {"content": answer}]
            yield row, [] if answer is None else [*row["messages"][:at], *changed, *row["messages"][at + 1 :]]

    def _rewriter(self, name: str) -> Rewrite:
        config, settings, step = self.config, self.context.settings, self.context.progress.step
        instruction = config.instruction_reply if name == "paraphrase_reply" else config.instruction
        journal = Journal(self.context.scratch / f"{name}.jsonl")
        if name != "back_translation" and config.rewriter is Rewriter.endpoint:
            service = config.endpoint
            return Endpoint(
                url=str(service.url),
                model=str(service.model),
                key=os.environ.get(service.key, ""),
                seconds=service.seconds,
                retries=service.retries,
                parallel=service.parallel,
                temperature=config.temperature,
                max_tokens=config.max_new_tokens,
                instruction=instruction,
                journal=journal,
                step=step,
            )
        from alignment.checks import base_path
        from alignment.data.augmentation import local

        generation = Generation(
            temperature=config.temperature,
            top_p=1.0,
            top_k=0,
            max_new_tokens=config.max_new_tokens,
            batch_size=config.batch_size,
        )
        if name == "back_translation":
            pair = str(config.there), str(config.back)
            answer = local.round_trip(*pair, config.languages, settings.model, generation)
        else:
            source = config.rewriter_model or base_path(settings.model)
            seed = self.context.seed * 1000 + getattr(config, name).seed
            answer = local.chat_model(source, settings.model, instruction, generation, seed)
        return Batches(name=name, size=config.batch_size, answer=answer, journal=journal, step=step)


def summary(artifact: Artifact, context: Context) -> str:
    """Said when the stage is done: rows by method, and why others were rejected."""
    metrics = artifact.metrics
    added = ", ".join(f"{count} {name}" for name, count in metrics["added"].items() if count)
    rejected = ", ".join(f"{count} {name}" for name, count in metrics["rejected"].items() if count)
    return f"  {metrics['rows_in']} rows and new ones: {added or 'none'}; rejected: {rejected or 'none'}"
