"""What the reviewer's pages ask of the server, as JSON: POST /api/<action>.

A page names an assignment and nothing else: who is asking comes from the session, whether the assignment is theirs
and what comes next from the database. Errors: 401 no session, 403 not allowed, 400 what a user can mend, each as
{"error", "allowed", "do"}.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from alignment.errors import UserError
from alignment.feedback.desk import App
from alignment.feedback.nouns import NOTE_LIMIT, Answer, Kind, Refused, User
from feedback_app import views
from feedback_app.door import Door

Body = Mapping[str, Any]
Action = Callable[[App, User, Body], dict[str, Any]]
LARGEST_ID = 2**31 - 1
KINDS = frozenset(Kind)


def me(core: App, user: User, body: Body) -> dict[str, Any]:
    """Who is signed in, and the projects there are."""
    return {"name": user.name, "role": user.role, "projects": core.desk.projects(user.name)}


def desk(core: App, user: User, body: Body) -> dict[str, Any]:
    """All a desk shows: the task, the reviewer's standing, guidelines and rubric. body: project?, kind?"""
    project = text(body, "project") if body.get("project") else None
    given = body.get("kind")
    kind = Kind(given) if isinstance(given, str) and given in KINDS else None
    seen = core.desk.look(user.name, project, kind)
    if seen.progress is None:
        return {"project": None, "projects": [], "task": None}
    return {"projects": list(seen.projects), **views.standing(seen.progress, seen.task), "task": views.task(seen.task)}


def submit(core: App, user: User, body: Body) -> dict[str, Any]:
    """Saves the answer to an assignment; the desk as it is then. body: assignment, answer, seconds?, revision?"""
    seconds = body.get("seconds")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds < 1e7:
        seconds = None
    revision = number(body, "revision") if body.get("revision") is not None else None
    answer = Answer.from_json(mapping(body, "answer"))
    saved = core.desk.submit(user.name, number(body, "assignment"), answer, seconds, revision)
    said = {"revision": saved.revision, "already": saved.already, "late": saved.late}
    return {"saved": said} | (desk(core, user, body) if body.get("project") else {})


def draft(core: App, user: User, body: Body) -> dict[str, Any]:
    """Keeps what was entered so far. body: assignment, draft"""
    return {"kept": core.desk.save_draft(user.name, number(body, "assignment"), mapping(body, "draft"))}


def skip(core: App, user: User, body: Body) -> dict[str, Any]:
    """Hands a task back. body: assignment, reason"""
    core.desk.skip(user.name, number(body, "assignment"), text(body, "reason"))
    return desk(core, user, body)


def undo(core: App, user: User, body: Body) -> dict[str, Any]:
    """The last rating again, as the task. body: project"""
    undone = core.desk.undo(user.name, text(body, "project")) is not None
    return {"undone": undone} | desk(core, user, body)


def flag(core: App, user: User, body: Body) -> dict[str, Any]:
    """Tells the owner of something wrong. body: assignment, reason, note?"""
    note = text(body, "note") if body.get("note") else ""
    core.desk.flag(user.name, number(body, "assignment"), text(body, "reason"), None, note)
    return {"flagged": True}


def edit(core: App, user: User, body: Body) -> dict[str, Any]:
    """How a reply should read. body: assignment, letter, text"""
    edited = core.desk.edit(user.name, number(body, "assignment"), text(body, "letter"), text(body, "text"))
    return {"edited": True, "already": edited.already}


ACTIONS: dict[str, Action] = {one.__name__: one for one in (me, desk, submit, draft, skip, undo, flag, edit)}


def routes(door: Door, actions: Mapping[str, Action], prefix: str = "/api", threads: int = 40) -> APIRouter:
    """POST <prefix>/<action> for each action. threads: how many run at once; slow ones must not hold up the rest."""
    router = APIRouter(prefix=prefix)
    turnstile = CapacityLimiter(threads)

    @router.post("/{action}")
    async def act(action: str, request: Request) -> JSONResponse:
        if action not in actions:
            return JSONResponse({"error": "no such action"}, 404)
        raw = await request.body()
        return await to_thread.run_sync(answer, door, actions[action], request, raw, limiter=turnstile)

    return router


def answer(door: Door, action: Action, request: Request, raw: bytes) -> JSONResponse:
    """Runs an action for the session's user, its errors as a status."""
    user = door.user(request)
    if user is None:
        return JSONResponse({"error": "You are signed out."}, 401)
    try:
        return JSONResponse(action(door.core, user, parsed(raw)))
    except Refused as error:
        return JSONResponse(described(error), 403)
    except UserError as error:
        return JSONResponse(described(error), 400)


def described(error: UserError) -> dict[str, str]:
    said = {"error": error.found, "allowed": error.allowed, "do": error.do}
    # it may repeat what was sent, half a character too
    return {name: words.encode("utf-8", "replace").decode("utf-8") for name, words in said.items()}


def parsed(raw: bytes) -> Body:
    """The body's object. UserError for anything else."""
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise UserError("the request is not JSON") from error
    if not isinstance(body, dict):
        raise UserError("the request is not a JSON object")
    return body


def number(body: Body, name: str) -> int:
    """A whole number of 0 and up that a database's id can be."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_ID:
        raise UserError(f"{name}: {str(value)[:40]!r}", "a whole number")
    return value


def text(body: Body, name: str) -> str:
    """A text that every database can keep, of at most `NOTE_LIMIT` characters."""
    value = body.get(name)
    if not isinstance(value, str) or len(value) > NOTE_LIMIT:
        raise UserError(f"{name}: {str(value)[:40]!r}", f"a text of at most {NOTE_LIMIT} characters")
    if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise UserError(f"{name} holds a character that cannot be kept", "text")
    return value


def mapping(body: Body, name: str) -> Body:
    """A JSON object."""
    value = body.get(name)
    if not isinstance(value, dict):
        raise UserError(f"{name}: {str(value)[:40]!r}", "an object")
    return value
