"""What an adjudicator has entered is kept until they decide, as a reviewer's draft is."""

import pytest
from desks import conflict, table

from alignment.errors import UserError
from alignment.feedback.desk import App
from alignment.feedback.nouns import Answer, Refused

pytest_plugins = ["databases", "desk_fixtures"]


@pytest.fixture
def task(core: App) -> int:
    return conflict(core)


def test_a_draft_is_kept_until_the_decision(core: App, task: int) -> None:
    assert (core.review.case(task, actor="jo").draft, core.review.case(task, actor="jo").revision) == ({}, 1)
    assert core.review.save_draft(task, {"strength": 2}, 1, actor="jo")
    assert core.review.save_draft(task, {"strength": 2, "comment": "the price"}, 1, actor="jo")
    assert core.review.case(task, actor="jo").draft == {"strength": 2, "comment": "the price"}
    assert core.review.case(task, actor="root").draft == {}, "it is one's own"
    core.review.decide(task, Answer(strength=2), actor="jo")
    found = core.review.case(task, actor="jo")
    assert (found.draft, found.revision) == ({}, 2)
    assert not core.review.save_draft(task, {"strength": -1}, 1, actor="jo"), "it was on its way when jo decided"
    assert core.review.case(task, actor="jo").draft == {}
    assert core.review.save_draft(task, {"strength": -1}, 2, actor="jo")


def test_a_draft_decides_nothing_and_goes_with_its_author(core: App, task: int) -> None:
    before = core.figures.progress("shop", actor="root")
    core.review.save_draft(task, {"comment": "signed, jo"}, 1, actor="jo")
    assert core.figures.progress("shop", actor="root") == before
    assert [one.decided for one in core.review.conflicts("shop", actor="jo")] == [False]
    core.retention.delete_person("jo")
    assert table(core, "SELECT count(*) FROM drafts") == [(0,)]


def test_only_an_adjudicators_draft_of_a_task_is_kept(core: App, task: int) -> None:
    with pytest.raises(Refused):
        core.review.save_draft(task, {}, 1, actor="ann")
    with pytest.raises(UserError, match="no task 99999"):
        core.review.save_draft(99999, {}, 1, actor="jo")
    with pytest.raises(UserError, match="at most 65,536"):
        core.review.save_draft(task, {"comment": "x" * 70_000}, 1, actor="jo")
    assert table(core, "SELECT count(*) FROM drafts") == [(0,)]
