"""Folding text before it is matched: quotes, case, white space, emoji, sentences, words."""

import re
import unicodedata
from functools import lru_cache

_SINGLE, _DOUBLE, _DASHES = "‘’ʼ′`´", "“”„″", "–—―"
_PLAIN = {
    **dict.fromkeys(_SINGLE, "'"),
    **dict.fromkeys(_DOUBLE, '"'),
    **dict.fromkeys(_DASHES, " - "),
    "…": ". ",
}
_QUOTES = str.maketrans(_PLAIN)
# A sentence ends at . ! or ? (closing quotes or brackets may follow) before white space, or at a line's end.
_SENTENCE_END = re.compile(r"""(?<=[.!?])["')\]]*\s+|\s*\n+\s*""")
_ABBREVIATION = re.compile(
    r"\b(mr|mrs|ms|dr|st|approx|e\.g|i\.e|in|ft|lb|lbs|oz|no|vs)\.(?=\s+[a-z0-9])", re.IGNORECASE
)


@lru_cache(maxsize=4096)  # every rule asks for the same reply
def unify(text: str) -> str:
    """NFKC text with straight quotes, dashes as " - " and no emoji; case and line breaks are kept."""
    text = unicodedata.normalize("NFKC", text.translate(_QUOTES))
    return "".join(" " if _is_symbol(char) else char for char in text)


def _is_symbol(char: str) -> bool:
    """True for emoji, pictographs, joiners and variation selectors (never for $, +, = and other ASCII)."""
    if ord(char) < 128:
        return False
    return unicodedata.category(char) in {"So", "Sk", "Cf", "Co", "Cs"} or 0xFE00 <= ord(char) <= 0xFE0F


def fold(text: str) -> str:
    """Unified text in lower case with every run of white space made one space."""
    return " ".join(unify(text).casefold().split())


def words(text: str) -> list[str]:
    """White-space tokens that hold at least one letter or digit, as written (case kept)."""
    return [token for token in unify(text).split() if any(char.isalnum() for char in token)]


def sentences(text: str) -> list[str]:
    """Folded sentences in order; a line break ends one too, the dot of "approx." or "oz." does not."""
    parts = _SENTENCE_END.split(_ABBREVIATION.sub(r"\1", unify(text)))
    return [fold(part) for part in parts if any(char.isalnum() for char in part)]
