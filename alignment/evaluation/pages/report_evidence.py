"""The report's parts that rest on the evaluation's own files: tests, bias, best-of-n, trust in the reward model."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from alignment.artifact import Artifact
from alignment.evaluation.pages import charts
from alignment.evaluation.pages.charts import Line
from alignment.evaluation.pages.report_figures import FIGURE_NAMES, Model, figure_rows, interval

SUBSETS = {
    "longer_is_right": "the longer reply is the better one",
    "longer_is_wrong": "the longer reply is the worse one",
    "equally_long": "both are equally long",
    "only_rejected_apologises": "only the worse one apologises needlessly",
    "only_chosen_apologises": "only the better one apologises needlessly",
}
WORST_TAGS = 5


def read(evaluation: Artifact, name: str) -> Any:
    """A JSON file of the evaluation; None where it has none."""
    path = evaluation.path / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def tests(evaluation: Artifact, final: str) -> dict[str, Any] | None:
    """The paired tests of the model that is judged, and how many tests the correction counts."""
    found = read(evaluation, "comparisons")
    rows = [_test(row) for row in found or [] if row["model"] == final]
    return {"rows": rows, "family": len(found)} if rows else None


def tasks(evaluation: Artifact) -> list[dict[str, Any]]:
    """The figures of each task of a mixture, on its own prompts; empty where prompts name none."""
    made = []
    for name, models in (read(evaluation, "tasks") or {}).items():
        prompts = max(own["openers"]["n"] for own in models.values())
        made.append({"name": name, "models": list(models), "prompts": prompts, "figures": figure_rows(models, prompts)})
    return made


def bias(evaluation: Artifact, final: str) -> dict[str, Any] | None:
    """Differences under counterfactual swaps, of the model that is judged."""
    found = (read(evaluation, "bias") or {}).get(final)
    if not found:
        return None
    harmed = [f"{row['kind']} ({_figure_name(row['figure'])})" for row in found if row["differs"]]
    says = f"Differs by {', '.join(harmed)}." if harmed else "No difference holds after correction."
    return {"rows": [_test(row) | {"kind": row["kind"]} for row in found], "says": says, "family": len(found)}


def _test(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = FIGURE_NAMES.get(row["figure"])
    unit = "points" if shown and shown.unit == "%" else ""
    better = {"higher": 1, "lower": -1}.get(shown.better if shown else "", 0)
    value = row["difference"]["value"] or 0
    verdict = "no difference shown"
    if row["differs"]:
        verdict = "differs" if not better else "better" if better * value > 0 else "worse"
    return {
        "figure": _figure_name(row["figure"]),
        "other": row.get("other"),
        "difference": interval(row["difference"], unit),
        "p": _p(row["p"]),
        "p_holm": _p(row["p_holm"]),
        "verdict": verdict,
    }


def _figure_name(figure: str) -> str:
    return FIGURE_NAMES[figure].name if figure in FIGURE_NAMES else figure.replace("_", " ")


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def reward_against_kl(evaluation: Artifact, models: Mapping[str, Model], places: Mapping[str, int]) -> list[Line]:
    """The test prompts' reward against KL: a point for each model, and the best-of-n curve where it was drawn."""
    lines = [
        Line(name + said, [(own["kl"]["value"], own[column]["value"])], places[name] + shift, ["test prompts"])
        for column, said, shift in (("reward", "", 0), ("reward_heldout", ", held-out reward", 3))
        for name, own in models.items()
        if own.get("kl") and own.get(column)
    ]
    for column, name in (("reward", "best of n"), ("reward_heldout", "best of n, held-out reward")):
        rows = [row for row in read(evaluation, "best_of_n") or [] if column in row]
        points = [(row["kl"], row[column]["value"]) for row in rows]
        if points:
            labels = [f"n = {row['n']}" for row in rows]
            lines.append(Line(name, points, len(places) + (column != "reward"), labels))
    return lines


