"""Readiness: a database that is away, or at another schema, is told before a rating is lost in it."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from alignment.errors import UserError
from alignment.feedback.desk import App, open_app

pytest_plugins = ["databases", "desk_fixtures"]


def test_a_database_at_this_schema_is_ready_and_at_another_is_not(core: App) -> None:
    assert core.ready()
    with core.store.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert not core.ready()


@pytest.mark.parametrize("suffix", ["", "-away"])
def test_a_file_that_was_moved_away_is_not_ready(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / "feedback.sqlite"
    with open_app(f"sqlite:///{file}") as core:
        file.rename(f"{file}{suffix}")
        assert core.ready() is (not suffix)
        if suffix:  # what is written to it now would be gone with this process
            with pytest.raises(UserError, match="the ratings database is gone"):
                core.accounts.add("ann", "reviewer")
            Path(f"{file}{suffix}").rename(file)
            assert core.ready() and core.accounts.users() == []
