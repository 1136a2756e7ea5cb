"""Tables, e-mail, documents and chats: each by hand; then all of them on anything at all."""

import contextlib
import csv
import mailbox
import warnings
from email.message import EmailMessage

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment.data.dialogues import items
from alignment.data.reading.messages import Refusal
from alignment.data.reading.records import parse_dialogue
from alignment.data.reading.sources import FORMATS, Sources, find
from alignment.data.reading.streams import Reading, Record
from alignment.errors import UserError


def found_in(path, columns=None, **reading):
    sources = find([str(path)], "prepare.inputs")
    read = items(sources, Reading(**reading), columns or {})
    return [(item.line, item.value if isinstance(item, Record) else item.reason) for item in read]


def written(path, text: str):
    path.write_bytes(text.encode())
    return path


def pair(question: str, answer: str):
    return {"prompt": question, "completion": answer}


def said(record) -> list[str]:
    return [f"{m['role'][0]}:{m['content'].strip()}" for m in record["messages"]]


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        ("a.csv", 'q;a\n"x; ""y""\nz";b\n', [(2, {"q": 'x; "y"\nz', "a": "b"})]),  # as spreadsheets export in Europe
        ("a.csv", "q,a\rx,b\ry,c\r", [(2, {"q": "x", "a": "b"}), (3, {"q": "y", "a": "c"})]),  # old Macintosh
        ("a.csv", 'q,a\n"Yes" she said,b\nc,d\n', [(2, {"q": '"Yes" she said', "a": "b"}), (3, {"q": "c", "a": "d"})]),
        ("a.csv", 'q,a\n"open,b\nc,d\n"e",f\n', [(2, "broken quoting"), (3, {"q": "c", "a": "d"}), (4, {"q": "e", "a": "f"})]),  # noqa: E501
        ("a.csv", 'q,a\nx,"never closed\nc,d\n', [(2, "broken quoting"), (3, {"q": "c", "a": "d"})]),
        ("a.csv", "q,a,\nx,b,\n", [(2, {"q": "x", "a": "b", "": ""})]),
        ("a.csv", "q,a\nx,b,,\n,\n", [(2, {"q": "x", "a": "b"}), (3, {"q": "", "a": ""})]),
        ("a.csv", 'q,a\n22" wreath,b\n', [(2, {"q": '22" wreath', "a": "b"})]),
        ("a.tsv", 'q\ta\n22" wreath\tb\n"c\td\n', [(2, {"q": '22" wreath', "a": "b"}), (3, {"q": '"c', "a": "d"})]),
        ("a.tsv", 'q\ta\n"x\ty\nz"\tb\n', [(2, {"q": "x\ty\nz", "a": "b"})]),
        ("a.csv", "q,q\nx,b\n", [(2, {"q": "x", "q#2": "b"})]),
    ],
)  # fmt: skip
def test_tables(tmp_path, name, text, rows):
    assert found_in(written(tmp_path / name, text)) == rows


def test_a_table_with_a_row_for_each_turn(tmp_path):
    text = "Gespräch,Wer,Was,Nr\na,Kunde,Hallo?,1\nb,Kunde,Und?,1\na,Beraterin,Ja.,2\nb,Beraterin,Nein.,2\n"
    columns = {"dialogue": "Gespräch", "speaker": "Wer", "text": "Was"}
    rows = found_in(written(tmp_path / "a.csv", text), columns)
    assert [(line, said(row), row["id"]) for line, row in rows] == [
        (2, ["K:Hallo?", "B:Ja."], "a"),
        (3, ["K:Und?", "B:Nein."], "b"),
    ]
    parsed = parse_dialogue(rows[0][1], "f:2", columns, {"Beraterin": "assistant"})
    assert [m["role"] for m in parsed.messages] == ["user", "assistant"] and parsed.id == "a"


def test_turns_are_recognised_and_put_in_order(tmp_path):
    text = "conversation_id,role,content,n\n7,assistant,fine,10\n7,user,how are you,2\n8,user,,1\n"
    rows = found_in(written(tmp_path / "a.csv", text), {"turn": "n"})
    assert said(rows[0][1]) == ["u:how are you", "a:fine"] and rows[0][1]["id"] == "7"
    with pytest.raises(Refusal, match=r"messages\[0\] \(line 4\).content \(user\) is empty"):
        parse_dialogue(rows[1][1], "f:4", {}, {})


