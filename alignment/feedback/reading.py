"""From rows to what a reviewer is shown: a task, blind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from alignment.errors import UserError
from alignment.feedback import documents
from alignment.feedback.acting import Person, ProjectRow, to_project_row
from alignment.feedback.answers import Stored, to_answer
from alignment.feedback.database.app_schema import comments, drafts, shifts
from alignment.feedback.database.queries import ASSIGNMENT, TASK, USER
from alignment.feedback.database.schema import (
    assignments,
    collections,
    items,
    projects,
    responses,
    task_responses,
    tasks,
)
from alignment.feedback.leasing import last_event
from alignment.feedback.nouns import LETTERS, Kind, Refused, Reply, Rubric, Task
from alignment.feedback.settings import read_settings

_OWN = (
    sa.select(assignments, tasks.c.kind)
    .join(tasks, tasks.c.id == assignments.c.task_id)
    .where(assignments.c.id == ASSIGNMENT, assignments.c.user_id == USER)
)
_PROJECT = (
    sa.select(projects)
    .join(collections, collections.c.project_id == projects.c.id)
    .join(items, items.c.collection_id == collections.c.id)
    .join(tasks, tasks.c.item_id == items.c.id)
    .where(tasks.c.id == TASK)
)
_REPLIES = (
    sa.select(responses.c.id, responses.c.item_id, responses.c.key, responses.c.text)
    .join(task_responses, task_responses.c.response_id == responses.c.id)
    .where(task_responses.c.task_id == TASK)
    .order_by(task_responses.c.slot)
)
_SHOWN = (
    sa.select(
        assignments,
        tasks.c.kind,
        items.c.prompt,
        items.c.facts,
        items.c.tags,
        collections.c.source,
        projects.c.id.label("place"),
        projects.c.name,
        projects.c.settings,
        drafts.c.content,
        shifts.c.done,
    )
    .join(tasks, tasks.c.id == assignments.c.task_id)
    .join(items, items.c.id == tasks.c.item_id)
    .join(collections, collections.c.id == items.c.collection_id)
    .join(projects, projects.c.id == collections.c.project_id)
    .outerjoin(drafts, drafts.c.assignment_id == assignments.c.id)
    .outerjoin(shifts, (shifts.c.user_id == assignments.c.user_id) & (shifts.c.project_id == projects.c.id))
    .where(assignments.c.id == ASSIGNMENT)
)


def own_assignment(connection: Connection, user: Person, assignment: object) -> RowMapping:
    """The user's own assignment, with its task's kind. Refused, in the same words, where there is none or it is
    another's.
    """
    row = None
    if isinstance(assignment, int) and not isinstance(assignment, bool) and 0 < assignment < 2**31:
        row = connection.execute(_OWN, {"of_assignment": assignment, "of_user": user.id}).mappings().first()
    if row is None:
        raise Refused("this task is not yours", do="load the page again")
    return row


def project_of(connection: Connection, task_id: int) -> ProjectRow:
    """The project a task belongs to."""
    return to_project_row(connection.execute(_PROJECT, {"of_task": task_id}).mappings().one())


def task_replies(connection: Connection, task_id: int) -> list[RowMapping]:
    """id, item_id, key and text of the task's responses, by slot."""
    return list(connection.execute(_REPLIES, {"of_task": task_id}).mappings())


def shown_reply(connection: Connection, row: RowMapping, letter: object) -> RowMapping:
    """The response under a letter of an assignment. UserError: no such letter."""
    letters = list(LETTERS[: len(row["shown"])])
    if letter not in letters:
        raise UserError(f"reply {str(letter)[:20]!r}", ", ".join(letters))
    slot: int = row["shown"][letters.index(str(letter))]
    return task_replies(connection, row["task_id"])[slot]


def task_item(connection: Connection, task_id: int) -> RowMapping:
    """The task's item, with the task's kind and its collection's source."""
    query = (
        sa.select(items, tasks.c.kind, collections.c.source)
        .join(tasks, tasks.c.item_id == items.c.id)
        .join(collections, collections.c.id == items.c.collection_id)
        .where(tasks.c.id == task_id)
    )
    row: RowMapping = connection.execute(query).mappings().one()
    return row


def read_task(connection: Connection, assignment_id: int) -> Task:
    """What the assignment's reviewer sees."""
    row = connection.execute(_SHOWN, {"of_assignment": assignment_id}).mappings().one()
    kind = Kind(row["kind"])
    guidelines, rubric = documents.of_versions(connection, row["place"], row["guidelines"], row["rubric"])
    replies = task_replies(connection, row["task_id"])
    event = last_event(connection, row["task_id"], row["user_id"], row["repeat"])
    return Task(
        assignment=row["id"],
        project=row["name"],
        kind=kind,
        prompt=tuple(row["prompt"]),
        facts=tuple(row["facts"]),
        replies=tuple(Reply(LETTERS[place], replies[slot]["text"]) for place, slot in enumerate(row["shown"])),
        draft=_draft(connection, row, kind, event),
        guidelines=guidelines,
        rubric=rubric,
        number=(row["done"] or 0) + (row["finished"] is None),  # the tasks done, and this one if it is not among them
        quota=read_settings(row["settings"]).quota,
        lease_until=row["lease_until"] or 0.0,
        revision=1 if event is None else event["revision"] + 1,
        conversation=row["tags"].get("conversation") if row["source"] == "chat" else None,
    )


def rubric_of(connection: Connection, project_id: int, version: int) -> Rubric:
    """The rubric of a version; 0 is the built-in one."""
    return documents.rubric(connection, project_id, version) if version else Rubric()


def comment_of(connection: Connection, assignment_id: int) -> str:
    found = connection.execute(sa.select(comments.c.text).where(comments.c.assignment_id == assignment_id)).scalar()
    return found or ""


def _draft(connection: Connection, row: RowMapping, kind: Kind, event: RowMapping | None) -> Mapping[str, Any]:
    """The draft, or else the answer in force."""
    if row["content"] is not None:
        content: Mapping[str, Any] = row["content"]
        return content
    if event is None or event["action"] != "rate":
        return {}
    stored = Stored(event["strength"], event["payload"] or {})
    return to_answer(kind, stored, row["shown"], comment_of(connection, row["id"])).to_json()
