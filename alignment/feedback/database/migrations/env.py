"""Alembic's entry point. Only ever run by `alignment.feedback.database.engine.upgrade`, inside its transaction."""

from __future__ import annotations

from alembic import context

import alignment.feedback.database.app_schema  # noqa: F401  (its tables join the metadata)
from alignment.feedback.database.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
context.run_migrations()
