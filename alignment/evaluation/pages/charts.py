"""Line charts as inline SVG: no script, no font, no request. Colours come from the page's CSS (classes s0 to s5).

Axes are honest: a share's axis runs from 0 to 100 %, other axes are cut to round numbers around the data and say so
by their labels. Every point can be hovered (`<title>`); lines differ by shape as well as colour.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape

WIDTH, HEIGHT = 460, 290  # viewBox units; text stays legible when the chart is drawn 350 pixels wide
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 14, 46
SHAPES = ("circle", "square", "diamond", "triangle")  # with six colours, twelve lines that differ

SPACE = "\u00a0"  # between a number and its unit: no line break


@dataclass(frozen=True)
class Line:
    """A named line through (x, y) points, drawn in the order given.

    `place` chooses colour and shape, so that one model looks the same in every picture; `labels` are said on hover.
    """

    name: str
    points: Sequence[tuple[float, float]]
    place: int
    labels: Sequence[str] = ()


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) that enclose [low, high], about `count` of them."""
    if not high > low:
        margin = abs(low) * 0.1 or 1.0
        low, high = low - margin, high + margin
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw * 0.999)
    # a thousandth of a step beyond a round number (a KL of -1e-7) is no reason for another tick
    first, last = math.floor(low / step + 1e-3), math.ceil(high / step - 1e-3)
    return [round(i * step, 12) for i in range(first, last + 1)]


def number(value: float) -> str:
    """A number as people write it: 1,200 or 0.35 or −2, with a real minus sign and no trailing zeros."""
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return "0" if float(text.replace(",", "")) == 0 else text.replace("-", "\u2212")


def percent(value: float) -> str:
    """A share as a percentage, to a tenth."""
    return f"{number(round(value * 100, 1))}{SPACE}%"


def with_unit(value: float, unit: str) -> str:
    """A share ("%"), a difference of shares in percentage points ("points", with its sign), or a number ("")."""
    if unit == "%":
        return percent(value)
    if unit == "points":
        return f"{'+' if value > 0 else ''}{number(round(value * 100, 1))}{SPACE}points"
    return number(value)


def line_chart(
    lines: Sequence[Line], *, title: str, x_label: str, y_label: str, share: bool = False, include_zero: bool = False
) -> str:
    """An SVG element, or "" where no line has a point.

    Args:
        title: what the chart shows, read out by screen readers.
        share: y is a share; the axis is 0 to 100 %.
        include_zero: the y axis takes in 0.
    """
    lines = [
        replace(one, points=[p for p in one.points if math.isfinite(p[0]) and math.isfinite(p[1])]) for one in lines
    ]
    lines = [one for one in lines if one.points]
    if not lines:
        return ""
    xs = [x for one in lines for x, _ in one.points]
    ys = [y for one in lines for _, y in one.points] + ([0.0] if include_zero else [])
    x_ticks = ticks(min(0.0, *xs), max(xs), 4)
    y_ticks = [0.0, 0.25, 0.5, 0.75, 1.0] if share else ticks(min(ys), max(ys))
    across = _scale(x_ticks, LEFT, WIDTH - RIGHT)
    down = _scale(y_ticks, HEIGHT - BOTTOM, TOP)
    say = percent if share else number
    parts = [*_axes(x_ticks, y_ticks, across, down, say), *_axis_labels(x_label, y_label)]
    for one in lines:
        parts += _drawn(one, across, down, f"{x_label} {{x}}, {y_label} {{y}}", say)
    return (
        f'<svg class="chart" role="img" aria-label="{escape(title)}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f"{''.join(parts)}</svg>"
    )


