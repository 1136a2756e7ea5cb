"""Sign-in: the first account, password or OIDC, the session's cookie, and who may open which page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from alignment.errors import UserError
from alignment.feedback.accounts import Session, Throttled
from alignment.feedback.desk import App
from alignment.feedback.nouns import Refused, Role, User
from feedback_app.components import markup

COOKIE = "attune_session"
HOME = "/rate/"
FILE_ROUTES = ("/gradio_api/upload", "/gradio_api/file")  # uploads of every page lie in one folder
RANK = {role: place for place, role in enumerate(Role)}
Check = Callable[[Request], Awaitable[str | None]]


@dataclass(frozen=True)
class Door:
    """Who is asking. https: cookies travel by TLS only; oidc: the name on its button, None where it is not set up."""

    core: App
    https: bool = False
    oidc: str | None = None

    def user(self, request: Request) -> User | None:
        """Whose session the request's cookie names, asked of the database every time."""
        return self.core.accounts.user_of(request.cookies.get(COOKIE))

    def opener(self, least: Role, path: str) -> Check:
        """For Gradio's `auth_dependency`: the user's name where they have at least that role, else a refusal.

        A person who asks for the page itself is sent to the sign-in; its handlers answer 401.
        """

        async def check(request: Request) -> str | None:
            user = await run_in_threadpool(self.user, request)
            if user is None:
                if request.method == "GET" and request.url.path.rstrip("/") == path:
                    raise HTTPException(303, headers={"location": f"/signin?next={path}/"})
                return None
            if RANK[Role(user.role)] < RANK[least]:
                raise HTTPException(403, f"this page is for the role {least}")
            if least != Role.admin and any(part in request.url.path for part in FILE_ROUTES):
                raise HTTPException(403, "files are the owner's page's")
            return user.name

        return check

    def page(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """The sign-in page or the first run's."""
        return HTMLResponse(markup(template, **{"oidc": self.oidc, "name": "", "error": ""} | values), status)

    def admit(self, session: Session, target: str) -> Response:
        """Into the app, with the session's cookie."""
        response = RedirectResponse(inside(target), 303)
        response.set_cookie(
            COOKIE, session.token, max_age=14 * 86_400, httponly=True, samesite="lax", secure=self.https, path="/"
        )
        return response


class Locks:
    """ASGI middleware: what Gradio serves under /gradio_api is for those who may open its page.

    Gradio itself asks its `auth_dependency` on most of these routes, but lets anybody cancel another's call, hold
    heartbeats open and start its queue. checks: by the page's path.
    """

    def __init__(self, app: ASGIApp, checks: Mapping[str, Check]) -> None:
        self.app, self.checks = app, checks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts = scope["path"].split("/") if scope["type"] == "http" else []
        check = self.checks.get(f"/{parts[1]}") if "gradio_api" in parts[2:3] else None
        if check is not None:
            try:
                status, why = (200, "") if await check(Request(scope)) else (401, "sign in first")
            except HTTPException as error:
                status, why = error.status_code, error.detail
            if status != 200:
                await JSONResponse({"detail": why}, status)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def inside(target: str) -> str:
    """The path to go to after sign-in; never another site."""
    plain = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if plain else HOME


def routes(door: Door) -> APIRouter:
    """/signin, /signout and /first."""
    router = APIRouter()
    accounts, page = door.core.accounts, door.page

    @router.get("/signin")
    def show(request: Request, next: str = HOME) -> Response:
        if accounts.is_first_run() and not door.oidc:
            return RedirectResponse("/first", 303)
        return page("signin", next=inside(next))

    @router.post("/signin")
    def sign_in(request: Request, name: str = Form(""), password: str = Form(""), next: str = Form(HOME)) -> Response:
        address = request.client.host if request.client else ""
        try:
            session = accounts.sign_in(name.strip(), password, address)
        except Throttled as error:
            response = page("signin", 429, next=inside(next), name=name, error=error.found)
            response.headers["retry-after"] = str(round(error.wait) + 1)
            return response
        except UserError as error:
            return page("signin", 401, next=inside(next), name=name, error=error.found)
        return door.admit(session, next)

    @router.post("/signout")
    def sign_out(request: Request) -> Response:
        token = request.cookies.get(COOKIE)
        if token:
            accounts.sign_out(token)
        response = RedirectResponse("/signin", 303)
        response.delete_cookie(COOKIE, path="/")
        return response

    @router.get("/first")
    def first() -> Response:
        return page("first") if accounts.is_first_run() else RedirectResponse("/signin", 303)

    @router.post("/first")
    def make_first(name: str = Form(""), password: str = Form(""), again: str = Form("")) -> Response:
        try:
            if password != again:
                raise UserError("the two passwords differ")
            accounts.add_first(name.strip(), password)
        except Refused:
            return RedirectResponse("/signin", 303)
        except UserError as error:
            return page("first", 400, name=name, error=str(error))
        return door.admit(accounts.sign_in(name.strip(), password), "/owner/")

    return router
