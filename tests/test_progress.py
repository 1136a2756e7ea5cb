"""What a person sees while a stage works."""

import sys

import pytest

from alignment import progress
from alignment.progress import Progress, clock


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (59.9, "59.9 s"), (60, "1 min 00 s"), (3599, "59 min 59 s"), (3660, "1 h 01 min")],
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_lines_with_time_left(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    shown = Progress("sft")
    shown.start(10, "steps")
    shown.step()  # at 0 s: too early for a line
    now[0] = 12.0
    shown.step(2, note="loss 1.25")  # 3 of 10 in 12 s: 7 left take 28 s
    now[0] = 13.0
    shown.step()
    shown.done()
    assert capsys.readouterr().err == "  sft: steps 3/10, 28.0 s left, loss 1.25\n"


def test_without_a_total(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    shown = Progress("prepare")
    shown.start(0, "rows")
    shown.step(5)
    assert capsys.readouterr().err == "  prepare: rows 5\n"


def test_a_bar_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    shown = Progress("dpo")
    shown.start(2, "steps")
    shown.step(note="loss 0.5")
    shown.start(3, "prompts")  # ends the first bar
    shown.done()
    out = capsys.readouterr().err
    assert "dpo: steps" in out and "dpo: prompts" in out
