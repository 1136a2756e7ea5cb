"""One server and one browser for all proofs that do not kill them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.feedback_app import kit

if find_spec("gradio") is None:  # the extra `app`; looked for, not imported: that takes seconds
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kit.Site]:
    """The app as a process of its own, over an SQLite database; every test makes a project of its own."""
    with kit.serving(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[kit.Site]:
    """A site for one test, which may kill it."""
    with kit.serving(tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium through Playwright."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = kit.chromium()
    if program is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=kit.BROWSER)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Any) -> Iterator[Callable[..., Any]]:
    """Makes browser contexts, each a person's own browser; closed after the test."""
    made: list[Any] = []

    def make(**options: Any) -> Any:
        made.append(browser.new_context(viewport={"width": 1280, "height": 900}, **options))
        made[-1].set_default_timeout(kit.TIMEOUT)
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def page(context: Callable[..., Any]) -> Any:
    """A page in a browser of its own; an error in the page's scripts fails the test."""
    made = context().new_page()
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    yield made
    assert not errors, errors
