"""Names of people, where the sentence tells: introductions, greetings, titles, closings, relations, first names.

Leads are in English, German and French (some in Spanish). What follows a strong lead ("my name is") is a name; what
follows a weaker one ("spoke with", "thanks") must be a known first name or look like a full name. Words that are no
names, and things named after people ("the Clara lamp", "Rose Garden"), are told apart by lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from alignment.data.names import COMMON, FIRST_NAMES, NOT_NAMES, SHARED_NAMES, THINGS

_WORD = r"[^\W\d_][\w'’-]{1,20}"
_CAP = r"(?-i:[A-ZÀ-ÖØ-Þ](?:['’][A-Z])?[\w'’-]{1,20})"
_INITIAL = r"(?-i:[A-Z]\.)"
_PARTICLE = r"(?-i:van|von|de|del|della|der|den|di|da|la|le|bin|al|ter|zu|dos|du|St\.)"
_IS_PARTICLE = re.compile(_PARTICLE)
_CAPITAL = re.compile(r"(?<![\w'’@./&-])[A-ZÀ-ÖØ-Þ](?:['’][A-Z])?[\w'’-]{1,20}")
_ENDS = re.compile(r"\s?(?:[,.;!?)\n]|$)|\s[a-z(\d+]")
_CAPS = rf"(?:(?:{_INITIAL}\s?){{1,2}}{_CAP}|{_CAP}(?:\s{_INITIAL})?)(?:\s(?:{_PARTICLE}\s){{0,2}}{_CAP}){{0,2}}"
_MY_NAME = re.compile(  # says that a name follows, in any case of letters
    r"\b(?:my (?:full |first |last )?name(?:'s|’s| is|:)|name(?:'s| is|:)|i am called|call me|they call me"
    r"|i go by|surname is"
    r"|surname:|je m['’]appelle|mon (?:pré)?nom est|nom ?:|prénom ?:|ich hei(?:ß|ss)e|mein (?:vor|nach)?name ist"
    r"|me llamo|mi nombre es|mi chiamo|mijn naam is|ik heet)"
    rf"\s+({_CAPS}|{_WORD}(?:\s(?:[A-Z]\.\s)?{_WORD})?)",
    re.IGNORECASE,
)
_LABEL = re.compile(  # Recipient: Thomas Beecham
    r"\b(?:recipient|addressee|attn|attention|contact(?: person| name)?|cardholder|name on (?:the |my )?(?:card"
    r"|account|order)"
    r"|account holder|customer(?: name)?|caller|signed(?: for)?(?: by)?|from|to|bill(?:ed)? to|ship(?:ped)? to"
    r"|in the name of"
    r"|under the name(?: of)?|registered to|made out to|addressed to|on behalf of|(?:maiden|last|first"
    r"|family) name|empfänger|ansprechpartner|kontoinhaber"
    rf"|destinataire|titulaire|au nom de|auf den namen)\s?(?P<mark>:|,|is\b)?\s({_CAPS})",
    re.IGNORECASE,
)
_I_AM = re.compile(
    r"\b(?:(?P<self>i'm|i’m|i am|im|this is|it's|it’s|its|hier ist|ich bin|je suis|c['’]est|ici|soy)"
    r"|(?P<person>spoke (?:to|with)|speaking (?:to|with)|talk(?:ed|ing) (?:to|with)|chat(?:ted|ting) with"
    r"|ask(?:ed)?(?: for)?"
    r"|tell|told|meet|met|reach|contact(?:ed)?|e?mail(?:ed)?|call(?:ed)?|helped by|assisted by|served by"
    r"|(?:it|order|reservation|account|booked|filed|placed|listed|name) (?:is |was )?under|sent by|written by"
    r"|gift for|order for|dank an)"
    r"|(?P<kin>(?:my|our|his|her) (?:late |older |younger |dear )?(?:husband|wife|spouse|partner|son|daughter"
    r"|mother|mom|mum"
    r"|mama|father|dad|brother|sister|friend|neighbou?r|boss|assistant|colleague|aunt|uncle|cousin|niece|nephew"
    r"|roommate"
    r"|grandmother|grandma|grandson|granddaughter|fianc[ée]e?|coworker|manager|secretary|landlord|tenant)(?:-in-law)?,?"
    r"|mein(?:e|en|em|er)? (?:mann|frau|sohn|tochter|mutter|vater|bruder|schwester|freundin|freund|kollegin|kollege)"
    r"|(?:mon|ma) (?:mari|femme|fils|fille|mère|père|frère|sœur|soeur|amie?|collègue)"
    r"|aunt|uncle|auntie|grandma|grandpa|granny|your (?:colleague|agent|coworker|associate|rep|representative)"
    r"|agent|(?:someone|somebody|man|woman|lady|guy|person|clerk|cashier) named"
    r"|(?:colleague|employee|associate|rep|representative|technician|driver|manager|supervisor) (?:named|called)))"
    rf"\s({_CAPS})",
    re.IGNORECASE,
)
_I_AM_LOWER = re.compile(
    r"\b(?:i'm|i’m|i am|im|this is|its|it's)\s([a-z]{3,15})(?P<more>\s[a-z]{2,15})?"
    r"(?=\s?(?:[,.!]|$)|\s(?:and|from|here|again|calling|with)\b)"
)
_GREETED_LOWER = re.compile(r"\b(?:hi|hey|hello|dear|thanks|thank you|thx)\s([a-z]{3,15})\b")
_THANKED = re.compile(rf"\bthank(?:ing)?\s({_CAPS})\s(?=for\b)", re.IGNORECASE)
_HERE = re.compile(
    rf"(?:^|[,.!?;\n]\s?)({_CAPS}),?\s(?P<said>here|speaking|again|calling|from (?:support|customer|the))\b"
)
_GREETED = re.compile(
    r"\b(?:hi|hello|hey|howdy|dear|hiya|greetings|good (?:morning|afternoon|evening|day)|thanks|thank you|thx"
    r"|welcome|bye"
    r"|goodbye|sorry|sure|of course|absolutely|certainly|congratulations|guten (?:tag|morgen|abend)|hallo"
    r"|liebe[r]?|danke"
    r"|sehr geehrte[r]?|servus|moin|bonjour|bonsoir|salut|ch[eè]re?|merci|hola|gracias|estimad[oa]|ciao)"
    rf"(?: there| again| so much| very much| back| beaucoup| schön)?,?\s({_CAPS})"
    r"(?=\s?(?:[,.!?;:\n)–—-]|$|\s[a-zA-Z]))",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Madam|Dame|Herrn?|Frau|Fräulein|Monsieur|Madame|Mademoiselle|Mme|Mlle"
    r"|Señora?|Sra?"
    rf"|Signora?|Doctor|Professor|Reverend|Rev|Father|Sister|Captain|(?<!\w\s)M(?=\.\s))\.?\s(?:(?:Dr|Prof"
    rf"|Ing)\.\s?)*({_CAPS})"
)
_CLOSED = re.compile(
    r"(?:\b(?:regards|sincerely|thanks|thank you|thx|cheers|best|best wishes|yours truly|yours|warmly|love|xoxo"
    r"|blessings"
    r"|grüßen?|gruß|grüssen|gruss|mfg|lg|vg|dank|ihre?|cordialement|salutations|merci|bien à vous|amicalement|saludos"
    r"|atentamente|signed)"
    rf"[,.!]?\s{{0,2}}\n\s{{0,3}}|(?:^|\s)[–—~-]{{1,2}}\s?|\b(?:best|cheers|regards|sincerely|love|grüße|gruß"
    rf"|cordialement),\s)"
    rf"({_CAPS})\s{{0,3}}$",
    re.IGNORECASE | re.MULTILINE,
)
_KNOWN = re.compile(
    rf"(?<![\w'’@./&-])({_CAP})(?:-{_CAP})?(?=((?:\s[A-Z]\.?)?(?:\s{_PARTICLE}){{0,2}}\s{_CAP}(?:\s{_CAP})?)?)"
)
_NO_PERSON = re.compile(
    r"(?:\b(?:the|a|an|our|your|this|that|these|those|in|near|san|santa|st|st\.|saint|fort|port|lake|mount"
    r"|mt\.?|new|camp|point"
    r"|der|die|das|im|la|le|les|une?|à|en|by)|&)\s$",
    re.IGNORECASE,
)
_NEXT = re.compile(r"(?:['’]s)?\s([\w-]{2,20})")
# Words of which one must stand in the lower-cased text for a pattern to match: much cheaper to look for.
_MY_NAME_HINTS = (
    "name",
    "i am called",
    "call me",
    "i go by",
    "appelle",
    "nom ",
    "nom:",
    "hei",
    "llamo",
    "nombre",
    "naam",
    "chiamo",
)
_SELF_HINTS = (
    "hi ",
    "hey ",
    "hello ",
    "dear ",
    "thanks ",
    "thank you ",
    "thx ",
    "i'm ",
    "i’m ",
    "i am ",
    "im ",
    "this is ",
    "it's ",
    "it’s ",
    "its ",
)
_GREETED_HINTS = (
    *("hi", "hello", "hey", "howdy", "dear", "greetings", "good ", "thank", "thx", "welcome", "bye", "sorry", "sure"),
    *("of course", "absolutely", "certainly", "congrat", "guten", "hallo", "lieb", "dank", "geehrte", "bonjour", "ch"),
    *("servus", "moin", "bonsoir", "salut", "merci", "hola", "gracias", "estimad", "ciao"),
)
_HERE_HINTS = (" here", " speaking", " again", " calling", " from ")
_CLOSED_HINTS = (
    "\n",
    "-",
    "–",
    "—",
    "~",
    "best, ",
    "cheers, ",
    "regards, ",
    "sincerely, ",
    "love, ",
    "gruß, ",
    "grüße, ",
)
_CLOSED_HINTS += ("cordialement, ",)
_AFTER_SELF = re.compile(
    r"\s?(?:[,.!]|$|from\b|with\b|here\b|calling\b|and\b|at\b|in\b|speaking\b|again\b|und\b|aus\b|von\b|et\b|de\b|,)"
)
_HEADS = (
    *("hi", "hello", "hey", "dear", "hiya", "howdy", "hallo", "liebe", "lieber", "bonjour", "salut", "chère", "cher"),
    *("hola", "thanks", "thank", "thx", "merci", "danke"),
)


def find_names(text: str, country: str) -> Iterator[tuple[int, int, str]]:
    """Where names stand; spans may overlap, the surer come first."""
    lower = text.lower()
    if _has(lower, _MY_NAME_HINTS):
        for match in _MY_NAME.finditer(text):
            yield from _said(text, match)
    if _has(lower, _SELF_HINTS):
        yield from _introduced_lower(text)
    capitals = {_bare(word) for word in _CAPITAL.findall(text)}
    if not capitals:
        return  # all other patterns need a capital
    for match in _TITLE.finditer(text):
        yield from _capitalised(text, match.start(1), match[1], sure=True, titled=True)
    if capitals <= COMMON:
        return
    yield from _labelled(text)
    yield from _introduced(text)
    if _has(lower, _HERE_HINTS):
        for match in _HERE.finditer(text):
            sure = match["said"] != "again" and len(match[1].split()) <= 2
            yield from _capitalised(text, match.start(1), match[1], sure=sure)
    if _has(lower, _GREETED_HINTS):
        for match in _THANKED.finditer(text):
            yield from _capitalised(text, match.start(1), match[1], sure=True)
        for match in _GREETED.finditer(text):
            yield from _capitalised(text, match.start(1), match[1], sure=_is_greeting(text, match))
    if _has(lower, _CLOSED_HINTS):
        for match in _CLOSED.finditer(text):
            yield from _capitalised(text, match.start(1), match[1], sure=True)
    if not capitals.isdisjoint(FIRST_NAMES):
        yield from _known(text)


def _bare(word: str) -> str:
    return word.lower().removesuffix("'s").removesuffix("’s")


def _labelled(text: str) -> Iterator[tuple[int, int, str]]:
    """After "Recipient:", "in the name of" and the like; after "from" and "to" only with a colon."""
    for match in _LABEL.finditer(text):
        lead = match[0].split()[0].lower().rstrip(":,")
        sure = match["mark"] is not None or (" " in match[2] and lead not in ("from", "to", "ship", "shipped"))
        lone = not _is_thing(match[2]) and bool(_ENDS.match(text, match.end(2)))
        yield from _capitalised(text, match.start(2), match[2], sure=sure and lone)


def _known(text: str) -> Iterator[tuple[int, int, str]]:
    """Known first names, with the surname that follows, where no thing or place is named after them."""
    for match in _KNOWN.finditer(text):
        first = _bare(match[1])
        if first not in FIRST_NAMES:
            continue
        start, end = match.start(), match.start(1) + len(first)
        parts = (match[2] or "").split() if len(first) == len(match[1]) else []
        surname = [word for word in parts if not _IS_PARTICLE.fullmatch(word)]
        state = bool(surname) and surname[-1].isupper() and len(surname[-1]) < 4  # Dallas TX
        if (
            surname
            and not state
            and not any(word.lower().strip(".") in NOT_NAMES for word in surname)
            and not _is_thing(match[2])
        ):
            yield start, match.end(2), "name"
            continue
        following = _NEXT.match(text, end)
        thing = following is not None and (_is_thing(following[1]) or (surname and _is_thing(surname[0])))
        if first not in SHARED_NAMES and not thing and not _NO_PERSON.search(text[max(0, start - 8) : start]):
            yield start, end, "name"


def _has(lower: str, hints: tuple[str, ...]) -> bool:
    for hint in hints:  # noqa: SIM110, a plain loop takes half the time of `any` with a generator
        if hint in lower:
            return True
    return False


def _is_thing(name: str) -> bool:
    """Whether one of the words is a thing, a place or a company: the Clara Lamp, Victoria Street."""
    return any(
        word.lower().removesuffix("'s").removesuffix("s") in THINGS or word.lower() in THINGS for word in name.split()
    )


def _introduced(text: str) -> Iterator[tuple[int, int, str]]:
    """After "I'm", "this is", "spoke with" and the like: a known first name, or one that the sentence goes on from."""
    for match in _I_AM.finditer(text):
        name, start, end = match[4], match.start(4), match.end(4)
        words = name.split()
        followed = match["self"] is not None and bool(_AFTER_SELF.match(text, end))
        told = followed and len(words) <= 2 and match["self"].lower() not in ("it's", "its", "it’s", "c'est", "ici")
        told = told or (match["person"] is not None and len(words) >= 2 and not _is_thing(name))
        told = told or (match["kin"] is not None and not _is_thing(name))
        if (told or words[0].lower() in FIRST_NAMES) and not (_is_thing(name) and not followed):
            yield from _capitalised(text, start, name, sure=followed or told)


def _introduced_lower(text: str) -> Iterator[tuple[int, int, str]]:
    """ "i am kimberly tran", "hey jake": in small letters, known first names only."""
    for match in _GREETED_LOWER.finditer(text):
        if match[1] in FIRST_NAMES and match[1] not in SHARED_NAMES:
            yield match.start(1), match.end(1), "name"
    for match in _I_AM_LOWER.finditer(text):
        if match[1] in FIRST_NAMES:
            more = match["more"] and match[0][0] == "i" and match["more"].strip() not in NOT_NAMES
            if more or not match["more"]:
                yield match.start(1), match.end("more") if more else match.end(1), "name"


def _said(text: str, match: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """After "my name is": one word, and those after it that look like a surname."""
    words = match[1].split()
    if words[0].lower() in NOT_NAMES:
        return
    end = match.start(1) + len(words[0])
    for word in words[1:]:
        start = text.index(word, end)
        lower_pair = words[0].islower() and word.islower() and text[start + len(word) :].strip(" .!") == ""
        particle = _IS_PARTICLE.fullmatch(word) is not None
        if word.lower() in NOT_NAMES or not (word[0].isupper() or lower_pair or particle):
            break
        if not particle:
            end = start + len(word)
    yield match.start(1), end, "name"


def _capitalised(text: str, start: int, value: str, sure: bool, titled: bool = False) -> Iterator[tuple[int, int, str]]:
    """The capitalised words up to the first that is no name; without `sure`, the first must be a known first name."""
    end = at = start
    shouted = value.isupper()
    for index, word in enumerate(value.split()):
        bare = _bare(word)
        if (
            bare in NOT_NAMES
            or re.split("['’]", bare)[0] in NOT_NAMES
            or (index > 0 and word.isupper() and len(word) > 2 and not shouted)
        ):
            break
        if index == 0 and not titled and (bare in COMMON or not (sure or bare in FIRST_NAMES)):
            break
        at = text.index(word, at)
        if not _IS_PARTICLE.fullmatch(word):
            end = at + len(bare)
        if len(bare) < len(word):
            break  # "Angela's party" is no name
    if end > start:
        yield start, end, "name"


def _is_greeting(text: str, match: re.Match[str]) -> bool:
    """ "Hi Xyz," at the start of a message or line greets somebody even by a name not on the list."""
    word = match[0].split()[0].lower().rstrip(",")
    if word not in _HEADS or len(match[1].split()) > 2 or _is_thing(match[1]):
        return False
    at_start = match.start() == 0 or text[match.start() - 1] == "\n"
    return at_start and text[match.end() : match.end() + 2].lstrip(" ")[:1] in (",", "!", ".", "\n", ":", "")
