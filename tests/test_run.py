"""The command line: what it composes, refuses and prints."""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from alignment import checks, run
from alignment.artifact import load
from alignment.errors import UserError, UserNote
from alignment.run import help_text, job_name
from tests.conftest import CHECKOUT, Attune

BAD = {
    "second.beta=high": ["second.beta='high'", "a number"],
    "first.rows=0.5": ["first.rows=0.5", "a whole number"],
    "first.rows=0": ["first.rows=0", "> 0"],
    "first.order=side": ["first.order='side'", "up, down"],
    "second.names=3": ["second.names=3", "a list of text"],
    "second.names=[a,[b]]": ["second.names", "text"],
    "second=5": ["second=5", "second.beta"],
    "second.betta=1": ["second.betta: no such setting (did you mean second.beta?)", "second.label"],
    "+second.gamma=1": ["second.gamma: no such setting", "second.beta"],
    "modle=x": ["modle: no such setting (did you mean model?)", "peft"],
    "model.nme=x": ["model.nme", "did you mean model.name?"],
    "model.name.deep=x": ["model.name.deep", "model.name"],
    "model=qwen": ["model=qwen: no such choice", "qwen3_8b"],
    "model=hub": ["model.name has no value", "model.name=VALUE"],
    "model.dtype=float8": ["model.dtype='float8'", "bfloat16"],
    "brand=5": ["must be a string"],
    "experiment=nope": ["experiment=nope", "star"],
    "stage=secnd": ["stage=secnd: no such stage (did you mean second?)", "all, first"],
    "aligner=ppo": ["stage=ppo: no such stage"],
    "second.beta=[1": ["cannot read 'second.beta=[1'", "KEY=VALUE"],
    "word": ["cannot read 'word'"],
    "run=../x": ["run='../x'"],
    "run=": ["run=''"],
    "seed=-1": ["seed=-1"],
    "inputs=4": ["inputs=4"],
    "peft.dropout=1.5": ["peft.dropout=1.5"],
    "generation.top_p=0": ["generation.top_p=0"],
    "--config-dir=nowhere": ["nowhere", "not found"],
}
AGAIN = "next: correct it and run the same command again\n"


@pytest.mark.parametrize("argument", BAD)
def test_a_mistake_gets_a_short_answer(attune: Attune, argument: str) -> None:
    code, out, err = attune(argument)
    assert code == 2
    assert out == ""
    assert all(part in err for part in BAD[argument]), err
    assert err.startswith("error: ") and 1 <= len(err.splitlines()) <= 3
    assert err.splitlines()[-1].startswith("next: ")
    assert "Traceback" not in err
    assert list(Path().iterdir()) == [], "something was written"


def test_debug_shows_the_traceback(attune: Attune) -> None:
    code, _, err = attune("second.beta=high", "debug=true")
    assert code == 2
    assert "Traceback" in err and err.endswith("error: second.beta='high'\nallowed: a number\n" + AGAIN)


