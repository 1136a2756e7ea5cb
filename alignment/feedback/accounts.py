"""Accounts: people with roles, passwords (argon2), throttled sign-in, sessions in the database."""

from __future__ import annotations

import hashlib
import math
import secrets
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from alignment.errors import UserError
from alignment.feedback.acting import Acting, acting, person, record
from alignment.feedback.database.app_schema import attempts, credentials, sessions
from alignment.feedback.database.queries import insert_row
from alignment.feedback.database.schema import users
from alignment.feedback.incoming.candidates import check_text, check_user_name
from alignment.feedback.nouns import OPERATOR, Actor, Refused, Role, User
from alignment.feedback.store import Store

if TYPE_CHECKING:
    from argon2 import PasswordHasher

FAILURES = 5  # bad passwords within the window; the next try is refused, right or wrong
WINDOW = 900.0  # seconds
SESSION = 14 * 86_400.0  # seconds a session lasts
PASSWORD_LENGTH = 8  # characters at least
LONGEST = 1_000  # characters of a password
TOMBSTONE = "deleted-"  # and a number: the name that stands for a deleted person


class Throttled(Refused):
    """Too many bad passwords. wait: seconds until the next try. HTTP 429."""

    def __init__(self, wait: int) -> None:
        super().__init__("too many wrong passwords", do=f"wait {-(-wait // 60)} min, then try again")
        self.wait = wait


@dataclass(frozen=True)
class Session:
    """A signed-in person. token: for the cookie, stored nowhere (only its hash is). expires: Unix seconds."""

    token: str
    name: str
    role: str
    expires: float


