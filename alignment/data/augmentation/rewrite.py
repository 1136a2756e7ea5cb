"""Other wordings of a text: by an OpenAI-compatible endpoint, a local chat model, or two translators there and back.

Each is `rewrite(texts) -> one answer a text`, and keeps its answers in a `Journal`: what was answered before a kill is
not asked again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from alignment.artifact import canonical_hash
from alignment.data.augmentation.journal import Journal
from alignment.errors import UserError

Rewrite = Callable[[Sequence[str]], list[str]]
BUSY = (408, 409, 425, 429, 500, 502, 503, 504)  # answers after which the same question is worth asking again
_LONGEST_WAIT = 60.0  # seconds


def tidy(answer: str) -> str:
    """An answer without outer white space and without the quotes that models put around it."""
    text = answer.strip()
    if len(text) > 1 and (text[0], text[-1]) in (('"', '"'), ("“", "”"), ("'", "'")):
        text = text[1:-1].strip()
    return text


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

    def __call__(self, texts: Sequence[str]) -> list[str]:
        """One answer a text. UserError when the service refuses, or does not answer after all retries."""
        import httpx

        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        with httpx.Client(timeout=self.seconds, headers=headers) as client, ThreadPoolExecutor(self.parallel) as pool:
            futures = [pool.submit(self._ask, client, text) for text in texts]
            try:
                return [future.result() for future in futures]
            finally:
                for future in futures:  # after an error nothing more is asked
                    future.cancel()

    def _ask(self, client: Any, text: str) -> str:
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": self.instruction.format(text=text)}],
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
        }
        key = canonical_hash([self.url, body])
        if key not in self.journal.answers:
            self.journal.put(key, self._answer(client, body))
        self.step()
        return tidy(str(self.journal.answers[key]))

    def _answer(self, client: Any, body: dict[str, Any]) -> str:
        import httpx

        address = self.url.rstrip("/") + "/chat/completions"
        found, pause = "", 0.0
        for attempt in range(self.retries + 1):
            if attempt:
                self.wait(min(_LONGEST_WAIT, max(pause, 0.5 * 2**attempt)))
            try:
                reply = client.post(address, json=body)
            except httpx.HTTPError as error:
                found, pause = f"{type(error).__name__} {error}", 0.0
                continue
            if reply.status_code == httpx.codes.OK:
                return _content(reply.text, address)
            found, pause = f"status {reply.status_code}: {reply.text[:80]}", _seconds(reply.headers.get("retry-after"))
            if reply.status_code not in BUSY:
                break
        raise UserError(
            f"{address}: {found}",
            "an OpenAI-compatible endpoint that answers",
            "check augment.endpoint and its key; run the same command again: answers so far are kept",
        )


def _content(text: str, address: str) -> str:
    import json

    try:
        return str(json.loads(text)["choices"][0]["message"]["content"] or "")
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise UserError(
            f"{address} answered {text[:80]!r}", "a chat completion", "check augment.endpoint.url"
        ) from error


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
    answer: Callable[[Sequence[str], int], list[str]]
    journal: Journal
    step: Callable[[], None] = lambda: None

    def __call__(self, texts: Sequence[str]) -> list[str]:
        """One answer a text."""
        return list(self._all(texts))

    def _all(self, texts: Sequence[str]) -> Iterator[str]:
        for place, start in enumerate(range(0, len(texts), self.size)):
            batch = texts[start : start + self.size]
            key = canonical_hash([self.name, place, list(batch)])
            if key not in self.journal.answers:
                self.journal.put(key, self.answer(batch, place))
            for text in self.journal.answers[key]:
                self.step()
                yield tidy(text)
