"""export: what people did in the app (pairs, rankings, edits, both bad) reaches the training rows, with its ids."""

from pathlib import Path

import pytest
from desks import task_of
from ratings_kit import candidates, collect, make_settings

from alignment.artifact import read_jsonl
from alignment.data.negatives import NAMES
from alignment.feedback.database.engine import default_url
from alignment.feedback.desk import open_app
from alignment.feedback.incoming.candidates import collection_key, read_candidates
from alignment.feedback.nouns import Answer, Kind
from alignment.feedback.outgoing.preferences import Conflicts, Ties
from alignment.pipeline import execute
from alignment.stages import export


def test_clicks_become_rows_that_name_their_ratings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTUNE_DATABASE_URL", raising=False)
    settings = make_settings(tmp_path)
    collected = collect(settings, candidates(12))
    clicked: dict[str, set[str]] = {kind: set() for kind in ("pair", "rank", "edit", "bad")}
    with open_app(default_url(settings.root)) as core:
        core.store.add_candidates(collection_key(collected), read_candidates(collected))
        core.store.add_user("ann")
        core.projects.set("default", {"tasks": {"pair": 1, "rank": 3}, "repeat_share": 0.0, "ratings": 1})
        core.maintain()
        bad_prompts = []
        for number in range(12):
            task = task_of(core, "ann", "default", Kind.pair)
            texts = [reply.text for reply in task.replies]
            answer = Answer(strength=2 if texts[0] < texts[1] else -2)
            if number < 3:
                answer = Answer(both_bad=True)
                bad_prompts.append(task.prompt)
            clicked["bad" if number < 3 else "pair"].add(core.desk.submit("ann", task.assignment, answer).uid)
            if number == 5:
                clicked["edit"].add(core.desk.edit("ann", task.assignment, "A", "As it should read.").uid)
        while (task := core.desk.next_task("ann", "default", Kind.rank)) is not None:  # type: ignore[assignment]
            if task.prompt in bad_prompts:
                core.desk.skip("ann", task.assignment, "other")
                continue
            texts = sorted(reply.text for reply in task.replies)
            ranks = [texts.index(reply.text) + 1 for reply in task.replies]
            clicked["rank"].add(core.desk.submit("ann", task.assignment, Answer(ranks=ranks)).uid)
    knobs = export.Config(
        source=export.Source.ratings,
        project=None,
        who=export.Who.auto,
        raters=[],
        without=[],
        ties=Ties.drop,
        conflicts=Conflicts.majority,
        min_pairs=1,
        validation_share=0.2,
        test_share=0.2,
        heldout_tag=None,
        heldout_share=0.3,
        contrast=export.Contrast(**dict.fromkeys(NAMES, 0.0)),
    )
    artifact = execute("export", knobs, settings)
    rows = [row for name in ("train", "validation", "test") for row in read_jsonl(artifact.path / f"{name}.jsonl")]
    named = {uid for row in rows for uid in row["ratings"]}
    assert named == clicked["pair"] | clicked["rank"] | clicked["edit"]
    assert (artifact.metrics["who"], artifact.metrics["ratings"]) == ("people", 12 + 9 + 1)
    assert artifact.metrics["ratings_by_people"] == 22 and artifact.metrics["simulated"] is False
    assert artifact.metrics["comparisons"] == 12 + 9 * 3 + 1 and artifact.metrics["pairs"]["both_bad"] == 3
    (edited,) = [row for row in rows if row["ratings"] and set(row["ratings"]) <= clicked["edit"]]
    assert edited["chosen"][0]["content"] == "As it should read."
    bad = [
        row
        for name in ("unpaired", "unpaired_validation")
        for row in read_jsonl(artifact.path / f"{name}.jsonl")
        if set(row["ratings"]) & clicked["bad"]
    ]
    assert bad and not any(row["label"] for row in bad)
