"""experiment=star on dialogues and drafts of one's own: what is reported of the reward model, and against what."""

import json
import random
from typing import Any

import pytest

from alignment.artifact import Artifact, read_jsonl
from tests import kit, tiny_run

ACTIONS = ("hello", "ask_name", "price", "opening", "goodbye", "anything_else", "weather", "book")
STAGES = ("prepare", "sft", "export", "reward", "dpo")


def dialogue(number: int, rng: random.Random) -> dict[str, Any]:
    """Two questions, each answered."""
    words = ["porch", "lamp", "wreath", "quilt", "door", "mug", "candle", "basket", "swing", "clock"]
    said = [" ".join(rng.sample(words, 5)) for _ in range(4)]
    roles = ("user", "assistant", "user", "assistant")
    return {
        "id": f"d{number}",
        "messages": [{"role": r, "content": f"{t} {number}"} for r, t in zip(roles, said, strict=True)],
    }


def draft(talk: dict[str, Any], place: int, action: str) -> dict[str, Any]:
    """What the agent typed, and what was approved: every second one about as long."""
    typed = f"ok {talk['messages'][place]['content']}"
    ending = "!" if place == 1 else ", thank you so much for asking us today"
    return {
        "id": f"{talk['id']}-{place}",
        "prompt": talk["messages"][:place],
        "draft": typed,
        "approved": f"Ok {talk['messages'][place]['content']}{ending}",
        "action": action,
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artifact]:
    root, rng = tmp_path_factory.mktemp("star"), random.Random(1)
    talks = [dialogue(i, rng) for i in range(120)]
    drafts = [draft(talk, place, rng.choice(ACTIONS)) for talk in talks for place in (1, 3)]
    for name, rows in (("chats", talks), ("drafts", drafts)):
        (root / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    common = ["experiment=star", "run=test", f"model.name={tiny_run.base(root)}", *tiny_run.QUICK]
    common += [f"prepare.inputs=[{root}/chats.jsonl]", f"prepare.pairs=[{root}/drafts.jsonl]", "prepare.max_prompts=8"]
    common += ["prepare.near_threshold=0", "prepare.group_threshold=0"]
    found = {}
    for stage in STAGES:
        few = tiny_run.small(stage) if stage in ("sft", "reward", "dpo") else []
        found[stage] = kit.run_stage(root, stage, *common, *few)
    return found


def rows(artifact: Artifact, split: str) -> list[dict[str, Any]]:
    return read_jsonl(artifact.path / f"{split}.jsonl")


def test_sft_learns_the_approved_replies(made: dict[str, Artifact]) -> None:
    learned = {row["messages"][-1]["content"] for row in rows(made["prepare"], "train")}
    assert learned and all(text.startswith("Ok ") for text in learned)


def test_what_is_held_out_is_new(made: dict[str, Artifact]) -> None:
    """Dialogues in test, and in heldout_tag both dialogue and action."""
    trained = rows(made["export"], "train")
    for split in ("test", "heldout_tag"):
        assert not {row["group"] for row in trained} & {row["group"] for row in rows(made["export"], split)}
    actions = {row["tags"]["action"] for row in rows(made["export"], "heldout_tag")}
    others = {row["tags"]["action"] for row in trained + rows(made["export"], "test")}
    assert actions and not actions & others
    replies = {row["messages"][-1]["content"] for row in rows(made["prepare"], "train")}
    assert not replies & {row["chosen"][0]["content"] for row in rows(made["export"], "test")}


@pytest.mark.parametrize("split", ["test", "heldout_tag"])
def test_accuracy_stands_beside_what_needs_no_model(made: dict[str, Artifact], split: str) -> None:
    figures = made["reward"].metrics["held_out"][split]
    pairs = rows(made["export"], split)
    lengths = [[len(row[side][0]["content"]) for side in ("chosen", "rejected")] for row in pairs]
    alike = [abs(a - b) <= 0.15 * max(a, b) for a, b in lengths]
    for name, chosen in (("all", [True] * len(pairs)), ("length_matched", alike)):
        own = figures[name]
        assert own["n"] == sum(chosen) > 0
        for figure in ("accuracy", "length_only", "bag_of_words", "constant"):
            assert set(own[figure]) == {"value", "low", "high", "n"} and own[figure]["n"] == own["n"]
            assert own[figure]["low"] <= own[figure]["value"] <= own[figure]["high"]
        longer = [(a > b) + (a == b) / 2 for (a, b), keep in zip(lengths, chosen, strict=True) if keep]
        assert own["length_only"]["value"] == pytest.approx(sum(longer) / own["n"])
        assert own["constant"]["value"] == 0.5 and 0 <= own["calibration_error"] <= 1
    assert sum(alike) < len(pairs)


def test_dpo_learns_approved_over_draft(made: dict[str, Artifact]) -> None:
    assert made["dpo"].metrics["pairs"] == len(rows(made["export"], "train"))
    assert set(made["dpo"].metrics["rewards"]) == {"chosen", "rejected", "margins", "accuracies"}
