"""`stats`: progress, agreement, reviewers, leaderboard and position bias."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

from alignment.errors import UserError
from alignment.feedback.desk import App
from alignment.feedback.measures.figures import Leaderboard, Progress, Quality
from alignment.feedback.nouns import OPERATOR
from feedback_app.commands.show import as_json, plain, project_of, table


def add(parsers: Any, shared: argparse.ArgumentParser) -> None:
    made = parsers.add_parser("stats", parents=[shared], help="how far, how good, who leads", description=__doc__)
    made.add_argument("--project", help="where there are several")
    made.add_argument("--tag", help="a leaderboard for each value of this tag")
    made.add_argument("--json", action="store_true", help="as JSON")
    made.set_defaults(run=show)


def show(core: App, root: Path, arguments: argparse.Namespace) -> None:
    project = project_of(core, arguments.project)
    progress = core.figures.progress(project, actor=OPERATOR)
    quality = core.figures.quality(project, actor=OPERATOR)
    boards = [core.figures.leaderboard(project, actor=OPERATOR)]
    if arguments.tag:
        by_value = core.figures.leaderboards(project, arguments.tag, actor=OPERATOR)
        tags = core.figures.tags(project, actor=OPERATOR)
        if not by_value and arguments.tag not in tags:
            raise UserError(f"tag {arguments.tag!r}", ", ".join(tags) or "none: no tag of the prompts has two values")
        boards += by_value
    if arguments.json:
        parts = {"progress": progress, "quality": quality}
        made = {name: json.loads(as_json(part)) for name, part in parts.items()}
        made["leaderboards"] = [json.loads(as_json(board)) for board in boards]
        print(json.dumps(made, indent=2, ensure_ascii=False))
        return
    print("\n\n".join([progress_text(progress), quality_text(quality), *map(board_text, boards)]))


def progress_text(made: Progress) -> str:
    share = f" ({made.counted / made.wanted:.0%})" if made.wanted else ""
    times = ", ".join(f"{count} with {number}" for number, count in made.histogram.items())
    return (
        f"{made.project}: {made.counted} of {made.wanted} ratings{share}, "
        f"{made.complete} of {made.tasks} tasks complete\n"
        f"tasks by ratings: {times or 'none'}\n"
        f"open {made.open}, skipped {made.skipped}, expired {made.expired}, late {made.late}, surplus {made.surplus}, "
        f"hidden repeats {made.repeats}, gold {made.gold}"
    )


def quality_text(made: Quality) -> str:
    bias = made.bias
    sides = bias.left + bias.right
    lines = [
        f"agreement: alpha {plain(made.alpha)}, Fleiss' kappa {plain(made.kappa)}, "
        f"same side {plain(made.same_side)} of {made.same_side_pairs} (people: 0.63 to 0.77)",
        f"ties {plain(made.ties)}, both bad {plain(made.both_bad)}; left better in {bias.left} of {sides} "
        f"(p {plain(bias.p)})",
    ]
    rows = [
        (one.name, one.ratings, one.seconds, one.too_fast, one.agreement, one.gold, one.consistency, one.left)
        for one in made.reviewers
    ]
    head = ("reviewer", "ratings", "seconds", "too fast", "agreement", "gold", "repeats", "left")
    return "\n".join([*lines, table(head, rows)])


def board_text(made: Leaderboard) -> str:
    title = f"leaderboard, {made.comparisons} comparisons" + (f", {made.tag} = {made.value}" if made.tag else "")
    rows = [
        (
            one.model,
            None if math.isnan(one.strength) else one.strength,
            None if math.isnan(one.strength) else f"{one.low:.3g} to {one.high:.3g}",
            one.wins,
            one.losses,
            one.ties,
        )
        for one in made.rows
    ]
    lines = [title, table(("model", "strength", "95 %", "wins", "losses", "ties"), rows)]
    return "\n".join([*lines, f"without a strength: {made.problem}"] if made.problem else lines)
