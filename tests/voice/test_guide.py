"""A voice guide read into checks: every key at its edges, what is refused with its line, examples checked."""

import warnings
from pathlib import Path

import pytest

from alignment.errors import UserError
from alignment.shipped import ASSETS
from alignment.voice.brand import GUIDE
from alignment.voice.contract import load_contract
from alignment.voice.guide import Guide, read_guide

SYSTEM = {"role": "system", "content": "You answer tickets.\nticket: 4711\nmodel: CX-24"}
ASKED = [SYSTEM, {"role": "user", "content": "which model?"}]


def written(folder: Path, text: str) -> Path:
    file = folder / GUIDE
    file.write_text(text, encoding="utf-8")
    return file


def guide(folder: Path, *lines: str) -> Guide:
    """A guide with one rule of the given lines, which start on line 3."""
    return read_guide(written(folder, "# Guide\n## Rule: one (hard)\n" + "\n".join(lines)), "test")


def keeps(found: Guide, reply: str) -> bool:
    return found.contract.judge(reply, ASKED).passed


@pytest.mark.parametrize(
    ("line", "good", "bad"),
    [
        ("- words: 2 to 3", ["one two", "one two three"], ["one", "one two three four"]),
        ("- words: at least 2", ["one two"], ["one"]),
        ("- sentences: at most 1", ["One."], ["One. Two."]),
        ("- exclamations: none", ["Wow."], ["Wow!"]),
        ("- questions: at most 1", ["Who?"], ["Who? What?"]),
        ("- emoji: at most 1", ["Yes 🙂"], ["Yes 🙂 🙂"]),
        ("- words per sentence: at most 3", ["One two three. One."], ["One. One two three four."]),
        ("- check: greeting", ["Hello there."], ["The price."]),
        ("- never: contractions", ["It is."], ["It's."]),
        ('- require: "as stated", "by law"', ["AS  stated, no."], ["Because stated."]),
        ('- opens with: "ticket {ticket}:"', ["Ticket 4711: yes."], ["Ticket 4712: yes.", "Yes. Ticket 4711: no."]),
        ('- require: "{number} W"', ["It draws 60 W."], ["It draws sixty W."]),
        ('- require: "RMA {missing}"', ["anything"], []),
        ('- ends with: "status: done"', ["Yes. Status: done."], ["Status: done. Yes."]),
        ('- forbid: "asap", "a bit"', ["a bitter end"], ["Do it ASAP.", "Wait a  bit."]),
        ("- forbid: “can’t”", ["can"], ["You can't."]),
        ("- check: numbered_steps", ["1. a\n2. b"], ["1. a\n3. b"]),
    ],
)
def test_keys(tmp_path: Path, line: str, good: list[str], bad: list[str]) -> None:
    found = guide(tmp_path, line)
    assert all(keeps(found, reply) for reply in good)
    assert not any(keeps(found, reply) for reply in bad)


def test_wishes_are_alternatives_and_bans_all_count(tmp_path: Path) -> None:
    found = guide(tmp_path, "- check: greeting", '- opens with: "ahoy there"', '- forbid: "mate"', "- words: at most 4")
    assert keeps(found, "Hello you.") and keeps(found, "Ahoy there you.")
    assert not keeps(found, "You.") and not keeps(found, "Hello mate.") and not keeps(found, "Hello a b c d")


def test_allowed_phrases_are_taken_out_before_the_forbidden_are_looked_for(tmp_path: Path) -> None:
    found = guide(tmp_path, '- forbid: "kindly"', '- allow: "thank you kindly"')
    assert keeps(found, "Thank you kindly.") and not keeps(found, "Kindly wait.")
    text = '## Forbidden phrases\n- "quite"\n- **as per**\n\n## Allowed phrases\n- quite sure\n'
    found = read_guide(written(tmp_path, text), "test")
    assert [rule.name for rule in found.contract.rules] == ["forbidden_phrases"]
    assert keeps(found, "I am quite sure.") and not keeps(found, "quite so") and not keeps(found, "As per that.")


