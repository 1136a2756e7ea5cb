"""One self-contained HTML page for the owner: is the new voice better, with all that is needed to decide."""

from dataclasses import dataclass
from typing import Any

from alignment import inputs as artifact_inputs
from alignment import stages
from alignment.artifact import Artifact, write_text_atomic
from alignment.pipeline import Context
from alignment.settings import Settings, require

KIND = "report"
NEEDS = {"evaluation": "evaluate"}
USES = ()
REMADE = True
FILE = "report.html"


@dataclass(kw_only=True)
class Config:
    examples: int
    voice: float
    fewer_failures: float
    fewer_apologies: float
    facts_loss: float
    win_rate: float
    openers: int
    top_opener: float

    def __post_init__(self) -> None:
        require(self.examples >= 1, f"report.examples={self.examples}", "a whole number >= 1")
        require(self.openers >= 1, f"report.openers={self.openers}", "a whole number >= 1")
        for name in ("voice", "fewer_failures", "fewer_apologies", "facts_loss", "win_rate", "top_opener"):
            value = getattr(self, name)
            require(0 <= value <= 1, f"report.{name}={value}", "a share from 0 to 1")


def sources(config: Config, settings: Settings, inputs: dict[str, list[Artifact]]) -> dict[str, str]:
    """Everything the report shows: a stage made anew makes a new report."""
    return {f"{one.run}/{one.stage}": one.sha256 for one in _shown(inputs["evaluation"][0], settings)}


def run(config: Config, context: Context) -> Artifact:
    from alignment.evaluation.pages import report

    evaluation = context.input("evaluation")
    artifacts = _shown(evaluation, context.settings)
    final = _final(evaluation, context.settings)
    page = report.build(evaluation, artifacts, criteria(config), final, config.examples)
    write_text_atomic(context.folder / FILE, report.render(page))
    verdict = page["verdict"]
    return context.finish(
        {
            "answer": verdict.answer.value,
            "model": final,
            "sentence": verdict.sentence,
            "criteria": {finding.criterion.figure: finding.outcome.value for finding in verdict.findings},
            "ratings_simulated": page["ratings"]["simulated"],
        }
    )


def criteria(config: Config) -> list[Any]:
    """What the new voice has to meet, in the order shown."""
    from alignment.evaluation.verdict import Criterion

    return [
        Criterion(figure="voice", line=config.voice, words="replies in the brand's voice"),
        Criterion(figure="failures_vs_sft", line=config.fewer_failures, words="fewer failing replies than SFT"),
        Criterion(figure="apologies_vs_base", line=config.fewer_apologies, words="fewer needless apologies than base"),
        Criterion(figure="facts_minus_base", line=-config.facts_loss, part="low", words="facts as right as the base's"),
        Criterion(figure="win_rate_vs_sft", line=config.win_rate, part="low", words="wins over SFT"),
        Criterion(figure="openers", line=config.openers, words="different openers"),
        Criterion(figure="top_opener", line=config.top_opener, at_most=True, words="no opener that takes over"),
    ]


def summary(artifact: Artifact, context: Context) -> str:
    """The last lines of the loop: figures before and after, three prompts side by side, where the report is."""
    from alignment.evaluation.pages.summary import summary_text

    return summary_text(
        context.input("evaluation"),
        artifact.path / FILE,
        context.settings.run,
        bool(artifact.metrics["ratings_simulated"]),
        verdict=f"{artifact.metrics['answer'].upper()}: {artifact.metrics['sentence']}",
        final=str(artifact.metrics["model"]),
    )


def _shown(evaluation: Artifact, settings: Settings) -> list[Artifact]:
    from alignment.evaluation.pages import report

    folders = [artifact_inputs.in_run(name, settings) for name in stages.names() if name != "report"]
    return report.gather(evaluation, [folder for folder in folders if folder is not None])


def _final(evaluation: Artifact, settings: Settings) -> str:
    """The model that is judged: the run's aligner where it was evaluated, else the last one that is no opponent."""
    models = [name for name in evaluation.metrics if f"against:{name}" not in evaluation.fingerprints]
    return settings.aligner if settings.aligner in models else models[-1]
