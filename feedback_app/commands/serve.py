"""`serve`: the app in the browser. Without a project it offers the embedded brand's ready-made candidates."""

from __future__ import annotations

import argparse
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

from alignment.errors import UserError
from alignment.feedback.desk import App, open_app
from feedback_app.address import PUBLIC_URL, check_address, public_site

HOST, PORT = "127.0.0.1", 7860
DEFAULTS: dict[str, Any] = {"host": HOST, "port": PORT}
CANDIDATES = Path(__file__).parent.parent / "embedded" / "candidates.jsonl.gz"
GUIDELINES = files("alignment") / "assets" / "southern_charm" / "voice_guide.md"
PROJECT = "southern_charm"
SETTINGS = {"tasks": {"pair": 1, "rank": 4, "rubric": 1}}
ENVIRONMENT = f"""environment:
  {PUBLIC_URL}         https://rate.example.com, where a proxy that ends TLS serves the app
  ATTUNE_TRUSTED_PROXY      the proxy's address, whose X-Forwarded-For is believed
  ATTUNE_OIDC_ISSUER, ATTUNE_OIDC_CLIENT_ID, ATTUNE_OIDC_CLIENT_SECRET
                            sign-in by OpenID Connect as well; register {PUBLIC_URL}/oidc/callback
  ATTUNE_OIDC_CLAIM         the claim that is the account's name (email, if verified)
  ATTUNE_OIDC_LABEL         the word on the button (single sign-on)
There is no default password. Who may sign in, and as what, is said by `user add NAME --role ROLE`.
"""


def add(parsers: Any, shared: argparse.ArgumentParser) -> None:
    made = parsers.add_parser(
        "serve",
        parents=[shared],
        help="serve the app",
        description=__doc__,
        epilog=ENVIRONMENT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--host", default=HOST, help=f"address to listen on ({HOST}); others need an account first")
    made.add_argument("--port", type=port_number, default=PORT, help=f"port ({PORT})")
    made.set_defaults(run=None)


def port_number(text: str) -> int:
    """A port from the command line."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; allowed: 1 to 65535")
    return int(text)


def run(url: str, root: Path, arguments: argparse.Namespace) -> None:
    """Brings the projects up to date, then serves until stopped."""
    with open_app(url) as core:
        check_address(arguments.host, public_site(os.environ).hostname, core)
        add_embedded(core)
        core.maintain()
    try:
        from feedback_app.server import serve
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] in ("alignment", "feedback_app"):
            raise
        raise UserError(f"serving needs {error.name}", "the extra `app`", 'pip install "attune[app]"') from error
    serve(arguments.host, arguments.port, url, os.fspath(root))


def add_embedded(core: App) -> bool:
    """The embedded brand as a first project, where there is none; whether it was added."""
    if core.projects.names(archived=True):
        return False
    core.projects.create(PROJECT, SETTINGS)
    core.projects.set_guidelines(PROJECT, GUIDELINES.read_text(encoding="utf-8"))
    core.projects.import_path(PROJECT, CANDIDATES)
    return True
