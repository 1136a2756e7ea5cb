"""The gate before production. On a pass, or on an override signed with a reason, `<root>/registry.json` moves."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from alignment import registry
from alignment.artifact import Artifact, load, write_text_atomic
from alignment.errors import UserError
from alignment.inputs import Inputs
from alignment.pipeline import Context
from alignment.settings import Settings, require

KIND = "promotion"
USES = ()
REMADE = True
CARD = "model_card.md"


class By(StrEnum):
    value = "value"
    worst = "worst"
    best = "best"


@dataclass(kw_only=True)
class GateRule:
    figure: str
    by: By
    at_least: float | None
    at_most: float | None
    required: bool

    def __post_init__(self) -> None:
        require(
            self.at_least is not None or self.at_most is not None,
            f"promote.gate: {self.figure} has no line",
            "at_least, at_most or both",
        )


@dataclass(kw_only=True)
class Config:
    model: str
    gate: dict[str, GateRule]
    ab: bool
    licence: str | None
    override: str | None
    rollback: str | None
    signed: str | None

    def __post_init__(self) -> None:
        require(bool(self.gate), "promote.gate is empty", "at least one rule")
        require(
            not (self.override and self.rollback), "promote.override and promote.rollback", "one of the two at a time"
        )
        for name in ("override", "rollback"):
            if getattr(self, name):
                require(bool(self.signed), f"promote.{name} is not signed", 'a name: promote.signed="Ann Lee"')


def needs(config: Config, settings: Settings) -> dict[str, str]:
    """A rollback needs nothing but the registry."""
    if config.rollback:
        return {}
    return {"evaluation": "evaluate", "policy": config.model, "ab": "ab" if config.ab else "ab?"}


def check(config: Config, settings: Settings) -> None:
    """A rollback that cannot be made is told at once."""
    if config.rollback:
        registry.before(settings.root)


def sources(config: Config, settings: Settings, inputs: Inputs) -> dict[str, str]:
    """The registry and the marks of deleted ratings: with another one there, the gate is asked anew."""
    from alignment.artifact import canonical_hash

    judged = [*inputs.get("policy", []), *inputs.get("ab", [])]
    marked = [one.sha256 for artifact in judged for one in registry.retired(artifact)]
    return {"registry": canonical_hash(registry.read(settings.root)), "retired": canonical_hash(marked)}


def run(config: Config, context: Context) -> Artifact:
    root = context.settings.root
    if config.rollback:
        entry = registry.rollback(root, config.rollback, str(config.signed))
        policy = load(Path(root, entry["path"]))
        context.tracker.alias(policy, "production")
        found = [retired_check(registry.retired(policy)).to_json()]
        return context.finish({"promoted": False, "rolled_back": True, "production": entry, "checks": found})
    from alignment.evaluation import gate
    from alignment.evaluation.pages.card import card

    evaluation, policy = context.input("evaluation"), context.input("policy")
    rules = rules_of(config)
    checks = gate.test(rules, figures_of(evaluation, policy, config.model))
    blind = next(iter(context.inputs.get("ab", [])), None)
    if blind is not None:
        checks.append(ab_check(blind, policy))
    checks.append(retired_check(registry.retired(policy, *context.inputs.get("ab", []))))
    met = gate.passed([*rules, *_always(config)], checks)
    promoted = met or bool(config.override)
    entry = registry.entry_of(policy, root, evaluation)
    found = [one.to_json() for one in checks]
    if promoted:
        reason, signed = (None, None) if met else (config.override, config.signed)
        text = card(policy, evaluation, config.model, checks, config.licence, reason, signed)
        write_text_atomic(context.folder / CARD, text)
        write_text_atomic(Path(root, registry.CARDS, f"{policy.sha256[:12]}.md"), text)  # stays when this is remade
        if registry.read(root)["production"] != entry:
            failed = [one["figure"] for one in found if one["outcome"] != "passed"]
            action = "promote" if met else "override"
            registry.move(root, action, entry, reason=reason, signed=signed, not_passed=failed)
        context.tracker.alias(policy, "production")
    return context.finish(
        {"promoted": promoted, "passed": met, "rolled_back": False, "production": entry if promoted else None}
        | {"checks": found}
    )


def rules_of(config: Config) -> list[Any]:
    """The gate as `alignment.evaluation.gate` takes it."""
    from alignment.evaluation.gate import Rule

    return [Rule(name=name, **{**asdict(one), "by": one.by.value}) for name, one in config.gate.items()]


def _always(config: Config) -> list[Any]:
    """Rules on what is no figure of the evaluation."""
    from alignment.evaluation.gate import Rule

    required = {"ab": config.ab, "deleted_ratings": True}
    return [Rule(name, name, "value", 0, None, asked) for name, asked in required.items()]


def figures_of(evaluation: Artifact, policy: Artifact, model: str) -> dict[str, Any]:
    """The evaluation's figures of the model. UserError unless it measured this very artifact."""
    if model not in evaluation.metrics:
        raise UserError(
            f"{evaluation.path} did not measure {model}",
            ", ".join(evaluation.metrics),
            f"python -m alignment.run stage=evaluate evaluate.models=[{model}] force=true",
        )
    role = "policy" if model == "sft" else model  # the role it has among what the evaluation took
    measured = [one["sha256"] for one in evaluation.parents if one["role"] == role]
    if policy.sha256 not in measured:
        raise UserError(
            f"{policy.path} is not what {evaluation.path} measured",
            "the evaluation of this artifact",
            "python -m alignment.run stage=evaluate force=true",
        )
    found: dict[str, Any] = evaluation.metrics[model]
    return found


