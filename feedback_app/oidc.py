"""Sign-in by OpenID Connect, where the environment names a provider.

ATTUNE_OIDC_ISSUER, ATTUNE_OIDC_CLIENT_ID and ATTUNE_OIDC_CLIENT_SECRET turn it on. ATTUNE_OIDC_CLAIM says which claim
is the account's name (email by default, and only a verified one); ATTUNE_OIDC_LABEL is the word on the button. Who may
sign in is decided here as well: there has to be an account of that name.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, HTTPException, Request, Response
from httpx import HTTPError
from starlette.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware

from alignment.errors import UserError
from feedback_app.door import HOME, Door, inside

PREFIX = "ATTUNE_OIDC_"
NEEDED = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")


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

    @router.get("/start")
    async def start(request: Request, next: str = HOME) -> Response:
        request.session["next"] = inside(next)
        here = public_url.rstrip("/") or str(request.base_url).rstrip("/")
        try:
            return await client.authorize_redirect(request, f"{here}/oidc/callback")
        except (HTTPError, OAuthError) as error:
            raise HTTPException(502, "the sign-in provider cannot be reached") from error

    @router.get("/callback")
    async def callback(request: Request) -> Response:
        try:
            token = await client.authorize_access_token(request)  # checks state, nonce, signature, issuer, audience
        except (HTTPError, OAuthError) as error:
            raise HTTPException(401, "the sign-in was not completed: begin again") from error
        name = account_name(token.get("userinfo") or {}, found.claim)
        target = request.session.pop("next", HOME)
        try:
            session = await run_in_threadpool(door.core.accounts.sign_in_verified, name)
        except UserError as error:
            raise HTTPException(403, error.found) from error
        return door.admit(session, target)

    return router


def account_name(claims: Mapping[str, object], claim: str) -> str:
    """The account a person may use. HTTPException where the claim is missing, or an address is not verified."""
    name = claims.get(claim)
    if not isinstance(name, str) or not name:
        raise HTTPException(403, f"the provider sent no {claim}")
    if claim == "email" and claims.get("email_verified") is not True:
        raise HTTPException(403, "the provider has not verified this address")
    return name


def middleware(https: bool) -> tuple[type[SessionMiddleware], dict[str, object]]:
    """What keeps state and nonce between start and callback, in a signed cookie of ten minutes."""
    secret = os.environ.get(PREFIX + "COOKIE_SECRET") or secrets.token_hex(32)
    return SessionMiddleware, {
        "secret_key": secret,
        "session_cookie": "attune_oidc",
        "path": "/oidc",
        "max_age": 600,
        "same_site": "lax",
        "https_only": https,
    }
