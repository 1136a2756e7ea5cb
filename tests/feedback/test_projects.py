"""Projects: settings, versions, imports in every form, the order of tasks, the audit log."""

import gzip
import json
from pathlib import Path

import pytest
from desks import best, project, rate_all, rows, table, task_of

from alignment.errors import UserError
from alignment.feedback import effective
from alignment.feedback.choosing import active
from alignment.feedback.desk import App
from alignment.feedback.nouns import Dimension, Kind, Refused

pytest_plugins = ["databases", "desk_fixtures"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"raters": 3}, r"setting 'raters' \(did you mean ratings"),
        ({"ratings": 0}, "ratings=0"),
        ({"ratings": True}, "ratings=True"),
        ({"tasks": {"pairs": 1}}, "tasks"),
        ({"tasks": {"rank": 1}}, "nothing to rank"),
        ({"repeat_share": 1.5}, "repeat_share=1.5"),
        ({"repeat_share": 0.5, "gold_share": 0.5}, "room for new tasks"),
        ({"quota": 0}, "quota=0"),
        ({"lease": 0}, "lease=0"),
        ({"endpoints": [{"name": "a"}]}, "endpoint"),
        ({"endpoints": [{"name": "a", "url": "file:///etc/passwd", "model": "m"}]}, "endpoint address"),
    ],
)
def test_wrong_settings_are_refused_by_name(core: App, settings: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        core.projects.create("shop", settings)
    assert core.projects.names() == []


def test_settings_change_what_is_handed_out(core: App) -> None:
    project(core, prompts=3, replies=3, ratings=1)
    assert len(rate_all(core, "ann")) == 3 and core.desk.next_task("ben", "shop") is None
    assert core.projects.set("shop", {"ratings": 2}).settings.tasks == {"pair": 1}
    assert len(rate_all(core, "ben")) == 3
    core.projects.set("shop", {"tasks": {"pair": 3, "rank": 3}})
    core.projects.prepare()
    assert len(rate_all(core, "ann")) == 3 * 2 + 3
    assert core.projects.get("shop").tasks == 3 * 3 + 3


def test_guidelines_and_rubric_have_versions_and_ratings_remember_them(core: App) -> None:
    project(core, tasks={"rubric": 1})
    first = task_of(core, "ann")
    assert (first.guidelines.version, first.rubric.version) == (0, 0)
    assert [core.projects.set_guidelines("shop", text).version for text in ("one", "two", "two", "one")] == [1, 2, 2, 3]
    rubric = core.projects.set_rubric("shop", [Dimension("wit", "Wit")], ["dull"])
    assert (rubric.version, task_of(core, "ann").rubric.version) == (1, 0), (
        "an open task keeps the version it was shown"
    )
    second = task_of(core, "ben")
    assert (second.guidelines.text, [one.key for one in second.rubric.dimensions], second.rubric.flags) == (
        "one", ["wit"], ("dull",)
    )  # fmt: skip
    assert [one.text for one in core.projects.versions("shop", "guidelines")] == ["one", "two", "one"]
    for dimensions, flags in (
        ([], []),
        ([Dimension("a b", "x")], []),
        ([Dimension("a", "x")] * 2, []),
        ([Dimension("a", "x")], ["!"]),
    ):
        with pytest.raises(UserError, match="rubric"):
            core.projects.set_rubric("shop", dimensions, flags)


def test_every_import_form_gives_the_same_tasks(core: App, tmp_path: Path) -> None:
    given = [{"prompt": f"q{n}", "text": f"r{m} to {n}", "model": f"m{m}"} for n in range(3) for m in range(2)]
    jsonl = "".join(json.dumps(row) + "\n" for row in given)
    (tmp_path / "a.jsonl").write_text(jsonl)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(jsonl.encode()))
    (tmp_path / "a.csv").write_text(
        "﻿prompt,response,model,tag_kind\n"
        + "".join(f'{row["prompt"]},"{row["text"]}",{row["model"]},x\n' for row in given),
        encoding="utf-8",
    )
    for number, name in enumerate(("a.jsonl", "a.jsonl.gz", "a.csv")):
        core.projects.create(f"p{number}")
        made = core.projects.import_path(f"p{number}", tmp_path / name)
        assert (made.items, made.responses, made.tasks) == (3, 6, 3), name
        assert core.projects.import_path(f"p{number}", tmp_path / name).responses == 0, "again: nothing new"
    assert core.projects.import_text("p0", jsonl.replace("q", "z"), "jsonl").items == 3
    assert task_of(core, "ann", "p2").prompt[-1]["content"] in ("q0", "q1", "q2")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.jsonl", "{}\n", "row 1: no prompt"),
        ("a.jsonl", '{"prompt": "q"}\n', "row 1: no reply"),
        ("a.jsonl", '{"prompt": "q", "text": "ok"}\n{broken\n', "line 2: not JSON"),
        ("a.jsonl", '{"prompt": "q", "text": "nul \\u0000"}\n', "NUL"),
        ("a.jsonl", "", "holds no row"),
        ("a.csv", "prompt,text\nq\n", "fewer fields"),
        ("a.csv", 'prompt,text\nq,"open', "line"),
        ("a.txt", "x", "no format known"),
    ],
)
def test_a_bad_import_names_the_row_and_stores_nothing(
    core: App, tmp_path: Path, name: str, text: str, message: str
) -> None:
    core.projects.create("shop")
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=message):
        core.projects.import_path("shop", tmp_path / name)
    assert table(core, "SELECT * FROM items") == []


