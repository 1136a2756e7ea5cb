"""Run stages: find what each needs, resume or pass over what is done, and leave a whole artifact or none.

`alignment.stages` says what a stage module defines.
"""

import errno
import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from alignment import artifact as artifacts
from alignment import ranks, stages
from alignment.artifact import Artifact, canonical_hash, disk_errors
from alignment.checks import check_settings
from alignment.errors import UserError
from alignment.inputs import Inputs, check_named, in_run, inputs_hash, resolve
from alignment.memory import give_back, hold
from alignment.progress import Progress, clock
from alignment.settings import Device, Settings
from alignment.tracking import NoTracker, Tracker, open_tracker

TRAINED = ("policy", "reward")  # kinds of artifact that hold weights
RATING_IDS = "rating_ids.jsonl"  # in them: the ratings they were trained on, in one step or several


@dataclass(kw_only=True)
class Context:
    """All a running stage may use. Whatever it puts in `folder` becomes the artifact."""

    stage: str
    settings: Settings
    config: Any
    folder: Path  # the partial folder; what a killed attempt left in it is still there
    final: Path  # the artifact's folder to be
    inputs: Inputs
    inputs_hash: str
    tracker: Tracker
    progress: Progress
    started: float = field(default_factory=time.monotonic)

    @property
    def seed(self) -> int:
        return self.settings.seed

    @property
    def scratch(self) -> Path:
        """Folder for checkpoints and caches. It outlives a kill and is removed when the stage is complete."""
        folder = self.folder / artifacts.SCRATCH
        folder.mkdir(exist_ok=True)
        return folder

    def input(self, role: str) -> Artifact:
        """The one input of this role. UserError when there are several, or none."""
        found = self.inputs.get(role, [])
        if len(found) != 1:
            names = ", ".join(str(one.path) for one in found) or "none"
            raise UserError(f"{self.stage} found {len(found)} inputs for {role}: {names}", f"one inputs.{role}")
        return found[0]

    def finish(self, metrics: dict[str, Any], fingerprints: dict[str, str] | None = None) -> Artifact:
        """Turn `folder` into the finished artifact, all at once.

        metrics: figures for programs, nested. fingerprints: {name: sha256} of data that is no file here.
        """
        if not ranks.is_main():
            raise ranks.Followed
        config = _resolved(self.stage, self.config, self.settings)
        kind = stages.load(self.stage).KIND
        if kind in TRAINED and (ids := _rating_ids(self.inputs)):
            artifacts.write_jsonl(self.folder / RATING_IDS, [{"id": one} for one in ids])
        record = Artifact(
            path=self.final,
            kind=kind,
            stage=self.stage,
            run=self.settings.run,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - self.started, 3),
            seed=self.seed,
            versions=artifacts.versions(),
            git_commit=artifacts.git_commit(),
            config=config,
            config_hash=canonical_hash(config),
            inputs_hash=self.inputs_hash,
            parents=_parents(self.inputs, self.final),
            files={},
            fingerprints=fingerprints or {},
            metrics=metrics,
            wandb_id=self.tracker.wandb_id,
        )
        return artifacts.write(self.folder, record, replace=self.settings.force or _remade(self.stage))


def run_stages(configs: dict[str, Any], settings: Settings) -> list[Artifact]:
    """Run stages in the order of configs, {stage: its Config}. All are checked before the first begins.

    In a launch of several processes each calls this; see `alignment.ranks`.
    """
    for stage, config in configs.items():
        module = stages.load(stage)
        check_settings(module.USES, settings)
        if check := getattr(module, "check", None):
            check(config, settings)
    check_named(configs, settings)
    hold()
    ranks.join(settings.model.device is Device.cpu)
    started, done = time.monotonic(), []
    for number, (stage, config) in enumerate(configs.items(), 1):
        done.append(execute(stage, config, settings, place=f"[{number}/{len(configs)}] "))
        give_back()
    if len(configs) > 1:
        print(f"{len(configs)} stages in {clock(time.monotonic() - started)}", flush=True)
    return done


def execute(stage: str, config: Any, settings: Settings, place: str = "") -> Artifact:
    """Run one stage, unless its artifact is there already. place: shown before its name, such as "[2/9] "."""
    module = stages.load(stage)
    final = Path(settings.root, settings.run, stage)
    partial = final.with_name(f".{stage}.partial")
    common = {"stage": stage, "settings": settings, "config": config, "folder": partial, "final": final}
    if not ranks.is_main():
        return _follow(module, common)
    with _alone(final.with_name(f".{stage}.lock")), disk_errors(partial):
        artifacts.recover(partial, final)
        inputs = resolve(stage, config, settings)
        key = inputs_hash(stage, config, settings, inputs)
        context = Context(**common, inputs=inputs, inputs_hash=key, tracker=Tracker(partial), progress=Progress(stage))
        made = _finished(stage, key, config, settings)
        if made is None:
            state, resumed = _begin(partial, key)
            print(f"{place}{stage} {'resumes' if resumed else 'starts'}", flush=True)
            ranks.share((inputs, key))
            made = _run(context, state["wandb_id"])
            print(f"{place}{stage} took {clock(time.monotonic() - context.started)}: {final}", flush=True)
        else:
            ranks.share(None)
            print(f"{place}{stage} is finished with these inputs, nothing to do: {made.path}", flush=True)
    ranks.share(made)
    if summary := getattr(module, "summary", None):
        print(summary(made, context), flush=True)
    return made


