"""Proofs 4 to 8: clicks, tabs, reloads and kills never lose a rating, double it or skip a task."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.feedback_app import kit

pytestmark = pytest.mark.both

CLICKS = 20


def test_04_twenty_clicks_in_one_tick(site: kit.Site, page: Any) -> None:
    project = site.project("proof-04-clicks", kit.candidates(4))
    kit.desk(page, site, "ann", project)
    before = kit.assignment(page)
    page.keyboard.press("2")
    page.evaluate(f"() => {{ for (let i = 0; i < {CLICKS}; i++) document.querySelector('[data-part=save]').click(); }}")
    kit.next_task_after(page, before)
    page.wait_for_timeout(500)
    assert [one["assignment_id"] for one in site.events(project)] == [before]
    for _ in range(3):  # nothing was skipped: the other three prompts follow
        now = kit.assignment(page)
        page.keyboard.press("2")
        page.keyboard.press("Enter")
        kit.next_task_after(page, now)
    assert len({one["task_id"] for one in site.events(project)}) == 4
    assert page.is_visible("[data-part=empty]")


def test_04_twenty_requests_at_once(site: kit.Site) -> None:
    """The page lets one through; the server does not rely on that."""
    project = site.project("proof-04-requests", kit.candidates(2))
    client = site.client("ann")
    task = client.post("/api/desk", json={"project": project}).json()["task"]
    body = {"project": project, "assignment": task["assignment"], "revision": 1, "answer": {"strength": 2}}
    with ThreadPoolExecutor(CLICKS) as pool:
        answers = list(pool.map(lambda _: client.post("/api/submit", json=body), range(CLICKS)))
    assert {one.status_code for one in answers} == {200}
    assert sum(not one.json()["saved"]["already"] for one in answers) == 1
    assert len({one.json()["task"]["assignment"] for one in answers}) == 1  # all are given the same next task
    assert len(site.events(project)) == 1


def test_05_two_tabs(site: kit.Site, context: Callable[..., Any]) -> None:
    project = site.project("proof-05", kit.candidates(3))
    window = context()
    one, two = window.new_page(), window.new_page()
    kit.desk(one, site, "ann", project)
    two.goto(f"{site.base}/rate/?project={project}")
    kit.at_desk(two)
    before = kit.assignment(one)
    assert kit.assignment(two) == before
    for tab in (one, two):
        tab.keyboard.press("1")
    one.keyboard.press("Enter")
    kit.next_task_after(one, before)
    two.keyboard.press("Enter")
    kit.said(two, "saved already")
    assert len(site.events(project)) == 1
    assert kit.assignment(two) == kit.assignment(one) != before


def test_06_a_reload_keeps_draft_and_task(site: kit.Site, page: Any) -> None:
    project = site.project("proof-06", kit.candidates(3))
    kit.desk(page, site, "ann", project)
    before, left = kit.assignment(page), kit.reply_text(page, "A")
    page.keyboard.press("6")
    page.keyboard.press("c")
    page.keyboard.type("the price is right, the tone is not")
    page.get_by_role("button", name="Off-brand: flag reply B").click()
    page.wait_for_selector("attune-desk[data-draft=kept]")
    page.reload()
    kit.at_desk(page)
    assert kit.assignment(page) == before and kit.reply_text(page, "A") == left
    assert page.get_attribute("[data-strength='-2']", "aria-checked") == "true"
    assert page.input_value("[data-part=comment]") == "the price is right, the tone is not"
    pressed = page.get_by_role("button", name="Off-brand: flag reply B").get_attribute("aria-pressed")
    assert pressed == "true" and site.events(project) == []


def test_07_killed_before_the_commit(own_site: kit.Site, page: Any) -> None:
    site = own_site
    project = site.project("proof-07", kit.candidates(3))
    kit.desk(page, site, "ann", project)
    before = kit.assignment(page)
    page.keyboard.press("3")
    page.keyboard.press("c")
    page.keyboard.type("warmer")
    page.wait_for_selector("attune-desk[data-draft=kept]")
    with site.core.store.write():  # the submit waits for its turn to write
        with page.expect_request("**/api/submit"):
            page.keyboard.press("Control+Enter")
        page.wait_for_timeout(500)
        site.kill()
    kit.said(page, "cannot be reached")
    assert site.events(project) == []
    site.start()
    page.reload()
    kit.at_desk(page)  # still signed in
    assert kit.assignment(page) == before
    assert page.get_attribute("[data-strength='1']", "aria-checked") == "true"
    assert page.input_value("[data-part=comment]") == "warmer"
    page.keyboard.press("Enter")
    kit.next_task_after(page, before)
    assert len(site.events(project)) == 1


def test_08_killed_after_the_commit(own_site: kit.Site, page: Any) -> None:
    site = own_site
    project = site.project("proof-08", kit.candidates(3))

    def lose_the_answer(route: Any) -> None:
        route.fetch(timeout=kit.TIMEOUT)  # the server has committed and answered …
        site.kill()
        route.abort()  # … and the page never hears of it

    page.route("**/api/submit", lose_the_answer, times=1)  # before the page is there: later, a request may slip through
    kit.desk(page, site, "ann", project)
    before = kit.assignment(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    kit.said(page, "cannot be reached")
    assert len(site.events(project)) == 1 and kit.assignment(page) == before
    site.start()
    page.keyboard.press("Enter")
    kit.said(page, "saved already")
    assert len(site.events(project)) == 1 and kit.assignment(page) != before


def test_a_draft_that_comes_after_its_answer_says_nothing(site: kit.Site, page: Any) -> None:
    project = site.project("late-draft", kit.candidates(3, name="late"))
    held: list[Any] = []
    page.route("**/api/draft", lambda route: held.append(route), times=1)
    kit.desk(page, site, "ann", project)
    before = kit.assignment(page)
    with page.expect_request("**/api/draft"):
        page.keyboard.press("1")
    page.keyboard.press("Enter")
    kit.next_task_after(page, before)
    kit.said(page, "Saved")
    held[0].fulfill(status=503)  # a slow line: it breaks when the answer is saved
    page.wait_for_timeout(500)
    kit.said(page, "Saved")
    page.reload()
    kit.at_desk(page)
    assert page.locator("[data-strength][aria-checked=true]").count() == 0  # not the new task's answer
    assert len(site.events(project)) == 1


def test_a_draft_is_kept_when_its_latest_is(site: kit.Site, page: Any) -> None:
    project = site.project("slow-draft", kit.candidates(1, name="slow"))
    held: list[Any] = []
    page.route("**/api/draft", lambda route: held.append(route))
    kit.desk(page, site, "ann", project)
    for count, key in enumerate("12", 1):
        page.keyboard.press(key)
        assert kit.until(page, lambda count=count: len(held) == count)
    with page.expect_response("**/api/draft"):
        held[0].continue_()
    page.wait_for_timeout(200)
    assert page.get_attribute("attune-desk", "data-draft") is None  # the second is still on its way
    held[1].continue_()
    page.wait_for_selector("attune-desk[data-draft=kept]")
