"""Freeze ratings (of this run's candidates, or of a project of the app), or the pairs a dataset came with, into
preference rows for training.

Training reads these files, never the store. Nothing in them depends on the clock: the same ratings give the
same bytes. People's ratings and simulated ones are never mixed unless `who` is `both`.

    train.jsonl validation.jsonl test.jsonl      preference rows (see alignment.feedback.outgoing.preferences)
    heldout_tag.jsonl                            with heldout_tag: values of the tag that train.jsonl has not
    seen unpaired.jsonl unpaired_validation.jsonl     completions with a label, from train and from validation
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alignment.artifact import Artifact, canonical_hash, read_jsonl, write_jsonl
from alignment.errors import UserError
from alignment.feedback.database.engine import default_url
from alignment.feedback.documents import given_under
from alignment.feedback.incoming.candidates import collection_key, read_candidates
from alignment.feedback.measures import agreement
from alignment.feedback.outgoing.exporting import Frozen, Policy, freeze
from alignment.feedback.outgoing.preferences import (
    Built,
    Conflicts,
    Row,
    Ties,
    assign_groups,
    from_pairs,
    from_ratings,
    held_out_values,
    unpaired,
)
from alignment.feedback.records import Pair, Rating, of_reviewers
from alignment.feedback.store import Store, open_store
from alignment.inputs import Inputs
from alignment.pipeline import Context
from alignment.settings import Settings, require

KIND = "preferences"
NEEDS = {"candidates": "collect", "ratings": "rate?"}
USES = ("brand",)
SPLITS = ("train", "validation", "test", "heldout_tag")
RATE = "python -m alignment.run stage=rate"
APP = "python -m feedback_app"


class Source(StrEnum):
    ratings = "ratings"
    pairs = "pairs"


class Who(StrEnum):
    auto = "auto"
    people = "people"
    simulated = "simulated"
    both = "both"


@dataclass(kw_only=True)
class Contrast:
    """Made pairs by behaviour (see alignment.data.negatives), as shares of the good replies."""

    needless_apology: float
    policy_speak: float
    over_promising: float
    wrong_greeting: float
    wrong_fact: float

    def __post_init__(self) -> None:
        for name, share in vars(self).items():
            require(0 <= share <= 1, f"export.contrast.{name}={share}", "a share of the good replies, 0 to 1")


@dataclass(kw_only=True)
class Config:
    source: Source
    project: str | None
    who: Who
    raters: list[str]
    without: list[str]
    ties: Ties
    conflicts: Conflicts
    min_pairs: int
    validation_share: float
    test_share: float
    heldout_tag: str | None
    heldout_share: float
    contrast: Contrast

    def __post_init__(self) -> None:
        require(self.min_pairs >= 1, f"export.min_pairs={self.min_pairs}", "a whole number >= 1")
        for name in ("validation_share", "test_share"):
            require(0 <= getattr(self, name) < 1, f"export.{name}={getattr(self, name)}", "0 to below 1")
        held_out = self.validation_share + self.test_share
        require(held_out < 1, f"export.validation_share + export.test_share = {held_out}", "below 1")
        require(0 < self.heldout_share < 1, f"export.heldout_share={self.heldout_share}", "between 0 and 1")
        if self.project is not None:
            place = f"export.project={self.project}"
            require(self.source is Source.ratings, f"{place} with export.source={self.source}", "export.source=ratings")
            require(self.who in (Who.auto, Who.people), f"{place} with export.who={self.who}", "who=auto or people")
        if self.raters or self.without:
            both = sorted({*self.raters} & {*self.without})
            require(not both, f"export.raters and export.without both name {', '.join(both)}", "each reviewer in one")
            ok = self.source is Source.ratings and self.project is None
            require(ok, "export.raters or export.without", "with ratings of collected candidates", "leave them empty")


def needs(config: Config, settings: Settings) -> dict[str, str]:
    """The dataset for its own pairs; nothing for a project, whose candidates are in the store.

    Else candidates, and this run's simulated ratings where they may be used.
    """
    if config.source is Source.pairs:
        return {"dataset": "prepare"}
    if config.project is not None:
        return {}
    return {"candidates": "collect"} if config.who is Who.people else NEEDS


def sources(config: Config, settings: Settings, inputs: Inputs) -> dict[str, str]:
    """Hash over the ratings in force: an export made before people rated on is out of date."""
    if config.source is Source.pairs:
        return {}
    with open_store(default_url(settings.root)) as store:
        if config.project is None:
            people, panel = read_ratings(store, collection_key(inputs["candidates"][0]), inputs)
        else:
            people, panel = frozen(store, config).ratings, []
    return {"ratings": canonical_hash(sorted({rating.uid for rating in people + panel}))}


def run(config: Config, context: Context) -> Artifact:
    if config.source is Source.pairs:
        built, origin, given = given_pairs(context)
    else:
        built, origin = rated_pairs(config, context) if config.project is None else project_pairs(config, context)
        given = {}
    if len(built.rows) < config.min_pairs:
        raise UserError(
            f"{len(built.rows)} usable pairs ({described(origin, built.counts)})",
            f"at least export.min_pairs={config.min_pairs}",
            advice(config, origin),
        )
    splits, bad, figures = split(built, given, config, context.seed)
    if not splits["train"]:
        raise UserError("no row is left for training", "smaller held-out shares, or more groups")
    contrasts, figures["contrast"] = made_pairs(splits["train"], config, context)
    for name, rows in splits.items():
        write_jsonl(context.folder / f"{name}.jsonl", rows + contrasts if name == "train" else rows)
    for name, place in (("unpaired", "train"), ("unpaired_validation", "validation")):
        made = unpaired(splits[place], bad[place])
        write_jsonl(context.folder / f"{name}.jsonl", made.rows)
        figures[name] = len(made.rows)
        figures[f"{name}_undecided"] = made.undecided
    counts = {"rows": len(built.rows), **built.counts}
    context.tracker.log({f"export/{name}": count for name, count in counts.items()}, step=0)
    metrics = {
        **origin,
        "rows": len(built.rows),
        "pairs": nested(built.counts),
        **figures,
        "simulated": simulated(built.rows),
    }
    fingerprint = canonical_hash([[row["id"], row["ratings"]] for row in built.rows])
    return context.finish(metrics, {"ratings": fingerprint})


def given_pairs(context: Context) -> tuple[Built, dict[str, Any], dict[str, str]]:
    """Rows from the dataset's pairs/*.jsonl, where they came from, and {group: split} as the dataset has split them.

    Those splits hold: a dialogue that SFT was trained on must not test what comes after it.
    """
    dataset = context.input("dataset")
    files = sorted(name for name in dataset.files if name.startswith("pairs/") and name.endswith(".jsonl"))
    if not files:
        raise UserError(
            f"{dataset.path} holds no pairs/*.jsonl",
            "a dataset prepared from data with pairs, or export.source=ratings",
        )
    given = [row for name in files for row in read_jsonl(dataset.path / name)]
    origin = {
        "source": "pairs",
        "files": files,
        "margin_unit": "none: given pairs carry no strength unless they say",
    }
    places: dict[str, str] = {}
    for row in given:
        if "split" not in row:
            continue
        group, place = str(row.get("group", row.get("id"))), row["split"]
        require(place in SPLITS[:3], f"{dataset.path}: pair {row.get('id')} in split {place!r}", ", ".join(SPLITS[:3]))
        if places.setdefault(group, place) != place:
            raise UserError(f"{dataset.path}: group {group} is in {places[group]} and in {place}", "one split a group")
    return from_pairs(given), origin, places


def rated_pairs(config: Config, context: Context) -> tuple[Built, dict[str, Any]]:
    """Rows from the ratings of the collected candidates, and whose they are.

    UserError when there are none.
    """
    candidates = context.input("candidates")
    collection = collection_key(candidates)
    with open_store(default_url(context.settings.root)) as store:
        store.add_candidates(collection, read_candidates(candidates))
        items = store.items(collection)
        people, panel = read_ratings(store, collection, context.inputs)
        who = config.who
        if who is Who.auto:
            who = Who.people if people else Who.simulated
        chosen = of_reviewers(
            {Who.people: people, Who.simulated: panel, Who.both: people + panel}[who], config.raters, config.without
        )
        origin = agreement.origin(str(who), [collection], chosen, people, panel) | versions(store, chosen)
    if not chosen:
        whose = {Who.people: "by people ", Who.simulated: "by simulated reviewers "}.get(who, "")
        raise UserError(f"no ratings {whose}of {candidates.path}", do=advice(config, origin))
    return from_ratings(items, chosen, config.ties, config.conflicts), origin


def project_pairs(config: Config, context: Context) -> tuple[Built, dict[str, Any]]:
    """Rows from people's ratings of all that a project of the app holds. UserError when there are none."""
    with open_store(default_url(context.settings.root)) as store:
        found = frozen(store, config)
        whose = agreement.origin(str(Who.people), found.collections, found.ratings, found.ratings, [])
        origin = {"project": config.project, **whose, **versions(store, found.ratings)}
    if not found.ratings:
        raise UserError(f"no ratings by people in the project {config.project!r}", do=advice(config, origin))
    return found.built, origin