def test_a_bad_row_late_in_the_file_stores_nothing_either(core: App) -> None:
    core.projects.create("shop")
    with pytest.raises(UserError, match="facts"):
        core.projects.import_rows("shop", [*rows(600), *rows(1, facts="no list")])
    assert table(core, "SELECT * FROM items") == []


def test_collected_candidates_move_to_the_project_until_they_are_rated(core: App) -> None:
    core.store.add_candidates("c0ffee", [{**row, "model_hash": "", "sampling": {}} for row in rows(2)])
    core.projects.prepare()
    assert core.projects.names() == ["default"] and task_of(core, "ann", "default").kind is Kind.pair
    core.projects.create("shop")
    with pytest.raises(UserError, match="being rated in the project 'default'"):
        core.projects._import("shop", [{**row, "model_hash": "", "sampling": {}} for row in rows(2)], "c0ffee", "root")
    core.store.add_candidates("beef", [{**row, "model_hash": "", "sampling": {}} for row in rows(3)])
    made = core.projects._import("shop", [{**row, "model_hash": "", "sampling": {}} for row in rows(3)], "beef", "root")
    assert made.tasks == 3 and core.projects.get("shop").items == 3


def test_imported_scores_put_the_disputed_first_and_keep_a_random_share(core: App) -> None:
    project(core, prompts=100, random_share=0.25, ratings=1)
    scores = [
        {"prompt_id": f"p{n:03}", "response_id": f"p{n:03}-{r}", "scores": [0.0, n / 50 if r else 0.0]}
        for n in range(100)
        for r in range(2)
    ]
    assert core.projects.import_scores("shop", scores) == 200
    arms = table(core, "SELECT arm, count(*) FROM work WHERE position < 0 GROUP BY arm ORDER BY arm")
    assert dict(arms)["random"] in range(12, 40) and sum(count for _, count in arms) == 100
    served = []
    for _ in range(20):
        task = task_of(core, "ann")
        served.append((int(task.prompt[-1]["content"].split()[1]), task.assignment))
        core.desk.skip("ann", task.assignment, "other")
    arm = "SELECT w.arm FROM work w JOIN assignments a ON a.task_id = w.task_id ORDER BY a.id"
    chosen = [number for (number, _), (which,) in zip(served, table(core, arm), strict=True) if which == "active"]
    assert chosen == sorted(chosen, reverse=True) and len(chosen) >= 10 and chosen[0] == 99
    for wrong in (
        [{"prompt_id": "p001", "response_id": "x", "scores": [1, 2]}],
        [{**scores[0], "scores": [1]}],
        [scores[0], {**scores[1], "scores": [1, 2, 3]}],
        [{**scores[0], "scores": [1, float("nan")]}],
    ):
        with pytest.raises(UserError):
            core.projects.import_scores("shop", wrong)


def test_an_ensemble_of_our_own_learns_from_the_ratings(core: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(active, "EVERY", 20)
    project(core, prompts=60, ratings=2)
    assert core.projects.order_tasks("shop") == "none"
    for _ in range(25):
        task = task_of(core, "ann")
        core.desk.submit("ann", task.assignment, best(task))
    core.maintain()
    assert table(core, "SELECT ordered FROM projects") == [(25,)]
    assert table(core, "SELECT count(*) FROM work WHERE position < 0") == [(60,)]
    begun = "SELECT count(*) FROM work WHERE position < -35 AND taken = 1"
    assert table(core, begun) == [(25,)], "begun tasks are finished first"
    assert len(rate_all(core, "ann")) == 35 and len(rate_all(core, "ben")) == 60


def test_only_admins_set_and_everything_is_in_the_log(core: App) -> None:
    project(core)
    for name in ("ann", "jo"):
        for call in (
            lambda who: core.projects.create("x", actor=who),
            lambda who: core.projects.set("shop", {"ratings": 1}, actor=who),
            lambda who: core.projects.set_guidelines("shop", "x", actor=who),
            lambda who: core.projects.import_rows("shop", rows(1), actor=who),
            lambda who: core.projects.order_tasks("shop", actor=who),
            lambda who: core.projects.audit(actor=who),
        ):
            with pytest.raises(Refused):
                call(name)
    core.projects.set("shop", {"ratings": 1}, actor="root")
    entry = core.projects.audit(limit=1)[0]
    assert (entry.actor, entry.action, entry.subject, entry.detail) == (
        "root",
        "project.set",
        "shop",
        {"settings": {"ratings": 1}},
    )
    assert core.projects.audit()[-1].actor == "command line"


def test_the_newest_ratings_are_read_alone_in_the_order_they_were_made(core: App) -> None:
    project(core, prompts=5)
    rate_all(core, "ann")
    rate_all(core, "ben", sign=-1)
    with core.store.read() as connection:
        all_of_them = effective.events(connection, people=True)
        assert len(all_of_them) == 10 and [one.reviewer for one in all_of_them] == ["ann"] * 5 + ["ben"] * 5
        assert effective.events(connection, people=True, last=7) == all_of_them[3:]
