"""Cleaning steps, each by hand, and together: idempotent, and never adding words."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment.data import clean
from alignment.data.dialogues import Cleaner, CleanRules, text_steps

STEPS = text_steps(
    repair=True, markup=True, whitespace=True, quoted=True, signatures=True, boilerplate=[r"sent from my \w+"]
)


def rules(**changes) -> CleanRules:
    base = {"steps": STEPS, "merge": True, "drop_empty": True, "drop_one_sided": True}
    return CleanRules(**{**base, "types": [], "keep": [], "country": "US", **changes})


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        (clean.repair, "It\u00e2\u20ac\u2122s $5", "It's $5"),
        (clean.repair, "plain &amp; simple", "plain &amp; simple"),
        (clean.markup, "Hi<br>there, <b>you</b> &amp; me&nbsp;!", "Hi\nthere, you & me\u00a0!"),
        (clean.markup, "I <3 it, x < 5 > y, <your name>", "I <3 it, x < 5 > y, <your name>"),
        (clean.markup, "a<!-- hidden -->b<script>x()</script>c", "a b c"),
        (clean.markup, "AT&T &unknown;", "AT&T &unknown;"),
        (clean.whitespace, " a\t b\u00a0c \r\n\r\n\n\n d\u200b ", "a b c\n\nd"),
        (clean.whitespace, "family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"),
        (clean.quoted, "Yes.\n> old\n>> older\nOn May 3, Beth wrote:\nall this", "Yes."),
        (clean.quoted, "Yes.\n_______\nFrom: Beth\nSent: May 3\nTo: x\nolder", "Yes."),
        (clean.quoted, "See below.\nBegin forwarded message:\nolder", "See below."),
        (clean.signature, "Am Montag.\nMit freundlichen Grüßen\nAnna Schmidt", "Am Montag."),
        (clean.signature, "Lundi.\nBien cordialement,\nAnne", "Lundi."),
        (clean.quoted, "> kept, a single line", "> kept, a single line"),
        (clean.signature, "It ships today.\nKind regards,\nMargaret\nCustomer Care", "It ships today."),
        (clean.signature, "Thanks,\nthat is all, and here comes a sentence far too long to be a signature", None),
        (clean.boilerplate(["sent from my .*"]), "Hi\nSent from my phone", "Hi"),
        (clean.boilerplate(["sent from my .*"]), "It was sent from my phone", None),
    ],
)
def test_step(step, before, after):
    assert step(before) == (before if after is None else after)


def test_steps_are_counted_once_a_message_and_run_until_nothing_changes():
    counts = Counter()
    assert clean.clean_text("&amp;lt;b&amp;gt;bold &amp;amp; brave", STEPS, counts) == "bold & brave"
    assert counts == {"markup": 1}


def test_a_step_left_out_is_not_applied():
    some = text_steps(repair=False, markup=False, whitespace=True, quoted=False, signatures=False, boilerplate=[])
    assert [name for name, _ in some] == ["whitespace"]
    assert clean.clean_text(" <b>x</b> ", some, Counter()) == "<b>x</b>"


PIECES = ["&amp;", "&lt;", "b&gt;", "<br>", "<p>", "</b>", "--", ">", "Thanks,", "Bob", "\u00e2\u20ac\u2122", "&#38;"]
PIECES += ["<!--", "-->", "<script>", "</script>", "\n", " ", "> q", "On May 3 Jo wrote:"]
SIGNS = st.sampled_from("abrp <>/&;#\n\t\r\u00a0\u200b\u00e2\u20ac\u2122.,-1\u00e9\u00c3\u00a9")
messy = st.text(SIGNS, max_size=60) | st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(messy | st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_cleaning_is_idempotent(text):
    once = clean.clean_text(text, STEPS, Counter())
    again = Counter()
    assert clean.clean_text(once, STEPS, again) == once
    assert not again


@given(st.lists(st.sampled_from(["word", "<b>", "<br/>", "\n", " ", "> ", "Regards,", "5", "&", "$"]), max_size=25))
@settings(max_examples=100, deadline=None)
def test_cleaning_invents_nothing(parts):
    before = "".join(parts)
    after = iter(before)
    cleaned = clean.clean_text(before, STEPS, Counter())
    assert all(character in after for character in cleaned if not character.isspace())  # a subsequence


def turns(*texts):
    return [{"role": role, "content": text} for role, text in texts]


@pytest.mark.parametrize(
    ("messages", "fault"),
    [
        (turns(("system", "s")), "empty"),
        ([], "empty"),
        (turns(("user", "<br>"), ("assistant", "&nbsp;")), "empty"),
        (turns(("user", "a"), ("user", "b")), "one_sided"),
        (turns(("assistant", "a")), "one_sided"),
        (turns(("user", "a"), ("assistant", "b")), ""),
    ],
)
def test_dialogue_faults(messages, fault):
    assert Cleaner(rules()).dialogue(messages)[1] == fault


def test_dialogue_checks_can_be_switched_off():
    cleaner = Cleaner(rules(drop_empty=False, drop_one_sided=False))
    assert cleaner.dialogue([])[1] == cleaner.dialogue(turns(("user", "a")))[1] == ""


def test_neighbours_of_one_role_are_merged_and_counted():
    cleaner = Cleaner(rules())
    messages, _ = cleaner.dialogue(turns(("user", "a"), ("user", "b"), ("assistant", "c"), ("assistant", "<p>")))
    assert messages == turns(("user", "a\nb"), ("assistant", "c"))
    assert cleaner.changed["merged"] == 1 and cleaner.changed["emptied"] == 1


def test_the_system_message_is_left_alone():
    cleaner = Cleaner(rules(types=["email"]))
    system = "Facts:  <b>mail</b> a@example.com"
    messages, _ = cleaner.dialogue(turns(("system", system), ("user", "b@example.com"), ("assistant", "ok then")))
    assert [m["content"] for m in messages] == [system, "[EMAIL]", "ok then"]
    assert cleaner.redacted == {"email": 1}


@pytest.mark.parametrize(
    "head",
    [
        "El lun, 5 may 2025 a las 10:11, Desk (<d@x.example>) escribió:",
        "Il giorno lun 5 mag 2025 alle ore 10:11 Desk <d@x.example> ha scritto:",
        "Op ma 5 mei 2025 om 10:11 schreef Desk <d@x.example>:",
        "Em seg., 5 de mai. de 2025 às 10:11, Desk <d@x.example> escreveu:",
        "Desk <d@x.example> wrote:",
        "---- On Mon, 05 May 2025 10:11:00 +0200 Desk <d@x.example> wrote ----",
        "*From:* Desk <d@x.example>\n*Sent:* Monday, May 5, 2025 10:11",
    ],
)
def test_what_other_mail_programs_quote_is_taken_out(head: str) -> None:
    assert clean.quoted(f"It is in.\n\n{head}\n\nIs it in?\nJo").strip() == "It is in."
    assert clean.quoted("On the form I wrote:\nDesk wrote: two") == "On the form I wrote:\nDesk wrote: two"


@pytest.mark.parametrize(
    "closing",
    [
        "Take care,\nMette",
        "Kind regards\n\nMette\n\nThe Yard\n\nPier 5\n\nHusum",  # five lines, and empty ones between
        "Warm regards,\nMette Olsen | Customer Care at The Yard | Pier 5 in Husum | open daily",
    ],
)
def test_a_signature_may_have_empty_lines_and_bars(closing: str) -> None:
    assert clean.signature(f"It is in.\n\n{closing}").strip() == "It is in."
