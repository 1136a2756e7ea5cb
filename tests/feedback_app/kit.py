"""The feedback app as a process of its own, a real browser, and small data for both."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import sqlalchemy as sa

from alignment.feedback.desk import App, open_app
from alignment.feedback.nouns import Answer, Role
from alignment.feedback.outgoing.exporting import Form as Form
from tests.conftest import CHECKOUT

COOKIE = "attune_session"
PASSWORD = "correct horse battery"
PEOPLE = {"ann": Role.reviewer, "ben": Role.reviewer, "cara": Role.adjudicator, "dora": Role.admin}
MODELS = ("zephyr-secret-one", "quokka-secret-two", "narwhal-secret-three", "ocelot-secret-four")
BROWSER = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
TIMEOUT = 120_000  # milliseconds; the machine may be busy


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """`python -m feedback_app serve` over a database, and the same database opened beside it.

    default_database: the process is not told which it is, and finds it by its environment.
    """

    folder: Path
    url: str
    core: App
    environment: dict[str, str] = field(default_factory=dict)
    default_database: bool = False
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "feedback_app", "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        command += [] if self.default_database else ["--database-url", self.url]
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), **self.environment}
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)
        self.wait()

    def wait(self) -> None:
        deadline = time.monotonic() + 900
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.base}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if not self.alive():
                break
            time.sleep(0.1)
        raise AssertionError((self.folder / "server.log").read_text()[-3000:])

    def alive(self) -> bool:
        return self.process is None or self.process.poll() is None

    def kill(self) -> None:
        """kill -9: no handler runs, nothing is flushed."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def token(self, name: str) -> str:
        """A session's token, without the cost of hashing a password."""
        return self.core.accounts.sign_in_verified(name).token

    def client(self, name: str | None = None) -> httpx.Client:
        """An HTTP client, signed in under a name."""
        cookies = {} if name is None else {COOKIE: self.token(name)}
        return httpx.Client(base_url=self.base, timeout=300, cookies=cookies)

    def users(self) -> list[tuple[str, str]]:
        return [(one.name, one.role) for one in self.core.accounts.users()]

    def project(self, name: str, rows: list[dict[str, Any]], **settings: Any) -> str:
        """A project with candidates; without gold items and repeats unless asked for."""
        settings = {"tasks": {"pair": 1}, "ratings": 1, "repeat_share": 0.0, "gold_share": 0.0} | settings
        self.core.projects.create(name, settings)
        self.core.projects.import_rows(name, rows)
        return name

    def events(self, project: str) -> list[dict[str, Any]]:
        """The rating events of a project as they are stored, oldest first."""
        query = sa.text(
            "select e.*, u.name as user_name from rating_events e join users u on u.id = e.user_id"
            " join tasks t on t.id = e.task_id join items i on i.id = t.item_id"
            " join collections c on c.id = i.collection_id join projects p on p.id = c.project_id"
            " where p.name = :name order by e.id"
        )
        with self.core.store.read() as connection:
            return [dict(row) for row in connection.execute(query, {"name": project}).mappings()]

    def download(self, project: str, form: str, **more: str) -> list[dict[str, Any]]:
        """The rows of an export, as an owner downloads them."""
        answer = self.client("dora").get("/download/export", params={"project": project, "form": form, **more})
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]

    def scalar(self, query: str, **values: Any) -> Any:
        with self.core.store.read() as connection:
            return connection.execute(sa.text(query), values).scalar()


@contextmanager
def serving(folder: Path, url: str, default_database: bool = False, **environment: str) -> Iterator[Site]:
    """A site with the people of `PEOPLE`, started; killed at the end."""
    with open_app(url) as core:
        for name, role in PEOPLE.items():
            core.accounts.add(name, role, PASSWORD)
        core.projects.create("unused")  # else the embedded candidates are brought in
        core.projects.archive("unused")
        site = Site(folder, url, core, environment, default_database)
        site.start()
        try:
            yield site
        finally:
            site.kill()


def candidates(prompts: int, replies: int = 2, name: str = "p") -> list[dict[str, Any]]:
    """Candidate rows; each reply says which prompt and model it belongs to, in a word no page has otherwise."""
    return [
        {
            "prompt_id": f"{name}{number:04}",
            "prompt": [
                {"role": "system", "content": f"You answer customers.\nitem: Wreath {number}\nprice: ${number + 10}"},
                {"role": "user", "content": f"How much is wreath {number}?"},
            ],
            "response_id": f"{name}{number:04}-{place}",
            "text": words(number, place),
            "model": MODELS[place],
            "model_hash": f"hash-{MODELS[place]}",
            "sampling": {"temperature": 0.7},
            "facts": [f"${number + 10}"],
            "tags": {"intent": ("price", "stock")[number % 2]},
        }
        for number in range(prompts)
        for place in range(replies)
    ]


