"""Projects, candidates, users, tasks, assignments and append-only rating events.

Frozen: it describes the schema as it was on that day and does not follow later changes of `schema.py`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alignment.feedback.database.schema import append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _reference(name: str, table: str, target: str, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    """A foreign-key column with its named constraint."""
    column: sa.Column[int] = sa.Column(name, sa.Integer(), nullable=nullable)
    return [column, sa.ForeignKeyConstraint([name], [f"{target}.id"], name=f"fk_{table}_{name}")]


def _key(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=f"pk_{table}")


def upgrade() -> None:
    _create_content()
    _create_work()
    for statement in append_only(op.get_bind().dialect.name, "rating_events"):
        op.execute(statement)


def _create_content() -> None:
    op.create_table(
        "projects",
        _id(),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        _primary("projects"),
        _key("projects", "name"),
    )
    op.create_table(
        "collections",
        _id(),
        *_reference("project_id", "collections", "projects"),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        _primary("collections"),
        _key("collections", "key"),
    )
    op.create_index("ix_collections_project_id", "collections", ["project_id"])
    op.create_table(
        "items",
        _id(),
        *_reference("collection_id", "items", "collections"),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("prompt", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        _primary("items"),
        _key("items", "collection_id", "key"),
    )
    op.create_table(
        "users",
        _id(),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("deleted", sa.Float(), nullable=True),
        _primary("users"),
        _key("users", "name"),
        sa.CheckConstraint("kind IN ('person', 'simulated')", name=op.f("ck_users_kind")),
        sa.CheckConstraint("role IN ('reviewer', 'adjudicator', 'admin')", name=op.f("ck_users_role")),
    )
    op.create_table(
        "responses",
        _id(),
        *_reference("item_id", "responses", "items"),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("model_hash", sa.String(200), nullable=False),
        sa.Column("sampling", sa.JSON(), nullable=False),
        *_reference("parent_id", "responses", "responses", nullable=True),
        *_reference("author_id", "responses", "users", nullable=True),
        _primary("responses"),
        _key("responses", "item_id", "key"),
    )


def _create_work() -> None:
    op.create_table(
        "tasks",
        _id(),
        *_reference("item_id", "tasks", "items"),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        _primary("tasks"),
        _key("tasks", "item_id", "kind", "key"),
        sa.CheckConstraint("kind IN ('pair', 'rank', 'rubric')", name=op.f("ck_tasks_kind")),
    )
    op.create_table(
        "task_responses",
        *_reference("task_id", "task_responses", "tasks"),
        sa.Column("slot", sa.Integer(), nullable=False),
        *_reference("response_id", "task_responses", "responses"),
        _primary("task_responses", "task_id", "slot"),
        _key("task_responses", "task_id", "response_id"),
    )
    op.create_index("ix_task_responses_response_id", "task_responses", ["response_id"])
    op.create_table(
        "assignments",
        _id(),
        *_reference("task_id", "assignments", "tasks"),
        *_reference("user_id", "assignments", "users"),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.Column("created", sa.Float(), nullable=False),
        _primary("assignments"),
        _key("assignments", "task_id", "user_id", "repeat"),
        sa.CheckConstraint("state IN ('open', 'done', 'skipped', 'expired')", name=op.f("ck_assignments_state")),
    )
    op.create_index("ix_assignments_state_lease_until", "assignments", ["state", "lease_until"])
    op.create_index("ix_assignments_user_id_state", "assignments", ["user_id", "state"])
    op.create_table(
        "rating_events",
        _id(),
        sa.Column("uid", sa.String(40), nullable=False),
        *_reference("task_id", "rating_events", "tasks"),
        *_reference("user_id", "rating_events", "users"),
        *_reference("assignment_id", "rating_events", "assignments", nullable=True),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("strength", sa.Integer(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("created", sa.Float(), nullable=False),
        _primary("rating_events"),
        _key("rating_events", "uid"),
        _key("rating_events", "task_id", "user_id", "repeat", "revision"),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_rating_events_revision")),
        sa.CheckConstraint("action IN ('rate', 'withdraw')", name=op.f("ck_rating_events_action")),
        sa.CheckConstraint("strength BETWEEN -3 AND 3", name=op.f("ck_rating_events_strength")),
    )
    op.create_index("ix_rating_events_user_id", "rating_events", ["user_id"])
