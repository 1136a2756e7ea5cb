"""Mixtures: shares by weight, rows drawn by hash, replay of general text."""

import json
from pathlib import Path

import pytest

from alignment.data.mixture import CONTINUE, draw, interleaved, labelled, quotas, replay
from alignment.errors import UserError


@pytest.mark.parametrize(
    ("weights", "total", "parts"),
    [
        ([2, 1], 9, [6, 3]),
        ([1, 1, 1], 10, [4, 3, 3]),  # 3 1/3 each: the first gets the one that is left
        ([1, 0], 5, [5, 0]),
        ([0.5, 0.3, 0.2], 7, [4, 2, 1]),  # 3.5, 2.1, 1.4: the largest remainder is the first one's
        ([3], 0, [0]),
    ],
)
def test_quotas_by_hand(weights: list[float], total: int, parts: list[int]) -> None:
    assert quotas(weights, total) == parts and sum(parts) == total


def rows(count: int) -> list[dict]:
    return [{"id": f"r{i}", "messages": []} for i in range(count)]


def test_draw_takes_each_row_once_before_any_twice() -> None:
    four = draw(rows(10), 4, seed=1, repeats=3)
    assert len({row["id"] for row in four}) == 4 and four == draw(rows(10), 4, seed=1, repeats=3)
    assert {row["id"] for row in four} <= {row["id"] for row in draw(rows(10), 6, seed=1, repeats=3)}
    many = [row["id"] for row in draw(rows(3), 8, seed=1, repeats=3)]
    assert many[:3] == ["r0", "r1", "r2"] and many[3:6] == ["r0~2", "r1~2", "r2~2"]
    assert len(many) == 8 and all(name.endswith("~3") for name in many[6:])
    assert len(draw(rows(3), 8, seed=1, repeats=2)) == 6  # and no more
    assert draw(rows(3), 0, seed=1, repeats=2) == [] == draw([], 5, seed=1, repeats=2)


def test_labels_and_turns() -> None:
    made = labelled([{"id": "1", "dialogue": "d", "messages": []}], "sales")
    assert made == [{"id": "sales/1", "dialogue": "sales/d", "messages": [], "task": "sales"}]
    assert [row["id"] for row in interleaved([rows(3), labelled(rows(1), "b")])] == ["r0", "b/r0", "r1", "r2"]
    assert interleaved([]) == []


def test_replay_reads_text_dialogues_and_questions(tmp_path: Path) -> None:
    text = " ".join(f"w{i}" for i in range(12))
    records = [
        {"text": text},
        {"text": "too short"},
        {"question": "q", "answer": "a"},
        {"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "b"}]},
        {"messages": [{"role": "user", "content": "u"}]},
        {"other": 1},
    ]
    file = tmp_path / "general.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records) + "no json\n")
    made = replay(str(file), held_out=0.0, seed=1)
    assert made.refused == 4 and made.validation == []
    replies = [row["messages"][-1]["content"] for row in made.train]
    assert replies == ["w4 w5 w6 w7 w8 w9 w10 w11", "a", "b"]
    assert made.train[0]["messages"][0]["content"] == f"{CONTINUE}w0 w1 w2 w3"
    assert {row["task"] for row in made.train} == {"replay"}
    file.write_text(json.dumps({"text": "too short"}) + "\n")
    with pytest.raises(UserError, match="no usable record, 1 refused"):
        replay(str(file), held_out=0.0, seed=1)
    with pytest.raises(UserError, match=r"mixture\.replay"):
        replay(str(tmp_path / "nowhere"), held_out=0.0, seed=1)


def test_replay_of_plain_text_takes_its_paragraphs(tmp_path: Path) -> None:
    words = [" ".join(f"{name}{i}" for i in range(12)) for name in "ab"]
    (tmp_path / "general.txt").write_text(f"{words[0]}\r\n\r\nshort\n\n{words[1]}\n")
    made = replay(str(tmp_path / "general.txt"), held_out=0.0, seed=1)
    assert made.refused == 1
    assert [row["messages"][-1]["content"] for row in made.train] == [
        " ".join(f"{name}{i}" for i in range(4, 12)) for name in "ab"
    ]


def test_replayed_text_with_broken_unicode_is_refused(tmp_path: Path) -> None:
    lines = [json.dumps({"text": f"{broken} " * 12}) for broken in ("\ud800", "fine")]
    (tmp_path / "general.jsonl").write_text("\n".join(lines))
    made = replay(str(tmp_path / "general.jsonl"), held_out=0.0, seed=1)
    assert made.refused == 1 and len(made.train) == 1