def _follow(module: ModuleType, common: dict[str, Any]) -> Artifact:
    """The part of a process that is not the main one: in a training, its share of it; else none but to wait."""
    begun = ranks.share()
    if begun is not None and getattr(module, "TRAINS", False):
        inputs, key = begun
        context = Context(
            **common,
            inputs=inputs,
            inputs_hash=key,
            tracker=NoTracker(common["folder"]),
            progress=Progress(common["stage"], silent=True),
        )
        with suppress(ranks.Followed):
            module.run(context.config, context)
    made: Artifact = ranks.share()
    return made


def _run(context: Context, wandb_id: str) -> Artifact:
    """The stage itself, tracked."""
    config = {
        **_resolved(context.stage, context.config, context.settings),
        "lineage": _parents(context.inputs, context.final),
    }
    context.tracker = open_tracker(
        context.settings.tracking,
        context.folder,
        run=context.settings.run,
        stage=context.stage,
        id=wandb_id,
        config=config,
        home=context.final.parent,
    )
    status = "failed"
    try:
        made: Artifact = stages.load(context.stage).run(context.config, context)
        context.tracker.finish(made, [one for several in context.inputs.values() for one in several])
        status = "finished"
    finally:
        context.progress.done()
        context.tracker.close(status)
    return made


def _finished(stage: str, key: str, config: Any, settings: Settings) -> Artifact | None:
    """The artifact that makes a run needless, verified. UserError if another stands in its place."""
    folder = in_run(stage, settings)
    if folder is None or settings.force:
        return None
    found = artifacts.load(folder)
    if found.inputs_hash == key:
        artifacts.verify(found)
        return found
    if folder != Path(settings.root, settings.run, stage):
        return None  # it belongs to the run this one is part of
    if _remade(stage):
        return None
    raise UserError(
        f"{folder} was made with other inputs: {_difference(found, stage, config, settings)}",
        "the same inputs, or a run of its own",
        "force=true replaces it, run=NAME keeps both",
    )


def _remade(stage: str) -> bool:
    """Whether the stage only shows what others made: it is then made anew where they changed, never refused."""
    return getattr(stages.load(stage), "REMADE", False)


def _difference(found: Artifact, stage: str, config: Any, settings: Settings) -> str:
    """The first settings that differ, as `dpo.beta 0.1, now 0.3`; without one, its parents do."""
    old, new = flatten(found.config), flatten(_resolved(stage, config, settings))
    decisive = (stage, "seed", *stages.load(stage).USES)
    keys = [key for key in new if old.get(key) != new[key] and key.split(".")[0] in decisive]
    shown = [f"{key} {old.get(key)}, now {new[key]}" for key in keys[:3]]
    return "; ".join(shown) or "what it was made from has changed"


def _begin(partial: Path, key: str) -> tuple[dict[str, str], bool]:
    """What the partial folder remembers, and whether it resumes: begun with other inputs, it is emptied."""
    path = partial / artifacts.STATE
    if path.exists():
        state: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        if state["inputs_hash"] == key:
            return state, True
    if partial.exists():
        shutil.rmtree(partial)
    state = {"inputs_hash": key, "wandb_id": secrets.token_hex(4)}
    artifacts.write_json_atomic(path, state)
    return state, False


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold the lock file for this process; the kernel lets go of it when the process ends, in any way."""
    with disk_errors(lock):
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
        except FileNotFoundError as error:  # as some file systems say it, such as /proc
            raise PermissionError(errno.EACCES, "no folder can be made there", str(lock.parent)) from error
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(
                f"another process is working on {lock.parent / lock.name.split('.')[1]}",
                "one process a stage",
                "wait for it, or choose another run=NAME",
            ) from error
        yield
    finally:
        os.close(handle)


def flatten(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """{"a": {"b": 1}} -> {"a.b": 1}."""
    flat = {}
    for key, value in nested.items():
        if isinstance(value, dict):
            flat.update(flatten(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _resolved(stage: str, config: Any, settings: Settings) -> dict[str, Any]:
    """The config as artifact.json and W&B hold it: plain values, the stage's own under its name."""
    passing = ("root", "stage", "loop", "force", "debug")
    shared = {name: value for name, value in asdict(settings).items() if name not in passing}
    plain: dict[str, Any] = artifacts.plain({**shared, stage: asdict(config)})
    return plain


def _parents(inputs: Inputs, final: Path) -> list[dict[str, str]]:
    return [
        {"role": role, "path": os.path.relpath(one.path, final), "sha256": one.sha256}
        for role, several in inputs.items()
        for one in several
    ]


def _rating_ids(inputs: Inputs) -> list[str]:
    """Ids of the ratings behind a stage's inputs: of the preferences, and of what was trained on some before."""
    ids: set[str] = set()
    for one in (one for several in inputs.values() for one in several):
        if one.kind == "preferences" and "train.jsonl" in one.files:
            ids |= {uid for row in artifacts.read_jsonl(one.path / "train.jsonl") for uid in row.get("ratings", [])}
        if RATING_IDS in one.files:
            ids |= {row["id"] for row in artifacts.read_jsonl(one.path / RATING_IDS)}
    return sorted(ids)
