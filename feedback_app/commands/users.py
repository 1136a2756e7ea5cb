"""`user`: accounts. Passwords come from standard input, never from the command line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from alignment.errors import UserError
from alignment.feedback.desk import App
from alignment.feedback.nouns import OPERATOR, Role
from feedback_app.commands.show import table, when

ROLES = [str(role) for role in Role]


def add(parsers: Any, shared: argparse.ArgumentParser) -> None:
    commands = parsers.add_parser("user", help="accounts", description=__doc__).add_subparsers(
        required=True, metavar="COMMAND"
    )
    made = commands.add_parser("add", parents=[shared], help="add a person")
    made.add_argument("name")
    made.add_argument("--role", choices=ROLES, default=Role.reviewer, help="what they may do (reviewer)")
    made.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    made.set_defaults(run=add_user)
    made = commands.add_parser("password", parents=[shared], help="set a password; signs the person out")
    made.add_argument("name")
    made.add_argument("--password-stdin", action="store_true", required=True)
    made.set_defaults(run=set_password)
    made = commands.add_parser("role", parents=[shared], help="change a role")
    made.add_argument("name")
    made.add_argument("role", choices=ROLES)
    made.set_defaults(run=set_role)
    made = commands.add_parser("revoke", parents=[shared], help="sign a person out everywhere")
    made.add_argument("name")
    made.set_defaults(run=revoke)
    made = commands.add_parser("list", parents=[shared], help="all accounts")
    made.set_defaults(run=list_users)


def read_password() -> str:
    """The first line of standard input. UserError where there is none."""
    try:
        line = sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UserError("the password on standard input is not UTF-8 text", "UTF-8") from error
    if not line:
        raise UserError("no password on standard input", do="printf '%s' \"$PASSWORD\" | python -m feedback_app user …")
    return line


def add_user(core: App, root: Path, arguments: argparse.Namespace) -> None:
    password = read_password() if arguments.password_stdin else None
    core.accounts.add(arguments.name, arguments.role, password)
    how = "" if password else ", without a password: signs in by OIDC, or `user password NAME --password-stdin`"
    print(f"added {arguments.name}, {arguments.role}{how}")


def set_password(core: App, root: Path, arguments: argparse.Namespace) -> None:
    core.accounts.set_password(arguments.name, read_password(), actor=OPERATOR)
    print(f"changed the password of {arguments.name}")


def set_role(core: App, root: Path, arguments: argparse.Namespace) -> None:
    core.accounts.set_role(arguments.name, arguments.role)
    print(f"{arguments.name} is now {arguments.role}")


def revoke(core: App, root: Path, arguments: argparse.Namespace) -> None:
    print(f"revoked {core.accounts.revoke(arguments.name, actor=OPERATOR)} sessions of {arguments.name}")


def list_users(core: App, root: Path, arguments: argparse.Namespace) -> None:
    rows = [
        (
            one.name,
            one.role,
            one.kind,
            "yes" if one.has_password else "no",
            when(one.created),
            "" if one.active else "gone",
        )
        for one in core.accounts.users()
        if one.kind == "person"
    ]
    print(table(("name", "role", "kind", "password", "since", ""), rows))
