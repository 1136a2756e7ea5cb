"""Noise in the customers' words, the table of synonyms, and the gate that new rows pass."""

import random
import re
from pathlib import Path

import pytest

from alignment.data.augmentation.gate import CUSTOMER, REPLY, Gate
from alignment.data.augmentation.noise import (
    NEIGHBOURS,
    asked_for,
    delete_words,
    insert_words,
    kept_places,
    mistype,
    replace_synonyms,
)
from alignment.data.augmentation.table import read_table, synonyms_of
from alignment.data.facts import lost
from alignment.errors import UserError

TABLE = {"big": ("large",), "large": ("big",), "price": ("cost",), "cost": ("price",)}
TEXT = "How big is the Porch Rocker, and what is the price for 30310? I'm [NAME]."
NAMES = ("Porch Rocker",)


def rngs() -> list[random.Random]:
    return [random.Random(seed) for seed in range(50)]


def test_what_must_stay_is_found() -> None:
    kept = {TEXT[a:b] for a, b in kept_places(TEXT, NAMES)}
    assert kept == {"Porch Rocker", "30310", "[NAME]"}


def test_synonyms_replace_so_many_words_and_keep_the_case() -> None:
    kept = kept_places(TEXT, NAMES)
    for rng in rngs():
        made = replace_synonyms(TEXT, rng, 0.01, kept, TABLE)  # at least one
        assert made in (TEXT.replace("big", "large"), TEXT.replace("price", "cost"))
        both = replace_synonyms(TEXT, rng, 0.5, kept, TABLE)
        assert both == TEXT.replace("big", "large").replace("price", "cost")
    assert replace_synonyms("BIG Price", random.Random(1), 0.5, [], TABLE) in ("LARGE Price", "BIG Cost")
    assert replace_synonyms("no such word", random.Random(1), 0.5, [], TABLE) == "no such word"


def test_insertion_adds_only_synonyms_of_its_words() -> None:
    kept = kept_places(TEXT, NAMES)
    for rng in rngs():
        made = insert_words(TEXT, rng, 0.2, kept, TABLE)
        new = list(made.split())
        for word in TEXT.split():
            new.remove(word)
        assert new and set(new) <= {"large", "cost"} and "Porch Rocker" in made
    assert insert_words("no such word", random.Random(1), 0.5, [], TABLE) == "no such word"


def test_deletion_leaves_the_question_and_never_nothing() -> None:
    kept = kept_places(TEXT, NAMES)
    for rng in rngs():
        made = delete_words(TEXT, rng, 0.2, kept)
        assert len(made) < len(TEXT) and lost(TEXT, made, NAMES) == []
        assert {"How", "what", "price"} <= set(re.findall(r"\w+", made))
    assert delete_words("hello", random.Random(1), 0.5, []) == "hello"
    lines = [{"role": "system", "content": "item: Oak Bench\ncolors: red and blue"}]
    asked = "colours for it"
    assert [asked[a:b] for a, b in asked_for(asked, lines)] == ["colours"]


def test_deletion_takes_only_words_that_carry_nothing() -> None:
    for text, rest in (
        ("why is order 58214 delayed thanks", {"why", "order", "delayed"}),
        ("what is the mirror made of", {"what", "mirror", "made"}),
        ("Ich habe keine Lieferung", {"Ich", "habe", "keine", "Lieferung"}),
    ):
        made = {delete_words(text, rng, 0.5, kept_places(text)) for rng in rngs()}
        assert all(rest <= set(one.split()) for one in made)


def test_deletion_leaves_no_comma_without_a_word() -> None:
    made = {delete_words("Thanks, and where is it, please?", random.Random(n), 0.4, []) for n in range(60)}
    assert "and where is it?" in made and not any(text[0] in ",;:" or ",?" in text for text in made)


def test_a_typo_is_one_slip_a_word_and_spares_numbers() -> None:
    kept = kept_places(TEXT)
    for rng in rngs():
        made = mistype(TEXT, rng, 0.1, kept)
        changed = [(a, b) for a, b in zip(TEXT.split(), made.split(), strict=True) if a != b]
        assert len(changed) <= 2 and "30310" in made and "[NAME]" in made
        for old, new in changed:
            assert abs(len(old) - len(new)) <= 1 and old[0] == new[0]
    assert any(mistype("price", rng, 0.5, []) != "price" for rng in rngs())
    assert mistype("how is it", random.Random(1), 0.5, []) == "how is it"  # too short to be mistyped


def test_the_keyboard() -> None:
    assert set(NEIGHBOURS["g"]) == set("fhtyvb") and set(NEIGHBOURS["q"]) == set("wa")
    assert all(key in NEIGHBOURS[other] for key, others in NEIGHBOURS.items() for other in others)


def test_the_shipped_table_reads_and_a_brands_own_comes_first(tmp_path: Path) -> None:
    shipped = synonyms_of(None, wordnet=False)
    assert len(shipped) > 150 and "purchase" in shipped["buy"] and all(" " not in word for word in shipped)
    assert all(word not in others for word, others in shipped.items())
    (tmp_path / "synonyms.txt").write_text("# ours\nbuy, adopt\n")
    own = synonyms_of(tmp_path, wordnet=False)
    assert own["buy"] == ("adopt",) and own["cracked"] == shipped["cracked"]
    (tmp_path / "synonyms.txt").write_text("buy\n")
    with pytest.raises(UserError, match="line 1"):
        read_table(tmp_path / "synonyms.txt")


