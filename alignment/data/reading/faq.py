"""Questions and answers in a document, each pair a record of prompt and completion; plain text, and chats in it.

A question is what a document marks as one (`Q:`, <dt>, <summary>, the left cell of a table of two columns) or a line
or heading that ends with a question mark; its answer is what follows, up to the next question or heading. Text
that belongs to no question is refused, with its place, never passed over. Plain text may also hold chats:
`Customer: ...` and `Agent: ...` line by line, a blank line or a rule between two chats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from alignment.data.reading.messages import spoken
from alignment.data.reading.streams import Broken, Item, Reading, Record, decode, undecoded, whole

_Q = re.compile(r"^(?:[QF](?: ?\d{1,4})?\s?[:.]|(?i:question|frage)(?: ?\d{1,4})?\s?[:.)])\s?(?=\S)")
_A = re.compile(r"^(?:[AR](?: ?\d{1,4})?\s?[:.]|(?i:answer|antwort|réponse|reponse)(?: ?\d{1,4})?\s?[:.)])\s?")
_NUMBERED = re.compile(r"^(?:#{1,6}\s|\*{2}|\d{1,3}[.)]\s|[-*•]\s)+")
_BOLD = re.compile(r"(?:\d{1,3}[.)]\s)?(?:\*\*[^*]{1,300}\*\*|__[^_]{1,300}__):?")  # a line in bold as a whole
_RULE = re.compile(r"^[-=_*]{3,}$")


@dataclass(kw_only=True)
class Block:
    """A paragraph: where it begins, what it says, and whether it is marked as question, answer or heading."""

    line: int
    text: str
    kind: str = ""  # question, answer, heading or ""
    quoted: bool = False


def pairs(blocks: Iterable[Block], file: Path) -> Iterator[Item]:
    """Questions with their answers, and a `Broken` for each question or text that stands alone."""
    question: Block | None = None
    answer: list[str] = []
    stray: Block | None = None

    def close() -> Iterator[Item]:
        nonlocal question, stray
        if question is not None and answer:
            value = {"prompt": question.text, "completion": "\n".join(answer)}
            yield Record(file=file, line=question.line, value=value)
        elif question is not None:
            yield Broken(file=file, line=question.line, reason="a question without an answer")
        if stray is not None:
            yield Broken(file=file, line=stray.line, reason="text that belongs to no question")
        question, stray = None, None
        answer.clear()

    for block in blocks:
        if undecoded(block.text):
            yield from close()
            yield Broken(file=file, line=block.line, reason="not of the encoding of its file")
            continue
        asks = block.kind == "question" or (block.kind != "answer" and _is_question(block.text))
        if asks and question is not None and not answer and block.kind != "question":
            question = Block(line=question.line, text=f"{question.text}\n{block.text}")  # two lines, one question
        elif asks:
            yield from close()
            question = block
        elif block.kind == "heading":
            yield from close()
        elif question is not None:
            answer.append(block.text)
        elif stray is None:
            stray = block
    yield from close()


def _is_question(text: str) -> bool:
    return text.rstrip("*_ ").endswith("?") and "\n" not in text and len(text) <= 300


def read_text(file: Path, reading: Reading) -> Iterator[Item]:
    """A plain text or markdown file of questions and answers, or of chats."""
    try:
        text = decode(whole(file), reading).lstrip("\ufeff")
    except ValueError as error:
        yield Broken(file=file, line=1, reason=str(error))
        return
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    said = [spoken(line, reading.roles) for line in lines]
    if len({role for role, _ in filter(None, said)}) == 2:
        yield from _chats(lines, said, file)
    else:
        yield from pairs(_text_blocks(lines), file)


def _chats(lines: list[str], turns: list[tuple[str, str] | None], file: Path) -> Iterator[Item]:
    """Chats are parted by rules where there are any, else by blank lines, unless those stand inside chats too."""
    ruled = any(_RULE.match(line.strip()) for line in lines)
    parted = ruled or not _blank_inside(lines, turns)
    messages: list[dict[str, str]] = []
    start, gap = 1, False
    for number, (line, said) in enumerate(zip(lines, turns, strict=True), start=1):
        if _RULE.match(line.strip()) or not line.strip():
            gap = gap or not ruled or bool(line.strip())
        elif said is not None:
            if gap and parted and messages:
                yield _chat(messages, start, file)
                messages = []
            start = start if messages else number
            messages.append({"role": said[0], "content": said[1]})
            gap = False
        elif messages:
            messages[-1]["content"] += "\n" + line
        else:
            yield Broken(file=file, line=number, reason="a line of no speaker before the first chat")
    if messages:
        yield _chat(messages, start, file)


def _blank_inside(lines: list[str], turns: list[tuple[str, str] | None]) -> bool:
    """Whether a blank line stands between a customer's line and the reply to it."""
    last, gap = "", False
    for line, said in zip(lines, turns, strict=True):
        if said is not None:
            if gap and (last, said[0]) == ("user", "assistant"):
                return True
            last, gap = said[0], False
        gap = gap or not line.strip()
    return False


