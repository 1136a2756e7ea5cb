"""Live chat with two blind models, over a fake OpenAI-compatible endpoint on this machine."""

from __future__ import annotations

from typing import Any

from tests.feedback_app import kit
from tests.feedback_app.endpoint import Endpoint


def chat_project(site: kit.Site, name: str, url: str, *models: str) -> str:
    endpoints = [{"name": model, "url": url, "model": model} for model in models]
    return site.project(name, kit.candidates(1, name=name), endpoints=endpoints)


def test_two_turns_and_a_vote_each_by_keyboard(site: kit.Site, page: Any, endpoint: str) -> None:
    project = chat_project(site, "chat", endpoint, *kit.MODELS[:2])
    heard: list[str] = []
    page.on("response", lambda one: heard.append(one.text()) if "/api/" in one.url else None)
    kit.sign_in(page, site, "ann", f"/chat/?project={project}")
    page.locator("[data-part=words]").wait_for()
    preferred = []
    for turn, words in enumerate(("is it in stock?", "and the price?")):
        page.keyboard.press("m")
        page.keyboard.type(words)
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("[data-part=voting]:visible")
        preferred.append(kit.model_of(kit.reply_text(page, "B")))
        if turn == 0:
            page.reload()  # the turn that waits for its vote is still there
            page.wait_for_selector("[data-part=voting]:visible")
            assert kit.model_of(kit.reply_text(page, "B")) == preferred[0]
        page.keyboard.press("7")
        page.keyboard.press("Enter")
        kit.said(page, "Vote saved")
    events = site.events(project)
    assert len(events) == 2
    for event, writer in zip(events, preferred, strict=True):  # each names the model that stood on that side
        better = "select r.model from responses r join task_responses t on t.response_id = r.id"
        better += " where t.task_id = :task and t.slot = :slot"
        slot = 0 if event["strength"] > 0 else 1
        assert abs(event["strength"]) == 3
        assert site.scalar(better, task=event["task_id"], slot=slot) == kit.MODELS[writer]
    first, second = Endpoint.asked[:2], Endpoint.asked[2:]
    assert {one["path"] for one in first} == {"/v1/chat/completions"}
    assert {one["model"] for one in first} == {one["model"] for one in second} == set(kit.MODELS[:2])
    history = second[0]["messages"]
    assert history == second[1]["messages"]  # both go on from the same reply, the preferred one
    assert [one["role"] for one in history] == ["user", "assistant", "user"]
    assert kit.model_of(history[1]["content"]) == preferred[0]
    for text in [*heard, page.content()]:
        assert not any(model in text for model in kit.MODELS)


def test_a_vote_has_a_draft_and_outlives_the_session(site: kit.Site, page: Any, endpoint: str) -> None:
    project = chat_project(site, "chat-draft", endpoint, *kit.MODELS[:2])
    kit.sign_in(page, site, "ben", f"/chat/?project={project}")
    page.locator("[data-part=words]").wait_for()
    page.keyboard.type("is it in stock?")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-part=voting]:visible")
    page.keyboard.press("6")
    page.keyboard.press("c")
    page.keyboard.type("kept before")
    page.wait_for_selector("attune-chat[data-draft=kept]")
    page.reload()
    page.wait_for_selector("[data-part=voting]:visible")
    assert page.get_attribute("[data-strength='-2']", "aria-checked") == "true"
    assert page.input_value("[data-part=comment]") == "kept before"
    site.core.accounts.revoke("ben", actor="dora")
    page.fill("[data-part=comment]", "kept before and after")
    page.keyboard.press("Control+Enter")
    kit.sign_in_again(page, "ben")
    page.wait_for_selector("[data-part=voting]:visible")
    assert page.input_value("[data-part=comment]") == "kept before and after" and site.events(project) == []
    page.keyboard.press("Enter")
    kit.said(page, "Vote saved")
    assert len(site.events(project)) == 1
    site.core.accounts.revoke("ben", actor="dora")
    page.fill("[data-part=words]", "and the price?")
    page.keyboard.press("Control+Enter")
    kit.sign_in_again(page, "ben")
    page.locator("[data-part=words]").wait_for()
    assert page.input_value("[data-part=words]") == "and the price?" and page.is_visible("[data-part=turns]")


def test_a_model_that_fails_is_not_named_and_nothing_is_stored(site: kit.Site, endpoint: str) -> None:
    project = chat_project(site, "chat-broken", endpoint, kit.MODELS[0], "broken")
    before = site.scalar("select count(*) from responses")
    answer = site.client("ann").post("/api/chat/say", json={"project": project, "text": "hello?"})
    assert answer.status_code == 400 and "did not answer" in answer.json()["error"]
    assert "broken" not in answer.text and endpoint not in answer.text
    assert site.scalar("select count(*) from responses") == before


def test_a_turn_waits_for_its_vote_and_a_chat_is_ones_own(site: kit.Site, endpoint: str) -> None:
    project = chat_project(site, "chat-turns", endpoint, *kit.MODELS[:2])
    ann = site.client("ann")
    said = ann.post("/api/chat/say", json={"project": project, "text": "hello?"}).json()
    body = {"project": project, "conversation": said["conversation"], "text": "and?"}
    assert ann.post("/api/chat/say", json=body).status_code == 400
    ben = site.client("ben")
    assert ben.post("/api/chat/say", json=body).status_code == 403
    vote = {"conversation": said["conversation"], "assignment": said["task"]["assignment"], "answer": {"strength": 1}}
    assert ben.post("/api/chat/vote", json=vote).status_code == 403 and site.events(project) == []
    assert ann.post("/api/chat/vote", json=vote).status_code == 200
    assert ann.post("/api/chat/vote", json=vote).json()["saved"]["already"] is True
    assert len(site.events(project)) == 1


def test_without_two_models_the_page_says_so(site: kit.Site, endpoint: str) -> None:
    project = chat_project(site, "chat-one", endpoint, kit.MODELS[0])
    answer = site.client("ann").post("/api/chat/say", json={"project": project, "text": "hello?"})
    assert answer.status_code == 400 and "no two models" in answer.json()["error"]
