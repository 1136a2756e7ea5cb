"""The phrases the voice contract listens for, as patterns over folded text.

Folded: lower case, straight quotes, single spaces. One idea a line. `either` joins them into one pattern that
neither starts nor ends inside a word.
"""

import re
from collections.abc import Iterable


def either(parts: Iterable[str]) -> re.Pattern[str]:
    """One pattern for any of several, standing free of letters on both sides."""
    return re.compile(r"(?<![\w'])(?:" + "|".join(parts) + r")(?!\w)")


# A hello at the very start, said to a person; a sigh may come before it. Matched at a reply's first letter.
GREETING = re.compile(
    r"(?:(?:well|why|oh|aw|ah|no|my|dear|goodness|gracious|shoot|mercy|honey|sugar|now|and)[,.!]* ){0,4}"
    r"(?:hey|hi|hiya|hello|howdy|welcome|good (?:day|morning|mornin'?|afternoon|evening|evenin'?)"
    r"|(?:morning|mornin'?|afternoon|evening|evenin'?)(?=,|!|\.| there| friend| y'?all))(?![\w-])"
)

_GLAD = r"(?:happy|glad|delighted|pleased|tickled|thrilled|honou?red|proud)"
WARM = either(
    (
        rf"(?<!not )(?<!n't ){_GLAD} (?:to|you|that you|y'?all|we could|i could)",
        rf"(?:so|mighty|real|sure|right|awful) {_GLAD}|{_GLAD} as|fond of",
        r"(?:delighted|tickled|thrilled)",
        r"(?:we'?d|i'?d|you'?ll|we|i|you|would|folks|people|guests) (?:\w+ )?(?:love|adore)(?! ?-?seats?)",
        r"love (?:that|this|your|it|the|how|hearing|helping)|loved (?:hearing|helping|your)|lovely",
        r"hope (?:you|y'?all|it|they|she|he) (?:\w+ )?(?:love|loves|enjoy|enjoys|adore)",
        r"(?:thanks|thank you|thank ya)(?: so much| kindly| a bunch| a million| ever so)* for"
        r" (?!contacting|your (?:patience|inquiry|enquiry|understanding|cooperation|business|interest))\w+",
        r"(?:thanks|thank you) (?:so much|kindly|a bunch|a million|ever so)",
        r"y'?all|ya'll",
        r"(?:good|nice|great) to (?:hear from|see|meet|have) (?:you|y'?all)",
        r"looks? a treat|looks? (?:\w+ )?(?:lovely|beautiful|gorgeous|stunning|fine)|over the moon",
        r"(?:what|such|quite) a (?:treat|joy|delight|pleasure|beauty|sweet|pretty|great|good|wonderful|fun)",
        r"a real (?:treat|joy|delight|pleasure|beauty|charmer)",
        r"(?:my|our|always a|such a|a real) pleasure|a (?:joy|delight) to",
        r"(?:great|good|wonderful|excellent|sweet|smart) (?:question|choice|pick|eye|taste|idea|thinking)",
        r"bless (?:your|you)|how sweet|sweet of you|so sweet|(?:made|makes) (?:my|our) day",
        r"means (?:a lot|the world|so much)|appreciate (?:you|y'?all|your kind)|soft spot|(?:what|such) fun",
        r"(?:honey|sugar|darlin|darling|hon|sweetie|neighbou?r|friends?)",
        r"(?:can'?t|cannot) wait|(?<!not )excited|congratulations|hooray",
        r"(?:make|set|put) (?:it|this|that|things) (?:\w+ )?(?:right|up to you)",
        r"hate (?:that|to hear)|(?:breaks|broke) (?:my|our) heart|heartsick|heartbroken",
        r"take (?:good|great|such good) care of you|don't you (?:fret|worry)|no worries",
        r"enjoy (?:it|every|your|them)|(?:feel|yourself) right at home",
    )
)

# Care for a customer who tells of trouble; warm only then.
CARE = either(
    (
        r"(?:so|real|really|truly|very|terribly|awfully|mighty|dreadfully) sorry|sorry to hear",
        r"oh no|oh dear|oh my|(?:well,? )?shoot|my goodness|goodness me|bless",
        r"what a (?:letdown|shame|pity|mess|disappointment|nuisance)|no fun|no way (?:for|to)|not how we",
        r"i hear you|i (?:understand|know) how|maddening|frustrating|upsetting|every right",
    )
)

