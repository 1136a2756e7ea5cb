"""Every shipped yaml composes, converts, and says what its dataclass says."""

import importlib
import re
from dataclasses import fields
from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf

from alignment import stages
from alignment.run import convert, typed
from tests.conftest import CHECKOUT, compose

CONF = CHECKOUT / "conf"
STAGES = sorted(path.stem for path in CONF.glob("stages/*.yaml"))
EXPERIMENTS = sorted(path.stem for path in CONF.glob("experiment/*.yaml"))
CHOICES = [
    (path.parent.name, path.stem)
    for path in sorted(CONF.glob("*/*.yaml"))
    if path.parent.name not in ("stages", "experiment", "accelerate")  # the last is the launcher's, not ours
]


def test_each_stage_has_a_module_a_yaml_and_a_line_in_the_defaults() -> None:
    listed = re.findall(r"- stages@(\w+): (\w+)", (CONF / "config.yaml").read_text())
    assert all(name == choice for name, choice in listed)
    assert sorted(name for name, _ in listed) == STAGES == stages.names()


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_yaml_has_the_keys_of_its_config(name: str) -> None:
    module = importlib.import_module(f"alignment.stages.{name}")
    assert {str(key) for key in OmegaConf.load(CONF / "stages" / f"{name}.yaml")} == {
        field.name for field in fields(module.Config)
    }
    assert isinstance(module.KIND, str) and isinstance(module.USES, tuple)
    assert set(module.USES) <= {"model", "peft", "generation", "brand"}


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_yaml_says_what_it_is(name: str) -> None:
    lines = (CONF / "stages" / f"{name}.yaml").read_text().splitlines()
    assert lines[0].startswith(f"# {name}: "), "the line --help shows"
    assert any(f"# example: python -m alignment.run stage={name}" in line for line in lines)
    for line in lines:
        if re.match(r"\w+:", line):
            assert "#" in line, f"no comment: {line}"


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_composes_and_converts(name: str) -> None:
    cfg = compose(CONF, f"experiment={name}")
    settings, configs = typed(cfg)
    assert list(configs) == settings.loop
    assert settings.run == name
    for stage in STAGES:  # those that `all` leaves out too
        module = importlib.import_module(f"alignment.stages.{stage}")
        assert isinstance(convert(module.Config, plain(cfg, stage), f"{stage}."), module.Config)


@pytest.mark.parametrize(("group", "choice"), CHOICES)
def test_a_choice_composes_and_converts(group: str, choice: str) -> None:
    more = ["model.name=some/model"] if choice == "hub" else []
    settings, _ = typed(compose(CONF, f"{group}={choice}", *more))
    section = getattr(settings, group)
    assert {field.name for field in fields(section)} == set(plain(compose(CONF, f"{group}={choice}", *more), group))


def test_nothing_has_a_default_outside_conf() -> None:
    from dataclasses import MISSING

    from alignment.settings import Settings

    for schema in [Settings, *(importlib.import_module(f"alignment.stages.{name}").Config for name in STAGES)]:
        for field in fields(schema):
            assert field.default is MISSING and field.default_factory is MISSING, f"{schema}.{field.name}"


def plain(cfg: DictConfig, key: str) -> dict[str, object]:
    return OmegaConf.to_container(cfg[key], resolve=True)  # type: ignore[return-value]


def test_the_default_needs_no_network_and_no_gpu() -> None:
    settings, _ = typed(compose(CONF))
    assert settings.model.name == "embedded" and settings.peft.method == "none"
    assert settings.brand.folder == "southern_charm" and settings.tracking.mode == "auto"
    assert settings.stage == "all" and settings.loop[0] == "prepare" and "dpo" in settings.loop
    assert Path(settings.root) == Path("runs")
