"""What one conversation is written as, in the forms that files have, and what becomes of it here.

    [{"role": "user", "content": "..."}, ...]                    also {"from", "value"}, {"speaker", "text"}, ...
    ... "content": [{"type": "text", "text": "..."}, ...]         parts of text
    the same list as JSON in a string, or "Customer: ...\\nAgent: ..." as in a table's cell

What a program said (calls of tools and their results) and empty messages are passed over; everything else that is no
text is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from alignment.data.reading.fields import ROLES, SKIP, Fields, role_of

Message = dict[str, str]  # {"role": "system" | "user" | "assistant", "content": "..."}

_PROGRAM = ("tool_use", "tool_result", "tool_call", "function_call", "thinking", "reasoning", "redacted_thinking")
_KIND = re.compile(r"[a-z][a-z_]{0,30}")
# When it was said, before a speaker's name: [10:02], (10:02:05), 2024-05-03 10:02:05, 03/05/24, 10:02 PM -
_TIME = (
    r"(?:\[[^\]\n]{1,30}\]\s{0,3}|[(\[]?\d{1,4}[-/.:]\d[\d:./T, -]{0,24}(?:\s?[AaPp]\.?[Mm]\.?|Z)?[)\]]?\s{0,3})?"
    r"(?:[-–|]\s{1,3})?"
)
_NAME = r"([^\W\d_][\w .'-]{0,30}?)(?:\s?\(([^()\n]{1,30})\))?"
_SPEAKER = re.compile(rf"^{_TIME}[*_]{{0,3}}{_NAME}[*_]{{0,3}}\s?:[*_]{{0,3}}\s{{0,4}}(?=\S)")


class Refusal(ValueError):
    """A record that cannot be used; `str()` is the reason, without any of its content."""


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


def parse_messages(
    value: Any, roles: Mapping[str, str], what: str = "messages", columns: Mapping[str, str] | None = None
) -> list[Message]:
    """A list of messages with our three roles; "system" only at the start. Refusal otherwise.

    Fewer messages than items where some are a program's (role `SKIP`), or say nothing in a conversation of two sides.
    """
    if not isinstance(value, list):
        raise Refusal(f"{what} is {kind_of(value)}, not a list of messages")
    messages: list[Message] = []
    empty = ""  # the first message without words
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            raise Refusal(f"{what}[{index}] is {kind_of(item)}, not an object with role and content")
        name, content = item.get("role"), item.get("content")
        if name is None or content is None:
            fields = Fields(item, columns or {})
            name, content = fields.get("speaker"), fields.get("text") if content is None else content
        if not isinstance(name, str):
            raise Refusal(f"{_place(what, index, item)}.role is {kind_of(name)}; allowed: {', '.join(ROLES)}")
        role = role_of(name, roles)
        if not role:
            allowed = f"{', '.join(ROLES)} (prepare.roles says whose it is)"
            raise Refusal(f"{_place(what, index, item)}.role is not one of {allowed}")
        if role == SKIP or (not content and (item.get("tool_calls") or item.get("function_call"))):
            continue
        if role == "system" and messages and messages[-1]["role"] != "system":
            where = _place(what, index, item)
            raise Refusal(f"{where} is a system message after the conversation began (prepare.roles may say: skip)")
        if isinstance(content, list):
            content = _joined(content, f"{_place(what, index, item)}.content ({role})")
            if content is None:
                continue
        if isinstance(content, str) and not content.strip():
            empty = empty or f"{_place(what, index, item)}.content ({role})"
            continue
        if not isinstance(content, str) or not content.isascii():
            content = valid_text(content, f"{_place(what, index, item)}.content ({role})")
        messages.append({"role": role, "content": content})
    if empty and not {"user", "assistant"} <= {message["role"] for message in messages}:
        raise Refusal(f"{empty} is empty")
    return messages


def _place(what: str, index: int, item: Mapping[str, Any]) -> str:
    return f"{what}[{index}] (line {item['line']})" if "line" in item else f"{what}[{index}]"


def _joined(parts: Sequence[Any], what: str) -> str | None:
    """The text of a content in parts; None where it is a program's alone."""
    texts = []
    for part in parts:
        kind = part.get("type", "text") if isinstance(part, dict) else kind_of(part)
        if kind in _PROGRAM:
            continue
        text = part if isinstance(part, str) else part.get("text") if isinstance(part, dict) else None
        if not isinstance(text, str):
            told = kind if isinstance(kind, str) and _KIND.fullmatch(kind) else "an object"
            raise Refusal(f"{what} holds a part that is no text ({told})")
        texts.append(text)
    return "\n".join(texts) if texts or not parts else None


def from_text(text: str, roles: Mapping[str, str]) -> list[Any] | None:
    """The messages that a string holds, as JSON or as lines of two speakers; None where it is neither."""
    if text.lstrip().startswith("["):
        with suppress(ValueError, RecursionError):
            return list(json.loads(text))
    lines = text.splitlines()
    said = [spoken(line, roles) for line in lines]
    if len({role for role, _ in filter(None, said)} & {"user", "assistant"}) < 2:
        return None
    messages: list[Message] = []
    for line, one in zip(lines, said, strict=True):
        if one is not None:
            messages.append({"role": one[0], "content": one[1]})
        elif messages:
            messages[-1]["content"] += f"\n{line}"
        elif line.strip():
            return None  # what nobody says would be lost
    return messages


def spoken(line: str, roles: Mapping[str, str]) -> tuple[str, str] | None:
    """(role, words) of a line such as "Agent: Hello" or "[10:02] Beth (Customer): Hi", or None."""
    found = _SPEAKER.match(line) if ":" in line else None
    if found is None:
        return None
    role = role_of(found[1].strip(), roles) or (found[2] and role_of(found[2].strip(), roles))
    return (role, line[found.end() :]) if role and role not in ("system", SKIP) else None
