"""Projects: settings, versioned guidelines and rubric, candidates brought in, gold items, order of the tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alignment.errors import UserError
from alignment.feedback import documents
from alignment.feedback.acting import ProjectRow, acting, project_row, record
from alignment.feedback.choosing import active
from alignment.feedback.database.app_schema import audit, work
from alignment.feedback.database.queries import insert_row
from alignment.feedback.database.schema import assignments, collections, items, projects, tasks, users
from alignment.feedback.incoming import importing
from alignment.feedback.incoming.candidates import check_text, to_items
from alignment.feedback.incoming.gold import add_gold, add_scores
from alignment.feedback.incoming.merging import by_collection, without_task
from alignment.feedback.leasing import PLANNED_AT_ONCE
from alignment.feedback.nouns import (
    FLAGS,
    OPERATOR,
    Actor,
    Dimension,
    Guidelines,
    Kind,
    Project,
    ProjectSettings,
    Role,
    Rubric,
    Version,
)
from alignment.feedback.planning import FIRST, collections_of, has_unplanned, plan, rewind
from alignment.feedback.settings import read_settings, to_json
from alignment.feedback.store import Store


@dataclass(frozen=True)
class Imported:
    """How much was new: prompts, replies, and tasks made of them.

    idle: prompts of the import that have no task, such as those with one reply in a project that compares.
    """

    items: int
    responses: int
    tasks: int
    idle: int


@dataclass(frozen=True)
class AuditEntry:
    """Who did what, when (Unix seconds). actor: a user's name, or "command line"."""

    at: float
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]