def mail(text: str, sender: str, number: int, answers: int | None = None, day: int = 1, html: str = "", **headers):
    message = EmailMessage()
    message["From"], message["To"] = f"Somebody <{sender}>", "x@example.com"
    message["Message-ID"] = f"<m{number}@example.com>"
    message["Date"] = f"Mon, {day} Jan 2024 10:00:00 +0000"
    if answers is not None:
        message["In-Reply-To"] = f"<m{answers}@example.com>"
    message.set_content(text, **headers)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def test_a_mailbox_is_put_together_by_its_references(tmp_path):
    box = mailbox.mbox(str(tmp_path / "a.mbox"))
    box.add(mail("It ships today.\n\nOn May 3, Beth wrote:\n> When?\n", "care@shop.example", 2, answers=1, day=2))
    box.add(mail("When does it ship?\nFrom here it is far.", "beth@example.com", 1))
    box.add(mail("Öffnungszeiten?", "max@example.com", 3, charset="iso-8859-1"))
    box.add(mail("Thanks!", "beth@example.com", 4, answers=2, day=3))
    box.close()
    rows = found_in(tmp_path / "a.mbox")
    assert [line for line, _ in rows] == [2, 3]
    assert [m["role"] for m in rows[0][1]["messages"]] == ["user", "assistant", "user"]
    assert said(rows[1][1]) == ["u:Öffnungszeiten?"]
    rows = found_in(tmp_path / "a.mbox", agents=("@example.com",))
    assert [m["role"] for m in rows[0][1]["messages"]] == ["assistant", "user", "assistant"]


def test_messages_in_a_folder_are_one_conversation(tmp_path):
    (tmp_path / "b.eml").write_bytes(mail("Is it in?", "beth@example.com", 1, html="<p>no</p>").as_bytes())
    (tmp_path / "a.eml").write_bytes(mail("Yes.", "care@shop.example", 2, answers=1, day=2).as_bytes())
    (tmp_path / "c.eml").write_bytes(b"\x00\x01 nothing like a message")
    rows = found_in(tmp_path)
    assert [row if isinstance(row, str) else said(row) for _, row in rows] == [
        "no sender (From:)",
        ["u:Is it in?", "a:Yes."],
    ]


def test_a_reply_alone_carries_its_question(tmp_path):
    text = "Hello Beth, it ships on Monday.\n\nOn May 3, 2024, Beth wrote:\n> When does it ship?\n> > older\n"
    (tmp_path / "a.eml").write_bytes(mail(text, "care@shop.example", 2, answers=1).as_bytes())
    assert said(found_in(tmp_path / "a.eml")[0][1]) == ["u:When does it ship?", "a:" + text.strip()]


def test_a_message_in_html_alone(tmp_path):
    message = EmailMessage()
    message["From"] = "a@example.com"
    message.set_content("<p>Hi <b>there</b></p><blockquote>old<br>lines</blockquote><script>x</script>", subtype="html")
    (tmp_path / "a.eml").write_bytes(message.as_bytes())
    assert said(found_in(tmp_path / "a.eml")[0][1]) == ["u:old\nlines", "a:Hi there\n> old\n> lines"]


FAQ = """# Shipping

Some words before.

## How long does it take?
Four days.

Longer to Alaska.

Q: Do you ship abroad
A: No,
not yet.

2. Is there a gift wrap?
- Yes, for $5.

Why?
"""


def test_questions_and_answers_in_text(tmp_path):
    assert found_in(written(tmp_path / "a.md", FAQ)) == [
        (3, "text that belongs to no question"),
        (5, pair("How long does it take?", "Four days.\nLonger to Alaska.")),
        (10, pair("Do you ship abroad", "No,\nnot yet.")),
        (14, pair("Is there a gift wrap?", "- Yes, for $5.")),
        (17, "a question without an answer"),
    ]


@pytest.mark.parametrize(
    ("text", "chats"),
    [
        ("Customer: Hi\nthere\nAgent: Hello.\n\nCustomer: Bye\nAgent: So long.\n", [["u:Hi\nthere", "a:Hello."], ["u:Bye", "a:So long."]]),  # noqa: E501
        ("Customer: Hi\n\nAgent: Hello.\n\nCustomer: Bye\n\nAgent: So long.\n", [["u:Hi", "a:Hello.", "u:Bye", "a:So long."]]),  # noqa: E501
        ("[10:02] Customer: Hi\n10:03 Agent: Hello.\n---\nAgent: Welcome\n\nCustomer: Bye\n", [["u:Hi", "a:Hello."], ["a:Welcome", "u:Bye"]]),  # noqa: E501
    ],
)  # fmt: skip
def test_chats_in_text(tmp_path, text, chats):
    assert [said(row) for _, row in found_in(written(tmp_path / "a.txt", text))] == chats


