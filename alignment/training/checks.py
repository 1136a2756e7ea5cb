"""What can be told to be wrong before a stage with a model begins. Imports torch only where the answer needs it."""

from pathlib import Path

from alignment.errors import UserError
from alignment.settings import Device, Model, PeftMethod, Settings

EMBEDDED = Path(__file__).parent.parent / "assets" / "base_model"


def base_path(model: Model) -> str:
    """Where the base model lies: the embedded one, a local folder, or a hub id.

    Raises:
        UserError: the name looks like a local path and nothing is there.
    """
    if model.name == "embedded":
        return str(EMBEDDED)
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


def check_model(settings: Settings) -> None:
    """Refuse a model or a device that is not there.

    Raises:
        UserError: with what to do instead.
    """
    base_path(settings.model)
    if settings.model.device is Device.cuda:
        from alignment import models

        models.device_of(settings.model)


def check_training(settings: Settings) -> None:
    """`check_model`, and a PEFT method that cannot run on this machine."""
    check_model(settings)
    if settings.peft.method is PeftMethod.qlora:
        from alignment import models

        models.check_peft(settings.peft)
