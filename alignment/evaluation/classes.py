"""Tasks with labels: what a reply says is read as a class, then accuracy, precision, recall and F1."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from alignment import stats
from alignment.stats import Estimate
from alignment.stats.intervals import bootstrap_interval, with_width
from alignment.voice.folding import fold

RESAMPLES = 400
NONE = ""  # no label, or more than one, stands in the reply: always wrong


def predicted(reply: str, labels: Sequence[str]) -> str:
    """The one label that the reply says; `NONE` where it says none or several.

    Case and spacing are folded; a label inside a longer word, or inside a longer label that is said, does not count.
    """
    text = fold(reply)
    said = [label for label in labels if re.search(rf"(?<!\w){re.escape(fold(label))}(?!\w)", text)]
    longest = [one for one in said if not any(one != other and fold(one) in fold(other) for other in said)]
    return longest[0] if len(longest) == 1 else NONE


def classification(rows: Sequence[Mapping[str, Any]]) -> dict[str, Estimate]:
    """accuracy (Wilson), and precision, recall, f1 as the mean over classes (bootstrap of prompts).

    rows: "label" the right class, "predicted" what the reply said; rows without a label are left out. Computed by
    scikit-learn over the classes that are some row's label, a class never predicted counting 0.
    """
    known = [row for row in rows if row.get("label") is not None]
    if not known:
        return {}
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    right, said = np.array([row["label"] for row in known]), np.array([row["predicted"] for row in known])
    labels = sorted(set(right))

    def means(weights: np.ndarray | None = None) -> np.ndarray:
        found = precision_recall_fscore_support(
            right, said, labels=labels, average="macro", sample_weight=weights, zero_division=0.0
        )
        return np.array(found[:3])

    ends = {
        name: bootstrap_interval(
            lambda weights, i=i: np.array([means(one)[i] for one in weights]), len(known), RESAMPLES
        )
        for i, name in enumerate(("precision", "recall", "f1"))
    }
    values = dict(zip(ends, means(), strict=True))
    accuracy = stats.wilson(round(float(accuracy_score(right, said)) * len(known)), len(known))
    made = {name: with_width(Estimate(float(values[name]), *ends[name], len(known)), len(known)) for name in ends}
    return {"accuracy": accuracy} | made
