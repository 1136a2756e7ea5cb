"""Sample candidate replies from one or more policies, for people (or simulated reviewers) to rate."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from alignment.artifact import Artifact, hash_file, read_jsonl, write_jsonl
from alignment.data.library import recorded
from alignment.pipeline import Context
from alignment.settings import require

KIND = "candidates"
NEEDS = {"dataset": "prepare", "policy": "sft"}
USES = ("model", "generation")


@dataclass(kw_only=True)
class Config:
    candidates: int
    prompts: int
    temperature: float
    top_p: float
    top_k: int
    batch_size: int

    def __post_init__(self) -> None:
        require(
            self.candidates >= 2,
            f"collect.candidates={self.candidates}",
            "a whole number >= 2: one reply is nothing to rank",
        )
        require(self.prompts >= 0, f"collect.prompts={self.prompts}", "a whole number >= 0 (0 = all)")
        require(
            self.temperature > 0,
            f"collect.temperature={self.temperature}",
            "a number > 0: at 0 all candidates are the same",
        )
        require(0 < self.top_p <= 1, f"collect.top_p={self.top_p}", "a number above 0, up to 1")
        require(self.top_k >= 0, f"collect.top_k={self.top_k}", "a whole number >= 0 (0 = no limit)")
        require(self.batch_size >= 1, f"collect.batch_size={self.batch_size}", "a whole number >= 1")

    @property
    def sampling(self) -> dict[str, float]:
        return {"temperature": self.temperature, "top_p": self.top_p, "top_k": self.top_k}


def run(config: Config, context: Context) -> Artifact:
    from alignment.feedback.database.engine import default_url
    from alignment.feedback.incoming.candidates import FILE
    from alignment.feedback.store import open_store

    prompts = read_jsonl(context.input("dataset").path / "prompts" / "train.jsonl")
    prompts = prompts[: config.prompts] if config.prompts else prompts
    require(bool(prompts), "the dataset has no training prompts", "at least one", "set prepare.max_prompts")
    policies = context.inputs["policy"]
    batches = -(-len(prompts) * config.candidates // config.batch_size)
    context.progress.start(batches * len(policies), "batches")
    rows = [
        row for number, policy in enumerate(policies) for row in _from_policy(policy, number, prompts, config, context)
    ]
    context.progress.done()

    empty = [row for row in rows if not row["text"]]
    rows = [row for row in rows if row["text"]]
    write_jsonl(context.folder / FILE, rows)
    with open_store(default_url(context.settings.root)) as store:
        store.add_candidates(hash_file(context.folder / FILE), rows)
    different = len({(row["prompt_id"], row["text"]) for row in rows})
    return context.finish(
        {
            "prompts": len(prompts),
            "models": len(policies),
            "candidates": len(rows),
            "empty": len(empty),
            "different": different,
            "ended": sum(row["sampling"]["ended"] for row in rows) / max(1, len(rows)),
        },
        recorded(context.input("dataset").fingerprints),
    )


def _from_policy(
    policy: Artifact, number: int, prompts: list[dict[str, Any]], config: Config, context: Context
) -> Iterator[dict[str, Any]]:
    """The candidates of one policy, a file of finished batches kept in scratch so that a killed stage goes on."""
    from alignment import models, sampling

    source = models.model_folder(policy.path)
    tokenizer = models.load_tokenizer(source, context.settings.model)
    model = models.load_policy(source, context.settings.model)
    asked = [prompt for prompt in prompts for _ in range(config.candidates)]
    generation = replace(context.settings.generation, batch_size=config.batch_size, **config.sampling)
    folder = context.scratch / f"policy-{number}"
    folder.mkdir(exist_ok=True)
    done = 0
    while (folder / f"{done}.jsonl").exists():
        done += 1
    context.progress.step(done)
    conversations = [prompt["messages"] for prompt in asked]
    low = models.computes_bfloat16(context.settings.model)
    batches = sampling.sample(model, tokenizer, conversations, generation, context.seed * 1000 + number, done, low)
    for place, batch in enumerate(batches, done):
        write_jsonl(folder / f"{place}.jsonl", [{"text": one.text, "ended": one.ended} for one in batch])
        context.progress.step()
    drawn = [
        one for place in range(-(-len(asked) // config.batch_size)) for one in read_jsonl(folder / f"{place}.jsonl")
    ]
    for i, (prompt, one) in enumerate(zip(asked, drawn, strict=True)):
        yield {
            "prompt_id": prompt["id"],
            "prompt": prompt["messages"],
            "facts": prompt.get("facts", []),
            "tags": {"intent": prompt["intent"]} if "intent" in prompt else {},
            "response_id": f"{prompt['id']}-{number}-{i % config.candidates}",
            "text": one["text"],
            "model": f"{policy.run}/{policy.stage}",
            "model_hash": policy.sha256,
            "sampling": config.sampling | {"seed": context.seed, "ended": one["ended"]},
        }
