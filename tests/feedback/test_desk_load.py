"""Many reviewers at once, and a server killed at any moment. Rounds of kills: ATTUNE_KILLS, 3 by default."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from desks import project, table, task_of

from alignment.feedback.desk import App, open_app
from alignment.feedback.nouns import Answer, Dimension

pytest_plugins = ["databases", "desk_fixtures"]

KILLS = int(os.environ.get("ATTUNE_KILLS", "3"))


def together(count: int, work: object) -> list[threading.Thread]:
    """`work(n)` in `count` threads, all done."""
    threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(count)]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert not any(thread.is_alive() for thread in threads)
    return threads


def test_twenty_reviewers_make_exactly_450_ratings_of_150_items(core: App) -> None:
    project(core, prompts=150, ratings=3)
    for number in range(20):
        core.store.add_user(f"reviewer-{number}")
    errors: list[BaseException] = []

    def rate(number: int) -> None:
        name = f"reviewer-{number}"
        try:
            while (task := core.desk.next_task(name, "shop")) is not None:
                core.desk.submit(name, task.assignment, Answer(strength=1))
        except BaseException as error:
            errors.append(error)
            raise

    together(20, rate)
    assert errors == []
    counts = Counter(task for (task,) in table(core, "SELECT task_id FROM rating_events"))
    assert Counter(counts.values()) == {3: 150}
    assert table(core, "SELECT count(*) FROM (SELECT DISTINCT task_id, user_id FROM rating_events) AS a") == [(450,)]
    progress = core.figures.progress("shop", actor="root")
    assert (progress.counted, progress.complete, dict(progress.histogram), progress.open) == (450, 150, {3: 150}, 0)


def test_twenty_clicks_at_once_are_one_event(core: App) -> None:
    project(core)
    task = task_of(core, "ann")
    saved = []
    together(20, lambda _: saved.append(core.desk.submit("ann", task.assignment, Answer(strength=1))))
    assert len({one.uid for one in saved}) == 1 and sum(not one.already for one in saved) == 1
    assert len(table(core, "SELECT * FROM rating_events")) == 1


def test_a_reviewer_asking_twice_at_once_gets_one_task(core: App) -> None:
    project(core, prompts=40)
    found = []
    together(8, lambda _: found.append(task_of(core, "ann").assignment))
    assert len(set(found)) == 1


def test_each_reply_is_on_the_left_half_of_the_time(core: App) -> None:
    project(core, prompts=500, ratings=2)
    for name in ("ann", "ben"):
        while (task := core.desk.next_task(name, "shop")) is not None:
            core.desk.skip(name, task.assignment, "other")
    shown = [
        json.loads(row[0]) if isinstance(row[0], str) else row[0]
        for row in table(core, "SELECT shown FROM assignments")
    ]
    share = sum(one[0] == 0 for one in shown) / len(shown)
    assert len(shown) == 1000 and abs(share - 0.5) <= 0.04


def test_the_next_task_is_found_by_an_index(core: App) -> None:
    """No step of it reads a whole table: that would be slow at 100,000 items."""
    project(core, prompts=20)
    for name in ("ann", "ben"):
        task = task_of(core, name)
        core.desk.submit(name, task.assignment, Answer(strength=1))
    core.desk.skip("ann", task_of(core, "ann").assignment, "other")
    if core.store.kind != "sqlite":
        pytest.skip("PostgreSQL reads small tables whole, whatever the index")
    plans: list[tuple[str, str]] = []

    @sa.event.listens_for(core.store.engine, "before_cursor_execute")
    def explain(connection: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith("SELECT"):
            raw = cursor.connection.cursor()  # type: ignore[attr-defined]
            plans.extend((statement, row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    task_of(core, "ann")
    task_of(core, "cas")
    small = ("SCAN gold", "SCAN documents")  # a handful of rows a project
    assert [plan for plan in plans if plan[1].startswith("SCAN") and not plan[1].startswith(small)] == []
    used = " ".join(plan for _, plan in plans)
    assert all(name in used for name in ("ix_work_left", "ix_work_returned", "ix_assignments_user_id_state"))


def test_a_submit_and_the_next_task_take_few_statements(core: App) -> None:
    """With guidelines, a rubric, a draft and a comment, as a page's submit finds it."""
    project(core, prompts=20)
    core.projects.set_guidelines("shop", "Be kind")
    core.projects.set_rubric("shop", [Dimension("tone", "Tone")])
    for name in ("ann", "ben"):
        core.desk.submit(name, task_of(core, name).assignment, Answer(strength=1))
    task = task_of(core, "ann")
    core.desk.save_draft("ann", task.assignment, {"comment": "so"})
    made: list[str] = []

    @sa.event.listens_for(core.store.engine, "before_cursor_execute")
    def count(connection: object, cursor: object, statement: str, *_: object) -> None:
        made.append(statement)

    core.desk.submit("ann", task.assignment, Answer(strength=1, comment="so"))
    seen = core.desk.look("ann", "shop")
    assert seen.task is not None and seen.task.assignment != task.assignment
    assert len([one for one in made if not one.startswith("BEGIN")]) <= 34, "\n".join(made)


WORKER = """
    import sys, threading
    from alignment.feedback.desk import open_app
    from alignment.feedback.nouns import Answer

    url, log = sys.argv[1:]
    lock = threading.Lock()
    with open_app(url) as core, open(log, "a") as file:
        def rate(name):
            while (task := core.desk.next_task(name, "shop")) is not None:
                saved = core.desk.submit(name, task.assignment, Answer(strength=1, comment=name))
                with lock:  # acknowledged: from here on it may not be lost
                    file.write(saved.uid + "\\n")
                    file.flush()
        threads = [threading.Thread(target=rate, args=(name,)) for name in ("ann", "ben", "cas", "jo")]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
"""


def test_killed_under_load_everything_acknowledged_is_stored(core: App, url: str, tmp_path: Path) -> None:
    project(core, prompts=400, ratings=4)
    log = tmp_path / "acknowledged"
    log.touch()
    for kill in range(KILLS):
        before = len(log.read_text().split())
        worker = subprocess.Popen([sys.executable, "-c", textwrap.dedent(WORKER), url, str(log)])
        deadline = time.monotonic() + 300
        while len(log.read_text().split()) < before + 15 + 7 * kill and time.monotonic() < deadline:
            time.sleep(0.01)
            if worker.poll() is not None:
                break
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        acknowledged = {line for line in log.read_text().split("\n") if len(line) == 26}
        with open_app(url) as again:
            stored = {uid for (uid,) in table(again, "SELECT uid FROM rating_events")}
            assert acknowledged and acknowledged <= stored
            assert len(stored - acknowledged) <= 4 * (kill + 1), "a commit that was not acknowledged, one a thread"
            counts = Counter(table(again, "SELECT task_id, user_id FROM rating_events"))
            assert set(counts.values()) == {1}
            (taken,) = table(again, "SELECT sum(taken) FROM work")
            (open_leases,) = table(again, "SELECT count(*) FROM assignments WHERE state = 'open'")
            assert taken[0] == len(stored) + open_leases[0], "counters and events were written together"
            if again.store.kind == "sqlite":
                assert table(again, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("name", ["rating_events", "audit"])
def test_events_and_the_audit_log_are_append_only(core: App, name: str) -> None:
    project(core)
    task = task_of(core, "ann")
    core.desk.submit("ann", task.assignment, Answer(strength=1))
    for attempt in (f"UPDATE {name} SET created = 0", f"DELETE FROM {name}"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), core.store.write() as connection:
            connection.exec_driver_sql(attempt)
