"""Adjudication: conflicts and flags, by someone who sees all ratings."""

from __future__ import annotations

import gradio as gr

from feedback_app.components import markup
from feedback_app.pages.frame import BAR, Frame, html

SCRIPTS = ("adjudicate",)


def build(frame: Frame) -> gr.Blocks:
    with gr.Blocks(title="Adjudicate · Attune", analytics_enabled=False, fill_width=True) as page:
        html(BAR)
        html(markup("adjudicate"))
    return page
