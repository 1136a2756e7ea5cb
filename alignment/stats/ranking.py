"""Strengths of items from pairwise comparisons: the Bradley-Terry model by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alignment.stats._checks import Floats, Ints, finite, problem, same_length, whole
from alignment.stats.intervals import z_quantile

ITERATIONS = 200


@dataclass(frozen=True, eq=False)
class BradleyTerry:
    """The fit for n items. P(i beats j) = 1/(1 + exp(strengths[j] − strengths[i])).

    strengths   (n,)    log-strengths, centred: they sum to 0
    covariance  (n, n)  of the strengths under that constraint; every row sums to 0
    low, high   (n,)    95 % interval of each strength (its distance from the items' mean)
    separable   (n, n)  True where the 95 % interval of strengths[i] − strengths[j] leaves out 0;
                        False on the diagonal. Each pair by itself: with many pairs, correct for their number.
    """

    strengths: Floats
    covariance: Floats
    low: Floats
    high: Floats
    separable: NDArray[np.bool_]


def bradley_terry(
    winners: ArrayLike,
    losers: ArrayLike,
    n_items: int,
    ties: ArrayLike | tuple[ArrayLike, ArrayLike] | None = None,
    *,
    confidence: float = 0.95,
) -> BradleyTerry:
    """Maximum-likelihood Bradley-Terry strengths (1952, Biometrika 39:324), ties as half a win each way.

    With w_ij the wins of i over j plus half their ties, n_ij = w_ij + w_ji and p_ij = 1/(1 + e^{s_j − s_i}):
        log L = Σ_ij w_ij log p_ij,   information I = diag(Σ_j n_ij p_ij p_ji) − (n_ij p_ij p_ji)
    maximised by Newton's method under Σ s = 0. The covariance is (I + 11ᵀ/n)⁻¹ − 11ᵀ/n, the inverse of the
    information on that subspace. With many ties the intervals are wide, for a tie
    varies less than a win or a loss.

    `winners`, `losers`: (comparisons,) item numbers 0..n_items−1, entry k a comparison that was decided.
    `ties`: comparisons without a winner, any of
        pairs as a (ties, 2) array or a list of pairs;
        a tuple of two arrays (a, b), or an array (2, ties) with ties other than 2: item a[k] tied with b[k];
        a boolean array of the length of `winners`: True where that comparison was a tie after all.

    The maximum exists only when every item can be reached from every other through a chain of wins (Ford
    1957). Raises ValueError otherwise, naming the items: never compared with the rest (graph in pieces), or a
    group that never lost to, or never beat, the rest (its strength has no finite estimate). Also for fewer
    than two items, no comparisons, an item compared with itself, and numbers outside 0..n_items−1.
    """
    n = whole("n_items", n_items, 0)
    if n < 2:
        raise problem(f"n_items={n}", "at least 2 items to compare")
    wins = win_table(winners, losers, n, ties)
    if not wins.any():
        raise problem("no comparisons", "at least one comparison for every item")
    require_connected(wins)
    strengths = maximise(wins)
    covariance = np.linalg.inv(information(wins, strengths) + 1 / n) - 1 / n
    covariance = (covariance + covariance.T) / 2
    z = z_quantile(confidence)
    variance = np.diag(covariance)
    half = z * np.sqrt(variance)
    gap_variance = variance[:, None] + variance[None, :] - 2 * covariance
    separable = np.abs(strengths[:, None] - strengths[None, :]) > z * np.sqrt(np.maximum(gap_variance, 0.0))
    np.fill_diagonal(separable, False)
    return BradleyTerry(strengths, covariance, strengths - half, strengths + half, separable)


def win_table(
    winners: ArrayLike, losers: ArrayLike, n: int, ties: ArrayLike | tuple[ArrayLike, ArrayLike] | None
) -> Floats:
    """(n, n) wins of the row over the column, ties as half a win each way."""
    first, second = items("winners", winners, n), items("losers", losers, n)
    same_length("winners", first, "losers", second)
    tie_first = tie_second = first[:0]
    if ties is not None:
        if (tied := tie_mask(ties, first.size)) is not None:
            tie_first, tie_second = first[tied], second[tied]
            first, second = first[~tied], second[~tied]
        else:
            tie_first, tie_second = tie_pairs(ties, n)
    if np.any(first == second) or np.any(tie_first == tie_second):
        raise problem("an item is compared with itself", "two different items in every comparison")
    flat = np.bincount(first * n + second, minlength=n * n).astype(np.float64)
    flat += np.bincount(tie_first * n + tie_second, minlength=n * n) / 2
    flat += np.bincount(tie_second * n + tie_first, minlength=n * n) / 2
    return flat.reshape(n, n)


def tie_mask(ties: ArrayLike | tuple[ArrayLike, ArrayLike], comparisons: int) -> NDArray[np.bool_] | None:
    """The boolean form of `ties`, or None where it has another form."""
    if isinstance(ties, tuple):
        return None
    array = np.asarray(ties)
    if array.dtype != np.bool_ or array.size == 0:
        return None
    if array.shape != (comparisons,):
        raise problem(f"boolean ties has shape {array.shape}", f"one entry a comparison, ({comparisons},)")
    return array


def tie_pairs(ties: ArrayLike | tuple[ArrayLike, ArrayLike], n: int) -> tuple[Ints, Ints]:
    """The two sides of every tie, from pairs (T, 2) or from two arrays (T,)."""
    if isinstance(ties, tuple) and len(ties) == 2:
        a, b = items("ties", ties[0], n), items("ties", ties[1], n)
        same_length("the first side of ties", a, "the second", b)
        return a, b
    array = np.asarray(ties)
    if array.size == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    if array.ndim == 2 and array.shape[1] == 2:
        return items("ties", array[:, 0], n), items("ties", array[:, 1], n)
    if array.ndim == 2 and array.shape[0] == 2:
        return items("ties", array[0], n), items("ties", array[1], n)
    raise problem(f"ties has shape {array.shape}", "pairs (ties, 2), a tuple of two arrays, or a boolean mask")


def items(name: str, values: ArrayLike, n: int) -> Ints:
    """(C,) item numbers; ValueError where one is not a whole number from 0 to n − 1."""
    array = finite(name, values)
    bad = array[(array != np.round(array)) | (array < 0) | (array >= n)]
    if bad.size:
        raise problem(f"{name} contains {bad[0]:g}", f"item numbers from 0 to {n - 1} (n_items={n})")
    return array.astype(np.int64)


def reached(edges: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(n,) which items can be reached from item 0 along `edges` (n, n), row to column."""
    seen = np.zeros(len(edges), dtype=np.bool_)
    front = seen.copy()
    front[0] = True
    while front.any():
        seen |= front
        front = edges[front].any(axis=0) & ~seen
    return seen


def require_connected(wins: Floats) -> None:
    """ValueError unless the graph of wins is strongly connected, that is unless a finite maximum exists."""
    won = wins > 0
    checks = (
        (won | won.T, "never met, directly or through others,"),
        (won, "never lost to"),
        (won.T, "never beat"),
    )
    for edges, what in checks:
        inside = reached(edges)
        if not inside.all():
            group, rest = name_items(~inside), name_items(inside)
            raise problem(
                f"{group} {what} {rest}: relative strength has no finite estimate",
                "every item linked to every other by a chain of wins; add comparisons or leave items out",
            )


def name_items(chosen: NDArray[np.bool_]) -> str:
    numbers = np.flatnonzero(chosen)
    shown = ", ".join(str(number) for number in numbers[:10])
    return f"item {shown}" if numbers.size == 1 else f"items {shown}{', …' if numbers.size > 10 else ''}"


def probabilities(strengths: Floats) -> Floats:
    """(n, n) chance that the row beats the column."""
    gap = strengths[:, None] - strengths[None, :]
    return np.exp(-np.logaddexp(0.0, -gap))


def information(wins: Floats, strengths: Floats) -> Floats:
    """(n, n) Fisher information: the Laplacian of n_ij p_ij p_ji."""
    p = probabilities(strengths)
    weight = (wins + wins.T) * p * p.T
    return np.diag(weight.sum(axis=1)) - weight


def likelihood(wins: Floats, strengths: Floats) -> float:
    gap = strengths[:, None] - strengths[None, :]
    return -float((wins * np.logaddexp(0.0, -gap)).sum())


def maximise(wins: Floats) -> Floats:
    """Newton's method with halved steps where the likelihood would fall; it is concave, so this is the
    maximum."""
    n = len(wins)
    games = wins + wins.T
    strengths = np.zeros(n)
    value = likelihood(wins, strengths)
    for _ in range(ITERATIONS):
        slope = (wins - games * probabilities(strengths)).sum(axis=1)
        step = np.linalg.solve(information(wins, strengths) + 1 / n, slope)
        step -= step.mean()
        size = float(np.abs(step).max())
        if size < 1e-9:
            return strengths + step
        if size < 1e-4:  # Newton's own convergence; the likelihood no longer resolves such steps
            strengths = strengths + step
            continue
        step *= min(1.0, 5.0 / size)
        while likelihood(wins, strengths + step) < value and np.abs(step).max() > 1e-6:
            step /= 2
        strengths = strengths + step
        value = likelihood(wins, strengths)
    raise problem(
        f"no maximum found in {ITERATIONS} Newton steps; the comparisons are close to one-sided",
        "comparisons in which every item both wins and loses now and then",
    )
