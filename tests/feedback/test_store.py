"""The store on both databases: nothing lost, nothing doubled, nothing changed afterwards."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from alignment.errors import UserError
from alignment.feedback.database.schema import items, rating_events, responses, task_responses, tasks
from alignment.feedback.records import Added, Pair, Rating, Verdict, rating_uid
from alignment.feedback.store import Store, open_store

pytest_plugins = ["databases"]

PROMPT = [{"role": "system", "content": "price: $48"}, {"role": "user", "content": "how much?"}]
FERN, MOSS = "simulated:fern", "simulated:moss"


def candidate(prompt_id: str, response: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "prompt_id": prompt_id,
        "prompt": PROMPT,
        "tags": {"intent": "price"},
        "response_id": response,
        "text": text,
        "model": "sft",
        "model_hash": "abc",
        "sampling": {"temperature": 0.7},
        **more,
    }


ROWS = [
    candidate("p2", "a", "It's $48."),
    candidate("p1", "b", "Hi! It's $48 — “lovely”, isn't it? 🌸"),
    candidate("p1", "a", "$48"),
    candidate("p1", "c", ""),
]
PAIR = Pair("p1", "a", "b")


@pytest.fixture
def store(url: str) -> Any:
    ticks = iter(range(1, 10**6))
    with open_store(url, clock=lambda: float(next(ticks))) as opened:
        yield opened


@pytest.fixture
def ready(store: Store) -> Store:
    """A store with candidates, all pairs of p1, and two simulated reviewers."""
    store.add_candidates("c", ROWS)
    store.add_pairs("c", [PAIR, Pair("p1", "a", "c"), Pair("p1", "b", "c")])
    for name in (FERN, MOSS):
        store.add_user(name, simulated=True)
    return store


def count(store: Store, table: sa.Table) -> int:
    with store.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_candidates_come_back_unchanged_and_in_order(store: Store) -> None:
    assert store.add_candidates("c", ROWS) == Added(items=2, responses=4)
    first, second = store.items("c")
    assert (first.key, second.key) == ("p1", "p2")
    assert [response.key for response in first.responses] == ["a", "b", "c"]
    assert first.responses[1].text == "Hi! It's $48 — “lovely”, isn't it? 🌸"
    assert list(first.prompt) == PROMPT
    assert first.tags == {"intent": "price"}
    assert first.responses[0].sampling == {"temperature": 0.7}
    assert store.items("other") == []


def test_adding_candidates_again_adds_nothing(store: Store) -> None:
    store.add_candidates("c", ROWS[:2])
    assert store.add_candidates("c", ROWS) == Added(items=0, responses=2)
    assert store.add_candidates("c", ROWS) == Added(0, 0)
    assert store.add_candidates("d", ROWS) == Added(2, 4), "another collection has its own"
    assert store.collections() == ["c", "d"]


@pytest.mark.parametrize(
    "changed",
    [
        candidate("p1", "a", "$84"),
        candidate("p1", "a", "$48", prompt=[{"role": "user", "content": "hm?"}]),
    ],
)
def test_another_text_under_the_same_id_is_refused_and_nothing_is_written(
    store: Store, changed: dict[str, Any]
) -> None:
    store.add_candidates("c", ROWS)
    with pytest.raises(UserError, match="stored with another text"):
        store.add_candidates("c", [candidate("p3", "a", "new"), changed])
    assert (count(store, items), count(store, responses)) == (2, 4)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (candidate("p1", "a", 5), "text is int, not text"),  # type: ignore[arg-type]
        (candidate("p1", "a", "nul \x00"), "NUL"),
        (candidate("p1", "a", "half \ud83d"), "not valid Unicode"),
        (candidate("", "a", "x"), "0 characters"),
        (candidate("p1", "r" * 201, "x"), "201 characters"),
        (candidate("p1", "a", "x", prompt=[]), "messages, not empty"),
        (candidate("p1", "a", "x", prompt=[{"role": "user"}]), "role"),
        (candidate("p1", "a", "x", tags=[]), "tags"),
        ({"prompt_id": "p1", "response_id": "a"}, "no prompt, text, model"),
    ],
)
def test_malformed_candidates_are_refused_by_name(store: Store, row: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        store.add_candidates("c", [row])
    assert str(row["response_id"])[:9] in str(caught.value)
    assert count(store, items) == 0


def test_pairs_are_added_once_and_only_of_known_responses(ready: Store) -> None:
    assert ready.add_pairs("c", [PAIR, PAIR]) == 0
    assert ready.pairs("c") == [PAIR, Pair("p1", "a", "c"), Pair("p1", "b", "c")]
    assert (count(ready, tasks), count(ready, task_responses)) == (3, 6)
    with pytest.raises(UserError, match=r"response 'z' of prompt 'p2'"):
        ready.add_pairs("c", [Pair("p2", "a", "z")])


def test_the_latest_revision_is_in_force_and_all_are_kept(ready: Store) -> None:
    assert ready.rate("c", [Verdict(PAIR, FERN, 2, seconds=1.5), Verdict(PAIR, MOSS, -1)]) == 2
    assert ready.rate("c", [Verdict(PAIR, FERN, 2)]) == 0, "the same again is no event"
    assert ready.rate("c", [Verdict(PAIR, FERN, -3)]) == 1
    assert ready.ratings("c") == [
        Rating(rating_uid("c", PAIR, FERN, 0, 2), PAIR, FERN, True, -3, 2),
        Rating(rating_uid("c", PAIR, MOSS, 0, 1), PAIR, MOSS, True, -1, 1),
    ]
    assert ready.withdraw("c", [(PAIR, FERN)]) == 1
    assert ready.withdraw("c", [(PAIR, FERN)]) == 0
    assert [rating.reviewer for rating in ready.ratings("c")] == [MOSS]
    assert ready.rate("c", [Verdict(PAIR, FERN, 0)]) == 1
    assert [(one.reviewer, one.strength, one.revision) for one in ready.ratings("c")] == [
        (FERN, 0, 4),
        (MOSS, -1, 1),
    ]
    with ready.read() as connection:
        query = sa.select(rating_events.c.revision, rating_events.c.action, rating_events.c.strength)
        kept = connection.execute(query.order_by(rating_events.c.id)).all()
    assert [tuple(row) for row in kept] == [
        (1, "rate", 2),
        (1, "rate", -1),
        (2, "rate", -3),
        (3, "withdraw", None),
        (4, "rate", 0),
    ]


def test_hidden_repeats_are_kept_apart(ready: Store) -> None:
    ready.rate("c", [Verdict(PAIR, FERN, 2)])
    with ready.write() as connection:
        first = connection.execute(sa.select(rating_events)).mappings().one()
        repeat = {**first, "id": 99, "uid": "r-again", "repeat": 1, "strength": -2}
        connection.execute(sa.insert(rating_events), [repeat])
    assert [one.strength for one in ready.ratings("c")] == [2]
    assert ready.rate("c", [Verdict(PAIR, FERN, 2)]) == 0, "the repeat is not the rating in force"


def test_one_batch_may_hold_a_change_of_mind(ready: Store) -> None:
    assert ready.rate("c", [Verdict(PAIR, FERN, 1), Verdict(PAIR, FERN, 2), Verdict(PAIR, FERN, 2)]) == 2
    assert [(one.strength, one.revision) for one in ready.ratings("c")] == [(2, 2)]


def test_unknown_reviewers_and_pairs_cannot_rate(ready: Store) -> None:
    for verdict in (Verdict(PAIR, "nobody", 1), Verdict(Pair("p2", "a", "b"), FERN, 1)):
        with pytest.raises(UserError, match="no such reviewer or pair"):
            ready.rate("c", [Verdict(PAIR, MOSS, 1), verdict])
    assert ready.ratings("c") == []


def test_rating_events_refuse_update_and_delete(ready: Store) -> None:
    ready.rate("c", [Verdict(PAIR, FERN, 2)])
    attempts = ["UPDATE rating_events SET strength = -3", "DELETE FROM rating_events"]
    if ready.kind == "postgresql":
        attempts.append("TRUNCATE rating_events")
    else:
        attempts.append("INSERT OR REPLACE INTO rating_events SELECT * FROM rating_events")
    for attempt in attempts:
        with pytest.raises(DBAPIError, match="append-only"), ready.write() as connection:
            connection.exec_driver_sql(attempt)
    assert [rating.strength for rating in ready.ratings("c")] == [2]


def test_what_was_rated_cannot_be_deleted(ready: Store) -> None:
    ready.rate("c", [Verdict(PAIR, FERN, 2)])
    for table in (responses, items, tasks):
        with pytest.raises(IntegrityError), ready.write() as connection:
            connection.execute(sa.delete(table))


def test_people_and_simulated_reviewers_cannot_take_each_others_names(store: Store) -> None:
    store.add_user("ada")
    store.add_user("ada")
    for name, simulated in ((FERN, False), ("fern", True), ("", False)):
        with pytest.raises(UserError):
            store.add_user(name, simulated=simulated)


def test_a_rating_says_whether_a_person_made_it(ready: Store) -> None:
    ready.add_user("ada")
    ready.rate("c", [Verdict(PAIR, "ada", 1), Verdict(PAIR, FERN, 1)])
    assert {one.reviewer: one.simulated for one in ready.ratings("c")} == {"ada": False, FERN: True}


def test_threads_that_rate_the_same_add_it_once(ready: Store) -> None:
    verdicts = [Verdict(PAIR, FERN, 1), Verdict(PAIR, MOSS, 2), Verdict(Pair("p1", "a", "c"), FERN, 3)]
    added: list[int] = []
    threads = [threading.Thread(target=lambda: added.append(ready.rate("c", verdicts)), daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(added) == 3
    assert count(ready, rating_events) == 3


KILLED = """
    import os, signal, sys
    import alignment.feedback.store as module
    from alignment.feedback.records import Pair, Verdict

    module.CHUNK = 2
    made = module.Store._append
    calls = 0

    def append(self, connection, collection, wanted):
        global calls
        calls += 1
        added = made(self, connection, collection, wanted)
        if calls == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)  # within the transaction, after its inserts
        return added

    module.Store._append = append
    pairs = [Pair("p1", *names) for names in ("ab", "ac", "bc")]
    verdicts = [Verdict(pair, name, 1) for pair in pairs for name in ("simulated:fern", "simulated:moss")]
    with module.open_store(sys.argv[1]) as store:
        store.rate("c", verdicts)
"""


def test_killed_between_chunks_nothing_is_lost_or_doubled(ready: Store, url: str) -> None:
    def rate(kill_at: int) -> int:
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(KILLED), url, str(kill_at)], timeout=300, env=dict(os.environ)
        ).returncode

    assert rate(kill_at=2) == -signal.SIGKILL
    assert count(ready, rating_events) == 2, "the first chunk is there, the second not at all"
    before = ready.ratings("c")
    assert rate(kill_at=0) == 0
    after = ready.ratings("c")
    assert len(after) == count(ready, rating_events) == 6
    assert set(before) <= set(after)
    assert {rating.revision for rating in after} == {1}
