"""Whatever is sent to the server's actions, it answers with a reason: never an error of its own, on either database."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from feedback_app import adjudication, api, chat
from tests.feedback_app import kit

pytestmark = pytest.mark.both

ACTIONS = {
    **{f"/api/{name}": action for name, action in api.ACTIONS.items()},
    # but for `say`, which asks models
    **{f"/api/chat/{name}": action for name, action in chat.ACTIONS.items() if name != "say"},
    **{f"/api/adjudicate/{name}": action for name, action in adjudication.ACTIONS.items()},
}
VALUES: list[Any] = [None, True, -1, 0, 2**31, 2**63, 1.5, float("nan"), float("inf"), "", "x", "pair", "nul \x00"]
VALUES += ["lone \ud800", "x" * 20_000, [], ["pair"], {}, {"x": float("nan")}, {"\ud800": "\x00"}, {"strength": [1]}]


def fields(action: api.Action) -> list[str]:
    """Those that an action says it reads."""
    said = " ".join((action.__doc__ or "").split("body:")[1:])
    return ["project", "kind", *re.findall(r"\b[a-z]+\b", re.sub(r"\([^)]*\)", "", said))]


def test_no_body_is_too_strange(site: kit.Site) -> None:
    project = site.project("strange", kit.candidates(3))
    with site.client("dora") as client:
        task = client.post("/api/desk", json={"project": project}).json()["task"]
        good = {"project": project, "assignment": task["assignment"], "answer": {"strength": 9}, "draft": {}}
        good |= {"reason": "", "letter": "Z", "text": "x", "task": 2**31 - 1, "flag": 2**31 - 1}
        tried = 0
        for path, action in ACTIONS.items():
            for field in fields(action):
                for value in VALUES:
                    answer = client.post(path, content=json.dumps(good | {field: value}))
                    assert answer.status_code < 500, (path, field, value, answer.text)
                    tried += 1
        assert tried > 500
        # and none of it stays in the way
        assert client.post("/api/desk", json={"project": project}).json()["project"] == project


@pytest.mark.parametrize("draft", [{"comment": float("inf")}, {"comment": "\ud800"}, {"\ud800": 1}])
def test_a_draft_that_could_not_be_given_back_is_refused(site: kit.Site, draft: dict[str, Any]) -> None:
    name = "strange-draft"
    if name not in site.core.projects.names():
        site.project(name, kit.candidates(1))
    client = site.client("ann")
    task = client.post("/api/desk", json={"project": name}).json()["task"]
    answer = client.post("/api/draft", content=json.dumps({"assignment": task["assignment"], "draft": draft}))
    assert answer.status_code == 400
    assert client.post("/api/desk", json={"project": name}).json()["task"]["draft"] == {}


@pytest.mark.parametrize("name", ["%00", "a%00b", "%ED%A0%80", "%FF", "x" * 100_000])
def test_names_that_no_database_can_hold(site: kit.Site, name: str) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    for path in ("/signin", "/first"):
        answer = site.client().post(path, content=f"name={name}&password=12345678&again=12345678", headers=form)
        assert answer.status_code in (303, 400, 401), (path, answer.text)
    assert site.client("dora").get(f"/download/export?project={name[:9000]}").status_code == 400
