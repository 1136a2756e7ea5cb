"""What a customer's short reply is, by what the agent asked for before: a name, a number, a password."""

from __future__ import annotations

import re

from alignment.data.personal.names import COMMON, FAMILY, GIVEN, NOT_NAMES, ORDINARY, SHARED_NAMES

Found = tuple[int, int, str]

_NUMBER = r"(?:number|numbers|id|no\b|#|nummer|numéro|número|numero|code|reference)"
# What is asked for, and the type of the answer; of several in one question, the last.
_ASKED = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (
            rf"\b(?:account|customer|member(?:ship)?|loyalty|client|policy) {_NUMBER}|\b(?:which|what) account\b",
            "account",
        ),
        (r"\b(?:kunden|mitglieds|vertrags)-?nummer|\bnuméro (?:de )?(?:client|compte)|\bklantnummer", "account"),
        (r"\b(?:pin|passcode|password|security code|access code|passwort|mot de passe|contraseña)\b", "password"),
        (
            rf"\b(?:order|tracking|confirmation|booking|invoice|ticket|case|reference|reservation) {_NUMBER}"
            rf"|\b(?:which|what) order\b"
            rf"|\b{_NUMBER} (?:on|of|for) (?:the|your|that) (?:order|booking|invoice|ticket)\b",
            "order",
        ),
        (r"\b(?:bestell|auftrags|sendungs)-?nummer|\bbestelnummer|\bnúmero de pedido|\bnuméro de commande", "order"),
        (
            r"\b(?:phone|mobile|cell|telephone|telefonnummer|handynummer|teléfono|téléphone|call ?back number)\b",
            "phone",
        ),
        (r"\b(?:social security|ssn|national insurance|passport|tax id|licen[cs]e number|id number)\b", "national_id"),
        (r"\b(?:routing|bank account|sort code|iban)\b", "bank_account"),
    )
)
_SO = r"[^\w\[]{0,3}(?:(?:it['’]?s|it is|that['’]?s|sure|yes|yeah|yep|ok|okay|here|ja|oui|c['’]est|es ist)\W{1,3}){0,3}"
_NUMBER_GIVEN = re.compile(
    rf"{_SO}((?=[A-Z #-]{{0,8}}\d)#?[A-Z]{{0,4}}-?\d[\d -]{{2,20}}\d|(?=[A-Z-]{{0,9}}\d)[A-Z0-9][A-Z0-9-]{{3,24}})"
    r"(?:,? (?:i think|i believe|please|thanks|thank you|pls|thx))?\W{0,3}",
    re.IGNORECASE,
)
_SECRET_GIVEN = re.compile(rf"{_SO}[\"'“]?(\S{{4,40}}?)[\"'”]?[.,]?\s{{0,3}}", re.IGNORECASE)
_SECRET = re.compile(r"[\d!#$%&*_+^~@]")
_ASKS_NAME = re.compile(
    r"\b(?:your|the|full|last|first) (?:full |first |last )?name\b(?! of the (?:product|item|store|shop|model|company))"
    r"|\bname (?:please|on|for|under)\b|\bwho am i (?:speaking|talking|chatting)\b|\bwho['’]?s (?:calling|speaking)\b"
    r"|\b(?:votre|ihr(?:en)?|dein(?:en)?|su|tu|uw) (?:nom|namen?|nombre|naam)\b",
    re.IGNORECASE,
)
_NAME_GIVEN = re.compile(rf"{_SO}([^\W\d_][\w'’-]{{1,20}}(?: [^\W\d_][\w'’-]{{1,20}}){{0,2}})\W{{0,3}}", re.IGNORECASE)
LONGEST = 160  # characters: no form of answer is longer
_SPEAKERS = "customer|client|caller|user|guest|buyer|visitor|kunde|kundin|cliente|klant"
_AGENTS = "agent|rep|representative|support|advisor|assistant|operator|conseiller|conseillère|mitarbeiter|agente"
_HEAD = re.compile(rf"[^\S\n](?=(?:{_SPEAKERS}|{_AGENTS})\s?:\s)", re.IGNORECASE)
_TURN = re.compile(  # an agent's line, and the customer's after it
    rf"^([^\n]{{1,400}})\n(?=[^\S\n]*(?:{_SPEAKERS})\s?:)[^:\n]*:[^\S\n]*([^\n]{{1,120}})$",
    re.IGNORECASE | re.MULTILINE,
)


def answers_inside(text: str) -> list[Found]:
    """What the customer's lines of a transcript answer to the line before."""
    lines = _HEAD.sub("\n", text)  # of the same length: speakers may follow one another in one line
    return [
        (start + turn.start(2), end + turn.start(2), kind)
        for turn in _TURN.finditer(lines)
        for start, end, kind in answer(turn[1], turn[2])
    ]


def answer(question: str, text: str) -> list[Found]:
    """A name, a number or a password that is the whole answer to a question for it."""
    if len(text) > LONGEST:
        return []
    name, number, secret = (form.fullmatch(text) for form in (_NAME_GIVEN, _NUMBER_GIVEN, _SECRET_GIVEN))
    if name and _ASKS_NAME.search(question) and _may_be_name(name[1]):
        return [(name.start(1), name.end(1), "name")]
    if not (number or secret):
        return []  # few replies are so short: the questions are looked at after them
    asked = [(match.end(), kind) for pattern, kind in _ASKED for match in pattern.finditer(question)]
    kind = max(asked)[1] if asked else None
    given = number if kind else None
    if given is None and kind == "password" and secret and _SECRET.search(secret[1]):
        given = secret
    return [] if given is None or kind is None else [(given.start(1), given.end(1), kind)]


def _may_be_name(value: str) -> bool:
    """Whether no word of it is one that begins sentences, nor an ordinary one in small letters."""
    parts = value.split()
    for word in parts:
        low = word.lower()
        known = low in GIVEN or low in FAMILY or low in SHARED_NAMES
        if low in NOT_NAMES or (not known and (low in COMMON or (word.islower() and low in ORDINARY))):
            return False
    return True