class Accounts:
    """Who may act. Passwords are hashed with argon2id in a table of their own and never leave it."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def is_first_run(self) -> bool:
        """No person can sign in yet: the first-run page is due."""
        with self.store.read() as connection:
            return not _anyone(connection)

    def add_first(self, name: str, password: str) -> None:
        """Makes the first account, an admin. Refused as soon as there is one; two at once make one."""
        _check_new(name, Role.admin, password)
        hashed = hash_password(password)
        with self.store.write() as connection:
            if _anyone(connection):
                raise Refused("there is an account already", do="sign in, or ask an admin for an account")
            now = self.store.clock()
            user_id = _insert(connection, name, Role.admin, now)
            _set_hash(connection, user_id, hashed, now)
            record(connection, now, Acting(user_id, name), "user.first", f"user {user_id}", role=Role.admin)

    def add(self, name: str, role: str, password: str | None = None, *, actor: Actor = OPERATOR) -> None:
        """Adds a person, or gives one who has no password theirs. password None: signs in by OIDC only.

        UserError: the name is taken, wrong role, password of fewer than 8 characters. Refused: not an admin.
        """
        _check_new(name, role, password)
        hashed = None if password is None else hash_password(password)
        with self.store.write() as connection:
            who, now = acting(connection, actor, Role.admin), self.store.clock()
            found = connection.execute(sa.select(users).where(users.c.name == name)).mappings().first()
            if found is None:
                user_id = _insert(connection, name, Role(role), now)
            else:
                user_id = found["id"]
                if found["deleted"] is not None or hashed is None or _hash_of(connection, user_id) is not None:
                    raise UserError(f"there is a user {name!r} already", "another name")
                connection.execute(sa.update(users).where(users.c.id == user_id).values(role=role))
            if hashed is not None:
                _set_hash(connection, user_id, hashed, now)
            record(connection, now, who, "user.add", f"user {user_id}", role=role)

    def set_role(self, name: str, role: str, *, actor: Actor = OPERATOR) -> None:
        """Changes a role; takes effect with the next call, sessions stay. UserError: it is the last admin."""
        _check_role(role)
        with self.store.write() as connection:
            who, found = acting(connection, actor, Role.admin), _person(connection, name)
            if role != Role.admin:
                keep_an_admin(connection, found["id"])
            connection.execute(sa.update(users).where(users.c.id == found["id"]).values(role=role))
            record(connection, self.store.clock(), who, "user.role", f"user {found['id']}", role=role)

    def set_password(self, name: str, password: str, *, actor: Actor) -> None:
        """Changes a password (one's own, or an admin anyone's) and revokes that person's sessions."""
        _check_password(password)
        hashed = hash_password(password)
        with self.store.write() as connection:
            own = actor == name
            who, found = acting(connection, actor, Role.reviewer if own else Role.admin), _person(connection, name)
            now = self.store.clock()
            _set_hash(connection, found["id"], hashed, now)
            _revoke(connection, found["id"])
            record(connection, now, who, "user.password", f"user {found['id']}")

    def sign_in(self, name: str, password: str, address: str = "") -> Session:
        """Checks the password and opens a session.

        Refused with one message for an unknown name and a wrong password, taking as long. Failures are
        counted in the database by name, and by address with ten times the limit: after `FAILURES` within
        `WINDOW` seconds every try is refused (`Throttled`, with the seconds to wait).
        """
        buckets = [(_bucket("name", name), FAILURES)]
        if address:
            buckets.append((_bucket("address", address), 10 * FAILURES))
        now = self.store.clock()
        with self.store.write() as connection:
            for bucket, limit in buckets:
                _throttle(connection, bucket, limit, now)
            tries = [insert_row(connection, attempts, bucket=bucket, created=now) for bucket, _ in buckets]
            row = connection.execute(sa.select(users).where(users.c.name == str(name))).mappings().first()
            hashed = None
            if row is not None and row["deleted"] is None and row["kind"] == "person":
                hashed = _hash_of(connection, row["id"])
        good = verify_password(hashed, password)  # outside the transaction: it takes a while on purpose
        if not good or row is None:
            raise Refused("name or password is wrong")
        fresh = hash_password(password) if needs_rehash(str(hashed)) else None
        with self.store.write() as connection:
            connection.execute(
                sa.delete(attempts).where((attempts.c.bucket == buckets[0][0]) | attempts.c.id.in_(tries))
            )
            if _hash_of(connection, row["id"]) != hashed:
                raise Refused("the password was changed meanwhile", do="sign in again")
            if fresh is not None:
                _set_hash(connection, row["id"], fresh, now)
            return _open(connection, row["id"], self.store.clock())

    def sign_in_verified(self, name: str) -> Session:
        """Opens a session for a person whom OIDC has verified. Refused where there is no account of that name."""
        with self.store.write() as connection:
            found = person(connection, name)
            return _open(connection, found.id, self.store.clock())

    def user_of(self, token: str | None) -> User | None:
        """Whose session this is; None when there is none, it ran out, was revoked, or the person is gone."""
        if not isinstance(token, str) or not 0 < len(token) <= 200:
            return None
        with self.store.read() as connection:
            row = (
                connection.execute(_SIGNED_IN, {"hashed": _hash_token(token), "now": self.store.clock()})
                .mappings()
                .first()
            )
        return None if row is None else _to_user(row)

    def sign_out(self, token: str) -> None:
        """Revokes the session; nothing happens when there is none."""
        with self.store.write() as connection:
            connection.execute(
                sa.update(sessions).where(sessions.c.token_hash == _hash_token(token)).values(revoked=True)
            )

    def revoke(self, name: str, *, actor: Actor) -> int:
        """Revokes all sessions of a person; how many there were."""
        with self.store.write() as connection:
            own = actor == name
            who, found = acting(connection, actor, Role.reviewer if own else Role.admin), _person(connection, name)
            record(connection, self.store.clock(), who, "user.revoke", f"user {found['id']}")
            return _revoke(connection, found["id"])

    def user(self, name: str) -> User:
        """One account. UserError when there is none."""
        with self.store.read() as connection:
            row = connection.execute(_accounts().where(users.c.name == name)).mappings().first()
        if row is None:
            raise UserError(f"no user {str(name)[:80]!r}", do="python -m feedback_app user add NAME --password-stdin")
        return _to_user(row)

    def users(self, *, actor: Actor = OPERATOR) -> list[User]:
        """All accounts by name, tombstones and simulated reviewers included. Refused: not an admin."""
        with self.store.read() as connection:
            acting(connection, actor, Role.admin)
            return [_to_user(row) for row in connection.execute(_accounts().order_by(users.c.name)).mappings()]

    def forget_old(self) -> None:
        """Removes sessions and failed tries that no longer count."""
        now = self.store.clock()
        with self.store.write() as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.expires < now))
            connection.execute(sa.delete(attempts).where(attempts.c.created < now - WINDOW))


def hash_password(password: str) -> str:
    """argon2id with a salt of its own."""
    return _hasher().hash(password)


def verify_password(hashed: str | None, password: object) -> bool:
    """Whether the password is right; as slow for an account that does not exist (None)."""
    from argon2.exceptions import InvalidHashError, VerificationError

    given = password if isinstance(password, str) and len(password) <= LONGEST else ""
    try:
        return _hasher().verify(hashed or _nobody(), given.encode("utf-8", "replace")) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(hashed: str) -> bool:
    """Whether the hash was made with other costs than today's."""
    return _hasher().check_needs_rehash(hashed)


@cache
def _hasher() -> PasswordHasher:
    try:
        from argon2 import PasswordHasher
    except ModuleNotFoundError as error:
        raise UserError("passwords need argon2-cffi", do='pip install "attune[app]"') from error
    return PasswordHasher()


@cache
def _nobody() -> str:
    return hash_password(secrets.token_hex(16))


