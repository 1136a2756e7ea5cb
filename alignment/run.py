"""The command line: compose the config with Hydra, turn it into typed dataclasses, run the stages.

Only this file knows Hydra. `main` -> `_job` (one run, or a job of a sweep) -> `typed` -> `run_stages`.
"""

import os
import re
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from io import StringIO
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException, ValidationError

from alignment import ranks, stages
from alignment.artifact import Artifact, disk_errors
from alignment.checks import not_installed
from alignment.errors import UserError, UserNote, nearest
from alignment.pipeline import flatten, run_stages
from alignment.settings import Settings

NOT_IN_NAME = re.compile(r"(root|run|stage|experiment|force|debug|threads|tracking)\b")
TAKES_VALUE = {"--cfg", "-c", "--package", "-p", "--info", "-i", "--config-dir", "-cd", "--config-path", "-cp"}
NO_GROUPS = ("stages", "accelerate")  # folders of conf/ that are no choice: the stages' knobs, launchers' files
COLUMNS = 6  # metrics shown in the table of a sweep


def main(argv: list[str] | None = None) -> int:
    """Run a command line (default: this process's). Returns the exit code: 0, 2 (user error) or 130."""
    argv = sys.argv[1:] if argv is None else argv
    if {"--help", "-h"} & set(argv):
        print(help_text(conf_dir()))
        return 0
    debug = any(argument.lower() == "debug=true" for argument in argv)
    jobs: list[Job] = []
    try:
        with nullcontext() if ranks.is_main() else redirect_stdout(StringIO()), _notes_as_lines():
            _hydra(argv, jobs)
    except (UserError, HydraException, OmegaConfBaseException) as error:
        jobs.append(Job(name="", error=explain(error)))
    except ValueError as error:
        if jobs:  # a stage had begun: this is a fault of ours, not of the command line
            raise
        jobs.append(Job(name="", error=explain(error)))
    except KeyboardInterrupt:
        if ranks.is_main():
            print("stopped; run the same command to continue", file=sys.stderr)
        return 130
    if len(jobs) > 1 and ranks.is_main():
        print(sweep_table(jobs), flush=True)
    if any(job.error is not None for job in jobs):
        ranks.let_main_speak_first()
    else:
        ranks.leave()
    for job in jobs:
        if job.error is not None:
            if debug:
                traceback.print_exception(job.error)
            print(f"error: {job.name and job.name + ': '}{_said(job.error)}", file=sys.stderr)
    return 2 if any(job.error is not None for job in jobs) else 0


@contextmanager
def _notes_as_lines() -> Iterator[None]:
    """`UserNote`s are printed as "warning: ...", without the line of code that gave them."""
    usual = warnings.formatwarning

    def line(message: Warning | str, category: type[Warning], *place: Any, **rest: Any) -> str:
        return f"warning: {message}\n" if issubclass(category, UserNote) else usual(message, category, *place, **rest)

    warnings.formatwarning = line
    try:
        yield
    finally:
        warnings.formatwarning = usual


def _said(error: UserError) -> UserError:
    """The error as it is printed: always with what to do next."""
    return error if error.do else UserError(error.found, error.allowed, "correct it and run the same command again")


@dataclass(kw_only=True)
class Job:
    """One composed config: the only one, or one of a sweep. name: what tells it from the others."""

    name: str
    artifacts: list[Artifact] | None = None
    error: UserError | None = None


def conf_dir() -> Path:
    """The shipped yaml: inside the package when installed from a wheel, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    return package / "conf" if (package / "conf").is_dir() else package.parent / "conf"


def _hydra(argv: list[str], jobs: list[Job]) -> None:
    """Let Hydra parse `argv` and call `_job` for each config; what happened is added to `jobs`."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # raise, so that errors are told in one place: here
    # roles are not known beforehand: `inputs.x=` may always add a key
    overrides = [
        f"++{argument}" if argument.startswith("inputs.") else _brand_folder(argument) for argument in flags_first(argv)
    ]
    before = sys.argv
    sys.argv = ["attune", *overrides]
    try:
        with disk_errors("the run's folder"):
            entry = hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")
            entry(lambda cfg: _job(cfg, jobs))()
    finally:
        sys.argv = before
        GlobalHydra.instance().clear()


def _brand_folder(argument: str) -> str:
    """`brand=path/to/folder` as `brand.folder=`: a brand needs no yaml of its own."""
    name, is_set, value = argument.partition("=")
    named = (conf_dir() / "brand" / f"{value}.yaml").is_file()
    if name == "brand" and is_set and not named and (os.sep in value or Path(value).expanduser().is_dir()):
        return f"brand.folder='{value}'"
    return argument


def flags_first(argv: list[str]) -> list[str]:
    """The same command line with the flags before the overrides: Hydra's parser takes overrides in one block only."""
    flags: list[str] = []
    overrides: list[str] = []
    rest = iter(argv)
    for argument in rest:
        if argument in TAKES_VALUE:
            flags += [argument, *([value] if (value := next(rest, None)) is not None else [])]
        else:
            (flags if argument.startswith("-") else overrides).append(argument)
    return flags + overrides


