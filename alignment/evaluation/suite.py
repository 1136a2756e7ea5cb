"""The whole evaluation, from models to figures. What is costly or needs something outside is switched by the config."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alignment import models, sampling
from alignment.artifact import Artifact, read_jsonl
from alignment.data.bias import swaps
from alignment.data.negatives import suite as tempting
from alignment.evaluation import bestof, bias, opponents
from alignment.evaluation.comparisons import compare
from alignment.evaluation.examine import Asked, Scorer, examine
from alignment.evaluation.figures import by_task, figures
from alignment.evaluation.judge import Endpoint, judge_pairs
from alignment.evaluation.measure import BASE, EVALUATION_SEED, SFT, Measure, Measured, Rows, add_rewards
from alignment.evaluation.pairing import Figure
from alignment.evaluation.people import people_outcomes
from alignment.evaluation.perplexity import general_texts
from alignment.evaluation.rated import rated_pairs, read_verdicts, trained_on
from alignment.evaluation.tempted import suite_figures
from alignment.evaluation.trust import bag_of_words
from alignment.evaluation.wins import BY_COLUMN, Outcomes, by_score
from alignment.pipeline import Context
from alignment.voice.brand import brand_folder, guide_file
from alignment.voice.contract import load_contract

TRUST_TRAINING_PAIRS = 20_000  # of which the word count learns


@dataclass(frozen=True)
class Evaluated:
    """What the artifact holds: metrics by model, judged replies by model, JSON files by name, fingerprints."""

    metrics: dict[str, dict[str, Figure]]
    replies: dict[str, Rows]
    files: dict[str, Any]
    fingerprints: dict[str, str]


def evaluate(
    config: Any,
    context: Context,
    policies: Mapping[str, str | Path],
    prompts: Rows,
    held_out: Rows,
    judge_key: str | None,
) -> Evaluated:
    """Everything `conf/stages/evaluate.yaml` asks for."""
    others = opponents.find(config.against, context.settings.root, config.models)
    for one in others:
        opponents.check_answers(one, prompts)
    measure = Measure(
        context=context,
        contract=load_contract(context.settings.brand.folder),
        prompts=prompts,
        swapped=swapped_prompts(prompts, config.bias_prompts),
        tempting=tempting(opening(prompts)) if config.behaviours else [],
        held_out=held_out,
        general=general_texts(config.general_text, config.general_rows) if config.general_rows else [],
        latency_prompts=config.latency_prompts,
        labels=sorted({row["label"] for row in prompts if row.get("label") is not None}),
    )
    found: dict[str, Measured] = {name: measure.policy(name, policies[name]) for name in (BASE, SFT)}
    for one in others:
        found[one.name] = measure.policy(one.name, one.policy) if one.policy else measure.given(one.replies)
    found |= {name: measure.policy(name, policies[name]) for name in policies if name not in (BASE, SFT)}
    measure.add_kl(found, policies[SFT])
    drawn = draw_best(config, measure, policies[SFT]) if config.best_of > 1 else []
    every = [rows for one in found.values() for rows in (one.rows, one.swapped)] + [drawn]
    optimised, independent = ([one.path for one in context.inputs.get(role, [])] for role in ("reward", "heldout"))
    add_rewards(every, optimised, "reward", context, spread="reward_spread")
    add_rewards(every, independent, "reward_heldout", context)

    replies = {name: one.rows for name, one in found.items()}
    hashes = {name: several[0].sha256 for name, several in context.inputs.items() if name in found and several}
    hashes |= {SFT: context.input("policy").sha256} | {one.name: one.sha256 for one in others if one.policy}
    outcomes, judged = all_outcomes(config, context, replies, [one.name for one in others], hashes, judge_key)
    estimates = {name: one.estimates(found[BASE]) for name, one in found.items()}
    metrics = figures(replies, estimates, outcomes)
    unequal = {name: bias.bias_figures(one.rows, one.swapped) for name, one in found.items() if one.swapped}
    for name, own in metrics.items():
        own |= judged.get(name, {}) | bias.model_figures(unequal.get(name, [])) | suite_figures(found[name].tempted)
    files: dict[str, Any] = {"comparisons": compare(replies, (BASE, SFT, *(one.name for one in others)))}
    if tasks := by_task(replies):
        files["tasks"] = tasks
    if unequal:
        files["bias"] = unequal
    if config.behaviours:
        files["behaviours"] = {name: one.tempted for name, one in found.items() if one.tempted}
    if drawn:
        files["best_of_n"] = best_of_curve(drawn, config.best_of)
    if trust := trust_report(config, context):
        files["trust"] = trust
    return Evaluated(metrics, replies, files, {f"against:{one.name}": one.sha256 for one in others})


def opening(prompts: Rows) -> str | None:
    """The first line of the system message, which says whose customers are answered."""
    first = prompts[0]["messages"][0]
    return first["content"].partition("\n")[0] if first["role"] == "system" else None


def swapped_prompts(prompts: Rows, most: int) -> Rows:
    """The prompts with a name, dialect or gender changed; none where `most` is 0."""
    return bias.variants(prompts, swaps, most) if most else []


def all_outcomes(
    config: Any,
    context: Context,
    replies: Mapping[str, Rows],
    others: Sequence[str],
    hashes: Mapping[str, str],
    judge_key: str | None,
) -> tuple[dict[str, dict[str, dict[str, Outcomes]]], dict[str, dict[str, Figure]]]:
    """{model: {other: {judge: outcomes}}} over SFT and every opponent, and what the model judge's answers were like.

    hashes: of the artifacts of models that have one, by which people's ratings know them.
    """
    made: dict[str, dict[str, dict[str, Outcomes]]] = {}
    judged: dict[str, dict[str, Figure]] = {}
    for model in (name for name in replies if name not in (BASE, *others)):
        for other in (name for name in (SFT, *others) if name != model):
            found = {
                judge: by_score(replies[model], replies[other], column)
                for judge, column in BY_COLUMN.items()
                if judge in config.judges
            }
            if "people" in config.judges:
                found["people"] = by_people(
                    context, replies[model], replies[other], (hashes.get(model), hashes.get(other))
                )
            if "model" in config.judges:
                answer = ask_judge(config, context, replies[model], replies[other], f"{model}-{other}", judge_key)
                found["model"] = answer.outcomes
                judged[model] = judged.get(model, {}) | answer.figures(other)
            made.setdefault(model, {})[other] = found
    return made, judged


def by_people(context: Context, rows: Rows, others: Rows, hashes: tuple[str | None, str | None]) -> Outcomes:
    from alignment.feedback.database.engine import default_url
    from alignment.feedback.store import open_store

    with open_store(default_url(context.settings.root)) as store:
        return people_outcomes(store, rows, others, hashes)


def ask_judge(config: Any, context: Context, rows: Rows, others: Rows, name: str, key: str | None) -> Any:
    """The verdicts of the endpoint on the first `judge_prompts` prompts, by the brand's voice guide if there is one."""
    endpoint = Endpoint(
        url=config.judge_url,
        model=config.judge_model,
        key=key,
        timeout=config.judge_timeout,
        workers=config.judge_workers,
    )
    guide = guide_file(brand_folder(context.settings.brand.folder))
    text = guide.read_text(encoding="utf-8") if guide and guide.is_file() else None
    rows = rows[: config.judge_prompts or None]
    context.progress.start(len(rows), f"verdicts on {name}")
    answers = context.scratch / f"judge-{name}.jsonl"
    found = judge_pairs(endpoint, rows, others, text, answers, context.progress.step)
    context.progress.done()
    return found


