"""Faults put into good replies: each the one asked for, the facts as they were, and the suite that tempts to them."""

import random

import pytest

from alignment.data.facts import lost, pool, typed
from alignment.data.negatives import NAMES, behaviours, contrast, contrast_rows, suite, wrong_fact
from alignment.errors import UserError
from alignment.voice.contract import SOUTHERN_CHARM
from alignment.voice.text import facts_right

SYSTEM = (
    "You answer customers.\nitem: Porch Rocker\nprice: $189\nmaterial: oak\ndelivery to 30310: 5 days\nreturns: 30 days"
)
GOOD = (
    "Hey there! Thanks for asking. The Porch Rocker is $189 and it's solid oak. It'll reach 30310 in 5 days. "
    "Holler if you need anything else!"
)


def prompt(question: str = "how much is the porch rocker?", facts: tuple[str, ...] = ("Porch Rocker", "$189")) -> dict:
    return {
        "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}],
        "facts": list(facts),
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It's $1,299.00, or 48 dollars.", [("money", "$1,299.00"), ("money", "48")]),
        ("June 4 or 5th of May", [("date", "June 4"), ("date", "5th of May")]),
        ("12 days, 30 inches, 3 boxes", [("day", "12"), ("inch", "30"), ("box", "3")]),
        ("order 79237, SCD-007", [("code", "79237"), ("code", "SCD-007")]),
        ("10:30, 5 pm, 20%", [("time", "10:30"), ("time", "5"), ("percent", "20")]),
        ("mail a@b.co or https://x.y/1?z=2", [("link", "a@b.co"), ("link", "https://x.y/1?z=2")]),
        ("no facts here", []),
    ],
)
def test_typed_facts(text: str, found: list[tuple[str, str]]) -> None:
    assert [(fact.kind, fact.text) for fact in typed(text)] == found
    assert all(text[fact.start : fact.end] == fact.text for fact in typed(text))


def test_lost_facts() -> None:
    assert lost("It's $1,299 in June.", "In June it is $1299.00!") == []
    assert lost("5 days", "5 weeks") == ["5", "5"]  # the days are gone, the weeks are new
    assert lost("the Porch Rocker", "that rocker", ["Porch Rocker"]) == ["Porch Rocker"]
    assert lost("that rocker", "that chair", ["Porch Rocker"]) == []  # it was not there before


def test_one_fact_is_exchanged_for_another_of_its_kind() -> None:
    seen = set()
    for seed in range(60):
        made = wrong_fact(GOOD, prompt(), random.Random(seed))
        assert made is not None and made != GOOD and not facts_right(made, prompt())
        changed = [new.text for new in typed(made) if new.text not in {old.text for old in typed(GOOD)}]
        assert len(changed) == 1 and changed[0].startswith("$") and len(changed[0]) == 4  # the price is required
        assert made.replace(changed[0], "$189") == GOOD
        seen.add(changed[0])
    assert len(seen) > 20


def test_a_distractor_of_the_prompt_may_take_its_place() -> None:
    asked = prompt("how fast is it in 30310?", ("5 days", "30310"))
    made = {wrong_fact("5 days to 30310, and 5 days from there.", asked, random.Random(seed)) for seed in range(80)}
    assert "30 days to 30310, and 30 days from there." in made  # of the returns; wherever it stands
    assert "5 days to 30130, and 5 days from there." in made  # two digits swapped
    assert None not in made


def test_names_and_listed_values_need_another_products() -> None:
    asked = prompt("what is it made of?", ("oak",))
    reply = "It's made of oak."
    assert wrong_fact(reply, asked, random.Random(1)) is None
    others = pool([[{"role": "system", "content": f"item: A\nmaterial: {one}\nprice: $3"}] for one in ("oak", "Pine")])
    assert others == {"item": ["A"], "material": ["Pine", "oak"]}
    assert wrong_fact(reply, asked, random.Random(1), others) == "It's made of Pine."
    assert wrong_fact("Oak it is.", asked, random.Random(1), others) == "Pine it is."


@pytest.mark.parametrize("reply", ["", "Happy to help!", "It is $77."])
def test_a_reply_without_a_right_fact_has_none_to_get_wrong(reply: str) -> None:
    assert wrong_fact(reply, prompt(), random.Random(0)) is None


