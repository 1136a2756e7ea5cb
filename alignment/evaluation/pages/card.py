"""The card of a promoted model: what it was made from, its figures with intervals, its limits, where it comes from."""

import json
from collections.abc import Sequence
from typing import Any

from alignment.artifact import Artifact, ancestry
from alignment.data.bias import KINDS
from alignment.evaluation.gate import Check

SHOWN = {
    "voice": "replies in the brand's voice",
    "needless_apology": "needless apologies",
    "facts": "facts right",
    "facts_minus_base": "facts right, minus base",
    "win_rate_vs_sft": "wins over SFT",
    "length_controlled_win_rate_vs_sft": "wins over SFT, length held equal",
    "forgetting_vs_base": "forgetting of general text, nats a token",
    "openers": "different openers",
    "top_opener": "share of the commonest opener",
    "length": "words a reply",
    "kl": "KL to SFT, nats a reply",
    "reward": "reward, of the model optimised",
    "reward_heldout": "reward, of a held-out model",
    "latency": "seconds a reply",
}


def card(
    policy: Artifact,
    evaluation: Artifact,
    model: str,
    checks: Sequence[Check],
    licence: str | None,
    override: str | None,
    signed: str | None,
) -> str:
    """Markdown, after Mitchell et al. 2019, Model Cards for Model Reporting."""
    line = ancestry([policy.path])
    by_kind = {one.kind: one for one in line}
    base = policy.config.get("model", {}).get("name", "unknown")
    unknown = f"not given (promote.licence); that of the base model, {base}, holds in any case"
    own = "Apache-2.0, that of the embedded base model" if base == "embedded" else unknown
    parts = [
        f"# {policy.run}/{policy.stage}",
        f"- weights: sha256 {policy.sha256}\n- made: {policy.created}, seed {policy.seed}\n- base model: {base}\n"
        f"- brand: {policy.config.get('brand', {}).get('folder', 'none')}\n- licence: {licence or own}",
    ]
    if override:
        parts.append(f"**Promoted by override.** {override} Signed: {signed}.")
    parts += [
        "## Data\n\n" + _data(by_kind.get("dataset")),
        "## Ratings\n\n" + _ratings(by_kind),
        "## Figures\n\n" + _figures(evaluation, model),
        "## Gate\n\n" + _table(("criterion", "figure", "outcome", "value", "low", "high", "asked"), _rows(checks)),
        "## Limits\n\n" + _limits(by_kind, evaluation, checks),
        "## Lineage\n\n" + _table(("artifact", "kind", "made", "sha256"), _line(line)),
    ]
    return "\n\n".join(parts) + "\n"


def _data(dataset: Artifact | None) -> str:
    if dataset is None:
        return "The dataset is no longer there."
    found = dataset.metrics
    removed = ", ".join(f"{name} {count}" for name, count in found.get("dropped", {}).items() if count) or "none"
    hidden = ", ".join(f"{name} {count}" for name, count in found.get("redacted", {}).items() if count) or "none"
    return (
        f"{found.get('rows_in')} records read, {found.get('rows_out')} kept. Dropped: {removed}. "
        f"Personal data replaced by placeholders: {hidden}. See the data card beside the dataset."
    )


def _ratings(by_kind: dict[str, Artifact]) -> str:
    preferences, ratings = by_kind.get("preferences"), by_kind.get("ratings")
    if preferences is None:
        return "Trained without preferences."
    found = preferences.metrics
    people, simulated = found.get("ratings_by_people"), found.get("ratings_simulated")
    text = f"{found.get('rows')} pairs"
    if people is not None:
        text += f" from {people} ratings by people and {simulated} by SIMULATED reviewers"
    agreed = found.get("agreement") or (ratings.metrics if ratings is not None else {})
    if agreed.get("alpha") is not None:
        ends = (agreed.get("alpha_low"), agreed.get("alpha_high"))
        said = _interval({"value": agreed["alpha"], "low": ends[0], "high": ends[1]})
        text += f". Agreement of the reviewers: Krippendorff's alpha {said}, ordinal"
    if agreed.get("same_side") is not None:
        text += f"; two who both saw a difference saw it on the same side in {agreed['same_side']:.0%} of cases"
    return text + "."


def _figures(evaluation: Artifact, model: str) -> str:
    names = [name for name in ("base", "sft", model) if name in evaluation.metrics]
    rows = []
    for figure, words in SHOWN.items():
        found = [evaluation.metrics[name].get(figure) for name in names]
        if any(found):
            rows.append((words, *(_interval(one) for one in found)))
    return "On test prompts that no training stage read; intervals at 95 %.\n\n" + _table(("figure", *names), rows)


def _interval(figure: Any) -> str:
    if not figure or figure.get("value") is None:
        return ""
    if figure.get("low") is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _rows(checks: Sequence[Check]) -> list[tuple[str, ...]]:
    return [
        (one.rule, one.figure, one.outcome, *(_number(value) for value in (one.value, one.low, one.high)), one.line)
        for one in checks
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _limits(by_kind: dict[str, Artifact], evaluation: Artifact, checks: Sequence[Check]) -> str:
    preferences = by_kind.get("preferences")
    points = ["The figures speak of prompts like the test prompts, and of nothing else."]
    names = [one.figure for one in checks]
    if unseen := [kind for kind in KINDS if not any(name.startswith(f"bias_{kind}_") for name in names)]:
        points.append(f"Whether it serves customers alike by {', '.join(unseen)} was not measured.")
    examined = evaluation.path / "trust.json"
    if examined.is_file():
        found = json.loads(examined.read_text(encoding="utf-8"))
        points += [f"Its reward model: {one['says']}" for name, one in found.items() if name == "optimised"]
    if any("SIMULATED" in name for name in names):
        points.append("Its blind A/B was judged by simulated reviewers, not by people.")
    if preferences is not None and preferences.metrics.get("ratings_simulated"):
        points.append("Its preferences come, in whole or in part, from simulated reviewers, not from people.")
    missing = [one.figure for one in checks if one.outcome == "absent"]
    if missing:
        points.append(f"Not measured: {', '.join(missing)}.")
    failed = [one.figure for one in checks if one.outcome == "failed"]
    if failed:
        points.append(f"Failed at the gate: {', '.join(failed)}.")
    return "\n".join(f"- {point}" for point in points)


def _line(line: Sequence[Artifact]) -> list[tuple[str, ...]]:
    return [(f"{one.run}/{one.stage}", one.kind, one.created, one.sha256[:12]) for one in line]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [tuple(head), tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in cells)
