"""Street addresses as they are written in Portuguese, Spanish, Italian, Polish, Nordic and Japanese, Singapore's
blocks, and British houses that have a name in place of a number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alignment.data.personal.hints import Hinted, Hints, Look

Found = tuple[int, int, str]

_CAP = r"[A-ZÀ-ÞŁŚŻŹĆŃ][\w-]{0,25}\.?"
_NUMBER = r"\d{1,5}(?:[-/]\d{1,4})?(?:\s?[a-zA-Z]\b)?(?![\w%€]|[.,]\d)"
_UNIT = (
    r"(?:,?\s(?:-\s)?(?i:apto|apt|ap|apartamento|bloco|bl|casa|sala|conj|lote|piso|planta|puerta|pta|esc|escalera|portal"
    r"|int|interno|scala|depto|local|lgh|m|st|kl|dcha|izda|izq|fracc|fraccionamiento)\.?\s?[\wºª°]{1,4}\b){0,3}"
)
_SOUTHERN = Hinted(  # Rua das Acácias, 210, Apto 51; Av. Insurgentes Sur 1602; C/ Mayor, 12
    r"(?<![\w/-])(?:(?i:rua|avenida|travessa|alameda|praça|largo|estrada|rodovia|calle|paseo|plaza|ronda|carretera"
    r"|camino|via|viale|piazza|piazzale|corso|vicolo|strada|lungomare)|Avda\.?|Av\.|R\.|C/|P\.zza|V\.le|Pza\.)"
    rf"(?:\s(?:d[aeo]s?|del|la|las|los|el|e|y|di|della|dei|delle|degli|(?:l|d|dell|all)(?=['’]))(?=\W)['’]?|\s{_CAP}|(?<=['’/.]){_CAP}"
    rf"|\s\d{{1,2}}\s(?=de\b)){{1,7}},?\s(?:(?:n\.?[ºo°]?|nº|núm\.?|#)\s?)?{_NUMBER}{_UNIT}"
)
_GRID = Hinted(  # Carrera 7 # 45-12, of Colombia
    r"(?<![\w-])(?:Carrera|Cra\.?|Calle|Cl\.?|Diagonal|Transversal|Avenida)\s\d{1,3}[A-Z]?\s?(?:#|No\.?)\s?"
    r"\d{1,3}[A-Z]?\s?-\s?\d{1,3}\b"
)
_POLISH = Hinted(
    rf"(?<![\w-])(?:ul|al|pl|os)\.\s(?:(?:\d{{1,2}}\s)?{_CAP}\s){{1,4}}"
    r"\d{1,4}[A-Za-z]?(?:/\d{1,4})?(?:\sm\.\s?\d{1,4})?(?!\w)"
)
_NORDIC = re.compile(
    r"(?<![\w-])(?:[A-ZÅÄÖÆØ][\wåäöæøé.-]{1,25}\s){0,2}(?:[A-ZÅÄÖÆØ][\wåäöæøé-]{1,25}(?:gatan|vägen|gränd|gata|gaten"
    r"|veien|vegen|vej|gade|stræde|alléen|katu|tie|kuja|polku)"
    r"|[A-ZÅÄÖÆØ][\wåäöæøé-]{1,25}s\s(?:gate|vei|gata|väg|plass|plads|allé))"
    r"\s\d{1,4}(?:\s?[A-Za-z]\b)?(?![\w%€]|[.,]\d)"
)
_NORDIC_POST = re.compile(r",?\s{1,2}\d{3}\s\d{2}\s[A-ZÅÄÖÆØ]")
_JAPANESE_TOWNS = "Tokyo|Osaka|Kyoto|Yokohama|Nagoya|Sapporo|Fukuoka|Kobe|Sendai|Hiroshima"
_JAPANESE = re.compile(  # 2-14-5 Nakameguro, Meguro-ku, Tokyo 153-0061; Shibuya 2-21-1, ...
    r"(?<![\w-])(?:(?:#?\d{1,4},\s)?(?:[A-Z][\w'-]{2,20}\s)?\d{1,3}(?:-\d{1,4}){1,3},?\s"
    r"|(?:[A-Z][\w'-]{2,20}\s){0,2}\d{1,2}-chome[ ,\d-]{0,12}\s)"
    r"(?:[A-Z][\w'-]{1,20}(?:\s(?:City|Ward))?,?\s){0,4}"
    rf"(?:[A-Z]\w{{1,20}}-(?:ku|shi|cho|machi|ken|fu|gun|to)\b|{_JAPANESE_TOWNS})"
    r"(?:,?\s[A-Z]\w{2,20}(?:-(?:ken|fu|to|ku|shi))?)?(?:,?\s〒?\d{3}-\d{4})?(?:,\sJapan)?(?!\w)"
)
_JAPANESE_PART = re.compile(r"-(?:ku|shi|cho|machi|gun|ken|chome)\b|\d{3}-\d{4}")
_SINGAPORE = Hinted(
    r"\b(?:Blk|Block)\s\d{1,4}[A-Z]?,?\s(?:[A-Z][\w'.-]{1,20}\s){1,5}(?:\d{1,2}\b)?(?:,?\s?#\d{2}-\d{2,4})?"
    r"(?:,?\sSingapore\s\d{6})?(?<=\d)(?!\w)"
)
_BRITISH = re.compile(  # Rose Cottage, Church Lane, Bibury GL7 5NP
    r"(?<![\w'’-])(?:The\s)?(?:[A-Z][\w'’]{1,20}\s){0,2}[A-Z][\w'’]{1,20},\s(?:[A-Z][\w'’]{1,20}\s){1,3}"
    r"(?:Street|Lane|Road|Close|Avenue|Hill|Way|Drive|Green|Row|Square|Court|Gardens|Place|Terrace|Crescent|Mews|Park)"
    r"(?:,\s[A-Z][\w'’ -]{1,30}){0,3},?\s[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}(?!\w)"
)
_NAMED_HOUSE = Hinted(  # Apartment 4, The Malthouse, Distillery Rd
    r"\b(?:Flat|Apartment|Apt|Unit)\.?\s\d{1,4}[A-Z]?,\s(?:The\s)?[A-Z][\w'’]{2,20}(?:\s[A-Z][\w'’]{1,20}){0,2},\s"
    r"(?:\d{1,4}\s)?(?:[A-Z][\w'’]{1,20}\s){1,3}(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Close|Drive|Hill|Row|Square"
    r"|Court|Gardens|Place|Terrace|Crescent|Quay|Parade|Way)\b\.?(?:,\sDublin\s\d{1,2}\b)?"
)
_NORDIC_END = re.compile(
    r"(?:gatan|vägen|gränd|gata|gaten|veien|vegen|vej|gade|stræde|alléen|katu|tie|kuja|polku|s (?:gate|vei|gata|väg"
    r"|plass|plads|allé)) \d"
)
_JAPANESE_HINTS = Hints(
    *("-ku", "-shi", "-cho", "-machi", "-ken", "-fu", "-gun", "-to", *_JAPANESE_TOWNS.lower().split("|"))
)
_BRITISH_POST = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b")
NORDIC = ("SE", "NO", "DK", "FI")
SOUTHERN = ("ES", "IT", "PT", "BR", "MX", "AR", "CO", "CL", "PE", "UY", "EC", "VE", "CH", "AO", "CR", "PA")
# Words of which one must stand in the text, in small letters, before any of these is tried.
WORDS = (
    "rua avenida travessa alameda praça largo estrada rodovia calle paseo plaza ronda carretera camino via viale piazza"
    " piazzale corso vicolo strada lungomare avda av r c zza pza carrera cra cl diagonal transversal ul al pl os chome"
    " blk block ku shi cho machi ken tokyo osaka kyoto yokohama nagoya sapporo fukuoka kobe sendai hiroshima gate vei"
    " väg plass plads allé"
)
# Ends of words that do as well.
PARTS = [
    "gatan",
    "vägen",
    "gränd",
    "gata",
    "gaten",
    "veien",
    "vegen",
    "vej",
    "gade",
    "stræde",
    "katu",
    "tie",
    "kuja",
    "polku",
]


def find_streets(look: Look, country: str) -> Iterator[tuple[int, int, bool]]:
    """House and street, without the town and code that may follow after a comma; and whether it is surely one."""
    text = look.text
    for match in _SOUTHERN.finditer(look):
        yield match.start(), match.end(), country in SOUTHERN
    for pattern in (_GRID, _POLISH, _SINGAPORE, _NAMED_HOUSE):
        for match in pattern.finditer(look):
            yield match.start(), match.end(), True
    for match in _NORDIC.finditer(text) if _NORDIC_END.search(look.lower) else ():
        if country in NORDIC or _NORDIC_POST.match(text, match.end()):
            yield match.start(), match.end(), True
    for match in _JAPANESE.finditer(text) if _JAPANESE_HINTS.stand_in(look) else ():
        if country == "JP" or _JAPANESE_PART.search(match[0]):
            yield match.start(), match.end(), True
    for match in _BRITISH.finditer(text) if _BRITISH_POST.search(text) else ():
        yield match.start(), match.end(), True
