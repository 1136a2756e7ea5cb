"""Replies scored by a rubric in the browser: keys and buttons, a project's own dimensions, flags."""

from __future__ import annotations

from typing import Any

from alignment.feedback.nouns import Dimension
from alignment.feedback.outgoing.exporting import Form
from tests.feedback_app import kit

OWN = [Dimension("warmth", "Warmth", "cold", "like home"), Dimension("facts", "Facts")]


def payload(event: dict[str, Any]) -> dict[str, Any]:
    return dict(kit.from_json(event["payload"]))


def test_own_dimensions_by_keys_with_a_flag(site: kit.Site, page: Any) -> None:
    project = site.project("rubric-keys", kit.candidates(1, replies=2), tasks={"rubric": 1})
    site.core.projects.set_rubric(project, OWN, ["off_brand", "too_long"])
    kit.desk(page, site, "ann", project)
    before, writer = kit.assignment(page), kit.model_of(kit.reply_text(page, "A"))
    assert page.get_attribute("attune-desk", "data-kind") == "rubric"
    page.keyboard.press("4")  # warmth
    page.keyboard.press("Enter")
    kit.said(page, "1 of 2 scores are still open")
    assert site.events(project) == []
    page.keyboard.press("1")  # facts
    page.keyboard.press("ArrowUp")
    page.keyboard.press("3")  # warmth after all
    page.get_by_role("button", name="Too long: flag reply A").click()
    page.wait_for_selector("attune-desk[data-draft=kept]")
    page.reload()
    kit.at_desk(page)
    page.keyboard.press("Enter")
    kit.next_task_after(page, before)
    (event,) = site.events(project)
    assert payload(event) == {"scores": {"0": {"warmth": 3, "facts": 1}}, "flags": {"0": ["too_long"]}}
    assert event["rubric"] == 1
    (row,) = site.core.exports.build(project, Form.scalar).rows
    assert kit.model_of(row["completion"][0]["content"]) == writer
    assert (row["score"], row["scores"], row["flags"]) == (2.0, {"facts": 1.0, "warmth": 3.0}, {"too_long": 1})
