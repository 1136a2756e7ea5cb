"""Fixtures: the shipped config with four tiny stages (tests/fakes) in place of the real ones."""

import os
import random
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hypothesis import HealthCheck, settings
from omegaconf import DictConfig

import alignment.stages
from alignment import run, tracking

TESTS = Path(__file__).resolve().parent
CHECKOUT = TESTS.parent
FAKES = ("first", "second", "third", "fourth")

# The suite is a verdict: the same cases each time. To look for new ones: pytest --hypothesis-profile=default
# A busy machine is slow, not wrong: no case has a deadline.
settings.register_profile("suite", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

# A fresh torch draws its own seed; a margin that only most draws keep would fail now and then. Others: the variable.
SEED = int(os.environ.get("ATTUNE_TEST_SEED", "0"))

Attune = Callable[..., tuple[int, str, str]]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Every test, and every fixture of a module, begins with the same draws."""
    random.seed(SEED)
    np.random.seed(SEED)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(SEED)


def fake_conf(folder: Path) -> Path:
    """A copy of conf/ in which the stages are the fakes."""
    shutil.copytree(CHECKOUT / "conf", folder, ignore=shutil.ignore_patterns("stages"))
    shutil.copytree(TESTS / "fakes" / "conf", folder / "stages")
    for experiment in folder.glob("experiment/*.yaml"):
        experiment.write_text("# @package _global_\nrun: " + experiment.stem + "\n")
    text = (folder / "config.yaml").read_text()
    text = re.sub(r"(  - stages@\w+: \w+\n)+", "".join(f"  - stages@{name}: {name}\n" for name in FAKES), text)
    text = re.sub(r"(?m)^loop: .*$", 'loop: [first, "${aligner}", third]', text)
    text = re.sub(r"(?m)^aligner: dpo", "aligner: second", text)
    (folder / "config.yaml").write_text(text)
    return folder


def compose(conf: Path, *overrides: str) -> DictConfig:
    """The config a command line would get."""
    with initialize_config_dir(version_base="1.3", config_dir=str(conf)):
        return hydra_compose("config", overrides=list(overrides))


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The fake stages and config in place of the real ones; the working folder is empty."""
    conf = fake_conf(tmp_path / "conf")
    monkeypatch.setattr(run, "conf_dir", lambda: conf)
    monkeypatch.setattr(alignment.stages, "__path__", [str(TESTS / "fakes" / "stages")])
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "no_netrc"))
    monkeypatch.setattr(tracking, "_said", set())
    monkeypatch.setattr(tracking, "_unreachable", False)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    yield work
    for name in FAKES:
        sys.modules.pop(f"alignment.stages.{name}", None)
        vars(alignment.stages).pop(name, None)


@pytest.fixture
def attune(fakes: Path, capsys: pytest.CaptureFixture[str]) -> Attune:
    """`attune("stage=first", ...)` runs a command line without W&B: (exit code, stdout, stderr)."""

    def call(*argv: str, tracking: str = "off") -> tuple[int, str, str]:
        capsys.readouterr()
        code = run.main([*argv, f"tracking={tracking}"])
        done = capsys.readouterr()
        return code, done.out, done.err

    return call


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium through Playwright: one for all, since a process has room for one Playwright."""
    from tests.feedback_app import kit

    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = kit.chromium()
    if program is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=kit.BROWSER)
        yield chromium
        chromium.close()
