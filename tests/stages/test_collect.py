"""collect: k candidates a prompt from one or more models, each with how and by what it was made, also in the store."""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from alignment import sampling
from alignment.artifact import Artifact, read_jsonl
from alignment.errors import UserError
from alignment.feedback.store import open_store
from tests import kit, tiny_run
from tests.ppo import tiny

KNOBS = ("collect.prompts=5", "collect.candidates=3", "collect.batch_size=4")


@pytest.fixture(autouse=True)
def own_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTUNE_DATABASE_URL", raising=False)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with prompts and two policies: its sft and another run's."""
    root = tmp_path_factory.mktemp("base")
    kit.dataset(root)
    tiny_run.policy(root)
    (root / "test" / "sft").rename(root / "first")
    tiny.torch.manual_seed(7)
    tiny_run.policy(root)
    (root / "other").mkdir()
    (root / "first").rename(root / "other" / "sft")
    return root


@pytest.fixture
def root(base: Path, tmp_path: Path) -> Path:
    shutil.copytree(base, tmp_path / "runs")
    return tmp_path / "runs"


def collect(root: Path, *overrides: str) -> Artifact:
    return kit.run_stage(root, "collect", *tiny_run.QUICK, *KNOBS, *overrides)


def test_every_candidate_says_how_it_was_made(root: Path) -> None:
    made = collect(root, "collect.temperature=1.3", "collect.top_k=50", "collect.top_p=0.9")
    rows = read_jsonl(made.path / "candidates.jsonl")
    prompts = read_jsonl(root / "test" / "prepare" / "prompts" / "train.jsonl")[:5]
    assert made.kind == "candidates" and made.metrics["prompts"] == 5 and made.metrics["models"] == 1
    assert made.metrics["candidates"] + made.metrics["empty"] == 15
    counts = Counter(row["prompt_id"] for row in rows)
    assert set(counts) <= {prompt["id"] for prompt in prompts} and max(counts.values()) == 3
    asked = {prompt["id"]: prompt["messages"] for prompt in prompts}
    policy = made.parents[[one["role"] for one in made.parents].index("policy")]
    for row in rows:
        assert row["prompt"] == asked[row["prompt_id"]] and row["text"].strip()
        assert (row["model"], row["model_hash"]) == ("test/sft", policy["sha256"])
        told = {name: row["sampling"][name] for name in ("temperature", "top_k", "top_p", "seed")}
        assert told == {"temperature": 1.3, "top_k": 50, "top_p": 0.9, "seed": 1}
        assert isinstance(row["sampling"]["ended"], bool)
    assert len({row["response_id"] for row in rows}) == len(rows)


def test_they_are_in_the_store_under_the_files_hash(root: Path) -> None:
    made = collect(root)
    rows = read_jsonl(made.path / "candidates.jsonl")
    with open_store(f"sqlite:///{root}/feedback.sqlite") as store:
        assert store.collections() == [made.files["candidates.jsonl"]]
        items = store.items(made.files["candidates.jsonl"])
    kept = {(item.key, one.key): (one.text, one.model_hash) for item in items for one in item.responses}
    assert kept == {(row["prompt_id"], row["response_id"]): (row["text"], row["model_hash"]) for row in rows}


def test_several_models_answer_the_same_prompts(root: Path) -> None:
    made = collect(root, "+inputs.policy=[test/sft,other/sft]")
    rows = read_jsonl(made.path / "candidates.jsonl")
    hashes = [one["sha256"] for one in made.parents if one["role"] == "policy"]
    assert made.metrics["models"] == 2 and len(set(hashes)) == 2
    assert {row["model_hash"] for row in rows} == set(hashes)
    for number, sha256 in enumerate(hashes):
        own = [row for row in rows if row["model_hash"] == sha256]
        assert own and all(row["response_id"].split("-")[-2] == str(number) for row in own)


class Killed(Exception):
    pass


def test_a_killed_collection_goes_on_with_the_same_replies(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, drawn = sampling.sample, []

    def cut(*args: Any, **kwargs: Any) -> Any:
        for batch in plain(*args, **kwargs):
            drawn.append(1)
            if len(drawn) == 3:
                raise Killed
            yield batch

    monkeypatch.setattr(sampling, "sample", cut)
    with pytest.raises(Killed):
        collect(root, "run=test/cut")
    monkeypatch.undo()
    assert not (root / "test" / "cut" / "collect").exists()
    partial = root / "test" / "cut" / ".collect.partial" / ".scratch" / "policy-0"
    assert sorted(file.name for file in partial.iterdir()) == ["0.jsonl", "1.jsonl"]
    again, whole = collect(root, "run=test/cut"), collect(root, "run=test/whole")
    assert again.files["candidates.jsonl"] == whole.files["candidates.jsonl"]


@pytest.mark.parametrize("knob", ["candidates=1", "temperature=0", "top_p=0", "top_k=-1", "batch_size=0", "prompts=-1"])
def test_settings_that_make_no_sense(tmp_path: Path, knob: str) -> None:
    with pytest.raises(UserError, match=rf"collect\.{knob.split('=')[0]}="):
        kit.configured(tmp_path, "stage=collect", f"collect.{knob}")
