"""rate: marked as simulated everywhere, the same whatever interrupts it, clear about what it could not pair."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from ratings_kit import REPLIES, candidates, collect, make_settings

from alignment.artifact import Artifact, read_jsonl
from alignment.errors import UserError
from alignment.feedback.store import Store, open_store
from alignment.pipeline import execute
from alignment.settings import Settings
from alignment.stages import rate

TESTS = Path(__file__).resolve().parent


@pytest.fixture(autouse=True)
def own_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTUNE_DATABASE_URL", raising=False)


def config(**changes: Any) -> rate.Config:
    values = {"reviewers": 6, "pairs_per_prompt": 2, "ratings_per_pair": 3, "noise": 1.0, "fact_weight": 1.0}
    return rate.Config(**{**values, **changes})


def run(settings: Settings, **changes: Any) -> Artifact:
    return execute("rate", config(**changes), settings)


def stored(settings: Settings) -> Any:
    with open_store(f"sqlite:///{settings.root}/feedback.sqlite") as store:
        return store.ratings(store.collections()[0])


def test_ratings_are_in_the_store_and_in_the_artifact_marked_as_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = make_settings(tmp_path)
    parent = collect(settings, candidates(5))
    made = run(settings)
    rows, kept = read_jsonl(made.path / "ratings.jsonl"), stored(settings)
    assert len(rows) == 5 * 2 * 3
    assert [row["id"] for row in rows] == [rating.uid for rating in kept]
    assert all(rating.simulated and rating.reviewer.startswith("simulated:") for rating in kept)
    assert all(row["simulated"] is True for row in rows)
    assert set(rows[0]) == {"id", "prompt_id", "first", "second", "reviewer", "simulated", "strength", "revision"}
    assert made.kind == "ratings"
    assert made.metrics["simulated"] is True
    assert made.metrics["collection"] == parent.files["candidates.jsonl"]
    assert "30 SIMULATED ratings of 10 pairs" in capsys.readouterr().out


def test_figures_agree_with_the_rows(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    collect(settings, candidates(20))
    made = run(settings)
    rows, metrics = read_jsonl(made.path / "ratings.jsonl"), made.metrics
    assert (metrics["ratings"], metrics["pairs"], metrics["prompts"]) == (len(rows), 40, 20)
    assert metrics["ties"] == sum(row["strength"] == 0 for row in rows) / len(rows)
    for name, figures in metrics["reviewers"].items():
        assert figures["ratings"] == sum(row["reviewer"] == name for row in rows)
    assert len(metrics["reviewers"]) == 6
    assert 0 < metrics["alpha"] < 1
    assert metrics["same_side"] > 0.6


def test_without_overlap_agreement_is_not_a_number_but_nothing(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    collect(settings, candidates(3))
    metrics = run(settings, ratings_per_pair=1).metrics
    assert (metrics["alpha"], metrics["same_side"]) == (None, None)


def test_what_cannot_be_paired_is_counted(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    rows = candidates(1) + candidates(3, ("same", "same", ""))[3:]
    collect(settings, rows)
    metrics = run(settings, pairs_per_prompt=9).metrics
    assert (metrics["prompts"], metrics["pairs"]) == (3, 6)
    assert metrics["prompts_without_pair"] == 2
    assert (metrics["identical_pairs"], metrics["empty_responses"]) == (2, 2)


def test_nothing_to_compare_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    collect(settings, candidates(2, ("same", "same")))
    with pytest.raises(UserError, match="no prompt has two different replies") as caught:
        run(settings)
    assert "stage=collect" in str(caught.value)


def test_the_same_command_in_another_place_gives_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        settings = make_settings(tmp_path / name)
        collect(settings, candidates(6))
        made.append(run(settings))
    assert made[0].sha256 == made[1].sha256
    again = execute("rate", config(), make_settings(tmp_path / "a", force=True))
    assert again.sha256 == made[0].sha256
    assert len(stored(settings)) == 36


def test_other_settings_are_other_reviewers_and_leave_the_first_ratings_alone(tmp_path: Path) -> None:
    first, second = make_settings(tmp_path, run="one"), make_settings(tmp_path, run="two")
    made = []
    for settings, noise in ((first, 1.0), (second, 4.0)):
        collect(settings, candidates(4))
        made.append(read_jsonl(run(settings, noise=noise).path / "ratings.jsonl"))
    assert not {row["id"] for row in made[0]} & {row["id"] for row in made[1]}
    assert len(stored(first)) == len(made[0]) + len(made[1])
    assert {rating.revision for rating in stored(first)} == {1}


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from ratings_kit import make_settings
    from test_rate import config
    from alignment.feedback.store import Store
    from alignment.pipeline import execute
    from alignment.stages import rate

    rate.CHUNK = 10
    calls = 0
    made = Store._append

    def append(*arguments):
        global calls
        calls += 1
        if calls == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return made(*arguments)

    Store._append = append
    execute("rate", config(), make_settings(Path(sys.argv[1])))
"""


