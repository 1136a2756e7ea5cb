"""Versions of guidelines and rubric: when, by whom, what changed, and how many ratings were given under each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import gradio as gr
from gradio.events import Dependency

from alignment.feedback.documents import KINDS
from alignment.feedback.nouns import Version
from feedback_app.pages.frame import Frame, html
from feedback_app.render import plain
from feedback_app.tables import status

MARKS = {"+": "ins", "-": "del"}


def build(frame: Frame, chosen: gr.Dropdown) -> Callable[[Dependency], object]:
    """A part of the projects' tab. chosen: the project. Gives what is to follow an event that makes a version."""

    def found(actor: str, name: str | None, kind: str) -> str:
        return listed(frame.core.projects.versions(name, kind, actor=actor) if name else [])

    with gr.Accordion("Versions so far", open=False) as part:
        kind = gr.Radio(label="Of the", choices=list(KINDS), value=KINDS[0], interactive=True)
        shown_here = html("")
    look = {"fn": frame.guarded(found), "inputs": [chosen, kind], "outputs": shown_here, "show_progress": "hidden"}
    for event in (part.expand, kind.input, chosen.change):
        event(**look)
    return lambda event: event.then(**look)


def listed(found: Sequence[Version]) -> str:
    """All versions, the newest first and open."""
    if not found:
        return status("None was written yet.")
    newest = found[-1].version
    return (
        f'<div class="at stack versions">{"".join(shown(one, one.version == newest) for one in reversed(found))}</div>'
    )


def shown(one: Version, is_open: bool) -> str:
    """One version: its date and author as a line that opens to what changed and the whole text."""
    since = "built in"
    if one.created is not None:
        since = f"{datetime.fromtimestamp(one.created, UTC):%Y-%m-%d %H:%M} UTC by {one.author}"
    under = f"{one.ratings:,} rating{'s' if one.ratings != 1 else ''} under it"
    changed = "".join(line(text) for text in one.changes)
    changed = changed and f'<h3>What changed</h3><pre class="changes">{changed}</pre><h3>Text</h3>'
    return (
        f'<details class="card" data-version="{one.version}"{" open" if is_open else ""}>'
        f'<summary><b>Version {one.version}</b> <span class="muted small">{plain(since)} · {under}</span></summary>'
        f"{changed}<pre>{plain(one.text)}</pre></details>"
    )


def line(text: str) -> str:
    """A line of a unified diff; added and removed ones differ in more than colour: their sign stands before them."""
    tag = MARKS.get(text[:1], "span")
    return f"<{tag}>{plain(text) or ' '}</{tag}>"
