"""Proofs 17 and 18: it works with the network cut and keeps nothing in the browser; keyboard alone, and 390 px."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alignment.feedback.nouns import Answer
from tests.conftest import CHECKOUT
from tests.feedback_app import kit

WORDS = ("wreath", "Wreath", "writer", "customers")  # of the prompts, replies and facts
OTHERS = (  # the pages but the desk, and what they show when they are there
    ("/chat/", "[data-part=unready]:visible"),
    ("/adjudicate/", "[data-part=list] > *"),
    ("/dashboard/", ".tiles"),
    ("/owner/", "table.figures"),
)
READABLE = (Path(__file__).parent / "readable.js").read_text(encoding="utf-8")


@pytest.fixture
def cut_site(url: str, tmp_path: Path) -> Any:
    """A site whose process cannot reach another machine, with nothing but this Python's packages."""
    path = f"{Path(__file__).parent / 'cut'}:{CHECKOUT}"
    with kit.serving(tmp_path, url, PYTHONPATH=path, ATTEMPTS=str(tmp_path / "attempts")) as made:
        yield made


def test_17_the_network_is_cut(cut_site: kit.Site, context: Callable[..., Any], tmp_path: Path) -> None:
    site, asked = cut_site, []
    project = site.project("proof-17", kit.candidates(3))
    window = context()
    window.route("**/*", lambda route: route.continue_() if route.request.url.startswith(site.base) else route.abort())
    page = window.new_page()
    page.on("request", lambda one: asked.append(one.url))
    kit.desk(page, site, "ann", project)
    for _ in range(3):
        before = kit.assignment(page)
        page.keyboard.press("c")
        page.keyboard.type("a comment of mine")
        page.wait_for_selector("attune-desk[data-draft=kept]")
        page.keyboard.press("Escape")
        page.keyboard.press("1")
        page.route("**/api/submit", lambda route: route.abort(), times=1)
        page.keyboard.press("Enter")
        kit.said(page, "cannot be reached")  # what was entered is kept in this tab, and nothing else
        kept = page.evaluate("JSON.stringify({...sessionStorage})")
        assert "a comment of mine" in kept and not any(word in kept for word in WORDS)
        page.keyboard.press("Enter")
        kit.next_task_after(page, before)
    for path, there in OTHERS:
        kit.sign_in(page, site, "dora", path)
        page.locator(there).first.wait_for()
    assert len(site.events(project)) == 3
    assert [one for one in asked if not one.startswith((site.base, "data:", "blob:"))] == []
    assert not (tmp_path / "attempts").exists(), (tmp_path / "attempts").read_text()
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    databases = page.evaluate("indexedDB.databases ? indexedDB.databases().then(all => all.map(one => one.name)) : []")
    caches = page.evaluate("caches.keys()")
    assert not any(word in kept for word in (*WORDS, "comment of mine"))
    assert databases == caches == []


