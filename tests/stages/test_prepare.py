"""The stage as a whole: what goes in comes out, is dropped with a reason, or is refused with its line."""

import csv
import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from alignment.artifact import read_jsonl
from alignment.errors import UserError
from tests.kit import run_stage

DATA = Path(os.environ.get("ATTUNE_DATA") or Path(__file__).parents[2] / ".." / "shared" / "data")
HELD_OUT = ("validation", "test")
SPLITS = ("train", *HELD_OUT)


def prepare(root: Path, *overrides: str):
    return run_stage(root, "prepare", *overrides)


def file(path: Path, rows) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def talk(number: int, *texts: str, **more):
    texts = texts or (f"What does item {number} cost, and is it {number * 7} wide?", f"It costs ${number} in the shop.")
    roles = ("user", "assistant")
    return {
        "id": f"t{number}",
        "messages": [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)],
        **more,
    }


def many(n: int):
    return [talk(number) for number in range(n)]


def inputs(path: str) -> list[str]:
    return [f"prepare.inputs=[{path}]", "brand=none"]


def rows_of(artifact, name: str):
    return read_jsonl(artifact.path / name)


def all_rows(artifact):
    return {split: rows_of(artifact, f"{split}.jsonl") for split in SPLITS}


def balanced(metrics) -> bool:
    return metrics["rows_in"] == metrics["rows_out"] + metrics["refused"] + sum(metrics["dropped"].values())


def test_the_embedded_brand(tmp_path):
    made = prepare(tmp_path)
    metrics = made.metrics
    source = Path("alignment/assets/southern_charm/transcripts.jsonl")
    source = Path(__file__).parents[2] / source
    given = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    spoken = [{m["role"] for m in row["messages"] if m["content"].strip()} for row in given]
    empty = [sum(not m["content"].strip() for m in row["messages"]) for row in given]
    silent = [not {"user", "assistant"} <= roles for roles in spoken]
    refused = sum(bool(n) and one for n, one in zip(empty, silent, strict=True))
    passed_over = sum(n for n, one in zip(empty, silent, strict=True) if not one)
    one_sided = sum(len({m["role"] for m in row["messages"]} & {"user", "assistant"}) == 1 for row in given)
    assert metrics["rows_in"] == len(given) and metrics["refused"] == refused and balanced(metrics)
    assert metrics["cleaned"]["passed_over"] == passed_over > 0
    assert metrics["dropped"]["one_sided"] == one_sided
    for split, rows in all_rows(made).items():
        assert len(rows) == metrics["examples"][split] > 0
        assert all(row["messages"][-1]["role"] == "assistant" and row["agent"] for row in rows)
        assert len(rows_of(made, f"prompts/{split}.jsonl")) == metrics["prompts"][split] >= 200
    text = "".join((made.path / f"{split}.jsonl").read_text(encoding="utf-8") for split in SPLITS)
    assert "@example" not in text and "[EMAIL]" in text
    assert metrics["leakage"]["dialogues"] == 0


def test_facts_in_the_system_message_reach_the_rows_unchanged(tmp_path):
    made = prepare(tmp_path)
    given = Path(__file__).parents[2] / "alignment" / "assets" / "southern_charm" / "transcripts.jsonl"
    systems = {row["messages"][0]["content"] for row in read_jsonl(given)}
    replies = {row["id"]: row for row in read_jsonl(given)}
    for row in rows_of(made, "train.jsonl"):
        assert row["messages"][0]["content"] in systems
        original = replies[row["dialogue"]]["messages"][int(row["id"].rpartition("-")[2])]["content"]
        digits = [word for word in original.split() if "$" in word or word.strip(".,!?").isdigit()]
        assert all(word in row["messages"][-1]["content"] for word in digits if len(word.strip(".,!?")) != 4)


def test_a_row_per_agent_turn(tmp_path):
    rows = [*many(12), talk(77, "Is it in?", "Yes it is.", "And the blue?", "Blue is out.", agent="tess")]
    made = prepare(tmp_path, *inputs(file(tmp_path / "a.jsonl", rows)))
    found = [row for rows in all_rows(made).values() for row in rows if row["dialogue"] == "t77"]
    assert [row["id"] for row in found] == ["t77-1", "t77-3"]
    assert [[m["content"] for m in row["messages"]] for row in found] == [
        ["Is it in?", "Yes it is."],
        ["Is it in?", "Yes it is.", "And the blue?", "Blue is out."],
    ]
    assert found[0]["agent"] == "tess"
    assert made.metrics["rows_out"] == 13 and sum(made.metrics["examples"][s] for s in SPLITS) == 14


