"""The evaluate stage with every switch on, on a policy and a reward model of a few thousand weights."""

import json
from pathlib import Path
from typing import Any

import pytest

from alignment.artifact import Artifact, load, read_jsonl, write_jsonl
from alignment.data.negatives import NAMES, suite
from alignment.errors import UserError
from tests.evaluation.fake_judge import fake_judge
from tests.kit import configured, dataset, finished, pairs, run_stage
from tests.ppo import tiny

SMALL = (
    "model.attention=eager",
    "threads=1",
    "generation.max_new_tokens=6",
    "generation.batch_size=4",
    "evaluate.prompts=6",
)
SWITCHES = (
    "evaluate.perplexity_rows=4",
    "evaluate.general_rows=4",
    "evaluate.latency_prompts=2",
    "evaluate.best_of=3",
    "evaluate.best_of_prompts=4",
    "evaluate.judges=[contract,reward,people,model]",
    "evaluate.judge_model=judge",
)


def model(root: Path, stage: str, made: Any) -> Artifact:
    """A finished artifact of a stage with a model's weights in it."""
    partial = root / "test" / f".{stage}.partial" / "model"
    partial.parent.mkdir(parents=True)
    made.save_pretrained(partial)
    tiny.tokenizer().save_pretrained(partial)
    return finished(root, stage, {})


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data, a base model, SFT, DPO, preferences, a reward model and a file of replies by people."""
    root = tmp_path_factory.mktemp("evaluate")
    wide = {"max_position_embeddings": 512}
    base = tiny.Qwen3ForCausalLM(tiny.config(**wide))
    base.save_pretrained(root / "base")
    tiny.tokenizer().save_pretrained(root / "base")
    prompts = read_jsonl(dataset(root).path / "prompts" / "test.jsonl")
    write_jsonl(root / "human.jsonl", [{"id": row["id"], "reply": "Hey there! Glad to help."} for row in prompts[:5]])
    model(root, "sft", base)
    for stage in ("dpo",):
        model(root, stage, tiny.Qwen3ForCausalLM(tiny.config(**wide)))
    rows = pairs(40)
    finished(root, "export", {"train.jsonl": rows[:12], "validation.jsonl": rows[12:16], "test.jsonl": rows[16:]})
    model(root, "reward", tiny.reward(**wide))
    return root


@pytest.fixture(scope="module")
def evaluated(root: Path) -> Artifact:
    with fake_judge(lambda a, b: '{"winner": "A"}') as (url, _):
        return run_stage(
            root, "evaluate", *SMALL, *SWITCHES, f"model.name={root / 'base'}", f"evaluate.judge_url={url}",
            f"evaluate.against=[{root / 'human.jsonl'}]", f"+inputs.heldout=[{root / 'test' / 'reward'}]",
        )  # fmt: skip


def test_figures_of_every_model_in_one_shape(evaluated: Artifact) -> None:
    metrics = evaluated.metrics
    assert list(metrics) == ["base", "sft", "human", "dpo"]
    for own in metrics.values():
        for name, figure in own.items():
            assert set(figure) == {"value", "low", "high", "n"}, name
    promised = {
        "voice", "needless_apology", "facts", "openers", "top_opener", "win_rate_vs_sft", "reward", "kl", "length",
        "perplexity",
    }  # fmt: skip
    assert all(promised <= set(metrics[model]) for model in ("base", "sft", "dpo"))
    further = {
        "policy_speak", "over_promising", "wrong_greeting", "refusal", "reward_heldout", "perplexity_general",
        "forgetting_vs_base", "latency", "tokens_per_second", "rule_greeting", "distinct_2", "self_repetition",
        "length_controlled_win_rate_vs_sft", "win_rate_vs_sft_by_reward", "win_rate_vs_sft_by_model",
        "judge_inconsistent_vs_sft", "win_rate_vs_human", "length_minus_sft", "ended",
        *(f"behaviour_{name}" for name in NAMES),
    }  # fmt: skip
    assert further <= set(metrics["dpo"])
    for name in ("tokens_per_second", "latency", "score", "self_repetition", "bias_name_score", "bias_gender_facts"):
        assert metrics["dpo"][name]["low"] is not None and metrics["dpo"][name]["high"] is not None, name
    assert metrics["sft"]["kl"]["value"] == 0.0 and metrics["base"]["kl"]["value"] == 0.0  # the same weights
    assert metrics["dpo"]["kl"]["value"] != 0.0
    assert metrics["sft"]["forgetting_vs_base"]["value"] == 0.0  # the same weights
    assert metrics["human"]["voice"]["n"] == 5 and "latency" not in metrics["human"]
    assert metrics["dpo"]["judge_inconsistent_vs_human"]["value"] == 1.0  # it always says A
    assert metrics["dpo"]["win_rate_vs_human_by_model"]["value"] == 0.5
    assert metrics["dpo"]["reward"] == metrics["dpo"]["reward_heldout"]  # one model in both roles


def test_files_beside_the_figures(evaluated: Artifact) -> None:
    def file(name: str) -> Any:
        return json.loads((evaluated.path / f"{name}.json").read_text())

    tests = file("comparisons")
    assert {(row["model"], row["other"]) for row in tests} >= {("dpo", "base"), ("dpo", "sft"), ("dpo", "human")}
    assert all(row["p"] <= row["p_holm"] <= 1 for row in tests)
    assert [row["n"] for row in file("best_of_n")] == [1, 2, 3] and file("best_of_n")[0]["reward"]["n"] == 4
    trust = file("trust")
    assert set(trust) == {"optimised", "held_out"} and trust["optimised"]["pairs"] == 24
    assert trust["optimised"]["human"] is None and trust["optimised"]["ensemble"] is None
    assert [row["id"] for row in read_jsonl(evaluated.path / "replies" / "human.jsonl")] == [
        row["id"] for row in read_jsonl(evaluated.path / "replies" / "dpo.jsonl")[:5]
    ]


def test_behaviours_where_prompts_tempt_to_them(root: Path, evaluated: Artifact) -> None:
    """Every model that answers is asked all of the suite, as the brand opens; its rates are those of its replies."""
    found = json.loads((evaluated.path / "behaviours.json").read_text())
    assert list(found) == ["base", "sft", "dpo"]
    for model, rows in found.items():
        assert [row["id"] for row in rows] == [row["id"] for row in suite()]
        assert all(row["messages"][0]["content"].startswith("You answer customers of Southern") for row in rows)
        for name in NAMES:
            own = [row for row in rows if row["behaviour"] == name]
            shown = [not row["facts"] if name == "wrong_fact" else row[name] for row in own]
            figure = evaluated.metrics[model][f"behaviour_{name}"]
            assert figure["n"] == len(own) == 10 and figure["value"] == sum(shown) / 10
    assert evaluated.metrics["dpo"]["behaviour_wrong_fact"]["value"] == 1.0  # weights by chance know no fact
    assert "behaviour_wrong_fact" not in evaluated.metrics["human"]


def test_the_report_shows_it(root: Path, evaluated: Artifact) -> None:
    page = (run_stage(root, "report", "report.examples=2").path / "report.html").read_text()
    for words in (
        "model judge",
        "Wrong fact, when tempted",
        "At equal length",
        "Best of n",
        "held-out pairs",
        "dpo over human",
    ):
        assert words in page


def test_nothing_to_do_when_run_again(root: Path, evaluated: Artifact, capsys: pytest.CaptureFixture[str]) -> None:
    """Also after another opponent's file changed: then it says that its inputs differ."""
    config = evaluated.config["evaluate"]
    again = [f"evaluate.judge_url={config['judge_url']}", f"evaluate.against=[{root / 'human.jsonl'}]"]
    again += [f"model.name={root / 'base'}", f"+inputs.heldout=[{root / 'test' / 'reward'}]"]
    assert run_stage(root, "evaluate", *SMALL, *SWITCHES, *again).sha256 == evaluated.sha256
    assert "nothing to do" in capsys.readouterr().out
    text = (root / "human.jsonl").read_text()
    (root / "human.jsonl").write_text(text.replace("Hey", "Hi"))
    try:
        with pytest.raises(UserError, match="other inputs"):
            run_stage(root, "evaluate", *SMALL, *SWITCHES, *again)
    finally:
        (root / "human.jsonl").write_text(text)
    assert load(evaluated.path).sha256 == evaluated.sha256


@pytest.mark.parametrize(
    ("override", "found"),
    [
        ("evaluate.judges=[oracle]", "evaluate.judges names oracle"),
        ("evaluate.judges=[model]", "no judge"),
        ("evaluate.against=[nowhere/dpo]", "nothing there"),
        ("evaluate.general_text=./nowhere.txt", "cannot be read"),
        ("evaluate.bias_prompts=-1", "evaluate.bias_prompts=-1"),
        ("evaluate.models=[base]", "evaluate.models names base"),
    ],
)
def test_wrong_settings_are_told_before_any_work(root: Path, override: str, found: str) -> None:
    with pytest.raises(UserError, match=found):
        run_stage(root, "evaluate", *SMALL, f"model.name={root / 'base'}", override)


def test_the_default_is_lean(tmp_path: Path) -> None:
    """What costs much or needs something outside is off unless asked for."""
    _, configs = configured(tmp_path, "stage=evaluate")
    config = configs["evaluate"]
    assert config.best_of == 0 and config.against == [] and config.judges == ["contract", "reward"]
    assert config.judge_url is None and config.bias_prompts <= 64 and config.latency_prompts <= 8