def versions(store: Store, ratings: list[Rating]) -> dict[str, Any]:
    """{versions}: how many of the ratings were given under which version of the guidelines and of the rubric."""
    with store.read() as connection:
        return {"versions": given_under(connection, {rating.uid for rating in ratings})}


def frozen(store: Store, config: Config) -> Frozen:
    with store.read() as connection:
        return freeze(connection, str(config.project), Policy(config.ties, config.conflicts))


def read_ratings(store: Store, collection: str, inputs: Inputs) -> tuple[list[Rating], list[Rating]]:
    """People's ratings in force, and simulated ones: of the run's own `rate` where there is one, else all."""
    stored = store.ratings(collection)
    people = [rating for rating in stored if not rating.simulated]
    panels = [own_panel(artifact, collection) for artifact in inputs.get("ratings", [])]
    if panels:
        return people, list({rating.uid: rating for panel in panels for rating in panel}.values())
    return people, [rating for rating in stored if rating.simulated]


def own_panel(artifact: Artifact, collection: str) -> list[Rating]:
    """The simulated ratings as this run's `rate` froze them: other runs may rate the same candidates."""
    if artifact.metrics["collection"] != collection:
        raise UserError(
            f"{artifact.path} rates other candidates than these",
            "ratings and candidates of one collect",
            f"{RATE} force=true",
        )
    return [
        Rating(
            uid=row["id"],
            pair=Pair(row["prompt_id"], row["first"], row["second"]),
            reviewer=row["reviewer"],
            simulated=row["simulated"],
            strength=row["strength"],
            revision=row["revision"],
        )
        for row in read_jsonl(artifact.path / "ratings.jsonl")
    ]


