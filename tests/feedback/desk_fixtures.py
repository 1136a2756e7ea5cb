"""A pytest plugin: a feedback core over an empty database of each kind, with people and a clock to turn."""

import random
from collections.abc import Iterator

import pytest
from desks import Clock

from alignment.feedback import accounts, leasing
from alignment.feedback.desk import App, open_app


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def core(url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """ann, ben and cas review, jo adjudicates, root is the admin."""
    monkeypatch.setattr(accounts, "hash_password", lambda password: f"plain:{password}")
    monkeypatch.setattr(leasing, "_CHANCE", random.Random(0))  # the same draws each time
    with open_app(url, clock) as made:
        for name, role in (
            ("root", "admin"), ("ann", "reviewer"), ("ben", "reviewer"), ("cas", "reviewer"), ("jo", "adjudicator")
        ):  # fmt: skip
            made.accounts.add(name, role)
        yield made
