"""A file that has grown is imported again: what is there stays as it is, only what is new comes in."""

from typing import Any

from desks import project, rate_all, rows, table, task_of

from alignment.feedback.desk import App

pytest_plugins = ["databases", "desk_fixtures"]


def imported(core: App, given: list[dict[str, Any]], name: str = "shop") -> tuple[int, int, int]:
    made = core.projects.import_rows(name, given)
    return made.items, made.responses, made.tasks


def test_rows_at_its_end_join_what_is_there(core: App) -> None:
    project(core, prompts=2, ratings=1)
    rate_all(core, "ann")
    assert imported(core, rows(2)) == (0, 0, 0)
    assert imported(core, rows(3)) == (1, 2, 1), "one prompt more, not three"
    assert core.projects.get("shop").items == 3
    assert task_of(core, "ben").prompt[-1]["content"] == "question 2"


def test_a_further_reply_joins_its_prompt(core: App) -> None:
    project(core, prompts=2, tasks={"pair": 3})
    assert imported(core, rows(2, replies=3)) == (0, 2, 4), "each prompt: one pair before, three now"
    assert table(core, "SELECT count(*) FROM items") == [(2,)]


def test_the_same_ids_with_other_texts_stay_apart(core: App) -> None:
    project(core, prompts=2)
    other = [{**row, "text": f"another {row['text']}"} for row in rows(1)]
    assert imported(core, other) == (1, 2, 1)
    asked = [{**row, "prompt": "something else"} for row in rows(1)]
    assert imported(core, asked) == (1, 2, 1)
    assert [imported(core, given) for given in (asked, other, rows(2))] == [(0, 0, 0)] * 3


def test_another_project_has_prompts_of_its_own(core: App) -> None:
    project(core, prompts=2)
    core.projects.create("second")
    assert imported(core, rows(3), "second") == (3, 6, 3)
    assert core.projects.get("shop").items == 2
