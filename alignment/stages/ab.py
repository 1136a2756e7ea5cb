"""A blind A/B of two models in the feedback app, watched by a sequence that stops by itself.

The first call draws both models' replies to test prompts and puts them into the feedback app as a project of its
own: sides random, names hidden, each pair rated by several. Each further call reads the ratings and decides; with
`ab.wait` it goes on looking. When it is decided the project is closed, and opened again should a deleted rating undo
the decision. The replies outlive a kill and further calls: what people rate must stay what they were shown.
"""

import json
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from alignment.artifact import Artifact, canonical_hash, read_jsonl, write_json_atomic, write_jsonl
from alignment.inputs import Inputs
from alignment.pipeline import Context
from alignment.settings import Settings, require

KIND = "ab"
USES = ("model", "generation")
REMADE = True
FILE = "candidates.jsonl"
IDS = "rating_ids.jsonl"  # by which it is found when one of them is deleted
DRAWN = ".ab.drawn.json"  # beside the artifact: all replies drawn so far; each new rating empties the partial folder
LOOK = 5.0  # seconds from one look at the ratings to the next
ROLES = ("candidate", "incumbent")
SEED = 2_000_003  # sets its draws apart from those of the other stages


class Judges(StrEnum):
    people = "people"
    simulated = "simulated"


@dataclass(kw_only=True)
class Config:
    model: str
    against: str
    prompts: int
    overlap: int
    judges: Judges
    alpha: float
    gain: float
    wait: float

    def __post_init__(self) -> None:
        require(self.model != self.against, f"ab.model and ab.against are both {self.model}", "two different stages")
        require(self.prompts >= 1, f"ab.prompts={self.prompts}", "a whole number >= 1")
        require(self.overlap >= 1, f"ab.overlap={self.overlap}", "a whole number >= 1")
        require(0 < self.alpha < 0.5, f"ab.alpha={self.alpha}", "a number between 0 and 0.5, such as 0.05")
        require(0 <= self.gain < 0.5, f"ab.gain={self.gain}", "a share from 0 to below 0.5")
        require(self.wait >= 0, f"ab.wait={self.wait}", "minutes >= 0")


def needs(config: Config, settings: Settings) -> dict[str, str]:
    return {"dataset": "prepare", "candidate": config.model, "incumbent": config.against}


def sources(config: Config, settings: Settings, inputs: Inputs) -> dict[str, str]:
    """The ratings there are: with more of them it looks again."""
    from alignment.feedback.database.engine import default_url
    from alignment.feedback.store import open_store

    with open_store(default_url(settings.root)) as store:
        project = project_of(settings, inputs)
        known = [one.uid for key in collections(store, project) for one in store.ratings(key)]
    return {"ratings": canonical_hash(sorted(known))}


def run(config: Config, context: Context) -> Artifact:
    from alignment.feedback.database.engine import default_url
    from alignment.feedback.store import open_store

    drawn = drawn_from(context.settings, context.inputs)
    rows = replies(config, context, drawn)
    write_jsonl(context.folder / FILE, rows)
    with open_store(default_url(context.settings.root)) as store:
        project = project_of(context.settings, context.inputs)
        put(store, project, rows, config)
        if config.judges is Judges.simulated:
            rate(store, project, config.overlap, context.seed)
        found, known = watch(store, project, rows, config)
    write_jsonl(context.folder / IDS, [{"id": uid} for uid in sorted(known)])
    return context.finish({**found, "project": project}, {"drawn": drawn})


def drawn_from(settings: Settings, inputs: Inputs) -> str:
    """A hash of what the replies come from. How many are drawn, and in what batches, is of no matter."""
    generation = {name: value for name, value in vars(settings.generation).items() if name != "batch_size"}
    return canonical_hash([*(inputs[role][0].sha256 for role in ("dataset", *ROLES)), settings.seed, generation])


def project_of(settings: Settings, inputs: Inputs) -> str:
    """The project's name: one for the same two models drawn from in the same way."""
    return f"ab-{settings.run.replace('/', '-')}-{drawn_from(settings, inputs)[:8]}"


