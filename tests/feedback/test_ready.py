"""Readiness: a database that is away, or at another schema, is told before a rating is lost in it."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from alignment.errors import UserError
from alignment.feedback import store
from alignment.feedback.desk import App, open_app
from alignment.feedback.store import open_store

pytest_plugins = ["databases", "desk_fixtures"]


def test_a_database_at_this_schema_is_ready_and_at_another_is_not(core: App) -> None:
    assert core.ready()
    with core.store.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert not core.ready()


def test_a_database_that_another_keeps_locked_for_writing_is_not_ready(
    core: App, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PROBE", 0.1)
    with open_store(url) as other, other.write():
        assert core.store.is_current() and not core.ready(), "it can be read, and no rating stored"
    assert core.ready()
    core.accounts.add("eve", "reviewer")


def test_an_app_in_another_schema_of_the_same_server_keeps_nobody_waiting(
    two_schemas: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PROBE", 0.1)
    with open_store(two_schemas[0]) as one, open_store(two_schemas[1]) as other, other.write():
        assert one.can_write()


def test_what_is_read_is_of_one_moment(core: App) -> None:
    people = sa.text("SELECT count(*) FROM users")
    with core.store.read() as connection:
        before = connection.execute(people).scalar()
        core.accounts.add("eve", "reviewer")
        assert connection.execute(people).scalar() == before
    with core.store.read() as connection:
        assert connection.execute(people).scalar() == before + 1


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
