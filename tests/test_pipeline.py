"""Stages: found, run once, continued, never half done."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from alignment.artifact import load, read_jsonl, verify
from alignment.errors import UserError
from alignment.pipeline import flatten
from tests.conftest import TESTS, Attune

RUN = Path("runs/southern_charm")


def test_all_runs_the_stages_in_order(attune: Attune) -> None:
    code, out, err = attune()
    assert (code, err) == (0, "")
    places = [line.split(" starts")[0] for line in out.splitlines() if line.endswith("starts")]
    assert places == ["[1/3] first", "[2/3] second", "[3/3] third"]
    assert "[1/3] first took " in out and "3 stages in " in out and "the total is 3.0" in out
    policy = load(RUN / "second")
    verify(policy)
    assert policy.metrics == {"total": 3.0, "rows": 3}  # (1 + 2 + 3) x beta 0.5
    assert policy.kind == "policy" and policy.run == "southern_charm" and policy.seed == 1
    assert policy.parents == [{"role": "dataset", "path": "../first", "sha256": load(RUN / "first").sha256}]
    assert policy.config["second"] == {"beta": 0.5, "names": ["a", "b"], "label": None}
    assert not list(RUN.glob(".*.partial"))
    assert not (RUN / "first" / ".scratch").exists()


def test_a_finished_stage_is_not_run_again(attune: Attune) -> None:
    attune("stage=first")
    before = (RUN / "first" / "artifact.json").stat().st_mtime_ns
    code, out, _ = attune("stage=first", "generation.top_k=5", "threads=1")  # it uses neither
    assert code == 0 and "first is finished with these inputs, nothing to do" in out
    assert (RUN / "first" / "artifact.json").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("change", "told"),
    [("first.rows=4", "first.rows 3, now 4"), ("seed=2", "seed 1, now 2"), ("brand=none", "brand.folder")],
)
def test_other_inputs_are_refused_unless_forced(attune: Attune, change: str, told: str) -> None:
    attune("stage=first")
    code, _, err = attune("stage=first", change)
    assert code == 2 and told in err and "force=true replaces it" in err
    old = load(RUN / "first").inputs_hash
    assert attune("stage=first", change, "force=true")[0] == 0
    assert load(RUN / "first").inputs_hash != old


def test_a_changed_parent_is_other_inputs(attune: Attune) -> None:
    attune("stage=first")
    attune("stage=second")
    attune("stage=first", "first.rows=4", "force=true")
    code, _, err = attune("stage=second")
    assert code == 2 and "what it was made from has changed" in err


def test_the_same_content_again_is_the_same_input(attune: Attune) -> None:
    attune("stage=first")
    attune("stage=second")
    attune("stage=first", "force=true")
    code, out, _ = attune("stage=second")
    assert code == 0 and "nothing to do" in out


def test_a_failed_forced_run_leaves_the_old_artifact(attune: Attune) -> None:
    attune("stage=first")
    assert attune("stage=first", "force=true", "first.fail=user")[0] == 2
    verify(load(RUN / "first"))
    assert load(RUN / "first").config["first"]["fail"] == ""


def test_a_missing_upstream_names_its_command(attune: Attune) -> None:
    code, _, err = attune("stage=second", "run=new")
    assert code == 2
    assert "second needs dataset, and runs/new/first is not there" in err
    assert "next: python -m alignment.run stage=first run=new" in err


def test_an_edited_input_stops_the_next_stage(attune: Attune) -> None:
    attune("stage=first")
    (RUN / "first" / "rows.jsonl").write_text('{"n": 100}\n')
    code, _, err = attune("stage=second")
    assert code == 2 and "rows.jsonl was edited by hand" in err and "stage=first" in err
    code, _, err = attune("stage=first")
    assert code == 2 and "was edited by hand" in err


def test_inputs_from_another_run(attune: Attune) -> None:
    attune("stage=first", "first.rows=5")
    code, _, err = attune("stage=second", "run=other", "inputs.dataset=southern_charm/first")
    assert (code, err) == (0, "")
    made = load(Path("runs/other/second"))
    assert made.metrics["rows"] == 5
    assert made.parents[0]["path"] == "../../southern_charm/first"
    # by folder, and several at once
    both = f"inputs.policy=[runs/other/second,{Path('runs/other/second').resolve()}]"
    assert attune("stage=third", "run=more", both)[0] == 0
    assert load(Path("runs/more/third")).metrics == {"policies": 2, "rewards": 0}


def test_two_inputs_where_one_is_taken(attune: Attune) -> None:
    attune("stage=first")
    both = "inputs.dataset=[southern_charm/first,southern_charm/first]"
    code, _, err = attune("stage=second", "run=other", both)
    assert code == 2 and "second found 2 inputs for dataset" in err


def test_an_optional_input_is_used_when_there(attune: Attune) -> None:
    attune()
    assert load(RUN / "third").metrics["rewards"] == 0
    attune("stage=fourth")
    code, _, err = attune("stage=third")
    assert code == 2 and "what it was made from has changed" in err
    assert attune("stage=third", "force=true")[0] == 0
    assert load(RUN / "third").metrics["rewards"] == 1


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("inputs.policy=southern_charm/first", "is of kind dataset"),
        ("inputs.policy=nowhere/second", "no artifact there"),
        ("inputs.polycy=southern_charm/second", "did you mean policy?"),
    ],
)
def test_inputs_that_do_not_fit(attune: Attune, argument: str, message: str) -> None:
    attune("stage=first")
    code, out, err = attune("stage=third", "run=other", argument)
    assert code == 2 and message in err and "starts" not in out


def test_all_is_checked_before_any_work(attune: Attune) -> None:
    for argument in ("second.beta=high", "third.against=[1]", "inputs.policy=no/where", "first.fail=check"):
        code, out, _ = attune("first.rows=2", argument)
        assert code == 2 and out == "", argument
    assert not RUN.exists()


def test_what_a_failed_attempt_did_is_kept(attune: Attune) -> None:
    assert attune("stage=first", "first.rows=4", "first.fail=user")[0] == 2
    partial = RUN / ".first.partial"
    state = json.loads((partial / "partial.json").read_text())
    assert json.loads((partial / ".scratch" / "rows.json").read_text()) == [{"n": 1}]
    assert attune("stage=first", "first.rows=4", "first.fail=user")[1] == "[1/1] first resumes\n"
    assert json.loads((partial / "partial.json").read_text()) == state
    assert json.loads((partial / ".scratch" / "rows.json").read_text()) == [{"n": 1}, {"n": 2}]
    # other inputs: it starts over
    code, out, _ = attune("stage=first", "first.rows=2")
    assert code == 0 and "first starts" in out
    assert load(RUN / "first").metrics["rows"] == 2


def test_two_processes_do_not_share_a_stage(attune: Attune) -> None:
    RUN.mkdir(parents=True)
    with (RUN / ".first.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, _, err = attune("stage=first")
        assert code == 2 and "another process is working on runs/southern_charm/first" in err
    assert attune("stage=first")[0] == 0


def test_a_full_disk_in_a_stage(attune: Attune) -> None:
    code, _, err = attune("stage=first", "first.fail=disk")
    assert code == 2 and "the disk is full" in err and "Traceback" not in err
    assert not (RUN / "first").exists()


def test_a_root_that_cannot_be_written(attune: Attune) -> None:
    Path("taken").write_text("")
    code, _, err = attune("root=taken")
    assert code == 2 and "cannot write" in err and "root=FOLDER" in err


def command(fakes: Path, *argv: str) -> list[str]:
    return [sys.executable, str(TESTS / "fakes" / "main.py"), str(fakes.parent / "conf"), *argv]


@pytest.mark.parametrize("rows", [1, 5, 9])
def test_kill_9_and_the_same_command_again(fakes: Path, rows: int) -> None:
    again = command(fakes, "stage=first", "first.rows=10", "tracking=off")
    still = os.environ | {"FAKE_STANDS_STILL_AFTER": str(rows)}
    process = subprocess.Popen(again, stdout=subprocess.DEVNULL, env=still)
    saved = RUN / ".first.partial" / ".scratch" / "rows.json"
    deadline = time.monotonic() + 300
    while not (saved.exists() and len(json.loads(saved.read_text())) >= rows):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (RUN / "first").exists()
    done = subprocess.run(again, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and "first resumes" in done.stdout, done.stderr
    assert read_jsonl(RUN / "first" / "rows.jsonl") == [{"n": n} for n in range(1, 11)]
    assert [line["step"] for line in read_jsonl(RUN / "first" / "metrics.jsonl")] == list(range(1, 11))


def test_ctrl_c_says_how_to_continue(fakes: Path) -> None:
    again = command(fakes, "stage=first", "first.rows=500", "first.pause=0.1", "tracking=off")
    process = subprocess.Popen(
        again,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored where a shell runs us behind a "&"
    )
    saved = RUN / ".first.partial" / ".scratch" / "rows.json"
    while not saved.exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert err == "stopped; run the same command to continue\n"


def test_flatten() -> None:
    assert flatten({"a": {"b": 1, "c": {"d": 2}}, "e": []}) == {"a.b": 1, "a.c.d": 2, "e": []}


def test_a_stage_is_called_without_a_command_line(fakes: Path) -> None:
    """As the tests of stages do: a dataclass in, an artifact out."""
    from alignment.pipeline import execute
    from alignment.run import typed
    from tests.conftest import compose

    settings, configs = typed(compose(fakes.parent / "conf", "stage=first", "tracking=off"))
    made = execute("first", configs["first"], settings)
    assert made.metrics["rows"] == 3
    with pytest.raises(UserError, match="no such stage"):
        execute("fifth", None, settings)