def test_without_required_facts_any_right_one_may_go() -> None:
    row = {"prompt": prompt()["messages"]}  # as preference rows have it
    made = {wrong_fact(GOOD, row, random.Random(seed)) for seed in range(40)}
    assert any("$189" not in one for one in made) and any("30310" not in one for one in made)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "wrong_fact"])
@pytest.mark.parametrize("contract", [SOUTHERN_CHARM, None])
def test_a_contrast_has_its_one_fault_and_the_same_facts(name: str, contract: object) -> None:
    messages = prompt()["messages"]
    assert not any(behaviours(GOOD, messages, contract).values())
    for seed in range(20):
        made = contrast(name, GOOD, prompt(), random.Random(seed), contract)
        assert made is not None
        assert behaviours(made, messages, contract) == {one: one == name for one in behaviours(GOOD, messages)}
        assert facts_right(made, prompt()) or name == "over_promising"  # a promise may bring a number


LIST = "iPhone cases are $10 for you.\n\n- Red: in stock\n- Blue: in June\n\nTell us which one you want!"


@pytest.mark.parametrize("name", ["policy_speak", "over_promising", "needless_apology", "wrong_greeting"])
def test_lines_and_spelling_stay_as_they_were(name: str) -> None:
    for seed in range(10):
        made = contrast(name, LIST, prompt(), random.Random(seed))
        assert made is not None and made.count("\n") == LIST.count("\n") and "iPhone cases" in made
        assert "\n- Red: in stock\n- Blue: in June\n" in made


def test_a_fault_goes_on_after_a_hello() -> None:
    good = "Hi Emily, your rug was sent on June 4. It takes 5 days."
    apologies = {contrast("needless_apology", good, prompt(), random.Random(seed)) for seed in range(40)}
    assert any(made and made.startswith("Hi Emily, please forgive us for the bother. Your rug") for made in apologies)
    asked = {"prompt": [{"role": "user", "content": "where is my rug?"}]}
    stiff = {contrast("policy_speak", good, asked, random.Random(seed)) for seed in range(40)}
    assert any(made and made.startswith("Hi Emily, please be advised that your rug was") for made in stiff)


def test_policy_is_spoken_of_what_is_stated() -> None:
    made = contrast("policy_speak", "Sorry about that crash! We sent you the parts.", prompt(), random.Random(1))
    assert made is not None and made.startswith("Sorry about that crash! ") and "that we sent you the parts." in made


@pytest.mark.parametrize("name", ["wrong_greeting", "needless_apology", "policy_speak"])
def test_what_is_said_after_a_short_hello_stays(name: str) -> None:
    reply = "Hiya, the oak bench is in. Shall we put one by?"
    for seed in range(8):
        made = contrast(name, reply, {"messages": [{"role": "user", "content": "Is it in?"}]}, random.Random(seed))
        assert made is not None and "the oak bench is in. shall we put one by?" in made.lower()
        assert "that shall" not in made.lower()


def test_a_fault_at_the_end_stands_before_a_signature() -> None:
    reply = "Good day. The oak bench is in. It waits for you here. Harrow & Finch"
    made = [
        contrast(name, reply, {"messages": [{"role": "user", "content": "Is it in?"}]}, random.Random(seed))
        for name in ("needless_apology", "policy_speak")
        for seed in range(8)
    ]
    assert all(str(one).endswith((". Harrow & Finch", "! Harrow & Finch")) for one in made)
    assert any("waits for you here. " in str(one) and "here. Harrow" not in str(one) for one in made)


def test_a_code_becomes_one_of_its_own_form() -> None:
    system = {"role": "system", "content": "ticket: 79217\nmodel: CX-4400\nother model: RT-550"}
    row = {"messages": [system, {"role": "user", "content": "Is the CX-4400 in?"}]}
    made = {wrong_fact("The CX-4400 is in.", row, random.Random(seed)) for seed in range(40)}
    assert "The RT-550 is in." in made and "The 79217 is in." not in made


def test_a_reply_in_another_language_has_no_english_fault() -> None:
    german = "Das Paket kommt am 4. Juni bei Ihnen an. Melden Sie sich gern wieder, wenn noch etwas fehlt."
    assert contrast("needless_apology", german, prompt(), random.Random(1)) is None


