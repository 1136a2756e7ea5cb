"""What every request passes first: host, origin and size are checked; every reply leaves with security headers."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
PROBES = ("/healthz", "/readyz")  # asked by address, whatever the site is called; they say nothing else
BODY_LIMIT = 1 << 20  # bytes of a request to our own routes
UPLOAD_LIMIT = 64 << 20  # bytes of an owner's upload through Gradio

# Gradio's page needs inline scripts and eval; nothing may be loaded from, sent to or framed by another host.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with no-referrer, a form's Origin would be null
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """ASGI middleware. hosts: names a request may be addressed to (None: any); https: the site is reached by TLS."""

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None, https: bool) -> None:
        self.app, self.hosts = app, hosts
        self.headers = HEADERS | ({"strict-transport-security": "max-age=31536000"} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # there is no websocket

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
                if "/assets/" in scope["path"]:
                    headers["cache-control"] = "private, max-age=31536000, immutable"  # named by their hashes
                elif "/static/" in scope["path"]:
                    headers["cache-control"] = "no-cache"  # kept, and asked about by its ETag
                else:
                    headers["cache-control"] = "no-store"
            await send(message)

        refused = self.refusal(scope)
        if refused:
            status, why = refused
            await JSONResponse({"error": why}, status)(scope, receive, send_guarded)
        else:
            await self.app(scope, receive, send_guarded)

    def refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and reason where the request may not pass, else None."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        known = self.hosts is None or scope["path"] in PROBES or (parts_of(f"//{host}").hostname or "") in self.hosts
        if not known:
            return 421, "this server is not known by that name"  # else a page elsewhere could rebind its name to it
        if scope["method"] in SAFE_METHODS:
            return None
        if not from_here(headers, host):
            return 403, "the request comes from another site"
        length = headers.get("content-length", "0")
        limit = UPLOAD_LIMIT if "/gradio_api/" in scope["path"] else BODY_LIMIT
        if not length.isdecimal() or int(length) > limit or "transfer-encoding" in headers:
            return 413, f"a request body has a length, of {limit >> 20} MiB at most"
        return None


def parts_of(address: str) -> SplitResult:
    """An address' parts; empty where it is none, such as http://[::1"""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def from_here(headers: Headers, host: str) -> bool:
    """Whether a changing request comes from a page of this site, or from no page at all.

    A browser names the Origin of every such request; a program sends none, and rides on nobody's cookie.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None:
        return parts_of(origin).netloc.lower() == host.lower()
    return site in (None, "same-origin", "none")