def split(
    built: Built, given: dict[str, str], config: Config, seed: int
) -> tuple[dict[str, list[Row]], dict[str, list[Row]], dict[str, Any]]:
    """Rows by split, replies that are bad by split, and how many rows there are of each.

    given: {group: split} where the dataset has split already.

    With a held-out tag, rows of its held-out values leave train, validation and test. Those of groups that
    are in train are dropped and counted, so that heldout_tag.jsonl is new in both: the value and the
    dialogue.
    """
    rows = built.rows
    splits: dict[str, list[Row]] = {name: [] for name in SPLITS[: 4 if config.heldout_tag else 3]}
    values = held_out(rows, config, seed)
    groups = {row["group"] for row in (*rows, *built.bad)} - given.keys()
    place = given | assign_groups(groups, seed, config.validation_share, config.test_share)
    dropped = 0
    for row in rows:
        name = place[row["group"]]
        if config.heldout_tag and str(row["tags"].get(config.heldout_tag)) in values:
            if name == "train":
                dropped += 1
                continue
            name = "heldout_tag"
        splits[name].append(row)
    require(
        not config.heldout_tag or bool(splits["heldout_tag"]),
        f"export.heldout_tag={config.heldout_tag}: no row with a held-out value in a group held out from training",
        "a larger validation or test share, or heldout_share",
    )
    figures: dict[str, Any] = {"splits": {name: len(rows) for name, rows in splits.items()}}
    figures["groups_split_by_dataset"] = len(given)
    if config.heldout_tag:
        figures["heldout_tag"] = {"tag": config.heldout_tag, "values": values, "dropped_from_train": dropped}
    bad: dict[str, list[Row]] = {name: [] for name in SPLITS[:3]}
    for row in built.bad:
        if not (config.heldout_tag and str(row["tags"].get(config.heldout_tag)) in values):
            bad[place[row["group"]]].append(row)
    return splits, bad, figures


