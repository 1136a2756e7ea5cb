"""Best-of-n: the reward model's pick of n SFT replies, the baseline that every trained policy must beat.

Nothing is trained: the artifact is a policy whose `model/` holds a rule (`alignment.evaluation.pick`) that evaluate and
compare carry out on their own prompts. Here the rule is read on validation prompts, for 1, 2, 4, … n replies.

    model/best_of_n.json    n, caution, and which policy and reward models, by path and sha256
    metrics.curve           a row for each n: {"n", "kl", <figure>: {value, low, high, n}}
"""

from dataclasses import dataclass

from alignment.artifact import Artifact, read_jsonl
from alignment.pipeline import Context
from alignment.settings import Settings, require

KIND = "policy"
NEEDS = {"policy": "sft", "dataset": "prepare", "reward": "reward"}
USES = ("model", "generation", "brand")
SHOWN = ("voice", "score", "facts", "reward", "length", "openers", "top_opener")


@dataclass(kw_only=True)
class Config:
    n: int
    caution: float
    prompts: int

    def __post_init__(self) -> None:
        require(self.n >= 2, f"best_of_n.n={self.n}", "a whole number >= 2")
        require(self.caution >= 0, f"best_of_n.caution={self.caution}", "a number >= 0")
        require(self.prompts >= 1, f"best_of_n.prompts={self.prompts}", "a whole number >= 1")


def check(config: Config, settings: Settings) -> None:
    require(
        settings.generation.temperature > 0,
        f"generation.temperature={settings.generation.temperature} with stage=best_of_n",
        "a temperature above 0: greedy replies are all the same",
    )


def run(config: Config, context: Context) -> Artifact:
    from alignment import models
    from alignment.evaluation import bestof, pick
    from alignment.evaluation.figures import alone
    from alignment.evaluation.measure import Measure
    from alignment.voice.contract import load_contract

    best = pick.BestOfN(config.n, config.caution, context.input("policy"), context.inputs["reward"])
    prompts = read_jsonl(context.input("dataset").path / "prompts" / "validation.jsonl")[: config.prompts]
    require(bool(prompts), f"{context.input('dataset').path} has no validation prompts", "at least one")
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
    rows = measure.candidates("best_of_n", best)
    for row in rows:
        row["reward"] = row["choice"]
    curve = []
    for n in bestof.sizes(config.n):
        figures = alone(pick.chosen(rows, best, n))
        curve.append({"n": n, "kl": bestof.kl(n)} | {name: figures[name] for name in SHOWN if name in figures})
        context.tracker.log({f"best_of_n/{name}": figures[name]["value"] for name in SHOWN if name in figures}, step=n)
    pick.write(best, models.model_folder(context.folder))
    return context.finish({"n": config.n, "kl": bestof.kl(config.n), "prompts": len(prompts), "curve": curve})
