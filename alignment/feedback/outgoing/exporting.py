"""Ratings out: preference, unpaired, scalar, SFT and raw rows, as JSONL or Parquet, the same bytes every time."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import fmean
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alignment.artifact import write_bytes_atomic
from alignment.errors import UserError
from alignment.feedback.acting import acting, project_row, record
from alignment.feedback.database.queries import read_items
from alignment.feedback.database.schema import (
    assignments,
    collections,
    items,
    rating_events,
    responses,
    task_responses,
    tasks,
    users,
)
from alignment.feedback.documents import given_under
from alignment.feedback.effective import Event, events, ratings_of, settled
from alignment.feedback.nouns import OPERATOR, Actor, Kind, Role
from alignment.feedback.outgoing.encoding import FILES, encode
from alignment.feedback.outgoing.grouping import names_of
from alignment.feedback.outgoing.preferences import Built, Conflicts, Ties, from_ratings, unpaired
from alignment.feedback.records import Rating, chunked
from alignment.feedback.store import Store

Row = dict[str, Any]
MANIFEST = ".manifest.json"  # behind the name of an export
EVENT_COLUMNS = (
    "uid", "collection", "prompt_id", "kind", "reviewer", "repeat", "revision", "action", "origin", "purpose",
    "strength", "payload", "shown", "seconds", "created", "late", "surplus", "guidelines", "rubric",
)  # fmt: skip


class Form(StrEnum):
    """What the rows are for."""

    preference = "preference"  # TRL conversational: prompt, chosen, rejected, margin, group (reward, DPO)
    unpaired = "unpaired"  # prompt, completion, label (KTO)
    scalar = "scalar"  # prompt, completion, score a dimension: mean over raters
    sft = "sft"  # prompt, completion: replies as reviewers edited them
    events = "events"  # every rating event with all its revisions, as stored


class Gold(StrEnum):
    drop = "drop"  # ratings of gold items test the reviewer and are left out
    keep = "keep"


class Surplus(StrEnum):
    drop = "drop"  # late ratings beyond an item's n are left out
    keep = "keep"


@dataclass(frozen=True)
class Policy:
    """What becomes of ties, conflicts, gold items and surplus ratings; written into every export's manifest."""

    ties: Ties = Ties.drop
    conflicts: Conflicts = Conflicts.majority
    gold: Gold = Gold.drop
    surplus: Surplus = Surplus.drop


@dataclass(frozen=True)
class Exported:
    """counts: what became of every pair (see `preferences`). ratings: ids of the ratings the rows rest on. versions:
    {guidelines, rubric: {version: how many of these ratings were given under it}}.
    """

    project: str
    form: Form
    rows: list[dict[str, Any]]
    counts: Mapping[str, int]
    ratings: list[str]
    versions: Mapping[str, Mapping[str, int]]
    policy: Policy


@dataclass(frozen=True)
class Files:
    """An export as bytes: the rows, and the manifest that says by which policy they were made (JSON)."""

    exported: Exported
    data: bytes
    manifest: bytes