def test_names_weights_and_descriptions(tmp_path: Path) -> None:
    text = "## Rule: No chit-chat (soft, weight 3)\nSays what matters.\n- words: at most 1\n"
    text += "# Rule: b (hard)\n- words: none\n"
    rules = read_guide(written(tmp_path, text), "x").contract.rules
    assert [(rule.name, rule.weight, rule.hard, rule.description) for rule in rules] == [
        ("no_chit_chat", 3.0, False, "Says what matters."),
        ("b", 1.0, True, "B."),
    ]
    verdict = read_guide(written(tmp_path, text), "x").contract.judge("", [])
    assert verdict.score == 1.0
    assert read_guide(written(tmp_path, text), "x").contract.judge("a b", []).kept == {
        "no_chit_chat": False,
        "b": False,
    }


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        (["- wrds: 1 to 2"], 3, "did you mean words"),
        (["", "- check: greting"], 4, "did you mean greeting"),
        (["- words: few"], 3, "at least N"),
        (["- words: 9 to 2"], 3, "9 to 2"),
        (["- forbid: as per"], 3, "double quotes"),
        (['- forbid: "a", b'], 3, "double quotes"),
        (["Prose only."], 2, "checks nothing"),
        (["- words: none", "## Rule: one"], 4, "a second rule one"),
        (["- words: none", "## Rule: two (heavy)"], 4, "heavy"),
        (["- words: none", "## Rule: two (weight 0)"], 4, "above 0"),
        (["- words: none", "## Rule two"], 4, "Rule two"),
        (["- words: none", "", "> **Yes:** Hello"], 5, "Customer"),
        (["- words: none", "", "> **Customer:** hi", "> **Maybe:** Hello"], 6, "Maybe"),
    ],
)
def test_what_cannot_be_understood_is_named_with_its_line(
    tmp_path: Path, lines: list[str], line: int, said: str
) -> None:
    with pytest.raises(UserError) as told:
        guide(tmp_path, *lines)
    assert f"{GUIDE}, line {line}:" in str(told.value) and said in str(told.value)
    assert len(str(told.value).splitlines()) <= 3


def test_a_guide_without_rules_or_in_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no rule"):
        read_guide(written(tmp_path, "# Only prose\n- a bullet: with a colon\n"), "x")
    (tmp_path / GUIDE).write_bytes(b"## Rule: a\n- words: 1 to 2 \xff\n")
    with pytest.raises(UserError, match="no UTF-8"):
        read_guide(tmp_path / GUIDE, "x")


def test_examples_that_the_contract_judges_otherwise_are_told(tmp_path: Path) -> None:
    lines = [
        "- words: at most 2",
        '- good: "one two"',
        '- bad: "one"',
        "",
        "> **System:** ticket: 4711",
        "> **Customer:** hi",
        "> **Yes:** one two three",
        "> **No:** one two",
    ]
    told = guide(tmp_path, *lines).mismatches()
    assert len(told) == 3
    assert "line 9: the good example 'one two three' breaks one" in told[0]
    assert "line 10: the bad example 'one two' is not caught" in told[1]
    assert "line 5: the bad example 'one' is not caught by one" in told[2]


def test_a_folder_is_a_brand_and_mismatches_warn(tmp_path: Path) -> None:
    written(tmp_path, "## Rule: short (hard)\n- words: at most 2\n- bad: one\n".replace("one", '"one"'))
    with pytest.warns(UserWarning, match="is not caught by short"):
        contract = load_contract(tmp_path)
    assert contract is not None and contract.brand == tmp_path.name
    assert contract.judge("one two", []).passed and not contract.judge("one two three", []).passed
    written(tmp_path, "## Rule: short (hard)\n- words: at most 20000\n")  # read anew when the file has changed
    changed = load_contract(tmp_path)
    assert changed is not None and changed.judge("one two three", []).passed


@pytest.mark.parametrize("brand", ["southern_charm", "corvane_networks"])
def test_the_shipped_guides_agree_with_their_own_examples(brand: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_guide(ASSETS / brand / GUIDE, brand)
        assert found.mismatches() == []
    assert len(found.examples) >= 4 and load_contract(brand) is not None


def test_two_brands_want_opposite_things() -> None:
    charm, corvane = load_contract("southern_charm"), load_contract("corvane_networks")
    assert charm is not None and corvane is not None
    warm = "Hey there! Thanks so much for asking. It's the CX-24 and you'll love it. Anything else I can help with?"
    terse = "Ticket 4711: The model is the CX-24. Status: answered."
    assert charm.judge(warm, ASKED).passed and not corvane.judge(warm, ASKED).passed
    assert corvane.judge(terse, ASKED).passed and not charm.judge(terse, ASKED).passed
