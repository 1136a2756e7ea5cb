"""The audit log: who changed what, when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from feedback_app.pages.frame import Frame, html
from feedback_app.tables import table

SHOWN = 200


def build(frame: Frame, page: gr.Blocks) -> None:
    def listed(actor: str) -> str:
        rows = [
            [
                datetime.fromtimestamp(one.at, UTC).strftime("%Y-%m-%d %H:%M:%S"),
                one.actor,
                one.action,
                one.subject,
                worded(one.detail),
            ]
            for one in frame.core.projects.audit(SHOWN, actor=actor)
        ]
        return table(("When (UTC)", "Who", "What", "Of", "Detail"), rows, stacked=True)

    with gr.Tab("Audit") as tab:
        log = html("")
    tab.select(frame.guarded(listed), None, log, show_progress="hidden")


def worded(detail: Mapping[str, Any]) -> str:
    """What was changed, as `name: value`; lists and objects as JSON."""
    return ", ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in detail.items()
    )
