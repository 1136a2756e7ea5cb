"""Street addresses: house number and street with flat or suite, and the town, state and code that complete them.

A town or a zip code alone tells no one and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from alignment.data.personal.hints import Hinted, Hints, Look
from alignment.data.personal.names import words
from alignment.data.personal.postal import find_indian, postal_end
from alignment.data.personal.streets import PARTS, WORDS, find_streets

Found = tuple[int, int, str]

# Endings that make a street of what stands before them, and such that may be something else.
SURE = "street|avenue|ave|road|rd|boulevard|blvd|lane|ln|parkway|pkwy"
_UNSURE = "st|drive|dr|court|ct|place|pl|way|circle|cir|terrace|ter|highway|hwy|trail|trl|square|sq|loop|row|alley|pike"
_UNSURE += "|close|gardens|crescent|cres|mews|grove|hill|green|walk|rise|view|park|plaza|cross|bend|cove|ridge|bluff"
_UNSURE += "|hollow|landing|pass|path|commons|glen|quay|wharf|parade|croft|point|crossing|run"
_SHORT = ("ave", "rd", "blvd", "ln", "pkwy", "st", "dr", "ct", "pl", "cir", "ter", "hwy", "trl", "sq")
_POINT = r"(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\b\.?"
_UNIT = r"(?:apt|apartment|unit|suite|ste|floor|fl|flat|room|bldg|building|lot|trlr|trailer|space|spc|#)\.?"
_STREET = Hinted(
    rf"(?<![\w$€£#.,-])(?:(?:flat|apartment|apt|unit"
    rf"|suite)\.?\s\d{{1,4}}[A-Z]?,?\s)?\d{{1,6}}(?:[-/]\d{{1,5}})?(?:-?[A-Z])?,?\s"
    rf"(?:{_POINT}\s)?((?:(?!\d+,?\s)[^\W_][\w'’.-]{{0,24}}\s){{1,4}}?)({SURE}|{_UNSURE})\b(?!\s(?:{SURE}|st|drive|dr"
    rf"|court|ct|place|way|circle|terrace|trail)\b)(\.(?=\s?(?:[\w,#]|$)))?"
    rf"(?:\s{_POINT}(?![\w'’]))?((?:,?\s{{1,2}}{_UNIT}\s?#?\s?(?:[A-Z]?\d{{1,5}}[A-Z]?|[A-Z])\b)?)",
    re.IGNORECASE,
)
_NAMED_ROAD = Hinted(
    r"(?<![\w$€£#.,-])\d{1,6}\s(?:Broadway\b|(?:County|State|Farm|Old)\s(?:Road|Rd|Route|Highway|Hwy)\.?\s\d{1,4}\b"
    r"|(?:Highway|Hwy|Route|Rte)\.?\s\d{1,4}\b)",
    re.IGNORECASE,
)
_RURAL = Hinted(r"\b(?:(?:Rural |Star )?Route|RR|HC)\s?#?\d{1,3},?\s(?:Box|Bx)\s?#?\d{1,5}[A-Z]?(?!\w)", re.IGNORECASE)
_TOLD = Hinted(  # "my address is 88 Maplewood"
    r"\b(?i:address(?: is|['’]s|:| to)|live at|living at|reside at)\s{1,2}"
    r"(\d{2,6}[A-Z]?\s[A-Z][\w'’]{2,20}(?:\s[A-Z][\w'’]{2,20}){0,2}"
    rf"(?:,?\s(?i:{_UNIT})\s?#?\s?(?:[A-Z]?\d{{1,5}}[A-Z]?|[A-Z])\b)?)(?=\s?(?:[,.;\n]|$))"
)
_BOX = Hinted(r"\b(?:P\.?\s?O\.?\s?Box|Postfach|Post Office Box)\s#?\d{1,7}\b", re.IGNORECASE)
_HOUSE = r"\s\d{1,4}(?:\s?[a-zA-Z]\b)?(?:\s?[-–/]\s?(?:\d{1,4}[a-zA-Z]?|[IVX]{1,4}))?(?![\w%€]|[.,]\d)"
_GERMAN = Hinted(  # Hauptstraße 12, Karl-Marx-Allee 5a, Keizersgracht 12
    r"(?<![\w-])(?:[A-ZÄÖÜ][\w.ßäöü-]{0,25}\s){0,2}[A-ZÄÖÜ][\wßäöü-]{0,30}"
    r"(?:straße|strasse|str\.|str|weg|platz|allee|gasse|(?<![pPuUtT])(?<!\bB)ring|ufer|damm|chaussee|markt"
    r"|steig|stieg|graben|straat|laan"
    rf"|gracht|plein|kade|[\s-]Straße|[\s-]Str\.|[\s-]Allee|[\s-]Platz|[\s-]Weg|[\s-]Ring|[\s-]Damm){_HOUSE}"
)
_GERMAN_AT = Hinted(  # Am Alten Markt 5a, 50667 Köln; Unter den Linden 77
    rf"(?<![\w-])(?:Am|An der|An den|Im|In der|In den|Auf der|Auf dem|Unter den|Zum|Zur|Vor dem)"
    rf"(?:\s[A-ZÄÖÜ][\wßäöü-]{{1,25}}){{1,3}}{_HOUSE}(?=,?\s\d{{5}}\b)"
)
_FRENCH = Hinted(
    r"(?<![\w$€£#.,-])\d{1,4}(?:\s?(?:bis|ter|quater|[a-c])\b)?,?\s(?i:rue|avenue|av\.|boulevard|bd\.?|place"
    r"|chemin|allée"
    r"|allées|impasse|quai|cours|route|square|passage|faubourg|sentier|villa)"
    r"(?:\s(?:des|de|du|la|les|le)\b|\s(?:d|l)['’](?=\w)|(?:(?<=['’])|\s)[A-ZÀ-Ü0-9][\w'’À-ÿ.-]{0,25}){1,7}",
)
_STREET_WORDS = set(
    words(
        """
