"""Rewriting: an endpoint that is busy, silent, wrong or killed in the middle; local translators with random weights."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from alignment.data.augmentation.journal import Journal
from alignment.data.augmentation.rewrite import Batches, Endpoint, tidy
from alignment.errors import UserError


class Service(ThreadingHTTPServer):
    """Answers `"again: <text>"`; `script` holds the statuses of the first answers, "hang" and "garbage" among them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: Counter[str] = Counter()
        self.script: list[int | str] = []
        self.keys: set[str] = set()
        self.wait = threading.Event()
        self.hang_at = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = body["messages"][0]["content"].split("\n\n", 1)[1]
        self.server.asked[text] += 1
        self.server.keys.add(self.headers.get("Authorization", ""))
        told = self.server.script.pop(0) if self.server.script else 200
        if told == "hang" or self.server.asked.total() == self.server.hang_at:
            self.server.wait.wait(600)
            return
        answer = b"nonsense" if told == "garbage" else json.dumps(_completion(f'"again: {text}"', told)).encode()
        self.send_response(told if isinstance(told, int) else 200)
        self.send_header("Retry-After", "3")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: Any) -> None:
        pass


def _completion(text: str, told: int | str) -> dict[str, Any]:
    ended = "length" if told == "cut" else "stop"
    return {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": ended}]}


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.wait.set()
    made.shutdown()
    made.server_close()


def endpoint(service: Service, folder: Path, **changes: Any) -> Endpoint:
    values: dict[str, Any] = {
        "url": service.url,
        "model": "m",
        "key": "secret",
        "seconds": 300.0,
        "retries": 3,
        "parallel": 2,
        "temperature": 0.0,
        "max_tokens": 16,
        "instruction": "Say it otherwise.\n\n{text}",
        "journal": Journal(folder / "answers.jsonl"),
    }
    return Endpoint(**values | changes)


def test_every_text_is_asked_once_and_answers_stay_in_order(service: Service, tmp_path: Path) -> None:
    texts = [f"text {i} {{braces}}" for i in range(20)]
    ask = endpoint(service, tmp_path)
    assert ask(texts) == [f"again: {text}" for text in texts] == endpoint(service, tmp_path)(texts)
    assert set(service.asked.values()) == {1} and service.keys == {"Bearer secret"}
    assert "secret" not in (tmp_path / "answers.jsonl").read_text()


def test_a_busy_service_is_asked_again_after_as_long_as_it_says(service: Service, tmp_path: Path) -> None:
    service.script = [429, 503]
    waits: list[float] = []
    assert endpoint(service, tmp_path, parallel=1, wait=waits.append)(["a"]) == ["again: a"]
    assert service.asked["a"] == 3 and waits == [3.0, 3.0]  # of Retry-After; without it 1 and 2 seconds


def test_a_silent_service_is_left_after_a_while_and_asked_again(service: Service, tmp_path: Path) -> None:
    service.script = ["hang"]
    began = time.monotonic()
    # on a busy machine answers may take longer than this, and are asked for once more
    assert endpoint(service, tmp_path, seconds=0.5, retries=50, wait=lambda seconds: None)(["a"]) == ["again: a"]
    assert time.monotonic() - began < 300 and service.asked["a"] >= 2


@pytest.mark.parametrize(
    ("script", "message"),
    [([401], "status 401"), ([503] * 4, "status 503"), (["garbage"] * 4, "answered 'nonsense'")],
)
def test_a_refusal_is_told_and_nothing_is_lost(
    service: Service, tmp_path: Path, script: list[int | str], message: str
) -> None:
    done = endpoint(service, tmp_path, parallel=1, wait=lambda seconds: None)
    done(["a"])
    service.script = script
    with pytest.raises(UserError, match=message):
        done(["a", "b"])
    again = endpoint(service, tmp_path, parallel=1)
    assert again(["a", "b"]) == ["again: a", "again: b"] and service.asked["a"] == 1


def test_a_text_that_the_service_will_not_answer_is_none_and_a_bad_answer_is_asked_again(
    service: Service, tmp_path: Path
) -> None:
    service.script = [200, 400, "garbage", "cut", 200]
    ask = endpoint(service, tmp_path, parallel=1, wait=lambda seconds: None)
    assert ask(["a", "b", "c", "d"]) == ["again: a", None, None, "again: d"]  # refused; garbage, then cut
    assert service.asked == {"a": 1, "b": 1, "c": 2, "d": 1}
    assert endpoint(service, tmp_path)(["a", "b", "c", "d"]) == ["again: a", "again: b", None, "again: d"]


def test_a_service_that_refuses_everything_is_left_soon(service: Service, tmp_path: Path) -> None:
    service.script = [400] * 50
    with pytest.raises(UserError, match="status 400"):
        endpoint(service, tmp_path / "one", parallel=1)(["a", "b"])
    with pytest.raises(UserError, match="status 400"):
        endpoint(service, tmp_path / "many", parallel=1)([str(n) for n in range(40)])
    assert service.asked.total() <= 2 + 10 + 3  # some were under way


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("<think>\nHm, what: well.\n</think>\n\nWhere is it?", "Where is it?"),
        ("<think>and so on, without an end", ""),
        ('Sure! Here\'s the new message:\n\n"Where is it?"', "Where is it?"),
        ("Here is the customer's message in other words: Where is it?", "Where is it?"),
        ("Here's my order number: 79237", "Here's my order number: 79237"),
    ],
)
def test_what_models_put_around_an_answer_goes(answer: str, text: str) -> None:
    assert tidy(answer) == text


