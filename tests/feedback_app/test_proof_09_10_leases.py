"""Proofs 9 and 10: every item gets exactly its ratings, and a late one is not lost."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from alignment.feedback.outgoing.exporting import Form, Policy, Surplus
from tests.feedback_app import kit

pytestmark = pytest.mark.both

REVIEWERS, ITEMS, EACH = 20, 150, 3


def test_09_twenty_reviewers_at_once(site: kit.Site) -> None:
    project = site.project("proof-09", kit.candidates(ITEMS), ratings=EACH)
    names = [f"reviewer {number}" for number in range(REVIEWERS)]
    for name in names:
        site.core.accounts.add(name, "reviewer")

    def rate_all(name: str) -> int:
        made = 0
        with site.client(name) as client:
            said = client.post("/api/desk", json={"project": project}).json()
            while said["task"]:
                body = {"project": project, "assignment": said["task"]["assignment"], "answer": {"strength": 1}}
                answer = client.post("/api/submit", json=body)
                assert answer.status_code == 200, answer.text
                said, made = answer.json(), made + 1
        return made

    with ThreadPoolExecutor(REVIEWERS) as pool:
        counts = list(pool.map(rate_all, names))
    events = site.events(project)
    assert sum(counts) == len(events) == ITEMS * EACH
    a_task = Counter(one["task_id"] for one in events)
    assert Counter(a_task.values()) == {EACH: ITEMS}
    assert len({(one["task_id"], one["user_id"]) for one in events}) == ITEMS * EACH  # by different people
    progress = site.core.figures.progress(project, actor="dora")
    assert dict(progress.histogram) == {EACH: ITEMS} and progress.surplus == 0


def test_10_an_expired_lease_and_a_late_submit(site: kit.Site, page: Any) -> None:
    project = site.project("proof-10", kit.candidates(1), lease=1.0)
    kit.desk(page, site, "ann", project)
    before, left = kit.assignment(page), kit.model_of(kit.reply_text(page, "A"))
    time.sleep(1.5)
    site.core.projects.set(project, {"lease": 1800.0})  # Ben's does not run out however slow the machine
    with site.client("ben") as ben:
        task = ben.post("/api/desk", json={"project": project}).json()["task"]
        assert task is not None and task["assignment"] != before  # Ben has it now
        mine = 1 if kit.model_of(task["replies"][0]["text"]) == 0 else -1
        body = {"assignment": task["assignment"], "answer": {"strength": mine}}
        assert ben.post("/api/submit", json=body).json()["saved"]["late"] is False
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    kit.said(page, "Saved")
    events = site.events(project)
    assert [(one["user_name"], one["assignment_id"]) for one in events] == [
        ("ben", task["assignment"]),
        ("ann", before),
    ]
    assert events[1]["strength"] == (3 if left == 0 else -3)
    progress = site.core.figures.progress(project, actor="dora")
    assert (progress.counted, progress.late, progress.surplus) == (1, 1, 1)
    exports = site.core.exports
    assert exports.build(project, Form.preference).ratings == [events[0]["uid"]]
    kept = exports.build(project, Form.preference, Policy(surplus=Surplus.keep)).ratings
    # where the two prefer different replies, the pair is a conflict that decides nothing
    assert sorted(kept) == (sorted(one["uid"] for one in events) if left == 0 else [])
