"""The feedback app's commands. None but `serve` needs gradio, and none torch.

Each module adds its own: `add(parsers)` sets `run(core, arguments)`. Whoever may run a command may read the
database's file, so commands act with all rights; the audit log says "command line".
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from alignment.errors import UserError
from alignment.feedback.database.engine import VARIABLE, default_url
from alignment.feedback.desk import open_app
from feedback_app.commands import people, projects, serve, statistics, transfer, users

ROOT_VARIABLE = "ATTUNE_ROOT"
MODULES = (serve, users, projects, transfer, statistics, people)


def main(given: Sequence[str] | None = None) -> int:
    """Runs a command; its exit code: 0, or 2 after an error a user can mend."""
    try:
        arguments = parser().parse_args(given)
        root = Path(arguments.root or os.environ.get(ROOT_VARIABLE) or "runs")
        url = arguments.database_url or default_url(root)
        if arguments.run is None:
            serve.run(url, root, arguments)
        else:
            with open_app(url) as core:
                arguments.run(core, root, arguments)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # a place that cannot be read or written
        print(f"{error.strerror}: {str(error.filename)[:200]}", file=sys.stderr)
        return 2
    return 0


class Parser(argparse.ArgumentParser):
    """Wrong usage is an error like any other, not a page of usage; no option may be shortened."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **given})

    def error(self, message: str) -> NoReturn:
        raise UserError(message, do=f"{self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """All commands."""
    made = Parser(
        prog="python -m feedback_app",
        description="Reviewers rank the bot's replies in the browser. Without a command: serve on 127.0.0.1.",
        epilog=f"The database is the one the stages use: {VARIABLE}, or ROOT/feedback.sqlite.",
    )
    shared = argparse.ArgumentParser(add_help=False)
    for one in (made, shared):
        # a default on both would let the command's overwrite what stands before it
        default = None if one is made else argparse.SUPPRESS
        one.add_argument("--root", default=default, help=f"folder of the runs ({ROOT_VARIABLE}; runs)")
        one.add_argument("--database-url", default=default, metavar="URL", help="sqlite:///FILE or postgresql://…")
    made.set_defaults(run=None, **serve.DEFAULTS)
    parsers = made.add_subparsers(title="commands", metavar="COMMAND")
    for module in MODULES:
        module.add(parsers, shared)
    return made
