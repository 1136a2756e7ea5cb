"""Sign-in by OpenID Connect against a provider on this machine, which can be told to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from alignment.feedback.nouns import Role
from tests.feedback_app import kit

pytest.importorskip("authlib", reason="the extra `app` is not installed")

CLIENT, SECRET = "attune-test", "shared-by-both"
ANN = {"email": "ann@example.com", "email_verified": True}


@dataclass
class Provider:
    """What it says of who signs in, and in what it lies. claims: over the honest ones; None leaves one out."""

    url: str = ""
    person: dict[str, Any] = field(default_factory=lambda: dict(ANN))
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    sign_with: str = "own"  # own, another (a key that is not published), shared (HS256), none
    error: str = ""
    asked: dict[str, str] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
        } | self.metadata

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to: with a code, or with an error."""
        self.asked = query
        said = {"error": self.error} if self.error else {"code": "the-code"}
        return f"{query['redirect_uri']}?{urlencode({**said, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any]:
        """The tokens for a code, to the client that asked for it and no other."""
        basic = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert basic == f"{CLIENT}:{SECRET}"
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.asked["code_challenge"]
        assert (form["code"], form["redirect_uri"]) == ("the-code", self.asked["redirect_uri"])
        now = int(time.time())
        claims = {"iss": self.url, "sub": "1", "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": self.asked["nonce"]}
        told = {**claims, **self.person, **self.claims}
        body = {name: value for name, value in told.items() if value is not None}
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": signed(body, self.sign_with)}


def signed(claims: dict[str, Any], how: str) -> str:
    from joserfc import jws, jwt
    from joserfc.jwk import OctKey

    if how == "none":
        parts = ({"alg": "none", "typ": "JWT"}, claims)
        return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in parts) + "."
    if how == "shared":
        registry = jws.JWSRegistry(algorithms=["HS256"])
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET * 4), registry=registry)
    key = KEYS[how]
    return jwt.encode({"alg": "ES256", "kid": KEYS["own"].kid}, claims, key)


def keys() -> dict[str, Any]:
    from joserfc.jwk import ECKey

    return {
        name: ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"}) for name in ("own", "another")
    }


KEYS = keys()
PROVIDER = Provider()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/authorize":
            place = PROVIDER.authorize({name: values[0] for name, values in parse_qs(parts.query).items()})
            self.send_response(302)
            self.send_header("location", place)
            self.send_header("content-length", "0")
            self.end_headers()
        elif parts.path == "/keys":
            self.answer({"keys": [KEYS["own"].as_dict(private=False)]})
        else:
            self.answer(PROVIDER.describe())

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        self.answer(PROVIDER.token({name: one[0] for name, one in form.items()}, self.headers["authorization"]))

    def answer(self, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(autouse=True)
def provider(address: str) -> Provider:
    """The provider, honest again."""
    PROVIDER.__dict__.update(Provider(url=address).__dict__)
    return PROVIDER


@pytest.fixture(scope="module")
def sso(address: str, tmp_path_factory: pytest.TempPathFactory, usual_url: Callable[[Path], str]) -> Iterator[kit.Site]:
    """The app with single sign-on, as a process of its own."""
    PROVIDER.url, folder = address, tmp_path_factory.mktemp("sso")
    names = {"ISSUER": f"{address}/", "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "LABEL": "Example ID"}
    environment = {f"ATTUNE_OIDC_{name}": value for name, value in names.items()}
    with kit.serving(folder, usual_url(folder), **environment) as site:
        site.core.accounts.add("ann@example.com", Role.adjudicator)  # no password: single sign-on only
        site.core.accounts.add("gone@example.com", "reviewer")
        site.core.retention.delete_person("gone@example.com")
        yield site


def walk(client: httpx.Client, target: str = "/rate/") -> httpx.Response:
    """From the button to where it ends: start, the provider, the callback."""
    begun = client.get("/oidc/start", params={"next": target})
    assert begun.status_code == 302, begun.text
    back = httpx.get(begun.headers["location"], timeout=300).headers["location"]
    return client.get(back)


def refused(site: kit.Site, status: int, words: str) -> None:
    with site.client() as client:
        answer = walk(client)
        assert answer.status_code == status and words in answer.text, answer.text
        assert kit.COOKIE not in client.cookies
        assert client.post("/api/me", json={}).status_code == 401
        assert 'action="/signin"' in answer.text, "the sign-in page, to begin again"


def test_the_right_person_comes_in_with_the_accounts_role(sso: kit.Site, provider: Provider) -> None:
    with sso.client() as client:
        assert "Sign in with Example ID" in client.get("/signin").text
        answer = walk(client, "/adjudicate/?project=x")
        assert (answer.status_code, answer.headers["location"]) == (303, "/adjudicate/?project=x")
        assert "HttpOnly" in answer.headers["set-cookie"]
        me = client.post("/api/me", json={}).json()
        assert (me["name"], me["role"]) == ("ann@example.com", "adjudicator")
        sso.core.accounts.set_role("ann@example.com", Role.reviewer)  # the role is the account's, at every call
        assert client.post("/api/me", json={}).json()["role"] == "reviewer"
        assert client.get("/adjudicate/").status_code == 403
        sso.core.accounts.set_role("ann@example.com", Role.adjudicator)
    assert {"openid", "email"} <= set(provider.asked["scope"].split())
    assert provider.asked["code_challenge_method"] == "S256" and provider.asked["response_type"] == "code"


def test_what_the_provider_says_of_roles_counts_for_nothing(sso: kit.Site, provider: Provider) -> None:
    provider.claims = {"role": "admin", "roles": ["admin"], "groups": ["admin"]}
    with sso.client() as client:
        walk(client)
        assert client.post("/api/me", json={}).json()["role"] == "adjudicator"
        assert client.get("/owner/").status_code == 403


def test_a_wrong_state(sso: kit.Site) -> None:
    with sso.client() as client:
        begun = client.get("/oidc/start")
        back = httpx.get(begun.headers["location"], timeout=300).headers["location"]
        query = parse_qs(urlsplit(back).query)
        forged = client.get("/oidc/callback", params={"code": query["code"][0], "state": "forged"})
        assert forged.status_code == 401 and kit.COOKIE not in client.cookies
        stolen = sso.client().get(back)  # another browser, led to somebody else's callback
        assert stolen.status_code == 401 and "set-cookie" not in stolen.headers
        assert client.get("/oidc/callback").status_code == 401
        assert client.get(back).status_code == 303, "the true one still works"
        assert client.get(back).status_code == 401, "once"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": "another-client", "azp": CLIENT},
        {"aud": ["another-client", CLIENT], "azp": "another-client"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 9_999_999_999},
    ],
)
def test_a_token_that_is_not_for_this_sign_in(sso: kit.Site, provider: Provider, claims: dict[str, Any]) -> None:
    provider.claims = claims
    refused(sso, 401, "The sign-in was not completed. Begin again.")


