"""The prompt library: named, versioned templates for system prompts, one file each.

`<brand>/templates/<name>.md`, or `alignment/assets/templates/<name>.md` where the brand has none of that name:

    ---
    version: 2
    variables: [brand, facts]
    ---
    You answer customers of {{ brand }}. Answer in two sentences.
    {{ facts }}

The text is Jinja in a sandbox: no import, no file, no attribute that begins with an underscore. Its variables must be
those it declares; rendering asks for exactly these. `prepare` writes the system message of every row and prompt with
the template `prepare.template` names, so sft, collect and evaluate use it too; the artifacts of prepare, collect and
evaluate record `template/<name>@<version>` with the file's sha256.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import SandboxedEnvironment

from alignment.data.reading.messages import Message
from alignment.errors import UserError, nearest
from alignment.shipped import ASSETS

FOLDER = "templates"
AUTO, NONE, ANSWER = "auto", "none", "answer"
OFFERED = ("brand", "facts")  # what prepare knows of every dialogue
_MARK = "\x00"  # stands for the facts
PREFIX = "template/"  # of fingerprints
_FRONT = re.compile(r"---\n(?P<head>.*?)\n---\n(?P<text>.*)\Z", re.DOTALL)
_RENDER_ERRORS = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError)  # of expressions
_ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)


@dataclass(frozen=True, kw_only=True)
class Template:
    """One template. `variables`: exactly what `render` must be given. `sha256`: of the file's bytes."""

    name: str
    version: str
    variables: tuple[str, ...]
    text: str
    sha256: str
    file: Path

    @property
    def label(self) -> str:
        """name@version, as artifacts record it."""
        return f"{self.name}@{self.version}"

    def render(self, **values: str) -> str:
        """The text with its variables filled in, without blank space at its ends. UserError: one missing, unknown."""
        missing = sorted(set(self.variables) - set(values))
        unknown = sorted(set(values) - set(self.variables))
        if missing or unknown:
            what = (
                f"{missing[0]} is missing"
                if missing
                else f"no variable {unknown[0]}{nearest(unknown[0], self.variables)}"
            )
            raise UserError(
                f"template {self.label} ({self.file}): {what}", f"its variables: {', '.join(self.variables)}"
            )
        try:
            return _ENVIRONMENT.from_string(self.text).render(**values).strip()
        except _RENDER_ERRORS as error:
            raise UserError(f"template {self.label} ({self.file}): {error}", "text with {{ variable }}") from error


def names(brand: Path | None) -> list[str]:
    """The templates there are for a brand: its own and the defaults."""
    return sorted({file.stem for folder in _folders(brand) for file in folder.glob("*.md")})


def load(name: str, brand: Path | None) -> Template:
    """The brand's template of that name, else the default one. UserError: none, or a file that is not one."""
    file = next((path for folder in _folders(brand) if (path := folder / f"{name}.md").is_file()), None)
    if file is None:
        known = names(brand)
        raise UserError(f"template {name}: no such template{nearest(name, known)}", ", ".join(known))
    data = file.read_bytes()
    try:
        whole = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise UserError(f"{file}: byte {error.start} is no UTF-8", "a text in UTF-8") from error
    found = _FRONT.match(whole)
    if found is None:
        raise UserError(f"{file}: no head", "--- version: 1 variables: [facts] --- and the text, each on its lines")
    head = _head(file, found["head"])
    used = _used(file, found["text"], found.start("text"), whole)
    declared = tuple(head["variables"])
    if stray := sorted(used ^ set(declared)):
        what = "not declared" if stray[0] in used else "declared and not used"
        raise UserError(f"{file}: variable {stray[0]} is {what}", "variables: exactly those of the text")
    return Template(
        name=name,
        version=str(head["version"]),
        variables=declared,
        text=found["text"],
        sha256=sha256(data).hexdigest(),
        file=file,
    )


