"""Gold items of rubric tasks: brought in, handed out, graded, and left out of exports."""

from typing import Any

import pytest
from desks import DIMENSIONS, project, score, task_of

from alignment.errors import UserError
from alignment.feedback.desk import App
from alignment.feedback.measures.quality import right_on_gold
from alignment.feedback.nouns import Answer, Dimension
from alignment.feedback.outgoing.exporting import Form, Gold, Policy

pytest_plugins = ["databases", "desk_fixtures"]

RIGHT = {"prompt_id": "p000", "response_id": "p000-0", "scores": {"tone": 4, "accuracy": 2}}


def scoring(core: App) -> str:
    """A project of rubric tasks, most of them gold where there are gold items left."""
    return project(core, prompts=6, tasks={"rubric": 1}, gold_share=0.9)


def test_a_gold_score_is_mixed_in_and_graded(core: App) -> None:
    scoring(core)
    assert core.projects.import_gold("shop", [RIGHT]) == 1
    assert core.projects.import_gold("shop", [RIGHT]) == 0, "again: nothing new"
    given = {"ann": {"tone": 5, "accuracy": 1}, "ben": {"tone": 4, "accuracy": 4}}  # each a point off; two points off
    for name, scores in given.items():
        seen = 0
        while (task := core.desk.next_task(name, "shop")) is not None:
            letter = task.replies[0].letter
            answer = {letter: {**dict.fromkeys(DIMENSIONS, 3)}}
            if task.prompt[-1]["content"] == "question 0" and task.replies[0].text == "reply 0 to question 0":
                answer[letter] |= scores
                seen += 1
            core.desk.submit(name, task.assignment, Answer(scores=answer), 9.0)
        assert seen == 1, "every reviewer has it once"
    figures = {one.name: one for one in core.figures.quality("shop", actor="root").reviewers}
    assert (figures["ann"].gold, figures["ann"].gold_items) == (1.0, 1)
    assert (figures["ben"].gold, figures["ben"].gold_items) == (0.0, 1)
    progress = core.figures.progress("shop", actor="root")
    assert (progress.gold, progress.surplus) == (2, 0)
    plain = core.exports.build("shop", Form.scalar)
    kept = core.exports.build("shop", Form.scalar, Policy(gold=Gold.keep))
    assert "p000:p000-0" not in {row["id"] for row in plain.rows}
    (gold,) = [row for row in kept.rows if row["id"] == "p000:p000-0"]
    assert gold["scores"] == {"accuracy": 2.5, "brand_voice": 3.0, "helpfulness": 3.0, "tone": 4.5}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scores": {"charm": 3}}, "1 to 5 for some of tone, brand_voice"),
        ({"scores": {"tone": 0}}, "1 to 5"),
        ({"scores": {"tone": True}}, "1 to 5"),
        ({"scores": {}}, "1 to 5"),
        ({"scores": [3]}, "1 to 5"),
        ({"response_id": "p000-9"}, "no response 'p000-9'"),
        ({"response_id": None}, "no response 'None'"),
        ({"prompt_id": "p999"}, "no prompt 'p999'"),
        ({"prompt_id": 7}, "prompt_id 7"),
        ({"order": ["p000-0", "p000-1"]}, "an order and scores"),
    ],
)
def test_what_no_gold_score_is(core: App, change: dict[str, Any], message: str) -> None:
    scoring(core)
    with pytest.raises(UserError, match=message):
        core.projects.import_gold("shop", [RIGHT, {**RIGHT, **change}])
    assert core.projects.import_gold("shop", [RIGHT]) == 1, "nothing of the refused file was kept"


def test_it_follows_the_projects_own_rubric(core: App) -> None:
    scoring(core)
    core.projects.set_rubric("shop", [Dimension("charm", "Charm")])
    with pytest.raises(UserError, match="for some of charm"):
        core.projects.import_gold("shop", [RIGHT])
    assert core.projects.import_gold("shop", [{**RIGHT, "scores": {"charm": 5}}]) == 1
    core.projects.set_rubric("shop", [Dimension("warmth", "Warmth")])
    while (task := core.desk.next_task("ann", "shop")) is not None:
        core.desk.submit("ann", task.assignment, Answer(scores={"A": {"warmth": 3}}), 9.0)
    (figures,) = core.figures.quality("shop", actor="root").reviewers
    assert (figures.gold, figures.gold_items) == (None, 0), "what was not asked cannot be wrong"


def test_an_item_somebody_has_had_is_no_test_any_more(core: App) -> None:
    project(core, prompts=1, replies=1, tasks={"rubric": 1})
    task = task_of(core, "ann")
    core.desk.submit("ann", task.assignment, score(3))
    with pytest.raises(UserError, match="handed out to a reviewer already"):
        core.projects.import_gold("shop", [RIGHT])


def test_near_is_one_point_in_every_dimension() -> None:
    from test_app_figures import event

    from alignment.feedback.nouns import Kind

    def right(**scores: int) -> bool | None:
        found = event("a", 1, kind=Kind.rubric, payload={"scores": {"0": scores}})
        return right_on_gold(found, {"0": {"tone": 4, "accuracy": 2}})

    assert right(tone=5, accuracy=1, other=1) is True
    assert right(tone=4, accuracy=4) is False
    assert right(other=3) is None