APOLOGY = either((r"sorry(?!-\w)", r"apolog\w+", r"regret\w*", r"forgive\w*", r"my bad", r"pardon\w*"))
# Words of apology that apologise for nothing: a promise, an idiom, a courtesy to one who said sorry first.
NO_APOLOGY = either(
    (
        r"(?:no|without any) (?:need (?:for|to|of) )?(?:an? |any )?(?:be |feel |say )?(?:sorry|apolog\w+)",
        r"(?:don't|do not|never|needn't) (?:you )?(?:ever )?(?:be |feel |say )?(?:sorry|apologi\w+)",
        r"(?:won't|will not|never|not|don't) (?:ever )?(?:be sorry|regret)",
        r"(?:no|zero|without) regrets?|regret nothing",
        r"safe than sorry|sorry (?:old|looking|sight)",
        r"forgiving",
        r"nothing to (?:be sorry|apologi\w+|forgive)",
    )
)

_VERB = r"(?:arrived?|come|came|shown|showed|show|turned|received?|gotten|got|get|delivered|here)"
_SINCE = r"(?:days? ago|weeks? ago|last \w+|yesterday|by now|mon|tues|wednes|thurs|fri|satur|sun)(?:day)?"
TROUBLE = either(
    (
        r"damaged?|broken?|breakage|busted|cracks?|cracked|chips?|chipped|shatter(?:ed|s)|smash(?:ed|es)",
        r"scratch(?:ed|es)?|scuff(?:ed|s)|dent(?:ed|s)?|torn|tore|ripped|bent|crushed|snapped|squashed",
        r"mangled",
        r"defect(?:ive|s)?|faulty|ruined|leaking|wobbl(?:y|es)|frayed|stained|in (?:\w+ )?pieces|fell apart",
        r"(?:doesn't|does not|won't|didn't|stopped) (?:work|working|light|lighting|turn on)",
        r"wrong|incorrect|mix(?:ed)?[- ]?up|(?:got|received|sent \w+|came|it's|was|is) \w+(?: \w+)* instead",
        r"not (?:what|the \w+(?: \w+)?) (?:i|we) (?:ordered|asked|bought|paid)",
        r"(?:isn't|wasn't|aren't) what (?:i|we) (?:ordered|asked|bought|paid)",
        r"missing|lost|incomplete|(?:got|received|came with|sent \w+) only|only (?:got|received|came with)",
        r"(?:came|arrived|showed up|delivered) without|(?:was|were)(?:n't| not) in (?:the|my)",
        r"late|delay(?:ed|s)?|overdue|past due|behind schedule|still (?:waiting|no \w+)",
        rf"(?:never|not|hasn't|haven't|didn't|hadn't|ain't|isn't|yet to)(?: yet| even| ever| been)* {_VERB}",
        r"(?:nobody|no one|noone|no-one) (?:ever )?(?:answer|pick|call|repl|respond|has|got)\w*|overcharged",
        r"charged \w*twice",
        r"(?:been )?on hold for|ignored (?:me|us|my)",
        r"(?:worst|terrible|awful|horrible|rude) (?:service|staff|experience)",
        rf"(?:supposed|meant|should have|promised)(?: to)?(?: \w+){{0,5}} {_SINCE}",
    )
)
# What only sounds like trouble: a question put beforehand, or the same words about something else.
NO_TROUBLE = either(
    (
        r"(?:if|in case|suppose|what happens when|worried)\b[^.?!]*",
        r"(?:policy|policies|insurance|protection|warranty|guarantee)[^.?!]*(?:damag|br[eo]+a?k|late|lost|missing)\w*",
        r"(?:damag|brok|break|late|lost|missing|defect)\w*[^.?!]* (?:policy|policies|insurance|protection)",
        r"(?:too|it|how|as|of|work|open|stay|so|a bit|up) late",
        r"late (?:night|fees?|charge|hours|evening|afternoon|summer|spring|fall|autumn|winter|next|in the)",
        r"late (?:january|february|march|april|may|june|july|august|september|october|november|december)",
        r"(?:do|does|will|would|can) (?:it|they|these|this|the [\w ]+?) (?:\w+ )?(?:chip|crack|scratch)",
        r"(?:scratch|chip|crack|dent|stain)[- ](?:resistant|proof|free)|(?:wood|cedar|bark) chips?",
        r"(?:nothing|isn't|wasn't|aren't|not|no)(?:'s| is| was)? (?:wrong|broken|damaged|missing|late)",
        r"lost (?:track|my (?:receipt|card|password|mind))|(?:get|am i getting) (?:it |this )?wrong",
    )
)

