"""Which addresses strangers can reach: there the app is served only once somebody has an account."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from alignment.errors import UserError
from alignment.feedback.desk import App

PUBLIC_URL = "ATTUNE_PUBLIC_URL"  # https://rate.example.com, behind a proxy that ends TLS


def public_site(environment: Mapping[str, str]) -> SplitResult:
    """The site's address where a proxy serves it, its parts empty where there is none. UserError: no web address."""
    given = environment.get(PUBLIC_URL, "")
    try:
        parts = urlsplit(given)
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    if given and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise UserError(f"{PUBLIC_URL}={given[:80]!r}", "an address such as https://rate.example.com")
    return parts


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_address(host: str, public: str | None, core: App) -> None:
    """UserError where strangers could make the first account. public: the site's name behind a proxy."""
    outside = next((one for one in (host, public) if one is not None and not is_loopback(one)), None)
    if outside is not None and core.accounts.is_first_run():
        raise UserError(
            f"{outside!r} can be reached from elsewhere, and nobody has an account yet",
            "127.0.0.1 or localhost until there is a sign-in",
            "python -m feedback_app user add NAME --role admin --password-stdin",
        )
