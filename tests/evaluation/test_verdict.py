import pytest

from alignment.evaluation.verdict import Answer, Criterion, Outcome, judge

VOICE = Criterion(figure="voice", line=0.9, words="voice")
FACTS = Criterion(figure="facts_minus_base", line=-0.02, part="low", words="facts")
OPENER = Criterion(figure="top_opener", line=0.6, at_most=True, words="opener")


def figure(value: float, low: float | None, high: float | None) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high, "n": 100}


@pytest.mark.parametrize(
    ("criterion", "found", "outcome"),
    [
        (VOICE, figure(0.9, 0.85, 0.94), Outcome.passed),
        (VOICE, figure(0.88, 0.83, 0.92), Outcome.unclear),
        (VOICE, figure(0.8, 0.74, 0.85), Outcome.missed),
        (VOICE, figure(0.8, None, None), Outcome.missed),
        (FACTS, figure(0.0, -0.01, 0.01), Outcome.passed),
        (FACTS, figure(0.0, -0.03, 0.03), Outcome.unclear),
        (FACTS, figure(-0.08, -0.12, -0.04), Outcome.missed),
        (OPENER, figure(0.6, 0.5, 0.7), Outcome.passed),
        (OPENER, figure(0.7, 0.55, 0.8), Outcome.unclear),
        (OPENER, figure(0.9, 0.8, 0.95), Outcome.missed),
    ],
)
def test_outcomes(criterion: Criterion, found: dict[str, float | None], outcome: Outcome) -> None:
    assert criterion.test({criterion.figure: found}).outcome is outcome


def test_absent_is_no_pass() -> None:
    assert VOICE.test({}).outcome is Outcome.absent
    assert VOICE.test({"voice": figure(float("nan"), None, None) | {"value": None}}).outcome is Outcome.absent
    assert judge("dpo", {}, [VOICE]).answer is Answer.undecided


def test_answers_and_their_reasons() -> None:
    good, close, bad = figure(0.95, 0.93, 0.97), figure(0.88, 0.83, 0.92), figure(0.5, 0.4, 0.6)
    opener = {"top_opener": figure(0.3, 0.2, 0.4)}
    assert judge("dpo", {"voice": good} | opener, [VOICE, OPENER]).sentence == "dpo meets all 2 criteria."
    undecided = judge("dpo", {"voice": close} | opener, [VOICE, OPENER])
    assert undecided.answer is Answer.undecided and "Still open: voice" in undecided.sentence
    no = judge("dpo", {"voice": bad} | opener, [VOICE, OPENER])
    assert no.answer is Answer.no and "meets 1 of 2" in no.sentence and "misses: voice" in no.sentence
