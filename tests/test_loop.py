"""The whole loop through the real command, on models of a few thousand weights: what it shows, leaves and tracks."""

import re
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest

from alignment import progress, run
from alignment.artifact import Artifact, load, verify
from tests import kit, tiny_run
from tests.wandb_files import offline_runs

STAGES = ("prepare", "sft", "collect", "rate", "export", "reward", "dpo", "evaluate", "report")
FIGURES = (
    "voice", "needless_apology", "facts", "openers", "top_opener", "win_rate_vs_sft", "reward", "kl", "length",
    "perplexity",
)  # fmt: skip
KNOBS = (
    "collect.prompts=8", "collect.candidates=3", "rate.pairs_per_prompt=2", "export.min_pairs=4", "dpo.pairs=all",
    "export.validation_share=0.2", "evaluate.perplexity_rows=4", "evaluate.general_rows=2", "evaluate.bias_prompts=2",
    "evaluate.latency_prompts=1", "evaluate.trust_pairs=4", "generation.max_new_tokens=6",
)  # fmt: skip


@dataclass(frozen=True)
class Loop:
    """A run of the loop: its command, exit code, what it printed, and its folder."""

    command: list[str]
    code: int
    out: str
    err: str
    folder: Path

    def made(self, stage: str) -> Artifact:
        return load(self.folder / stage)


def brand(folder: Path) -> Path:
    """The embedded brand with fewer rows."""
    source = kit.ASSETS / "southern_charm"
    (folder / "prompts").mkdir(parents=True)
    shutil.copy(source / "voice_guide.md", folder)
    for name, count in (("transcripts", 90), ("prompts/train", 8), ("prompts/validation", 4), ("prompts/test", 8)):
        lines = (source / f"{name}.jsonl").read_text().splitlines(keepends=True)
        (folder / f"{name}.jsonl").write_text("".join(lines[:count]))
    return folder


def called(command: list[str]) -> tuple[int, str, str]:
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        code = run.main(command)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """The loop, run once, with its progress shown at every step and not every ten seconds."""
    root = tmp_path_factory.mktemp("loop")
    few = [knob for stage in ("sft", "reward", "dpo") for knob in tiny_run.small(stage, "yardstick_every=1")]
    models, data = f"model.name={tiny_run.base(root)}", f"brand={brand(root / 'brand')}"
    command = [f"root={root}", "run=demo", "tracking=offline", models, data, *tiny_run.QUICK, *KNOBS, *few]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress, "EVERY", 0.0)
        patch.delenv("ATTUNE_DATABASE_URL", raising=False)
        patch.delenv("WANDB_MODE", raising=False)
        yield Loop(command, *called(command), root / "demo")


def test_every_stage_is_named_and_leaves_its_artifact(loop: Loop) -> None:
    assert loop.code == 0, loop.err
    begun = re.findall(r"^\[(\d)/9\] (\w+) starts$", loop.out, re.MULTILINE)
    assert begun == [(str(number), name) for number, name in enumerate(STAGES, 1)]
    for name in STAGES:
        assert re.search(rf"^\[\d/9\] {name} took [\d.]+ s: .*/demo/{name}$", loop.out, re.MULTILINE)
        verify(loop.made(name))
    assert not list(loop.folder.glob(".*.partial"))


def test_it_shows_how_far_it_is_and_the_time_left(loop: Loop) -> None:
    for stage, what in (("sft", "steps"), ("dpo", "steps"), ("collect", "batches"), ("evaluate", "batches of base")):
        assert re.search(rf"^  {stage}: {what} \d+/\d+, .* left", loop.err, re.MULTILINE), (stage, loop.err)
    other = [line for line in loop.err.splitlines() if not re.match(r"  \w+: .* \d+", line)]
    assert other == [], "only progress is written to stderr"


def test_the_last_lines_say_all_that_is_needed(loop: Loop) -> None:
    last = loop.out[loop.out.index("Is the new voice better?") :]
    for words in ("in the brand's voice", "needless apologies", "facts right", "wins over SFT", "different openers"):
        assert words in last
    assert len(re.findall(r"^customer: ", last, re.MULTILINE)) == 3
    assert len(re.findall(r"^  base +sft +dpo$", last, re.MULTILINE)) == 3
    assert f"report   {loop.folder}/report/report.html" in last
    assert "SIMULATED reviewers; collect people's with: python -m feedback_app" in last
    assert re.search(r"^next     python -m alignment\.run ", last, re.MULTILINE)


