"""The feedback app under load: submits with think time, saturation against a bare Gradio handler, memory, many items,
kills. Each part prints its figures and the bar it is held to; nothing here is a test.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from alignment.feedback.desk import App, open_app  # noqa: E402
from alignment.feedback.nouns import Answer  # noqa: E402
from feedback_app.server import MAINTAIN_EVERY  # noqa: E402

PARTS = ("think", "saturation", "memory", "items", "kills")
COOKIE, PROJECT = "attune_session", "bench"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS[:4])
    parser.add_argument("--reviewers", type=int, default=50, help="with two seconds of thought each (think)")
    parser.add_argument("--users", type=int, default=20, help="without (saturation, kills)")
    parser.add_argument("--seconds", type=float, default=30, help="of think, and of each side of saturation")
    parser.add_argument("--ratings", type=int, default=10_000, help="of memory")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--bare", nargs=2, metavar=("PORT", "URL"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.bare:
        bare_gradio(int(args.bare[0]), args.bare[1])
        return
    for part in args.parts:
        with tempfile.TemporaryDirectory() as folder:
            globals()[part](Path(folder), args)


# ---------------------------------------------------------------- servers and users


@contextmanager
def prepared(folder: Path, people: int, items: int) -> Iterator[tuple[App, str, list[str]]]:
    """A database with a project of pairs; its core, its address, and a session's token for each reviewer."""
    url = f"sqlite:///{folder / 'feedback.sqlite'}"
    with open_app(url) as core:
        core.projects.create(PROJECT, {"tasks": {"pair": 1}, "ratings": people, "gold_share": 0.0, "repeat_share": 0.0})
        core.projects.import_rows(PROJECT, rows(items))
        tokens = []
        for number in range(people):
            core.accounts.add(f"reviewer {number}", "reviewer")
            tokens.append(core.accounts.sign_in_verified(f"reviewer {number}").token)
        core.accounts.add("owner", "admin")
        yield core, url, tokens


def rows(items: int) -> Iterator[dict[str, Any]]:
    for number, place in itertools.product(range(items), range(2)):
        yield {
            "prompt_id": f"p{number:06}",
            "prompt": [{"role": "user", "content": f"How much is wreath {number}, and do you ship it to 30301?"}],
            "response_id": str(place),
            "text": f"Hey there! Thanks so much for asking. Wreath {number} is **${number % 90 + 10}**. ({place})",
            "model": f"m{place}",
            "model_hash": "",
            "sampling": {},
        }


