"""`delete-person`: what somebody entered goes, a tombstone stays, and artifacts made from it are marked."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from alignment.feedback.desk import App


def add(parsers: Any, shared: argparse.ArgumentParser) -> None:
    made = parsers.add_parser("delete-person", parents=[shared], help="delete a person's data", description=__doc__)
    made.add_argument("name", help="the account; again with the tombstone's name marks artifacts made meanwhile")
    made.set_defaults(run=delete)


def delete(core: App, root: Path, arguments: argparse.Namespace) -> None:
    made = core.retention.delete_person(arguments.name, root if root.is_dir() else None)
    print(
        f"{arguments.name} is now {made.tombstone}: {len(made.ratings)} ratings out of force, "
        f"{made.comments} comments, {made.edits} edits and {made.notes} notes deleted"
    )
    for folder in made.artifacts:
        print(f"marked {folder}")