def test_words_of_two_meanings_are_not_replaced(tmp_path: Path) -> None:
    shipped = synonyms_of(None, wordnet=False)
    senses = "get about right too still left like kind know days gift wrap made material return present fine pretty"
    assert not set(senses.split()) & set(shipped)
    assert "get" in shipped["buy"]
    (tmp_path / "synonyms.txt").write_text("buy, obtain > get\n")
    assert read_table(tmp_path / "synonyms.txt") == {"buy": ("get",), "obtain": ("get",)}
    for wrong in ("buy >\n", "> get\n", "a > b > c\n", "a > a\n"):
        (tmp_path / "synonyms.txt").write_text(wrong)
        with pytest.raises(UserError, match="line 1"):
            read_table(tmp_path / "synonyms.txt")


def test_wordnet_where_it_is_not_installed_says_what_to_do() -> None:
    nltk = pytest.importorskip("nltk")
    try:
        nltk.data.find("corpora/wordnet.zip")
    except LookupError:
        with pytest.raises(UserError, match=r"augment\.wordnet"):
            synonyms_of(None, wordnet=True)
    else:
        assert synonyms_of(None, wordnet=True)["sofa"]


def row(question: str, reply: str = "The Porch Rocker is $189, Emily.", name: str = "r1") -> dict:
    system = "item: Porch Rocker\nprice: $189"
    contents = zip(("system", "user", "assistant"), (system, question, reply), strict=True)
    return {"id": name, "messages": [{"role": role, "content": content} for role, content in contents]}


def gate(similarity: float = 0.9, fits: bool = True) -> Gate:
    made = Gate(similarity, lambda messages: fits)
    made.know([row("how much is the porch rocker")])
    return made


PARENT = row("how much is the porch rocker")


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("what does the porch rocker cost", ""),
        ("HOW MUCH is the porch rocker?!", "unchanged"),
        ("how much is that rocker", "lost_fact"),  # the product's name is gone
        ("what does the porch rocker cost, 3 of them", "lost_fact"),  # a number nobody wrote
        ("  ", "empty"),
        ("what does the porch rocker cost, [Your Name]", "lost_fact"),  # a blank to fill
        ("porch rocker porch porch porch", "garbled"),
        ("porch rocker " + "and then I would like to know what it is that you ask for it " * 2, "garbled"),  # too long
    ],
)
def test_the_gate_on_the_customers_side(question: str, reason: str) -> None:
    assert gate().fault(PARENT, row(question)["messages"], CUSTOMER, names=True) == reason


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("You can have the Porch Rocker for $189, Emily.", ""),
        ("You can have the Porch Rocker for $198, Emily.", "lost_fact"),
        ("You can have it for $189, Emily.", "lost_fact"),  # a listed value is gone
        ("You can have the Porch Rocker for $189.", "lost_fact"),  # a name is gone
        ("The Porch Rocker is  $189, Emily", "unchanged"),
    ],
)
def test_the_gate_on_the_reply(reply: str, reason: str) -> None:
    made = row("how much is the porch rocker", reply)
    assert gate().fault(PARENT, made["messages"], REPLY, names=True) == reason


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("You have two weeks to send it back.", "Send it back within three weeks.", "lost_fact"),
        ("You have two weeks to send it back.", "Send it back within 2 weeks.", ""),
        ("We do not ship it to your island.", "It can be shipped to your island.", "lost_fact"),
        ("Yes, it can be sent back for free.", "I'm afraid it can't be sent back.", "lost_fact"),
        ("We can't ship it to your island.", "To your island it is not shipped.", ""),
        ("The two of you are welcome.", "Both of you are welcome.", ""),
    ],
)
def test_spelled_numbers_and_denials_are_facts(old: str, new: str, reason: str) -> None:
    parent, made = ({**row("how long", text), "messages": row("how long", text)["messages"][1:]} for text in (old, new))
    assert gate().fault(parent, made["messages"], REPLY, names=True) == reason


def test_near_copies_of_the_parent_of_siblings_and_of_other_rows() -> None:
    one = row("what does the porch rocker cost")["messages"]
    strict = gate(0.3)
    assert strict.fault(PARENT, row("how much is the porch rocker now")["messages"], CUSTOMER, True) == "near_copy"
    loose = gate()
    assert loose.fault(PARENT, one, CUSTOMER, True) == ""
    assert loose.fault(PARENT, one, CUSTOMER, True) == "near_copy"  # a sibling
    other = row("price of the porch rocker please", name="r2")
    loose.know([other])
    assert loose.fault(PARENT, other["messages"], CUSTOMER, True) == "near_copy"  # another row of the training set


def test_held_out_questions_and_long_rows_are_kept_out() -> None:
    asked = row("what does the porch rocker cost")
    held = gate()
    held.hold_out([row("What does the Porch Rocker cost?")["messages"][:-1]])
    assert held.fault(PARENT, asked["messages"], CUSTOMER, True) == "held_out"
    assert gate(fits=False).fault(PARENT, asked["messages"], CUSTOMER, True) == "too_long"
