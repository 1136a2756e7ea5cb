"""Addresses, migrations, and what the user is told when the database is wrong, away, full or too new."""

import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from alignment.errors import UserError
from alignment.feedback import database
from alignment.feedback.database import engine as engines
from alignment.feedback.database.schema import REVISION, metadata
from alignment.feedback.store import open_store

pytest_plugins = ["databases"]


def test_the_file_lies_in_the_root_unless_the_environment_names_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTUNE_DATABASE_URL", raising=False)
    assert engines.default_url("runs") == "sqlite:///runs/feedback.sqlite"
    monkeypatch.setenv("ATTUNE_DATABASE_URL", "postgresql://me@host/db")
    assert engines.default_url("runs") == "postgresql://me@host/db"


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://", "sqlite:///:memory:", "nonsense", "://"])
def test_other_addresses_are_refused_with_what_is_allowed(url: str) -> None:
    with pytest.raises(UserError, match=r"allowed: sqlite:///.* or postgresql://"):
        engines.connect(url)


def test_migrations_make_exactly_the_tables_of_the_schema(url: str) -> None:
    with open_store(url) as store, store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        found = sa.inspect(connection)
        for table in metadata.tables.values():  # compare_metadata passes over these
            checks = {check["name"] for check in found.get_check_constraints(table.name)}
            wanted = {one.name for one in table.constraints if isinstance(one, sa.CheckConstraint)}
            assert checks == {str(name) for name in wanted}, table.name


def test_the_schema_is_at_the_newest_migration() -> None:
    folder = Path(database.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [REVISION]


def test_opening_again_keeps_what_is_there(url: str) -> None:
    with open_store(url) as store:
        store.add_user("ada")
    with open_store(url) as store, store.read() as connection:
        assert connection.exec_driver_sql("SELECT name FROM users").scalar() == "ada"


OPENS = """
import sys
from alignment.feedback.store import open_store

print("ready", flush=True)
sys.stdin.readline()
with open_store(sys.argv[1]) as store:
    store.add_user(sys.argv[2])
"""


def test_processes_may_open_a_new_database_at_once(url: str) -> None:
    """Started afresh, not forked from this process, where another thread may hold a lock; all loaded, then let go."""
    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", OPENS, url, f"user-{n}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )
            )
            for n in range(4)
        ]
        for worker in workers:
            stack.callback(worker.kill)
            assert worker.stdout is not None and worker.stdout.readline() == b"ready\n"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write(b"go\n")
            worker.stdin.flush()
        assert [worker.wait(timeout=300) for worker in workers] == [0] * 4
    with open_store(url) as store, store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM users").scalar() == 4


def test_a_database_of_a_later_version_is_refused(url: str) -> None:
    with open_store(url) as store, store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UserError, match="schema 9999, which this version does not know"), open_store(url):
        pass


def test_sqlite_is_set_to_survive_a_kill(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'a.sqlite'}") as store, store.read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}


def test_a_reader_is_not_kept_waiting_by_a_writer(url: str) -> None:
    with open_store(url) as store, store.write() as connection:
        connection.exec_driver_sql("INSERT INTO users (name, kind, role, created) VALUES ('a', 'person', 'admin', 0)")
        seen: list[list[str]] = []
        reader = threading.Thread(target=lambda: seen.append(store.collections()), daemon=True)
        reader.start()
        reader.join(timeout=300)
        assert seen == [[]]


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    path.write_text("dear diary, " * 200)
    with pytest.raises(UserError, match="file is not a database") as caught, open_store(f"sqlite:///{path}"):
        pass
    assert "next: move the file away, or name another with ATTUNE_DATABASE_URL" in str(caught.value)
    assert path.read_text().startswith("dear diary"), "left as it was"


def test_a_folder_in_the_files_place_or_a_file_in_the_folders(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="unable to open database file"), open_store(f"sqlite:///{tmp_path}"):
        pass
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be made"), open_store(f"sqlite:///{tmp_path}/file/a.sqlite"):
        pass


def test_a_full_disk_is_said_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'a.sqlite'}") as store:

        @sa.event.listens_for(store.engine, "begin")
        def fill(connection: sa.Connection) -> None:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite then says what it says on a full disk

        with pytest.raises(UserError, match="disk is full") as caught, store.write() as connection:
            for number in range(500):
                store._collection(connection, f"{number:0200}", "default")
        assert "next: free some space" in str(caught.value)
        assert store.collections() == []


def test_a_server_that_is_away_is_named_without_its_password() -> None:
    pytest.importorskip("psycopg")
    url = "postgresql://attune:hush@127.0.0.1:1/ratings?connect_timeout=2"
    with pytest.raises(UserError) as caught, open_store(url):
        pass
    assert "hush" not in str(caught.value)
    assert "attune:***@127.0.0.1" in str(caught.value)
    assert "next: start the server" in str(caught.value)
