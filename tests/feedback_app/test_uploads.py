"""A file of gold items or scores on the owner's page is read as the command reads it."""

from pathlib import Path

import pytest

from alignment.errors import UserError
from feedback_app.pages.data_tab import rows_of


def test_a_file_as_windows_saves_it(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"prompt_id": "p", "order": ["a", "b"]}\r\n\r\n')
    assert rows_of(str(file)) == [{"prompt_id": "p", "order": ["a", "b"]}]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"[1]", "line 1"), (b"\xff\xfe", "not UTF-8"), (b'{"a": 1}\n{', "line 2: not JSON"), (b"[" * 90_000, "not JSON")],
)
def test_what_is_no_json_lines_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "gold.jsonl").write_bytes(content)
    with pytest.raises(UserError, match=message):
        rows_of(str(tmp_path / "gold.jsonl"))
    with pytest.raises(UserError, match="no file is chosen"):
        rows_of(None)
