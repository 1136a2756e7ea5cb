"""The last lines of the loop, as plain text: figures before and after, three prompts side by side, what to do next."""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alignment.artifact import Artifact, read_jsonl

WIDTH = 100
NAME, COLUMN = 26, 23  # width of the figures' names and of a model's column
SHOWN = 3  # prompts
ROWS = (
    ("voice", "in the brand's voice", True),
    ("needless_apology", "needless apologies", True),
    ("facts", "facts right", True),
    ("win_rate_vs_sft", "wins over SFT", True),
    ("openers", "different openers", False),
    ("top_opener", "commonest opener", True),
    ("length", "words a reply", False),
    ("reward", "reward", False),
    ("kl", "KL to SFT, nats", False),
    ("perplexity", "perplexity", False),
)


def summary_text(
    evaluation: Artifact,
    report_path: Path,
    run: str,
    ratings_simulated: bool,
    *,
    verdict: str = "",
    final: str | None = None,
) -> str:
    """What is printed when the loop ends, at most 100 columns wide.

    Args:
        evaluation: artifact of `evaluate`, with its replies/<model>.jsonl.
        report_path: where the report lies.
        run: name of the run, for the commands shown.
        ratings_simulated: whether the preferences rest on simulated reviewers.
        verdict: the report's answer in a sentence, shown first.
        final: the model shown beside base and SFT; None: the last one evaluated.
    """
    models = list(evaluation.metrics)
    final = final or models[-1]
    parts = [_filled(f"Is the new voice better? {verdict}"), ""] if verdict else []
    parts += [*table(evaluation.metrics), "  brackets: 95 % intervals", ""]
    shown = list(dict.fromkeys(name for name in ("base", "sft", final) if name in models))
    for prompt in prompts(evaluation, shown):
        parts += [*prompt, ""]
    parts.append(f"report   {report_path}")
    if ratings_simulated:
        parts.append("ratings  by SIMULATED reviewers; collect people's with: python -m feedback_app")
        parts.append("         then train on them: python -m alignment.run force=true")
    parts.append(f"next     {next_command(run, final)}")
    return "\n".join(parts)


def table(metrics: Mapping[str, Any]) -> list[str]:
    """Lines of the table of figures, a column a model; models that do not fit get a table of their own below."""
    models, fit = list(metrics), (WIDTH - NAME) // COLUMN
    lines: list[str] = []
    for start in range(0, len(models), fit):
        chosen = models[start : start + fit]
        lines += [""] if start else []
        lines.append((" " * NAME + "".join(f"{name[: COLUMN - 1]:<{COLUMN}}" for name in chosen)).rstrip())
        for figure, name, share in ROWS:
            cells = [_cell(metrics[model].get(figure), share) for model in chosen]
            if any(cells):
                lines.append((f"{'  ' + name:<{NAME}}" + "".join(f"{c or '-':<{COLUMN}}" for c in cells)).rstrip())
    return lines


def prompts(evaluation: Artifact, models: list[str]) -> list[list[str]]:
    """Three held-out prompts, of different intents where there are, each with the models' replies in columns."""
    rows = {name: read_jsonl(evaluation.path / "replies" / f"{name}.jsonl") for name in models}
    by_id = {name: {row["id"]: row for row in own} for name, own in rows.items()}
    first = rows[models[0]]
    one_each = list({row.get("intent"): row for row in reversed(first)}.values())
    chosen = sorted(one_each, key=first.index)[:SHOWN]
    chosen += [row for row in first if row not in chosen][: SHOWN - len(chosen)]
    made = []
    for row in chosen:
        asked = next((m["content"] for m in reversed(row["messages"]) if m["role"] == "user"), "")
        lines = [_filled(f"customer: {printable(asked)}")]
        made.append(lines + columns({name: by_id[name][row["id"]]["reply"] for name in models}))
    return made


def columns(texts: Mapping[str, str]) -> list[str]:
    """Texts side by side under their names, wrapped."""
    gap = 3
    width = (WIDTH - 2 - gap * (len(texts) - 1)) // max(1, len(texts))
    blocks = [[name, *(textwrap.wrap(printable(text), width) or ["(empty)"])] for name, text in texts.items()]
    height = max(len(block) for block in blocks)
    padded = [block + [""] * (height - len(block)) for block in blocks]
    return [
        ("  " + (" " * gap).join(f"{cell:<{width}}" for cell in line)).rstrip() for line in zip(*padded, strict=True)
    ]


def printable(text: str) -> str:
    """The text on one line, without the control characters that could move a terminal's cursor."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def next_command(run: str, final: str) -> str:
    """A command worth trying next: the same run with another strength of DPO, or what else there is."""
    if final == "dpo":
        return f"python -m alignment.run run={run}/second dpo.beta=0.1"
    return "python -m alignment.run --help"


def _cell(figure: Mapping[str, Any] | None, share: bool) -> str:
    if figure is None or figure["value"] is None:
        return ""
    scale, unit = (100.0, " %") if share else (1.0, "")
    text = f"{_number(figure['value'] * scale)}{unit}"
    if figure["low"] is None or figure["high"] is None:
        return text
    return f"{text} [{_number(figure['low'] * scale)}, {_number(figure['high'] * scale)}]"


def _number(value: float) -> str:
    """Three digits or so: 0.42, 23.5, 1234; whole numbers without a point."""
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}"


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent="  ")
