"""When an apology is due, and whether a reply makes one: patterns over plain text.

An apology is an act of the speaker. "You won't be sorry", "folks are sorry when it sells out", "no need to
apologize", "a sorry-looking wreath" and the customer's own words in quotation marks are none; "I feel awful about
it" and "please excuse the delay" are, without the word.
"""

import re

from alignment.voice.folding import plain, plain_sentences
from alignment.voice.phrases import DEGREE, WE, either

APOLOGY = either(
    (
        r"so(?:r+|w+)y(?!-\w)|apolog\w+|apols",
        r"regret(?:s|ted|tably|tably|fully)?|(?:my|our) bad|mea culpa",
        r"forgive (?:me|us|my|our|the|this|any)|(?:your|beg|ask) forgiveness",
        r"pardon (?:me|us|my|our|the|this|any)|(?:your|beg) pardon",
        r"excuse (?:me|us|my|our|the|this|any)",
        rf"{WE} feel (?:{DEGREE} )*(?:awful|terrible|bad|horrible|guilty|dreadful)",
        rf"{WE} (?:am|are) (?:{DEGREE} )*(?:ashamed|embarrassed|mortified)",
    )
)
_OTHERS = r"(?:you|yall|they|he|she|it|folks|people|nobody|no one|anyone|customers|guests|neighbou?rs?|who)"
# Words of apology that apologise for nothing: someone else's regret, a refusal of apologies, an idiom.
NO_APOLOGY = either(
    (
        rf"{_OTHERS} (?:(?!i |we )\w+ ){{0,2}}(?:be |is |are |am |was |were |feel |say |said |ever |been )*(?:sor+y"
        rf"|regret\w*|apologi\w+)",
        r"(?:no|without|zero|never any|not an?)(?: \w+)? (?:sorr(?:y|ies)|apolog(?:y|ies)|regrets?)",
        r"(?:no|not any|is not any) (?:need|reason|call|cause) (?:for|to|of) (?:you )?(?:an? |any |be |feel "
        r"|say )*(?:sor+y|apolog\w+)",
        r"(?:never|not)(?: (?:you|one|an?|tiny|little|bit|the|least|at|all|even|ever|be|been|feel|too|have|to|say"
        r"|single|once))* (?:sor+y|apologi\w+|regret\w*)",
        r"regret (?:nothing|not)|only regret",
        r"safe than sorry|sorry (?:old|looking|sight|state|excuse|shape)|your apolog(?:y|ies)|apolog(?:y|ies) accepted",
        r"nothing to (?:be sorry|apologi\w+|forgive|regret)|to regret",
    )
)
# A reader's quotation marks around part of a reply: someone else's words, or a product's name.
_QUOTED = re.compile(r'(?<=[\w,:;] )"[^"]*"')

MOST_APOLOGIES = 3  # sentences; so many are too many even where one is due
_AGAIN = either((r"again|once more",))
_NAME = re.compile(r"[A-Z]\w+(?: [A-Z]\w+)+")

