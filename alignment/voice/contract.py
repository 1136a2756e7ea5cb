"""The voice contract of a brand: its guide (`guide.py`) made into rules that judge replies.

A contract judges replies; it is never the reward a policy is trained on. The embedded one follows
`alignment/assets/southern_charm/voice_guide.md`, the text that people read; how well the two agree is measured in
`tests/evaluation/test_voice_contract.py` on replies labelled by hand.
"""

import re
import warnings
from functools import lru_cache
from pathlib import Path

from alignment.errors import UserNote
from alignment.voice.brand import brand_folder, guide_file
from alignment.voice.folding import unify
from alignment.voice.guide import read_guide
from alignment.voice.rules import (
    LEADING_MARKS,
    Contract,
    Conversation,
    Rule,
    Verdict,
    apology_due,
    needless_apology,
)

__all__ = [
    "SOUTHERN_CHARM",
    "Contract",
    "Conversation",
    "Rule",
    "Verdict",
    "apology_due",
    "load_contract",
    "needless_apology",
    "opener",
]


def load_contract(brand: str | Path) -> Contract | None:
    """The contract of a brand: an embedded one by name, a folder's, or None where there is no guide.

    Examples of the guide that the contract judges otherwise are told once, as a warning.

    Args:
        brand: "southern_charm", another name under `alignment/assets`, "none", or a pack's folder.

    Raises:
        UserError: neither a known name nor a folder; a guide that cannot be understood (file and line).
    """
    folder = brand_folder(str(brand))
    file = guide_file(folder)
    if folder is None or file is None:
        return None
    return _read(folder.resolve().name, file.resolve(), file.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _read(brand: str, file: Path, changed: int) -> Contract:
    guide = read_guide(file, brand)
    for told in (*guide.unread, *guide.mismatches()):
        warnings.warn(told, UserNote, stacklevel=3)
    return guide.contract


def opener(reply: str) -> str:
    """The first clause, up to . ! ? , ; : a dash or a line break; folded, at most four words."""
    text = unify(reply).lstrip(LEADING_MARKS).casefold()
    clause = re.split(r"[.!?,;:\n]| - ", text, maxsplit=1)[0]
    return " ".join(clause.split()[:4])


SOUTHERN_CHARM = load_contract("southern_charm")