POLICY_SPEAK = either(
    (
        r"as per|per (?:our|the|company|store|your)|pursuant|in (?:accordance|compliance) with",
        r"please (?:be (?:advised|aware|informed|reminded)|note|allow us|refer to)|be advised|note that",
        r"(?<!thank you )(?<!thanks )kindly",
        r"(?:we|i)(?:'re| are|'m| am) (?:not able|unable) to",
        r"(?:cannot|can not) be (?:accommodated|processed|guaranteed|honou?red|accepted|issued)",
        r"to (?:inform|advise|notify) you|this (?:\w+ )?is to (?:inform|advise|confirm|notify)",
        r"(?:valued|dear|esteemed) (?:customer|client|guest|patron)s?",
        r"the (?:customer|purchaser|buyer|client) (?:is|must|may|shall|will)",
        r"terms (?:and|&) conditions|terms of (?:service|sale|use)|subject to",
        r"for your (?:records|information|reference)",
        r"(?:inquiry|enquiry|request|ticket|case|query|concern|feedback|correspondence) (?:has|have) been",
        r"your (?:recent |esteemed )?(?:inquiry|enquiry|correspondence|query)",
        r"regarding your|(?:with|in) regards? to|further to|in (?:reference|response|relation) to",
        r"at this time(?! of)|at the present time|at your earliest convenience|in due course",
        r"hereby|herewith|herein|aforementioned|henceforth|thereof|shall(?! (?:i|we))",
        r"(?:do not|don't) hesitate|any inconvenience|(?:thank you|thanks) for contacting",
        r"(?:thank you|thanks) for your (?:patience|understanding|cooperation|business|patronage)",
        r"(?:applicable|designated|authori[sz]ed) \w+|of receipt|not (?:be held )?(?:liable|responsible) for",
        r"(?:must|should|may not|can only) be (?:submitted|directed|accompanied|requested|altered|cancelled)",
        r"(?:is|are) (?:instructed|required|permitted|prohibited|calculated|not guaranteed)|provided that",
        r"submit (?:a |the |your )?(?:form|request|claim|ticket)|(?:a|our) representatives? will",
        r"purposes only|merchandise|voids?|policy (?:states|is that|requires)|will not be \w+ed|own expense",
        r"beyond our control|in the order (?:it is |they are )?received|customer service",
        r"we (?:appreciate|value) your (?!kind)\w+|refer to",
        r"as (?:stated|outlined|indicated|specified)|our records (?:indicate|show)",
    )
)

