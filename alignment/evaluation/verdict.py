"""Is the new voice better? Each criterion with its number, passed or missed, and the answer in one word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Figures = Mapping[str, Mapping[str, Any]]  # of one model: {figure: {"value", "low", "high", "n"}}


class Outcome(StrEnum):
    passed = "passed"
    missed = "missed"
    unclear = "unclear"  # missed, yet the interval reaches across the line
    absent = "not measured"


class Answer(StrEnum):
    yes = "yes"
    no = "no"
    undecided = "undecided"


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """`part` of `figure` ("value", or "low": its interval's lower end) must be at least (or at most) `line`."""

    figure: str
    line: float
    words: str  # what it asks, for the owner
    part: str = "value"
    at_most: bool = False

    def test(self, figures: Figures) -> "Finding":
        """Missed, but with an interval that reaches the line at its better end, is unclear: more prompts may tell."""
        figure = figures.get(self.figure)
        found = None if figure is None else figure.get(self.part)
        if figure is None or found is None:
            return Finding(self, None, Outcome.absent)
        better = figure.get("low" if self.at_most else "high")
        if self._meets(found):
            outcome = Outcome.passed
        elif better is not None and self._meets(better):
            outcome = Outcome.unclear
        else:
            outcome = Outcome.missed
        return Finding(self, figure, outcome)

    def _meets(self, number: float) -> bool:
        return number <= self.line if self.at_most else number >= self.line


@dataclass(frozen=True)
class Finding:
    """A criterion, the figure it was tested on (None where it was not measured), and what came of it."""

    criterion: Criterion
    figure: Mapping[str, Any] | None
    outcome: Outcome


@dataclass(frozen=True)
class Verdict:
    """The answer about one model, and the findings it rests on."""

    model: str
    answer: Answer
    findings: tuple[Finding, ...]

    def named(self, *outcomes: Outcome) -> list[Finding]:
        return [finding for finding in self.findings if finding.outcome in outcomes]

    @property
    def sentence(self) -> str:
        """The answer with its reason, in a sentence or two."""
        total = len(self.findings)
        passed = len(self.named(Outcome.passed))
        missed, open_ = self.named(Outcome.missed), self.named(Outcome.unclear, Outcome.absent)
        if self.answer is Answer.yes:
            return f"{self.model} meets all {total} criteria."
        names = "; ".join(finding.criterion.words for finding in missed or open_)
        if self.answer is Answer.no:
            return f"{self.model} meets {passed} of {total} criteria. It misses: {names}."
        return f"{self.model} meets {passed} of {total} criteria and clearly misses none. Still open: {names}."


def judge(model: str, figures: Figures, criteria: Sequence[Criterion]) -> Verdict:
    """yes: every criterion passed. no: at least one clearly missed. undecided: otherwise, or nothing to judge by."""
    findings = tuple(criterion.test(figures) for criterion in criteria)
    outcomes = {finding.outcome for finding in findings}
    if Outcome.missed in outcomes:
        answer = Answer.no
    elif outcomes == {Outcome.passed}:
        answer = Answer.yes
    else:
        answer = Answer.undecided
    return Verdict(model, answer, findings)
