"""Charts as SVG with honest axes: bars begin at zero, shares run from 0 to 1, intervals show how little is known.

Every chart has a text alternative; its colours are the page's, so it follows light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from feedback_app.render import plain

WIDTH, LABELS, NOTES, LINE = 420, 162, 56, 30  # of a chart, its labels, its figures, a row: units of the drawing
COLOURS = ("var(--accent)", "#c2662d", "#4a6fb3", "#a0558f", "#7d7a2c", "#5b8f93")
DASHES = ("", "6 3", "2 3", "8 3 2 3", "12 4", "1 4")  # series differ in more than colour


@dataclass(frozen=True)
class Bar:
    """One row: value drawn from zero; low and high: an interval over it, where there is one."""

    label: str
    value: float
    note: str = ""
    low: float | None = None
    high: float | None = None


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers that cover low … high, `about` that many; the first <= low, the last >= high."""
    if not high > low:
        high = low + (abs(low) / 10 or 1.0)
    step = 10 ** math.floor(math.log10((high - low) / about))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= about)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def bars(title: str, rows: Sequence[Bar], top: float | None = None, mark: float | None = None) -> str:
    """Horizontal bars from zero. top: the axis' end, by default past the largest; mark: a line to compare with."""
    if not rows:
        return empty(title)
    ends = [value for row in rows for value in (row.value, row.high) if value is not None]
    axis = ticks(0.0, top if top is not None else max(*ends, 1e-9))
    place = scale(axis)
    body = grid(axis, place, len(rows))
    for number, row in enumerate(rows):
        y = number * LINE + 6
        body += label(row.label, y + 13)
        width = place(row.value) - place(0)
        body += (
            f'<rect x="{place(0):.1f}" y="{y}" width="{max(width, 0):.1f}" height="18" rx="2" fill="var(--accent)"/>'
        )
        if row.low is not None and row.high is not None:
            body += whisker(place(row.low), place(row.high), y + 9, "var(--ink)")
        body += f'<text x="{WIDTH - 4}" y="{y + 14}" text-anchor="end" fill="var(--ink)">{plain(row.note)}</text>'
    if mark is not None:
        body += rule(place(mark), len(rows), "4 3")
    return drawn(title, body, len(rows) * LINE + 34, [f"{row.label}: {row.note or f'{row.value:g}'}" for row in rows])


def intervals(title: str, rows: Sequence[Bar], mark: float | None = 0.0) -> str:
    """A dot and its interval a row, on an axis that holds them all. mark: a line to compare with."""
    found = [value for row in rows for value in (row.low, row.value, row.high) if value is not None]
    found = [value for value in found if math.isfinite(value)]
    if not found:
        return empty(title)
    axis = ticks(min([*found, *([] if mark is None else [mark])]), max([*found, *([] if mark is None else [mark])]))
    place = scale(axis)
    body = grid(axis, place, len(rows))
    if mark is not None:
        body += rule(place(mark), len(rows), "4 3")
    for number, row in enumerate(rows):
        y = number * LINE + 15
        body += label(row.label, y + 4)
        if row.low is not None and row.high is not None and math.isfinite(row.low + row.high):
            body += whisker(place(row.low), place(row.high), y, "var(--accent)")
        if math.isfinite(row.value):
            body += f'<circle cx="{place(row.value):.1f}" cy="{y}" r="5" fill="var(--accent)"/>'
        body += f'<text x="{WIDTH - 4}" y="{y + 4}" text-anchor="end" fill="var(--ink)">{plain(row.note)}</text>'
    return drawn(title, body, len(rows) * LINE + 34, [f"{row.label}: {row.note}" for row in rows])


