"""The feedback app as a server: FastAPI with its own sign-in and routes, and the pages Gradio makes.

One process serves: sign-ins and ratings are in the database, so it may be killed at any time.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # before gradio is imported
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from alignment.errors import UserError
from alignment.feedback.desk import App, open_app
from feedback_app import adjudication, api, chat, door, downloads, oidc, pages
from feedback_app.address import check_address, is_loopback, public_site
from feedback_app.guard import Guard

TRUSTED_PROXY = "ATTUNE_TRUSTED_PROXY"  # address whose X-Forwarded-For is believed
MAINTAIN_EVERY = 60.0  # seconds
# Seconds that a silent connection stays open: longer than proxies and browsers keep one, who would else send into a
# connection that is being closed. nginx: 60 by default; uvicorn: 5.
KEEP_ALIVE = 75
PROBES = ["GET", "HEAD"]  # of what looks whether the server is up
STATIC = Path(__file__).parent / "static"
log = logging.getLogger("feedback_app")


def serve(host: str, port: int, database_url: str, root: str | Path = "runs") -> None:
    """Serves until it is stopped. root: folder of the runs (training curves; artifacts marked on deletion).

    UserError: an address other than loopback while nobody has to sign in, or the port is taken.
    """
    with open_app(database_url) as core:
        check_address(host, public_site(os.environ).hostname, core)
        site = build(core, Path(root), host, os.environ)
        proxy = os.environ.get(TRUSTED_PROXY)
        config = uvicorn.Config(
            site,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE,
            proxy_headers=proxy is not None,
            forwarded_allow_ips=proxy,
        )
        check_port(config)
        with maintenance(core):
            print(f"Attune feedback app: http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)
            uvicorn.Server(config).run()


def build(core: App, root: Path, host: str = "127.0.0.1", environment: Mapping[str, str] | None = None) -> FastAPI:
    """The whole app over an open core."""
    environment = environment or {}
    public = public_site(environment)
    provider = oidc.provider(environment)
    entrance = door.Door(core, https=public.scheme == "https", oidc=provider.label if provider else None)
    site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @site.api_route("/healthz", methods=PROBES)
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @site.api_route("/readyz", methods=PROBES)
    def ready() -> JSONResponse:
        good = core.ready()
        return JSONResponse({"status": "ready" if good else "database away or locked"}, 200 if good else 503)

    @site.get("/")
    def home(request: Request) -> Response:
        return RedirectResponse(door.HOME, 303)

    site.include_router(door.routes(entrance))
    if provider:
        site.include_router(oidc.routes(entrance, provider, public.geturl()))
        kind, options = oidc.middleware(entrance.https)
        site.add_middleware(kind, **options)
    site.include_router(api.routes(entrance, chat.ACTIONS, "/api/chat", threads=16))
    site.include_router(api.routes(entrance, adjudication.ACTIONS, "/api/adjudicate"))
    site.include_router(api.routes(entrance, api.ACTIONS))
    site.include_router(downloads.routes(entrance))
    site.mount("/static", StaticFiles(directory=STATIC))
    pages.mount(site, entrance, root)
    site.add_middleware(Guard, hosts=known_hosts(host, public.hostname), https=entrance.https)
    return site


def known_hosts(host: str, public: str | None) -> set[str] | None:
    """Names a request may be addressed to; None for any, where the address bound to is not loopback."""
    if not is_loopback(host):
        return {public} if public else None
    return {"127.0.0.1", "localhost", "::1", host} | ({public} if public else set())


def check_port(config: uvicorn.Config) -> None:
    """UserError when the address cannot be bound; uvicorn would exit with a stack of log lines."""
    import socket

    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except (OSError, OverflowError) as error:
            raise UserError(
                f"{config.host}:{config.port}: {error}", do="choose another with --port or --host"
            ) from error


@contextmanager
def maintenance(core: App) -> Iterator[None]:
    """Frees leases and orders tasks every minute, beside the server."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(MAINTAIN_EVERY):
            try:
                core.maintain()
            except UserError as error:  # the database is away: the next minute tries again
                log.warning("%s", error)

    thread = threading.Thread(target=work, name="maintenance", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)
