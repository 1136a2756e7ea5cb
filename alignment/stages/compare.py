"""Compare methods: aligned policies of the same SFT parent and ratings, on the same test prompts, and which to take.

    artifact.json          metrics.<model>.<figure> = {value, low, high, n}, as stage evaluate has them
    replies/<model>.jsonl  the judged replies
    comparisons.json       paired tests of all pairs of models, corrected by Holm
    recommendation.json    model, alike, excluded, prompts_needed, sentence
    compare.html           one page: table, reward against KL, tests, recommendation

Policies are those of `inputs.policies`, else all of this run and of the runs inside it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment.artifact import Artifact, read_jsonl, write_json_atomic, write_jsonl, write_text_atomic
from alignment.errors import UserError
from alignment.pipeline import Context
from alignment.settings import Settings, require

KIND = "comparison"
NEEDS = {"dataset": "prepare", "policy": "sft", "reward": "reward?", "policies": "sft?"}
USES = ("model", "generation", "brand")
REMADE = True
FILE = "compare.html"
SFT = "sft"


@dataclass(kw_only=True)
class Config:
    by: str
    facts_loss: float
    prompts: int
    tested: list[str]

    def __post_init__(self) -> None:
        from alignment.evaluation.comparisons import TESTED

        require(self.by in TESTED, f"compare.by={self.by}", ", ".join(TESTED))
        unknown = [name for name in self.tested if name not in TESTED]
        require(not unknown, f"compare.tested names {', '.join(unknown)}", ", ".join(TESTED))
        require(self.by in self.tested, f"compare.by={self.by} is not in compare.tested", ", ".join(self.tested))
        require(0 <= self.facts_loss <= 1, f"compare.facts_loss={self.facts_loss}", "a share from 0 to 1")
        require(self.prompts >= 0, f"compare.prompts={self.prompts}", "a whole number >= 0 (0 = all)")


def needs(config: Config, settings: Settings) -> dict[str, str]:
    """`heldout`: a reward model that nothing was optimised against, where `inputs.heldout` names one."""
    return NEEDS | ({"heldout": "reward"} if "heldout" in settings.inputs else {})


def gather(config: Config, settings: Settings) -> dict[str, list[Path]]:
    from alignment.evaluation.rivals import policies_in

    return {"policies": policies_in(Path(settings.root, settings.run))}


def run(config: Config, context: Context) -> Artifact:
    from alignment.evaluation import rivals
    from alignment.evaluation.comparisons import TESTED, compare
    from alignment.evaluation.figures import figures
    from alignment.evaluation.pages import compare_page
    from alignment.evaluation.recommend import recommend

    sft = context.input("policy")
    policies = rivals.names(context.inputs["policies"])
    if not policies:
        raise UserError(
            f"no aligned policy in {context.final.parent}",
            "at least one finished dpo, kto, orpo, ppo, grpo, rloo or best_of_n, or inputs.policies=[RUN/STAGE, ...]",
            f"python -m alignment.run stage=dpo run={context.settings.run}",
        )
    rivals.check_same(policies, sft)
    prompts = read_jsonl(context.input("dataset").path / "prompts" / "test.jsonl")
    prompts = prompts[: config.prompts] if config.prompts else prompts
    require(bool(prompts), f"{context.input('dataset').path} has no test prompts", "at least one")

    found = measured(context, {SFT: sft, **policies}, prompts)
    replies = {name: one.rows for name, one in found.items()}
    metrics = figures(replies, {name: one.estimates(None) for name, one in found.items()})
    tests = compare(replies, list(replies), {name: TESTED[name] for name in config.tested})
    require(config.by in metrics[SFT], f"compare.by={config.by}: not measured here", ", ".join(metrics[SFT]))
    advice = recommend(metrics, tests, config.by, config.facts_loss)

    for name, rows in replies.items():
        write_jsonl(context.folder / "replies" / f"{name.replace('/', '_')}.jsonl", rows)
    write_json_atomic(context.folder / "comparisons.json", tests)
    write_json_atomic(context.folder / "recommendation.json", advice.plain())
    page = compare_page.render(
        context.settings.run, metrics, tests, advice, compare_page.paths(policies), config.by, len(prompts)
    )
    write_text_atomic(context.folder / FILE, page)
    return context.finish(metrics)


def measured(context: Context, policies: dict[str, Artifact], prompts: list[dict[str, Any]]) -> dict[str, Any]:
    """{model: Measured} on the prompts, with KL to SFT and rewards."""
    from alignment.evaluation.measure import Measure, add_rewards
    from alignment.voice.contract import load_contract

    measure = Measure(
        context=context,
        contract=load_contract(context.settings.brand.folder),
        prompts=prompts,
        swapped=[],
        held_out=[],
        general=[],
        latency_prompts=0,
        labels=[],
    )
    found = {name: measure.policy(name, one.path / "model") for name, one in policies.items()}
    measure.add_kl(found, policies[SFT].path / "model")
    for role, column in (("reward", "reward"), ("heldout", "reward_heldout")):
        models = [one.path for one in context.inputs.get(role, [])]
        add_rewards([one.rows for one in found.values()], models, column, context)
    return found


def summary(artifact: Artifact, context: Context) -> str:
    """The table of figures and the recommendation, as text."""
    import json

    from alignment.evaluation.pages.summary import table

    advice = json.loads((artifact.path / "recommendation.json").read_text(encoding="utf-8"))
    lines = [*table(artifact.metrics), "  brackets: 95 % intervals", "", advice["sentence"]]
    return "\n".join([*lines, f"page  {artifact.path / FILE}"])
