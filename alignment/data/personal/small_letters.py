"""Names in small letters, as people type in a chat: "hi im sarah jones". Known names only, and only after a lead."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alignment.data.personal.hints import Hinted, Hints, Look
from alignment.data.personal.names import (
    BRANDS,
    COMMON,
    FAMILY,
    FAMOUS,
    FIRST_NAMES,
    GIVEN,
    NOT_NAMES,
    ORDINARY,
    PLACES,
    SHARED_NAMES,
    THINGS,
    words,
)
from alignment.data.personal.people import names_thing, thing_after

_W = r"[^\W\d_][^\W\d_'’]{2,15}"
_LAST = rf"(?:[od]['’])?{_W}(?:-[^\W\d_]{{2,12}})?|al-{_W}"
_NAME = rf"({_W}(?:-[^\W\d_]{{2,9}})?)(?:\s({_LAST}))?(?:\s({_LAST}))?"
_INTRODUCED = Hinted(
    rf"\b(?:i'm|i’m|i am|im|this is|its|it's|it’s|name is|names|ich bin|hier ist|je suis|soy)\s{_NAME}"
    r"(?=\s?(?:[,.!\n]|$)|\s(?:and|from|here|again|calling|with|i|my|und|et)\b)",
    re.IGNORECASE,
    hints=Hints(
        *(" i'm ", " i’m ", " i am ", " im ", "this is ", " its ", " it's ", " it’s ", "name is ", " names "),
        *(" ich bin ", "hier ist ", " je suis ", " soy "),
    ),
)
_GREETED = Hinted(
    rf"\b(?:hi|hey|hello|hiya|yo|dear|thanks|thank you|thx|ty|ta|morning|afternoon|evening|cheers|sorry|bye|hallo|danke"
    rf"|bonjour|merci|hola|gracias|tell|told|ask|asked|spoke (?:to|with)|talked (?:to|with)|named|called)"
    rf"(?: again| so much| there)?,?\s{_NAME}(?![\w'’])",
    re.IGNORECASE,
    hints=Hints(
        *(" hi", " hey ", " hello ", " yo ", " dear ", " thank", " thx ", " ty ", " ta ", "morning "),
        *("afternoon ", "evening ", " cheers ", " sorry ", " bye ", " hallo ", " danke ", " bonjour "),
        *(" merci ", " hola ", " gracias ", " tell ", " told ", " ask ", " asked ", " spoke ", " talked "),
        *(" named ", " called ", "hey, ", "hi, ", "hello, ", "hallo, ", "bonjour, ", "hola, "),
    ),
)
_HERE = Hinted(
    rf"(?:^|[,.!?]\s?){_NAME},?\s(?:here|speaking|again"
    r"|(?:in|from) (?:support|billing|returns|sales|accounting|shipping))\b",
    re.MULTILINE,
    hints=Hints(
        *(" here", " speaking", " again", " support", " billing", " returns", " sales", " accounting"),
        " shipping",
    ),
)
_CLOSED = re.compile(  # "thanks, bill" at the end
    rf"\b(?:thanks|thank you|thx|thnx|tnx|ty|regards|cheers|best|sincerely|truly|love)(?:,\s?|\s?\n){_NAME}\s{{0,3}}\Z",
    re.IGNORECASE,
)
_KIN = Hinted(
    rf"\b(?:my|his|her|our|their|your) (?:husband|wife|spouse|partner|son|daughter|mother|mom|mum|father|dad|brother"
    r"|sister"
    r"|friend|neighbou?r|boss|assistant|colleague|coworker|aunt|uncle|cousin|niece|nephew|roommate|girlfriend|boyfriend"
    rf"|grandmother|grandma|grandson|granddaughter|fianc[ée]e?|manager),?\s{_NAME}(?![\w'’])",
    re.IGNORECASE,
    hints=Hints(
        *(" husband", " wife", " spouse", " partner", " son", " daughter", " mother", " mom", " mum"),
        *(" father", " dad", " brother", " sister", " friend", " neighb", " boss", " assistant", " colleague"),
        *(" coworker", " aunt", " uncle", " cousin", " niece", " nephew", " roommate", " girlfriend"),
        *(" boyfriend", " grand", " fianc", " manager"),
    ),
)
_NAMED = Hinted(
    rf"\b(?:under(?: the name(?: of)?)?|name of|signed (?:for )?by|helped by|assisted by|agent|rep|representative"
    rf"|(?:spoke|speaking|talked|talking|chatted|chatting) (?:to|with)|and then|ask for|asked for|gift for|belongs to"
    r"|(?:appointment|meeting|session|call) with|(?:booking|reservation|table|appointment) for|met)"
    rf"\s{_NAME}(?![\w'’])",
    re.IGNORECASE,
    hints=Hints(
        *(" under ", " name of ", " signed ", "helped by ", "assisted by ", " agent ", " rep "),
        *("representative ", " spoke ", " speaking ", " talk", " chat", " and then ", " ask", "gift for "),
        *("belongs to ", " met ", "ing with ", "ment with ", "sion with ", "booking for ", "reservation for "),
        *("table for ", "ment for "),
    ),
)
_HI_ITS = Hinted(  # "hi its mark,": after a greeting other words too
    rf"\b(?:hi|hello|hey|hiya|morning|afternoon),? (?:its|it['’]s|this is|im|i['’]m) ({_W})(?=\s?(?:[,.!\n]|$))",
    re.IGNORECASE,
    hints=Hints("its ", "it's ", "it’s ", "this is ", " im ", " i'm ", " i’m "),
)
_OF_NAME = Hinted(
    rf"\b(?:last name|surname|family name|first name|under)(?: is|:)?\s({_W})(?=\s?(?:[,.!\n]|$))",
    re.IGNORECASE,
    hints=Hints("name", "under"),
)
_STRANGER = Hinted(
    rf"\b(?:mr|mrs|ms)\.?\s({_W})(?![\w'’])",
    hints=Hints("mr ", "mr.", "mrs ", "mrs.", "ms ", "ms."),
)
_THERE = Hinted(
    rf"\bis {_NAME}\s(?:working|available|there|around|free|still|in (?:today|tomorrow|yet)|on (?:shift|duty))\b",
    hints=Hints(" is "),
)
_DID = Hinted(
    rf"(?<![\w'’@./-]){_NAME}\s(?:said|told (?:me|us)|called (?:me|us|back)|promised|emailed (?:me|us)|helped me"
    r"|assured (?:me|us)|from (?:support|billing|returns|sales|accounting|shipping|customer))\b",
    hints=Hints(" said", " told ", " called ", " promised", "emailed ", "helped me", " assured ", " from "),
)
_TWO = re.compile(r"(?<![\w'’@./&-])([^\W\d_]{4,15})(?=\s([^\W\d_]{3,15})(?![\w'’@-]))")
_LABELLED = Hinted(
    rf"^\s?(?:customer|client|agent|caller|guest|user|name|full name|recipient|attn|contact|to|from|cc)\s?:\s?{_NAME}"
    r"\s?(?=[,.!\n]|$)",
    re.IGNORECASE | re.MULTILINE,
    hints=Hints(":"),
)
_TITLED = Hinted(
    rf"\b(?:mr|mrs|ms|miss|dr|herr|frau|madame|monsieur)\.?\s{_NAME}(?![\w'’])",
    hints=Hints(" mr", " ms", " miss ", " dr", " herr ", " frau ", " madame ", " monsieur "),
)
_END = 60  # letters at the end of a text that a closing and a name take
_CLOSINGS = Hints("thank", "thx", "thnx", "tnx", "ty", "regards", "cheers", "best", "sincerely", "truly", "love")
# Given names that are no other word, in small letters.
_SURE = (FIRST_NAMES | {name for name in GIVEN if len(name) > 4}) - ORDINARY - NOT_NAMES - COMMON - THINGS
_SURE |= FIRST_NAMES - SHARED_NAMES - COMMON - NOT_NAMES - THINGS
_FAMILY = FAMILY - ORDINARY - COMMON - NOT_NAMES
_SELF = FIRST_NAMES | (GIVEN - ORDINARY - NOT_NAMES - COMMON - THINGS - BRANDS)
_GREETABLE = _SURE - SHARED_NAMES
_CLOSER = _SELF | SHARED_NAMES - {"son", "bud", "buddy", "chance", "sun", "young", "dear"}
_TITLEABLE = _FAMILY | _SURE
_NO_NAMES = ORDINARY | COMMON | NOT_NAMES | THINGS | BRANDS | PLACES
_PAIR_FIRST = frozenset(name for name in _GREETABLE if len(name) > 3)  # "priya deshmukh", whatever stands around
_PAIR_LAST = _FAMILY - PLACES - BRANDS - THINGS - SHARED_NAMES

# First names that are nothing else in English, by which people are called wherever they stand. Of those of four
# letters, often slips or words abroad, the best known; of the others, none that is a brand or a word abroad.
_ABROAD_OR_BRANDS = frozenset(
    words(
        """
