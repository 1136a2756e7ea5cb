"""export: frozen, traceable, never mixing people's ratings with simulated ones unless asked."""

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from ratings_kit import candidates, collect, make_artifact, make_settings, people_rate

from alignment.artifact import Artifact, read_jsonl
from alignment.data.negatives import NAMES
from alignment.errors import UserError
from alignment.feedback.outgoing.preferences import Conflicts, Ties
from alignment.inputs import resolve
from alignment.pipeline import execute
from alignment.settings import Settings
from alignment.stages import export, rate
from alignment.stages.export import Source, Who

FILES = ("train", "validation", "test", "heldout_tag")


@pytest.fixture(autouse=True)
def own_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTUNE_DATABASE_URL", raising=False)


def config(**changes: Any) -> export.Config:
    values: dict[str, Any] = {
        "source": Source.ratings,
        "project": None,
        "who": Who.auto,
        "raters": [],
        "without": [],
        "ties": Ties.drop,
        "conflicts": Conflicts.majority,
        "min_pairs": 1,
        "validation_share": 0.2,
        "test_share": 0.2,
        "heldout_tag": None,
        "heldout_share": 0.3,
        "contrast": export.Contrast(**dict.fromkeys(NAMES, 0.0)),
    }
    return export.Config(**{**values, **changes})


def run(settings: Settings, **changes: Any) -> Artifact:
    return execute("export", config(**changes), settings)


def simulate(settings: Settings, noise: float = 1.0) -> Artifact:
    knobs = rate.Config(reviewers=6, pairs_per_prompt=3, ratings_per_pair=3, noise=noise, fact_weight=1.0)
    return execute("rate", knobs, settings)


