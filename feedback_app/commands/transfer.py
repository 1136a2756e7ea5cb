"""`import` and `export`: candidates in, ratings out."""

from __future__ import annotations

import argparse
from enum import StrEnum
from pathlib import Path
from typing import Any

from alignment.feedback.desk import App
from alignment.feedback.outgoing.exporting import Form, Gold, Policy, Surplus
from alignment.feedback.outgoing.preferences import Conflicts, Ties
from feedback_app.commands.show import project_of

NO_TASK = "prompts have no task (two different replies are compared)"

FORMS = "preference (reward, DPO), unpaired (KTO), scalar (rubric), sft (edits) or raw events (preference)"


def add(parsers: Any, shared: argparse.ArgumentParser) -> None:
    made = parsers.add_parser(
        "import", parents=[shared], help="bring in prompts and candidates", description="Candidates to be rated."
    )
    made.add_argument(
        "path",
        help=".jsonl, .jsonl.gz or .csv with prompt and text (or a list responses), or a collect artifact's folder",
    )
    made.add_argument("--project", help="where there are several")
    made.set_defaults(run=bring_in)
    made = parsers.add_parser("export", parents=[shared], help="write ratings", description="People's ratings.")
    made.add_argument("path", help="file to write, .jsonl or .parquet; PATH.manifest.json says by which policy")
    made.add_argument("--project", help="where there are several")
    made.add_argument("--form", choices=names(Form), default=Form.preference, help=FORMS)
    made.add_argument(
        "--ties", choices=names(Ties), default=Ties.drop, help="drop them, or keep both ways at half weight (drop)"
    )
    made.add_argument(
        "--conflicts",
        choices=names(Conflicts),
        default=Conflicts.majority,
        help="pairs on which raters disagree (majority)",
    )
    made.add_argument("--gold", choices=names(Gold), default=Gold.drop, help="ratings of gold items (drop)")
    made.add_argument(
        "--surplus", choices=names(Surplus), default=Surplus.drop, help="late ratings beyond an item's number (drop)"
    )
    made.set_defaults(run=write_out)


def names(kind: type[StrEnum]) -> list[str]:
    return [str(one) for one in kind]


def bring_in(core: App, root: Path, arguments: argparse.Namespace) -> None:
    project = project_of(core, arguments.project)
    made = core.projects.import_path(project, Path(arguments.path))
    idle = f"; {made.idle} {NO_TASK}" if made.idle else ""
    print(f"{project}: {made.items} new prompts, {made.responses} new replies, {made.tasks} new tasks{idle}")


def write_out(core: App, root: Path, arguments: argparse.Namespace) -> None:
    project = project_of(core, arguments.project)
    policy = Policy(
        ties=Ties(arguments.ties),
        conflicts=Conflicts(arguments.conflicts),
        gold=Gold(arguments.gold),
        surplus=Surplus(arguments.surplus),
    )
    made = core.exports.write(project, Form(arguments.form), Path(arguments.path), policy)
    counts = ", ".join(f"{name} {count}" for name, count in made.counts.items() if count)
    print(f"{arguments.path}: {len(made.rows)} rows from {len(made.ratings)} ratings ({counts or 'none'})")
