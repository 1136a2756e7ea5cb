"""Names of people, where the sentence tells: introductions, greetings, titles, closings, relations, first names.

Leads are in English, German and French (some in Spanish, Italian and Dutch). What follows a strong lead ("my name
is") is a name; what follows a weaker one ("spoke with", "thanks") must be a known name or a word that stands in no
list of other words. Things named after people ("the Clara lamp", "Rose Garden") are told apart in `people`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from alignment.data.personal.asian import find_asian
from alignment.data.personal.double import DOUBLE, find_double, find_double_lower
from alignment.data.personal.hints import Hinted, Hints, Look
from alignment.data.personal.names import (
    BRANDS,
    COMMON,
    FAMILY,
    FAMOUS,
    GIVEN,
    NOT_NAMES,
    ORDINARY,
    PLACES,
    SHARED_NAMES,
    words,
)
from alignment.data.personal.people import (
    CAP,
    GAP,
    INITIAL,
    PARTICLE,
    UPPER,
    Span,
    bare,
    find_known,
    is_given,
    is_personal,
    is_strange,
    is_surname,
    is_thing,
    last,
    name_end,
    thing_after,
    tokens,
)
from alignment.data.personal.small_letters import find_lower
from alignment.data.personal.spoken_to import find_company, find_spoken_to

_WORD = r"[^\W\d_][\w'’-]{1,20}"
_IS_PARTICLE = re.compile(rf"{PARTICLE}|[A-Za-z]\.")
_CAPITAL = re.compile(rf"(?<![\w'’@./&])(?<!\w-)[{UPPER}](?:['’][{UPPER}])?[\w'’-]{{1,20}}")
_ENDS = re.compile(r"\s?(?:[,.;!?)\n|/<(]|$)|\s[a-z(\d+]")
_NAMES = (
    rf"(?:(?:{INITIAL}{GAP}?){{1,3}}{CAP}|{CAP}(?:{GAP}{INITIAL}){{0,2}})"
    rf"(?:{GAP}(?:{PARTICLE}{GAP}){{0,2}}{CAP}){{0,3}}(?:{GAP}{INITIAL}(?!\w))?"
)
_TITLES = r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herrn?|Frau|Madame|Monsieur|Mme|M)\.?\s)?"
_MY_NAME = Hinted(  # says that a name follows, in any case of letters
    r"\b(?:(?:my|his|her|the|their|wife's|husband's|son's|daughter's) (?:full |first |last |maiden |real )?"
    r"name(?:'s|’s| is|:)|name(?:'s| is|:|\s?[:=-])|my names|i am called|call me|they call me"
    r"|i go by|(?:she|he) goes by|surname is|goes by the name(?: of)?"
    r"|surname ?:|je m['’]appelle|mon (?:pré)?nom est|nom ?:|prénom ?:|ich hei(?:ß|ss)e"
    r"|mein (?:vor|nach)?name ist|(?:vor|nach)name ?:"
    r"|me llamo|mi nombre es|nombre ?:|mi chiamo|mijn naam is|ik heet|ik ben)"
    rf"[^\S\n]+({_NAMES}|{_WORD}(?:{GAP}(?:[a-zA-Z]\.{GAP})?{_WORD})?)",
    re.IGNORECASE,
    hints=Hints(
        *("name", "i am called", "call me", "go by", "goes by", "appelle", "nom ", "nom:", "hei", "llamo"),
        *("nombre", "naam", "chiamo", "ik ", "nom\xa0:"),
    ),
)
_LABEL = Hinted(  # Recipient: Thomas Beecham
    r"\b(?:recipient|addressee|attn|attention|fao|c/o|care of|contact(?: person| name)?|cardholder(?: name)?"
    r"|name on (?:the |my |your )?(?:card|account|order|reservation|booking|ticket|policy|invoice|label|file)"
    r"|(?:account|card|policy) ?holder|(?:customer|passenger|guest)(?: name)?|client|guest|patient|buyer|purchaser"
    r"|caller|agent|rep|representative|advisor"
    r"|operator|manager(?: on duty)?|assigned to|handled by|prepared by|reviewed by|posted by"
    r"|written by|submitted by|requested by|ordered by|purchased by|sold to|owner|sender|author|from|to|cc|bcc"
    r"|signed(?: for)?(?: by)?|bill(?:ed)? to|ship(?:ped)? to|deliver(?:ed)? to|spoke (?:to|with)"
    r"|in the name of|under the name(?: of)?|registered to|made out to|addressed to|on behalf of"
    r"|(?:maiden|last|first|middle|given|family|full|user's|display) name|surname|forename|billing name|shipping name"
    r"|empfänger(?:in)?|absender|ansprechpartner(?:in)?|kontoinhaber(?:in)?|kunde|kundin|z\. ?hd\.|zu händen"
    rf"|destinataire|expéditeur|titulaire|à l'attention de|au nom de|auf den namen)\s?(?P<mark>:|,|-|–"
    rf"|is\b)?{GAP}{{1,4}}{_TITLES}({_NAMES})(?P<first>,{GAP}{_NAMES}(?={GAP}{{0,3}}(?:$|\n|\.)))?",
    re.IGNORECASE,
)
_SURE_LABELS = frozenset(
    words("last first full recipient attn fao c/o cardholder addressee in under maiden surname family forename")
)
_I_AM = Hinted(
    r"\b(?:(?P<self>i'm|i’m|i am|im|this is|it's me,?|it's|it’s|its|hier ist|hier(?= [^\W\d_]+ [^\W\d_]+[,.!])|ich bin"
    r"|je suis|moi,? c['’]est|c['’]est|ici|soy|you(?:'ve|’ve| have) reached|you(?:'re|’re| are) (?:chatting|speaking"
    r"|talking) (?:with|to)|myself|sono|ik ben)"
    r"|(?P<person>sp[oe]a?ke?n? (?:to|with)|speaking (?:to|with)|talk(?:ed|ing)? (?:to|with)|chat(?:ted|ting)? with"
    r"|ask(?:ed)?(?: for)?|and (?:then )?with"
    r"|(?:appointment|meeting|session|interview|consultation|call|chat|conversation|lesson|deal(?:t|ing)?|work(?:ed|ing)?)"
    r" with|(?:pick-?up|refund|appointment) for"
    r"|tell|told|meet|met|reach|contact(?:ed)?|e?mail(?:ed)?|call(?:ed)?|text(?:ed)?"
    r"|(?:transfer|connect|put)(?:ing|ring|ted|ed|red)? (?:you|me) (?:through )?(?:to|with)"
    r"|helped by|assisted by|served by"
    r"|(?:it|order|reservation|account|booked|filed|placed|listed|name|booking) (?:is |was )?under|sent by|written by"
    r"|(?:gift|present|order|package|message|number|card|this) for|dank an|merci à|gift from|signed(?: for)? by"
    r"|picked up by|left with|sold to|addressed to|registered to|belongs to|thanks to|appelez|mit)"
    r"|(?P<kin>(?:(?:my|our|his|her|your|their) (?:late |older |younger |elder |little |big |dear |best |new |oldest )?"
    r"(?:husband|wife|spouse|partner|son|daughter"
    r"|mother|mom|mum|mommy|mama|father|dad|brother|sister|friend|neighbou?r|boss|assistant|colleague|aunt|uncle|cousin"
    r"|niece|nephew|roommate|room mate|kid|girlfriend|boyfriend|hubby|mate|buddy|flatmate|client|contractor|designer"
    r"|grandmother|grandma|grandson|granddaughter|fianc[ée]e?|co-?worker|manager|secretary|landlord|tenant|carer|nan"
    r")(?:-in-law)?(?:'s name is)?,?)"
    r"|mein(?:e|en|em|er)? (?:mann|frau|sohn|tochter|mutter|vater|bruder|schwester|freundin|freund|kollegin|kollege)"
    r"|(?:mon|ma) (?:mari|femme|fils|fille|mère|père|frère|sœur|soeur|amie?|collègue|voisine?)"
    r"|aunt|uncle|auntie|grandma|grandpa|granny|nana|grandad|(?:your|the|a) (?:colleague|agent|coworker|associate|rep"
    r"|representative|technician|driver|manager|supervisor|salesperson|cashier|delivery (?:guy|man|driver)|courier"
    r"|installer|girl|guy|lady),?"
    r"|agent|(?:someone|somebody|man|woman|lady|guy|girl|gentleman|person|clerk|cashier|colleague|employee|associate"
    r"|rep|representative|technician|driver|manager|supervisor|agent) (?:named|called|by the name of)))"
    rf"{GAP}{_TITLES}({_NAMES})",
    re.IGNORECASE,
)
_THANKED = Hinted(rf"\bthank(?:ing)?{GAP}({_NAMES}){GAP}(?=for\b)", re.IGNORECASE)
_HERE = Hinted(
    rf"(?:^|[,.!?;:\n]\s?|[-–]\s)({_NAMES})(?P<comma>,?){GAP}(?P<said>here|speaking|again|calling|ringing|writing"
    r"|from (?:support|customer|dispatch|accounts|logistics|the|your|billing|returns|sales|accounting|shipping)"
    r"|in (?:support|billing|returns|sales|accounting|shipping)|is typing|has (?:joined|left)"
    r"|(?:joined|left) the (?:chat|conversation)|on the (?:line|phone)|am Apparat)\b",
    re.MULTILINE,
    hints=Hints(
        *(" here", " speaking", " again", " calling", " from ", " ringing", " writing", " is typing", " has "),
        *(" in ", " joined ", " left ", " on the ", " apparat"),
    ),
)
_DID = Hinted(  # Thessaly promised a refund: what only people do
    rf"(?<![\w'’@./&-])({CAP}(?:{GAP}{CAP})?)(?:['’]s{GAP}(?:order|package|parcel|wife|husband|e-?mail|phone|number"
    r"|account|address|birthday|office|house|mother|father|name|gift)"
    rf"|{GAP}(?:(?:has |had )?(?:said|says|told|promised|assured|confirmed|helped|emailed|wrote|replied|answered|asked"
    r"|mentioned|explained|apologi[sz]ed|insisted|placed|signed|picked up|called me|called back|ordered|bought)"
    rf"|and I|was (?:rude|helpful|kind|sweet|great|amazing|wonderful|lovely|brilliant|so)|from (?:your|the) "
    rf"|(?:hat|a){GAP}"
    r"(?:gesagt|bestellt|angerufen|geschrieben|dit|commandé|appelé|répondu))(?!\w))"
)
_GREETED = Hinted(
    r"\b(?:hi|hello|hey|howdy|dear|hiya|yo|greetings|(?:good )?(?:morning|afternoon|evening)|good day|g'day|thanks"
    r"|thank you|thx|ta|many thanks|ok thanks|welcome|bye|best|love|yours|cheers"
    r"|goodbye|sorry|sure|of course|absolutely|certainly|congratulations|congrats|happy birthday|guten (?:tag|morgen"
    r"|abend)|hallo|liebe[r]?|danke|moin|grüße von"
    r"|sehr geehrte[r]?|servus|bonjour|bonsoir|salut|ch[eè]re?|merci|hola|gracias|estimad[oa]|ciao|saludos)"
    rf"(?: there| again| so much| very much| a lot| back| beaucoup| schön)?,?{GAP}{_TITLES}({_NAMES})"
    r"(?=\s?(?:[,.!?;:\n)–—-]|$|\s[a-zA-Z]))",
    re.IGNORECASE,
)
_TITLE = Hinted(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Madam|Dame|Herrn?|Frau|Fräulein|Monsieur|Madame|Mademoiselle|Mme|Mlle"
    r"|Señora?|Sra?|MR|MRS|MS|DR"
    r"|Signora?|Sig(?=\.)(?:\.(?:ra|na))?|Dott(?=\.)(?:\.ssa)?|Dhr(?=\.)|Mevr(?=\.)|Mevrouw|Meneer|Pani|Doña|Shri|Smt|Doctor|Professor|Reverend|Rev|Sgt|Capt|Lt|Officer|Pastor|Father|Sister|Captain|(?<!\w\s)M\.(?=\s))\.?(?:\s(?:and|und|et|&)"
    rf"\s(?:Mrs|Mr|Frau|Mme)\.?)?{GAP}(?:(?:Dr|Prof|Ing)\.{GAP})*"
    rf"((?:{PARTICLE}{GAP}){{0,2}}{_NAMES})"
)
_CLOSED = Hinted(
    r"(?:\b(?:regards|sincerely|thanks|thank you|thx|cheers|best|wishes|yours truly|yours|warmly|love|xoxo|truly|xx?"
    r"|blessings|faithfully|respectfully|cordially|gratefully|appreciated|take care|talk soon|thanks again|in advance"
    r"|(?:have a |great |nice |good |lovely |wonderful )(?:day|weekend|evening|one|week)|all the best|kindly"
    r"|many thanks|ta"
    r"|grüßen?|gruß|grüssen|gruss|mfg|lg|vg|dank|ihre?|cordialement|salutations|merci|bien à vous|à bientôt|amicalement"
    r"|bonne journée|saludos?|atentamente|signed|groeten?|saluti|sent from my \w+)"
    rf"[,.!]{{0,3}}\s{{0,2}}\n\s{{0,3}}|(?:^|\s)[–—~-]{{1,2}}\s?\n?|\b(?:best|cheers|regards|sincerely|love|grüße|gruß"
    rf"|cordialement|signed|truly|warmly),{GAP})"
    rf"{_TITLES}({_NAMES})(?P<degree>,? (?:MD|PhD|CPA|RN|Jr\.?|Sr\.?|Esq\.?))?{GAP}{{0,3}}$",
    re.IGNORECASE | re.MULTILINE,
    hints=Hints(
        *("\n", "-", "–", "—", "~", "best, ", "cheers, ", "regards, ", "sincerely, ", "love, ", "gruß, "),
        *("grüße, ", "cordialement, ", "signed, ", "truly, ", "warmly, "),
    ),
)
_SPEAKER = re.compile(
    rf"^(?:[\[(]?\d{{1,2}}:\d\d(?::\d\d)?(?: ?[AP]M)?[\])]?{GAP})?({CAP}(?:{GAP}{CAP})?):{GAP}", re.MULTILINE
)
_WITH_MAIL = re.compile(
    rf"(?:\"({CAP},{GAP}{CAP})\"|\"?({_NAMES})\"?){GAP}?[<(\[,|/–-]{{1,2}}{GAP}?(?:mailto:)?[\w.+%-]{{1,64}}@[\w-]+\."
)
_AFTER_SELF = re.compile(
    r"\s?(?:[,.!\n]|$|from\b|with\b|here\b|calling\b|ringing\b|writing\b|and\b|at\b|in\b|speaking\b|again\b|und\b"
    r"|aus\b|von\b"
    r"|how\b|et\b|de\b|y\b|e\b|,)"
)
_CALLS = re.compile(r"\s(?:from|here|again|calling)\b")
_NAME_AFTER = Hinted(rf"({_NAMES}) is (?:my|the|her|his) (?:last |first |full |sur)?name\b")
_HEADS = (
    *("hi", "hello", "hey", "dear", "hiya", "howdy", "hallo", "liebe", "lieber", "bonjour", "salut", "chère", "cher"),
    *("hola", "thanks", "thank", "thx", "merci", "danke", "morning", "many", "yo", "good", "ta"),
)
# A text whose capitalised words are all among these can hold a name after a title or "my name is" only.
_SURE_FAMILY = FAMILY - ORDINARY
_PLAIN = COMMON | ((ORDINARY | PLACES | BRANDS) - GIVEN - SHARED_NAMES - FAMILY)


def find_names(look: Look, country: str) -> Iterator[Span]:
    """Where names stand: of those that overlap, the one that begins first, and then the longest."""
    end = 0
    for span in sorted(_find(look, country), key=lambda span: (span[0], -span[1])):
        if span[0] >= end:
            yield span
            end = span[1]
            for start, name in find_company(look.text, end):
                yield start, start + len(name), "name"
                end = start + len(name)


def _find(look: Look, country: str) -> Iterator[Span]:
    text = look.text
    if _MY_NAME.hints.stand_in(look):
        for match in _MY_NAME.finditer(look):
            yield from _said(text, match)
        for match in _NAME_AFTER.finditer(look):
            yield from _capitalised(text, match.start(1), match[1], sure=True, family=True)
        yield from find_double_lower(text)
    yield from find_lower(look, country)
    capitals = {bare(word) for word in _CAPITAL.findall(text)}
    if not capitals:
        return  # all other patterns need a capital
    if not capitals.isdisjoint(DOUBLE):
        yield from find_double(look)
    for match in _TITLE.finditer(look):
        yield from _titled(text, match.start(1), match[1])
    if capitals <= _PLAIN:
        return
    if "@" in text:
        yield from _mailed(text)
    yield from _labelled(look)
    yield from _introduced(look)
    yield from _acting(look)
    for match in _THANKED.finditer(look):
        yield from _capitalised(text, match.start(1), match[1], sure=True)
    for match in _GREETED.finditer(look):
        yield from _capitalised(text, match.start(1), match[1], sure=_is_greeting(text, match))
    for match in _CLOSED.finditer(look):
        yield from _capitalised(text, match.start(1), match[1], sure=True, family=True)
    for start, name in find_spoken_to(look):
        yield from _capitalised(text, start, name, sure=True)
    yield from find_asian(look)
    yield from find_known(text)


def _mailed(text: str) -> Iterator[Span]:
    """Beside an e-mail address: Tom Becker <tom@example.com>."""
    for match in _WITH_MAIL.finditer(text):
        if match[1]:
            yield match.start(1), match.end(1), "name"
        else:
            yield from _capitalised(text, match.start(2), match[2], sure=True)


def _labelled(look: Look) -> Iterator[Span]:
    """After "Recipient:", "in the name of" and the like; after "from" and "to" only with a colon."""
    text = look.text
    for match in _LABEL.finditer(look):
        lead = match[0].split()[0].lower().rstrip(":,")
        marked = match["mark"] in (":", "is") or (match["mark"] is not None and lead in _SURE_LABELS)
        sure = marked or lead in _SURE_LABELS or (" " in match[2] and lead not in ("from", "to", "ship", "shipped"))
        sure = sure and not is_thing(match[2]) and bool(_ENDS.match(text, match.end(2)))
        named = "name" in match[0][: match.start(2) - match.start()].lower()
        if sure and match["first"] and _is_reversed(match[2], match["first"].strip(" ,")):
            yield match.start(2), match.end("first"), "name"
        yield from _capitalised(text, match.start(2), match[2], sure=sure, family=named)


def _is_reversed(family: str, given: str) -> bool:
    """Surname, then first names: Al-Hassan, Yusuf."""
    return is_surname(family.split()[-1]) and is_given(given.split()[0])


def _introduced(look: Look) -> Iterator[Span]:
    """After "I'm", "this is", "spoke with" and the like: a known first name, or one that the sentence goes on from."""
    text = look.text
    for match in _I_AM.finditer(look):
        name, start, end = match[4], match.start(4), match.end(4)
        own = (match["self"] or "").lower()
        followed = bool(own) and bool(_AFTER_SELF.match(text, end))
        alone = own not in ("it's", "its", "it’s", "c'est", "c’est", "ici", "hier")
        told = followed and len(name.split()) <= 3 and (alone or is_surname_pair(name))
        told = told or (not own and not is_thing(name))
        told = told or (own.startswith("it") and bool(_CALLS.match(text, end)))
        if is_thing(name) and not followed:
            continue
        yield from _capitalised(text, start, name, sure=told)


def is_surname_pair(name: str) -> bool:
    """Two words or more, of which the last can be a surname."""
    parts = name.split()
    return len(parts) > 1 and is_surname(parts[-1]) and not is_thing(name)


def _acting(look: Look) -> Iterator[Span]:
    """Who is here, speaks, promised something, or stands before what he says."""
    text = look.text
    for match in _HERE.finditer(look):
        sure = match["said"] != "again" and len(match[1].split()) <= 2
        yield from _capitalised(text, match.start(1), match[1], sure=sure)
    for match in _DID.finditer(look):
        words = match[1].split()
        first = next((word for word in words if is_strange(word)), "")
        if first and not first.isupper() and (first == words[0] or len(words) == 2):
            at = match.start(1) + match[1].index(first)
            yield from _capitalised(text, at, text[at : match.end(1)], sure=True)
    if "\n" in text:
        for match in _SPEAKER.finditer(text):
            yield from _capitalised(
                text, match.start(1), match[1], sure=all(bare(word) in _SURE_FAMILY for word in match[1].split())
            )


def _said(text: str, match: re.Match[str]) -> Iterator[Span]:
    """After "my name is": one word, and those after it that look like a surname."""
    words = match[1].split()
    low = bare(words[0])
    if (
        low in NOT_NAMES
        or (low not in GIVEN and match[0].lower().startswith(("call me", "they call")))
        or (words[0].islower() and (low in ORDINARY or low in COMMON) and low not in SHARED_NAMES | GIVEN)
    ):
        return
    end = match.start(1) + len(bare(words[0]))
    for index, word in enumerate(words[1:], 1):
        start = text.index(word, end)
        lower_pair = (
            words[0].islower()
            and word.islower()
            and (text[start + len(word) :].strip(" .!") == "" or bare(word) in FAMILY)
        )
        particle = _IS_PARTICLE.fullmatch(word) is not None
        if not particle and not (lower_pair or (word[0].isupper() and (is_surname(word) or bare(word) in FAMILY))):
            break
        if not particle or (index == len(words) - 1 and word[0].isupper()):
            end = start + len(bare(word) if not particle else word)
        if bare(word) != word.lower():
            break
    yield match.start(1), end, "name"


def _titled(text: str, start: int, value: str) -> Iterator[Span]:
    """After "Mrs.": any capitalised word that is not one of the commonest."""
    parts = tokens(value, start)
    first = next(i for i, (_, word) in enumerate(parts) if word[0].isupper())
    low = bare(parts[first][1])
    if (
        is_personal(parts[first][1], family=True)
        and re.split("['’]", low)[0] not in NOT_NAMES
        and not FAMOUS.match(value)
    ):
        yield start, last(parts, max(first + 1, name_end(parts, first, value.isupper()))), "name"


def _capitalised(text: str, start: int, value: str, sure: bool, family: bool = False) -> Iterator[Span]:
    """The capitalised words up to the first that is no name; without `sure`, the first must be a known first name.

    family: words that are surnames too (Baker) are names here.
    """
    parts = tokens(value, start)
    first = next((i for i, (_, word) in enumerate(parts) if len(word) > 2 or not word.endswith(".")), 0)
    word = parts[first][1]
    low = bare(word)
    if low in NOT_NAMES or re.split("['’]", low)[0] in NOT_NAMES:
        return
    if sure:
        if not is_personal(word, family) or (low in COMMON and low not in SHARED_NAMES and not is_given(word)):
            return
    elif not is_given(word) or low in BRANDS or low in SHARED_NAMES or FAMOUS.match(value):
        return
    end = name_end(parts, first, value.isupper())
    if not sure and thing_after(text, last(parts, end)):
        return
    yield start, last(parts, end), "name"


def _is_greeting(text: str, match: re.Match[str]) -> bool:
    """ "Hi Xyz," at the start of a message or line greets somebody even by a name not on the list."""
    word = match[0].split()[0].lower().rstrip(",")
    if is_thing(match[1]) or len(match[1].split()) > 3:
        return False
    at_start = match.start() == 0 or text[match.start() - 1] in "\n\"'“:."
    at_start = at_start or text[max(0, match.start() - 2) : match.start()] in (", ", ". ", "! ", "? ", ": ", "k ")
    return word in _HEADS and at_start and text[match.end() : match.end() + 2].lstrip(" ")[:1] in ",!.\n:?;-–—)"