class Projects:
    """What an owner sets. Changing calls need an admin (`Refused`) and leave an entry in the audit log."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def names(self, archived: bool = False) -> list[str]:
        """Names, oldest first."""
        query = sa.select(projects.c.name).order_by(projects.c.id)
        with self.store.read() as connection:
            return list(connection.execute(query if archived else query.where(~projects.c.archived)).scalars())

    def collections(self, name: str) -> list[str]:
        """Keys of the candidates imported into a project, oldest first; none where there is no such project."""
        query = (
            sa.select(collections.c.key).join(projects).where(projects.c.name == name, collections.c.source == "import")
        )
        with self.store.read() as connection:
            return list(connection.execute(query.order_by(collections.c.id)).scalars())

    def get(self, name: str) -> Project:
        """One project. UserError names the ones there are."""
        with self.store.read() as connection:
            return _read(connection, project_row(connection, name))

    def create(self, name: str, settings: Mapping[str, Any] | None = None, *, actor: Actor = OPERATOR) -> Project:
        """Makes a project. settings: fields of `ProjectSettings`. UserError: taken, or a setting out of range."""
        _check_name(name)
        stored = to_json(settings or {})
        with self.store.write() as connection:
            who, now = acting(connection, actor, Role.admin), self.store.clock()
            if connection.execute(sa.select(projects.c.id).where(projects.c.name == name)).scalar() is not None:
                raise UserError(f"there is a project {name!r} already", "another name")
            insert_row(connection, projects, name=name, settings=stored, created=now)
            record(connection, now, who, "project.create", name, settings=stored)
            return _read(connection, project_row(connection, name))

    def set(self, name: str, settings: Mapping[str, Any], *, actor: Actor = OPERATOR) -> Project:
        """Changes some of a project's settings. Ratings already made stay; fewer `ratings` close items."""
        with self.store.write() as connection:
            who, now = acting(connection, actor, Role.admin), self.store.clock()
            place = project_row(connection, name)
            before = connection.execute(sa.select(projects.c.settings).where(projects.c.id == place.id)).scalar_one()
            stored = to_json({**before, **settings})
            connection.execute(sa.update(projects).where(projects.c.id == place.id).values(settings=stored))
            _apply(connection, place, read_settings(stored))
            record(connection, now, who, "project.set", name, settings=to_json(settings))
            return _read(connection, project_row(connection, name))

    def archive(self, name: str, archived: bool = True, *, actor: Actor = OPERATOR) -> None:
        """Hides a project from reviewers, or shows it again."""
        with self.store.write() as connection:
            who, place = acting(connection, actor, Role.admin), project_row(connection, name)
            connection.execute(sa.update(projects).where(projects.c.id == place.id).values(archived=archived))
            record(connection, self.store.clock(), who, "project.archive", name, archived=archived)

    def set_guidelines(self, name: str, text: str, *, actor: Actor = OPERATOR) -> Guidelines:
        """The next version of the guidelines (Markdown). The same text as the latest makes none."""
        version = self._add_version(name, "guidelines", documents.guidelines_content(text), actor)
        return Guidelines(version, text)

    def set_rubric(
        self, name: str, dimensions: Sequence[Dimension], flags: Sequence[str] | None = None, *, actor: Actor = OPERATOR
    ) -> Rubric:
        """The next version of the rubric. Ratings remember the version they were made under."""
        names = tuple(FLAGS if flags is None else flags)
        content = documents.rubric_content(dimensions, names)
        return Rubric(self._add_version(name, "rubric", content, actor), tuple(dimensions), names)

    def _add_version(self, name: str, kind: str, content: Mapping[str, Any], actor: Actor) -> int:
        with self.store.write() as connection:
            who, now = acting(connection, actor, Role.admin), self.store.clock()
            place = project_row(connection, name)
            version = documents.add_version(connection, place.id, kind, content, who.id, now)
            record(connection, now, who, f"project.{kind}", name, version=version)
            return version

    def versions(self, name: str, kind: str, *, actor: Actor = OPERATOR) -> list[Version]:
        """All versions of the guidelines or the rubric, oldest first: text, author, date, what changed, how many
        ratings were given under each. kind: one of `documents.KINDS`.
        """
        if kind not in documents.KINDS:
            raise UserError(f"versions of {str(kind)[:40]!r}", ", ".join(documents.KINDS))
        with self.store.read() as connection:
            acting(connection, actor, Role.adjudicator)
            return documents.versions(connection, project_row(connection, name).id, kind)

    def version(self, name: str, kind: str, number: int, *, actor: Actor = OPERATOR) -> Version:
        """One of `versions`. UserError names the numbers there are."""
        found = {one.version: one for one in self.versions(name, kind, actor=actor)}
        if number not in found:
            allowed = f"{min(found)} to {max(found)}" if found else "none: none was written yet"
            raise UserError(f"no version {number} of the {kind} of {name!r}", allowed)
        return found[number]

    def rubric(self, name: str, number: int) -> Rubric:
        """The rubric of a version that there is; 0: the built-in one."""
        with self.store.read() as connection:
            return documents.rubric(connection, project_row(connection, name).id, number) if number else Rubric()

    def import_rows(self, name: str, rows: Iterable[Mapping[str, Any]], *, actor: Actor = OPERATOR) -> Imported:
        """Candidates: rows as `importing.read` gives them. Again: nothing new. UserError names the row."""
        made = importing.normalise(rows, "the import")
        return self._import(name, made, importing.collection_of(made), actor)

    def import_path(self, name: str, path: Path, *, actor: Actor = OPERATOR) -> Imported:
        """Candidates of a .jsonl, .jsonl.gz or .csv file, or of a `collect` artifact's folder."""
        rows, key = importing.read(Path(path))
        return self._import(name, rows, key, actor)

    def import_text(self, name: str, text: str, form: str, *, actor: Actor = OPERATOR) -> Imported:
        """Candidates of an upload's text. form: jsonl or csv."""
        rows = importing.read_text(text, form)
        return self._import(name, rows, importing.collection_of(rows), actor)

    def _import(self, name: str, rows: Sequence[Mapping[str, Any]], key: str, actor: Actor) -> Imported:
        to_items(rows)  # all of them are checked before the first is stored
        with self.store.read() as connection:
            who, place = acting(connection, actor, Role.admin), project_row(connection, name)
            parts: Mapping[str, Sequence[Mapping[str, Any]]] = {key: rows}
            if key.startswith(importing.PREFIX):
                parts = by_collection(connection, place, rows, f"{key}-{place.id}")  # a file may serve several projects
        with self.store.write() as connection:
            for one in parts:
                _claim(connection, one, place)
        added = [self.store.add_candidates(one, of, name) for one, of in parts.items()]
        planned = self._plan(name)
        with self.store.write() as connection:
            made = Imported(
                items=sum(one.items for one in added),
                responses=sum(one.responses for one in added),
                tasks=planned,
                idle=sum(without_task(connection, one, {row["prompt_id"] for row in of}) for one, of in parts.items()),
            )
            detail = {"items": made.items, "responses": made.responses, "tasks": made.tasks}
            keys = {"collection": next(iter(parts))} if len(parts) == 1 else {"collections": list(parts)}
            record(connection, self.store.clock(), who, "project.import", name, **keys, **detail)
            return made

    def import_gold(self, name: str, rows: Iterable[Mapping[str, Any]], *, actor: Actor = OPERATOR) -> int:
        """Items with a known answer: {"prompt_id", "order": [response ids, best first]}, or {"prompt_id",
        "response_id", "scores": {dimension: 1 … 5}}; how many were new.
        """
        found = list(rows)
        with self.store.write() as connection:
            who, place = acting(connection, actor, Role.admin), project_row(connection, name)
            added = sum(add_gold(connection, place, row, number) for number, row in enumerate(found, 1))
            record(connection, self.store.clock(), who, "project.gold", name, added=added)
            return added

    def import_scores(self, name: str, rows: Iterable[Mapping[str, Any]], *, actor: Actor = OPERATOR) -> int:
        """An ensemble's rewards: {"prompt_id", "response_id", "scores": [one a member]}; then orders the tasks."""
        found = list(rows)
        with self.store.write() as connection:
            who, place = acting(connection, actor, Role.admin), project_row(connection, name)
            stored = add_scores(connection, place, found)
            record(connection, self.store.clock(), who, "project.scores", name, responses=stored)
        self.order_tasks(name, actor=actor)
        return stored

    def order_tasks(self, name: str, *, actor: Actor = OPERATOR) -> str:
        """Orders what is left by the ensemble's disagreement; says by which: scores, ratings, or none yet."""
        with self.store.read() as connection:
            acting(connection, actor, Role.admin)
            place = project_row(connection, name)
            scores, source = active.scored(connection, place)
        if scores:
            with self.store.write() as connection:
                self._order(connection, place, scores)
        return source

    def _order(self, connection: Connection, place: ProjectRow, scores: Mapping[int, float]) -> None:
        total = active.ratings_made(connection, place.id)
        active.move_to_front(connection, place, scores, f"{place.id} {total}")
        connection.execute(sa.update(projects).where(projects.c.id == place.id).values(ordered=total))

    def prepare(self) -> None:
        """Makes tasks of items that came in meanwhile, and orders the tasks anew where that is due."""
        for name in self.names():
            self._plan(name)
            with self.store.read() as connection:
                place = project_row(connection, name)
                before = connection.execute(sa.select(projects.c.ordered).where(projects.c.id == place.id)).scalar_one()
                if active.ratings_made(connection, place.id) - before < active.EVERY:
                    continue
                scores, _ = active.scored(connection, place)
            with self.store.write() as connection:
                self._order(connection, place, scores)

    def _plan(self, name: str) -> int:
        """Makes tasks of all items that are not planned yet, in writes that are over soon; how many."""
        made = 0
        while True:
            with self.store.read() as connection:
                if not has_unplanned(connection, project_row(connection, name).id):
                    return made
            with self.store.write() as connection:
                made += plan(connection, project_row(connection, name), PLANNED_AT_ONCE)

    def audit(self, limit: int = 200, *, actor: Actor = OPERATOR) -> list[AuditEntry]:
        """The audit log, newest first. Refused: not an admin."""
        query = sa.select(audit, users.c.name).outerjoin(users, users.c.id == audit.c.user_id)
        with self.store.read() as connection:
            acting(connection, actor, Role.admin)
            rows = connection.execute(query.order_by(audit.c.id.desc()).limit(limit)).mappings()
            return [
                AuditEntry(
                    row["created"], row["name"] or documents.COMMAND_LINE, row["action"], row["subject"], row["detail"]
                )
                for row in rows
            ]


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not 0 < len(name) <= 200 or not name.isprintable() or name != name.strip():
        raise UserError(f"project name {str(name)[:80]!r}", "1 to 200 printable characters")
    check_text(name, "project name")


