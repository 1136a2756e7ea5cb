"""A populated database of the first schema comes up to this one with every row and hash as it was."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from desks import best

import alignment.feedback.database.migrations as migrations
from alignment.artifact import canonical_hash
from alignment.feedback.database import engine as engines
from alignment.feedback.desk import open_app

pytest_plugins = ["databases", "desk_fixtures"]

ROWS = {
    "projects": [(1, "default", "{}", 1.0)],
    "collections": [(1, 1, "c0ffee", 2.0)],
    "items": [(n, 1, f"p{n}", f'[{{"role": "user", "content": "q{n} — ünïcode"}}]', "[]", "{}") for n in range(1, 41)],
    "users": [(1, "simulated:fern", "simulated", "reviewer", 3.0, None), (2, "ada", "person", "reviewer", 3.5, None)],
    "responses": [
        (2 * n + r, n, f"p{n}-{r}", f"reply {r} to {n}", f"m{r}", "h", "{}", None, None)
        for n in range(1, 41)
        for r in range(2)
    ],
    "tasks": [(n, n, "pair", f'["p{n}-0", "p{n}-1"]') for n in range(1, 41)],
    "task_responses": [(n, slot, 2 * n + slot) for n in range(1, 41) for slot in range(2)],
    "assignments": [(1, 1, 2, 0, "[1, 0]", "done", None, 4.0)],
    "rating_events": [
        (n, f"r-{n:024}", (n + 1) // 2, 1 + n % 2, 1 if n == 1 else None, 0, 1, "rate", n % 7 - 3, None, 1.5, 5.0 + n)
        for n in range(1, 61)
    ],
}


def contents(connection: sa.Connection) -> dict[str, tuple[int, str]]:
    """(rows, hash over the columns of the first schema) of each of its tables."""
    made = {}
    for name, rows in ROWS.items():
        columns = [column["name"] for column in sa.inspect(connection).get_columns(name)][: len(rows[0])]
        found = connection.exec_driver_sql(f"SELECT {', '.join(columns)} FROM {name} ORDER BY 1, 2").all()
        made[name] = (len(found), canonical_hash([[str(cell) for cell in row] for row in found]))
    return made


def test_a_populated_first_schema_upgrades_with_counts_and_hashes_equal(url: str) -> None:
    engine = engines.connect(url)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(next(iter(migrations.__path__))))
        command.upgrade(config, "0001")
        for name, rows in ROWS.items():
            marks = ", ".join(["?" if engine.dialect.name == "sqlite" else "%s"] * len(rows[0]))
            for row in rows:
                connection.exec_driver_sql(f"INSERT INTO {name} VALUES ({marks})", row)
        before = contents(connection)
        if engine.dialect.name == "postgresql":  # ids were given, not drawn
            for name in set(ROWS) - {"task_responses"}:
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
                )
    engine.dispose()
    with open_app(url) as core:
        with core.store.read() as connection:
            assert contents(connection) == before
        assert {name: count for name, (count, _) in before.items()} == {name: len(rows) for name, rows in ROWS.items()}
        assert len(core.store.ratings("c0ffee")) == 60, "rated before, in force after"
        core.accounts.add("root", "admin")
        core.projects.prepare()
        task = core.desk.next_task("ada", "default")
        assert task is not None
        saved = core.desk.submit("ada", task.assignment, best(task))
        assert not saved.already
        for attempt in ("UPDATE rating_events SET strength = 0", "DELETE FROM rating_events"):
            try:
                with core.store.write() as connection:
                    connection.exec_driver_sql(attempt)
            except sa.exc.DBAPIError as error:
                assert "append-only" in str(error)
            else:
                raise AssertionError("the triggers are gone")
