"""The owner's report: one HTML file with everything needed to decide, and no request to any host.

`gather` finds the artifacts, `build` turns them into what the page shows (plain values), `render` into HTML. Text that
models or customers wrote is escaped by the template; a content security policy forbids scripts and requests besides.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from alignment.artifact import Artifact, ancestry, read_jsonl
from alignment.evaluation.pages import charts, report_evidence
from alignment.evaluation.pages.charts import Line
from alignment.evaluation.pages.report_figures import FIGURE_NAMES, HARM, Model, bars, figure_rows, interval, wins
from alignment.evaluation.pages.templating import fill
from alignment.evaluation.replies import by_intent, rule_failures, side_by_side, top_openers
from alignment.evaluation.verdict import Criterion, Finding, judge

Rows = list[dict[str, Any]]

CURVES = (
    ("yardstick/voice", "Replies in the brand's voice", "replies that pass", True),
    ("yardstick/facts", "Replies with all facts right", "replies with facts right", True),
    ("yardstick/reward", "Reward model's score", "reward, mean", False),
    ("yardstick/length", "Length of replies", "words a reply", False),
)
BASELINES = (
    ("accuracy", "reward model"),
    ("bag_of_words", "bag of words"),
    ("length_only", "“the longer one”"),
    ("constant", "constant"),
)
SPLITS = {
    "test": "held-out pairs",
    "validation": "validation pairs (used to choose the checkpoint)",
    "heldout_tag": "pairs with held-out tags",
}


def gather(evaluation: Artifact, folders: Sequence[Path] = ()) -> list[Artifact]:
    """The evaluation, the artifacts in `folders`, and all their ancestors that are still there, parents first."""
    return ancestry((*map(Path, folders), evaluation.path))


def build(
    evaluation: Artifact, artifacts: Sequence[Artifact], criteria: Sequence[Criterion], final: str, examples: int
) -> dict[str, Any]:
    """What the page shows. `final`: the model that is judged; `examples`: how many prompts are shown side by side."""
    models: dict[str, Model] = evaluation.metrics
    replies = {name: read_jsonl(evaluation.path / "replies" / f"{name}.jsonl") for name in models}
    verdict = judge(final, models[final], criteria)
    return {
        "run": evaluation.run,
        "created": evaluation.created,
        "final": final,
        "models": list(models),
        "prompts": len(replies[final]),
        "verdict": verdict,
        "findings": [_finding(finding) for finding in verdict.findings],
        "ratings": ratings(artifacts),
        "bars": bars(models),
        "figures": figure_rows(models, len(replies[final])),
        "more_figures": figure_rows(models, len(replies[final]), HARM),
        "tasks": report_evidence.tasks(evaluation),
        "wins": wins(models),
        "tests": report_evidence.tests(evaluation, final),
        "bias": report_evidence.bias(evaluation, final),
        "tradeoff": tradeoff(evaluation, models),
        "best_of": report_evidence.best_of(evaluation),
        "curves": curves(artifacts, list(models)),
        "examined": report_evidence.trust(evaluation),
        "trust": trust(artifacts),
        "rules": rule_failures(replies, str(evaluation.config.get("brand", {}).get("folder", "none"))),
        "intents": by_intent(replies),
        "examples": side_by_side(replies, final, examples),
        "top_openers": {name: top_openers(rows) for name, rows in replies.items()},
        "lineage": lineage(artifacts),
        "counts": [(one, _scalars(one.metrics)) for one in artifacts if one.stage != evaluation.stage],
        "versions": evaluation.versions,
        "command": reproduce(evaluation),
    }


def render(page: Mapping[str, Any]) -> str:
    """The HTML of a page as `build` returns it. Everything but our own SVG is escaped."""
    return fill("report.html.j2", **page)


def ratings(artifacts: Sequence[Artifact]) -> dict[str, Any]:
    """Whose ratings the preferences rest on. `simulated`: any of them by simulated reviewers; False where unknown."""
    exported = next((one for one in reversed(artifacts) if one.kind == "preferences"), None)
    rated = next((one for one in reversed(artifacts) if one.kind == "ratings"), None)
    known = exported.metrics if exported else {}
    agreed = known.get("agreement") or (rated.metrics if rated else {})
    simulated = known.get("simulated")
    return {
        "known": exported is not None,
        "simulated": bool(simulated),
        "source": known.get("source"),
        "people": known.get("ratings_by_people") or 0,
        "panel": known.get("ratings_simulated") or 0,
        "used": known.get("ratings"),
        "rows": known.get("rows"),
        "reviewers": known.get("reviewers") or {},
        "same_side": agreed.get("same_side"),
        "alpha": agreed.get("alpha"),
        "alpha_ends": [agreed[end] for end in ("alpha_low", "alpha_high") if agreed.get(end) is not None],
    }


def curves(artifacts: Sequence[Artifact], models: Sequence[str]) -> list[dict[str, Any]]:
    """The yardstick's curves of every stage that logged them, and reward against KL."""
    logged = {}
    for one in artifacts:
        path = one.path / "metrics.jsonl"
        lines = [line for line in read_jsonl(path) if "yardstick/samples" in line] if path.is_file() else []
        if lines:
            logged[_label(one, artifacts)] = lines
    places = {name: place for place, name in enumerate(dict.fromkeys([*models, *logged]))}
    made = []
    for key, title, y_label, share in CURVES:
        curve = [Line(name, _points(rows, "yardstick/samples", key), places[name]) for name, rows in logged.items()]
        made.append(_chart(curve, title, "training samples read", y_label, share))
    against = [
        Line(
            name,
            _points(rows, "yardstick/kl", "yardstick/reward"),
            places[name],
            [f"{charts.number(r['yardstick/samples'])} samples" for r in rows if r.get("yardstick/kl") is not None],
        )
        for name, rows in logged.items()
    ]
    made.append(_chart(against, "Reward against KL", "KL to SFT, nats a reply", "reward, mean", False))
    return [one for one in made if one is not None]


