"""Counterfactual swaps: what a customer wrote, as another person would have written it.

    name      people's names, by ones of the same gender that are common in another group
    gender    he/she, husband/wife, Mr/Ms and the like, the other way round
    dialect   British spelling and words; features of African American and of Southern American English

Kusner et al. 2017, Counterfactual Fairness; names as in Bertrand and Mullainathan 2004; features of dialects from the
Electronic World Atlas of Varieties of English, as in Ziems et al. 2023, Multi-VALUE. Plain rules, no chance: the same
text always gives the same swaps. Numbers, links, quoted words and capitalised names of things stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b

from alignment.data.facts import typed
from alignment.data.personal.names import FIRST_NAMES, NOT_NAMES, SHARED_NAMES, words
from alignment.data.personal.redact import redact

Swap = tuple[str, str]  # kind, text
KINDS = ("name", "gender", "dialect")

# Group -> first names of women, of men, surnames. A name of one group becomes one of each other group.
_NAMES = {
    "a": (
        "Emily Anne Allison Claire Laura Sarah Katie Meredith Heather Molly",
        "Greg Brad Matthew Connor Scott Luke Neil Geoffrey Brett Todd",
        "Baker Walsh Sullivan Murphy Olson Becker",
    ),
    "b": (
        "Lakisha Tamika Latoya Keisha Aisha Ebony Kenya Tanisha Imani Nia",
        "Jamal Darnell Tyrone Jermaine Leroy Malik Terrell DeShawn Kareem Rasheed",
        "Washington Jefferson Booker Banks Gaines Mosley",
    ),
    "c": (
        "Maria Guadalupe Lucia Alejandra Juanita Yolanda Fernanda Xiomara Gabriela Rosa",
        "Jose Carlos Alejandro Mateo Javier Eduardo Miguel Diego Ramon Sergio",
        "Hernandez Garcia Ramirez Morales Castillo Flores",
    ),
    "d": (
        "Priya Lakshmi Mei Fatima Yuki Ayesha Ling Thuy Meena Noor",
        "Ravi Wei Mohammed Ahmed Hassan Arjun Hiroshi Yusuf Minh Omar",
        "Patel Nguyen Khan Chen Kim Tanaka",
    ),
}
_WOMEN = frozenset(name for women, _, _ in _NAMES.values() for name in women.lower().split())
_MEN = frozenset(name for _, men, _ in _NAMES.values() for name in men.lower().split())
# Endings that more often than not tell a woman's name among those of no group above.
_WOMANLY = ("a", "ie", "elle", "ette", "ine", "lyn", "ynn", "beth", "een", "ice", "ary", "ily", "ise")

_GENDER_PAIRS = (
    "he she; himself herself; husband wife; boyfriend girlfriend; dad mom; daddy mommy; papa mama; father mother;"
    "fathers mothers; dads moms; grandpa grandma; grandfather grandmother; granddad grandmom; son daughter;"
    "sons daughters; grandson granddaughter; brother sister; brothers sisters; uncle aunt; nephew niece;"
    "boy girl; boys girls; man woman; men women; gentleman lady; gentlemen ladies; guy gal; groom bride;"
    "groomsman bridesmaid; widower widow; stepson stepdaughter; stepdad stepmom; mr ms; sir madam;"
    "he's she's; he'd she'd; he'll she'll; male female"
)
_GENDER = {
    word: other for pair in _GENDER_PAIRS.split(";") for a, b in [pair.split()] for word, other in ((a, b), (b, a))
} | {"mrs": "mr", "miss": "mr", "ma'am": "sir", "hers": "his", "him": "her", "mum": "dad"}
# After "her" these tell that it is the person ("tell her that"), not the owner ("her order").
_AFTER_PERSON = frozenset(
    words(
        """
