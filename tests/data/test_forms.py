"""One conversation in the many forms that files have: every one by hand, with what it must become."""

import contextlib
import gzip
import json

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment.data.dialogues import items
from alignment.data.reading.messages import Refusal, parse_messages, spoken
from alignment.data.reading.nested import records_in
from alignment.data.reading.records import parse_dialogue
from alignment.data.reading.sources import find
from alignment.data.reading.streams import Reading, Record

TALK = [{"role": "user", "content": "Is it in?"}, {"role": "assistant", "content": "Yes."}]
SPOKEN = [("user", "Is it in?"), ("assistant", "Yes.")]


def dialogues(path, data, columns=None, roles=None):
    """(line, id, messages) of each dialogue of a file, or (line, reason)."""
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    found = []
    for item in items(find([str(path)], "prepare.inputs"), Reading(roles=roles or {}), columns or {}):
        if not isinstance(item, Record):
            found.append((item.line, item.reason))
            continue
        one = parse_dialogue(item.value, f"f:{item.line}", columns or {}, roles or {})
        found.append((item.line, one.id, [(m["role"], m["content"].strip()) for m in one.messages]))
    return found


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ({"conversations": [{"id": 1, "messages": TALK}, {"id": 2, "messages": TALK}]}, [1, 2]),
        ({"export": {"made": "today", "chats": [{"id": 1, "turns": TALK}]}, "version": 3}, [1]),
        ({"train": [{"id": 1, "messages": TALK}], "test": [{"id": 2, "messages": TALK}]}, [1, 2]),
        ({"a": {"chats": [{"id": 1, "messages": TALK}]}, "b": {"chats": [{"id": 2, "messages": TALK}]}}, [1, 2]),
        ({"c1": {"messages": TALK}, "c2": {"messages": TALK}}, ["c1", "c2"]),
        ({"c1": TALK, "c2": TALK}, ["c1", "c2"]),
        ({"id": 7, "messages": TALK}, [7]),
        ({"id": 7, "conversations": TALK}, [7]),
        ({"note": "x", "faqs": [{"id": 4, "Frage ": "?", "Text dazu": "!"}]}, [4]),
        ({"nothing": 1}, [None]),
    ],
)
def test_records_are_found_wherever_they_stand(value, ids):
    assert [record.get("id") for record in records_in(value)] == ids


def test_lists_of_turns_and_json_lines_of_another_name(tmp_path):
    assert dialogues(tmp_path / "a.json", json.dumps([TALK, TALK])) == [(1, "f:1", SPOKEN), (2, "f:2", SPOKEN)]
    assert dialogues(tmp_path / "b.json", json.dumps(TALK)) == [(1, "f:1", SPOKEN)]
    lines = "".join(json.dumps({"id": n, "messages": TALK}) + "\n" for n in (1, 2)) + "{broken\n"
    found = dialogues(tmp_path / "c.json", lines)
    assert found[:2] == [(1, "1", SPOKEN), (2, "2", SPOKEN)] and found[2][0] == 3 and "not JSON" in found[2][1]


@pytest.mark.parametrize(
    "record",
    [
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "Is it in?"}]}, TALK[1]]},
        {"contents": [{"role": "user", "parts": [{"text": "Is it in?"}]}, {"role": "model", "parts": ["Yes."]}]},
        {"utterances": [{"speaker": "USER", "text": "Is it in?"}, {"speaker": "Support Agent", "utterance": "Yes."}]},
        {"messages": [TALK[0], {"role": "assistant", "content": None, "tool_calls": [{}]}, {"role": "tool", "content": "x"}, TALK[1]]},  # noqa: E501
        {"messages": [TALK[0], {"role": "assistant", "content": [{"type": "tool_use"}]}, {"role": "user", "content": [{"type": "tool_result"}]}, TALK[1]]},  # noqa: E501
        {"messages": json.dumps(TALK)},
        {"transcript": "Customer: Is it in?\nAgent: Yes."},
        {"transcript": "[10:01] Beth (customer): Is it in?\n[10:02] **Agent**: Yes."},
        {"question": "Is it in?", "answer": "Yes.", "conversation": "c-17"},
        {"question": "Is it in?", "answer": "Yes.", "log": ["opened", "closed"]},
        {"User Message": "Is it in?", "Response": "Yes."},
    ],
)  # fmt: skip
def test_forms_of_a_conversation(record):
    assert [(m["role"], m["content"].strip()) for m in parse_dialogue(record, "f:1", {}, {}).messages] == SPOKEN