def draw_best(config: Any, measure: Measure, source: str | Path) -> Rows:
    """best_of judged replies of SFT to each of the first prompts, a prompt's one after the other."""
    settings = measure.context.settings
    tokenizer = models.load_tokenizer(source, settings.model)
    policy = models.load_policy(source, settings.model)
    chosen = [prompt for prompt in measure.prompts[: config.best_of_prompts] for _ in range(config.best_of)]
    seed = measure.context.seed + 2 * EVALUATION_SEED
    drawn, _ = measure.replies("best-of", policy, tokenizer, chosen, seed)
    return [measure.judged(prompt, one) for prompt, one in zip(chosen, drawn, strict=True)]


def best_of_curve(drawn: Rows, most: int) -> list[dict[str, Any]]:
    """The curve of every column that all replies have; empty without a reward model to pick by."""
    columns = {}
    for figure, column in (
        ("reward", "reward"),
        ("reward_heldout", "reward_heldout"),
        ("voice", "passed"),
        ("score", "score"),
        ("facts", "facts"),
        ("length", "length"),
    ):
        values = [row.get(column) for row in drawn]
        if all(value is not None for value in values):
            columns[figure] = np.array(values, dtype=float).reshape(-1, most)
    return bestof.curve(columns, bestof.sizes(most)) if "reward" in columns else []


def trust_report(config: Any, context: Context) -> dict[str, Any]:
    """{"optimised", "held_out"}: the reward models examined on held-out pairs; empty without them or without pairs."""
    preferences = next(iter(context.inputs.get("preferences", [])), None)
    if not config.trust_pairs or preferences is None:
        return {}
    pairs = held_out_pairs(preferences, config.trust_pairs)
    if not pairs:
        return {}
    verdicts = read_verdicts(preferences, context.inputs.get("ratings", []), context.settings.root)
    train = read_jsonl(preferences.path / "train.jsonl")[:TRUST_TRAINING_PAIRS]
    counter = bag_of_words(train) if len(train) > 1 else None
    made = {}
    for name, role in (("optimised", "reward"), ("held_out", "heldout")):
        folders = [one.path for one in context.inputs.get(role, [])]
        if folders:
            scorers = [scorer(folder, context) for folder in folders]
            seen = trained_on(preferences, verdicts)
            made[name] = examine(pairs, scorers, rated_pairs(pairs, verdicts), seen, counter)
    return made


def held_out_pairs(preferences: Artifact, most: int) -> Rows:
    """Up to `most` pairs of the test split, spread over it; the validation split's where there is no test."""
    for split in ("test", "validation"):
        file = preferences.path / f"{split}.jsonl"
        rows = read_jsonl(file) if file.is_file() else []
        if rows:
            return [rows[i * len(rows) // most] for i in range(most)] if len(rows) > most else rows
    return []


def scorer(folder: Path, context: Context) -> Scorer:
    """Scores by the reward model of an artifact."""
    source = models.model_folder(folder)
    tokenizer = models.load_tokenizer(source, context.settings.model)
    reward = models.load_reward(source, context.settings.model)
    low = models.computes_bfloat16(context.settings.model)

    def score(asked: list[Asked]) -> list[float]:
        return sampling.rewards(reward, tokenizer, [c for c, _ in asked], [text for _, text in asked], bfloat16=low)

    return score
