"""Every figure of the report on real data, counted a second time here from the sources and from the rows written.

Nothing of `alignment.data` does the counting. Where a figure follows from the sources alone it is made from them; where
it rests on what redaction left (likeness, placeholders), from the texts that were written: with what `settings` switch
off, the last row of a kept dialogue and the text of a dropped one hold all that was said.
"""

import csv
import gzip
import hashlib
import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import ftfy
import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from alignment.artifact import Artifact
from tests.stages.test_prepare import DATA, HELD_OUT, SPLITS, all_rows, file, prepare, rows_of
from tests.stages.test_prepare_formats import Tables, page_of

Row = dict[str, Any]
Talk = list[dict[str, str]]
STAR = 800  # dialogues, and twice as many drafts
TYPES = ("name", "email", "phone", "card", "bank_account", "national_id", "address", "order", "account", "password")
TYPES += ("ip", "url")
PERSONAS = ("comic", "friend", "professional")
IDLE = re.compile(
    r"(ok|okay|sure|hello|hi|hold on|please hold)[ .!…]*"
    r"|((one|just a) (moment|second|sec|minute)|bear with me"
    r"|let me (check|look|see)( (on |into )?(this|that|it))?)( for you)?( please)?[ .!…]*"
    r"|((this|the|your) (chat|conversation|call) (has been|was|is) (now )?(closed|ended|transferred))\b.*"
    r"|(you are|you're|you have been) (now )?(being )?(connected|transferred) (to|with)\b.*",
    re.IGNORECASE,
)
PLACEHOLDER = re.compile(rf"\[({'|'.join(name.upper() for name in TYPES)})(?:_\d+)?\]")
settings = ("brand=none", "prepare.max_tokens=0", "prepare.max_turn_rows=0", "prepare.drop_invented=false")


def needs(name: str):
    return pytest.mark.skipif(not (DATA / name).is_dir(), reason=f"needs {DATA}/{name} (or set ATTUNE_DATA)")


def star(name: str, count: int) -> list[Row]:
    with gzip.open(DATA / "star" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line, _ in zip(lines, range(count), strict=False)]


@pytest.fixture(scope="module")
def from_star(tmp_path_factory) -> tuple[list[Row], list[Row], Artifact]:
    """Dialogues up to their last reply that is learned from, a few of them twice, and drafts."""
    root = tmp_path_factory.mktemp("star")
    rows = star("transcripts", STAR)
    for row in rows:
        while len(row["messages"]) > 1 and (row["messages"][-1]["role"] == "user" or faults(row["messages"])[-1]):
            row["messages"].pop()
    rows += [{**row, "id": f"again-{row['id']}"} for row in rows[40:60]]
    near = [row for row in rows[:STAR] if sum(len(m["content"]) for m in row["messages"]) > 600][:10]
    for row in near:
        first, *rest = row["messages"]
        rows.append(
            {**row, "id": f"near-{row['id']}", "messages": [{**first, "content": first["content"] + " pls"}, *rest]}
        )
    drafts = star("drafts", 2 * STAR)
    made = prepare(
        root,
        *settings,
        f"prepare.inputs=[{file(root / 'a.jsonl', rows)}]",
        f"prepare.pairs=[{file(root / 'p.jsonl', drafts)}]",
    )
    return rows, drafts, made


@pytest.fixture(scope="module")
def from_chitchat(tmp_path_factory) -> tuple[list[Row], Artifact]:
    """Three personas' answers, as dialogues of one question."""
    paths = [DATA / "personality_chat" / f"qna_chitchat_the_{name}.tsv" for name in PERSONAS]
    made = prepare(tmp_path_factory.mktemp("chat"), *settings, f"prepare.inputs=[{','.join(map(str, paths))}]")
    rows = []
    for path in paths:
        text = path.read_bytes().decode("utf-8-sig")
        for number, row in enumerate(csv.DictReader(io.StringIO(text), delimiter="\t"), start=2):
            talk = [{"role": "user", "content": row["Question"]}, {"role": "assistant", "content": row["Answer"]}]
            rows.append({"id": f"{path.name}:{number}", "file": path.name, "messages": talk})
    return rows, made


