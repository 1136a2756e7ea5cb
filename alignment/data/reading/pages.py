"""Pages and Word files: their paragraphs, and the questions and answers among them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from alignment.data.reading.faq import Block, joined, pairs
from alignment.data.reading.streams import MARKS, Broken, Item, Reading, decode, whole
from alignment.errors import UserError

_UNPACKED = 1 << 28  # bytes a Word file may unpack to
_SKIPPED = ("script", "style", "noscript", "template", "nav", "footer", "head", "svg", "form")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "caption", "legend")
_PARAGRAPHS = (
    *("p", "div", "li", "dt", "dd", "summary", "details", "section", "article", "main", "blockquote", "pre", "tr"),
    *("table", "ul", "ol", "dl", "body", "td", "th", "tbody", "thead", "header", "aside", "figure", "address", "hr"),
)
_KINDS = {"dt": "question", "summary": "question", "dd": "answer", **dict.fromkeys(_HEADINGS, "heading")}


def html_blocks(data: str) -> list[Block]:
    """The paragraphs of a page. Rows of two cells are a question and its answer, but for a row of headers."""
    from bs4 import BeautifulSoup, CData, NavigableString, Tag

    blocks: list[Block] = []
    words: list[str] = []
    place, kind, quoted = 1, "", False

    def flush() -> None:
        text = re.sub(r"[^\S\n]+", " ", "".join(words))
        text = re.sub(r" ?\n ?", "\n", text).strip()
        if text:
            blocks.append(Block(line=place, text=text, kind=kind, quoted=quoted))
        words.clear()

    todo: list[Any] = [BeautifulSoup(data, "html.parser")]
    while todo:  # an own stack: pages may be nested deeper than Python recurses
        node = todo.pop()
        if isinstance(node, tuple):  # the end of a paragraph
            flush()
            kind, quoted = node
        elif isinstance(node, Tag) and node.name not in _SKIPPED:
            if node.name == "br":
                words.append("\n")
            elif node.name == "button":  # only one that opens an answer says something
                if (asked := " ".join(node.get_text().split())).endswith("?"):
                    flush()
                    blocks.append(Block(line=node.sourceline or place, text=asked, kind="question", quoted=quoted))
                continue
            elif node.name in _PARAGRAPHS or node.name in _HEADINGS or _asks(node, words):
                flush()
                todo.append((kind, quoted))
                kind, quoted = _kind(node) or kind, quoted or node.name == "blockquote"
                place = node.sourceline or place
            todo.extend(reversed(node.contents))
        elif type(node) in (NavigableString, CData):  # not comments, doctypes and the like
            words.append(re.sub(r"\s+", " ", str(node)))
    flush()
    return blocks


def _asks(node: Any, words: Sequence[str]) -> bool:
    """Whether a paragraph begins with a question in bold, before its answer."""
    return node.name in ("b", "strong") and not "".join(words).strip() and str(node.string or "").strip().endswith("?")


def _kind(node: Any) -> str:
    """What a tag says of its text; the cells of a row of two are a question and an answer."""
    name = node.name
    if name in ("td", "th"):
        row = node.parent
        cells = [cell for cell in row.contents if getattr(cell, "name", None) in ("td", "th")] if row else []
        if len(cells) == 2 and any(cell.name == "td" for cell in cells):
            return "question" if cells[0] is node else "answer"
        return "heading" if name == "th" else ""
    return _KINDS.get(name, "")


def html_text(data: str) -> str:
    """The text of an HTML e-mail, a line a paragraph; what is quoted gets its ">"."""
    lines = []
    for block in html_blocks(data) if data.strip() else []:
        lines += [f"> {line}" if block.quoted else line for line in block.text.split("\n")]
    return "\n".join(lines)


def read_html(file: Path, reading: Reading) -> Iterator[Item]:
    """The questions and answers of a page."""
    try:
        data = whole(file)
        blocks = html_blocks(_page(data, reading)) if data.strip() else []
    except (ValueError, RecursionError, AssertionError) as error:  # html.parser asserts on some broken markup
        yield Broken(file=file, line=1, reason=f"not a page we can read ({type(error).__name__})")
        return
    yield from pairs(joined(blocks), file)


def _page(data: bytes, reading: Reading) -> str:
    """A page's text: in the encoding it declares, or else as other texts; what is not of it, as lone surrogates."""
    from bs4.dammit import EncodingDetector

    declared = EncodingDetector.find_declared_encoding(data, is_html=True)
    wide = declared and ("16" in declared or "32" in declared)  # then no declaration could be read: it is wrong
    if reading.encoding == "auto" and declared and not wide and not data.startswith(tuple(mark for mark, _ in MARKS)):
        try:
            return data.decode("cp1252" if declared in ("iso-8859-1", "latin-1", "ascii") else declared)
        except (LookupError, ValueError):  # declared wrongly
            pass
    return decode(data, reading)


def read_docx(file: Path, reading: Reading) -> Iterator[Item]:
    """The questions and answers of a Word file; the line is the paragraph's number."""
    try:
        import docx
        import docx.opc.exceptions
        from lxml import etree
    except ImportError as error:
        raise UserError(f"{file}: reading Word needs python-docx", "", "pip install python-docx") from error
    try:
        with zipfile.ZipFile(file) as packed:
            size = sum(part.file_size for part in packed.infolist())
        if size > _UNPACKED:
            yield Broken(file=file, line=1, reason=f"unpacks to more than {_UNPACKED >> 20} MiB")
            return
        parts = list(_docx_parts(docx.Document(str(file))))
    except (  # python-docx raises any of these on broken XML; nothing of ours but the reading stands above
        *(zipfile.BadZipFile, docx.opc.exceptions.OpcError, etree.LxmlError, KeyError, ValueError, EOFError),
        *(AttributeError, IndexError, NotImplementedError, TypeError, zipfile.LargeZipFile),
    ) as error:
        found = type(error).__name__  # told, so that a fault of the reading itself does not pass for a damaged file
        yield Broken(file=file, line=1, reason=f"not a Word file (.docx) we can read, or damaged ({found})")
        return
    yield from pairs(joined(_docx_blocks(parts)), file)


def _docx_parts(document: Any) -> Iterator[list[str] | tuple[str, str]]:
    """What stands in the file: the cells of a table's row, or (text, style) of a paragraph."""
    for part in document.iter_inner_content():
        if hasattr(part, "rows"):
            yield from ([cell.text.strip() for cell in row.cells] for row in part.rows)
        else:
            yield part.text.strip(), (part.style.name or "") if part.style is not None else ""


def _docx_blocks(parts: list[list[str] | tuple[str, str]]) -> list[Block]:
    blocks: list[Block] = []
    for number, part in enumerate(parts, 1):
        if isinstance(part, list):
            marked = ("question", "answer") if len(part) == 2 else ("",) * len(part)
            kinds = ("heading",) * len(part) if _is_header(part) else marked
            blocks += [Block(line=number, text=t, kind=k) for t, k in zip(part, kinds, strict=True) if t]
        elif part[0]:
            kind = "heading" if part[1].startswith(("Heading", "Title")) else ""
            blocks.append(Block(line=number, text=part[0], kind=kind))
    return blocks


def _is_header(cells: list[str]) -> bool:
    """Whether a table row only names its columns."""
    names = {
        "question",
        "questions",
        "answer",
        "answers",
        "frage",
        "antwort",
        "réponse",
        "q",
        "a",
        "fragen",
        "antworten",
    }
    return bool(cells) and all(cell.lower().rstrip(":") in names for cell in cells)
