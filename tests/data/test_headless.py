"""Files that are not quite what their name says: tables without a header, pretty JSON lines, empty messages."""

import json
from pathlib import Path

import pytest

from alignment.data.reading.messages import Refusal, parse_messages
from alignment.data.reading.records import parse_dialogue
from alignment.data.reading.sources import read
from alignment.data.reading.streams import Broken, Reading, Record
from alignment.data.reading.tables import NO_HEADER

PAIRS = [("Is the oak bench in stock?", "It is, yes."), ("And in pine?", "Not in pine."), ("How much?", "$214.")]


def found(path: Path, text: str, **reading: object) -> list[object]:
    path.write_text(text, encoding="utf-8")
    items = read(path, Reading(**reading))  # type: ignore[arg-type]
    return [(item.line, item.reason if isinstance(item, Broken) else item.value) for item in items]


@pytest.mark.parametrize(("name", "comma"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t")])
def test_two_columns_without_a_header_are_question_and_answer(tmp_path: Path, name: str, comma: str) -> None:
    text = "".join(f'"{question}"{comma}"{answer}"\n' for question, answer in PAIRS)
    expected = [(line, {"question": one[0], "answer": one[1]}) for line, one in enumerate(PAIRS, start=1)]
    assert found(tmp_path / name, text) == expected


def test_turns_without_a_header(tmp_path: Path) -> None:
    rows = found(tmp_path / "a.csv", "7,customer,Is it in stock?\n7,agent,It is.\n")
    assert rows == [
        (1, {"dialogue_id": "7", "speaker": "customer", "text": "Is it in stock?"}),
        (2, {"dialogue_id": "7", "speaker": "agent", "text": "It is."}),
    ]
    assert found(tmp_path / "b.csv", "user,Is it in stock?\nagent,It is.\n")[0] == (
        1,
        {"speaker": "user", "text": "Is it in stock?"},
    )


def test_a_first_record_that_cannot_be_placed_is_refused_and_not_lost(tmp_path: Path) -> None:
    rows = found(tmp_path / "a.csv", "7,Is it in stock?,It is.,beth\n8,And in pine?,Not in pine.,ann\n")
    assert rows[0] == (1, NO_HEADER) and rows[1][0] == 2 and len(rows) == 2


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("question,answer", ()),
        ("What is your question?,answer", ()),  # one name that is known
        ("What is your question?,What did we say?", ("What is your question?",)),  # as the user says
        ("How may we help you today?,text,speaker", ()),  # two names that make a record
    ],
)
def test_a_header_stays_a_header(tmp_path: Path, header: str, columns: tuple[str, ...]) -> None:
    row = ",".join("x" for _ in header.split(","))
    assert found(tmp_path / "a.csv", f"{header}\n{row}\n", columns=columns) == [
        (2, dict.fromkeys(header.split(","), "x"))
    ]


def test_bare_words_are_refused_with_what_to_name_and_read_when_named(tmp_path: Path) -> None:
    text = "kayak,boat\npaddle,wood\n"
    assert found(tmp_path / "a.csv", text) == [(1, NO_HEADER), (2, {"kayak": "paddle", "boat": "wood"})]
    assert found(tmp_path / "a.csv", text, columns=("column1", "column2")) == [
        (1, {"column1": "kayak", "column2": "boat"}),
        (2, {"column1": "paddle", "column2": "wood"}),
    ]
    assert "prepare.columns.prompt" in NO_HEADER and "column1" in NO_HEADER


def test_bare_words_of_speakers_are_turns_and_their_names_a_header(tmp_path: Path) -> None:
    turns = [(1, {"speaker": "customer", "text": "Hello"}), (2, {"speaker": "agent", "text": "Hi"})]
    assert found(tmp_path / "a.csv", "customer,Hello\nagent,Hi\n") == turns
    rows = [(2, {"question": "Hello", "answer": "Hi"})]
    assert found(tmp_path / "b.csv", "Customer,Agent\nHello,Hi\n") == rows
    assert found(tmp_path / "c.csv", "Agent,Customer\nHi,Hello\n") == rows


def test_a_first_row_with_broken_quoting_is_refused_and_not_lost(tmp_path: Path) -> None:
    rows = found(tmp_path / "a.csv", '"How much?,$5.\nIs it in stock?,It is.\n')
    assert rows == [(1, "broken quoting"), (2, {"question": "Is it in stock?", "answer": "It is."})]


TALKS = [
    {"id": str(n), "messages": [{"role": "user", "content": f"q {n}"}, {"role": "assistant", "content": "a"}]}
    for n in range(3)
]


def test_pretty_json_under_the_name_of_json_lines(tmp_path: Path) -> None:
    pretty = [json.dumps(talk, indent=2) for talk in TALKS]
    lines = len(pretty[0].splitlines())
    assert found(tmp_path / "a.jsonl", "\n" + "\n".join(pretty) + "\n") == [
        (2 + n * lines, talk) for n, talk in enumerate(TALKS)
    ]
    assert found(tmp_path / "b.jsonl", json.dumps(TALKS, indent=1)) == list(enumerate(TALKS, start=1))
    assert found(tmp_path / "c.jsonl", json.dumps({"data": TALKS}, indent=1)) == list(enumerate(TALKS, start=1))


def test_a_broken_first_line_is_one_refusal(tmp_path: Path) -> None:
    text = '{"messages": [\n' + "".join(json.dumps(talk) + "\n" for talk in TALKS)
    items = found(tmp_path / "a.jsonl", text)
    assert len(items) == 4 and items[1:] == list(enumerate(TALKS, start=2))


def said(*contents: str) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(contents)]


def test_an_empty_message_is_passed_over_and_counted() -> None:
    found = parse_dialogue({"messages": said("Hi", "Hello!", " ", "", "Is it in?", "Yes.")}, "f:1", {}, {})
    assert found.messages == said("Hi", "Hello!", "Is it in?", "Yes.") and found.passed_over == 2


@pytest.mark.parametrize("contents", [("Hi", ""), ("", "Hello!"), ("", "")])
def test_a_side_that_says_nothing_at_all_is_refused(contents: tuple[str, ...]) -> None:
    with pytest.raises(Refusal, match="is empty"):
        parse_messages(said(*contents), {})


def test_records_are_records(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Is it in?,It is.\n")
    assert all(isinstance(item, Record) for item in read(tmp_path / "a.csv"))
