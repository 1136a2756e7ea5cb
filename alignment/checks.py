"""What can be told to be wrong before a stage with a model begins. Imports torch only where the answer needs it."""

from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

from alignment.errors import UserError
from alignment.settings import Device, Model, PeftMethod, Settings
from alignment.shipped import BASE_MODEL

TRAINING = ("torch", "transformers", "trl", "peft", "datasets", "accelerate")


def base_path(model: Model) -> str:
    """Where the base model lies: the embedded one, a local folder, or a hub id.

    Raises:
        UserError: the name looks like a local path and nothing is there.
    """
    if model.name == "embedded":
        return str(BASE_MODEL)
    looks_local = model.name.startswith((".", "/", "~")) or model.name.count("/") > 1
    path = Path(model.name).expanduser()
    if path.is_dir():
        return str(path)
    if looks_local:
        raise UserError(
            f"model.name={model.name}: there is no such folder",
            "'embedded', a folder with config.json and weights, or a hub id such as org/name",
            "check the path, or choose a preset, for example model=qwen3_0_6b",
        )
    return model.name


def check_settings(uses: Collection[str], settings: Settings) -> None:
    """Refuse what a stage cannot use of the settings that decide its content, before any work.

    Args:
        uses: the sections it names in `USES`: with "model" it reads one, with "generation" or "peft" it runs one.

    Raises:
        UserError: a package, a model or a device that is not there, a PEFT method that cannot run on this machine.
    """
    if {"generation", "peft"} & set(uses):
        check_packages(TRAINING)
    if "model" in uses:
        base_path(settings.model)
    if {"generation", "peft"} & set(uses) and settings.model.device is Device.cuda:
        from alignment import models

        models.device_of(settings.model)
    if "peft" in uses and settings.peft.method is PeftMethod.qlora:
        from alignment import models

        models.check_peft(settings.peft)


def check_packages(names: Collection[str]) -> None:
    """Refuse to begin without a package.

    Raises:
        UserError: one of them is not installed.
    """
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise not_installed(", ".join(missing))


def not_installed(names: str) -> UserError:
    """What is said of packages that are not there."""
    return UserError(
        f"not installed: {names}",
        "the extras train and data for the stages, track for W&B, app for the feedback app",
        "pip install 'attune[train,data]', or in a checkout: pip install '.[train,data]'",
    )
