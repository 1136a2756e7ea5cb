"""The dashboard: how far, how trustworthy, who, which model, and the training curves."""

from __future__ import annotations

from collections.abc import Callable

import gradio as gr

from alignment.errors import UserError
from alignment.feedback.nouns import Role
from feedback_app import charts, curves
from feedback_app.pages.frame import BAR, Frame, html
from feedback_app.panels import leaderboard, progress_charts, quality_charts, tiles
from feedback_app.tables import status

SCRIPTS = ()
ALL = "(all)"
SHOWN = 24  # curves at once
ASKED = "() => new URLSearchParams(location.search).get('project') ?? ''"  # a link may name the project


def build(frame: Frame) -> gr.Blocks:
    core = frame.core

    def overview(actor: str, project: str | None) -> str:
        if not project:
            return status("No project yet.")
        progress, quality = core.figures.progress(project, actor=actor), core.figures.quality(project, actor=actor)
        return tiles(progress, quality) + progress_charts(progress) + quality_charts(quality)

    def board(actor: str, project: str | None, tag: str | None) -> str:
        if not project:
            return ""
        if core.accounts.user(actor).role != Role.admin:
            return status("The leaderboard names models; it is shown to admins only.")
        if tag in (None, ALL):
            return leaderboard(core.figures.leaderboard(project, actor=actor))
        return "".join(leaderboard(one) for one in core.figures.leaderboards(project, str(tag), actor=actor))

    def training(actor: str, run: str | None) -> str:
        if core.accounts.user(actor).role != Role.admin:
            return status("Training curves are shown to admins only.")
        found = list(curves.curves(frame.root, run).items()) if run else []
        drawn = "".join(charts.lines(name, stages, "step") for name, stages in found[:SHOWN])
        return (
            f'<div class="at charts">{drawn}</div>' if drawn else status("No metrics.jsonl under the runs' folder yet.")
        )

    def opened(actor: str, request_project: str | None) -> tuple[object, object, object, str, str, str]:
        names = frame.projects()
        project = request_project if request_project in names else (names[0] if names else None)
        admin = core.accounts.user(actor).role == Role.admin
        tags = [ALL, *(core.figures.tags(project, actor=actor) if project and admin else [])]
        found = curves.runs(frame.root) if admin else []
        run = found[0] if found else None
        return (
            gr.Dropdown(choices=names, value=project),
            gr.Dropdown(choices=tags, value=ALL),
            gr.Dropdown(choices=found, value=run),
            safely(lambda: overview(actor, project)),
            safely(lambda: board(actor, project, ALL)),
            training(actor, run),
        )

    with gr.Blocks(title="Dashboard · Attune", analytics_enabled=False, fill_width=True) as page:
        html(BAR)
        with gr.Column(elem_classes="owner"):
            html('<h1 class="at">Dashboard</h1>')
            project = gr.Dropdown(label="Project", choices=[], interactive=True)
            asked = gr.Textbox(visible=False)  # not the list itself: it refuses what is not among its choices yet
            with gr.Tabs():
                with gr.Tab("Ratings"):
                    figures = html(status("Getting the figures …"))
                with gr.Tab("Leaderboard"):
                    tag = gr.Dropdown(label="For each value of", choices=[ALL], value=ALL, interactive=True)
                    standings = html("")
                with gr.Tab("Training"):
                    run = gr.Dropdown(label="Run", choices=[], interactive=True)
                    drawn = html("")
        outputs = [project, tag, run, figures, standings, drawn]
        page.load(frame.guarded(opened), asked, outputs, show_progress="hidden", js=ASKED)
        project.input(frame.guarded(opened), project, outputs)
        tag.input(
            frame.guarded(lambda actor, project, tag: safely(lambda: board(actor, project, tag))),
            [project, tag],
            standings,
        )
        run.input(frame.guarded(training), run, drawn)
    return page


def safely(make: Callable[[], str]) -> str:
    """The markup, or what went wrong as markup."""
    try:
        return make()
    except UserError as error:
        return status(str(error), wrong=True)
