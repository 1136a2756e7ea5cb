"""Pages of an app in which there is nothing yet: each handler that fills one has a value for each of its fields."""

from pathlib import Path
from types import SimpleNamespace

from alignment.feedback.desk import open_app
from alignment.feedback.nouns import Role
from feedback_app.pages import PAGES, frame

FILLS = {"load", "select"}  # events that nobody's click on a button brings about


def test_pages_without_a_project_have_a_value_for_each_field(tmp_path: Path) -> None:
    seen = 0
    with open_app(f"sqlite:///{tmp_path / 'empty.sqlite'}") as core:
        core.accounts.add("root", Role.admin)
        for module, path, role in PAGES:
            for handler in module.build(frame.Frame(core, tmp_path, role)).fns.values():
                if not handler.outputs or not {event for _, event in handler.targets} & FILLS:
                    continue
                found = handler.fn(SimpleNamespace(username="root"), *[None] * len(handler.inputs))
                values = list(found) if isinstance(found, list | tuple) else [found]
                assert len(values) == len(handler.outputs), (path, handler.name)
                seen += 1
    assert seen >= 5
