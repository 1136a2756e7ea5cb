"""Where a brand's files lie: transcripts, prompts, voice guide."""

from __future__ import annotations

from pathlib import Path

from alignment.errors import UserError
from alignment.shipped import ASSETS

GUIDE = "voice_guide.md"


def embedded() -> list[str]:
    """The names of the brands that ship with the package."""
    return sorted(guide.parent.name for guide in ASSETS.glob(f"*/{GUIDE}"))


def is_embedded(name: str) -> bool:
    """True for the name of a brand that ships with the package."""
    return name not in ("", ".", "..") and (ASSETS / name / GUIDE).is_file()


def brand_folder(name: str) -> Path | None:
    """The folder of an embedded brand by its name, or the folder given; None for "none". UserError when absent."""
    if name == "none":
        return None
    shipped = ASSETS / name
    folder = shipped if shipped.is_dir() else Path(name).expanduser()
    if not folder.is_dir():
        raise UserError(
            f"brand.folder={name}: no such folder",
            f"{', '.join(embedded())}, none, or a folder with {GUIDE} or transcripts.jsonl",
            "correct the path: brand=path/to/folder",
        )
    return folder


def guide_file(folder: Path | None) -> Path | None:
    """The voice guide of a brand's folder: voice_guide.md, or else the one markdown file there but README.md."""
    if folder is None:
        return None
    if (folder / GUIDE).is_file():
        return folder / GUIDE
    others = [file for file in folder.glob("*.md") if file.stem.lower() not in ("readme", "data_card", "license")]
    return others[0] if len(others) == 1 else None
