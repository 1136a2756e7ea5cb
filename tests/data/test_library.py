"""The prompt library: templates read, variables checked, system messages framed."""

from pathlib import Path

import pytest

from alignment.data.library import Framer, load, names, recorded
from alignment.errors import UserError
from alignment.shipped import ASSETS

HEAD = "---\nversion: {version}\nvariables: [{variables}]\n---\n"


def brand(folder: Path, text: str, version: str = "2", variables: str = "facts", name: str = "answer") -> Path:
    file = folder / "templates" / f"{name}.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(HEAD.format(version=version, variables=variables) + text, encoding="utf-8")
    return folder


def told(messages: list[dict[str, str]]) -> str:
    return messages[0]["content"] if messages[0]["role"] == "system" else ""


def test_a_brands_template_comes_before_the_default(tmp_path: Path) -> None:
    assert load("answer", tmp_path).file == ASSETS / "templates" / "answer.md"
    found = load("answer", brand(tmp_path, "Be brief.\n{{ facts }}\n"))
    assert (found.label, found.variables) == ("answer@2", ("facts",))
    assert found.render(facts="price: $3") == "Be brief.\nprice: $3"
    assert len(found.sha256) == 64 and "answer" in names(tmp_path)


@pytest.mark.parametrize(
    ("values", "said"),
    [({}, "facts is missing"), ({"facts": "a", "fcts": "b"}, "no variable fcts (did you mean facts?)")],
)
def test_variables_are_checked_when_rendered(tmp_path: Path, values: dict[str, str], said: str) -> None:
    found = load("answer", brand(tmp_path, "{{ facts }}"))
    with pytest.raises(UserError) as error:
        found.render(**values)
    assert said in str(error.value) and "answer@2" in str(error.value)


@pytest.mark.parametrize(
    ("text", "variables", "said"),
    [
        ("{{ facts }} {{ brand }}", "facts", "variable brand is not declared"),
        ("{{ facts }}", "facts, brand", "brand is declared and not used"),
        ("Hello\n{{ facts", "facts", "line 6"),
        ("{{ facts }}", "1st", "version: 1 and variables"),
        ("Hello\n{{ facts | uper }}", "facts", "line 6: No filter named 'uper'"),
    ],
)
def test_a_template_that_is_none_is_refused(tmp_path: Path, text: str, variables: str, said: str) -> None:
    with pytest.raises(UserError) as error:
        load("answer", brand(tmp_path, text, variables=variables))
    assert said in str(error.value) and "answer.md" in str(error.value)


def test_no_head_no_template_and_no_way_out_of_the_sandbox(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="did you mean answer"):
        load("anwser", tmp_path)
    (brand(tmp_path, "") / "templates" / "answer.md").write_text("Just text {{ facts }}", encoding="utf-8")
    with pytest.raises(UserError, match="no head"):
        load("answer", tmp_path)
    found = load("answer", brand(tmp_path, "{{ facts.__class__.__mro__ }}"))
    with pytest.raises(UserError, match="unsafe"):
        found.render(facts="x")


@pytest.mark.parametrize("text", ["{% for i in range(10**9) %}x{% endfor %}", '{% include "x" %}', "{{ 1 // 0 }}"])
def test_a_template_that_fails_is_told_and_no_traceback(tmp_path: Path, text: str) -> None:
    (tmp_path / "templates").mkdir()
    file = tmp_path / "templates" / "mine.md"
    file.write_text(f"---\nversion: 1\nvariables: []\n---\n{text}", encoding="utf-8")
    with pytest.raises(UserError, match="mine@1"):
        load("mine", tmp_path).render()
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="byte 0 is no UTF-8"):
        load("mine", tmp_path)


def test_framing_writes_the_system_message_and_keeps_the_facts(tmp_path: Path) -> None:
    framer = Framer.of("auto", brand(tmp_path, "Be brief.\n{{ facts }}"))
    asked = {"role": "user", "content": "price?"}
    once = framer.messages([{"role": "system", "content": "price: $3"}, asked])
    assert told(once) == "Be brief.\nprice: $3" and once[1:] == [asked]
    assert framer.messages(once) == once
    assert framer.messages([asked]) == [{"role": "system", "content": "Be brief."}, asked]
    assert recorded(framer.fingerprints | {"train": "00"}) == framer.fingerprints
    assert list(framer.fingerprints) == ["template/answer@2"]


@pytest.mark.parametrize("text", ["{{ facts }}\nBe brief.", "Facts:\n{{ facts }}\nBe brief.", "{{ facts }}"])
def test_framing_twice_is_framing_once_wherever_the_facts_stand(tmp_path: Path, text: str) -> None:
    framer = Framer.of("auto", brand(tmp_path, text))
    for facts in ("price: $3", ""):
        given = [{"role": "system", "content": facts}, {"role": "user", "content": "price?"}]
        once = framer.messages(given[not facts :])
        assert told(once) == text.replace("{{ facts }}", facts).strip() and framer.messages(once) == once


def test_without_a_template_nothing_changes(tmp_path: Path) -> None:
    messages = [{"role": "user", "content": "price?"}]
    for framer in (
        Framer.of("auto", tmp_path),
        Framer.of("none", brand(tmp_path, "{{ facts }}")),
        Framer.of("auto", None),
    ):
        assert framer.messages(messages) is messages and framer.fingerprints == {}


def test_facts_are_not_lost_and_only_known_variables_are_offered(tmp_path: Path) -> None:
    framer = Framer.of("auto", brand(tmp_path, "Be brief.", variables=""))
    with pytest.raises(UserError, match=r"no \{\{ facts"):
        framer.messages([{"role": "system", "content": "price: $3"}, {"role": "user", "content": "price?"}])
    with pytest.raises(UserError, match="variable mood"):
        Framer.of("auto", brand(tmp_path, "{{ mood }}", variables="mood"))


@pytest.mark.parametrize("name", ["southern_charm", "corvane_networks"])
def test_the_shipped_templates_write_what_the_shipped_rows_have(name: str) -> None:
    from alignment.artifact import read_jsonl

    framer = Framer.of("auto", ASSETS / name)
    rows = read_jsonl(ASSETS / name / "prompts" / "test.jsonl")[:50]
    assert [framer.prompt(row) for row in rows] == rows
