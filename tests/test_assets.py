"""The embedded brand and base model: what is promised of them, and that the scripts make them from their seeds."""

import json
import re
import struct
import sys
from collections import Counter
from math import prod
from pathlib import Path
from typing import Any

import jinja2
import pytest

from alignment.artifact import read_jsonl
from tests.conftest import CHECKOUT

ASSETS = CHECKOUT / "alignment" / "assets"
BRAND, MODEL = ASSETS / "southern_charm", ASSETS / "base_model"
TRAINING = ("transcripts", "prompts/train", "prompts/validation")
ZIPS = re.compile(r"^(?:shipping|delivery) to (\d{5}):", re.MULTILINE)
ITEMS = re.compile(r"^item: (.+)$", re.MULTILINE)


def rows(name: str) -> list[dict[str, Any]]:
    return read_jsonl(BRAND / f"{name}.jsonl")


def named(pattern: re.Pattern[str], *names: str) -> set[str]:
    """What the system messages of these files say."""
    return {found for name in names for row in rows(name) for found in pattern.findall(row["messages"][0]["content"])}


def test_a_catalogue_with_facts() -> None:
    catalogue = json.loads((BRAND / "catalogue.json").read_text())
    assert len(catalogue["products"]) >= 40
    assert all({"item", "price", "size", "material", "care"} <= set(one) for one in catalogue["products"])
    assert {"shipping", "returns"} <= set(catalogue["policies"])


def test_messy_transcripts_by_agents_of_different_habits() -> None:
    found = rows("transcripts")
    agents = Counter(row["agent"] for row in found)
    assert len(found) >= 600 and len(agents) >= 4 and min(agents.values()) >= 20
    said = [row["messages"][-1]["content"] for row in found]
    text = "\n".join(message["content"] for row in found for message in row["messages"])
    for habit in (r"\bsorry\b|apolog", r"(?i)please be advised|as per", r"(?i)\bhey\b|y'all|happy to"):
        assert 0.05 < sum(bool(re.search(habit, reply)) for reply in said) / len(said) < 0.8, habit
    assert sum(len(reply.split()) <= 6 for reply in said) > 20  # curt ones
    assert re.search(r"[\w.]+@[\w.]+\.\w+", text) and re.search(r"\b(?:teh|shiping|plese)\b", text)
    assert sum(row["id"].startswith("copy-") for row in found) > 20
    assert any(not reply.strip() for reply in said)


def test_test_prompts_are_many_and_new() -> None:
    prompts = rows("prompts/test")
    assert len(prompts) >= 1000 and len({row["id"] for row in prompts}) == len(prompts)
    for pattern in (ITEMS, ZIPS):
        test = named(pattern, "prompts/test")
        assert len(test) > 10 and not test & named(pattern, *TRAINING)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_the_facts_of_a_reply_stand_in_the_messages(split: str) -> None:
    for row in rows(f"prompts/{split}"):
        given = "\n".join(message["content"] for message in row["messages"])
        assert row["messages"][0]["role"] == "system" and row["facts"]
        assert all(fact in given for fact in row["facts"]), row["id"]


def test_the_guide_says_what_the_voice_is() -> None:
    guide = (BRAND / "voice_guide.md").read_text().lower()
    for rule in ("greet", "warm", "apolog", "policy", "help", "length"):
        assert rule in guide


def test_replies_labelled_by_hand_are_many_and_of_both_kinds() -> None:
    files = sorted((CHECKOUT / "tests" / "data_labelled").glob("voice_*.jsonl"))
    found = [row for path in files for row in read_jsonl(path)]
    labels = Counter(row["label"]["passed"] for row in found)
    assert min(labels[True], labels[False]) >= 50
    generated = {row["messages"][-1]["content"].strip() for row in rows("transcripts")}
    assert len({row["reply"].strip() for row in found} - generated) >= 100  # no generator made these


def test_the_base_model_is_small_and_of_a_standard_kind() -> None:
    weights = MODEL / "model.safetensors"
    assert weights.stat().st_size <= 12e6
    with weights.open("rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    assert sum(prod(one["shape"]) for name, one in header.items() if name != "__metadata__") <= 6_000_000
    assert json.loads((MODEL / "config.json").read_text())["architectures"] == ["Qwen3ForCausalLM"]
    template = re.sub(r"\{%-? *(?:end)?generation *-?%\}", "", (MODEL / "chat_template.jinja").read_text())
    said = jinja2.Environment().from_string(template).render(messages=[{"role": "system", "content": "price: $9"}])
    assert "system" in said and "price: $9" in said


def test_the_script_makes_the_same_brand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(CHECKOUT / "scripts"))
    import build_brand

    monkeypatch.setattr(build_brand, "ASSETS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["build_brand.py"])
    build_brand.main()
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.jsonl")}
    assert len(made) == 4
    for name, data in made.items():
        assert data == (BRAND / name).read_bytes(), name
