"""export.project: ratings of what was imported into the app, and is in no collect artifact, reach training."""

from pathlib import Path
from typing import Any

import pytest
from desks import best, rate_all, rows, task_of
from ratings_kit import candidates, collect, make_settings
from test_export import config
from test_export import rows as exported

from alignment.artifact import Artifact
from alignment.errors import UserError
from alignment.evaluation.rated import rated_pairs, read_verdicts, trained_on
from alignment.feedback.database.engine import default_url
from alignment.feedback.desk import App, open_app
from alignment.feedback.nouns import Answer, ChatReply
from alignment.pipeline import execute
from alignment.settings import Settings
from alignment.stages import export, needs
from alignment.stages.export import Source, Who


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("ATTUNE_DATABASE_URL", raising=False)
    return make_settings(tmp_path)


def app_of(settings: Settings) -> Any:
    return open_app(default_url(settings.root))


def shop(core: App, name: str, file: list[dict[str, Any]], people: tuple[str, ...] = ("ann",)) -> None:
    """A project with imported rows, all rated by all: reply 0 before reply 1."""
    plain = {"tasks": {"pair": 1}, "repeat_share": 0, "gold_share": 0}
    core.projects.create(name, plain | {"ratings": max(1, len(people))})
    core.projects.import_rows(name, file)
    for person in people:
        if person not in {one.name for one in core.accounts.users()}:
            core.accounts.add(person, "reviewer")
        rate_all(core, person, name)


def run(settings: Settings, **changes: Any) -> Artifact:
    return execute("export", config(project="shop", **changes), settings)


def test_imported_rows_become_training_rows_without_a_collect(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with app_of(settings) as core:
        shop(core, "shop", rows(12), ("ann", "ben"))
        shop(core, "other", rows(3))
        uids = {one.uid for key in core.projects.collections("shop") for one in core.store.ratings(key)}
    assert needs("export", config(project="shop"), settings) == {}
    made = run(settings)
    found = exported(made)
    assert len(found) == 12 and {uid for row in found for uid in row["ratings"]} == uids
    for row in found:
        assert row["chosen"][0]["content"].startswith("reply 0") and row["margin"] == 2.0
    metrics = made.metrics
    assert (metrics["project"], metrics["who"], metrics["simulated"]) == ("shop", "people", False)
    assert (metrics["ratings"], metrics["reviewers"]) == (24, {"ann": 12, "ben": 12})
    assert metrics["versions"] == {"guidelines": {"0": 24}, "rubric": {"0": 24}}
    assert made.parents == [] and "12 preference rows from 24 people's ratings" in capsys.readouterr().out
    again = run(settings)
    assert again.sha256 == made.sha256 and "nothing to do" in capsys.readouterr().out


def test_edits_chats_and_several_imports_are_all_in_it(settings: Settings) -> None:
    with app_of(settings) as core:
        shop(core, "shop", rows(8))
        core.projects.import_rows("shop", second_import())
        rate_all(core, "ann", "shop")
        core.accounts.add("cas", "reviewer")
        core.projects.set("shop", {"ratings": 2})
        task = task_of(core, "cas", "shop")
        core.desk.edit("cas", task.assignment, "A", "As it should read.")
        core.desk.submit("cas", task.assignment, best(task))
        talk = [{"role": "user", "content": "hello?"}]
        turn = core.desk.chat_turn("cas", "shop", None, talk, [ChatReply("m1", "Hey there!"), ChatReply("m2", "Dear.")])
        core.desk.submit("cas", turn.assignment, Answer(strength=3))
    made = run(settings)
    found = exported(made)
    assert len(made.metrics["collections"]) == 3 and len({row["id"] for row in found}) == len(found) == 8 + 8 + 1 + 1
    places = {
        row["prompt"][-1]["content"]: name for name in ("train", "validation", "test") for row in exported(made, name)
    }
    for name in ("train", "validation", "test"):
        for row in exported(made, name):
            assert places[row["prompt"][-1]["content"]] == name, "the same question is in one split, whatever its file"
    assert any(row["chosen"][0]["content"] == "As it should read." for row in found)
    assert any(row["prompt"] == talk for row in found)
    verdicts = read_verdicts(made, [], settings.root)
    assert {uid for row in found for uid in row["ratings"]} == set(verdicts)
    judged = rated_pairs(found, verdicts)
    assert len(judged) == sum(len(row["ratings"]) for row in found) and all(one.agrees for one in judged)
    assert sum(trained_on(made, verdicts).values()) > 0


def second_import() -> list[dict[str, Any]]:
    """The same questions under other ids, with other replies."""
    return [{**row, "prompt_id": "again-" + row["prompt_id"], "text": row["text"] + "!"} for row in rows(8)]


def test_it_is_out_of_date_when_somebody_rates_on(settings: Settings) -> None:
    knobs = config(project="shop")
    with app_of(settings) as core:
        shop(core, "shop", rows(4))
        before = export.sources(knobs, settings, {})
        assert before == export.sources(knobs, settings, {})
        core.projects.set("shop", {"ratings": 2})
        core.accounts.add("ben", "reviewer")
        task = task_of(core, "ben", "shop")
        core.desk.submit("ben", task.assignment, best(task))
    assert export.sources(knobs, settings, {}) != before


def test_a_collect_that_was_imported_gives_the_same_rows_either_way(settings: Settings, tmp_path: Path) -> None:
    made = collect(settings, candidates(6))
    with app_of(settings) as core:
        core.projects.create("shop", {"tasks": {"pair": 1}, "ratings": 1, "repeat_share": 0, "gold_share": 0})
        core.projects.import_path("shop", made.path)
        core.accounts.add("ann", "reviewer")
        while (task := core.desk.next_task("ann", "shop")) is not None:
            texts = [reply.text for reply in task.replies]
            core.desk.submit("ann", task.assignment, Answer(strength=2 if texts[0] < texts[1] else -2))
    by_project = exported(run(settings))
    by_artifact = exported(execute("export", config(), make_settings(tmp_path, force=True)))
    assert by_project == by_artifact and len(by_project) == 6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": Source.pairs}, "export.project=shop with export.source=pairs"),
        ({"who": Who.simulated}, "export.project=shop with export.who=simulated"),
        ({"who": Who.both}, "export.project=shop with export.who=both"),
    ],
)
def test_what_does_not_go_with_a_project(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        config(project="shop", **changes)


def test_no_project_and_no_ratings_say_what_to_do(settings: Settings) -> None:
    with pytest.raises(UserError, match="no project 'shop'"):
        run(settings)
    with app_of(settings) as core:
        shop(core, "shop", rows(4), ())
    with pytest.raises(UserError, match="no ratings by people in the project 'shop'") as caught:
        run(settings)
    assert "rate more with python -m feedback_app" in str(caught.value)
