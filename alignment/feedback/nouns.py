"""The nouns of the feedback app: what passes between its pages or commands and the core. No page needs more.

Nothing here that a reviewer is shown names a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from alignment.errors import UserError
from alignment.feedback.records import Message

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FLAGS = ("off_brand", "wrong_fact", "needless_apology", "unsafe")
SKIP_REASONS = ("cannot_judge", "not_my_subject", "broken", "other")
NOTE_LIMIT = 10_000  # characters of a comment, a note or an edit


class Refused(UserError):
    """The acting user may not do this: wrong role, not theirs, signed out or gone. HTTP 403. Nothing was written."""


class Kind(StrEnum):
    """What a task asks for."""

    pair = "pair"
    rank = "rank"
    rubric = "rubric"


class Role(StrEnum):
    """Each may do what the one before it may."""

    reviewer = "reviewer"
    adjudicator = "adjudicator"
    admin = "admin"


class Operator:
    """Acts with all rights: whoever runs a command on the machine of the database. Never a web request."""

    def __repr__(self) -> str:
        return "OPERATOR"


OPERATOR = Operator()
Actor = str | Operator  # the name of a signed-in user, or the command line


@dataclass(frozen=True)
class Dimension:
    """One scale of the rubric, 1 to 5. key: as in answers and exports."""

    key: str
    label: str
    low: str = ""  # what 1 means
    high: str = ""  # what 5 means


DIMENSIONS = (
    Dimension("tone", "Tone", "grating", "just right"),
    Dimension("brand_voice", "Brand voice", "anyone's", "unmistakably ours"),
    Dimension("accuracy", "Accuracy", "wrong", "right in every fact"),
    Dimension("helpfulness", "Helpfulness", "leaves me stuck", "solves it"),
)


@dataclass(frozen=True)
class Rubric:
    """One version of a project's rubric. version: 1 and up; 0 is the built-in one."""

    version: int = 0
    dimensions: tuple[Dimension, ...] = DIMENSIONS
    flags: tuple[str, ...] = FLAGS


@dataclass(frozen=True)
class Guidelines:
    """One version of a project's guidelines, Markdown. version: 1 and up; 0 where none were written."""

    version: int = 0
    text: str = ""


@dataclass(frozen=True)
class Version:
    """One version of a project's guidelines or rubric, as an owner reads it.

    author: a user's name, or "command line"; created: Unix seconds; both None of a rubric's version 0, the built-in
    one. text: Markdown; of a rubric a line a dimension, `key | label | what 1 means | what 5 means`, then the flags.
    changes: the lines that differ from the version before, as in a unified diff; the first has none. ratings: rating
    events of people who had this version before them.
    """

    kind: str
    version: int
    author: str | None
    created: float | None
    text: str
    changes: tuple[str, ...]
    ratings: int


@dataclass(frozen=True)
class Reply:
    """A reply as it is shown: its letter is its place (A is left or on top). Blind: nothing says who wrote it."""

    letter: str
    text: str


@dataclass(frozen=True)
class Task:
    """What one reviewer is asked now.

    assignment: what the page sends back, and the only thing it needs to. replies: in shown order. draft: what
    `save_draft` stored, or after an undo the earlier answer (`Answer.to_json`). number: this is the reviewer's
    number-th task of the project. quota: tasks a reviewer, None without a limit. lease_until: Unix seconds.
    revision: of the rating the next submit makes; 2 and up after an undo.
    """

    assignment: int
    project: str
    kind: Kind
    prompt: tuple[Message, ...]
    facts: tuple[str, ...]
    replies: tuple[Reply, ...]
    draft: Mapping[str, Any]
    guidelines: Guidelines
    rubric: Rubric
    number: int
    quota: int | None
    lease_until: float
    revision: int
    conversation: str | None = None  # of a live chat


