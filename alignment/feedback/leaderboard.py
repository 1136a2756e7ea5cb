"""Models ranked by what people preferred. Pure: no database."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from alignment.stats import bradley_terry


@dataclass(frozen=True)
class Standing:
    """One model. strength: Bradley-Terry, natural log, mean 0, with its interval; wins, losses, ties: pairs."""

    model: str
    strength: float
    low: float
    high: float
    wins: int
    losses: int
    ties: int


@dataclass(frozen=True)
class Leaderboard:
    """Best first. problem: why there are no strengths (a model that never lost, two groups never compared);
    `rows` then hold the counts, with NaN strengths. separable: pairs of models whose difference is clear.
    """

    tag: str | None
    value: str | None
    comparisons: int
    rows: tuple[Standing, ...]
    separable: tuple[tuple[str, str], ...]
    problem: str


@dataclass(frozen=True)
class Game:
    """Two models compared once on an item. strength: above 0 the first won, 0 a tie."""

    item: int
    first: str
    second: str
    strength: int


def leaderboard_of(
    games: Sequence[Game], confidence: float = 0.95, tag: str | None = None, value: str | None = None
) -> Leaderboard:
    """Bradley-Terry strengths of the models, ties as half a win each way (see `stats.bradley_terry`)."""
    models = sorted({model for game in games for model in (game.first, game.second)})
    number = {model: n for n, model in enumerate(models)}
    wins: Counter[str] = Counter()
    losses: Counter[str] = Counter()
    ties: Counter[str] = Counter()
    won, lost, tied = [], [], []
    for game in games:
        if not game.strength:
            ties.update((game.first, game.second))
            tied.append((number[game.first], number[game.second]))
            continue
        best, worst = (game.first, game.second) if game.strength > 0 else (game.second, game.first)
        wins[best] += 1
        losses[worst] += 1
        won.append(number[best])
        lost.append(number[worst])
    nothing = np.full(len(models), math.nan)
    strengths, low, high, problem = nothing, nothing, nothing, ""
    separable: list[tuple[str, str]] = []
    try:
        found = bradley_terry(won, lost, len(models), ties=np.array(tied).reshape(-1, 2), confidence=confidence)
    except ValueError as error:
        problem = named(str(error), models) if len(models) > 1 else "no two models were compared yet"
    else:
        strengths, low, high = found.strengths, found.low, found.high
        order = sorted(range(len(models)), key=lambda n: -strengths[n])
        separable = [(models[a], models[b]) for a, b in combinations(order, 2) if found.separable[a, b]]
    rows = [
        Standing(model, float(strengths[n]), float(low[n]), float(high[n]), wins[model], losses[model], ties[model])
        for model, n in number.items()
    ]
    rows.sort(key=lambda row: (-row.strength if not math.isnan(row.strength) else -row.wins + row.losses, row.model))
    return Leaderboard(tag, value, len(games), tuple(rows), tuple(separable), problem)


def named(problem: str, models: Sequence[str]) -> str:
    """The message of `bradley_terry` with models' names for its item numbers, in a line."""
    words = problem.replace("\n", "; ").split(" ")
    seen_item = False
    made = []
    for word in words:
        bare = word.rstrip(",:")
        if seen_item and bare.isdigit() and int(bare) < len(models):
            word = word.replace(bare, models[int(bare)])
        elif bare in ("item", "items"):
            seen_item = True
            continue
        elif bare != "…":
            seen_item = False
        made.append(word)
    return " ".join(made)