def made_pairs(rows: list[Row], config: Config, context: Context) -> tuple[list[Row], dict[str, Any]]:
    """Pairs made from the good replies of the training rows, and how many of each behaviour."""
    shares = vars(config.contrast)
    if not any(shares.values()):
        return [], {"rows": 0}
    from alignment.data.negatives import TAG, contrast_rows
    from alignment.voice.contract import load_contract

    good = [row for row in unpaired(rows).rows if row["label"]]
    made = contrast_rows(good, shares, context.seed, load_contract(context.settings.brand.folder))
    counts = Counter(row["tags"][TAG] for row in made.rows)
    figures = {name: counts[name] for name, share in shares.items() if share}
    return made.rows, {"rows": len(made.rows), **figures, "impossible": made.impossible}


def held_out(rows: list[Row], config: Config, seed: int) -> list[str]:
    """Values of the held-out tag. UserError when no two rows differ in it, or nothing else is held out."""
    if config.heldout_tag is None:
        return []
    values = held_out_values(rows, config.heldout_tag, config.heldout_share, seed)
    tags = sorted({tag for row in rows for tag in row["tags"]})
    require(
        bool(values),
        f"export.heldout_tag={config.heldout_tag}: not in the rows with two values or more",
        f"one of {', '.join(tags)}" if tags else "null: these rows have no tags",
    )
    return values


def described(origin: dict[str, Any], counts: dict[str, int]) -> str:
    """Where pairs came from and what became of them, in a line."""
    whose = f"who={origin['who']}, {origin['ratings']} ratings; " if "who" in origin else ""
    return whose + ", ".join(f"{name} {count}" for name, count in counts.items() if count)


def advice(config: Config, origin: dict[str, Any]) -> str:
    """What to do when there are too few ratings."""
    if origin["source"] == "pairs":
        return "give the stage prepare more pairs"
    if config.project is not None:
        return f"rate more with {APP}"
    if config.who is Who.simulated:
        return f"{RATE}{' force=true with more pairs' if origin['ratings'] else ''}"
    if config.who is Who.both:
        return f"{RATE}, or collect people's: {APP}"
    if origin["ratings_by_people"]:
        return f"rate more with {APP}, or take export.who=simulated, or both"
    return f"collect people's ratings with {APP}, or simulated ones with {RATE} (and export.who=auto)"


def nested(counts: dict[str, int]) -> dict[str, Any]:
    """{"refused.empty": 1} -> {"refused": {"empty": 1}}."""
    made: dict[str, Any] = {}
    for name, count in counts.items():
        group, dot, rest = name.partition(".")
        if dot:
            made.setdefault(group, {})[rest] = count
        else:
            made[name] = count
    return made


def simulated(rows: list[Row]) -> bool:
    """Whether any of the rows rests on simulated ratings."""
    return any(row["simulated"] for row in rows)


def summary(artifact: Artifact, context: Context) -> str:
    """Said when the stage is done: how many rows, from whom."""
    metrics = artifact.metrics
    contrast = metrics["contrast"]
    made = f", and {contrast['rows']} made contrast pairs" if contrast["rows"] else ""
    if none := [name for name in contrast.get("impossible", {}) if not contrast.get(name)]:
        made += f"; none of {', '.join(none)}, which no good reply allows"
    if metrics["source"] == "pairs":
        return f"  {metrics['rows']} preference rows from the dataset's own pairs{made}"
    whose = {"people": "people's", "simulated": "SIMULATED", "both": "people's and SIMULATED"}[metrics["who"]]
    return f"  {metrics['rows']} preference rows from {metrics['ratings']} {whose} ratings{made}"