def test_what_programs_said_is_counted():
    tools = [{"role": "tool", "content": "x"}, {"from": "function_call", "value": "y"}]
    assert parse_dialogue({"messages": [TALK[0], *tools, TALK[1]]}, "f:1", {}, {}).passed_over == 2
    assert (
        parse_dialogue(
            {"messages": [TALK[0], {"role": "Event", "content": "Ann joined"}]}, "f:1", {}, {"Event": "skip"}
        ).passed_over
        == 1
    )


def test_the_text_an_instruction_is_about_is_not_lost():
    for name in ("input", "context"):
        record = {"instruction": "Shorten this.", name: "A long text.", "output": "Text."}
        assert parse_dialogue(record, "f:1", {}, {}).messages[0]["content"] == "Shorten this.\n\nA long text."
    record = {"instruction": "Say hello.", "input": "", "output": "Hello."}
    assert parse_dialogue(record, "f:1", {}, {}).messages[0]["content"] == "Say hello."


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}],
            r"holds a part that is no text \(image_url\)",
        ),
        ([{"role": "user", "content": [7]}], r"holds a part that is no text \(an object\)"),
        ([{"role": "user", "content": []}], "is empty"),
        ([{"role": "Beth", "content": "hi"}], "prepare.roles says whose it is"),
    ],
)
def test_what_is_no_text_is_refused(messages, reason):
    with pytest.raises(Refusal, match=reason):
        parse_messages(messages, {})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2024-05-03 10:02:05 Customer: Hi", ("user", "Hi")),
        ("03/05/24, 10:02 PM - Support: Hi", ("assistant", "Hi")),
        ("(10:02:05) Beth (Customer): Hi", ("user", "Hi")),
        ("**Agent:** Hi", ("assistant", "Hi")),
        ("Beth: Hi", ("user", "Hi")),
        ("Monday: Hi", None),
        ("Customer number: 5", None),
        ("1" * 5000 + ":" * 5000, None),
    ],
)
def test_lines_of_speakers(line, said):
    assert spoken(line, {"Beth": "user"}) == said


def test_turns_stand_in_the_order_of_their_times(tmp_path):
    rows = ["agent,2024-01-02T10:00:00Z,second", "customer,2024-01-02 09:00:00+00:00,first"]
    found = dialogues(tmp_path / "a.csv", "Sender Type,Created At,Body\n" + "\n".join(rows))
    assert found == [(2, "f:2", [("user", "first"), ("assistant", "second")])]
    rows = ["customer,9:00,first", "agent,10:00,second", "customer,1:00,third"]  # on the next day: not to be told
    unsure = dialogues(tmp_path / "b.csv", "speaker,time,text\n" + "\n".join(rows))
    assert [text for _, text in unsure[0][2]] == ["first", "second", "third"]
    named = dialogues(tmp_path / "b.csv", "speaker,time,text\n" + "\n".join(rows), {"turn": "time"})
    assert [text for _, text in named[0][2]] == ["third", "first", "second"]


def test_tables_as_spreadsheets_write_them(tmp_path):
    assert dialogues(tmp_path / "a.csv", "sep=;\r\nquestion;answer\r\nIs it in?;Yes.\r\n") == [(3, "f:3", SPOKEN)]
    quoted = json.dumps(TALK).replace('"', '""')
    assert dialogues(tmp_path / "b.csv", f'id,messages\n4,"{quoted}"\n') == [(2, "4", SPOKEN)]


def test_a_table_that_was_packed_and_cut_gives_the_rows_before(tmp_path):
    text = "question,answer\n" + "".join(f"Is {n * 7919 % 1009} in?,Yes {n}.\n" for n in range(5000))
    found = dialogues(tmp_path / "a.csv.gz", gzip.compress(text.encode())[:-2000])
    assert found[-1][1] == "the compressed data is damaged or ends early"
    assert len(found) > 1000 and [line for line, *_ in found] == list(range(2, len(found) + 2))


