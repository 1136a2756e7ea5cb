"""The audit log: who changed what, when."""

from __future__ import annotations

import json
from datetime import UTC, datetime

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
                json.dumps(dict(one.detail), ensure_ascii=False) if one.detail else "",
            ]
            for one in frame.core.projects.audit(SHOWN, actor=actor)
        ]
        return table(("When (UTC)", "Who", "What", "Of", "Detail"), rows, stacked=True)

    with gr.Tab("Audit") as tab:
        log = html("")
    tab.select(frame.guarded(listed), None, log, show_progress="hidden")
