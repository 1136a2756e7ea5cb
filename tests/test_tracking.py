"""Figures: metrics.jsonl always, W&B where it works, and no stage the worse for it where it does not."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from alignment import tracking
from alignment.artifact import load, read_jsonl
from alignment.settings import Tracking, TrackingMode
from alignment.tracking import Tracker, wandb_mode
from tests.conftest import Attune
from tests.wandb_files import offline_runs

wandb = pytest.importorskip("wandb")
RUN = Path("runs/southern_charm")


def test_an_offline_run_holds_all(attune: Attune) -> None:
    code, out, err = attune("stage=first", tracking="offline")
    assert (code, err) == (0, "")
    assert "wandb" not in out
    assert attune("stage=second", tracking="offline")[0] == 0
    first, second = offline_runs(RUN)
    made = load(RUN / "first")
    assert first["id"] == made.wandb_id and len(first["id"]) == 8
    assert (first["group"], first["name"], first["job_type"]) == ("southern_charm", "first", "first")
    assert first["project"] == "attune"
    assert first["config"]["first"]["rows"] == 3
    assert first["config"]["model"]["name"] == "embedded"
    assert {"train/loss", "yardstick/samples", "step", "replies"} <= first["keys"]
    assert first["steps"] == [1, 2, 3]
    assert first["axes"]["yardstick/*"] == "yardstick/samples"
    assert first["axes"]["*"] == "step"
    name = "southern_charm-first"
    assert (name, "dataset", sorted(["latest", made.sha256[:12]])) in first["artifacts"]
    assert first["summary"]["rows"] == 3
    # lineage, which offline W&B cannot hold as artifacts
    assert second["id"] != first["id"] and second["group"] == "southern_charm"
    assert second["config"]["lineage"] == [{"role": "dataset", "path": "../first", "sha256": made.sha256}]


def test_offline_an_alias_waits_for_the_sync(attune: Attune) -> None:
    """Offline W&B can use no artifact, but may log the same version once more, under a further alias."""
    attune("stage=first", tracking="offline")
    made = load(RUN / "first")
    where = {"run": "southern_charm", "stage": "promote", "id": "abcdefgh", "config": {}, "home": RUN}
    tracker = tracking.open_tracker(setting("offline"), RUN / "promote", **where)
    assert tracker.wandb is not None
    again, once_more = tracker.wandb._entry(made), tracker.wandb._entry(made)
    assert again.digest == once_more.digest
    tracker.alias(made, "production")
    tracker.close()
    (promoted,) = [one for one in offline_runs(RUN) if one["id"] == "abcdefgh"]
    aliases = sorted([made.sha256[:12], "latest", "production"])  # "latest" is what W&B adds by itself
    assert promoted["artifacts"] == [("southern_charm-first", "dataset", aliases)]


def test_a_resumed_stage_keeps_its_id(attune: Attune) -> None:
    assert attune("stage=first", "first.rows=2", "first.fail=user", tracking="offline")[0] == 2
    assert attune("stage=first", "first.rows=2", "first.fail=user", tracking="offline")[0] == 2
    first, again = offline_runs(RUN)
    assert first["id"] == again["id"]
    assert (first["steps"], again["steps"]) == ([1], [2])
    attune("stage=first", "first.rows=3", tracking="offline")
    assert len(offline_runs(RUN)) == 3
    assert len({one["id"] for one in offline_runs(RUN)}) == 2  # other inputs: another attempt, another run


def test_off_never_imports_it(attune: Attune, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)  # an import of it would raise ImportError, and be said
    code, _, err = attune("stage=first", tracking="off")
    assert (code, err) == (0, "")
    assert not (RUN / "wandb").exists()
    assert load(RUN / "first").wandb_id is None


def test_without_it_installed_the_stages_go_on(attune: Attune, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    code, _, err = attune(tracking="auto")
    assert code == 0
    assert err.count("wandb is not installed") == 1
    assert len(read_jsonl(RUN / "first" / "metrics.jsonl")) == 3


@pytest.mark.parametrize(
    "error",
    [
        wandb.errors.CommError("no route"),
        wandb.errors.UsageError("no key"),
        OSError("no space"),
        TimeoutError("too slow"),
        RuntimeError("odd"),
        TypeError("odder"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_failing_start_is_said_once(attune: Attune, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(wandb, "init", fail)
    code, _, err = attune(tracking="offline")
    assert code == 0
    assert len(err.splitlines()) == 1 and str(error) in err and err.startswith("warning: W&B could not start")
    assert len(read_jsonl(RUN / "first" / "metrics.jsonl")) == 3


@pytest.mark.parametrize("method", ["log", "define_metric", "log_artifact", "finish"])
def test_a_failure_later_is_said_once(attune: Attune, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise wandb.errors.CommError("gone")

    monkeypatch.setattr(wandb.Run, method, fail)
    code, _, err = attune("stage=first", tracking="offline")
    monkeypatch.undo()
    wandb.finish()
    assert code == 0 and len(err.splitlines()) == 1 and "gone" in err


class Online:
    """wandb as it is online, so far as we call it."""

    def __init__(self, reachable: bool = True) -> None:
        self.reachable = reachable
        self.calls: list[tuple[Any, ...]] = []
        self.modes: list[str] = []
        self.errors = SimpleNamespace(Error=wandb.errors.Error)
        self.Settings = wandb.Settings
        self.Table = wandb.Table
        self.summary: dict[str, Any] = {}

    def init(self, mode: str, **rest: Any) -> "Online":
        self.modes.append(mode)
        if mode == "online" and not self.reachable:
            raise wandb.errors.CommError("unreachable")
        self.calls.append(("init", mode, rest["id"], rest["resume"]))
        return self

    def Artifact(self, name: str, type: str, metadata: dict[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(name=name, type=type, metadata=metadata, add_file=lambda path: None)

    def use_artifact(self, name: str, type: str) -> None:
        self.calls.append(("use", name, type))

    def log_artifact(self, artifact: SimpleNamespace, aliases: list[str]) -> None:
        self.calls.append(("made", artifact.name, artifact.type, artifact.metadata["sha256"]))

    def define_metric(self, *_: Any, **__: Any) -> None: ...

    def log(self, values: dict[str, Any]) -> None: ...

    def finish(self, exit_code: int) -> None:
        self.calls.append(("finish", exit_code))


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch, fakes: Path) -> Online:
    fake = Online()
    real = tracking.importlib.import_module
    monkeypatch.setattr(tracking.importlib, "import_module", lambda name: fake if name == "wandb" else real(name))
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    return fake


def test_online_lineage(attune: Attune, online: Online) -> None:
    assert attune("stage=first", tracking="auto")[0] == 0
    assert attune("stage=second", tracking="auto")[0] == 0
    first, second = load(RUN / "first"), load(RUN / "second")
    assert online.calls == [
        ("init", "online", first.wandb_id, "allow"),
        ("made", "southern_charm-first", "dataset", first.sha256),
        ("finish", 0),
        ("init", "online", second.wandb_id, "allow"),
        ("use", f"southern_charm-first:{first.sha256[:12]}", "dataset"),
        ("made", "southern_charm-second", "policy", second.sha256),
        ("finish", 0),
    ]


def test_a_failed_stage_is_shown_as_failed(attune: Attune, online: Online) -> None:
    assert attune("stage=first", "first.fail=user", tracking="auto")[0] == 2
    assert online.calls[-1] == ("finish", 1)


def test_unreachable_goes_offline_for_good(attune: Attune, online: Online) -> None:
    online.reachable = False
    code, _, err = attune(tracking="auto")
    assert code == 0 and len(err.splitlines()) == 1
    assert online.modes == ["online", "offline", "offline", "offline"]


def setting(mode: str) -> Tracking:
    return Tracking(mode=TrackingMode(mode), project="attune", entity=None)


def test_mode(fakes: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert wandb_mode(setting("auto")) == "offline"
    assert [wandb_mode(setting(mode)) for mode in ("online", "offline", "off")] == ["online", "offline", "off"]
    (tmp_path / "netrc").write_text("machine api.wandb.ai\n  login user\n  password key\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert wandb_mode(setting("auto")) == "online"
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example.com")
    assert wandb_mode(setting("auto")) == "offline"
    monkeypatch.setenv("WANDB_API_KEY", "key")
    assert wandb_mode(setting("auto")) == "online"
    monkeypatch.setenv("WANDB_MODE", "disabled")
    assert wandb_mode(setting("auto")) == "off"


def test_metrics_lines(tmp_path: Path) -> None:
    tracker = Tracker(tmp_path)
    for step in range(4):
        tracker.log({"train/loss": step / 2}, step)
    tracker.rewind(2)
    lines = read_jsonl(tmp_path / "metrics.jsonl")
    assert [(line["step"], line["train/loss"]) for line in lines] == [(0, 0.0), (1, 0.5), (2, 1.0)]
    assert all(isinstance(line["time"], float) for line in lines)
    tracker.rewind(-1)
    assert read_jsonl(tmp_path / "metrics.jsonl") == []
    Tracker(tmp_path / "new").rewind(0)  # nothing there yet


def test_a_line_cut_by_a_kill_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"step": 1}\n{"ste')
    Tracker(tmp_path)
    assert read_jsonl(tmp_path / "metrics.jsonl") == [{"step": 1}]
    (tmp_path / "metrics.jsonl").write_text('{"ste')
    Tracker(tmp_path)
    assert read_jsonl(tmp_path / "metrics.jsonl") == []
