"""Several imports in one export: rows differ in their ids, and the same messages are one group in every form."""

from typing import Any

import pytest
from desks import best, project, rate_all, rows, score

from alignment.feedback.desk import App
from alignment.feedback.outgoing.exporting import Form
from alignment.feedback.outgoing.grouping import grouped

pytest_plugins = ["databases", "desk_fixtures"]

SAME = [{"role": "user", "content": "hello"}]
OTHER = [{"role": "user", "content": "goodbye"}]


def test_a_group_is_named_by_the_first_that_has_the_messages() -> None:
    found = grouped([("a", SAME, {}), ("b", OTHER, {"dialogue": 7}), ("c", SAME, {"dialogue": "d"}), ("d", OTHER, {})])
    assert sorted(found.values()) == ["7", "a"]


def again() -> list[dict[str, Any]]:
    """The same questions under the same ids, with other replies."""
    return [{**row, "text": row["text"] + "!"} for row in rows(2)]


@pytest.fixture
def twice(core: App) -> App:
    """Two imports of the same questions; ann edits a reply of all and scores one of each."""
    project(core, prompts=2, tasks={"pair": 1, "rubric": 1}, ratings=1)
    core.projects.import_rows("shop", again())
    while (task := core.desk.next_task("ann", "shop")) is not None:
        if task.kind == "rubric":
            core.desk.submit("ann", task.assignment, score(3))
        else:
            core.desk.edit("ann", task.assignment, "A", f"better: {task.replies[0].text}")
            core.desk.skip("ann", task.assignment, "other")
    return core


@pytest.mark.parametrize(("form", "count"), [(Form.sft, 4), (Form.scalar, 4), (Form.preference, 4)])
def test_ids_differ_and_groups_do_not(twice: App, form: Form, count: int) -> None:
    found = twice.exports.build("shop", form).rows
    assert len(found) == len({row["id"] for row in found}) == count
    assert {(row["prompt"][-1]["content"], row["group"]) for row in found} == {
        ("question 0", "p000"),
        ("question 1", "p001"),
    }


def test_a_group_does_not_change_when_somebody_rates_on(core: App) -> None:
    project(core, prompts=1, ratings=1)
    second = [{**row, "prompt_id": "again", "text": row["text"] + "!"} for row in rows(1)]
    core.projects.import_rows("shop", second)
    while (task := core.desk.next_task("ann", "shop")) is not None:
        if task.replies[0].text.endswith("!"):
            core.desk.submit("ann", task.assignment, best(task))
        else:
            core.desk.skip("ann", task.assignment, "other")
    (only,) = core.exports.build("shop", Form.preference).rows
    assert only["chosen"][0]["content"].endswith("!") and only["group"] == "p000", "the first import's, though unrated"
    rate_all(core, "ben")
    assert [row["group"] for row in core.exports.build("shop", Form.preference).rows] == ["p000"] * 2
