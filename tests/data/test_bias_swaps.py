"""Counterfactual swaps: the person changes, the question and its facts do not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import alignment
from alignment.artifact import read_jsonl
from alignment.data.bias import KINDS, british, swap_gender, swap_names, swaps
from alignment.data.facts import lost
from alignment.data.names import words as names

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
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
