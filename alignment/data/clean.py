"""Cleaning steps: pure functions from text to text, and from a dialogue's messages to messages.

Every text step only removes or mends; none adds words. `TEXT_STEPS` applied by `clean_text` until nothing changes
is idempotent.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Sequence

from alignment.data.personal.names import words
from alignment.data.reading.messages import Message
from alignment.errors import UserError

# Tags of HTML; anything else in angle brackets ("<3", "<your name>", "x < y > z") is text.
_TAGS = words(
    """
a abbr address article b blockquote body br button center cite code col dd div dl dt em font footer form h1 h2
h3 h4 h5 h6 head header hr html i img input label li link main meta nav ol option p pre q s section select small
span strike strong sub sup table tbody td tfoot th thead title tr tt u ul video wbr
"""
)
_BLOCKS = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "hr", "blockquote"}
_TAG = re.compile(rf"</?({'|'.join(_TAGS)})(?:\s[^<>]{{0,2000}})?/?>", re.IGNORECASE)
_HIDDEN = re.compile(
    r"<!--.{0,10000}?-->|<(script|style)\b[^<>]{0,2000}>.{0,10000}?</\1\s{0,9}>", re.IGNORECASE | re.DOTALL
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# Control characters, zero-width and direction marks. The joiner U+200D stays: emoji and several scripts need it.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
_BLANKS = re.compile(r"[^\S\n]+")
_AROUND_LINE_END = re.compile(r" ?\n ?")
_MANY_LINES = re.compile(r"\n{3,}")
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")  # printable ASCII, single blanks: nothing for `whitespace` to do
_WROTE = r"[^\n]{4,160}(?:\n[^\n]{0,120})?"
_DATED = r"(?=[^\n]*(?:\d|@|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)))"  # and not "On the form I wrote:"
_ORIGINAL = "original message|forwarded message|ursprüngliche nachricht|message d'origine"
_QUOTE_HEAD = re.compile(
    rf"^[ \t]*(?:On\b{_DATED}{_WROTE}\bwrote:|Am\b{_WROTE}\bschrieb\b[^\n]{{0,100}}:|Le\b{_WROTE}\ba écrit ?:"
    rf"|(?:El|Em|Il|Op)\b{_WROTE}\b(?:escribió|escreveu|ha scritto|schreef)\b[^\n]{{0,100}}:"
    r"|[^\n<>:]{1,80}<[^\s<>]{1,80}@[^\s<>]{1,80}> wrote ?:|-{2,} ?On\b[^\n]{4,160}\bwrote ?-{2,}"
    rf"|-{{2,}} ?(?:{_ORIGINAL}) ?-{{2,}}|Begin forwarded message ?:"
    r"|(?:[_-]{5,}\s*\n)?\*?(?:From|Von|De|Van|Da) ?:\*? [^\n]{1,200}"
    r"\n\*?(?:Sent|Date|To|Gesendet|Envoyé|Enviado|Inviato|Verzonden) ?:\*? [^\n]{1,200})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_CLOSING = re.compile(
    r"^(?:--|(?:best|kind|kindest|warm|warmest)(?: regards| wishes)?|(?:with )?(?:(?:best|kind) )?regards|all the best"
    r"|sincerely(?: yours)?|yours (?:truly|sincerely|faithfully)|warmly|respectfully|cheers"
    r"|many thanks|thanks(?: again)?|thank you"
    r"|(?:mit )?(?:freundlichen?|besten?|vielen?|lieben?|herzlichen?) gr(?:ü|ue)(?:ß|ss)en?|mfg"
    r"|(?:bien )?cordialement|bien à vous|un saludo|(?:atentos )?saludos|atentamente|(?:cordiali|distinti) saluti"
    r"|met vriendelijke groet(?:en)?|(?:com os melhores )?cumprimentos|atenciosamente|take care)\s*[,.!]?$",
    re.IGNORECASE,
)
SIGNATURE_LINES = 5  # a closing with more lines after it is no signature
SIGNATURE_WORDS = 8  # a line of a signature has at most so many words


def repair(text: str) -> str:
    """Mojibake, curly quotes, ligatures, full-width letters and the like, by ftfy. Plain ASCII comes back as it is."""
    if text.isascii():
        return text
    import ftfy

    return ftfy.fix_text(text, unescape_html=False)


def markup(text: str) -> str:
    """Take out HTML: comments, scripts, known tags (block tags become line ends), and decode entities."""
    if "<" in text:
        text = _HIDDEN.sub(" ", text)
        text = _TAG.sub(lambda tag: "\n" if tag[1].lower() in _BLOCKS else "", text)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return text


def whitespace(text: str) -> str:
    """One blank between words, at most one empty line, no invisible characters, nothing around the text."""
    if _PLAIN.fullmatch(text):
        return text
    text = _LINE_ENDS.sub("\n", text)
    text = _INVISIBLE.sub("", text)
    text = _BLANKS.sub(" ", text)
    text = _AROUND_LINE_END.sub("\n", text)
    return _MANY_LINES.sub("\n\n", text).strip()


def split_quoted(text: str) -> tuple[str, str]:
    """(what was written, what it quotes): lines that begin with ">", and all after "On ... wrote:" and the like.

    Of what is quoted, only the nearest message comes back, without its marks.
    """
    head = _QUOTE_HEAD.search(text)
    own, rest = (text[: head.start()].removesuffix("\n"), text[head.end() :]) if head else (text, "")
    kept = [line for line in own.split("\n") if not line.lstrip().startswith(">")]
    marked = [line.lstrip() for line in f"{own}\n{rest}".split("\n") if line.lstrip().startswith(">")]
    inner = [line[1:].removeprefix(" ") for line in marked]
    below = "\n".join(line for line in inner if not line.startswith(">")) if marked else rest
    deeper = _QUOTE_HEAD.search(below)
    return "\n".join(kept), (below[: deeper.start()] if deeper else below).strip()


def quoted(text: str) -> str:
    """Take out an e-mail's quoted history (`split_quoted`); a text of one line stays."""
    return split_quoted(text)[0] if "\n" in text else text


