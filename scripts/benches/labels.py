"""Label efficiency: ratings needed for the same accuracy, active choice of pairs against random choice. Simulated.

The feedback app's own choice (`alignment.feedback.choosing`, active: what a rating is worth to the order of other
pairs, a random share kept) against random order, from the same first ratings; both train the same model with the same
ridge on the same description of the replies (`describing` there, learnt without ratings from all replies). Each
rating is one simulated reviewer's, drawn in turn from the panel, at the stated noise. Accuracy: of the model's
rewards on all pairs of held-out prompts, against the panel's mean utility without noise; pairs of equal utility have
no right answer and are left out. The target is what random choice reaches with all its ratings, per seed; the figure
is 1 - active's ratings / random's ratings to it (active's are all, where it never gets there: the figure is then at
most 0).

    scripts/bench labels --candidates runs/southern_charm/collect --seeds 12
"""

from __future__ import annotations

import argparse
import gzip
import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from alignment.feedback.choosing import active, ensemble
from alignment.feedback.choosing.describing import describe
from alignment.feedback.incoming.candidates import to_items
from alignment.feedback.nouns import ProjectSettings
from alignment.feedback.records import Item, Pair
from alignment.feedback.simulated import Reviewer, impressions, panel

TARGET = 150  # the last ratings, whose accuracies are averaged to the target
EQUAL = 1e-9  # utilities this near are the same
EMBEDDED = Path(__file__).parents[2] / "feedback_app" / "embedded" / "candidates.jsonl.gz"


def read(path: Path) -> list[Item]:
    path = path / "candidates.jsonl" if path.is_dir() else path
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return to_items([json.loads(line) for line in data.decode().splitlines()])


