"""Win rates of one model over another on the same prompts, by several judges, and controlled for length.

| judge | an outcome |
|---|---|
| contract | the higher graded score wins, equal ones tie |
| reward | the higher score of the reward model wins |
| people | the side that more people preferred; simulated reviewers never count |
| model | an OpenAI-compatible judge asked in both orders; verdicts that depend on the order tie |

The figure by the contract is `win_rate_vs_<other>`, by another judge `win_rate_vs_<other>_by_<judge>`, and each has a
`length_controlled_` twin: the rate there would be if both replies were equally long.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from alignment import stats
from alignment.evaluation.pairing import Figure, Row, as_figure

Outcomes = dict[str, float]  # prompt id -> 1, 0.5, 0
BY_COLUMN = {"contract": "score", "reward": "reward"}


def by_score(rows: Sequence[Row], others: Sequence[Row], column: str) -> Outcomes:
    """The higher number wins; prompts that either side lacks are left out. Differences below 1e-9 are ties."""
    theirs = {row["id"]: row.get(column) for row in others}
    return {
        str(row["id"]): outcome(float(row[column]) - float(theirs[row["id"]]))
        for row in rows
        if row.get(column) is not None and theirs.get(row["id"]) is not None
    }


def outcome(difference: float) -> float:
    """1 above 0, 0.5 at it (to 1e-9), 0 below."""
    return float((np.sign(np.round(difference, 9)) + 1) / 2)


def win_figures(
    rows: Sequence[Row], others: Sequence[Row], name: str, outcomes: Mapping[str, Outcomes]
) -> dict[str, Figure]:
    """The figures over `name`, {figure: four numbers}. outcomes: by judge, as in the table above."""
    ours = {str(row["id"]): row["length"] for row in rows}
    theirs = {str(row["id"]): row["length"] for row in others}
    made: dict[str, Figure] = {}
    for judge, found in outcomes.items():
        if not found:
            continue
        figure = f"win_rate_vs_{name}" + ("" if judge == "contract" else f"_by_{judge}")
        won = np.array(list(found.values()))
        longer = np.array([ours[prompt] - theirs[prompt] for prompt in found], dtype=float)
        made[figure] = as_figure(stats.win_rate(won))
        made[f"length_controlled_{figure}"] = as_figure(stats.length_controlled_win_rate(won, longer))
    return made
