"""Every kind of bad input through the real command: a short answer, exit code 2, no traceback, nothing lost.

In tests/test_bad_disk.py: a disk that is full, and one that may not be written.
"""

import json
import re
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from ratings_kit import candidates, make_settings, people_rate

from alignment import run
from alignment.artifact import load, read_jsonl, verify
from alignment.feedback.store import open_store
from tests import kit, tiny_run

PROGRESS = re.compile(r"^  \w+: .* \d+.*\n", re.MULTILINE)  # of a slow machine


def told(capsys: pytest.CaptureFixture[str], root: Path, *argv: str) -> list[str]:
    """The lines that the command answers with. Asked again with debug=true, it shows where the error arose."""
    command = [f"root={root}", "run=test", "tracking=off", *tiny_run.QUICK, *argv]
    before = finished(root)
    answers = []
    for more in ([], ["debug=true"]):
        capsys.readouterr()
        assert run.main([*command, *more]) == 2
        answers.append(re.sub(PROGRESS, "", capsys.readouterr().err))
    short, long = answers
    lines = short.splitlines()
    assert 1 <= len(lines) <= 3 and lines[0].startswith("error: ") and "Traceback" not in short, short
    assert any(line.startswith("allowed: ") for line in lines), short
    assert lines[-1].startswith("next: "), short
    assert "Traceback" in long and long.endswith(short)
    assert finished(root) == before, "what was finished has changed"
    return lines


def finished(root: Path) -> dict[Path, str]:
    """sha256 of every file of the finished artifacts."""
    return {
        path: sha256(path.read_bytes()).hexdigest()
        for record in root.rglob("artifact.json")
        for path in record.parent.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts)
    }


def jsonl(path: Path, *rows: Any) -> Path:
    """A file of rows; text stands in it as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def talk(reply: Any, number: int = 0) -> dict[str, Any]:
    question = {"role": "user", "content": f"what does lamp {number} cost, please?"}
    return {"id": f"t{number}", "messages": [question, {"role": "assistant", "content": reply}]}


def draft(typed: Any, approved: Any, number: int = 0) -> dict[str, Any]:
    prompt = [{"role": "user", "content": f"which color has lamp {number}?"}]
    return {"id": f"t{number}-1", "prompt": prompt, "draft": typed, "approved": approved, "action": "color"}


GOOD = [talk(f"Lamp {i} costs ${i + 3} in our shop.", i) for i in range(12)]
CORRUPT = '{"messages": ['
PROMPT = {"id": "p0", "intent": "price", "messages": [{"role": "user", "content": "how much?"}], "facts": []}
LONG = "how much is it? " * 300  # more tokens than the tiny model's context has
PREPARE = ("stage=prepare", "brand=none", "run=new", "prepare.near_threshold=0", "prepare.group_threshold=0")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that could be trained and evaluated, with ratings that contradict each other; and files of all kinds."""
    root = tmp_path_factory.mktemp("runs")
    tiny_run.base(root)
    kit.dataset(root)
    kit.preferences(root)
    tiny_run.policy(root)
    tiny_run.reward(root)
    files = root / "files"
    jsonl(files / "good.jsonl", *GOOD)
    jsonl(files / "corrupt.jsonl", *GOOD[:2], CORRUPT)
    jsonl(files / "corrupt_pairs.jsonl", draft("it is blue", "It comes in blue."), "{oops")
    jsonl(files / "corrupt_replies.jsonl", {"id": "test-0000", "reply": "Hey!"}, CORRUPT)
    jsonl(files / "number.jsonl", *GOOD[:2], talk(7))
    jsonl(files / "missing.jsonl", *GOOD[:2], talk(None))
    jsonl(files / "void.jsonl", *GOOD[:2], talk("  "))
    jsonl(files / "void_pairs.jsonl", draft("it is blue", ""))
    jsonl(files / "number_pairs.jsonl", draft(7, "It comes in blue."))
    jsonl(files / "number_replies.jsonl", {"id": "test-0000", "reply": 7})
    jsonl(files / "same_pairs.jsonl", *(draft("It is blue.", " It  is blue. ", i) for i in range(3)))
    jsonl(files / "empty.jsonl")
    (files / "blank.jsonl").write_text("\n\n  \n")
    for name, prompts in (("corrupt", [PROMPT, CORRUPT]), ("empty", []), ("long", [PROMPT, ask("p1", LONG)])):
        jsonl(files / f"{name}_brand" / "transcripts.jsonl", *GOOD)
        for split in ("train", "validation", "test"):
            jsonl(files / f"{name}_brand" / "prompts" / f"{split}.jsonl", *prompts)
    (files / "no_model").mkdir()
    shutil.copytree(root / "base", files / "no_weights", ignore=shutil.ignore_patterns("*.safetensors"))
    return root


