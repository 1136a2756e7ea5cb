"""Proofs 19 and 20: killed under load what was acknowledged is stored; a database of an earlier version comes along.

The server is killed `KILLS` times on each database; between kills it comes back as a fork of a process that has
imported everything (`preloaded.py`), since importing takes the most of a start. What is killed is the whole server.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from alignment.feedback import engine as engines
from alignment.feedback.desk import App, open_app
from tests.conftest import CHECKOUT
from tests.feedback_app import kit

pytest_plugins = ["databases"]

KILLS = int(os.environ.get("ATTUNE_TEST_KILLS", "25"))
WORKERS = 6


class Quick(kit.Site):
    """A site that starts as a fork of a process which has imported everything."""

    def __init__(self, folder: Path, url: str, core: App) -> None:
        super().__init__(folder, url, core)
        self.log = (self.folder / "server.log").open("ab")
        self.mother = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("preloaded.py"))],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        self.child: int | None = None

    def start(self) -> None:
        assert self.mother.stdin is not None and self.mother.stdout is not None
        print(
            f"serve --host 127.0.0.1 --port {self.port} --database-url {self.url}", file=self.mother.stdin, flush=True
        )
        self.child = int(self.mother.stdout.readline())
        self.wait()

    def alive(self) -> bool:
        return Path(f"/proc/{self.child}").exists()

    def kill(self) -> None:
        if self.child is None:
            return
        os.kill(self.child, signal.SIGKILL)
        while self.alive():
            time.sleep(0.005)
        self.child = None

    def end(self) -> None:
        self.kill()
        self.mother.kill()
        self.mother.communicate()
        self.log.close()


@pytest.fixture
def quick_site(url: str, tmp_path: Path) -> Iterator[Quick]:
    with open_app(url) as core:
        for name, role in kit.PEOPLE.items():
            core.accounts.add(name, role)
        site = Quick(tmp_path, url, core)
        try:
            yield site
        finally:
            site.end()


def test_19_killed_under_load(quick_site: Quick) -> None:
    site = quick_site
    project = site.project("proof-19", kit.candidates(4000))
    site.start()
    acknowledged: set[int] = set()
    tokens = []
    for number in range(WORKERS):
        site.core.accounts.add(f"worker {number}", "reviewer")
        tokens.append(site.token(f"worker {number}"))
    stop = threading.Event()

    def work(token: str) -> None:
        client = httpx.Client(base_url=site.base, timeout=60, cookies={kit.COOKIE: token})
        while not stop.is_set():
            try:
                task = client.post("/api/desk", json={"project": project}).json()["task"]
                body = {"assignment": task["assignment"], "revision": task["revision"], "answer": {"strength": 1}}
                answer = client.post("/api/submit", json=body)
                if answer.status_code == 200:
                    acknowledged.add(task["assignment"])
            except (httpx.TransportError, ValueError):
                time.sleep(0.05)  # the server is down: the same again when it is back

    threads = [threading.Thread(target=work, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    chance = random.Random(19)
    try:
        for _ in range(KILLS):
            before = len(acknowledged)
            while len(acknowledged) < before + 5:  # it works again after the last kill
                time.sleep(0.02)
            time.sleep(chance.uniform(0.0, 0.5))
            site.kill()
            site.start()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    events = site.events(project)
    stored = [one["assignment_id"] for one in events]
    assert acknowledged <= set(stored)
    assert len(stored) == len(set(stored)) == len({one["task_id"] for one in events})  # none twice
    assert len(stored) - len(acknowledged) <= KILLS * WORKERS  # committed as the answer was lost
    site.kill()
    if site.core.store.kind == "sqlite":
        with sqlite3.connect(site.folder / "ratings.sqlite") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    leased = "select count(*) from assignments where state in ('open', 'done') and purpose = 'rating'"
    assert site.scalar("select sum(taken) from work") == site.scalar(leased)  # no lease was half taken


FIRST_TABLES = ("projects", "collections", "items", "responses", "tasks", "task_responses", "rating_events")


def test_20_a_database_of_the_first_schema_is_served(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    import alignment.feedback.migrations as migrations

    path = tmp_path / "feedback.sqlite"
    url = f"sqlite:///{path}"
    engine = engines.connect(url)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(next(iter(migrations.__path__))))
        command.upgrade(config, "0001")
        populate(connection)
        found = sa.inspect(connection)
        columns = {name: [one["name"] for one in found.get_columns(name)] for name in FIRST_TABLES}
        before = contents(connection, columns)
    engine.dispose()
    command_line = [sys.executable, "-m", "feedback_app", "stats", "--project", "default", "--database-url", url]
    subprocess.run(command_line, cwd=CHECKOUT, check=True, stdout=subprocess.DEVNULL)
    with engines.connect(url).connect() as connection:
        assert contents(connection, columns) == before
    with kit.serving(tmp_path, url) as site:
        with open_app(url) as core:
            core.projects.set("default", {"tasks": {"pair": 1}, "ratings": 2, "gold_share": 0.0, "repeat_share": 0.0})
            core.maintain()
        client = site.client("ann")
        task = client.post("/api/desk", json={"project": "default"}).json()["task"]
        body = {"assignment": task["assignment"], "answer": {"strength": 2}}
        assert client.post("/api/submit", json=body).json()["saved"]["revision"] == 1
        assert len(site.events("default")) == len(before["rating_events"]) + 1


def populate(connection: sa.Connection) -> None:
    """Two prompts, a pair each, rated by one simulated reviewer, as the first version stored them."""
    for statement in (
        "insert into projects values (1, 'default', '{}', 1.0)",
        "insert into collections values (1, 1, 'c0ffee', 2.0)",
        "insert into users values (1, 'simulated:fern', 'simulated', 'reviewer', 3.0, null)",
    ):
        connection.exec_driver_sql(statement)
    for item in (1, 2):
        question = f'[{{"role": "user", "content": "question {item}, ünïcode"}}]'
        connection.exec_driver_sql("insert into items values (?, 1, ?, ?, '[]', '{}')", (item, f"p{item}", question))
        for slot in (0, 1):
            values = (2 * item + slot, item, f"p{item}-{slot}", kit.words(item, slot), f"m{slot}")
            connection.exec_driver_sql("insert into responses values (?, ?, ?, ?, ?, 'h', '{}', null, null)", values)
        key = f'["p{item}-0", "p{item}-1"]'
        connection.exec_driver_sql("insert into tasks values (?, ?, 'pair', ?)", (item, item, key))
        for slot in (0, 1):
            connection.exec_driver_sql("insert into task_responses values (?, ?, ?)", (item, slot, 2 * item + slot))
        event = (item, f"r-{item:024}", item, item)
        connection.exec_driver_sql(
            "insert into rating_events values (?, ?, ?, 1, null, 0, 1, 'rate', ?, null, null, 5.0)", event
        )


def contents(connection: sa.Connection, columns: dict[str, list[str]]) -> dict[str, list[Any]]:
    """All rows of tables in the given columns, ordered."""
    return {
        name: [tuple(row) for row in connection.exec_driver_sql(f"select {', '.join(of)} from {name} order by 1, 2")]
        for name, of in columns.items()
    }