_VERB = (
    r"(?:arrived?|come|came|shown|showed|show|turned|received?|gotten|got|get|delivered|here|shipped|moved"
    r"|updated|heard)"
)
_SINCE = r"(?:days? ago|weeks? ago|last \w+|yesterday|by now|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
_GOT = r"(?:got|received|sent|send|shipped|delivered|gave|came)"
_MEANT = r"(?:ordered|asked|bought|paid|wanted|chose|picked)"
TROUBLE = either(
    (
        r"damaged?|broken?|breakage|busted|cracks?|cracked|chips?|chipped|shatter(?:ed|s)|smash(?:ed|es)",
        r"scratch(?:ed|es)?|scuff(?:ed|s)|dent(?:ed|s)?|torn|tore|ripped|bent|crushed|snapped|squashed|mangled|warped",
        r"defect(?:ive|s)?|faulty|ruined|leak(?:s|ing|ed)?|wobbl(?:y|es)|frayed|stained|mould?y|mildew\w*"
        r"|in (?:\w+ )?pieces",
        r"(?:fell|falling|came|coming) (?:apart|off|loose|undone)|peeling|faded|dead on arrival|splintered|crooked",
        r"(?:does not|will not|did not|is not|never|stopped|quit|not) (?:even )?(?:work\w*|light\w*|lit|turn\w* on"
        r"|fit)",
        r"never lit|wrong|incorrect|mix(?:ed)?[- ]?up|someone else|somebody else|two left|forgot",
        r"does not (?:even )?(?:keep|close|open|hang|stand|hold|match|ring|burn|stay|charge|spin|tick|lock|latch|zip"
        r"|sit)",
        r"(?:holes?|rips?|tears?|gash|smudges?|stains?|spots?) (?:in|on|down|across)|(?:left|sat"
        r"|sitting) (?:\w+ )?(?:out )?in the rain",
        r"(?:arrived|came|showed up|turned up|got here|was delivered|(?:box|package|parcel|bag) (?:is"
        r"|was)) (?:\w+ )?(?:melted|dirty"
        r"|filthy|empty|wet|soaked|opened|open|used|smudged|dead|upside down|dusty|sticky|rusty|moldy|tangled"
        r"|crumpled|flat|dry)",
        rf"{_GOT} (?:\w+ ){{1,5}}instead|(?:it was|it is|is) \w+ instead",
        # two halves that differ: "i got 2, i paid for 3", "ordered navy, you sent flax"
        rf"{_GOT} [^.?!]*(?:,|but|and|though|when|-) (?:i|we) (?:had )?(?:{_MEANT})",
        rf"(?:i|we) (?:{_MEANT}) [^.?!]*(?:,|but|and|though|-) (?:\w+ ){{0,4}}{_GOT}",
        rf"not (?:at all )?(?:what|the \w+(?: \w+)?) (?:i|we) {_MEANT}|not as (?:described|pictured|shown|advertised)",
        r"missing|lost|incomplete|(?:got|received|came with|sent \w+) only|only (?:got|received|came with|sent)",
        r"(?:came|arrived|showed up|delivered) (?:with no|without)|(?:was|were) not in (?:the|my)|(?:one|two"
        r"|a few) short",
        r"late|delay(?:ed|s)?|overdue|past due|behind schedule|still (?:waiting|no \w+|not \w+|nothing|do not"
        r"|have not|has not)|stuck in|was due|(?:sent|shipped|went)[^.?!]* (?:old|other|previous) (?:address|house"
        r"|place)|even though (?:i|we)",
        r"(?<!i )(?<!i have )never (?!mind|know|ever|too|been)\w+|(?:two|three|four|\d+|a|several) (?:days?|weeks?"
        r"|months?) behind",
        r"(?:will|would|can|does|do) not (?:even )?(?:open|close|shut|budge|stay|turn|light|stand|latch|lock|fit"
        r"|stick|ring|burn|run)",
        r"(?:is|are|was|were|looks?|seems?|feels?) (?:all |so |very |way |\w+ly )?(?:loose|dead|crooked|uneven|flat"
        r"|off|dirty|rusty|limp|dull|sticky)",
        r"mou?ld(?:ed)? on|ate my order|lost my (?:order|package|parcel)",
        rf"(?:never|not|yet to)(?: yet| even| ever| been| have)* {_VERB}",
        r"says (?:it was |it is )?delivered|(?:marked|shows) (?:as )?delivered",
        r"(?:nobody|no one|noone|no-one|none of you) (?:\w+ )?(?:answer|pick|call|repl|respond|help|car|bother|came"
        r"|come|show|got|get)\w*",
        r"no (?:answer|reply|response|call back|word from)|(?:called|emailed|e-mailed|written|wrote|asked"
        r"|messaged) (?:\w+ ){0,3}times|rude",
        r"(?:waited|waiting) (?:\w+ )?(?:all day|hours|weeks|days)|(?:was|were) not (?:applied|honou?red|in)"
        r"|did not (?:apply|send|include)",
        r"no \w+ in (?:the|my) (?:box|package|parcel|bag)|only \w+ (?:were|was) in|(?:never|not) (?:got|get|gotten"
        r"|heard) back",
        r"overcharged|charged (?:me |us |my card )?(?:\w+ )?(?:twice|double|extra)|double[- ]?charged|(?:no"
        r"|still no) refund",
        r"on hold for|hung up|ignor(?:ed|ing) (?:me|us|my)|(?:been|be) waiting|third time|second time|cancell?ed my",
        r"(?:worst|terrible|awful|horrible|rude|useless|lousy|appalling) (?:\w+ )?(?:service|staff|experience"
        r"|company|shop|store)",
        r"(?:are|is|was|were) (?:so |very )?(?:the worst|rude|a joke|ridiculous|unacceptable)|unacceptable|ridiculous",
        r"(?:let (?:me|us) down|disappoint(?:ed|ing)|fed up|furious|unhappy|disgusted)",
        rf"(?:supposed|meant|should have|promised|was due|were due)(?: to)?(?: \w+){{0,6}} {_SINCE}",
        r"(?:it|its|it is) (?:has )?been (?:\w+ ){0,2}(?:days|weeks|months)",
    )
)
# What only sounds like trouble: a question put beforehand, or the same words about something else.
NO_TROUBLE = either(
    (
        r"(?:if|in case|suppose|what happens when|worried)\b[^.?!]*",
        r"do you(?: still| ever| guys| folks| all)? (?:replace|repair|fix|carry|sell|have|stock|take|cover|make"
        r"|accept|offer)(?:(?! my )[^.?!])*",
        r"(?:is|are) there (?:any|some|an?) (?:(?! in | my )[^.?!])*\?",
        # the customer's own doing
        r"(?:i|we) (?:\w+ )?(?:lost|broke|dropped|misplaced|chipped|cracked|tore|ripped|spilled)[^.?!]*",
        r"(?:policy|policies|insurance|protection|warranty|guarantee)[^.?!]*(?:damag|br[eo]+a?k|late|lost|missing)\w*",
        r"(?:damag|brok|break|late|lost|missing|defect)\w*[^.?!]* (?:policy|policies|insurance|protection)",
        r"(?:too|it|how|as|of|work|open|stay|so|a bit|up|run) late(?! again)",
        r"late (?:night|fees?|charge|hours|evening|afternoon|summer|spring|fall|autumn|winter|next|in the)",
        r"late (?:january|february|march|april|may|june|july|august|september|october|november|december)",
        r"(?:do|does|will|would|can|could|might|are|is) (?:it|they|these|this|those|the [\w' ]+?"
        r"|your [\w' ]+?) (?:\w+ )?"
        r"(?:chip|crack|scratch|leak|fade|break|wobble|dent|tear|stain|not fit)(?:s|ing)?",
        r"(?:scratch|chip|crack|dent|stain|leak)[- ](?:resistant|proof|free)|(?:wood|cedar|bark|chocolate"
        r"|potato) chips?",
        r"(?:nothing|not|no)(?: is| was)? (?:wrong|broken|damaged|missing|late|disappointed|unhappy)",
        r"(?:not|never) (?:been )?disappointed|lost (?:track|my (?:receipt|card|password|mind))|(?:get"
        r"|getting) (?:it |this )?wrong",
    )
)
_MISFORTUNE = either(
    (
        r"passed(?: away| on)?|died|dying|death|funeral|late (?:husband|wife|mother|father|mom|mama|dad|daddy"
        r"|grand\w+)",
        r"cancer|hospital|surgery|sick|ill|divorced?|widow(?:ed|er)?|grieving|memorial|miscarr\w+|accident|laid off",
        r"(?:house |home )?(?:fire|flood(?:ed)?|tornado|hurricane|burn(?:ed|t) down)|lost (?:my|our|a) \w+"
        r"|had to put down",
        r"(?:i|we|my \w+) (?:\w+ )?(?:lost|broke|dropped|chewed|misplaced|chipped|cracked|tore|ripped|spilled|knocked)",
    )
)


def told_trouble(said: str) -> bool:
    """True where a customer's message tells of damage, a wrong or missing item, lateness or a letdown."""
    return any(TROUBLE.search(NO_TROUBLE.sub(" ", part)) for part in plain_sentences(said))


def told_misfortune(said: str) -> bool:
    """True where a customer's message tells of a loss or hardship that is nobody's fault."""
    return _MISFORTUNE.search(plain(said)) is not None


def apologies(reply: str) -> int:
    """How many sentences of the reply say sorry, in whatever words."""
    return sum(
        APOLOGY.search(NO_APOLOGY.sub(" ", part)) is not None for part in plain_sentences(_QUOTED.sub(" ", reply))
    )


def harps(reply: str) -> bool:
    """True where an apology is made over and over: in three sentences, or once more with "again"."""
    count = apologies(reply)
    return count >= MOST_APOLOGIES or (count > 1 and _AGAIN.search(plain(reply)) is not None)


def without_names(reply: str, given: str) -> str:
    """The reply without the names (two capitalized words or more) that stand in `given`: "Sorry Bear" is no apology."""
    for name in set(_NAME.findall(given)):
        reply = re.sub(re.escape(name), " ", reply, flags=re.IGNORECASE)
    return reply
