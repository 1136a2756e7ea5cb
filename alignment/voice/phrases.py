"""Word classes and stock phrases that the voice rules listen for, as patterns over plain text (`folding.plain`).

Plain text has lower case, straight quotes, single spaces and no contractions. One idea a line. `either` joins them
into one pattern that neither starts nor ends inside a word.
"""

import re
from collections.abc import Iterable


def either(parts: Iterable[str]) -> re.Pattern[str]:
    """One pattern for any of several, standing free of letters on both sides."""
    return re.compile(r"(?<![\w'])(?:" + "|".join(parts) + r")(?!\w)")


# Word classes, shared by the patterns of greeting, warmth, apology and offer.
YOU = r"(?:you(?! all)|you all|yall)"
WE = r"(?:i|we|all of us|everyone here|(?:our|the) (?:whole )?(?:family|team|crew|staff|girls|folks))"
DEGREE = (
    r"(?:so|very|really|truly|mighty|real|sure|just|right|awful|awfully|ever|always|more than|absolutely|terribly"
    r"|that|most"
    r"|too|darn|beyond|simply|especially|extra|quite|all|only|still|dreadfully|deeply|sincerely|also|well|much|even)"
)
GLAD = (
    r"(?:happy|happier|glad|delighted|pleased|tickled|thrilled|honou?red|proud|prouder|grateful|thankful|excited"
    r"|overjoyed|over the moon|touched|charmed|tickled pink|eager|flattered)"
)
CALL = (
    r"(?:holler|shout|yell|whistle|call|ring|phone|dial|write|text|message|e-?mail|ping|contact|ask|tell|reply|check in"
    r"|reach(?: out)?|get in touch|let (?:me|us) know|stop|come|swing|pop|drop|visit)"
)
FRIEND = (
    r"(?:friends?|hon|honey|honeybun|sugar|sweetie|sweetheart|sweetpea|darlin'?|darling|dear|dearie|dears"
    r"|neighbou?rs?|buddy"
    r"|pal|love|lovely|sunshine|folks|yall)"
)

_INTERJECTION = (
    r"(?:well|why|oo+h|oh|aw|ah|wow|whoa|yay|hooray|no|yes|my|dear|goodness|gracious|heavens|shoot|mercy|honey|sugar"
    r"|now|a"
    r"|and|land sakes|bless you|lordy|lord|a big|big|a warm|warm|a very|very|special)"
)
_HELLO = (
    r"(?:hey|hi|hiya|heya|hello|hullo|howdy|welcome(?= ?[,.!]| -|$| (?:to|in|back|there|friend|yall|home|aboard|and"
    r"|dear|you|one)\b)|g'?day|top of the morning"
    r"|ahoy|yoo[- ]?hoo|hola|aloha|bonjour|ciao|namaste|[a-z-]+-(?:hello|hey|hi)"
    r"|(?:good |happy )?(?:day|morning|mornin'?|afternoon|evening|evenin'?)(?=,|!|\.| -| to you| there| friend| yall"
    r"| and)"
    r"|good (?:day|morning|mornin'?|afternoon|evening|evenin'?)|happy \w+day)"
)
# A hello at the very start, said to a person; a sigh or the customer's name may come before it.
GREETING = re.compile(
    rf"(?:{_INTERJECTION}[,.!]* (?:- )?){{0,4}}(?:[a-z]+, )?(?:{_INTERJECTION}[,.!]* )?{_HELLO}(?![\w-])"
)

_FORM_NOUN = (
    r"(?:patience|inquir\w+|enquir\w+|understanding|cooperation|business|interest|feedback|patronage|correspondence"
    r"|attention|custom|purchase|query|loyalty)"
)
FORMAL_THANKS = rf"(?:contacting|understanding|(?:your|the) (?:\w+ )?{_FORM_NOUN})"

