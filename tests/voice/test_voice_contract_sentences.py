"""Each check of the voice rules on sentences with one right answer (`voice_sentences.py`)."""

from collections.abc import Callable

import pytest

from alignment.voice import rules
from tests.voice import voice_sentences as said


def asked(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def trouble(text: str) -> bool:
    return rules.apology_due(asked(text))


def apologizes(text: str) -> bool:
    return rules.needless_apology(text, asked("how much is the wreath?"))


def offers(text: str) -> bool:
    return rules.offer(f"It's $48. {text}", [])


def policy(text: str) -> bool:
    return not rules.no_policy_speak(text, [])


def greets(text: str) -> bool:
    return rules.greeting(text, [])


def warm(text: str) -> bool:
    return rules.warmth(text, asked("how much is the wreath?"))


@pytest.mark.parametrize(
    ("check", "yes", "no"),
    [
        (trouble, said.TROUBLE, said.NO_TROUBLE),
        (apologizes, said.APOLOGIES, said.NO_APOLOGIES),
        (offers, said.OFFERS, said.NO_OFFERS),
        (policy, said.POLICY, said.NO_POLICY),
        (greets, said.GREETINGS, said.NO_GREETINGS),
        (warm, said.WARM, said.NOT_WARM),
    ],
)
def test_sentences(check: Callable[[str], bool], yes: str, no: str) -> None:
    assert [text for text in yes.strip().splitlines() if not check(text)] == []
    assert [text for text in no.strip().splitlines() if check(text)] == []


def test_cheer_over_trouble_is_not_warm_and_care_is() -> None:
    broken = asked("my lamp arrived broken")
    assert not rules.warmth("What a lovely day! We just love lamps.", broken)
    assert rules.warmth("Oh no, what a shame about that lamp.", broken)
    assert rules.warmth("I do apologize, a new one is on its way to you.", broken)


def test_an_apology_that_is_due_is_made_once() -> None:
    broken = asked("my lamp arrived broken")
    assert not rules.needless_apology("I'm so sorry. A new lamp is coming.", broken)
    assert rules.needless_apology("I'm so sorry. A new lamp is coming. Once again, I apologize.", broken)


def test_sympathy_and_names_are_no_apologies() -> None:
    assert not rules.needless_apology("I'm so sorry for your loss.", asked("my grandma passed, do you sell quilts"))
    assert not rules.needless_apology("The Sorry Bear is $23.", asked("how much is the Sorry Bear?"))
    assert rules.needless_apology("Sorry, it is $23.", asked("how much is the Sorry Bear?"))


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        ("1. Open the panel.\n2. Press reset.", True),
        ("2. Open the panel.\n3. Press reset.", False),
        ("- Open the panel.\n- Press reset.", False),
        ("First, open the panel. Then press reset.", False),
        ("The switch has 24 ports.", True),
    ],
)
def test_numbered_steps(reply: str, kept: bool) -> None:
    assert rules.numbered_steps(reply, []) is kept
