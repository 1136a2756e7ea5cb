"""Synonyms: the small table that ships, a brand's own, and WordNet where its data is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from alignment.data.augmentation.noise import Synonyms
from alignment.errors import UserError

SHIPPED = Path(__file__).parent / "synonyms.txt"
NAME = "synonyms.txt"  # in a brand's folder


def read_table(path: Path) -> dict[str, tuple[str, ...]]:
    """Words to their synonyms, from lines of words between commas: each for any other, or the first ones before ">" for
    those after it, and not the other way. UserError for a group of one, or no UTF-8.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {error}", "lines of words between commas, in UTF-8") from error
    found: dict[str, dict[str, None]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        sides = [[word.strip().lower() for word in side.split(",") if word.strip()] for side in line.split(">")]
        olds, group = sides[0], sides[-1]
        if not olds or len({*olds, *group}) < 2 or not group or len(sides) > 2:
            raise UserError(
                f"{path}, line {number}: {line[:60]!r}", "two words or more between commas (one way: word > other)"
            )
        for word in olds:
            if " " not in word:  # a phrase may stand for a word, but only words are looked up
                found.setdefault(word, {}).update((other, None) for other in group if other != word)
    return {word: tuple(others) for word, others in found.items()}


def synonyms_of(brand: Path | None, wordnet: bool) -> Synonyms:
    """The brand's table before the shipped one, word by word; then WordNet, where asked for.

    Raises:
        UserError: WordNet is asked for and not installed.
    """
    own = read_table(brand / NAME) if brand is not None and (brand / NAME).is_file() else {}
    table = {**read_table(SHIPPED), **own}
    return WordNet(table) if wordnet else table


class WordNet(Mapping[str, Sequence[str]]):
    """A table, and for words that are not in it the lemmas of their commonest sense (Fellbaum 1998), through nltk."""

    def __init__(self, table: Synonyms) -> None:
        self.table = table
        do = "pip install nltk, then python -m nltk.downloader wordnet; or augment.wordnet=false"
        try:
            from nltk.corpus import wordnet

            wordnet.ensure_loaded()
        except (ImportError, LookupError) as error:
            raise UserError("augment.wordnet=true, and WordNet is not installed", "nltk with its data", do) from error
        self.lemmas = lru_cache(50_000)(lambda word: _lemmas(wordnet, word))

    def __getitem__(self, word: str) -> Sequence[str]:
        found = self.table.get(word) or self.lemmas(word)
        if not found:
            raise KeyError(word)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)


def _lemmas(wordnet: object, word: str) -> tuple[str, ...]:
    senses = wordnet.synsets(word)  # type: ignore[attr-defined]
    names = [name.replace("_", " ").lower() for name in senses[0].lemma_names()] if senses else []
    return tuple(name for name in dict.fromkeys(names) if name != word)
