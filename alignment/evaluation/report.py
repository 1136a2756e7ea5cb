"""The owner's report: one HTML file with everything needed to decide, and no request to any host.

`gather` finds the artifacts, `build` turns them into what the page shows (plain values), `render` into HTML. Text that
models or customers wrote is escaped by the template; a content security policy forbids scripts and requests besides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from alignment.artifact import RECORD, Artifact, load, read_jsonl
from alignment.evaluation import charts
from alignment.evaluation.charts import Line
from alignment.evaluation.replies import by_intent, rule_failures, side_by_side, top_openers
from alignment.evaluation.verdict import Criterion, Finding, judge

Rows = list[dict[str, Any]]
Model = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Shown:
    """How a figure is shown: its name for people, its unit, which way is better, and what it means."""

    figure: str
    name: str
    unit: str  # "%": a share; "points": a difference of shares; "": a number
    better: str  # "higher", "lower" or ""
    means: str


FIGURES = (
    Shown("voice", "In the brand's voice", "%", "higher", "replies that keep every hard rule of the voice guide"),
    Shown("score", "Graded score", "%", "higher", "share of the weighted rules kept, mean over replies"),
    Shown("needless_apology", "Needless apologies", "%", "lower", "replies that say sorry though nothing went wrong"),
    Shown("facts", "Facts right", "%", "higher", "every required fact there, no number made up"),
    Shown("win_rate_vs_sft", "Wins over SFT", "%", "higher", "prompts with a higher graded score, ties one half"),
    Shown("failures_vs_sft", "Fewer failures than SFT", "%", "higher", "1 − failing replies ÷ SFT's failing replies"),
    Shown("apologies_vs_base", "Fewer needless apologies than base", "%", "higher", "1 − needless apologies ÷ base's"),
    Shown("facts_minus_base", "Facts right, against base", "points", "higher", "difference on the same prompts"),
    Shown("openers", "Different openers", "", "higher", "different first phrases over all replies"),
    Shown("top_opener", "Commonest opener", "%", "lower", "share of replies that begin with it"),
    Shown("distinct_2", "Distinct word pairs", "%", "", "different pairs of words over all pairs"),
    Shown("length", "Words a reply", "", "", "mean length"),
    Shown("reward", "Reward", "", "", "mean score of the reward model, in its own unit"),
    Shown("kl", "KL to SFT", "", "", "how far the policy moved from SFT, nats a reply"),
    Shown("perplexity", "Perplexity", "", "", "on held-out replies of the transcripts: their old, mixed voice"),
    Shown("chrf", "chrF", "", "higher", "likeness to a reference reply, 0 to 100"),
)
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
    found: dict[Path, Artifact] = {}

    def visit(folder: Path) -> None:
        place = folder.resolve()
        if place in found or not (place / RECORD).exists():
            return
        one = load(folder)
        for parent in one.parents:
            visit(folder / parent["path"])
        found[place] = one

    for folder in (*folders, evaluation.path):
        visit(Path(folder))
    return list(found.values())


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
        "bars": _bars(models),
        "figures": _figure_rows(models, len(replies[final])),
        "curves": curves(artifacts, list(models)),
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
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = charts.percent
    environment.filters["number"] = charts.number
    return environment.get_template("report.html.j2").render(**page)


def ratings(artifacts: Sequence[Artifact]) -> dict[str, Any]:
    """Whose ratings the preferences rest on. `simulated`: any of them by simulated reviewers; False where unknown."""
    exported = next((one for one in reversed(artifacts) if one.kind == "preferences"), None)
    rated = next((one for one in reversed(artifacts) if one.kind == "ratings"), None)
    known = exported.metrics if exported else {}
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
        "same_side": rated.metrics.get("same_side") if rated else None,
        "alpha": rated.metrics.get("alpha") if rated else None,
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
    rows = [(name, _interval(found[key], "%")) for key, name in BASELINES if key in found]
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
    unit = next((shown.unit for shown in FIGURES if shown.figure == criterion.figure), "")
    needed = f"{'at most' if criterion.at_most else 'at least'} {charts.with_unit(criterion.line, unit)}"
    if criterion.part == "low":
        needed = f"lower end of the interval {needed}"
    found = _interval(finding.figure, unit) if finding.figure else "not measured"
    return {"words": criterion.words, "found": found, "needed": needed, "outcome": finding.outcome.value}


def _bars(models: Mapping[str, Model]) -> list[dict[str, Any]]:
    """The three figures an owner asks for first, as bars: voice, facts, needless apologies."""
    made = []
    for shown in FIGURES:
        if shown.figure not in ("voice", "facts", "needless_apology"):
            continue
        bars = []
        for place, (name, own) in enumerate(models.items()):
            if (figure := own.get(shown.figure)) and figure["value"] is not None:
                said = f"{name}: {_interval(figure, '%')}"
                svg = charts.interval_bar(figure["value"], figure["low"], figure["high"], place, said)
                bars.append((name, Markup(svg), charts.percent(figure["value"])))
        if bars:
            made.append({"shown": shown, "bars": bars})
    return made


def _figure_rows(models: Mapping[str, Model], prompts: int) -> list[tuple[Shown, list[dict[str, Any] | None]]]:
    rows = []
    for shown in FIGURES:
        cells = [own.get(shown.figure) for own in models.values()]
        if any(cells):
            rows.append((shown, [_cell(figure, shown.unit, prompts) for figure in cells]))
    return rows


def _cell(figure: Mapping[str, Any] | None, unit: str, prompts: int) -> dict[str, Any] | None:
    """Value and interval as texts; n only where it is not the number of prompts."""
    if figure is None or figure["value"] is None:
        return None
    n = "" if figure["n"] in (None, prompts) else charts.number(figure["n"])
    return {"value": charts.with_unit(figure["value"], unit), "ends": _ends(figure, unit), "n": n}


def _interval(figure: Mapping[str, Any], unit: str) -> str:
    """ "93 % (91 to 95 %)", or the value alone where there is no interval."""
    if figure["value"] is None:
        return "undefined"
    ends = _ends(figure, unit)
    return charts.with_unit(figure["value"], unit) + (f" ({ends})" if ends else "")


def _ends(figure: Mapping[str, Any], unit: str) -> str:
    low, high = figure["low"], figure["high"]
    if low is None or high is None:
        return ""
    return f"{charts.with_unit(low, unit).split(charts.SPACE)[0]} to {charts.with_unit(high, unit)}"


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
