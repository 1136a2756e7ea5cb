"""Proof 11: hostile text in every view runs nothing, fetches nothing, and is there to read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from alignment.feedback.nouns import Answer
from tests.feedback_app import kit
from tests.feedback_app.test_render import HOSTILE

MARK = "window.pwned"
TEXTS = list(HOSTILE.values())


def hostile_rows(name: str, replies: int) -> list[dict[str, Any]]:
    """Prompts, facts, tags and replies of hostile text, several in each."""
    rows = kit.candidates(4, replies, name)
    for number, row in enumerate(rows):
        row["text"] = "\n\n".join([f"says writer {number % replies}", *TEXTS])
        row["text"] += f"\n\n{number}"
        row["prompt"][0]["content"] = "\n".join(TEXTS)
        row["prompt"][1]["content"] = "\n\n".join(TEXTS)
        row["facts"], row["tags"] = TEXTS[:4], {"intent": TEXTS[0]}
    for row in rows:
        row["prompt"] = rows[rows.index(row) // replies * replies]["prompt"]
    return rows


@pytest.fixture
def watched(context: Callable[..., Any], site: kit.Site) -> Any:
    """A page that notes every request to another host, every dialog, and every page it is led to."""
    page = context().new_page()
    page.strange = []
    page.on("request", lambda one: None if own(one.url, site) else page.strange.append(one.url))
    page.on("dialog", lambda one: (page.strange.append(one.message), one.dismiss()))
    page.on("popup", lambda one: page.strange.append(one.url))
    yield page


def own(url: str, site: kit.Site) -> bool:
    return url.startswith((site.base, "data:", "blob:"))


def harmless(page: Any, site: kit.Site) -> None:
    """Nothing ran, nothing was fetched, nothing left its box."""
    page.wait_for_timeout(300)
    assert page.strange == []
    assert page.evaluate("[window.pwned, window.xss].every(one => one === undefined)")
    assert page.url.startswith(site.base)
    counts = page.evaluate(
        """() => ["iframe", "object", "embed", "body base", ".text form", ".text img", ".text svg", ".text a",
        ".text input", ".text style", ".text script", ".text [style]", ".text [onclick]", ".text [onerror]"].map(
        one => [one, document.querySelectorAll(one).length])"""
    )
    # Gradio keeps one iframe-free page; everything counted would have come from the text
    assert [one for one in counts if one[1]] == []


@pytest.mark.parametrize(("kind", "replies"), [("pair", 2), ("rank", 3), ("rubric", 2)])
def test_11_at_the_desk(site: kit.Site, watched: Any, kind: str, replies: int) -> None:
    project = site.project(
        f"proof-11-{kind}", hostile_rows(kind, replies), tasks={kind: replies if kind != "pair" else 1}
    )
    kit.desk(watched, site, "ann", project)
    harmless(watched, site)
    seen = watched.inner_text("attune-desk")
    for text in ("<script>window.pwned=1</script>", "<iframe src=", "<form action=", "position:fixed", "${price}"):
        assert text in seen
    watched.keyboard.press("r")
    raw = watched.inner_text("[data-reply=A] [data-view=raw], [data-letter=A] [data-view=raw]")
    for text in TEXTS:
        assert text in raw
    harmless(watched, site)
    watched.keyboard.press("e")
    assert MARK in watched.input_value("[data-part=edit-text]")
    harmless(watched, site)


def test_11_in_the_owners_views(site: kit.Site, watched: Any) -> None:
    name = TEXTS[0]
    site.core.accounts.add(name, "reviewer")
    project = site.project("proof-11-" + TEXTS[1], hostile_rows("own", 2), ratings=2)
    site.core.projects.set_guidelines(project, "\n\n".join(TEXTS))
    for user, strength in ((name, 3), ("ben", -3)):
        task = site.core.desk.next_task(user, project)
        mine = strength if kit.model_of(task.replies[0].text) == 0 else -strength
        site.core.desk.submit(user, task.assignment, Answer(strength=mine, comment="\n".join(TEXTS)))
        site.core.desk.flag(user, task.assignment, "broken", None, "\n".join(TEXTS))
    kit.sign_in(watched, site, "dora", "/owner/")
    watched.locator("td", has_text=name).first.wait_for()
    harmless(watched, site)
    for tab in ("Projects", "Import and export", "Audit"):
        watched.get_by_role("tab", name=tab).click()
        watched.wait_for_timeout(500)
        harmless(watched, site)
    watched.goto(f"{site.base}/adjudicate/?project={kit.quoted(project)}")
    watched.get_by_role("button", name="Look").first.click()
    watched.wait_for_selector("[data-part=case]:visible")
    assert "<script>window.pwned=1</script>" in watched.inner_text("[data-part=opinions]")
    harmless(watched, site)
    watched.goto(f"{site.base}/rate/?project={kit.quoted(project)}")
    kit.at_desk(watched)
    watched.keyboard.press("g")
    assert "<iframe src=" in watched.inner_text("[data-part=guidelines-text]")
    harmless(watched, site)
    watched.goto(f"{site.base}/dashboard/")
    watched.locator(".tiles").wait_for()
    harmless(watched, site)
