"""A brand is one folder and no code: the second one is prepared and judged by path, and so is a folder of one's own."""

from pathlib import Path

import pytest

from alignment import run
from alignment.artifact import Artifact, load, read_jsonl, write_jsonl
from alignment.shipped import ASSETS
from alignment.voice.contract import load_contract

CORVANE = ASSETS / "corvane_networks"
KEEPS_THE_GUIDE = {"petrov", "okafor", "lindqvist"}


def prepared(root: Path, brand: Path, *overrides: str) -> Artifact:
    arguments = [f"brand={brand}", "stage=prepare", "run=test", f"root={root}", "tracking=off", "prepare.max_tokens=0"]
    assert run.main([*arguments, *overrides]) == 0
    return load(root / "test" / "prepare")


def test_the_second_brand_is_prepared_by_its_path_and_judged_by_its_guide(tmp_path: Path) -> None:
    found = prepared(tmp_path, CORVANE)
    source = read_jsonl(CORVANE / "transcripts.jsonl")
    copies = sum(row["id"].endswith("-copy") for row in source)
    assert found.metrics["rows_in"] == len(source) and found.metrics["duplicates"]["exact"] == copies > 0
    assert found.metrics["prompts"] == {"train": 200, "validation": 80, "test": 240}
    assert any(name.startswith("template/answer@") for name in found.fingerprints)
    contract = load_contract(CORVANE)
    assert contract is not None
    for split in ("train", "validation", "test"):
        for row in read_jsonl(found.path / f"{split}.jsonl"):
            *before, reply = row["messages"]
            assert contract.judge(reply["content"], before).passed is (row["agent"] in KEEPS_THE_GUIDE)


def test_test_prompts_name_models_that_stand_in_no_other_row() -> None:
    def models(name: str) -> set[str]:
        systems = [row["messages"][0]["content"] for row in read_jsonl(CORVANE / f"{name}.jsonl")]
        return {line for text in systems for line in text.splitlines() if line.startswith("model: ")}

    held_out = models("prompts/test")
    assert len(held_out) > 20
    assert not held_out & (models("transcripts") | models("prompts/train") | models("prompts/validation"))


def test_a_template_writes_the_system_message_of_rows_and_prompts(tmp_path: Path) -> None:
    brand = tmp_path / "ours"
    (brand / "templates").mkdir(parents=True)
    head = "---\nversion: 3\nvariables: [brand, facts]\n---\n"
    (brand / "templates" / "answer.md").write_text(head + "We are {{ brand }}.\n{{ facts }}", encoding="utf-8")
    rows = [
        {
            "id": f"d-{i}",
            "messages": [
                {"role": "user", "content": f"what does lamp number {i} cost, please?"},
                {"role": "assistant", "content": f"Lamp number {i} costs ${i}."},
            ],
        }
        for i in range(20)
    ]
    write_jsonl(brand / "transcripts.jsonl", rows)
    found = prepared(tmp_path, brand, "prepare.near_threshold=0", "prepare.group_threshold=0")
    made = read_jsonl(found.path / "train.jsonl") + read_jsonl(found.path / "prompts" / "train.jsonl")
    assert len(made) > 10
    assert {row["messages"][0]["content"] for row in made} == {"We are Ours."}
    assert [name for name in found.fingerprints if name.startswith("template/")] == ["template/answer@3"]


def test_a_template_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [f"brand={CORVANE}", "stage=prepare", f"root={tmp_path}", "tracking=off", "prepare.template=anser"]
    assert run.main(arguments) == 2
    assert "did you mean answer" in capsys.readouterr().err
