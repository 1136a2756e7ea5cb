"""Files as people have them: what is read, what is told, and what is refused rather than dropped."""

import json
from pathlib import Path
from typing import Any

import pytest

from alignment.errors import UserError
from alignment.feedback.desk import App
from alignment.feedback.incoming import importing

pytest_plugins = ["databases", "desk_fixtures"]


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_a_row_may_hold_all_replies_of_a_prompt() -> None:
    made = importing.read_text(
        lines(
            {"id": "p", "prompt": "q", "tags": {"a": 1}, "candidates": ["one", {"text": "two", "model": "m", "id": 0}]}
        ),
        "jsonl",
    )
    assert [(row["prompt_id"], row["text"], row["model"], row["tags"]) for row in made] == [
        ("p", "one", "unknown", {"a": 1}),
        ("p", "two", "m", {"a": 1}),
    ]
    assert made[1]["response_id"] == "0" and made[0]["response_id"] != made[1]["response_id"]
    for wrong in ({"responses": []}, {"responses": ["one"], "text": "two"}):
        with pytest.raises(UserError, match="responses empty, or beside a reply"):
            importing.read_text(lines({"prompt": "q", **wrong}), "jsonl")


def test_null_is_a_column_that_is_not_there() -> None:
    (row,) = importing.read_text(lines({"prompt": "q", "text": None, "reply": "r", "model": None, "id": 0}), "jsonl")
    assert (row["text"], row["model"], row["prompt_id"]) == ("r", "unknown", "0")


@pytest.mark.parametrize(
    "text", ["Prompt;Text;tag_Kind\nq, really;a;x\n", "\tprompt \tTEXT\ttag_Kind\n".lstrip() + "q, really\ta\tx\n"]
)
def test_csv_as_spreadsheets_write_it(text: str) -> None:
    (row,) = importing.read_text(text, "csv")
    assert (row["prompt"][0]["content"], row["text"], row["tags"]) == ("q, really", "a", {"Kind": "x"})


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(UserError, match="two columns of one name"):
        importing.read_text("prompt,text,Text\nq,a,b\n", "csv")


def test_a_missing_column_names_those_there_are() -> None:
    with pytest.raises(UserError, match="row 1: no reply among the columns prompt, answer"):
        importing.read_text("prompt,answer\nq,a\n", "csv")


def test_prompts_without_a_task_are_counted(core: App, tmp_path: Path) -> None:
    core.projects.create("shop")
    file = tmp_path / "some.jsonl"
    file.write_text(
        lines(
            {"prompt": "two", "responses": ["a", "b"]},
            {"prompt": "one", "text": "a"},
            {"prompt": "same", "responses": [{"text": "a", "model": "m"}, {"text": " a", "model": "n"}]},
        )
    )
    made = core.projects.import_path("shop", file)
    assert (made.items, made.responses, made.tasks, made.idle) == (3, 5, 1, 2)
    core.projects.create("scored", {"tasks": {"rubric": 1}})
    assert core.projects.import_path("scored", file).idle == 0
