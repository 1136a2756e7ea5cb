"""The stage on files of many kinds: what its figures and its report say, against counts made here another way."""

import csv
import io
import json
import re
import sys
from collections import Counter
from html.parser import HTMLParser

import pytest

from alignment.errors import UserError
from tests.stages.test_prepare import DATA, balanced, file, inputs, many, prepare, rows_of, talk

SPLITS = ("train", "validation", "test")


class Tables(HTMLParser):
    """{header of the first column: {first cell: the other cells}} of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, list[str]]] = {}
        self._row: list[str] | None = None
        self._title = ""
        self._header = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self._row, self._header = [], False
        elif tag in ("td", "th") and self._row is not None:
            self._row.append("")
            self._header = self._header or tag == "th"

    def handle_data(self, data):
        if self._row:
            self._row[-1] += data.strip()

    def handle_endtag(self, tag):
        if tag == "tr" and self._row:
            if self._header:
                self._title = self._row[0]
            else:
                self.found.setdefault(self._title, {})[self._row[0]] = self._row[1:]
            self._row = None


def page_of(made) -> str:
    return (made.path / "report.html").read_text(encoding="utf-8")


def test_several_processes_make_the_same_bytes(tmp_path):
    rows = [*many(150), {**talk(3), "id": "copy"}, talk(900, "Hello there"), talk(901, "Hi, I'm Beth", "Hello Beth.")]
    path = file(tmp_path / "a.jsonl", rows)
    one, two = (prepare(tmp_path / name, *inputs(path), f"prepare.processes={name}") for name in ("1", "2"))
    assert one.sha256 == two.sha256 and one.metrics == two.metrics
    assert one.metrics["redacted"]["name"] == 2


def test_what_cannot_be_read_in_a_table_is_refused_and_listed(tmp_path):
    path = tmp_path / "a.csv"
    good = "".join(f'"Is item {n} in stock?","Item {n} is, yes."\n' for n in range(9))
    path.write_text("question,answer\n" + good + "only one\n,no question\n", encoding="utf-8")
    made = prepare(tmp_path, *inputs(str(path)))
    assert (made.metrics["rows_in"], made.metrics["refused"], made.metrics["rows_out"]) == (11, 2, 9)
    assert [(row["line"], row["reason"]) for row in rows_of(made, "refused.jsonl")] == [
        (11, "1 fields where the header has 2"),
        (12, "prompt is empty"),
    ]
    with pytest.raises(UserError, match="line 11: 1 fields"):
        prepare(tmp_path / "strict", *inputs(str(path)), "prepare.on_error=stop")


def test_a_folder_of_many_formats(tmp_path):
    folder = tmp_path / "all"
    folder.mkdir()
    file(folder / "a.jsonl", many(9))
    (folder / "b.tsv").write_text("prompt\tcompletion\nIs it blue?\tIt is blue indeed.\n", encoding="utf-16")
    (folder / "c.md").write_text("## Do you gift wrap?\nWe do, for $5.\n", encoding="utf-8")
    (folder / "d.html").write_text("<h3>May I return it?</h3><p>Within 60 days.</p>", encoding="utf-8")
    (folder / "e.txt").write_text("Customer: Open today?\nAgent: Until five o'clock.\n", encoding="utf-8")
    (folder / "f.eml").write_text(
        "From: Care <care@shop.example>\nSubject: Re: x\n\nIt ships on Monday.\n\n> When does it ship?\n",
        encoding="utf-8",
    )
    made = prepare(tmp_path, *inputs(str(folder)))
    assert made.metrics["rows_in"] == made.metrics["rows_out"] == 14
    assert made.metrics["files"] == {"read": 6, "ignored": 0, "empty": 0}
    pairs = {
        row["messages"][-2]["content"]: row["messages"][-1]["content"]
        for s in SPLITS
        for row in rows_of(made, f"{s}.jsonl")
    }
    assert pairs["When does it ship?"] == "It ships on Monday."
    assert pairs["Open today?"] == "Until five o'clock." and pairs["Is it blue?"] == "It is blue indeed."
    assert Tables(page_of(made)).found["Source"]["a.jsonl"][0] == "9"


def test_a_table_of_turns_with_its_own_columns(tmp_path):
    path = tmp_path / "turns.csv"
    lines = [
        f"c{n},{who},{text}"
        for n in range(9)
        for who, text in (("shopper", f"Is item {n} in?"), ("clerk", f"Item {n} is in."))
    ]
    path.write_text("chat no,who,what\n" + "\n".join(lines), encoding="utf-8")
    names = ("dialogue='chat no'", "speaker=who", "text=what")
    own = [f"prepare.columns.{name}" for name in names]
    made = prepare(tmp_path, *inputs(str(path)), *own, "prepare.roles={shopper: user, clerk: assistant}")
    assert made.metrics["rows_in"] == made.metrics["rows_out"] == 9
    assert {row["dialogue"] for s in SPLITS for row in rows_of(made, f"{s}.jsonl")} == {f"c{n}" for n in range(9)}


def test_dialogues_by_length_and_language(tmp_path):
    german = talk(
        60, "Guten Tag, wann wird meine Lampe geliefert, bitte?", "Die Lampe wird am kommenden Montag geliefert."
    )
    path = file(
        tmp_path / "a.jsonl", [*many(12), german, talk(61, "Hi", "Yes there"), talk(62, "Hm " * 99, "I see it now.")]
    )
    made = prepare(tmp_path, *inputs(path), "prepare.min_words=4", "prepare.max_words=60", "prepare.languages=[en]")
    dropped = {name: count for name, count in made.metrics["dropped"].items() if count}
    assert dropped == {"too_short": 1, "too_long": 1, "language": 1}
    whole = prepare(tmp_path / "all", *inputs(path))
    assert Tables(page_of(whole)).found["Language (of up to 1,000 dialogues spread over all)"]["de"][0] == "1"


@pytest.mark.parametrize(
    ("reply", "learned"),
    [
        ("One moment please.", False),
        ("Let me check that for you", False),
        ("Ok, sure", True),
        ("Sure, it is blue.", True),
        ("You are now connected to Tess.", False),
        ("Is the oak bench in?", False),
    ],
)
def test_replies_that_are_no_answers(tmp_path, reply, learned):
    more = ("And the blue one, please?", "Blue is out.")
    made = prepare(
        tmp_path, *inputs(file(tmp_path / "a.jsonl", [*many(9), talk(50, "Is the oak bench in?", reply, *more)]))
    )
    assert made.metrics["examples"]["dropped"]["not_an_answer"] == (0 if learned else 1)
    assert made.metrics["rows_out"] == 10


SECRETS = {
    "name": "Ottilie Grunwald",
    "email": "ottilie@secret.example",
    "phone": "404-555-0177",
    "card": "4111 1111 1111 1111",
    "order": "77812345",
    "password": "Hunter!22",
}


def test_nothing_redacted_is_written_anywhere(tmp_path, capfd):
    told = (
        f"My name is {SECRETS['name']}, mail {SECRETS['email']}, call {SECRETS['phone']}, card {SECRETS['card']}, "
        f"order number {SECRETS['order']}, password: {SECRETS['password']}"
    )
    rows = [*many(12), talk(40, told, "Thank you, all is noted here."), talk(41, told), talk(42, told, "no")]
    rows += [talk(43, told + " again", "Thank you, all is noted here."), {"id": "x", "messages": told}]
    path = file(tmp_path / "a.jsonl", rows)
    made = prepare(tmp_path, *inputs(path), "prepare.on_error=refuse", "tracking=offline")
    assert made.metrics["redacted"]["name"] >= 3
    written = [one for one in (tmp_path / "test").rglob("*") if one.is_file()]
    assert any(one.suffix == ".wandb" for one in written) or len(written) > 8
    shown = capfd.readouterr()
    texts = {str(one): one.read_bytes().decode("utf-8", "replace") for one in written}
    for place, text in {**texts, "screen": shown.out + shown.err}.items():
        for kind, secret in SECRETS.items():
            assert secret not in text, f"{kind} in {place}"


def test_presidio_that_is_not_there(tmp_path, monkeypatch):
    from alignment.data.personal import presidio

    presidio._analyzer.cache_clear()
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(UserError, match="presidio-analyzer is not installed"):
        prepare(tmp_path, *inputs(file(tmp_path / "a.jsonl", many(9))), "prepare.redactor=presidio")


def test_presidio_adds_what_it_finds(monkeypatch):
    from alignment.data.personal import presidio
    from alignment.data.personal.redact import Redactor

    class Found:
        entity_type, start, end, score = "PERSON", 0, 6, 0.9

    class Engine:
        def analyze(self, text, language, entities):
            assert "PERSON" in entities
            return [Found()]

    monkeypatch.setattr(presidio, "_analyzer", Engine)
    assert Redactor(more=presidio.detector()).text("Xanthe likes a@example.com").text == "[NAME] likes [EMAIL]"


PERSONAS = ("comic", "friend", "professional")


@pytest.mark.skipif(
    not (DATA / "personality_chat").is_dir(), reason=f"needs {DATA}/personality_chat (or set ATTUNE_DATA)"
)
def test_personality_chat_against_an_independent_count(tmp_path):
    files = [DATA / "personality_chat" / f"qna_chitchat_the_{name}.tsv" for name in PERSONAS]
    inputs_ = f"prepare.inputs=[{','.join(map(str, files))}]"
    made = prepare(tmp_path, inputs_, "brand=none", "prepare.near_threshold=0", "prepare.drop_invented=false")
    pairs = []
    for path in files:
        text = path.read_bytes().decode("utf-8-sig")
        pairs += [(row["Question"], row["Answer"]) for row in csv.DictReader(io.StringIO(text), delimiter="\t")]
    metrics = made.metrics
    assert metrics["rows_in"] == len(pairs) == 653 + 650 + 650 and metrics["refused"] == 0 and balanced(metrics)
    idle = re.compile(r"(ok|okay|sure|hello|hi|hold on|please hold)[ .!…]*", re.IGNORECASE)
    long = [
        (q, a) for q, a in pairs if len(a.split()) >= 2 and not idle.fullmatch(a.strip()) and a.strip() != q.strip()
    ]
    short = len(pairs) - len(long)
    dropped = metrics["dropped"]
    keys = Counter(" ".join(f"{q} | {a}".lower().split()) for q, a in long)
    assert dropped["no_usable_reply"] == short
    assert abs(dropped["duplicate_exact"] - (len(long) - len(keys))) <= 3  # cleaning makes a few more alike
    assert metrics["rows_out"] == len(pairs) - short - dropped["duplicate_exact"]
    rows = [row for s in SPLITS for row in rows_of(made, f"{s}.jsonl")]
    assert len(rows) == metrics["rows_out"] == sum(metrics["examples"][s] for s in SPLITS)
    tables = Tables(page_of(made)).found
    assert sum(int(cells[0]) for cells in tables["Source"].values()) == metrics["rows_out"]
    assert {name: int(cells[0]) for name, cells in tables["Type"].items()} == metrics["redacted"]
    lengths = Counter(min(1 << (len(row["messages"][-1]["content"].split()).bit_length() - 1), 512) for row in rows)
    shown = {int(re.match(r"\d+", name)[0]): int(cells[0]) for name, cells in tables["Words in the reply"].items()}
    assert {low: count for low, count in shown.items() if count} == dict(lengths)
    placeholders = Counter(
        found.lower()
        for row in rows
        for m in row["messages"]
        for found in re.findall(r"\[([A-Z]+)(?:_\d+)?\]", m["content"])
    )
    assert placeholders["name"] <= metrics["redacted"]["name"]
    step = {name: [int(cell) for cell in cells] for name, cells in tables["Dialogues gone because"].items()}
    assert step["no usable reply"][2] == short
    assert [cells[1] for cells in step.values()][-1] == metrics["rows_out"]
    assert json.loads((made.path / "artifact.json").read_text())["metrics"] == metrics
