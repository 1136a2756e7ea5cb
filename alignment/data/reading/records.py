"""What a source record becomes: a dialogue, or a draft with its approved reply.

A record is refused, with a reason, when it cannot be read as one of them; it is never repaired here. The reasons
name fields and types, never content: they go into files and messages that must hold no personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alignment.data.reading.fields import WITH_INSTRUCTION, Fields
from alignment.data.reading.messages import Message, Refusal, from_text, kind_of, parse_messages, valid_text


@dataclass(kw_only=True)
class Dialogue:
    """One conversation. `place` says where it stood: "file:line"."""

    id: str
    place: str
    messages: list[Message]
    agent: str = ""
    intent: str = ""
    group: str = ""  # the dialogue of which this is a part, as where there is a row for each turn to learn from
    passed_over: int = 0  # messages of programs (calls of tools, their results), of roles to skip, and empty ones


@dataclass(kw_only=True)
class Draft:
    """A reply as typed (`rejected`) and as approved (`chosen`) for the same prompt."""

    id: str
    place: str
    group: str
    prompt: list[Message]
    chosen: str
    rejected: str
    tags: dict[str, str] = field(default_factory=dict)


def parse_prompt(value: Any, system: Any, roles: Mapping[str, str]) -> list[Message]:
    """A prompt given as text or as messages, with the system message (if any) before it."""
    if isinstance(value, list):
        messages = parse_messages(value, roles, "prompt")
        if not messages:
            raise Refusal("prompt is empty")
    else:
        messages = [{"role": "user", "content": valid_text(value, "prompt")}]
    if system is not None and system != "":
        messages.insert(0, {"role": "system", "content": valid_text(system, "system")})
    return messages


def parse_label(value: Any, what: str) -> str:
    """A short label (id, agent, intent): text, a number, or a list of texts joined by "+"; "" when missing."""
    if value is None:
        return ""
    if isinstance(value, (bool, dict)):
        raise Refusal(f"{what} is {kind_of(value)}, not a string")
    if isinstance(value, list):
        return "+".join(parse_label(item, what) for item in value)
    text = str(value).strip()
    return valid_text(text, what) if text else ""


def parse_reply(value: Any, what: str, roles: Mapping[str, str]) -> str:
    """A reply given as text or as a list of one assistant message."""
    if isinstance(value, list):
        messages = parse_messages(value, roles, what)
        if len(messages) != 1 or messages[0]["role"] != "assistant":
            raise Refusal(f"{what} is not exactly one assistant message")
        return messages[0]["content"]
    return valid_text(value, what)


def parse_dialogue(record: Any, place: str, columns: Mapping[str, str], roles: Mapping[str, str]) -> Dialogue:
    """A record of `messages`, or of prompt and completion (question and answer), as a Dialogue.

    An empty list of messages is a dialogue (a cleaning step drops and counts it). Raises Refusal.
    """
    if isinstance(record, list):
        record = {"messages": record}
    if not isinstance(record, dict):
        raise Refusal(f"the record is {kind_of(record)}, not an object")
    fields = Fields(record, columns)
    found = _conversation(fields, roles)
    passed_over = 0
    if found is not None:
        messages = parse_messages(found, roles, columns=columns)
        passed_over = len(found) - len(messages)
        system = fields.get("system")
        if system and not (messages and messages[0]["role"] == "system"):
            messages.insert(0, {"role": "system", "content": valid_text(system, "system")})
    elif fields.get("completion") is not None or fields.get("prompt") is not None:
        messages = [*_before(fields, roles), *parse_prompt(_asked(fields), None, roles)]
        if system := fields.get("system"):
            messages.insert(0, {"role": "system", "content": valid_text(system, "system")})
        reply = parse_reply(fields.get("completion"), "completion", roles)
        messages.append({"role": "assistant", "content": reply})
    else:
        raise Refusal("the record has neither messages nor prompt and completion")
    identity, group = parse_label(fields.get("id"), "id") or place, _group(fields)
    return Dialogue(
        id=identity,
        place=place,
        messages=messages,
        agent=parse_label(fields.get("agent"), "agent"),
        intent=parse_label(fields.get("intent"), "intent"),
        group=group if group != identity else "",
        passed_over=passed_over,
    )


def _before(fields: Fields, roles: Mapping[str, str]) -> list[Message]:
    """What was said before the prompt: messages, or pairs of a question and its answer, under "history"."""
    past = next((value for value in fields.named("history") if isinstance(value, list)), [])
    if past and all(isinstance(one, list) and len(one) == 2 for one in past):
        names = ("user", "assistant")
        past = [{"role": role, "content": text} for one in past for role, text in zip(names, one, strict=True)]
    return parse_messages(past, roles, "history")


def _group(fields: Fields) -> str:
    named = fields.named("dialogue", "dialogueid", "dialogid", "conversationid")
    return next((str(value) for value in named if isinstance(value, str | int) and value != ""), "")


def _conversation(fields: Fields, roles: Mapping[str, str]) -> Any:
    """The messages of a record: a list, or a text that holds one; None where it has none, but prompt and completion."""
    found = None
    for value in fields.values("messages"):
        if isinstance(value, list) and (not value or isinstance(value[0], dict)):
            return value
        if isinstance(value, str) and (inner := from_text(value, roles)) is not None:
            return inner
        found = value if found is None else found
    if fields.get("completion") is not None:  # then a text of that name is no conversation, but its number
        return None
    return found


def _asked(fields: Fields) -> Any:
    """The prompt, with what it is about where that is a field of its own."""
    prompt = fields.get("prompt")
    if "prompt" not in fields.columns and fields.named("instruction") == [prompt] and isinstance(prompt, str):
        about = [text for text in fields.named(*WITH_INSTRUCTION) if isinstance(text, str) and text.strip()]
        return "\n\n".join([prompt, *about])
    return prompt


def parse_draft(record: Any, place: str, columns: Mapping[str, str], roles: Mapping[str, str]) -> Draft:
    """A record of prompt, draft and approved (or rejected and chosen) as a Draft. Raises Refusal.

    The group is the record's own group or dialogue field, or its id up to the last "-".
    """
    if not isinstance(record, dict):
        raise Refusal(f"the record is {kind_of(record)}, not an object")
    fields = Fields(record, columns)
    prompt = parse_prompt(fields.get("prompt"), fields.get("system"), roles)
    if prompt[-1]["role"] == "assistant":
        raise Refusal("prompt ends with an assistant message, not with a question")
    chosen = parse_reply(fields.get("chosen"), "approved", roles)
    rejected = parse_reply(fields.get("rejected"), "draft", roles)
    identity = parse_label(fields.get("id"), "id") or place
    action = parse_label(fields.get("action"), "action")
    return Draft(
        id=identity,
        place=place,
        group=parse_label(fields.get("group"), "group") or identity.rpartition("-")[0] or identity,
        prompt=prompt,
        chosen=chosen,
        rejected=rejected,
        tags={"action": action} if action else {},
    )
