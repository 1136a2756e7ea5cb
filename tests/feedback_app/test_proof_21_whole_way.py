"""Proof 21: rankings clicked in the browser become an export, a reward model and a policy that names them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alignment.artifact import Artifact, load, read_jsonl
from alignment.feedback.desk import open_app
from tests.feedback_app import kit

SMALL = ("max_steps=2", "batch_size=2", "eval_every=1", "log_every=1")
PROMPTS = 8
ANSWERED = """before => document.querySelector('attune-desk').dataset.assignment !== String(before)
    || !document.querySelector('[data-part=empty]').hidden
    || document.querySelector('[data-part=said]').textContent.includes('moved nothing')"""


@pytest.mark.both
def test_21_from_click_to_policy(url: str, tmp_path: Path, page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("trl", "datasets", "hydra"):
        pytest.importorskip(name)
    from tests import kit as stages

    root = tmp_path / "runs"
    stages.dataset(root)
    stages.finished(root, "collect", {"candidates.jsonl": kit.candidates(PROMPTS, replies=3)})
    run(root, "sft", *small("sft", "yardstick_every=1", "yardstick_prompts=2"))
    # nobody names the database to the app or to a stage: it is the one both have by default
    if url.startswith("sqlite"):
        monkeypatch.delenv("ATTUNE_DATABASE_URL", raising=False)
        url = f"sqlite:///{root / 'feedback.sqlite'}"
    else:
        monkeypatch.setenv("ATTUNE_DATABASE_URL", url)
    with kit.serving(tmp_path, url, default_database=True, ATTUNE_ROOT=str(root)) as site:
        site.core.projects.create("way", {"tasks": {"rank": 3}, "ratings": 1, "repeat_share": 0.0, "gold_share": 0.0})
        site.core.projects.import_path("way", root / "test" / "collect")
        kit.desk(page, site, "ann", "way")
        for _ in range(PROMPTS):  # writer 0 before writer 1 before writer 2
            before = kit.assignment(page)
            letters = {kit.model_of(kit.reply_text(page, letter)): letter for letter in "ABC"}
            for place, writer in enumerate((0, 1, 2)):
                for _ in range(3):
                    order = page.eval_on_selector_all(".ranking > li", "all => all.map(one => one.dataset.letter)")
                    if order.index(letters[writer]) <= place:
                        break
                    page.get_by_role("button", name=f"Up: reply {letters[writer]}").click()
            page.locator("[data-part=save]").click()
            page.wait_for_function(ANSWERED, arg=before)
            if "moved nothing" in page.inner_text("[data-part=said]"):  # the order shown was right from the beginning
                page.locator("[data-part=save]").click()
            kit.next_task_after(page, before)
        clicked = {one["uid"] for one in site.events("way")}
    assert len(clicked) == PROMPTS
    exported = run(
        root,
        "export",
        "export.who=people",
        "export.min_pairs=4",
        "export.validation_share=0.2",
        "export.test_share=0.1",
        "export.contrast.wrong_fact=0",
    )
    rows = [row for split in ("train", "validation", "test") for row in read_jsonl(exported.path / f"{split}.jsonl")]
    assert len(rows) == PROMPTS * 3 and {uid for row in rows for uid in row["ratings"]} == clicked
    for row in rows:
        chosen, rejected = (kit.model_of(row[side][0]["content"]) for side in ("chosen", "rejected"))
        assert chosen < rejected
    reward = run(root, "reward", *small("reward"))
    policy = run(root, "dpo", *small("dpo", "yardstick_every=1", "yardstick_prompts=2"))
    trained_on = {uid for row in read_jsonl(exported.path / "train.jsonl") for uid in row["ratings"]}
    for artifact in (reward, policy):
        assert {row["id"] for row in read_jsonl(artifact.path / "rating_ids.jsonl")} == trained_on <= clicked
        assert (artifact.path / "model" / "model.safetensors").is_file()
    with open_app(url) as core:  # and whoever asks to be forgotten is found in them
        marked = core.retention.delete_person("ann", root).artifacts
    assert {exported.path.resolve(), reward.path.resolve(), policy.path.resolve()} <= {one.resolve() for one in marked}


def run(root: Path, stage: str, *overrides: str) -> Artifact:
    """`python -m alignment.run stage=…`, without the seconds of a process of its own."""
    from alignment.run import main

    argv = [f"stage={stage}", f"root={root}", "run=test", "tracking=off", *overrides]
    assert main(argv) == 0
    return load(root / "test" / stage)


def small(stage: str, *more: str) -> list[str]:
    return [f"{stage}.{knob}" for knob in (*SMALL, *more)]
