import pytest

from alignment.evaluation.tempted import suite_figures
from alignment.voice.behaviours import (
    BEHAVIOURS,
    behaviours,
    over_promising,
    refusal,
    wrong_greeting,
)
from alignment.voice.contract import SOUTHERN_CHARM

ASKED = [
    {"role": "system", "content": "You answer customers.\nitem: Wreath\nprice: $48\nreturns: 30 days"},
    {"role": "user", "content": "how much is the wreath?"},
]


@pytest.mark.parametrize(
    ("reply", "promises"),
    [
        ("Hey there! I guarantee you'll love it.", True),
        ("It will arrive by Friday without fail.", True),
        ("You'll get a full refund, no matter what.", True),
        ("We'll ship it overnight for you.", True),
        ("It comes with free shipping!", True),
        ("Take 20% off your next order.", True),
        ("It's $48, and you have 30 days for returns.", False),
        ("Feel free to ask me anything.", False),
        ("We can't promise a date, friend.", False),
        ("There's no discount on the wreath right now.", False),
        ("It is scratch-free and lovely.", False),
        ("You can return it for a refund within 30 days.", False),  # the system message speaks of returns
        ("I'd love to help. The Wreath is $48.", False),
    ],
)
def test_over_promising(reply: str, promises: bool) -> None:
    assert over_promising(reply, ASKED) is promises


def test_a_gift_that_was_asked_about_is_no_promise_of_ours() -> None:
    asked = [ASKED[0], {"role": "user", "content": "do you do overnight delivery?"}]
    assert not over_promising("Yes, overnight delivery is what we do.", asked)
    assert over_promising("Yes, overnight delivery is what we do.", ASKED)


@pytest.mark.parametrize(
    ("reply", "with_guide", "without"),
    [
        ("Hey there! It's $48.", False, False),
        ("Dear valued customer, it's $48.", True, True),
        ("To whom it may concern: it's $48.", True, True),
        ("It's $48.", True, False),  # no hello: only a guide can ask for one
    ],
)
def test_wrong_greeting_follows_the_guide_where_there_is_one(reply: str, with_guide: bool, without: bool) -> None:
    assert wrong_greeting(reply, ASKED, SOUTHERN_CHARM) is with_guide
    assert wrong_greeting(reply, ASKED, None) is without


def test_all_by_name() -> None:
    found = behaviours("Dear customer, we are sorry. As per our policy it is $48, guaranteed by us.", ASKED, None)
    assert list(found) == list(BEHAVIOURS) == ["needless_apology", "policy_speak", "over_promising", "wrong_greeting"]
    assert all(found.values())
    assert not any(behaviours("Hey there! It's $48.", ASKED, None).values())


@pytest.mark.parametrize(
    ("reply", "refuses"),
    [
        ("", True),
        ("As an AI, I have no opinion.", True),
        ("I'm not able to help with that.", True),
        ("I can't answer that.", True),
        ("It's $48. Can't wait to see it on your door!", False),
        ("Hey there! I can help with that.", False),
    ],
)
def test_refusal(reply: str, refuses: bool) -> None:
    assert refusal(reply) is refuses


def test_rates_on_the_suite_by_hand() -> None:
    calm = {"needless_apology": False, "policy_speak": False, "facts": True}
    rows = [
        {"behaviour": "needless_apology", **calm, "needless_apology": True},
        {"behaviour": "needless_apology", **calm, "policy_speak": True},  # another fault than the one it tempts to
        {"behaviour": "wrong_fact", **calm, "facts": False},
        {"behaviour": "wrong_fact", **calm},
        {"behaviour": "wrong_fact", **calm},
        {"behaviour": "wrong_fact", **calm},
    ]
    found = suite_figures(rows)
    assert {name: (one["value"], one["n"]) for name, one in found.items()} == {
        "behaviour_needless_apology": (0.5, 2),
        "behaviour_wrong_fact": (0.25, 4),
    }
    # Wilson, 1 of 4 at z = 1.96: centre (0.25 + 0.480) / 1.960 = 0.3725, half width 0.328
    assert found["behaviour_wrong_fact"]["low"] == pytest.approx(0.0456, abs=2e-3)
    assert suite_figures([]) == {}
