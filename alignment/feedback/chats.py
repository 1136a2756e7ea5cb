"""Live chats: each turn is an item with two models' replies, a pair task, and an assignment of the reviewer's own."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alignment.errors import UserError
from alignment.feedback.acting import Person, ProjectRow
from alignment.feedback.database.queries import insert_row
from alignment.feedback.database.schema import assignments, collections, items, responses, tasks
from alignment.feedback.incoming.candidates import check_text
from alignment.feedback.leasing import draw_order, last_event, latest_versions
from alignment.feedback.nouns import ChatReply, Kind, Refused
from alignment.feedback.planning import add_task
from alignment.feedback.reading import task_replies
from alignment.feedback.records import Message

TURN_LIMIT = 40_000  # characters of a chat turn


def add_chat_turn(
    connection: Connection,
    user: Person,
    project: ProjectRow,
    conversation: str | None,
    messages: Sequence[Message],
    replies: Sequence[ChatReply],
    now: float,
) -> int:
    """The assignment of a live chat's turn; see `Desk.chat_turn`. The same turn again: the same assignment."""
    _check(messages, replies)
    conversation, collection_id = _conversation(connection, user, project, conversation, now)
    turn = sum(message["role"] == "user" for message in messages)
    key = f"{conversation}-{turn:04}"
    mine = (items.c.collection_id == collection_id) & (items.c.key == key)
    item_id = connection.execute(sa.select(items.c.id).where(mine)).scalar()
    if item_id is not None:
        found = connection.execute(
            sa.select(assignments.c.id)
            .join(tasks, tasks.c.id == assignments.c.task_id)
            .where(tasks.c.item_id == item_id, assignments.c.user_id == user.id)
        ).scalar()
        if found is not None:
            return int(found)
    item_id = insert_row(
        connection,
        items,
        collection_id=collection_id,
        key=key,
        prompt=[{"role": one["role"], "content": one["content"]} for one in messages],
        facts=[],
        tags={"conversation": conversation, "dialogue": conversation, "turn": turn},
        author_id=user.id,
        planned=True,
    )
    made = []
    for number, reply in enumerate(replies):
        values = {"text": reply.text, "model": reply.model, "model_hash": reply.model_hash}
        name = f"{key}-{number}"
        made.append(
            (
                name,
                insert_row(connection, responses, item_id=item_id, key=name, sampling=dict(reply.sampling), **values),
            )
        )
    task_id = add_task(connection, item_id, Kind.pair, made)
    return insert_row(
        connection,
        assignments,
        task_id=task_id,
        user_id=user.id,
        repeat=0,
        shown=draw_order(connection, task_id, "", None),
        state="open",
        lease_until=None,
        created=now,
        project_id=project.id,
        purpose="chat",
        **latest_versions(connection, project.id),
    )


def _check(messages: Sequence[Message], replies: Sequence[ChatReply]) -> None:
    if len(replies) != 2:
        raise UserError(f"{len(replies)} replies to a chat turn", "two, of two models")
    if not messages or messages[-1].get("role") != "user" or not str(messages[-1].get("content", "")).strip():
        raise UserError("a chat without a question", "messages that end with the user's")
    for message in messages:
        check_text(message.get("content"), "chat message")
        check_text(message.get("role"), "chat role")
    for text in (*(one["content"] for one in messages), *(one.text for one in replies)):
        check_text(text, "chat reply")
        if len(text) > TURN_LIMIT:
            raise UserError(f"a chat turn of {len(text):,} characters", f"at most {TURN_LIMIT:,}")


def _conversation(
    connection: Connection, user: Person, project: ProjectRow, name: str | None, now: float
) -> tuple[str, int]:
    """A conversation of the user's own and its collection; None begins one."""
    if name is None:
        name = f"chat-{secrets.token_hex(8)}"
        values = {"project_id": project.id, "key": name, "created": now, "source": "chat"}
        return name, insert_row(connection, collections, **values)
    row = connection.execute(
        sa.select(collections.c.id, items.c.author_id)
        .join(items, items.c.collection_id == collections.c.id)
        .where(collections.c.key == name, collections.c.source == "chat", collections.c.project_id == project.id)
        .limit(1)
    ).first()
    if row is None or row.author_id != user.id:
        raise Refused("this chat is not yours", do="begin a new one")
    return name, int(row.id)


def read_chat(connection: Connection, user: Person, conversation: str) -> list[Message]:
    """See `Desk.chat_history`."""
    row = (
        connection.execute(
            sa.select(items.c.prompt, assignments)
            .join(collections, collections.c.id == items.c.collection_id)
            .join(tasks, tasks.c.item_id == items.c.id)
            .join(assignments, assignments.c.task_id == tasks.c.id)
            .where(collections.c.key == conversation, collections.c.source == "chat")
            .where(items.c.author_id == user.id, assignments.c.user_id == user.id)
            .order_by(items.c.key.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )
    if row is None:
        raise Refused("this chat is not yours", do="begin a new one")
    messages: list[Message] = list(row["prompt"])
    vote = last_event(connection, row["task_id"], user.id, 0)
    if vote is None:
        return messages
    strength = vote["strength"] or 0
    slot = row["shown"][0] if strength == 0 else 0 if strength > 0 else 1
    return [*messages, {"role": "assistant", "content": task_replies(connection, row["task_id"])[slot]["text"]}]
