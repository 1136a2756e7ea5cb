"""What follows house number and street in a full postal address: town, state and post code; addresses of India.

A town or a code alone tells no one and stays; where they complete a street address they belong to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from alignment.data.personal.names import BRANDS, COMMON, GIVEN, NOT_NAMES, ORDINARY, PLACES, TOWNS

Found = tuple[int, int, str]

_STATES = (
    "A[LKZR]|C[AOT]|DE|DC|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]"
    "|O[HKR]|PA|PR|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]"
)
_LONG_STATES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois"
    "|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri"
    "|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma"
    "|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington"
    "|West Virginia|Wisconsin|Wyoming"
)
_TOWN = r"[^\W\d_][\w'’.-]{1,24}(?:[ ][^\W\d_][\w'’.-]{1,24}){0,2}"
_CAP_TOWN = r"(?-i:[A-ZÀ-Þ][\w'’.-]{1,24}(?:[ ](?:[a-z]{2,3}[ ])?[A-ZÀ-Þ][\w'’.-]{1,24}){0,2})"
_GAP = r"(?:,?[ ]?\n[ ]?|,[ ]{0,2}|[ ]{1,2})"
_SEP = r"(?:,?[ ]?\n[ ]?|,[ ]{0,2})"
_LAND = (
    r"(?:,[ ]?(?:USA|U\.S\.A\.|United States|UK|United Kingdom|England|Canada|Australia|Germany|Deutschland|Austria"
    r"|Österreich|France|Spain|España|India|Nederland|Netherlands|Italia|Italy|Ireland)\b)?"
)
_BRAZIL = "A[CLPM]|BA|CE|DF|ES|GO|M[ATSG]|P[ABREI]|R[JNSOR]|S[CPE]|TO"
_TAILS = (
    # , Thorndon, Wellington 6011
    rf"(?:{_SEP}{_CAP_TOWN}){{1,2}}[ ]\d{{4}}(?![\w-]|[.,]\d)",
    # , Col. Roma, 06700 Ciudad de México; , 31-502 Kraków; , 111 22 Stockholm; , 4050-102 Porto
    rf"(?:{_SEP}(?:Col\.|Colonia|Barrio|Fracc\.)[ ]{_CAP_TOWN}),?(?:[ ](?:C\.P\.[ ])?\d{{5}})?(?:,?[ ]{_CAP_TOWN})?",
    rf"{_GAP}(?:\d{{2}}-\d{{3}}|\d{{3}}[ ]\d{{2}}|\d{{4}}-\d{{3}})[ ]{_CAP_TOWN}",
    # ..., Columbus, OH 43215; \nPlano TX; macon ga 31201; , Macon 31201
    rf"{_GAP}{_TOWN},?[ ](?:{_STATES}|{_LONG_STATES})\.?,?[ ]{{1,2}}\d{{5}}(?:-\d{{4}})?(?![\w-])",
    rf"{_SEP}{_CAP_TOWN}(?:,[ ]?|[ ])(?:(?-i:{_STATES})|(?<=,[ ])(?-i:{_LONG_STATES}))(?![\w'’-])",
    rf"{_SEP}{_CAP_TOWN},?[ ]\d{{5}}(?:-\d{{4}})?(?![\w-])",
    # , Toronto, ON M5S 1M2
    rf"{_GAP}{_TOWN},?[ ](?:AB|BC|MB|NB|NL|NS|ON|PE|QC|SK|YT)\.?(?:,?[ ]{{1,2}}[A-Z]\d[A-Z][ -]?\d[A-Z]\d)(?!\w)",
    rf"{_SEP}{_CAP_TOWN},[ ](?-i:AB|BC|MB|NB|NS|ON|QC|SK)(?![\w'’-])",
    # , Fitzroy VIC 3065
    rf"{_GAP}{_TOWN},?[ ](?:NSW|VIC|QLD|SA|WA|TAS|ACT|NT)[ ]{{1,2}}\d{{4}}(?!\w)",
    # , Guildford, Surrey GU2 9XY
    rf"(?:{_GAP}{_TOWN}){{0,3}}?{_GAP}[A-Z]{{1,2}}\d[A-Z\d]?[ ]\d[A-Z]{{2}}(?!\w)",
    # , 10969 Berlin; 1016 GV Amsterdam; F-75011 Paris
    rf"{_GAP}(?:[A-Z]{{1,2}}-)?(?:\d{{5}}|\d{{4}}[ ]?(?-i:[A-Z]{{2}}))[ ]{_CAP_TOWN}",
    rf"{_SEP}(?:[A-Z]{{1,2}}-)?\d{{4}}[ ]{_CAP_TOWN}",
    # , Vila Mariana, São Paulo - SP, 04521-030
    rf"(?:(?:{_SEP}|[ ]-[ ]){_CAP_TOWN}){{1,3}}?[ ]?[-/][ ]?(?-i:{_BRAZIL})(?![\w'’-])"
    r"(?:,?[ ](?:CEP:?[ ])?\d{5}-?\d{3})?",
    rf"(?:{_SEP}{_CAP_TOWN}){{0,3}}?{_SEP}(?:CEP:?[ ])?\d{{5}}-\d{{3}}(?:[ ]{_CAP_TOWN})?",
)
_TAIL = re.compile(
    rf"(?:,?[ ]?\d{{1,2}}[ ]?[ºª°](?:[ ]?(?:[A-Z]|izq|izda|dcha|esq|dto|dir|fte)\b\.?)?)?(?:{'|'.join(_TAILS)}){_LAND}",
    re.I,
)
_FLOOR = re.compile(r",?[ ]?\d{1,2}[ ]?[ºª°](?:[ ]?(?:[A-Z]|izq|izda|dcha|esq|dto|dir|fte)\b\.?)?", re.I)
_AFTER = re.compile(rf"{_SEP}([^\W\d_][\w'’-]{{1,24}})(?:[ ]([^\W\d_][\w'’-]{{1,24}}))?")
_STATE = re.compile(rf",?[ ](?:{_STATES})(?![\w'’-])", re.I)

_NO_TOWN = ORDINARY | COMMON | NOT_NAMES | GIVEN | BRANDS

_PART = r"[^,;:!?\n]{2,40}"
_INDIAN = re.compile(  # Flat 302, Sai Residency, Indiranagar, Bengaluru 560038
    r"(?<![\w-])(?:(?:flat|house|h\.? ?no|plot|door|d\.? ?no|shop|villa|block|tower|room|apartment|apt|no)\.?[ ]?"
    r"(?:no\.?|number)?[ ]?[:#]?[ ]?|#[ ]?)?(?=[\w/-]{0,8}\d)[\w/-]{1,10},"
    rf"(?:[ ]?\n?{_PART},){{1,7}}?[ ]?\n?[^,;:!?\n\d]{{2,40}}?[ ]?[-–,]?[ ]?\d{{3}}[ ]?\d{{3}}(?!\w)",
    re.IGNORECASE,
)


def postal_end(text: str, end: int) -> int:
    """Where the town, state and post code end that follow a street at `end`; `end` itself where none do."""
    tail = _TAIL.match(text, end)
    if tail is None and (floor := _FLOOR.match(text, end)):
        end = floor.end()
    stop = tail.end() if tail else _known_town(text, end)
    return stop - 1 if text[stop - 1] == "." and tail else stop


def _known_town(text: str, end: int) -> int:
    """The end of a town after a comma or on the next line, with its state: a word on the list of places or on none."""
    match = _AFTER.match(text, end)
    if match is None:
        return end
    first, second = match[1].lower(), (match[2] or "").lower()
    both = bool(second) and match[1][0].isupper() and match[2][0].isupper()
    if both and first in TOWNS:
        return match.end(2)
    if first not in PLACES and (match[1][0].islower() or first in _NO_TOWN or first.removesuffix("s") in _NO_TOWN):
        return end
    stop = match.end(2 if both and (second in PLACES or second not in _NO_TOWN) else 1)
    state = _STATE.match(text, stop)
    if match[1][0].islower() and not state:
        return end
    return state.end() if state else stop


def find_indian(text: str) -> Iterator[Found]:
    """Flat or house number, parts after commas, and the six digits of the post code."""
    for match in _INDIAN.finditer(text):
        yield match.start(), match.end(), "address"
