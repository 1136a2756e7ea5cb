"""What happened to every record: counted, listed in refused.jsonl and dropped.jsonl, with a few examples kept.

Refusals hold file, line and reason, never content. Drops hold redacted text only: they are recorded after redaction.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from alignment.data.reading.messages import Message
from alignment.errors import UserError

EXAMPLES = 3  # shown in the report for each reason
SHOWN = 300  # characters of an example


class Ledger:
    """Counts of one stream of records ("dialogues", "pairs"), and the two lists, which streams may share.

    stop: ends of names of the files that must hold nothing to refuse; "" is that of all.
    """

    def __init__(self, what: str, refused: IO[str], dropped: IO[str], stop: Sequence[str]) -> None:
        self.what = what
        self.rows_in = 0
        self.refused = 0
        self.dropped: Counter[str] = Counter()  # whole records, by reason
        self.parts: Counter[str] = Counter()  # agent turns and rows of records that stay, by reason
        self.refusals: list[tuple[str, int, str]] = []  # the first few, for the report
        self.examples: dict[str, list[str]] = {}
        self._refused = refused
        self._dropped = dropped
        self._stop = stop

    def refuse(self, path: Path, name: str, line: int, reason: str) -> None:
        """Count and list a record that cannot be read; UserError instead when files of its kind are to stop the run."""
        if path.name.lower().removesuffix(".gz").endswith(tuple(self._stop)):
            raise UserError(
                f"{path}, line {line}: {reason}",
                "one record a line with messages, prompt and completion, or prompt, draft and approved",
                "mend the line, or list and leave out such records with prepare.on_error=refuse",
            )
        self.rows_in += 1
        self.refused += 1
        if len(self.refusals) < 20:
            self.refusals.append((name, line, reason))
        _write(self._refused, {"what": self.what, "file": name, "line": line, "reason": reason})

    def drop(self, identity: str, reason: str, text: str, **more: Any) -> None:
        """Count and list a whole record. text: redacted."""
        self.dropped[reason] += 1
        self._list(self.what, identity, reason, text, more)

    def drop_part(self, identity: str, reason: str, text: str, **more: Any) -> None:
        """Count and list a part (an agent turn, or a row left out by a limit) of a record that stays."""
        self.parts[reason] += 1
        self._list("row", identity, reason, text, more)

    def _list(self, what: str, identity: str, reason: str, text: str, more: dict[str, Any]) -> None:
        shown = self.examples.setdefault(reason, [])
        if len(shown) < EXAMPLES and text:
            shown.append(text if len(text) <= SHOWN else f"{text[:SHOWN]} …")
        _write(self._dropped, {"what": what, "id": identity, "reason": reason, **more, "text": text})


def shown_text(messages: Sequence[Message]) -> str:
    """A dialogue's turns as text, without the system message."""
    return "\n".join(f"{m['role']}: {m['content']}" for m in messages if m["role"] != "system")


def _write(file: IO[str], row: dict[str, Any]) -> None:
    file.write(json.dumps(row, ensure_ascii=False) + "\n")
