"""augment: new rows are labelled, counted and of the training split alone, and found by a loop that has the stage."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alignment.artifact import read_jsonl
from alignment.errors import UserError
from alignment.inputs import refiner, resolve
from alignment.stages import augment
from tests.kit import configured, dataset, run_stage

ALL = [f"augment.{name}.share=1" for name in augment.NOISE] + ["augment.insertion.use=true"]
OFF = [f"augment.{name}.use=false" for name in augment.NOISE]


def test_new_rows_are_labelled_and_held_out_files_are_copies(tmp_path: Path) -> None:
    given = dataset(tmp_path)
    made = run_stage(tmp_path, "augment", *ALL)
    rows, old = read_jsonl(made.path / "train.jsonl"), read_jsonl(given.path / "train.jsonl")
    assert rows[: len(old)] == old
    new, parents = rows[len(old) :], {row["id"]: row for row in old}
    assert new and len({row["id"] for row in rows}) == len(rows)
    for row in new:
        parent = parents[row["parent"]]
        assert row["id"] == f"{parent['id']}+{row['method']}" and row["dialogue"] == parent["dialogue"]
        for was, now in zip(parent["messages"], row["messages"], strict=True):
            assert was["role"] == now["role"] and (was["role"] == "user" or was == now)  # only the customer's turns
        assert row["messages"] != parent["messages"]
    for name in ("validation.jsonl", "prompts/train.jsonl", "prompts/validation.jsonl", "prompts/test.jsonl"):
        assert made.files[name] == given.files[name]


def test_counts_add_up(tmp_path: Path) -> None:
    dataset(tmp_path)
    metrics = run_stage(tmp_path, "augment", *ALL).metrics
    assert metrics["rows_in"] == 24 and metrics["rows_out"] == 24 + sum(metrics["added"].values())
    assert set(metrics["added"]) == set(augment.METHODS)
    assert sum(metrics["added"].values()) + sum(metrics["rejected"].values()) == 4 * 24
    rejected = read_jsonl(tmp_path / "test" / "augment" / "rejected.jsonl")
    assert len(rejected) == sum(metrics["rejected"].values())
    for reason, count in metrics["rejected"].items():
        assert count == sum(row["reason"] == reason for row in rejected)


def test_switches_shares_and_seeds(tmp_path: Path) -> None:
    dataset(tmp_path)
    one = [*OFF, "augment.typos.use=true", "augment.typos.share=0.5"]
    first = run_stage(tmp_path, "augment", *one)
    counts = first.metrics["added"]
    assert 0 < counts["typos"] <= 12 and sum(counts.values()) == counts["typos"]
    again = run_stage(tmp_path, "augment", "force=true", *one)
    assert again.files["train.jsonl"] == first.files["train.jsonl"]
    other = run_stage(tmp_path, "augment", "force=true", *one, "augment.typos.seed=99")
    assert other.files["train.jsonl"] != first.files["train.jsonl"]


def test_a_question_of_the_held_out_rows_is_never_made(tmp_path: Path) -> None:
    given = dataset(tmp_path)
    made = run_stage(tmp_path, "augment", *ALL)

    def questions(name: str) -> set[tuple[str, str]]:
        rows = read_jsonl(made.path / name)
        return {(row["messages"][0]["content"], row["messages"][1]["content"].lower()) for row in rows}

    new = {
        (row["messages"][0]["content"], row["messages"][1]["content"].lower())
        for row in read_jsonl(made.path / "train.jsonl")[24:]
    }
    held_out = questions("validation.jsonl") | questions("prompts/test.jsonl") | questions("prompts/validation.jsonl")
    assert not new & held_out and given.files


class Handler(BaseHTTPRequestHandler):
    """Paraphrases: another opening, and for every second text a price that is wrong."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = body["messages"][0]["content"].split("\n\n", 1)[1]
        self.server.asked.append(text)  # type: ignore[attr-defined]
        answer = f"Let me put it like this. {text}" + (" That's $999." if len(self.server.asked) % 2 else "")  # type: ignore[attr-defined]
        data = json.dumps({"choices": [{"message": {"content": answer}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.asked = []  # type: ignore[attr-defined]
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def test_replies_change_only_by_paraphrase_and_keep_their_facts(tmp_path: Path, service: ThreadingHTTPServer) -> None:
    dataset(tmp_path)
    address = f"http://127.0.0.1:{service.server_address[1]}/v1"
    made = run_stage(
        tmp_path,
        "augment",
        *OFF,
        "augment.paraphrase_reply.use=true",
        "augment.paraphrase_reply.share=1",
        "augment.rewriter=endpoint",
        f"augment.endpoint.url={address}",
        "augment.endpoint.model=m",
        "augment.endpoint.parallel=1",
    )
    new = read_jsonl(made.path / "train.jsonl")[24:]
    parents = {row["id"]: row for row in read_jsonl(made.path / "train.jsonl")}
    assert len(service.asked) == 24  # type: ignore[attr-defined]
    assert made.metrics["rejected"]["lost_fact"] == 12 and made.metrics["added"]["paraphrase_reply"] == len(new) > 0
    for row in new:
        parent = parents[row["parent"]]
        assert row["messages"][:-1] == parent["messages"][:-1] and row["method"] == "paraphrase_reply"
        assert row["messages"][-1]["content"] == f"Let me put it like this. {parent['messages'][-1]['content']}"


def test_the_model_itself_may_paraphrase(tmp_path: Path) -> None:
    dataset(tmp_path, train=4)
    knobs = ("augment.paraphrase.use=true", "augment.paraphrase.share=1", "augment.max_new_tokens=6")
    metrics = run_stage(tmp_path, "augment", *OFF, *knobs).metrics
    assert metrics["added"]["paraphrase"] + sum(metrics["rejected"].values()) == 4


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        (OFF, "no method is in use"),
        (["augment.back_translation.use=true"], "augment.there and augment.back"),
        (["augment.paraphrase.use=true", "augment.rewriter=endpoint"], r"augment\.endpoint\.url"),
        (["augment.typos.share=1.5"], r"augment\.typos\.share=1\.5"),
        (["augment.typos.words=0"], r"augment\.typos\.words=0"),
        (["augment.instruction=hello"], r"augment\.instruction="),
        (["augment.max_similarity=0.1"], r"augment\.max_similarity=0\.1"),
    ],
)
def test_what_cannot_be_is_said_before_any_work(tmp_path: Path, knobs: list[str], message: str) -> None:
    dataset(tmp_path)
    with pytest.raises(UserError, match=message):
        run_stage(tmp_path, "augment", *knobs)
    assert not (tmp_path / "test" / "augment").exists()


def test_the_loop_takes_its_dataset_only_where_it_has_the_stage(tmp_path: Path) -> None:
    given = dataset(tmp_path)
    made = run_stage(tmp_path, "augment")
    settings, configs = configured(tmp_path, "stage=sft")
    assert refiner("sft", "dataset", settings) is None
    assert resolve("sft", configs["sft"], settings)["dataset"][0].path == given.path  # the default loop: no surprise
    settings, configs = configured(tmp_path, "stage=sft", "loop=[prepare,augment,sft,collect]")
    assert resolve("sft", configs["sft"], settings)["dataset"][0].path == made.path
    assert refiner("augment", "dataset", settings) is None and refiner("sft", "policy", settings) is None
    settings, configs = configured(tmp_path, "stage=sft", "++inputs.dataset=test/augment")
    assert resolve("sft", configs["sft"], settings)["dataset"][0].path == made.path


def test_in_a_whole_loop_a_named_dataset_is_what_augment_takes(tmp_path: Path) -> None:
    given = dataset(tmp_path)
    run_stage(tmp_path, "augment")
    settings, configs = configured(tmp_path, "loop=[augment,sft]", "++inputs.dataset=test/prepare")
    assert resolve("augment", configs["augment"], settings)["dataset"][0].path == given.path
    assert resolve("sft", configs["sft"], settings)["dataset"][0].stage == "augment"
