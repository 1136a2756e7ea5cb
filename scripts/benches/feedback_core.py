"""How long a reviewer waits for the next task in a large project, and for a submit: the core alone, no page, no server.

Three reviewers: one who is new, one who has rated a fifth of the project already while nobody else has (the worst
case for finding what is left), and that one again right after other reviewers have handed tasks back. Milliseconds,
as p50 and p95; the database is SQLite with synchronous=FULL, or --url.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from alignment.feedback.desk import App, open_app
from alignment.feedback.nouns import Answer, Kind
from alignment.feedback.planning import LAST

PROJECT = "bench"


def rows(items: int) -> Iterator[dict[str, Any]]:
    for number in range(items):
        for reply in range(2):
            yield {
                "prompt_id": f"p{number:06}",
                "prompt": [{"role": "user", "content": f"question {number}, about as long as customers write"}],
                "response_id": f"p{number:06}-{reply}",
                "text": f"reply {reply} to question {number}, " + "some words " * 20,
                "model": f"m{reply}",
                "model_hash": "",
                "sampling": {},
            }


def rated_before(core: App, name: str, count: int) -> None:
    """The first `count` tasks in order are this reviewer's already, each with two ratings still to be had."""
    with core.store.write() as connection:
        user = connection.execute(sa.text("SELECT id FROM users WHERE name = :n"), {"n": name}).scalar_one()
        chosen = f"SELECT task_id FROM work ORDER BY position LIMIT {count}"
        connection.execute(
            sa.text(
                "INSERT INTO assignments"
                " (task_id, user_id, repeat, shown, state, created, project_id, ordinal, finished)"
                f" SELECT task_id, :u, 0, '[0, 1]', 'done', 0, 1, 0, 0 FROM ({chosen}) AS c"
            ),
            {"u": user},
        )
        connection.execute(sa.text(f"UPDATE work SET taken = taken + 1 WHERE task_id IN ({chosen})"))


def timed(core: App, name: str, tasks: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each next task and of each submit."""
    waits, submits = [], []
    for _ in range(tasks):
        began = time.perf_counter()
        task = core.desk.next_task(name, PROJECT)
        waits.append(1000 * (time.perf_counter() - began))
        if task is None:
            raise SystemExit("nothing left: more --items")
        began = time.perf_counter()
        core.desk.submit(name, task.assignment, Answer(strength=1), 1.0)
        submits.append(1000 * (time.perf_counter() - began))
    return waits, submits


def line(what: str, times: list[float]) -> str:
    p50, p95 = np.percentile(times, [50, 95])
    return f"{what:<58} p50 {p50:7.1f} ms   p95 {p95:7.1f} ms   max {max(times):7.1f} ms   n {len(times)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--tasks", type=int, default=300, help="tasks a reviewer")
    parser.add_argument("--url", help="an empty database; by default an SQLite file in a temporary folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = arguments.url or f"sqlite:///{Path(folder) / 'bench.sqlite'}"
        with open_app(url) as core:
            core.projects.create(PROJECT, {"ratings": 3})
            began = time.perf_counter()
            core.store.add_candidates("bench", rows(arguments.items), PROJECT)
            core.projects.prepare()
            print(
                f"{arguments.items:,} items brought in and planned in {time.perf_counter() - began:.0f} s", flush=True
            )
            for name in ("new", "busy", "other"):
                core.store.add_user(name)
            rated_before(core, "busy", arguments.items // 5)
            print(f"cores {os.cpu_count()}, load {os.getloadavg()[0]:.1f}")
            waits, submits = timed(core, "new", arguments.tasks)
            print(line("next task, a new reviewer", waits), line("submit", submits), sep="\n")
            first, _ = timed(core, "busy", 1)
            waits, _ = timed(core, "busy", arguments.tasks)
            print(line(f"next task, one who has rated {arguments.items // 5:,} already", waits))
            print(f"  their very first, which passes over all of those once: {first[0]:.0f} ms")
            waits = []
            for _ in range(10):
                task = core.desk.next_task("other", PROJECT, Kind.pair)
                if task is not None:
                    core.desk.skip("other", task.assignment, "other")
                waits += timed(core, "busy", 1)[0]
            print(line("the same, after somebody handed an early task back", waits))
            cursors = core.store.engine.connect().exec_driver_sql("SELECT max(position) FROM cursors").scalar()
            print(f"cursor at {cursors / LAST:.0%} of the order")


if __name__ == "__main__":
    main()