def test_a_bug_is_not_hidden(attune: Attune, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(run, "run_stages", broken)
    with pytest.raises(ValueError, match="a bug"):
        attune()


@pytest.mark.parametrize("name", ["trl.extras", "alignment.gone"])
def test_a_package_that_is_not_installed(attune: Attune, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def without(*_: object) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(run, "run_stages", without)
    if name.startswith("alignment"):  # a fault of ours
        with pytest.raises(ModuleNotFoundError):
            attune()
        return
    code, _, err = attune()
    assert code == 2 and err.splitlines()[0] == "error: not installed: trl.extras"
    assert "pip install" in err.splitlines()[2]


def test_a_stage_that_trains_asks_for_its_packages_first(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="not installed: no_such, nor_this"):
        checks.check_packages(["json", "no_such", "nor_this"])
    monkeypatch.setattr(checks, "TRAINING", ("no_such",))
    for uses in (("peft",), ("generation",)):
        with pytest.raises(UserError, match="not installed"):
            checks.check_settings(uses, None)  # type: ignore[arg-type]
    checks.check_settings(("brand",), None)  # type: ignore[arg-type]


def test_experiments_lie_over_the_defaults_and_under_the_command_line(attune: Attune, fakes: Path) -> None:
    (fakes.parent / "conf" / "experiment" / "star.yaml").write_text(
        "# @package _global_\ndefaults:\n  - override /brand: none\nrun: star\nsecond:\n  beta: 2.0\n"
    )
    assert attune("experiment=star", "first.rows=1")[0] == 0
    made = load(Path("runs/star/second"))
    assert made.metrics["total"] == 2.0
    assert made.config["brand"] == {"folder": "none"}
    assert attune("experiment=star", "run=other", "second.beta=3")[0] == 0
    assert load(Path("runs/other/second")).config["second"]["beta"] == 3.0


def test_a_folder_of_ones_own(attune: Attune) -> None:
    Path("ours/experiment").mkdir(parents=True)
    Path("ours/experiment/mine.yaml").write_text("# @package _global_\nrun: mine\nfirst:\n  rows: 7\n")
    assert attune("--config-dir", "ours", "experiment=mine", "stage=first")[0] == 0
    assert load(Path("runs/mine/first")).metrics["rows"] == 7


def test_numbers_as_people_write_them(attune: Attune) -> None:
    assert attune("stage=first")[0] == 0
    assert attune("stage=second", "second.beta=5e-7")[0] == 0
    assert load(Path("runs/southern_charm/second")).config["second"]["beta"] == 5e-7


def test_show_the_config(attune: Attune) -> None:
    code, out, _ = attune("--cfg", "job", "second.beta=0.2")
    assert code == 0 and "beta: 0.2" in out and "stage: all" in out
    assert list(Path().iterdir()) == []


def test_a_sweep(attune: Attune) -> None:
    code, _, err = attune("-m", "second.beta=0.1,0.2", "run=demo", "force=false")
    assert (code, err) == (0, "")
    for beta in (0.1, 0.2):
        made = load(Path(f"runs/demo/second.beta={beta}/second"))
        assert made.run == f"demo/second.beta={beta}"
        assert made.metrics["total"] == pytest.approx(6 * beta)
    assert not Path("runs/demo/second").exists()


def test_a_sweep_uses_what_its_parent_has(attune: Attune) -> None:
    attune("stage=first")
    code, out, _ = attune("-m", "stage=second", "second.beta=1,2")
    assert code == 0
    made = load(Path("runs/southern_charm/second.beta=1/second"))
    assert made.parents[0]["path"] == "../../first"
    assert out.splitlines()[-3:] == ["job            total", "second.beta=1  6", "second.beta=2  12"]


def test_a_sweep_of_all_runs_only_what_differs(attune: Attune) -> None:
    attune()
    _, out, _ = attune("-m", "second.beta=0.5,2")
    assert "first starts" not in out
    assert not Path("runs/southern_charm/second.beta=0.5/second").exists()  # as in the parent
    assert Path("runs/southern_charm/second.beta=2/second").exists()


def test_a_failed_job_does_not_stop_the_others(attune: Attune) -> None:
    code, out, err = attune("-m", "first.rows=1,0,2", "stage=first")
    assert code == 2
    assert [line.split() for line in out.splitlines()[-4:]] == [
        ["job", "rows"],
        ["first.rows=1", "1"],
        ["first.rows=0", "failed"],
        ["first.rows=2", "2"],
    ]
    assert err == "error: first.rows=0: first.rows=0\nallowed: a whole number > 0\n" + AGAIN


def test_job_names() -> None:
    assert job_name(["dpo.beta=0.1", "run=x", "stage=dpo", "experiment=star", "root=/a", "tracking.mode=off"]) == (
        "dpo.beta=0.1"
    )
    assert job_name(["seed=2", "model.name=org/name", "++inputs.policy=a/sft"]) == (
        "inputs.policy=a_sft,model.name=org_name,seed=2"
    )
    assert job_name(["stages=[a]"]) == "stages=_a_"  # `stage` is left out, what only begins like it is not
    assert job_name(["run=x"]) == ""


def test_help_names_every_stage_and_choice(fakes: Path) -> None:
    text = help_text(fakes.parent / "conf")
    for line in ("first     make rows.", "second    add them up.", "third     compare."):
        assert line in text
    assert "tracking=   auto, off, offline, online" in text
    assert max(len(line) for line in text.splitlines()) < 140


def test_help_is_quick_and_loads_nothing_big() -> None:
    code = (
        "import sys; from alignment.run import main; assert main(['--help']) == 0;"
        "big = {'torch', 'transformers', 'trl', 'datasets', 'pandas', 'wandb', 'sklearn', 'gradio'} & set(sys.modules);"
        "assert not big, big"
    )
    text, seconds = processor_time(code)
    assert text.startswith("usage: ")
    # against what stands below it anyway, on the same machine: how fast that one is must not matter
    assert seconds < 4 * processor_time("import hydra, omegaconf")[1]


def processor_time(code: str) -> tuple[str, float]:
    """What the code prints, and the seconds it takes in a process of its own: of processor time, not of the clock."""
    code += "; import time; print(time.process_time(), file=sys.stderr)"
    command = [sys.executable, "-c", f"import sys; {code}"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout, float(done.stderr.splitlines()[-1])


def test_conf_dir_is_absolute_and_there() -> None:
    assert run.conf_dir().is_absolute()
    assert (run.conf_dir() / "config.yaml").exists()


def test_threads_reach_torch(attune: Attune, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    attune("stage=first", "threads=3")
    import os

    assert os.environ["OMP_NUM_THREADS"] == "3"


def test_user_error_inside_a_stage(attune: Attune) -> None:
    code, _, err = attune("first.fail=user")
    assert code == 2
    assert err == f"error: {UserError('row 1 is bad', 'good rows', 'mend it')}\n"


def test_flags_may_stand_anywhere() -> None:
    assert run.flags_first(["stage=dpo", "-m", "dpo.beta=0.1,0.2"]) == ["-m", "stage=dpo", "dpo.beta=0.1,0.2"]
    assert run.flags_first(["a=1", "--config-dir", "ours", "b=2", "--cfg", "job"]) == [
        "--config-dir",
        "ours",
        "--cfg",
        "job",
        "a=1",
        "b=2",
    ]


def test_a_note_to_the_user_is_printed_without_its_place_in_the_code():
    with run._notes_as_lines():
        assert warnings.formatwarning(UserNote("the guide is odd"), UserNote, "code.py", 7) == (
            "warning: the guide is odd\n"
        )
        assert "code.py:7" in warnings.formatwarning(UserWarning("odd"), UserWarning, "code.py", 7)
    assert "code.py:7" in warnings.formatwarning(UserNote("odd"), UserNote, "code.py", 7)
