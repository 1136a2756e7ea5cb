"""What the audit log says of a change."""

from feedback_app.pages.audit_tab import worded


def test_a_detail_is_told_in_words() -> None:
    assert worded({}) == ""
    assert worded({"role": "admin", "added": 3, "tasks": {"pair": 1}}) == 'role: admin, added: 3, tasks: {"pair": 1}'
