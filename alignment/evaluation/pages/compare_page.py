"""The page of stage compare: one table, reward against KL, the tests, the recommendation. One file, no request."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from alignment.artifact import Artifact, read_jsonl
from alignment.evaluation.pages import charts
from alignment.evaluation.pages.charts import Line
from alignment.evaluation.pages.templating import fill
from alignment.evaluation.recommend import Metrics, Recommendation, Tests

FIGURES = (  # figure, its name for people, unit
    ("voice", "In the brand's voice", "%"),
    ("score", "Graded score", "%"),
    ("facts", "Facts right", "%"),
    ("win_rate_vs_sft", "Wins over SFT", "%"),
    ("length_controlled_win_rate_vs_sft", "Wins over SFT, at equal length", "%"),
    ("reward", "Reward", ""),
    ("reward_heldout", "Held-out reward", ""),
    ("kl", "KL to SFT, nats a reply", ""),
    ("openers", "Different openers", ""),
    ("top_opener", "Commonest opener", "%"),
    ("length", "Words a reply", ""),
)
Points = list[tuple[float, float]]


def paths(policies: Mapping[str, Artifact]) -> dict[str, Points]:
    """{policy: (KL, reward) on the validation prompts} as training went on; for best-of-n, as n grew."""
    found = {}
    for name, one in policies.items():
        log = one.path / "metrics.jsonl"
        lines = read_jsonl(log) if log.is_file() else []
        curve = one.metrics.get("curve", []) if one.stage == "best_of_n" else []
        points = [(row["kl"], row["reward"]["value"]) for row in curve if "reward" in row]
        points += [
            (row["yardstick/kl"], row["yardstick/reward"])
            for row in lines
            if "yardstick/kl" in row and "yardstick/reward" in row
        ]
        if points:
            found[name] = points
    return found


def render(
    run: str,
    metrics: Metrics,
    tests: Tests,
    advice: Recommendation,
    trained: Mapping[str, Points],
    by: str,
    prompts: int,
) -> str:
    """The HTML. trained: as `paths` gives it. prompts: how many test prompts there were."""
    models = list(metrics)
    lines = [Line(name, trained[name], models.index(name)) for name in models if name in trained]
    svg = charts.line_chart(lines, title="Reward against KL", x_label="KL to SFT, nats a reply", y_label="reward, mean")
    return fill(
        "compare.html.j2",
        run=run,
        models=models,
        chosen=advice.model,
        sentence=advice.sentence,
        separated=not advice.alike,
        by=by,
        prompts=prompts,
        figures=_table(metrics),
        chart=Markup(svg),
        legend=Markup(charts.legend(lines)),
        tests=[_test(test) for test in tests],
    )


def _table(metrics: Metrics) -> list[dict[str, Any]]:
    rows = []
    for figure, name, unit in FIGURES:
        cells = [_cell(own.get(figure), unit) for own in metrics.values()]
        if any(cells):
            rows.append({"name": name, "cells": cells})
    return rows


def _cell(figure: Mapping[str, Any] | None, unit: str) -> dict[str, str] | None:
    if figure is None or figure["value"] is None:
        return None
    return {"value": charts.with_unit(figure["value"], unit), "ends": _ends(figure, unit)}


def _ends(figure: Mapping[str, Any], unit: str) -> str:
    low, high = figure["low"], figure["high"]
    if low is None or high is None:
        return ""
    return f"{charts.with_unit(low, unit).split(charts.SPACE)[0]} to {charts.with_unit(high, unit)}"


def _test(test: Mapping[str, Any]) -> dict[str, Any]:
    unit = "points" if test["figure"] in {name for name, _, kind in FIGURES if kind == "%"} else ""
    found: Sequence[Any] = (test["difference"]["value"], test["p_holm"])
    return {
        "pair": f"{test['model']} − {test['other']}",
        "figure": test["figure"],
        "difference": charts.with_unit(found[0], unit),
        "ends": _ends(test["difference"], unit),
        "p": charts.number(found[1]) if found[1] >= 0.001 else "< 0.001",
        "differs": test["differs"],
    }
