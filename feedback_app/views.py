"""The core's nouns as JSON for a page. Untrusted text goes out twice: rendered (`html`) and as it is (`raw`)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from alignment.feedback.nouns import SKIP_REASONS, Guidelines, OwnProgress, Rubric, Task
from feedback_app import render

WORDS = {
    "off_brand": "Off-brand",
    "wrong_fact": "Wrong fact",
    "needless_apology": "Needless apology",
    "unsafe": "Unsafe",
    "cannot_judge": "I cannot judge this",
    "not_my_subject": "Not my subject",
    "broken": "Something is broken",
    "other": "Another reason",
}


def words(key: str) -> str:
    """A key as people read it: tone_of_voice, Tone of voice."""
    return WORDS.get(key) or key.replace("_", " ").strip().capitalize()


@lru_cache(maxsize=4096)
def shown(text: str) -> dict[str, str]:
    """A text in both ways."""
    return {"html": render.markdown(text), "raw": render.reveal(text)}


@lru_cache(maxsize=64)
def written(text: str) -> str:
    """A document, rendered."""
    return render.markdown(text, breaks=False)


def standing(progress: OwnProgress, found: Task | None = None) -> dict[str, Any]:
    """A reviewer's own progress, and what guides them: of an open task, what it was handed out under."""
    guide = progress if found is None else found
    return {
        "project": progress.project,
        "progress": {
            "done": progress.done,
            "today": progress.today,
            "skipped": progress.skipped,
            "quota": progress.quota,
            "left": progress.left,
            "kinds": list(progress.kinds),
            "chat": progress.chat,
        },
        "guidelines": guidelines(guide.guidelines),
        "rubric": rubric(guide.rubric),
        "skip_reasons": [{"key": key, "label": words(key)} for key in SKIP_REASONS],
    }


def guidelines(found: Guidelines) -> dict[str, Any]:
    return {"version": found.version, "html": written(found.text)}


def rubric(found: Rubric) -> dict[str, Any]:
    return {
        "version": found.version,
        "dimensions": [
            {"key": one.key, "label": one.label, "low": one.low, "high": one.high} for one in found.dimensions
        ],
        "flags": [{"key": key, "label": words(key)} for key in found.flags],
    }


def task(found: Task | None) -> dict[str, Any] | None:
    """A task. Nothing in it tells one model from another."""
    if found is None:
        return None
    return {
        "assignment": found.assignment,
        "kind": found.kind,
        "turns": [
            {"role": message["role"], **shown(message["content"])}
            for message in found.prompt
            if message["role"] != "system"
        ],
        "context": [render.reveal(one["content"]) for one in found.prompt if one["role"] == "system"],
        "facts": [render.reveal(fact) for fact in found.facts],
        "replies": [{"letter": reply.letter, **shown(reply.text), "text": reply.text} for reply in found.replies],
        "draft": dict(found.draft),
        "number": found.number,
        "quota": found.quota,
        "revision": found.revision,
        "guidelines": found.guidelines.version,
        "rubric": rubric(found.rubric),
        "conversation": found.conversation,
    }
