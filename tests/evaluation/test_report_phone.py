"""The report of five models as a phone's browser lays it out."""

from pathlib import Path
from typing import Any

import pytest

from alignment.artifact import Artifact
from alignment.evaluation import figures
from alignment.evaluation.pages import report
from tests.made_run import replies, write

SHARES = {"base": 0.25, "sft": 0.4, "dpo": 0.97, "ppo": 0.9, "best_of_n": 0.93}
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    rows = {name: replies(12, good, 0.03, seed) for seed, (name, good) in enumerate(SHARES.items())}
    files = {f"replies/{name}.jsonl": own for name, own in rows.items()}
    return write(tmp_path_factory.mktemp("five"), "evaluate", "evaluation", figures.figures(rows), files)


def test_a_cell_takes_a_line_of_a_phone_and_a_row_fits_a_desk(five: Artifact, tmp_path: Path, browser: Any) -> None:
    path = tmp_path / "report.html"
    path.write_text(report.render(report.build(five, [five], [], "dpo", 1)), encoding="utf-8")
    tables = "'Figures by model', 'Share of replies that break each rule', 'Voice and facts by kind of question'"
    cells = f"[{tables}].map(name => [...document.querySelectorAll(`[aria-label='${{name}}'] td`)])"
    page = browser.new_page(viewport=PHONE)
    page.goto(path.as_uri())
    for table in page.evaluate(f"{cells}.map(all => all.map(td => td.clientWidth))"):
        assert table and min(table) > 300
    named = page.evaluate(f"{cells}.map(all => all.map(td => getComputedStyle(td, '::before').content))")
    assert [table[-5:] for table in named] == [[f'"{name}"' for name in SHARES]] * 3
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.set_viewport_size(DESK)
    assert page.evaluate("[...document.querySelectorAll('.scroll')].every(box => box.scrollWidth <= 1016)")
    page.close()
