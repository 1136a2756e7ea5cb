"""Live chat: a reviewer's message goes to two models at once, and their replies come back blind, for a vote.

Both replies are shown together when both are there: one that appeared first would give its model away.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from alignment.errors import UserError
from alignment.feedback.desk import App
from alignment.feedback.nouns import ChatReply, Endpoint, User
from alignment.feedback.records import Message
from feedback_app import api, views

TIMEOUT = httpx.Timeout(90.0, connect=10.0)  # seconds
SAMPLING = {"temperature": 0.7, "max_tokens": 400}
MESSAGE_LIMIT = 4_000  # characters a message


def resume(core: App, user: User, body: api.Body) -> dict[str, Any]:
    """Where a chat stands. body: project?, conversation?, assignment? (of the turn that waits for a vote)"""
    names = core.desk.projects(user.name)
    project = api.text(body, "project") if body.get("project") else (names[0] if names else None)
    if project is None:
        return {"project": None, "projects": [], "ready": False, "turns": [], "task": None}
    standing = views.standing(core.desk.progress(user.name, project))
    conversation = api.text(body, "conversation") if body.get("conversation") else None
    history = core.desk.chat_history(user.name, conversation) if conversation else []
    waiting = bool(history) and history[-1]["role"] == "user"
    open_turn = waiting and body.get("assignment") is not None
    task = core.desk.task(user.name, api.number(body, "assignment")) if open_turn else None
    return {
        "projects": names,
        **standing,
        "ready": standing["progress"]["chat"],
        "conversation": conversation,
        "turns": turns(history),
        "task": views.task(task),
    }


def say(core: App, user: User, body: api.Body) -> dict[str, Any]:
    """One message, answered by two models. body: project, conversation?, text"""
    project, words = api.text(body, "project"), api.text(body, "text").strip()
    conversation = api.text(body, "conversation") if body.get("conversation") else None
    if not 0 < len(words) <= MESSAGE_LIMIT:
        raise UserError(f"a message of {len(words)} characters", f"1 to {MESSAGE_LIMIT}")
    history = core.desk.chat_history(user.name, conversation) if conversation else []
    if history and history[-1]["role"] == "user":
        raise UserError("this turn waits for your vote", do="vote, then go on")
    messages = [*history, {"role": "user", "content": words}]
    endpoints = core.projects.get(project).settings.endpoints
    if len(endpoints) < 2:
        raise UserError("this project has no two models to chat with", do="an owner adds endpoints to the project")
    chosen = random.SystemRandom().sample(list(endpoints), 2)
    task = core.desk.chat_turn(user.name, project, conversation, messages, ask_all(chosen, messages))
    return {"conversation": task.conversation, "turns": turns(task.prompt), "task": views.task(task)}


def vote(core: App, user: User, body: api.Body) -> dict[str, Any]:
    """The vote on a turn; the chat goes on with the better reply. body: conversation, assignment, answer, seconds?"""
    done = api.submit(core, user, {name: value for name, value in body.items() if name != "project"})
    history = core.desk.chat_history(user.name, api.text(body, "conversation"))
    return {**done, "turns": turns(history), "task": None}


ACTIONS: dict[str, api.Action] = {one.__name__: one for one in (resume, say, vote)}


def turns(history: Sequence[Message]) -> list[dict[str, str]]:
    """A conversation for the page."""
    return [{"role": one["role"], **views.shown(one["content"])} for one in history if one["role"] != "system"]


def ask_all(endpoints: Sequence[Endpoint], messages: Sequence[Message]) -> list[ChatReply]:
    """Each endpoint's reply, asked at the same time. UserError, naming no model, when one fails."""
    with httpx.Client(timeout=TIMEOUT) as client, ThreadPoolExecutor(len(endpoints)) as pool:
        return list(pool.map(lambda endpoint: ask(client, endpoint, messages), endpoints))


def ask(client: httpx.Client, endpoint: Endpoint, messages: Sequence[Message]) -> ChatReply:
    """One reply of an OpenAI-compatible endpoint (POST <url>/chat/completions)."""
    key = os.environ.get(endpoint.key_variable) if endpoint.key_variable else None
    headers = {"authorization": f"Bearer {key}"} if key else {}
    url = endpoint.url.rstrip("/")
    if not url.endswith("/chat/completions"):
        url += "/chat/completions"
    body = {"model": endpoint.model, "messages": [dict(one) for one in messages], **SAMPLING}
    try:
        response = client.post(url, json=body, headers=headers)
        response.raise_for_status()
        words = read_reply(response.json())
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        again = "send your message again in a moment; nothing was lost"
        raise UserError("A model did not answer.", do=again) from error
    return ChatReply(model=endpoint.name or endpoint.model, text=words, sampling=SAMPLING)


def read_reply(said: Any) -> str:
    """The text of a chat completion. ValueError where there is none."""
    choices = said.get("choices") if isinstance(said, Mapping) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, Mapping) else None
    words = message.get("content") if isinstance(message, Mapping) else None
    if not isinstance(words, str) or not words.strip():
        raise ValueError("no text in the completion")
    return words
