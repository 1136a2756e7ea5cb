"""Paired tests of models on the same prompts, corrected for their number.

Every test asks of one figure whether two models differ on the same prompts: McNemar's exact test for shares, Fisher's
randomisation test for means (`stats.paired_test`). All tests of an evaluation are one family, and Holm's step-down
procedure (1979) keeps the chance of even one false finding among them at 5 %.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from alignment import stats
from alignment.evaluation.pairing import as_figure, paired

ALPHA = 0.05
RESAMPLES = 5000  # the smallest p is 1/5001, small enough for some two hundred tests
TESTED = {  # figure: the rows' column it is the mean of
    "voice": "passed",
    "score": "score",
    "needless_apology": "needless_apology",
    "policy_speak": "policy_speak",
    "over_promising": "over_promising",
    "wrong_greeting": "wrong_greeting",
    "facts": "facts",
    "refusal": "refusal",
    "reward": "reward",
    "reward_heldout": "reward_heldout",
    "length": "length",
    "chrf": "chrf",
}


def compare(
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
    references: Sequence[str] = ("base", "sft"),
    tested: Mapping[str, str] = TESTED,
) -> list[dict[str, Any]]:
    """Every model against every reference that comes before it, figure by figure. tested: {figure: the rows' column}.

    Returns:
        Rows {"model", "other", "figure", "difference": {value, low, high, n} (model minus other), "p", "p_holm",
        "differs"}; `differs` is p_holm <= 0.05.
    """
    names = list(rows)
    found = []
    for place, model in enumerate(names):
        for other in (name for name in names[:place] if name in references):
            for figure, column in tested.items():
                ours, theirs = paired(rows[model], rows[other], column)
                if ours.size:
                    difference = as_figure(stats.paired_difference(ours, theirs))
                    p = stats.paired_test(ours, theirs, resamples=RESAMPLES)
                    found.append({"model": model, "other": other, "figure": figure, "difference": difference, "p": p})
    return corrected(found)


def corrected(tests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows with "p_holm" and "differs"; they are one family of tests."""
    adjusted = stats.holm(np.array([test["p"] for test in tests])) if tests else []
    return [test | {"p_holm": float(p), "differs": bool(p <= ALPHA)} for test, p in zip(tests, adjusted, strict=True)]
