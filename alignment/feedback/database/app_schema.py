"""The feedback app's tables, in the metadata of `schema.py`: work to hand out, accounts, free text, audit.

work      one row a task that people are to rate: how many ratings it wants, how many are taken (leased or made)
cursors   how far down the order of a project's work a user has come: all before is taken or was theirs, but for
          what was handed back since (`returned`)
shifts    a user's counters in a project
comments, drafts, flags, assignments.reason, edits (responses with an author): a person's free text, deletable
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from alignment.feedback.database.schema import metadata

_LEFT = text("taken < wanted")
_RETURNED = text("taken < wanted AND returned")

work = Table(
    "work",
    metadata,
    Column("task_id", ForeignKey("tasks.id"), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("position", Integer, nullable=False),  # handed out in this order; below 0 the ensemble's choice
    Column("base", Integer, nullable=False),  # its random position, to which it falls back
    Column("arm", String(20), nullable=False),  # active or random: why it stands where it stands
    Column("wanted", Integer, nullable=False),  # ratings; 0 for a gold item
    Column("taken", Integer, nullable=False),
    Column("returned", Boolean, nullable=False, server_default=false()),  # handed back: behind a cursor, perhaps
    CheckConstraint("arm IN ('active', 'random')", name="arm"),
    CheckConstraint("taken >= 0", name="taken"),
    Index("ix_work_left", "project_id", "kind", "position", sqlite_where=_LEFT, postgresql_where=_LEFT),
    Index("ix_work_returned", "project_id", "kind", "position", sqlite_where=_RETURNED, postgresql_where=_RETURNED),
)

gold = Table(
    "gold",
    metadata,
    Column("task_id", ForeignKey("tasks.id"), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("expected", JSON, nullable=False),  # slots, the best first; of a rubric task {slot: {dimension: score}}
    Index(None, "project_id"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("position", Integer, nullable=False),
)

shifts = Table(
    "shifts",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("served", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    Column("assignment_id", ForeignKey("assignments.id"), primary_key=True),
    Column("content", JSON, nullable=False),
    Column("updated", Float, nullable=False),
)

comments = Table(
    "comments",
    metadata,
    Column("assignment_id", ForeignKey("assignments.id"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("updated", Float, nullable=False),
)

flags = Table(
    "flags",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("task_id", ForeignKey("tasks.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("response_id", ForeignKey("responses.id")),
    Column("reason", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("resolved", Float),
)

response_scores = Table(
    "response_scores",
    metadata,
    Column("response_id", ForeignKey("responses.id"), primary_key=True),
    Column("scores", JSON, nullable=False),  # one a member of an ensemble of reward models
)

documents = Table(
    "documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", JSON, nullable=False),
    Column("author_id", ForeignKey("users.id")),
    Column("created", Float, nullable=False),
    UniqueConstraint("project_id", "kind", "version"),
    CheckConstraint("kind IN ('guidelines', 'rubric')", name="kind"),
)

credentials = Table(
    "credentials",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("password_hash", Text, nullable=False),  # argon2id, with its salt and cost
    Column("changed", Float, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("bucket", String(64), nullable=False),  # sha256 of a name, or of an address
    Column("created", Float, nullable=False),
    Index(None, "bucket", "created"),
    Index(None, "created"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False, index=True),
    Column("revoked", Boolean, nullable=False, server_default=false()),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("created", Float, nullable=False),
    Column("user_id", ForeignKey("users.id")),  # none: a command on the machine
    Column("action", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("detail", JSON, nullable=False),  # never a person's free text: rows here cannot be deleted
)