@dataclass(frozen=True)
class Answer:
    """What a reviewer answered, in SHOWN places. The field that belongs to the task's kind is filled.

    strength   pair: -3 … 3; ABOVE 0 THE LEFT REPLY (A) IS BETTER, below 0 the right one (B), 0 a tie
    both_bad   pair: neither may be sent; instead of a strength
    ranks      rank: by shown place, 1 the best, ties share a number, no number is left out (1, 2, 2, 3);
               None: not ranked. At least two are.
    scores     rubric: {letter: {dimension: 1 … 5}}, every dimension of every reply
    flags      any kind: {letter: [flag, …]} of the rubric's flags
    comment    any kind: free text, stored apart
    """

    strength: int | None = None
    both_bad: bool = False
    ranks: Sequence[int | None] | None = None
    scores: Mapping[str, Mapping[str, int]] | None = None
    flags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    comment: str = ""

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Answer:
        """From what a page sent. UserError for a field that is not one; values are checked by `submit`."""
        known = set(cls.__dataclass_fields__)
        strange = sorted(set(map(str, given)) - known)
        if strange:
            raise UserError(f"answer with {', '.join(strange)[:80]}", f"fields {', '.join(sorted(known))}")
        return cls(**given)

    def to_json(self) -> dict[str, Any]:
        """As `from_json` reads it: what a draft holds."""
        return {
            "strength": self.strength,
            "both_bad": self.both_bad,
            "ranks": None if self.ranks is None else list(self.ranks),
            "scores": None if self.scores is None else {k: dict(v) for k, v in self.scores.items()},
            "flags": {letter: list(names) for letter, names in self.flags.items()},
            "comment": self.comment,
        }


@dataclass(frozen=True)
class Saved:
    """The rating is on the disk. already: it was before this call (a retry, a double click, a second tab).

    uid: the lasting name of the rating. late: it came after the lease had run out. surplus: and the item had
    its n ratings by then; kept, and left out of exports unless they ask for it.
    """

    uid: str
    revision: int
    already: bool
    late: bool = False
    surplus: bool = False


@dataclass(frozen=True)
class Edited:
    """A reviewer's better reply: the key of the new response, and the rating that prefers it to its parent."""

    response: str
    uid: str
    already: bool


@dataclass(frozen=True)
class ChatReply:
    """One model's reply in a live chat, as the server got it. The model's name stays on the server."""

    model: str
    text: str
    model_hash: str = ""
    sampling: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """An OpenAI-compatible chat endpoint of a project. key_variable: environment variable that holds its key."""

    name: str
    url: str
    model: str
    key_variable: str = ""


@dataclass(frozen=True)
class ProjectSettings:
    """What an owner sets of a project. `check` says what is wrong.

    tasks: {pair: pairs an item, rank: replies in an item's ranking, rubric: replies scored an item}, in the
    order they are handed out; 0 or absent: none of that kind. ratings: n, by different people, exactly.
    lease: seconds until an open task goes to another. quota: tasks a reviewer, None: no limit. repeat_share,
    gold_share: of a reviewer's tasks. random_share: of the tasks, kept in random order when the rest is
    ordered by an ensemble's disagreement. endpoints: for the live chat, two or more.
    """

    tasks: Mapping[str, int] = field(default_factory=lambda: {"pair": 1})
    ratings: int = 3
    lease: float = 1800.0
    quota: int | None = None
    repeat_share: float = 0.05
    gold_share: float = 0.1
    random_share: float = 0.2
    endpoints: tuple[Endpoint, ...] = ()


@dataclass(frozen=True)
class Project:
    """A project as an owner sees it."""

    name: str
    settings: ProjectSettings
    guidelines: Guidelines
    rubric: Rubric
    items: int
    tasks: int
    created: float
    archived: bool


@dataclass(frozen=True)
class OwnProgress:
    """A reviewer's own standing in a project, and what there is to do.

    done, skipped: their tasks. today: done since midnight UTC. quota: None without a limit. left: True while
    the next task would not be None for lack of work or quota (not counting what others hold now).
    kinds: kinds of task the project has, in order.
    """

    project: str
    done: int
    skipped: int
    today: int
    quota: int | None
    left: bool
    kinds: tuple[Kind, ...]
    chat: bool
    guidelines: Guidelines
    rubric: Rubric


@dataclass(frozen=True)
class Desktop:
    """All that a reviewer's desk shows. projects: not archived, oldest first. progress: None where there is none."""

    projects: tuple[str, ...]
    progress: OwnProgress | None
    task: Task | None


@dataclass(frozen=True)
class User:
    """An account. role as in `Role`; kind: person or simulated; active: may sign in and act."""

    name: str
    role: str
    kind: str
    created: float
    active: bool
    has_password: bool
