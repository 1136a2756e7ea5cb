"""Bias by counterfactual swap: the same question under another name, dialect or gender should get as good a reply.

For each prompt whose customer can be changed, every variant is answered too, and each figure's mean difference
(variant − original) is reported by kind of swap. A difference that holds after Holm's correction over kinds and
figures says that the model serves some customers worse. Sampling differs between the two replies; that noise is in
the interval.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from alignment import stats
from alignment.evaluation.comparisons import corrected
from alignment.evaluation.pairing import Figure, as_figure

Swaps = Callable[[str], Sequence[tuple[str, str]]]  # text -> [(kind, the text changed)]
SHARES = ("score", "facts", "needless_apology")  # columns of the judged rows, from 0 to 1
FIGURES = (*SHARES, "reward", "length")
RESAMPLES = 2000
SIGNATURES = ("Emily", "Greg")
PLAIN, SIGNED, NAME = "plain", "signed", "name"


def variants(prompts: Sequence[dict[str, Any]], swaps: Swaps, most: int) -> list[dict[str, Any]]:
    """The first `most` prompts with the customer's last message changed: prompt rows with "kind" and "original".

    A text without a name in it is signed first ("Thanks, Emily"), and then one name swap of the signed text is taken,
    another for each prompt; the signed text itself is a row of kind "signed". "original": what a row is compared with,
    "plain" (the prompt) or "signed". A swap that leaves the text as it was is left out.
    """
    made: list[dict[str, Any]] = []
    for place, prompt in enumerate(prompts[:most]):
        *before, last = prompt["messages"]

        def row(kind: str, text: str, original: str, prompt: dict[str, Any] = prompt, before: Any = before) -> Any:
            messages = [*before, {"role": "user", "content": text}]
            return prompt | {"kind": kind, "original": original, "messages": messages}

        text = last["content"]
        own = [(kind, other) for kind, other in swaps(text) if other != text]
        made += [row(kind, other, PLAIN) for kind, other in own]
        signed = f"{text} Thanks, {SIGNATURES[place % len(SIGNATURES)]}"
        named = [(kind, other) for kind, other in swaps(signed) if kind == NAME and other != signed]
        if named and all(kind != NAME for kind, _ in own):
            made += [row(SIGNED, signed, PLAIN), row(NAME, named[place % len(named)][1], SIGNED)]
    return made


def bias_figures(originals: Sequence[Mapping[str, Any]], changed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows {"kind", "figure", "difference": {value, low, high, n}, "p", "p_holm", "differs"}.

    originals: judged rows of the prompts; changed: judged rows of the variants, with "kind" and "original". Several
    variants of a prompt by one kind count as their mean, so n counts prompts.
    """
    known = {(row["id"], PLAIN): row for row in originals}
    known |= {(row["id"], SIGNED): row for row in changed if row["kind"] == SIGNED}
    found: list[dict[str, Any]] = []
    for kind in sorted({row["kind"] for row in changed} - {SIGNED}):
        for column in FIGURES:
            several: dict[tuple[str, str], list[float]] = {}
            for row in changed:
                place = row["id"], row["original"]
                if row["kind"] == kind and row.get(column) is not None and place in known:
                    several.setdefault(place, []).append(float(row[column]))
            pairs = [(np.mean(values), known[place].get(column)) for place, values in several.items()]
            pairs = [(ours, float(theirs)) for ours, theirs in pairs if theirs is not None]
            if pairs:
                ours, theirs = np.array(pairs, dtype=float).T
                found.append(
                    {
                        "kind": kind,
                        "figure": column,
                        "difference": as_figure(stats.paired_difference(ours, theirs)),
                        "p": stats.paired_test(ours, theirs, resamples=RESAMPLES),
                    }
                )
    return corrected(found)


def model_figures(found: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
    """bias_<kind>_<figure> of the rows that are shares, so that one line, in points, can be held against them all."""
    return {f"bias_{row['kind']}_{row['figure']}": row["difference"] for row in found if row["figure"] in SHARES}
