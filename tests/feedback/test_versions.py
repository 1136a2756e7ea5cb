"""Versions of guidelines and rubric: each can be read, with its date, author and changes, and so can whose ratings."""

import pytest
from desks import Clock, project, score, task_of

from alignment.errors import UserError
from alignment.feedback.desk import App
from alignment.feedback.nouns import Dimension, Refused
from alignment.feedback.outgoing.exporting import Form

pytest_plugins = ["databases", "desk_fixtures"]


def test_all_versions_can_be_read_with_what_changed(core: App, clock: Clock) -> None:
    project(core)
    assert core.projects.versions("shop", "guidelines") == []
    core.projects.set_guidelines("shop", "Be warm.\nName the price.")
    clock.now += 60
    core.projects.set_guidelines("shop", "Be warm.\nName the price.\nNever beg.", actor="root")
    first, second = core.projects.versions("shop", "guidelines", actor="jo")
    assert (first.version, first.author, first.created) == (1, "command line", clock.now - 60)
    assert first.changes == ()
    assert (second.version, second.author, second.created) == (2, "root", clock.now)
    assert second.changes == ("@@ -2 +2,2 @@", " Name the price.", "+Never beg.")
    assert core.projects.version("shop", "guidelines", 1).text == "Be warm.\nName the price."
    for number, kind, allowed in ((3, "guidelines", "1 to 2"), (0, "guidelines", "1 to 2"), (1, "rubric", "0 to 0")):
        with pytest.raises(UserError, match=rf"no version {number} of the {kind}\D+\b{allowed}"):
            core.projects.version("shop", kind, number)
    with pytest.raises(Refused):
        core.projects.versions("shop", "guidelines", actor="ann")


def test_a_rubrics_first_version_is_compared_with_the_built_in_one(core: App) -> None:
    project(core)
    core.projects.set_rubric("shop", [Dimension("tone", "Tone", "grating", "just right")], ["unsafe"])
    built_in, first = core.projects.versions("shop", "rubric")
    assert (built_in.version, built_in.author, built_in.created) == (0, None, None)
    assert first.text == "tone | Tone | grating | just right\nflags: unsafe"
    assert [line for line in first.changes if line[0] == "+"] == ["+flags: unsafe"]
    assert [line.split(" ")[0] for line in first.changes if line[0] == "-"] == [
        "-brand_voice",
        "-accuracy",
        "-helpfulness",
        "-flags:",
    ]
    assert core.projects.rubric("shop", 1).flags == ("unsafe",) and core.projects.rubric("shop", 0).version == 0


def test_ratings_are_counted_under_the_version_that_was_shown(core: App) -> None:
    project(core, prompts=2, tasks={"rubric": 1})
    core.projects.set_guidelines("shop", "one")
    held = task_of(core, "ann")
    core.projects.set_guidelines("shop", "two")
    assert core.desk.look("ann", "shop").task.guidelines.text == "one", "the open task keeps what it was shown under"
    core.desk.submit("ann", held.assignment, score(2))
    core.desk.undo("ann", "shop")
    core.desk.submit("ann", held.assignment, score(3))
    core.desk.submit("ben", task_of(core, "ben").assignment, score(4))
    assert [one.ratings for one in core.projects.versions("shop", "guidelines")] == [2, 1]
    assert [one.ratings for one in core.projects.versions("shop", "rubric")] == [3]
    rows = core.exports.build("shop", Form.events).rows
    assert [(row["reviewer"], row["guidelines"], row["rubric"]) for row in rows] == [
        ("ann", 1, 0),
        ("ann", 1, 0),
        ("ben", 2, 0),
    ]
    assert core.exports.build("shop", Form.scalar).versions == {"guidelines": {"1": 1, "2": 1}, "rubric": {"0": 2}}


def test_an_edit_that_is_taken_back_keeps_its_version(core: App) -> None:
    project(core, prompts=1)
    core.projects.set_guidelines("shop", "one")
    task = task_of(core, "ann")
    for words in ("better", "better still"):
        core.desk.edit("ann", task.assignment, "A", words)
    rows = core.exports.build("shop", Form.events).rows
    assert [(row["action"], row["guidelines"]) for row in rows] == [("rate", 1), ("withdraw", 1), ("rate", 1)]