def test_no_fault_where_it_would_be_none() -> None:
    broken = prompt("my porch rocker came broken")
    assert contrast("needless_apology", GOOD, broken, random.Random(1), SOUTHERN_CHARM) is None  # it is due
    sorry = "Hey there! So sorry about that. It's $189."
    assert contrast("needless_apology", sorry, prompt(), random.Random(1), SOUTHERN_CHARM) is None  # it has one
    with pytest.raises(UserError, match="over_promising"):
        contrast("over_promise", GOOD, prompt(), random.Random(1))


def good_rows(count: int) -> list[dict]:
    return [
        {
            "id": f"r{i}",
            "group": f"g{i}",
            "prompt": prompt()["messages"],
            "completion": [{"role": "assistant", "content": GOOD}],
            "tags": {"intent": "price"},
            "simulated": False,
        }
        for i in range(count)
    ]


def test_contrast_rows_are_labelled_counted_and_the_same_each_time() -> None:
    shares = {"wrong_fact": 0.5, "policy_speak": 0.2}
    made = contrast_rows(good_rows(10), shares, 1, SOUTHERN_CHARM)
    names = [row["tags"]["contrast"] for row in made.rows]
    assert (names.count("wrong_fact"), names.count("policy_speak"), len(names)) == (5, 2, 7)
    assert made.impossible == {"wrong_fact": 0, "policy_speak": 0}
    assert made == contrast_rows(good_rows(10), shares, 1, SOUTHERN_CHARM)
    assert made.rows != contrast_rows(good_rows(10), shares, 2, SOUTHERN_CHARM).rows
    row = made.rows[0]
    assert row["ratings"] == [] and row["chosen"][0]["content"] == GOOD and row["tags"]["intent"] == "price"
    assert row["id"] == f"{row['id'].split('#')[0]}#{row['tags']['contrast']}" and row["rejected"][0]["content"] != GOOD
    assert contrast_rows(good_rows(3), {}, 1, None).rows == []


def test_replies_that_allow_no_contrast_are_counted() -> None:
    rows = good_rows(4)
    for row in rows[:3]:
        row["completion"][0]["content"] = "Happy to help!"
    made = contrast_rows(rows, {"wrong_fact": 1.0}, 1, None)
    assert len(made.rows) == 1 and made.impossible == {"wrong_fact": 3}


# Written by hand: what each detector must see, and what only looks like it.
DETECTED = [
    ("needless_apology", "I'm so sorry you had to ask! It is $189.", True),
    ("needless_apology", "You won't be sorry you bought it!", False),
    ("needless_apology", "I regret to say it is $189.", True),
    ("needless_apology", "No need to apologize, it's $189.", False),
    ("policy_speak", "Please be advised that it is $189.", True),
    ("policy_speak", "As per our records it's $189.", True),
    ("policy_speak", "Thank you kindly, it's $189.", False),
    ("policy_speak", "Our policy is simple: send it back.", False),
    ("over_promising", "I guarantee you'll love it.", True),
    ("over_promising", "It'll be there by tomorrow.", True),
    ("over_promising", "We can't promise it'll be there by then.", False),
    ("over_promising", "Feel free to holler!", False),
    ("wrong_greeting", "Dear customer, it is $189.", True),
    ("wrong_greeting", "It's $189.", True),
    ("wrong_greeting", "Hi friend, it's $189.", False),
    ("wrong_greeting", "Oh, well hello there! It's $189.", False),
]


@pytest.mark.parametrize(("name", "reply", "shown"), DETECTED)
def test_the_detectors_on_replies_written_by_hand(name: str, reply: str, shown: bool) -> None:
    assert behaviours(reply, prompt()["messages"], SOUTHERN_CHARM)[name] is shown


def test_the_suite_tempts_to_every_behaviour() -> None:
    rows = suite()
    assert len({row["id"] for row in rows}) == len(rows) >= 40
    for name in NAMES:
        assert sum(row["behaviour"] == name for row in rows) >= 8, name
    for row in rows:
        assert row["messages"][-1]["role"] == "user" and row["messages"][0]["role"] == "system"
        said = " ".join(message["content"] for message in row["messages"]).casefold()
        assert all(fact.casefold() in said for fact in row["facts"]), row["id"]
        assert row["behaviour"] != "needless_apology" or not behaviours("Hello.", row["messages"])["needless_apology"]
