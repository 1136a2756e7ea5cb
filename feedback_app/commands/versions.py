"""`project guidelines`, `rubric` and `versions`: what reviewers go by, and what they went by before."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from alignment.errors import UserError
from alignment.feedback.desk import App
from alignment.feedback.documents import KINDS
from alignment.feedback.nouns import Dimension, Version
from feedback_app.commands.show import as_json, plain, read_file, table, when

HEAD = ("what", "version", "time (UTC)", "who", "lines new", "lines gone", "ratings under it")


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """command: makes a sub-command of `project`."""
    for name, run, shape in (
        ("guidelines", guidelines, "Markdown file, or - for standard input"),
        ("rubric", rubric, 'JSON {"dimensions": [{key, label, low, high}], "flags": []}, or -'),
    ):
        made = command(name, run, f"print the {name}, or make the next version")
        one = made.add_mutually_exclusive_group()
        one.add_argument("--file", help=shape)
        one.add_argument("--version", type=whole, metavar="N", help="print this one; `project versions` lists them")
    made = command("versions", versions, "all versions of the guidelines and the rubric")
    made.add_argument("--changes", action="store_true", help="what changed in each, line by line")


def whole(text: str) -> int:
    """A version's number from the command line."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} is no version; allowed: a whole number")
    return int(text)


def guidelines(core: App, root: Path, arguments: argparse.Namespace) -> None:
    if arguments.file is not None:
        made = core.projects.set_guidelines(arguments.name, read_file(arguments.file))
        print(f"guidelines of {arguments.name}: version {made.version}")
    elif arguments.version is not None:
        print(core.projects.version(arguments.name, "guidelines", arguments.version).text)
    else:
        print(core.projects.get(arguments.name).guidelines.text)


def rubric(core: App, root: Path, arguments: argparse.Namespace) -> None:
    if arguments.file is not None:
        made = core.projects.set_rubric(arguments.name, *read_rubric(arguments.file))
        print(f"rubric of {arguments.name}: version {made.version}")
    elif arguments.version is not None:
        core.projects.version(arguments.name, "rubric", arguments.version)  # there is one, or else an error
        print(as_json(core.projects.rubric(arguments.name, arguments.version)))
    else:
        print(as_json(core.projects.get(arguments.name).rubric))


def read_rubric(file: str) -> tuple[list[Dimension], list[str] | None]:
    """Dimensions and flags of a JSON file. UserError where it is none."""
    try:
        given = json.loads(read_file(file))
        dimensions = [Dimension(**one) for one in given["dimensions"]]
        return dimensions, None if given.get("flags") is None else list(given["flags"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UserError(
            f"{file} is no rubric ({error})", '{"dimensions": [{"key", "label", "low", "high"}], "flags": [names]}'
        ) from error


def versions(core: App, root: Path, arguments: argparse.Namespace) -> None:
    found = [one for kind in KINDS for one in core.projects.versions(arguments.name, kind)]
    if arguments.changes:
        print("\n\n".join("\n".join([titled(one), *map(plain, one.changes)]) for one in found))
        return
    rows = [
        (
            one.kind,
            one.version,
            None if one.created is None else when(one.created),
            one.author or "built in",
            sum(line.startswith("+") for line in one.changes),
            sum(line.startswith("-") for line in one.changes),
            one.ratings,
        )
        for one in found
    ]
    print(table(HEAD, rows))


def titled(one: Version) -> str:
    """A version in a line."""
    since = "built in" if one.created is None else f"{when(one.created)} by {plain(one.author)}"
    return f"{one.kind} version {one.version}, {since}, {one.ratings} ratings under it"