def test_every_drop_is_counted_and_listed(tmp_path):
    rows = [
        *many(10),
        talk(20, "Hello there"),
        talk(21),
        {**talk(21), "id": "copy"},
        {"id": "void", "messages": []},
        talk(22, "Is the oak bench there?", "Yes"),
        talk(23, "My mail is a@example.com"),
    ]
    made = prepare(tmp_path, *inputs(file(tmp_path / "a.jsonl", rows)))
    metrics = made.metrics
    dropped = metrics["dropped"]
    assert balanced(metrics) and metrics["rows_out"] == 11
    assert {k: v for k, v in dropped.items() if v} == {
        "one_sided": 2,
        "empty": 1,
        "duplicate_exact": 1,
        "no_usable_reply": 1,
    }
    listed = rows_of(made, "dropped.jsonl")
    assert Counter(row["reason"] for row in listed) == {name: n for name, n in dropped.items() if n}
    assert next(row for row in listed if row["id"] == "copy")["of"] == "t21"
    assert next(row for row in listed if row["id"] == "t23")["text"] == "user: My mail is [EMAIL]"
    for name in ("report.html", "data_card.md", "dropped.jsonl", "refused.jsonl"):
        assert "a@example.com" not in (made.path / name).read_text(encoding="utf-8")


BROKEN = [
    ('{"messages": [', "not JSON"),
    ('{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": ""}]}', "is empty"),
    (
        '{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": 3}]}',
        "is a number, not a string",
    ),
    ('{"text": "q"}', "neither messages nor prompt"),
]


@pytest.mark.parametrize(("line", "reason"), BROKEN)
def test_a_bad_line_stops_with_file_and_line(tmp_path, line, reason):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(talk(1)) + "\n\n" + line + "\n", encoding="utf-8")
    with pytest.raises(UserError, match=reason) as error:
        prepare(tmp_path, *inputs(str(path)))
    assert f"{path}, line 3: " in str(error.value)
    assert 2 <= len(str(error.value).splitlines()) <= 3
    assert not (tmp_path / "test" / "prepare").exists()


def test_bad_lines_are_refused_counted_and_listed(tmp_path):
    path = tmp_path / "a.jsonl"
    good = "".join(json.dumps(row) + "\n" for row in many(8))
    path.write_text(good + "".join(f"{line}\n" for line, _ in BROKEN), encoding="utf-8")
    made = prepare(tmp_path, *inputs(str(path)), "prepare.on_error=refuse")
    assert (made.metrics["rows_in"], made.metrics["refused"], made.metrics["rows_out"]) == (12, 4, 8)
    refused = rows_of(made, "refused.jsonl")
    assert [row["line"] for row in refused] == [9, 10, 11, 12]
    assert all(reason in row["reason"] for row, (_, reason) in zip(refused, BROKEN, strict=True))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["prepare.inputs=[/nowhere/x.jsonl]"], "nothing to read at /nowhere/x.jsonl"),
        (["brand=none"], "prepare.inputs is empty"),
        (["brand.folder=/nowhere"], "brand.folder=/nowhere: no such folder"),
        (["prepare.near_threshold=1.5"], "prepare.near_threshold=1.5"),
        (["prepare.validation_share=0.6", "prepare.test_share=0.5"], "test_share = 1.1"),
        (["prepare.redact=[email,shoe]"], "prepare.redact=shoe"),
        (["prepare.country=UK"], "prepare.country=UK"),  # which is GB
        (["prepare.boilerplate=['(']"], "regular expressions"),
        (["prepare.roles={shopper: buyer}"], "prepare.roles: buyer"),
        (["prepare.max_tokens=50", "prepare.reply_tokens=50"], "prepare.reply_tokens=50"),
        (["prepare.sft_from=approved"], "without prepare.pairs"),
        (["brand=none", "prepare.prompts=brand", "prepare.inputs=[{file}]"], "has no prompts"),
        (["brand=none", "prepare.inputs=[{empty}]"], "empty, no record in it"),
        (["brand=none", "prepare.inputs=[{file}]", "prepare.min_reply_words=99"], "no row is left for training"),
        (["brand=none", "prepare.inputs=[{bare}]"], "bare.csv:1: the first row has no name of a column that we know"),
    ],
)
def test_mistakes_say_what_is_allowed(tmp_path, overrides, message):
    names = {"file": file(tmp_path / "a.jsonl", many(3)), "empty": file(tmp_path / "e.jsonl", [])}
    (tmp_path / "bare.csv").write_text("kayak,boat\npaddle,wood\n")
    names["bare"] = str(tmp_path / "bare.csv")
    for name, path in names.items():
        overrides = [one.replace("{" + name + "}", path) for one in overrides]
    with pytest.raises(UserError) as error:
        prepare(tmp_path, *overrides)
    assert message in str(error.value)


