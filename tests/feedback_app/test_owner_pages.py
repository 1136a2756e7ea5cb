"""What an owner and an adjudicator do in the browser, and the first run."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alignment.feedback.desk import open_app
from alignment.feedback.nouns import Answer
from tests.conftest import CHECKOUT
from tests.feedback_app import hostile, kit


def test_people_projects_and_guidelines(site: kit.Site, page: Any) -> None:
    kit.sign_in(page, site, "dora", "/owner/")
    page.locator("td", has_text="dora").first.wait_for()
    page.get_by_label("Name", exact=True).fill("fred")
    page.get_by_label("Password (none: single sign-on)", exact=True).fill("a long password")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("fred is added as reviewer.").wait_for()
    assert ("fred", "reviewer") in site.users()
    page.get_by_role("tab", name="Projects").click()
    page.get_by_label("New project").fill("owned")
    page.get_by_role("button", name="Make it").click()
    page.get_by_text("owned is made.").wait_for()
    page.get_by_label("What reviewers go by (Markdown)").fill("# Be warm\n\n<script>window.pwned=1</script>")
    page.get_by_role("button", name="Save as a new version", exact=True).click()
    page.get_by_text("Saved as version 1.").wait_for()
    assert site.core.projects.get("owned").guidelines.text.startswith("# Be warm")
    page.get_by_label("Tasks a reviewer (0: no limit)").fill("12")
    page.get_by_role("button", name="Save settings").click()
    page.get_by_text("Saved.", exact=True).wait_for()
    assert site.core.projects.get("owned").settings.quota == 12
    page.get_by_role("tab", name="Audit").click()
    page.locator("td", has_text="project.guidelines").first.wait_for()
    found = site.core.projects.audit(actor="dora")
    assert "owned" in {one.subject for one in found}
    added = [one.subject for one in found if one.action == "user.add" and one.actor == "dora"]
    assert added and all(one.startswith("user ") for one in added)  # a number: the log outlives a person's name


def test_an_adjudicator_decides_and_the_export_follows(site: kit.Site, page: Any) -> None:
    project = site.project("decided", kit.candidates(1), ratings=2)
    kit.disagree(site, project)
    kit.sign_in(page, site, "cara", f"/adjudicate/?project={project}")
    page.get_by_role("button", name="Look").click()
    page.wait_for_selector("[data-part=case]:visible")
    assert "says ann" in page.inner_text("[data-part=opinions]") and "says ben" in page.inner_text(
        "[data-part=opinions]"
    )
    left = kit.model_of(kit.reply_text(page, "A"))
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    kit.said(page, "Decided")
    row = site.core.exports.build(project, kit.Form.preference).rows[0]
    assert kit.model_of(row["chosen"][0]["content"]) == left and row["margin"] == 3


def test_an_adjudicator_sees_the_dashboard_and_no_model(site: kit.Site, page: Any) -> None:
    project = site.project("seen-by-cara", kit.candidates(2))
    heard: list[str] = []
    page.on("response", lambda one: heard.append(one.text()) if "gradio_api" in one.url else None)
    task = site.core.desk.next_task("ann", project)
    assert task is not None
    site.core.desk.submit("ann", task.assignment, Answer(strength=1))
    kit.sign_in(page, site, "cara", f"/dashboard/?project={project}")
    page.locator(".tiles .card", has_text="ratings made").locator("b", has_text="1 of 2").wait_for()
    page.get_by_role("tab", name="Leaderboard").click()
    page.get_by_text("it is shown to admins only").wait_for()
    page.get_by_role("tab", name="Training").click()
    page.get_by_text("Training curves are shown to admins only").wait_for()
    for text in [*heard, page.content()]:
        assert not any(model in text for model in kit.MODELS)
    kit.sign_in(page, site, "dora", f"/dashboard/?project={project}")
    page.get_by_role("tab", name="Leaderboard").click()
    page.locator("td", has_text=kit.MODELS[0]).first.wait_for()


def test_import_and_export_in_the_browser(site: kit.Site, page: Any, tmp_path: Path) -> None:
    site.core.projects.create("moved", {"tasks": {"pair": 1}, "ratings": 1, "repeat_share": 0, "gold_share": 0})
    rows = kit.candidates(2, name="moved")
    candidates, gold, broken = (tmp_path / f"{name}.jsonl" for name in ("candidates", "gold", "broken"))
    candidates.write_text("".join(json.dumps(row) + "\n" for row in rows))
    gold.write_text(json.dumps({"prompt_id": "moved0000", "order": ["moved0000-1", "moved0000-0"]}))
    broken.write_text('{"prompt": "no reply"}')
    kit.sign_in(page, site, "dora", "/owner/")
    page.get_by_role("tab", name="Import and export").click()
    kit.choose(page, "Project to import into", "moved")
    for path, button, said in (
        (broken, "Import", "row 1: no reply"),
        (candidates, "Import", "New: 2 prompts, 4 replies, 2 tasks."),
        (candidates, "Import", "New: 0 prompts, 0 replies, 0 tasks."),
        (gold, "Import as gold items", "1 new gold items."),
    ):
        field = "gold-file" if path is gold else "rows-file"
        kit.choose_file(page, field, path, path.stem)
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_text(said).wait_for()
        page.locator(f"#{field} input[type=file]").wait_for(state="attached")  # empty again, for the next
    task = site.core.desk.next_task("ann", "moved")
    assert task is not None
    left = kit.model_of(task.replies[0].text)
    site.core.desk.submit("ann", task.assignment, Answer(strength=2))
    form = page.locator("form.export")
    form.get_by_label("Project").select_option("moved")
    form.get_by_label("As").select_option("parquet")
    with page.expect_download() as parquet:
        form.get_by_role("button", name="Download").click()
    form.get_by_label("As").select_option("jsonl")
    with page.expect_download() as saved:
        form.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(parquet.value.path()) as packed:
        assert packed.read("moved-preference.parquet")[:4] == b"PAR1"
    assert saved.value.suggested_filename == "moved-preference.jsonl.zip"
    with zipfile.ZipFile(saved.value.path()) as packed:
        (row,) = [json.loads(line) for line in packed.read("moved-preference.jsonl").splitlines()]
        assert json.loads(packed.read("moved-preference.jsonl.manifest.json"))["policy"]["ties"] == "drop"
    assert kit.model_of(row["chosen"][0]["content"]) == left and row["margin"] == 2
    page.get_by_role("tab", name="Audit").click()
    page.locator("tr", has_text="project.export").first.wait_for()


def test_a_choice_outlasts_an_answer_that_was_asked_for_before_it(site: kit.Site, page: Any) -> None:
    for name in ("asked-early", "asked-late"):
        site.core.projects.create(name)
    kit.sign_in(page, site, "dora", "/owner/")
    tab = page.get_by_role("tab", name="Import and export")
    tab.click()
    kit.choose(page, "Project to import into", "asked-early")
    page.get_by_role("tab", name="Audit").click()
    page.locator("td", has_text="project.create").first.wait_for()
    held: list[Any] = []
    page.route("**/gradio_api/queue/join*", lambda route: held.append(route), times=1)
    tab.click()  # asks for the projects once more
    assert kit.until(page, lambda: bool(held))
    kit.choose(page, "Project to import into", "asked-late")
    site.core.projects.create("asked-last")
    held[0].continue_()
    page.locator("form.export option", has_text="asked-last").first.wait_for(state="attached")  # the answer is there
    assert page.get_by_label("Project to import into", exact=True).input_value() == "asked-late"


def test_the_first_run_needs_no_torch_and_makes_one_admin(
    url: str, tmp_path: Path, context: Callable[..., Any]
) -> None:
    """No project, no account, no training library: the embedded candidates, and the page of the first account."""
    with open_app(url) as core:
        path = f"{Path(__file__).parent / 'bare'}:{CHECKOUT}"
        site = kit.Site(tmp_path, url, core, {"PYTHONPATH": path})
        site.start()
        try:
            page = context().new_page()
            page.goto(f"{site.base}/")
            page.wait_for_url("**/first")
            page.fill("#name", hostile.name("first"))
            page.fill("#password", "a long password")
            page.fill("#again", "another password")
            page.keyboard.press("Enter")
            page.get_by_text("the two passwords differ").wait_for()
            assert page.input_value("#name") == hostile.name("first") and page.evaluate("window.pwned") is None
            page.fill("#name", "olivia")
            page.fill("#password", "a long password")
            page.fill("#again", "a long password")
            page.keyboard.press("Enter")
            page.wait_for_url("**/owner/")
            assert site.users() == [("olivia", "admin")]
            again = site.client().post("/first", data={"name": "x", "password": "password 2", "again": "password 2"})
            assert again.headers["location"] == "/signin" and site.users() == [("olivia", "admin")]
            page.goto(f"{site.base}/rate/")
            kit.at_desk(page)
            assert "Southern Charm Decor" in page.inner_text("[data-part=facts]")
            page.keyboard.press("g")
            assert "Guidelines version 1" in page.inner_text("[data-part=versions]")
        finally:
            site.kill()


def test_another_address_is_refused_before_the_first_account(url: str) -> None:
    with open_app(url) as core:
        core.projects.create("unused")
    command = [sys.executable, "-m", "feedback_app", "serve", "--host", "0.0.0.0", "--port", str(kit.free_port())]
    done = subprocess.run(
        [*command, "--database-url", url], cwd=CHECKOUT, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 2 and "nobody has an account yet" in done.stderr and "Traceback" not in done.stderr