class World:
    """All pairs of different replies (rows of `texts`), what the reviewer asked would say of each, and the truth."""

    def __init__(self, items: list[Item], noise: float, seed: int) -> None:
        reviewers = panel(6, seed, noise)
        rng = np.random.default_rng(seed)
        held = set(rng.permutation(len(items))[: len(items) // 4].tolist())
        pairs: list[tuple[int, int]] = []
        wins: list[float] = []
        test: list[tuple[int, int]] = []
        truth: list[float] = []
        start = 0
        for place, item in enumerate(items):
            noticed = [impressions(item, one) for one in item.responses]
            mean = [float(np.mean([r.utility(one) for r in reviewers])) for one in noticed]
            for (a, one), (b, other) in combinations(enumerate(item.responses), 2):
                if one.text == other.text:
                    continue
                gap = mean[a] - mean[b]
                if place not in held:
                    rater: Reviewer = reviewers[int(rng.integers(len(reviewers)))]
                    verdict = rater.judge(Pair(item.key, one.key, other.key), noticed[a], noticed[b])
                    pairs.append((start + a, start + b))
                    wins.append((np.sign(verdict.strength) + 1) / 2)
                elif abs(gap) > EQUAL:
                    test.append((start + a, start + b))
                    truth.append(np.sign(gap))
            start += len(item.responses)
        self.pairs, self.wins = np.array(pairs), np.array(wins)
        self.test, self.truth = np.array(test), np.array(truth)

    def accuracy(self, rewards: np.ndarray) -> float:
        gaps = np.sign(rewards[self.test[:, 0]] - rewards[self.test[:, 1]])
        return float(np.mean(np.where(gaps == 0, 0.5, gaps == self.truth)))


def curve(world: World, described: np.ndarray, args: argparse.Namespace, seed: int, chosen: bool) -> list[float]:
    """Accuracy after the first ratings and after each batch."""
    rng = np.random.default_rng(10_000 + seed)
    left = rng.permutation(len(world.pairs)).tolist()
    rated, left = left[: args.first], left[args.first :]
    found = []
    while True:
        gaps = described[world.pairs[rated, 0]] - described[world.pairs[rated, 1]]
        mean, covariance = ensemble.posterior(gaps, world.wins[rated])
        found.append(world.accuracy(described @ mean))
        if len(rated) + args.batch > args.most or len(left) < args.batch:
            return found
        new = left[: args.batch]
        if chosen:
            pool = left[: ensemble.POOL]
            told = ensemble.worth(described, mean, covariance, world.pairs[pool].tolist())
            scores = dict(zip(pool, told.tolist(), strict=True))
            new = [i for i, _ in active.mixed(scores, pool, args.random_share, f"{seed} {len(rated)}", args.batch)]
        taken = set(new)
        rated, left = rated + new, [i for i in left if i not in taken]


def needed(found: list[float], target: float, args: argparse.Namespace) -> float:
    """Ratings at which the running best first reaches the target, interpolated; all of them where it never does."""
    best = np.maximum.accumulate(found)
    ratings = args.first + args.batch * np.arange(len(found))
    at = int(np.argmax(best >= target)) if (best >= target).any() else -1
    if at <= 0:
        return float(ratings[at])
    part = (target - best[at - 1]) / (best[at] - best[at - 1])
    return float(ratings[at - 1] + args.batch * part)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", type=Path, default=EMBEDDED, help="a collect artifact, or a file of candidates")
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--start", type=int, default=1, help="the first seed; what was tuned was tuned from 101 on")
    parser.add_argument(
        "--first", type=int, default=active.EVERY, help="ratings in random order before the first choice"
    )
    parser.add_argument("--batch", type=int, default=active.EVERY)
    parser.add_argument("--most", type=int, default=600, help="ratings")
    parser.add_argument("--noise", type=float, default=1.0, help="of the simulated reviewers; 1 as in stage rate")
    parser.add_argument("--random-share", type=float, default=ProjectSettings().random_share)
    args = parser.parse_args()
    items = read(args.candidates)
    prompts = ["\n".join(message["content"] for message in item.prompt) for item in items for _ in item.responses]
    described = describe([one.text for item in items for one in item.responses], prompts)
    curves: list[list[list[float]]] = []
    fewer = []
    for seed in range(args.start, args.start + args.seeds):
        world = World(items, args.noise, seed)
        plain, picked = (curve(world, described, args, seed, chosen) for chosen in (False, True))
        curves.append([plain, picked])
        target = last(plain, args)
        a, b = needed(plain, target, args), needed(picked, target, args)
        fewer.append(1 - b / a)
        print(
            f"seed {seed}: to accuracy {target:.3f}: random {a:.0f}, active {b:.0f}, fewer {1 - b / a:.0%}", flush=True
        )
    report(np.array(curves), np.array(fewer), args)
    print(f"pairs to choose from {len(world.pairs)}, held-out pairs {len(world.test)}, noise {args.noise}")


def last(found: Any, args: argparse.Namespace) -> float:
    """Mean accuracy of the last `TARGET` ratings' batches: one reading is noisy."""
    return float(np.mean(found[-max(1, TARGET // args.batch) :]))


def report(curves: np.ndarray, fewer: np.ndarray, args: argparse.Namespace) -> None:
    """curves: (seeds, 2, batches) accuracies. Intervals: 95 %, by bootstrap over seeds."""
    ratings = args.first + args.batch * np.arange(curves.shape[2])
    print("accuracy after ratings, mean over seeds")
    for at in (100, 200, 300, 400, 500, 600):
        if args.first <= at <= ratings[-1]:
            random, active_ = curves[:, :, int(np.searchsorted(ratings, at))].mean(axis=0)
            print(f"{at:5}: random {random:.3f}, active {active_:.3f}")

    def saved(of: np.ndarray) -> float:
        plain, picked = of.mean(axis=0)
        target = last(plain, args)
        return 1 - needed(picked, target, args) / needed(plain, target, args)

    drawn = np.random.default_rng(1).integers(0, len(fewer), (2000, len(fewer)))
    for name, figure, spread in (
        ("median of the seeds", float(np.median(fewer)), [np.median(fewer[one]) for one in drawn]),
        ("curves averaged over the seeds", saved(curves), [saved(curves[one]) for one in drawn]),
    ):
        low, high = np.quantile(spread, [0.025, 0.975])
        print(f"{name} ({len(fewer)}): {figure:.0%} fewer ratings (95 % interval {low:.0%} to {high:.0%}); aim: 40 %")


if __name__ == "__main__":
    main()