def test_killed_three_times_it_ends_as_if_it_never_was(tmp_path: Path) -> None:
    whole, cut = make_settings(tmp_path / "whole"), make_settings(tmp_path / "cut")
    for settings in (whole, cut):
        collect(settings, candidates(8))
    environment = {**os.environ, "PYTHONPATH": f"{TESTS}:{TESTS.parent.parent}"}

    def attempt(kill_at: int) -> int:
        command = [sys.executable, "-c", textwrap.dedent(KILLED), cut.root, str(kill_at)]
        return subprocess.run(command, env=environment, timeout=300, stdout=subprocess.DEVNULL).returncode

    # 48 ratings in chunks of 10
    seen = []
    for kill_at in (1, 3, 4):
        assert attempt(kill_at) == -signal.SIGKILL
        assert not (tmp_path / "cut" / "r" / "rate").exists()
        seen.append(len(stored(cut)))
    assert seen == [0, 20, 30]
    assert attempt(0) == 0
    assert stored(cut) == (expected := stored(whole) if run(whole) else None)
    assert len(expected) == 48
    found = [(Path(s.root) / "r" / "rate" / "ratings.jsonl").read_bytes() for s in (whole, cut)]
    assert found[0] == found[1]


def test_a_store_that_lost_its_candidates_gets_them_back(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    collect(settings, candidates(2))
    run(settings)
    for path in tmp_path.glob("feedback.sqlite*"):
        path.unlink()
    execute("rate", config(), make_settings(tmp_path, force=True))
    with open_store(f"sqlite:///{tmp_path}/feedback.sqlite") as store:
        assert [len(item.responses) for item in store.items(store.collections()[0])] == [len(REPLIES)] * 2


def test_candidates_whose_lines_are_broken_are_named(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    rows = candidates(1)
    del rows[1]["text"]
    collect(settings, rows)
    with pytest.raises(UserError, match="candidate 'p000-1' of prompt 'p000': no text"):
        run(settings)


def test_no_candidates_at_all(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    with pytest.raises(UserError, match=r"rate needs candidates.*\n.*\nnext: python -m alignment.run stage=collect"):
        run(settings)
    collect(settings, [])
    with pytest.raises(UserError, match=r"candidates.jsonl is empty"):
        run(settings)


def test_people_who_rated_the_same_pairs_are_not_in_the_artifact(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    collect(settings, candidates(2))
    run(settings)
    with open_store(f"sqlite:///{tmp_path}/feedback.sqlite") as store:
        rate_by_hand(store)
    made = execute("rate", config(), make_settings(tmp_path, force=True))
    assert all(row["simulated"] for row in read_jsonl(made.path / "ratings.jsonl"))
    assert made.metrics["ratings"] == 12


def rate_by_hand(store: Store) -> None:
    from alignment.feedback.records import Verdict

    collection = store.collections()[0]
    store.add_user("ada")
    store.rate(collection, [Verdict(pair, "ada", 1) for pair in store.pairs(collection)])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reviewers": 9}, "9 simulated reviewers"),
        ({"reviewers": ["nobody"]}, "nobody"),
        ({"reviewers": True}, "rate.reviewers=True"),
        ({"reviewers": "all"}, "rate.reviewers='all'"),
        ({"pairs_per_prompt": 0}, "rate.pairs_per_prompt=0"),
        ({"ratings_per_pair": 7}, "rate.ratings_per_pair=7\nallowed: 1 to 6"),
        ({"reviewers": 2, "ratings_per_pair": 3}, "allowed: 1 to 2"),
        ({"noise": 0.0}, "rate.noise=0.0"),
        ({"fact_weight": -1.0}, "rate.fact_weight=-1.0"),
    ],
)
def test_settings_out_of_range_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        config(**changes)