@pytest.mark.parametrize("how", ["another", "shared", "none"])
def test_a_token_that_the_provider_did_not_sign(sso: kit.Site, provider: Provider, how: str) -> None:
    provider.sign_with = how
    refused(sso, 401, "The sign-in was not completed")


def test_the_person_says_no(sso: kit.Site, provider: Provider) -> None:
    provider.error = "access_denied"
    refused(sso, 401, "The sign-in was not completed")


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ({"email": "eve@example.com", "email_verified": True}, "There is no account for eve@example.com"),
        ({"email": "ANN@example.com", "email_verified": True}, "There is no account for ANN@example.com"),
        ({"email": "gone@example.com", "email_verified": True}, "There is no account for gone@example.com"),
        ({"email": "ann@example.com", "email_verified": False}, "has not verified this address"),
        ({"email": "ann@example.com"}, "has not verified this address"),
        ({}, "the provider sent no email"),
        ({"email": "<script>alert(1)</script>", "email_verified": True}, "&lt;script&gt;"),
    ],
)
def test_nobody_comes_in_without_an_account(
    sso: kit.Site, provider: Provider, person: dict[str, Any], words: str
) -> None:
    before = sso.users()
    provider.person = person
    refused(sso, 403, words)
    assert sso.users() == before, "single sign-on makes no accounts"


def test_it_leads_to_this_site_only(sso: kit.Site) -> None:
    for target in ("https://evil.example", "//evil.example", "/\\evil.example"):
        with sso.client() as client:
            assert walk(client, target).headers["location"] == "/rate/"


@pytest.mark.parametrize("metadata", [{"issuer": "https://evil.example"}, {"jwks_uri": None}, {"token_endpoint": 7}])
def test_a_provider_that_describes_another(address: str, provider: Provider, metadata: dict[str, Any]) -> None:
    from feedback_app import oidc

    provider.metadata = metadata
    with pytest.raises(ValueError, match="provider"):
        oidc.check_metadata(provider.describe(), address)
    provider.metadata = {}
    kept = oidc.check_metadata(provider.describe(), address)
    assert kept["id_token_signing_alg_values_supported"] == ["ES256"], "nothing shared, and nothing unsigned"


def test_a_provider_that_is_away(address: str, url: str, tmp_path: Path) -> None:
    from fastapi.testclient import TestClient

    from alignment.feedback.desk import open_app
    from feedback_app import server

    away = f"http://127.0.0.1:{kit.free_port()}"
    environment = {"ATTUNE_OIDC_ISSUER": away, "ATTUNE_OIDC_CLIENT_ID": CLIENT, "ATTUNE_OIDC_CLIENT_SECRET": SECRET}
    with open_app(url) as core:
        client = TestClient(server.build(core, tmp_path, environment=environment), base_url="http://127.0.0.1")
        answer = client.get("/oidc/start")
        assert answer.status_code == 502 and "cannot be reached" in answer.text
        assert client.get("/oidc/callback?state=x&code=y").status_code == 401
