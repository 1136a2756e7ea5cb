"""The training curves of runs, from the `metrics.jsonl` that every stage leaves in its folder."""

from __future__ import annotations

import json
from pathlib import Path

Curve = list[tuple[float, float]]
FIRST = ("yardstick/", "eval", "loss", "reward", "export/")  # names that are shown before the others
POINTS = 400  # of a curve; a longer one is thinned evenly


def runs(root: Path) -> list[str]:
    """Runs under the root that have a metrics.jsonl, newest first."""
    newest: dict[str, float] = {}
    for path in root.glob("*/*/metrics.jsonl"):
        run = path.parent.parent.name
        newest[run] = max(newest.get(run, 0.0), path.stat().st_mtime)
    return sorted(newest, key=lambda run: -newest[run])


def curves(root: Path, run: str) -> dict[str, dict[str, Curve]]:
    """{metric: {stage: [(step, value)]}} of a run. A last line that is being written is left out."""
    if run not in runs(root):
        return {}
    found: dict[str, dict[str, Curve]] = {}
    for path in sorted((root / run).glob("*/metrics.jsonl")):
        stage = path.parent.name.removeprefix(".").removesuffix(".partial")
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if not isinstance(row, dict) or not isinstance(row.get("step"), int | float):
                continue
            for name, value in row.items():
                if name not in ("step", "time") and isinstance(value, int | float) and not isinstance(value, bool):
                    found.setdefault(name, {}).setdefault(stage, []).append((float(row["step"]), float(value)))
    for stages in found.values():
        for stage, curve in stages.items():
            stages[stage] = thinned(curve)
    return dict(sorted(found.items(), key=lambda one: (order(one[0]), one[0])))


def order(name: str) -> int:
    return next((place for place, start in enumerate(FIRST) if start in name), len(FIRST))


def thinned(curve: Curve) -> Curve:
    """At most `POINTS` of the points, the last always."""
    every = -(-len(curve) // POINTS)
    return [*curve[:-1:every], curve[-1]] if every > 1 else curve
