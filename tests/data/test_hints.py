"""What must stand in a text for a pattern to match: each case by hand, and random patterns on random texts."""

import re
from collections.abc import Iterator
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment.data.personal import introduced, numbers, passwords, places, small_letters, spoken_to, streets
from alignment.data.personal.alternatives import quick
from alignment.data.personal.hints import Hinted, Hints, Look
from alignment.data.personal.required import digits_of, hints_of, spread


@pytest.mark.parametrize(
    ("pattern", "hints"),
    [
        ("orders?", ("order",)),
        (r"\b(?:my |your )?(?:Order|invoice)s? #?\d", (" invoice", " order")),
        ("(?:order|reorder)", ("order",)),  # the longer one holds the shorter
        ("(?:order|\\d+)", ("",)),  # an alternative that tells nothing
        ("a(?:bcd)+", ("bcd",)),
        ("(?:abc)*x", ("x",)),
        (r"\d{4}", ("",)),
        (r"\b(?:hi|yo)\b", (" hi ", " yo ")),  # whole words
        (r"\b(?:hi|yo)(?: there)?,?\s", (" hi ", " yo ")),
        (r"\b(?:hi|yo)s?,", (" hi", " yo")),  # a letter may follow
        (r"(?<![\w-])yo(?![\w-])", (" yo ",)),
        (r"(?<!-)yo(?!-)", ("yo",)),
        (r"^yo$", (" yo ",)),
        (r"\Byo", ("yo",)),
        (r"(?:yo|é)[^\S\n]", ("yo ", "é ")),
        (r"and (?:then )?with", (" with",)),  # the rarer of two
        (r"the ", ("the ",)),
        (r"#\d", ("#",)),
        (r" \d", (" ",)),
        (r"c/o \d", ("c o ",)),
        (r"(?:a yo){2}", ("a yo",)),  # what stands beside it is itself
        (r"(?=yo )\w", ("",)),
    ],
)
def test_hints_by_hand(pattern: str, hints: tuple[str, ...]) -> None:
    assert hints_of(pattern, re.IGNORECASE) == hints


@pytest.mark.parametrize(
    ("pattern", "digits"),
    [
        (r"\d{3}-?\d", 4),
        (r"\d(?:[ -]?\d){3,20}", 4),
        ("(?:a|1)", 0),
        ("(?:1|22)", 1),
        ("[0-9]{2,}x", 2),
        ("[1-9a]", 0),
        (r"[^\d]", 0),
        (r"(?=\d{4})\d", 4),
        (r"x\d(?=\d)", 2),
        (r"(?<=\d)a", 0),
        (r"(?!000)\d{3}", 3),
    ],
)
def test_digits_by_hand(pattern: str, digits: int) -> None:
    assert digits_of(pattern) == digits


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("orders|a|Other|b", "(?-i:[oO](?i:rders|ther))|(?-i:[aA](?i:))|(?-i:[bB](?i:))"),
        ("yes|no|to", "yes|no|to"),  # too few
        (r"c1|(?:x|y)z|c2|[|]d|\|e", r"(?-i:[cC](?i:1))|(?:x|y)z|(?-i:[cC](?i:2))|[|]d|\|e"),  # none past another
        ("a?b|c|d|e", "a?b|(?-i:[cC](?i:))|(?-i:[dD](?i:))|(?-i:[eE](?i:))"),
        (r"(?P<n>ab|ac|d|e)(?-i:a|b|c|d)", r"(?P<n>(?-i:[aA](?i:b|c))|(?-i:[dD](?i:))|(?-i:[eE](?i:)))(?-i:a|b|c|d)"),
        ("(?<=a|b|c|d)x[]|]y[^]|]", "(?<=a|b|c|d)x[]|]y[^]|]"),
    ],
)
def test_alternatives_put_together(pattern: str, written: str) -> None:
    assert quick(pattern) == written


WORDS = st.sampled_from(
    ["a", "ab", "abc", "b", "ba", "bab", "kis", "s", "a?b", "i", "(?:a|b)", "[ab]b", "é", r"\d", "-"]
)
PATTERNS = st.lists(WORDS, min_size=4, max_size=7).map(lambda words: rf"(-)?\b({'|'.join(words)})(s|$| ?\d)")
TEXTS = st.text("abksiABKSIéÉſıK \n-7", max_size=12)


@given(PATTERNS, TEXTS)
def test_a_rewritten_pattern_matches_the_same(pattern: str, text: str) -> None:
    found = [match.regs for match in re.finditer(quick(pattern), text, re.IGNORECASE)]
    assert found == [match.regs for match in re.finditer(pattern, text, re.IGNORECASE)]


@given(PATTERNS, TEXTS)
def test_no_match_is_missed(pattern: str, text: str) -> None:
    found = [match.regs for match in Hinted(pattern, re.IGNORECASE).finditer(Look.at(text))]
    assert found == [match.regs for match in re.finditer(pattern, text, re.IGNORECASE)]


def detectors() -> Iterator[Hinted]:
    modules: list[ModuleType] = [introduced, numbers, passwords, places, small_letters, spoken_to, streets]
    for module in modules:
        yield from (one for one in vars(module).values() if isinstance(one, Hinted))


LABELLED = "\n".join(
    (
        "Hi, my name is Thomas Beecham, order #48213, account number 4471-2290; pass: Xk9!plum",
        "write to Anna Schmidt c/o Karl-Marx-Allee 5a, 10243 Berlin or call (919) 555-0142, thanks, Bill",
        "routing 061000052, iban DE89370400440532013000; ship to 12 Oak Street, Apt 4. Mr. Okafor said so",
        "hi its mark, my wife jane spoke with agent maria, PIN is 4417. Rua das Acácias, 210",
    )
)


def test_the_detectors_patterns_are_not_held_back() -> None:
    tried = 0
    for text in [LABELLED, *LABELLED.splitlines()]:
        for one in detectors():
            matches = one.pattern.findall(text)
            tried += bool(matches)
            assert len(list(one.finditer(Look.at(text)))) == len(matches), one.pattern.pattern
    assert tried > 25


@pytest.mark.parametrize("text", ["My PIN is", "my pİn is", "my pın is", "MISS", "miſs"])
def test_letters_that_a_pattern_takes_for_others(text: str) -> None:
    for one in (Hinted("pin", re.IGNORECASE), Hinted("miss", re.IGNORECASE)):
        assert len(list(one.finditer(Look.at(text)))) == len(one.pattern.findall(text))


@pytest.mark.parametrize(
    ("hint", "text", "stands"),
    [
        (" yo ", "Yo!", True),
        (" yo ", "you", False),
        ("it’s ", "it’s", True),
        (":", "a: b", True),
        (":", "a; b", False),
        ("é", "café", True),
        (" é", "café", False),
    ],
)
def test_groups_of_hints(hint: str, text: str, stands: bool) -> None:
    assert Hints("never there", hint).stand_in(Look.at(text)) is stands


def test_a_text_spread() -> None:
    assert spread("it's 1-2_x") == "it s 1 2_x"
    assert spread("où? ça") == "où  ça"


def test_a_look_counts_digits() -> None:
    assert Look.at("Order 48213, zip 29401").digits == 10
    assert Look.at("٣ é 4").digits == 2
