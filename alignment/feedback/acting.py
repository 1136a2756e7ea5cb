"""Who acts, whether they may, and the audit log that says what they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from alignment.errors import UserError, nearest
from alignment.feedback.database.app_schema import audit
from alignment.feedback.database.schema import projects, users
from alignment.feedback.nouns import Actor, Operator, ProjectSettings, Refused, Role
from alignment.feedback.settings import read_settings

RANK = {role: number for number, role in enumerate(Role)}
_PERSON = sa.select(users).where(users.c.name == sa.bindparam("called"))
_PROJECT = sa.select(projects).where(projects.c.name == sa.bindparam("called"))
_OPEN_PROJECTS = sa.select(projects).where(~projects.c.archived).order_by(projects.c.id)


@dataclass(frozen=True)
class Acting:
    """An actor the database knows. id and name: None for the command line."""

    id: int | None
    name: str | None


@dataclass(frozen=True)
class Person:
    """A person who acts, looked up in this transaction."""

    id: int
    name: str
    role: Role


@dataclass(frozen=True)
class ProjectRow:
    """A project looked up in this transaction."""

    id: int
    name: str
    settings: ProjectSettings
    created: float
    archived: bool


def person(connection: Connection, name: object, least: Role = Role.reviewer) -> Person:
    """The acting person. Refused: no such account, deleted, simulated, or a role below `least`."""
    row = None
    if isinstance(name, str):
        row = connection.execute(_PERSON, {"called": name}).mappings().first()
    if row is None or row["deleted"] is not None or row["kind"] != "person":
        raise Refused("you are not signed in with an account that may do this", do="sign in")
    if RANK[Role(row["role"])] < RANK[least]:
        raise Refused(f"the role {row['role']} may not do this", f"{least} or above" if least != Role.admin else least)
    return Person(row["id"], row["name"], Role(row["role"]))


def acting(connection: Connection, actor: Actor, least: Role) -> Acting:
    """The actor, a person or the command line. Refused as in `person`."""
    if isinstance(actor, Operator):
        return Acting(None, None)
    found = person(connection, actor, least)
    return Acting(found.id, found.name)


def project_row(connection: Connection, name: object) -> ProjectRow:
    """A project by name. UserError names the ones there are."""
    row = connection.execute(_PROJECT, {"called": name}).mappings().first()
    if row is None:
        names = list(connection.execute(sa.select(projects.c.name).order_by(projects.c.id)).scalars())
        raise UserError(
            f"no project {str(name)[:80]!r}{nearest(str(name), names)}",
            ", ".join(names[:20]) if names else "",
            "" if names else "python -m feedback_app project create NAME",
        )
    return to_project_row(row)


def open_projects(connection: Connection) -> dict[str, RowMapping]:
    """Rows of the projects that are not archived, by name, oldest first."""
    return {row["name"]: row for row in connection.execute(_OPEN_PROJECTS).mappings()}


def to_project_row(row: Mapping[Any, Any]) -> ProjectRow:
    settings = read_settings(row["settings"])
    return ProjectRow(row["id"], row["name"], settings, row["created"], bool(row["archived"]))


def record(connection: Connection, now: float, who: Acting | Person, action: str, subject: str, **detail: Any) -> None:
    """Adds an entry to the audit log. detail: plain values, never a person's free text."""
    values = {"created": now, "user_id": who.id, "action": action, "subject": subject[:200], "detail": detail}
    connection.execute(sa.insert(audit), [values])
