"""The message a user reads."""

import pytest

from alignment.errors import UserError, nearest


def test_three_lines_in_order() -> None:
    assert str(UserError("dpo.beta=-1", "a number > 0", "dpo.beta=0.1")) == (
        "dpo.beta=-1\nallowed: a number > 0\nnext: dpo.beta=0.1"
    )


@pytest.mark.parametrize(("allowed", "do", "lines"), [("", "", 1), ("x", "", 2), ("", "y", 2), ("x", "y", 3)])
def test_empty_parts_are_left_out(allowed: str, do: str, lines: int) -> None:
    assert len(str(UserError("found", allowed, do)).splitlines()) == lines


def test_never_more_than_three_lines() -> None:
    assert str(UserError("a\nb\n  c", "d\ne")) == "a b c\nallowed: d e"


def test_nearest_name() -> None:
    assert nearest("evalute", ["prepare", "evaluate"]) == " (did you mean evaluate?)"
    assert nearest("zzz", ["prepare", "evaluate"]) == ""
