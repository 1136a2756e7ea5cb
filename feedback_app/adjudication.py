"""What the adjudicator's page asks of the server: POST /api/adjudicate/<action>. The core checks the role."""

from __future__ import annotations

from typing import Any

from alignment.feedback.desk import App
from alignment.feedback.nouns import Answer, User
from alignment.feedback.review import Case
from feedback_app import api, render, views


def conflicts(core: App, user: User, body: api.Body) -> dict[str, Any]:
    """What is to be decided, and the flags that are open. body: project?, decided?"""
    names = core.projects.names()
    project = api.text(body, "project") if body.get("project") else (names[0] if names else None)
    if project is None:
        return {"projects": [], "project": None, "conflicts": [], "flags": []}
    found = core.review.conflicts(project, decided=body.get("decided") is True, actor=user.name)
    return {
        "projects": names,
        "project": project,
        "conflicts": [
            {
                "task": one.task,
                "kind": one.kind,
                "prompt": render.reveal(one.prompt),
                "raters": one.raters,
                "spread": one.spread,
                "decided": one.decided,
            }
            for one in found
        ],
        "flags": [
            {
                "id": one.id,
                "task": one.task,
                "reviewer": one.reviewer,
                "reason": views.words(one.reason),
                "note": render.reveal(one.note),
                "prompt": render.reveal(one.prompt),
                "reply": render.reveal(one.reply),
            }
            for one in core.review.flags(project, actor=user.name)
        ],
    }


def case(core: App, user: User, body: api.Body) -> dict[str, Any]:
    """One task with all its ratings. body: task"""
    found = core.review.case(api.number(body, "task"), actor=user.name)
    return {"case": shown(found), "projects": core.projects.names(), "project": found.project}


def draft(core: App, user: User, body: api.Body) -> dict[str, Any]:
    """Keeps what was entered so far. body: task, revision, draft"""
    task, revision = api.number(body, "task"), api.number(body, "revision")
    return {"kept": core.review.save_draft(task, api.mapping(body, "draft"), revision, actor=user.name)}


def decide(core: App, user: User, body: api.Body) -> dict[str, Any]:
    """The adjudicator's answer, for all the raters'. body: task, answer"""
    answer = Answer.from_json(api.mapping(body, "answer"))
    saved = core.review.decide(api.number(body, "task"), answer, actor=user.name)
    return {"saved": {"revision": saved.revision, "already": saved.already}} | conflicts(core, user, body)


def resolve(core: App, user: User, body: api.Body) -> dict[str, Any]:
    """A flag is dealt with. body: flag"""
    core.review.resolve(api.number(body, "flag"), actor=user.name)
    return conflicts(core, user, body)


ACTIONS: dict[str, api.Action] = {one.__name__: one for one in (conflicts, case, draft, decide, resolve)}


def shown(found: Case) -> dict[str, Any]:
    """A case in the shape of a task, with everybody's opinion. Models stay unnamed."""
    standing = [{**one.answer, "comment": one.comment} for one in found.opinions if one.decision]
    return {
        "task": found.task,
        "kind": found.kind,
        "turns": [
            {"role": one["role"], **views.shown(one["content"])} for one in found.prompt if one["role"] != "system"
        ],
        "context": [render.reveal(one["content"]) for one in found.prompt if one["role"] == "system"],
        "facts": [render.reveal(fact) for fact in found.facts],
        "replies": [{"letter": letter, **views.shown(text), "text": text} for letter, text in found.replies],
        "rubric": views.rubric(found.rubric),
        "draft": dict(found.draft) or (standing[-1] if standing else {}),
        "revision": found.revision,
        "opinions": [
            {
                "reviewer": one.reviewer,
                "answer": dict(one.answer),
                "comment": render.reveal(one.comment),
                "seconds": one.seconds,
                "decision": one.decision,
            }
            for one in found.opinions
        ],
    }
