"""The blind A/B: what is decided when, and the way from two policies through the store to a decision."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alignment.artifact import Artifact, load, read_jsonl
from alignment.errors import UserError
from alignment.evaluation import blind
from alignment.feedback.database.engine import default_url
from alignment.feedback.desk import App, open_app
from alignment.feedback.nouns import Answer, Role
from alignment.feedback.projects import Projects
from alignment.feedback.records import Pair, Rating, Verdict
from alignment.feedback.retention import Retention
from alignment.feedback.store import open_store
from alignment.stages import ab
from alignment.stats import sequential
from tests import kit
from tests.conftest import CHECKOUT


def rating(item: str, first: str, second: str, strength: int, who: str, decision: bool = False) -> Rating:
    return Rating(f"r-{item}-{who}", Pair(item, first, second), who, False, strength, 1, decision=decision)


def test_outcomes_are_of_whole_prompts_and_of_our_side() -> None:
    ours = {"p": "x", "q": "x", "r": "x", "s": "x"}
    ratings = [
        rating("p", "a", "x", -2, "ann"),  # the second reply, ours, is better
        rating("p", "a", "x", -1, "bob"),
        rating("q", "x", "y", 3, "ann"),  # ours is first: a win and a tie
        rating("q", "x", "y", 0, "bob"),
        rating("r", "x", "y", 3, "ann"),  # one rating of two
        rating("s", "x", "y", 3, "ann"),
        rating("s", "x", "y", -3, "eve", decision=True),
        rating("t", "x", "y", 3, "ann"),  # not of this A/B
    ]
    assert blind.outcomes_of(ratings, ours, 2) == {"p": 1.0, "q": 0.75, "s": 0.0}


def test_decisions() -> None:
    assert blind.decide([], 0.05, 0.05).decision == "undecided"
    assert blind.decide([1.0] * 60, 0.05, 0.05).decision == "better"
    assert blind.decide([0.0] * 60, 0.05, 0.05).decision == "not better"
    few = blind.decide([1.0, 1.0, 0.0, 1.0] * 5, 0.05, 0.05)
    assert few.decision == "undecided" and few.needed is not None
    more = [1.0, 1.0, 0.0, 1.0] * ((20 + few.needed) // 4 + 1)
    assert blind.decide(more, 0.05, 0.05).decision == "better"
    assert blind.decide(more[: 20 + few.needed // 2], 0.05, 0.05).decision == "undecided"


def test_equal_models_end_as_not_better() -> None:
    assert blind.decide([1.0, 0.0] * 3000, 0.05, 0.05).decision == "not better"


def test_a_null_ab_promotes_in_at_most_one_of_twenty_under_continuous_watching() -> None:
    """2,000 A/Bs of two equal models, 400 pairs each, looked at after every pair: better at any look counts."""
    rng = np.random.default_rng(11)
    promoted = 0
    half, target = np.full(400, np.log(0.5)), np.log(2 / 0.05)
    for run in range(2000):
        drawn = rng.choice([0.0, 0.5, 1.0], size=400, p=[0.4, 0.2, 0.4])
        counts = np.stack([np.cumsum(drawn == outcome) for outcome in (1.0, 0.5, 0.0)], axis=1).astype(float)
        better = sequential.log_wealth(half, counts)[0] > target  # the lower end is above 1/2: it falls in the rate
        promoted += bool(better.any())
        if run < 3:  # the same as what decides
            looks = [blind.decide(drawn[:n].tolist(), 0.05, 0.05).decision == "better" for n in range(1, 401, 9)]
            assert looks == better[::9].tolist()
    assert promoted <= 0.05 * 2000


def test_the_order_of_the_outcomes_is_of_no_matter() -> None:
    """Prompts come sorted by name, so a good start of the alphabet must not decide for all that follow."""
    assert blind.decide([1.0] * 60 + [0.0] * 60, 0.05, 0.05) == blind.decide([0.0, 1.0] * 60, 0.05, 0.05)


def test_an_undecided_ab_says_how_much_is_missing_even_where_that_is_much() -> None:
    found = blind.decide([1.0] * 21 + [0.0] * 19, 0.05, 0.05)  # 0.525, in the middle between 0.5 and 0.55
    assert found.decision == "undecided" and found.needed is not None and found.needed > 1000


def test_replies_that_are_the_same_do_not_decide_ahead_of_the_ratings() -> None:
    """300 prompts of 400 have one reply twice. 20 others are rated, 15 of them won: 0.75 there makes 0.5625 of all."""
    rated = [1.0] * 15 + [0.0] * 5
    assert blind.decide([*rated, *[0.5] * 300], 0.05, 0.05).decision == "not better"  # what must not happen
    ties = blind.ties_so_far(300, 20, 100)
    assert len(ties) == 60
    assert blind.decide([*rated, *ties], 0.05, 0.05).decision == "undecided"
    assert len(blind.ties_so_far(300, 100, 100)) == len(blind.ties_so_far(300, 0, 0)) == 300


def test_by_intent() -> None:
    found = blind.by_intent({"p": 1.0, "q": 0.0, "r": 1.0}, {"p": "price", "q": "price", "r": "care"})
    assert found["price"]["value"] == 0.5 and found["price"]["n"] == 2 and found["care"]["value"] == 1.0
    assert found["care"]["low"] == pytest.approx(0.2065, abs=1e-4)  # one win proves little: Wilson, 1 of 1


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two policies: the shipped base, and one step of SFT on it."""
    kit.dataset(tmp_path)
    knobs = ("sft.max_steps=1", "sft.batch_size=4", "sft.yardstick_every=0", "sft.eval_every=1")
    kit.run_stage(tmp_path, "sft", *knobs)
    kit.preferences(tmp_path)
    kit.run_stage(tmp_path, "dpo", "dpo.max_steps=2", "dpo.batch_size=4", "dpo.yardstick_every=0", "dpo.eval_every=2")
    return tmp_path


