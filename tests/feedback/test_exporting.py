"""Exports: five forms, two files, a declared policy, and the same bytes again."""

import io
import json
from pathlib import Path

import pytest
from desks import Clock, best, project, rate_all, score, task_of

from alignment.errors import UserError
from alignment.feedback.desk import App
from alignment.feedback.nouns import Answer, Kind, Refused
from alignment.feedback.outgoing.encoding import SCHEMAS
from alignment.feedback.outgoing.exporting import Form, Gold, Policy, Surplus
from alignment.feedback.outgoing.preferences import Conflicts, Ties

pytest_plugins = ["databases", "desk_fixtures"]


@pytest.fixture
def rated(core: App) -> App:
    """Two agreed pairs, a conflict, a tie, a pair that is both bad; rankings, scores, and an edit."""
    project(core, prompts=5, replies=3, tasks={"pair": 1, "rank": 3, "rubric": 1})
    for name in ("ann", "ben"):
        for _ in range(15):
            task = task_of(core, name)
            number = int(task.prompt[-1]["content"].split()[1])
            if task.kind is Kind.rubric:
                answer = score(number % 5 + 1 if name == "ann" else 5)
            elif task.kind is Kind.rank or number < 2:
                answer = best(task)
            elif number == 2:
                answer = best(task, 1 if name == "ann" else -1)
            else:
                answer = Answer(strength=0) if number == 3 else Answer(both_bad=True)
            core.desk.submit(name, task.assignment, answer, 2.0)
            if task.kind is Kind.pair and number == 0 and name == "ann":
                core.desk.edit(name, task.assignment, "A", "As it should read.")
    return core


def test_preference_rows_come_from_pairs_rankings_and_edits(rated: App) -> None:
    made = rated.exports.build("shop", Form.preference)
    edits = [row for row in made.rows if row["chosen"][0]["content"] == "As it should read."]
    assert len(edits) == 1 and edits[0]["margin"] == 1.0
    # rankings decide all 5 x 3 comparisons; where a pair was rated too, its raters join them
    assert len(made.rows) == 16
    for row in made.rows:
        if row not in edits:
            better, worse = (int(row[side][0]["content"].split()[1]) for side in ("chosen", "rejected"))
            assert better < worse
    assert made.ratings == sorted({uid for row in made.rows for uid in row["ratings"]})
    stored = {one.uid for one in rated.store.ratings(rated.store.collections()[0])}
    assert set(made.ratings) <= stored
    groups = {row["group"] for row in made.rows}
    assert len(groups) == 5


def test_policy_decides_ties_and_conflicts(core: App) -> None:
    project(core, prompts=3)
    signs = {0: (1, 1), 1: (1, -1), 2: (0, 0)}
    for place, name in enumerate(("ann", "ben")):
        while (task := core.desk.next_task(name, "shop")) is not None:
            sign = signs[int(task.prompt[-1]["content"].split()[1])][place]
            core.desk.submit(name, task.assignment, best(task, sign) if sign else Answer(strength=0))
    plain = core.exports.build("shop", Form.preference)
    assert plain.counts["decided"] == plain.counts["ties"] == plain.counts["conflicts_undecided"] == 1
    assert len(plain.rows) == 1
    kept = core.exports.build("shop", Form.preference, Policy(ties=Ties.keep_half, conflicts=Conflicts.drop))
    assert kept.counts["conflicts_dropped"] == 1
    assert sorted(row["weight"] for row in kept.rows) == [0.5, 0.5, 1.0]


def test_both_bad_makes_unpaired_negatives(core: App) -> None:
    project(core, prompts=1, ratings=1)
    task = task_of(core, "ann")
    uid = core.desk.submit("ann", task.assignment, Answer(both_bad=True)).uid
    assert core.exports.build("shop", Form.preference).counts["both_bad"] == 1
    made = core.exports.build("shop", Form.unpaired)
    assert [(row["label"], row["ratings"]) for row in made.rows] == [(False, [uid])] * 2
    assert {row["completion"][0]["content"] for row in made.rows} == {reply.text for reply in task.replies}


