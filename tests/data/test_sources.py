"""Readers: every record comes out, as a value or as a refusal with its line; nothing crashes, nothing is lost."""

import csv
import gzip
import io
import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment.data.dialogues import parsed
from alignment.data.ledger import Ledger
from alignment.data.reading.messages import Refusal
from alignment.data.reading.records import parse_dialogue, parse_draft
from alignment.data.reading.sources import Sources, find, read
from alignment.data.reading.streams import Broken, Reading, Record
from alignment.errors import UserError

GOOD = {"id": 7, "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}
LINE = json.dumps(GOOD).encode()


def lines_of(path, data: bytes):
    path.write_bytes(data)
    return items_of(path)


def items_of(path, **reading):
    found = read(path, Reading(**reading))
    return [(item.line, item.value if isinstance(item, Record) else item.reason) for item in found]


def test_jsonl_with_byte_order_mark_blank_lines_and_broken_ones(tmp_path):
    data = (
        b"\xef\xbb\xbf" + LINE + b"\r\n\n" + b'{"id": 8, "messa\n' + b'{"a": "\xff"}\n' + b"[" * 100_000 + b"\n" + LINE
    )
    found = lines_of(tmp_path / "a.jsonl", data)
    assert [line for line, _ in found] == [1, 3, 4, 5, 6]
    assert found[0][1] == found[4][1] == GOOD
    assert found[1][1] == "not JSON: Invalid control character at (column 17)"
    assert found[2][1] == "not UTF-8 (byte 8)"
    assert found[3][1] == "not JSON we read: nested too deeply"


def test_compressed_and_cut_short(tmp_path):
    whole = gzip.compress((LINE + b"\n") * 3, mtime=0)
    assert len(lines_of(tmp_path / "a.jsonl.gz", whole)) == 3
    cut = lines_of(tmp_path / "b.jsonl.gz", whole[:-12])
    assert cut[-1][1] == "the compressed data is damaged or ends early"
    assert lines_of(tmp_path / "c.jsonl.gz", b"no gzip")[0] == (1, "the compressed data is damaged or ends early")


def test_csv_with_quotes_line_ends_and_wrong_rows(tmp_path):
    text = 'question,answer\r\n"a, ""b""\nc",d\r\nonly one\r\n\r\nx,y\r\n'
    found = lines_of(tmp_path / "a.csv", b"\xef\xbb\xbf" + text.encode())
    assert found == [
        (2, {"question": 'a, "b"\nc', "answer": "d"}),
        (4, "1 fields where the header has 2"),
        (6, {"question": "x", "answer": "y"}),
    ]


def test_tsv_and_bytes_that_are_not_utf8(tmp_path):
    found = lines_of(tmp_path / "a.tsv", b"prompt\tcompletion\ncaf\xc3\xa9?\tyes\ncaf\xe9?\tno\n")
    assert found == [(2, {"prompt": "café?", "completion": "yes"}), (3, "not UTF-8")]


@pytest.mark.parametrize("data", [[GOOD, 3], {"data": [GOOD, 3]}, {"rows": [GOOD, 3]}])
def test_json(tmp_path, data):
    assert lines_of(tmp_path / "a.json", json.dumps(data).encode()) == [(1, GOOD), (2, 3)]


def test_parquet_and_one_that_is_none(tmp_path):
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([{"prompt": "a", "completion": "b"}]), tmp_path / "a.parquet")
    assert [item.value for item in read(tmp_path / "a.parquet")] == [{"prompt": "a", "completion": "b"}]
    assert "damaged" in lines_of(tmp_path / "b.parquet", b"x" * 50)[0][1]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.json", "a.jsonl.gz"])
def test_an_empty_file_is_an_error(tmp_path, name):
    data = gzip.compress(b"") if name.endswith("gz") else b"\n"
    with pytest.raises(UserError, match="empty, no record in it"):
        lines_of(tmp_path / name, data)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "utf-32", "cp1252", "utf-8"])
