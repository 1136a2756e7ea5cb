"""Proofs 19 and 20: killed under load what was acknowledged is stored; a database of an earlier version comes along.

The server is killed `KILLS` times on each database; between kills it comes back as a fork of a process that has
imported everything (`preloaded.py`), since importing takes the most of a start. What is killed is the whole server.
"""

from __future__ import annotations

import hashlib
import json
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
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from alignment.feedback.database import engine as engines
from alignment.feedback.database import migrations
from alignment.feedback.database.app_schema import metadata
from alignment.feedback.database.schema import REVISION
from alignment.feedback.desk import App, open_app
from tests.conftest import CHECKOUT
from tests.feedback_app import kit

pytestmark = pytest.mark.both

KILLS = int(os.environ.get("ATTUNE_TEST_KILLS", "25"))
WORKERS = 6


def rating(n: int, task: int, user: int, revision: int, strength: int, assignment: int | None = None) -> dict[str, Any]:
    """A rating event as the first schema stored it."""
    return {
        "id": n,
        "uid": f"r-{n:024}",
        "task_id": task,
        "user_id": user,
        "assignment_id": assignment,
        "repeat": 0,
        "revision": revision,
        "action": "rate",
        "strength": strength,
        "seconds": 1.5,
        "created": 5.0 + n,
    }


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
        client = httpx.Client(base_url=site.base, timeout=300, cookies={kit.COOKIE: token})
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
                assert any(thread.is_alive() for thread in threads), "nobody is at work any more"
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
    done = "select id from assignments where state = 'done' and purpose = 'rating'"
    with site.core.store.read() as connection:
        assert dangling(connection) == []
        assert set(connection.execute(sa.text(done)).scalars()) == set(stored)  # no rating was half stored
    if site.core.store.kind == "sqlite":
        with sqlite3.connect(site.folder / "feedback.sqlite") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    leased = "select count(*) from assignments where state in ('open', 'done') and purpose = 'rating'"
    assert site.scalar("select sum(taken) from work") == site.scalar(leased)  # no lease was half taken


def dangling(connection: sa.Connection) -> list[str]:
    """Columns that name rows which are not there; counted, not left to the database's word that it checks them."""
    found = []
    for table in metadata.sorted_tables:
        for key in table.foreign_keys:
            above = key.column.table.alias("above")
            there = sa.exists().where(above.c[key.column.name] == key.parent)
            query = sa.select(sa.func.count()).select_from(table).where(key.parent.is_not(None), ~there)
            if connection.execute(query).scalar():
                found.append(str(key.parent))
    return found


EARLIER = ("0001",)  # schemas before the present one, each with a database to upgrade in `POPULATED`
REPLIES = [(2 * item + slot, item, slot) for item in range(1, 41) for slot in (0, 1)]
POPULATED: dict[str, dict[str, list[dict[str, Any]]]] = {
    "0001": {
        "projects": [{"id": 1, "name": "default", "settings": {}, "created": 1.0}],
        "collections": [{"id": 1, "project_id": 1, "key": "c0ffee", "created": 2.0}],
        "items": [
            {
                "id": item,
                "collection_id": 1,
                "key": f"p{item}",
                "prompt": [{"role": "user", "content": f"question {item}, ünïcode 🌾"}],
                "facts": ["$5"],
                "tags": {"intent": "price"},
            }
            for item in range(1, 41)
        ],
        "users": [
            {"id": 1, "name": "simulated:fern", "kind": "simulated", "role": "reviewer", "created": 3.0},
            {"id": 2, "name": "ada", "kind": "person", "role": "reviewer", "created": 3.5},
            {"id": 3, "name": "deleted-3", "kind": "person", "role": "reviewer", "created": 3.6, "deleted": 9.0},
        ],
        "responses": [
            {
                "id": number,
                "item_id": item,
                "key": f"p{item}-{slot}",
                "text": kit.words(item, slot),
                "model": f"m{slot}",
                "model_hash": "h",
                "sampling": {"temperature": 0.7},
            }
            for number, item, slot in REPLIES
        ],
        "tasks": [{"id": n, "item_id": n, "kind": "pair", "key": f'["p{n}-0", "p{n}-1"]'} for n in range(1, 41)],
        "task_responses": [{"task_id": item, "slot": slot, "response_id": n} for n, item, slot in REPLIES],
        "assignments": [
            {
                "id": n,
                "task_id": n,
                "user_id": 2,
                "repeat": 0,
                "shown": [n % 2, 1 - n % 2],
                "state": "done",
                "created": 4.0,
            }
            for n in range(1, 11)
        ],
        "rating_events": [  # ten of Ada's, each changed once; ten of one who is gone; forty simulated
            *(rating(n, n, 2, 1, n % 7 - 3, n) for n in range(1, 11)),
            *(rating(10 + n, n, 2, 2, n % 5 - 2, n) for n in range(1, 11)),
            *(rating(20 + n, n, 3, 1, 1) for n in range(1, 11)),
            *(rating(30 + n, n, 1, 1, n % 7 - 3) for n in range(1, 41)),
        ],
    }
}


