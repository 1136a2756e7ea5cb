"""Leads to names that stand in no list: who is spoken to or closes a letter, what people alone do, whom a thing is for.

Each pattern has one group, the name; a word that is one slip away from an ordinary one is none ("Great, Thnaks!").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from alignment.data.personal.hints import Hinted, Hints, Look
from alignment.data.personal.names import BRANDS, COMMON, NOT_NAMES, ORDINARY, PLACES, SHARED_NAMES, THINGS, words
from alignment.data.personal.people import CAP, GAP, INITIAL, bare, is_given, is_strange, is_surname, is_thing

_NAME = rf"(?:(?:Mrs?|Ms|Dr)\.?{GAP})?({CAP}(?:{GAP}{CAP}){{0,2}}(?:{GAP}{INITIAL})?)"
_KIN = (
    r"(?:husband|wife|spouse|partner|son|daughter|mother|mom|mum|father|dad|brother|sister|friend|neighbou?r|boss"
    r"|assistant|colleague|coworker|aunt|uncle|cousin|niece|nephew|roommate|girlfriend|boyfriend|fianc[ée]e?"
    r"|grandmother|grandma|grandson|granddaughter|grandpa|kid|baby|stylist|doctor|landlord|tenant|lawyer|contractor)"
)
_STAFF = (
    r"(?:technician|tech|rep|representative|agent|advis[eo]r|supervisor|manager|driver|courier|installer|plumber"
    r"|electrician|stylist|nurse|doctor|dentist|therapist|lawyer|attorney|accountant|tutor|teacher|coach|cashier|clerk"
    r"|associate|cleaner|contractor|caregiver|nanny|sitter|handyman|roofer|realtor|landlord|tenant|fianc[ée]e?)"
)
_ENDED = r"(?=\s?(?:[.!?,;:)]|$|\n|[–—-]\s))"
_LIKED = r"(?:great|good|nice|lovely|wonderful|fantastic|amazing|blessed|beautiful|pleasant|safe|super|relaxing|happy)"
_SAID = Hinted(  # "Hang tight, Zorvane."
    r"\b(?:have an? (?:very |really )?(?:" + _LIKED + r"|awesome|excellent) (?:rest of (?:your|the) )?(?:day|evening"
    r"|weekend|night|afternoon|morning|one|week|trip|holiday|time)|(?:you['’]re|you are|most|very) welcome|my pleasure"
    r"|no worries|not a problem|no problem at all|no trouble(?: at all)?|happy to help|glad (?:i|we) could help"
    r"|glad to (?:help|hear (?:that|it))|(?:good|great) news|hang (?:tight|on)|hold on|(?:one|just a) (?:moment|second"
    r"|sec|minute)(?: please)?|moment please|bear with me|take care|talk soon|speak soon|see you (?:soon|then|there)"
    r"|(?:pleasure|nice|great|lovely) (?:chatting|talking|speaking|meeting|working|to meet|to hear from)(?: with| to)?"
    r" you|pleasure (?:helping|assisting|serving) you|welcome back|sorry (?:about|for|to hear) (?:that|this|it)"
    r"|my apologies|i apologi[sz]e|how are you(?: doing)?(?: today)?|(?:can|may) (?:i|we) (?:help|assist) you"
    r"(?: with)?(?: today)?|anything else(?: i can (?:help|assist|do)(?: you)?(?: with| for you)?)?(?: today)?"
    r"|thanks a (?:million|bunch|lot|ton)|appreciate (?:it|that|your help)|much appreciated|(?:i|we) (?:completely "
    r"|totally |fully |do )?understand|i see|hear you|got (?:it|you)|makes sense|will do|bless you"
    r"|of course|absolutely|certainly|understood|duly noted|no problem|greetings"
    r"|happy birthday|congratulations|congrats|love you|miss you)"
    rf",?{GAP}{_NAME}{_ENDED}",
    re.IGNORECASE,
)
_THANKED = Hinted(  # "Thanks for your patience, Zorvane!"
    r"\b(?:thanks|thank you|thx|sorry|apologies) (?:so much |again |very much )?(?:for|about) [a-z'’ -]{3,40}"
    rf"(?:,|(?<=that)|(?<=this)|(?<=help)|(?<=everything)|(?<=patience)|(?<=info)){GAP}{_NAME}{_ENDED}",
    re.IGNORECASE,
)
_OPENINGS = (
    r"(?:okay|ok|alright|all right|great|perfect|sure(?: thing)?|right|yes|no|well|excellent|thanks|so|oh|ah|awesome"
    r"|hello|certainly|absolutely|understood|wonderful|done|great news|good news)"
)
_GOES_ON = (  # what is said to somebody
    r"please (?!and\b)[a-z]{3,}|thank(?:s| you)\b|let me\b|we(?:['’](?:re|ve|ll)| have| are| will)\b|(?:can|could|would"
    r"|did|are|have) you\b|you(?:['’](?:re|ve|ll)| are| can| should)\b|your (?:order|refund|account|package|request"
    r"|payment|replacement|appointment|case|ticket|claim|return|parcel|delivery|booking|reservation|item|technician)\b"
    r"|how (?:are|can|may)\b|just (?:checking|following)\b|one (?:moment|sec|minute)\b|(?:we['’]re |i['’]m |i am |so )?"
    r"(?:very |really |so )?sorry\b|(?:good|great) news|any (?:news|update|luck)\b|i(?:['’]ve| have| just) (?:just "
    r"|now |also )?(?:located|found|checked|sent|updated|processed|issued|reviewed|looked|forwarded|escalated|created"
    r"|cancell?ed|received|added|applied|confirmed|placed)\b|i (?:understand|(?:do )?apologi[sz]e|see (?:that|your)|do"
    r" see|can help|will be)\b|i['’]ll be\b"
)
_CALLED_ON = Hinted(  # "Zorvane, please confirm", "Okay Zorvane, let me look"
    rf"(?:^|[.!?\n]\s?)(?:{_OPENINGS},?{GAP})?{_NAME}(?:,|{GAP}[–-]){GAP}(?:{_GOES_ON})",
    re.IGNORECASE | re.MULTILINE,
    hints=Hints(
        *(" please ", " thank", " i ", " let me ", " we ", " you ", " your ", " how ", " just ", " one ", " sorry "),
        *(" news", " any "),
    ),
)
_TOGETHER = Hinted(  # "Dear Zorvane and Quill,"
    r"(?:^|[.!?\n]\s?)(?:hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening|day)|morning|greetings|thanks"
    rf"|thank you|welcome|congratulations|congrats|sorry),?{GAP}{_NAME}(?=(?:{GAP}(?:and|&){GAP}|/|,{GAP}){CAP}"
    rf"(?:{GAP}(?:and|&){GAP}{CAP})?\s?(?:[,.!:;)–—-]|$|\n))",
    re.IGNORECASE | re.MULTILINE,
    hints=Hints(" and ", "&", "/", ","),
)
_DEEDS = Hinted(  # "Zorvane hung up on me", "Zorvane, my husband"
    rf"(?<![\w'’@./&-])({CAP}(?:{GAP}{CAP})?)(?:,?{GAP}(?:is|was){GAP}(?:my|her|his|our){GAP}{_KIN}\b"
    rf"|,{GAP}(?:my|our|his|her){GAP}{_KIN}\b(?!['’])|{GAP}\((?:my|our|his|her){GAP}{_KIN}\)|['’]s{GAP}{_KIN}\b"
    rf"|{GAP}(?:just )?hung{GAP}up\b|{GAP}(?:will|is going to){GAP}(?:call you|be with you|take over|assist you"
    r"|help you|be your|see you|pick (?:it|them|you) up|be (?:there|home|at home))\b"
    rf"|{GAP}(?:at|on|from){GAP}(?:the|your){GAP}(?:front desk|counter|register|reception|help ?desk|phone)\b"
    rf"|{GAP}is{GAP}(?:the|an?){GAP}(?:account holder|(?:co-?|joint )?owner|authori[sz]ed user|primary|patient"
    r"|tenant)\b"
    rf"|{GAP}(?:assisted|texted|phoned|rang){GAP}(?:me|us)\b|{GAP}was{GAP}(?:assigned|on duty)\b)"
)
_FOR = Hinted(  # "forward this to Zorvane", "my technician Zorvane"
    r"\b(?:(?:forward|pass|escalate|hand|give)(?:ed|ing)? (?:this|it|that|them|everything|my thanks|my regards"
    r"|my best)(?: on| along| over| back)? to|placed by|opened by|received by|accepted by|told by"
    r"|transferred by|escalated by|referred by|treated by|seen by|scheduled with|left it with|left them with"
    r"|chatting with|in touch with"
    rf"|(?:my|our|your|his|her|the) {_STAFF}(?:['’]s name)? (?:is|was|named|called)|(?:my|our|your) {_STAFF},?"
    rf"|(?:my|our|her|his|your) (?:\w+ )?{_KIN}(?:['’]s name)? (?:is|was|named|called)"
    rf"|(?:my|our|her|his) {_KIN}['’]s name,"
    r"|(?:my|our|her|his|their) (?:two |three |twin |little |young )?(?:kids|children|sons|daughters|boys|girls|twins"
    rf"|parents|brothers|sisters|roommates|grandkids|grandchildren|nephews|nieces|cousins),?"
    rf"(?={GAP}{CAP}(?:,|{GAP}(?:and|&)))"
    r"|his name was|her name was|whose name is|whose name was|call me|calls me|called me"
    r"|(?:spelled|spelt)(?: as| like)?"
    r"|name wrong[,;:]? (?:it['’]s|its|it is|should be)|gift is for|present is for|surprise is for|cake is for"
    r"|(?:engrav|embroider|monogram|personali[sz])(?:e|ed|ing)? (?:it |this |them )?with"
    r"|(?:engraving|embroidery|monogram) (?:should |to |must )?(?:read|say)s?:?"
    r"|(?:should be|might be|looking|look|check|search|try|registered|maybe) under"
    r"|nurse|judge|rabbi|imam|deacon|sergeant|looping in|looped in|name from|name changed from|name to)"
    rf"{GAP}[\"“]?{_NAME}(?![\w'’]*\w)",
    re.IGNORECASE,
)
_AROUND = Hinted(  # "let Zorvane know", "as Zorvane said"
    rf"\b(?:let{GAP}({CAP}){GAP}know|thank{GAP}({CAP}){GAP}for|(?:add|remove|list){GAP}({CAP}(?:{GAP}{CAP})?){GAP}as{GAP}an?"
    rf"|is{GAP}({CAP}){GAP}(?:there|around|in today|in yet|on shift|working today)"
    rf"|as{GAP}({CAP}){GAP}(?:said|explained|mentioned|told|promised))\b",
    re.IGNORECASE,
    hints=Hints(
        *(" know ", " thank ", " as a ", " as an ", " there ", " around ", " in today ", " in yet ", " on shift "),
        *(" working today ", " said ", " explained ", " mentioned ", " told ", " promised "),
    ),
)
_LABEL = Hinted(
    r"(?:^|[,;|]\s?)(?:student|tenant|technician|tech|driver|doctor|dr|beneficiary|nominee|resident|insured"
    r"|applicant|employee|occupant|borrower|parent|guardian|host|renter|landlord|stylist|instructor|teacher"
    r"|therapist|witness|spouse|traveller|traveler|attendee|registrant|payee|payer|rider|guests?|passengers?"
    rf"|emergency contact|next of kin)\s?:{GAP}{{1,3}}{_NAME}(?=\s?(?:[.,;|(\n]|$))",
    re.IGNORECASE | re.MULTILINE,
)
_LAST_LINE = re.compile(  # "Please advise.\n\nZorvane"
    rf"[.!?),][^\S\n]*\n\s{{0,3}}(?:[–—-]{{1,2}}\s?|x{{1,3}}o?\s)?({CAP}(?:{GAP}(?:{CAP}|{INITIAL})){{0,2}})\s*\Z"
)
_KISSED = re.compile(rf"(?:\b(?:xo(?:xo)?|xx?|hugs|yours|signed),?{GAP})({CAP}(?:{GAP}{CAP})?)\s*\Z", re.IGNORECASE)
_KISSES = Hints("xo", "xoxo", " x ", " xx ", "hugs", "yours", "signed")
_OFFICE = Hinted(  # "Zorvane Quill\nCustomer Success Manager", "Zorvane | Support Specialist"
    rf"^({CAP}(?:{GAP}(?:{CAP}|{INITIAL})){{0,2}}),?(?:{GAP}?(?:\n|\||[–—-]{GAP})|{GAP}){GAP}?(?:[A-Z][\w&'’-]{{1,15}},?"
    rf"{GAP}|(?:of|and|&){GAP}){{0,4}}(?:Manager|Specialist|Agent|Director|Representative|Associate|Engineer|Coordinator"
    r"|Lead|Officer|Assistant|Supervisor|Consultant|Advisor|Analyst|Technician|Buyer|CEO|CFO|President|Executive"
    r"|Accountant|Secretary|Administrator|Planner|Procurement|Owner|Founder|Receptionist)\b(?=[^\n]{0,30}$)",
    re.MULTILINE,
)
_STAMPED = re.compile(  # "[10:02] Zorvane: hello", "Zorvane (10:02): hello"
    rf"^(?:[\[(]?\d{{1,2}}:\d\d(?::\d\d)?(?:{GAP}?[AaPp][Mm])?[\])]?{GAP}?[-–]?{GAP}?[\[<*]?({CAP}(?:{GAP}{CAP})?)[\]>*]?"
    rf"\s?:|[\[<*]?({CAP}(?:{GAP}{CAP})?)[\]>*]?{GAP}[\[(]\d{{1,2}}:\d\d(?::\d\d)?(?:{GAP}?[AaPp][Mm])?[\])]\s?:?)",
    re.MULTILINE,
)
_SPEAKER = re.compile(rf"^({CAP}(?:{GAP}{CAP})?):{GAP}", re.MULTILINE)
_PARTS = frozenset(words("agent customer client support rep representative user visitor me you caller advisor"))
_MANY = re.compile(rf"(?:{GAP}(?:and|&|und|et|y){GAP}|/|,{GAP}(?=[\w'’-]+{GAP}(?:and|&){GAP}))({CAP})(?![\w'’]*[\w(])")
_PATTERNS = (_SAID, _THANKED, _CALLED_ON, _TOGETHER, _DEEDS, _FOR, _AROUND, _LABEL)
_WORDS = ORDINARY | COMMON | NOT_NAMES | THINGS
# Ehhh, Hahaha, eBay-like and shortened words (C'mon), Mo-Fr
_ODD = re.compile(r"(.)\1\1|(?i:haha|hehe)|[^\W\d_A-Z](?<!\bM)(?<!\bMa)[A-Z]|\d|\b(?![ODL]['’])\w+['’]|(?<!\w)\w\w-")
_CRIES = frozenset(
    words(
        """
