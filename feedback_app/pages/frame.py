"""What all pages share: theme, head, the bar on top, and the role check of every handler."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from alignment.errors import UserError
from alignment.feedback.desk import App
from alignment.feedback.nouns import Refused, Role
from feedback_app.tables import status

BAR = '<attune-bar class="at bar" role="banner"></attune-bar>'
RANK = {role: place for place, role in enumerate(Role)}

# Fonts of the machine, none fetched; the colours of Gradio's own components are set in app.css.
THEME = gr.themes.Base(
    font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"],
    font_mono=["ui-monospace", "DejaVu Sans Mono", "monospace"],
)


@dataclass(frozen=True)
class Frame:
    """What a page is built over. root: folder of the runs; role: the least that may use the page."""

    core: App
    root: Path
    role: Role

    def guarded(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """A handler that first asks the database for the caller's role.

        It is called with `actor`, the signed-in name, before its inputs. `gr.Error` where the role is too low;
        what a user can mend becomes a message on the page.
        """

        @functools.wraps(handler)
        def checked(request: gr.Request, *inputs: Any) -> Any:
            return handler(self.actor(request), *inputs)

        parameters = [inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)]
        parameters += list(inspect.signature(handler).parameters.values())[1:]
        checked.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        checked.__annotations__ = {"request": gr.Request}
        return checked

    def actor(self, request: gr.Request) -> str:
        """The caller's name. gr.Error where they are signed out, deleted, or of too low a role."""
        try:
            user = self.core.accounts.user(request.username or "")
        except UserError as error:
            raise gr.Error("You are signed out.", print_exception=False) from error
        if not user.active or RANK[Role(user.role)] < RANK[self.role]:
            raise gr.Error(f"This is for the role {self.role}.", print_exception=False)
        return user.name

    def projects(self) -> list[str]:
        return self.core.projects.names()


def told(action: Callable[[], str]) -> str:
    """What an action says of itself, or what went wrong, as markup for a status line."""
    try:
        return status(action())
    except Refused as error:
        return status(str(error), wrong=True)
    except UserError as error:
        return status(str(error), wrong=True)


def head(scripts: Sequence[str]) -> str:
    """The head of a page: styles, theme, the bar, and the page's own scripts."""
    styles = "".join(f'<link rel="stylesheet" href="/static/{name}.css">' for name in ("app", "desk", "owner"))
    modules = "".join(f'<script type="module" src="/static/{name}.js"></script>' for name in ("bar", *scripts))
    icon = '<link rel="icon" href="/static/icon.svg" type="image/svg+xml">'
    return f'{icon}{styles}<script src="/static/theme.js"></script>{modules}'


def html(markup: str, **rest: Any) -> gr.HTML:
    """Markup of ours in a page, without Gradio's styles and scripts."""
    return gr.HTML(markup, js_on_load=None, apply_default_css=False, padding=False, **rest)
