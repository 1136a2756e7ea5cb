"""Other wordings of a text: by an OpenAI-compatible endpoint, a local chat model, or two translators there and back.

Each is `rewrite(texts) -> one answer a text`, None where there is none, and keeps its answers in a `Journal`: what was
answered before a kill is not asked again.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from alignment.artifact import canonical_hash
from alignment.data.augmentation.journal import Journal
from alignment.errors import UserError

Rewrite = Callable[[Sequence[str]], list[str | None]]
BUSY = (408, 409, 425, 429, 500, 502, 503, 504)  # answers after which the same question is worth asking again
WRONG_PLACE = (401, 403, 404, 405)  # answers that any text would get
HOPELESS = 10  # texts refused before the first answer, after which no more are asked
_LONGEST_WAIT = 60.0  # seconds
_THOUGHT = re.compile(r"\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
_OPENER = re.compile(
    r"\A(?:(?:sure|certainly|of course|okay)\b[^\n:]{0,20}\s)?(?:here(?:'s|’s| is| are)|the)\b[^\n:]{0,40}"
    r"\b(?:message|reply|version|(?:rewrit|paraphras|rephras|reword)\w+|other words)\b[^\n:]{0,40}:\s+",
    re.IGNORECASE,
)


def tidy(answer: str) -> str:
    """An answer without a model's thoughts, its "Here is the new message:", and quotes and blanks around it."""
    text = _OPENER.sub("", _THOUGHT.sub("", answer, count=1).strip(), count=1)
    if len(text) > 1 and (text[0], text[-1]) in (('"', '"'), ("“", "”"), ("'", "'")):
        text = text[1:-1].strip()
    return text


class Refused(UserError):
    """One text that the service will not answer, as one that its filter stops or that is too long."""


@dataclass(kw_only=True)
class Endpoint:
    """A chat-completions service. url: up to and with /v1; key: sent, never stored. seconds: to wait for an answer."""

    url: str
    model: str
    key: str
    seconds: float
    retries: int
    parallel: int
    temperature: float
    max_tokens: int
    instruction: str  # with {text}
    journal: Journal
    step: Callable[[], None] = lambda: None
    wait: Callable[[float], None] = time.sleep
    refused: list[UserError] = field(default_factory=list)  # of single texts
    _lock: Any = field(default_factory=threading.Lock)

    def __call__(self, texts: Sequence[str]) -> list[str | None]:
        """One answer a text; None where it was cut, or the service answers others and refuses this one.

        UserError when it refuses all, is the wrong place, or is busy, silent or garbled after all retries.
        """
        import httpx

        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        with httpx.Client(timeout=self.seconds, headers=headers) as client, ThreadPoolExecutor(self.parallel) as pool:
            futures = [pool.submit(self._ask, client, text) for text in texts]
            try:
                found = [future.result() for future in futures]
                if self.refused and not self.journal.answers:
                    raise self.refused[0]
                return found
            finally:
                for future in futures:  # after an error nothing more is asked
                    future.cancel()

    def _ask(self, client: Any, text: str) -> str | None:
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": self.instruction.format(text=text)}],
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
        }
        key = canonical_hash([self.url, body])
        if key not in self.journal.answers:
            try:
                self.journal.put(key, self._answer(client, body))
            except Refused as refusal:
                with self._lock:
                    self.refused.append(refusal)
                    if len(self.refused) >= HOPELESS and not self.journal.answers:
                        raise
        self.step()
        answer = self.journal.answers.get(key)
        return None if answer is None else tidy(str(answer))

    def _answer(self, client: Any, body: dict[str, Any]) -> str | None:
        import httpx

        address = self.url.rstrip("/") + "/chat/completions"
        found, pause, kind = "", 0.0, UserError
        for attempt in range(self.retries + 1):
            if attempt:
                self.wait(min(_LONGEST_WAIT, max(pause, 0.5 * 2**attempt)))
            try:
                reply = client.post(address, json=body)
            except httpx.HTTPError as error:
                found, pause = f"{type(error).__name__} {error}", 0.0
                continue
            if reply.status_code == httpx.codes.OK:
                try:
                    return _content(reply.text)
                except ValueError:
                    found, pause = f"answered {reply.text[:80]!r}, no chat completion", 0.0
                    continue
            found, pause = f"status {reply.status_code}: {reply.text[:80]}", _seconds(reply.headers.get("retry-after"))
            if reply.status_code not in BUSY:
                kind = UserError if reply.status_code in WRONG_PLACE else Refused
                break
        raise kind(
            f"{address}: {found}",
            "an OpenAI-compatible endpoint that answers",
            "check augment.endpoint and its key; run the same command again: answers so far are kept",
        )


def _content(text: str) -> str | None:
    """The answer in a chat completion; None where it was cut at max_tokens. ValueError: the text is none."""
    try:
        choice = json.loads(text)["choices"][0]
        return None if choice.get("finish_reason") == "length" else str(choice["message"]["content"] or "")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError("no chat completion") from error


def _seconds(given: str | None) -> float:
    """Of a Retry-After header; a date in it counts as none."""
    return float(given) if given and given.replace(".", "", 1).isdigit() else 0.0


@dataclass(kw_only=True)
class Batches:
    """A local model's answers in batches that depend on the texts alone, so that a resumed stage draws the same.

    answer: (texts of a batch, its place) -> their answers.
    """

    name: str
    size: int
    answer: Callable[[Sequence[str], int], list[str | None]]
    journal: Journal
    step: Callable[[], None] = lambda: None

    def __call__(self, texts: Sequence[str]) -> list[str | None]:
        """One answer a text; None where it was cut."""
        return list(self._all(texts))

    def _all(self, texts: Sequence[str]) -> Iterator[str | None]:
        for place, start in enumerate(range(0, len(texts), self.size)):
            batch = texts[start : start + self.size]
            key = canonical_hash([self.name, place, list(batch)])
            if key not in self.journal.answers:
                self.journal.put(key, self.answer(batch, place))
            for text in self.journal.answers[key]:
                self.step()
                yield None if text is None else tidy(text)
