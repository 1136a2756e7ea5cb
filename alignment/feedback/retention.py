"""Deleting a person's data: a tombstone stays, their text goes, and the artifacts made from it are marked."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alignment.artifact import RECORD, load, read_jsonl, write_json_atomic
from alignment.errors import UserError
from alignment.feedback.accounts import TOMBSTONE, keep_an_admin, name_bucket
from alignment.feedback.acting import acting, record
from alignment.feedback.database.app_schema import attempts, comments, credentials, drafts, flags, sessions, work
from alignment.feedback.database.schema import assignments, items, rating_events, responses, users
from alignment.feedback.leasing import give_back
from alignment.feedback.nouns import OPERATOR, Actor, Role
from alignment.feedback.store import Store

MARK = "retention.json"


@dataclass(frozen=True)
class Deleted:
    """tombstone: the name that stands in their place. ratings: ids that no longer count; comments, edits, ...:
    texts removed. artifacts: folders marked with a `retention.json`.
    """

    tombstone: str
    ratings: tuple[str, ...]
    comments: int
    edits: int
    notes: int
    artifacts: tuple[Path, ...]


class Retention:
    """What is due when somebody asks to be forgotten."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def delete_person(self, name: str, root: Path | None = None, *, actor: Actor = OPERATOR) -> Deleted:
        """Removes all a person entered that can be read (name, password, sessions, comments, notes, edits, chats,
        drafts); keeps their rating events under a tombstone, out of force; frees their places for other raters.

        root: folder of the runs; artifacts whose rating ids are among theirs, and those made from such artifacts,
        get a `retention.json` that names them. Again for the same tombstone: marks artifacts made meanwhile.
        Refused: not an admin. UserError: nobody of that name, or the last admin.
        """
        with self.store.write() as connection:
            who, now = acting(connection, actor, Role.admin), self.store.clock()
            row = connection.execute(sa.select(users).where(users.c.name == name)).mappings().first()
            if row is None or row["kind"] != "person":
                raise UserError(f"no person {str(name)[:80]!r}", "the name of an account, or of a tombstone")
            user_id = row["id"]
            if row["deleted"] is None:
                keep_an_admin(connection, user_id)
                if self.store.kind == "sqlite":
                    connection.exec_driver_sql("PRAGMA secure_delete = ON")  # deleted text is overwritten in the file
                counts = _delete(connection, user_id, name, now)
                record(connection, now, who, "user.delete", f"user {user_id}", **counts)
            else:
                counts = {"comments": 0, "edits": 0, "notes": 0}
            tombstone = f"{TOMBSTONE}{user_id}"
            uids = connection.execute(
                sa.select(rating_events.c.uid).where(rating_events.c.user_id == user_id).order_by(rating_events.c.id)
            )
            ratings = tuple(uids.scalars())
        self._forget_log()
        marked = () if root is None else tuple(mark_artifacts(Path(root), tombstone, set(ratings), now))
        return Deleted(tombstone, ratings, counts["comments"], counts["edits"], counts["notes"], marked)

    def _forget_log(self) -> None:
        """Empties SQLite's write-ahead log, which still holds the pages as they were. A reader may hold it up."""
        if self.store.kind == "sqlite":
            with self.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]


def _delete(connection: Connection, user_id: int, name: str, now: float) -> dict[str, int]:
    """Removes what a person wrote and who they were; how many texts."""
    mine = sa.select(assignments.c.id).where(assignments.c.user_id == user_id)
    notes = connection.execute(
        sa.update(flags).where(flags.c.user_id == user_id, flags.c.note != "").values(note="")
    ).rowcount
    notes += connection.execute(
        sa.update(assignments)
        .where(assignments.c.user_id == user_id, assignments.c.reason.is_not(None))
        .values(reason=None)
    ).rowcount
    counts = {
        "comments": connection.execute(sa.delete(comments).where(comments.c.assignment_id.in_(mine))).rowcount,
        "edits": connection.execute(
            sa.update(responses).where(responses.c.author_id == user_id).values(text="", sampling={})
        ).rowcount,
        "notes": notes,
        "chats": _delete_chats(connection, user_id),
    }
    connection.execute(sa.delete(drafts).where(drafts.c.assignment_id.in_(mine)))
    connection.execute(sa.delete(credentials).where(credentials.c.user_id == user_id))
    connection.execute(sa.delete(sessions).where(sessions.c.user_id == user_id))
    connection.execute(sa.delete(attempts).where(attempts.c.bucket == name_bucket(name)))
    _free_places(connection, user_id)
    connection.execute(
        sa.update(users).where(users.c.id == user_id).values(name=f"{TOMBSTONE}{user_id}", role="reviewer", deleted=now)
    )
    return counts