def _folders(brand: Path | None) -> list[Path]:
    return [folder / FOLDER for folder in (brand, ASSETS) if folder is not None]


def _head(file: Path, text: str) -> dict[str, Any]:
    try:
        head = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f"{file}: the head is no yaml ({' '.join(str(error).split())[:120]})") from error
    good = isinstance(head, dict) and set(head) == {"version", "variables"}
    variables = head["variables"] if good else None
    named = isinstance(variables, list) and all(isinstance(one, str) and one.isidentifier() for one in variables)
    if not named or isinstance(head["version"], list | dict) or not re.fullmatch(r"[\w.-]+", str(head["version"])):
        raise UserError(f"{file}: head {' '.join(text.split())!r}", "version: 1 and variables: [facts]")
    return dict(head)


def _used(file: Path, text: str, start: int, whole: str) -> set[str]:
    try:
        _ENVIRONMENT.compile(text)  # tells a filter that there is not
        return meta.find_undeclared_variables(_ENVIRONMENT.parse(text))
    except TemplateSyntaxError as error:
        line = error.lineno + whole[:start].count("\n")
        raise UserError(f"{file}, line {line}: {error.message}", "text with {{ variable }}") from error


@dataclass(frozen=True)
class Framer:
    """Writes system messages with a template; without one, leaves everything as it is."""

    template: Template | None
    brand: str

    @classmethod
    def of(cls, name: str, brand: Path | None) -> Framer:
        """`auto`: the brand's own `answer`, where it has one; `none`; or a template by its name."""
        own = brand is not None and (brand / FOLDER / f"{ANSWER}.md").is_file()
        if name == NONE or (name == AUTO and not own):
            return cls(None, "")
        template = load(ANSWER if name == AUTO else name, brand)
        if stray := sorted(set(template.variables) - set(OFFERED)):
            raise UserError(f"{template.file}: variable {stray[0]}", f"what prepare knows: {', '.join(OFFERED)}")
        return cls(template, brand.resolve().name.replace("_", " ").title() if brand else "our shop")

    @property
    def fingerprints(self) -> dict[str, str]:
        """{"template/<name>@<version>": sha256}; empty without a template."""
        return {f"{PREFIX}{self.template.label}": self.template.sha256} if self.template else {}

    def messages(self, messages: list[Message]) -> list[Message]:
        """The messages with their system message written anew; what stood there becomes the variable `facts`.

        The template's own head is not repeated, so that messages framed before come out as they are.
        """
        if self.template is None:
            return messages
        system = "\n".join(one["content"] for one in messages if one["role"] == "system")
        facts = self._facts(system)
        content = self._render(facts)
        if facts and "facts" not in self.template.variables:
            raise UserError(
                f"{self.template.file}: a system message has facts, and the template no {{{{ facts }}}}",
                "a template with {{ facts }}",
            )
        return [{"role": "system", "content": content}, *(one for one in messages if one["role"] != "system")]

    def _facts(self, system: str) -> str:
        """What a system message has beside the template's own text, before it and after it."""
        before, mark, after = self._render(_MARK).partition(_MARK)
        if mark and system.startswith(before) and system.endswith(after) and len(system) >= len(before + after):
            return system[len(before) : len(system) - len(after)].strip()
        return system.removeprefix(self._render("")).strip()

    def _render(self, facts: str) -> str:
        if self.template is None:
            return facts
        values = {"brand": self.brand, "facts": facts}
        return self.template.render(**{name: values[name] for name in self.template.variables})

    def prompt(self, row: dict[str, Any]) -> dict[str, Any]:
        """A prompt row framed."""
        return row | {"messages": self.messages(row["messages"])}


def recorded(fingerprints: Mapping[str, str]) -> dict[str, str]:
    """The templates among a dataset's fingerprints, for the artifacts made from it."""
    return {name: value for name, value in fingerprints.items() if name.startswith(PREFIX)}
