"""What the fields and speakers of other people's files are called: their names, and ours for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

ROLES = ("system", "user", "assistant")
SKIP = "skip"  # the role of messages that are passed over and counted: what a program wrote, not a person
_SPOKEN_BY = {
    "system": "system; developer",
    "user": "user; human; customer; client; visitor; caller; shopper; buyer; guest; consumer; end user; requester"
    "; kunde; kundin; usuario; utilisateur",
    "assistant": "assistant; agent; bot; gpt; model; ai; ai assistant; operator; support; support agent; live agent"
    "; virtual agent; virtual assistant; customer service; customer support; representative; rep; csr; advisor; staff"
    "; employee; chatbot; mitarbeiter; mitarbeiterin; conseiller; conseillère; agente",
    SKIP: "tool; function; tool call; tool response; function call; function response; observation; ipython",
}
ROLE_NAMES = {name.strip(): role for role, names in _SPOKEN_BY.items() for name in names.split(";")}
# Field of ours -> names it goes by in files, in order of preference. Case, blanks, "_" and "-" make no difference.
FIELD_NAMES = {
    "id": ("id", "dialogue_id", "dialog_id", "conversation_id"),
    "agent": ("agent", "agent_name"),
    "intent": ("intent", "domains", "domain", "topic"),
    "messages": (
        *("messages", "conversation", "conversations", "dialogue", "dialog", "turns", "utterances"),
        *("contents", "transcript", "chat", "log", "thread"),
    ),
    "system": ("system", "system_prompt"),
    "prompt": ("prompt", "question", "instruction", "query", "input", "frage", "q", "user_message", "message", "user"),
    "completion": ("completion", "answer", "response", "reply", "output", "antwort", "réponse", "a", "assistant"),
    "group": ("group", "dialogue", "dialogue_id"),
    "chosen": ("approved", "chosen"),
    "rejected": ("draft", "rejected"),
    "action": ("action",),
    # a table with a row for each turn
    "dialogue": (
        *("dialogue_id", "dialog_id", "conversation_id", "conv_id", "chat_id", "session_id", "thread_id", "ticket_id"),
        *("dialogue", "dialog", "conversation", "chat", "session", "thread", "ticket", "id"),
    ),
    "speaker": (
        *("role", "speaker_role", "sender_role", "author_role", "speaker_type", "sender_type", "author_type"),
        *("speaker", "author", "sender", "from", "participant"),
    ),
    "text": ("text", "utterance", "message", "message_text", "message_body", "content", "body", "value", "parts"),
    "turn": (
        *("turn", "turn_id", "turn_index", "turn_number", "message_index", "timestamp", "datetime", "created_at"),
        *("sent_at", "sent_on", "created", "created_on", "posted_at", "time", "date", "when", "seq", "sequence"),
    ),
}
WITH_INSTRUCTION = ("input", "context")  # what an instruction is about, where both stand in a record (Alpaca, Dolly)
_NO_LETTER = re.compile(r"[\W_]+")


@lru_cache(4096)
def _bare(name: str) -> str:
    return _NO_LETTER.sub("", name.lower())


_KNOWN = {ours: tuple(map(_bare, names)) for ours, names in FIELD_NAMES.items()}


class Fields:
    """The fields of one record by our names, through the user's `columns` (ours -> theirs) first."""

    def __init__(self, record: Mapping[str, Any], columns: Mapping[str, str]) -> None:
        self.record = record
        self.columns = columns
        self.bare = {_bare(key): key for key in record if isinstance(key, str)}

    def get(self, name: str) -> Any:
        """The value, or None where the record has no such field."""
        return next(self.values(name), None)

    def values(self, name: str) -> Any:
        """The values of all fields that `name` goes by, the preferred first."""
        if theirs := self.columns.get(name):
            yield (
                self.record.get(theirs)
                if theirs in self.record
                else self.record.get(self.bare.get(_bare(theirs), theirs))
            )
            return
        for known in _KNOWN[name]:
            if known in self.bare:
                yield self.record[self.bare[known]]

    def named(self, *names: str) -> list[Any]:
        """The values of fields that have one of these very names."""
        return [self.record[self.bare[name]] for name in names if name in self.bare]


def role_of(name: str, roles: Mapping[str, str]) -> str:
    """One of `ROLES` or `SKIP` for a speaker's name, by the user's `roles` first; "" for an unknown one."""
    return roles.get(name) or ROLE_NAMES.get(name) or _folded_role(name, roles)


def _folded_role(name: str, roles: Mapping[str, str]) -> str:
    folded = _spaced(name)
    given = next((role for key, role in roles.items() if _spaced(key) == folded), "")
    return given or ROLE_NAMES.get(folded, "")


def _spaced(name: str) -> str:
    return _NO_LETTER.sub(" ", name.lower()).strip()


@lru_cache(64)
def is_known(name: str) -> bool:
    """Whether a field's name is one that tells what its record holds."""
    return any(_bare(name) in _KNOWN[ours] for ours in ("messages", "prompt", "completion", "chosen", "text"))
