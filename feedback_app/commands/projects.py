"""`project`: settings, guidelines and rubric, gold items, the order of the tasks, the audit log."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from alignment.errors import UserError
from alignment.feedback.desk import App
from alignment.feedback.incoming.importing import parse_jsonl
from feedback_app.commands import versions
from feedback_app.commands.show import as_json, read_file, table, when

GOLD = """JSON lines {"prompt_id", "order": [response ids, best first]}; for the rubric {"prompt_id", "response_id",
"scores": {dimension: 1 to 5}}"""


def add(parsers: Any, shared: argparse.ArgumentParser) -> None:
    commands = parsers.add_parser("project", help="projects", description=__doc__).add_subparsers(
        required=True, metavar="COMMAND"
    )

    def command(name: str, run: Any, help: str, named: bool = True) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, parents=[shared], help=help, description=help)
        if named:
            made.add_argument("name", help="the project")
        made.set_defaults(run=run)
        return made

    setting = "such as ratings=3, tasks.pair=2, tasks.rank=4, quota=200, repeat_share=0.05, lease=1800"
    made = command("create", create, "make a project")
    made.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=setting)
    made = command("set", change, "change settings")
    made.add_argument("setting", nargs="+", metavar="NAME=VALUE", help=setting)
    command("list", show_all, "all projects", named=False)
    command("show", show, "one project, as JSON")
    made = command("archive", archive, "hide a project from reviewers")
    made.add_argument("--restore", action="store_true", help="show it again")
    versions.add(command)
    made = command("gold", gold, "add items with a known answer")
    made.add_argument("file", help=GOLD)
    made = command("scores", scores, "add an ensemble's rewards and order the tasks by its disagreement")
    made.add_argument("file", help='JSON lines {"prompt_id", "response_id", "scores": [one a model]}')
    command("order", order, "order the tasks by disagreement now")
    made = command("audit", audit, "who did what", named=False)
    made.add_argument("--limit", type=count, default=50, help="how many entries (50)")


def count(text: str) -> int:
    """A number of entries from the command line."""
    if not text.isascii() or not text.isdigit() or not 0 < len(text) < 10 or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no count; allowed: 1 and up")
    return int(text)


def parse_settings(given: list[str]) -> dict[str, Any]:
    """{name: value} of NAME=VALUE arguments; values are JSON, else text; tasks.pair=2 sets one kind."""
    made: dict[str, Any] = {}
    tasks: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"setting {text!r}", "NAME=VALUE")
        try:
            read = json.loads(value)
        except (ValueError, RecursionError):
            read = value
        if name.startswith("tasks."):
            tasks[name.removeprefix("tasks.")] = read
        else:
            made[name] = read
    if tasks and "tasks" in made:
        raise UserError("tasks beside tasks.…", "one of the two ways")
    return {**made, "tasks": tasks} if tasks else made


def create(core: App, root: Path, arguments: argparse.Namespace) -> None:
    core.projects.create(arguments.name, parse_settings(arguments.set))
    print(f"made the project {arguments.name}; next: python -m feedback_app import FILE --project {arguments.name}")


def change(core: App, root: Path, arguments: argparse.Namespace) -> None:
    given = parse_settings(arguments.setting)
    if any(text.startswith("tasks.") for text in arguments.setting):
        given["tasks"] = {**core.projects.get(arguments.name).settings.tasks, **given["tasks"]}
    core.projects.set(arguments.name, given)
    core.projects.prepare()
    print(f"changed {', '.join(sorted(given))} of {arguments.name}")


def show_all(core: App, root: Path, arguments: argparse.Namespace) -> None:
    found = [core.projects.get(name) for name in core.projects.names(archived=True)]
    rows = [(one.name, one.items, one.tasks, when(one.created), "archived" if one.archived else "") for one in found]
    print(table(("project", "items", "tasks", "since", ""), rows))


def show(core: App, root: Path, arguments: argparse.Namespace) -> None:
    print(as_json(core.projects.get(arguments.name)))


def archive(core: App, root: Path, arguments: argparse.Namespace) -> None:
    core.projects.archive(arguments.name, not arguments.restore)
    print(f"{'restored' if arguments.restore else 'archived'} {arguments.name}")


def gold(core: App, root: Path, arguments: argparse.Namespace) -> None:
    rows = parse_jsonl(read_file(arguments.file), arguments.file)
    print(f"{core.projects.import_gold(arguments.name, rows)} new gold items in {arguments.name}")


def scores(core: App, root: Path, arguments: argparse.Namespace) -> None:
    rows = parse_jsonl(read_file(arguments.file), arguments.file)
    print(f"scores of {core.projects.import_scores(arguments.name, rows)} replies in {arguments.name}")


def order(core: App, root: Path, arguments: argparse.Namespace) -> None:
    source = core.projects.order_tasks(arguments.name)
    told = {"scores": "imported scores", "ratings": "an ensemble trained on the ratings"}
    print(f"ordered by the disagreement of {told[source]}" if source in told else "too few ratings to order by")


def audit(core: App, root: Path, arguments: argparse.Namespace) -> None:
    rows = [
        (when(one.at), one.actor, one.action, one.subject, json.dumps(one.detail, ensure_ascii=False))
        for one in core.projects.audit(arguments.limit)
    ]
    print(table(("time (UTC)", "who", "what", "of", "detail"), rows))
