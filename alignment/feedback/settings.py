"""A project's settings: read from what is stored or entered, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from alignment.errors import UserError, nearest
from alignment.feedback.nouns import Endpoint, Kind, ProjectSettings

_SHARES = ("repeat_share", "gold_share", "random_share")
MOST_REPLIES = 26  # each has a letter


def read_settings(given: Mapping[str, Any]) -> ProjectSettings:
    """Settings of which some were set, the others as `ProjectSettings` has them. UserError says what is wrong."""
    names = [one.name for one in fields(ProjectSettings)]
    for name in given:
        if name not in names:
            raise UserError(f"project setting {str(name)[:40]!r}{nearest(str(name), names)}", ", ".join(names))
    values = dict(given)
    if "endpoints" in values:
        values["endpoints"] = tuple(_endpoint(one) for one in _list(values["endpoints"]))
    settings = ProjectSettings(**values)
    _check(settings)
    return settings


def to_json(settings: Mapping[str, Any]) -> dict[str, Any]:
    """As stored: only what was set."""
    read = asdict(read_settings(settings))
    return {name: list(read[name]) if name == "endpoints" else read[name] for name in settings}


def _check(settings: ProjectSettings) -> None:
    kinds = list(Kind)
    if not isinstance(settings.tasks, Mapping) or set(settings.tasks) - set(kinds):
        raise UserError(f"tasks {settings.tasks!r}", f"counts for {', '.join(kinds)}")
    for kind, count in settings.tasks.items():
        _whole(f"tasks.{kind}", count, 0, 1_000 if kind == Kind.pair else MOST_REPLIES)
    if settings.tasks.get("rank") == 1:
        raise UserError("tasks.rank=1: one reply is nothing to rank", "0, or 2 and up")
    _whole("ratings", settings.ratings, 1, 1_000)
    if settings.quota is not None:
        _whole("quota", settings.quota, 1, 10**9)
    _number("lease", settings.lease, 1.0, 30 * 86_400.0, "seconds")
    for name in _SHARES:
        _number(name, getattr(settings, name), 0.0, 1.0)
    if settings.repeat_share + settings.gold_share > 0.9:
        raise UserError("repeat_share + gold_share above 0.9", "room for new tasks: 0.9 at most together")


def _whole(name: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise UserError(f"{name}={value!r}", f"a whole number from {low} to {high}")


def _number(name: str, value: Any, low: float, high: float, unit: str = "") -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise UserError(f"{name}={value!r}", f"a number from {low:g} to {high:g} {unit}".strip())


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise UserError(f"endpoints {str(value)[:60]!r}", "a list of {name, url, model, key_variable}")
    return list(value)


def _endpoint(value: Any) -> Endpoint:
    if isinstance(value, Endpoint):
        return value
    names = {one.name for one in fields(Endpoint)}
    good = isinstance(value, Mapping) and {"name", "url", "model"} <= set(value) <= names
    if not good or not all(isinstance(text, str) and len(text) <= 500 for text in value.values()):
        raise UserError(
            f"endpoint {str(value)[:60]!r}", "texts name, url, model and, where there is a key, key_variable"
        )
    if not value["url"].startswith(("http://", "https://")):
        raise UserError(f"endpoint address {value['url'][:60]!r}", "http:// or https://")
    return Endpoint(**value)
