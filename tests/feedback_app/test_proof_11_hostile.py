"""Proof 11: hostile text in every field of every view runs nothing, fetches nothing, and is there to read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from feedback_app.pages import PAGES
from tests.feedback_app import hostile, kit
from tests.feedback_app.hostile import Watched, name, text
from tests.feedback_app.test_render import HOSTILE

IMAGE = HOSTILE["onerror"]
RAW = "[data-part={}] [data-view=raw]"
DRAWN, SPOKEN = "one.textContent", "one.ariaLabel"
READ = ("<iframe src=", "<form action=", "position:fixed", "${price}", "{{constructor", "\\includegraphics")


@pytest.fixture
def watched(context: Callable[..., Any], site: kit.Site) -> Watched:
    return Watched(context().new_page(), site)


def go(watched: Watched, who: str, path: str, **query: str) -> Any:
    """Signed in, at a page."""
    asked = "&".join(f"{key}={kit.quoted(value)}" for key, value in query.items())
    kit.sign_in(watched.page, watched.site, who, f"{path}?{asked}" if asked else path)
    return watched.page


def tabs(page: Any) -> list[str]:
    return [one.inner_text().strip() for one in page.get_by_role("tab").all()]


def the_desk(watched: Watched, endpoint: str) -> None:
    for kind in ("pair", "rank", "rubric"):
        page = go(watched, "ann", "/rate/", project=hostile.PROJECT, kind=kind)
        kit.at_desk(page)
        number = int(kit.reply_text(page, "A").split("the reply ")[1].split()[0])
        watched.shows("[data-part=replies] .text", hostile.SCRIPT, *READ)
        watched.shows("[data-part=facts]", text("context"), text("fact"))
        watched.shows("attune-bar select", hostile.PROJECT)
        page.keyboard.press("r")
        watched.shows(RAW.format("turns"), *map(text, (f"first question {number}", "bot's turn", f"question {number}")))
        watched.shows(RAW.format("replies"), text(f"reply {number}"))
        page.keyboard.press("r")
    watched.shows("fieldset.dimension", hostile.DIMENSION.label, hostile.DIMENSION.low, hostile.DIMENSION.high)
    page.fill("[data-part=comment]", hostile.COMMENT)
    page.wait_for_selector("attune-desk[data-draft=kept]")
    page.reload()
    kit.at_desk(page)
    watched.holds("[data-part=comment]", hostile.COMMENT)
    page.locator("[data-part=title]").focus()
    page.keyboard.press("g")
    watched.shows("[data-part=guidelines-text]", "the guidelines", hostile.SCRIPT, *READ)
    watched.shows("[data-part=rubric-text]", hostile.DIMENSION.label, hostile.DIMENSION.low, hostile.DIMENSION.high)
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    watched.holds("[data-part=edit-text]", *hostile.TEXTS)
    page.fill("[data-part=edit-text]", hostile.EDIT)
    page.keyboard.press("Control+Enter")
    kit.said(page, "wording")
    page.keyboard.press("e")
    watched.holds("[data-part=edit-text]", hostile.EDIT)
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.keyboard.press("1")
    page.fill("[data-part=flag-form] textarea", hostile.NOTE)
    page.keyboard.press("Control+Enter")
    kit.said(page, "Flagged")
    before = kit.assignment(page)
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    kit.next_task_after(page, before)
    page.keyboard.press("s")
    page.keyboard.press("4")
    page.fill("[data-part=skip-form] textarea", hostile.NOTE)
    page.keyboard.press("Control+Enter")
    kit.said(page, "Skipped")
    page.keyboard.press("u")
    page.wait_for_selector("[data-part=revision]:visible")
    watched.holds("[data-part=comment]", hostile.COMMENT)
    page = go(watched, hostile.RATERS[0], "/rate/", project=hostile.PROJECT)
    watched.shows("[data-who]", hostile.RATERS[0])
    go(watched, "ann", "/rate/", project=name("missing"))
    watched.shows("attune-desk [data-part=said]:not(:empty)", name("missing"))


def the_chat(watched: Watched, endpoint: str) -> None:
    models = [{"name": hostile.MODELS[n], "url": endpoint, "model": kit.MODELS[n]} for n in range(2)]
    watched.site.core.projects.set(hostile.PROJECT, {"endpoints": models})
    page = go(watched, "ann", "/chat/", project=hostile.PROJECT)
    for turn in ("message one", "message two"):
        page.fill("[data-part=words]", text(turn))
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("[data-part=voting]:visible")
        watched.shows("[data-part=replies] .text", hostile.SCRIPT, *READ)
        page.locator("[data-part=title]").focus()
        page.keyboard.press("r")
        watched.shows(RAW.format("turns"), text("message one"), text(turn))
        watched.shows(RAW.format("replies"), text(turn))
        page.fill("[data-part=comment]", hostile.COMMENT)
        page.wait_for_selector("attune-chat[data-draft=kept]")
        page.reload()
        page.wait_for_selector("[data-part=voting]:visible")
        watched.holds("[data-part=comment]", hostile.COMMENT)
        page.keyboard.press("1")
        page.keyboard.press("Control+Enter")
        kit.said(page, "Vote saved")
    assert not any(one in page.content() for one in ("model<img", "model&lt;img"))
    watched.shows("[data-part=turns]", "The reply you went on with", *READ)
    go(watched, "ann", "/chat/", project=name("missing"))
    watched.shows("attune-chat [data-part=said]:not(:empty)", name("missing"))


def adjudication(watched: Watched, endpoint: str) -> None:
    page = go(watched, "cara", "/adjudicate/", project=hostile.PROJECT)
    flagged = (*hostile.RATERS, hostile.NOTE, text("reply 0"))
    watched.shows("[data-part=list]", text("question 0"), *flagged)
    watched.shows("attune-bar select", hostile.PROJECT)
    for kind in ("Scores", "Ranking", "Pair"):
        row = page.locator("li", has_text=f"{kind}, ").first
        number = int(row.inner_text().split("the question ")[1].split()[0])
        look = row.get_by_role("button", name="Look")
        task = look.get_attribute("data-task")
        look.click()
        page.wait_for_selector("[data-part=case]:visible")
        watched.shows("[data-part=opinions]", *hostile.RATERS, hostile.COMMENT)
        watched.shows("[data-part=facts]", text("context"), text("fact"))
        watched.shows("[data-part=replies] .text", hostile.SCRIPT, *READ)
        page.keyboard.press("r")
        watched.shows(RAW.format("turns"), text("bot's turn"), text(f"question {number}"))
        watched.shows(RAW.format("replies"), text(f"reply {number}"))
        if kind == "Scores":
            watched.shows("fieldset.dimension", hostile.DIMENSION.label, hostile.DIMENSION.low)
        page.keyboard.press("r")
        if kind != "Pair":
            page.locator("[data-part=back]").click()
            page.wait_for_selector("[data-part=list]:visible")
    page.keyboard.press("1")
    page.fill("[data-part=comment]", text("decision"))
    page.keyboard.press("Control+Enter")
    kit.said(page, "Decided")
    page.locator("[data-part=decided]").check()
    page.locator(f"[data-task='{task}']").click()
    page.wait_for_selector("[data-part=case]:visible")
    watched.holds("[data-part=comment]", text("decision"))
    watched.shows("[data-part=opinions]", text("decision"))
    go(watched, "cara", "/adjudicate/", project=name("missing"))
    watched.shows("attune-adjudicate [data-part=said]:not(:empty)", name("missing"))


def the_dashboard(watched: Watched, endpoint: str) -> None:
    """Tiles, tables and the labels of charts."""
    place = watched.site.folder / "runs" / hostile.RUN / hostile.STAGE
    place.mkdir(parents=True, exist_ok=True)
    lines = [{"step": step, hostile.METRIC: 1.0 / step, hostile.PLAIN_METRIC: 2.0 / step} for step in (1, 2, 3)]
    (place / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    page = go(watched, "dora", "/dashboard/", project=hostile.PROJECT)
    page.locator(".tiles").wait_for()
    watched.holds(".owner input[aria-label=Project]", hostile.PROJECT)
    watched.shows("table.figures", *hostile.RATERS)
    watched.shows(".chart svg text", hostile.SHORT, read=DRAWN)
    watched.shows(".chart svg[role=img]", *hostile.RATERS, read=SPOKEN)
    page.get_by_role("tab", name="Leaderboard").click()
    watched.shows("table.figures:visible", *hostile.MODELS)
    watched.shows(".chart svg text:visible", hostile.SHORT, read=DRAWN)
    watched.shows(".chart svg[role=img]:visible", *hostile.MODELS, read=SPOKEN)
    kit.choose(page, "For each value of", hostile.TAG)
    page.locator("figcaption", has_text=hostile.VALUES[1]).wait_for()
    watched.shows("figcaption:visible", *(f"{hostile.TAG} = {value}" for value in hostile.VALUES))
    assert tabs(page) == ["Ratings", "Leaderboard", "Training"]  # no other is unseen
    page.get_by_role("tab", name="Training").click()
    kit.choose(page, "Run", hostile.RUN)
    watched.shows("figcaption:visible", hostile.METRIC, hostile.PLAIN_METRIC)
    watched.shows(".chart svg text:visible", hostile.STAGE, read=DRAWN)
    watched.shows(".chart svg[role=img]:visible", hostile.METRIC, hostile.STAGE, read=SPOKEN)


def the_owners_page(watched: Watched, endpoint: str) -> None:
    page = go(watched, "dora", "/owner/")
    watched.shows("table.figures:visible", *hostile.RATERS, hostile.BOSS)
    page.get_by_label("Name of the account").fill(name("nobody"))
    page.get_by_role("button", name="Set role").click()
    watched.shows("[role=alert]:visible", name("nobody"))
    page.get_by_label("Name", exact=True).fill(name("added"))
    page.get_by_role("button", name="Add", exact=True).click()
    watched.shows("[role=status]:visible", f"{name('added')} is added")
    page.get_by_role("tab", name="Projects").click()
    watched.shows("table.figures:visible", hostile.PROJECT)
    kit.choose(page, "Project to change", hostile.PROJECT)
    there = "text => [...document.querySelectorAll('textarea')].some(one => one.value === text)"
    page.wait_for_function(there, arg=hostile.GUIDELINES)
    one = hostile.DIMENSION
    watched.holds("textarea:visible", hostile.GUIDELINES, one.label, one.low, one.high, hostile.MODELS[0])
    page.get_by_role("button", name="Preview").click()
    watched.shows(".card.text:visible", "the guidelines", hostile.SCRIPT, *READ)
    page.get_by_role("button", name="Versions so far").click()
    watched.shows(".versions details[open]", hostile.GUIDELINES, hostile.BOSS)
    page.get_by_label("rubric", exact=True).check()
    watched.shows(".versions details[open]", one.label, one.low, one.high)
    page.get_by_label("New project").fill(name("made"))
    page.get_by_role("button", name="Make it").click()
    watched.shows("[role=status]:visible", f"{name('made')} is made.")
    watched.shows("table.figures:visible", name("made"))
    page.get_by_role("tab", name="Import and export").click()
    watched.shows("form.export select[name=project]", hostile.PROJECT, name("made"))
    kit.choose(page, "Project to import into", hostile.PROJECT)
    row = {"prompt_id": IMAGE, "order": [name("reply"), "b"]}
    upload = {"name": name("file") + ".jsonl", "mimeType": "text/plain", "buffer": json.dumps(row).encode()}
    kit.choose_file(page, "gold-file", [upload], "onerror")
    page.get_by_role("button", name="Import as gold items").click()
    watched.shows("[role=alert]:visible", IMAGE)
    assert tabs(page) == ["People", "Projects", "Import and export", "Audit"]  # no other is unseen
    page.get_by_role("tab", name="Audit").click()
    watched.shows("table.figures:visible", hostile.BOSS, hostile.PROJECT, name("made"), hostile.MODELS[0])


VIEWS = {
    "/rate": the_desk,
    "/chat": the_chat,
    "/adjudicate": adjudication,
    "/dashboard": the_dashboard,
    "/owner": the_owners_page,
}


@pytest.mark.parametrize("path", [path for _, path, _ in PAGES])
def test_11_on_every_page(site: kit.Site, watched: Watched, endpoint: str, path: str) -> None:
    hostile.fill(site)
    VIEWS[path](watched, endpoint)
    watched.harmless()


def test_11_before_sign_in(site: kit.Site, watched: Watched) -> None:
    page = watched.page
    page.goto(f"{site.base}/signin?next=/rate/?project={kit.quoted(hostile.SCRIPT)}")
    page.fill("#name", name("who"))
    page.fill("#password", "wrong")
    page.keyboard.press("Enter")
    page.locator("[role=alert]").wait_for()
    watched.holds("#name", name("who"))
    assert page.input_value("[name=next]", strict=True) == f"/rate/?project={hostile.SCRIPT}"


def test_11_an_error_that_repeats_what_was_asked_is_no_page(site: kit.Site) -> None:
    dora = site.client("dora")
    for asked in (
        dora.get("/download/export", params={"project": hostile.SCRIPT}),
        dora.get("/download/export", params={"project": "unused", "form": hostile.SCRIPT}),
        dora.get(f"/{kit.quoted(hostile.SCRIPT)}"),
        dora.post("/api/desk", json={"project": hostile.SCRIPT}),
        dora.post("/api/submit", json={"assignment": hostile.SCRIPT, "answer": {}}),
        dora.post(f"/api/{kit.quoted(hostile.SHORT)}", json={}),
    ):
        assert asked.status_code >= 400 and asked.headers["content-type"] == "application/json"
        assert asked.headers["x-content-type-options"] == "nosniff"


def test_11_the_watch_sees_what_hostile_text_does(site: kit.Site, watched: Watched) -> None:
    """Each of these, were it let through as markup, would turn the proof red."""
    page = go(watched, "ann", "/rate/")
    kit.at_desk(page)
    watched.harmless()
    image = "<img src='https://evil.example/p.png'>"
    for made in (image, *(HOSTILE[one] for one in ("onerror", "svg", "iframe", "fixed", "form", "style"))):
        page.evaluate("made => { document.querySelector('[data-part=said]').innerHTML = made; }", made)
        assert page.evaluate(hostile.STRANGE), made
        page.evaluate("() => { document.querySelector('[data-part=said]').innerHTML = ''; }")
    for sign in ("404 ", "blocked https://evil.example"):
        seen = kit.until(page, lambda sign=sign: any(one.startswith(sign) for one in watched.strange))
        assert seen, (sign, watched.strange)
    assert page.evaluate("window.pwned") == 1
