"""The stages of the loop, one file each.

Adding a stage is one file here, one yaml under `conf/stages/` and its line in the defaults list of
`conf/config.yaml`; nothing is registered. A stage module defines

    KIND    kind of its artifact, such as "policy"
    NEEDS   {role: the stage that makes it by default}; "reward?" = used when it is there
    USES    settings sections that decide its content: of "model", "peft", "generation", "brand"
            (a model, device or PEFT method that cannot be had is refused before any work)
    Config  dataclass of its knobs
    run(config, context) -> Artifact          ends with context.finish(metrics)

and, where it helps,

    needs(config, settings) -> {role: stage}  in place of NEEDS, where they follow from the config
    gather(config, settings) -> {role: folders}   inputs of which it takes all that are there
    check(config, settings)                   UserError for what can be seen before any work, in a moment
    REMADE = True                             it only shows what others made: made anew when they changed
    REFINES = "dataset"                       where the loop has it, later stages take its artifact for this role
    TRAINS = True                             it ends its training with `fit.fit`: all processes of a launch run it
    sources(config, settings, inputs) -> {name: sha256}   data that is no artifact: files, the ratings store
    summary(artifact, context) -> str         a text to print when the stage is done
"""

import importlib
import pkgutil
from types import ModuleType
from typing import Any

from alignment.errors import UserError, nearest
from alignment.settings import Settings


def names() -> list[str]:
    """Names of all stages, without importing one."""
    found = pkgutil.iter_modules(__path__)
    return sorted(module.name for module in found if not module.name.startswith("_"))


def load(name: str) -> ModuleType:
    """The module of a stage. UserError lists the stages when there is none of this name."""
    known = names()
    if name not in known:
        known = ["all", *known]
        raise UserError(f"stage={name}: no such stage{nearest(name, known)}", ", ".join(known))
    return importlib.import_module(f"{__name__}.{name}")


def needs(name: str, config: Any, settings: Settings) -> dict[str, str]:
    """{role: the stage that makes it by default} of the stage `name`, as it follows from its config."""
    module = load(name)
    found: dict[str, str] = module.needs(config, settings) if hasattr(module, "needs") else module.NEEDS
    return found
