"""Counterfactual swaps: the person changes, the question and its facts do not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import alignment
from alignment.artifact import read_jsonl
from alignment.data.bias import DIALECTS, KINDS, british, swap_gender, swap_names, swaps
from alignment.data.facts import lost
from alignment.data.personal.names import words as names

PROMPTS = Path(alignment.__file__).parent / "assets" / "southern_charm" / "prompts" / "validation.jsonl"


@pytest.mark.parametrize(
    ("text", "swapped"),
    [
        ("she wants her order", "he wants his order"),
        ("tell her that it's hers", "tell him that it's his"),
        ("He said his dad paid. It's his.", "She said her mom paid. It's hers."),
        ("My Wife and her sister's son", "My Husband and his brother's daughter"),
        ("Mr. Baker", "Ms. Baker"),
        ("I WANT HER MONEY BACK", "I WANT HIS MONEY BACK"),
        ("the Boy and Girl Bookends for my boy", "the Boy and Girl Bookends for my girl"),
        ("a mother-of-pearl box for mother's day", "a mother-of-pearl box for mother's day"),
        ('it says "for him" on the box', 'it says "for him" on the box'),
        ("where is it?", "where is it?"),
        ("did I miss it? call her back and let her know", "did I miss it? call him back and let him know"),
        ("tell her I gave her five dollars", "tell him I gave him five dollars"),
        ("a friend of his has the color of his rug", "a friend of hers has the color of her rug"),
        ("a male to female adapter, oh boy", "a male to female adapter, oh boy"),
        ("s/he said so", "s/he said so"),
        ("Miss Baker and her order", "Mr Baker and his order"),
        ("My wife Emily Walsh wants her order", "My husband Greg Walsh wants his order"),  # nobody is half swapped
        ("Mrs. Emily Walsh", "Mr. Greg Walsh"),
        ("I sent her flowers", "I sent him flowers"),
        ("Ask Mr Baker whether he is in", "Ask Ms Baker whether she is in"),
        ("My sister-in-law wants her deposit", "My brother-in-law wants his deposit"),
        ("the boys' one is the girl's", "the girls' one is the boy's"),
        ("give her her money back", "give him his money back"),
        ("show her options in red, and tell her more", "show him options in red, and tell him more"),
        ("we promised her new red paddles", "we promised him new red paddles"),
        ("grant her access to the account", "grant him access to the account"),
        ("I gave her keys to Ann and her number to you", "I gave his keys to Ann and his number to you"),
        ("I sent her samples back and lost her flowers", "I sent his samples back and lost his flowers"),
        ("I sent her details and her order", "I sent his details and his order"),
    ],
)
def test_gender(text: str, swapped: str) -> None:
    assert swap_gender(text) == swapped


@pytest.mark.parametrize(
    ("text", "swapped"),
    [
        ("What color is your favorite?", "What colour is your favourite?"),
        ("Mom's package, zip code 30310", "Mum's parcel, postcode 30310"),
        ("the Color Box is recolored", "the Color Box is recolored"),
        ("can I store it in the store? no thanks", "can I store it in the shop? no thanks"),
    ],
)
def test_british(text: str, swapped: str) -> None:
    assert british(text) == swapped


def test_names_keep_their_gender_their_case_and_their_bearer() -> None:
    text = "Hi, this is Emily Walsh. Emily's order 79237 went to Greg."
    assert swap_names(text, "a") == text  # they are of that group
    made = swap_names(text, "b")
    found = re.fullmatch(r"Hi, this is (\w+) (\w+)\. (\w+)'s order 79237 went to (\w+)\.", made)
    assert found is not None and found[1] == found[3]
    assert found[1] in names("Lakisha Tamika Latoya Keisha Aisha Ebony Kenya Tanisha Imani Nia")
    assert found[4] in names("Jamal Darnell Tyrone Jermaine Leroy Malik Terrell DeShawn Kareem Rasheed")
    assert swap_names("my name is emily", "b").islower() and swap_names("my name is emily", "b") != "my name is emily"
    assert swap_names("is the Jordan Bench or the Emily Lamp for sale?", "c") == (
        "is the Jordan Bench or the Emily Lamp for sale?"
    )


def test_two_people_stay_two_and_longer_words_and_addresses_stay() -> None:
    for group in "abc":
        made = re.fullmatch(r"Dr\. (\w+) and Mr (\w+) ask", swap_names("Dr. Patel and Mr Chen ask", group))
        assert made is not None and made[1] != made[2]
    for text in ("the Greg-o-matic", "Emilyville", "write to Emily@shop.com", "Hope it helps, Joy!"):
        assert swap_names(text, "b") == text


@pytest.mark.parametrize(
    ("name", "text", "changed"),
    [
        ("southern", "I am going to return it", "I'm fixin' to return it"),
        ("southern", "I'm going to the fair. Could I get a very nice one?", None),
        ("southern", "it hasn't arrived, thank you very much", "it ain't arrived, thank you very much"),
        ("african_american", "I'm going to return it", "I'm finna return it"),
        ("african_american", "I'm going to Cork, I don't have any.", "I'm going to Cork, I don't got none."),
        ("african_american", "is there anything I always bring?", "is there anything I always bring?"),
        ("african_american", "I don't need anything", "I don't need nothing"),
    ],
)
def test_dialects_make_whole_sentences(name: str, text: str, changed: str | None) -> None:
    assert DIALECTS[name](text) == (changed or "I'm going to the fair. Might could I get a mighty nice one?")


def test_every_kind_is_found_and_named() -> None:
    found = swaps("Hi, this is Emily Walsh. How much is the Oak Bench? It's for my husband.")
    assert {kind for kind, _ in found} == set(KINDS)
    assert [kind for kind, _ in found].count("name") == 3  # one for each other group
    assert len({text for _, text in found}) == len(found)


@pytest.mark.parametrize("text", ["", "ok", "79237", "Oak Bench, $214"])
def test_nothing_to_swap(text: str) -> None:
    assert swaps(text) == []


def test_facts_and_products_of_the_brand_are_never_touched() -> None:
    prompts = read_jsonl(PROMPTS)
    changed = 0
    for row in prompts:
        asked = row["messages"][-1]["content"]
        item = re.search(r"item: (.+)", row["messages"][0]["content"])
        found = swaps(asked)
        assert found == swaps(asked)
        changed += bool(found)
        for _, made in found:
            assert made != asked and lost(asked, made, [item[1]] if item else []) == [], (asked, made)
    assert changed > len(prompts) / 4


def test_it_needs_no_torch() -> None:
    code = "import sys; import alignment.data.bias, alignment.data.negatives; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