def _delete_chats(connection: Connection, user_id: int) -> int:
    """Empties the prompts of the person's chats, and the replies, which may repeat them."""
    chats = sa.select(items.c.id).where(items.c.author_id == user_id)
    connection.execute(sa.update(responses).where(responses.c.item_id.in_(chats)).values(text=""))
    return connection.execute(sa.update(items).where(items.c.author_id == user_id).values(prompt=[])).rowcount


def _free_places(connection: Connection, user_id: int) -> None:
    """Their ratings no longer count, so each item wants another one."""
    surplus = sa.select(rating_events.c.assignment_id).where(
        rating_events.c.user_id == user_id, rating_events.c.surplus, rating_events.c.assignment_id.is_not(None)
    )
    held = connection.execute(
        sa.select(assignments.c.task_id)
        .join(work, work.c.task_id == assignments.c.task_id)
        .where(assignments.c.user_id == user_id, assignments.c.purpose == "rating", work.c.taken > 0)
        .where(assignments.c.state.in_(("open", "done")), assignments.c.id.not_in(surplus))
    )
    for task_id in held.scalars().all():
        give_back(connection, task_id)
    connection.execute(
        sa.update(assignments)
        .where(assignments.c.user_id == user_id, assignments.c.state == "open")
        .values(state="expired", lease_until=None)
    )


def mark_artifacts(root: Path, tombstone: str, ratings: set[str], now: float) -> list[Path]:
    """Writes `retention.json` into every artifact under `root` with such ratings, or made from one; their folders.

    The file: {"deleted": [{"tombstone", "marked" (UTC), "ratings" (ids found in it), "from" (the artifact it was
    made from)}]}. artifact.json and its hashes stay as they are: the mark is beside the record, not part of it.
    """
    found: dict[Path, set[str]] = {}
    parents: dict[Path, list[Path]] = {}
    for record_file in sorted(root.rglob(RECORD)):
        folder = record_file.parent
        if any(part.startswith(".") for part in folder.relative_to(root).parts):
            continue
        try:
            artifact = load(folder)
        except UserError:
            continue  # no artifact of ours; nothing in it can be traced
        own = _ids_in(folder, artifact.files) & ratings
        if own:
            found[folder.resolve()] = own
        parents[folder.resolve()] = [(folder / one["path"]).resolve() for one in artifact.parents]
    origin: dict[Path, Path | None] = dict.fromkeys(found)
    fresh = list(origin)
    while fresh:
        fresh = [
            folder for folder, above in parents.items() if folder not in origin and any(one in origin for one in above)
        ]
        for folder in fresh:
            origin[folder] = next(one for one in parents[folder] if one in origin)
    for folder, source in sorted(origin.items()):
        entry = {
            "tombstone": tombstone,
            "marked": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
            "ratings": sorted(found.get(folder, set())),
            "from": None if source is None else os.path.relpath(source, folder),
        }
        _mark(folder / MARK, entry)
    return sorted(origin)


def _ids_in(folder: Path, files: Mapping[str, str]) -> set[str]:
    """Rating ids in an artifact's JSON-lines files: `ratings` of rows that name several, `id` of ratings themselves."""
    ids: set[str] = set()
    for name in files:
        if name.endswith(".jsonl") and (folder / name).is_file():
            for row in read_jsonl(folder / name):
                if isinstance(row.get("ratings"), list):
                    ids.update(one for one in row["ratings"] if isinstance(one, str))
                if isinstance(row.get("id"), str):
                    ids.add(row["id"])
    return ids


def _mark(path: Path, entry: Mapping[str, Any]) -> None:
    """Adds the entry, or replaces the one of the same tombstone."""
    before: list[dict[str, Any]] = []
    if path.is_file():
        before = json.loads(path.read_text(encoding="utf-8")).get("deleted", [])
    kept = [one for one in before if one.get("tombstone") != entry["tombstone"]]
    write_json_atomic(path, {"deleted": [*kept, dict(entry)]})
