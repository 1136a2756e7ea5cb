"""The pages, each a Gradio app of its own under a path of its own, opened to a role.

Hiding is no protection in Gradio: a page's handlers can be called by number, and its layout is sent to whoever may
open it. So each page is mounted apart, behind its role, all its routes are locked, and each handler checks the role
again.
"""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from fastapi import FastAPI

from alignment.feedback.nouns import Role
from feedback_app.door import Door, Locks
from feedback_app.pages import adjudicate, chat, dashboard, frame, owner, rate

PAGES = (
    (rate, "/rate", Role.reviewer),
    (chat, "/chat", Role.reviewer),
    (adjudicate, "/adjudicate", Role.adjudicator),
    (dashboard, "/dashboard", Role.adjudicator),
    (owner, "/owner", Role.admin),
)


def mount(site: FastAPI, entrance: Door, root: Path) -> None:
    """Adds the pages to the site. root: folder of the runs, for their training curves."""
    checks = {path: entrance.opener(role, path) for _, path, role in PAGES}
    for module, path, role in PAGES:
        gr.mount_gradio_app(
            site,
            module.build(frame.Frame(entrance.core, root, role)),
            path=path,
            auth_dependency=checks[path],
            footer_links=[],  # no link to an API page
            run_history=False,  # else prompts land in the browser's localStorage
            enable_monitoring=False,
            show_error=False,
            ssr_mode=False,
            theme=frame.THEME,
            head=frame.head(module.SCRIPTS),
            max_file_size="60mb",
        )
    site.add_middleware(Locks, checks=checks)