@contextmanager
def started(*command: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server process on a free port, ready to answer; its base address. `{port}` in the command is filled in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    filled = [part.replace("{port}", str(port)) for part in command]
    process = subprocess.Popen([sys.executable, *filled], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        base = f"http://127.0.0.1:{port}"
        until_up(base, process)
        yield process, base
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def until_up(base: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            httpx.get(f"{base}/healthz", timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("the server ended")


def app(url: str) -> tuple[str, ...]:
    return "-m", "feedback_app", "serve", "--port", "{port}", "--database-url", url


def bare_gradio(port: int, url: str) -> None:
    """The least that Gradio does for a click: a handler that writes one rating event to the same table."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr
    import sqlalchemy as sa

    from alignment.feedback.database.engine import connect
    from alignment.feedback.database.schema import rating_events

    engine, number = connect(url), itertools.count(1)

    def submit(task: float, user: float, strength: float) -> str:
        count = next(number)
        event = {"uid": f"bare-{count}", "task_id": int(task), "user_id": int(user), "repeat": 0, "revision": count}
        event |= {"action": "rate", "strength": int(strength), "seconds": 2.0, "created": time.time()}
        with engine.begin() as connection:
            connection.execute(sa.insert(rating_events), [event])
        return "Saved"

    with gr.Blocks() as page:
        inputs = [gr.Number(), gr.Number(), gr.Number()]
        gr.Button().click(submit, inputs, gr.Textbox(), api_name="submit", concurrency_limit=None)
    page.launch(server_port=port, quiet=True)


# ---------------------------------------------------------------- what is measured


def p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def told(part: str, figure: str, bar: str, good: bool) -> None:
    print(f"{part:11} {figure}   [{bar}: {'reached' if good else 'NOT reached'}]", flush=True)


async def call(client: httpx.AsyncClient, action: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/{action}", json=body)
    answer.raise_for_status()
    return dict(answer.json())


def client_of(base: str, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=base, cookies={COOKIE: token}, timeout=120)


def think(folder: Path, args: argparse.Namespace) -> None:
    """Reviewers who think for two seconds: how long does a submit take, with the next task in its answer?"""
    count = int(args.seconds) + 10
    with prepared(folder, args.reviewers, count) as (_, url, tokens), started(*app(url)) as (_, base):
        times: list[float] = []

        async def review(token: str, number: int, until: float) -> None:
            async with client_of(base, token) as client:
                await asyncio.sleep(2 * number / args.reviewers)
                said = await call(client, "desk", project=PROJECT)
                while said["task"] and time.monotonic() < until:
                    await asyncio.sleep(random.expovariate(1 / 2))
                    began = time.monotonic()
                    body = {"assignment": said["task"]["assignment"], "answer": {"strength": random.randint(-3, 3)}}
                    said = await call(client, "submit", project=PROJECT, **body)
                    times.append(time.monotonic() - began)

        async def everyone() -> None:
            until = time.monotonic() + args.seconds
            await asyncio.gather(*(review(token, number, until) for number, token in enumerate(tokens)))

        asyncio.run(everyone())
        spread = f"p50 {median(times) * 1e3:.0f} ms, p95 {p95(times) * 1e3:.0f} ms"
        figure = f"{args.reviewers} reviewers, {len(times)} submits: {spread}"
        told("think", figure, "p95 < 200 ms", p95(times) < 0.2)


def saturation(folder: Path, args: argparse.Namespace) -> None:
    """Submits a second without thought, ours and a bare Gradio handler's, in turns."""
    other = folder / "bare"
    other.mkdir()
    ours: list[float] = []
    theirs: list[float] = []
    with (
        prepared(folder, args.users, 40_000 // args.users) as (_, url, tokens),
        prepared(other, 1, 1) as (_, second, _),
    ):
        bare = (str(Path(__file__).resolve()), "--bare", "{port}", second)
        with started(*app(url)) as (_, base), started(*bare) as (_, gradio):
            for turn in range(3):
                ours.append(block(base, gradio, tokens, args.seconds / 3, mine=True))
                theirs.append(block(base, gradio, tokens, args.seconds / 3, mine=False))
                print(f"            turn {turn + 1}: ours {ours[-1]:.0f}/s, bare Gradio {theirs[-1]:.0f}/s", flush=True)
    ratio = median(ours) / median(theirs)
    told(
        "saturation",
        f"{median(ours):.0f} against {median(theirs):.0f} submits/s: {ratio:.2f} x",
        ">= 1.2 x",
        ratio >= 1.2,
    )


def block(base: str, gradio: str, tokens: list[str], seconds: float, mine: bool) -> float:
    """Submits a second over one block. Ours also lease and answer the next task; a bare handler only writes."""
    done = 0

    async def submit_ours(number: int, client: httpx.AsyncClient) -> None:
        task = await call(client, "desk", project=PROJECT)
        while task["task"] and time.monotonic() < until:
            answer = {"strength": 1}
            task = await call(client, "submit", project=PROJECT, assignment=task["task"]["assignment"], answer=answer)
            count()

    async def submit_theirs(number: int, client: httpx.AsyncClient) -> None:
        """As the page does for a click: into the queue, then the event stream until it says what came of it."""
        while time.monotonic() < until:
            session = f"{number}-{secrets.token_hex(4)}"
            body = {"data": [1, 1, 1], "fn_index": 0, "session_hash": session}
            (await client.post("/gradio_api/queue/join", json=body)).raise_for_status()
            async with client.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as stream:
                async for line in stream.aiter_lines():
                    if '"process_completed"' in line:
                        assert '"success":true' in line.replace(" ", ""), line
                        count()
                        break

    def count() -> None:
        nonlocal done
        done += 1

    async def everyone(work: Callable[[int, httpx.AsyncClient], Awaitable[None]]) -> None:
        clients = [client_of(base if mine else gradio, token) for token in tokens]
        await asyncio.gather(*(work(number, client) for number, client in enumerate(clients)))
        for client in clients:
            await client.aclose()

    began = time.monotonic()
    until = began + seconds
    asyncio.run(everyone(submit_ours if mine else submit_theirs))
    return done / (time.monotonic() - began)


def memory(folder: Path, args: argparse.Namespace) -> None:
    """The server's resident memory after a fifth of the ratings and a first ordering of the tasks, and after all."""
    users = 10
    with prepared(folder, users, args.ratings // users) as (_, url, tokens), started(*app(url)) as (process, base):
        sizes: list[float] = []
        made = 0

        async def rate(token: str, most: int) -> None:
            nonlocal made
            async with client_of(base, token) as client:
                said = await call(client, "desk", project=PROJECT)
                while said["task"] and made < most:
                    made += 1
                    body = {"project": PROJECT, "assignment": said["task"]["assignment"], "answer": {"strength": 1}}
                    said = await call(client, "submit", **body)

        async def everyone(most: int) -> None:
            await asyncio.gather(*(rate(token, most) for token in tokens))

        for part in range(1, 6):
            asyncio.run(everyone(args.ratings * part // 5))
            if part == 1:  # the first ordering loads libraries once
                time.sleep(MAINTAIN_EVERY * 1.5)
            sizes.append(resident(process.pid))
        grown = sizes[-1] - sizes[0]
        sizes_said = ", ".join(f"{size:.0f}" for size in sizes)
        told("memory", f"{made} ratings: {sizes_said} MiB", "grows by < 20 MiB after the first fifth", grown < 20)


def resident(pid: int) -> float:
    """MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS:"))) / 1024


def items(folder: Path, args: argparse.Namespace) -> None:
    """The next task among very many."""
    began = time.monotonic()
    with prepared(folder, 3, args.items) as (core, _, _):
        print(f"            {args.items} items brought in, {time.monotonic() - began:.0f} s", flush=True)
        times = []
        for number in range(300):
            name = f"reviewer {number % 3}"
            began = time.monotonic()
            task = core.desk.next_task(name, PROJECT)
            times.append(time.monotonic() - began)
            assert task is not None
            core.desk.submit(name, task.assignment, Answer(strength=1))
        told(
            "items",
            f"next task of {args.items}: p50 {median(times) * 1e3:.1f} ms, p95 {p95(times) * 1e3:.1f} ms",
            "p95 < 50 ms",
            p95(times) < 0.05,
        )


def kills(folder: Path, args: argparse.Namespace) -> None:
    """kill -9 under load, again and again: is every acknowledged rating stored, and the database whole?"""
    acknowledged: set[int] = set()
    with prepared(folder, args.users, 40_000 // args.users) as (_, url, tokens):
        for _ in range(args.kills):
            with started(*app(url)) as (process, base):

                async def rate(token: str, base: str = base) -> None:
                    async with client_of(base, token) as client:
                        try:
                            while (task := (await call(client, "desk", project=PROJECT))["task"]) is not None:
                                await call(client, "submit", assignment=task["assignment"], answer={"strength": 1})
                                acknowledged.add(task["assignment"])
                        except httpx.TransportError:
                            return

                async def everyone(process: subprocess.Popen[bytes] = process) -> None:
                    tasks = [asyncio.create_task(rate(token)) for token in tokens]
                    await asyncio.sleep(random.uniform(0.5, 2.0))
                    process.send_signal(signal.SIGKILL)
                    await asyncio.gather(*tasks)

                asyncio.run(everyone())
    with sqlite3.connect(folder / "feedback.sqlite") as connection:
        stored = [row[0] for row in connection.execute("select assignment_id from rating_events")]
        whole = connection.execute("PRAGMA integrity_check").fetchone()[0]
    missing = len(acknowledged - set(stored))
    good = not missing and whole == "ok" and len(stored) == len(set(stored))
    told(
        "kills",
        f"{args.kills} kills: {len(acknowledged)} acknowledged, {missing} missing, {len(stored)} stored, {whole}",
        "none missing",
        good,
    )


if __name__ == "__main__":
    main()