def test_questions_in_bold_on_buttons_and_before_a_line_end(tmp_path):
    page = """<p><strong>Is it in?</strong> Yes.</p><p>Is it in?<br>Yes.</p><button><span>Is it in?</span></button>
<div><p>Yes.</p></div><button>Buy now</button>"""
    assert [said for *_, said in dialogues(tmp_path / "a.html", page)] == [SPOKEN] * 3
    document = docx.Document()
    document.add_paragraph("Is it in?\nYes.\nIs it in?\nYes.")
    document.save(str(tmp_path / "b.docx"))
    assert [said for *_, said in dialogues(tmp_path / "b.docx", (tmp_path / "b.docx").read_bytes())] == [SPOKEN] * 2


def test_chats_of_named_people(tmp_path):
    text = "(10:01) Beth: Is it in?\n(10:02) Ann: Yes.\n"
    assert dialogues(tmp_path / "a.txt", text, roles={"Beth": "user", "Ann": "assistant"}) == [(1, "f:1", SPOKEN)]


def test_what_was_said_before_a_question_is_not_lost():
    past = [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Hi."}]
    for history in ([["Hello?", "Hi."]], past):
        record = {"system": "S", "history": history, "question": "Is it in?", "answer": "Yes."}
        assert [m["content"] for m in parse_dialogue(record, "f:1", {}, {}).messages] == [
            "S",
            "Hello?",
            "Hi.",
            "Is it in?",
            "Yes.",
        ]
    with pytest.raises(Refusal, match=r"history\[0\] is a string"):
        parse_dialogue({"history": ["Hello?"], "question": "Is it in?", "answer": "Yes."}, "f:1", {}, {})


def test_a_row_knows_the_dialogue_it_is_a_part_of():
    groups = [
        parse_dialogue({"messages": TALK, **more}, "f:1", {}, {}).group
        for more in ({"id": "d-1", "dialogue": "d"}, {"dialogue_id": "d"}, {"id": 4, "Conversation ID": 7}, {"id": 4})
    ]
    assert groups == ["d", "", "7", ""]


def test_json_in_other_encodings(tmp_path):
    line = json.dumps({"prompt": "Größe?", "completion": "Fünf."}, ensure_ascii=False) + "\n"
    said = [("user", "Größe?"), ("assistant", "Fünf.")]
    for encoding in ("utf-16-le", "utf-16-be"):
        assert dialogues(tmp_path / "a.jsonl", (line * 2).encode(encoding)) == [(1, "f:1", said), (2, "f:2", said)]
        assert dialogues(tmp_path / "a.json", line.encode(encoding)) == [(1, "f:1", said)]
    path = tmp_path / "b.jsonl"
    path.write_bytes(line.encode("latin-1") + line.encode())
    named = items(find([str(path)], "prepare.inputs"), Reading(encoding="latin-1"), {})
    assert [item.value["prompt"] for item in named] == ["Größe?"] * 2


KEYS = st.sampled_from(["messages", "data", "chats", "role", "content", "id", "text", "prompt", "turns", "c1", "Log"])
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.just(TALK) | st.just({"id": "r", "messages": TALK}),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON)
@settings(max_examples=150, deadline=None)
def test_any_json_has_records_and_each_is_read_or_refused(value):
    found = records_in(value)
    assert len(found) == len(value) if isinstance(value, list) else len(found) >= 1
    for record in found:
        with contextlib.suppress(Refusal):
            parse_dialogue(record, "f:1", {}, {})


@given(st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, max_size=6))
def test_no_record_of_several_lists_is_lost(places):
    lists = {name: [{"id": n, "messages": TALK} for n, place in enumerate(places) if place == name] for name in "xyz"}
    for value in (lists, {"export": lists}, {name: {"chats": rows} for name, rows in lists.items()}):
        assert sorted(record["id"] for record in records_in(value)) == list(range(len(places)))