adama adele alfredo anong ariel bahar benedict benny blanche brent caesar carlton carmen celeste chelsea claude
clementine damon daria devon dexter dolores domingo dominique douglas elmer emerson esmeralda essie everleigh everly
feroz floyd francisco guadalupe helle heidi hyejin imani issac javon jette joann julio karin kendra komang lacey linda
lloyd lorraine lucas lucia marie mario maxime melba merle mickey milan minerva miranda mirza miren monte montserrat
morris morgane norma norris oaklynn octavia odell ophelia oscar patricia petra petro phoebe pierre pinar reggie
remedios romain rocio romeo ronda rosario rosetta salla salvador santiago saylor serigne shelly simone sidney sofia
soledad tausa tomas tommy valentina verna virgil wendy willa winston zelda florine marion milton lionel lenore minnie
louise francois karina katarina solange tinsley martina luther shelia polly pascal patsy patti ginny nellie penda
"""
    )
)
_FOUR = frozenset(
    words(
        """
abby ajay alan alec amit andy anil anna anne beth boyd brad bryn carl cody cory dave doug edna emma eric erik erin
evan ewan ezra fred gary greg gwen ivan jake jane jeff jens jess jill joan jodi jody joel john jose josé juan judy karl
kate kofi kurt kyle lars leah liam lisa lori lucy luis luke marc mary mick neil noah olga omar otis owen paul pete phil
raul raúl ravi rhys rick rita rory ruth ryan saul sean seán seth sven tina toby todd tony yuki zack zane
"""
    )
)
_ANYWHERE = FIRST_NAMES - SHARED_NAMES - ORDINARY - COMMON - PLACES - BRANDS - THINGS - NOT_NAMES - _ABROAD_OR_BRANDS
_ANYWHERE = frozenset(name for name in _ANYWHERE if len(name) > 4 or name in _FOUR)
# Such that stand in a list of other words too.
_ANYWHERE |= frozenset(words("richard adam mike alex maria peter amy liz jim ben dan robert sara"))
_KNOWN = re.compile(
    r"(?<![\w'’@./&-])([^\W\d_]{3,15})(?:['’]s)?(?![\w'’@&/-]|\.\w|\s[\d@]|\sand\s(?:\d|main\b|center\b))"
)
_SURNAME = re.compile(rf"\s({_LAST})(?![\w'’@-])")
_ENGLISH = frozenset(words("US GB IE CA AU NZ IN ZA NG GH KE SG PH HK JM"))  # elsewhere they may be words

Span = tuple[int, int, str]


_NAMES = _SELF | _TITLEABLE | _GREETABLE | _CLOSER  # without one of these no lead matters
_WORDS = re.compile(r"[^\W\d_]{3,}")
# The pattern, the first names and the surnames that may follow the lead.
_LEADS = (
    (_INTRODUCED, _SELF, FAMILY),
    (_GREETED, _GREETABLE, _FAMILY),
    (_TITLED, _TITLEABLE, _FAMILY),
    (_KIN, _GREETABLE, _FAMILY),
    (_NAMED, _GREETABLE, _FAMILY),
    (_LABELLED, _SELF, FAMILY),
    (_HERE, _GREETABLE, FAMILY),
    (_THERE, _GREETABLE, _FAMILY),
    (_DID, _GREETABLE, _FAMILY),
)

# The same for patterns of one word, with the words it may be.
_SINGLE = (
    (_HI_ITS, SHARED_NAMES - NOT_NAMES),
    (_OF_NAME, _NAMES),
)


def find_lower(look: Look, country: str) -> Iterator[Span]:
    """Where names in small letters stand."""
    text = look.text
    for match in _STRANGER.finditer(look):
        if match[1].islower() and len(match[1]) > 3 and match[1] not in _NO_NAMES:
            yield match.start(1), match.end(1), "name"
    small = set(_WORDS.findall(text))
    if _NAMES.isdisjoint(small):
        return
    if not (_PAIR_FIRST.isdisjoint(small) or _PAIR_LAST.isdisjoint(small)):
        for match in _TWO.finditer(text):
            if match[1] in _PAIR_FIRST and match[2] in _PAIR_LAST and not FAMOUS.match(text, match.start()):
                yield match.start(1), match.end(2), "name"
    yield from _led(look)
    if country in _ENGLISH and not _ANYWHERE.isdisjoint(small):
        yield from _anywhere(text)


def _anywhere(text: str) -> Iterator[Span]:
    """First names that are nothing else, but for things, places and makes named after people: the sarah sofa."""
    start, makes = 0, [famous.span() for famous in FAMOUS.finditer(text)]
    while match := _KNOWN.search(text, start):
        start = match.end(1)
        if match[1] not in _ANYWHERE or names_thing(text[max(0, match.start() - 24) : match.start()]):
            continue
        last = _SURNAME.match(text, start)
        end = last.end() if last and last[1] in _PAIR_LAST else start
        while makes and makes[0][1] <= match.start():
            del makes[0]
        make = bool(makes) and makes[0][0] < end
        if not (make or thing_after(text, end)):
            yield match.start(), end, "name"


def _led(look: Look) -> Iterator[Span]:
    """After a lead, before a deed, or at the end."""
    for pattern, allowed in _SINGLE:
        for match in pattern.finditer(look):
            if match[1] in allowed:
                yield match.start(1), match.end(1), "name"
    for pattern, first, family in _LEADS:
        for match in pattern.finditer(look):
            yield from _known(match, first, family)
    if _CLOSINGS.stand_in(look):
        for match in _CLOSED.finditer(look.text, max(0, len(look.text) - _END)):
            yield from _known(match, _CLOSER, FAMILY)


def _known(match: re.Match[str], first: frozenset[str], family: frozenset[str]) -> Iterator[Span]:
    """The words that are names, of the three at most that follow a lead."""
    parts = [word for word in match.groups() if word]
    if not parts[0].islower() or (len(parts) > 1 and parts[1] in THINGS):
        return
    end = 1
    while end < len(parts) and _goes_on(parts, end, family):
        end += 1
    backed = end > 1 and parts[0] in SHARED_NAMES and parts[end - 1] in _FAMILY and parts[1] not in PLACES
    if parts[0].split("-")[0] in first or backed:
        yield match.start(1), match.end(end), "name"


def _goes_on(parts: list[str], index: int, family: frozenset[str]) -> bool:
    word = parts[index]
    if re.match("[od]['’]|al-", word):
        return True
    word = word.split("-")[0]
    middle = word in SHARED_NAMES and index + 1 < len(parts) and parts[index + 1] in _FAMILY
    return (word in family or word in _GREETABLE or middle) and word not in NOT_NAMES
