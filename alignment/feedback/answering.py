"""Ratings and edits on their way into the store. Each function runs inside one write transaction."""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from alignment.errors import UserError
from alignment.feedback.acting import Person
from alignment.feedback.answers import check_note, to_stored
from alignment.feedback.database.app_schema import comments, drafts
from alignment.feedback.database.queries import ASSIGNMENT, insert_row, insertion
from alignment.feedback.database.schema import assignments, rating_events, responses, task_responses
from alignment.feedback.leasing import count_shift, last_event, renew, take_place
from alignment.feedback.nouns import Answer, Edited, Kind, Saved
from alignment.feedback.planning import add_task
from alignment.feedback.reading import rubric_of, shown_reply
from alignment.feedback.records import digest

EDIT_STRENGTH = 1
"""What an edit says for itself against its parent: the least, since nobody compared the two blind."""

DRAFT_LIMIT = 65_536  # characters of JSON

_NO_DRAFT = sa.delete(drafts).where(drafts.c.assignment_id == ASSIGNMENT)
_NO_COMMENT = sa.delete(comments).where(comments.c.assignment_id == ASSIGNMENT)
_DONE = (
    sa.update(assignments)
    .where(assignments.c.id == ASSIGNMENT)
    .values(state="done", finished=sa.bindparam("now"), reopened=None, reason=None)
)


def save_rating(
    connection: Connection,
    user: Person,
    row: RowMapping,
    answer: Answer,
    seconds: float | None,
    revision: int | None,
    now: float,
) -> Saved:
    """See `Desk.submit`. row: of `own_assignment`."""
    last = last_event(connection, row["task_id"], user.id, row["repeat"])
    repeated = last is not None and revision is not None and revision <= last["revision"]
    if last is not None and (row["state"] == "done" or repeated):
        return Saved(last["uid"], last["revision"], True, bool(last["late"]), bool(last["surplus"]))
    rubric = rubric_of(connection, row["project_id"], row["rubric"])
    stored = to_stored(Kind(row["kind"]), answer, row["shown"], rubric)
    late, surplus = _standing(connection, row, last, now)
    uid = new_uid()
    event = {
        "uid": uid,
        "task_id": row["task_id"],
        "user_id": user.id,
        "assignment_id": row["id"],
        "repeat": row["repeat"],
        "revision": 1 if last is None else last["revision"] + 1,
        "action": "rate",
        "strength": stored.strength,
        "payload": dict(stored.payload) or None,
        "seconds": _seconds(seconds, now - (row["reopened"] or row["created"])),
        "created": now,
        "late": late,
        "surplus": surplus,
        "guidelines": row["guidelines"],
        "rubric": row["rubric"],
    }
    connection.execute(insertion(rating_events), event)
    drop_draft(connection, row["id"])
    connection.execute(_DONE, {"of_assignment": row["id"], "now": now})
    if last is None and row["purpose"] != "chat":
        count_shift(connection, user.id, row["project_id"], done=1, skipped=-1 if row["state"] == "skipped" else 0)
    set_comment(connection, row["id"], answer.comment, now)
    return Saved(uid, int(event["revision"]), False, late, surplus)


def _standing(connection: Connection, row: RowMapping, last: RowMapping | None, now: float) -> tuple[bool, bool]:
    """(late, surplus) of a rating about to be stored; takes its place in the item again where it had lost it."""
    if last is not None:
        return False, bool(last["surplus"])
    lost = row["state"] in ("expired", "skipped")
    late = lost or (row["lease_until"] is not None and row["lease_until"] < now)
    surplus = lost and row["purpose"] == "rating" and not take_place(connection, row["task_id"])
    return late, surplus


def _seconds(given: object, elapsed: float) -> float | None:
    """The page's measure, never more than the time since the task was handed out. UserError for no number."""
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given) or given < 0:
        raise UserError(f"seconds {str(given)[:40]!r}", "a number >= 0")
    return round(min(float(given), max(0.0, elapsed)), 3)


def set_comment(connection: Connection, assignment_id: int, text: str, now: float) -> None:
    """Replaces the comment on an assignment; empty removes it."""
    text = check_note(text, "comment").strip()
    connection.execute(_NO_COMMENT, {"of_assignment": assignment_id})
    if text:
        connection.execute(insertion(comments), {"assignment_id": assignment_id, "text": text, "updated": now})


