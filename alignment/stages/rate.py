"""Simulated reviewers rate pairs of candidates, so that the loop can be tried before people have rated.

Their ratings go into the store, always marked as simulated, and a copy of them into the artifact. A run that
was killed adds what is missing: each verdict depends on the seed, the reviewer and the pair alone.
"""

from dataclasses import dataclass
from typing import Any

from alignment.artifact import Artifact, write_jsonl
from alignment.errors import UserError
from alignment.feedback.choosing.selection import Selection, select_pairs, select_raters
from alignment.feedback.database.engine import default_url
from alignment.feedback.incoming.candidates import collection_key, read_candidates, to_items
from alignment.feedback.measures.agreement import rating_figures
from alignment.feedback.records import Item, Pair, Rating, Verdict, chunked
from alignment.feedback.simulated import Reviewer, impressions, panel
from alignment.feedback.store import CHUNK, Store, open_store
from alignment.pipeline import Context
from alignment.settings import require

KIND = "ratings"
NEEDS = {"candidates": "collect"}
USES = ()
FILE = "ratings.jsonl"


@dataclass(kw_only=True)
class Config:
    reviewers: Any  # how many of the simulated reviewers, or a list of their names
    pairs_per_prompt: int
    ratings_per_pair: int
    noise: float
    fact_weight: float

    def __post_init__(self) -> None:
        known = isinstance(self.reviewers, int | list) and not isinstance(self.reviewers, bool)
        require(known, f"rate.reviewers={self.reviewers!r}", "a whole number, or a list of names")
        names = len(panel(self.reviewers))
        require(
            self.pairs_per_prompt >= 1,
            f"rate.pairs_per_prompt={self.pairs_per_prompt}",
            "a whole number >= 1",
        )
        require(
            1 <= self.ratings_per_pair <= names,
            f"rate.ratings_per_pair={self.ratings_per_pair}",
            f"1 to {names}, the number of reviewers",
        )
        require(self.noise > 0, f"rate.noise={self.noise}", "a number > 0")
        require(self.fact_weight >= 0, f"rate.fact_weight={self.fact_weight}", "a number >= 0")


def run(config: Config, context: Context) -> Artifact:
    candidates = context.input("candidates")
    collection, rows = collection_key(candidates), read_candidates(candidates)
    items = to_items(rows)
    selections = [select_pairs(item, config.pairs_per_prompt, context.seed) for item in items]
    pairs = [pair for selection in selections for pair in selection.pairs]
    if not pairs:
        raise UserError(
            f"{candidates.path}: no prompt has two different replies to compare",
            "several candidates a prompt",
            "collect more, or at a higher temperature: python -m alignment.run stage=collect force=true",
        )
    reviewers = panel(config.reviewers, context.seed, config.noise, config.fact_weight)
    verdicts = judge_all(items, pairs, reviewers, config.ratings_per_pair, context.seed)
    with open_store(default_url(context.settings.root)) as store:
        store.add_candidates(collection, rows)
        ratings = store_verdicts(store, collection, pairs, reviewers, verdicts, context)
        kind = store.kind
    write_jsonl(context.folder / FILE, [to_row(rating) for rating in ratings])
    figures = rating_figures(ratings)
    context.tracker.log({f"rate/{name}": value for name, value in figures.items() if is_number(value)}, step=0)
    counts = count_selections(selections)
    made = {**counts, **figures, "simulated": True, "collection": collection, "store": kind}
    return context.finish(made)


def judge_all(
    items: list[Item], pairs: list[Pair], reviewers: list[Reviewer], ratings_per_pair: int, seed: int
) -> list[Verdict]:
    """The verdicts of the reviewers that `select_raters` gives to each pair."""
    noticed = {(item.key, reply.key): impressions(item, reply) for item in items for reply in item.responses}
    by_name = {reviewer.name: reviewer for reviewer in reviewers}
    return [
        by_name[name].judge(pair, noticed[pair.item, pair.first], noticed[pair.item, pair.second])
        for pair in pairs
        for name in select_raters(pair, list(by_name), ratings_per_pair, seed)
    ]


def store_verdicts(
    store: Store,
    collection: str,
    pairs: list[Pair],
    reviewers: list[Reviewer],
    verdicts: list[Verdict],
    context: Context,
) -> list[Rating]:
    """Puts the verdicts into the store, a transaction for each `CHUNK` of them, and reads them back."""
    for reviewer in reviewers:
        store.add_user(reviewer.name, simulated=True)
    store.add_pairs(collection, pairs)
    context.progress.start(len(verdicts), "ratings")
    for chunk in chunked(verdicts, CHUNK):
        store.rate(collection, chunk)
        context.progress.step(len(chunk))
    context.progress.done()
    asked = {(verdict.pair, verdict.reviewer) for verdict in verdicts}
    return [one for one in store.ratings(collection) if (one.pair, one.reviewer) in asked]


def to_row(rating: Rating) -> dict[str, Any]:
    """A rating as a line of ratings.jsonl."""
    return {
        "id": rating.uid,
        "prompt_id": rating.pair.item,
        "first": rating.pair.first,
        "second": rating.pair.second,
        "reviewer": rating.reviewer,
        "simulated": rating.simulated,
        "strength": rating.strength,
        "revision": rating.revision,
    }


def count_selections(selections: list[Selection]) -> dict[str, int]:
    """What was paired, and what could not be."""
    return {
        "prompts": len(selections),
        "prompts_without_pair": sum(not selection.pairs for selection in selections),
        "identical_pairs": sum(selection.identical for selection in selections),
        "empty_responses": sum(selection.empty for selection in selections),
    }


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def summary(artifact: Artifact, context: Context) -> str:
    """Said when the stage is done: whose ratings these are."""
    metrics = artifact.metrics
    return (
        f"  {metrics['ratings']} SIMULATED ratings of {metrics['pairs']} pairs, no person has rated;"
        " people rate with: python -m feedback_app"
    )
