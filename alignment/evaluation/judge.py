"""A language model as judge, behind an OpenAI-compatible endpoint, asked in both orders.

Judges favour what they read first or last (Zheng et al. 2023, Judging LLM-as-a-Judge, section 3.3). So each pair is
shown twice with the sides changed; a verdict that changes with the order is a tie, and the share of such verdicts is
reported. Answers are kept in a file as they come: a killed evaluation asks only what is missing. A question that the
endpoint does not answer is left out and counted, as an answer without a verdict is; several in a row end it.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from alignment import stats
from alignment.artifact import canonical_hash, read_jsonl
from alignment.errors import UserError
from alignment.evaluation.pairing import Figure, Row, as_figure
from alignment.evaluation.wins import Outcomes

ASK_AGAIN = 4  # attempts at one question, where the endpoint is busy or away
BUSY = {408, 409, 425, 429, 500, 502, 503, 504}
SIDES = {"A": 1.0, "B": 0.0, "TIE": 0.5}
MOST_UNREADABLE = 0.5
MOST_LOST = 5  # prompts in a row without an answer: the endpoint is away

SYSTEM = """You compare two replies of a shop's assistant to the same customer. Judge by the guide below, and by \
whether the reply answers the question with the facts given. Length is no merit by itself, and neither is the order.
Answer with one JSON object and nothing else: {{"winner": "A"}}, {{"winner": "B"}} or {{"winner": "tie"}}.

The guide:
{guide}"""
QUESTION = """What the assistant was told and what was said before:
{conversation}

Reply A:
{a}

Reply B:
{b}

Which reply is better?"""
NO_GUIDE = "Helpful, correct, polite and natural."


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An OpenAI-compatible service: `url` up to and with /v1; `key` is sent, never stored or shown."""

    url: str
    model: str
    key: str | None
    timeout: float
    workers: int


@dataclass(frozen=True)
class Judged:
    """Outcomes by prompt id, and how the verdicts of the two orders went together."""

    outcomes: Outcomes
    asked: int
    inconsistent: int  # a side won in one order and not in the other: counted as a tie
    unreadable: int  # no verdict in the answer, or no answer: left out

    def figures(self, name: str) -> dict[str, Figure]:
        """judge_inconsistent_vs_<name> and judge_unreadable_vs_<name>: shares."""
        read = self.asked - self.unreadable
        return {
            f"judge_inconsistent_vs_{name}": as_figure(stats.wilson(self.inconsistent, read)),
            f"judge_unreadable_vs_{name}": as_figure(stats.wilson(self.unreadable, self.asked)),
        }


def judge_pairs(
    endpoint: Endpoint,
    rows: Sequence[Row],
    others: Sequence[Row],
    guide: str | None,
    kept: Path,
    step: Callable[[], None] = lambda: None,
) -> Judged:
    """Ask about every prompt that both answer with different replies; equal replies tie without being asked.

    kept: JSON lines of finished questions, made where absent. step: called for each prompt judged.

    Raises:
        UserError: the endpoint refuses or cannot be reached (at the first prompt, or at several in a row), or more than
            half of the prompts have no verdict.
    """
    theirs = {row["id"]: row["reply"] for row in others}
    pairs = [(row, theirs[row["id"]]) for row in rows if row["id"] in theirs]
    known = {line["key"]: line["answer"] for line in _whole_lines(kept)}
    outcomes: Outcomes = {str(row["id"]): 0.5 for row, other in pairs if row["reply"] == other}
    asked = [(row, other) for row, other in pairs if row["reply"] != other]
    inconsistent = unreadable = 0
    answered, in_a_row = bool(known), 0
    with (
        httpx.Client(timeout=endpoint.timeout, headers=_headers(endpoint.key)) as client,
        kept.open("a", encoding="utf-8") as file,
        ThreadPoolExecutor(endpoint.workers) as pool,
    ):

        def ask(one: tuple[Row, str]) -> list[tuple[str, str]] | UserError:
            row, other = one
            questions = [_question(row, a, b, guide) for a, b in ((row["reply"], other), (other, row["reply"]))]
            try:
                return [_answer(client, endpoint, messages, known) for messages in questions]
            except UserError as error:  # of this prompt; whether of all is seen below
                return error

        for (row, _), answers in zip(asked, pool.map(ask, asked), strict=True):
            if isinstance(answers, UserError):
                in_a_row += 1
                if not answered or in_a_row >= MOST_LOST:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise answers
                step()
                unreadable += 1
                continue
            answered, in_a_row = True, 0
            for key, answer in answers:
                if key not in known:
                    file.write(json.dumps({"key": key, "answer": answer}, ensure_ascii=False) + "\n")
            file.flush()
            found = _both([verdict(answer) for _, answer in answers])
            step()
            if found is None:
                unreadable += 1
                continue
            outcomes[str(row["id"])], consistent = found
            inconsistent += not consistent
    if asked and unreadable > MOST_UNREADABLE * len(asked):
        raise UserError(
            f"the judge {endpoint.model} gave no verdict on {unreadable} of {len(asked)} prompts",
            '{"winner": "A"}, "B" or "tie" in the answer',
            "choose a judge that follows instructions: evaluate.judge_model=NAME",
        )
    return Judged(outcomes, len(asked), inconsistent, unreadable)


