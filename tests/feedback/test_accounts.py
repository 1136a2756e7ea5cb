"""Accounts: passwords, throttling, sessions, roles."""

from collections.abc import Iterator

import pytest
from desks import Clock, table

from alignment.errors import UserError
from alignment.feedback import accounts
from alignment.feedback.accounts import SESSION, WINDOW, Throttled
from alignment.feedback.desk import App, open_app
from alignment.feedback.nouns import Refused

pytest_plugins = ["databases", "desk_fixtures"]

GOOD = "correct horse"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2 with the least cost."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts._nobody.cache_clear()
    monkeypatch.setattr(accounts, "_hasher", lambda: hasher)


@pytest.fixture
def empty(url: str, clock: Clock) -> Iterator[App]:
    with open_app(url, clock) as made:
        yield made


@pytest.fixture
def app(empty: App) -> App:
    empty.accounts.add_first("root", GOOD)
    empty.accounts.add("ann", "reviewer", GOOD)
    return empty


def test_the_first_account_is_made_once(empty: App) -> None:
    assert empty.accounts.is_first_run()
    empty.accounts.add_first("root", GOOD)
    assert not empty.accounts.is_first_run()
    with pytest.raises(Refused):
        empty.accounts.add_first("eve", GOOD)
    assert [(one.name, one.role) for one in empty.accounts.users()] == [("root", "admin")]


def test_passwords_are_hashed_and_sessions_survive(app: App, url: str, clock: Clock) -> None:
    session = app.accounts.sign_in("ann", GOOD)
    assert (session.name, session.role, session.expires) == ("ann", "reviewer", clock.now + SESSION)
    stored = str(table(app, "SELECT * FROM credentials")) + str(table(app, "SELECT * FROM sessions"))
    assert "$argon2id$" in stored and GOOD not in stored and session.token not in stored
    with open_app(url, clock) as again:
        user = again.accounts.user_of(session.token)
        assert user is not None and user.name == "ann"


def test_sessions_end(app: App, clock: Clock) -> None:
    one, two = app.accounts.sign_in("ann", GOOD), app.accounts.sign_in("ann", GOOD)
    app.accounts.sign_out(one.token)
    assert app.accounts.user_of(one.token) is None and app.accounts.user_of(two.token) is not None
    for forged in (None, "", "x", two.token + "x", two.token[:-1], 7):
        assert app.accounts.user_of(forged) is None  # type: ignore[arg-type]
    clock.now += SESSION + 1
    assert app.accounts.user_of(two.token) is None
    app.accounts.forget_old()
    assert table(app, "SELECT * FROM sessions") == []


def test_the_sixth_bad_password_is_refused_even_if_it_is_right(app: App, clock: Clock) -> None:
    for _ in range(5):
        with pytest.raises(Refused) as caught:
            app.accounts.sign_in("ann", "wrong")
        assert not isinstance(caught.value, Throttled)
    clock.now += 100
    with pytest.raises(Throttled) as throttled:
        app.accounts.sign_in("ann", GOOD)
    assert throttled.value.wait == WINDOW - 100
    assert app.accounts.sign_in("root", GOOD).name == "root", "others are not locked out"
    clock.now += WINDOW
    assert app.accounts.sign_in("ann", GOOD).name == "ann"
    assert table(app, "SELECT count(*) FROM attempts WHERE created > 0") == [(0,)], "a success clears them"


def test_an_address_is_throttled_too(app: App) -> None:
    for number in range(50):
        with pytest.raises(Refused):
            app.accounts.sign_in(f"nobody-{number}", "wrong", "10.0.0.1")
    with pytest.raises(Throttled):
        app.accounts.sign_in("ann", GOOD, "10.0.0.1")
    assert app.accounts.sign_in("ann", GOOD, "10.0.0.2").name == "ann"


def test_unknown_names_and_wrong_passwords_sound_the_same(app: App) -> None:
    app.accounts.add("oidc", "reviewer")
    app.store.add_user("simulated:fern", simulated=True)
    said = set()
    for name, password in (("eve", GOOD), ("ann", "wrong"), ("oidc", ""), ("simulated:fern", ""), ("ann", None)):
        with pytest.raises(Refused) as caught:
            app.accounts.sign_in(name, password)  # type: ignore[arg-type]
        said.add(str(caught.value))
    assert len(said) == 1


def test_a_new_password_ends_all_sessions(app: App) -> None:
    session = app.accounts.sign_in("ann", GOOD)
    with pytest.raises(Refused):
        app.accounts.set_password("root", "not my own", actor="ann")
    app.accounts.set_password("ann", "another one", actor="ann")
    assert app.accounts.user_of(session.token) is None
    with pytest.raises(Refused):
        app.accounts.sign_in("ann", GOOD)
    assert app.accounts.sign_in_verified("ann").name == "ann"
    assert app.accounts.revoke("ann", actor="root") == 1


def test_only_admins_manage_and_one_always_stays(app: App) -> None:
    for call in (
        lambda: app.accounts.add("eve", "admin", GOOD, actor="ann"),
        lambda: app.accounts.set_role("ann", "admin", actor="ann"),
        lambda: app.accounts.users(actor="ann"),
        lambda: app.accounts.revoke("root", actor="ann"),
        lambda: app.accounts.add("eve", "admin", GOOD, actor=None),  # type: ignore[arg-type]
    ):
        with pytest.raises(Refused):
            call()
    with pytest.raises(UserError, match="last admin"):
        app.accounts.set_role("root", "reviewer")
    app.accounts.set_role("ann", "admin", actor="root")
    app.accounts.set_role("root", "reviewer")


@pytest.mark.parametrize(
    ("name", "role", "password", "message"),
    [
        ("ann", "reviewer", GOOD, "already"),
        ("eve", "owner", GOOD, "role 'owner'"),
        ("eve", "reviewer", "short", "5 characters"),
        (" eve", "reviewer", GOOD, "user name"),
        ("e\nve", "reviewer", GOOD, "user name"),
        ("deleted-3", "reviewer", GOOD, "deleted-"),
        ("simulated:eve", "reviewer", GOOD, "simulated"),
    ],
)
def test_wrong_accounts_are_refused(app: App, name: str, role: str, password: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        app.accounts.add(name, role, password)
    assert len(app.accounts.users()) == 2
