"""Fake stage with a parent."""

from dataclasses import dataclass
from typing import Any

from alignment.artifact import Artifact, read_jsonl

KIND = "policy"
NEEDS = {"dataset": "first"}
USES = ("model", "peft")


@dataclass(kw_only=True)
class Config:
    beta: float
    names: list[str]
    label: str | None


def run(config: Config, context: Any) -> Artifact:
    rows = read_jsonl(context.input("dataset").path / "rows.jsonl")
    total = sum(row["n"] for row in rows) * config.beta
    (context.folder / "model").mkdir(exist_ok=True)
    (context.folder / "model" / "weights.txt").write_text(str(total))
    return context.finish({"total": total, "rows": len(rows)}, {"rows": "0" * 64})


def summary(artifact: Artifact, context: Any) -> str:
    return f"the total is {artifact.metrics['total']}"
