"""Projects: what is asked how often, the chat's endpoints, versioned guidelines and rubric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from alignment.errors import UserError
from alignment.feedback.nouns import Dimension, Kind, Project
from feedback_app import render
from feedback_app.pages import versions
from feedback_app.pages.frame import Frame, html, told
from feedback_app.tables import table

ENDPOINT = ("name", "url", "model", "key_variable")
DIMENSION = ("key", "label", "low", "high")


def build(frame: Frame, page: gr.Blocks) -> None:
    projects = frame.core.projects

    def opened(actor: str, name: str | None) -> list[Any]:
        names = projects.names(archived=True)
        chosen = name if name in names else (names[0] if names else None)
        if chosen is None:
            return [gr.Dropdown(choices=[], value=None), table(("Project",), [], "No project yet."), *[gr.skip()] * 13]
        return [gr.Dropdown(choices=names, value=chosen), listed(names), *fields(projects.get(chosen))]

    def listed(names: list[str]) -> str:
        found = [projects.get(name) for name in names]
        rows = [
            [
                one.name,
                one.items,
                one.tasks,
                one.settings.ratings,
                one.guidelines.version,
                one.rubric.version,
                "archived" if one.archived else "open",
            ]
            for one in found
        ]
        return table(("Project", "Prompts", "Tasks", "Ratings each", "Guidelines", "Rubric", "State"), rows)

    def create(actor: str, name: str) -> list[Any]:
        said = told(lambda: f"{projects.create(name.strip(), actor=actor).name} is made.")
        return [said, *opened(actor, name.strip())]

    def save(actor: str, name: str, *values: Any) -> list[Any]:
        def work() -> str:
            projects.set(need(name), settings(*values), actor=actor)
            return "Saved."

        return [told(work), *opened(actor, name)]

    def archive(actor: str, name: str) -> list[Any]:
        def work() -> str:
            hidden = not projects.get(need(name)).archived
            projects.archive(name, hidden, actor=actor)
            return "Hidden from reviewers." if hidden else "Shown to reviewers again."

        return [told(work), *opened(actor, name)]

    def set_guidelines(actor: str, name: str, text: str) -> str:
        return told(lambda: f"Saved as version {projects.set_guidelines(need(name), text, actor=actor).version}.")

    def set_rubric(actor: str, name: str, dimensions: str, flags: str) -> str:
        def work() -> str:
            parts = [Dimension(*line) for line in split(dimensions, len(DIMENSION))]
            names = [flag.strip() for flag in flags.split(",") if flag.strip()]
            return f"Saved as version {projects.set_rubric(need(name), parts, names, actor=actor).version}."

        return told(work)

    def preview(actor: str, text: str) -> str:
        return f'<div class="at card text">{render.markdown(text, breaks=False)}</div>'

    with gr.Tab("Projects") as tab:
        with gr.Row(equal_height=False):
            with gr.Column():
                new = gr.Textbox(label="New project", max_length=200)
                making = gr.Button("Make it")
            chosen = gr.Dropdown(label="Project to change", choices=[], interactive=True)
        made = html("")
        overview = html("", elem_classes="overview")
        with gr.Row():
            with gr.Column():
                html('<h2 class="at">Tasks</h2>')
                kinds = [
                    gr.Number(label=label, value=0, precision=0, minimum=0, interactive=True)
                    for label in ("Pairs a prompt", "Replies in a ranking", "Replies scored by the rubric")
                ]
                ratings = gr.Number(label="Ratings each, by different people", value=3, precision=0, minimum=1)
                quota = gr.Number(label="Tasks a reviewer (0: no limit)", value=0, precision=0, minimum=0)
                lease = gr.Number(label="Seconds until an open task goes to another", value=1800, minimum=1)
            with gr.Column():
                html('<h2 class="at">Quality</h2>')
                repeat = gr.Number(label="Share of hidden repeats", value=0.05, minimum=0, maximum=1, step=0.01)
                gold = gr.Number(label="Share of gold items", value=0.1, minimum=0, maximum=1, step=0.01)
                chance = gr.Number(label="Share of tasks in random order", value=0.2, minimum=0, maximum=1, step=0.01)
                endpoints = gr.Textbox(
                    label="Models of the live chat, one a line",
                    info="name | http://host/v1 | model | environment variable with the key (may be left out)",
                    lines=3,
                )
                with gr.Row():
                    saving = gr.Button("Save settings", variant="primary")
                    archiving = gr.Button("Archive, or show again")
        with gr.Row():
            with gr.Column():
                html('<h2 class="at">Guidelines</h2>')
                guidelines = gr.Textbox(label="What reviewers go by (Markdown)", lines=9)
                with gr.Row():
                    guiding = gr.Button("Save as a new version", variant="primary")
                    viewing = gr.Button("Preview")
                guided = html("")
            with gr.Column():
                html('<h2 class="at">Rubric</h2>')
                dimensions = gr.Textbox(
                    label="Dimensions, one a line", info="key | label | what 1 means | what 5 means", lines=6
                )
                flags = gr.Textbox(label="Flags, with commas between")
                scoring = gr.Button("Save the rubric as a new version", variant="primary")
                scored = html("")
        made_version = versions.build(frame, chosen)
    knobs = [*kinds, ratings, quota, lease, repeat, gold, chance, endpoints]
    everything = [chosen, overview, *knobs, guidelines, dimensions, flags]
    in_turn: dict[str, Any] = {"concurrency_id": "project"}  # what fills the form answers in the order it was asked
    tab.select(frame.guarded(opened), chosen, everything, show_progress="hidden", **in_turn)
    chosen.input(frame.guarded(opened), chosen, everything, **in_turn)
    making.click(frame.guarded(create), new, [made, *everything], **in_turn)
    saving.click(frame.guarded(save), [chosen, *knobs], [made, *everything], **in_turn)
    archiving.click(frame.guarded(archive), chosen, [made, *everything], **in_turn)
    made_version(guiding.click(frame.guarded(set_guidelines), [chosen, guidelines], guided))
    viewing.click(frame.guarded(preview), guidelines, guided)
    made_version(scoring.click(frame.guarded(set_rubric), [chosen, dimensions, flags], scored))


def need(name: str | None) -> str:
    if not name:
        raise UserError("no project is chosen", do="make one first")
    return name


def fields(found: Project) -> list[Any]:
    """What the form shows of a project, in the order of its inputs."""
    one = found.settings
    endpoints = [[point.name, point.url, point.model, point.key_variable] for point in one.endpoints]
    rubric = [[part.key, part.label, part.low, part.high] for part in found.rubric.dimensions]
    return [
        *(one.tasks.get(kind, 0) for kind in Kind),
        one.ratings,
        one.quota or 0,
        one.lease,
        one.repeat_share,
        one.gold_share,
        one.random_share,
        joined(endpoints),
        found.guidelines.text,
        joined(rubric),
        ", ".join(found.rubric.flags),
    ]


def settings(*values: Any) -> Mapping[str, Any]:
    """The form's inputs as a project's settings; what they may be, the core checks."""
    pair, rank, rubric, ratings, quota, lease, repeat, gold, chance, endpoints = values
    return {
        "tasks": {kind: count for kind, count in zip(map(str, Kind), (pair, rank, rubric), strict=True) if count},
        "ratings": ratings,
        "quota": quota or None,
        "lease": lease,
        "repeat_share": repeat,
        "gold_share": gold,
        "random_share": chance,
        "endpoints": [dict(zip(ENDPOINT, line, strict=True)) for line in split(endpoints, len(ENDPOINT))],
    }


def joined(rows: list[list[str]]) -> str:
    return "\n".join(" | ".join(row).rstrip(" |") for row in rows)


def split(text: str, columns: int) -> list[list[str]]:
    """Lines with | between columns; those left out at the end are empty. UserError names a line with too many."""
    rows = []
    for number, line in enumerate(str(text or "").splitlines(), 1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > columns:
            raise UserError(f"line {number} has {len(cells)} columns", f"at most {columns}")
        rows.append(cells + [""] * (columns - len(cells)))
    return rows
