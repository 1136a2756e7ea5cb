"""The feedback app's core, whole: what reviewers, adjudicators and owners do, without a page.

    with open_app(default_url("runs")) as app:
        app.accounts.add("ada", "reviewer", password="…")
        task = app.desk.next_task("ada", "southern_charm")
        app.desk.submit("ada", task.assignment, Answer(strength=2), seconds=6.5)

Every call takes the acting user's name, looks their role up in the database, and checks that what is touched is
theirs: identity and task never come from a page. Every call is one transaction: all of it happened, or nothing.
Calls may come from several threads and processes. They raise `UserError` for what a user can mend, and its kind
`Refused` for what they may not do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from alignment.errors import UserError
from alignment.feedback import documents
from alignment.feedback.accounts import Accounts
from alignment.feedback.acting import Person, ProjectRow, open_projects, person, project_row, to_project_row
from alignment.feedback.answering import save_edit, save_rating, set_comment, set_draft
from alignment.feedback.answers import check_note
from alignment.feedback.chats import add_chat_turn, read_chat
from alignment.feedback.database.app_schema import drafts, flags
from alignment.feedback.database.schema import assignments
from alignment.feedback.leasing import (
    anything_left,
    count_shift,
    free_expired,
    give_back,
    kinds_of,
    lease,
    open_assignment,
    read_shift,
    renew,
)
from alignment.feedback.measures.figures import Figures
from alignment.feedback.nouns import SKIP_REASONS, Answer, ChatReply, Desktop, Edited, Kind, OwnProgress, Saved, Task
from alignment.feedback.outgoing.exporting import Exports
from alignment.feedback.projects import Projects
from alignment.feedback.reading import own_assignment, project_of, read_task, rubric_of, shown_reply
from alignment.feedback.records import Message
from alignment.feedback.retention import Retention
from alignment.feedback.review import Review
from alignment.feedback.store import Store, open_store


@dataclass(frozen=True)
class App:
    """All parts over one store. `maintain` is due every minute or so while the app serves."""

    store: Store
    desk: Desk
    accounts: Accounts
    projects: Projects
    review: Review
    figures: Figures
    exports: Exports
    retention: Retention

    def ready(self) -> bool:
        """Whether the database answers, is at this version's schema and can be written to: for /readyz. Never raises.

        A database that another process keeps locked for writing is not ready: it would be read, and no rating stored.
        """
        try:
            return self.store.is_there() and self.store.is_current() and self.store.can_write()
        except (UserError, SQLAlchemyError):
            return False

    def maintain(self) -> None:
        """Frees leases that ran out, plans tasks for newly collected items, and orders the projects' tasks anew
        by the ensemble's disagreement where enough ratings have come in. Safe to call at any time, from one or
        several processes.
        """
        with self.store.write() as connection:
            free_expired(connection, self.store.clock())
        self.accounts.forget_old()
        self.projects.prepare()


@contextmanager
def open_app(url: str, clock: Callable[[], float] = time.time) -> Iterator[App]:
    """The app's core over the database at `url`, its schema brought up to date. Errors as `open_store`."""
    with open_store(url, clock) as store:
        yield make_app(store)


def make_app(store: Store) -> App:
    """The app's core over an open store."""
    return App(
        store,
        Desk(store),
        Accounts(store),
        Projects(store),
        Review(store),
        Figures(store),
        Exports(store),
        Retention(store),
    )


