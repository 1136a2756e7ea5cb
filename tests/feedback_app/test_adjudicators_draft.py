"""An adjudicator's draft in the browser: kept through a reload and through a session that runs out."""

from __future__ import annotations

from typing import Any

from tests.feedback_app import kit


def test_a_reload_and_a_lost_session_keep_the_case_and_the_draft(site: kit.Site, page: Any) -> None:
    project = site.project("drafted", kit.candidates(1, name="drafted"), ratings=2)
    kit.disagree(site, project)
    kit.sign_in(page, site, "cara", f"/adjudicate/?project={project}")
    page.get_by_role("button", name="Look").click()
    page.wait_for_selector("[data-part=case]:visible")
    page.keyboard.press("6")
    page.keyboard.press("c")
    page.keyboard.type("because of the price")
    page.wait_for_selector("attune-adjudicate[data-draft=kept]")
    page.reload()
    page.wait_for_selector("[data-part=case]:visible")
    assert page.get_attribute("[data-strength='-2']", "aria-checked") == "true"
    assert page.input_value("[data-part=comment]") == "because of the price"
    site.core.accounts.revoke("cara", actor="dora")
    page.keyboard.press("c")
    page.keyboard.press("End")
    page.keyboard.type(", mostly")
    page.keyboard.press("Control+Enter")
    kit.signed_out(page).wait_for()
    assert [one.decided for one in site.core.review.conflicts(project, actor="dora")] == [False]
    kit.sign_in_again(page, "cara")
    page.wait_for_selector("[data-part=case]:visible")
    assert page.input_value("[data-part=comment]") == "because of the price, mostly"
    page.keyboard.press("Enter")
    kit.said(page, "Decided")
    (case,) = site.core.review.conflicts(project, decided=True, actor="dora")
    (decision,) = [one for one in site.core.review.case(case.task, actor="cara").opinions if one.decision]
    assert (decision.answer["strength"], decision.comment) == (-2, "because of the price, mostly")
