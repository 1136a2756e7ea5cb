"""The dashboard's panels: figures as tiles, charts and tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from alignment.feedback.measures.figures import Leaderboard, Progress, Quality
from feedback_app import charts
from feedback_app.charts import Bar
from feedback_app.render import plain
from feedback_app.tables import status, table

REVIEWERS = (
    *("Reviewer", "Ratings", "Skipped", "Seconds", "Too fast", "Ties"),
    *("Agreement", "Left", "Gold", "Repeats", "z", "Last"),
)
BOARD = ("Model", "Strength", "95 %", "Wins", "Losses", "Ties")


def share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def number(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.2f}"


def tiles(progress: Progress, quality: Quality) -> str:
    made = (
        (f"{progress.counted:,} of {progress.wanted:,}", "ratings made"),
        (f"{progress.complete:,} of {progress.tasks:,}", "tasks complete"),
        (f"{progress.open:,}", "open now"),
        (number(quality.alpha), "Krippendorff's alpha (ordinal)"),
        (number(quality.kappa), "Fleiss' kappa"),
        (share(quality.same_side), f"same side, of {quality.same_side_pairs:,} shared (people: 63–77 %)"),
        (share(quality.ties), "ties"),
        (share(quality.both_bad), "both bad"),
    )
    cards = "".join(f'<div class="card"><b>{plain(value)}</b><span>{plain(name)}</span></div>' for value, name in made)
    return f'<div class="at tiles">{cards}</div>'


def progress_charts(progress: Progress) -> str:
    days = [Bar(day, count, f"{count:,}") for day, count in sorted(progress.days.items())[-14:]]
    spread = [
        Bar(f"{ratings} rating{'s' if ratings != 1 else ''}", tasks, f"{tasks:,}")
        for ratings, tasks in sorted(progress.histogram.items())
    ]
    rest = [
        ["Skipped", progress.skipped],
        ["Leases run out", progress.expired],
        ["Late ratings", progress.late],
        ["Beyond an item's number (left out of exports)", progress.surplus],
        ["Hidden repeats", progress.repeats],
        ["Gold items rated", progress.gold],
    ]
    return side_by_side(
        charts.bars("Ratings a day (UTC)", days), charts.bars("Tasks by ratings they have", spread)
    ) + section("Besides", table(("What", "Count"), rest))


def side_by_side(*drawn: str) -> str:
    return f'<div class="at charts">{"".join(drawn)}</div>'


def section(title: str, inner: str) -> str:
    return f'<section class="at part"><h2>{plain(title)}</h2>{inner}</section>'


def quality_charts(quality: Quality) -> str:
    bias = quality.bias
    left = [] if bias.share is None else [Bar("Left wins", bias.share, share(bias.share), bias.low, bias.high)]
    said = (
        "No decided pair yet."
        if bias.p is None
        else f"{bias.left} left, {bias.right} right; p = {bias.p:.3f} (exact binomial)."
    )
    rows = [
        [
            one.name,
            one.ratings,
            one.skipped,
            one.seconds,
            one.too_fast,
            share(one.ties),
            f"{share(one.agreement)} of {one.agreement_pairs}",
            share(one.left),
            f"{share(one.gold)} of {one.gold_items}",
            f"{share(one.consistency)} of {one.repeats}",
            one.outlier_z,
            when(one.last),
        ]
        for one in quality.reviewers
    ]
    agreement = [
        Bar(one.name, one.agreement, share(one.agreement)) for one in quality.reviewers if one.agreement is not None
    ]
    kappas = [[one, other, pairs, kappa] for one, other, pairs, kappa in quality.cohen]
    alphas = [[name, value] for name, value in quality.alpha_by.items()]
    drawn = side_by_side(
        charts.bars("Position bias: share won by the left, with 95 %", left, top=1.0, mark=0.5),
        charts.bars("Agreement with others, by reviewer", agreement, top=1.0),
    )
    return (
        f'{drawn}<p class="at small muted">{plain(said)}</p>'
        + section("Reviewers", table(REVIEWERS, rows, stacked=True))
        + (section("Cohen's kappa, two by two", table(("One", "Other", "Pairs", "Kappa"), kappas)) if kappas else "")
        + (section("Krippendorff's alpha of rankings and scores", table(("Of", "Alpha"), alphas)) if alphas else "")
    )


def when(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")


def leaderboard(found: Leaderboard) -> str:
    title = "Bradley-Terry strength, with 95 %" + (f": {found.tag} = {found.value}" if found.tag else "")
    rows = [Bar(one.model, one.strength, number(one.strength), one.low, one.high) for one in found.rows]
    counts: Sequence[Sequence[object]] = [
        [
            one.model,
            None if math.isnan(one.strength) else one.strength,
            f"{number(one.low)} … {number(one.high)}",
            one.wins,
            one.losses,
            one.ties,
        ]
        for one in found.rows
    ]
    clear = "; ".join(f"{one} over {other}" for one, other in found.separable) or "none yet"
    return (
        f'<div class="at stack part">{status(found.problem, wrong=True)}'
        f"{charts.intervals(title, rows)}{table(BOARD, counts, stacked=True)}"
        f'<p class="muted small">{found.comparisons:,} comparisons; those of one prompt are not '
        f"counted as independent. Clear differences: {plain(clear)}.</p></div>"
    )