def _scale(values: Sequence[float], start: float, end: float) -> Callable[[float], float]:
    low, high = values[0], values[-1]
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _axes(
    x_ticks: Sequence[float],
    y_ticks: Sequence[float],
    across: Callable[[float], float],
    down: Callable[[float], float],
    say: Callable[[float], str],
) -> list[str]:
    parts = []
    for y in y_ticks:
        at = down(y)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{say(y)}</text>')
    for x in x_ticks:
        at = across(x)
        parts.append(
            f'<line class="axis" x1="{at:.1f}" x2="{at:.1f}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 4}"/>'
        )
        anchor = "end" if at > WIDTH - RIGHT - 12 else "middle"
        parts.append(
            f'<text class="tick" x="{min(at, WIDTH - 2):.1f}" y="{HEIGHT - BOTTOM + 17}" text-anchor="{anchor}">'
            f"{number(x)}</text>"
        )
    bottom = HEIGHT - BOTTOM
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{bottom}" y2="{bottom}"/>')
    return parts


def _axis_labels(x_label: str, y_label: str) -> list[str]:
    middle_x, middle_y = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2
    return [
        f'<text class="label" x="{middle_x}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>',
        f'<text class="label" transform="translate(13 {middle_y}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_label)}</text>",
    ]


def _drawn(
    line: Line,
    across: Callable[[float], float],
    down: Callable[[float], float],
    words: str,
    say: Callable[[float], str],
) -> list[str]:
    place = line.place
    at = [(across(x), down(y)) for x, y in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    parts = [f'<polyline class="line s{place % 6}" points="{path}"/>'] if len(at) > 1 else []
    for i, ((x, y), (px, py)) in enumerate(zip(line.points, at, strict=True)):
        extra = f" ({line.labels[i]})" if i < len(line.labels) else ""
        said = escape(f"{line.name}: {words.format(x=number(x), y=say(y))}{extra}")
        parts.append(f'<g class="point s{place % 6}">{marker(place, px, py)}<title>{said}</title></g>')
    return parts


def marker(place: int, x: float, y: float, r: float = 3.6) -> str:
    """The SVG shape of line number `place` at (x, y)."""
    shape = SHAPES[place % len(SHAPES)]
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}"/>'
    corners = {
        "square": [(-r, -r), (r, -r), (r, r), (-r, r)],
        "diamond": [(0, -1.35 * r), (1.35 * r, 0), (0, 1.35 * r), (-1.35 * r, 0)],
        "triangle": [(0, -1.2 * r), (1.2 * r, r), (-1.2 * r, r)],
    }[shape]
    return f'<polygon points="{" ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)}"/>'


def legend(lines: Sequence[Line]) -> str:
    """An HTML list of the lines' names with their colour and shape."""
    items = []
    for one in lines:
        style = f"s{one.place % 6}"
        stroke = f'<line class="line {style}" x1="1" x2="25" y1="6" y2="6"/>'
        point = f'<g class="point {style}">{marker(one.place, 13, 6)}</g>'
        key = f'<svg class="key" viewBox="0 0 26 12" aria-hidden="true">{stroke}{point}</svg>'
        items.append(f"<li>{key}{escape(one.name)}</li>")
    return f'<ul class="legend">{"".join(items)}</ul>'


def interval_bar(value: float, low: float | None, high: float | None, place: int, said: str) -> str:
    """A share and its interval on a 0 to 100 % rail, as SVG. `said`: the numbers in words."""
    width, middle, style = 200, 9, f"s{place % 6}"
    ends = ""
    if low is not None and high is not None:
        x1, x2 = f"{low * width:.1f}", f"{high * width:.1f}"
        ends = f'<line class="interval {style}" x1="{x1}" x2="{x2}" y1="{middle}" y2="{middle}"/>'
    dot = f'<g class="point {style}">{marker(place, value * width, middle, 4.5)}<title>{escape(said)}</title></g>'
    return (
        f'<svg class="bar" role="img" aria-label="{escape(said)}" viewBox="-6 0 {width + 12} 18">'
        f'<line class="rail" x1="0" x2="{width}" y1="{middle}" y2="{middle}"/>{ends}{dot}</svg>'
    )
