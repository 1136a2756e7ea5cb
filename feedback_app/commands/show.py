"""How commands print and read."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alignment.errors import UserError
from alignment.feedback.desk import App


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as text columns."""
    lines = [tuple(head), *(tuple(plain(cell) for cell in row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def plain(value: Any) -> str:
    """A cell: numbers short, nothing as a dash, control characters escaped."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3g}"
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(value))


def when(seconds: float) -> str:
    """A time in UTC, to the minute."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def as_json(value: Any) -> str:
    """Plain dataclasses as JSON; not-a-number becomes null."""
    return json.dumps(_clean(asdict(value)), indent=2, ensure_ascii=False)


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _clean(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    return None if isinstance(value, float) and value != value else value


def read_file(name: str) -> str:
    """A file's text, or standard input for -. UserError where it cannot be read."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"cannot read {name}: {error.strerror}", "a readable file") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{name} is not UTF-8 text (byte {error.start})", "UTF-8") from error


def project_of(core: App, name: str | None) -> str:
    """The project named, or the only one there is. UserError where that leaves a choice."""
    if name is not None:
        return core.projects.get(name).name
    names = core.projects.names()
    if len(names) == 1:
        return names[0]
    raise UserError(
        f"{len(names)} projects" if names else "no project yet",
        f"--project with one of {', '.join(names)}" if names else "",
        "" if names else "python -m feedback_app project create NAME",
    )
