"""Deleting a person: their text is gone from the file, their ratings are out of force, artifacts are marked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from desks import best, project, rate_all, table, task_of

from alignment.artifact import Artifact, canonical_hash, load, verify, write, write_jsonl
from alignment.errors import UserError
from alignment.feedback import accounts
from alignment.feedback.desk import App
from alignment.feedback.nouns import Answer, ChatReply, Refused
from alignment.feedback.outgoing.exporting import Form

pytest_plugins = ["databases", "desk_fixtures"]

WORDS = ("my-comment", "my-note", "my-reason", "my-edit", "my-chat", "my-draft")


def artifact(root: Path, name: str, rows: list[dict[str, Any]], parent: Path | None = None) -> Path:
    """A finished artifact with one file of rows."""
    partial = root / f".{name}.partial"
    partial.mkdir(parents=True)
    write_jsonl(partial / "train.jsonl", rows)
    parents = [{"role": "x", "path": f"../{parent.name}", "sha256": "0"}] if parent else []
    made = Artifact(
        path=root / name, kind="x", stage=name, run="r", created="", seconds=0.0, seed=1, versions={}, git_commit=None,
        config={}, config_hash=canonical_hash({}), inputs_hash="", parents=parents, files={}, fingerprints={},
        metrics={}, wandb_id=None,
    )  # fmt: skip
    return write(partial, replace(made)).path


@pytest.fixture
def written(core: App) -> Iterator[App]:
    """ann has left words everywhere; ben has rated the same items."""
    project(core, prompts=4)
    task = task_of(core, "ann")
    core.desk.edit("ann", task.assignment, "A", "my-edit")
    core.desk.flag("ann", task.assignment, "unsafe", "A", "my-note")
    core.desk.submit("ann", task.assignment, Answer(strength=1, comment="my-comment"))
    core.desk.skip("ann", task_of(core, "ann").assignment, "my-reason")
    asked = [{"role": "user", "content": "my-chat"}]
    chat = core.desk.chat_turn("ann", "shop", None, asked, [ChatReply("m", "my-chat?"), ChatReply("n", "y")])
    core.desk.submit("ann", chat.assignment, Answer(strength=1))
    core.desk.save_draft("ann", task_of(core, "ann").assignment, {"comment": "my-draft"})
    rate_all(core, "ben")
    yield core


def dumped(core: App) -> str:
    names = ("users", "items", "responses", "assignments", "drafts", "comments", "flags", "audit", "rating_events")
    return "".join(str(table(core, f"SELECT * FROM {name}")) for name in names)


def test_their_words_are_gone_and_a_tombstone_stays(written: App, url: str) -> None:
    core = written
    assert all(word in dumped(core) for word in WORDS)
    before = table(core, "SELECT * FROM rating_events ORDER BY id")
    made = core.retention.delete_person("ann", actor="root")
    assert (made.comments, made.edits, made.notes) == (1, 1, 2)
    assert len(made.ratings) == 3, "a pair, an edit and a chat"
    left = dumped(core)
    assert not [word for word in (*WORDS, "'ann'") if word in left]
    if core.store.kind == "sqlite":
        file = Path(url.removeprefix("sqlite:///"))
        data = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
        assert not [word for word in WORDS if word.encode() in data], "overwritten in the file and its log"
    assert table(core, "SELECT * FROM rating_events ORDER BY id") == before, "append-only: the numbers stay"
    assert table(core, f"SELECT kind, role FROM users WHERE name = '{made.tombstone}'") == [("person", "reviewer")]
    with pytest.raises(Refused):
        core.desk.next_task("ann", "shop")
    with pytest.raises(Refused):
        core.desk.next_task(made.tombstone, "shop")
    assert core.exports.build("shop", Form.sft).rows == []
    assert {one.reviewer for one in core.store.ratings(core.store.collections()[0])} == {"ben"}


def test_their_places_are_free_again(written: App) -> None:
    written.retention.delete_person("ann")
    assert len(rate_all(written, "cas")) == 4
    assert table(written, "SELECT DISTINCT taken FROM work") == [(2,)]


def test_artifacts_that_descend_from_their_ratings_are_marked(written: App, tmp_path: Path) -> None:
    core, root = written, tmp_path / "runs"
    mine = core.exports.build("shop", Form.events).rows[1]["uid"]
    core.exports.write("shop", Form.events, tmp_path / "x.jsonl")
    export = artifact(root / "r", "export", [{"id": "p", "ratings": [mine, "r-other"]}])
    reward = artifact(root / "r", "reward", [], export)
    dpo = artifact(root / "r", "dpo", [], reward)
    other = artifact(root / "r", "sft", [{"id": "p", "ratings": ["r-other"]}])
    made = core.retention.delete_person("ann", root)
    assert set(made.artifacts) == {export.resolve(), reward.resolve(), dpo.resolve()}
    assert not (other / "retention.json").exists()
    (entry,) = json.loads((export / "retention.json").read_text())["deleted"]
    assert (entry["tombstone"], entry["ratings"], entry["from"]) == (made.tombstone, [mine], None)
    (entry,) = json.loads((dpo / "retention.json").read_text())["deleted"]
    assert (entry["ratings"], entry["from"]) == ([], "../reward")
    verify(load(export))  # the record and its hashes are as they were
    later = artifact(root / "r", "kto", [{"id": "p", "ratings": [mine]}])
    again = core.retention.delete_person(made.tombstone, root)
    assert (
        later.resolve() in again.artifacts and len(json.loads((export / "retention.json").read_text())["deleted"]) == 1
    )


def test_who_may_and_who_must_stay(core: App, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ann", "jo"):
        with pytest.raises(Refused):
            core.retention.delete_person("ben", actor=name)
    with pytest.raises(UserError, match="last admin"):
        core.retention.delete_person("root")
    core.store.add_user("simulated:fern", simulated=True)
    for name in ("nobody", "simulated:fern"):
        with pytest.raises(UserError, match="no person"):
            core.retention.delete_person(name)
    core.accounts.add("ben", "reviewer", "long enough", actor="root")
    core.accounts.sign_in_verified("ben")
    core.retention.delete_person("ben")
    assert table(core, "SELECT * FROM credentials") == table(core, "SELECT * FROM sessions") == []
    core.accounts.add("ben", "reviewer")
    assert accounts.TOMBSTONE in str(core.accounts.users())


def test_rating_ids_reach_the_rows(core: App) -> None:
    project(core, prompts=1, ratings=1)
    task = task_of(core, "ann")
    uid = core.desk.submit("ann", task.assignment, best(task)).uid
    assert core.exports.build("shop", Form.preference).ratings == [uid]
