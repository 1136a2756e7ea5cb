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
from alignment.feedback.app_schema import comments, drafts, shifts
from alignment.feedback.leasing import last_event
from alignment.feedback.nouns import LETTERS, Guidelines, Kind, Refused, Reply, Rubric, Task
from alignment.feedback.schema import assignments, collections, items, projects, responses, task_responses, tasks


def own_assignment(connection: Connection, user: Person, assignment: object) -> RowMapping:
    """The user's own assignment. Refused, in the same words, where there is none or it is another's."""
    row = None
    if isinstance(assignment, int) and not isinstance(assignment, bool) and 0 < assignment < 2**31:
        query = sa.select(assignments).where(assignments.c.id == assignment, assignments.c.user_id == user.id)
        row = connection.execute(query).mappings().first()
    if row is None:
        raise Refused("this task is not yours", do="load the page again")
    return row


def project_of(connection: Connection, task_id: int) -> ProjectRow:
    """The project a task belongs to."""
    query = (
        sa.select(projects)
        .join(collections, collections.c.project_id == projects.c.id)
        .join(items, items.c.collection_id == collections.c.id)
        .join(tasks, tasks.c.item_id == items.c.id)
        .where(tasks.c.id == task_id)
    )
    return to_project_row(connection.execute(query).mappings().one())


def task_replies(connection: Connection, task_id: int) -> list[RowMapping]:
    """The task's responses by slot."""
    query = (
        sa.select(responses)
        .join(task_responses, task_responses.c.response_id == responses.c.id)
        .where(task_responses.c.task_id == task_id)
        .order_by(task_responses.c.slot)
    )
    return list(connection.execute(query).mappings())


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


def read_task(connection: Connection, row: RowMapping) -> Task:
    """What the assignment's reviewer sees. row: of `assignments`."""
    project = project_of(connection, row["task_id"])
    item = task_item(connection, row["task_id"])
    kind = Kind(item["kind"])
    replies = task_replies(connection, row["task_id"])
    event = last_event(connection, row["task_id"], row["user_id"], row["repeat"])
    return Task(
        assignment=row["id"],
        project=project.name,
        kind=kind,
        prompt=tuple(item["prompt"]),
        facts=tuple(item["facts"]),
        replies=tuple(Reply(LETTERS[place], replies[slot]["text"]) for place, slot in enumerate(row["shown"])),
        draft=_draft(connection, row, kind, event),
        guidelines=_guidelines(connection, project.id, row["guidelines"]),
        rubric=rubric_of(connection, project.id, row["rubric"]),
        number=_number(connection, row, project.id),
        quota=project.settings.quota,
        lease_until=row["lease_until"] or 0.0,
        revision=1 if event is None else event["revision"] + 1,
        conversation=item["tags"].get("conversation") if item["source"] == "chat" else None,
    )


def rubric_of(connection: Connection, project_id: int, version: int) -> Rubric:
    """The rubric of a version; 0 is the built-in one."""
    return documents.rubric(connection, project_id, version) if version else Rubric()


def comment_of(connection: Connection, assignment_id: int) -> str:
    found = connection.execute(sa.select(comments.c.text).where(comments.c.assignment_id == assignment_id)).scalar()
    return found or ""


def _guidelines(connection: Connection, project_id: int, version: int) -> Guidelines:
    return documents.guidelines(connection, project_id, version) if version else Guidelines()


def _draft(connection: Connection, row: RowMapping, kind: Kind, event: RowMapping | None) -> Mapping[str, Any]:
    """The draft, or else the answer in force."""
    found = connection.execute(sa.select(drafts.c.content).where(drafts.c.assignment_id == row["id"])).scalar()
    if found is not None:
        content: Mapping[str, Any] = found
        return content
    if event is None or event["action"] != "rate":
        return {}
    stored = Stored(event["strength"], event["payload"] or {})
    return to_answer(kind, stored, row["shown"], comment_of(connection, row["id"])).to_json()


def _number(connection: Connection, row: RowMapping, project_id: int) -> int:
    """How many tasks the reviewer has done in the project, and one where this is not among them."""
    mine = (shifts.c.user_id == row["user_id"]) & (shifts.c.project_id == project_id)
    done = connection.execute(sa.select(shifts.c.done).where(mine)).scalar() or 0
    return int(done) + (row["finished"] is None)
