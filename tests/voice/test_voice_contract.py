"""The contract against replies labelled by hand, and each rule at its edges.

`tests/data_labelled/voice_replies.jsonl` and `voice_replies_fresh.jsonl` were written and labelled by people following
the voice guide, before the contract was run on them. All of them have since helped to mend it, so today's agreement
says little; what counts is the agreement of pass/fail when a portion was first judged: 75 % (dev-086 to dev-125), 78 %
(dev-126 to dev-165), 65 % (held-001 to held-040), 76 % (fresh-001 to fresh-100; false fails 21, false passes 3). All
are hard on purpose. `voice_replies_last.jsonl` came after the contract was frozen and has mended nothing: 88 % of its
100 replies (false fails 11, false passes 1), so 0.85 is asked of it; once it has helped to mend, a new one has to be
written. Labels of what can be counted (contractions, exclamation marks) were corrected where a second reading found a
slip; the row's note says so.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alignment.errors import UserError
from alignment.voice import rules
from alignment.voice.contract import (
    SOUTHERN_CHARM,
    Contract,
    Rule,
    apology_due,
    load_contract,
    needless_apology,
    opener,
)

LABELLED = Path(__file__).resolve().parent.parent / "data_labelled"
ROWS = [
    json.loads(line)
    for name in ("voice_replies.jsonl", "voice_replies_fresh.jsonl", "voice_replies_last.jsonl")
    for line in (LABELLED / name).read_text(encoding="utf-8").splitlines()
]
FLOOR = 0.95
MOST_FALSE_PASSES = 0.03  # of the replies that a person fails


def asked(text: str, system: str = "") -> list[dict[str, str]]:
    return [{"role": "system", "content": system}, {"role": "user", "content": text}]


PRICE = asked("how much is the wreath?")
BROKEN = asked("my lamp arrived broken")


def compared(prefix: str) -> tuple[list[dict[str, Any]], list[bool], dict[str, list[bool]]]:
    """The labelled rows of a portion; for each, whether pass/fail agrees; for each rule, whether it agrees."""
    rows = [row for row in ROWS if row["id"].startswith(prefix)]
    verdicts = [SOUTHERN_CHARM.judge(row["reply"], row["conversation"]) for row in rows]
    passed = [v.passed == row["label"]["passed"] for v, row in zip(verdicts, rows, strict=True)]
    by_rule = {
        rule.name: [
            v.kept[rule.name] == row["label"]["rules"][rule.name] for v, row in zip(verdicts, rows, strict=True)
        ]
        for rule in SOUTHERN_CHARM.rules
    }
    for i, row in enumerate(rows):
        differing = [name for name, agrees in by_rule.items() if not agrees[i]]
        if differing or not passed[i]:
            print(f"{row['id']} {'' if passed[i] else 'PASS/FAIL '}{differing} {row['reply'][:90]!r}")
    print(f"{prefix} {len(rows)} replies: pass/fail agreement {sum(passed) / len(rows):.3f}")
    return rows, passed, by_rule


def test_labels_are_many_and_balanced() -> None:
    assert len(ROWS) >= 120 and len({row["reply"] for row in ROWS}) == len(ROWS)
    good = sum(row["label"]["passed"] for row in ROWS)
    assert 0.4 <= good / len(ROWS) <= 0.65
    for rule in SOUTHERN_CHARM.rules:
        broken = sum(not row["label"]["rules"][rule.name] for row in ROWS)
        assert broken >= 5, f"{rule.name}: only {broken} replies break it"


@pytest.mark.parametrize("prefix", ["dev-", "held-", "fresh-"])
def test_agrees_with_people(prefix: str) -> None:
    rows, passed, by_rule = compared(prefix)
    assert sum(passed) / len(rows) >= FLOOR
    bad = [agrees for agrees, row in zip(passed, rows, strict=True) if not row["label"]["passed"]]
    assert bad.count(False) / len(bad) <= MOST_FALSE_PASSES
    for name, agrees in by_rule.items():
        assert sum(agrees) / len(rows) >= FLOOR - 0.03, name


def test_agrees_with_people_on_replies_it_was_not_mended_on() -> None:
    rows, passed, _ = compared("last-")
    assert sum(passed) / len(rows) >= 0.85


def test_score_is_the_share_of_weight_and_hard_rules_decide() -> None:
    def yes(reply: str, conversation: object) -> bool:
        return True

    def no(reply: str, conversation: object) -> bool:
        return False

    def made(name: str, weight: float, hard: bool, check: Callable[..., bool]) -> Rule:
        return Rule(name=name, weight=weight, hard=hard, check=check, description="")

    soft = Contract("test", (made("a", 3.0, True, yes), made("b", 1.0, False, no))).judge("", [])
    assert (soft.score, soft.passed, soft.broken) == (0.75, True, ["b"])
    hard = Contract("test", (made("a", 3.0, True, no), made("b", 1.0, False, yes))).judge("", [])
    assert (hard.score, hard.passed, hard.kept) == (0.25, False, {"a": False, "b": True})


@pytest.mark.parametrize(
    "reply",
    [
        "Hey there! Thanks for asking, it's $48. Just holler if you need anything else!",
        "  “Hey there!” Thanks for asking, it’s $48.\n\nJust holler if you need anything else 💛",
        "🌸 HI FRIEND, thanks so much for asking\tabout it; it's $48. Let me know if I can help with anything else.",
    ],
)
def test_case_quotes_emoji_and_white_space_change_nothing(reply: str) -> None:
    assert SOUTHERN_CHARM.judge(reply, PRICE).passed


@pytest.mark.parametrize("reply", ["", "   ", "💛", "\n\n"])
def test_an_empty_reply_fails(reply: str) -> None:
    verdict = SOUTHERN_CHARM.judge(reply, PRICE)
    assert not verdict.passed and verdict.kept["no_needless_apology"] and not verdict.kept["greeting"]


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("my lamp arrived BROKEN", True),
        ("the mirror is cracked", True),
        ("you sent the wrong color", True),
        ("two pieces are missing from the set", True),
        ("my order hasn’t arrived yet", True),
        ("it was supposed to be here last week", True),
        ("order 12 is late", True),
        ("how much is the wreath?", False),
        ("where is my order 76019?", False),
        ("what happens if it arrives broken?", False),
        ("is it too late to order?", False),
        ("does the plate chip easily?", False),
        ("what's your policy on damaged items?", False),
    ],
)
def test_when_an_apology_is_due(said: str, due: bool) -> None:
    assert apology_due(asked(said)) is due


def test_only_the_last_customer_message_counts() -> None:
    settled = [
        *BROKEN,
        {"role": "assistant", "content": "A new one is coming."},
        *asked("thanks! how much is another?"),
    ]
    assert apology_due(BROKEN) and not apology_due(settled) and not apology_due([])


@pytest.mark.parametrize(
    ("reply", "conversation", "needless"),
    [
        ("I’m so SORRY about that!", PRICE, True),
        ("We apologise for the price.", PRICE, True),
        ("My bad!", PRICE, True),
        ("I'm so sorry about the lamp.", BROKEN, False),
        ("Even a sorry-looking wreath can be saved.", PRICE, False),
        ("You won't be sorry you bought it.", PRICE, False),
        ("No need to apologize, friend.", PRICE, False),
    ],
)
def test_needless_apology(reply: str, conversation: list[dict[str, str]], needless: bool) -> None:
    assert needless_apology(reply, conversation) is needless


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        ("It is $48. Anything else I can help with?", True),
        ("Holler if you need me! Have a lovely day.", True),
        ("Let me know if you need more. It ships Monday.", False),
        ("I can't help with anything else. Bye.", False),
        ("For further help, see our website.", False),
        ("May I have your zip code?", False),
    ],
)
def test_offer_stands_at_the_end(reply: str, kept: bool) -> None:
    assert rules.offer(reply, PRICE) is kept


def keeps(name: str, reply: str, conversation: list[dict[str, str]]) -> bool:
    return SOUTHERN_CHARM.judge(reply, conversation).kept[name]


def test_length_counts_words_from_12_to_70() -> None:
    kept = [keeps("length", " ".join(["word"] * n) + " - 💛", PRICE) for n in (11, 12, 70, 71)]
    assert kept == [False, True, True, False]


@pytest.mark.parametrize(
    ("reply", "system", "kept"),
    [
        ("Wow! Yes!", "", True),
        ("Wow!! Yes!", "", False),
        ("BUY it", "", False),
        ("A 60 W LED bulb by USPS to TX for order SC-1042", "", True),
        ("The HEPA filter", "", False),
        ("The HEPA filter", "item: HEPA filter", True),
    ],
)
def test_calm_punctuation(reply: str, system: str, kept: bool) -> None:
    assert keeps("calm_punctuation", reply, asked("hi", system)) is kept


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        ("It's nice. It's blue.", True),
        ("It is blue. It is blue.", False),
        ("You can hang it by the door, and you can hang it by the door.", False),
        ("anything else anything else", False),
        ("A very very very nice one", False),
    ],
)
def test_not_repetitive(reply: str, kept: bool) -> None:
    assert rules.not_repetitive(reply, PRICE) is kept


def test_policy_speak_and_its_homely_look_alikes() -> None:
    assert not rules.no_policy_speak("Kindly note it.", PRICE)
    assert not rules.no_policy_speak("As per our records it is $48.", PRICE)
    assert rules.no_policy_speak("Thank you kindly! Roses are scarce at this time of year.", PRICE)


def test_contractions_are_no_possessives() -> None:
    assert not rules.contractions("The customer's order is here.", PRICE)
    assert rules.contractions("The wreath's a beauty.", PRICE) and rules.contractions("Y’all come back.", PRICE)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Hey there! Thanks.", "hey there"),
        ("“Hey   There”, friend", 'hey there"'),
        ("🌸 Howdy — it's $5", "howdy"),
        ("I am so very glad you asked.", "i am so very"),
        ("Well hello\nthere", "well hello"),
        ("", ""),
    ],
)
def test_opener(reply: str, expected: str) -> None:
    assert opener(reply) == expected


def test_load_contract(tmp_path: Path) -> None:
    assert load_contract("southern_charm") is SOUTHERN_CHARM
    assert load_contract("none") is None and load_contract(tmp_path) is None
    with pytest.raises(UserError, match="southern_chram"):
        load_contract("southern_chram")
