"""Proofs 13 and 14: an expired session shows itself and loses nothing; an undone rating becomes revision 2."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from alignment.feedback.outgoing.exporting import Form
from tests.feedback_app import kit

pytestmark = pytest.mark.both


def expire_sessions(site: kit.Site, name: str) -> None:
    """Their time has come."""
    past = "update sessions set expires = 1 where user_id = (select id from users where name = :name)"
    with site.core.store.write() as connection:
        connection.execute(sa.text(past), {"name": name})


def test_13_an_expired_session(site: kit.Site, page: Any) -> None:
    project = site.project("proof-13", kit.candidates(3))
    kit.desk(page, site, "ben", project)
    before = kit.assignment(page)
    page.keyboard.press("2")
    page.keyboard.press("c")
    page.keyboard.type("kept before")
    page.wait_for_selector("attune-desk[data-draft=kept]")
    expire_sessions(site, "ben")
    page.keyboard.type(" and after")
    page.keyboard.press("Control+Enter")
    banner = kit.signed_out(page)
    banner.wait_for()
    box = banner.bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 900  # in view, not merely in the page
    assert "Saved" not in page.inner_text("[data-part=said]")
    assert site.events(project) == []
    kit.sign_in_again(page, "ben")
    kit.at_desk(page)
    assert kit.assignment(page) == before
    assert page.get_attribute("[data-strength='2']", "aria-checked") == "true"
    assert page.input_value("[data-part=comment]") == "kept before and after"
    page.keyboard.press("Enter")
    kit.next_task_after(page, before)
    assert len(site.events(project)) == 1


def test_13_a_late_answer_does_not_hide_it(site: kit.Site, page: Any) -> None:
    project = site.project("proof-13-late", kit.candidates(1))
    held: list[Any] = []
    page.route("**/api/draft", lambda route: held.append((route, route.fetch(timeout=kit.TIMEOUT))), times=1)
    kit.desk(page, site, "ben", project)
    page.keyboard.press("2")
    assert kit.until(page, lambda: bool(held))  # the draft is saved, and the page not told yet
    expire_sessions(site, "ben")
    page.keyboard.press("Enter")
    kit.signed_out(page).wait_for()
    route, answer = held[0]
    with page.expect_response("**/api/draft"):
        route.fulfill(response=answer)
    page.wait_for_timeout(200)
    assert kit.signed_out(page).is_visible()


def test_13_gradio_handlers_show_it_too(site: kit.Site, page: Any) -> None:
    kit.sign_in(page, site, "dora", "/owner/")
    page.locator("td", has_text="dora").first.wait_for()  # what the page asks when it is opened is answered
    expire_sessions(site, "dora")
    page.get_by_label("Name", exact=True).fill("half written")
    page.get_by_role("tab", name="Audit").click()
    banner = kit.signed_out(page)
    assert "Copy what you entered" in banner.inner_text() and "kept" not in banner.inner_text()
    with page.context.expect_page() as opened:  # there is no draft here: the page stays in view
        banner.get_by_role("link").click()
    opened.value.close()
    page.context.add_cookies([{"name": kit.COOKIE, "value": site.token("dora"), "url": site.base, "httpOnly": True}])
    page.get_by_role("tab", name="People").click()
    banner.wait_for(state="detached")


def test_14_undo_makes_revision_two(site: kit.Site, page: Any) -> None:
    project = site.project("proof-14", kit.candidates(3))
    kit.desk(page, site, "ann", project)
    before, left = kit.assignment(page), kit.model_of(kit.reply_text(page, "A"))
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    kit.next_task_after(page, before)
    after = kit.assignment(page)
    page.keyboard.press("u")
    page.wait_for_selector("[data-part=revision]:visible")
    assert kit.assignment(page) == before
    assert page.get_attribute("[data-strength='3']", "aria-checked") == "true"  # the earlier answer
    page.keyboard.press("7")
    page.keyboard.press("Enter")
    kit.said(page, "revision 2")
    assert kit.assignment(page) == after  # back to where the reviewer was
    events = site.events(project)
    first, second = (3, -3) if left == 0 else (-3, 3)
    assert [(one["assignment_id"], one["revision"], one["strength"]) for one in events] == [
        (before, 1, first),
        (before, 2, second),
    ]
    kept = site.download(project, Form.events)  # both, in what is given away too
    assert [(one["revision"], one["uid"]) for one in kept] == [(1, events[0]["uid"]), (2, events[1]["uid"])]
    (row,) = site.download(project, Form.preference)
    assert kit.model_of(row["chosen"][0]["content"]) == 1 - left  # B, as the later revision says
    assert row["margin"] == 3 and row["ratings"] == [events[1]["uid"]]


def test_14_neither_revision_can_be_changed(site: kit.Site) -> None:
    for statement in ("update rating_events set strength = 0", "delete from rating_events"):
        with site.core.store.engine.connect() as connection:
            try:
                connection.execute(sa.text(statement))
            except sa.exc.DBAPIError as error:
                assert "append-only" in str(error)
            else:
                raise AssertionError(statement)
