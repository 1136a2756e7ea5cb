"""What must stand in a text, read off a pattern: each case by hand, and the detectors' own on the labelled texts."""

import re

import pytest

from alignment.data.hints import Hinted, Look, hints_of


@pytest.mark.parametrize(
    ("pattern", "hints"),
    [
        ("orders?", ("order",)),
        (r"\b(?:my |your )?(?:Order|invoice)s? #?\d", ("invoice", "order")),
        ("(?:order|reorder)", ("order",)),  # the longer one holds the shorter
        ("(?:order|\\d+)", ("",)),  # an alternative that tells nothing
        ("a(?:bcd)+", ("bcd",)),
        ("(?:abc)*x", ("x",)),
        (r"\d{4}", ("",)),
    ],
)
def test_hints_by_hand(pattern: str, hints: tuple[str, ...]) -> None:
    assert hints_of(re.compile(pattern, re.IGNORECASE)) == hints


@pytest.mark.parametrize("text", ["My PIN is", "my pİn is", "my pın is", "MISS", "miſs"])
def test_letters_that_a_pattern_takes_for_others(text: str) -> None:
    for one in (Hinted("pin", re.IGNORECASE), Hinted("miss", re.IGNORECASE)):
        assert len(list(one.finditer(Look.at(text)))) == len(one.pattern.findall(text))


def test_a_look_counts_digits() -> None:
    assert Look.at("Order 48213, zip 29401").digits == 10
