"""Label efficiency: ratings needed for the same accuracy, active choice of pairs against random choice. Simulated.

The feedback app's own choice (`alignment.feedback.active`: disagreement of a bootstrap committee, a random share kept)
against random order, from the same first batch, with the same committee trained on what was rated. Each rating is one
simulated reviewer's, drawn in turn from the panel, at the stated noise. Accuracy: the committee's mean reward on all
pairs of held-out prompts, against the panel's mean utility without noise. The target is what random choice reaches
with all its ratings, per seed; the figure is 1 - active's ratings / random's ratings to it (active's are all, where it
never gets there: the figure is then at most 0).

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

from alignment.feedback import active
from alignment.feedback.candidates import to_items
from alignment.feedback.records import Item, Pair
from alignment.feedback.simulated import Reviewer, impressions, panel

EMBEDDED = Path(__file__).parents[2] / "feedback_app" / "embedded" / "candidates.jsonl.gz"


def read(path: Path) -> list[Item]:
    path = path / "candidates.jsonl" if path.is_dir() else path
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return to_items([json.loads(line) for line in data.decode().splitlines()])


class World:
    """All pairs of different replies, their texts, what each reviewer would say, and the truth."""

    def __init__(self, items: list[Item], noise: float, seed: int) -> None:
        reviewers = panel(6, seed, noise)
        rng = np.random.default_rng(seed)
        held = set(rng.permutation(len(items))[: len(items) // 4].tolist())
        self.pairs: list[tuple[str, str]] = []
        self.wins: list[float] = []
        self.test: list[tuple[str, str]] = []
        self.truth: list[float] = []
        for place, item in enumerate(items):
            noticed = {one.key: impressions(item, one) for one in item.responses}
            for a, b in combinations(sorted(item.responses, key=lambda one: one.key), 2):
                if a.text == b.text:
                    continue
                gap = float(np.mean([r.utility(noticed[a.key]) - r.utility(noticed[b.key]) for r in reviewers]))
                if place in held:
                    self.test.append((a.text, b.text))
                    self.truth.append(np.sign(gap))
                else:
                    rater: Reviewer = reviewers[int(rng.integers(len(reviewers)))]
                    verdict = rater.judge(Pair(item.key, a.key, b.key), noticed[a.key], noticed[b.key])
                    self.pairs.append((a.text, b.text))
                    self.wins.append((np.sign(verdict.strength) + 1) / 2)

    def accuracy(self, weights: np.ndarray, vectors: dict[str, np.ndarray]) -> float:
        mean = weights.mean(axis=0)
        gaps = np.sign([(vectors[a] - vectors[b]) @ mean for a, b in self.test])
        return float(np.mean(np.where(gaps == 0, 0.5, gaps == np.array(self.truth))))


def curve(
    world: World, vectors: dict[str, np.ndarray], args: argparse.Namespace, seed: int, chosen: bool
) -> list[float]:
    """Accuracy after each batch of ratings."""
    rng = np.random.default_rng(10_000 + seed)
    left = rng.permutation(len(world.pairs)).tolist()
    rated, left = left[: args.batch], left[args.batch :]
    found = []
    while True:
        weights = active.committee([world.pairs[i] for i in rated], [world.wins[i] for i in rated], seed)
        assert weights is not None
        found.append(world.accuracy(weights, vectors))
        if len(rated) + args.batch > args.most or len(left) < args.batch:
            return found
        if chosen:
            pool = left[: active.POOL]
            scores = {
                i: active.disagreement([weights @ vectors[world.pairs[i][0]], weights @ vectors[world.pairs[i][1]]])
                for i in pool
            }
            new = [i for i, _ in active.mixed(scores, pool, args.random_share, f"{seed} {len(rated)}", args.batch)]
        else:
            new = left[: args.batch]
        taken = set(new)
        rated, left = rated + new, [i for i in left if i not in taken]


def needed(found: list[float], target: float, batch: int) -> float:
    """Ratings at which the running best first reaches the target, interpolated; all of them where it never does."""
    best = np.maximum.accumulate(found)
    at = int(np.argmax(best >= target)) if (best >= target).any() else -1
    if at < 0:
        return float(batch * len(found))
    if at == 0:
        return float(batch)
    part = (target - best[at - 1]) / (best[at] - best[at - 1])
    return batch * (at + float(part))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", type=Path, default=EMBEDDED, help="a collect artifact, or a file of candidates")
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--batch", type=int, default=40)
    parser.add_argument("--most", type=int, default=600, help="ratings")
    parser.add_argument("--noise", type=float, default=1.0, help="of the simulated reviewers; 1 as in stage rate")
    parser.add_argument("--random-share", type=float, default=0.2)
    args = parser.parse_args()
    items = read(args.candidates)
    vectors = {one.text: active.features(one.text) for item in items for one in item.responses}
    rows: list[dict[str, Any]] = []
    for seed in range(1, args.seeds + 1):
        world = World(items, args.noise, seed)
        plain, picked = (curve(world, vectors, args, seed, chosen) for chosen in (False, True))
        target = float(np.mean(plain[-3:]))  # of the last batches: one reading is noisy
        a, b = needed(plain, target, args.batch), needed(picked, target, args.batch)
        rows.append({"seed": seed, "target": target, "random": a, "active": b, "fewer": 1 - b / a})
        print(
            f"seed {seed:2}: to accuracy {target:.3f}: random {a:.0f}, active {b:.0f}, fewer {1 - b / a:.0%}",
            flush=True,
        )
    fewer = np.array([row["fewer"] for row in rows])
    middle = float(np.median(fewer))
    drawn = np.random.default_rng(1).choice(fewer, (4000, len(fewer)))
    low, high = np.quantile(np.median(drawn, axis=1), [0.025, 0.975])
    print(f"pairs to choose from {len(world.pairs)}, held-out pairs {len(world.test)}, noise {args.noise}")
    print(
        f"median over {len(rows)} seeds: {middle:.0%} fewer ratings (95 % interval {low:.0%} to {high:.0%}); aim: 40 %"
    )


if __name__ == "__main__":
    main()
