"""The one way untrusted text reaches a page.

Replies, prompts, comments and names are written by models, customers and reviewers: any of them may hold markup
that runs, fetches or imitates the page. `markdown` is for text that should be read as formatted, `plain` for text
inside markup, `raw` for the view that hides nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

# What Markdown itself makes. No a, img, form, style, svg; no attribute but a link's address as a tooltip.
TAGS = {"p", "br", "hr", "em", "strong", "s", "u", "code", "pre", "blockquote", "ul", "ol", "li"} | {
    "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip
ATTRIBUTES = {"u": {"title"}, "ol": {"start"}}

# Characters that move or hide others: C0/C1 controls but tab and newline, bidirectional marks, zero width ones.
# Joiners (U+200C, U+200D) stay: scripts and emoji need them.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def _reader(breaks: bool) -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": breaks})
    reader.enable(["table", "strikethrough"])
    reader.add_render_rule("image", _image)
    reader.add_render_rule("link_open", _link_open)
    reader.add_render_rule("link_close", _link_close)
    return reader


def _image(self: RendererHTML, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType) -> str:
    """An image is never fetched: it is shown as its Markdown."""
    return html.escape(f"![{tokens[i].content}]({tokens[i].attrGet('src') or ''})")


def _link_open(self: RendererHTML, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType) -> str:
    """A link is shown, its address as a tooltip, but leads nowhere: a click must not leave the page."""
    return f'<u title="{html.escape(str(tokens[i].attrGet("href") or ""))}">'


def _link_close(self: RendererHTML, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType) -> str:
    return "</u>"


_READERS = {breaks: _reader(breaks) for breaks in (True, False)}


def markdown(text: str, breaks: bool = True) -> str:
    """Untrusted Markdown as HTML that runs nothing, fetches nothing and leads nowhere.

    HTML in the text is shown as text, an image as its Markdown. breaks: a line ends where the text says, as in a
    chat; without, where the page does, as in a document.
    """
    return nh3.clean(_READERS[breaks].render(reveal(text)), tags=TAGS, attributes=ATTRIBUTES, link_rel=None)


def plain(text: object) -> str:
    """Untrusted text for use between tags or in a quoted attribute."""
    return html.escape(reveal(str(text)))


def reveal(text: str) -> str:
    """The text with each character that hides or moves others shown as its code, such as ⟨U+202E⟩."""
    return _UNSEEN.sub(lambda found: f"⟨U+{ord(found.group()):04X}⟩", text)