def test_questions_and_answers_in_a_page(tmp_path):
    page = """<!doctype html><html><head><title>What?</title><meta charset="utf-8"></head><body><nav>Home?</nav>
<h2>Returns</h2>
<h3>May I return it?</h3><p>Yes, within <b>60</b> days.<br>Free.</p><ul><li>unused</li></ul>
<dl><dt>Gift wrap</dt><dd>It costs &euro;5.</dd></dl>
<table><tr><th>Question</th><th>Answer</th></tr><tr><td>Paint</td><td>Lead-free.</td></tr></table>
<details><summary>Sizes</summary><p>Three of them.</p></details>
<h2>Contact</h2><p>Write to us.</p></body></html>"""
    assert [value for _, value in found_in(written(tmp_path / "a.html", page))] == [
        pair("May I return it?", "Yes, within 60 days.\nFree.\nunused"),
        pair("Gift wrap", "It costs €5."),
        pair("Paint", "Lead-free."),
        pair("Sizes", "Three of them."),
        "text that belongs to no question",
    ]


def test_questions_and_answers_in_word(tmp_path):
    document = docx.Document()
    document.add_heading("Returns", 1)
    document.add_paragraph("May I return it?")
    document.add_paragraph("Yes.")
    document.add_paragraph("Within 60 days.")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip((c for row in table.rows for c in row.cells), ("Q", "A", "Paint", "Lead-free."), strict=True):
        cell.text = text
    document.save(str(tmp_path / "a.docx"))
    assert found_in(tmp_path / "a.docx") == [
        (2, pair("May I return it?", "Yes.\nWithin 60 days.")),
        (6, pair("Paint", "Lead-free.")),
    ]
    assert "not a Word file" in found_in(written(tmp_path / "b.docx", "PK nothing"))[0][1]


def test_one_empty_file_among_others_is_listed(tmp_path):
    written(tmp_path / "a.csv", "q,a\n")
    written(tmp_path / "b.csv", "q,a\nx,y\n")
    sources = find([str(tmp_path)], "prepare.inputs")
    assert len(list(items(sources, Reading(), {}))) == 1
    assert [file.name for file in sources.empty] == ["a.csv"]


# Anything at all

WORDS = st.sampled_from(
    [
        *(b"From: a@b.c\n", b"From a@b Mon Jan 1 00:00:00 2024\n", b"Q: why?\n", b"A: so\n", b"Customer: x\n"),
        *(
            b"<p>",
            b"<td>x",
            b"<blockquote>",
            b"<![CDATA[",
            b"<!-",
            b'"',
            b",",
            b"\t",
            b"\n",
            b"\r",
            b"\x00",
            b"{",
            b"[",
        ),
        *(b"In-Reply-To: <x@y>\n", b"Content-Type: text/html; charset=weird\n", b"=?utf-8?b?x?=", b"\xe9", b"?"),
        *(b"Content-Transfer-Encoding: base64\n", b"Date: x 99\n", b"prompt,completion\n", b"\xef\xbb\xbf", b"---\n"),
        *(b"Agent: y\n", b"\xff\xfe"),
    ]
)
ANY = st.binary(max_size=120) | st.lists(WORDS, max_size=25).map(b"".join)


@pytest.mark.parametrize("suffix", FORMATS)
@given(data=ANY)
@settings(max_examples=40, deadline=None)
def test_no_reader_crashes(tmp_path_factory, suffix, data):
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = list(items(Sources(files=[path], ignored=[]), Reading(), {}))
    except UserError as error:
        assert "empty, no record" in str(error)
        return
    assert found
    for item in found:
        if isinstance(item, Record):
            with contextlib.suppress(Refusal):
                parse_dialogue(item.value, "f:1", {}, {})
        else:
            assert item.reason


FIELD = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


@given(
    st.lists(st.tuples(FIELD, FIELD), min_size=1, max_size=8), st.sampled_from(",;\t|"), st.sampled_from(["\r\n", "\n"])
)
@settings(max_examples=100, deadline=None)
def test_any_table_gives_back_its_rows(tmp_path_factory, rows, delimiter, end):
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator=end)
        writer.writerows([("prompt", "completion"), *rows])
    assert [tuple(value.values()) for _, value in found_in(path)] == rows


def test_quotes_may_be_written_with_a_backslash(tmp_path):
    text = 'prompt,completion\n"Is \\"it\\", the oak, in?","It is \\"in\\"."\n"So \\", said","b"\n"a\\","b ""c"""\n'
    path = written(tmp_path / "a.csv", text)
    assert [value for _, value in found_in(path)] == [
        pair('Is "it", the oak, in?', 'It is "in".'),
        pair('So ", said', "b"),
        pair("a\\", 'b "c"'),
    ]


