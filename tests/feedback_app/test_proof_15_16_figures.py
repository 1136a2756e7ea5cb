"""Proofs 15 and 16: figures equal values worked out by hand, and every export trains a model."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alignment.feedback.outgoing.exporting import Form
from tests.conftest import CHECKOUT
from tests.feedback_app import kit

# Towards writer 0, by prompt and rater.
ANN, BEN = (3, 3, -3, 1), (3, 3, -3, -3)
EDIT = "Hey there! It would read so."


def rate(site: kit.Site, name: str, project: str, towards: Callable[[int, int, int], int]) -> None:
    """All pairs of a project over HTTP. towards: (prompt number, lower writer, higher writer) to the lower's lead."""
    client = site.client(name)
    said = client.post("/api/desk", json={"project": project, "kind": "pair"}).json()
    while said["task"]:
        task = said["task"]
        number = int(task["turns"][-1]["raw"].split("wreath ")[1].rstrip("?"))
        left, right = (kit.model_of(reply["text"]) for reply in task["replies"])
        strength = towards(number, min(left, right), max(left, right)) * (1 if left < right else -1)
        body = {"assignment": task["assignment"], "answer": {"strength": strength}}
        said = client.post("/api/submit", json={**body, "project": project, "kind": "pair"}).json()


def figures(site: kit.Site, project: str) -> dict[str, Any]:
    """What `python -m feedback_app stats --json` says."""
    command = [sys.executable, "-m", "feedback_app", "stats", "--project", project, "--json"]
    said = subprocess.run(
        [*command, "--database-url", site.url], cwd=CHECKOUT, check=True, capture_output=True, text=True
    )
    return dict(json.loads(said.stdout))


def close(found: float, wanted: float) -> bool:
    return math.isclose(found, wanted, rel_tol=0, abs_tol=1e-9)


def test_15_agreement_and_strengths_by_hand(site: kit.Site, page: Any) -> None:
    project = site.project("proof-15", kit.candidates(4), ratings=2)
    rate(site, "ann", project, lambda number, *_: ANN[number])
    rate(site, "ben", project, lambda number, *_: BEN[number])
    made = figures(site, project)
    quality = made["quality"]
    # Of 8 values three are -3, one is 1, four are 3. Ordinal distances, squared: -3 to 1 (4 - 2)² = 4,
    # -3 to 3 (8 - 3.5)² = 20.25, 1 to 3 (5 - 2.5)² = 6.25. One prompt of four disagrees, by 4:
    # observed 2·4/8 = 1, expected 2·(3·1·4 + 3·4·20.25 + 1·4·6.25)/(8·7) = 10, alpha = 1 - 1/10
    assert close(quality["alpha"], 9 / 10)
    # Fleiss: observed 3/4, expected (5/8)² + (3/8)² = 17/32, kappa = (3/4 − 17/32)/(15/32) = 7/15
    assert close(quality["kappa"], 7 / 15)
    # Cohen: observed 3/4, expected 3/4·1/2 + 1/4·1/2 = 1/2, kappa = 1/2
    [(one, other, pairs, kappa)] = quality["cohen"]
    assert {one, other} == {"ann", "ben"} and pairs == 4 and close(kappa, 1 / 2)
    assert close(quality["same_side"], 3 / 4) and quality["same_side_pairs"] == 4
    # 5 wins against 3: the strengths differ by ln(5/3), and their mean is 0
    strengths = {row["model"]: row["strength"] for row in made["leaderboards"][0]["rows"]}
    assert close(strengths[kit.MODELS[0]], math.log(5 / 3) / 2)
    assert close(strengths[kit.MODELS[1]], -math.log(5 / 3) / 2)
    kit.sign_in(page, site, "dora", f"/dashboard/?project={project}")
    page.locator(".tiles .card", has_text="Krippendorff").locator("b", has_text="0.90").wait_for()
    page.locator(".tiles .card", has_text="Fleiss").locator("b", has_text="0.47").wait_for()
    page.get_by_role("tab", name="Leaderboard").click()
    page.locator("tr", has_text=kit.MODELS[0]).locator("td", has_text="0.26").first.wait_for()


def test_15_strengths_of_three_models_by_hand(site: kit.Site) -> None:
    project = site.project("proof-15-three", kit.candidates(15, 3), tasks={"pair": 3})
    # 0 beats 1 and 1 beats 2 ten times of fifteen, 0 beats 2 twelve times: odds of 2, 2 and 4 fit strengths that
    # are ln 2 apart exactly
    wins = {(0, 1): 10, (1, 2): 10, (0, 2): 12}
    rate(site, "ann", project, lambda number, *pair: 2 if number < wins[pair[0], pair[1]] else -2)
    (board,) = figures(site, project)["leaderboards"]
    assert board["comparisons"] == 45
    assert [row["model"] for row in board["rows"]] == list(kit.MODELS[:3])
    for row, strength in zip(board["rows"], (math.log(2), 0.0, -math.log(2)), strict=True):
        assert close(row["strength"], strength), row


