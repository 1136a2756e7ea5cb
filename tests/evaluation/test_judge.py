from pathlib import Path

import pytest

from alignment.errors import UserError
from alignment.evaluation import judge as judging
from alignment.evaluation.judge import Endpoint, judge_pairs, verdict
from tests.evaluation.fake_judge import fake_judge


def rows(*replies: str) -> list[dict[str, object]]:
    messages = [{"role": "user", "content": "how much?"}]
    return [{"id": f"p{i}", "messages": messages, "reply": reply} for i, reply in enumerate(replies)]


def endpoint(url: str, key: str | None = None) -> Endpoint:
    return Endpoint(url=url, model="judge", key=key, timeout=300.0, workers=2)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging.time, "sleep", lambda seconds: None)


def longer(a: str, b: str) -> str:
    return '{"winner": "tie"}' if len(a) == len(b) else '{"winner": "A"}' if len(a) > len(b) else '{"winner": "B"}'


def test_asked_in_both_orders_and_consistent(tmp_path: Path) -> None:
    with fake_judge(longer) as (url, asked):
        found = judge_pairs(
            endpoint(url, "secret"),
            rows("long one", "no", "same", "abc"),
            rows("x", "longer", "same", "abd"),
            "Be warm.",
            tmp_path / "kept.jsonl",
        )
    assert found.outcomes == {"p0": 1.0, "p1": 0.0, "p2": 0.5, "p3": 0.5}
    assert (found.asked, found.inconsistent, found.unreadable) == (3, 0, 0)  # equal replies are not asked about
    assert len(asked) == 6 and all(one["path"] == "/v1/chat/completions" for one in asked)
    assert all(one["key"] == "Bearer secret" and "Be warm." in one["messages"][0]["content"] for one in asked)
    assert "secret" not in (tmp_path / "kept.jsonl").read_text()


def test_a_judge_that_likes_the_first_ties_and_is_reported(tmp_path: Path) -> None:
    with fake_judge(lambda a, b: '{"winner": "A"}') as (url, _):
        found = judge_pairs(endpoint(url), rows("a", "b"), rows("c", "d"), None, tmp_path / "kept.jsonl")
    assert found.outcomes == {"p0": 0.5, "p1": 0.5} and found.inconsistent == 2
    assert found.figures("sft")["judge_inconsistent_vs_sft"]["value"] == 1.0
    assert found.figures("sft")["judge_unreadable_vs_sft"]["value"] == 0.0


def test_a_win_in_one_order_and_a_tie_in_the_other_ties(tmp_path: Path) -> None:
    with fake_judge(lambda a, b: '{"winner": "A"}' if a == "a" else '{"winner": "tie"}') as (url, _):
        found = judge_pairs(endpoint(url), rows("a"), rows("c"), None, tmp_path / "kept.jsonl")
    assert found.outcomes == {"p0": 0.5} and found.inconsistent == 1


def test_what_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    with fake_judge(longer) as (url, asked):
        first = judge_pairs(endpoint(url), rows("aa", "b"), rows("c", "dd"), None, kept)
        again = judge_pairs(endpoint(url), rows("aa", "b"), rows("c", "dd"), None, kept)
        assert len(asked) == 4 and first == again


def test_a_half_written_last_answer_is_asked_again(tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    with fake_judge(longer) as (url, asked):
        first = judge_pairs(endpoint(url), rows("aa", "b"), rows("c", "dd"), None, kept)
        kept.write_bytes(kept.read_bytes()[:-7])
        again = judge_pairs(endpoint(url), rows("aa", "b"), rows("c", "dd"), None, kept)
    assert first == again and len(asked) == 5
    assert len(kept.read_text().splitlines()) == 4


def test_busy_is_asked_again_and_refused_is_told(tmp_path: Path) -> None:
    with fake_judge(longer, failures=2) as (url, asked):
        found = judge_pairs(endpoint(url), rows("aa"), rows("c"), None, tmp_path / "a.jsonl")
        assert found.outcomes == {"p0": 1.0} and len(asked) == 4
    with (
        fake_judge(longer, status=401) as (url, asked),
        pytest.raises(UserError, match="401"),
    ):
        judge_pairs(endpoint(url, "secret"), rows("aa"), rows("c"), None, tmp_path / "b.jsonl")
    with pytest.raises(UserError, match="judge_url"):
        judge_pairs(endpoint("http://127.0.0.1:9/v1"), rows("aa"), rows("c"), None, tmp_path / "c.jsonl")


def test_questions_that_are_never_answered_are_left_out_and_counted(tmp_path: Path) -> None:
    ours, theirs = [f"long {i}" for i in range(9)], [f"x{i}" for i in range(9)]
    ours[4] = "long cursed"
    with fake_judge(longer, broken="cursed") as (url, _):
        found = judge_pairs(endpoint(url), rows(*ours), rows(*theirs), None, tmp_path / "a.jsonl")
    assert set(found.outcomes) == {f"p{i}" for i in range(9) if i != 4} and set(found.outcomes.values()) == {1.0}
    assert (found.asked, found.unreadable) == (9, 1)


def test_an_endpoint_that_goes_away_ends_it_and_the_answers_stay(tmp_path: Path) -> None:
    ours, theirs = [f"long {i}" for i in range(40)], [f"x{i}" for i in range(40)]
    ours[3:] = [f"{one} cursed" for one in ours[3:]]
    kept = tmp_path / "a.jsonl"
    with fake_judge(longer, broken="cursed") as (url, asked), pytest.raises(UserError, match="status 500"):
        judge_pairs(endpoint(url), rows(*ours), rows(*theirs), None, kept)
    assert len(kept.read_text().splitlines()) == 6
    assert len(asked) < 6 + 2 * 2 * 4 * 5  # it did not go through all forty, four times each


def test_a_judge_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with fake_judge(lambda a, b: "both are fine replies") as (url, _), pytest.raises(UserError, match="no verdict"):
        judge_pairs(endpoint(url), rows("aa"), rows("c"), None, tmp_path / "kept.jsonl")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ('{"winner": "A"}', 1.0),
        ('Well. {"winner":"tie"} as both are good', 0.5),
        ("My verdict: [[B]]", 0.0),
        ("[[C]]", 0.5),
        (" B. ", 0.0),
        ("A is better than B", None),
        ('{"winner": "A"} or {"winner": "B"}', None),
        ("{'winner': 'B'}", 0.0),
        ('<think>at first {"winner": "A"}</think>{"winner": "B"}', 0.0),
        ("", None),
    ],
)
def test_verdict(answer: str, found: float | None) -> None:
    assert verdict(answer) == found