def ab_check(blind: Artifact, policy: Artifact) -> Any:
    """Passed when the blind A/B of this artifact found it better. Absent when none but simulated reviewers judged."""
    from alignment.evaluation.gate import Check

    of_this = ("candidate", policy.sha256) in [(one["role"], one["sha256"]) for one in blind.parents]
    better = of_this and blind.metrics["decision"] == "better"
    figure = blind.metrics["win_rate"]
    outcome = "absent" if blind.metrics["simulated"] else "passed" if better else "failed"
    line = "better" if of_this else "an A/B of this artifact"
    whose = " by SIMULATED reviewers" if blind.metrics["simulated"] else ""
    said = f"ab: {blind.metrics['decision']}{whose}"
    return Check("ab", said, outcome, figure["value"], figure["low"], figure["high"], line)


def retired_check(marked: list[Artifact]) -> Any:
    """Failed when something it was made from, or was found better by, is marked: ratings behind it were deleted."""
    from alignment.evaluation.gate import Check

    count = float(len(marked))
    return Check(
        "deleted_ratings",
        registry.named(marked),
        "failed" if marked else "passed",
        count,
        None,
        None,
        "value <= 0",
    )


def summary(artifact: Artifact, context: Context) -> str:
    """Every criterion with its number, and what is in production now."""
    lines = []
    for one in artifact.metrics["checks"]:
        number = "not measured" if one["value"] is None else f"{one['value']:.3f}"
        interval = "" if one["low"] is None else f" ({one['low']:.3f} to {one['high']:.3f})"
        lines.append(f"  {one['outcome']:<8} {one['figure']:<40} {number}{interval}, asked: {one['line']}")
    now = registry.read(context.settings.root)["production"]
    place = "nothing" if now is None else f"{now['run']}/{now['stage']} ({now['sha256'][:12]})"
    if artifact.metrics["rolled_back"]:
        if any(one["outcome"] == "failed" for one in artifact.metrics["checks"]):
            lines.append("  WARNING: RATINGS BEHIND IT WERE DELETED since. Promote a model trained without them")
        return "\n".join([*lines, f"  rolled back; in production: {place}"])
    if not artifact.metrics["promoted"]:
        lines.append("  NOT PROMOTED. With a reason: promote.override=REASON promote.signed=NAME")
    elif not artifact.metrics["passed"]:
        lines.append("  promoted by OVERRIDE")
    return "\n".join([*lines, f"  in production: {place}"])
