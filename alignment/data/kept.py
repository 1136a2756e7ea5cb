"""A dialogue that passed cleaning, on its way to training rows."""

from __future__ import annotations

from dataclasses import dataclass

from alignment.data.reading.messages import Message
from alignment.data.turns import Turn


@dataclass(kw_only=True)
class Kept:
    """A dialogue that stays, with its split and the agent turns to learn from."""

    id: str
    agent: str
    intent: str
    split: str
    messages: list[Message]
    turns: list[Turn]
    skipped: list[tuple[int, str]]  # other agent turns: index, reason
    row_id: str = ""  # id of its one row; "" = <id>-<index of the turn>

    def name(self, index: int) -> str:
        """The id of the row that ends with message `index`."""
        return self.row_id or f"{self.id}-{index}"
