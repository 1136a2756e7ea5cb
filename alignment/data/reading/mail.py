"""E-mail as conversations: .eml and .mbox, put together by their references, each message a turn.

The first to write in a conversation is the customer; everybody whose address or domain is among `Reading.agents`,
or, where none is named, everybody else, is an agent. Where the first message is a reply whose question stands in it
as quoted text, the quoted text is the customer's turn.
"""

from __future__ import annotations

import email
import email.header
import mailbox
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.errors import HeaderParseError, MessageError
from email.message import Message
from email.utils import mktime_tz, parseaddr, parsedate_tz
from pathlib import Path

from alignment.data.clean import split_quoted
from alignment.data.reading.pages import html_text
from alignment.data.reading.streams import Broken, Item, Reading, Record, decode, undecoded, whole

_ID = re.compile(r"<[^<>\s]{1,250}>")
_ESCAPED = re.compile(rb"^>(?=>*From )", re.MULTILINE)  # a mailbox's mark before lines that would begin a message
MALFORMED = (MessageError, HeaderParseError, LookupError, ValueError, TypeError, AttributeError)  # what email raises


@dataclass(kw_only=True)
class Mail:
    """One message, as far as a conversation needs it."""

    file: Path
    line: int
    id: str
    above: list[str]  # ids of messages it answers, the nearest last
    sender: str
    sent: float  # seconds since 1970; 0 when unknown
    text: str


def read_eml(files: Sequence[Path], reading: Reading) -> Iterator[Item]:
    """The conversations of messages that lie in one folder, a file each."""
    found: list[Mail | Broken] = []
    for file in files:
        try:
            data = whole(file)
        except ValueError as error:
            found.append(Broken(file=file, line=1, reason=str(error)))
            continue
        if data.strip():
            found.append(parse_mail(data, file, 1, reading))
    yield from conversations(found, reading)


def read_mbox(file: Path, reading: Reading) -> Iterator[Item]:
    """The conversations of a mailbox. The line is the message's number."""
    box = mailbox.mbox(file, create=False)
    try:
        keys = box.keys()
        yield from conversations(
            (
                parse_mail(_ESCAPED.sub(b"", box.get_bytes(key)), file, number, reading)
                for number, key in enumerate(keys, start=1)
            ),
            reading,
        )
        if not keys and file.stat().st_size:
            yield Broken(file=file, line=1, reason='no mailbox: no line begins with "From "')
    finally:
        box.close()


def parse_mail(data: bytes, file: Path, line: int, reading: Reading) -> Mail | Broken:
    """One message of bytes."""
    try:
        message = email.message_from_bytes(data)
        sender = parseaddr(_header(message, "From"))[1].lower()
        text = _body(message, reading)
        identity = _ID.search(_header(message, "Message-ID"))
        above = _ID.findall(f"{_header(message, 'References')} {_header(message, 'In-Reply-To')}")
        date = parsedate_tz(_header(message, "Date"))
        sent = float(mktime_tz(date)) if date else 0.0
    except (*MALFORMED, OverflowError, RecursionError):
        return Broken(file=file, line=line, reason="not an e-mail we can read")
    if not sender:
        return Broken(file=file, line=line, reason="no sender (From:)")
    if undecoded(text):
        return Broken(file=file, line=line, reason="the text is not of the encoding it names")
    if not text.strip():
        return Broken(file=file, line=line, reason="no text in it")
    own = identity[0] if identity else f"<{file.name}:{line}>"
    return Mail(file=file, line=line, id=own, above=above, sender=sender, sent=sent, text=text)


def _header(message: Message, name: str) -> str:
    value = message.get(name, "")
    return str(value) if isinstance(value, str) else str(email.header.make_header([(str(value), None)]))


def _body(message: Message, reading: Reading) -> str:
    """The plain text, or else the text of the HTML part; attachments are passed over."""
    parts: dict[str, str] = {}
    for part in message.walk():
        kind = part.get_content_type()
        attached = "attachment" in str(part.get("Content-Disposition", "")).lower()
        if kind in ("text/plain", "text/html") and kind not in parts and not attached:
            data = part.get_payload(decode=True)
            if isinstance(data, bytes):
                parts[kind] = _decoded(data, part.get_content_charset(), reading)
    if parts.get("text/plain", "").strip():
        return parts["text/plain"]
    return html_text(parts.get("text/html", ""))


def _decoded(data: bytes, charset: str | None, reading: Reading) -> str:
    """The text in the charset that the part names; by its bytes where it names none, or wrongly ASCII."""
    try:
        if charset and charset.lower() not in ("us-ascii", "ascii"):
            return data.decode(charset, errors="surrogateescape")
    except (LookupError, ValueError):
        pass
    return decode(data, reading)


def conversations(found: Iterable[Mail | Broken], reading: Reading) -> Iterator[Item]:
    """Each conversation as a record of messages, each broken message as it is; in order of the first message."""
    mails: list[Mail] = []
    for one in found:
        if isinstance(one, Broken):
            yield one
        else:
            mails.append(one)
    above: dict[str, str] = {}  # union-find over the ids

    def root(name: str) -> str:
        while above.setdefault(name, name) != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    for mail in mails:
        for name in mail.above:
            above[root(name)] = root(mail.id)
    threads: dict[str, list[Mail]] = {}
    for mail in mails:
        threads.setdefault(root(mail.id), []).append(mail)
    for thread in threads.values():
        yield _record(thread, reading)


def _record(thread: list[Mail], reading: Reading) -> Record:
    if all(mail.sent for mail in thread):
        thread = sorted(thread, key=lambda mail: mail.sent)
    first = thread[0]
    text, quoted = split_quoted(first.text)
    answers = bool(text and quoted) and (len(thread) == 1 or bool(first.above))
    agents = [address.lower() for address in reading.agents]

    def role(sender: str) -> str:
        if agents:
            agent = any(sender.endswith(name) if name.startswith("@") else sender == name for name in agents)
        else:
            agent = (sender == first.sender) == answers
        return "assistant" if agent else "user"

    messages = [{"role": role(mail.sender), "content": mail.text} for mail in thread]
    if answers and messages[0]["role"] == "assistant":
        messages.insert(0, {"role": "user", "content": quoted})
    return Record(file=first.file, line=first.line, value={"messages": messages})
