"""The templates of this folder, filled."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alignment.evaluation.pages import charts


def fill(template: str, **values: Any) -> str:
    """The HTML. What is not markup of ours is escaped; a value asked for by the template and not given is an error."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = charts.percent
    environment.filters["number"] = charts.number
    return environment.get_template(template).render(**values)
