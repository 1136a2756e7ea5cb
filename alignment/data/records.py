"""What a source record becomes: a dialogue, or a draft with its approved reply.

A record is refused, with a reason, when it cannot be read as one of them; it is never repaired here. The reasons
name fields and types, never content: they go into files and messages that must hold no personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Message = dict[str, str]  # {"role": "system" | "user" | "assistant", "content": "..."}

ROLES = ("system", "user", "assistant")
ROLE_NAMES = {
    "system": "system",
    "user": "user",
    "human": "user",
    "customer": "user",
    "client": "user",
    "visitor": "user",
    "caller": "user",
    "shopper": "user",
    "buyer": "user",
    "guest": "user",
    "kunde": "user",
    "kundin": "user",
    "assistant": "assistant",
    "agent": "assistant",
    "bot": "assistant",
    "gpt": "assistant",
    "operator": "assistant",
    "support": "assistant",
    "representative": "assistant",
    "rep": "assistant",
    "advisor": "assistant",
    "staff": "assistant",
    "chatbot": "assistant",
    "mitarbeiter": "assistant",
    "mitarbeiterin": "assistant",
    "conseiller": "assistant",
}
# Field of ours -> names it goes by in files, in order of preference. Names are compared in lower case.
FIELD_NAMES = {
    "id": ("id", "dialogue_id", "conversation_id"),
    "agent": ("agent", "agent_name"),
    "intent": ("intent", "domains", "domain", "topic"),
    "messages": ("messages", "conversation", "conversations", "dialogue", "turns"),
    "system": ("system",),
    "prompt": ("prompt", "question", "instruction", "query", "input", "frage", "q"),
    "completion": ("completion", "answer", "response", "reply", "output", "antwort", "a"),
    "group": ("group", "dialogue", "dialogue_id"),
    "chosen": ("approved", "chosen"),
    "rejected": ("draft", "rejected"),
    "action": ("action",),
    # a table with a row for each turn
    "dialogue": (
        *("dialogue_id", "conversation_id", "chat_id", "session_id", "thread_id", "ticket_id", "dialogue"),
        *("conversation", "chat", "session", "thread", "ticket", "id"),
    ),
    "speaker": ("speaker", "role", "author", "sender", "from", "participant"),
    "text": ("text", "utterance", "message", "content", "body"),
    "turn": ("turn", "turn_id"),
}


class Refusal(ValueError):
    """A record that cannot be used; `str()` is the reason, without any of its content."""


@dataclass(kw_only=True)
class Dialogue:
    """One conversation. `place` says where it stood: "file:line"."""

    id: str
    place: str
    messages: list[Message]
    agent: str = ""
    intent: str = ""


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


class Fields:
    """The fields of one record by our names, through the user's `columns` (ours -> theirs) first."""

    def __init__(self, record: Mapping[str, Any], columns: Mapping[str, str]) -> None:
        self.record = record
        self.columns = columns
        self.lower = {key.strip().lower(): key for key in record if isinstance(key, str)}

    def get(self, name: str) -> Any:
        """The value, or None where the record has no such field."""
        if name in self.columns:
            return self.record.get(self.columns[name])
        for known in FIELD_NAMES[name]:
            if known in self.lower:
                return self.record[self.lower[known]]
        return None


def valid_text(value: Any, what: str) -> str:
    """`value` when it is a string with something in it that UTF-8 can hold; Refusal otherwise."""
    if not isinstance(value, str):
        raise Refusal(f"{what} is {kind_of(value)}, not a string")
    if not value or value.isspace():
        raise Refusal(f"{what} is empty")
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise Refusal(f"{what} holds broken Unicode (a lone surrogate)") from None
    return value


def kind_of(value: Any) -> str:
    """The JSON name of a value's type."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "a boolean"
    names = {str: "a string", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), f"a {type(value).__name__}")


def parse_messages(value: Any, roles: Mapping[str, str], what: str = "messages") -> list[Message]:
    """A list of {"role", "content"} with our three roles; "system" only at the start. Refusal otherwise."""
    if not isinstance(value, list):
        raise Refusal(f"{what} is {kind_of(value)}, not a list of messages")
    messages: list[Message] = []
    for index, item in enumerate(value):
        place = f"{what}[{index}]"
        if isinstance(item, dict) and "line" in item:  # of a table with a row for each turn
            place += f" (line {item['line']})"
        if not isinstance(item, dict):
            raise Refusal(f"{place} is {kind_of(item)}, not an object with role and content")
        name = item.get("role", item.get("from"))
        if not isinstance(name, str):
            raise Refusal(f"{place}.role is {kind_of(name)}; allowed: {', '.join(ROLES)}")
        role = roles.get(name) or ROLE_NAMES.get(name.strip().lower())
        if role not in ROLES:
            raise Refusal(f"{place}.role is not one of {', '.join(ROLES)}")
        if role == "system" and messages and messages[-1]["role"] != "system":
            raise Refusal(f"{place} is a system message after the conversation began")
        content = item.get("content", item.get("value"))
        messages.append({"role": role, "content": valid_text(content, f"{place}.content ({role})")})
    return messages


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
    if not isinstance(record, dict):
        raise Refusal(f"the record is {kind_of(record)}, not an object")
    fields = Fields(record, columns)
    found = fields.get("messages")
    if found is not None:
        messages = parse_messages(found, roles)
        system = fields.get("system")
        if system and not (messages and messages[0]["role"] == "system"):
            messages.insert(0, {"role": "system", "content": valid_text(system, "system")})
    elif fields.get("completion") is not None or fields.get("prompt") is not None:
        messages = parse_prompt(fields.get("prompt"), fields.get("system"), roles)
        reply = parse_reply(fields.get("completion"), "completion", roles)
        messages.append({"role": "assistant", "content": reply})
    else:
        raise Refusal("the record has neither messages nor prompt and completion")
    return Dialogue(
        id=parse_label(fields.get("id"), "id") or place,
        place=place,
        messages=messages,
        agent=parse_label(fields.get("agent"), "agent"),
        intent=parse_label(fields.get("intent"), "intent"),
    )


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