a about after again alone an and any anything as at back because before but by down either every everything five
for four from happy he her here how i if in instead into is it later me more my no nothing now off on once one or
our out over please she smile so some someone something soon than thanks that the their them then there these they
this those three through to today tomorrow tonight too twice two until up upset us wait want was we were what when
where whether which while who why will with would yesterday you your
        """
    )
)
# "give her flowers", "sent her photos": what one gives somebody, but for what was hers ("gave her keys to Ann").
_GIVES = re.compile(
    r"\b(?:g(?:ives?|ave|iven|iving)|offer\w*|ow(?:es?|ed)|grant\w*|promis\w+|teach\w*|taught|len[dt]\w*|wish\w*|buy\w*"
    r"|bought|costs?)\s$",
    re.IGNORECASE,
)
_SENDS = re.compile(
    r"\b(?:sen[dt]\w*|show\w*|bring\w*|brought|g[eo]t\w*|e?-?mail\w*|text\w*|writ\w+|wrote|tell\w*|told|ask\w*|read\w*"
    r"|ma(?:de|kes?|king)|forward\w*|hand(?:ed|ing)?)\s$",
    re.IGNORECASE,
)
_GIFTS = frozenset(
    words(
        """
advice answers brochures cake candy cash catalogs chocolate chocolates coffee compensation coupons credit dinner
earrings emails feedback flowers food gifts help info information instructions jewelry jokes lies links luck lunch
money news options photos pics pictures presents proof questions quotes roses samples stories swatches tea tickets
tricks updates vouchers
        """
    )
)
_LEADING = frozenset(words("access directions tickets"))  # to somewhere
_HERS = frozenset(words("belongings children clothes details friends initials keys kids parents regards sons things"))
_NEXT = re.compile(r"(?:\s[a-z]+){1,3}", re.IGNORECASE)
_LETS = re.compile(r"\b(?:let|lets|letting|let['’]s)\s$", re.IGNORECASE)  # "let her know"
_OF_HERS = re.compile(r"\b(?:friend|colleague|cousin|neighbou?r|co-?worker|relative|client)s?\sof\s$", re.IGNORECASE)
# Words that tell a gender, and here do not: "did I miss it", "oh boy", "male to female plug", "s/he".
_NO_GENDER = re.compile(
    r"\bmiss\b(?!\s(?-i:[A-Z]))|\b(?:oh,?\s)(?:man|boy)\b|(?:^|(?<=[.!?]\s))(?:man|boy),|\bmy\s(?:man|lady)\b"
    r"|\b(?:fe)?male[ -](?:to|end|plug|connector|adapter|socket|port|thread)\w*(?:[ -](?:fe)?male)?|\bs/he\b|\(s\)he\b"
    r"|\b(?:man|boy)\s(?:the|oh)\b|\bsister\s(?:company|store|shop|site|brand)\w*",
    re.IGNORECASE,
)
_GENDER_WORDS = frozenset(_GENDER) | {"her", "his"}

_BRITISH = {
    "color": "colour", "colors": "colours", "colored": "coloured", "favorite": "favourite", "neighbor": "neighbour",
    "neighbors": "neighbours", "honor": "honour", "catalog": "catalogue", "gray": "grey",
    "mom": "mum", "package": "parcel", "packages": "parcels", "apartment": "flat", "vacation": "holiday",
    "canceled": "cancelled", "realize": "realise", "apologize": "apologise", "zip code": "postcode",
    "real quick": "quickly", "awesome": "brilliant", "gotten": "got", "thanks": "cheers",
    "backyard": "back garden", "trash": "rubbish", "the store": "the shop", "your store": "your shop",
    "a store": "a shop", "center": "centre",
    "no thanks": "no thanks", "many thanks": "many thanks", "thanks to": "thanks to",  # as they are
}  # fmt: skip
_BRITISH_WORDS = re.compile(
    r"(?<![\w'’-])(?:" + "|".join(sorted(_BRITISH, key=len, reverse=True)) + r")(?!\w|-\w|['’](?!s\b))", re.IGNORECASE
)
Rules = tuple[tuple[re.Pattern[str], str], ...]


def _rules(*pairs: tuple[str, str]) -> Rules:
    return tuple((re.compile(rf"(?<![\w'’-])(?:{old})(?![\w'’-])", re.IGNORECASE), new) for old, new in pairs)


_DOES = r"(?! (?:the|a|an|my|our|your|this|that|his|her|their)\b)(?= (?-i:[a-z]))"  # a verb follows, not a place
# Zero copula, negative "ain't" and concord, habitual "be", "finna", "y'all".
_AFRICAN_AMERICAN = _rules(
    (r"how much is (the|this|that|your)", r"how much \1"),
    (r"where is (my|the)", r"where \1"),
    (r"where['’]s (my|the)", r"where \1"),
    (r"what is (the|your)", r"what \1"),
    (r"(?:hasn['’]t|haven['’]t|isn['’]t|aren['’]t|am not|is not|has not|have not)", "ain't"),
    (r"do(?:es)?n['’]t have any(?= \w)", "don't got no"),
    (r"do(?:es)?n['’]t have any", "don't got none"),
    (r"do you (?:still )?have", "y'all got"),
    (r"do you", "do y'all"),
    (r"can you", "can y'all"),
    (r"could you", "could y'all"),
    (r"will you", "will y'all"),
    (r"you are", "y'all"),
    (rf"(?:i am|i['’]m) going to{_DOES}", "I'm finna"),
    (r"(?:am|is|are|['’]re|['’]s) always (\w+ing)", r"be \1"),
    (r"doesn['’]t", "don't"),
    (r"((?:don['’]t|ain['’]t|can['’]t|won['’]t|never|didn['’]t)\s(?:[\w'’]+\s){0,3})anything", r"\1nothing"),
)
# Double modals, "fixing to", "y'all", "ain't", "reckon", "over yonder".
_SOUTHERN = _rules(
    (r"could (you|i)(?= \w)", r"might could \1"),
    (rf"(?:i am|i['’]m) (?:going|about) to{_DOES}", "I'm fixin' to"),
    (r"(?:hasn['’]t|haven['’]t|isn['’]t|aren['’]t)", "ain't"),
    (r"(do|can|will|would|are|have|did) you", r"\1 y'all"),
    (r"how much is", "what's y'all asking for"),
    (r"i think", "I reckon"),
    (r"very(?! (?:much|same|first|last)\b)(?= \w)", "mighty"),
    (r"a lot of", "a mess of"),
    (r"over there", "over yonder"),
)

_WORDS = re.compile(r"[^\W\d_][\w'’]*")
_TITLE_RUN = re.compile(r"(?<![\w'’])[A-Z][\w'’]*(?:[ -](?:of |the |and )?[A-Z][\w'’]*)+")
_QUOTED = re.compile(r"[\"“][^\"”\n]{1,80}[\"”]")
_FIXED = re.compile(
    r"\b(?:mother|father)(?:['’]s day|s['’] day|-of-pearl| of pearl)|\b(?!\w+-in-law\b)[\w'’]+-[\w'’-]+", re.IGNORECASE
)
_OF_A_THING = re.compile(r"\b(?:the|an?|this|that|these|those|your|our|another|of)\s$", re.IGNORECASE)
_PART = re.compile(r"-[a-z]")  # of a longer word
_HONORIFICS = ("Mr", "Ms", "Mrs", "Miss", "Mx", "Dr", "Sir", "Madam")


def swaps(text: str) -> list[Swap]:
    """(kind, text) of every swap that changes the text; [] where there is nothing to swap.

    Kinds: `KINDS`; one text of the same kind per other group of names, and per dialect.
    """
    made = {swap_names(text, group): "name" for group in _NAMES}
    made |= {swap_gender(text): "gender"}
    made |= {change(text): "dialect" for change in DIALECTS.values()}
    return [(kind, changed) for changed, kind in made.items() if changed != text]


def swap_names(text: str, group: str) -> str:
    """The people named in the text under names of `group` ("a" to "d"); those of the group already keep theirs.

    The same name always becomes the same, and a woman's a woman's.
    """
    links = [(fact.start, fact.end) for fact in typed(text) if fact.kind == "link"]
    people = {(a, b) for a, b in _people(text) if not any(a < end and start < b for start, end in links)}
    taken: dict[str, str] = {}
    made = [(a, b, _renamed(text[a:b], group, _titled(text, a), taken)) for a, b in sorted(people)]
    for start, end, name in reversed(made):
        text = text[:start] + name + text[end:]
    return text


def _people(text: str) -> set[tuple[int, int]]:
    """Where names of people stand: as personal data, or a known first name that is no part of a thing's name."""
    told = [(start, end) for start, end, kind in redact(text, "US").spans if kind == "name"]
    spans = {(a, b) for a, b in told if not _OF_A_THING.search(text[:a]) and not _PART.match(text, b)}
    runs = [found.span() for found in _TITLE_RUN.finditer(text)]
    for found in _WORDS.finditer(text):
        start = found.start()
        word = re.sub(r"['’]s$", "", found.group())
        if (
            word[0].isupper()
            and _known(word)
            and word.lower() not in SHARED_NAMES
            and not _PART.match(text, start + len(word))
            and not any(a <= start < b for a, b in runs + told)
        ):
            spans.add((start, start + len(word)))
    return spans