def signature(text: str) -> str:
    """Take out a closing on a line of its own ("Kind regards,", "--") and the few short lines after it."""
    if "\n" not in text:
        return text
    lines = text.split("\n")
    rest = 0  # lines that are not empty, below
    for index in range(len(lines) - 1, 0, -1):
        line = lines[index].strip()
        if _CLOSING.match(line):
            return "\n".join(lines[:index])
        rest += bool(line)
        if rest > SIGNATURE_LINES or (len(line.split()) > SIGNATURE_WORDS and "|" not in line):
            break
    return text


def whole_line(patterns: Sequence[str], key: str) -> re.Pattern[str] | None:
    """One pattern, of any case, for all of `patterns`; None without any. UserError names `key` for one that is none."""
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise UserError(f"{key}: {pattern!r} ({error})", "regular expressions") from error
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE) if patterns else None


def boilerplate(patterns: Sequence[str]) -> Callable[[str], str]:
    """A step that takes out every line that one of `patterns` (regular expressions, any case) matches whole."""
    lines = whole_line(patterns, "prepare.boilerplate")
    if lines is None:
        return lambda text: text

    def step(text: str) -> str:
        if "\n" not in text:
            return "" if lines.fullmatch(text.strip()) else text
        return "\n".join(line for line in text.split("\n") if not lines.fullmatch(line.strip()))

    return step


def clean_text(text: str, steps: Sequence[tuple[str, Callable[[str], str]]], counts: Counter[str]) -> str:
    """Apply `steps` in order, again until none changes the text; count each step that changed it once."""
    changed: set[str] = set()
    while True:
        before = text
        for name, step in steps:
            after = step(text)
            if after != text:
                changed.add(name)
                text = after
        if text == before:
            if changed:
                counts.update(changed)
            return text


def merge_turns(messages: Sequence[Message]) -> list[Message]:
    """Join neighbours of one role with a line end: chat templates want turns that alternate."""
    merged: list[Message] = []
    for message in messages:
        if merged and merged[-1]["role"] == message["role"]:
            merged[-1] = {"role": message["role"], "content": f"{merged[-1]['content']}\n{message['content']}"}
        else:
            merged.append(message)
    return merged


def drop_empty(messages: Sequence[Message]) -> list[Message]:
    """Take out messages that cleaning left without text."""
    return [message for message in messages if message["content"]]


def is_empty(messages: Sequence[Message]) -> bool:
    """Nobody says anything (a system message alone is nobody)."""
    return all(message["role"] == "system" for message in messages)


def is_one_sided(messages: Sequence[Message]) -> bool:
    """Only the customer or only the agent speaks."""
    roles = {message["role"] for message in messages}
    return not {"user", "assistant"} <= roles
