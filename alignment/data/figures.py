"""The figures of a prepared dataset, as they stand in its artifact.json under `metrics`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alignment.data.assemble import Assembly
from alignment.data.dialogues import CLEANED, DIALOGUE_REASONS, Cleaner
from alignment.data.ledger import Ledger
from alignment.data.pairs import PAIR_REASONS
from alignment.data.personal.detectors import TYPES
from alignment.data.rows import Questions, RowFiles
from alignment.data.splits import SPLITS
from alignment.data.turns import TURN_REASONS


def dialogue_figures(assembly: Assembly, rows: RowFiles, questions: Questions) -> dict[str, Any]:
    """Of the transcripts and the training rows.

    rows_in, rows_out, refused and dropped count dialogues: rows_in = rows_out + refused + sum of dropped.
    duplicates.exact and .near are the same dialogues as dropped.duplicate_*; .unsettled are those of so many of one
    template that they have not all been compared, and stay in training with their groups. examples counts training
    rows (agent turns); examples.dropped the turns of remaining dialogues that became none. leakage counts what held-out
    parts share with training: dialogues by similarity (0 unless the bands missed a pair), rows by question and reply.
    """
    ledger, figures = assembly.ledger, assembly.figures
    return {
        "rows_in": ledger.rows_in,
        "rows_out": rows_out(ledger),
        "refused": ledger.refused,
        "dropped": with_zeros(ledger.dropped, DIALOGUE_REASONS),
        "redacted": with_zeros(assembly.redacted, TYPES),
        "duplicates": {
            "exact": ledger.dropped["duplicate_exact"],
            "near": figures["near"],
            "groups": figures["groups"],
            "largest_group": figures["largest_group"],
            "unsettled": figures["unsettled"],
        },
        "cleaned": with_zeros(assembly.changed, CLEANED),
        "renamed_ids": assembly.renamed,
        "examples": {**rows.counts, "dropped": with_zeros(ledger.parts, TURN_REASONS)},
        "leakage": {"dialogues": figures["crossing"], "turns": questions.shared_turns()},
    }


def pair_figures(ledger: Ledger, cleaner: Cleaner, files: RowFiles) -> dict[str, Any]:
    """Of the pairs. rows_in = rows_out + refused + sum of dropped; rows_out = the splits + those over the limit."""
    return {
        "rows_in": ledger.rows_in,
        "rows_out": rows_out(ledger),
        "refused": ledger.refused,
        "dropped": with_zeros(ledger.dropped, PAIR_REASONS),
        "redacted": with_zeros(cleaner.redacted, TYPES),
        **files.counts,
        "over_limit": ledger.parts["limit"],
    }


def rows_out(ledger: Ledger) -> int:
    """Records that were neither refused nor dropped."""
    return ledger.rows_in - ledger.refused - sum(ledger.dropped.values())


def with_zeros(counts: Mapping[str, int], names: Sequence[str]) -> dict[str, int]:
    """The counts, with 0 for every one of `names` that was not counted."""
    return {**dict.fromkeys(names, 0), **dict(sorted(counts.items()))}


def told(ledger: Ledger) -> str:
    """What became of the records, in a line, and why the first was refused."""
    parts = [f"{ledger.rows_in} read", f"{ledger.refused} refused"]
    parts += [f"{count} {reason}" for reason, count in (ledger.dropped + ledger.parts).most_common()]
    first = [f"; {name}:{line}: {reason}" for name, line, reason in ledger.refusals[:1]]
    return "".join([", ".join(parts), *first])


def headline(metrics: dict[str, Any]) -> dict[str, float]:
    """The figures for the tracker."""
    figures = {f"prepare/{name}": metrics[name] for name in ("rows_in", "rows_out", "refused")}
    for group in ("dropped", "duplicates", "redacted"):
        figures |= {f"prepare/{group}.{name}": value for name, value in metrics[group].items()}
    return figures | {f"prepare/{split}": metrics["examples"][split] for split in SPLITS}
