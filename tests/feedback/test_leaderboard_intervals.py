"""Intervals of the leaderboard: comparisons on one prompt are no independent ones."""

import math

import pytest

from alignment.feedback.measures.leaderboard import Game, leaderboard_of


def width(games: list[Game]) -> float:
    best = leaderboard_of(games).rows[0]
    assert best.strength == pytest.approx(math.log(7 / 3) / 2, abs=1e-9)
    return best.high - best.low


def games(times: int, apart: bool) -> list[Game]:
    """Ten comparisons, a wins seven, each `times` times: on an item of its own, or all on the same."""
    return [
        Game(n * times + time if apart else n, "a", "b", 1 if n < 7 else -1) for n in range(10) for time in range(times)
    ]


def test_four_raters_of_the_same_ten_prompts_are_not_forty_prompts() -> None:
    # information of the difference: n · 0.7 · 0.3; a strength is half of it
    apart = 2 * 1.959963984540054 / math.sqrt(40 * 0.7 * 0.3) / 2
    assert width(games(4, apart=True)) == pytest.approx(apart, abs=1e-9)
    # raters who always agree: M is 4² times that of ten comparisons, not 4; and n / (n − 1) is 10/9, not 40/39
    assert width(games(4, apart=False)) == pytest.approx(apart * math.sqrt(4 * (10 / 9) / (40 / 39)), abs=1e-9)


def test_raters_who_differ_on_the_same_prompt_narrow_nothing_below_independence() -> None:
    mixed = [Game(n % 2, "a", "b", 1 if n < 14 else -1) for n in range(20)]  # 7 to 3 on either prompt
    assert width(mixed) == pytest.approx(1.959963984540054 / math.sqrt(20 * 0.7 * 0.3), abs=1e-9)


def test_a_difference_is_clear_only_where_the_wider_interval_says_so() -> None:
    def won(times: int, apart: bool) -> list[Game]:
        return [
            Game(n * times + t if apart else n, "a", "b", 1 if n < 8 else -1) for n in range(12) for t in range(times)
        ]

    assert leaderboard_of(won(6, apart=True)).separable == (("a", "b"),)
    assert leaderboard_of(won(6, apart=False)).separable == ()


def test_one_prompt_alone_says_nothing_about_how_prompts_differ() -> None:
    made = leaderboard_of([Game(1, "a", "b", sign) for sign in (1, 1, -1)])
    assert made.rows[0].high - made.rows[0].low == pytest.approx(1.959963984540054 / math.sqrt(3 * 2 / 9), abs=1e-9)


def test_models_that_were_never_compared_with_the_rest_leave_it_its_strengths() -> None:
    """One vote of a live chat between two other models must not take the whole leaderboard away."""
    rated = games(1, apart=True)
    alone, made = leaderboard_of(rated), leaderboard_of([*rated, Game(99, "chat-x", "chat-y", 1)])
    assert made.rows[:2] == alone.rows and made.separable == alone.separable
    assert [(row.model, math.isnan(row.strength), row.wins) for row in made.rows[2:]] == [
        ("chat-x", True, 1),
        ("chat-y", True, 0),
    ]
    assert made.comparisons == 11 and made.problem == "never compared with the others: chat-x, chat-y"
    joined = leaderboard_of([*rated, Game(99, "chat-x", "chat-y", 0), Game(98, "a", "chat-x", 0)])
    assert joined.problem == "" and len(joined.rows) == 4