def set_draft(connection: Connection, row: RowMapping, draft: Mapping[str, Any], now: float, until: float) -> bool:
    """See `Desk.save_draft`."""
    check_draft(draft)
    if row["state"] in ("done", "skipped"):
        return False
    keep_draft(connection, row["id"], draft, now)
    if row["state"] == "open" and row["lease_until"] is not None:
        renew(connection, row["id"], until)
    return True


def keep_draft(connection: Connection, assignment_id: int, draft: Mapping[str, Any], now: float) -> None:
    """Replaces the draft of an assignment."""
    drop_draft(connection, assignment_id)
    values = {"assignment_id": assignment_id, "content": dict(draft), "updated": now}
    connection.execute(insertion(drafts), values)


def drop_draft(connection: Connection, assignment_id: int) -> None:
    connection.execute(_NO_DRAFT, {"of_assignment": assignment_id})


def check_draft(draft: object) -> None:
    """UserError: no object, no JSON, too long."""
    if not isinstance(draft, Mapping):
        raise UserError(f"a draft of {type(draft).__name__}", "an object")
    try:
        written = json.dumps(draft, allow_nan=False, ensure_ascii=False)
        size = len(written.encode("utf-8"))  # neither not-a-number nor half a character could be given back
    except (TypeError, ValueError, RecursionError) as error:
        raise UserError("a draft that is no JSON", "an object of plain values") from error
    if size > DRAFT_LIMIT:
        raise UserError(f"a draft of {size:,} characters", f"at most {DRAFT_LIMIT:,}")


def save_edit(connection: Connection, user: Person, row: RowMapping, letter: str, text: str, now: float) -> Edited:
    """See `Desk.edit`."""
    text = check_note(text, "reply").strip()
    parent = shown_reply(connection, row, letter)
    if not text or text == parent["text"].strip():
        raise UserError("an edit that is empty or changes nothing", "how the reply should read")
    item_id = parent["item_id"]
    key = f"edit-{digest([parent['key'], user.id, text])[:20]}"
    mine = (responses.c.item_id == item_id) & (responses.c.key == key)
    edit_id = connection.execute(sa.select(responses.c.id).where(mine)).scalar()
    if edit_id is None:
        edit_id = insert_row(
            connection,
            responses,
            item_id=item_id,
            key=key,
            text=text,
            model="edit",
            model_hash="",
            sampling={},
            parent_id=parent["id"],
            author_id=user.id,
        )
    _withdraw_edits(connection, user, parent["id"], edit_id, now)
    task_id = add_task(connection, item_id, Kind.pair, [(parent["key"], parent["id"]), (key, edit_id)])
    last = last_event(connection, task_id, user.id, 0)
    if last is not None and last["action"] == "rate":
        return Edited(key, last["uid"], True)
    uid = new_uid()
    first = key < parent["key"]
    event = {
        "uid": uid,
        "task_id": task_id,
        "user_id": user.id,
        "assignment_id": row["id"],
        "repeat": 0,
        "revision": 1 if last is None else last["revision"] + 1,
        "action": "rate",
        "strength": EDIT_STRENGTH if first else -EDIT_STRENGTH,
        "created": now,
        "origin": "edit",
        "guidelines": row["guidelines"],
        "rubric": row["rubric"],
    }
    connection.execute(sa.insert(rating_events), [event])
    return Edited(key, uid, False)


def _withdraw_edits(connection: Connection, user: Person, parent_id: int, edit_id: int, now: float) -> None:
    """The author's earlier edits of the same reply no longer count: they improved on them."""
    earlier = (
        sa.select(task_responses.c.task_id)
        .join(responses, responses.c.id == task_responses.c.response_id)
        .where(responses.c.parent_id == parent_id, responses.c.author_id == user.id, responses.c.id != edit_id)
    )
    for task_id in connection.execute(earlier).scalars().all():
        last = last_event(connection, task_id, user.id, 0)
        if last is not None and last["action"] == "rate" and last["origin"] == "edit":
            withdraw(connection, last, now)


def withdraw(connection: Connection, last: RowMapping, now: float) -> None:
    """Takes a rating back by a further revision."""
    kept = {
        name: last[name] for name in ("task_id", "user_id", "assignment_id", "repeat", "origin", "guidelines", "rubric")
    }
    event = {**kept, "uid": new_uid(), "revision": last["revision"] + 1, "action": "withdraw", "created": now}
    connection.execute(sa.insert(rating_events), [event])


def new_uid() -> str:
    """The lasting name of a person's rating: random, so that nothing about them can be read from it."""
    return f"r-{secrets.token_hex(12)}"