def _job(cfg: DictConfig, jobs: list[Job]) -> None:
    """Run one composed config. A job of a sweep is a run of its own inside the run."""
    job = Job(name="")
    jobs.append(job)
    try:
        if HydraConfig.get().mode is RunMode.MULTIRUN:
            job.name = job_name(list(HydraConfig.get().overrides.task))
            cfg.run = f"{cfg.run}/{job.name}" if job.name else cfg.run
        settings, configs = typed(cfg)
        if settings.threads:  # read when torch is imported, by the first stage that needs it
            os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(settings.threads)
        job.artifacts = run_stages(configs, settings)
    except (UserError, OmegaConfBaseException) as error:
        job.error = explain(error)
    except ModuleNotFoundError as error:
        if str(error.name).startswith("alignment"):  # a fault of ours
            raise
        job.error = not_installed(str(error.name))


def job_name(overrides: list[str]) -> str:
    """Folder of a sweep's job, such as `dpo.beta=0.1`: its overrides, save those that change no result."""
    kept = sorted(text.lstrip("+~") for text in overrides if not NOT_IN_NAME.match(text.lstrip("+~")))
    return ",".join(re.sub(r"[^\w.,=+-]", "_", text) for text in kept)


def typed(cfg: DictConfig) -> tuple[Settings, dict[str, Any]]:
    """The composed config as dataclasses: the settings, and {stage: its Config} of the stages to run."""
    values = {field.name: _plain(cfg, field.name) for field in fields(Settings)}
    if isinstance(values["inputs"], dict):
        values["inputs"] = {role: [it] if isinstance(it, str) else it for role, it in values["inputs"].items()}
    settings: Settings = convert(Settings, values, "")
    names = settings.loop if settings.stage == "all" else [settings.stage]
    configs = {}
    for name in names:
        module = stages.load(name)
        if name not in cfg:
            raise UserError(
                f"stage {name} has no settings",
                do=f"add `- stages@{name}: {name}` to the defaults, or +stages@{name}",
            )
        configs[name] = convert(module.Config, _plain(cfg, name), f"{name}.")
    return settings, configs


def _plain(cfg: DictConfig, key: str) -> Any:
    return OmegaConf.to_container(cfg[key], resolve=True) if OmegaConf.is_config(cfg[key]) else cfg[key]


def convert(schema: type, values: dict[str, Any], prefix: str) -> Any:
    """`values` as an instance of the dataclass `schema`.

    UserError names the key (after `prefix`), its value, and what the type allows.
    """
    if not isinstance(values, dict):
        names = ", ".join(f"{prefix}{field.name}" for field in fields(schema))
        raise UserError(f"{prefix.rstrip('.')}={values!r}", f"settings under it: {names}")
    try:
        merged = OmegaConf.merge(OmegaConf.structured(schema), values)
        for key, value in values.items():
            if isinstance(value, list):
                merged[key] = value  # a merge lets [a, [b]] pass as a list of text, this does not
        if missing := sorted(OmegaConf.missing_keys(merged)):
            key = missing[0]
            raise UserError(f"{prefix}{key} has no value", _allowed(schema, key), f"give {prefix}{key}=VALUE")
        return OmegaConf.to_object(merged)
    except ConfigKeyError as error:
        name = f"{prefix}{error.full_key}"
        known = [f"{prefix}{field.name}" for field in fields(schema)]
        raise UserError(f"{name}: no such setting{nearest(name, known)}", ", ".join(known)) from error
    except ValidationError as error:
        key = str(error.full_key)
        value = OmegaConf.select(OmegaConf.create(values), key)
        raise UserError(f"{prefix}{key}={value!r}", _allowed(schema, key)) from error


def _allowed(schema: Any, key: str) -> str:
    """In words, the type of the field that `key` (dots between levels) leads to."""
    for part in re.split(r"[.\[]", key):
        if is_dataclass(schema):
            schema = get_type_hints(schema).get(part, Any)
    return _in_words(schema)


