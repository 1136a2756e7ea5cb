"""What the stage `export` says when it is done."""

from types import SimpleNamespace

from alignment.stages.export import summary


def test_contrasts_that_were_asked_for_and_not_made_are_told() -> None:
    impossible = {"needless_apology": 3, "wrong_fact": 125}
    contrast = {"rows": 38, "needless_apology": 38, "wrong_fact": 0, "impossible": impossible}
    metrics = {"source": "pairs", "rows": 160, "contrast": contrast}
    said = summary(SimpleNamespace(metrics=metrics), None)
    assert said.endswith("and 38 made contrast pairs; none of wrong_fact, which no good reply allows")
    assert summary(SimpleNamespace(metrics={**metrics, "contrast": {"rows": 0}}), None).endswith("own pairs")
