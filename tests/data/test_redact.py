"""Personal data: found, told apart, replaced consistently; numbers that a reply needs are left alone."""

import re
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment.data import TYPES, redact
from alignment.data.personal.names import COMMON, FIRST_NAMES, NOT_NAMES, THINGS, listed
from alignment.data.personal.redact import Redactor
from alignment.errors import UserError
from tests.data.labelled import CLEAN, MARKED
from tests.data.labelled_chats import CHATS
from tests.data.labelled_countries import BY_COUNTRY, LATER
from tests.data.labelled_judged import JUDGED
from tests.data.labelled_last import LAST
from tests.data.labelled_mended import MENDED
from tests.data.labelled_unseen import UNSEEN
from tests.data.labelled_wordings import NO_NAMES, WORDINGS
from tests.data.labelled_world import WORLD

MARK = re.compile(r"\{(\w+):([^}]*)\}")


def marked(line: str) -> tuple[str, list[tuple[int, int, str]]]:
    """A sentence without its marks, and the spans they stood for."""
    text, spans, end = "", [], 0
    for match in MARK.finditer(line):
        text += line[end : match.start()]
        spans.append((len(text), len(text) + len(match[2]), match[1]))
        text += match[2]
        end = match.end()
    return text + line[end:], spans


SENTENCES = [marked(line.replace("\\n", "\n")) for line in MARKED.strip().splitlines()]
CLEAN_SENTENCES = CLEAN.strip().splitlines()


def test_labelled_sentences_are_enough():
    assert len(SENTENCES) >= 60
    assert {kind for _, spans in SENTENCES for _, _, kind in spans} == set(TYPES)


COUNTRIES = [
    (country, *marked(line.replace("\\n", "\n")))
    for labelled in (BY_COUNTRY, LATER, UNSEEN, MENDED, JUDGED, LAST, CHATS, WORLD, WORDINGS)
    for country, lines in labelled.items()
    for line in lines.strip().splitlines()
]
ALL = [("US", *one) for one in SENTENCES] + [("US", text, []) for text in CLEAN_SENTENCES] + COUNTRIES


def test_precision_and_recall_by_type():
    wanted, found, right = Counter(), Counter(), Counter()
    for country, text, spans in ALL:
        got = redact(text, country).spans
        wanted.update(kind for *_, kind in spans)
        found.update(kind for *_, kind in got)
        right.update(kind for *_, kind in set(got) & set(spans))
    assert len(ALL) >= 1000 and min(wanted.values()) >= 9
    for kind in TYPES:
        assert right[kind] / found[kind] >= 0.97, kind  # precision, exact spans
        assert right[kind] / wanted[kind] >= 0.97, kind  # recall, exact spans


@pytest.mark.parametrize("text", CLEAN_SENTENCES)
def test_prices_zip_codes_and_common_words_stay(text):
    assert redact(text).text == text


def test_spans_are_those_of_the_given_text():
    text = "I'm Sarah, sarah@example.com"
    found = redact(text)
    assert found.text == "I'm [NAME], [EMAIL]"
    assert [(text[a:b], kind) for a, b, kind in found.spans] == [("Sarah", "name"), ("sarah@example.com", "email")]


def test_two_values_of_a_type_get_two_placeholders():
    found = redact("Write to a@example.com or b@example.com, not to A@example.com.")
    assert found.text == "Write to [EMAIL] or [EMAIL_2], not to [EMAIL]."


def test_one_person_is_one_placeholder_in_all_turns():
    turns = Redactor().messages(
        [
            {"role": "user", "content": "Is this for me? My name is Sarah Johnson."},
            {"role": "assistant", "content": "Hello Sarah! Shall I write to Tom as well?"},
            {"role": "user", "content": "No, Johnson only. I am Sarah."},
        ]
    )
    assert [turn["content"] for turn in turns] == [
        "Is this for me? My name is [NAME].",
        "Hello [NAME]! Shall I write to [NAME_2] as well?",
        "No, [NAME] only. I am [NAME].",
    ]


def test_a_name_said_later_is_replaced_earlier_too():
    turns = Redactor().messages(
        [
            {"role": "user", "content": "Ask Xanthe, she knows."},
            {"role": "assistant", "content": "What is your name, please?"},
            {"role": "user", "content": "Xanthe"},
        ]
    )
    assert [turn["content"] for turn in turns] == ["Ask [NAME], she knows.", "What is your name, please?", "[NAME]"]


def test_a_bare_number_is_what_the_agent_asked_for():
    turns = Redactor().messages(
        [
            {"role": "assistant", "content": "Could I get your account number, please?"},
            {"role": "user", "content": "95381901"},
            {"role": "assistant", "content": "And your zip code?"},
            {"role": "user", "content": "30301"},
        ]
    )
    assert [turn["content"] for turn in turns][1::2] == ["[ACCOUNT]", "30301"]


