"""report.html and data_card.md of a prepared dataset: what came in, what went out, and why the rest did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from alignment.artifact import write_text_atomic
from alignment.data.rows import BUCKETS, RowStats
from alignment.data.splits import SPLITS

FOLDER = Path(__file__).parent
SHOWN = 20  # agents and intents in the balance tables
DOMINATES = 0.6  # share of one agent, intent or source that is worth a warning
MIXED = 0.05  # share of other languages that is
LOST = 0.05  # share of replies left out for a placeholder that is
HELD_OUT = 30  # rows a held-out split should have


@dataclass(kw_only=True)
class Summary:
    """All that the two files say. examples: redacted texts by reason; refusals: (file, line, reason)."""

    run: str
    seed: int
    sources: Sequence[str]
    ignored: Sequence[str]
    metrics: dict[str, Any]
    stats: RowStats
    languages: Mapping[str, int]
    files: Mapping[str, int]
    examples: Mapping[str, Sequence[str]]
    refusals: Sequence[tuple[str, int, str]]
    settings: Mapping[str, Any]


@dataclass(kw_only=True)
class Bar:
    """One line of a chart: share is of the largest bar, 0 to 100."""

    label: str
    count: int
    share: float
    note: str = ""


def bars(counts: Mapping[str, int], notes: Mapping[str, str] | None = None) -> list[Bar]:
    """Bars in the order of `counts`."""
    most = max(counts.values(), default=0) or 1
    return [
        Bar(label=label, count=count, share=100 * count / most, note=(notes or {}).get(label, ""))
        for label, count in counts.items()
    ]


def histogram(counts: Counter[int]) -> list[Bar]:
    """Bars for buckets given by their lower bounds."""
    used = [low for low in BUCKETS if low <= max(counts, default=0)]
    labels = {low: f"{low}" if low == 1 else f"{low} to {2 * low - 1}" for low in used}
    if BUCKETS[-1] in labels:
        labels[BUCKETS[-1]] = f"{BUCKETS[-1]} and more"
    return bars({labels[low]: counts[low] for low in used})


def top(counts: Counter[str], notes: Mapping[str, str] | None = None) -> list[Bar]:
    """The most frequent labels; "" is shown as (none)."""
    named = {label or "(none)": count for label, count in counts.most_common(SHOWN)}
    return bars(named, {label or "(none)": note for label, note in (notes or {}).items()})


def funnel(metrics: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """(why dialogues went, how many before, how many after), in the order of the steps."""
    count = metrics["rows_in"]
    steps = [("refused", metrics["refused"]), *metrics["dropped"].items()]
    found = []
    for name, gone in steps:
        found.append((name, count, count - gone))
        count -= gone
    return found


def warnings(
    metrics: Mapping[str, Any], stats: RowStats, languages: Mapping[str, int], files: Mapping[str, int]
) -> list[str]:
    """What an owner should look at, with the number that says so."""
    found: list[str] = []
    rows = sum(metrics["examples"][split] for split in SPLITS)
    out, read = metrics["rows_out"], metrics["rows_in"]
    if read and out < 0.7 * read:
        found.append(f"{100 - 100 * out / read:.0f} % of the dialogues were refused or dropped.")
    if out >= 20 and metrics["duplicates"]["largest_group"] > 0.2 * out:
        found.append(f"One group of near duplicates holds {metrics['duplicates']['largest_group']} of {out} dialogues.")
    if unsettled := metrics["duplicates"]["unsettled"]:
        why = "so many are of one kind that not all were compared"
        found.append(f"{unsettled} dialogues and those alike to them stay in training: {why}.")
    invented = metrics["examples"]["dropped"]["invented_placeholder"]
    if invented > LOST * (rows + invented):
        why = "they hold personal data that nothing before them has"
        found.append(f"{invented} replies were not learned from, since {why}: prepare.keep names what is no secret.")
    for what, counts in (("agent", stats.agents), ("intent", stats.intents)):
        found += _dominates(what, counts, rows, "rows")
    found += _dominates("source", files, sum(files.values()), "dialogues")
    known = {code: count for code, count in languages.items() if code}
    if len(known) > 1:
        main, count = max(known.items(), key=lambda item: item[1])
        rest = sum(known.values()) - count
        if rest > MIXED * sum(known.values()):
            share = 100 * rest / sum(known.values())
            found.append(f"{share:.0f} % of the dialogues whose language can be told are not in {main}.")
    short = stats.reply_words[1] + stats.reply_words[2]
    if rows >= 20 and short > 0.3 * rows:
        found.append(f"{100 * short / rows:.0f} % of the replies have three words or fewer.")
    if rows and min(metrics["examples"][split] for split in SPLITS[1:]) < HELD_OUT:
        sizes = ", ".join(f"{metrics['examples'][split]} {split}" for split in SPLITS[1:])
        found.append(f"Few held-out rows: {sizes}. Figures on fewer than {HELD_OUT} are rough.")
    held_out = sum(metrics["examples"][split] for split in SPLITS[1:])
    if held_out and metrics["leakage"]["turns"] > 0.1 * held_out:
        n = metrics["leakage"]["turns"]
        found.append(f"{n} of {held_out} held-out rows have a question and reply that also stand in training.")
    if metrics["leakage"]["dialogues"]:
        found.append(f"{metrics['leakage']['dialogues']} held-out dialogues are alike to one in training.")
    if metrics["leakage"]["prompts"]:
        found.append(f"{metrics['leakage']['prompts']} held-out prompts stand in a training row.")
    return found


def _dominates(what: str, counts: Mapping[str, int], total: int, unit: str) -> list[str]:
    """A warning when one of several labels has more than DOMINATES of all."""
    label, count = max(counts.items(), key=lambda item: item[1], default=("", 0))
    if label and len(counts) > 1 and count > DOMINATES * total:
        return [f"The {what} {label} has {100 * count / total:.0f} % of the {unit}."]
    return []


def write_report(folder: Path, summary: Summary) -> None:
    """Write report.html (self-contained, every value escaped) and data_card.md into `folder`."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = lambda text: " ".join(text.replace("<", "&lt;").split())  # markdown passes tags on
    stats = summary.stats
    words = {agent: f"{stats.agent_words[agent] / count:.1f} words a reply" for agent, count in stats.agents.items()}
    values = {
        "summary": summary,
        "m": summary.metrics,
        "warnings": warnings(summary.metrics, stats, summary.languages, summary.files),
        "funnel": funnel(summary.metrics),
        "languages": top(Counter(summary.languages)),
        "files": top(Counter(summary.files)),
        "splits": SPLITS,
        "reply_words": histogram(stats.reply_words),
        "turns": histogram(stats.turns),
        "agents": top(stats.agents, words),
        "intents": top(stats.intents),
        "personal": bars(summary.metrics["redacted"]),
    }
    for template, name in (("report.html.j2", "report.html"), ("data_card.md.j2", "data_card.md")):
        write_text_atomic(folder / name, environment.get_template(template).render(values))