@pytest.mark.parametrize("model", ["base", "sft", "dpo"])
def test_every_figure_of_every_model_is_there_for_programs(loop: Loop, model: str) -> None:
    metrics = loop.made("evaluate").metrics
    assert list(metrics) == ["base", "sft", "dpo"]
    for figure in FIGURES:
        found = metrics[model][figure]
        assert set(found) == {"value", "low", "high", "n"}, figure
        assert isinstance(found["value"], int | float) and 0 < found["n"] <= 8, figure
        assert found["low"] is None or found["low"] <= found["value"] <= found["high"], figure


def test_sft_is_even_with_itself_and_base_has_moved(loop: Loop) -> None:
    metrics = loop.made("evaluate").metrics
    assert metrics["sft"]["win_rate_vs_sft"]["value"] == 0.5 and metrics["sft"]["kl"]["value"] == 0.0
    assert metrics["base"]["kl"]["value"] != 0.0


class Page(HTMLParser):
    """Whatever a browser would fetch: attributes that take an address, and the styles."""

    TAKES = ("src", "srcset", "href", "poster", "data", "action", "formaction", "background", "ping", "xlink:href")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.styles: list[str] = []
        self.tag = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tag = tag
        self.asked += [value or "" for name, value in attrs if name in self.TAKES]
        self.styles += [value or "" for name, value in attrs if name == "style"]

    def handle_data(self, data: str) -> None:
        if self.tag in ("style", "script"):
            self.styles.append(data)


def test_the_report_asks_no_host_for_anything(loop: Loop) -> None:
    for path in [*loop.folder.glob("*/*.html")]:
        page = Page(path.read_text(encoding="utf-8"))
        away = [value for value in page.asked if not value.startswith(("#", "data:"))]
        assert not away, (path, away)
        for style in page.styles:
            assert not re.search(r"url\(\s*['\"]?(?!data:|#)|@import|@font-face|https?:|fetch\(|XMLHttp", style), path
    assert {path.parent.name for path in loop.folder.glob("*/*.html")} == {"prepare", "report"}


def test_wandb_holds_one_group_and_a_run_a_stage(loop: Loop) -> None:
    runs = {one["name"]: one for one in offline_runs(loop.folder)}
    assert set(runs) == set(STAGES)
    assert {one["group"] for one in runs.values()} == {"demo"}
    for name, one in runs.items():
        made = loop.made(name)
        assert one["id"] == made.wandb_id and one["job_type"] == name
        assert one["config"]["seed"] == 1 and name in one["config"]
        assert ("demo-" + name, made.kind) in {(artifact, kind) for artifact, kind, _ in one["artifacts"]}
        parents = [(parent["role"], parent["sha256"]) for parent in one["config"]["lineage"]]
        assert parents == [(parent["role"], parent["sha256"]) for parent in made.parents]
    assert len({one["id"] for one in runs.values()}) == len(STAGES)
    assert runs["dpo"]["config"]["dpo"]["beta"] == loop.made("dpo").config["dpo"]["beta"]


def test_wandb_has_the_curves_and_replies_to_read(loop: Loop) -> None:
    runs = {one["name"]: one for one in offline_runs(loop.folder)}
    yardstick = {f"yardstick/{name}" for name in ("samples", "voice", "facts", "length", "distinct")}
    assert yardstick | {"train/loss", "eval/loss", "samples"} <= runs["sft"]["keys"]
    apart = {f"eval/{name}/{side}" for name in ("logps", "rewards") for side in ("chosen", "rejected")}
    further = {"yardstick/reward", "yardstick/kl", "eval/rewards/accuracies", "eval/rewards/margins"}
    assert yardstick | further | apart <= runs["dpo"]["keys"]
    assert runs["dpo"]["axes"]["yardstick/*"] == "yardstick/samples"
    shown = runs["dpo"]["tables"]["samples"]
    assert shown["columns"] == ["step", "prompt", "customer", "reply"] and len(shown["data"]) == 2
    replies = runs["evaluate"]["tables"]["replies"]
    assert replies["columns"] == ["customer", "base", "sft", "dpo"] and len(replies["data"]) == 8
    assert runs["evaluate"]["summary"]["dpo"]["voice"]["n"] == 8


def test_again_there_is_nothing_to_do(loop: Loop) -> None:
    before = {name: loop.made(name).created for name in STAGES}
    code, out, _ = called(loop.command)
    assert code == 0 and out.count("nothing to do") == 9
    assert {name: loop.made(name).created for name in STAGES} == before
