"""Proof 12: who may not, is refused, and not a row is written."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio.routes import App as GradioApp

from alignment.feedback.database.app_schema import metadata
from alignment.feedback.nouns import Role
from feedback_app import adjudication, api, chat
from feedback_app.pages import PAGES, frame
from tests.feedback_app import kit

pytestmark = pytest.mark.both

ACTIONS = [
    *(f"/api/{name}" for name in api.ACTIONS),
    *(f"/api/chat/{name}" for name in chat.ACTIONS),
    *(f"/api/adjudicate/{name}" for name in adjudication.ACTIONS),
]
TABLES = sorted(set(metadata.tables) - {"attempts"})  # all but the count of bad passwords


def rows(site: kit.Site) -> dict[str, int]:
    site.core.accounts.forget_old()  # as the server does each minute; another test's sessions may have run out
    return {name: site.scalar(f"select count(*) from {name}") for name in TABLES}


def refused_everywhere(site: kit.Site, client: httpx.Client) -> None:
    before = rows(site)
    for path in ACTIONS:
        assert client.post(path, json={"assignment": 1, "answer": {"strength": 1}, "task": 1}).status_code == 401, path
    for _, path, _ in PAGES:
        assert client.get(f"{path}/").status_code == 303
        for inner in ("config", "gradio_api/info", "gradio_api/file=/etc/passwd"):
            assert client.get(f"{path}/{inner}").status_code in (401, 403), (path, inner)
        for inner in ("run/predict", "queue/join", "upload"):
            body = {"fn_index": 0, "data": [], "session_hash": "x"}
            assert client.post(f"{path}/gradio_api/{inner}", json=body).status_code in (401, 403), (path, inner)
    assert client.get("/download/export?project=unused").status_code == 401
    assert rows(site) == before


def test_12_anonymous(site: kit.Site) -> None:
    refused_everywhere(site, site.client())


def test_12_a_forged_cookie(site: kit.Site) -> None:
    token = site.token("dora")
    for forged in ("x", token[:-1] + ("a" if token[-1] != "a" else "b"), token.upper(), "dora", "' or 1=1 --"):
        refused_everywhere(site, httpx.Client(base_url=site.base, timeout=300, cookies={kit.COOKIE: forged}))


def test_12_no_route_of_gradios_is_open(site: kit.Site) -> None:
    """All there are, not those we know of: some of them ask nobody, such as /cancel and /startup-events."""
    found = [
        (method.upper(), re.sub(r"{[^}]*}", "x", path))
        for path, methods in GradioApp.create_app(gr.Blocks()).openapi()["paths"].items()
        if path.startswith("/gradio_api/")
        for method in methods
    ]
    assert len(found) >= 40 and ("GET", "/gradio_api/startup-events") in found
    nobody, ann, before = site.client(), site.client("ann"), rows(site)
    for method, inner in found:
        for _, path, role in PAGES:
            assert nobody.request(method, path + inner).status_code == 401, (method, path, inner)
            if role != Role.reviewer:
                assert ann.request(method, path + inner).status_code == 403, (method, path, inner)
    assert rows(site) == before


def test_12_the_assignment_of_another(site: kit.Site) -> None:
    project = site.project("proof-12", kit.candidates(2))
    task = site.client("ann").post("/api/desk", json={"project": project}).json()["task"]
    ben, before = site.client("ben"), rows(site)
    mine = {"assignment": task["assignment"]}
    for path, body in (
        ("submit", {"answer": {"strength": 3}}),
        ("draft", {"draft": {"strength": 3}}),
        ("skip", {"reason": "other"}),
        ("flag", {"reason": "broken"}),
        ("edit", {"letter": "A", "text": "mine"}),
    ):
        assert ben.post(f"/api/{path}", json=mine | body).status_code == 403, path
    assert ben.post("/api/chat/resume", json={"project": project, "conversation": "1", **mine}).status_code in (
        400,
        403,
    )
    assert rows(site) == before


def test_12_a_reviewer_calls_the_owners_handlers_by_number(site: kit.Site) -> None:
    """From outside: the mount refuses. Its numbers are taken from an admin's own view of the page."""
    ann, dora, before = site.client("ann"), site.client("dora"), rows(site)
    called = 0
    for _, path, role in PAGES:
        if role == Role.reviewer:
            continue
        assert ann.get(f"{path}/").status_code == ann.get(f"{path}/config").status_code == 403
        for one in dora.get(f"{path}/config").json()["dependencies"]:
            body = {"fn_index": one["id"], "data": ["x"] * len(one["inputs"]), "session_hash": "abc"}
            for inner in ("run/predict", "queue/join"):
                assert ann.post(f"{path}/gradio_api/{inner}", json=body).status_code == 403, (path, one["id"])
            for own in ("/rate", "/chat"):  # nor is it answered by a page she may open
                there = f"{site.base}{own}/gradio_api/run/predict"  # on a connection of its own: Gradio's 500 ends it
                asked = httpx.post(there, json=body, cookies=ann.cookies, timeout=300)
                assert asked.status_code >= 400, (own, one["id"])
            if one["targets"][0][1] == "load":  # the same call, by whom it is for
                assert dora.post(f"{path}/gradio_api/queue/join", json=body).status_code == 200, (path, one["id"])
            called += 1
    assert called >= 20
    asked = {"project": "unused", "task": 1, "flag": 1, "answer": {"strength": 1}, "draft": {}, "revision": 1}
    for name in adjudication.ACTIONS:
        assert ann.post(f"/api/adjudicate/{name}", json=asked).status_code == 403, name
    assert ann.get("/download/export?project=unused").status_code == 403
    assert ann.post("/rate/gradio_api/upload", files={"files": b"x"}).status_code == 403
    assert ann.get("/rate/gradio_api/file=/tmp/gradio/x").status_code == 403
    assert rows(site) == before