def test_the_same_input_gives_the_same_bytes(tmp_path):
    path = file(tmp_path / "a.jsonl", [*many(30), {**talk(3), "id": "copy"}])
    one, two = (prepare(tmp_path / name, *inputs(path)) for name in ("one", "two"))
    other = prepare(tmp_path / "three", *inputs(path), "seed=2")
    assert one.sha256 == two.sha256 != other.sha256
    assert one.fingerprints == two.fingerprints and one.fingerprints["train"] != other.fingerprints["train"]


def test_a_dialogue_and_its_like_stand_in_one_split(tmp_path):
    body = "The linen cushion cover is washed by hand in cold water and then dried in the shade of the porch"
    rows = [talk(n, "How do I wash it, please?", f"{body}, number {n}.") for n in range(5)] + many(25)
    made = prepare(tmp_path, *inputs(file(tmp_path / "a.jsonl", rows)))
    where = {row["dialogue"]: split for split, rows in all_rows(made).items() for row in rows}
    assert len({where[f"t{n}"] for n in range(5) if f"t{n}" in where}) == 1
    assert made.metrics["duplicates"]["near"] == 0 and made.metrics["duplicates"]["largest_group"] >= 5


def test_prompts_from_real_dialogues(tmp_path):
    made = prepare(tmp_path, *inputs(file(tmp_path / "a.jsonl", many(40))), "prepare.max_prompts=3")
    dialogues = {split: {row["dialogue"] for row in rows} for split, rows in all_rows(made).items()}
    for split in SPLITS:
        prompts = rows_of(made, f"prompts/{split}.jsonl")
        assert 1 <= len(prompts) <= 3
        for prompt in prompts:
            assert prompt["id"].rpartition("-")[0] in dialogues[split]
            assert prompt["messages"][-1]["role"] == "user" and prompt["facts"] == []
            assert prompt["reference"].startswith("It costs $")


def draft(number: int, draft_text: str = "it is blue", approved: str = "It comes in blue."):
    prompt = [{"role": "user", "content": f"Which color has item {number}?"}]
    return {"id": f"t{number}-1", "prompt": prompt, "draft": draft_text, "approved": approved, "action": "color"}


def test_pairs_follow_the_split_of_their_dialogue(tmp_path):
    pairs = [draft(n, approved=f"Item {n} comes in blue.") for n in range(30)]
    pairs += [draft(40, "Same  text", "Same text"), {**draft(1, approved="Item 1 comes in blue."), "id": "t1-9"}]
    made = prepare(
        tmp_path,
        *inputs(file(tmp_path / "a.jsonl", many(30))),
        f"prepare.pairs=[{file(tmp_path / 'p.jsonl', pairs)}]",
    )
    where = {row["dialogue"]: split for split, rows in all_rows(made).items() for row in rows}
    found = rows_of(made, "pairs/pairs.jsonl")
    assert all(where[row["group"]] == row["split"] for row in found) and len(found) == 30
    figures = made.metrics["pairs"]
    assert balanced(figures) and figures["rows_out"] == sum(figures[split] for split in SPLITS) == 30
    assert {k: v for k, v in figures["dropped"].items() if v} == {"same_text": 1, "duplicate_exact": 1}
    assert found[0]["chosen"] == [{"role": "assistant", "content": "Item 0 comes in blue."}]
    assert found[0]["tags"] == {"action": "color"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"approved": ""}, "approved is empty"),
        ({"draft": 7}, "draft is a number"),
        ({"approved": "it is blue"}, "no usable pair"),
    ],
)
def test_bad_pairs(tmp_path, change, message):
    pairs = file(tmp_path / "p.jsonl", [{**draft(1), **change}])
    with pytest.raises(UserError, match=message):
        prepare(tmp_path, *inputs(file(tmp_path / "a.jsonl", many(9))), f"prepare.pairs=[{pairs}]")


def test_approved_replies_as_training_rows(tmp_path):
    pairs = [draft(n, approved=f"Item {n} comes in blue.") for n in range(20)] + [draft(50, "The same", "The same")]
    made = prepare(
        tmp_path, "brand=none", f"prepare.pairs=[{file(tmp_path / 'p.jsonl', pairs)}]", "prepare.sft_from=approved"
    )
    rows = [row for rows in all_rows(made).values() for row in rows]
    assert {row["id"] for row in rows} == {row["id"] for row in pairs}  # a draft that was right teaches too
    assert made.metrics["pairs"]["rows_out"] == 20
    assert all(row["messages"][-1]["content"] != "it is blue" for row in rows)


