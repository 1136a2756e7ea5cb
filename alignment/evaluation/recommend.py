"""Which of several aligned policies to take, said no more firmly than the data allow."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Metrics = Mapping[str, Mapping[str, Mapping[str, Any]]]
Tests = Sequence[Mapping[str, Any]]
SFT = "sft"
Z95, Z80 = 1.959964, 0.841621  # normal quantiles: two-sided at 95 %, power of 80 %


@dataclass(frozen=True)
class Recommendation:
    """`model`: the one to take ("sft": none of them). `alike`: those that the tests do not tell from the best.

    `excluded`: {model: why}. `prompts_needed`: test prompts that would tell the model from the next best at the
    difference seen, None where they are told apart or do not differ.
    """

    model: str
    alike: list[str]
    excluded: dict[str, str]
    prompts_needed: int | None
    sentence: str

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def recommend(metrics: Metrics, tests: Tests, by: str, facts_loss: float) -> Recommendation:
    """The policy with the highest `by` among those that keep the facts and are shown to beat SFT.

    Of those that the tests do not tell from it, the one nearest to SFT.

    Args:
        metrics: {model: {figure: {value, low, high, n}}}, SFT among the models.
        tests: rows of `comparisons.compare` over all pairs of models, with `by` and, where asked for, "facts".
        by: the figure that decides, higher is better.
        facts_loss: facts may fall against SFT by at most this share, at the interval's lower end.
    """
    excluded = {name: why for name in metrics if name != SFT and (why := _loses_facts(name, tests, facts_loss))}
    left = [name for name in metrics if name != SFT and name not in excluded]
    better = [name for name in left if (test := _test(name, SFT, by, tests)) and test["differs"] and test["up"]]
    if not better:
        return Recommendation(SFT, [], excluded, None, _none_better(left, excluded, by))
    best = max(better, key=lambda name: metrics[name][by]["value"])
    ranked = sorted((name for name in left if name != best), key=lambda name: -metrics[name][by]["value"])
    alike = [best, *(name for name in ranked if not _test(best, name, by, tests).get("differs"))]
    choice = [name for name in alike if name in better]
    chosen = min(choice, key=lambda name: (name.rsplit("/", 1)[-1] == "best_of_n", _kl(metrics[name])))
    needed = _prompts_needed(_test(best, alike[1], by, tests)) if len(alike) > 1 else None
    rest = [name for name in alike if name != chosen]
    sentence = f"{chosen}: {by} {metrics[chosen][by]['value']:.3g} against SFT's {metrics[SFT][by]['value']:.3g}"
    if rest:
        sentence += f"; but the data do not separate it from {_listed(rest)} (Holm, 5 %)"
        if len(choice) > 1:
            sentence += f", and of those better than SFT it moved least ({_kl(metrics[chosen]):.3g} nats a reply)"
        if needed is not None:
            sentence += f"; about {needed} test prompts would separate {best} from {alike[1]}"
    else:
        sentence += "; it differs from every other one (Holm, 5 %)" if len(left) > 1 else ""
    if excluded:
        sentence += f". Left out: {_left_out(excluded)}"
    return Recommendation(chosen, rest, excluded, needed, sentence + ".")


def _none_better(left: Sequence[str], excluded: Mapping[str, str], by: str) -> str:
    said = f"Keep SFT: the data show none of {_listed(left)} to be better by {by}" if left else "Keep SFT"
    lost = _left_out(excluded)
    return f"{said}{f'. Left out: {lost}' if lost else ''}."


def _left_out(excluded: Mapping[str, str]) -> str:
    """Who and why, those of one reason together."""
    whose: dict[str, list[str]] = {}
    for name, why in excluded.items():
        whose.setdefault(why, []).append(name)
    return "; ".join(f"{_listed(names)} {why}" for why, names in whose.items())


def _loses_facts(model: str, tests: Tests, most: float) -> str:
    test = _test(model, SFT, "facts", tests)
    low = test["difference"]["low"] if test else None
    if low is None or low >= -most:
        return ""
    return f"may lose {-low:.1%} of the facts (allowed: {most:.1%})"


def _test(model: str, other: str, figure: str, tests: Tests) -> dict[str, Any]:
    """The test of model minus other, turned round where it is kept the other way; empty where there is none."""
    for test in tests:
        pair = (test["model"], test["other"])
        if test["figure"] == figure and pair in ((model, other), (other, model)):
            found = dict(test["difference"])
            if pair[0] != model:
                ends = (found["low"], found["high"])
                low, high = (None if end is None else -end for end in reversed(ends))
                found |= {"value": -found["value"], "low": low, "high": high}
            return {**test, "difference": found, "up": found["value"] > 0}
    return {}


def _prompts_needed(test: Mapping[str, Any]) -> int | None:
    """n of a paired test at 5 % with power 80 %: ((z.975 + z.80) sd / difference)², sd from the interval's width."""
    found = test["difference"]
    if not found["value"] or found["low"] is None:
        return None
    error = (found["high"] - found["low"]) / (2 * Z95)
    return math.ceil(found["n"] * ((Z95 + Z80) * error / found["value"]) ** 2)


def _kl(figures: Mapping[str, Mapping[str, Any]]) -> float:
    return float(figures["kl"]["value"]) if "kl" in figures else math.inf


def _listed(listed: Sequence[str]) -> str:
    return " and ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
