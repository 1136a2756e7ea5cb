"""The owner's page of versions, and the manifest that comes with a download, as the command writes it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from alignment.feedback.nouns import Answer
from feedback_app.commands import main
from tests.feedback_app import kit


def test_older_versions_are_read_on_the_page(site: kit.Site, page: Any) -> None:
    project = site.project("versioned", kit.candidates(1, name="versioned"))
    site.core.projects.set_guidelines(project, "Be warm.\nName the price.", actor="dora")
    task = site.core.desk.next_task("ann", project)
    assert task is not None
    site.core.projects.set_guidelines(project, "Be warm.\n<img src=x onerror=alert(1)>", actor="dora")
    site.core.desk.submit("ann", task.assignment, Answer(strength=1))
    kit.sign_in(page, site, "dora", "/owner/")
    page.get_by_role("tab", name="Projects").click()
    kit.choose(page, "Project to change", "versioned")
    page.get_by_role("button", name="Versions so far").click()
    newest = page.locator("[data-version='2']")
    newest.wait_for()
    assert newest.locator("ins").inner_text() == "+<img src=x onerror=alert(1)>"
    assert newest.locator("del").inner_text() == "-Name the price."
    older = page.locator("[data-version='1']")
    assert "by dora · 1 rating under it" in older.inner_text()
    older.locator("summary").click()
    assert older.locator("pre").last.inner_text() == "Be warm.\nName the price."


def test_the_open_task_shows_the_guidelines_it_was_handed_out_under(site: kit.Site) -> None:
    project = site.project("guided", kit.candidates(2, name="guided"))
    site.core.projects.set_guidelines(project, "the first")
    with site.client("ann") as ann:
        before = ann.post("/api/desk", json={"project": project}).json()
        site.core.projects.set_guidelines(project, "the second")
        said = ann.post("/api/desk", json={"project": project}).json()
        assert said["task"]["assignment"] == before["task"]["assignment"]
        assert (said["guidelines"]["version"], said["task"]["guidelines"]) == (1, 1)
        assert "the first" in said["guidelines"]["html"]
        body = {"project": project, "assignment": said["task"]["assignment"], "answer": {"strength": 1}}
        after = ann.post("/api/submit", json=body).json()
        assert (after["guidelines"]["version"], after["task"]["guidelines"]) == (2, 2)


def test_a_download_holds_the_manifest_as_the_command_writes_it(site: kit.Site, tmp_path: Path) -> None:
    project = site.project("declared", kit.candidates(2, name="declared"))
    task = site.core.desk.next_task("ann", project)
    assert task is not None
    site.core.desk.submit("ann", task.assignment, Answer(strength=0))
    query = {"project": project, "ties": "keep_half", "part": "both"}
    for file in ("jsonl", "parquet"):
        with site.client("dora") as dora:
            answers = [dora.get("/download/export", params={**query, "file": file}) for _ in range(2)]
            alone = dora.get("/download/export", params={**query, "file": file, "part": "manifest"})
        assert answers[0].content == answers[1].content
        assert f'filename="declared-preference.{file}.zip"' in answers[0].headers["content-disposition"]
        packed = zipfile.ZipFile(io.BytesIO(answers[0].content))
        path = tmp_path / f"declared-preference.{file}"
        command = ["export", str(path), "--project", project, "--ties", "keep_half", "--database-url", site.url]
        assert main(command) == 0
        names = [path.name, f"{path.name}.manifest.json"]
        assert packed.namelist() == names
        for name in names:
            assert packed.read(name) == (tmp_path / name).read_bytes(), name
        assert alone.content == packed.read(names[1])
        manifest = json.loads(alone.content)
        assert manifest["policy"] == {"ties": "keep_half", "conflicts": "majority", "gold": "drop", "surplus": "drop"}
        assert manifest["sha256"] == hashlib.sha256(packed.read(names[0])).hexdigest() and manifest["rows"] == 2
    with site.client("dora") as dora:
        assert dora.get("/download/export", params={**query, "part": "half"}).status_code == 400


def test_versions_by_command(tmp_path: Path, capsys: Any) -> None:
    def run(*words: str) -> str:
        assert main([*words, "--root", str(tmp_path)]) == 0
        return str(capsys.readouterr().out)

    run("project", "create", "shop")
    for number, text in enumerate(("Be warm.\n", "Be brief.\n"), 1):
        (tmp_path / f"{number}.md").write_text(text)
        assert f"version {number}" in run("project", "guidelines", "shop", "--file", str(tmp_path / f"{number}.md"))
    assert run("project", "guidelines", "shop", "--version", "1").strip() == "Be warm."
    assert run("project", "guidelines", "shop").strip() == "Be brief."
    assert json.loads(run("project", "rubric", "shop", "--version", "0"))["version"] == 0
    lines = run("project", "versions", "shop").splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["guidelines", "1"], ["guidelines", "2"], ["rubric", "0"]]
    assert "command line" in lines[1] and lines[2].split()[-3:] == ["1", "1", "0"]
    changes = run("project", "versions", "shop", "--changes")
    assert "-Be warm.\n+Be brief." in changes and "rubric version 0, built in" in changes
    for wrong in (
        ["guidelines", "shop", "--version", "3"],
        ["guidelines", "shop", "--version", "-1"],
        ["rubric", "shop", "--version", "1"],
        ["guidelines", "shop", "--version", "1", "--file", "x"],
        ["versions", "nowhere"],
    ):
        assert main(["project", *wrong, "--root", str(tmp_path)]) == 2
        said = capsys.readouterr().err
        assert "Traceback" not in said and len(said.strip().splitlines()) <= 3