def test_limits(tmp_path):
    pairs = file(tmp_path / "p.jsonl", [draft(n, approved=f"Item {n} comes in blue.") for n in range(30)])
    overrides = [*inputs(file(tmp_path / "a.jsonl", many(60))), f"prepare.pairs=[{pairs}]"]
    made = prepare(tmp_path, *overrides, "prepare.limit=20", "prepare.pairs_limit=10")
    assert sum(len(rows) for rows in all_rows(made).values()) == 20
    assert made.metrics["examples"]["dropped"]["limit"] == 40 and made.metrics["rows_out"] == 60
    assert len(rows_of(made, "pairs/pairs.jsonl")) == 10 and made.metrics["pairs"]["over_limit"] == 20


def test_the_report_escapes_and_asks_no_other_host(tmp_path):
    named = [row | {"agent": "<img src=y>\n# Ann"} for row in many(9)]
    rows = [*named, talk(30, "<img src=x onerror=alert(1)> x < y & z")]
    overrides = [*inputs(file(tmp_path / "a.jsonl", rows)), "prepare.markup=false"]
    made = prepare(tmp_path, *overrides)
    page = (made.path / "report.html").read_text(encoding="utf-8")
    card = (made.path / "data_card.md").read_text(encoding="utf-8")
    assert "<img" not in card and "&lt;img src=y> # Ann 9" in card
    assert "<img" not in page and "&lt;img src=x" in page
    assert "http://" not in page and "https://" not in page and "<script" not in page


def test_table_with_own_columns(tmp_path):
    path = tmp_path / "faq.csv"
    with path.open("w", newline="", encoding="utf-8") as table:
        csv.writer(table).writerows(
            [("Frage", "Antwort"), *((f"Is item {n} here?", f"Item {n} is\nhere.") for n in range(9))]
        )
    made = prepare(tmp_path, *inputs(str(path)), "prepare.columns.prompt=Frage", "prepare.columns.completion=Antwort")
    assert made.metrics["rows_in"] == made.metrics["rows_out"] == 9
    assert rows_of(made, "train.jsonl")[0]["dialogue"].startswith("faq.csv:")


def test_rows_fit_the_embedded_model(tmp_path):
    pytest.importorskip("transformers")
    words = "the price of the lamp is as it was before and " * 6
    long = talk(90, *[f"{words}{n}" for n in range(8)])
    overrides = [*inputs(file(tmp_path / "a.jsonl", [*many(9), long])), "prepare.max_tokens=260"]
    made = prepare(tmp_path, *overrides, "prepare.reply_tokens=100")
    rows = [row for rows in all_rows(made).values() for row in rows if row["dialogue"] == "t90"]
    assert len(rows) == 4
    assert [len(row["messages"]) for row in rows] == [2, 2, 2, 2]
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(Path(__file__).parents[2] / "alignment" / "assets" / "base_model")
    texts = [tokenizer.apply_chat_template(row["messages"], tokenize=False) for row in rows]
    lengths = [len(tokenizer.encode(text, add_special_tokens=False)) for text in texts]
    assert max(lengths) <= 260 < 2 * min(lengths) - 10  # two more messages would not have fitted


star = pytest.mark.skipif(
    not (DATA / "star").is_dir(), reason=f"needs the STAR transcripts in {DATA}/star (or set ATTUNE_DATA)"
)


@star
def test_star_against_an_independent_count(tmp_path):
    with gzip.open(DATA / "star" / "transcripts.jsonl.gz", "rt", encoding="utf-8") as lines:
        given = [json.loads(line) for line in lines][:600]
    with gzip.open(DATA / "star" / "drafts.jsonl.gz", "rt", encoding="utf-8") as lines:
        drafts = [json.loads(line) for line in lines][:900]
    made = prepare(
        tmp_path,
        "experiment=star",
        f"prepare.inputs=[{file(tmp_path / 'a.jsonl', given)}]",
        f"prepare.pairs=[{file(tmp_path / 'p.jsonl', drafts)}]",
        "prepare.limit=0",
        "prepare.pairs_limit=0",
    )
    metrics = made.metrics
    assert metrics["rows_in"] == 600 and metrics["refused"] == 0 and balanced(metrics)
    roles = [{m["role"] for m in row["messages"]} for row in given]
    assert metrics["dropped"]["empty"] == sum(not found for found in roles)
    assert metrics["dropped"]["one_sided"] == sum(len(found) == 1 for found in roles)
    figures = metrics["pairs"]
    assert figures["rows_in"] == 900 and balanced(figures)
    same = sum(" ".join(row["draft"].split()) == " ".join(row["approved"].split()) for row in drafts)
    assert figures["dropped"]["same_text"] >= same > 0
    place: dict[str, set[str]] = {}
    for split, rows in all_rows(made).items():
        for row in rows:
            place.setdefault(row["dialogue"], set()).add(split)
    for row in rows_of(made, "pairs/pairs.jsonl"):
        place.setdefault(row["group"], set()).add(row["split"])
    assert all(len(splits) == 1 for splits in place.values())
