"""The feedback app: work to hand out, gold items, accounts and sessions, drafts and free text, audit log.

Frozen: it describes the schema as it was on that day and does not follow later changes of `schema.py`. Columns are
added in place (no table is copied), so that the rows and triggers of `rating_events` stay as they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alignment.feedback.database.schema import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = {
    "projects": ["archived BOOLEAN DEFAULT {false} NOT NULL", "ordered INTEGER DEFAULT 0 NOT NULL"],
    "collections": ["source VARCHAR(20) DEFAULT 'import' NOT NULL"],
    "items": [
        "author_id INTEGER CONSTRAINT fk_items_author_id REFERENCES users (id)",
        "planned BOOLEAN DEFAULT {false} NOT NULL",
    ],
    "assignments": [
        "project_id INTEGER CONSTRAINT fk_assignments_project_id REFERENCES projects (id)",
        "purpose VARCHAR(20) DEFAULT 'rating' NOT NULL",
        "ordinal INTEGER",
        "guidelines INTEGER DEFAULT 0 NOT NULL",
        "rubric INTEGER DEFAULT 0 NOT NULL",
        "reason TEXT",
        "reopened {float}",
        "finished {float}",
    ],
    "rating_events": [
        "origin VARCHAR(20) DEFAULT 'rating' NOT NULL",
        "late BOOLEAN DEFAULT {false} NOT NULL",
        "surplus BOOLEAN DEFAULT {false} NOT NULL",
        "guidelines INTEGER DEFAULT 0 NOT NULL",
        "rubric INTEGER DEFAULT 0 NOT NULL",
    ],
}


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    words = {"false": "0" if sqlite else "false", "float": "FLOAT"}
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column.format(**words)}")
    unplanned = sa.text("NOT planned")
    op.create_index(
        "ix_items_unplanned", "items", ["collection_id"], sqlite_where=unplanned, postgresql_where=unplanned
    )
    op.create_index("ix_assignments_ordinal_user_id_project_id", "assignments", ["ordinal", "user_id", "project_id"])
    op.create_index("ix_assignments_user_id_finished", "assignments", ["user_id", "finished"])
    _create_work()
    _create_text()
    _create_accounts()
    for statement in append_only(op.get_bind().dialect.name, "audit"):
        op.execute(statement)


def _int(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _float(name: str, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Float(), nullable=nullable)


def _text(name: str, length: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=False)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _reference(name: str, table: str, target: str, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    """A foreign-key column with its named constraint."""
    return [
        _int(name, nullable),
        sa.ForeignKeyConstraint([name], [f"{target}.id"], name=f"fk_{table}_{name}"),
    ]


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=f"pk_{table}")


def _create_work() -> None:
    op.create_table(
        "work",
        *_reference("task_id", "work", "tasks"),
        *_reference("project_id", "work", "projects"),
        _text("kind", 20),
        _int("position"),
        _int("base"),
        _text("arm", 20),
        _int("wanted"),
        _int("taken"),
        sa.Column("returned", sa.Boolean(), nullable=False, server_default=sa.false()),
        _primary("work", "task_id"),
        sa.CheckConstraint("arm IN ('active', 'random')", name=op.f("ck_work_arm")),
        sa.CheckConstraint("taken >= 0", name=op.f("ck_work_taken")),
    )
    left, returned = sa.text("taken < wanted"), sa.text("taken < wanted AND returned")
    op.create_index(
        "ix_work_left", "work", ["project_id", "kind", "position"], sqlite_where=left, postgresql_where=left
    )
    op.create_index(
        "ix_work_returned",
        "work",
        ["project_id", "kind", "position"],
        sqlite_where=returned,
        postgresql_where=returned,
    )
    op.create_table(
        "gold",
        *_reference("task_id", "gold", "tasks"),
        *_reference("project_id", "gold", "projects"),
        _json("expected"),
        _primary("gold", "task_id"),
    )
    op.create_index("ix_gold_project_id", "gold", ["project_id"])
    op.create_table(
        "cursors",
        *_reference("project_id", "cursors", "projects"),
        *_reference("user_id", "cursors", "users"),
        _text("kind", 20),
        _int("position"),
        _primary("cursors", "project_id", "user_id", "kind"),
    )
    op.create_table(
        "shifts",
        *_reference("user_id", "shifts", "users"),
        *_reference("project_id", "shifts", "projects"),
        _int("served"),
        _int("done"),
        _int("skipped"),
        _primary("shifts", "user_id", "project_id"),
    )
    op.create_table(
        "response_scores",
        *_reference("response_id", "response_scores", "responses"),
        _json("scores"),
        _primary("response_scores", "response_id"),
    )


def _create_text() -> None:
    op.create_table(
        "drafts",
        *_reference("assignment_id", "drafts", "assignments"),
        _json("content"),
        _float("updated"),
        _primary("drafts", "assignment_id"),
    )
    op.create_table(
        "comments",
        *_reference("assignment_id", "comments", "assignments"),
        _text("text"),
        _float("updated"),
        _primary("comments", "assignment_id"),
    )
    op.create_table(
        "flags",
        _int("id"),
        *_reference("task_id", "flags", "tasks"),
        *_reference("user_id", "flags", "users"),
        *_reference("project_id", "flags", "projects"),
        *_reference("response_id", "flags", "responses", nullable=True),
        _text("reason", 200),
        _text("note"),
        _float("created"),
        _float("resolved", nullable=True),
        _primary("flags"),
    )
    op.create_index("ix_flags_user_id", "flags", ["user_id"])
    op.create_index("ix_flags_project_id", "flags", ["project_id"])
    op.create_table(
        "documents",
        _int("id"),
        *_reference("project_id", "documents", "projects"),
        _text("kind", 20),
        _int("version"),
        _json("content"),
        *_reference("author_id", "documents", "users", nullable=True),
        _float("created"),
        _primary("documents"),
        sa.UniqueConstraint("project_id", "kind", "version", name="uq_documents_project_id_kind_version"),
        sa.CheckConstraint("kind IN ('guidelines', 'rubric')", name=op.f("ck_documents_kind")),
    )


def _create_accounts() -> None:
    op.create_table(
        "credentials",
        *_reference("user_id", "credentials", "users"),
        _text("password_hash"),
        _float("changed"),
        _primary("credentials", "user_id"),
    )
    op.create_table("attempts", _int("id"), _text("bucket", 64), _float("created"), _primary("attempts"))
    op.create_index("ix_attempts_bucket_created", "attempts", ["bucket", "created"])
    op.create_index("ix_attempts_created", "attempts", ["created"])
    op.create_table(
        "sessions",
        _text("token_hash", 64),
        *_reference("user_id", "sessions", "users"),
        _float("created"),
        _float("expires"),
        sa.Column("revoked", sa.Boolean(), nullable=False, server_default=sa.false()),
        _primary("sessions", "token_hash"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_index("ix_sessions_expires", "sessions", ["expires"])
    op.create_table(
        "audit",
        _int("id"),
        _float("created"),
        *_reference("user_id", "audit", "users", nullable=True),
        _text("action", 40),
        _text("subject", 200),
        _json("detail"),
        _primary("audit"),
    )