def keep_an_admin(connection: Connection, user_id: int) -> None:
    """UserError when nobody but this user could administrate."""
    others = sa.select(users.c.id).where(
        users.c.role == Role.admin, users.c.kind == "person", users.c.deleted.is_(None), users.c.id != user_id
    )
    me = connection.execute(sa.select(users.c.role).where(users.c.id == user_id)).scalar()
    if me == Role.admin and connection.execute(others.limit(1)).first() is None:
        raise UserError("this is the last admin", do="make another admin first")


def _anyone(connection: Connection) -> bool:
    people = sa.select(users.c.id).where(users.c.kind == "person", users.c.deleted.is_(None))
    return connection.execute(people.limit(1)).first() is not None


def _check_new(name: str, role: str, password: str | None) -> None:
    check_user_name(name, simulated=False)
    if name != name.strip() or not name.isprintable() or name.startswith(TOMBSTONE):
        raise UserError(f"user name {name[:80]!r}", f"printable, no space at its ends, not {TOMBSTONE!r}…")
    _check_role(role)
    if password is not None:
        _check_password(password)


def _check_role(role: str) -> None:
    if role not in list(Role):
        raise UserError(f"role {str(role)[:40]!r}", ", ".join(Role))


def _check_password(password: object) -> None:
    if not isinstance(password, str) or not PASSWORD_LENGTH <= len(password) <= LONGEST:
        length = len(password) if isinstance(password, str) else 0
        raise UserError(f"a password of {length} characters", f"{PASSWORD_LENGTH} to {LONGEST:,}")
    check_text(password, "password")


def _insert(connection: Connection, name: str, role: Role, now: float) -> int:
    return insert_row(connection, users, name=name, kind="person", role=role, created=now)


def _person(connection: Connection, name: str) -> RowMapping:
    row = connection.execute(sa.select(users).where(users.c.name == name)).mappings().first()
    if row is None or row["deleted"] is not None or row["kind"] != "person":
        raise UserError(f"no user {str(name)[:80]!r}", "a person with an account")
    return row


def _hash_of(connection: Connection, user_id: int) -> str | None:
    return connection.execute(sa.select(credentials.c.password_hash).where(credentials.c.user_id == user_id)).scalar()


def _set_hash(connection: Connection, user_id: int, hashed: str, now: float) -> None:
    connection.execute(sa.delete(credentials).where(credentials.c.user_id == user_id))
    connection.execute(sa.insert(credentials), [{"user_id": user_id, "password_hash": hashed, "changed": now}])


def _bucket(kind: str, text: object) -> str:
    return hashlib.sha256(f"{kind}:{text}".encode("utf-8", "replace")).hexdigest()


def name_bucket(name: str) -> str:
    """Under which failed tries of a name are counted."""
    return _bucket("name", name)


def _throttle(connection: Connection, bucket: str, limit: int, now: float) -> None:
    recent = (attempts.c.bucket == bucket) & (attempts.c.created > now - WINDOW)
    times = connection.execute(sa.select(attempts.c.created).where(recent).order_by(attempts.c.created)).scalars().all()
    if len(times) >= limit:
        wait = math.ceil(times[len(times) - limit] + WINDOW - now)
        raise Throttled(wait)


def _hash_token(token: str) -> str:
    return hashlib.sha256(str(token).encode("utf-8", "replace")).hexdigest()


def _open(connection: Connection, user_id: int, now: float) -> Session:
    row = connection.execute(sa.select(users).where(users.c.id == user_id)).mappings().one()
    token = secrets.token_urlsafe(32)
    values = {"token_hash": _hash_token(token), "user_id": user_id, "created": now, "expires": now + SESSION}
    connection.execute(sa.insert(sessions), [{**values, "revoked": False}])
    return Session(token, row["name"], row["role"], now + SESSION)


def _revoke(connection: Connection, user_id: int) -> int:
    open_ones = (sessions.c.user_id == user_id) & ~sessions.c.revoked
    return connection.execute(sa.update(sessions).where(open_ones).values(revoked=True)).rowcount


def _accounts() -> sa.Select[Any]:
    has = sa.exists().where(credentials.c.user_id == users.c.id)
    return sa.select(users, has.label("has_password"))


_SIGNED_IN = (
    _accounts()
    .join(sessions, sessions.c.user_id == users.c.id)
    .where(sessions.c.token_hash == sa.bindparam("hashed"), ~sessions.c.revoked)
    .where(sessions.c.expires > sa.bindparam("now"), users.c.deleted.is_(None))
)


def _to_user(row: RowMapping) -> User:
    active = row["deleted"] is None and row["kind"] == "person"
    return User(row["name"], row["role"], row["kind"], row["created"], active, bool(row["has_password"]))