def words(number: int, place: int) -> str:
    greeting = ("Hey there", "Good day", "Howdy", "Welcome")[place]
    return f"{greeting}! Wreath {number} is **${number + 10}**, says writer {place}."


def model_of(text: str) -> int:
    """Whose reply a text shown on the page is: the writer's number."""
    return int(text.split("says writer ")[1][0])


def disagree(site: Site, project: str) -> None:
    """Ann and Ben rate a project's only pair: she prefers the reply of writer 0, he the other."""
    for name, lead in (("ann", 2), ("ben", -2)):
        task = site.core.desk.next_task(name, project)
        assert task is not None
        sign = 1 if model_of(task.replies[0].text) == 0 else -1
        site.core.desk.submit(name, task.assignment, Answer(strength=sign * lead, comment=f"says {name}"))


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def sign_in(page: Any, site: Site, name: str, path: str = "/rate/") -> None:
    """At a page, signed in by a session's cookie."""
    page.context.add_cookies([{"name": COOKIE, "value": site.token(name), "url": site.base, "httpOnly": True}])
    page.goto(site.base + path)


def sign_in_by_form(page: Any, site: Site, name: str, path: str = "/rate/") -> None:
    page.goto(f"{site.base}/signin?next={path}")
    fill_in(page, name)


def fill_in(page: Any, name: str) -> None:
    """The sign-in form, sent."""
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")


def signed_out(page: Any) -> Any:
    """The banner of a session that is over."""
    return page.locator("[role=alert]", has_text="You are signed out")


def sign_in_again(page: Any, name: str) -> None:
    """By that banner's link."""
    signed_out(page).get_by_role("link").click()
    fill_in(page, name)


def desk(page: Any, site: Site, name: str, project: str) -> None:
    """Signed in, at the desk of a project, with a task or the end of tasks in view."""
    sign_in(page, site, name, f"/rate/?project={project}")
    at_desk(page)


def at_desk(page: Any) -> None:
    """When the server's answer is shown, as all styles have it: Gradio puts a page up before they are there."""
    page.wait_for_function(
        "() => document.querySelector('[data-part=loading]')?.hidden"
        " && [...document.querySelectorAll('link[rel=stylesheet]')].every((one) => one.sheet)",
        timeout=TIMEOUT,
    )
    page.wait_for_selector("[data-part=work]:visible, [data-part=empty]:visible", timeout=TIMEOUT)


def assignment(page: Any) -> int:
    """That of the task in view, as soon as there is one."""
    page.wait_for_selector("attune-desk[data-assignment]", timeout=TIMEOUT)
    return int(page.get_attribute("attune-desk", "data-assignment"))


def next_task_after(page: Any, before: int) -> None:
    """Waits until another task, or none, is shown."""
    page.wait_for_function(
        "before => document.querySelector('attune-desk').dataset.assignment !== String(before)"
        " || !document.querySelector('[data-part=empty]').hidden",
        arg=before,
        timeout=TIMEOUT,
    )


def said(page: Any, words: str) -> None:
    page.wait_for_function(
        "words => document.querySelector('[data-part=said]').textContent.includes(words)", arg=words, timeout=TIMEOUT
    )


def choose(page: Any, label: str, option: str) -> None:
    """One of a Gradio list's options, looked for by its name: there may be very many.

    The server may send the list once more while one types, which shows all of it again: then one types again.
    """
    field = page.get_by_label(label, exact=True)
    deadline = time.monotonic() + TIMEOUT / 1000
    while True:
        assert time.monotonic() < deadline, f"{option!r} is not in the list {label!r}"
        field.click()
        field.fill(option)
        named = page.get_by_role("option", name=option, exact=True)  # of a list of ours too
        found = page.get_by_test_id("dropdown-option").and_(named)
        try:
            found.click(timeout=5000)
        except Exception as error:
            if "Timeout" not in str(error):
                raise
            continue
        if until(page, lambda: field.input_value() == option, 3):
            return


def choose_file(page: Any, field: str, file: Any, stem: str) -> None:
    """Chooses a file in the field of that id, which stands empty, and waits until it is uploaded.

    Its name is there before, beside the progress of the upload.
    """
    page.locator(f"#{field} input[type=file]").set_input_files(file)
    page.locator(f"#{field} .file-preview", has_text=stem).wait_for()


def until(page: Any, condition: Callable[[], bool], seconds: float = TIMEOUT / 1000) -> bool:
    """Waits for what the page's events bring about; whether it came to be."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        page.wait_for_timeout(50)
    return True


def reply_text(page: Any, letter: str) -> str:
    return str(page.inner_text(f"[data-reply={letter}] .text, [data-letter={letter}] .text"))


def quoted(text: str) -> str:
    return quote(text, safe="")


def from_json(stored: Any) -> Any:
    """A JSON column's value, which SQLite gives as text and PostgreSQL read."""
    return json.loads(stored) if isinstance(stored, str) else stored
