"""Where a stage's inputs come from, and the hash that says whether two attempts may continue each other."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from alignment import stages
from alignment.artifact import RECORD, Artifact, canonical_hash, load, verify
from alignment.errors import UserError, nearest
from alignment.settings import Settings

Inputs = dict[str, list[Artifact]]


def resolve(stage: str, config: Any, settings: Settings) -> Inputs:
    """{role: artifacts}, verified: those `inputs.<role>` names, else this run's, else its parent run's.

    A stage that takes all there are of a role finds them itself, in `gather`.
    """
    inputs = {}
    module = stages.load(stage)
    gathered = module.gather(config, settings) if hasattr(module, "gather") else {}
    for role, default in stages.needs(stage, config, settings).items():
        refined = refiner(stage, role, settings)
        maker = refined or default.removesuffix("?")
        if role in settings.inputs and not (refined and settings.stage == "all"):
            found = [_named(role, name, settings) for name in settings.inputs[role]]
            _same_kind(role, found, stages.load(maker).KIND)
        elif role in gathered:
            found = [load(folder) for folder in gathered[role]]
        else:
            folder = in_run(maker, settings)
            found = [load(folder)] if folder else []
        if not found and not default.endswith("?"):
            raise UserError(
                f"{stage} needs {role}, and {Path(settings.root, settings.run, maker)} is not there",
                f"a finished {maker}, or inputs.{role}=RUN/STAGE",
                f"python -m alignment.run stage={maker} run={settings.run}",
            )
        for one in found:
            verify(one)
        inputs[role] = found
    return inputs


def refiner(stage: str, role: str, settings: Settings) -> str | None:
    """The last stage of the loop before `stage` whose artifact takes the place of the role's usual one (`REFINES`).

    With loop=[prepare,augment,sft,...] all that come after augment take its dataset. When the whole loop runs,
    `inputs.<role>` is then what the first of these stages takes.
    """
    before = settings.loop[: settings.loop.index(stage)] if stage in settings.loop else settings.loop
    found = [name for name in before if getattr(stages.load(name), "REFINES", None) == role]
    return found[-1] if found and role in stages.load(found[-1]).NEEDS else None


def in_run(stage: str, settings: Settings) -> Path | None:
    """Folder of a finished stage in this run or, for a run `a/b`, in `a`; None where there is none."""
    run = Path(settings.run)
    for name in (run, *run.parents[:-1]):
        folder = Path(settings.root, name, stage)
        if (folder / RECORD).exists():
            return folder
    return None


def check_named(configs: dict[str, Any], settings: Settings) -> None:
    """UserError for an `inputs.<role>` that is not there, or that none of the chosen stages takes."""
    roles = {role for stage, config in configs.items() for role in stages.needs(stage, config, settings)}
    for role, names in settings.inputs.items():
        if role not in roles:
            known = ", ".join(f"inputs.{name}" for name in sorted(roles)) or "no inputs"
            raise UserError(f"inputs.{role}: no chosen stage takes it{nearest(role, roles)}", known)
        for name in names:
            _named(role, name, settings)


def inputs_hash(stage: str, config: Any, settings: Settings, inputs: Inputs) -> str:
    """Hash over all that decides a stage's content: config, used settings, seed, parents, outside sources."""
    module = stages.load(stage)
    used = {name: asdict(getattr(settings, name)) for name in module.USES}
    parents = {role: [one.sha256 for one in several] for role, several in inputs.items()}
    sources = module.sources(config, settings, inputs) if hasattr(module, "sources") else {}
    return canonical_hash([stage, asdict(config), used, settings.seed, parents, sources])


def _named(role: str, name: str, settings: Settings) -> Artifact:
    for folder in (Path(settings.root, name), Path(name)):
        if (folder / RECORD).exists():
            return load(folder)
    allowed = f"RUN/STAGE under {settings.root}, or a folder with {RECORD}"
    raise UserError(f"inputs.{role}={name}: no artifact there", allowed)


def _same_kind(role: str, found: list[Artifact], kind: str) -> None:
    for one in found:
        if one.kind != kind:
            raise UserError(f"inputs.{role}: {one.path} is of kind {one.kind}", f"an artifact of kind {kind}")
