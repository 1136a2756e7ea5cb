"""The one error a user is meant to read: what was found, what is allowed, what to do next; and the one warning."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """A mistake in the input, or a limit of the machine. `run.py` prints it and exits with code 2.

    found: what is wrong, with the value that was found. allowed: what would be right. do: the next step.
    The message is one to three lines; empty parts are left out.
    """

    def __init__(self, found: str, allowed: str = "", do: str = "") -> None:
        super().__init__(found, allowed, do)
        self.found, self.allowed, self.do = found, allowed, do

    def __str__(self) -> str:
        lines = [self.found]
        if self.allowed:
            lines.append(f"allowed: {self.allowed}")
        if self.do:
            lines.append(f"next: {self.do}")
        return "\n".join(" ".join(line.split()) for line in lines)


class UserNote(UserWarning):
    """Something a user should know that stops nothing: `warnings.warn(text, UserNote)`.

    The command line prints it as a line of its own, other warnings as Python does, with their place in the code.
    """


def nearest(name: str, names: Iterable[str]) -> str:
    """The name in `names` closest in spelling, as ` (did you mean X?)`; empty when none is close."""
    match = get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f" (did you mean {match[0]}?)" if match else ""
