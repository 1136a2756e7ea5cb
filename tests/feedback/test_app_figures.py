"""Dashboards' numbers against values worked out by hand, and adjudication."""

import math
from typing import Any

import pytest
from desks import DIMENSIONS, Clock, best, project, rate_all, score, table, task_of

from alignment.errors import UserError
from alignment.feedback.desk import App
from alignment.feedback.effective import Event
from alignment.feedback.measures.leaderboard import Game, leaderboard_of
from alignment.feedback.measures.quality import outlier, position_bias, quality_of
from alignment.feedback.nouns import OPERATOR, Answer, Kind, Refused
from alignment.feedback.review import spread

pytest_plugins = ["databases", "desk_fixtures"]


def event(reviewer: str, task: int, strength: int = 0, **more: Any) -> Event:
    values = {
        "id": 0, "uid": f"{reviewer}{task}", "task": task, "item": task, "kind": Kind.pair, "user": 0,
        "reviewer": reviewer, "simulated": False, "repeat": 0, "revision": 1, "strength": strength, "payload": {},
        "seconds": 4.0, "created": 0.0, "origin": "rating", "late": False, "surplus": False, "gold": False,
        "shown": (0, 1), "slots": (10 * task, 10 * task + 1),
    }  # fmt: skip
    return Event(**{**values, **more})


def test_agreement_equals_values_worked_out_by_hand() -> None:
    # four pairs, two raters: (2, 2) (−1, −1) (1, −1) (0, 0)
    strengths = [(2, 2), (-1, -1), (1, -1), (0, 0)]
    found = [event(name, n, both[k]) for n, both in enumerate(strengths) for k, name in enumerate("ab")]
    made = quality_of(found, {}, {}, {})
    # Fleiss over better/tie/worse: counts (2,0,0) (0,0,2) (1,0,1) (0,2,0): observed 3/4; shares 3/8, 2/8, 3/8,
    # chance 22/64; kappa = (3/4 − 22/64)/(1 − 22/64) = 26/42
    assert made.kappa == pytest.approx(26 / 42, abs=1e-9)
    # Cohen: observed 3/4; a: 2/4 + 1/4 tie + 1/4; b: 1/4, 1/4, 2/4; chance 2/16 + 1/16 + 2/16 = 5/16
    assert made.cohen == (("a", "b", 4, pytest.approx((3 / 4 - 5 / 16) / (1 - 5 / 16), abs=1e-9)),)
    # ordinal alpha: counts −1: 3, 0: 2, 1: 1, 2: 2, n 8. Only (1, −1) differs: d² = (3/2 + 2 + 1/2)² = 16, twice, /1
    # expected: Σ_{c≠k} n_c n_k d²: (−1,0) 6·2.5²=37.5; (−1,1) 3·16=48; (−1,2) 6·(1.5+2+1+1)²=181.5;
    # (0,1) 2·1.5²=4.5; (0,2) 4·(1+1+1)²=36; (1,2) 2·1.5²=4.5; sum 312, twice = 624, /(n − 1) = 624/7
    assert made.alpha == pytest.approx(1 - (2 * 16) / (624 / 7), abs=1e-9)
    assert (made.same_side, made.same_side_pairs, made.ties) == (2 / 3, 3, 2 / 8)
    assert [one.agreement for one in made.reviewers] == [2 / 3, 2 / 3]


def test_a_reviewer_agrees_with_each_other_rater_of_their_pairs() -> None:
    # three raters on one pair, two of one side: 1 of the 3 twos agree; a fourth sees no difference and is not asked
    found = [event(name, 1, strength) for name, strength in (("a", 1), ("b", 3), ("c", -1), ("d", 0))]
    made = quality_of(found, {}, {}, {})
    assert (made.same_side, made.same_side_pairs) == (1 / 3, 3)
    assert [(one.agreement, one.agreement_pairs) for one in made.reviewers] == [
        (1 / 2, 2),
        (1 / 2, 2),
        (0, 2),
        (None, 0),
    ]
    # c agrees on 0 of 2, the others among themselves on 1 of 1
    assert made.reviewers[2].outlier_z == pytest.approx(-1 / math.sqrt(1 / 3 * 2 / 3 * (1 / 2 + 1)))


def test_bradley_terry_equals_the_closed_form_of_two_models() -> None:
    games = [Game(n, "a", "b", 1) for n in range(6)] + [Game(9, "b", "a", 2), Game(10, "a", "b", -1)]
    games += [Game(11, "a", "b", 0), Game(12, "a", "b", 0)]
    made = leaderboard_of(games)  # a: 6 + 1 of 10 with ties by half, b: 3
    assert [(row.model, row.wins, row.losses, row.ties) for row in made.rows] == [("a", 6, 2, 2), ("b", 2, 6, 2)]
    assert made.rows[0].strength == pytest.approx(math.log(7 / 3) / 2, abs=1e-9)
    # information of the difference: 10 · 0.7 · 0.3; each strength is half the difference
    half = 1.959963984540054 / math.sqrt(10 * 0.7 * 0.3) / 2
    assert made.rows[0].high - made.rows[0].strength == pytest.approx(half, abs=1e-9)
    assert made.separable == () and made.problem == ""