@pytest.fixture
def rated(site: kit.Site) -> str:
    """A project with decided pairs, one edit and scores."""
    if "proof-16" in site.core.projects.names():
        return "proof-16"
    project = site.project("proof-16", kit.candidates(8), tasks={"pair": 1, "rubric": 1})
    client = site.client("ann")
    task = client.post("/api/desk", json={"project": project, "kind": "pair"}).json()["task"]
    edit = {"assignment": task["assignment"], "letter": "A", "text": EDIT}
    assert client.post("/api/edit", json=edit).status_code == 200
    rate(site, "ann", project, lambda number, *_: (3, -2, 1, -1, 2, 3, -3, 1)[number])
    task = client.post("/api/desk", json={"project": project, "kind": "rubric"}).json()["task"]
    scores = {"A": {one["key"]: 4 for one in task["rubric"]["dimensions"]}}
    saved = client.post("/api/submit", json={"assignment": task["assignment"], "answer": {"scores": scores}})
    assert saved.status_code == 200
    return project


def export(site: kit.Site, project: str, form: str, file: str, folder: Path) -> Path:
    """An owner's download, the same bytes when repeated."""
    asked = {"project": project, "form": form, "file": file}
    first, second = (site.client("dora").get("/download/export", params=asked) for _ in range(2))
    assert first.status_code == 200 and first.content == second.content
    assert first.headers["content-disposition"].endswith(f'-{form}.{file}"')
    path = folder / f"{form}.{file}"
    path.write_bytes(first.content)
    return path


@pytest.mark.parametrize("file", ["jsonl", "parquet"])
def test_16_one_step_of_each_trainer(site: kit.Site, rated: str, tmp_path: Path, file: str) -> None:
    """On the files as they were downloaded: no column is added, renamed or left out."""
    datasets, trl = pytest.importorskip("datasets"), pytest.importorskip("trl")
    from tiny import config, policy, tokenizer
    from transformers import Qwen3ForSequenceClassification

    common = {
        "max_steps": 1,
        "per_device_train_batch_size": 2,
        "report_to": "none",
        "use_cpu": True,
        "bf16": False,
        "save_strategy": "no",
        "disable_tqdm": True,
    }
    data = {
        form: datasets.load_dataset(
            "parquet" if file == "parquet" else "json",
            data_files=str(export(site, rated, form, file, tmp_path)),
            split="train",
            cache_dir=str(tmp_path / "cache"),
        )
        for form in ("preference", "unpaired", "sft", "scalar")
    }
    assert len(data["preference"]) == 9  # eight pairs and an edit
    assert all(row["margin"] > 0 and row["group"] and row["ratings"] for row in data["preference"])
    assert data["sft"][0]["completion"][0]["content"] == EDIT
    saved = tmp_path / "policy"
    policy().save_pretrained(saved)
    trainers = (
        trl.RewardTrainer(
            Qwen3ForSequenceClassification(config(num_labels=1)),
            trl.RewardConfig(str(tmp_path / "reward"), **common),
            train_dataset=data["preference"],
            processing_class=tokenizer(),
        ),
        trl.DPOTrainer(
            str(saved),
            args=trl.DPOConfig(str(tmp_path / "dpo"), **common),
            train_dataset=data["preference"],
            processing_class=tokenizer(),
        ),
        trl.KTOTrainer(
            str(saved),
            args=trl.KTOConfig(str(tmp_path / "kto"), **common),
            train_dataset=data["unpaired"],
            processing_class=tokenizer(),
        ),
        trl.SFTTrainer(
            str(saved),
            args=trl.SFTConfig(str(tmp_path / "sft"), **common),
            train_dataset=data["sft"],
            processing_class=tokenizer(),
        ),
    )
    for trainer in trainers:
        before = [one.detach().clone() for one in trainer.model.parameters()]
        assert math.isfinite(trainer.train().training_loss) and trainer.state.global_step == 1
        assert any((one != now).any() for one, now in zip(before, trainer.model.parameters(), strict=True))


@pytest.mark.parametrize("form", list(Form))
def test_16_parquet_holds_the_same_rows(site: kit.Site, rated: str, tmp_path: Path, form: str) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = parquet.read_table(export(site, rated, form, "parquet", tmp_path)).to_pylist()
    lines = export(site, rated, form, "jsonl", tmp_path).read_text(encoding="utf-8").splitlines()
    assert [one.get("id", one.get("uid")) for one in rows] == [
        one.get("id", one.get("uid")) for one in map(json.loads, lines)
    ]
    assert rows