_DONE = r"\w+(?:ed|en|wn|de|nt|ld|pt|ught)"
_TALK = r"(?:inquiry|enquiry|request|ticket|case|query|concern|feedback|correspondence|complaint|message|claim)s?"
_MATTER = (
    r"(?:inquir(?:y|ies)|enquir(?:y|ies)|request|ticket|case|quer(?:y|ies)|concern|feedback|correspondence|complaint"
    r"|message|claim|return|refund|exchange|replacement|cancellation|application)s?"
)
POLICY_SPEAK = either(
    (
        r"as per|per (?:our|the|company|store|your|policy)|pursuant|in (?:accordance|compliance|line) with",
        r"please (?:be (?:advised|aware|informed|reminded)|note|allow us|refer to|find attached)|be advised|note that",
        r"(?<!thank you )(?<!thanks )kindly",
        r"(?:we|i) (?:are|am) (?:currently |presently )?(?:not able|unable) to",
        r"(?:can not|may not|could not) be (?:accommodated|processed|guaranteed|honou?red|accepted|issued|refunded)",
        r"to (?:inform|advise|notify) you|this (?:\w+ )?is to (?:inform|advise|confirm|notify)",
        r"(?:valued|dear|esteemed) (?:customer|client|guest|patron|shopper|sir|madam)s?|to whom it may concern",
        r"the (?:customer|purchaser|buyer|client)|inform (?:customers|the \w+)|owing to|is anticipated"
        r"|in this matter|customers (?:are|must|may|shall)",
        r"terms (?:and|&) conditions|terms of (?:service|sale|use)|subject to|terms apply",
        r"(?<!home )(?<!room )(?<!space )(?<!spot )(?<!place )for your (?:records|information|reference|convenience)",
        # your matter has been noted, returns are accepted provided, a claim must be opened
        rf"{_TALK} (?:has|have) been {_DONE}|your (?:recent |esteemed )(?:inquiry|enquiry|query)",
        rf"{_MATTER} (?:must|may|can only|shall|should) (?:only |not )?be {_DONE}|returns? (?:is"
        rf"|are) (?:not )?permitted",
        rf"(?:must|may not|can only|shall) (?:not )?be (?:{_DONE} )?(?:submitted|directed|accompanied|requested|altered"
        r"|cancell?ed|initiated|lodged|presented|obtained|authori[sz]ed|unopened|unused|retained)",
        r"should be (?:submitted|directed|accompanied|requested|addressed)",
        r"(?:is|are) (?:considered|deemed|instructed|required to|permitted|prohibited|calculated|not guaranteed)",
        r"regarding your|(?:with|in) regards? to|further to|in (?:reference|response|relation) to|with respect to",
        r"at this time(?! of)|at the present time|at your earliest convenience|in due course|going forward",
        r"hereby|herewith|herein|aforementioned|henceforth|thereof|notwithstanding|shall(?! (?:i|we))|prior to"
        r"|utili[sz]e",
        r"(?:do not|never) hesitate|any inconvenience|inconvenience (?:this|that|it) may",
        r"(?:thank you|thanks) for your (?:understanding|cooperation|business|patronage)",
        r"we (?:thank you for|appreciate|value) your (?:\w+ )?(?:patience|understanding|cooperation|business"
        r"|patronage|feedback|loyalty)",
        r"applicable \w+|designated|authori[sz]ed \w+|of receipt|upon receipt|not (?:be held )?(?:liable"
        r"|responsible) for",
        r"in the event (?:of|that)|failure to|reserves? the right|in order to (?:process|proceed)|proof of purchase is",
        r"provided that|submit (?:a |the |your )?(?:form|request|claim|ticket)|(?:a|our) representatives? will",
        r"purposes only|merchandise|voids?|non-?refundable|policy (?:states|is that|requires|dictates|prohibits)",
        r"(?:our|the|company|store) (?:policy|policies|guidelines|procedures?) (?:does not|do not|only|allows?"
        r"|permits?)",
        r"will not be \w+ed|(?:your|for your) continued|to our attention|please (?:find|allow)|original (?:condition"
        r"|packaging)|(?:your|own) expense|beyond our control|in the order (?:it is |they are )?received|refer to",
        r"as (?:stated|outlined|indicated|specified)|our records (?:indicate|show)|rest assured|you will be contacted",
        r"(?:escalated|forwarded) to|business needs|standard (?:procedure|operating)|we strive to",
    )
)

PERSONAL = either((r"you(?:'\w+)?", r"your(?:s|self|selves)?", r"y'?all(?:'\w+)?|ya'll|ya|u|ur", r"youre|youll|youve"))
CONTRACTION = either(
    (
        r"\w+(?:n't|'m|'ll|'re|'ve|'d)",
        r"(?:it|that|what|here|there|where|who|how|let|he|she|this|when|why|everything|something|one)'s",
        r"y'?all(?:'\w+)?|ya'll|'tis|c'mon",
        r"\w+'s (?:\w+ed|a|an|the|in|on|at|made|just|about|been|going|ready|still|back|not|all|right|\$?\d+)",
        r"im|ive|dont|cant|wont|didnt|doesnt|isnt|youre|youll|youve|thats|theyre|theres|wouldnt|couldnt|havent|lets",
    )
)

# Written in capitals by right; anything else in capitals with a vowel is a shout.
_CAPITALS = """
AA AAA AC AI AM APO BBQ BOGO CEO DIY EDT EST ETA EU EVA FAQ FEDEX FPO FSC HOA ID IKEA LED MMS OEKO OK PIN PM PO POS
PST QR ROI RSVP SKU SMS TBA UK UPC UPS URL US USA USB USPS UV XS ZIP
AK AL AR AZ CA CO DE FL GA HI IA IL IN KY LA MA ME MI MO NE OH OR PA RI SC UT VA WA WI
"""
ACRONYMS = frozenset(_CAPITALS.split())