def replies(config: Config, context: Context, drawn: str) -> list[dict[str, Any]]:
    """Both models' replies, two rows a prompt, as `collect` writes them: all of the candidate's, then the other's.

    Those that were drawn before are kept, in whatever call that was and however it ended. Prompts with the same reply
    twice stay.
    """
    known = earlier(context.final.with_name(DRAWN), drawn)
    prompts = chosen(read_jsonl(context.input("dataset").path / "prompts" / "test.jsonl"), config.prompts, context.seed)
    for number, role in enumerate(ROLES):
        policy = context.input(role)
        missing = [prompt for prompt in prompts if response_id(prompt, policy, role) not in known]
        if missing:
            texts = draw(missing, policy, context.seed * 10 + number + SEED, context)
            rows = [row_of(prompt, text, policy, role) for prompt, text in zip(missing, texts, strict=True)]
            known |= {row["response_id"]: row for row in rows}
            write_json_atomic(context.final.with_name(DRAWN), {"drawn": drawn, "rows": known})
    return [known[response_id(prompt, context.input(role), role)] for role in ROLES for prompt in prompts]


def earlier(path: Path, drawn: str) -> dict[str, dict[str, Any]]:
    """The rows by response id that earlier calls drew from the same models in the same way."""
    if not path.exists():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return dict(found["rows"]) if found["drawn"] == drawn else {}


def chosen(prompts: list[dict[str, Any]], count: int, seed: int) -> list[dict[str, Any]]:
    """`count` prompts at random. With a larger count all of them are among those chosen: their ratings stay of use."""
    return sorted(prompts, key=lambda prompt: canonical_hash([seed, prompt["id"]]))[:count]