def _known(word: str) -> bool:
    low = word.lower()
    return low in FIRST_NAMES or low in _WOMEN or low in _MEN


def _titled(text: str, start: int) -> str:
    before = re.search(r"([A-Za-z]+)\.?\s$", text[:start])
    return before.group(1) if before and before.group(1).capitalize() in _HONORIFICS else ""


def _renamed(name: str, group: str, title: str, taken: dict[str, str]) -> str:
    parts = name.split()
    women, men, surnames = (names.split() for names in _NAMES[group])
    first = parts[0].lower()
    if title and len(parts) == 1:
        made = [_pick(surnames, first, taken)]
    else:
        made = [_pick(women if _is_woman(first, title) else men, first, taken)]
        if len(parts) > 1:
            made.append(_pick(surnames, parts[-1].lower(), taken))
    if first.capitalize() in [part.capitalize() for part in women + men + surnames]:
        return name
    return " ".join(made).lower() if name.islower() else " ".join(made).upper() if name.isupper() else " ".join(made)


def _is_woman(first: str, title: str) -> bool:
    if title.lower() in ("ms", "mrs", "miss", "madam") or first in _WOMEN:
        return True
    if title.lower() in ("mr", "sir") or first in _MEN:
        return False
    return first.endswith(_WOMANLY)