def _read(connection: Connection, place: ProjectRow) -> Project:
    of = collections_of(place.id)
    count = sa.select(sa.func.count())
    return Project(
        name=place.name,
        settings=place.settings,
        guidelines=documents.guidelines(connection, place.id),
        rubric=documents.rubric(connection, place.id),
        items=connection.execute(count.select_from(items).where(items.c.collection_id.in_(of))).scalar_one(),
        tasks=connection.execute(count.select_from(work).where(work.c.project_id == place.id)).scalar_one(),
        created=place.created,
        archived=place.archived,
    )


def _apply(connection: Connection, before: ProjectRow, after: ProjectSettings) -> None:
    """Brings the work to hand out in line with changed settings."""
    if after.ratings != before.settings.ratings:
        mine = (work.c.project_id == before.id) & (work.c.wanted > 0)
        connection.execute(sa.update(work).where(mine).values(wanted=after.ratings))
        for kind in Kind:
            rewind(connection, before.id, kind, FIRST)
    if after.tasks != before.settings.tasks:
        of = collections_of(before.id)
        connection.execute(sa.update(items).where(items.c.collection_id.in_(of)).values(planned=False))


def _claim(connection: Connection, key: str, place: ProjectRow) -> None:
    """Moves candidates that another project holds (as `collect` leaves them) here, while nobody has rated them."""
    row = connection.execute(sa.select(collections).where(collections.c.key == key)).mappings().first()
    if row is None or row["project_id"] == place.id:
        return
    of = sa.select(tasks.c.id).join(items).where(items.c.collection_id == row["id"])
    if connection.execute(sa.select(assignments.c.id).where(assignments.c.task_id.in_(of)).limit(1)).first():
        other = connection.execute(sa.select(projects.c.name).where(projects.c.id == row["project_id"])).scalar()
        raise UserError(f"these candidates are being rated in the project {other!r}", do="go on there, or archive it")
    connection.execute(sa.delete(work).where(work.c.task_id.in_(of)))
    connection.execute(sa.update(collections).where(collections.c.id == row["id"]).values(project_id=place.id))
    connection.execute(sa.update(items).where(items.c.collection_id == row["id"]).values(planned=False))
