"""Import of candidates, gold items and an ensemble's scores; export for training."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import gradio as gr

from alignment.errors import UserError
from alignment.feedback.incoming.importing import parse_jsonl
from alignment.feedback.outgoing.exporting import Form, Gold, Surplus
from alignment.feedback.outgoing.preferences import Conflicts, Ties
from feedback_app import downloads
from feedback_app.commands.show import read_file
from feedback_app.commands.transfer import NO_TASK
from feedback_app.pages.frame import Frame, html, told
from feedback_app.pages.project_tab import need
from feedback_app.render import plain

HOW_ROWS = (
    '<p class="at small muted">JSON lines or CSV with the columns prompt and text, and if you have them prompt_id, '
    "response_id, model, facts, tags. In JSON lines a row may hold a list of responses. The same file again adds "
    "nothing.</p>"
)
HOW_GOLD = (
    '<p class="at small muted">JSON lines. A gold item: {"prompt_id", "order": [response ids, best first]}, or for the '
    'rubric {"prompt_id", "response_id", "scores": {dimension: 1 to 5}}. An ensemble\'s rewards: {"prompt_id", '
    '"response_id", "scores": [one a model]}.</p>'
)
EMPTIED = None  # a field after its import: a file mended on disk would else be sent again as it was

HOW_EXPORT = (
    '<p class="at small muted">A .zip of the rows and of their manifest, which states the policy for ties, conflicts, '
    "gold items and late ratings, what became of every pair, and the versions of guidelines and rubric.</p>"
)


def build(frame: Frame, page: gr.Blocks) -> None:
    projects = frame.core.projects

    def opened(actor: str, name: str | None) -> list[Any]:
        names = frame.projects()
        if name in names:  # another may be chosen before this comes back
            return [gr.Dropdown(choices=names), export_form(names)]
        return [gr.Dropdown(choices=names, value=names[0] if names else None), export_form(names)]

    def bring(actor: str, name: str, upload: str | None, folder: str) -> tuple[str, None]:
        def work() -> str:
            if not upload and not folder.strip():
                raise UserError("nothing to import", "a file, or the folder of a collect artifact")
            path = Path(upload) if upload else inside(frame.root, folder.strip())
            made = projects.import_path(need(name), path, actor=actor)
            idle = f" {made.idle} {NO_TASK}." if made.idle else ""
            return f"New: {made.items} prompts, {made.responses} replies, {made.tasks} tasks.{idle}"

        return told(work), EMPTIED

    def gold(actor: str, name: str, upload: str | None) -> tuple[str, None]:
        def work() -> str:
            return f"{projects.import_gold(need(name), rows_of(upload), actor=actor)} new gold items."

        return told(work), EMPTIED

    def scores(actor: str, name: str, upload: str | None) -> tuple[str, None]:
        def work() -> str:
            stored = projects.import_scores(need(name), rows_of(upload), actor=actor)
            return f"Scores of {stored} replies; the tasks are in order of disagreement."

        return told(work), EMPTIED

    with gr.Tab("Import and export") as tab:
        chosen = gr.Dropdown(label="Project to import into", choices=[], interactive=True)
        with gr.Row():
            with gr.Column():
                html('<h2 class="at">Prompts and replies</h2>')
                html(HOW_ROWS)
                upload = gr.File(
                    label="File", file_types=[".jsonl", ".csv", ".gz"], type="filepath", elem_id="rows-file"
                )
                folder = gr.Textbox(label="Or the folder of a collect artifact", placeholder="southern_charm/collect")
                bringing = gr.Button("Import", variant="primary")
                brought = html("")
            with gr.Column():
                html('<h2 class="at">Gold items, and an ensemble\'s scores</h2>')
                html(HOW_GOLD)
                extra = gr.File(
                    label="File of gold items or scores", file_types=[".jsonl"], type="filepath", elem_id="gold-file"
                )
                with gr.Row(equal_height=True):
                    golding = gr.Button("Import as gold items")
                    scoring = gr.Button("Import as scores")
                added = html("")
        html('<h2 class="at">Export</h2>')
        html(HOW_EXPORT)
        form = html("")
    tab.select(frame.guarded(opened), chosen, [chosen, form], show_progress="hidden")
    bringing.click(frame.guarded(bring), [chosen, upload, folder], [brought, upload])
    golding.click(frame.guarded(gold), [chosen, extra], [added, extra])
    scoring.click(frame.guarded(scores), [chosen, extra], [added, extra])


def inside(root: Path, folder: str) -> Path:
    """A folder under the runs' root; another place of the machine is none of a page's business."""
    path = (root / folder).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_dir():
        raise UserError(f"{folder[:80]!r} is no folder of the runs", "RUN/collect, under the root the app serves")
    return path


def rows_of(upload: str | None) -> list[Mapping[str, Any]]:
    """Rows of an uploaded file, read as the command reads it."""
    if not upload:
        raise UserError("no file is chosen", "a .jsonl file")
    return list(parse_jsonl(read_file(upload), "the file"))


def export_form(names: list[str]) -> str:
    """A form whose answer is the file; the route it asks checks the role again."""
    fields = (
        select("project", "Project", names),
        select("form", "For", values(Form)),
        select("file", "As", list(downloads.TYPES)),
        select("ties", "Ties", values(Ties)),
        select("conflicts", "Conflicts", list(reversed(values(Conflicts)))),
        select("gold", "Gold items", values(Gold)),
        select("surplus", "Late and beyond the number", values(Surplus)),
    )
    return (
        f'<form class="at card export" method="get" action="/download/export">{"".join(fields)}'
        '<button class="primary" name="part" value="both">Download</button>'
        '<button name="part" value="rows">Rows alone</button></form>'
    )


def select(name: str, label: str, options: list[str]) -> str:
    made = "".join(f"<option>{plain(option)}</option>" for option in options)
    return f'<label>{plain(label)}<select name="{name}">{made}</select></label>'


def values(kind: type[StrEnum]) -> list[str]:
    return [str(one) for one in kind]
