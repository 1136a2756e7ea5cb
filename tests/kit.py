"""Small inputs for tests of the training stages: settings, a dataset and preferences made from the shipped brand."""

from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir

from alignment import pipeline, run
from alignment.artifact import Artifact, read_jsonl, write_jsonl
from alignment.pipeline import Context
from alignment.shipped import ASSETS


def configured(root: Path, *overrides: str) -> tuple[Any, dict[str, Any]]:
    """(settings, {stage: config}) of the shipped configuration, with overrides, without W&B."""
    with initialize_config_dir(str(run.conf_dir()), version_base="1.3"):
        return run.typed(compose("config", [f"root={root}", "run=test", "tracking=off", *overrides]))


def finished(root: Path, stage: str, kind_files: dict[str, list[dict[str, Any]]]) -> Artifact:
    """A finished artifact of a stage, made of the given JSON-lines files."""
    settings, configs = configured(root, f"stage={stage}")

    folder = root / "test" / f".{stage}.partial"
    folder.mkdir(parents=True, exist_ok=True)  # a test may have put a model there
    for name, rows in kind_files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_jsonl(folder / name, rows)
    context = Context(
        stage=stage,
        settings=settings,
        config=configs[stage],
        folder=folder,
        final=root / "test" / stage,
        inputs={},
        inputs_hash="0" * 64,
        tracker=pipeline.Tracker(folder),
        progress=pipeline.Progress(stage),
    )
    return context.finish({})


def transcripts(count: int) -> list[dict[str, Any]]:
    """Single-question dialogues of the embedded brand that end with a reply."""
    rows = read_jsonl(ASSETS / "southern_charm" / "transcripts.jsonl")
    good = [row for row in rows if len(row["messages"]) == 3 and row["messages"][-1]["content"].strip()]
    return [{"id": row["id"], "dialogue": row["id"], "messages": row["messages"]} for row in good[:count]]


def dataset(root: Path, train: int = 24, validation: int = 8) -> Artifact:
    rows = transcripts(train + validation)
    prompts = {
        f"prompts/{split}.jsonl": read_jsonl(ASSETS / "southern_charm" / "prompts" / f"{split}.jsonl")[:8]
        for split in ("train", "validation", "test")
    }
    return finished(root, "prepare", {"train.jsonl": rows[:train], "validation.jsonl": rows[train:], **prompts})


def pairs(count: int) -> list[dict[str, Any]]:
    """Pairs of a real reply and one in policy-speak."""
    made = []
    for i, row in enumerate(transcripts(count)):
        *prompt, reply = row["messages"]
        stiff = "Dear customer, please be advised that " + reply["content"][:40].lower()
        made.append(
            {
                "id": f"pair-{i}",
                "group": row["id"],
                "prompt": prompt,
                "chosen": [reply],
                "rejected": [{"role": "assistant", "content": stiff}],
                "margin": 1.0 + i % 3,
                "tags": {},
                "ratings": [f"r-{i}"],
                "simulated": True,
            }
        )
    return made


def preferences(root: Path, train: int = 24, validation: int = 8, test: int = 8) -> Artifact:
    rows = pairs(train + validation + test)
    files = {"train.jsonl": rows[:train], "validation.jsonl": rows[train:-test], "test.jsonl": rows[-test:]}
    return finished(root, "export", files)


def weights(artifact: Artifact) -> str:
    """sha256 of an artifact's weights."""
    return artifact.files["model/model.safetensors"]


def run_stage(root: Path, stage: str, *overrides: str) -> Artifact:
    settings, configs = configured(root, f"stage={stage}", *overrides)
    return pipeline.run_stages(configs, settings)[-1]