def tradeoff(evaluation: Artifact, models: Mapping[str, Model]) -> dict[str, Any] | None:
    """Reward against KL on the test prompts: each model a point, best-of-n a line."""
    places = {name: place for place, name in enumerate(models)}
    lines = report_evidence.reward_against_kl(evaluation, models, places)
    title = "Reward against KL, test prompts"
    return _chart(lines, title, "KL to SFT, nats a reply", "reward, mean", False) if len(lines) > 1 else None


def _chart(lines: Sequence[Line], title: str, x_label: str, y_label: str, share: bool) -> dict[str, Any] | None:
    lines = [line for line in lines if line.points]
    if not lines:
        return None
    svg = charts.line_chart(lines, title=title, x_label=x_label, y_label=y_label, share=share)
    return {"title": title, "svg": Markup(svg), "legend": Markup(charts.legend(lines))}


def _points(rows: Rows, x: str, y: str) -> list[tuple[float, float]]:
    return [(float(row[x]), float(row[y])) for row in rows if row.get(x) is not None and row.get(y) is not None]


def trust(artifacts: Sequence[Artifact]) -> list[dict[str, Any]]:
    """A block for each reward model and split: accuracy beside the baselines, on all and on length-matched pairs."""
    blocks = []
    for one in artifacts:
        held_out = one.metrics.get("held_out") if one.kind == "reward" else None
        for split, parts in (held_out or {}).items():
            for part, found in parts.items():
                if "accuracy" in found:
                    blocks.append(_trust_block(_label(one, artifacts), split, part, found))
    return blocks


def _trust_block(model: str, split: str, part: str, found: Mapping[str, Any]) -> dict[str, Any]:
    rows = [(name, interval(found[key], "%")) for key, name in BASELINES if key in found]
    accuracy, rivals = found["accuracy"], [(name, found[key]) for key, name in BASELINES[1:] if key in found]
    name, rival = max(rivals, key=lambda one: one[1]["value"], default=("constant", {"value": 0.5}))
    if accuracy["low"] is not None and accuracy["low"] > rival["value"]:
        says = f"Clearly better than {name}, the best of the baselines."
    else:
        says = f"Not clearly better than {name}: trust its scores no more than that."
    which = "all" if part == "all" else "pairs of like length"
    return {
        "title": f"{model}: {SPLITS.get(split, split)}, {which}",
        "n": found["n"],
        "rows": rows,
        "calibration": found.get("calibration_error"),
        "says": says,
    }


def lineage(artifacts: Sequence[Artifact]) -> list[dict[str, Any]]:
    """A row for each artifact, parents first: where it lies, its hash, what it was made from, and with what."""
    names = {one.path.resolve(): _label(one, artifacts) for one in artifacts}
    made = []
    for one in artifacts:
        parents = []
        for parent in one.parents:
            place = (one.path / parent["path"]).resolve()
            parents.append((parent["role"], names.get(place, place.name), parent["sha256"][:12]))
        made.append(
            {
                "name": names[one.path.resolve()],
                "kind": one.kind,
                "sha256": one.sha256[:12],
                "parents": parents,
                "seed": one.seed,
                "seconds": one.seconds,
                "created": one.created,
                "commit": (one.git_commit or "")[:12],
                "wandb": one.wandb_id,
            }
        )
    return made


def reproduce(evaluation: Artifact) -> str:
    """The command that runs the loop again, as far as it can be told from the evaluation's configuration."""
    model = evaluation.config.get("model", {}).get("name", "embedded")
    parts = ["python -m alignment.run", f"run={evaluation.run}_again", f"seed={evaluation.seed}"]
    return " ".join(parts if model == "embedded" else [*parts, f"model.name={model}"])


def _label(one: Artifact, artifacts: Sequence[Artifact]) -> str:
    """Its stage, with its run where two artifacts are of the same stage."""
    alike = [other for other in artifacts if other.stage == one.stage]
    return one.stage if len(alike) == 1 else f"{one.run}/{one.stage}"


def _finding(finding: Finding) -> dict[str, Any]:
    criterion = finding.criterion
    unit = FIGURE_NAMES[criterion.figure].unit if criterion.figure in FIGURE_NAMES else ""
    needed = f"{'at most' if criterion.at_most else 'at least'} {charts.with_unit(criterion.line, unit)}"
    if criterion.part == "low":
        needed = f"lower end of the interval {needed}"
    found = interval(finding.figure, unit) if finding.figure else "not measured"
    return {"words": criterion.words, "found": found, "needed": needed, "outcome": finding.outcome.value}


def _scalars(metrics: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Every number, yes/no and short text of an artifact's metrics, as (name, text)."""
    made: list[tuple[str, str]] = []
    for name, value in metrics.items():
        label = f"{prefix}{name.replace('_', ' ')}"
        if isinstance(value, Mapping):
            made += _scalars(value, f"{label}: ")
        elif isinstance(value, bool):
            made.append((label, "yes" if value else "no"))
        elif isinstance(value, int | float):
            made.append((label, charts.number(value)))
        elif isinstance(value, str) and len(value) <= 120:
            made.append((label, value))
    return made