def test_12_every_handler_asks_for_the_role_itself(site: kit.Site, tmp_path: Path) -> None:
    """From inside, as if the mount had let the call through."""
    before, checked = rows(site), 0
    for module, _, role in PAGES:
        page = module.build(frame.Frame(site.core, tmp_path, role))
        for handler in page.fns.values():
            for name in ("ann", "nobody", "", None):
                if name == "ann" and role == Role.reviewer:
                    continue
                request = SimpleNamespace(username=name)
                with pytest.raises(gr.Error):
                    handler.fn(request, *["x"] * len(handler.inputs))
            checked += 1
    assert checked >= 20 and rows(site) == before


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1:1", "null", "http://localhost.evil.example", "http://[::1"]
)
def test_12_a_foreign_origin(site: kit.Site, origin: str) -> None:
    client, before = site.client("dora"), rows(site)
    for path in (*ACTIONS, "/signin", "/signout", "/first", "/owner/gradio_api/queue/join"):
        assert client.post(path, json={}, headers={"origin": origin}).status_code == 403, path
    assert client.post("/signout", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.post("/api/me", json={}, headers={"origin": site.base}).status_code == 200  # its own is welcome
    assert rows(site) == before


def test_12_another_name_of_the_server(site: kit.Site) -> None:
    """A page elsewhere that has its name resolve to this machine."""
    for host in ("rebound.example", "127.0.0.1.rebound.example", "[::1"):
        assert site.client().get("/first", headers={"host": host}).status_code == 421
    for probe in ("/healthz", "/readyz"):  # a load balancer asks by an address of its own
        assert site.client().get(probe, headers={"host": "10.0.0.7:8080"}).status_code == 200


def test_12_the_sixth_bad_password(site: kit.Site) -> None:
    site.core.accounts.add("eve", "reviewer", kit.PASSWORD)
    client, before = site.client(), rows(site)
    for _ in range(5):
        assert client.post("/signin", data={"name": "eve", "password": "wrong"}).status_code == 401
    sixth = client.post("/signin", data={"name": "eve", "password": "wrong"})
    right = client.post("/signin", data={"name": "eve", "password": kit.PASSWORD})
    assert sixth.status_code == right.status_code == 429
    assert int(right.headers["retry-after"]) > 0 and kit.COOKIE not in client.cookies
    assert "eve" in sixth.text  # the form keeps the name
    assert rows(site) == before  # nobody was signed in


def test_12_unknown_names_and_wrong_passwords_look_alike(site: kit.Site) -> None:
    def said(name: str) -> str:
        answer = site.client().post("/signin", data={"name": name, "password": "wrong"})
        return answer.text.replace(name, "NAME")

    assert said("cara") == said("nobody-of-that-name")


def test_12_after_sign_in_one_stays_here(site: kit.Site) -> None:
    for target in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        page = site.client().get("/signin", params={"next": target})
        assert "evil" not in page.text and "alert" not in page.text


def test_12_headers(site: kit.Site) -> None:
    headers: Any = site.client("ann").get("/rate/").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "img-src 'self' data: blob:" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"
    cookie = site.client().post("/signin", data={"name": "ben", "password": kit.PASSWORD}).headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and kit.PASSWORD not in cookie
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert site.client("dora").get(path).status_code == 404
    for path in ("/healthz", "/readyz"):
        assert site.client().get(path).status_code == 200