def tidy(text: str) -> str:
    return " ".join(ftfy.fix_text(text, unescape_html=False).split())


def joined(talk: Talk) -> Talk:
    """Neighbours of one role as one message."""
    found: Talk = []
    for message in talk:
        if found and found[-1]["role"] == message["role"]:
            found[-1] = {"role": message["role"], "content": f"{found[-1]['content']} {message['content']}"}
        else:
            found.append(dict(message))
    return found


def faults(talk: Talk) -> list[str]:
    """Why each agent turn of a joined dialogue is not learned from; "" where it is."""
    found, asked = [], False
    for place, message in enumerate(talk):
        text = tidy(message["content"])
        if message["role"] == "user":
            asked = True
        elif not asked:
            found.append("no_question")
        elif len(text.split()) < 2:
            found.append("reply_too_short")
        elif len(text.split()) > 250:
            found.append("reply_too_long")
        else:
            found.append("not_an_answer" if IDLE.fullmatch(text) or text == tidy(talk[place - 1]["content"]) else "")
    return found


def fate(row: Row) -> str:
    """Why the dialogue goes, of what it alone tells; "" when it stays."""
    roles = {m["role"] for m in row["messages"]}
    if not roles:
        return "empty"
    if len(roles) == 1:
        return "one_sided"
    return "" if "" in faults(joined(row["messages"])) else "no_usable_reply"


def spoken(talk: Talk) -> str:
    return "\n".join(f"{m['role']}: {m['content']}" for m in talk)


def written(made: Artifact) -> dict[str, str]:
    """The redacted text of every dialogue that passed cleaning, kept or a copy, by id."""
    found = {}
    for rows in all_rows(made).values():
        for row in rows:
            text = spoken(row["messages"])
            found[row["dialogue"]] = max(text, found.get(row["dialogue"], ""), key=len)
    for row in rows_of(made, "dropped.jsonl"):
        if row["what"] == "dialogue" and row["reason"].startswith("duplicate"):
            found[row["id"]] = row["text"]
    return found


def similarities(texts: list[str]) -> np.ndarray:
    """(n, n) Jaccard similarities of the sets of five characters of letters and digits."""
    known: dict[str, int] = {}
    table = []
    for text in texts:
        text = re.sub(r"[\W_]+", " ", text.lower()).strip()
        table.append([known.setdefault(part, len(known)) for part in {text[i : i + 5] for i in range(len(text) - 4)}])
    sizes = np.array([len(row) for row in table])
    ones = np.ones(sizes.sum(), np.int32)
    matrix = csr_matrix((ones, np.concatenate(table), np.append(0, sizes.cumsum())), (len(texts), len(known)))
    shared = (matrix @ matrix.T).toarray()
    return shared / (sizes[:, None] + sizes[None, :] - shared)


def shown(made: Artifact, title: str) -> dict[str, int]:
    """A table of the report: the first count of each line, zeros left out."""
    lines = Tables(page_of(made)).found.get(title, {})
    return {name: int(cells[0]) for name, cells in lines.items() if cells[0].isdigit() and int(cells[0])}