def test_encodings_and_byte_order_marks(tmp_path, encoding):
    text = "prompt,completion\r\nWas kostet der Kranz aus Öl?,Fünf €.\r\nUnd groß?,Ja.\r\n"
    found = lines_of(tmp_path / "a.csv", text.encode(encoding))
    assert found == [
        (2, {"prompt": "Was kostet der Kranz aus Öl?", "completion": "Fünf €."}),
        (3, {"prompt": "Und groß?", "completion": "Ja."}),
    ]


def test_json_in_utf16_and_latin1_named(tmp_path):
    for name, data in (("a.jsonl", LINE + b"\n" + LINE), ("a.json", b"[" + LINE + b"," + LINE + b"]")):
        assert [value for _, value in lines_of(tmp_path / name, data.decode().encode("utf-16"))] == [GOOD, GOOD]
    (tmp_path / "b.tsv").write_bytes("prompt\tcompletion\nж?\tда\n".encode("koi8-r"))
    assert items_of(tmp_path / "b.tsv", encoding="koi8-r") == [(2, {"prompt": "ж?", "completion": "да"})]
    with pytest.raises(UserError, match="encoding=klingon"):
        items_of(tmp_path / "b.tsv", encoding="klingon")


def test_folders_globs_and_unknown_formats(tmp_path):
    for name in ("b.jsonl", "a.csv", "notes.pages", "README.md", "deep/c.jsonl.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = find([str(tmp_path), str(tmp_path / "*.jsonl")], "prepare.inputs")
    assert [found.name(file) for file in found.files] == ["a.csv", "b.jsonl", "c.jsonl.gz"]
    assert [file.name for file in found.ignored] == ["README.md", "notes.pages"]
    with pytest.raises(UserError, match="unknown format"):
        find([str(tmp_path / "notes.pages")], "prepare.inputs")
    with pytest.raises(UserError, match="nothing to read at"):
        find([str(tmp_path / "none*")], "prepare.inputs")


def test_names_of_files_that_share_one(tmp_path):
    files = [tmp_path / "a" / "x.jsonl", tmp_path / "b" / "x.jsonl"]
    assert [Sources(files=files, ignored=[]).name(file) for file in files] == ["a/x.jsonl", "b/x.jsonl"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (3, "the record is a number, not an object"),
        ({}, "neither messages nor prompt and completion"),
        ({"messages": "hi"}, "messages is a string, not a list"),
        ({"messages": ["hi"]}, r"messages\[0\] is a string"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, r"messages\[0\].role is not one of"),
        (
            {"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": " "}]},
            "assistant.* is empty",
        ),
        ({"messages": [{"role": "assistant", "content": 5}]}, "is a number, not a string"),
        ({"messages": [{"role": "assistant", "content": None}]}, "is missing, not a string"),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, "broken Unicode"),
        (
            {"messages": [{"role": "user", "content": "x"}, {"role": "system", "content": "x"}]},
            "after the conversation",
        ),
        ({"prompt": "x"}, "completion is missing"),
        ({"prompt": "", "completion": "y"}, "prompt is empty"),
    ],
)
def test_refused_dialogues(record, reason):
    with pytest.raises(Refusal, match=reason):
        parse_dialogue(record, "f:1", {}, {})


def test_shapes_of_a_dialogue():
    spoken = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    shapes = [
        {"messages": [{"role": "Customer", "content": "q"}, {"role": "bot", "content": "a"}]},
        {"conversation": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]},
        {"prompt": "q", "completion": "a"},
        {"prompt": spoken[:1], "completion": spoken[1:]},
        {"Question": "q", "Answer": "a", "Source": "x"},
    ]
    for shape in shapes:
        assert parse_dialogue(shape, "f:1", {}, {}).messages == spoken
    own = parse_dialogue({"Nr": 4, "F": "q", "A": "a"}, "f:1", {"id": "Nr", "prompt": "F", "completion": "A"}, {})
    assert (own.id, own.messages) == ("4", spoken)
    shopper = {
        "messages": [{"role": "shopper", "content": "q"}, {"role": "clerk", "content": "a"}],
        "domains": ["a", "b"],
    }
    found = parse_dialogue(shopper, "f:9", {}, {"shopper": "user", "clerk": "assistant"})
    assert (found.id, found.intent, found.messages) == ("f:9", "a+b", spoken)