def test_nobody_there(tmp_path: Path) -> None:
    gone = Service()
    gone.server_close()
    with pytest.raises(UserError, match="ConnectError"):
        endpoint(gone, tmp_path, wait=lambda seconds: None)(["a"])


def test_killed_in_the_middle_it_asks_only_for_what_is_missing(service: Service, tmp_path: Path) -> None:
    service.hang_at = 4
    code = (
        "import sys; from pathlib import Path; from alignment.data.augmentation.journal import Journal\n"
        "from alignment.data.augmentation.rewrite import Endpoint\n"
        f"Endpoint(url={service.url!r}, model='m', key='', seconds=600, retries=0, parallel=1, temperature=0.0,"
        f" max_tokens=16, instruction='x\\n\\n{{text}}', journal=Journal(Path({str(tmp_path)!r}) / 'answers.jsonl'))"
        "([str(i) for i in range(8)])"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 300
    while service.asked.total() < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    service.hang_at = 0
    ask = endpoint(service, tmp_path, parallel=1, key="", instruction="x\n\n{text}")
    assert ask([str(i) for i in range(8)]) == [f"again: {i}" for i in range(8)]
    assert [service.asked[str(i)] for i in range(8)] == [1, 1, 1, 2, 1, 1, 1, 1]  # the 4th was never answered


def test_a_line_cut_by_a_kill_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    Journal(path).put("a", "one")
    whole = path.read_bytes()
    path.write_bytes(whole + b'["b", "tw')
    again = Journal(path)
    assert again.answers == {"a": "one"} and path.read_bytes() == whole
    again.put("b", "two")
    assert Journal(path).answers == {"a": "one", "b": "two"}


def test_batches_are_the_same_when_resumed(tmp_path: Path) -> None:
    seen: list[tuple[list[str], int]] = []

    def answer(texts: list[str], place: int) -> list[str]:
        seen.append((list(texts), place))
        return [f"{place}{text}" for text in texts]

    def run(journal: Journal) -> list[str]:
        return Batches(name="n", size=2, answer=answer, journal=journal)(["a", "b", "c"])  # type: ignore[arg-type]

    assert run(Journal(tmp_path / "j")) == ["0a", "0b", "1c"]
    lines = (tmp_path / "j").read_bytes().splitlines(keepends=True)
    (tmp_path / "j").write_bytes(lines[0])  # killed after the first batch
    assert run(Journal(tmp_path / "j")) == ["0a", "0b", "1c"]
    assert seen == [(["a", "b"], 0), (["c"], 1), (["c"], 1)]


@pytest.mark.parametrize(
    ("answer", "text"), [(' "Hi." \n', "Hi."), ("“Hi.”", "Hi."), ("It's", "It's"), ('"', '"'), ("", "")]
)
def test_tidy(answer: str, text: str) -> None:
    assert tidy(answer) == text


def translator(folder: Path, kind: str) -> str:
    """A tiny encoder-decoder with random weights and a tokenizer of words, as a folder of transformers."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BartConfig, BartForConditionalGeneration, PreTrainedTokenizerFast, T5Config
    from transformers import T5ForConditionalGeneration as T5

    torch.manual_seed(1)
    words = ["<s>", "<pad>", "</s>", "<unk>", "xx", "yy", *"where is my order how much the bench".split()]  # noqa: SIM905
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    fast.save_pretrained(folder)
    size = {"vocab_size": len(words), "d_model": 16, "pad_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 2}
    if kind == "t5":
        model = T5(T5Config(**size, d_ff=16, d_kv=8, num_heads=2, num_layers=1))
    else:
        layers = dict.fromkeys(("encoder_layers", "decoder_layers"), 1) | dict.fromkeys(
            ("encoder_attention_heads", "decoder_attention_heads"), 2
        )
        model = BartForConditionalGeneration(
            BartConfig(**size, **layers, encoder_ffn_dim=16, decoder_ffn_dim=16, bos_token_id=0)
        )
    model.save_pretrained(folder)
    return str(folder)


def test_two_translators_of_any_kind(tmp_path: Path) -> None:
    from alignment.data.augmentation.local import round_trip
    from alignment.settings import Generation
    from tests.kit import configured

    settings, _ = configured(tmp_path, "stage=augment")
    generation = Generation(temperature=0.0, top_p=1.0, top_k=0, max_new_tokens=6, batch_size=2)
    there, back = translator(tmp_path / "there", "t5"), translator(tmp_path / "back", "bart")
    for languages in ([], ["xx", "yy"]):
        answer = round_trip(there, back, languages, settings.model, generation)
        made = answer(["where is my order", "how much"], 0)
        assert len(made) == 2 and made == answer(["where is my order", "how much"], 0)  # without chance
        assert all(isinstance(text, str) for text in made)
    with pytest.raises(UserError, match="cannot load the translator"):
        round_trip(there, str(tmp_path / "nowhere"), [], settings.model, generation)