def rows(artifact: Artifact, *names: str) -> list[dict[str, Any]]:
    found = [artifact.path / f"{name}.jsonl" for name in names or FILES]
    return [row for path in found if path.exists() for row in read_jsonl(path)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


def test_simulated_ratings_become_rows_that_say_so(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    collect(settings, candidates(20))
    frozen = {row["id"]: row for row in read_jsonl(simulate(settings).path / "ratings.jsonl")}
    made = run(settings)
    found = rows(made)
    assert made.metrics["who"] == "simulated"
    assert made.metrics["simulated"] is True
    assert made.metrics["rows"] == len(found) > 20
    for row in found:
        assert row["simulated"] is True
        strengths = [frozen[uid]["strength"] for uid in row["ratings"]]
        assert len(strengths) == 3
        assert row["margin"] == pytest.approx(abs(sum(strengths)) / 3) or row["margin"] == 0
        assert row["chosen"] != row["rejected"]
    assert [one["role"] for one in made.parents] == ["candidates", "ratings"]
    assert "SIMULATED ratings" in capsys.readouterr().out


def test_pairs_in_and_out_add_up(settings: Settings) -> None:
    collect(settings, candidates(20))
    simulate(settings, noise=6.0)
    metrics = run(settings, conflicts=Conflicts.drop, ties=Ties.keep_half).metrics
    counts = metrics["pairs"]
    refused = sum(counts["refused"].values())
    assert sum(count for count in counts.values() if isinstance(count, int)) + refused == 60
    assert metrics["rows"] == counts["decided"] + 2 * counts["ties"]
    assert counts["conflicts_dropped"] > 0
    assert sum(metrics["splits"].values()) == metrics["rows"]
    assert sum(metrics["reviewers"].values()) == metrics["ratings"] == 180


def test_repeated_it_gives_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name in ("a", "b"):
        settings = make_settings(tmp_path / name)
        collect(settings, candidates(12))
        simulate(settings)
        made = run(settings)
        contents.append({file.name: file.read_bytes() for file in made.path.glob("[a-z]*.jsonl")})
    assert {name: text for name, text in contents[0].items() if name != "metrics.jsonl"} == {
        name: text for name, text in contents[1].items() if name != "metrics.jsonl"
    }
    again = execute("export", config(), make_settings(tmp_path / "a", force=True))
    assert again.sha256 == made.sha256


def test_groups_never_cross_splits(settings: Settings) -> None:
    collect(settings, candidates(40))
    simulate(settings)
    made = run(settings)
    groups = {name: {row["group"] for row in rows(made, name)} for name in ("train", "validation", "test")}
    assert all(groups.values())
    for one, other in combinations(groups.values(), 2):
        assert not one & other
    trained = {row["group"] for row in rows(made, "unpaired")}
    assert trained <= groups["train"]
    assert {row["group"] for row in rows(made, "unpaired_validation")} <= groups["validation"]


def test_unpaired_rows_hold_both_labels(settings: Settings) -> None:
    collect(settings, candidates(20))
    simulate(settings)
    found = rows(run(settings), "unpaired")
    assert {row["label"] for row in found} == {True, False}
    assert set(found[0]) == {"id", "group", "prompt", "completion", "label", "tags", "ratings", "simulated"}


def test_people_come_first_and_are_never_mixed_with_simulated_ratings(settings: Settings) -> None:
    parent = collect(settings, candidates(10))
    simulated = {row["id"] for row in read_jsonl(simulate(settings).path / "ratings.jsonl")}
    people_rate(settings, parent, {"ada": [2] * 6, "bob": [1] * 6})
    made = run(settings)
    assert (made.metrics["who"], made.metrics["simulated"]) == ("people", False)
    assert made.metrics["reviewers"] == {"ada": 6, "bob": 6}
    assert made.metrics["ratings_simulated"] == len(simulated)
    assert [row["margin"] for row in rows(made)] == [1.5] * 6
    assert not simulated & {uid for row in rows(made) for uid in row["ratings"]}


def test_ratings_of_some_reviewers_alone(settings: Settings) -> None:
    collect(settings, candidates(20))
    simulate(settings)
    settings = replace(settings, force=True)
    whole = run(settings).metrics["reviewers"]
    some, others = sorted(whole)[:2], sorted(whole)[2:]
    asked = run(settings, raters=some)
    assert asked.metrics["reviewers"] == {name: whole[name] for name in some}
    assert run(settings, without=some).metrics["reviewers"] == {name: whole[name] for name in others}
    with pytest.raises(UserError, match="no ratings by nobody") as error:
        run(settings, without=["nobody"])
    assert some[0] in error.value.allowed
    with pytest.raises(UserError, match="both name ann"):
        config(raters=["ann"], without=["ann"])
    with pytest.raises(UserError, match="ratings of collected candidates"):
        config(raters=["ann"], source=Source.pairs)


def test_both_and_simulated_only_when_asked(settings: Settings, tmp_path: Path) -> None:
    parent = collect(settings, candidates(10))
    simulated = {row["id"] for row in read_jsonl(simulate(settings).path / "ratings.jsonl")}
    people_rate(settings, parent, {"ada": [2] * 10})
    only = run(settings, who=Who.simulated)
    assert {uid for row in rows(only) for uid in row["ratings"]} <= simulated
    both = execute("export", config(who=Who.both), make_settings(tmp_path, force=True))
    assert both.metrics["ratings"] == len(simulated) + 10
    assert both.metrics["simulated"] is True


def test_too_few_by_people_is_an_error_not_a_silent_mixture(settings: Settings) -> None:
    parent = collect(settings, candidates(10))
    simulate(settings)
    people_rate(settings, parent, {"ada": [2, 0, 1]})
    with pytest.raises(UserError) as caught:
        run(settings, min_pairs=5)
    assert str(caught.value).splitlines() == [
        "2 usable pairs (who=people, 3 ratings; decided 2, ties 1)",
        "allowed: at least export.min_pairs=5",
        "next: rate more with python -m feedback_app, or take export.who=simulated, or both",
    ]


@pytest.mark.parametrize(
    ("who", "next_step"),
    [
        (Who.auto, "python -m feedback_app, or simulated ones with python -m alignment.run stage=rate"),
        (Who.people, "python -m feedback_app"),
        (Who.simulated, "next: python -m alignment.run stage=rate"),
        (Who.both, "python -m alignment.run stage=rate, or collect people's: python -m feedback_app"),
    ],
)
def test_no_ratings_names_the_command_that_makes_them(settings: Settings, who: Who, next_step: str) -> None:
    collect(settings, candidates(3))
    with pytest.raises(UserError, match="no ratings") as caught:
        run(settings, who=who)
    assert next_step in str(caught.value)


def test_contradictory_ratings_follow_the_policy(settings: Settings, tmp_path: Path) -> None:
    parent = collect(settings, candidates(4))
    people_rate(settings, parent, {"ada": [3, 1, 2, 0], "bob": [3, -1, -1, 0], "cy": [3, 0, 2]})
    majority = run(settings, validation_share=0.0, test_share=0.0)
    assert [(row["id"], row["margin"]) for row in rows(majority)] == [
        ("p000:p000-0>p000-1", 3.0),
        ("p002:p002-0>p002-1", 1.0),
    ]
    counts = majority.metrics["pairs"]
    assert (counts["majority"], counts["conflicts_undecided"], counts["ties"]) == (1, 1, 1)
    dropped = execute(
        "export", config(conflicts=Conflicts.drop, validation_share=0.0), make_settings(tmp_path, force=True)
    )
    assert dropped.metrics["pairs"]["conflicts_dropped"] == 2
    assert dropped.metrics["rows"] == 1


def test_the_later_revision_counts(settings: Settings) -> None:
    parent = collect(settings, candidates(2))
    people_rate(settings, parent, {"ada": [3, 3]})
    people_rate(settings, parent, {"ada": [-1, 3]})
    assert [row["id"] for row in rows(run(settings))] == ["p000:p000-1>p000-0", "p001:p001-0>p001-1"]


def test_its_state_changes_when_people_rate_on(settings: Settings) -> None:
    parent = collect(settings, candidates(3))
    knobs = config()

    def state(settings: Settings = settings) -> dict[str, str]:
        return export.sources(knobs, settings, resolve("export", knobs, settings))

    empty = state()
    people_rate(settings, parent, {"ada": [3]})
    first = state()
    assert empty != first == state()
    people_rate(settings, parent, {"ada": [2]})
    assert state() not in (empty, first)
    assert export.sources(config(source=Source.pairs), settings, {}) == {}


def test_another_runs_simulated_ratings_are_not_taken(tmp_path: Path) -> None:
    one, two = make_settings(tmp_path, run="one"), make_settings(tmp_path, run="two")
    for settings, noise in ((one, 1.0), (two, 5.0)):
        collect(settings, candidates(6))
        simulate(settings, noise)
    used = {uid for row in rows(run(one)) for uid in row["ratings"]}
    assert used <= {row["id"] for row in read_jsonl(tmp_path / "one" / "rate" / "ratings.jsonl")}


def test_ratings_of_other_candidates_are_refused(tmp_path: Path) -> None:
    one, two = make_settings(tmp_path, run="one"), make_settings(tmp_path, run="two")
    collect(one, candidates(6))
    collect(two, candidates(7))
    simulate(two)
    with pytest.raises(UserError, match="rates other candidates"):
        run(make_settings(tmp_path, run="one", inputs={"ratings": ["two/rate"]}))


def given_pairs(count: int = 40) -> list[dict[str, Any]]:
    """Four pairs a dialogue, of four actions each."""
    return [
        {
            "id": f"{n}",
            "group": f"d{n // 4}",
            "prompt": [{"role": "user", "content": f"question {n}"}],
            "chosen": f"Right away, {n}!",
            "rejected": f"{n}",
            "tags": {"action": f"a{n % 8}"},
        }
        for n in range(count)
    ]


def prepare(settings: Settings, rows: list[dict[str, Any]]) -> None:
    make_artifact(settings, "prepare", "dataset", {"pairs/pairs.jsonl": rows, "train.jsonl": []})


def test_given_pairs_are_frozen_in_the_same_format(settings: Settings) -> None:
    refused = [
        {**given_pairs(1)[0], "id": "same", "rejected": "Right away, 0! "},
        {**given_pairs(1)[0], "id": "empty", "chosen": ""},
        {**given_pairs(1)[0], "id": "number", "chosen": 5},
    ]
    prepare(settings, given_pairs() + refused)
    made = run(settings, source=Source.pairs)
    assert made.metrics["rows"] == len(rows(made)) == 40
    assert made.metrics["pairs"]["refused"] == {"prompt": 0, "not_text": 1, "empty": 1, "same": 1, "duplicate_id": 0}
    assert made.metrics["simulated"] is False
    assert rows(made)[0]["chosen"][0]["role"] == "assistant"
    assert [one["role"] for one in made.parents] == ["dataset"]
    assert not (Path(settings.root) / "feedback.sqlite").exists()


def test_made_pairs_stand_apart_in_the_training_rows(settings: Settings) -> None:
    candidates_of = [
        {
            "id": f"{n}",
            "group": f"d{n}",
            "prompt": [{"role": "system", "content": f"price: ${n + 20}"}, {"role": "user", "content": "how much?"}],
            "chosen": f"Hi there! It's ${n + 20}. Anything else?",
            "rejected": f"${n + 20}",
        }
        for n in range(40)
    ]
    prepare(settings, candidates_of)
    plain = run(settings, source=Source.pairs)
    shares = export.Contrast(**dict.fromkeys(NAMES, 0.0) | {"wrong_fact": 0.5, "over_promising": 0.25})
    made = run(make_settings(Path(settings.root), force=True), source=Source.pairs, contrast=shares)
    trained, good = rows(made, "train"), made.metrics["splits"]["train"]
    contrasts = [row for row in trained if "contrast" in row["tags"]]
    assert trained[: len(trained) - len(contrasts)] == [r for r in trained if "contrast" not in r["tags"]]
    assert len(trained) - len(contrasts) == good == plain.metrics["splits"]["train"]
    assert made.metrics["contrast"] == {
        "rows": len(contrasts),
        "over_promising": round(0.25 * good),
        "wrong_fact": round(0.5 * good),
        "impossible": {"wrong_fact": 0, "over_promising": 0},
    }
    assert not any("contrast" in row["tags"] for row in rows(made, "validation", "test"))
    for name in ("unpaired", "unpaired_validation"):
        assert rows(made, name) == rows(plain, name)
    assert made.metrics["rows"] == plain.metrics["rows"] == 40 and plain.metrics["contrast"] == {"rows": 0}


def test_a_held_out_tag_is_new_in_value_and_in_dialogue(settings: Settings) -> None:
    prepare(settings, given_pairs(200))
    made = run(settings, source=Source.pairs, heldout_tag="action", heldout_share=0.25)
    figures = made.metrics["heldout_tag"]
    values = set(figures["values"])
    held_out, rest = rows(made, "heldout_tag"), rows(made, "train", "validation", "test")
    assert len(values) == 2
    assert held_out
    assert {row["tags"]["action"] for row in held_out} <= values
    assert not values & {row["tags"]["action"] for row in rest}
    assert not {row["group"] for row in held_out} & {row["group"] for row in rows(made, "train")}
    assert len(held_out) + len(rest) + figures["dropped_from_train"] == 200


def test_the_datasets_own_split_holds(settings: Settings) -> None:
    split = {f"d{n}": ("validation", "train", "test")[n % 3] for n in range(9)}
    prepare(settings, [{**row, "split": split[row["group"]]} for row in given_pairs(36)] + given_pairs(40)[36:])
    made = run(settings, source=Source.pairs, validation_share=0.0, test_share=0.0)
    for name in ("train", "validation", "test"):
        assert {row["group"] for row in rows(made, name)} - {"d9"} == {d for d, place in split.items() if place == name}
    assert "d9" in {row["group"] for row in rows(made, "train")}, "not split by the dataset, and no shares asked for"
    assert made.metrics["groups_split_by_dataset"] == 9


@pytest.mark.parametrize(
    ("split", "message"), [("test", "group d0 is in train and in test"), ("dev", "pair 1 in split 'dev'")]
)
def test_a_split_that_cannot_be_is_refused(settings: Settings, split: str, message: str) -> None:
    first, second, *_ = given_pairs()
    prepare(settings, [{**first, "split": "train"}, {**second, "split": split}])
    with pytest.raises(UserError, match=message):
        run(settings, source=Source.pairs)


def test_a_held_out_tag_needs_groups_held_out(settings: Settings) -> None:
    prepare(settings, given_pairs())
    with pytest.raises(UserError, match="no row with a held-out value"):
        run(settings, source=Source.pairs, heldout_tag="action", validation_share=0.0, test_share=0.0)


def test_a_tag_that_is_not_there_is_named_with_those_that_are(settings: Settings) -> None:
    prepare(settings, given_pairs())
    with pytest.raises(UserError, match=r"export.heldout_tag=intent.*\nallowed: one of action"):
        run(settings, source=Source.pairs, heldout_tag="intent")


def test_a_dataset_without_pairs_or_with_a_broken_line(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    make_artifact(settings, "prepare", "dataset", {"train.jsonl": []})
    with pytest.raises(UserError, match=r"holds no pairs/\*\.jsonl"):
        run(settings, source=Source.pairs)
    other = make_settings(tmp_path, run="other")
    folder = tmp_path / "other" / ".prepare.partial" / "pairs"
    folder.mkdir(parents=True)
    (folder / "more.jsonl").write_text(json.dumps(given_pairs(1)[0]) + "\n{oops\n")
    make_artifact(other, "prepare", "dataset", {"train.jsonl": []})
    with pytest.raises(UserError, match=r"more\.jsonl, line 2: not JSON"):
        run(other, source=Source.pairs)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"min_pairs": 0}, "export.min_pairs=0"),
        ({"validation_share": 1.0}, "export.validation_share=1.0"),
        ({"test_share": -0.1}, "export.test_share=-0.1"),
        ({"validation_share": 0.6, "test_share": 0.5}, "validation_share . export.test_share = 1.1"),
        ({"heldout_share": 0.0}, "export.heldout_share=0.0"),
    ],
)
def test_settings_out_of_range_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        config(**changes)
