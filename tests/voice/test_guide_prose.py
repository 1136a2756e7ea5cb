"""A guide in a company's own words: what its sentences, lists and tables become, and what is left to people."""

import time
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment.errors import UserError
from alignment.voice.behaviours import behaviours
from alignment.voice.brand import GUIDE
from alignment.voice.contract import load_contract
from alignment.voice.folding import emoji
from alignment.voice.guide import read_guide
from alignment.voice.prose import listed, read_prose, section_of

ASKED = [{"role": "user", "content": "Is the two-person tent in?"}]


def judged(folder: Path, text: str, reply: str) -> list[str]:
    """The rules that a reply breaks."""
    (folder / GUIDE).write_text(text, encoding="utf-8")
    return read_guide(folder / GUIDE, "test").contract.judge(reply, ASKED).broken


@pytest.mark.parametrize(
    ("order", "kept", "broken"),
    [
        ('Never say "kindly".', "Send it in.", "Kindly send it in."),
        ("We don't call people 'guys'.", "Hello all.", "Hello guys."),
        ("Slang such as “no worries” is not allowed.", "Fine.", "No worries!"),
        ("Never say *at the earliest convenience*.", "Today.", "At the earliest convenience."),
        ('Instead of "purchase", say "buy".', "You can buy it.", "You can purchase it."),
        ('Say "piece", not "item".', "A fine piece.", "A fine item."),
        ('Use "tent" rather than "shelter solution".', "A tent.", "A shelter solution."),
        ('Replace "delivery window" with "delivery day".', "Your delivery day.", "Your delivery window."),
        ('Don\'t say "no"; say "not yet".', "Not yet.", "No, sir."),
        ("Say we rather than the company.", "We ship it.", "The company ships it."),
        ("No more than three sentences.", "One. Two. Three.", "One. Two. Three. Four."),
        ("Replies are short: two sentences, three at most.", "One. Two. Three.", "One. Two. Three. Four."),
        ("Keep it under 5 words.", "One two three four.", "One two three four five."),
        ("Write between 2 and 3 words.", "One two.", "One."),
        ("Length: 2–3 words", "One two.", "One two three four."),
        ("Sentences must not exceed 3 words.", "One two three. One two three.", "One two three four."),
        ("Never use more than one exclamation mark.", "Yes!", "Yes! No!"),
        ("We do not use exclamation points.", "Yes.", "Yes!"),
        ("One emoji at most.", "Yes 🙂", "Yes 🙂🙂"),
        ("Emojis are forbidden.", "Yes.", "Yes 🙂"),
        ("Do not ask more than one question.", "Who?", "Who? Why?"),
        ('Every message must begin with "Good day".', "Good day, it is in.", "It is in. Good day."),
        ('Never start with "Dear".', "Hello.", "Dear customer, hello."),
        ('Sign off with "See you." or "Bye now."', "It is in. Bye now.", "Bye now. It is in."),
        ("Always greet the customer.", "Hello there.", "It is in."),
        ("Greeting: none.", "It is in.", "Hello there, it is in."),
        ("Use contractions.", "It's in.", "It is in."),
        ("Contractions are not permitted.", "It is in.", "It's in."),
        ("Don't write in ALL CAPS.", "It is in.", "It IS SOLD."),
        ("Only apologise when something went wrong.", "It is in.", "Sorry, it is in."),
        ("Never apologise.", "It is late.", "Our apologies, it is late."),
        ('Always mention "ten years".', "It lasts ten years.", "It lasts."),
        ('Use "shipment" (never "package").', "A shipment.", "A package."),
        ("**Contractions.** Avoid.", "It is in.", "It's in."),
        ('1. **Greeting.** Start with the first name, e.g. "Hi Maya,".', "Hi Ben, it is in.", "It is in."),
        ('# Vocabulary\n**We love:** glow\n**We avoid:** anti-aging, "problem skin"', "A glow.", "It's anti-aging."),
        ('**Words**\n\nSay:\n- "concern" instead of "problem"', "A concern.", "A problem."),
        ('## Words to avoid\n- "inquire" (say "ask")', "Do ask.", "Do inquire."),
        ("# Vocabulary\n**Never**\n- miracle\n", "It is good.", "A miracle."),
        ("- Address the customer as “you”.", "You get it.", "It is in."),
        ("Emoji are fine, but at most one.", "Yes 🙂", "Yes 🙂🙂"),
        ("Questions are welcome, but only one.", "Who?", "Who? Why?"),
        ("Sentences are short: at most three words each.", "One two three. One two three.", "One two three four."),
        ("Maximum length: 3 words.", "One two three.", "One two three four."),
        ("Messages must be shorter than 9 characters.", "12345678", "123456789"),
        ("Avoid semicolons.", "It is in, come.", "It is in; come."),
        ("No bullet points, no hashtags.", "It is in.", "In:\n- the oak"),
        ("No bullet points, no hashtags.", "Number #1 is in.", "It is in #oak"),
        ("Never mention competitors such as Oakley or MT Tents.", "It is in.", "Try MT Tents."),
        ('Ban "asap".', "Soon.", "We send it asap."),
        ('"Cheers" is fine, "thanks a million" is not.', "Cheers.", "Thanks a million."),
        ("# Words\n- Two to three words, please.\n", "One two.", "One."),  # a rule under a heading about words
        ("# Words\n- Avoid semicolons.\n- Don't use ALL CAPS.\n", "It is in.", "It IS SOLD."),
        ("# We say, we don't say\n**Don't**\n- Use more than one question.\n", "It is in.", "Who? Why?"),
        ("## Don't\n- use more than one question mark or ask 2 questions\n- say “asap”", "Soon.", "ASAP."),
        ("## Words we never use\n- valued customer (it is empty)\n- leverage, utilize", "Use it.", "Utilize it."),
        ("**Banned**\n\n* As an AI\n* Sorry, no\n", "No.", "Sorry, no."),
        ("| Don't say | Say |\n|---|---|\n| rectify / resolve | fix |", "We fix it.", "We resolve it."),
        ("| Do | Don't |\n|---|---|\n| Keep replies under 5 words | Use emoji |", "One two.", "Yes 🙂"),
        ("| We say | We don't say |\n|---|---|\n| close your account | account |", "Close your account.", "Account."),
    ],
)  # fmt: skip
def test_an_order_becomes_a_check(tmp_path: Path, order: str, kept: str, broken: str) -> None:
    assert judged(tmp_path, f"# How we write\n\n{order}\n", kept) == []
    assert len(judged(tmp_path, f"# How we write\n\n{order}\n", broken)) == 1


