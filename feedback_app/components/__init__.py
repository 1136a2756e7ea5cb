"""Parts of pages that are more than Gradio's components: markup in `templates`, behaviour in `static`.

`markup("desk")` is the desk with its rank list (`static/rank.js`). It holds places that the page's script fills from
the server, and nothing that depends on who looks at it.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
)


def markup(template: str, /, **values: object) -> str:
    """A template with its values, which are escaped."""
    return TEMPLATES.get_template(f"{template}.html").render(**values)