def test_a_leaderboard_without_a_maximum_says_why() -> None:
    made = leaderboard_of([Game(1, "b", "a", 1), Game(2, "b", "c", 1), Game(3, "a", "c", 1), Game(4, "c", "a", 1)])
    assert math.isnan(made.rows[0].strength) and made.rows[0].model == "b"
    assert "b never lost" in made.problem or "never beat b" in made.problem or "b" in made.problem
    assert leaderboard_of([]).problem == "no two models were compared yet"


def test_position_bias_is_an_exact_binomial_test() -> None:
    assert position_bias(0, 0).p is None
    assert position_bias(5, 5).p == pytest.approx(1.0)
    assert position_bias(9, 1).p == pytest.approx(2 * (1 + 10) / 2**10, abs=1e-12)
    left = [event("a", n, 1, shown=(0, 1)) for n in range(3)] + [event("a", 3, 1, shown=(1, 0)), event("a", 4, 0)]
    bias = quality_of(left, {}, {}, {}).bias
    assert (bias.left, bias.right) == (3, 1)


def test_gold_repeats_and_speed() -> None:
    found = [
        event("a", 1, 2, gold=True), event("a", 2, -2, gold=True), event("a", 3, 0, gold=True),
        event("a", 4, 1, seconds=0.5), event("a", 4, 3, repeat=1, seconds=3.0), event("a", 5, 1, seconds=9.0),
        event("a", 5, -1, repeat=1),
    ]  # fmt: skip
    (made,) = quality_of(found, {1: (0, 1), 2: (0, 1), 3: (0, 1)}, {4: 60, 5: 60}, {"a": 2}).reviewers
    assert (made.gold, made.gold_items, made.skipped) == (1 / 3, 3, 2)
    assert (made.consistency, made.repeats) == (1 / 2, 2)
    assert made.too_fast == 2, "60 words take 4 s at 15 a second: 0.5 s and 3 s are too fast, 9 s and 4.0 s are not"
    assert (made.seconds, made.ratings) == (4.0, 7)


def test_an_outlier_stands_out_in_standard_errors() -> None:
    # 5 of 10 against 9 of 10: pooled 0.7, error sqrt(0.21 · 0.2)
    assert outlier(5, 10, 9, 10) == pytest.approx(-0.4 / math.sqrt(0.21 * 0.2))
    assert outlier(0, 0, 9, 10) is None


def test_what_is_a_conflict() -> None:
    assert spread([event("a", 1, 3), event("b", 1, -1)]) == 4
    assert spread([event("a", 1, 3), event("b", 1, 0)]) == spread([event("a", 1, 3)]) == 0
    ranks = [
        event(n, 1, kind=Kind.rank, slots=(1, 2, 3), payload={"ranks": r})
        for n, r in (("a", [1, 2, 3]), ("b", [2, 1, 3]))
    ]
    assert spread(ranks) == 1
    scores = [event(n, 1, kind=Kind.rubric, payload={"scores": {"0": {"tone": v}}}) for n, v in (("a", 1), ("b", 4))]
    assert spread(scores) == 3


def test_conflicts_are_listed_and_decided_by_an_adjudicator(core: App) -> None:
    project(core, prompts=3)
    rate_all(core, "ann", sign=1)
    rate_all(core, "ben", sign=-1)
    found = core.review.conflicts("shop", actor="jo")
    assert [(one.raters, one.spread, one.decided) for one in found] == [(2, 4, False)] * 3
    for call in (
        lambda: core.review.conflicts("shop", actor="ann"),
        lambda: core.review.case(found[0].task, actor="ann"),
        lambda: core.review.decide(found[0].task, Answer(strength=1), actor="ann"),
    ):
        with pytest.raises(Refused):
            call()
    case = core.review.case(found[0].task, actor="jo")
    assert {one.reviewer: one.answer["strength"] for one in case.opinions} == {"ann": 2, "ben": -2}
    assert "secret" not in str(case)
    saved = core.review.decide(found[0].task, Answer(strength=-3), actor="jo")
    assert core.review.decide(found[0].task, Answer(strength=-3), actor="jo").already
    assert len(core.review.conflicts("shop", actor="jo")) == 2
    assert len(core.review.conflicts("shop", decided=True, actor="jo")) == 3
    made = core.exports.build("shop", "preference")  # type: ignore[arg-type]
    assert [(row["ratings"], row["margin"]) for row in made.rows] == [([saved.uid], 3.0)], "the others are undecided"
    later = core.review.decide(found[0].task, Answer(strength=1), actor="root")
    made = core.exports.build("shop", "preference")  # type: ignore[arg-type]
    assert [row["ratings"] for row in made.rows] == [[later.uid]], "the latest decision stands"
    assert core.figures.quality("shop", actor="jo").same_side_pairs == 3, "decisions are no rater's"
    with pytest.raises(UserError, match="no task"):
        core.review.decide(10**6, Answer(strength=1), actor="jo")


