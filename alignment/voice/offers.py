"""Whether a sentence offers further help: patterns over plain text, by what the sentence does.

It invites the customer back ("holler if ..."), says someone is there ("I'm right here"), asks what else ("anything
else?"), proposes to do something ("shall I ...?", "I'd be glad to ..."), or does so on a condition of need ("if you
get stuck, we'll ..."). Asking the customer for a detail, or to do something for the shop, is none of these.
"""

import re
from collections.abc import Sequence

from alignment.voice.phrases import CALL, GLAD, WE, YOU, either
from alignment.voice.warm import sounds_warm

LONGEST_FAREWELL = 10  # words
LONGEST_COURTESY = 8  # words
LONGEST_FOLLOW_UP = 12  # words

_US = (
    r"(?:me|us|(?:our|the|my) (?:\w+ )?(?:shop|store|porch|desk|team|counter|office|number|line|crew|folks"
    r"|girls|house|way)|back|out|over|away|here|by|in|on|at|to|straight|right|directly|any ?time|again)"
)
_IF = (
    r"(?:if|when|whenever|any ?time|any (?:day|hour)|should|with (?:any|more|other|further)\w*|about (?:any|it)\w*"
    r"|for any\w*|day or night|in case|and (?:i|we)|the (?:minute|moment|second)|anything|what (?:else|more|you need"
    r"|you would)"
    r"|whatever|how (?:else|i|we)|till|until)"
)
_HELP = (
    r"(?:help|assist|answer|chat|talk|look|check|find|show|walk|work|send|hold|pick|set|suggest|recommend|track"
    r"|measure|match"
    r"|wrap|tell|explain|point|put|do|make|save|add|start|sort|order|ship|mail|text|email|call|share|guide|swap"
    r"|arrange|bring"
    r"|fetch|dig|hunt|lend|price|figure|see (?:what|to)|get|give|take|go|keep|offer|assist|book|reserve)"
)
_NEED = (
    r"(?:need|want|like|love|wish|care|prefer|fancy|think|wonder\w*|unsure|not sure|stuck|torn|in a hurry|curious"
    r"|have|got|get"
    r"|run|hit|change|decide|see|find|spot|ready|look\w*|try\w*|worried|feel|pick\w*|measuring|shopping|ever|require)"
)
_TAIL = (
    r"(?:,? (?:back|away|out|any ?time|any day|now|okay|ok|friend|hear|you hear|yall|me|us|at me|at us|loud"
    r"|directly|here))*"
)
_END = rf"(?={_TAIL} ?[.!?]*$)"
_SERVE = rf"(?:{WE} (?:\w+ )?(?:will|can|could|would|am|are)|{CALL}|say the word|(?:door|line|phone) is)"
OFFER = either(
    (
        # come to us: "holler if ...", "tell me what you need", "ask away"
        rf"{CALL}(?: {_US}){{0,4}},? {_IF}",
        rf"(?:holler|shout|yell|whistle|ask|say so|say the word|let (?:me|us) know){_END}",
        rf"(?:call|ring|text|message|write|ping|phone|contact|visit) (?:me|us|back){_END}",
        r"(?:give|drop|send|shoot|toss) (?:me|us|(?:our|the) \w+) (?:a|an|another) (?:\w+ )?(?:shout|holler|ring"
        r"|call|line|note|message|buzz|text|e-?mail|word|hello)",
        r"(?:(?:send|show|tell|bring|give|text|e-?mail|mail|drop) (?:me|us|over|your \w+)|let (?:me"
        r"|us) know) [^.?!]*\b(?:and|so) (?:(?:i|we) (?:will|can|could|would)|it is done)",
        r"feel free to(?! (?:ignore|discard))|ask (?:away|(?:me|us) (?:any|as|whatever|about)\w*)|fire away"
        r"|say the word"
        r"|do not (?:hesitate|be a stranger|be shy)",
        rf"(?<!can )(?<!could )(?<!would )(?<!will )(?<!did ){YOU} (?:just )?(?:call|tell|holler|write|ask"
        rf"|text) (?:me|us)",
        r"(?:come|swing|stop|drop|pop) (?:on )?(?:back|by|in|see us|and see us)(?: and see us)?,? (?:any ?time|if"
        r"|when|whenever)",
        # we are here: "I'm right here if you need me", "we're all ears"
        rf"{WE} (?:\w+ )?(?:am|are|will be|remain|stay) (?:always |right |just |still |only |also |never )*(?:here"
        rf"|around)(?! (?:from|monday|until|till|\d|in|on))",
        r"here (?:if|when|whenever|for you|for yall|to help|any ?time|all (?:day|week))|at your (?:service|disposal)",
        rf"{WE} (?:am|are) (?:\w+ )?(?:all ears|on hand|standing by|available|at your|a \w+ away|your (?:gal|girl"
        rf"|guy|man|woman|person))",
        r"send (?:it|them|those|any\w*|your \w+|whatever [^.?!]*) (?:my|our|this) way|have got (?:all day|answers)"
        r"|all ears|am listening|not going anywhere|know where to find (?:me|us)|(?:lean|count) on (?:me|us)",
        r"(?:door|line|phone|inbox)s? (?:is|are) (?:always |still )?open",
        r"(?:a|one|just a) (?:\w+ )?(?:holler|call|shout|message|note|text|click|e-?mail) away",
        # more: "anything else?", "other questions", "what more can I do"
        r"(?:anything|something|what|who|how|whatever) (?:\w+ )?else|anything at all|need (?:any\w*|a hand|some|more"
        r"|another|help|a thing)",
        r"any(?:thing)? (?:more|other|further)|(?:more|other|further|additional) (?:questions?|help|assistance|ideas)",
        # we would: "happy to help if you ...", "I can work out ... if you like", "I'd be glad to show you"
        rf"(?:would|will|can|could|always|still|only too|more than) (?:\w+ ){{0,2}}(?:{GLAD}|love|like) to {_HELP}",
        rf"(?:{GLAD}|love) to {_HELP}(?: \w+)? (?:any ?time|more|further|again|with (?:any\w*|more|that too))",
        rf"(?:{GLAD}|love) to [^.?!]+ (?:(?:if|when) {YOU}|whenever)|would be (?:my|our|a) (?:\w+ )?(?:pleasure|joy"
        rf"|honou?r|treat|delight) to",
        rf"{WE} (?:will|can|could|would) (?:[\w',]+ ){{0,12}}(?:if|whenever|when) {YOU} (?:\w+ )?(?:need|want|like"
        rf"|wish|care|prefer)",
        r"(?:want|need|like|care for) (?:me|us) to",
        rf"^(?:do |just |please |and |so |well,? )*(?:come|knock|pull|poke|send|bring|give|stop|pop|swing|drop|find"
        rf"|say|lean|count|track)\b"
        rf"[^.?!]* (?:if|when|whenever|any ?time|should) {YOU} (?:\w+ )?{_NEED}",
        rf"if (?:i|we) can (?:{_HELP}|be)[^.?!]*(?:say|love|glad|happy|let (?:me|us))|lean on (?:me|us)",
        # on a condition: "if you get stuck, we'll ..."
        rf"(?:if|when|whenever|in case|should) {YOU}(?: \w+){{0,2}}? {_NEED}[^.?!]*{_SERVE}",
        rf"(?:if|whenever|in case|should) (?:there is|anything|something|any \w+|one|that one|it still)[^.?!]*{_SERVE}",
        rf"(?:if|in case) (?:not|so|that|it)\b[^.?!]* {YOU} {CALL}|(?:if|in case) (?:not|so"
        rf"|that does not)[^.?!]* {CALL}(?: me| us|$)",
        rf"(?:if|in case) (?:not|it still|that does not)[^.?!]*, {WE} (?:will|can|would)",
    )
)
# A question that proposes something; an enquiry after a detail ("may I have your zip code?") does not.
_PROPOSAL = either(
    (
        r"(?:can|could|may|shall|should|might) (?:i|we)(?! (?:\w+ )?(?:have|get|ask|please|confirm|know|see"
        r"|take) (?:\w+ )?"
        r"(?:you|your|the|an? (?:order|phone|number|zip)|which|what|how)\b)",
        r"(?:what|how|where|which)(?: \w+){0,2} (?:can|may|could|might|shall|should) (?:i|we)",
        rf"(?:^|[,;-] |and |or )(?:so |and |now |well |then |also )?(?:would|do|did) {YOU} (?:\w+ )?(?:like|want"
        rf"|care|fancy|need)|do {YOU} have (?:any|another|more|other)",
        r"^(?:\w+ )?(?:want|need|care|fancy|like) (?:me|us|help|a|some|any|to|for|one|another|it|more)",
        r"^(?:and |so )?(?:anything|something|stuck on)|is there (?:any\w*|some\w*|an?|another|more|one)|(?:got"
        r"|have) (?:any|another|more|other)|(?:any |more "
        r"|other )?questions|curious about|wondering|on your mind",
        r"how about (?:i|we)|what if (?:i|we)|why do not (?:i|we)|in the mood for|need (?:me|us|help)|interested in",
        r"(?:would|will|might) (?:it|that) help (?:if|to)",
    )
)
# "Would that suit?", "Sound good?": asks after what the sentence before it proposed.
_BACK = re.compile(r"(?:would|will|does|do|how does|how would|shall|sounds?|is|okay|deal|want)\b[^.!]{0,40}\?$")
# "Got another zip in mind? I'll look it up for you.": what we would do about the question before it.
_FOLLOW_UP = re.compile(
    rf"(?:{WE} (?:will|can|would|could|am|are|have)|(?:just |then )?(?:bring|send|ask|say|try|name|fire|tell))\b[^\d]*$"
)
_PROPOSED = either((rf"{WE} (?:\w+ )?(?:will|can|could|would)", r"how about|happy to|glad to|lets"))
NO_OFFER = either(
    (
        # off to a page, not to us
        r"[^.?!]*(?:you will find|you can find|see|visit|check|consult|refer to|go to|look (?:on|at))[^.?!]*"
        r"(?:page|faqs?|web ?site|our site|portal|help cent(?:er|re)|handbook|manual)[^.?!]*",
        r"(?:nothing|not anything|no one|never anything) (?:else|more|further)|(?:is not|was not) anything else",
        r"no (?:other|further|more) (?:help|questions|assistance)|no questions asked",
        r"(?:can not|will not|unable to|could not|do not) (?:\w+ )?(?:help|assist|do|have|sell|carry|offer"
        r"|need)[^.?!]*",
        rf"(?:do not|no need to|not|never) (?:you )?(?:{CALL})(?: [^.?!]*|(?=[.?!]|$))",
        r"for (?:further|more|additional|other) \w+, (?:please )?(?:refer|see|visit|consult|read|check)[^.?!]*",
        rf"let (?:me|us) know (?:once|after|when|as soon as) {YOU} (?:have )?(?:mailed|sent|shipped|paid|placed"
        rf"|completed|submitted|received)",
        r"contact (?:the|your) (?:carrier|manufacturer|bank|post office|maker)[^.?!]*",
        r"whatever you please|anything else (?:in|on) the (?:shop|store|market)",
    )
)
# A short goodbye that may follow the offer.
FAREWELL = re.compile(
    r"(?:have (?:a|yourself|the)|take (?:good )?care|bye|goodbye|see (?:you|yall)|talk soon|happy \w+ing|enjoy|cheers"
    r"|(?:warmly|warmest|warm|best|kind|much|with|all my|all our|yours|sincerely|fondly) ?(?:regards|wishes|love"
    r"|truly)?"
    r"|hugs|stay|until (?:next|then)|wishing you|hope (?:you|to see|that helps|this helps)"
    r"|yall (?:take|have|come|be)|(?:thanks|thank you)|bless you|god bless|your friends?|love,|xo+"
    r"|(?:the )?southern charm|(?:we|i)? ?(?:can not) wait)(?!\w)"
)
_SIGNATURE = re.compile(r"[a-z]+(?: [a-z]+){0,2}(?:,? (?:at|from|with) [a-z' ]+)?")  # a name, with no full stop


