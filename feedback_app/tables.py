"""Status lines and tables of plain values as markup; everything in them is escaped."""

from __future__ import annotations

from collections.abc import Sequence

from feedback_app import render


def status(message: str, wrong: bool = False) -> str:
    lines = render.plain(message).replace("\n", "<br>")
    role, colour = ("alert", "var(--bad)") if wrong else ("status", "var(--ink)")
    return f'<p class="at small" role="{role}" style="color:{colour};margin:.4rem 0">{lines}</p>' if message else ""


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str = "Nothing yet.") -> str:
    """A table of plain values; every cell is escaped. Numbers stand right."""
    if not rows:
        return f'<p class="at muted">{render.plain(empty)}</p>'
    head = "".join(f"<th scope=col>{render.plain(name)}</th>" for name in columns)
    body = "".join("<tr>" + "".join(cell(value) for value in row) + "</tr>" for row in rows)
    inner = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="at scroll"><table class="figures">{inner}</table></div>'


def cell(value: object) -> str:
    if isinstance(value, Markup):
        return f"<td>{value}</td>"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"<td class=number>{value:,}</td>" if isinstance(value, int) else f"<td class=number>{value:.2f}</td>"
    return f"<td>{'–' if value is None else render.plain(value)}</td>"


class Markup(str):
    """Markup made by us, for a cell of a table."""
