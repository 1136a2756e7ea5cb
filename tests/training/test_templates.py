"""Chat templates and tokens of models that are not ours: the templates of the presets, as TRL ships them for tests."""

import json
from pathlib import Path

import pytest
import torch
import trl

from alignment import models, run, sampling
from alignment.artifact import load
from tests import kit, tiny_run

TEMPLATES = Path(trl.__file__).parent / "chat_templates"
PRESETS = ("qwen2_5", "qwen3", "qwen3_instruct_2507", "llama3_2", "qwen3_5_think")
ASKED = [{"role": "system", "content": "price: $9"}, {"role": "user", "content": "how much?"}]


def model(root: Path, template: str | None, **tokens: str | None) -> Path:
    """A tiny model in a folder, with a chat template, and with special tokens changed."""
    folder = tiny_run.base(root)
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    if template is not None:
        (folder / "chat_template.jinja").write_text(template)
    file = folder / "tokenizer_config.json"
    config = {name: value for name, value in json.loads(file.read_text()).items() if tokens.get(name, "") is not None}
    config.pop("chat_template", None)
    if None in tokens.values():  # Qwen2Tokenizer would put its own there, and so would the padding that was saved
        config |= {"tokenizer_class": "PreTrainedTokenizerFast"}
        saved = folder / "tokenizer.json"
        saved.write_text(json.dumps(json.loads(saved.read_text()) | {"padding": None}))
    file.write_text(json.dumps(config | {name: value for name, value in tokens.items() if value is not None}))
    return folder


def shipped(name: str) -> str:
    return (TEMPLATES / f"{name}.jinja").read_text()


@pytest.mark.parametrize("name", PRESETS)
def test_a_prompt_is_the_beginning_of_its_dialogue_and_the_rest_the_reply(tmp_path: Path, name: str) -> None:
    """Else the policy would be asked otherwise than it was taught: with thoughts before the reply, or without."""
    settings, _ = kit.configured(tmp_path, "stage=sft")
    tokenizer = models.load_tokenizer(model(tmp_path, shipped(name)), settings.model)
    prompt = sampling.render(tokenizer, [ASKED])[0]
    whole = sampling.render_reply(tokenizer, ASKED, "Nine dollars.")
    assert whole[: len(prompt)] == prompt
    said = tokenizer.decode(whole[len(prompt) :])
    assert said.startswith("Nine dollars.") and "think" not in said


def test_thinking_is_off_also_where_a_saved_model_is_read_again(tmp_path: Path) -> None:
    settings, _ = kit.configured(tmp_path, "stage=sft")
    tokenizer = models.load_tokenizer(model(tmp_path, shipped("qwen3")), settings.model)
    asked = tokenizer.apply_chat_template(ASKED, add_generation_prompt=True, tokenize=False)
    assert asked.endswith("<think>\n\n</think>\n\n")
    tokenizer.save_pretrained(tmp_path / "saved")
    again = models.load_tokenizer(tmp_path / "saved", settings.model)
    assert again.chat_template == tokenizer.chat_template
    assert models.without_thinking("{{ messages }}") == "{{ messages }}"


def told(capsys: pytest.CaptureFixture[str], root: Path, *argv: str) -> list[str]:
    capsys.readouterr()
    assert run.main([f"root={root}", "run=test", "tracking=off", *tiny_run.QUICK, *argv]) == 2
    err = capsys.readouterr().err
    assert "Traceback" not in err and len(err.splitlines()) == 3, err
    return err.splitlines()


def test_a_template_without_a_system_role_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = model(tmp_path, shipped("gemma"))
    kit.dataset(tmp_path)
    lines = told(capsys, tmp_path, f"model.name={folder}", "stage=sft", *tiny_run.small("sft"))
    assert "chat template refuses a conversation of system, user, assistant: System role not supported" in lines[0]
    assert "model.chat_template=FILE.jinja" in lines[2]


def test_a_model_without_a_chat_template_is_told_and_then_given_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = model(tmp_path, None)
    kit.dataset(tmp_path)
    argv = ["stage=sft", f"model.name={folder}", *tiny_run.small("sft")]
    lines = told(capsys, tmp_path, *argv)
    assert "has no chat template" in lines[0] and "model.chat_template=FILE.jinja" in lines[1]
    lines = told(capsys, tmp_path, *argv, "model.chat_template=nowhere.jinja")
    assert "model.chat_template=nowhere.jinja: no such file" in lines[0]
    (tmp_path / "ours.jinja").write_text(shipped("qwen2_5"))
    given = f"model.chat_template={tmp_path / 'ours.jinja'}"
    assert run.main([f"root={tmp_path}", "run=test", "tracking=off", *tiny_run.QUICK, *argv, given]) == 0
    assert "im_start" in (tmp_path / "test" / "sft" / "model" / "chat_template.jinja").read_text()  # it comes along


def test_a_model_without_a_pad_token_goes_through_every_stage(tmp_path: Path) -> None:
    """The end token stands in: it must end replies still, and a reward be read at the same place before and after."""
    base = model(tmp_path, shipped("qwen2_5"), pad_token=None)
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(config | {"pad_token_id": None}))
    kit.dataset(tmp_path)
    kit.preferences(tmp_path)
    common = [*tiny_run.QUICK, f"model.name={base}"]
    for stage in ("sft", "reward", "dpo"):
        made = kit.run_stage(tmp_path, stage, *common, *tiny_run.small(stage, "yardstick_every=1"))
        settings, _ = kit.configured(tmp_path, f"stage={stage}")
        tokenizer = models.load_tokenizer(made.path / "model", settings.model)
        assert tokenizer.pad_token == tokenizer.eos_token
    assert load(tmp_path / "test" / "reward").metrics["reload_difference"] <= 1e-4
    reward = models.load_reward(tmp_path / "test" / "reward" / "model", settings.model)
    replies = ["Nine dollars.", "It is nine dollars, and it ships on Monday."]
    together = sampling.rewards(reward, tokenizer, [ASKED, ASKED], replies)
    alone = [sampling.rewards(reward, tokenizer, [ASKED], [reply])[0] for reply in replies]
    torch.testing.assert_close(torch.tensor(together), torch.tensor(alone), atol=1e-5, rtol=0)


@pytest.mark.parametrize("tokens", [{"eos_token": None}, {"eos_token": None, "pad_token": None}])
def test_a_model_without_an_end_token_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tokens: dict[str, None]
) -> None:
    folder = model(tmp_path, shipped("qwen2_5"), **tokens)
    kit.dataset(tmp_path)
    lines = told(capsys, tmp_path, "stage=sft", f"model.name={folder}")
    assert "has no end token" in lines[0] and "eos_token" in lines[2]
