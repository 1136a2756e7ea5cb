"""A run with a finished `collect` or `prepare`, made by hand, for the stages that follow."""

from pathlib import Path
from typing import Any

from alignment import artifact as artifacts
from alignment.artifact import Artifact, write_jsonl
from alignment.feedback.incoming.candidates import collection_key, read_candidates
from alignment.feedback.records import Pair, Verdict
from alignment.feedback.store import open_store
from alignment.settings import (
    Attention,
    Brand,
    Device,
    Dtype,
    Generation,
    Model,
    Peft,
    PeftMethod,
    Settings,
    Tracking,
    TrackingMode,
)

FACTS = "You answer customers.\nitem: Magnolia Wreath\nprice: $48\nsize: 22 inches"
REPLIES = (
    "Hey there! Thanks so much for asking. The Magnolia Wreath is $48. Just holler if you need anything else!",
    "Please be advised that, as per our records, the Magnolia Wreath is $48.",
    "So sorry you had to ask! The Magnolia Wreath is $48. Once again, I apologize.",
    "The Magnolia Wreath is $84.",
)


def make_settings(root: Path, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "root": str(root),
        "run": "r",
        "stage": "all",
        "loop": [],
        "aligner": "dpo",
        "seed": 1,
        "threads": 1,
        "force": False,
        "debug": False,
        "model": Model(
            name="embedded",
            revision=None,
            dtype=Dtype.auto,
            device=Device.cpu,
            attention=Attention.auto,
            chat_template=None,
            gradient_checkpointing=False,
            trust_remote_code=False,
        ),
        "peft": Peft(method=PeftMethod.none, rank=1, alpha=1, dropout=0, target_modules="all-linear", freeze_layers=0),
        "generation": Generation(temperature=1, top_p=1, top_k=0, max_new_tokens=8, batch_size=1),
        "tracking": Tracking(mode=TrackingMode.off, project="attune", entity=None),
        "brand": Brand(folder="none"),
        "inputs": {},
    }
    return Settings(**{**values, **changes})


def make_artifact(settings: Settings, stage: str, kind: str, files: dict[str, list[dict[str, Any]]]) -> Artifact:
    """A finished stage of the run that holds these JSON-lines files."""
    final = Path(settings.root, settings.run, stage)
    partial = final.with_name(f".{stage}.partial")
    for name, rows in files.items():
        write_jsonl(partial / name, rows)
    record = Artifact(
        path=final,
        kind=kind,
        stage=stage,
        run=settings.run,
        created="2026-01-01T00:00:00+00:00",
        seconds=0.0,
        seed=settings.seed,
        versions={},
        git_commit=None,
        config={},
        config_hash="",
        inputs_hash="",
        parents=[],
        files={},
        fingerprints={},
        metrics={},
        wandb_id=None,
    )
    return artifacts.write(partial, record)


def candidates(prompts: int, replies: tuple[str, ...] = REPLIES) -> list[dict[str, Any]]:
    """Rows of a candidates.jsonl: the same replies to each of so many prompts."""
    return [
        {
            "prompt_id": f"p{prompt:03}",
            "prompt": [
                {"role": "system", "content": FACTS},
                {"role": "user", "content": f"how much is the magnolia wreath? ({prompt})"},
            ],
            "tags": {"intent": "price"},
            "response_id": f"p{prompt:03}-{number}",
            "text": reply,
            "model": "sft",
            "model_hash": "abc",
            "sampling": {"temperature": 1.0},
        }
        for prompt in range(prompts)
        for number, reply in enumerate(replies)
    ]


def collect(settings: Settings, rows: list[dict[str, Any]]) -> Artifact:
    """The run's finished `collect` with these candidates."""
    return make_artifact(settings, "collect", "candidates", {"candidates.jsonl": rows})


def people_rate(
    settings: Settings, parent: Artifact, strengths: dict[str, list[int]], prompts: int | None = None
) -> None:
    """Each named person rates the first pair (replies 0 and 1) of the first prompts with their strengths."""
    collection = collection_key(parent)
    with open_store(f"sqlite:///{settings.root}/feedback.sqlite") as store:
        store.add_candidates(collection, read_candidates(parent))
        for name, given in strengths.items():
            pairs = [Pair(f"p{n:03}", f"p{n:03}-0", f"p{n:03}-1") for n in range(len(given))]
            store.add_user(name)
            store.add_pairs(collection, pairs)
            store.rate(collection, [Verdict(*one) for one in zip(pairs, [name] * len(pairs), given, strict=True)])
