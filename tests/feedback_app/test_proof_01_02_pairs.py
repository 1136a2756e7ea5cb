"""Proofs 1 and 2: a pair rated by keyboard names the reply on that side, and nobody learns whose it is."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from tests.feedback_app import kit

STEPS = [("1", 3), ("2", 2), ("3", 1), ("4", 0), ("5", -1), ("6", -2), ("7", -3)]


@pytest.mark.both
def test_01_the_event_names_the_reply_shown_on_that_side(site: kit.Site, page: Any) -> None:
    project = site.project("proof-01", kit.candidates(9))
    kit.desk(page, site, "ann", project)
    expected, better = [], {}
    for key, towards_left in STEPS:
        left = kit.model_of(kit.reply_text(page, "A"))
        before = kit.assignment(page)
        expected.append((before, towards_left if left == 0 else -towards_left, None))
        better[before] = kit.reply_text(page, "A" if towards_left > 0 else "B") if towards_left else None
        page.keyboard.press(key)
        page.keyboard.press("Enter")
        kit.next_task_after(page, before)
    before = kit.assignment(page)
    expected.append((before, 0, True))  # no side: half a win each way
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    kit.next_task_after(page, before)
    before, left = kit.assignment(page), kit.model_of(kit.reply_text(page, "A"))
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "Enter"):  # from the middle: two towards B, one back
        page.keyboard.press(key)
    expected.append((before, -1 if left == 0 else 1, None))
    kit.next_task_after(page, before)
    events = site.events(project)
    stored = [(one["assignment_id"], one["strength"], bool(both_bad(one)) or None) for one in events]
    assert stored == expected
    assert {one["user_name"] for one in events} == {"ann"} and {one["revision"] for one in events} == {1}
    named = "select r.text from responses r join task_responses t on t.response_id = r.id"
    named += " where t.task_id = :task and t.slot = :slot"
    for event in events[: len(STEPS)]:  # the reply that the event names is the one that stood there
        if event["strength"]:
            text = site.scalar(named, task=event["task_id"], slot=0 if event["strength"] > 0 else 1)
            assert better[event["assignment_id"]] == text.replace("**", "")


def both_bad(event: dict[str, Any]) -> bool:
    payload = kit.from_json(event["payload"])
    return bool(payload and payload.get("both_bad"))


WHOSE = (*kit.MODELS, "hash-", "temperature", "proof02")  # models, their hashes and settings, and ids of replies


@pytest.mark.parametrize("kind", ["pair", "rank", "rubric"])
def test_02_no_model_name_reaches_the_browser(site: kit.Site, page: Any, kind: str) -> None:
    rows = kit.candidates(4, 3, name="proof02")
    project = site.project(f"proof-2-{kind}", rows, tasks={kind: {"pair": 1, "rank": 3, "rubric": 1}[kind]})
    heard: list[str] = []

    def hear(response: Any) -> None:
        """All there is but scripts and styles, which are the same for everybody."""
        if "/assets/" not in response.url and "/static/" not in response.url and response.status < 300:
            heard.append(response.url + response.text() + json.dumps(response.all_headers()))

    page.on("response", hear)
    page.on("websocket", lambda one: heard.append(f"{WHOSE[0]}: a socket nobody listens to"))
    kit.desk(page, site, "ann", project)
    first = kit.assignment(page)
    page.keyboard.press("r")
    seen = [page.content()]
    for _ in range(4):  # the rubric has four dimensions
        page.keyboard.press("1")
    page.wait_for_selector("attune-desk[data-draft=kept]")
    page.get_by_role("button", name="Off-brand: flag reply A").click()
    page.keyboard.press("Control+Enter")
    kit.next_task_after(page, first)
    seen.append(page.content())
    page.keyboard.press("s")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    kit.said(page, "Skipped")
    page.keyboard.press("u")
    page.wait_for_selector("[data-part=revision]:visible")
    seen.append(page.content())
    client = site.client("ann")
    seen += [client.get(f"{path}/config").text for path in ("", "/rate", "/chat")]
    assert any("says writer" in one for one in seen)
    for sign in ("says writer", '"undone"', '"kept"'):  # what is heard is read a little after it is shown
        assert kit.until(page, lambda sign=sign: any(sign in one for one in heard)), sign
    for text in heard + seen:
        for word in WHOSE:
            assert word not in text


def test_02_nor_does_a_reply_of_the_server_tell_them_apart(site: kit.Site) -> None:
    """Two replies differ in letter and text alone: no id, no hash, no sampling."""
    project = site.project("proof-02-fields", kit.candidates(1))
    task = site.client("ann").post("/api/desk", json={"project": project}).json()["task"]
    assert [sorted(reply) for reply in task["replies"]] == [["html", "letter", "raw", "text"]] * 2
    assert [reply["letter"] for reply in task["replies"]] == ["A", "B"]


@pytest.mark.both
def test_02_left_and_right_are_drawn_fairly(site: kit.Site) -> None:
    """Over 1,000 assignments of four reviewers at once, all asked for over HTTP."""
    count, people = 1000, ("ann", "ben", "cara", "dora")
    project = site.project("proof-02-sides", kit.candidates(count))

    def rate_all(name: str) -> dict[int, int]:
        """{assignment: whose reply stood on the left}"""
        left = {}
        with site.client(name) as client:
            said = client.post("/api/desk", json={"project": project}).json()
            while task := said["task"]:
                left[task["assignment"]] = kit.model_of(task["replies"][0]["text"])
                body = {"project": project, "assignment": task["assignment"], "answer": {"strength": 1}}
                said = client.post("/api/submit", json=body).json()
        return left

    with ThreadPoolExecutor(len(people)) as pool:
        seen = list(pool.map(rate_all, people))
    left = {assignment: writer for of in seen for assignment, writer in of.items()}
    assert len(left) == sum(map(len, seen)) == count
    assert 0.46 <= sum(writer == 0 for writer in left.values()) / count <= 0.54
    for of in seen:  # and for each of them
        assert abs(sum(writer == 0 for writer in of.values()) / len(of) - 0.5) < 0.15
    query = "select a.id, a.shown from assignments a join projects p on p.id = a.project_id where p.name = :p"
    with site.core.store.read() as connection:
        stored = {row.id: kit.from_json(row.shown) for row in connection.execute(sa.text(query), {"p": project})}
    assert {assignment: shown[0] for assignment, shown in stored.items()} == left  # the order shown is kept