def test_18_keyboard_alone_at_390_pixels(site: kit.Site, context: Callable[..., Any]) -> None:
    project = site.project("proof-18", kit.candidates(4))
    page = context().new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site.base}/signin?next=/rate/?project={project}")
    page.wait_for_selector("#name:focus")
    for words, key in (("ben", "Tab"), (kit.PASSWORD, "Enter")):
        page.keyboard.type(words)
        page.keyboard.press(key)
    kit.at_desk(page)
    narrow(page)
    before = kit.assignment(page)
    page.keyboard.press("?")
    assert page.is_visible("[data-part=help-keys]") and "Enter" in page.inner_text("[data-part=help-keys]")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    assert page.is_visible("[data-part=guidelines-text]")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    kit.next_task_after(page, before)
    skipped, before = before, kit.assignment(page)
    page.keyboard.press("f")
    page.keyboard.press("2")
    page.keyboard.press("Tab")
    page.keyboard.type("the price is wrong")
    page.keyboard.press("Control+Enter")
    kit.said(page, "Flagged")
    page.keyboard.press("e")
    page.keyboard.press("Control+a")
    page.keyboard.type("Hey there! So it should read.")
    page.keyboard.press("Control+Enter")
    kit.said(page, "wording")
    page.keyboard.press("c")
    page.keyboard.type("by keyboard")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    assert page.is_visible("[data-reply=A] [data-view=raw]")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    kit.next_task_after(page, before)
    page.keyboard.press("u")
    page.wait_for_selector("[data-part=revision]:visible")
    assert page.input_value("[data-part=comment]") == "by keyboard"
    narrow(page)
    events = site.events(project)
    assert [one["assignment_id"] for one in events if one["assignment_id"] == before] and skipped
    flags = "select count(*) from flags f join projects p on p.id = f.project_id where p.name = :p"
    assert site.scalar(flags, p=project) == 1
    assert site.scalar("select count(*) from responses where text = :t", t="Hey there! So it should read.") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_18_every_page_fits_a_phone(site: kit.Site, context: Callable[..., Any], scheme: str) -> None:
    project = site.project(f"proof-18-phone-{scheme}", kit.candidates(2, 4), tasks={"pair": 1, "rank": 4, "rubric": 2})
    for number, name in enumerate(("ann", "ben")):
        task = site.core.desk.next_task(name, project)
        assert task is not None
        site.core.desk.submit(name, task.assignment, Answer(strength=3 - 2 * number))
    page = context(color_scheme=scheme).new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    for kind in ("pair", "rank", "rubric"):
        kit.desk(page, site, "ann", f"{project}&kind={kind}")
        assert "null" not in page.inner_text("attune-desk")
        fits(page)
    for path, there in OTHERS:
        kit.sign_in(page, site, "dora", f"{path}?project={project}")
        page.locator(there).first.wait_for()
        fits(page)
        for tab in page.get_by_role("tab").all():
            tab.click()  # none is put away in a menu
            fits(page)


def fits(page: Any) -> None:
    """As wide as the phone, and readable."""
    readable(page)
    width = "document.documentElement.scrollWidth"
    assert kit.until(page, lambda: page.evaluate(width) <= 390, 10), (page.url, page.evaluate(width))
    here = page.locator("attune-bar [aria-current]").bounding_box()
    assert here["x"] >= 0 and here["x"] + here["width"] <= 390  # one sees where one is


def narrow(page: Any) -> None:
    """The page is as wide as the phone, and all of each reply can be read."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for box in page.eval_on_selector_all(
        ".reply, .scale button", "all => all.map(one => one.getBoundingClientRect().right)"
    ):
        assert box <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_18_contrast_and_names(site: kit.Site, context: Callable[..., Any], scheme: str) -> None:
    page = context(color_scheme=scheme).new_page()
    page.goto(f"{site.base}/signin")
    readable(page)
    for kind, count in (("pair", 1), ("rank", 3), ("rubric", 1)):
        project = site.project(f"proof-18-{scheme}-{kind}", kit.candidates(2, 3), tasks={kind: count})
        kit.desk(page, site, "ann", project)
        page.keyboard.press("2")
        readable(page)
    page.keyboard.press("?")
    readable(page)
    for path, there in OTHERS:
        kit.sign_in(page, site, "dora", f"{path}?project={project}")
        page.locator(there).first.wait_for()
        readable(page)


def test_18_a_hidden_part_does_not_flash(site: kit.Site, page: Any) -> None:
    """While one stylesheet is still on its way."""
    project = site.project("proof-18-flash", kit.candidates(1))
    kit.sign_in(page, site, "ann", "/signin")
    for late in ("static/app.css", "api/desk"):
        page.route(f"**/{late}", lambda route: None)  # never answered
    page.goto(f"{site.base}/rate/?project={project}", wait_until="commit")
    page.wait_for_function("() => [...document.styleSheets].some((one) => one.href?.endsWith('desk.css'))")
    page.locator("[data-part=loading]").wait_for()
    assert not page.is_visible("[data-part=empty]")


def readable(page: Any) -> None:
    """Once what fades in, or is still on its way, is there."""
    page.wait_for_timeout(250)
    good: dict[str, list[str]] = {"weak": [], "nameless": []}
    assert kit.until(page, lambda: page.evaluate(READABLE) == good, 10), page.evaluate(READABLE)