def best_of(evaluation: Artifact) -> list[dict[str, Any]]:
    """The best-of-n table: n, KL and every figure as text."""
    rows = read(evaluation, "best_of_n") or []
    return [
        {
            "n": row["n"],
            "kl": charts.number(row["kl"]),
            "cells": [
                (_figure_name(name), interval(one, FIGURE_NAMES[name].unit if name in FIGURE_NAMES else ""))
                for name, one in row.items()
                if isinstance(one, dict)
            ],
        }
        for row in rows
    ]


def trust(evaluation: Artifact) -> list[dict[str, Any]]:
    """A block for each examined reward model: what it goes by in a sentence, then the numbers behind that."""
    names = {"optimised": "The reward model", "held_out": "The held-out reward model"}
    found = read(evaluation, "trust") or {}
    return [_examined(names.get(name, name), one) for name, one in found.items() if one.get("accuracy")]


def _examined(name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    human, ensemble = found.get("human"), found.get("ensemble")
    correlations, changed = found["correlations"], found["changed"]
    lines = [("Accuracy on held-out pairs", interval(found["accuracy"], "%"))]
    if over := found.get("minus_bag_of_words"):
        lines.append(("Above a word count", interval(over, "points")))
    if human:
        lines += [
            ("Against single ratings", interval(human["model"], "%")),
            ("Two raters agree", interval(human["agreement"], "%")),
            ("Ceiling for anyone, at most", interval(human["ceiling"], "%")),
        ]
    if held_out := found["raters"]["held_out"]:
        lines.append(("Against raters never trained on", interval(held_out, "%")))
    lines += [
        ("Calibration error", interval(found["calibration"]["error"], "")),
        ("Correlation with length", interval(correlations["length"], "")),
        ("Correlation with needless apology", interval(correlations["needless_apology"], "")),
        ("Part of the opener in its scores", interval(correlations["opener"]["share_of_variance"], "%")),
        ("Same preference with words shuffled", interval(changed["shuffled_words"], "")),
        ("Same preference under another question", interval(changed["other_question"], "")),
    ]
    if ensemble:
        lines += [
            ("Models that disagree on a pair", interval(ensemble["disagree"], "%")),
            *(
                (f"Accuracy {key.replace('_', ' ')}", interval(ensemble[key], "%"))
                for key in AGREEMENT
                if ensemble[key]
            ),
        ]
    return {
        "name": name,
        "kind": found["kind"],
        "says": found["says"],
        "blind": found.get("blind"),
        "good": found["kind"] == "better than counting words",
        "pairs": found["pairs"],
        "lines": lines,
        "subsets": [(SUBSETS.get(key, key), interval(one, "%"), one["n"]) for key, one in found["subsets"].items()],
        "raters": [
            (row["rater"], interval(row["accuracy"], "%"), interval(row["others"], "%"), row["in_training"])
            for row in found["raters"]["rows"]
        ],
        "tags": [
            (f"{row['tag']}: {row['value']}", interval(row["accuracy"], "%")) for row in found["tags"][:WORST_TAGS]
        ],
        "calibration": _calibration(found["calibration"]["bins"]),
    }


AGREEMENT = ("where_they_agree", "where_they_disagree")


def _calibration(bins: Sequence[Mapping[str, Any]]) -> Markup | None:
    """Stated chance of winning against the observed one; on the dashed diagonal they are the same."""
    points = [(one["said"], one["happened"]) for one in bins if one["n"]]
    if len(points) < 3:
        return None
    lines = [
        Line("stated = observed", [(0.0, 0.0), (1.0, 1.0)], 0),
        Line("this model", points, 1, [f"{one['n']} pairs" for one in bins if one["n"]]),
    ]
    svg = charts.line_chart(
        lines, title="Calibration", x_label="stated chance of winning", y_label="observed", share=True
    )
    return Markup(svg + charts.legend(lines))
