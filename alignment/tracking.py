"""One tracker for every stage: `metrics.jsonl` always, W&B on top. Nothing else imports wandb.

In W&B a run of Attune is a group, a stage is a run, and a stage that was cut continues under its id. Steps
are logged as a metric: W&B's own step may never go back, as ours does after a resume. A failure of W&B is said
once and the stage goes on; the figures are in metrics.jsonl either way.
"""

import importlib
import json
import netrc
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from alignment.artifact import RECORD, Artifact, disk_errors, write_text_atomic
from alignment.settings import Tracking, TrackingMode

METRICS = "metrics.jsonl"
SECONDS_TO_CONNECT = 30
FAILURES: tuple[type[Exception], ...] = (
    OSError,
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
)


class Tracker:
    """Where a stage writes its figures. `folder` is the stage's folder; `wandb` is None without W&B."""

    def __init__(self, folder: Path, wandb: "WandbRun | None" = None) -> None:
        self.path = folder / METRICS
        self.wandb = wandb
        self._repair()

    @property
    def wandb_id(self) -> str | None:
        return self.wandb.id if self.wandb else None

    def log(self, values: dict[str, float], step: int) -> None:
        """values: {"group/name": number}. Appended to metrics.jsonl as {"step", "time" (unix), **values}."""
        line = json.dumps({"step": step, "time": round(time.time(), 3), **values}) + "\n"
        with disk_errors(self.path), self.path.open("a", encoding="utf-8") as file:
            file.write(line)
        if self.wandb:
            self.wandb.log({"step": step, **values})

    def table(self, name: str, columns: list[str], rows: list[list[Any]]) -> None:
        """A table for W&B, such as sample replies. Kept nowhere else."""
        if self.wandb:
            self.wandb.table(name, columns, rows)

    def rewind(self, step: int) -> None:
        """Drop the lines after `step`: a stage that resumes from a checkpoint will write them again.

        rewind(-1) drops all, for a stage that starts over.
        """
        if self.path.exists():
            lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
            write_text_atomic(self.path, "".join(line for line in lines if json.loads(line)["step"] <= step))

    def finish(self, artifact: Artifact, parents: list[Artifact]) -> None:
        """The stage is complete: its figures as summary, and its artifact with what it was made from."""
        if self.wandb:
            self.wandb.artifact(artifact, parents)

    def alias(self, artifact: Artifact, name: str) -> None:
        """Give W&B's copy of an artifact another name, such as `production`. The registry on disk is what counts."""
        if self.wandb is not None:
            self.wandb.alias(artifact, name)

    def close(self, status: str = "finished") -> None:
        """status: "finished" or "failed", as W&B shows it."""
        if self.wandb:
            self.wandb.close(0 if status == "finished" else 1)

    def _repair(self) -> None:
        """Drop a last line that a kill cut in half."""
        if self.path.exists():
            text = self.path.read_text(encoding="utf-8")
            if text and not text.endswith("\n"):
                write_text_atomic(self.path, text[: text.rfind("\n") + 1])


class NoTracker(Tracker):
    """Keeps nothing: the tracker of a process that is not the main one of its launch."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / METRICS
        self.wandb = None

    def log(self, values: dict[str, float], step: int) -> None:
        pass

    def rewind(self, step: int) -> None:
        pass


class WandbRun:
    """A W&B run that can fail without harm: the first failure is said and the rest is left out."""

    def __init__(self, module: ModuleType, mode: str, id: str, **init: Any) -> None:
        self.id = id
        self.online = mode == "online"
        self._module = module
        self._run: Any = None
        self._failures = (*FAILURES, *_own_errors(module))
        with self._guard(f"W&B could not start {mode}"):
            self._run = module.init(
                mode=mode, id=id, resume="allow", reinit="finish_previous", settings=_quiet(module, mode), **init
            )
            self._run.define_metric("*", step_metric="step")
            self._run.define_metric("yardstick/*", step_metric="yardstick/samples")

    @property
    def alive(self) -> bool:
        return self._run is not None

    def log(self, values: dict[str, Any]) -> None:
        with self._guard("W&B could not log"):
            if self._run is not None:
                self._run.log(values)

    def table(self, name: str, columns: list[str], rows: list[list[Any]]) -> None:
        with self._guard("W&B could not log a table"):
            if self._run is not None:
                self._run.log({name: self._module.Table(columns=columns, data=rows)})

    def artifact(self, artifact: Artifact, parents: list[Artifact]) -> None:
        """Log the record, not the weights: they stay where they are, under the hashes the record gives."""
        if self._run is None:
            return
        if self.online:  # offline W&B cannot use artifacts; the lineage is in the run's config there
            for parent in parents:
                with self._guard(f"W&B has no artifact for {parent.run}/{parent.stage}", lost=False):
                    self._run.use_artifact(f"{_name(parent)}:{parent.sha256[:12]}", type=parent.kind)
        with self._guard("W&B could not log the artifact", lost=False):
            self._run.summary.update(artifact.metrics)
            self._run.log_artifact(self._entry(artifact), aliases=["latest", artifact.sha256[:12]])

    def alias(self, artifact: Artifact, name: str) -> None:
        """Offline W&B cannot use an artifact, so the same record is logged again under the alias.

        A record with the same content is the same version to W&B: `wandb sync` then moves the alias.
        """
        if self._run is None:
            return
        with self._guard(f"W&B has no artifact for {artifact.run}/{artifact.stage}", lost=False):
            if self.online:
                entry = self._run.use_artifact(f"{_name(artifact)}:{artifact.sha256[:12]}", type=artifact.kind)
                entry.aliases.append(name)
                entry.save()
            else:
                self._run.log_artifact(self._entry(artifact), aliases=[artifact.sha256[:12], name])

    def _entry(self, artifact: Artifact) -> Any:
        """W&B's artifact of a record."""
        entry = self._module.Artifact(
            _name(artifact),
            type=artifact.kind,
            metadata={"sha256": artifact.sha256, "parents": artifact.parents, "files": len(artifact.files)},
        )
        entry.add_file(str(artifact.path / RECORD))
        return entry

    def close(self, exit_code: int) -> None:
        with self._guard("W&B could not finish"):
            if self._run is not None:
                self._run.finish(exit_code=exit_code)
        self._run = None

    @contextmanager
    def _guard(self, what: str, lost: bool = True) -> Iterator[None]:
        """Say a failure of W&B and go on. lost: nothing more is sent to this W&B run."""
        try:
            yield
        except self._failures as error:
            if lost:
                self._run = None
            reason = " ".join(str(error).split())[:160] or type(error).__name__
            _warn(f"{what}: {reason}; the figures are in {METRICS}")


