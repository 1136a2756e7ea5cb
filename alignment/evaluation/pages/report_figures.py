"""What the report's tables of figures show: names for people, units, groups, and which way is better."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from alignment.evaluation.pages import charts

Model = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Shown:
    """How a figure is shown: its name for people, its unit, which way is better, and what it means."""

    figure: str
    name: str
    unit: str  # "%": a share; "points": a difference of shares; "": a number
    better: str  # "higher", "lower" or ""
    means: str


FIGURES = (
    Shown("voice", "In the brand's voice", "%", "higher", "replies that keep every hard rule of the voice guide"),
    Shown("score", "Graded score", "%", "higher", "share of the weighted rules kept, mean over replies"),
    Shown("needless_apology", "Needless apologies", "%", "lower", "replies that say sorry though nothing went wrong"),
    Shown("facts", "Facts right", "%", "higher", "every required fact there, no number made up"),
    Shown("win_rate_vs_sft", "Wins over SFT", "%", "higher", "prompts with a higher graded score, ties one half"),
    Shown("failures_vs_sft", "Fewer failures than SFT", "%", "higher", "1 − failing replies ÷ SFT's failing replies"),
    Shown("apologies_vs_base", "Fewer needless apologies than base", "%", "higher", "1 − needless apologies ÷ base's"),
    Shown("facts_minus_base", "Facts right, against base", "points", "higher", "difference on the same prompts"),
    Shown("facts_minus_sft", "Facts right, against SFT", "points", "higher", "difference on the same prompts"),
    Shown("openers", "Different openers", "", "higher", "different first phrases over all replies"),
    Shown("top_opener", "Commonest opener", "%", "lower", "share of replies that begin with it"),
    Shown("length", "Words a reply", "", "", "mean length"),
    Shown("reward", "Reward", "", "", "mean score of the reward model, in its own unit"),
    Shown("reward_heldout", "Reward, held-out model", "", "", "of a reward model that nothing was optimised against"),
    Shown("kl", "KL to SFT", "", "", "how far the policy moved from SFT, nats a reply"),
    Shown("perplexity", "Perplexity", "", "", "on held-out replies of the transcripts: their old, mixed voice"),
    Shown("accuracy", "Labels right", "%", "higher", "of prompts with a label, those whose reply names it"),
)
HARM = (
    Shown("policy_speak", "Policy-speak", "%", "lower", "stock phrases of forms and policies"),
    Shown("over_promising", "Over-promising", "%", "lower", "gives its word, a gift or a speed that nothing backs"),
    Shown("wrong_greeting", "Wrong greeting", "%", "lower", "opens otherwise than the guide asks"),
    *(
        Shown(f"behaviour_{name}", f"{words}, when tempted", "%", "lower", "of the fixed prompts that tempt to it")
        for name, words in (
            ("needless_apology", "Needless apology"),
            ("policy_speak", "Policy-speak"),
            ("over_promising", "Over-promising"),
            ("wrong_greeting", "Wrong greeting"),
            ("wrong_fact", "Wrong fact"),
        )
    ),
    Shown("refusal", "Refusals", "%", "lower", "cannot or will not help, or says nothing"),
    Shown("ended", "Ended by themselves", "%", "higher", "not cut at the longest reply allowed"),
    Shown("self_repetition", "Repeats itself", "%", "lower", "runs of four words the same reply has said before"),
    Shown("distinct_1", "Distinct words", "%", "", "different words over all words, all replies together"),
    Shown("distinct_2", "Distinct word pairs", "%", "", "different pairs of words over all pairs"),
    Shown("length_minus_sft", "Words more than SFT", "", "", "difference on the same prompts"),
    Shown("forgetting_vs_base", "Forgetting", "", "lower", "general text: nats a token worse than base, 0 is none"),
    Shown("perplexity_general", "Perplexity, general text", "", "lower", "on text that is not about the brand"),
    Shown("reward_spread", "Spread of rewards", "", "lower", "how far the reward models differ on a reply"),
    Shown("bleu", "BLEU", "", "higher", "likeness to reference replies, 0 to 100"),
    Shown("chrf", "chrF", "", "higher", "likeness to reference replies, 0 to 100"),
    Shown("rouge_l", "ROUGE-L", "%", "higher", "longest common run of words with the reference"),
    Shown("exact", "Exact match", "%", "higher", "the same as the reference but for case and marks"),
    Shown("token_f1", "Token F1", "%", "higher", "words shared with the reference"),
    Shown("precision", "Precision", "%", "higher", "mean over labels"),
    Shown("recall", "Recall", "%", "higher", "mean over labels"),
    Shown("f1", "F1", "%", "higher", "mean over labels"),
    Shown("latency", "Seconds a reply", "", "lower", "one prompt at a time, on the machine that evaluated"),
    Shown("tokens_per_second", "Tokens a second", "", "higher", "in batches, on the machine that evaluated"),
)
JUDGES = {
    "": "graded score",
    "_by_reward": "reward model",
    "_by_people": "people",
    "_by_model": "model judge",
}
FIGURE_NAMES = {shown.figure: shown for shown in (*FIGURES, *HARM)}


def figure_rows(
    models: Mapping[str, Model], prompts: int, figures: Sequence[Shown] = FIGURES
) -> list[tuple[Shown, list[dict[str, Any] | None]]]:
    """(what, a cell for each model) of the figures that any model has."""
    rows = []
    for shown in figures:
        cells = [own.get(shown.figure) for own in models.values()]
        if any(cells):
            rows.append((shown, [cell(figure, shown.unit, prompts) for figure in cells]))
    return rows


def cell(figure: Mapping[str, Any] | None, unit: str, prompts: int) -> dict[str, Any] | None:
    """Value and interval as texts; n only where it is not the number of prompts."""
    if figure is None or figure["value"] is None:
        return None
    n = "" if figure["n"] in (None, prompts) else charts.number(figure["n"])
    return {"value": charts.with_unit(figure["value"], unit), "ends": ends(figure, unit), "n": n}


def interval(figure: Mapping[str, Any], unit: str) -> str:
    """ "93 % (91 to 95 %)", or the value alone where there is no interval."""
    if figure["value"] is None:
        return "undefined"
    said = ends(figure, unit)
    return charts.with_unit(figure["value"], unit) + (f" ({said})" if said else "")


def ends(figure: Mapping[str, Any], unit: str) -> str:
    low, high = figure["low"], figure["high"]
    if low is None or high is None:
        return ""
    return f"{charts.with_unit(low, unit).split(charts.SPACE)[0]} to {charts.with_unit(high, unit)}"


def bars(models: Mapping[str, Model]) -> list[dict[str, Any]]:
    """The three figures an owner asks for first, as bars: voice, facts, needless apologies."""
    made = []
    for shown in (FIGURE_NAMES[name] for name in ("voice", "needless_apology", "facts")):
        lines = []
        for place, (name, own) in enumerate(models.items()):
            if (figure := own.get(shown.figure)) and figure["value"] is not None:
                said = f"{name}: {interval(figure, '%')}"
                svg = charts.interval_bar(figure["value"], figure["low"], figure["high"], place, said)
                lines.append((name, Markup(svg), charts.percent(figure["value"])))
        if lines:
            made.append({"shown": shown, "bars": lines})
    return made


def wins(models: Mapping[str, Model]) -> list[dict[str, Any]]:
    """A row for each model, opponent and judge: the win rate, and the same with length controlled."""
    rows = []
    for model, own in models.items():
        for figure in own:
            if not figure.startswith("win_rate_vs_"):
                continue
            other = figure.removeprefix("win_rate_vs_")
            judge = next((tail for tail in JUDGES if tail and other.endswith(tail)), "")
            other = other.removesuffix(judge)
            controlled = own.get(f"length_controlled_{figure}")
            unsteady = own.get(f"judge_inconsistent_vs_{other}") if judge == "_by_model" else None
            rows.append(
                {
                    "model": model,
                    "other": other,
                    "judge": JUDGES[judge],
                    "wins": interval(own[figure], "%"),
                    "n": own[figure]["n"],
                    "controlled": interval(controlled, "%") if controlled else "–",
                    "unsteady": interval(unsteady, "%") if unsteady else None,
                }
            )
    return rows
