from pathlib import Path

import pytest

from alignment.artifact import write_jsonl
from alignment.errors import UserError
from alignment.evaluation.opponents import check_answers, find
from tests.made_run import made_run, write


def test_a_file_an_evaluation_and_a_policy(tmp_path: Path) -> None:
    made_run(tmp_path, count=4)
    write_jsonl(tmp_path / "human.jsonl", [{"prompt_id": "test-0000", "text": "Hey!"}])
    entries = [str(tmp_path / "human.jsonl"), "made/evaluate", "made/evaluate:base", "made/sft"]
    found = find(entries, str(tmp_path), ["dpo"])
    assert [one.name for one in found] == ["human", "made_dpo", "made_base", "made_sft"]
    assert found[0].replies == {"test-0000": "Hey!"} and found[0].policy is None
    assert len(found[1].replies) == 4 and found[3].policy == tmp_path / "made" / "sft" / "model"
    assert len({one.sha256 for one in found}) == 3  # both of one evaluation share its hash


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("nowhere/dpo", "nothing there"),
        ("made/prepare", "kind dataset"),
        ("made/evaluate:dbo", "did you mean dpo"),
    ],
)
def test_what_is_no_opponent_is_told(tmp_path: Path, entry: str, message: str) -> None:
    made_run(tmp_path, count=4)
    with pytest.raises(UserError, match=message):
        find([entry], str(tmp_path), ["dpo"])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"id": "p0", "reply": 3}], "reply 1"),
        ([{"id": "p0", "reply": "a"}, {"id": "p0", "reply": "b"}], "a second reply to p0"),
        ([], "no reply in it"),
    ],
)
def test_a_malformed_file_is_told(tmp_path: Path, rows: list[dict[str, object]], message: str) -> None:
    write_jsonl(tmp_path / "mine.jsonl", rows)
    with pytest.raises(UserError, match=message):
        find([str(tmp_path / "mine.jsonl")], str(tmp_path), [])


def test_names_that_are_taken_and_prompts_that_are_not_answered(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "dpo.jsonl", [{"id": "p0", "reply": "a"}])
    with pytest.raises(UserError, match="would be called dpo"):
        find([str(tmp_path / "dpo.jsonl")], str(tmp_path), ["dpo"])
    (found,) = find([str(tmp_path / "dpo.jsonl")], str(tmp_path), [])
    check_answers(found, [{"id": "p0"}, {"id": "p1"}])
    with pytest.raises(UserError, match="answers none of the 1 test prompts"):
        check_answers(found, [{"id": "p1"}])


def test_an_unfinished_policy_is_not_one(tmp_path: Path) -> None:
    write(tmp_path, "reward", "reward", {})
    with pytest.raises(UserError, match="kind reward"):
        find(["made/reward"], str(tmp_path), [])


def test_a_file_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text('{"id": "p0", "reply": "Hey!"}\n', encoding="utf-8-sig")
    (found,) = find([str(file)], str(tmp_path), [])
    assert found.replies == {"p0": "Hey!"}


def test_another_kind_of_file_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("id,reply\np0,Hey!\n")
    with pytest.raises(UserError, match=r"a \.csv file"):
        find([str(tmp_path / "mine.csv")], str(tmp_path), [])


def test_replies_to_another_prompt_of_the_same_id_are_refused(tmp_path: Path) -> None:
    """Two data sets number their prompts alike; an evaluation of one is no opponent in the other."""
    ours, theirs = ([{"role": "user", "content": text}] for text in ("How much is it?", "Where is it?"))
    write_jsonl(tmp_path / "mine.jsonl", [{"id": "p0", "reply": "Soon.", "messages": theirs}])
    (found,) = find([str(tmp_path / "mine.jsonl")], str(tmp_path), [])
    check_answers(found, [{"id": "p0", "messages": theirs}])
    with pytest.raises(UserError, match="other prompts under 1 same ids"):
        check_answers(found, [{"id": "p0", "messages": ours}])
