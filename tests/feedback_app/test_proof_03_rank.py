"""Proof 3: ranking by drag and by keys, with ties and left-out replies; a forged ranking is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.feedback_app import kit


def order(page: Any) -> list[str]:
    return list(page.eval_on_selector_all(".ranking > li", "all => all.map(one => one.dataset.letter)"))


def numbers(page: Any) -> dict[str, str]:
    pairs = page.eval_on_selector_all(
        ".ranking > li", "all => all.map(one => [one.dataset.letter, one.querySelector('b').textContent])"
    )
    return dict(pairs)


def stored_ranks(site: kit.Site, project: str) -> list[Any]:
    """Ranks of the latest event, by writer (responses in the order of their keys)."""
    return list(kit.from_json(site.events(project)[-1]["payload"])["ranks"])


def writers(page: Any) -> dict[str, int]:
    return {letter: kit.model_of(kit.reply_text(page, letter)) for letter in order(page)}


def ranking(site: kit.Site, page: Any, name: str) -> str:
    project = site.project(name, kit.candidates(3, replies=4), tasks={"rank": 4})
    kit.desk(page, site, "ann", project)
    assert page.get_attribute("attune-desk", "data-kind") == "rank"
    return project


def test_03_by_drag(site: kit.Site, page: Any) -> None:
    project = ranking(site, page, "proof-03-drag")
    who, before = writers(page), kit.assignment(page)
    page.locator("[data-grip=D]").hover(position={"x": 8, "y": 8})  # once it stands still
    grip = page.locator("[data-grip=D]").bounding_box()
    top = page.locator(".ranking > li").first.bounding_box()
    page.mouse.down()
    page.mouse.move(grip["x"] + 8, top["y"] + 40, steps=12)
    page.mouse.move(grip["x"] + 8, top["y"] + 4, steps=4)
    page.mouse.up()
    assert order(page) == ["D", "A", "B", "C"]
    page.keyboard.press("Enter")
    kit.next_task_after(page, before)
    wanted = {who["D"]: 1, who["A"]: 2, who["B"]: 3, who["C"]: 4}
    assert stored_ranks(site, project) == [wanted[writer] for writer in range(4)]


def test_03_by_keys_with_a_tie_and_one_left_out(site: kit.Site, page: Any) -> None:
    project = ranking(site, page, "proof-03-keys")
    who, before = writers(page), kit.assignment(page)
    page.keyboard.press("ArrowDown")  # B is chosen
    page.keyboard.press("Alt+ArrowUp")  # B A C D
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")  # C is chosen
    page.keyboard.press("t")  # B, A = C, D
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")  # D is left out
    assert order(page) == ["B", "A", "C", "D"] and numbers(page) == {"B": "1", "A": "2", "C": "2", "D": "–"}
    page.keyboard.press("Enter")
    kit.next_task_after(page, before)
    wanted = {who["B"]: 1, who["A"]: 2, who["C"]: 2, who["D"]: None}
    assert stored_ranks(site, project) == [wanted[writer] for writer in range(4)]


def test_03_by_buttons_and_a_reload_keeps_the_order(site: kit.Site, page: Any) -> None:
    ranking(site, page, "proof-03-buttons")
    page.get_by_role("button", name="Down: reply A").click()
    page.get_by_role("button", name="Tie with the one above: reply D").click()
    assert order(page) == ["B", "A", "C", "D"]
    page.wait_for_selector("attune-desk[data-draft=kept]")
    page.reload()
    kit.at_desk(page)
    assert order(page) == ["B", "A", "C", "D"] and numbers(page) == {"B": "1", "A": "2", "C": "3", "D": "3"}


@pytest.mark.parametrize(
    "ranks",
    [
        [1, 2, 3],  # one reply is missing
        [1, 2, 3, 4, 5],
        [1, 2, 4, 5],  # 3 is left out
        [0, 1, 2, 3],
        [1, 1, None, 9],
        [1, None, None, None],  # one reply is no ranking
        [None] * 4,
        [1.5, 2, 3, 4],
        ["1", "2", "3", "4"],
        [True, 2, 3, 4],
        [[1], 2, 3, 4],
        "1234",
        {"A": 1},
        None,
    ],
)
def test_03_a_forged_ranking_is_refused(site: kit.Site, ranks: Any) -> None:
    name = "proof-03-forged"
    if name not in site.core.projects.names():
        site.project(name, kit.candidates(1, replies=4), tasks={"rank": 4})
    client = site.client("ann")
    task = client.post("/api/desk", json={"project": name}).json()["task"]
    answer = client.post("/api/submit", json={"assignment": task["assignment"], "answer": {"ranks": ranks}})
    assert answer.status_code == 400 and answer.json()["error"]
    assert site.events(name) == []