def _pick(names: list[str], key: str, taken: dict[str, str]) -> str:
    """The same for the same key, and for two keys of a text two, while there are as many. `taken`: new -> old names."""
    start = blake2b(key.encode(), digest_size=4).digest()[0]
    order = [names[(start + i) % len(names)] for i in range(len(names))]
    found = next((name for name in order if taken.get(name, key) == key), order[0])
    return taken.setdefault(found, key) and found


def swap_gender(text: str) -> str:
    """The other gender wherever words tell it; "her" is "him" or "his" by what stands around it.

    First names of people go along, so that nobody is "my wife Greg"; a text with names alone stays.
    """
    made = _worded(text)
    if made == text:
        return text
    for start, end in sorted(_people(made), reverse=True):
        first = made[start:end].split()[0]
        if first.lower() in _WOMEN | _MEN and not (_titled(made, start) and first == made[start:end]):
            made = made[:start] + _counterpart(first) + made[start + len(first) :]
    return made


def _counterpart(first: str) -> str:
    """A first name of the same group and the other gender."""
    women, men = next(
        (women.split(), men.split())
        for women, men, _ in _NAMES.values()
        if first.lower() in f"{women} {men}".lower().split()
    )
    place = [name.lower() for name in (women if first.lower() in _WOMEN else men)].index(first.lower())
    return _cased((men if first.lower() in _WOMEN else women)[place], first)