def test_drafts():
    row = {"id": "1-3", "prompt": [{"role": "user", "content": "q"}], "draft": "d", "approved": "a", "action": "ask"}
    draft = parse_draft(row, "f:1", {}, {})
    assert (draft.group, draft.chosen, draft.rejected, draft.tags) == ("1", "a", "d", {"action": "ask"})
    assert parse_draft({**row, "group": "g"}, "f:1", {}, {}).group == "g"
    for wrong, reason in (({"draft": 4}, "draft is a number"), ({"approved": ""}, "approved is empty")):
        with pytest.raises(Refusal, match=reason):
            parse_draft({**row, **wrong}, "f:1", {}, {})


def counted(path):
    """(records read, refused) of one file, through the ledger."""
    lists = io.StringIO(), io.StringIO()
    ledger = Ledger("dialogue", *lists, stop=())
    kept = list(parsed(Sources(files=[path], ignored=[]), parse_dialogue, {}, {}, ledger))
    assert ledger.rows_in == len(kept) + ledger.refused
    assert len(lists[0].getvalue().splitlines()) == ledger.refused
    return ledger.rows_in, ledger.refused


def test_good_and_bad_lines_are_counted(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINE + b"\n{\n" + LINE + b"\n3\n")
    assert counted(path) == (4, 2)


KEYS = st.sampled_from(["messages", "role", "content", "prompt", "id"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.lists(values, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_json_values_are_counted(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "fuzz.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert counted(path)[0] == len(rows)


@given(st.lists(st.binary(max_size=30).filter(lambda b: b.strip() and b"\n" not in b), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_counted(tmp_path_factory, rows):
    wide = rows[0].startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff"))  # UTF-16, UTF-32: bytes are not lines
    if wide or not rows[0].removeprefix(b"\xef\xbb\xbf").strip():
        return
    path = tmp_path_factory.getbasetemp() / "bytes.jsonl"
    path.write_bytes(b"\n".join(rows))
    assert counted(path)[0] == len(rows)


text_field = st.text(st.characters(exclude_characters="\x00\r", exclude_categories=("Cs",)), max_size=15)


@given(st.lists(st.tuples(text_field, text_field), min_size=1, max_size=6), st.sampled_from([",", "\t"]))
@settings(max_examples=60, deadline=None)
def test_any_table_gives_back_its_rows(tmp_path_factory, rows, delimiter):
    path = tmp_path_factory.getbasetemp() / ("fuzz.csv" if delimiter == "," else "fuzz.tsv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerows([("prompt", "completion"), *rows])
    found = [item.value for item in read(path) if not isinstance(item, Broken)]
    assert [(row["prompt"], row["completion"]) for row in found] == rows


def test_an_empty_name_is_not_the_folder_one_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("question,answer\nIs it in?,It is.\n")
    for name in ("", " "):
        with pytest.raises(UserError, match="nothing to read at an empty name"):
            find([name], "prepare.inputs")
    assert find(["."], "prepare.inputs").files == [Path("a.csv")]


def test_a_file_behind_a_link_to_its_own_folder_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a.csv").write_text("question,answer\nIs it in?,It is.\n")
    (tmp_path / "b" / "again").symlink_to(tmp_path)
    (tmp_path / "z.csv").symlink_to(tmp_path / "b" / "a.csv")
    assert find([str(tmp_path / "**" / "a.csv")], "prepare.inputs").files == [tmp_path / "b" / "a.csv"]
    assert find([str(tmp_path)], "prepare.inputs").files == [tmp_path / "z.csv"]