def test_20_a_populated_earlier_schema_is_served(url: str, tmp_path: Path) -> None:
    engine = engines.connect(url)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(next(iter(migrations.__path__))))
        revisions = {one.revision for one in ScriptDirectory.from_config(config).walk_revisions()}
        assert revisions == {*EARLIER, REVISION}, "a schema with no populated database here"
        command.upgrade(config, "0001")
        populate(connection, POPULATED["0001"])
        columns = {
            table: [one["name"] for one in sa.inspect(connection).get_columns(table)] for table in POPULATED["0001"]
        }
        before = contents(connection, columns)
    assert {table: count for table, (count, _) in before.items()} == {
        table: len(rows) for table, rows in POPULATED["0001"].items()
    }
    command_line = [sys.executable, "-m", "feedback_app", "project", "list", "--database-url", url]
    subprocess.run(command_line, cwd=CHECKOUT, check=True, stdout=subprocess.DEVNULL)
    with engine.connect() as connection:
        assert connection.execute(sa.text("select version_num from alembic_version")).scalar() == REVISION
        assert contents(connection, columns) == before
    engine.dispose()
    with kit.serving(tmp_path, url) as site:
        site.core.projects.set("default", {"tasks": {"pair": 1}, "ratings": 2, "gold_share": 0.0, "repeat_share": 0.0})
        site.core.maintain()
        admin = site.client("dora")
        kept = admin.get("/download/export", params={"project": "default", "form": "events"})
        stored = [json.loads(line) for line in kept.text.splitlines()]
        of_people = [one for one in POPULATED["0001"]["rating_events"] if one["user_id"] == 2]
        assert {one["uid"] for one in stored} >= {one["uid"] for one in of_people}
        pairs = admin.get("/download/export", params={"project": "default", "form": "preference"}).text.splitlines()
        used = {uid for row in map(json.loads, pairs) for uid in row["ratings"]}
        second = [one for one in of_people if one["revision"] == 2 and one["strength"]]
        assert used == {one["uid"] for one in second}  # the later revision, of people, without the ties
        client = site.client("ann")
        task = client.post("/api/desk", json={"project": "default"}).json()["task"]
        body = {"assignment": task["assignment"], "answer": {"strength": 2}}
        assert client.post("/api/submit", json=body).json()["saved"]["revision"] == 1
        assert len(site.events("default")) == before["rating_events"][0] + 1


def populate(connection: sa.Connection, tables: dict[str, list[dict[str, Any]]]) -> None:
    """Rows with ids of their own, as an app of that schema had stored them."""
    known = sa.MetaData()
    known.reflect(connection)
    for name, rows in tables.items():
        for row in rows:
            connection.execute(sa.insert(known.tables[name]).values(row))
        if connection.dialect.name == "postgresql" and "id" in rows[0]:  # the next is drawn after those given
            connection.exec_driver_sql(
                f"select setval(pg_get_serial_sequence('{name}', 'id'), (select max(id) from {name}))"
            )


def contents(connection: sa.Connection, columns: dict[str, list[str]]) -> dict[str, tuple[int, str]]:
    """(rows, their hash) of each table, in the given columns."""
    made = {}
    for name, of in columns.items():
        rows = connection.exec_driver_sql(f"select {', '.join(of)} from {name} order by 1, 2").all()
        made[name] = (len(rows), hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest())
    return made