def test_turns_are_in_the_order_of_their_times_by_more_names(tmp_path):
    text = "ticket,when,from,body\n7,2024-01-02 10:05,agent,It is.\n7,2024-01-02 10:01,customer,Is it in?\n"
    [(_, value)] = found_in(written(tmp_path / "a.csv", text))
    assert [message["content"] for message in value["messages"]] == ["Is it in?", "It is."]


def test_bold_lines_are_questions_where_one_asks(tmp_path):
    text = "**How do I book?**\n\nBy phone.\n\n**Dogs on board**\n\nYes.\n**They** pay nothing.\n"
    found = found_in(written(tmp_path / "a.md", text))
    assert found == [
        (1, pair("How do I book?", "By phone.")),
        (5, pair("Dogs on board", "Yes.\n**They** pay nothing.")),
    ]


@pytest.mark.parametrize(
    ("declared", "codec"),
    [("", "utf-8"), ("", "cp1252"), ("iso-8859-1", "cp1252"), ("iso-8859-15", "iso-8859-15"), ("utf-16", "utf-8")],
)
def test_a_page_is_read_in_its_encoding(tmp_path, declared, codec):
    meta = f'<meta charset="{declared}">' if declared else ""
    page = f"<html><head>{meta}</head><body><dl><dt>Größe?</dt><dd>Für 5 € sehr groß.</dd></dl></body></html>"
    (tmp_path / "a.html").write_bytes(page.encode(codec))
    assert [value for _, value in found_in(tmp_path / "a.html")] == [
        {"prompt": "Größe?", "completion": "Für 5 € sehr groß."}
    ]


def test_what_is_not_of_a_page_s_encoding_is_refused_and_not_replaced(tmp_path, caplog):
    page = "<dl><dt>Größe?</dt><dd>Groß.</dd><dt>Wie?</dt><dd>S".encode() + b"\xff\xfeo</dd></dl>"
    (tmp_path / "a.html").write_bytes(page)
    found = found_in(tmp_path / "a.html")
    assert found[0][1] == {"prompt": "Größe?", "completion": "Groß."}
    assert "not of the encoding of its file" in [value for _, value in found] and "\ufffd" not in str(found)
    assert not caplog.records


def test_a_mailbox_gives_back_lines_that_begin_with_from(tmp_path):
    text = "From 9 pieces on a vest costs less.\n>From 20 on still less.\nTell us."
    box = mailbox.mbox(str(tmp_path / "a.mbox"))
    for number, (sender, said) in enumerate([("ann@mail.test", "How much is a vest?"), ("us@shop.test", text)]):
        message = mailbox.mboxMessage()
        message["From"], message["Message-ID"] = sender, f"<{number}@x>"
        message["References"] = "<0@x>"
        message.set_payload(said.replace(">From", ">>From"))  # as mboxrd escapes it; Python does the first line
        box.add(message)
    box.flush()
    assert b"\n>From 9" in (tmp_path / "a.mbox").read_bytes()
    [(_, value)] = found_in(tmp_path / "a.mbox")
    assert value["messages"][1]["content"].strip() == text


LINES = st.lists(st.text(st.sampled_from('ab",\t '), max_size=10).filter(str.strip), min_size=1, max_size=8)


@given(LINES)
@settings(max_examples=150, deadline=None)
def test_no_line_of_a_table_is_lost(tmp_path_factory, lines):
    path = tmp_path_factory.getbasetemp() / "lines.csv"
    path.write_text("\n".join(["prompt,completion", *lines]), encoding="utf-8")
    found = found_in(path)
    starts = [line for line, _ in found]
    assert starts[0] == 2 and starts == sorted(set(starts))
    ends = [*starts[1:], len(lines) + 2]
    for (line, value), end in zip(found, ends, strict=True):
        if isinstance(value, str):
            assert end == line + 1, value
        else:
            text = "\n".join(lines[line - 2 : end - 2])
            assert bare("".join(value.values())) == bare(text)


def bare(text: str) -> str:
    return text.replace('"', "").replace(",", "")


@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1, max_size=12),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=60, deadline=None)
def test_a_mailbox_gives_every_message(tmp_path_factory, texts):
    path = tmp_path_factory.getbasetemp() / "fuzz.mbox"
    path.unlink(missing_ok=True)
    box = mailbox.mbox(str(path))
    for number, text in enumerate(texts):
        box.add(mail(text, f"a{number}@example.com", number))
    box.close()
    assert [said(value) for _, value in found_in(path)] == [[f"u:{text}"] for text in texts]
