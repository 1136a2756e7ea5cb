"""Simulated reviewers: what they notice, how they decide, and that neither order nor interruption matters."""

import math
import random
from itertools import pairwise

import pytest

from alignment.errors import UserError
from alignment.feedback import features
from alignment.feedback.records import Item, Pair, Response
from alignment.feedback.simulated import PERSONAS, STEPS, Persona, Reviewer, impressions, panel, strength

SYSTEM = "You answer customers.\nitem: Magnolia Wreath\nprice: $48\nsize: 22 inches\nstock: back on May 19"
ASKS = [
    {"role": "system", "content": SYSTEM},
    {"role": "user", "content": "how much is the magnolia wreath?"},
]
GOOD = "Hey there! Thanks so much for asking. The Magnolia Wreath is $48. Just holler if you need anything else!"


def item(*texts: str, facts: tuple[str, ...] = ("Magnolia Wreath", "$48"), key: str = "p1") -> Item:
    replies = tuple(Response(f"r{n}", text, "m", "h", {}) for n, text in enumerate(texts))
    return Item(key, tuple(ASKS), facts, {}, replies)


@pytest.mark.parametrize(
    ("noticed", "value"),
    [
        (features.hello("Hi there! It's $48."), 1.0),
        (features.hello("Good morning! It's $48."), 1.0),
        (features.hello("Good prices: $48."), 0.0),
        (features.hello("Oh yes, hello! It's $48."), 0.5),
        (features.hello("As per our records, please note: hello is no word of ours."), 0.0),
        (features.warmth("It's $48."), 0.0),
        (features.warmth("Thanks, thanks, it's $48."), 0.7),
        (features.warmth("So glad you asked, y'all!"), 1.0),
        (features.sorry("Sorry, it's $48.", "how much?"), 0.5),
        (features.sorry("So sorry! We apologize, I’m sorry.", "how much?"), 1.0),
        (features.sorry("So sorry! We apologize.", "my wreath arrived broken"), 0.0),
        (features.stiffness("As per our records, it is $48."), 1.0),
        (features.stiffness("Kindly pay $48."), 0.7),
        (features.stiffness("It's super $48."), 0.0),
        (features.offer("It's $48. Let me know if I can help!"), 1.0),
        (features.offer("Let me know. " + "It is a very fine wreath made of leaves. " * 3), 0.0),
        (features.offer("It's $48. Do you want it?"), 0.5),
        (features.length("one two three four five six seven"), 0.5),
        (features.length("word " * 14), 1.0),
        (features.length("word " * 50), 1.0),
        (features.length("word " * 70), 0.5),
        (features.length("word " * 90), 0.0),
        (features.shouting("Wow!!! OK USA"), 0.0),
        (features.shouting("Wow!!!!"), 0.5),
        (features.shouting("AMAZING! BEAUTIFUL!"), 1.0),
        (features.echo("a b c d e f g h"), 0.0),
        (features.echo("a b c d a b c d"), 2 * 1 / 5),  # five runs of four words, one of them twice
    ],
)
def test_impressions(noticed: float, value: float) -> None:
    assert noticed == pytest.approx(value)


@pytest.mark.parametrize(
    ("reply", "required", "value"),
    [
        ("The magnolia  wreath is $48.", ("Magnolia Wreath", "$48"), 1.0),
        ("The wreath is $48.", ("Magnolia Wreath", "$48"), -0.5),
        ("It is lovely.", ("Magnolia Wreath", "$48"), -1.0),
        ("The Magnolia Wreath is $48, or $84 with a bow.", ("Magnolia Wreath", "$48"), -1.0),
        ("The Magnolia Wreath is $48 and 22 inches.", ("Magnolia Wreath", "$48"), 1.0),
        ("It's $48.", (), 1.0),  # asked for the price, by its own guess
        ("It's 22 inches.", (), -1.0),
    ],
)
def test_facts(reply: str, required: tuple[str, ...], value: float) -> None:
    assert features.facts(reply, ASKS, required) == pytest.approx(value)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("how much is it?", ["$48"]),
        ("how big is it?", ["22 inches"]),
        ("is it in stock, and what size?", ["22 inches", "back on May 19"]),
        ("hello?", []),
    ],
)
def test_what_was_asked_for_is_read_from_the_systems_lines(question: str, found: list[str]) -> None:
    assert features.requested([ASKS[0], {"role": "user", "content": question}]) == found


def test_only_the_line_with_the_customers_number_is_asked_for() -> None:
    lines = {"role": "system", "content": "shipping to 29314: $9\nshipping to 16480: $23\norder 7: arrives May 2"}
    assert features.requested([lines, {"role": "user", "content": "what is shipping to 16480?"}]) == ["$23"]
    assert features.requested([lines, {"role": "user", "content": "where is order 7"}]) == ["May 2"]