_CALL = r"(?:holler|hollar|shout|call|ring|write|text|message|email|ping|contact|reach(?: out)?|ask|tell|yell)"
_WHEN = r"(?:if|when|whenever|any ?time|should|for any\w*|with any\w*|about any\w*|and (?:i|we)|what\w*|any\w*)"
_YOU = r"(?:you|y'?all)"
_HELP = r"(?:help|assist|answer|chat|talk|look|check|find|show|walk|work|send|hold|pick|set|see)"
OFFER = either(
    (
        # come to us: "holler if ...", "tell me what you need", "ask away"
        r"(?:just|please|so|then|and) let (?:me|us) know(?= ?[.!?]?$)",
        r"let (?:me|us) know (?:if|when|whenever|what else|how|should|any ?time|about any\w*)",
        rf"{_CALL}(?: back| out| away| over)?(?: (?:at |to )?(?:me|us)| (?:our|the) \w+)?(?: straight away)? {_WHEN}",
        rf"{_CALL} (?:me|us) [^.?!]*(?:and|if)[^.?!]* (?:i'll|we'll|i can|we can)",
        r"(?:give|drop|send|shoot) (?:me|us) (?:a|another) (?:shout|holler|ring|call|line|note|message|buzz)",
        r"send (?:me|us) [^.?!]* and (?:i|we)'ll",
        r"(?:just|go on and) (?:holler|shout|yell|ask|say so|write back)",
        r"feel free to (?:ask|call|write|reach|contact|holler)|ask away|fire away|say the word",
        r"(?:come|swing|stop|drop|pop) (?:on )?(?:back|by|in)(?: and see us)? (?:any ?time|if|when|whenever)",
        r"don't be (?:a stranger|shy)",
        # we are here: "I'm right here if you need me", "we're all ears"
        r"(?:i'm|we're|i am|we are|i'll be|we'll be) (?:always |right |just |still |only )*(?:here|around)",
        r"here (?:if|when|whenever|for you|for y'?all|to help|any ?time)|at your (?:service|disposal)",
        r"(?:i've|we've) got all day|all ears|i'm your (?:gal|girl|guy|man|woman|person)",
        r"(?:a|one) (?:holler|phone call|shout|call|message|note|text|click) away",
        # more: "anything else?", "other questions", "what more can I do"
        r"(?:anything|something|what|who|how|whatever) else|anything at all",
        r"need (?:any\w*|a hand|some|more|another|help)",
        r"any(?:thing)? (?:more|other|further)",
        r"(?:more|other|further|additional) (?:questions?|help|assistance|ideas)",
        # shall I: any question in which we would do something, or ask whether they want it
        r"(?:can|could|may|shall|should|might) (?:i|we) (?!get|have|ask|please|confirm|know)[^.?!]*\?",
        rf"(?:would {_YOU}|do {_YOU}|{_YOU})? ?(?:need|want|like|care) (?:me|us|help|a hand|some)[^.?!]*\?",
        r"(?:want|need|like|care for) (?:me|us) to",
        # we would: "happy to help if you ...", "I can work out ... if you like", "if you get stuck, we'll ..."
        rf"(?:happy|glad|delighted|pleased|love) to {_HELP}(?: \w+)?"
        r" (?:any ?time|more|further|again|with (?:any\w*|more|that too))",
        r"(?:happy|glad|delighted|pleased|love) to [^.?!]+ (?:if|when|whenever) you",
        rf"(?:i|we)(?:'ll| will| can|'d) (?:[\w']+ ){{0,6}}(?:if|whenever|when) {_YOU} (?:need|want|like)",
        rf"(?:if|whenever|when) {_YOU}(?:'d|'re|'ve)? (?:\w+ )?(?:need|want|have|got|get|think|wonder|unsure)"
        rf"[^.?!]*(?:{_CALL}|let (?:me|us) know|i'm|we're|say the word|i'll|we'll|(?:i|we) can|know where)",
        rf"if (?:not|so|that doesn't)[^.?!]* {_CALL} (?:me|us)",
    )
)
NO_OFFER = either(
    (
        r"(?:nothing|no(?:t|n't)? anything) (?:else|more|further)|(?:isn't|wasn't) anything else",
        r"no (?:other|further|more) (?:help|questions|assistance)",
        r"(?:can't|cannot|can not|won't|will not|unable to|couldn't) (?:\w+ )?(?:help|assist|do)[^.?!]*",
        rf"(?:don't|do not|no need to) (?:you )?{_CALL}[^.?!]*",
        r"for (?:further|more|additional) \w+, (?:please )?(?:refer|see|visit|consult|read|check)[^.?!]*",
    )
)
# A short goodbye that may follow the offer.
FAREWELL = re.compile(
    r"(?:have (?:a|yourself)|take care|bye|goodbye|see (?:you|y'?all|ya)|talk soon|happy \w+ing|enjoy|cheers"
    r"|(?:warmly|warmest|warm|best|kind|much|with|all my|all our) ?(?:regards|wishes|love)?"
    r"|hugs|stay|until (?:next|then)|wishing you"
    r"|y'?all (?:take|have|come)|(?:thanks|thank you)|bless you|god bless|your friends?|love,|xo+"
    r"|(?:the )?southern charm|[-~] ?\w+|(?:we|i)? ?(?:can't|cannot) wait)(?!\w)"
)

PERSONAL = either((r"you(?:'\w+)?", r"your(?:s|self|selves)?", r"y'?all(?:'\w+)?|ya'll|ya|u|ur", r"youre|youll|youve"))
CONTRACTION = either(
    (
        r"\w+(?:n't|'m|'ll|'re|'ve|'d)",
        r"(?:it|that|what|here|there|where|who|how|let|he|she|this|when|why|everything|something|one)'s",
        r"y'?all(?:'\w+)?|ya'll|'tis|c'mon",
        r"\w+'s (?:a|an|the|in|on|at|made|just|about|been|going|ready|still|back|not|all|right|\$?\d+)",
        r"im|ive|dont|cant|wont|didnt|doesnt|isnt|youre|youll|youve|thats|theyre|wouldnt|couldnt|havent|lets",
    )
)

# Written in capitals by right; anything else in capitals with a vowel is a shout.
_CAPITALS = """
AA AAA AC AI AM APO BBQ BOGO CEO DIY EDT EST ETA EU EVA FAQ FEDEX FPO FSC HOA ID IKEA LED MMS OEKO OK PIN PM PO POS
PST QR ROI RSVP SKU SMS TBA UK UPC UPS URL US USA USB USPS UV XS ZIP
AK AL AR AZ CA CO DE FL GA HI IA IL IN KY LA MA ME MI MO NE OH OR PA RI SC UT VA WA WI
"""
ACRONYMS = frozenset(_CAPITALS.split())