def _chat(messages: list[dict[str, str]], start: int, file: Path) -> Item:
    if any(undecoded(message["content"]) for message in messages):
        return Broken(file=file, line=start, reason="not of the encoding of its file")
    return Record(file=file, line=start, value={"messages": messages})


def _text_blocks(lines: list[str]) -> Iterator[Block]:
    """Paragraphs of plain text; a line that asks stands alone, and so does a marked one."""
    open_: Block | None = None
    bold_asks = any(_BOLD.fullmatch(line.strip()) and _is_question(line.strip()) for line in lines)
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        heading = line.startswith("#")
        bold = _BOLD.fullmatch(line) if bold_asks else None
        bare = _NUMBERED.sub("", line).rstrip("*") if line else ""
        if asked := _Q.match(bare):
            found = Block(line=number, text=bare[asked.end() :], kind="question")
        elif answered := _A.match(bare):
            found = Block(line=number, text=bare[answered.end() :], kind="answer")
        elif not line or _RULE.match(line):
            found = None
        elif bold:
            found = Block(line=number, text=bare, kind="question")
        elif _is_question(bare):
            found = Block(line=number, text=bare)
        elif heading:
            found = Block(line=number, text=bare, kind="heading")
        elif open_ is not None and not (open_.kind == "question" and _is_question(open_.text)):
            open_.text += f"\n{line}" if open_.text else line
            continue
        else:
            found = Block(line=number, text=line)
        if open_ is not None:
            yield open_
        open_ = found
        if found is not None and found.kind not in ("question", "answer") and (_is_question(bare) or found.kind):
            yield found
            open_ = None
    if open_ is not None:
        yield open_


def joined(blocks: Iterable[Block]) -> Iterator[Block]:
    """Blocks of pages and Word files as in text: "Q:" and "A:" taken off and noted, numbers before questions too.

    A paragraph whose first line asks is a question and, with the lines after it, an answer or further questions.
    """
    for block in blocks:
        for part in _lines_that_ask(block):
            text = part.text
            if found := _Q.match(text):
                yield Block(line=part.line, text=text[found.end() :], kind="question")
            elif found := _A.match(text):
                yield Block(line=part.line, text=text[found.end() :], kind="answer")
            elif _is_question(text):
                yield Block(line=part.line, text=_NUMBERED.sub("", text), kind=part.kind.replace("heading", ""))
            else:
                yield part


def _lines_that_ask(block: Block) -> Iterator[Block]:
    lines = block.text.split("\n")
    asks = [bool(_is_question(line) or _Q.match(line)) for line in lines]
    if block.kind in ("question", "answer") or len(lines) == 1 or not asks[0]:
        yield block
        return
    starts = [i for i in range(len(lines)) if i == 0 or asks[i] or asks[i - 1]]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield Block(line=block.line, text="\n".join(lines[start:end]))
