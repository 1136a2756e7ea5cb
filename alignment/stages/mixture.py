"""Several datasets as one, by weight: each row knows its task, so that what follows can report by task.

train.jsonl                       drawn by weight, and replayed rows; {"task"} on each, ids as <task>/<id>; none that
                                  stands in a held-out set of any task
validation.jsonl test.jsonl       all held-out rows of every task, and some of the replayed text
prompts/<split>.jsonl             all prompts, one of each task in turn
pairs/pairs.jsonl                 where a dataset has pairs

python -m alignment.run stage=mixture run=both inputs.dataset=[support/prepare,sales/prepare] mixture.weights=[2,1]
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alignment.artifact import Artifact, hash_file, read_jsonl, write_jsonl
from alignment.data import mixture
from alignment.data.duplicates import exact_key
from alignment.data.figures import with_zeros
from alignment.data.personal.detectors import TYPES
from alignment.data.personal.wanted import require_redaction
from alignment.data.splits import SPLITS
from alignment.errors import UserError
from alignment.inputs import Inputs
from alignment.pipeline import Context
from alignment.settings import Settings, require

KIND = "dataset"
NEEDS = {"dataset": "prepare"}
USES = ()
REFINES = "dataset"


@dataclass(kw_only=True)
class Config:
    tasks: list[str]
    weights: list[float]
    rows: int
    repeats: int
    replay: str | None
    replay_share: float
    replay_validation: float
    replay_redact: list[str]
    replay_country: str

    def __post_init__(self) -> None:
        bad = any(weight < 0 for weight in self.weights) or (self.weights and not sum(self.weights))
        require(not bad, f"mixture.weights={self.weights}", "numbers >= 0, one a dataset, not all 0")
        require(self.rows >= 0, f"mixture.rows={self.rows}", "a whole number >= 0 (0 = as many as there are)")
        require(self.repeats >= 1, f"mixture.repeats={self.repeats}", "a whole number >= 1")
        found = f"mixture.replay_share={self.replay_share}"
        require(0 <= self.replay_share < 1, found, "a share of all rows, 0 to below 1")
        found = f"mixture.replay_validation={self.replay_validation}"
        require(0 <= self.replay_validation < 1, found, "a share of the replayed rows, 0 to below 1")
        require_redaction("mixture.replay_redact", self.replay_redact, "mixture.replay_country", self.replay_country)
        wrong = [name for name in self.tasks if not name or "/" in name or name == mixture.REPLAY]
        require(not wrong, f"mixture.tasks: {', '.join(wrong)}", f"names without a slash, other than {mixture.REPLAY}")
        require(len(set(self.tasks)) == len(self.tasks), f"mixture.tasks={self.tasks}", "each name once")


def check(config: Config, settings: Settings) -> None:
    count = len(settings.inputs.get("dataset", ["this run's"]))
    for name in ("tasks", "weights"):
        given = getattr(config, name)
        require(len(given) in (0, count), f"mixture.{name}={given} for {count} datasets", "[] or one for each dataset")
    if config.replay:
        mixture.replay_files(config.replay)


def sources(config: Config, settings: Settings, inputs: Inputs) -> dict[str, str]:
    """sha256 of the files replayed."""
    if not config.replay:
        return {}
    return {f"replay/{file.name}": hash_file(file) for file in mixture.replay_files(config.replay)}


def run(config: Config, context: Context) -> Artifact:
    datasets = context.inputs["dataset"]
    names = config.tasks or task_names(datasets)
    given = [mixture.labelled(read_jsonl(one.path / "train.jsonl"), name) for name, one in named(names, datasets)]
    held_out = {split: held_out_rows(names, datasets, split) for split in SPLITS[1:]}
    kept_out = {exact_key(row["messages"]) for part in held_out.values() for row in part}
    train = [[row for row in rows if exact_key(row["messages"]) not in kept_out] for rows in given]
    sizes = [len(rows) for rows in train]
    wanted = mixture.quotas(config.weights or sizes, config.rows or sum(sizes))
    drawn = [mixture.draw(rows, count, context.seed, config.repeats) for rows, count in zip(train, wanted, strict=True)]
    again = mixture.Replay()
    if config.replay and config.replay_share:
        again = mixture.replay(
            config.replay, config.replay_validation, context.seed, config.replay_redact, config.replay_country
        )
        again.train = [row for row in again.train if exact_key(row["messages"]) not in kept_out]
        share = config.replay_share / (1 - config.replay_share)
        drawn.append(mixture.draw(again.train, round(share * sum(map(len, drawn))), context.seed, config.repeats))
    rows = [row for part in drawn for row in part]
    require(bool(rows), "mixture: no row is left for training", "a weight above 0 for a dataset with rows")
    write_jsonl(context.folder / "train.jsonl", rows)
    held_out["validation"] += again.validation
    for split, kept in held_out.items():
        write_jsonl(context.folder / f"{split}.jsonl", kept)
    for split in SPLITS:
        parts = read_each(names, datasets, f"prompts/{split}.jsonl")
        write_jsonl(context.folder / "prompts" / f"{split}.jsonl", mixture.interleaved(parts))
    if pairs := [row for part in read_each(names, datasets, "pairs/pairs.jsonl") for row in part]:
        write_jsonl(context.folder / "pairs" / "pairs.jsonl", pairs)
    every = [*names, *([mixture.REPLAY] if again.train else [])]
    counts = {split: Counter(row["task"] for row in part) for split, part in ({"train": rows} | held_out).items()}
    metrics: dict[str, Any] = {
        "rows_in": sum(map(len, given)) + len(again.train),
        "rows_out": len(rows),
        "tasks": {name: {split: count[name] for split, count in counts.items()} for name in every},
        "shares": {name: counts["train"][name] / len(rows) for name in every},
        "missing": {name: count - len(part) for name, count, part in zip(names, wanted, drawn, strict=False)},
        "held_out": {name: len(rows) - size for name, rows, size in zip(names, given, sizes, strict=True)},
        "replay_refused": again.refused,
        "redacted": with_zeros(again.redacted, TYPES),
    }
    context.tracker.log({f"mixture/share.{name}": share for name, share in metrics["shares"].items()}, step=0)
    return context.finish(metrics, sources(config, context.settings, context.inputs))


def named(names: Sequence[str], datasets: Sequence[Artifact]) -> list[tuple[str, Artifact]]:
    """Each dataset with its task."""
    return list(zip(names, datasets, strict=True))


def task_names(datasets: Sequence[Artifact]) -> list[str]:
    """The runs the datasets come from, where those differ; else a UserError says to name the tasks."""
    names = [one.run.replace("/", "-") for one in datasets]
    if len(set(names)) < len(names) or mixture.REPLAY in names:
        raise UserError(
            f"datasets of the runs {', '.join(names)}", "a name for each", "mixture.tasks=[first,second]: as you like"
        )
    return names


def read_each(names: Sequence[str], datasets: Sequence[Artifact], file: str) -> list[list[dict[str, Any]]]:
    """The rows of one file of every dataset that has it, labelled."""
    return [
        mixture.labelled(read_jsonl(one.path / file), name) for name, one in named(names, datasets) if file in one.files
    ]


def held_out_rows(names: Sequence[str], datasets: Sequence[Artifact], split: str) -> list[dict[str, Any]]:
    """Every held-out row of every task."""
    return [row for part in read_each(names, datasets, f"{split}.jsonl") for row in part]


def summary(artifact: Artifact, context: Context) -> str:
    """Said when the stage is done: what share of the rows each task has, and what weights could not be met."""
    metrics = artifact.metrics
    told = ", ".join(f"{share:.0%} {name}" for name, share in metrics["shares"].items())
    missing = ", ".join(f"{count} of {name}" for name, count in metrics["missing"].items() if count)
    more = f"; fewer rows than their weight asks for (mixture.repeats): {missing}" if missing else ""
    leaked = ", ".join(f"{count} of {name}" for name, count in metrics["held_out"].items() if count)
    left = f"; left out, since a task holds them out: {leaked}" if leaked else ""
    return f"  {metrics['rows_out']} rows: {told}{more}{left}"