def _whole_lines(kept: Path) -> list[dict[str, Any]]:
    """The lines of `kept`. A last one without its end, which a kill left half written, is taken off the file."""
    if not kept.is_file():
        return []
    with kept.open("rb+") as file:
        file.truncate(file.read().rfind(b"\n") + 1)
    return read_jsonl(kept)


def verdict(answer: str) -> float | None:
    """1 where the answer names A, 0 for B, 0.5 for a tie; None where it names none, or more than one.

    JSON {"winner": ...} is looked for first, then [[A]], then a lone A, B or tie. Thoughts (<think>) are passed over.
    """
    answer = answer.rpartition("</think>")[2]
    patterns = (
        r"""["']winner["']\s*:\s*["']?\s*(?:reply |assistant )?(A|B|tie|C)\b""",
        r"\[\[\s*(A|B|C|tie)\s*\]\]",
        r"\A\W*(?:reply |assistant )?(A|B|tie)\W*\Z",
    )
    for pattern in patterns:
        if found := {one.upper() for one in re.findall(pattern, answer, re.IGNORECASE)}:
            side = found.pop().replace("C", "TIE")
            return None if found else SIDES[side]
    return None


def _both(verdicts: Sequence[float | None]) -> tuple[float, bool] | None:
    """The outcome of both orders and whether they agree; the second was asked with the sides changed."""
    first, second = verdicts
    if first is None or second is None:
        return None
    turned = 1 - second
    return (first, True) if first == turned else (0.5, False)


def _question(row: Row, a: str, b: str, guide: str | None) -> list[dict[str, str]]:
    said = "\n".join(f"{message['role']}: {message['content']}" for message in row["messages"])
    return [
        {"role": "system", "content": SYSTEM.format(guide=guide or NO_GUIDE)},
        {"role": "user", "content": QUESTION.format(conversation=said, a=a, b=b)},
    ]


def _answer(
    client: httpx.Client, endpoint: Endpoint, messages: list[dict[str, str]], known: Mapping[str, str]
) -> tuple[str, str]:
    """(key, text) of one question, from what is known or from the endpoint."""
    key = canonical_hash([endpoint.url, endpoint.model, messages])
    if key in known:
        return key, known[key]
    body = {"model": endpoint.model, "messages": messages, "temperature": 0, "max_tokens": 64}
    reply = _post(client, endpoint, body)
    try:
        text: Any = reply.json()["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise UserError(
            f"{endpoint.url} answered {reply.text[:80]!r}", "an OpenAI-compatible chat completion", "check the address"
        ) from error
    return key, str(text or "")


def _post(client: httpx.Client, endpoint: Endpoint, body: dict[str, Any]) -> httpx.Response:
    address = endpoint.url.rstrip("/") + "/chat/completions"
    found = ""
    for attempt in range(ASK_AGAIN):
        if attempt:
            time.sleep(min(8.0, 0.25 * 4**attempt))
        try:
            reply = client.post(address, json=body)
        except httpx.HTTPError as error:
            found = f"{type(error).__name__} {error}"
            continue
        if reply.status_code == httpx.codes.OK:
            return reply
        found = f"status {reply.status_code}: {reply.text[:80]}"
        if reply.status_code not in BUSY:
            break
    raise UserError(
        f"the judge at {address}: {found}",
        "an OpenAI-compatible endpoint that answers",
        "check evaluate.judge_url, judge_model and the key; run again: answers so far are kept",
    )


def _headers(key: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}