def test_scalar_rows_are_means_over_raters(rated: App) -> None:
    made = rated.exports.build("shop", Form.scalar)
    by_prompt = {row["prompt"][-1]["content"]: row for row in made.rows}
    assert len(by_prompt) == 5
    assert by_prompt["question 1"]["scores"] == dict.fromkeys(("accuracy", "brand_voice", "helpfulness", "tone"), 3.5)
    assert (by_prompt["question 1"]["score"], by_prompt["question 1"]["raters"]) == (3.5, 2)


def test_sft_rows_are_edits_with_their_parents(rated: App) -> None:
    (row,) = rated.exports.build("shop", Form.sft).rows
    assert row["completion"] == [{"role": "assistant", "content": "As it should read."}]
    assert row["parent"].startswith("p000-") and len(row["ratings"]) == 1


def test_late_surplus_and_gold_are_left_out_unless_asked_for(core: App, clock: Clock) -> None:
    project(core, prompts=2, ratings=1, lease=60.0)
    core.projects.import_gold("shop", [{"prompt_id": "p001", "order": ["p001-0", "p001-1"]}])
    task = task_of(core, "ann")
    clock.now += 61
    assert task_of(core, "ben").prompt == task.prompt
    rate_all(core, "ben")
    assert core.desk.submit("ann", task.assignment, best(task, -1)).surplus
    core.projects.set("shop", {"gold_share": 0.8})
    rate_all(core, "cas")
    rows = {
        (gold, surplus): core.exports.build("shop", Form.preference, Policy(gold=gold, surplus=surplus)).rows
        for gold in Gold
        for surplus in Surplus
    }
    assert [len(row["ratings"]) for row in rows[Gold.drop, Surplus.drop]] == [1]
    assert len(rows[Gold.drop, Surplus.keep]) == 0, "two raters on opposite sides, undecided"
    assert len(core.exports.build("shop", Form.events).rows) >= 2


@pytest.mark.parametrize("form", list(Form))
def test_a_repeated_export_is_the_same_bytes_and_reads_back(rated: App, form: Form, tmp_path: Path) -> None:
    from pyarrow import parquet

    for file in ("jsonl", "parquet"):
        first, again = (rated.exports.content("shop", form, file) for _ in range(2))
        assert first == again
        paths = [tmp_path / f"{n}.{file}" for n in range(2)]
        for path in paths:
            made = rated.exports.write("shop", form, path)
        manifests = [path.with_name(f"{path.name}.manifest.json").read_text() for path in paths]
        assert paths[0].read_bytes() == paths[1].read_bytes() == first and manifests[0] == manifests[1]
        manifest = json.loads(manifests[0])
        assert (manifest["rows"], manifest["policy"]["ties"]) == (len(made.rows), "drop")
    lines = [json.loads(line) for line in rated.exports.content("shop", form).decode().splitlines()]
    table = parquet.read_table(io.BytesIO(first)).to_pylist()
    assert list(table[0]) == list(SCHEMAS[form])
    for line, row in zip(lines, table, strict=True):
        for name, kind in SCHEMAS[form].items():
            assert (json.loads(row[name]) if kind == "json" and row[name] else row[name]) == line[name]


def test_events_hold_every_revision_and_no_free_text(rated: App) -> None:
    back = rated.desk.undo("ann", "shop")
    assert back is not None
    rated.desk.submit("ann", back.assignment, score(1), revision=back.revision)
    rated.desk.comment("ann", back.assignment, "my own words")
    rows = rated.exports.build("shop", Form.events).rows
    assert len(rows) == 32 and rows[-1]["revision"] == 2
    assert "my own words" not in str(rows) and "As it should read" not in str(rows)
    assert rows[0]["models"][0].startswith("secret-model")


def test_an_empty_project_exports_an_empty_file(core: App) -> None:
    project(core)
    for form in Form:
        assert core.exports.content("shop", form) == b""
        assert core.exports.content("shop", form, "parquet").startswith(b"PAR1")


def test_only_admins_export(rated: App, tmp_path: Path) -> None:
    for name in ("ann", "jo"):
        with pytest.raises(Refused):
            rated.exports.build("shop", Form.events, actor=name)
    with pytest.raises(UserError, match=r"\.jsonl or \.parquet"):
        rated.exports.write("shop", Form.events, tmp_path / "x.csv")
    with pytest.raises(UserError, match="export file 'csv'"):
        rated.exports.content("shop", Form.events, "csv")
