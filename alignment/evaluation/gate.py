"""The gate before production: rules on an evaluation's figures, each passed or failed with its number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

Figure = Mapping[str, Any]  # {"value", "low", "high", "n"}


@dataclass(frozen=True)
class Rule:
    """`figure` (a pattern such as bias_* names several) must be at least, or at most, a line.

    by: what is held against the line: "value"; "worst", the end of the interval that speaks against the model, so
    that the data have to prove it; "best", the other end, so that only a clear miss fails.
    required: without the figure the gate is not passed.
    """

    name: str
    figure: str
    by: str
    at_least: float | None
    at_most: float | None
    required: bool

    def number(self, figure: Figure, lower: bool) -> float | None:
        """The number that is held against a line; lower: the line is a lower one (`at_least`)."""
        ends = {"value": "value", "worst": "low" if lower else "high", "best": "high" if lower else "low"}
        found = figure.get(ends[self.by])
        return None if found is None else float(found)

    def outcome(self, figure: Figure) -> str:
        """passed or failed; absent where only a clear miss fails and the interval that could tell is undetermined."""
        beyond = []  # how far the wrong side of each line
        for line, lower in ((self.at_least, True), (self.at_most, False)):
            if line is None:
                continue
            found = self.number(figure, lower)
            if found is None:
                return "absent" if self.by == "best" else "failed"
            beyond.append(line - found if lower else found - line)
        return "failed" if max(beyond) > 0 else "passed"


@dataclass(frozen=True)
class Check:
    """One figure held against one rule. outcome: passed, failed, or absent (not measured, or not determined)."""

    rule: str
    figure: str
    outcome: str
    value: float | None
    low: float | None
    high: float | None
    line: str  # in words, such as "low >= 0.5"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def test(rules: Sequence[Rule], figures: Mapping[str, Figure]) -> list[Check]:
    """Every rule on every figure it names, in order."""
    checks = []
    for rule in rules:
        names = sorted(name for name in figures if fnmatchcase(name, rule.figure))
        line = line_of(rule)
        if not names:
            checks.append(Check(rule.name, rule.figure, "absent", None, None, None, line))
        for name in names:
            one = figures[name]
            ends = (one.get("value"), one.get("low"), one.get("high"))
            checks.append(Check(rule.name, name, rule.outcome(one), *ends, line))
    return checks


def passed(rules: Sequence[Rule], checks: Sequence[Check]) -> bool:
    """Nothing failed, and nothing that is required is absent. No rule at all passes nothing."""
    required = {rule.name for rule in rules if rule.required}
    bad = [c for c in checks if c.outcome == "failed" or (c.outcome == "absent" and c.rule in required)]
    return bool(checks) and not bad


def line_of(rule: Rule) -> str:
    """The rule in words: "low >= 0.5 and high <= 0.9"."""
    ends = {"value": ("value", "value"), "worst": ("low", "high"), "best": ("high", "low")}[rule.by]
    parts = []
    if rule.at_least is not None:
        parts.append(f"{ends[0]} >= {rule.at_least:g}")
    if rule.at_most is not None:
        parts.append(f"{ends[1]} <= {rule.at_most:g}")
    return " and ".join(parts)
