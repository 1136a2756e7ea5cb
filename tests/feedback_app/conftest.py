"""One server a database and one browser for all proofs that do not kill them.

Which databases: the tests of `both` run on SQLite and on PostgreSQL, the others on SQLite. ATTUNE_TEST_DATABASE=
postgresql (or sqlite) has all of them run on that one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.feedback_app import endpoint as endpoints
from tests.feedback_app import kit

if find_spec("gradio") is None:  # the extra `app`; looked for, not imported: that takes seconds
    collect_ignore_glob = ["test_*.py"]

CHOSEN = "ATTUNE_TEST_DATABASE"
DATABASES = ("sqlite", "postgresql")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both: what it shows depends on the database; it runs on each kind")
    config.pluginmanager.import_plugin("databases")  # starts PostgreSQL where it is installed, else skips


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Gives a test that uses a database its kinds."""
    if "database" not in metafunc.fixturenames:
        return
    both = CHOSEN not in os.environ and metafunc.definition.get_closest_marker("both") is not None
    metafunc.parametrize("database", DATABASES if both else [usual()], indirect=True)


def usual() -> str:
    """The database of a test that is about none."""
    chosen = os.environ.get(CHOSEN, DATABASES[0])
    if chosen not in DATABASES:
        raise pytest.UsageError(f"{CHOSEN}={chosen!r}; allowed: {', '.join(DATABASES)}")
    return chosen


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """sqlite or postgresql, as `pytest_generate_tests` says."""
    return str(request.param)


@pytest.fixture(scope="session")
def new_url(request: pytest.FixtureRequest) -> Callable[[str, Path], str]:
    """Address of an empty database of a kind; a file in the folder, or a schema of the server started here."""
    from databases import fresh_schema  # by now a plugin

    def make(kind: str, folder: Path) -> str:
        if kind == "postgresql":
            return fresh_schema(request.getfixturevalue("postgres"))
        return f"sqlite:///{folder / 'feedback.sqlite'}"

    return make


@pytest.fixture(scope="session")
def usual_url(new_url: Callable[[str, Path], str]) -> Callable[[Path], str]:
    """Address of an empty database for what outlives a test."""
    return lambda folder: new_url(usual(), folder)


@pytest.fixture
def url(database: str, new_url: Callable[[str, Path], str], tmp_path: Path) -> str:
    """Address of an empty database of the test's own."""
    return new_url(database, tmp_path)


@pytest.fixture(scope="session")
def sites(
    new_url: Callable[[str, Path], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], kit.Site]]:
    """The app as a process of its own over a database of a kind, started when it is first asked for."""
    with ExitStack() as stack:

        @cache
        def serve(kind: str) -> kit.Site:
            folder = tmp_path_factory.mktemp("site")
            return stack.enter_context(kit.serving(folder, new_url(kind, folder)))

        yield serve


@pytest.fixture
def site(database: str, sites: Callable[[str], kit.Site]) -> kit.Site:
    """A server that tests share; each makes a project of its own."""
    return sites(database)


@pytest.fixture
def own_site(url: str, tmp_path: Path) -> Iterator[kit.Site]:
    """A site for one test, which may kill it."""
    with kit.serving(tmp_path, url) as made:
        yield made


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


@pytest.fixture
def endpoint() -> Iterator[str]:
    """Address of two models, or more, to chat with: those of `kit.MODELS` answer."""
    with endpoints.serving() as address:
        yield address