def check_rows(rows: list[Row], made: Artifact) -> None:
    """rows_in, refused, dropped, rows_out, examples, prompts, the funnel, and what every dropped one is listed as."""
    metrics, listed = made.metrics, rows_of(made, "dropped.jsonl")
    fates = Counter(fate(row) for row in rows)
    went = {row["id"]: row["reason"] for row in listed if row["what"] == "dialogue"}
    copies = Counter(reason for reason in went.values() if reason.startswith("duplicate"))
    expected = Counter({name: count for name, count in fates.items() if name}) + copies
    assert {name: count for name, count in metrics["dropped"].items() if count} == dict(expected)
    assert (metrics["rows_in"], metrics["refused"]) == (len(rows), 0) and rows_of(made, "refused.jsonl") == []
    kept = [row for row in rows if not fate(row) and str(row["id"]) not in went]
    assert metrics["rows_out"] == len(kept) == len(rows) - expected.total()
    reasons = Counter(reason for row in kept for reason in faults(joined(row["messages"])))
    said = {f"{row['id']}-{n}": m["content"] for row in kept for n, m in enumerate(joined(row["messages"]))}
    for row in listed:  # a street address is several words, and one where it is redacted
        if row["reason"] == "reply_too_short" and len(said[row["id"]].split()) > 1:
            assert PLACEHOLDER.fullmatch(row["text"])
            reasons.update({"reply_too_short": 1, "": -1})
    found = all_rows(made)
    assert sum(map(len, found.values())) == reasons.pop("") > 0
    assert {name: count for name, count in metrics["examples"]["dropped"].items() if count} == dict(reasons)
    assert Counter(row["reason"] for row in listed if row["what"] == "row") == reasons
    assert {row["dialogue"] for own in found.values() for row in own} == {str(row["id"]) for row in kept}
    for split, own in found.items():
        assert metrics["examples"][split] == len(own) > 0
        assert metrics["prompts"][split] == len(rows_of(made, f"prompts/{split}.jsonl"))
        assert metrics["prompts"][split] == min(400, len({spoken(row["messages"][:-1]).lower() for row in own}))
        lines = (made.path / f"{split}.jsonl").read_bytes().splitlines()
        digest = sum(int.from_bytes(hashlib.sha256(line).digest(), "big") for line in lines) % (1 << 256)
        assert made.fingerprints[split] == f"{digest:064x}"
    left = len(rows)
    for name, cells in Tables(page_of(made)).found["Dialogues gone because"].items():
        gone = expected[name.replace(" ", "_")]
        assert [int(cell) for cell in cells] == [left, left - gone, gone]
        left -= gone
    assert left == metrics["rows_out"]


def check_cleaning(rows: list[Row], made: Artifact) -> None:
    """Messages each step changed, and those that merging took in."""
    texts = [m["content"] for row in rows for m in row["messages"]]
    mended = [ftfy.fix_text(text, unescape_html=False) for text in texts]
    both = [row["messages"] for row in rows if len({m["role"] for m in row["messages"]}) == 2]
    expected = {
        "repair": sum(a != b for a, b in zip(texts, mended, strict=True)),
        "whitespace": sum(text != re.sub(r" ?\n ?", "\n", re.sub(r"[^\S\n]+", " ", text)).strip() for text in mended),
        "merged": sum(len(talk) - len(joined(talk)) for talk in both),
    }
    found = {name: count for name, count in made.metrics["cleaned"].items() if count}
    assert found == {name: count for name, count in expected.items() if count}
    assert shown(made, "Cleaning step") == found


