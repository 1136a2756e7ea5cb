"""Best-of-n as a model: of n replies of a policy to a prompt, the one that the reward model likes best.

It is a way of choosing, not a set of weights: the artifact's `model/` holds `best_of_n.json`, which names the policy
and the reward models, and `Measure` draws and chooses where it meets one.
"""

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alignment import artifact as artifacts
from alignment import models
from alignment.artifact import Artifact, write_json_atomic
from alignment.errors import UserError
from alignment.evaluation import bestof

FILE = models.BEST_OF_N


@dataclass(frozen=True)
class BestOfN:
    """n replies of `policy`, of which the best by mean - caution * standard deviation of the rewards is taken."""

    n: int
    caution: float
    policy: Artifact
    rewards: list[Artifact]


def write(best: BestOfN, folder: Path) -> None:
    """Write the rule into `folder`, the `model` folder of a stage that is not finished yet."""
    final = models.final_folder(folder).resolve()

    def named(one: Artifact) -> dict[str, str]:
        return {"path": os.path.relpath(one.path.resolve(), final), "sha256": one.sha256}

    folder.mkdir(parents=True, exist_ok=True)
    found = {"n": best.n, "caution": best.caution, "policy": named(best.policy)}
    write_json_atomic(folder / FILE, found | {"rewards": [named(one) for one in best.rewards]})


def read(folder: str | Path) -> BestOfN | None:
    """The rule in a `model` folder; None where there are weights.

    Raises:
        UserError: what it names is gone, or is no longer what the rule was made for.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        return None
    told = json.loads(path.read_text(encoding="utf-8"))

    def found(named: dict[str, Any]) -> Artifact:
        one = artifacts.load((path.parent / named["path"]).resolve())
        if one.sha256 != named["sha256"]:
            raise UserError(
                f"{one.path} is not what {path} was made of",
                "the same policy and reward model",
                f"python -m alignment.run stage=best_of_n run={one.run} force=true",
            )
        return one

    return BestOfN(told["n"], told["caution"], found(told["policy"]), [found(one) for one in told["rewards"]])


def chosen(rows: Sequence[Mapping[str, Any]], best: BestOfN, n: int | None = None) -> list[dict[str, Any]]:
    """Of the candidates of each prompt the best, the first of equals, with `kl` as the theory has it.

    Args:
        rows: best.n candidates a prompt, a prompt's one after the other, with "choice" (mean score of the reward
            models) and, of several models, "choice_spread" (the sample standard deviation of their scores).
        n: choose among the first n of each; None: among all.
    """
    count, n = len(best.rewards), n or best.n
    population = math.sqrt((count - 1) / count)  # the spread as training takes it off, divided by M
    score = np.array([row["choice"] - best.caution * population * row.get("choice_spread", 0.0) for row in rows])
    places = score.reshape(-1, best.n)[:, :n].argmax(axis=1)
    picked = [rows[prompt * best.n + place] for prompt, place in enumerate(places.tolist())]
    return [
        {name: value for name, value in row.items() if not name.startswith("choice")} | {"kl": bestof.kl(n)}
        for row in picked
    ]