class Exports:
    """Exports of a project. Admins only (`Refused`)."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def build(self, project: str, form: Form, policy: Policy = Policy(), *, actor: Actor = OPERATOR) -> Exported:
        """The rows, people's ratings only. Leaves an entry in the audit log. Columns: see `encoding.SCHEMAS`."""
        with self.store.read() as connection:
            acting(connection, actor, Role.admin)
            place = project_row(connection, project)
            found = _BUILD[Form(form)](connection, place.id, policy)
            used = sorted({uid for row in found.rows for uid in row.get("ratings", [row.get("uid")])})
            versions = given_under(connection, used)
        made = Exported(place.name, Form(form), found.rows, found.counts, used, versions, policy)
        with self.store.write() as connection:
            who = acting(connection, actor, Role.admin)
            detail = {"form": made.form, "rows": len(made.rows), **policy_json(policy)}
            record(connection, self.store.clock(), who, "project.export", project, **detail)
        return made

    def files(
        self, project: str, form: Form, file: str = "jsonl", policy: Policy = Policy(), *, actor: Actor = OPERATOR
    ) -> Files:
        """The export and its manifest. file: jsonl or parquet. The same ratings give the same bytes."""
        if file not in FILES:
            raise UserError(f"export file {str(file)[:20]!r}", ", ".join(FILES))
        made = self.build(project, form, policy, actor=actor)
        data = encode(made, file)
        manifest = {
            "project": made.project,
            "form": made.form,
            "policy": policy_json(policy),
            "rows": len(made.rows),
            "counts": dict(made.counts),
            "sha256": hashlib.sha256(data).hexdigest(),
            "versions": made.versions,
            "ratings": made.ratings,
        }
        return Files(made, data, (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode("utf-8"))

    def content(
        self, project: str, form: Form, file: str = "jsonl", policy: Policy = Policy(), *, actor: Actor = OPERATOR
    ) -> bytes:
        """The rows alone."""
        return self.files(project, form, file, policy, actor=actor).data

    def write(
        self,
        project: str,
        form: Form,
        path: Path,
        policy: Policy = Policy(),
        *,
        actor: Actor = OPERATOR,
    ) -> Exported:
        """Writes PATH (.jsonl or .parquet) whole or not at all, and PATH.manifest.json: policy, counts, sha256."""
        path = Path(path)
        if path.suffix not in (".jsonl", ".parquet"):
            raise UserError(f"{path}: no export format by this name", ".jsonl or .parquet")
        made = self.files(project, form, path.suffix.removeprefix("."), policy, actor=actor)
        write_bytes_atomic(path, made.data)
        write_bytes_atomic(path.with_name(f"{path.name}{MANIFEST}"), made.manifest)
        return made.exported


def policy_json(policy: Policy) -> dict[str, str]:
    return {name: str(value) for name, value in vars(policy).items()}


@dataclass(frozen=True)
class _Found:
    rows: list[Row]
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Frozen:
    """A project's preference rows, the ratings they were made of, and the keys of its collections, oldest first."""

    built: Built
    ratings: list[Rating]
    collections: list[str]


def freeze(connection: Connection, project: str, policy: Policy) -> Frozen:
    """People's ratings of all that a project holds, live chats too, as preference rows.

    UserError for an unknown project.
    """
    return _frozen(connection, project_row(connection, project).id, policy)


def _preference(connection: Connection, project_id: int, policy: Policy) -> _Found:
    built = _frozen(connection, project_id, policy).built
    return _Found(built.rows, built.counts)


def _frozen(connection: Connection, project_id: int, policy: Policy) -> Frozen:
    names = names_of(connection, project_id)
    rows: list[Row] = []
    bad: list[Row] = []
    counts: Counter[str] = Counter()
    ratings: list[Rating] = []
    for key in names.keys:
        found = ratings_of(connection, key, policy.gold is Gold.keep, policy.surplus is Surplus.keep, people=True)
        if not found:
            continue
        built = from_ratings(read_items(connection, key), found, policy.ties, policy.conflicts)
        rows += [names.row(row, key) for row in built.rows]
        bad += [{**row, "group": names.group_of(row)} for row in built.bad]
        ratings += found
        counts.update(built.counts)
    return Frozen(Built(rows, dict(counts), bad), ratings, names.keys)


def _unpaired(connection: Connection, project_id: int, policy: Policy) -> _Found:
    built = _frozen(connection, project_id, policy).built
    made = unpaired(built.rows, built.bad)
    return _Found(made.rows, {**built.counts, "undecided": made.undecided})


def _kept(connection: Connection, project_id: int, policy: Policy) -> list[Event]:
    found = settled(events(connection, project=project_id, people=True))
    return [
        event
        for event in found
        if (policy.gold is Gold.keep or not event.gold) and (policy.surplus is Surplus.keep or not event.surplus)
    ]


def _scalar(connection: Connection, project_id: int, policy: Policy) -> _Found:
    """One row a response: the mean of each dimension over its raters, or the adjudicator's decision alone."""
    found = [event for event in _kept(connection, project_id, policy) if event.kind is Kind.rubric]
    decisions = {event.task for event in found if event.origin == "decision"}
    by_response: dict[int, list[tuple[Event, str]]] = defaultdict(list)
    for event in found:
        if event.task not in decisions or event.origin == "decision":
            for slot, response_id in enumerate(event.slots):
                by_response[response_id].append((event, str(slot)))
    replies = _reply_rows(connection, project_id, by_response)
    rows = []
    for response_id, said in sorted(by_response.items()):
        of: dict[str, list[int]] = defaultdict(list)
        raised: Counter[str] = Counter()
        for event, place in said:
            for name, score in event.payload["scores"][place].items():
                of[name].append(score)
            raised.update(event.payload.get("flags", {}).get(place, []))
        scores = {name: fmean(values) for name, values in sorted(of.items())}
        rows.append(
            {
                **replies[response_id][1],
                "score": fmean(scores.values()),
                "scores": scores,
                "flags": dict(sorted(raised.items())),
                "raters": len(said),
                "ratings": sorted(event.uid for event, _ in said),
            }
        )
    return _Found(rows, {"responses": len(rows), "decided": len(decisions)})


def _sft(connection: Connection, project_id: int, policy: Policy) -> _Found:
    """One row an edit in force: the reply as a reviewer rewrote it."""
    edits = [event for event in _kept(connection, project_id, policy) if event.origin == "edit"]
    replies = _reply_rows(connection, project_id, {reply for event in edits for reply in event.slots})
    rows = []
    for event in edits:
        better = 0 if (event.strength or 0) > 0 else 1
        parent, _ = replies[event.slots[1 - better]]
        rows.append({**replies[event.slots[better]][1], "parent": parent, "ratings": [event.uid]})
    return _Found(rows, {"edits": len(rows)})


def _events(connection: Connection, project_id: int, policy: Policy) -> _Found:
    """Every rating event with all its revisions, oldest first; nothing is left out, whatever the policy."""
    query = (
        sa.select(
            rating_events,
            users.c.name.label("reviewer"),
            tasks.c.kind,
            items.c.key.label("prompt_id"),
            collections.c.key.label("collection"),
            assignments.c.shown,
            assignments.c.purpose,
        )
        .join(users, users.c.id == rating_events.c.user_id)
        .join(tasks, tasks.c.id == rating_events.c.task_id)
        .join(items, items.c.id == tasks.c.item_id)
        .join(collections, collections.c.id == items.c.collection_id)
        .outerjoin(assignments, assignments.c.id == rating_events.c.assignment_id)
        .where(collections.c.project_id == project_id)
        .order_by(rating_events.c.id)
    )
    found = connection.execute(query).mappings().all()
    slots = (
        sa.select(task_responses.c.task_id, responses.c.key, responses.c.model)
        .join_from(task_responses, responses, responses.c.id == task_responses.c.response_id)
        .join(items, items.c.id == responses.c.item_id)
        .join(collections, collections.c.id == items.c.collection_id)
        .where(collections.c.project_id == project_id)
        .order_by(task_responses.c.task_id, task_responses.c.slot)
    )
    replies: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for task_id, key, model in connection.execute(slots):
        replies[task_id].append((key, model))
    rows = []
    for row in found:
        of = replies[row["task_id"]]
        made = {name: row[name] for name in EVENT_COLUMNS}
        made["responses"], made["models"] = [key for key, _ in of], [model for _, model in of]
        rows.append(made)
    return _Found(rows, {"events": len(rows)})


def _reply_rows(connection: Connection, project_id: int, wanted: Iterable[int]) -> dict[int, tuple[str, Row]]:
    """Replies of a project by id: their key, and the columns of a row about them."""
    names = names_of(connection, project_id)
    query = (
        sa.select(
            *(responses.c.id, responses.c.key, responses.c.text, responses.c.model, items.c.prompt, items.c.tags),
            items.c.key.label("item"),
            collections.c.key.label("collection"),
        )
        .join_from(responses, items, items.c.id == responses.c.item_id)
        .join(collections, collections.c.id == items.c.collection_id)
    )
    made = {}
    for some in chunked(sorted(wanted), 500):
        for one in connection.execute(query.where(responses.c.id.in_(some))):
            row = {
                "id": f"{one.item}:{one.key}",
                "group": "",
                "prompt": [dict(message) for message in one.prompt],
                "completion": [{"role": "assistant", "content": one.text}],
                "model": one.model,
                "tags": dict(one.tags),
            }
            made[one.id] = one.key, names.row(row, one.collection)
    return made


_BUILD: dict[Form, Callable[[Connection, int, Policy], _Found]] = {
    Form.preference: _preference,
    Form.unpaired: _unpaired,
    Form.scalar: _scalar,
    Form.sft: _sft,
    Form.events: _events,
}