class Desk:
    """What a reviewer does. Any role may; simulated reviewers and deleted people may not (`Refused`)."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def next_task(self, user: str, project: str, kind: Kind | None = None) -> Task | None:
        """The reviewer's task: the one they have open (after an undo, that one), else a newly leased one.

        None: nothing is left for them, or their quota is reached. Each item gets exactly `ratings` raters:
        open leases count until they run out. The order shown is drawn anew for every assignment and stored. A
        share of the tasks are gold items, and a share are tasks the reviewer has answered before, unmarked.
        kind: only tasks of this kind; None: kinds in the project's order.
        UserError for an unknown project.
        """
        with self.store.read() as connection:
            who, place = person(connection, user), project_row(connection, project)
            task = self._held(connection, who, place, kind)
        return task or self._hand_out(who, place, kind)

    def look(self, user: str, project: str | None = None, kind: Kind | None = None) -> Desktop:
        """`projects`, `progress` and `next_task` at once, for a fraction of their cost. project None: the oldest."""
        with self.store.read() as connection:
            who, rows = person(connection, user), open_projects(connection)
            name = next(iter(rows), None) if project is None else project
            if name is None:
                return Desktop((), None, None)
            place = to_project_row(rows[name]) if name in rows else project_row(connection, name)
            progress = self._progress(connection, who, place)
            task = self._held(connection, who, place, kind)
        task = task or self._hand_out(who, place, kind)
        if task is None and progress.left:
            with self.store.read() as connection:
                progress = replace(progress, left=anything_left(connection, place, who))
        return Desktop(tuple(rows), progress, task)

    def _held(self, connection: Connection, who: Person, place: ProjectRow, kind: Kind | None) -> Task | None:
        """The task the reviewer has open, unless its lease is half over."""
        row = open_assignment(connection, who.id, place.id, kind)
        if row is None or row["lease_until"] <= self.store.clock() + place.settings.lease / 2:
            return None
        return read_task(connection, row["id"])

    def _hand_out(self, who: Person, place: ProjectRow, kind: Kind | None) -> Task | None:
        """The task the reviewer has open, its lease renewed, or a newly leased one."""
        with self.store.write() as connection:
            now = self.store.clock()
            row = open_assignment(connection, who.id, place.id, kind)
            if row is not None:
                renew(connection, row["id"], now + place.settings.lease)
                return read_task(connection, row["id"])
            kinds = [one for one in kinds_of(place) if kind in (None, one)]
            found = None if place.archived else lease(connection, place, who, kinds, now)
            return None if found is None else read_task(connection, found)

    def task(self, user: str, assignment: int) -> Task:
        """One of the reviewer's own assignments, whatever its state. Refused where it is not theirs."""
        with self.store.read() as connection:
            return read_task(connection, own_assignment(connection, person(connection, user), assignment)["id"])

    def save_draft(self, user: str, assignment: int, draft: Mapping[str, Any]) -> bool:
        """Keeps what the reviewer has entered so far (JSON, at most 64 KiB) and renews the lease.

        False, and nothing kept, when it was answered or skipped already. Refused where it is not theirs.
        """
        with self.store.write() as connection:
            row = own_assignment(connection, person(connection, user), assignment)
            now = self.store.clock()
            until = now + project_of(connection, row["task_id"]).settings.lease
            return set_draft(connection, row, draft, now, until)

    def submit(
        self,
        user: str,
        assignment: int,
        answer: Answer,
        seconds: float | None = None,
        revision: int | None = None,
    ) -> Saved:
        """Stores the rating; when it returns, the rating survives a kill.

        The same assignment again (retry, double click, second tab) changes nothing and says `already`. After an
        `undo` the next submit is a further revision; a page that sends back `Task.revision` keeps a late
        repetition of the earlier click from being taken for it. An assignment whose lease ran out, or that was
        skipped, is kept too, marked `late`, and `surplus` where the item had its n ratings meanwhile.
        seconds: time taken as the page measured it; cut to the time since the task was leased.
        Refused: not theirs. UserError: an answer that does not fit the task (a forged ranking, a score of 9).
        """
        with self.store.write() as connection:
            who = person(connection, user)
            row = own_assignment(connection, who, assignment)
            return save_rating(connection, who, row, answer, seconds, revision, self.store.clock())

    def undo(self, user: str, project: str) -> Task | None:
        """Opens the reviewer's last rating again, as their task, with the earlier answer as its draft.

        That rating stays in force until the next submit, which is its next revision; both are kept. Again: the
        one before. None when there is nothing to undo.
        """
        with self.store.write() as connection:
            who, place = person(connection, user), project_row(connection, project)
            mine = (assignments.c.user_id == who.id) & (assignments.c.project_id == place.id)
            row = connection.execute(
                sa.select(assignments.c.id)
                .where(mine, assignments.c.state == "done", assignments.c.purpose != "chat")
                .order_by(assignments.c.finished.desc(), assignments.c.id.desc())
                .limit(1)
            ).first()
            if row is None:
                return None
            now = self.store.clock()
            connection.execute(
                sa.update(assignments)
                .where(assignments.c.id == row.id)
                .values(state="open", reopened=now, lease_until=now + place.settings.lease)
            )
            return read_task(connection, row.id)

    def skip(self, user: str, assignment: int, reason: str) -> None:
        """Hands the task back; another reviewer gets it. reason: one of `SKIP_REASONS`, or free text.

        Nothing happens when it was answered or skipped already.
        """
        reason = check_note(reason, "reason").strip()
        if not reason:
            raise UserError("a skip without a reason", f"{', '.join(SKIP_REASONS)}, or a few words")
        with self.store.write() as connection:
            who = person(connection, user)
            row = own_assignment(connection, who, assignment)
            if row["state"] not in ("open", "expired"):
                return
            rated = row["finished"] is not None
            connection.execute(
                sa.update(assignments)
                .where(assignments.c.id == row["id"])
                .values(state="done" if rated else "skipped", reopened=None, reason=reason)
            )
            connection.execute(sa.delete(drafts).where(drafts.c.assignment_id == row["id"]))
            if rated:  # reopened by an undo, then left as it was
                return
            if row["state"] == "open" and row["purpose"] == "rating":
                give_back(connection, row["task_id"])
            if row["purpose"] != "chat":
                count_shift(connection, who.id, row["project_id"], skipped=1)

    def flag(self, user: str, assignment: int, reason: str, letter: str | None = None, note: str = "") -> None:
        """Tells the owner that something is wrong with the task (letter None) or one reply, apart from rating it.

        reason: one of the rubric's flags or of `SKIP_REASONS`; note: free text.
        """
        note = check_note(note, "note").strip()
        with self.store.write() as connection:
            who = person(connection, user)
            row = own_assignment(connection, who, assignment)
            place = project_of(connection, row["task_id"])
            allowed = (*rubric_of(connection, place.id, row["rubric"]).flags, *SKIP_REASONS)
            if reason not in allowed:
                raise UserError(f"flag {str(reason)[:40]!r}", ", ".join(allowed))
            response = None
            if letter is not None:
                response = shown_reply(connection, row, letter)["id"]
            values = {"task_id": row["task_id"], "user_id": who.id, "project_id": place.id, "note": note}
            values |= {"response_id": response, "reason": reason, "created": self.store.clock()}
            connection.execute(sa.insert(flags), [values])

    def comment(self, user: str, assignment: int, text: str) -> None:
        """Replaces the reviewer's free-text comment on the task; empty removes it."""
        with self.store.write() as connection:
            row = own_assignment(connection, person(connection, user), assignment)
            set_comment(connection, row["id"], text, self.store.clock())

    def edit(self, user: str, assignment: int, letter: str, text: str) -> Edited:
        """Stores how a reply should read: a new response with its parent and author, and a rating by the author
        that prefers it to its parent by `EDIT_STRENGTH`. The same text again changes nothing.

        UserError: empty, unchanged, or too long.
        """
        with self.store.write() as connection:
            who = person(connection, user)
            row = own_assignment(connection, who, assignment)
            return save_edit(connection, who, row, letter, text, self.store.clock())

    def progress(self, user: str, project: str) -> OwnProgress:
        """The reviewer's standing and what there is to do. UserError for an unknown project."""
        with self.store.read() as connection:
            who, place = person(connection, user), project_row(connection, project)
            made = self._progress(connection, who, place)
            return replace(made, left=made.left and anything_left(connection, place, who))

    def _progress(self, connection: Connection, who: Person, place: ProjectRow) -> OwnProgress:
        """left: whether the project and the quota let the reviewer go on, if there is work."""
        now = self.store.clock()
        shift = read_shift(connection, who.id, place.id, since=now - now % 86_400)
        guidelines, rubric = documents.latest(connection, place.id)
        quota = place.settings.quota
        return OwnProgress(
            project=place.name,
            done=shift.done,
            skipped=shift.skipped,
            today=shift.today,
            quota=quota,
            left=not place.archived and (quota is None or shift.done < quota),
            kinds=tuple(kinds_of(place)),
            chat=len(place.settings.endpoints) > 1,
            guidelines=guidelines,
            rubric=rubric,
        )

    def projects(self, user: str) -> list[str]:
        """Names of the projects that are not archived, oldest first."""
        with self.store.read() as connection:
            person(connection, user)
            return list(open_projects(connection))

    def chat_turn(
        self,
        user: str,
        project: str,
        conversation: str | None,
        messages: Sequence[Message],
        replies: Sequence[ChatReply],
    ) -> Task:
        """Two models' replies to one turn of a live chat, as a pair task of the reviewer's own, in blind order.

        conversation: None begins one (the task names it); which model is on which side is drawn for every turn.
        messages: `chat_history` and the reviewer's new message. `submit` takes the vote; `next_task` never
        returns these. The same turn again: the same task. Refused: another reviewer's conversation.
        """
        with self.store.write() as connection:
            who, place = person(connection, user), project_row(connection, project)
            found = add_chat_turn(connection, who, place, conversation, messages, replies, self.store.clock())
            return read_task(connection, found)

    def chat_history(self, user: str, conversation: str) -> list[Message]:
        """The chat so far, with the preferred reply of every turn voted on (the left one after a tie or both bad).

        Ends with the reviewer's message while a turn waits for its vote. Refused: another reviewer's chat.
        """
        with self.store.read() as connection:
            return read_chat(connection, person(connection, user), conversation)
