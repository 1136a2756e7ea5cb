"""What sounds warm in a reply, and what sounds like care for a customer in trouble: patterns over plain text."""

import re

from alignment.voice.apologies import apologies
from alignment.voice.phrases import DEGREE, FORMAL_THANKS, FRIEND, GLAD, WE, YOU, either

_GOOD = (
    r"(?:good|great|nice|lovely|wonderful|fine|smart|sweet|perfect|excellent|fair|thoughtful|beautiful|gorgeous|fun"
    r"|clever"
    r"|kind|wise|fantastic|super|superb|terrific|splendid|grand|delightful|dandy|charming|pretty|special|happy)"
)
_PRETTY = (
    r"(?:pretty|prettier|prettiest|beautiful|gorgeous|lovely|lovelier|charming|sweet|sweeter|handsome|darling"
    r"|stunning|cozy"
    r"|cute|adorable|precious|dreamy|beautifully|perfect)"
)
_ADVERBS = rf"(?:{DEGREE} )*"
_BE = r"(?:am|are|is|would be|will be|was|were|feel|could not be|have been)"
WARM = either(
    (
        # gladness of the speaker
        rf"{WE} (?:\w+ )?{_BE} {_ADVERBS}{GLAD}(?! to (?:inform|advise|confirm|notify))",
        rf"(?<!not )(?<!if ){_ADVERBS}{GLAD} (?:to(?! (?:inform|advise|confirm|notify))|{YOU}|that {YOU}|we could"
        rf"|i could|as)",
        rf"(?<!not )(?:so|mighty|real|sure|right|awful|ever so) {GLAD}|(?<!not )(?:delighted|tickled|thrilled"
        rf"|overjoyed)",
        r"(?:gladly|happily|lovingly|with (?:pleasure|joy|love)|can (?:not|hardly) wait)|(?<!not )excited",
        r"(?:my|our|a|such a|always a|real|true|the) (?:\w+ )?(?:pleasure|joy|delight|treat|privilege|honou?r|hoot)",
        # love and liking
        rf"(?:{WE}|{YOU}|folks|people|guests|everyone) (?:\w+ ){{0,3}}?(?<!not )(?:love|adore|treasure"
        rf"|cherish)(?! ?-?seats?)",
        r"(?<!not )love (?:that|this|your|it|the|how|hearing|helping|to)|loved (?:hearing|helping|your)",
        rf"(?:hope|know|bet|think) (?:that )?(?:{YOU}|it|they|she|he|your \w+) (?:\w+ )?(?:loves?|enjoys?|adores?"
        rf"|treasures?|brings?)",
        r"(?:fond|proud) of|partial to|crazy about|smitten|soft spot|sweet on|head over heels|near and dear",
        r"(?:my|our) (?:\w+ )?favou?rites?|favou?rites? of (?:mine|ours)|a (?:\w+ ){0,2}favou?rite",
        # thanks with a reason that no form gives
        rf"(?:thanks|thank you)(?: so| very| much| kindly| a| all| again| both| bunch| million| ever"
        rf"| heaps)* for (?!{FORMAL_THANKS})\w+",
        r"(?:thanks|thank you) (?:so much|kindly|a bunch|a million|ever so|a heap)",
        rf"appreciate (?:{YOU}|it|that|your kind\w*|hearing)|much obliged|means (?:a lot|the world|so much"
        rf"|a great deal)",
        # praise of the customer
        rf"(?<!not a )(?<!not the ){_GOOD} (?:question|choice|pick|eye|taste|idea|thinking|thought|call|instinct"
        rf"|find|catch)s?",
        rf"(?:what|such|quite) (?:an? )?(?:\w+ )?(?:treat|joy|delight|pleasure|beauty|fun|surprise|{_GOOD})",
        r"how (?:very )?(?:sweet|kind|lovely|thoughtful|wonderful|exciting|fun|nice|special|precious|clever"
        r"|beautiful|happy)",
        r"(?:sweet|kind|good|nice|thoughtful|smart) of you|so sweet|bless (?:your|you)|you are (?:too|so) (?:kind"
        r"|sweet|good)|are not you (?:\w+ )?(?:sweet|kind|thoughtful)|world of you|good on you",
        r"you are (?:an? (?:dear|gem|angel|sweetheart|peach|delight|treasure)|the best|a joy|wonderful|in for a treat)",
        r"(?:made|makes?|making) (?:my|our|me|us) (?:\w+ )?(?:day|week|morning|afternoon|smile)|warms? (?:my"
        r"|our) hearts?",
        r"congratulations|congrats|hooray|hurray|happy (?:birthday|anniversary|wedding|housewarming)",
        # admiration of what they picked
        rf"(?<!not )(?:so|such|mighty|real|really|just|ever so|awful|as|even|simply|truly|darn) (?:darn "
        rf"|stinking )?(?:an? )?{_PRETTY}",
        r"lovely|gorgeous|stunning|adorable|exquisite|breathtaking|delightful|heavenly|beautiful",
        r"(?:that|this|your|our) (?:\w+ )?(?:pretty|sweet|darling|precious|handsome|charming) (?!much|good|well|big"
        r"|small|sure|tea)\w+",
        r"(?:a|an|real|true|such a) (?:\w+ )?(?:beauty|charmer|gem|treasure|joy|delight|dream|looker|showstopper"
        r"|sweetheart"
        r"|keeper|stunner)",
        r"(?:the|our|one of the|one of our) (?:very |most )?(?:prettiest|sweetest|loveliest|nicest|finest|cutest"
        r"|coziest|dearest)",
        r"to be (?:loved|cherished|treasured)|looks? (?:\w+ )?(?:a treat|fine|pretty|sweet|charming)|(?:right|feel"
        r"|feels|yourself) (?:right )?at home",
        r"nothing (?:sweeter|prettier|better|nicer|finer|cozier)|steals? the show|turns? heads|such a charming"
        r"|so charming",
        # liking for their plan, fellow-feeling
        rf"(?:sounds?|looks?) (?:\w+ ){{0,3}}(?:perfect|cheerful|divine|heaven|{_GOOD})|{YOU} have (?:picked"
        rf"|chosen) (?:the|such|so|very|well|a)",
        r"(?:what|such) a (?:shame|pity|letdown)|know (?:just |exactly )?(?:the feeling|how (?:that|it|you) feels?)"
        r"|best of us|i bet|no wonder",
        r"how (?:maddening|frustrating|awful|disappointing)|hope (?:you|your|yours|yall|everyone) (?!will|can|find)",
        # good to have them, put at ease
        rf"(?:good|nice|great|lovely|wonderful|glad|a joy) to (?:hear from|(?:see|meet|have|know) {YOU})",
        rf"{YOU} (?:are|would be) (?:{DEGREE} )*welcome(?! to (?:return|check))|do not blame {YOU}|(?:a"
        rf"|the) warm welcome"
        rf"|open arms|welcome to (?:the|our) (?:family|porch|home)",
        r"(?:do not|never|no need to) (?:you )?(?:\w+ )?(?:worry|fret|fuss)|no worries|rest easy|no bother"
        r"|never a bother",
        r"not a (?:bit of )?(?:bother|trouble)|no trouble at all|in good hands|you are in luck|(?:have"
        r"|got) you covered",
        r"take (?:good|great|such good|the best|real good) care of (?:you|that|this|it)",
        r"(?:make|set|put) (?:it|this|that|things) (?:\w+ )?(?:right(?! ?away)|up to you)|enjoy (?:it|every|your"
        r"|them)",
        r"yall|hugs?",
    )
)
_HELLO = (
    r"(?:hey|hi|hiya|hello|howdy|morning|afternoon|evening|day|welcome|oh|well|yes|no|aw|sure|bless you|thanks"
    r"|thank you)"
)
# A term of affection, said to the customer: after a hello or between commas, never an item's color or a material.
AFFECTION = re.compile(
    rf"(?:^|(?<=[.!?] )){FRIEND}(?=[,!])(?!,? (?:and|or) )"
    rf"|(?<![\w']){_HELLO}(?: there| again| hey)?,? (?:my |you )?(?:sweet |dear |new |old |good )?{FRIEND}(?=[,.!?]"
    rf"| -|$| and (?!you\b)\w)"
    rf"|, (?:my |you )?(?:sweet |dear |good )?{FRIEND}(?=[.!?]|, (?!and|or)|$)"
    rf"|(?<![\w'])(?:my|our|dear|sweet|hey there|hi there|hello there),? (?:sweet |dear )?{FRIEND}(?=[,.!?]|$)"
    r"|, \w+ lover(?=[.!?,])"
)

