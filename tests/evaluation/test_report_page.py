import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from alignment.artifact import Artifact
from alignment.evaluation.pages import report
from alignment.evaluation.replies import by_intent, rule_failures, side_by_side
from alignment.evaluation.verdict import Criterion
from tests.made_run import made_run, replies, write

CRITERIA = [
    Criterion(figure="voice", line=0.9, words="replies in the brand's voice"),
    Criterion(figure="openers", line=4, words="different openers"),
]
HOSTILE = "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)>\"'{{ 7 * 7 }}"


class Page(HTMLParser):
    """Every tag with its attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(evaluation: Artifact, examples: int = 6) -> str:
    artifacts = report.gather(evaluation, [p for p in evaluation.path.parent.iterdir() if p.is_dir()])
    return report.render(report.build(evaluation, artifacts, CRITERIA, "dpo", examples))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """A run of which one reply is hostile; only read."""
    return made_run(tmp_path_factory.mktemp("run"), count=40, hostile=HOSTILE)


def test_one_file_without_scripts_or_requests(run: Artifact) -> None:
    page = Page(rendered(run))
    assert HOSTILE in page.text  # shown as it was written, and as text only
    assert not {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe", "object", "embed", "base", "form"}
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes)
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#"), tag
    policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")


def test_tasks_of_a_mixture_each_have_a_table(tmp_path: Path) -> None:
    made = made_run(tmp_path, count=12)
    figures = {
        name: {**own, "voice": {"value": 0.123, "low": 0.1, "high": 0.2, "n": 7}} for name, own in made.metrics.items()
    }
    assert "Task quiz" not in Page(rendered(made)).text
    (made.path / "tasks.json").write_text(json.dumps({"quiz": figures}))
    text = Page(rendered(made)).text
    assert "Task quiz" in text and "12.3" in text


def test_style_asks_for_nothing() -> None:
    style = (Path(report.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
    assert "url(" not in style and "@import" not in style


def test_anchors_exist(run: Artifact) -> None:
    page = Page(rendered(run))
    ids = {attributes.get("id") for _, attributes in page.tags}
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    assert links and {link.removeprefix("#") for link in links if link} <= ids


def test_says_verdict_figures_curves_trust_and_lineage(run: Artifact) -> None:
    evaluation = run
    html = rendered(evaluation)
    text = re.sub(r"\s+", " ", Page(html).text)
    assert "Ratings by SIMULATED reviewers" in text
    assert "Yes. dpo meets all 2 criteria." in text
    voice = evaluation.metrics["dpo"]["voice"]
    assert report.charts.percent(voice["value"]) in html and report.charts.percent(voice["high"]) in html
    assert html.count('<svg class="chart"') == 6
    for words in ("training samples read", "KL to SFT, nats a reply", "Clearly better than bag of words", "0.041"):
        assert words in text
    for stage in ("prepare", "collect", "rate", "export", "reward", "evaluate"):
        assert re.search(rf'<th scope="row">{stage}<', html)
    assert evaluation.sha256[:12] in text and "python -m alignment.run run=made_again seed=7" in text
    assert "3,600 ratings behind 2,100 preference rows" in text and "dropped: near duplicate" in text


def test_people_rated_no_banner(tmp_path: Path) -> None:
    html = rendered(made_run(tmp_path, simulated=False))
    assert "SIMULATED" not in html and "Simulated" not in html and "People gave the" in re.sub(r"\s+", " ", html)


def test_bad_voice_is_a_no(tmp_path: Path) -> None:
    assert "It misses: replies in the brand&#39;s voice." in rendered(made_run(tmp_path, count=40, good=0.3))


def test_a_run_without_contract_reward_or_ratings(tmp_path: Path) -> None:
    rows = [
        {
            "id": f"p{i}",
            "intent": None,
            "messages": [{"role": "user", "content": "hi"}],
            "reply": "hey",
            "opener": "hey",
        }
        for i in range(3)
    ]
    metrics = {"base": {"openers": {"value": 1, "low": None, "high": None, "n": 3}}}
    evaluation = write(tmp_path, "evaluate", "evaluation", metrics, {"replies/base.jsonl": rows})
    html = report.render(report.build(evaluation, [evaluation], CRITERIA[:1], "base", 2))
    assert "Undecided." in html and "not measured" in html and 'id="curves"' not in html and 'id="failures"' not in html


def test_gather_finds_ancestors_parents_first(run: Artifact) -> None:
    stages = [one.stage for one in report.gather(run)]
    assert stages.index("prepare") < stages.index("sft") < stages.index("dpo") < stages.index("evaluate")
    assert len(stages) == len(set(stages)) == 8


def test_weak_reward_model_is_named(tmp_path: Path) -> None:
    even = {"value": 0.8, "low": 0.75, "high": 0.85, "n": 100}
    held_out = {"test": {"all": {"n": 100, "accuracy": even, "bag_of_words": even, "calibration_error": 0.1}}}
    reward = write(tmp_path, "reward", "reward", {"held_out": held_out})
    assert "Not clearly better than bag of words" in report.trust([reward])[0]["says"]


def test_examples_hold_failing_ones_and_each_intent() -> None:
    def row(i: int, passed: bool) -> dict[str, object]:
        messages = [{"role": "user", "content": f"q{i}"}]
        return {"id": str(i), "intent": f"k{i % 3}", "messages": messages, "reply": "r", "passed": passed, "kept": {}}

    rows = {"base": [row(i, True) for i in range(30)], "dpo": [row(i, i not in (20, 25, 29)) for i in range(30)][::-1]}
    shown = side_by_side({"base": rows["base"], "dpo": sorted(rows["dpo"], key=lambda r: int(str(r["id"])))}, "dpo", 6)
    failing = [one["id"] for one in shown if one["replies"][1]["faults"]]
    assert len(shown) == 6 and failing == ["20", "25"]
    assert {one["intent"] for one in shown} == {"k0", "k1", "k2"}
    assert [reply["model"] for reply in shown[0]["replies"]] == ["base", "dpo"]
    assert len(side_by_side(rows, "dpo", 100)) == 30


def test_failures_by_rule_and_intent_by_hand() -> None:
    def row(greeting: bool, intent: str) -> dict[str, object]:
        return {"kept": {"greeting": greeting}, "intent": intent, "passed": greeting, "facts": None}

    replies = {"dpo": [row(True, "a"), row(False, "a"), row(False, "b"), row(True, "a")]}
    assert rule_failures(replies, "southern_charm")[0] | {"says": ""} == {
        "name": "greeting",
        "says": "",
        "hard": True,
        "shares": [{"value": 0.5, "ends": "15 to 85\u00a0%"}],  # Wilson, 2 of 4
    }
    two, none = {"value": 2 / 3, "ends": "20.8 to 93.9\u00a0%"}, {"value": 0.0, "ends": "0 to 79.3\u00a0%"}
    assert by_intent(replies) == [
        {"name": "a", "n": 3, "cells": [(two, None)]},
        {"name": "b", "n": 1, "cells": [(none, None)]},
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_of_text_is_at_least_4_5(theme: str) -> None:
    style = (Path(report.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
    roots = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", roots[theme == "dark"]))

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(a: str, b: str) -> float:
        high, low = sorted((light(colours[a]), light(colours[b])), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for ink in ("ink", "soft", "accent", "good", "bad", "open"):
        for paper in ("paper", "tint"):
            assert contrast(ink, paper) >= 4.5, (ink, paper, contrast(ink, paper))
    assert contrast("banner-ink", "banner") >= 4.5
    assert all(contrast(f"s{i}", "paper") >= 3 for i in range(6)), json.dumps(colours)


def test_a_model_that_answered_a_part_of_the_prompts_is_shown_where_it_did() -> None:
    """A file of replies need not have one to every prompt."""
    rows = {"base": replies(30, 0.5, 0.0, 1), "dpo": replies(30, 0.9, 0.0, 2)}
    rows["human"] = rows["base"][:1]
    shown = side_by_side(rows, "dpo", 30)
    assert len(shown) == 30 and {len(one["replies"]) for one in shown} == {2, 3}
    assert [one["id"] for one in shown if len(one["replies"]) == 3] == [rows["human"][0]["id"]]