def _worded(text: str) -> str:
    def other(found: re.Match[str]) -> str:
        word = found.group()
        low = word.lower().replace("’", "'")
        if low == "her":
            before, after = text[: found.start()], text[found.end() :]
            person = _LETS.search(before) or _receives(before, after) or not _owns(text, found.end())
            new = "him" if person else "his"
        elif low == "his":
            new = "her" if _owns(text, found.end()) and not _OF_HERS.search(text[: found.start()]) else "hers"
        else:
            base = low.removesuffix("'s").removesuffix("'")
            new = _GENDER.get(low) or (_owner(_GENDER[base]) if base != low and base in _GENDER else "")
        return _cased(new, word) if new else word

    return _outside(text, _WORDS, other)


def _owner(word: str) -> str:
    return f"{word}'" if word.endswith("s") else f"{word}'s"


def _owns(text: str, end: int) -> bool:
    """Whether a thing follows that the person owns."""
    after = re.match(r"\s+([^\W\d_][\w'’]*)", text[end:])
    return after is not None and after.group(1).lower() not in _AFTER_PERSON


def _receives(before: str, after: str) -> bool:
    """Whether "her" is who is given what follows: things without an article, that do not go on to somebody else."""
    gives, sends = _GIVES.search(before), _SENDS.search(before)
    if not (gives or sends):
        return False
    said = _NEXT.match(after)
    for found in re.finditer(r"[a-z]+", said.group().lower() if said else ""):
        thing, then = found.group(), after[found.end() :]
        gift = thing in _GIFTS | _LEADING or (gives and thing not in _HERS and re.search(r"[^isu]s$", thing))
        if gift:
            return thing in _LEADING or not re.match(r"\s(?:to|back|off|away)\b", then)
    return False


def british(text: str) -> str:
    """British spelling and words."""

    def other(found: re.Match[str]) -> str:
        return _cased(_BRITISH[" ".join(found.group().lower().split())], found.group())

    return _outside(text, _BRITISH_WORDS, other)


def _outside(text: str, pattern: re.Pattern[str], other: Callable[[re.Match[str]], str]) -> str:
    """`pattern` replaced by `other`, but for what it finds inside a number, a link, a quotation or a thing's name."""
    kept = list(_kept(text))

    def changed(found: re.Match[str]) -> str:
        inside = any(found.start() < end and start < found.end() for start, end in kept)
        return found.group() if inside else other(found)

    return pattern.sub(changed, text)


def _kept(text: str) -> Iterator[tuple[int, int]]:
    yield from ((fact.start, fact.end) for fact in typed(text))
    for pattern in (_QUOTED, _FIXED, _NO_GENDER):
        yield from (found.span() for found in pattern.finditer(text))
    for found in _TITLE_RUN.finditer(text):
        start, end = found.span()
        word, *more = (word.rstrip(".") for word in found.group().split())
        if any(word in _HONORIFICS for word in more):  # "Ask Mr Baker"
            continue
        begins = not text[:start].rstrip() or text[:start].rstrip()[-1] in ".!?"
        # "Her Porch Rocker": the capital is only the sentence's; "Mr Baker": no thing
        if word in _HONORIFICS or (begins and word.lower() in _GENDER_WORDS | NOT_NAMES):
            start += len(word) + 1
        if " " in text[start:end] and not text[start:end].isupper():
            yield start, end


def _cased(new: str, old: str) -> str:
    if len(old) > 1 and old.isupper():
        return new.upper()
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def _ruled(rules: Rules) -> Callable[[str], str]:
    def change(text: str) -> str:
        for pattern, new in rules:

            def other(found: re.Match[str], new: str = new) -> str:
                return _cased(found.expand(new), found.group())

            text = _outside(text, pattern, other)
        return text

    return change


DIALECTS: Mapping[str, Callable[[str], str]] = {
    "british": british,
    "african_american": _ruled(_AFRICAN_AMERICAN),
    "southern": _ruled(_SOUTHERN),
}
