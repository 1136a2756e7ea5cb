"""The report stage through the shipped configuration, on a made-up evaluation."""

from pathlib import Path

import pytest

from alignment.artifact import load
from alignment.errors import UserError
from alignment.stages import report
from tests.kit import configured, run_stage
from tests.made_run import made_run

HERE = ("run=made",)


def test_writes_the_page_and_says_the_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made_run(tmp_path, count=40)
    artifact = run_stage(tmp_path, "report", *HERE)
    said = capsys.readouterr().out
    page = (artifact.path / "report.html").read_text(encoding="utf-8")
    assert artifact.kind == "report" and artifact.metrics["model"] == "dpo"
    assert artifact.metrics["ratings_simulated"] is True and artifact.metrics["criteria"]["openers"] == "passed"
    assert artifact.metrics["answer"] in {"yes", "no", "undecided"}
    assert artifact.metrics["sentence"] in page.replace("&#39;", "'")
    assert str(artifact.path / "report.html") in said and "SIMULATED" in said and "python -m feedback_app" in said
    assert "yardstick" not in page and page.count('<svg class="chart"') == 6  # the curves of all stages, and the models


def test_again_is_nothing_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made_run(tmp_path, count=8)
    first = run_stage(tmp_path, "report", *HERE)
    capsys.readouterr()
    assert run_stage(tmp_path, "report", *HERE).created == first.created
    said = capsys.readouterr().out
    assert "nothing to do" in said and "report.html" in said


def test_a_stricter_line_changes_the_answer(tmp_path: Path) -> None:
    made_run(tmp_path, count=40)
    artifact = run_stage(tmp_path, "report", *HERE, "report.openers=1000")
    assert artifact.metrics["answer"] == "no" and artifact.metrics["criteria"]["openers"] == "missed"


@pytest.mark.parametrize("knob", ["report.voice=1.2", "report.examples=0", "report.facts_loss=-0.1"])
def test_knobs_out_of_range(tmp_path: Path, knob: str) -> None:
    with pytest.raises(UserError, match=knob.split("=")[0]):
        run_stage(tmp_path, "report", *HERE, knob)


def test_without_an_evaluation(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="stage=evaluate"):
        run_stage(tmp_path, "report", "run=empty")


def test_an_opponent_is_never_the_model_that_is_judged(tmp_path: Path) -> None:
    """Before an aligner ran, the last one measured is the file of replies; SFT is what is judged then."""
    evaluation = made_run(tmp_path, count=8)
    settings, _ = configured(tmp_path, "run=made")
    found = load(evaluation.path)
    found.metrics = {name: found.metrics["sft"] for name in ("base", "sft", "human")}
    found.fingerprints["against:human"] = "0" * 64
    assert report._final(found, settings) == "sft"