def test_from_two_policies_to_a_decision(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ("ab.prompts=8", "ab.overlap=1", "generation.max_new_tokens=24")
    first = kit.run_stage(root, "ab", *small)
    said = capsys.readouterr().out
    assert first.metrics["decision"] == "undecided" and first.metrics["outcomes"] == 0
    assert "python -m feedback_app" in said and first.metrics["project"] in said
    rows = read_jsonl(first.path / "candidates.jsonl")
    assert len(rows) == 16 and {row["model"] for row in rows} == {"test/dpo", "test/sft"}
    assert not any("dpo" in row["response_id"] or "sft" in row["response_id"] for row in rows)

    ours = {row["response_id"] for row in rows if row["model"] == "test/dpo"}
    with open_store(default_url(root)) as store:
        (key,) = Projects(store).collections(first.metrics["project"])
        pairs = store.pairs(key)
        store.add_user("ann")
        store.rate(key, [Verdict(pair, "ann", 3 if pair.first in ours else -3) for pair in pairs])
    again = kit.run_stage(root, "ab", *small)
    assert read_jsonl(again.path / "candidates.jsonl") == rows  # nothing was drawn anew
    assert again.metrics["outcomes"] == len(pairs) == again.metrics["pairs"] and again.metrics["ratings"] == len(pairs)
    rated = again.metrics["outcomes"] + 0.5 * again.metrics["same_reply"]
    assert again.metrics["win_rate"]["value"] == pytest.approx(rated / 8)
    kit.run_stage(root, "ab", *small)
    assert "nothing to do" in capsys.readouterr().out

    with open_store(default_url(root)) as store:  # who is forgotten takes the decision along
        assert again.path in Retention(store).delete_person("ann", root).artifacts


def test_simulated_judges_are_labelled_and_apart_from_people(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ("ab.prompts=6", "ab.overlap=2", "generation.max_new_tokens=24")
    made = kit.run_stage(root, "ab", *small, "ab.judges=simulated")
    assert made.metrics["simulated"] and made.metrics["outcomes"] == made.metrics["pairs"]
    assert "SIMULATED" in capsys.readouterr().out
    people = kit.run_stage(root, "ab", *small, "ab.judges=people")
    assert people.metrics["ratings"] == 0 and not people.metrics["simulated"]


@pytest.mark.parametrize("wrong", ["ab.against=dpo", "ab.prompts=0", "ab.overlap=0", "ab.alpha=0.7", "ab.gain=0.5"])
def test_wrong_settings(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(UserError, match=r"ab\."):
        kit.configured(tmp_path, "stage=ab", wrong)


# The stage as a process of its own. Its draws never come out the same twice, as on many an accelerator.
# It notes how many ratings it saw whenever it goes on waiting.
CHILD = """
import os, sys, time, types
from pathlib import Path
from alignment.stages import ab
from tests import kit
root = Path(sys.argv[1])
def draw(prompts, policy, seed, context):
    with (root / "drawn.txt").open("a") as log:
        print(policy.stage, len(prompts), file=log)
    return [f"{policy.stage} says {os.urandom(8).hex()}" for _ in prompts]
plain, seen = ab.look, []
def look(ratings, *others):
    seen.append(len(ratings))
    return plain(ratings, *others)
def sleep(seconds):
    with (root / "seen.txt").open("a") as log:
        print(seen[-1], file=log)
    time.sleep(seconds)
ab.draw, ab.look, ab.LOOK = draw, look, 0.02
ab.time = types.SimpleNamespace(monotonic=time.monotonic, sleep=sleep)
kit.run_stage(root, "ab", "ab.prompts=30", "ab.overlap=2", "ab.wait=60")
"""


@contextmanager
def watching(root: Path) -> Iterator[subprocess.Popen[str]]:
    """The stage, waiting for ratings; killed at the end if it has not stopped by itself."""
    command = [sys.executable, "-c", CHILD, str(root)]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        said = ""
        while "looks for ratings" not in said:
            said = process.stdout.readline()
            assert said, "it ended without waiting"
        try:
            yield process
        finally:
            process.kill()


def vote(app: App, who: str, project: str) -> bool:
    """One more rating, for DPO's reply; False where there is nothing left to rate."""
    task = app.desk.look(who, project).task
    if task is None:
        return False
    ours = task.replies[0].text.startswith("dpo")
    app.desk.submit(who, task.assignment, Answer(strength=3 if ours else -3))
    return True


def ready(root: Path) -> None:
    prompts = [{"id": f"p{i:02}", "messages": [{"role": "user", "content": f"question {i}"}]} for i in range(30)]
    kit.finished(root, "prepare", {"prompts/test.jsonl": prompts})
    for stage in ("sft", "dpo"):
        kit.finished(root, stage, {"rows.jsonl": [{"of": stage}]})


def test_killed_while_people_rate_it_goes_on_and_stops_by_itself(tmp_path: Path) -> None:
    ready(tmp_path)
    seen = tmp_path / "seen.txt"
    seen.touch()
    with open_app(default_url(tmp_path)) as app:
        for name in ("ann", "ben"):
            app.accounts.add(name, Role.reviewer, "correct horse battery")
        with watching(tmp_path):
            pass  # killed with no rating there
        (project,) = [name for name in app.projects.names() if name.startswith("ab-")]
        with watching(tmp_path):
            given = sum(vote(app, name, project) for name in ("ann", "ben", "ann", "ben", "ann"))
            assert given == 5
        assert not (tmp_path / "test" / "ab").exists()  # killed right after a rating
        with watching(tmp_path) as process:
            names = cycle(("ben", "ann"))
            while process.poll() is None:  # one at a time, each when the last was seen and decided nothing
                if seen.read_text().split()[-1:] == [str(given)]:
                    given += vote(app, next(names), project)
                time.sleep(0.01)
            assert process.wait(300) == 0
        assert vote(app, "ann", project) is False and project not in app.projects.names()

        made = load(tmp_path / "test" / "ab")
        (key,) = app.projects.collections(project)
        shown = {one.key: one.text for item in app.store.items(key) for one in item.responses}
        stored = app.store.ratings(key)
    assert (tmp_path / "drawn.txt").read_text().split("\n") == ["dpo 30", "sft 30", ""]
    assert shown == {row["response_id"]: row["text"] for row in read_jsonl(made.path / "candidates.jsonl")}
    counted = {row["id"] for row in read_jsonl(made.path / "rating_ids.jsonl")}
    assert counted <= {one.uid for one in stored} and len(counted) == made.metrics["ratings"]
    rated = Counter(one.pair.item for one in stored if one.uid in counted)
    assert set(rated.values()) <= {1, 2} and made.metrics["outcomes"] == sum(n == 2 for n in rated.values())
    assert made.metrics["decision"] == "better" and made.metrics["outcomes"] < 30


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run with thirty prompts and two policies whose replies are made up, each time others."""
    ready(tmp_path)

    def draw(prompts: list[Any], policy: Artifact, seed: int, context: Any) -> list[str]:
        return [f"{policy.stage} says {os.urandom(8).hex()}" for _ in prompts]

    monkeypatch.setattr(ab, "draw", draw)
    return tmp_path


def all_rated(app: App, project: str, *names: str) -> None:
    while any([vote(app, name, project) for name in names]):
        pass


def test_more_prompts_and_more_ratings_a_pair_go_on_from_what_is_there(two: Path) -> None:
    small = kit.run_stage(two, "ab", "ab.prompts=4", "ab.overlap=2")
    rows = read_jsonl(small.path / "candidates.jsonl")
    with open_app(default_url(two)) as app:
        for name in ("ann", "ben", "eve"):
            app.accounts.add(name, Role.reviewer, "correct horse battery")
        all_rated(app, small.metrics["project"], "ann", "ben")
        more = kit.run_stage(two, "ab", "ab.prompts=6", "ab.overlap=2")
        assert more.metrics["outcomes"] == 4 and more.metrics["pairs"] == 6
        known = {row["response_id"]: row for row in read_jsonl(more.path / "candidates.jsonl")}
        assert all(known[row["response_id"]] == row for row in rows) and len(known) == 12
        all_rated(app, more.metrics["project"], "ann", "ben")
        third = kit.run_stage(two, "ab", "ab.prompts=6", "ab.overlap=3")
        assert third.metrics["outcomes"] == 0 and third.metrics["ratings"] == 12
        all_rated(app, third.metrics["project"], "eve")
    assert kit.run_stage(two, "ab", "ab.prompts=6", "ab.overlap=3").metrics["outcomes"] == 6


def test_another_temperature_is_another_ab(two: Path) -> None:
    """Its ratings are of other replies, and none of them may count for these."""
    first = kit.run_stage(two, "ab", "ab.prompts=4", "generation.temperature=0.7")
    with open_app(default_url(two)) as app:
        for name in ("ann", "ben"):
            app.accounts.add(name, Role.reviewer, "correct horse battery")
        all_rated(app, first.metrics["project"], "ann", "ben")
    other = kit.run_stage(two, "ab", "ab.prompts=4", "generation.temperature=0.3")
    assert other.metrics["ratings"] == 0 and other.metrics["project"] != first.metrics["project"]


def test_a_decision_undone_by_a_deletion_opens_the_project_again(two: Path) -> None:
    project = kit.run_stage(two, "ab", "ab.overlap=1").metrics["project"]
    with open_app(default_url(two)) as app:
        for name in ("ann", "ben"):
            app.accounts.add(name, Role.reviewer, "correct horse battery")
        all_rated(app, project, "ann")
        assert kit.run_stage(two, "ab", "ab.overlap=1").metrics["decision"] == "better"
        assert project not in app.projects.names()
        Retention(app.store).delete_person("ann", two)
        again = kit.run_stage(two, "ab", "ab.overlap=1")
        assert again.metrics["decision"] == "undecided" and again.metrics["ratings"] == 0
        assert project in app.projects.names() and vote(app, "ben", project)


def test_people_find_their_tasks_after_a_trial_with_simulated_judges(
    two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blind, "_said", lambda now, gain: "better")  # so that the trial closes the project
    trial = kit.run_stage(two, "ab", "ab.judges=simulated", "ab.overlap=2")
    assert trial.metrics["outcomes"] == 30 and trial.metrics["decision"] == "better"
    monkeypatch.undo()
    monkeypatch.setattr(ab, "draw", None)  # nothing is left to draw
    project = kit.run_stage(two, "ab", "ab.overlap=2").metrics["project"]
    with open_app(default_url(two)) as app:
        app.accounts.add("ann", Role.reviewer, "correct horse battery")
        assert project in app.projects.names() and vote(app, "ann", project)
