"""Models ranked by what people preferred. Pure: no database."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from alignment.stats import BradleyTerry, bradley_terry
from alignment.stats.intervals import z_quantile

Floats = NDArray[np.float64]


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
    """Best first. Intervals allow for comparisons on one item that hang together (`inflation`). problem: why there are
    no strengths (a model that never lost, two groups never compared); `rows` then hold the counts, with NaN strengths.
    separable: pairs of models whose difference is clear.
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
    """Bradley-Terry strengths of the models, ties as half a win each way (see `stats.bradley_terry`).

    Of models in groups that were never compared with each other, such as those of live chats and those of imported
    replies, the group with the most comparisons has strengths, and `problem` names the others.
    """
    first, *others = connected(games) or [[]]
    made = _fitted(first, confidence, tag, value)
    apart = [row for one in others for row in _fitted(one, confidence, tag, value).rows]
    if not apart:
        return made
    nothing = [replace(row, strength=math.nan, low=math.nan, high=math.nan) for row in apart]
    told = f"never compared with the others: {', '.join(row.model for row in apart)}"
    problem = "; ".join(part for part in (made.problem, told) if part)
    return replace(made, comparisons=len(games), rows=(*made.rows, *nothing), problem=problem)


def connected(games: Sequence[Game]) -> list[list[Game]]:
    """The games by groups of models that are compared, if over others; those with the most games first."""
    group: dict[str, set[str]] = {}
    for game in games:
        joined = group.get(game.first, {game.first}) | group.get(game.second, {game.second})
        group.update(dict.fromkeys(joined, joined))
    made: dict[str, list[Game]] = {}
    for game in games:
        made.setdefault(min(group[game.first]), []).append(game)
    return sorted(made.values(), key=lambda of: -len(of))


def _fitted(games: Sequence[Game], confidence: float, tag: str | None, value: str | None) -> Leaderboard:
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
        strengths = found.strengths
        grown = inflation(games, number, found)
        half = (found.high - found.low) / 2
        widths = half * np.sqrt(grown.diagonal())
        low, high = strengths - widths, strengths + widths
        order = sorted(range(len(models)), key=lambda n: -strengths[n])
        clear = np.abs(strengths[:, None] - strengths) > z_quantile(confidence) * np.sqrt(
            gaps(found.covariance) * grown
        )
        separable = [(models[a], models[b]) for a, b in combinations(order, 2) if clear[a, b]]
    rows = [
        Standing(model, float(strengths[n]), float(low[n]), float(high[n]), wins[model], losses[model], ties[model])
        for model, n in number.items()
    ]
    rows.sort(key=lambda row: (-row.strength if not math.isnan(row.strength) else -row.wins + row.losses, row.model))
    return Leaderboard(tag, value, len(games), tuple(rows), tuple(separable), problem)


def inflation(games: Sequence[Game], number: Mapping[str, int], found: BradleyTerry) -> Floats:
    """(models, models) by how much comparisons on the same items widen the variance of a strength (diagonal) and of
    the difference of two: several raters see the same two replies, and a ranking of four makes six comparisons.

    The cluster-robust variance B M B (Liang and Zeger 1986, Biometrika 73:13) with an item's comparisons as one
    cluster, over the same with each comparison alone; 1 at least, and 1 where every comparison has its own item.
    B: inverse information; M: sum over clusters of the outer product of their scores, times n / (n − 1).
    """
    share = 1 / (1 + np.exp(found.strengths[None, :] - found.strengths[:, None]))  # of wins of the row
    scores = np.zeros((len(games), len(number)))  # derivative of each comparison's log likelihood
    for row, game in zip(scores, games, strict=True):
        a, b = number[game.first], number[game.second]
        row[a] = (np.sign(game.strength) + 1) / 2 - share[a, b]
        row[b] = -row[a]
    _, item = np.unique([game.item for game in games], return_inverse=True)
    together = np.zeros((item.max() + 1, len(number)))
    np.add.at(together, item, scores)
    alone, clustered = (spread_of(one, found.covariance) for one in (scores, together))
    with np.errstate(divide="ignore", invalid="ignore"):
        made: Floats = np.where(alone > 1e-12, clustered / alone, 1.0)
    return np.maximum(made, 1.0)


def spread_of(scores: Floats, covariance: Floats) -> Floats:
    """(models, models) robust variances from (clusters, models) scores: of strengths, and of their differences."""
    clusters = len(scores)
    if clusters < 2:
        return np.zeros_like(covariance)
    robust = covariance @ (scores.T @ scores) @ covariance * (clusters / (clusters - 1))
    made = gaps(robust)
    np.fill_diagonal(made, robust.diagonal())
    return made


def gaps(covariance: Floats) -> Floats:
    """(models, models) variance of the difference of two strengths."""
    variance = covariance.diagonal()
    made: Floats = np.maximum(0.0, variance[:, None] + variance - 2 * covariance)
    return made


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