# Small kindnesses: each a warm thing said without a word of feeling.
KINDNESS = either(
    (
        # an eager yes
        r"absolutely(?! no)|you bet|of course|course you can|sure thing|yes indeed|(?:we|you|it|they"
        r"|i) (?:sure|surely) \w+",
        # taking their side
        r"rooting for|cheering|on your side|fingers crossed|between us|i know(?: the feeling)?|bet you",
        # a word given
        r"promise|trust me|my word|count on it|(?:we|i) will make (?:it|sure)",
        # a picture of their good time with it
        rf"{YOU} (?:will|are going to) (?:be (?!receiving|paying|needing|getting|hearing)\w+ing|never|wonder|sleep"
        rf"|smile|feel|thank|turn|wow)",
        r"easy to love",
        # a homely comparison
        r"as (?!long|soon|well|much|many|far|per|follows|of|a |an |the )\w+ as|(?:easy|pretty|soft|sweet) as \w+",
        # a present, or a deed done for them
        r"on us|on the house|our treat|our (?:dime|cost)|a little (?:extra|something)",
        rf"{WE} will (?:[\w']+ ){{1,6}}for {YOU}|(?:save|hold|set|put) {YOU} one",
        # put at ease
        r"no (?:problem|fuss|hurry|rush(?! \w)|wrong answer)|not to worry|take your time|worth (?:it|every|the wait)"
        r"|easy as \w+|(?:breathe|rest) easy|put (?:\w+ )?to rest",
        # something of one's own
        r"(?:i|we|i have|we have) (?:\w+ )?(?:use|keep|had|got|own|love) (?:mine|ours|one)|my (?:own|mama"
        r"|grand\w+|kitchen|porch|kids)",
        # a welcome
        r"(?:come|stop by and) say (?:hi|hello|hey)|see you (?:soon|then|there)|so good to",
    )
)


