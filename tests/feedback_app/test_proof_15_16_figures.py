"""Proofs 15 and 16: figures equal values worked out by hand, and every export trains a model."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CHECKOUT
from tests.feedback_app import kit

# Towards writer 0, by prompt and rater. Agreement is told apart as better or worse only, so ordinal equals nominal.
ANN, BEN = (3, 3, -3, 3), (3, 3, -3, -3)


def rate(site: kit.Site, name: str, project: str, towards: tuple[int, ...]) -> None:
    """All pairs of a project over HTTP: prompt number n gets towards[n]."""
    client = site.client(name)
    said = client.post("/api/desk", json={"project": project}).json()
    while said["task"]:
        task = said["task"]
        number = int(task["turns"][-1]["raw"].split("wreath ")[1].rstrip("?"))
        sign = 1 if kit.model_of(task["replies"][0]["text"]) == 0 else -1
        body = {"assignment": task["assignment"], "answer": {"strength": sign * towards[number]}, "project": project}
        said = client.post("/api/submit", json=body).json()


def test_15_agreement_and_strengths_by_hand(site: kit.Site, page: Any) -> None:
    project = site.project("proof-15", kit.candidates(4), ratings=2)
    rate(site, "ann", project, ANN)
    rate(site, "ben", project, BEN)
    quality = site.core.figures.quality(project, actor="dora")
    # 8 values, 5 of one kind and 3 of the other; one prompt of four disagrees:
    # observed 2/8, expected 2·5·3/(8·7), alpha = 1 − (1/4)/(30/56) = 8/15
    assert math.isclose(quality.alpha, 8 / 15, abs_tol=1e-9)
    # Fleiss: observed 3/4, expected (5/8)² + (3/8)² = 17/32, kappa = (3/4 − 17/32)/(15/32) = 7/15
    assert math.isclose(quality.kappa, 7 / 15, abs_tol=1e-9)
    # Cohen: observed 3/4, expected 3/4·1/2 + 1/4·1/2 = 1/2, kappa = 1/2
    [(one, other, pairs, kappa)] = quality.cohen
    assert {one, other} == {"ann", "ben"} and pairs == 4 and math.isclose(kappa, 1 / 2, abs_tol=1e-9)
    board = site.core.figures.leaderboard(project, actor="dora")
    # 5 wins against 3: the strengths differ by ln(5/3), and their mean is 0
    strengths = {row.model: row.strength for row in board.rows}
    assert math.isclose(strengths[kit.MODELS[0]], math.log(5 / 3) / 2, abs_tol=1e-9)
    assert math.isclose(strengths[kit.MODELS[1]], -math.log(5 / 3) / 2, abs_tol=1e-9)
    said = subprocess.run(
        [sys.executable, "-m", "feedback_app", "stats", "--project", project, "--json", "--database-url", site.url],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert repr(quality.alpha)[:14] in said
    kit.sign_in(page, site, "dora", f"/dashboard/?project={project}")
    page.locator(".tiles .card", has_text="Krippendorff").locator("b", has_text="0.53").wait_for()
    page.locator(".tiles .card", has_text="Fleiss").locator("b", has_text="0.47").wait_for()


@pytest.fixture(scope="module")
def rated(site: kit.Site) -> str:
    """A project with decided pairs, one edit and scores."""
    project = site.project("proof-16", kit.candidates(8))
    client = site.client("ann")
    task = client.post("/api/desk", json={"project": project}).json()["task"]
    edit = {"assignment": task["assignment"], "letter": "A", "text": "Hey there! It would read so."}
    assert client.post("/api/edit", json=edit).status_code == 200
    rate(site, "ann", project, (3, -2, 1, -1, 2, 3, -3, 1))
    return project


def download(site: kit.Site, project: str, form: str) -> list[dict[str, Any]]:
    answer = site.client("dora").get("/download/export", params={"project": project, "form": form})
    again = site.client("dora").get("/download/export", params={"project": project, "form": form})
    assert answer.status_code == 200 and answer.content == again.content  # the same bytes
    assert answer.headers["content-disposition"].endswith(f'-{form}.jsonl"')
    return [json.loads(line) for line in answer.text.splitlines()]


def test_16_one_step_of_each_trainer(site: kit.Site, rated: str, tmp_path: Path) -> None:
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
    rows = {form: download(site, rated, form) for form in ("preference", "unpaired", "sft")}
    columns = {"preference": ("prompt", "chosen", "rejected"), "unpaired": ("prompt", "completion", "label")}
    data = {
        form: datasets.Dataset.from_list([{name: row[name] for name in names} for row in rows[form]])
        for form, names in columns.items()
    }
    assert all(row["margin"] > 0 and row["group"] and row["ratings"] for row in rows["preference"])
    assert rows["sft"][0]["completion"][0]["content"] == "Hey there! It would read so."
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
    )
    for trainer in trainers:
        assert math.isfinite(trainer.train().training_loss)


def test_16_parquet_holds_the_same_rows(site: kit.Site, rated: str, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    answer = site.client("dora").get("/download/export", params={"project": rated, "file": "parquet"})
    path = tmp_path / "rows.parquet"
    path.write_bytes(answer.content)
    ids = [row["id"] for row in parquet.read_table(path).to_pylist()]
    assert ids == [row["id"] for row in download(site, rated, "preference")]
