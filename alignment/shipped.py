"""Where what comes with the package lies."""

from __future__ import annotations

from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
BASE_MODEL = ASSETS / "base_model"  # model=embedded
GENERAL_TEXT = ASSETS / "general.txt"  # what is read for forgetting
BEHAVIOUR_PROMPTS = ASSETS / "behaviours.jsonl"  # each tempts to one
