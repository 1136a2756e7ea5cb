"""Sign-in by OpenID Connect, where the environment names a provider.

ATTUNE_OIDC_ISSUER, ATTUNE_OIDC_CLIENT_ID and ATTUNE_OIDC_CLIENT_SECRET turn it on. ATTUNE_OIDC_CLAIM says which claim
is the account's name (email by default, and only a verified one); ATTUNE_OIDC_LABEL is the word on the button. The
provider says who somebody is, and nothing else: there has to be an account of that name, and its role is the account's
(`user add ann@example.com --role adjudicator`). The redirect address to register is <ATTUNE_PUBLIC_URL>/oidc/callback.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, Request, Response
from joserfc.errors import JoseError
from starlette.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware

from alignment.errors import UserError
from alignment.feedback.nouns import Refused
from feedback_app.door import HOME, Door, inside

try:  # what authlib speaks HTTP with: this where it is installed, else the other
    from httpx2 import HTTPError
except ModuleNotFoundError:
    from httpx import HTTPError

PREFIX = "ATTUNE_OIDC_"
NEEDED = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
FAILED = (HTTPError, AuthlibBaseError, JoseError, ValueError)  # away, refused, forged, or no JSON
log = logging.getLogger("feedback_app")


@dataclass(frozen=True)
class Provider:
    """Where to sign in. claim: the one that names the account."""

    issuer: str
    client_id: str
    client_secret: str
    claim: str = "email"
    label: str = "single sign-on"


def provider(environment: Mapping[str, str]) -> Provider | None:
    """The provider that the environment names; None where it names none. UserError when it names half of one."""
    given = {name: environment.get(PREFIX + name, "") for name in NEEDED}
    if not any(given.values()):
        return None
    missing = [PREFIX + name for name, value in given.items() if not value]
    if missing:
        raise UserError(f"single sign-on without {', '.join(missing)}", "all three or none")
    claim, label = environment.get(PREFIX + "CLAIM") or "email", environment.get(PREFIX + "LABEL") or "single sign-on"
    return Provider(given["ISSUER"].rstrip("/"), given["CLIENT_ID"], given["CLIENT_SECRET"], claim, label)


def routes(door: Door, found: Provider, public_url: str = "") -> APIRouter:
    """/oidc/start and /oidc/callback (the redirect address to register with the provider)."""
    router = APIRouter(prefix="/oidc")
    client = OAuth().register(
        "provider",
        client_id=found.client_id,
        client_secret=found.client_secret,
        server_metadata_url=f"{found.issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256"},
    )

    def refuse(status: int, why: str, target: str = HOME) -> Response:
        """The sign-in page again, with the reason."""
        return door.page("signin", status, next=inside(target), error=why)

    @router.get("/start")
    async def start(request: Request, next: str = HOME) -> Response:
        request.session["next"] = inside(next)
        here = public_url.rstrip("/") or str(request.base_url).rstrip("/")
        try:
            check_metadata(await client.load_server_metadata(), found.issuer)
            return await client.authorize_redirect(request, f"{here}/oidc/callback")
        except FAILED as error:
            log.warning("single sign-on cannot begin: %s", error)
            return refuse(502, "The sign-in provider cannot be reached.", next)

    @router.get("/callback")
    async def callback(request: Request) -> Response:
        target = request.session.get("next", HOME)
        try:
            metadata = check_metadata(await client.load_server_metadata(), found.issuer)
            wanted = {"iss": {"value": metadata["issuer"]}, "aud": {"value": found.client_id}}
            claims = {name: {"essential": True, **one} for name, one in wanted.items()}
            token = await client.authorize_access_token(request, claims_options=claims)  # and state, nonce, signature
        except FAILED as error:
            log.warning("single sign-on was refused: %s", error)
            return refuse(401, "The sign-in was not completed. Begin again.", target)
        try:
            name = account_name(token.get("userinfo") or {}, found.claim)
            session = await run_in_threadpool(door.core.accounts.sign_in_verified, name)
        except Refused:
            return refuse(403, f"There is no account for {name}. Ask an admin for one.", target)
        except UserError as error:
            return refuse(403, error.found, target)
        request.session.clear()
        return door.admit(session, target)

    return router


def check_metadata(metadata: dict[str, Any], issuer: str) -> dict[str, Any]:
    """The provider's own description, fit to be relied on. ValueError where it is another's or lacks an address.

    Signatures with a shared secret, and none at all, are no longer among those it may use.
    """
    if str(metadata.get("issuer")).rstrip("/") != issuer:
        raise ValueError(f"the provider calls itself {metadata.get('issuer')!r}, not {issuer!r}")
    for name in ENDPOINTS:
        if not isinstance(metadata.get(name), str):
            raise ValueError(f"the provider names no {name}")
    key = "id_token_signing_alg_values_supported"
    metadata[key] = [one for one in metadata.get(key) or () if one[:2] in ("RS", "ES", "PS", "Ed")] or ["RS256"]
    return metadata


def account_name(claims: Mapping[str, object], claim: str) -> str:
    """The account a person may use. UserError where the claim is missing, or an address is not verified."""
    name = claims.get(claim)
    if not isinstance(name, str) or not name:
        raise UserError(f"the provider sent no {claim}")
    if claim == "email" and claims.get("email_verified") is not True:
        raise UserError("the provider has not verified this address")
    return name


def middleware(https: bool) -> tuple[type[SessionMiddleware], dict[str, object]]:
    """What keeps state and nonce between start and callback, in a signed cookie of ten minutes.

    Its key is drawn at the start: a sign-in that a restart has cut is begun again.
    """
    return SessionMiddleware, {
        "secret_key": secrets.token_hex(32),
        "session_cookie": "attune_oidc",
        "path": "/oidc",
        "max_age": 600,
        "same_site": "lax",
        "https_only": https,
    }