def check_personal_data(made: Artifact, sources: list[str]) -> None:
    """Placeholders written are values replaced; what has a shape that tells it is counted in the sources too."""
    metrics = made.metrics
    texts = list(written(made).values())
    texts += [
        row["text"]
        for row in rows_of(made, "dropped.jsonl")
        if row["what"] == "dialogue" and not row["reason"].startswith("duplicate")
    ]
    placed = Counter(found.lower() for text in texts for found in PLACEHOLDER.findall(text))
    assert {name: count for name, count in metrics["redacted"].items() if count} == dict(placed)
    assert set(metrics["redacted"]) == set(TYPES) and shown(made, "Type") == dict(placed)
    assert metrics["redacted"]["email"] == sum(len(re.findall(r"[\w.+-]+@[\w-]+\.\w+", text)) for text in sources)
    assert metrics["redacted"]["ip"] == sum(len(re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", text)) for text in sources)
    page = page_of(made)
    for text in sources:
        for secret in re.findall(r"\S+@\S+|\b\d{9,}\b", text):
            assert secret not in page


def check_likeness(made: Artifact) -> None:
    """Exact and near duplicates, groups, and what held-out rows share with training, all with all."""
    metrics, listed = made.metrics, rows_of(made, "dropped.jsonl")
    texts = written(made)
    names = list(texts)
    place = {name: number for number, name in enumerate(names)}
    plain = [" ".join(text.lower().split()) for text in texts.values()]
    similar = similarities(list(texts.values()))
    copies = {row["id"]: (row["reason"], row["of"]) for row in listed if row["what"] == "dialogue" and "of" in row}
    assert metrics["duplicates"]["exact"] == len(plain) - len(set(plain))
    for name, (reason, of) in copies.items():
        if reason == "duplicate_exact":
            assert plain[place[name]] == plain[place[of]]
        else:
            assert similar[place[name], place[of]] >= 0.9 and of not in copies
    near = [name for name, (reason, _) in copies.items() if reason == "duplicate_near"]
    assert metrics["duplicates"]["near"] == metrics["dropped"]["duplicate_near"] == len(near)
    numbers = [tuple(re.findall(r"\d+", text)) for text in plain]
    kept = [place[name] for name in names if name not in copies]
    twins = [(i, j) for i in kept for j in kept if i < j and similar[i, j] >= 0.9 and numbers[i] == numbers[j]]
    assert twins == []
    _, labels = connected_components(csr_matrix(similar >= 0.7), directed=False)
    sizes = Counter(int(labels[i]) for i in kept)
    assert (metrics["duplicates"]["groups"], metrics["duplicates"]["largest_group"]) == (
        len(sizes), max(sizes.values())
    )  # fmt: skip
    assert metrics["duplicates"]["unsettled"] == 0
    where = {row["dialogue"]: split for split, rows in all_rows(made).items() for row in rows}
    splits = np.array([where[names[i]] for i in kept])
    crossing = (similar[np.ix_(kept, kept)] >= 0.7) & (splits[:, None] != splits[None, :])
    assert metrics["leakage"]["dialogues"] == int(crossing.sum()) == 0

    def folded(row: Row) -> tuple[str, ...]:
        return tuple(re.sub(r"[\W_]+", " ", m["content"].lower()).strip() for m in row["messages"][-2:])

    train = {folded(row) for row in rows_of(made, "train.jsonl")}
    shared = sum(folded(row) in train for split in HELD_OUT for row in rows_of(made, f"{split}.jsonl"))
    assert metrics["leakage"]["turns"] == shared and metrics["leakage"]["prompts"] == 0
    words = f"{shared} held-out rows share question and reply"
    assert words in re.sub(r"\s+", " ", page_of(made))


def check_balance(made: Artifact, files: dict[str, int], intents: dict[str, int]) -> None:
    """Lengths, sources and intents of the rows written, as the report draws them."""
    rows = [row for own in all_rows(made).values() for row in own]

    def low(count: int) -> int:
        return next(size for size in (512, 256, 128, 64, 32, 16, 8, 4, 2, 1) if count >= size)

    for title, sizes in (
        ("Words in the reply", [len(row["messages"][-1]["content"].split()) for row in rows]),
        ("Messages in the row, without the system's", [len(row["messages"]) for row in rows]),
    ):
        found = {int(re.match(r"\d+", name)[0]): count for name, count in shown(made, title).items()}
        assert found == dict(Counter(map(low, sizes)))
    assert shown(made, "Source") == files
    assert shown(made, "Intent") == dict(Counter(intents).most_common(20))
    assert sum(shown(made, "Agent").values()) == len(rows)
    languages = shown(made, "Language (of up to 1,000 dialogues spread over all)")  # the settings stand below it
    count = made.metrics["rows_out"]
    told = sum(n for code, n in languages.items() if re.fullmatch(r"[a-z]{2}|\(none\)", code))
    assert told == -(-count // -(-count // 1000))
    card = (made.path / "data_card.md").read_text(encoding="utf-8")
    assert f"Of {made.metrics['rows_in']} dialogues {made.metrics['rows_out']} were kept" in card


@needs("star")
def test_star_rows(from_star) -> None:
    rows, _, made = from_star
    check_rows(rows, made)
    check_cleaning(rows, made)


@needs("star")
def test_star_personal_data(from_star) -> None:
    rows, _, made = from_star
    check_personal_data(made, [m["content"] for row in rows for m in row["messages"]])


@needs("star")
def test_star_likeness(from_star) -> None:
    made = from_star[2]
    assert made.metrics["duplicates"]["exact"] >= 15 and made.metrics["duplicates"]["near"] >= 5
    check_likeness(made)


@needs("star")
def test_star_balance(from_star) -> None:
    rows, _, made = from_star
    kept = Counter(row["dialogue"] for own in all_rows(made).values() for row in own)
    intents: Counter[str] = Counter()
    for row in rows:
        intents["+".join(domain or "" for domain in row["domains"]) or "(none)"] += kept[str(row["id"])]
    check_balance(made, {"a.jsonl": made.metrics["rows_out"]}, +intents)


@needs("star")
def test_star_pairs(from_star) -> None:
    _, drafts, made = from_star
    figures, found = made.metrics["pairs"], rows_of(made, "pairs/pairs.jsonl")
    went = Counter(row["reason"] for row in rows_of(made, "dropped.jsonl") if row["what"] == "pair")
    assert {name: count for name, count in figures["dropped"].items() if count} == dict(went)
    assert (figures["rows_in"], figures["refused"]) == (len(drafts), 0)
    assert figures["rows_out"] == len(found) == len(drafts) - went.total()
    assert {split: figures[split] for split in SPLITS} == {s: sum(r["split"] == s for r in found) for s in SPLITS}
    same = {row["id"] for row in drafts if tidy(row["draft"]) == tidy(row["approved"])}
    assert went["same_text"] >= len(same) > 0 and not same & {row["id"] for row in found}
    for row in rows_of(made, "dropped.jsonl"):
        if row["what"] == "pair" and row["reason"] == "same_text":
            approved, _, draft = row["text"].partition("\ndraft: ")
            assert approved.removeprefix("approved: ").split() == draft.split()
    texts = [json.dumps([row[part] for part in ("prompt", "chosen", "rejected")]).lower() for row in found]
    assert len(set(texts)) == len(texts)


@needs("personality_chat")
def test_chitchat_rows(from_chitchat) -> None:
    rows, made = from_chitchat
    check_rows(rows, made)
    check_cleaning(rows, made)


@needs("personality_chat")
def test_chitchat_personal_data(from_chitchat) -> None:
    rows, made = from_chitchat
    check_personal_data(made, [m["content"] for row in rows for m in row["messages"]])


@needs("personality_chat")
def test_chitchat_likeness(from_chitchat) -> None:
    _, made = from_chitchat
    check_likeness(made)


@needs("personality_chat")
def test_chitchat_balance(from_chitchat) -> None:
    _, made = from_chitchat
    kept = Counter(row["dialogue"].partition(":")[0] for own in all_rows(made).values() for row in own)
    check_balance(made, dict(kept), {"(none)": kept.total()})


def test_the_count_here_would_see_a_wrong_figure(tmp_path: Path) -> None:
    talk = [{"role": r, "content": c} for r, c in (("user", "Is it in?"), ("assistant", "Yes, the oak bench is in."))]
    rows = [
        {
            "id": f"d{n}",
            "messages": [
                *talk[:1],
                {**talk[1], "content": f"{talk[1]['content']} {hashlib.sha256(bytes([n])).hexdigest()}"},
            ],
        }
        for n in range(30)
    ]
    made = prepare(tmp_path, *settings, f"prepare.inputs=[{file(tmp_path / 'a.jsonl', rows)}]")
    check_rows(rows, made)
    with pytest.raises(AssertionError):
        check_rows(rows[1:], made)