# Care for a customer who tells of trouble or of a loss; warm only then.
CARE = either(
    (
        rf"(?:{DEGREE} )+sor+y|sor+y (?:to hear|that|you|your|it|this|for your|for the mess)|terribly sorry",
        r"oh no|oh dear|oh my|shoot|my goodness|goodness me|bless|heavens|good grief|uh[- ]?oh|yikes|ouch|drat|dang"
        r"|mercy",
        r"(?:what|such|(?:that|this|it) is|(?:it|that) must be) (?:just |really |truly "
        r"|been )?an? (?:\w+ )?(?:letdown|shame|pity|mess|disappointment|nuisance|bother|headache|way to)|no fun"
        r"|not how we",
        r"no way (?:for|to)|(?:is|was) not (?:right|okay|ok|fair|good enough|like us|acceptable|what we)"
        r"|that is (?:awful|terrible|on us)",
        r"deserved?|(?:our|my) (?:\w+ )?(?:mistake|fault|mix-?up|slip|error|goof|doing)|i am the one|(?:own"
        r"|owe) (?:it|this|that|you)",
        r"i hear you|(?:understand|know|imagine|see) (?:just |exactly )?(?:how|what|why)|every right|(?:hate"
        r"|hated) (?:that|to|this|it|hearing)",
        r"maddening|frustrat\w+|upset\w*|disappoint\w+|heartbreaking|exasperating|annoying|worrisome|stressful",
        r"(?:breaks?|broke) (?:my|our) heart|heartsick|heartbroken|sick about|feel for you|feel (?:\w+ )?(?:awful"
        r"|terrible|bad)",
        r"make (?:this|it|that|things) (?:up to you|right)|make up for|(?:did not do \w+ \w* ?wrong|not your fault)"
        r"|for being (?:so )?(?:patient|kind)|hugs?|(?:our|my) condolences",
    )
)
AMENDS = either(
    (
        r"send(?:ing)?|sent|ship(?:ping)?|replac(?:ed|ing|e (?:it|that|your|the))|(?:a|new|the|your) replacement"
        r"|swap(?:ping)?|exchang\w+|refund(?:ed|ing)?|fix(?:ed|ing)?"
        r"|mend(?:ing)?|credit(?:ed)?",
        r"on (?:its|the|their) way|in (?:the|today's|tomorrow's) (?:mail|post)|on the truck|headed (?:to|your)"
        r"|printing|new one",
        r"on us|on the house|free of|no (?:charge|cost)|at no|keep (?:the|it)|make (?:it|this|that) right"
        r"|straighten\w*",
    )
)
THANKS_FOR_TELLING = re.compile(
    r"(?:thanks|thank you)[^.?!]* for (?:telling|letting|bringing|sending|showing|flagging|writing|the (?:photo|heads))"
    r"|glad you (?:told|let|wrote|called|reached|caught|said)"
)


def sounds_warm(plain_text: str) -> bool:
    """True where the text has one warm phrase, a term of affection for the customer, or a small kindness."""
    return any(pattern.search(plain_text) is not None for pattern in (WARM, AFFECTION, KINDNESS))


def cares(plain_text: str) -> bool:
    """True where the text feels for a customer in trouble, thanks for the word, or says something kind and mends it.

    Cheer alone is tone-deaf there: "What a lovely question!" at a broken leg is not warm.
    """
    if CARE.search(plain_text) is not None or THANKS_FOR_TELLING.search(plain_text) is not None:
        return True
    kind = sounds_warm(plain_text) or apologies(plain_text) > 0
    return kind and AMENDS.search(plain_text) is not None
