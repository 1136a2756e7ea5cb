"""Where a brand's files lie: transcripts, prompts, voice guide."""

from __future__ import annotations

from pathlib import Path

import alignment
from alignment.errors import UserError

ASSETS = Path(alignment.__file__).parent / "assets"


def brand_folder(name: str) -> Path | None:
    """The folder of an embedded brand by its name, or the folder given; None for "none". UserError when absent."""
    if name == "none":
        return None
    embedded = ASSETS / name
    folder = embedded if embedded.is_dir() else Path(name).expanduser()
    if not folder.is_dir():
        raise UserError(
            f"brand.folder={name}: no such folder",
            "southern_charm, none, or a folder with transcripts.jsonl",
            "correct the path in brand.folder",
        )
    return folder