def test_facts_of_the_system_message_stay_everywhere():
    system = (
        "You answer customers.\norder 17467: arrives August 13\nshipping to 32023: $18\nhelp: help@shop.example.com"
    )
    turns = Redactor().messages(
        [
            {"role": "system", "content": system},
            {"role": "user", "content": "Where is my order 17467? And order 99999? I'm Beth, beth@example.com."},
            {"role": "assistant", "content": "Order 17467 arrives August 13. Mail help@shop.example.com, Beth."},
        ]
    )
    assert turns[0]["content"] == system
    assert turns[1]["content"] == "Where is my order 17467? And order [ORDER]? I'm [NAME], [EMAIL]."
    assert turns[2]["content"] == "Order 17467 arrives August 13. Mail help@shop.example.com, [NAME]."


def test_only_chosen_types_and_kept_texts():
    redactor = Redactor(types=("email",), keep=["Sales@shop.example.com"])
    assert redactor.text("I'm Beth. sales@shop.example.com, b@example.com").text == (
        "I'm Beth. sales@shop.example.com, [EMAIL]"
    )
    assert redactor.counts == {"email": 1}


def test_country_decides_how_a_number_looks():
    assert redact("NI number AB 12 34 56 C", "GB").text == "NI number [NATIONAL_ID]"
    assert redact("Ring 020 7946 0958.", "GB").text == "Ring [PHONE]."
    assert redact("Code 020 7946 0958.", "US").text == "Code 020 7946 0958."
    assert redact("SIN 123 456 782", "ca").text == "SIN [NATIONAL_ID]"
    with pytest.raises(UserError, match="two-letter"):
        redact("x", "USA")


@pytest.mark.parametrize(
    ("country", "text"),
    [(c, t) for rows in (CHATS, WORLD, WORDINGS) for c in rows for t in rows[c].strip().splitlines()],
)
def test_what_a_round_got_wrong(country, text):
    plain, spans = marked(text.replace("\\n", "\n"))
    assert redact(plain, country).spans == spans


@pytest.mark.parametrize("text", NO_NAMES.strip().splitlines())
def test_the_nearest_likes_of_names_stay(text):
    assert redact(text.replace("\\n", "\n")).spans == []


def test_what_is_redacted_stays_as_it_is():
    for country, text, _ in ALL:
        once = redact(text, country).text
        assert redact(once, country).text == once


def test_hand_written_names_stand_in_no_built_list():
    assert not listed("given") & FIRST_NAMES and not listed("family") & NOT_NAMES
    assert not listed("given") & (COMMON | THINGS) and not listed("places") & FIRST_NAMES


def test_a_number_spelled_in_words_is_what_the_word_before_says():
    digits = "one two three four five six seven"
    assert redact(f"my order number is {digits}").text == "my order number is [ORDER]"
    assert redact(f"my account is {digits}").text == "my account is [ACCOUNT]"


def test_a_card_needs_its_check_digit_or_its_name():
    assert redact("Part 4111 1111 1111 1112 please").spans == []
    assert redact("My card 4111 1111 1111 1112").text == "My card [CARD]"


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_text_is_rebuilt_from_its_spans(text):
    found = redact(text)
    end, kept = 0, []
    for start, stop, kind in found.spans:
        assert end <= start < stop <= len(text) and kind in TYPES
        kept.append(text[end:start])
        end = stop
    kept.append(text[end:])
    pieces = re.split("|".join(re.escape(p) for p in placeholders(found)) or r"(?!)", found.text)
    assert "".join(pieces) == "".join(kept)


def placeholders(found):
    return sorted({f"[{kind.upper()}{n}]" for *_, kind in found.spans for n in ("", "_2", "_3", "_4")}, key=len)


@pytest.mark.parametrize(
    "text",
    ["a dot a at " * 6000, "five " * 12000, "12 Oak St, Foo, " * 4000, "customer: 1234\n" * 4000,
     "a" * 60000, "1" * 60000, "1 " * 30000, "a@" * 30000, "a." * 30000, "(" * 60000, "Hi " * 20000, "1-" * 30000,
     "http://" * 8000, ":" * 60000, "Ab " * 20000, "12 Oak " * 8000, "order " * 10000, "\n" * 60000, "- A" * 20000,
     "Zorvane and " * 5000, "Zorvane, " * 6000, "Zorvane: hi\n" * 4000, "Zo/" * 20000, "thanks for a " * 5000,
     "reset it to a!" * 4000, "order number i a " * 4000, "Flat 1, Aa Aa, Aa " * 3000, "sarah " * 9000,
     "my son A" * 6000],
    ids=lambda text: repr(text[:7]),
)  # fmt: skip
def test_hostile_text_takes_little_time(text):
    start = time.process_time()
    redact(text)
    assert time.process_time() - start < 3