def lines(title: str, series: Mapping[str, Sequence[tuple[float, float]]], below: str = "") -> str:
    """Curves over one x axis. below: what the x axis counts."""
    kept = {name: [one for one in points if all(map(math.isfinite, one))] for name, points in series.items()}
    kept = {name: points for name, points in kept.items() if points}
    if not kept:
        return empty(title)
    xs = [x for points in kept.values() for x, _ in points]
    ys = [y for points in kept.values() for _, y in points]
    across, up = ticks(min(0.0, *xs), max(xs)), ticks(min(ys), max(ys))
    left, right, height = 56.0, WIDTH - 12.0, 200.0

    def x_of(x: float) -> float:
        return left + (x - across[0]) / (across[-1] - across[0]) * (right - left)

    def y_of(y: float) -> float:
        return 10 + height - (y - up[0]) / (up[-1] - up[0]) * height

    body = ""
    for tick in up:
        y = y_of(tick)
        body += f'<path d="M{left} {y:.1f}H{right}" stroke="var(--line)"/>'
        body += f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end" fill="var(--muted)">{tick:g}</text>'
    for tick in across:
        y = height + 28
        body += f'<text x="{x_of(tick):.1f}" y="{y}" text-anchor="middle" fill="var(--muted)">{tick:g}</text>'
    body += f'<text x="{right}" y="{height + 46}" text-anchor="end" fill="var(--muted)">{plain(below)}</text>'
    if up[0] > 0:
        body += f'<text x="{left}" y="{height + 46}" fill="var(--muted)">the axis begins at {up[0]:g}</text>'
    for number, (name, points) in enumerate(kept.items()):
        colour, dash = COLOURS[number % len(COLOURS)], DASHES[number // len(COLOURS) % len(DASHES)]
        way = "M" + "L".join(f"{x_of(x):.1f} {y_of(y):.1f}" for x, y in points)
        body += f'<path d="{way}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        if len(points) == 1:
            body += f'<circle cx="{x_of(points[0][0]):.1f}" cy="{y_of(points[0][1]):.1f}" r="4" fill="{colour}"/>'
        y = height + 64 + 18 * number
        body += f'<path d="M{left} {y - 4}h22" stroke="{colour}" stroke-width="3" stroke-dasharray="{dash}"/>'
        body += f'<text x="{left + 30}" y="{y}" fill="var(--ink)">{plain(name)}</text>'
    ends = [f"{name}: from {points[0][1]:.3g} to {points[-1][1]:.3g}" for name, points in kept.items()]
    return drawn(title, body, int(height) + 62 + 18 * len(kept), ends)


def scale(axis: Sequence[float]) -> Callable[[float], float]:
    """Where a value stands on a horizontal axis."""
    left, right = LABELS, WIDTH - NOTES
    return lambda value: left + (value - axis[0]) / (axis[-1] - axis[0]) * (right - left)


def grid(axis: Sequence[float], place: Callable[[float], float], rows: int) -> str:
    """The axis below the rows, and its lines through them."""
    body = ""
    for tick in axis:
        x = place(tick)
        body += f'<path d="M{x:.1f} 0V{rows * LINE + 4}" stroke="var(--line)"/>'
        body += f'<text x="{x:.1f}" y="{rows * LINE + 20}" text-anchor="middle" fill="var(--muted)">{tick:g}</text>'
    return body


def rule(x: float, rows: int, dash: str) -> str:
    return f'<path d="M{x:.1f} 0V{rows * LINE + 4}" stroke="var(--edge)" stroke-width="1.5" stroke-dasharray="{dash}"/>'


def whisker(low: float, high: float, y: float, colour: str) -> str:
    way = f"M{low:.1f} {y}H{high:.1f}M{low:.1f} {y - 5}v10M{high:.1f} {y - 5}v10"
    return f'<path d="{way}" stroke="{colour}" stroke-width="2"/>'


def label(text: str, y: float) -> str:
    short = text if len(text) <= 20 else f"{text[:6]}…{text[-13:]}"  # runs and models often differ at their ends
    return f'<text x="{LABELS - 8}" y="{y}" text-anchor="end" fill="var(--ink)">{plain(short)}</text>'


def empty(title: str) -> str:
    return f'<figure class="at chart"><figcaption>{plain(title)}</figcaption><p class="muted">Nothing yet.</p></figure>'


def drawn(title: str, body: str, height: int, said: Sequence[str]) -> str:
    """The chart with its title and its text alternative."""
    spoken = plain(f"{title}. " + "; ".join(said))
    return (
        f'<figure class="at chart"><figcaption>{plain(title)}</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{spoken}" font-size="13">{body}</svg></figure>'
    )