def test_conflicts_of_every_kind_are_found_as_they_stand_now(core: App) -> None:
    project(core, prompts=1, replies=3, tasks={"pair": 1, "rank": 3, "rubric": 1})
    for name, sign, mark in (("ann", 1, 1), ("ben", -1, 4)):
        while (task := core.desk.next_task(name, "shop")) is not None:
            answer = score(mark) if task.kind is Kind.rubric else best(task, sign)
            core.desk.submit(name, task.assignment, answer)
    found = core.review.conflicts("shop", actor="jo")
    assert [(one.kind, one.spread) for one in found] == [(Kind.pair, 4), (Kind.rank, 3), (Kind.rubric, 3)]
    core.desk.undo("ben", "shop")
    core.desk.undo("ben", "shop")
    back = core.desk.undo("ben", "shop")
    assert back is not None and back.kind is Kind.pair
    core.desk.submit("ben", back.assignment, best(back, 1), revision=back.revision)
    assert [one.kind for one in core.review.conflicts("shop", actor="jo")] == [Kind.rank, Kind.rubric]


def test_progress_and_roles(core: App, clock: Clock) -> None:
    project(core, prompts=3, replies=3, tasks={"pair": 1, "rubric": 1})
    rate_all_pairs = [task_of(core, "ann", kind=Kind.pair)]
    core.desk.submit("ann", rate_all_pairs[0].assignment, Answer(strength=1))
    task_of(core, "ann", kind=Kind.rubric)
    skipped = task_of(core, "ben")
    core.desk.skip("ben", skipped.assignment, "other")
    made = core.figures.progress("shop", actor="jo")
    assert (made.tasks, made.wanted, made.counted, made.open, made.skipped, made.complete) == (6, 12, 1, 1, 1, 0)
    assert (dict(made.histogram), list(made.days.values())) == ({0: 5, 1: 1}, [1])
    for call in (core.figures.progress, core.figures.quality, core.figures.leaderboard):
        with pytest.raises(Refused):
            call("shop", actor="ann")
    with pytest.raises(Refused):
        core.figures.leaderboard("shop", actor="jo")
    assert core.figures.tags("shop", actor=OPERATOR) == ["intent"]


def test_rankings_and_rubrics_count_too(core: App) -> None:
    project(core, prompts=4, replies=3, tasks={"rank": 3, "rubric": 1})
    for name in ("ann", "ben"):
        while (task := core.desk.next_task(name, "shop")) is not None:
            if task.kind is Kind.rubric:
                answer = score(int(task.prompt[-1]["content"].split()[1]) % 5 + 1)
            else:
                numbers = [int(reply.text.split()[1]) for reply in task.replies]
                answer = Answer(ranks=[number + 1 for number in numbers])
            core.desk.submit(name, task.assignment, answer)
    made = core.figures.quality("shop", actor="root")
    assert made.alpha is None
    assert made.alpha_by == dict.fromkeys(("rank", *(f"rubric.{name}" for name in DIMENSIONS)), pytest.approx(1.0))
    board = core.figures.leaderboard("shop", actor="root")
    assert board.comparisons == 4 * 3 * 2
    assert [(row.model[-1], row.wins, row.losses) for row in board.rows] == [("0", 16, 0), ("1", 8, 8), ("2", 0, 16)]
    tagged = core.figures.leaderboards("shop", "intent", actor="root")
    assert [(one.value, one.comparisons) for one in tagged] == [("even", 12), ("odd", 12)]
    assert table(core, "SELECT count(*) FROM rating_events") == [(16,)]


def test_a_leaderboard_leaves_out_edits_decisions_and_ratings_beyond_the_number(core: App, clock: Clock) -> None:
    project(core, prompts=2, lease=60.0)
    task = task_of(core, "cas")
    core.desk.edit("cas", task.assignment, "A", "as it should read")
    for name, sign in (("ann", 1), ("ben", -1)):
        clock.now += 61  # the lease of cas runs out
        rate_all(core, name, sign=sign)
    saved = core.desk.submit("cas", task.assignment, best(task))
    assert saved.surplus
    core.review.decide(core.review.conflicts("shop", actor="jo")[0].task, Answer(strength=-3), actor="jo")
    assert len(table(core, "SELECT id FROM rating_events")) == 4 + 1 + 1 + 1
    board = core.figures.leaderboard("shop", actor="root")
    assert board.comparisons == 4  # two prompts by two people, who disagree
    assert [(row.wins, row.losses) for row in board.rows] == [(2, 2), (2, 2)]
    core.desk.undo("ben", "shop")
    back = task_of(core, "ben")
    core.desk.submit("ben", back.assignment, best(back, 1), revision=back.revision)
    won = {row.model[-1]: (row.wins, row.losses) for row in core.figures.leaderboard("shop", actor="root").rows}
    assert won == {"0": (3, 1), "1": (1, 3)}
