"""Live chat with two blind models."""

from __future__ import annotations

import gradio as gr

from feedback_app.components import markup
from feedback_app.pages.frame import BAR, Frame, html

SCRIPTS = ("chat",)


def build(frame: Frame) -> gr.Blocks:
    with gr.Blocks(title="Live chat · Attune", analytics_enabled=False, fill_width=True) as page:
        html(BAR)
        html(markup("chat"))
    return page
