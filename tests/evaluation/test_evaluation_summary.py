from pathlib import Path

import pytest

from alignment.evaluation.pages.summary import columns, printable, summary_text
from tests.made_run import made_run


def test_says_before_and_after_prompts_report_and_next_step(tmp_path: Path) -> None:
    evaluation = made_run(tmp_path, count=8)
    text = summary_text(evaluation, Path("runs/made/report/report.html"), "made", True, verdict="YES: all good.")
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0] == "Is the new voice better? YES: all good."
    assert lines[2].split() == ["base", "sft", "dpo"]
    voice = next(line for line in lines if "in the brand's voice" in line)
    assert voice.count("[") == 3 and f"{evaluation.metrics['dpo']['voice']['value'] * 100:.0f}" in voice
    assert text.count("customer: ") == 3
    assert "report   runs/made/report/report.html" in lines
    assert "SIMULATED" in text and "python -m feedback_app" in text
    assert lines[-1] == "next     python -m alignment.run run=made/second dpo.beta=0.1"


def test_says_nothing_of_simulation_when_people_rated(tmp_path: Path) -> None:
    text = summary_text(made_run(tmp_path, count=4, simulated=False), Path("r.html"), "made", False)
    assert "SIMULATED" not in text and "better?" not in text


def test_columns_wrap_and_line_up() -> None:
    made = columns({"base": "one " * 20, "dpo": ""})
    assert made[0].split() == ["base", "dpo"]
    assert made[1].index("(empty)") == made[0].index("dpo")
    assert max(map(len, made)) <= 100 and len(made) == 3


@pytest.mark.parametrize("text", ["a\x1b[2Jb", "a\rb", "a\u202eb"])
def test_replies_cannot_move_the_cursor(text: str) -> None:
    assert printable(text).replace(" ", "").isprintable() and "\x1b" not in printable(text)
