"""The owner's page: people, projects, guidelines and rubric with their versions, import, export, audit."""

from __future__ import annotations

import gradio as gr

from feedback_app.pages import audit_tab, data_tab, people_tab, project_tab
from feedback_app.pages.frame import BAR, Frame, html

SCRIPTS = ()


def build(frame: Frame) -> gr.Blocks:
    with gr.Blocks(
        title="Manage · Attune", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)
    ) as page:
        html(BAR)
        with gr.Column(elem_classes="owner"):
            html('<h1 class="at">Manage</h1>')
            with gr.Tabs():
                people_tab.build(frame, page)
                project_tab.build(frame, page)
                data_tab.build(frame, page)
                audit_tab.build(frame, page)
    return page
