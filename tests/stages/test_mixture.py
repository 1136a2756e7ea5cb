"""mixture: two tiny tasks and replay, from the datasets to figures by task."""

import json
from collections import Counter
from pathlib import Path

import pytest

from alignment.artifact import read_jsonl
from alignment.errors import UserError
from tests.kit import dataset, run_stage

MIXED = ("mixture.tasks=[shop,quiz]", "mixture.weights=[3,1]", "mixture.rows=16")


@pytest.fixture
def inputs(tmp_path: Path) -> str:
    """Two datasets of runs of the same name, and a file of general text."""
    folders = [dataset(tmp_path / name, train=count, validation=4).path for name, count in (("a", 20), ("b", 3))]
    lines = [{"text": " ".join(f"w{i}-{n}" for i in range(15))} for n in range(40)]
    (tmp_path / "general.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return f"++inputs.dataset=[{','.join(map(str, folders))}]"


def test_weights_labels_and_held_out_sets(tmp_path: Path, inputs: str) -> None:
    general = f"mixture.replay={tmp_path / 'general.jsonl'}"
    made = run_stage(tmp_path, "mixture", inputs, *MIXED, general, "mixture.replay_share=0.2")
    rows = read_jsonl(made.path / "train.jsonl")
    assert Counter(row["task"] for row in rows) == {"shop": 12, "quiz": 4, "replay": 4}  # 4 of 20 are replay
    assert len({row["id"] for row in rows}) == 20  # quiz has 3 rows: one stands twice, under another id
    held_out = read_jsonl(made.path / "validation.jsonl")
    counts = Counter(row["task"] for row in held_out)
    assert counts["shop"] == counts["quiz"] == 4 and counts["replay"] > 0
    assert not {row["id"] for row in rows} & {row["id"] for row in held_out}
    prompts = read_jsonl(made.path / "prompts" / "validation.jsonl")
    assert [row["task"] for row in prompts[:4]] == ["shop", "quiz", "shop", "quiz"]
    metrics = made.metrics
    assert metrics["tasks"]["shop"] == {"train": 12, "validation": 4, "test": 0}
    assert metrics["held_out"] == {"shop": 4, "quiz": 0}  # shop trains on what quiz holds out
    asked = {row["messages"][1]["content"] for row in rows}
    assert not asked & {row["messages"][1]["content"] for row in held_out}
    assert metrics["shares"] == {"shop": 0.6, "quiz": 0.2, "replay": 0.2} and metrics["rows_out"] == 20
    again = run_stage(tmp_path, "mixture", inputs, *MIXED, general, "mixture.replay_share=0.2", "force=true")
    assert again.sha256 == made.sha256


def test_replayed_text_is_redacted_before_it_is_cut(tmp_path: Path, inputs: str) -> None:
    text = "Albert Einstein said: call +1 415 555 0134 and ask us for one more lecture on the 3rd Sunday, number {}"
    lines: list[dict[str, str]] = [{"text": text.format(n)} for n in range(30)]  # a third ends inside the number
    lines += [{"question": f"Whom do I write to in case {n}?", "answer": "To ann@example.com, sir."} for n in range(30)]
    file = tmp_path / "general.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    made = run_stage(tmp_path, "mixture", inputs, *MIXED, f"mixture.replay={file}", "mixture.replay_share=0.5")
    replayed = [row for row in read_jsonl(made.path / "train.jsonl") if row["task"] == "replay"]
    said = " ".join(message["content"] for row in replayed for message in row["messages"])
    assert "ann@" not in said and "415" not in said and "0134" not in said
    assert all(text in said for text in ("Albert Einstein", "[EMAIL]", "[PHONE]"))
    assert made.metrics["redacted"]["email"] == made.metrics["redacted"]["phone"] == 30
    assert made.metrics["redacted"]["name"] == 0 and made.metrics["replay_refused"] == 0


def test_a_weight_that_the_rows_cannot_meet_is_told(tmp_path: Path, inputs: str) -> None:
    made = run_stage(
        tmp_path, "mixture", inputs, "mixture.tasks=[shop,quiz]", "mixture.weights=[1,1]", "mixture.rows=40"
    )
    assert made.metrics["tasks"]["quiz"]["train"] == 12  # 3 rows, 4 times
    assert made.metrics["missing"] == {"shop": 0, "quiz": 8}


def test_sft_reports_each_task(tmp_path: Path, inputs: str) -> None:
    run_stage(tmp_path, "mixture", inputs, *MIXED)
    knobs = ("max_steps=1", "batch_size=2", "eval_every=1", "log_every=1", "yardstick_every=1", "yardstick_prompts=4")
    made = run_stage(tmp_path, "sft", "loop=[mixture,sft]", *(f"sft.{knob}" for knob in knobs))
    assert [one["role"] for one in made.parents] == ["dataset"] and "mixture" in made.parents[0]["path"]
    tasks = made.metrics["tasks"]
    assert {name: (one["rows"], one["validation_rows"]) for name, one in tasks.items()} == {
        "shop": (12, 4),
        "quiz": (4, 4),
    }
    assert all(0 < one["eval_loss"] < 20 for one in tasks.values())
    lines = read_jsonl(made.path / "metrics.jsonl")
    read = next(line for line in lines if "yardstick/facts" in line)
    by_task = [read[f"yardstick/facts.{name}"] for name in ("shop", "quiz")]
    assert read["yardstick/facts"] == pytest.approx(sum(by_task) / 2)  # two prompts each


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ([], "datasets of the runs test, test"),
        (["mixture.tasks=[a,a]"], "each name once"),
        (["mixture.tasks=[replay,b]"], "other than replay"),
        (["mixture.tasks=[a,b]", "mixture.weights=[1]"], "for 2 datasets"),
        (["mixture.tasks=[a,b]", "mixture.weights=[0,0]"], "not all 0"),
        (["mixture.replay_redact=[names]"], "names"),
        (["mixture.replay_country=XX"], "ISO code"),
        (["mixture.tasks=[a,b]", "mixture.replay=/nowhere.jsonl"], r"mixture\.replay"),
    ],
)
def test_what_cannot_be_mixed_is_told(tmp_path: Path, inputs: str, knobs: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        run_stage(tmp_path, "mixture", inputs, *knobs)