wifi nevermind hiya gotcha c'mon jeez geez sheesh yikes namaste salaam salam namaskar shalom konnichiwa aloha thankyou
okey chatbot autocorrect concierge tues weds thurs wednes heyo howdy heya yall welp ahem hurrah hooray whew phew
anyways lemme okie okey-dokey alrighty righto ayo oof ooh oops whoops whoa woah ahh cerulean idc ikr obvs
defo deffo tysm tyvm gtg brb nvm atm obviously unfort fyi btw imho pleaseee coz cuz cos aww awh bravo bingo
thankfully sidenote heads-up hbu wbu wassup whatsup sup supp wazzup snap snapples darn dang drat crikey blimey
goodmorning goodevening goodafternoon goodnight helloo hellooo sorryyy bon voila touché bienvenue
"""
    )
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"

Span = tuple[int, int, str]


def find_spoken_to(look: Look) -> Iterator[tuple[int, str]]:
    """Where a name may begin, and the words of it."""
    text = look.text
    for pattern in _PATTERNS:
        for match in pattern.finditer(look):
            group = match.lastindex or 1
            if _may_be(match[group]):
                yield match.start(group), match[group]
    if "\n" in text:
        yield from _signed(look)
        if text.count(": ") > 1:
            yield from _speaking(text)
    if _KISSES.stand_in(look) and (kissed := _KISSED.search(text, max(0, len(text) - 60))) and _may_be(kissed[1]):
        yield kissed.start(1), kissed[1]
    if look.digits > 2 and ":" in text:
        for match in _STAMPED.finditer(text):
            group = 1 if match[1] else 2
            if _may_be(match[group]):
                yield match.start(group), match[group]


def _speaking(text: str) -> Iterator[tuple[int, str]]:
    """Who speaks in a transcript, where others do whose part is known, or who speaks twice."""
    found = list(_SPEAKER.finditer(text))
    names = Counter(match[1] for match in found)
    known = any(bare(name.split()[0]) in _PARTS or is_given(name.split()[0]) for name in names)
    known = (known or len(found) > len(names)) and len(found) > text.strip().count("\n")
    for match in found if len(names) > 1 else ():
        if (known or names[match[1]] > 1) and _may_be(match[1]):
            yield match.start(1), match[1]


def _signed(look: Look) -> Iterator[tuple[int, str]]:
    """The last line of a letter, and lines before an office."""
    last = _LAST_LINE.search(look.text, max(0, len(look.text) - 80))
    for match in (*([last] if last else ()), *_OFFICE.finditer(look)):
        if _may_be(match[1]):
            yield match.start(1), match[1]


def find_company(text: str, end: int) -> Iterator[tuple[int, str]]:
    """Who is named with the person whose name ends at `end`: Maria and Zorvane, Maria/Zorvane."""
    while match := _MANY.match(text, end):
        if not _may_be(match[1]):
            return
        yield match.start(1), match[1]
        end = match.end()


def _may_be(name: str) -> bool:
    """Whether the first word is a first name, or stands in no list nor is a slip of a word; and the others go on."""
    word, *others = name.split()
    low = bare(word)
    if low in NOT_NAMES or low in BRANDS or low in PLACES or is_thing(name) or (word.isupper() and len(word) < 6):
        return False
    if not all(is_surname(other) or other.endswith(".") for other in others):
        return False
    if is_given(word) or low in SHARED_NAMES:
        return True
    odd = word.isupper() or low in _CRIES or _ODD.search(word)
    return len(low) > 3 and is_strange(word) and not odd and not is_slip(low)


@lru_cache(4096)
def is_slip(low: str) -> bool:
    """Whether one letter left out, added, changed or swapped makes an ordinary word of it (Damerau 1964)."""
    parts = [(low[:i], low[i:]) for i in range(len(low) + 1)]
    return any(
        a + b[1:] in _WORDS
        or (len(b) > 1 and a + b[1] + b[0] + b[2:] in _WORDS)
        or (len(low) > 4 and any(a + c + b in _WORDS or (b and a + c + b[1:] in _WORDS) for c in _LETTERS))
        for a, b in parts
    )