def ends_with_offer(parts: Sequence[str]) -> bool:
    """True where the last of the plain sentences offers help; short goodbyes and one courtesy may follow it."""
    left = list(parts)
    courtesies = 0
    while len(left) > 1 and not _offers(left):
        if not _farewell(left[-1]):
            courtesies += 1
            if courtesies > 1 or not _courtesy(left[-1]):
                return False
        left.pop()
    return bool(left) and _offers(left)


def _offers(parts: Sequence[str]) -> bool:
    last = NO_OFFER.sub(" ", parts[-1])
    if OFFER.search(last) is not None:
        return True
    before = parts[-2] if len(parts) > 1 else ""
    if not last.rstrip("\"') ").endswith("?"):
        follows_up = len(last.split()) <= LONGEST_FOLLOW_UP and _FOLLOW_UP.match(last) is not None
        return follows_up and before.endswith("?") and _offers(parts[:-1])
    asks_back = len(last.split()) <= 6 and _BACK.match(last) is not None and _PROPOSED.search(before) is not None
    return asks_back or _PROPOSAL.search(last) is not None


def _farewell(sentence: str) -> bool:
    if _SIGNATURE.fullmatch(sentence.strip(" ~-")) is not None:
        return True
    return len(sentence.split()) <= LONGEST_FAREWELL and FAREWELL.match(sentence.lstrip(" ~-")) is not None


def _courtesy(sentence: str) -> bool:
    """A few warm words with no fact in them: "I'm glad you told me!"."""
    short = len(sentence.split()) <= LONGEST_COURTESY and not any(char.isdigit() for char in sentence)
    return short and not sentence.endswith("?") and sounds_warm(sentence)