box broadway route rte postfach am an im in auf unter zum zur vor rue av boulevard bd place chemin allée impasse quai
cours faubourg calle avenida via viale piazza corso paseo plaza flat plot house sector nagar colony layout society marg
"""
    )
) | {*SURE.split("|"), *_UNSURE.split("|"), *words(WORDS)}
_STREETS = Hints(
    *(f" {word} " for word in _STREET_WORDS),
    *(
        "straße",
        "strasse",
        "str.",
        "weg ",
        "platz",
        "allee",
        "gasse",
        "ring ",
        "ufer",
        "damm",
        "markt",
        "straat",
        "laan",
    ),
    *("gracht", "plein", *(f"{part} " for part in PARTS), " address is ", " address's ", "address:", " live at "),
    *(" living at ", " reside at ", " address to "),
)
_SAYS_ADDRESS = re.compile(
    r"\b(?:address|dirección|endereço|indirizzo|adresse|live|lives|living|ship|shipped|deliver|delivered|delivery|send|sent|mail|moved|located|home"
    r"|residence"
    r"|pick up at|drop)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\s?(?:,\s?[A-Za-z]|\s[A-Z]{2}\s\d{5}|\s\d{5}\b)")
_NOT_IN_STREET = frozenset(
    words(
        """
a an and are at away back by day days down each for from get go floor floors hours in inches into is it items
km left miles min mins minutes more no off on only or our out over pm am people pieces room rooms right so
than that their then to turn up was way ways week weeks with you your side bedroom bedrooms bed bath stars star
along between becomes become beyond via past near until through under around behind before after called named where when
if as crosses meets toward towards follows joins
foot feet ft inch cm mm x per cent percent pack packs set sets pc pcs units year years month months times
"""
    )
)


def may_hold_street(look: Look) -> bool:
    """Whether there is a number, and a word of streets or places."""
    return look.digits > 0 and _STREETS.stand_in(look)


def find_addresses(look: Look, country: str) -> Iterator[Found]:
    """Post-office boxes, and house number and street with apartment, and with the town and code that follow."""
    if country == "IN":
        yield from find_indian(look.text)
    for start, end, sure in find_streets(look, country):
        stop = postal_end(look.text, end)
        if sure or stop > end or _SAYS_ADDRESS.search(look.text[max(0, start - 40) : start]):
            yield start, stop, "address"
    for start, end, kind in _streets(look):
        yield start, postal_end(look.text, end), kind


def _streets(look: Look) -> Iterator[Found]:
    text = look.text
    for match in _TOLD.finditer(look):
        yield match.start(1), match.end(1), "address"
    for pattern in (_BOX, _RURAL, _FRENCH, _GERMAN, _GERMAN_AT, _NAMED_ROAD):
        for match in pattern.finditer(look):
            yield match.start(), match.end(), "address"
    for match in _STREET.finditer(look):
        names, kind = match[1].split(), match[2].lower()
        if any(word.lower() in _NOT_IN_STREET and (word != "A" or n == 0) for n, word in enumerate(names)):
            continue
        end = match.end(2) if match[3] and not match[4] and kind not in _SHORT else match.end()
        capital = all(word[0].isupper() or word[0].isdigit() for word in names) and match[2][0].isupper()
        told = bool(match[4]) or _SAYS_ADDRESS.search(text[max(0, match.start() - 40) : match.start()])
        told = told or _GOES_ON.match(text, end) or postal_end(text, end) > end
        british = kind in (
            "hill",
            "green",
            "walk",
            "rise",
            "view",
            "park",
            "pass",
            "path",
            "bend",
            "bridge",
            "point",
            "run",
            "row",
            "way",
            "close",
        )
        if kind in SURE.split("|") or (capital and not british) or told:
            yield match.start(), end, "address"