def open_tracker(
    settings: Tracking, folder: Path, *, run: str, stage: str, id: str, config: dict[str, Any], home: Path
) -> Tracker:
    """The tracker of one stage. id: kept by the caller, so that a resumed stage has the same.

    config: what W&B shows as the run's config. home: folder whose `wandb/` holds W&B's own files.
    """
    global _unreachable
    mode = wandb_mode(settings)
    if mode == "off":
        return Tracker(folder)
    os.environ.setdefault("WANDB_DISABLE_WEAVE", "true")  # else it advertises Weave on the screen
    try:
        module = importlib.import_module("wandb")
    except ImportError:
        _warn("wandb is not installed, so figures go to metrics.jsonl only (tracking=off says the same)")
        return Tracker(folder)
    init = {
        "dir": str(home.resolve()),
        "project": settings.project,
        "entity": settings.entity,
        "group": run,
        "name": stage,
        "job_type": stage,
        "config": config,
    }
    wandb = WandbRun(module, mode, id, **init)
    if mode == "online" and not wandb.alive:
        _unreachable = True
        wandb = WandbRun(module, "offline", id, **init)
    return Tracker(folder, wandb if wandb.alive else None)


def wandb_mode(settings: Tracking) -> str:
    """`online`, `offline` or `off`. auto: what WANDB_MODE says, else online when there is a key."""
    mode = str(settings.mode)
    if settings.mode is TrackingMode.auto:
        wanted = {"offline": "offline", "disabled": "off"}.get(os.environ.get("WANDB_MODE", ""))
        mode = wanted or ("online" if _has_key() else "offline")
    return "offline" if mode == "online" and _unreachable else mode


def _has_key() -> bool:
    """Whether W&B would find an API key: in WANDB_API_KEY, or in the netrc file for its host."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    host = urlsplit(os.environ.get("WANDB_BASE_URL", "https://api.wandb.ai")).hostname
    path = Path(os.environ.get("NETRC", Path.home() / ".netrc"))
    try:
        return host in netrc.netrc(path).hosts
    except (OSError, netrc.NetrcParseError):
        return False


def _quiet(module: ModuleType, mode: str) -> Any:
    """Nothing printed, nothing probed: offline, a stage costs a tenth of a second of CPU time."""
    return module.Settings(
        silent=True,
        quiet=True,
        console="off",
        disable_git=True,
        disable_code=True,
        disable_job_creation=True,
        init_timeout=SECONDS_TO_CONNECT if mode == "online" else 120,
        x_disable_stats=True,
        x_disable_meta=True,
        x_disable_machine_info=True,
        x_save_requirements=False,
    )


def _own_errors(module: ModuleType) -> tuple[type[Exception], ...]:
    """W&B's errors that derive from Exception alone."""
    mailbox = importlib.import_module("wandb.sdk.mailbox")
    return (module.errors.Error, mailbox.MailboxClosedError, mailbox.HandleAbandonedError)


def _name(artifact: Artifact) -> str:
    """A name W&B takes: letters, digits, dots, dashes, underscores."""
    text = f"{artifact.run}-{artifact.stage}"
    return "".join(c if c.isalnum() or c in ".-_" else "_" for c in text)


_said: set[str] = set()
_unreachable = False  # going online failed once: later stages of this process do not wait for it again


def _warn(text: str) -> None:
    if text not in _said:
        _said.add(text)
        print(f"warning: {text}", file=sys.stderr, flush=True)