def draw(prompts: list[dict[str, Any]], policy: Artifact, seed: int, context: Context) -> list[str]:
    """A policy's replies to prompts, in their order."""
    from alignment import models, sampling

    settings = context.settings
    source = models.model_folder(policy.path)
    tokenizer = models.load_tokenizer(source, settings.model)
    model = models.load_policy(source, settings.model)
    low = models.computes_bfloat16(settings.model)
    context.progress.start(-(-len(prompts) // settings.generation.batch_size), f"batches of {policy.stage}")
    conversations = [prompt["messages"] for prompt in prompts]
    texts = []
    for batch in sampling.sample(model, tokenizer, conversations, settings.generation, seed, bfloat16=low):
        texts += [reply.text for reply in batch]
        context.progress.step()
    context.progress.done()
    return texts


def response_id(prompt: dict[str, Any], policy: Artifact, role: str) -> str:
    """It says nothing of the model: ids may reach a reviewer's browser."""
    return canonical_hash([prompt["id"], role, policy.sha256])[:16]


def row_of(prompt: dict[str, Any], text: str, policy: Artifact, role: str) -> dict[str, Any]:
    """A candidate."""
    return {
        "prompt_id": prompt["id"],
        "prompt": prompt["messages"],
        "facts": prompt.get("facts", []),
        "tags": {"intent": prompt["intent"]} if "intent" in prompt else {},
        "response_id": response_id(prompt, policy, role),
        "text": text or "(no reply)",
        "model": f"{policy.run}/{policy.stage}",
        "model_hash": policy.sha256,
        "sampling": {},
    }


def put(store: Any, project: str, rows: list[dict[str, Any]], config: Config) -> None:
    """The project with its pairs; what is there already stays."""
    from alignment.feedback.projects import Projects

    projects = Projects(store)
    if project not in projects.names(archived=True):
        projects.create(project, {"tasks": {"pair": 1}, "ratings": config.overlap, "gold_share": 0.0})
    elif projects.get(project).settings.ratings != config.overlap:
        projects.set(project, {"ratings": config.overlap})
    projects.import_rows(project, rows)


def rate(store: Any, project: str, overlap: int, seed: int) -> None:
    """Simulated reviewers rate every pair, named and stored as simulated."""
    from alignment.feedback.simulated import panel
    from alignment.stages.rate import judge_all

    reviewers = panel(max(overlap, 3), seed)
    for reviewer in reviewers:
        store.add_user(reviewer.name, simulated=True)
    for key in collections(store, project):
        store.rate(key, judge_all(store.items(key), store.pairs(key), reviewers, overlap, seed))


def watch(store: Any, project: str, rows: list[dict[str, Any]], config: Config) -> tuple[dict[str, Any], list[str]]:
    """The decision now, or, within `wait` minutes, as soon as there is one or every pair is rated; ids of its ratings.

    Once decided, reviewers get no more of the project; its ratings stay.
    """
    until = time.monotonic() + 60 * config.wait
    waiting = False
    while True:
        ratings = ratings_of(store, project, config)
        found = look(ratings, rows, config)
        decided = found["decision"] != "undecided"
        show(store, project, not decided)
        if decided or found["outcomes"] >= found["pairs"] or time.monotonic() >= until:
            return found, [one.uid for one in ratings]
        if not waiting:
            rated = f"{found['outcomes']} of {found['pairs']} pairs rated"
            print(f"  {rated}; for {config.wait:g} min looks for ratings of project {project}", flush=True)
            waiting = True
        time.sleep(min(LOOK, max(0.05, until - time.monotonic())))


def look(ratings: list[Any], rows: list[dict[str, Any]], config: Config) -> dict[str, Any]:
    """What the ratings say. Two replies that are the same are a tie without being rated."""
    from alignment.evaluation import blind

    half = len(rows) // 2
    same = {a["prompt_id"] for a, b in zip(rows[:half], rows[half:], strict=True) if a["text"] == b["text"]}
    ours = {row["prompt_id"]: row["response_id"] for row in rows[:half] if row["prompt_id"] not in same}
    intents = {row["prompt_id"]: str(row["tags"].get("intent", "other")) for row in rows}
    rated = blind.outcomes_of(ratings, ours, config.overlap)
    pairs = half - len(same)
    ties = blind.ties_so_far(len(same), len(rated), pairs)
    decision = blind.decide([*rated.values(), *ties], config.alpha, config.gain)
    needed = decision.needed and -(-decision.needed * len(rated) // decision.n)  # of those that people rate
    return {
        "decision": decision.decision,
        "win_rate": {"value": decision.mean, "low": decision.low, "high": decision.high, "n": decision.n},
        "needed": needed,
        "pairs": pairs,
        "outcomes": len(rated),
        "same_reply": len(same),
        "ratings": len(ratings),
        "reviewers": len({one.reviewer for one in ratings}),
        "simulated": config.judges is Judges.simulated,
        "alpha": config.alpha,
        "by_intent": blind.by_intent(rated, intents),
    }


def ratings_of(store: Any, project: str, config: Config) -> list[Any]:
    """The ratings in force, of people or of simulated reviewers."""
    simulated = config.judges is Judges.simulated
    return [one for key in collections(store, project) for one in store.ratings(key) if one.simulated is simulated]


def collections(store: Any, project: str) -> list[str]:
    """Keys of the project's imported candidates."""
    from alignment.feedback.projects import Projects

    return Projects(store).collections(project)


def show(store: Any, project: str, open_: bool) -> None:
    """Open the project to reviewers, or close it, where it is not so already."""
    from alignment.feedback.projects import Projects

    projects = Projects(store)
    if (project in projects.names()) is not open_:
        projects.archive(project, not open_)


def summary(artifact: Artifact, context: Context) -> str:
    """The answer, or what is missing for one."""
    found = artifact.metrics
    whose = "SIMULATED ratings" if found["simulated"] else "ratings"
    figure = found["win_rate"]
    rated = f"{found['outcomes']} of {found['pairs']} pairs rated"
    said = f"  {found['decision'].upper()}: {rated}, {found['ratings']} {whose}"
    if found["outcomes"]:
        said += f"; win rate {figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"
    if found["decision"] == "undecided":
        more = "" if found["needed"] is None else f", about {found['needed']} more pairs would decide"
        left = found["pairs"] - found["outcomes"]
        rate_on = f"rate project {found['project']} with: python -m feedback_app; then give this command again"
        said += f"{more}\n  {rate_on if left else 'every pair is rated: more prompts are needed, ab.prompts=N'}"
    return said
