"""Columns of judged rows as arrays, and estimates as the four numbers that artifacts hold."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from alignment import stats

Row = Mapping[str, Any]
Figure = dict[str, float | int | None]


def as_figure(estimate: stats.Estimate | stats.WinRate) -> Figure:
    """{"value", "low", "high", "n"} as JSON holds them: NaN becomes null."""
    value = estimate.mean if isinstance(estimate, stats.WinRate) else estimate.value
    numbers = {"value": value, "low": estimate.low, "high": estimate.high}
    return {**{name: float(x) if math.isfinite(x) else None for name, x in numbers.items()}, "n": estimate.n}


def column(rows: Sequence[Row], name: str) -> list[float]:
    """The column's numbers, rows without one left out."""
    return [float(row[name]) for row in rows if row.get(name) is not None]


def paired(rows: Sequence[Row], others: Sequence[Row], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Two (N,) arrays of a column, by prompt id, where both models have it."""
    by_id = {row["id"]: row.get(name) for row in others}
    both = [(row[name], by_id.get(row["id"])) for row in rows if row.get(name) is not None]
    array = np.array([pair for pair in both if pair[1] is not None], dtype=float).reshape(-1, 2)
    return array[:, 0], array[:, 1]