WHOLE = """# Peakline — tone of voice

Nobody reads our replies for fun. *Questions? Ask Priya.*

- Keep replies short: no more than three sentences, and under 20 words.
- Always open with "Hey" or "Hi".
- Try to avoid "very".
- Be honest about the weather.

**Don't**

- Say "unfortunately" or "as per our policy"
- Guess

## Examples

**Customer:** Is the tent in?

✅ Hey, it's in.

❌ Dear customer, unfortunately it is out of stock.

Bad: Hi, it is in.
"""


def test_a_whole_guide(tmp_path: Path) -> None:
    (tmp_path / GUIDE).write_text(WHOLE, encoding="utf-8")
    guide = read_guide(tmp_path / GUIDE, "peakline")
    assert [(rule.name, rule.hard) for rule in guide.contract.rules] == [
        ("sentences", True),
        ("words", True),
        ("greeting", True),
        ("avoided_phrases", False),
        ("forbidden_phrases", True),
    ]
    verdict = guide.contract.judge("Hi. Unfortunately it is very wet.", ASKED)
    assert verdict.broken == ["avoided_phrases", "forbidden_phrases"] and verdict.score == pytest.approx(3 / 5)
    assert guide.unread == (f"{tmp_path / GUIDE}: no check is made of lines 8, 13: only people can judge them",)
    assert [(one.good, one.reply, len(one.conversation)) for one in guide.examples] == [
        (True, "Hey, it's in.", 1),
        (False, "Dear customer, unfortunately it is out of stock.", 1),
        (False, "Hi, it is in.", 1),
    ]
    assert len(guide.mismatches()) == 1 and "line 23: the bad example" in guide.mismatches()[0]


@pytest.mark.parametrize("orders", ['Always greet the customer. Open with "Ahoy".', 'Open with "Ahoy". Always greet.'])
def test_the_words_of_a_greeting_are_the_brands_greeting(tmp_path: Path, orders: str) -> None:
    (tmp_path / GUIDE).write_text(orders, encoding="utf-8")
    contract = read_guide(tmp_path / GUIDE, "test").contract
    shown = [behaviours(reply, ASKED, contract)["wrong_greeting"] for reply in ("Ahoy, it is in.", "Hello, it is in.")]
    assert shown == [False, True]


def test_a_folder_with_such_a_guide_is_a_brand(tmp_path: Path) -> None:
    (tmp_path / GUIDE).write_text("We never use exclamation marks.\n", encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        contract = load_contract(tmp_path)
    assert contract is not None and [rule.name for rule in contract.rules] == ["exclamations"]


def test_a_guide_that_asks_for_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / GUIDE).write_text("# Voice\n\nWe are warm and honest.\n", encoding="utf-8")
    with pytest.raises(UserError, match="no rule in it that can be checked"):
        read_guide(tmp_path / GUIDE, "test")


