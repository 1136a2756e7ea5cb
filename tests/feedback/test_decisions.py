"""What an adjudicator writes beside a decision: kept, shown again, no work of anybody, gone with its author."""

from desks import conflict, table, task_of

from alignment.feedback.desk import App
from alignment.feedback.nouns import Answer
from alignment.feedback.outgoing.exporting import Form

pytest_plugins = ["databases", "desk_fixtures"]


def reason(core: App, task: int) -> str:
    (found,) = [one for one in core.review.case(task, actor="jo").opinions if one.decision]
    return found.comment


def test_why_is_kept_and_can_be_changed(core: App) -> None:
    task = conflict(core)
    first = core.review.decide(task, Answer(strength=2, comment="the price is right"), actor="jo")
    assert reason(core, task) == "the price is right"
    again = core.review.decide(task, Answer(strength=2, comment="price and tone"), actor="jo")
    assert (again.uid, again.already, reason(core, task)) == (first.uid, True, "price and tone")
    core.review.decide(task, Answer(strength=-1), actor="jo")
    assert reason(core, task) == ""


def test_who_is_overruled_can_decide_as_before(core: App) -> None:
    task = conflict(core)
    core.review.decide(task, Answer(strength=2), actor="jo")
    core.review.decide(task, Answer(strength=-1), actor="root")
    again = core.review.decide(task, Answer(strength=2), actor="jo")
    assert (again.already, again.revision) == (False, 2), "root's decision stood until now"
    (row,) = core.exports.build("shop", Form.preference).rows
    assert (row["ratings"], row["margin"]) == ([again.uid], 2.0)


def test_a_decision_is_no_task_of_the_adjudicators(core: App) -> None:
    task = conflict(core)
    before = core.figures.progress("shop", actor="root")
    core.review.decide(task, Answer(strength=2, comment="why"), actor="jo")
    assert core.figures.progress("shop", actor="root") == before
    assert core.desk.undo("jo", "shop") is None
    own = core.desk.progress("jo", "shop")
    assert (own.done, own.today) == (0, 0)
    core.projects.set("shop", {"ratings": 3})
    mine = task_of(core, "jo")  # and does not keep them from rating the item themselves
    core.desk.submit("jo", mine.assignment, Answer(strength=1, comment="my own"))
    assert reason(core, task) == "why"
    assert core.figures.progress("shop", actor="root").counted == 3


def test_it_goes_when_its_author_goes(core: App) -> None:
    task = conflict(core)
    core.review.decide(task, Answer(strength=2, comment="signed, jo"), actor="jo")
    assert core.retention.delete_person("jo").comments == 1
    assert table(core, "SELECT count(*) FROM comments") == [(0,)]