def test_utility_is_the_weighted_sum_and_blind_spots_count_nothing() -> None:
    persona = Persona("p", {"hello": 2.0, "facts": 3.0}, temperature=1.0)
    noticed = {"hello": 0.5, "facts": -1.0, "warmth": 1.0}
    assert Reviewer(persona, seed=1).utility(noticed) == pytest.approx(2 * 0.5 - 3)
    assert Reviewer(persona, seed=1, fact_weight=2).utility(noticed) == pytest.approx(1 - 6)
    assert Reviewer(persona, seed=1, fact_weight=0).utility(noticed) == pytest.approx(1)


def test_strength_has_seven_steps_and_is_odd() -> None:
    one, two, three = STEPS
    latents = [0.0, one - 0.01, one, two - 0.01, two, three, 99.0]
    assert [strength(latent) for latent in latents] == [0, 0, 1, 1, 2, 3, 3]
    assert [strength(-latent) for latent in latents] == [0, 0, -1, -1, -2, -3, -3]


def test_noise_is_logistic_so_preference_follows_bradley_terry() -> None:
    persona = Persona("p", {"hello": 1.0}, temperature=2.0)
    reviewer = Reviewer(persona, seed=3, noise=1.5)
    latent_ups = 0
    verdicts = [
        reviewer.judge(Pair(f"p{n}", "a", "b"), {"hello": 3.0, "facts": 0}, {"hello": 0.0, "facts": 0})
        for n in range(4000)
    ]
    latent_ups = sum(verdict.strength > 0 for verdict in verdicts)
    # P(latent >= 0.3) with gap 3 and scale 1.5 · 2: σ((3 − 0.3) / 3); 4 standard errors around it
    expected = 1 / (1 + math.exp(-(3 - STEPS[0]) / 3))
    assert latent_ups / 4000 == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / 4000))


def test_a_verdict_depends_on_seed_reviewer_and_pair_alone() -> None:
    both = item(GOOD, "It's $48.")
    noticed = [impressions(both, reply) for reply in both.responses]
    pairs = [Pair(f"p{n}", "r0", "r1") for n in range(40)]

    def verdicts(order: list[Pair], seed: int, name: str = "newcomer") -> dict[Pair, int]:
        reviewer = panel([name], seed=seed, noise=5.0)[0]
        return {pair: reviewer.judge(pair, *noticed).strength for pair in order}

    shuffled = random.Random(0).sample(pairs, len(pairs))
    assert verdicts(pairs, 1) == verdicts(shuffled, 1)
    assert verdicts(pairs, 1) != verdicts(pairs, 2)
    assert verdicts(pairs, 1) != verdicts(pairs, 1, "busy-owner")


def test_another_seed_noise_or_weight_is_another_reviewer() -> None:
    names = [panel(1, *settings)[0].name for settings in ((1,), (2,), (1, 2.0), (1, 1.0, 2.0), (1,))]
    assert len(set(names)) == 4
    assert names[0] == names[4]
    assert all(name.startswith("simulated:warmth-first@") for name in names)


def test_the_panel_is_a_number_or_names() -> None:
    assert [one.persona.name for one in panel(2)] == ["warmth-first", "facts-first"]
    assert [one.persona.name for one in panel(["newcomer", "good-host"])] == ["good-host", "newcomer"]
    for wrong in (0, 7, [], ["nobody"], ["newcomer", "newcomer"]):
        with pytest.raises(UserError, match="simulated reviewers"):
            panel(wrong)


def test_reviewers_differ_and_each_has_blind_spots() -> None:
    noticed = set(impressions(item(GOOD), item(GOOD).responses[0]))
    assert len(PERSONAS) >= 4
    for persona in PERSONAS:
        assert set(persona.weights) < noticed, f"{persona.name} must be blind to something"
    for one, other in pairwise(PERSONAS):
        assert one.weights != other.weights


@pytest.mark.parametrize(
    "worse",
    [
        "The Magnolia Wreath is $48.",  # curt
        "Hey there! So sorry you had to ask! The Magnolia Wreath is $48. Once again, I apologize.",
        "Please be advised that, as per our records, the Magnolia Wreath is priced at $48. Kindly note the policy.",
        GOOD.replace("$48", "$84"),  # a wrong number
        GOOD.replace("is $48", "is beautiful"),  # the fact is missing
        GOOD.replace("Just holler if you need anything else!", ""),
    ],
)
def test_together_they_prefer_the_friendly_right_and_plain_reply(worse: str) -> None:
    both = item(GOOD, worse)
    noticed = [impressions(both, reply) for reply in both.responses]
    verdicts = [
        reviewer.judge(Pair(f"p{n}", "r0", "r1"), *noticed).strength
        for reviewer in panel(len(PERSONAS), seed=5)
        for n in range(40)
    ]
    assert sum(verdicts) / len(verdicts) > 0.5
    assert sum(one > 0 for one in verdicts) > 2 * sum(one < 0 for one in verdicts)


def test_right_and_curt_beats_friendly_and_wrong() -> None:
    both = item("The Magnolia Wreath is $48.", GOOD.replace("$48", "$84"))
    noticed = [impressions(both, reply) for reply in both.responses]
    wins = sum(reviewer.utility(noticed[0]) > reviewer.utility(noticed[1]) for reviewer in panel(len(PERSONAS)))
    assert wins >= len(PERSONAS) - 1, "all but the one who is blind to facts"
