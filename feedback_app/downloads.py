"""Exports for an owner, from a route that asks for the role. Gradio's own files can be read by whoever has the path."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TypeVar

from fastapi import APIRouter, HTTPException, Request, Response

from alignment.errors import UserError
from alignment.feedback.exporting import Form, Gold, Policy, Surplus
from alignment.feedback.nouns import Refused, Role
from alignment.feedback.preferences import Conflicts, Ties
from feedback_app.door import RANK, Door

TYPES = {"jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}
Choice = TypeVar("Choice", bound=StrEnum)


def routes(door: Door) -> APIRouter:
    """GET /download/export: admins only."""
    router = APIRouter(prefix="/download")

    @router.get("/export")
    def export(
        request: Request,
        project: str,
        form: str = "preference",
        file: str = "jsonl",
        ties: str = "drop",
        conflicts: str = "majority",
        gold: str = "drop",
        surplus: str = "drop",
    ) -> Response:
        user = door.user(request)
        if user is None:
            raise HTTPException(401, "sign in first")
        if RANK[Role(user.role)] < RANK[Role.admin]:
            raise HTTPException(403, "exports are for the role admin")
        try:
            if file not in TYPES:
                raise UserError(f"file={file[:40]!r}", ", ".join(TYPES))
            policy = Policy(
                chosen(Ties, ties), chosen(Conflicts, conflicts), chosen(Gold, gold), chosen(Surplus, surplus)
            )
            content = door.core.exports.content(project, chosen(Form, form), file, policy, actor=user.name)
        except Refused as error:
            raise HTTPException(403, str(error)) from error
        except UserError as error:
            raise HTTPException(400, str(error)) from error
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", f"{project}-{form}")
        return Response(
            content, media_type=TYPES[file], headers={"content-disposition": f'attachment; filename="{name}.{file}"'}
        )

    return router


def chosen(kind: type[Choice], value: str) -> Choice:
    """One of an enum's values. UserError names them all."""
    if value not in set(kind):
        raise UserError(f"{value[:40]!r}", ", ".join(kind))
    return kind(value)
