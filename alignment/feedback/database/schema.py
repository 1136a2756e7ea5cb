"""Tables of the ratings store, as they stand at the latest migration.

    projects ─< collections ─< items ─< responses
                                 └──< tasks ─< task_responses >── responses
                          users ─< assignments >─ tasks          who was asked, in which order, until when
                          users ─< rating_events >─ tasks        what they answered; only ever added to

Times are Unix seconds (UTC). Natural keys (`key`, `name`, `uid`) are unique, so a repeated write changes
nothing. `rating_events` refuses UPDATE and DELETE by triggers (see `append_only`); a change of mind is a
further revision, and the rating in force is the latest one unless its action is `withdraw`. The app's own tables
(work to hand out, accounts, comments, audit) stand in `app_schema.py`, in the same metadata.
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
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

REVISION = "0002"
"""The migration these tables are at; a test keeps it equal to the newest file in migrations/versions."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

projects = Table(
    "projects",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("settings", JSON, nullable=False),  # those of nouns.ProjectSettings that the owner has set
    Column("created", Float, nullable=False),
    Column("archived", Boolean, nullable=False, server_default=false()),
    Column("ordered", Integer, nullable=False, server_default="0"),  # ratings there were when tasks were last ordered
)

collections = Table(
    "collections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("key", String(200), nullable=False, unique=True),  # sha256 of candidates.jsonl
    Column("created", Float, nullable=False),
    Column("source", String(20), nullable=False, server_default="import"),  # or chat: one live chat of one person
)

items = Table(
    "items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection_id", ForeignKey("collections.id"), nullable=False),
    Column("key", String(200), nullable=False),
    Column("prompt", JSON, nullable=False),  # [{role, content}]
    Column("facts", JSON, nullable=False),  # [str]
    Column("tags", JSON, nullable=False),
    Column("author_id", ForeignKey("users.id")),  # of a live chat: whose words the prompt holds
    Column("planned", Boolean, nullable=False, server_default=false()),  # tasks were made of all its responses
    UniqueConstraint("collection_id", "key"),
    Index(
        "ix_items_unplanned", "collection_id", sqlite_where=text("NOT planned"), postgresql_where=text("NOT planned")
    ),
)

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("role", String(20), nullable=False),
    Column("created", Float, nullable=False),
    Column("deleted", Float),  # a tombstone: the person's data is gone, their events keep an owner
    CheckConstraint("kind IN ('person', 'simulated')", name="kind"),
    CheckConstraint("role IN ('reviewer', 'adjudicator', 'admin')", name="role"),
)

responses = Table(
    "responses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", ForeignKey("items.id"), nullable=False),
    Column("key", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("model_hash", String(200), nullable=False),
    Column("sampling", JSON, nullable=False),
    Column("parent_id", ForeignKey("responses.id")),  # an edit names the response it improves …
    Column("author_id", ForeignKey("users.id")),  # … and who made it
    UniqueConstraint("item_id", "key"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", ForeignKey("items.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("key", Text, nullable=False),
    UniqueConstraint("item_id", "kind", "key"),
    CheckConstraint("kind IN ('pair', 'rank', 'rubric')", name="kind"),
)

task_responses = Table(
    "task_responses",
    metadata,
    Column("task_id", ForeignKey("tasks.id"), primary_key=True),
    Column("slot", Integer, primary_key=True),  # 0, 1, … in the order of the responses' keys
    Column("response_id", ForeignKey("responses.id"), nullable=False, index=True),
    UniqueConstraint("task_id", "response_id"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("task_id", ForeignKey("tasks.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("repeat", Integer, nullable=False),  # 0; 1 and up when the same task is shown again on purpose
    Column("shown", JSON, nullable=False),  # slots in the order shown, e.g. [1, 0]
    Column("state", String(20), nullable=False),
    Column("lease_until", Float),
    Column("created", Float, nullable=False),
    Column("project_id", ForeignKey("projects.id")),
    Column("purpose", String(20), nullable=False, server_default="rating"),  # or gold, repeat, chat, decision
    Column("ordinal", Integer),  # the user's n-th of the project
    Column("guidelines", Integer, nullable=False, server_default="0"),  # the versions the user was shown
    Column("rubric", Integer, nullable=False, server_default="0"),
    Column("reason", Text),  # of a skip; a person's free text, which goes when they go
    Column("reopened", Float),  # by an undo
    Column("finished", Float),
    UniqueConstraint("task_id", "user_id", "repeat"),
    CheckConstraint("state IN ('open', 'done', 'skipped', 'expired')", name="state"),
    Index(None, "state", "lease_until"),
    Index(None, "user_id", "state"),
    Index(None, "ordinal", "user_id", "project_id"),  # ordinal first: it is not to be taken for an index by user
    Index(None, "user_id", "finished"),
)

rating_events = Table(
    "rating_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uid", String(40), nullable=False, unique=True),
    Column("task_id", ForeignKey("tasks.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("assignment_id", ForeignKey("assignments.id")),
    Column("repeat", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("action", String(20), nullable=False),
    Column("strength", Integer),  # of a pair: -3 … 3, above 0 slot 0 is better
    Column("payload", JSON),  # of other kinds: ranks, rubric scores, flags; never a person's free text
    Column("seconds", Float),
    Column("created", Float, nullable=False),
    Column("origin", String(20), nullable=False, server_default="rating"),  # or edit, decision (an adjudicator's)
    Column("late", Boolean, nullable=False, server_default=false()),  # the lease had run out
    Column("surplus", Boolean, nullable=False, server_default=false()),  # and the task had its n ratings by then
    Column("guidelines", Integer, nullable=False, server_default="0"),
    Column("rubric", Integer, nullable=False, server_default="0"),
    UniqueConstraint("task_id", "user_id", "repeat", "revision"),
    CheckConstraint("revision >= 1", name="revision"),
    CheckConstraint("action IN ('rate', 'withdraw')", name="action"),
    CheckConstraint("strength BETWEEN -3 AND 3", name="strength"),
)


def append_only(dialect: str, table: str) -> list[str]:
    """SQL that makes a table refuse UPDATE and DELETE (on PostgreSQL also TRUNCATE).

    On SQLite, INSERT OR REPLACE deletes without firing delete triggers unless `recursive_triggers` is on; the
    engine turns it on for every connection of ours.
    """
    message = f"{table} is append-only: add a revision instead"
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    refuse = f"EXECUTE FUNCTION {table}_refuse()"
    raising = f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    change, truncate = f"TRIGGER {table}_no_change", f"TRIGGER {table}_no_truncate"
    return [
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS {raising}",
        f"CREATE {change} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {refuse}",
        f"CREATE {truncate} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
    ]
