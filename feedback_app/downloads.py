"""Exports for an owner, from a route that asks for the role. Gradio's own files can be read by whoever has the path."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from enum import StrEnum
from io import BytesIO
from typing import TypeVar

from fastapi import APIRouter, HTTPException, Request, Response

from alignment.errors import UserError
from alignment.feedback.nouns import Refused, Role
from alignment.feedback.outgoing.exporting import MANIFEST, Form, Gold, Policy, Surplus
from alignment.feedback.outgoing.preferences import Conflicts, Ties
from feedback_app.door import RANK, Door

TYPES = {"jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}
BEGINNING = (1980, 1, 1, 0, 0, 0)  # the date of every file in an archive: the same ratings, the same bytes
Choice = TypeVar("Choice", bound=StrEnum)


class Part(StrEnum):
    """What of an export is downloaded."""

    rows = "rows"
    manifest = "manifest"
    both = "both"  # in a .zip, named as the command names them


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
        part: str = "rows",
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
            wanted = chosen(Part, part)
            made = door.core.exports.files(project, chosen(Form, form), file, policy, actor=user.name)
        except Refused as error:
            raise HTTPException(403, str(error)) from error
        except UserError as error:
            raise HTTPException(400, str(error)) from error
        name = f"{re.sub(r'[^A-Za-z0-9_-]+', '_', f'{project}-{form}')}.{file}"
        if wanted is Part.rows:
            return attached(name, made.data, TYPES[file])
        if wanted is Part.manifest:
            return attached(name + MANIFEST, made.manifest, "application/json")
        packed = archive({name: made.data, name + MANIFEST: made.manifest})
        return attached(f"{name}.zip", packed, "application/zip")

    return router


def attached(name: str, content: bytes, kind: str) -> Response:
    return Response(content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


def archive(files: Mapping[str, bytes]) -> bytes:
    """A .zip of these files, stored as they are: the same files give the same bytes on every machine."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, BEGINNING)
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # Unix, wherever it is made
            packed.writestr(entry, content)
    return made.getvalue()


def chosen(kind: type[Choice], value: str) -> Choice:
    """One of an enum's values. UserError names them all."""
    if value not in set(kind):
        raise UserError(f"{value[:40]!r}", ", ".join(kind))
    return kind(value)
