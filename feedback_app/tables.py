"""Status lines and tables of plain values as markup; everything in them is escaped."""

from __future__ import annotations

from collections.abc import Sequence

from feedback_app import render

SHORT = 24  # characters of a cell that is never broken over lines


def status(message: str, wrong: bool = False) -> str:
    lines = render.plain(message).replace("\n", "<br>")
    role, colour = ("alert", "var(--bad)") if wrong else ("status", "var(--ink)")
    return f'<p class="at small" role="{role}" style="color:{colour};margin:.4rem 0">{lines}</p>' if message else ""


def table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str = "Nothing yet.", stacked: bool = False
) -> str:
    """A table of plain values; every cell is escaped. Columns of numbers stand right.

    stacked: on a phone each row becomes a block of its cells, where long texts would be columns of a few letters.
    """
    if not rows:
        return f'<p class="at muted">{render.plain(empty)}</p>'
    kinds = ["number" if all(map(is_number, column)) else "" for column in zip(*rows, strict=True)]
    head = "".join(
        f'<th scope="col" class="{kind}">{render.plain(name)}</th>' for name, kind in zip(columns, kinds, strict=True)
    )
    body = "".join("<tr>" + "".join(map(cell, row, kinds, columns)) + "</tr>" for row in rows)
    inner = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="at scroll"><table class="figures{" stacked" if stacked else ""}">{inner}</table></div>'


def is_number(value: object) -> bool:
    """Whether a cell is a number, or the lack of one."""
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def cell(value: object, kind: str, column: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        words = f"{value:,}"
    elif isinstance(value, float):
        words = f"{value:.2f}"
    else:
        words = "–" if value is None else render.plain(value)
    kinds = f"{kind} short" if len(words) <= SHORT else kind
    return f'<td class="{kinds.strip()}" data-label="{render.plain(column)}">{words}</td>'