@pytest.mark.parametrize(
    "order",
    [
        "Say “happy to help” when somebody thanks you.",
        "If somebody is upset, greet them.",
        'Never say "no" unless you must.',
        "Our agents answered 3 questions and 40 words.",
        "Write no exclamation marks unless something is to celebrate.",
    ],
)
def test_what_holds_only_sometimes_is_no_check(tmp_path: Path, order: str) -> None:
    (tmp_path / GUIDE).write_text(f'Never say "x".\n\n{order}\n', encoding="utf-8")
    rules = read_guide(tmp_path / GUIDE, "test").contract.rules
    assert [rule.name for rule in rules] == ["forbidden_phrases"]
    assert all(read_guide(tmp_path / GUIDE, "test").contract.judge(reply, ASKED).passed for reply in ("No!", "Yes?"))


@pytest.mark.parametrize(
    ("title", "section"),
    [
        ("Words we love", "allowed"),
        ("Words to avoid", "forbidden"),
        ("We don't say", "forbidden"),
        ("Do's and don'ts", ""),
        ("Don'ts", "dont"),
        ("✅ Do", "do"),
        ("Bad examples", "bad"),
        ("Who we are", ""),
        ("What we are not", ""),
        ("Words that are banned", "forbidden"),
    ],
)
def test_sections(title: str, section: str) -> None:
    assert section_of(title) == section


def test_phrases_of_an_item_and_emoji() -> None:
    assert listed("“kindly” (it is 2024)") == ["kindly"]
    assert listed("Sorry, no") == ["Sorry, no"]
    assert listed("leverage, utilize") == ["leverage", "utilize"]
    assert listed("purchase → buy") == ["purchase"]
    assert [emoji(text) for text in ("👩‍🚀👍🏽 🇩🇪 :)", "e.g. (10:30) 1:1", "12 €")] == [4, 0, 0]


def test_a_guide_may_have_a_name_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("Never use emoji.", encoding="utf-8")
    assert load_contract(tmp_path) is None
    (tmp_path / "tone-of-voice.md").write_text("We never use exclamation marks.\n", encoding="utf-8")
    contract = load_contract(tmp_path)
    assert contract is not None and [rule.name for rule in contract.rules] == ["exclamations"]
    (tmp_path / "other.md").write_text("Never use emoji.", encoding="utf-8")
    assert load_contract(tmp_path) is None


@pytest.mark.parametrize(
    "order",
    [
        "If a customer is angry, call them.",
        "When in doubt, ask a colleague.",
        "# Words\n- Use British spelling.",
        "# Words\n- Prices must always be in pounds.",
    ],
)
def test_an_order_that_is_no_check_is_told(order: str) -> None:
    found = read_prose(order if order[0] == "#" else f"- {order}")
    assert not found.drafts and not found.allowed and len(found.unread) == 1


@pytest.mark.parametrize("title", ["Good example", "Good reply:", "## Good examples"])
def test_a_quoted_reply_under_its_title_is_an_example(title: str) -> None:
    found = read_prose(f"{title}\n\n> Ahoy, it is in.\n> Come by.\n\nBad example\n> Dear sir, no.\n")
    assert [(one.good, one.reply) for one in found.examples] == [
        (True, "Ahoy, it is in. Come by."),
        (False, "Dear sir, no."),
    ]
    assert not found.drafts


WORDS = [
    "never say",
    "use",
    "instead of",
    "no",
    "**Don't**",
    "# Words to avoid",
    "\n",
    "- ",
    "| ",
    '"',
    '" "',
    "at most 3",
    "words",
]
WORDS += [
    "sentences",
    "emoji",
    "✅ ",
    "Bad: ",
    "(",
    "1 to",
    "greet",
    "open with",
    ".",
    "e.g.",
    "**",
    "'",
    "`",
    "|---|",
    "> ",
    "end",
    ",",
]


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=40).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_and_no_phrase_is_empty(text: str) -> None:
    found = read_prose(text)
    for draft in found.drafts:
        assert all(phrase.strip() for phrase in draft.forbidden)
        draft.rule([]).check("A reply. It has two sentences!", ASKED)


@pytest.mark.parametrize(
    "piece", ['never say "', "at most 3 words ", "instead of ", "**a** ", "<0> or ", "- no emoji\n", "1-1-"]
)
def test_long_guides_take_little_time(piece: str) -> None:
    began = time.process_time()
    read_prose(piece * (20_000 // len(piece)))
    assert time.process_time() - began < 5


def test_a_good_reply_that_begins_with_a_condition_is_an_example() -> None:
    found = read_prose("✅ If it breaks, we send a new one.\n")
    assert [one.reply for one in found.examples] == ["If it breaks, we send a new one."] and not found.unread