def _in_words(kind: Any) -> str:
    words = {float: "a number", int: "a whole number", bool: "true or false", str: "text", NoneType: "null"}
    if kind in words:
        return words[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(member.name for member in kind)
    parts = get_args(kind)
    if getattr(kind, "__origin__", None) in (list, dict):
        return f"a {kind.__origin__.__name__} of {' to '.join(_in_words(part) for part in parts)}"
    return " or ".join(_in_words(part) for part in parts) if parts else str(getattr(kind, "__name__", kind))


def explain(error: Exception) -> UserError:
    """An error of Hydra or OmegaConf in our own words."""
    if isinstance(error, UserError):
        return error
    told = _tell(error)
    told.__cause__ = error
    return told


def _tell(error: Exception) -> UserError:
    if isinstance(error, OverrideParseException):
        return UserError(f"cannot read {error.override!r}", "KEY=VALUE, such as dpo.beta=0.2", "see --help")
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, choice = str(error.missing_cfg_file).rpartition("/")
        options = list(error.options or [])
        return UserError(f"{group}={choice}: no such choice{nearest(choice, options)}", ", ".join(options))
    text = f"{error}\n{error.__cause__ or ''}"
    if found := re.search(r"Could not override '(?:[^'@]*@)?([^']+)'", text):
        return _unknown_key(found[1])
    if isinstance(error, OmegaConfBaseException) and error.full_key:
        return UserError(f"{error.full_key}: {str(error).splitlines()[0]}")
    return UserError(" ".join(line for line in text.splitlines()[:2] if line))


def _unknown_key(key: str) -> UserError:
    """`key` is no setting: name its neighbours. The default config says which there are."""
    with hydra.initialize_config_dir(version_base="1.3", config_dir=str(conf_dir())):
        level: Any = OmegaConf.to_container(hydra.compose("config"), resolve=False)
    prefix = ""
    for part in key.split(".")[:-1]:
        if not isinstance(level.get(part), dict):
            break
        level, prefix = level[part], f"{prefix}{part}."
    known = [f"{prefix}{name}" for name in level]
    return UserError(f"{key}: no such setting{nearest(key, known)}", ", ".join(known), "see --help")


def sweep_table(jobs: list[Job]) -> str:
    """Jobs by row, main metrics by column: those in which the jobs differ, of the last stage that has any."""
    rows = [_main_metrics(job) for job in jobs]
    shared = [name for name in rows[0] if all(name in row for row in rows if row)] if rows else []
    differing = [name for name in shared if len({row[name] for row in rows if row}) > 1]
    columns = (differing or shared)[:COLUMNS]
    lines = [["job", *columns]]
    for job, row in zip(jobs, rows, strict=True):
        cells = [f"{row[name]:.4g}" if row else "" for name in columns]
        lines.append([job.name or "run", *(["failed"] if job.error else cells)])
    widths = [max(len(line[i]) for line in lines if i < len(line)) for i in range(max(map(len, lines)))]
    return "\n".join("  ".join(cell.ljust(widths[i]) for i, cell in enumerate(line)).rstrip() for line in lines)


def _main_metrics(job: Job) -> dict[str, float]:
    for artifact in reversed(job.artifacts or []):
        flat = flatten(artifact.metrics)
        found = {
            name.removesuffix(".value"): value
            for name, value in flat.items()
            if isinstance(value, int | float) and not name.endswith((".low", ".high", ".n"))
        }
        if found:
            return found
    return {}


def help_text(conf: Path) -> str:
    """What --help prints, read from the headers of the yaml files."""
    order = re.findall(r"- stages@(\w+):", (conf / "config.yaml").read_text(encoding="utf-8"))
    headers = {path.stem: _header(path) for path in conf.glob("stages/*.yaml")}
    listed = sorted(headers, key=lambda name: order.index(name) if name in order else len(order))
    groups = sorted(path.name for path in conf.iterdir() if path.is_dir() and path.name not in NO_GROUPS)
    choices = {group: sorted(path.stem for path in (conf / group).glob("*.yaml")) for group in groups}
    return HELP.format(
        stages="\n".join(f"  {name:<10}{headers[name].partition(': ')[2]}" for name in listed),
        groups="\n".join(f"  {group + '=':<12}{', '.join(names)}" for group, names in choices.items()),
    )


def _header(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline().lstrip("# ").strip()


HELP = """\
usage: python -m alignment.run [stage=NAME] [run=NAME] [KEY=VALUE ...]

Runs the whole loop, or one stage of it, into <root>/<run>/<stage>/. A finished stage is not run again;
a stage that was cut goes on where it was.

stages (stage=all, the default, runs those of `loop`):
{stages}

options:
  run=NAME           name of the run; its artifacts stand in <root>/NAME
  root=FOLDER        folder of all runs (default: runs)
  seed=N             of every random choice
  inputs.ROLE=PATH   use another run's artifact: inputs.policy=other_run/sft
  force=true         replace artifacts that are finished
  debug=true         show tracebacks
  threads=N          CPU threads
  -m KEY=A,B         sweep: each job a run of its own; a table at the end
  --cfg job          show the config that would be used
  --config-dir DIR   add your own yaml: DIR/experiment/mine.yaml, then experiment=mine

groups and their choices:
{groups}

Every knob stands, with a comment, in the yaml of its stage or group, in
conf/ of a checkout, or alignment/conf/ of an installed package.

examples:
  python -m alignment.run
  python -m alignment.run stage=dpo dpo.beta=0.2 run=second
  python -m alignment.run -m dpo.beta=0.1,0.2
  python -m alignment.run experiment=star
  accelerate launch --config_file conf/accelerate/ddp.yaml -m alignment.run stage=ppo"""


if __name__ == "__main__":
    sys.exit(main())