def ask(name: str, text: str) -> dict[str, Any]:
    return PROMPT | {"id": name, "messages": [{"role": "user", "content": text}]}


CASES = {
    "wrong type": (["stage=dpo", "dpo.beta=high"], "dpo.beta='high'", "a number"),
    "out of range": (["stage=dpo", "dpo.beta=-1"], "dpo.beta=-1", "a number > 0"),
    "unknown key": (["stage=dpo", "dpo.bta=1"], "dpo.bta: no such setting (did you mean dpo.beta?)", "dpo.loss"),
    "unknown stage": (["stage=dop"], "stage=dop: no such stage (did you mean dpo?)", "evaluate"),
    "missing upstream": (["stage=dpo", "run=new"], "dpo needs policy, and ", "stage=sft run=new"),
    "corrupt transcripts": ([*PREPARE, "prepare.inputs=[{files}/corrupt.jsonl]"], "corrupt.jsonl, line 3: not JSON"),
    "corrupt pairs": (
        [*PREPARE, "prepare.inputs=[{files}/good.jsonl]", "prepare.pairs=[{files}/corrupt_pairs.jsonl]"],
        "corrupt_pairs.jsonl, line 2: not JSON",
    ),
    "corrupt prompts": (
        ["stage=prepare", "run=new", "brand.folder={files}/corrupt_brand"],
        "prompts/train.jsonl, line 2: not JSON",
    ),
    "corrupt replies": (
        ["stage=evaluate", "evaluate.against=[{files}/corrupt_replies.jsonl]"],
        "corrupt_replies.jsonl, line 2: not JSON",
    ),
    "empty transcripts": ([*PREPARE, "prepare.inputs=[{files}/empty.jsonl]"], "empty.jsonl: empty, no record in it"),
    "blank transcripts": ([*PREPARE, "prepare.inputs=[{files}/blank.jsonl]"], "blank.jsonl: empty, no record in it"),
    "empty pairs": (
        [*PREPARE, "prepare.inputs=[{files}/good.jsonl]", "prepare.pairs=[{files}/empty.jsonl]"],
        "empty.jsonl: empty, no record in it",
    ),
    "empty prompts": (
        ["stage=prepare", "run=new", "brand.folder={files}/empty_brand"],
        "prompts/train.jsonl: empty, no prompt in it",
    ),
    "empty replies": (["stage=evaluate", "evaluate.against=[{files}/empty.jsonl]"], "empty.jsonl: no reply in it"),
    "a long prompt of the brand": (
        ["stage=prepare", "run=new", "brand.folder={files}/long_brand"],
        "prompt 2 (p1): ",
        "fits into the model's context",
    ),
    "an empty reply": ([*PREPARE, "prepare.inputs=[{files}/void.jsonl]"], "void.jsonl, line 3: ", "is empty"),
    "a reply that is a number": (
        [*PREPARE, "prepare.inputs=[{files}/number.jsonl]"],
        "number.jsonl, line 3: ",
        "is a number, not a string",
    ),
    "no reply": (
        [*PREPARE, "prepare.inputs=[{files}/missing.jsonl]"],
        "missing.jsonl, line 3: ",
        "is missing, not a string",
    ),
    "an empty reply in a pair": (
        [*PREPARE, "prepare.inputs=[{files}/good.jsonl]", "prepare.pairs=[{files}/void_pairs.jsonl]"],
        "void_pairs.jsonl, line 1: approved is empty",
    ),
    "a number in a pair": (
        [*PREPARE, "prepare.inputs=[{files}/good.jsonl]", "prepare.pairs=[{files}/number_pairs.jsonl]"],
        "number_pairs.jsonl, line 1: draft is a number, not a string",
    ),
    "a reply elsewhere that is a number": (
        ["stage=evaluate", "evaluate.against=[{files}/number_replies.jsonl]"],
        "number_replies.jsonl, reply 1: ",
    ),
    "both replies the same": (
        [*PREPARE, "prepare.inputs=[{files}/good.jsonl]", "prepare.pairs=[{files}/same_pairs.jsonl]"],
        "prepare.pairs: no usable pair",
        "3 same_text",
        "two different replies",
    ),
    "a model that is not there": (["stage=sft", "model.name=./nowhere"], "model.name=./nowhere: there is no such"),
    "a model that is not there, when data is prepared": (
        ["stage=prepare", "run=new", "model.name=/nowhere/model"],
        "model.name=/nowhere/model: there is no such",
    ),
    "a folder without a model": (
        ["stage=sft", "run=test/new", "model.name={files}/no_model"],
        "no_model' could not be loaded",
    ),
    "a folder without weights": (["stage=sft", "run=test/new", "model.name={files}/no_weights"], "could not be loaded"),
    "a model the hub cannot give": (
        ["stage=sft", "run=test/new", "model.name=nobody/nothing"],
        "'nobody/nothing' could not be loaded",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_told_in_three_lines(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    argv, *parts = CASES[case]
    lines = told(capsys, root, *(one.replace("{files}", str(root / "files")) for one in argv))
    message = "\n".join(lines)
    assert all(part in message for part in parts), message
    assert not (root / "new" / "prepare").exists()


def with_long_text(root: Path, folder: Path) -> Path:
    """The run again, of which one row, one pair and one prompt a split are longer than the context."""
    for stage in ("sft", "reward"):
        shutil.copytree(root / "test" / stage, folder / "test" / stage)
    rows, pairs = kit.transcripts(8), kit.pairs(12)
    rows[3]["messages"][-2]["content"] = LONG
    pairs[5]["rejected"][0]["content"] = LONG
    prompts = {f"prompts/{name}.jsonl": [PROMPT, ask("p1", LONG), ask("p2", "and how big?")] for name in SPLITS}
    kit.finished(folder, "prepare", {"train.jsonl": rows, "validation.jsonl": rows[:2], **prompts})
    kit.finished(folder, "export", {"train.jsonl": pairs[:8], "validation.jsonl": pairs[8:]})
    return folder


SPLITS = ("train", "validation", "test")


@pytest.mark.parametrize(
    ("stage", "found"),
    [
        ("sft", "1 of 10 rows for sft are too long, the first: {row} with "),
        ("reward", "1 of 24 rows for reward are too long, the first: pair-5 with "),
        ("dpo", "1 of 24 rows for dpo are too long, the first: pair-5 with "),
        ("orpo", "1 of 24 rows for orpo are too long, the first: pair-5 with "),
        ("grpo", "are too long, the first: p1"),
        ("rloo", "are too long, the first: p1"),
        ("ppo", "are too long, the first: p1"),
        ("collect", "prompts are too long, the longest with "),
        ("evaluate", "prompts are too long, the longest with "),
    ],
)
def test_text_longer_than_the_models_context(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], stage: str, found: str
) -> None:
    long = with_long_text(root, tmp_path / "runs")
    knobs = [] if stage in ("collect", "evaluate") else tiny_run.small(stage, "batch_size=2")
    pairs = ["dpo.pairs=all"] if stage == "dpo" else ["orpo.pairs=all"] if stage == "orpo" else []
    lines = told(capsys, long, "run=test/new", f"stage={stage}", f"model.name={root / 'base'}", *knobs, *pairs)
    assert found.replace("{row}", kit.transcripts(8)[3]["id"]) in lines[0]
    assert f"at most {tiny_run.CONTEXT} tokens" in lines[1]


@pytest.mark.parametrize("stage", ["sft", "dpo"])
def test_the_yardstick_too_reads_no_longer_prompt(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], stage: str
) -> None:
    long = with_long_text(root, tmp_path / "runs")
    shutil.rmtree(long / "test" / "export")
    kit.preferences(long)
    prepared = long / "test" / "prepare"
    rows, prompts = kit.transcripts(8), read_jsonl(prepared / "prompts" / "validation.jsonl")
    shutil.rmtree(prepared)
    kit.finished(long, "prepare", {"train.jsonl": rows, "validation.jsonl": rows, "prompts/validation.jsonl": prompts})
    knobs = tiny_run.small(stage, "yardstick_every=1", "yardstick_prompts=3")
    lines = told(capsys, long, "run=test/new", f"stage={stage}", f"model.name={root / 'base'}", *knobs)
    assert "1 of 3 prompts are too long" in lines[0]


def test_ratings_that_all_contradict_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parent = kit.finished(tmp_path, "collect", {"candidates.jsonl": candidates(6)})
    people_rate(make_settings(tmp_path), parent, {"ada": [2, 1, 3, 2, 1, 3], "bob": [-2, -1, -3, -2, -1, -3]})
    for policy in ("drop", "majority"):  # one against one: no majority either
        lines = told(capsys, tmp_path, "stage=export", f"export.conflicts={policy}", "export.min_pairs=1")
        assert "0 usable pairs (who=people, 12 ratings; conflicts_" in lines[0] and " 6)" in lines[0]
    with open_store(f"sqlite:///{tmp_path}/feedback.sqlite") as store:
        assert len(store.ratings(store.collections()[0])) == 12  # none is lost


def test_candidates_that_are_all_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kit.finished(tmp_path, "collect", {"candidates.jsonl": candidates(3, ("Hey!", " Hey! ", "Hey!"))})
    assert "no prompt has two different replies to compare" in told(capsys, tmp_path, "stage=rate")[0]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("sft/model/model.safetensors", "sft/model/model.safetensors was edited by hand (hash differs)"),
        ("sft/artifact.json", "sft/artifact.json was edited by hand (hash differs)"),
        ("export/train.jsonl", "export/train.jsonl was edited by hand (hash differs)"),
    ],
)
def test_an_artifact_edited_by_hand(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, message: str
) -> None:
    edited = tmp_path / "runs"
    shutil.copytree(root / "test", edited / "test")
    path = edited / "test" / file
    data = path.read_bytes()
    if path.suffix == ".json":
        path.write_text(json.dumps(json.loads(data) | {"metrics": {"best_loss": 0.01}}))
    else:
        path.write_bytes(data[:-10] + b" " + data[-9:])
    lines = told(capsys, edited, "stage=dpo", *tiny_run.small("dpo"))
    assert message in lines[0] and f"stage={file.split('/')[0]}" in lines[2] and "force=true" in lines[2]
    assert not (edited / "test" / "dpo").exists()
    path.write_bytes(data)
    verify(load(path.parent if path.name == "artifact.json" else edited / "test" / file.split("/")[0]))


def test_an_edited_artifact_is_not_called_finished(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stage that would have nothing to do looks at what it made, and at what that was made from."""
    made = tmp_path / "runs"
    shutil.copytree(root / "test" / "prepare", made / "test" / "prepare")
    command = ["stage=sft", f"model.name={root / 'base'}", *tiny_run.small("sft", "max_steps=1")]
    shared = [f"root={made}", "run=test", "tracking=off", *tiny_run.QUICK]
    assert run.main([*shared, *command]) == 0
    weights = made / "test" / "sft" / "model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    assert "model.safetensors was edited by hand" in told(capsys, made, *command)[0]
