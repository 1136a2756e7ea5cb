"""Passwords, PINs and access codes: what the words beside a token say is one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alignment.data.personal.hints import Hinted, Hints, Look
from alignment.data.personal.names import words

Found = tuple[int, int, str]

_DIGIT = re.compile(r"\d")
_SECRET = (
    r"passw(?:or)?d|pass?w[or]{1,2}d|pas{2,3}w?oe?rd|passowrd|pssword|pword|pwd|pw|passcode|passphrase"
    r"|pass word|cvv2?|cvc2?|passwort|kennwort|mot de passe|mdp|contrase[ñn]a|wachtwoord|senha|clave(?: de \w{3,9})?"
    r"|parola d['’]ordine|hasło|lösenord|passord|adgangskode|salasana|code d['’]accès|code secret"
    r"|(?:security|access|verification|one[- ]time|login|auth(?:entication)?|unlock|gate|door|safe|alarm|lock ?box"
    r"|entry"
    r"|garage|building|buzzer|keypad|2fa|sicherheits|zugangs|toegangs)-? ?code"
    r"|memorable (?:word|answer)|secret (?:word|answer)|security (?:answer|word)"
    r"|one[- ]time (?:password|passcode)|otp|pin(?:-? ?(?:code|number|no\.?|nummer))?|wi-?fi key"
)
_IS = r"['’]s|\s{0,3}(?:is|was|=|:|to|ist|lautet|est|es|era|è|é|är|er|jest|[-–](?=\s))"
_PASSWORD = Hinted(
    rf"\b(?:{_SECRET})((?:{_IS})\s{{0,3}}(?:now |still |set to |jetzt |ahora |ora )?)"
    r"(?:[\"“„«]([^\"“”„«»\[\n]{3,64})[\"”“»]|[\"'“„«]?\s?([^\s\"'“”\[«»]{3,64}))",
    re.IGNORECASE,
)
_PIN = Hinted(
    r"\b(?:(?:pin|passcode|cvv2?|cvc2?|otp)(?:-? (?:code|number|no\.?))?|(?:security|access|verification|login"
    r"|gate|door) code)"
    r" ?#? ?(\d{3,8})(?![\w.,-]*\d)",
    re.IGNORECASE,
)
_MIXED = r"(?=\S{0,30}\d)(?=\S{0,30}[^\W\d_])"  # a digit and a letter before the next blank
_TOKEN = Hinted(  # "password Xk9-plum-22", without "is"
    r"\b(?:passwords?|passcode|passwort|kennwort|pwd|pw|mdp|contrase[ñn]a|wachtwoord|senha|lösenord"
    rf"|mot de passe)\s[\"'“]?{_MIXED}([^\s\"'“”\[]{{5,64}})",
    re.IGNORECASE,
)
_GIVEN_LATER = Hinted(  # "the password you sent me, Tmp-9917x"
    r"\bpassword [^.?!,:\n\d]{2,30}[,:]\s(?=[^\s\d]{0,30}\d)(?=\S{0,30}[^\W\d_])([^\s\"'“”\[,]{6,64})(?=[\s,.])"
    r"|\bpassword\s(?:[\w'’]+\s){1,4}(?:is|was)\s[\"'“]?(?=[^\s\d]{0,30}\d)(?=\S{0,30}[^\W\d_])([^\s\"'“”\[,]{6,64})"
    r"|\b(?:pass|passphrase)\s?(?:[:=]|is\s(?=\S{0,30}\d))\s?([^\s\"'“”\[,]{4,64})",
    re.IGNORECASE,
)
_CHANGED = Hinted(  # "I changed it to Maple#77", where a password is spoken of
    r"\b(?:chang(?:ed|e|ing)|set|reset|updated?|switched|tr(?:ied|y|ying)|typed?|typing|enter(?:ed|ing)?|us(?:ed?|ing))\s"
    rf"(?:(?:it|that|them|mine|(?:my|the) \w{{4,9}})\s)?(?:back )?(?:(?:to|as|with)\s)?[\"'“]?{_MIXED}"
    r"([^\s\"'“”\[@]{6,64})",
    re.IGNORECASE,
)
_RESET = Hinted(  # "I reset it to Maple$yrup77": of letters, a digit and a sign
    r"\b(?:reset|changed?|set) (?:it|that|mine|both) (?:back )?to [\"'“]?(?=\S{0,30}[!#$%&*^~][^\s.,!?])"
    rf"{_MIXED}(?=[^\W\d_])([^\s\"'“”\[@/]{{7,40}})",
    re.IGNORECASE,
)
_OPENS = Hinted(  # "the code to the side gate is 4471"
    r"\b(?:code|passcode|pin|combo|combination|key ?code) (?:to|for) (?:the |my |our )?(?:\w{2,9} ){0,2}(?:gate|door"
    r"|garage|building|safe|lock ?box|house|alarm|lobby|elevator|unit|apartment|keypad|entrance|complex)"
    r"(?: is| was|:| [-–]) ?#?(\d{3,8})(?![\w.,-]*\d)",
    re.IGNORECASE,
)
_PAIR = Hinted(  # "the login is greta@mail.example / N0rthStar!"
    r"\b(?:credentials?|creds|log-?in|sign-?in)\b[^\n]{0,40}?\s([\w.@+-]{3,64})\s[/|]\s"
    r"(?=\S{0,30}[\d!#$%&*])([^\s\"'“”\[/|]{5,64})",
    re.IGNORECASE,
)
_MORE_TOKENS = re.compile(r",?\s(?:and|or|und|et)\s(?=[^\s\d]{0,30}\d)(?=\S{0,30}[^\W\d_])([^\s\"'“”\[,]{5,64})\b")
_POSTAL_PIN = re.compile(r"pin-? ?(?:code|no\.?|number)?\D{0,6}[1-9]\d{5}(?!\d)", re.IGNORECASE)  # India's post code
_AS_PASSWORD = Hinted(  # "Dixie_1975 as my password"
    r"(?<!\S)[\"'“]?(?=\S{0,40}[\d_!@#$%&*])([^\s\"'“”\[]{4,64})[\"'”]?\s(?:as|is|was) "
    r"(?:my|the|our) (?:password|passcode|pin)\b",
    re.IGNORECASE,
)
_SPOKEN_OF = Hints(
    *("passw", "passcode", "passphrase", "kennwort", "mot de passe", "contrase", "wachtwoord", "senha", "hasło")
)
_HINTS = Hints(
    *("pass", "pasw", "pssw", "pwd", "pw", "pin", "code", "cvv", "cvc", "kennwort", "mdp", "otp", "wifi", "wi-fi"),
    *("contrase", "wachtwoord", "senha", "clave", "hasło", "lösenord", "adgangskode", "salasana", "parola d"),
    *("credential", "creds", "login", "log-in", "signin", "sign-in", " combo", " combination "),
    *(
        "memorable ",
        "secret ",
        "security answer",
        "security word",
        "reset it to ",
        "changed it to ",
        "set it to ",
        "change it to ",
    ),
)
_SIGN = re.compile(r"[!#$%&*_+^~]")
_STRONG = re.compile(r"[!#$%&*_+^~]|(?-i:[A-Z])")
_ORDINARY = re.compile(r"[^\W\d_A-ZÄÖÜ]+(?:[-'][^\W\d_]+)?|[A-ZÀ-Ü][^\W\d_A-Z]+")
# Words that follow "password is" without being one.
_ABOUT_PASSWORD = frozenset(
    words(
        """
a about accepted actually again always an any asked being blank broken case-sensitive changed compromised
correct different done easy empty even expired fine for forgotten getting gone good hidden in incorrect invalid
it just locked long lost me missing my needed never new no not of off old ok okay on our out please protected
rejected required requested reset right safe saved secret secure sent short so still strong supposed temporary
that the there this too unknown unsafe very weak what where working wrong your you log login sign enter access
use change recover be get open see have make set try update view do
falsch richtig ungültig abgelaufen vergessen weg nicht das mein zu kurz erforderlich noch gesperrt
incorrecte erroné perdu oublié invalide le la mon votre pas trop expiré obligatoire nécessaire requis
incorrecta incorrecto caducada olvidada errata sbagliata scaduta dimenticata verkeerd onjuist verlopen vergeten
incorreta errada expirada inválida válida obligatoria obbligatoria segura sicura correcta corretta sigue muy non
"""
    )
)


def find_passwords(look: Look, country: str) -> Iterator[Found]:
    """What follows "password is", "PIN:" and the like, unless it is a word about passwords."""
    text = look.text
    for pattern in (_PIN, _TOKEN, _AS_PASSWORD, _RESET, _OPENS):
        for match in pattern.finditer(look):
            if country == "IN" and _POSTAL_PIN.match(match[0]):
                continue
            end = match.start(1) + len(match[1].rstrip(".,;?)"))
            yield match.start(1), end, "password"
            if more := _MORE_TOKENS.match(text, end):
                yield more.start(1), more.end(1), "password"
    yield from _told(look)
    for match in _PASSWORD.finditer(look):
        start = match.start(2 if match[2] else 3)
        value = text[start : match.end()].rstrip(".,;?)" if not match[2] else '.,;?)"”“»')
        if _is_password(text, match, start, value) and not (country == "IN" and _POSTAL_PIN.match(match[0])):
            yield start, start + len(value), "password"


def _told(look: Look) -> Iterator[Found]:
    """Tokens that no "is" leads to: changed to, beside a user name, after a comma."""
    for match in _PAIR.finditer(look):
        value = match[2].rstrip(".,;?)")
        if "@" in match[1] or _STRONG.search(value):
            yield match.start(2), match.start(2) + len(value), "password"
    if _SPOKEN_OF.stand_in(look):
        for match in _CHANGED.finditer(look):
            value = match[1].rstrip(".,;?)")
            led = " to " in look.text[match.start() : match.start(1)].lower()
            if _SIGN.search(value) or (led and _STRONG.search(value)):
                yield match.start(1), match.start(1) + len(value), "password"
    for match in _GIVEN_LATER.finditer(look):
        start, value = match.start(match.lastindex or 0), match[match.lastindex or 0].rstrip(".,;?)")
        if not _ORDINARY.fullmatch(value):
            yield start, start + len(value), "password"


def _is_password(text: str, match: re.Match[str], start: int, value: str) -> bool:
    """Whether what `_PASSWORD` found is none of the words that are said about passwords."""
    name = match[0].lower()
    if len(value) < 3 or value.lower() in _ABOUT_PASSWORD:
        return False
    if ("code" in name[:24] or name.startswith(("pin", "cv", "otp", "clave"))) and not _DIGIT.search(value):
        return False
    if not _ORDINARY.fullmatch(value) or ":" in match[1] or "=" in match[1]:
        return True
    if match[1].strip() in ("to", "-", "–", "er"):
        return False
    return bool(match[2]) or start + len(value) >= len(text.rstrip(" .!"))


def may_hold_password(look: Look) -> bool:
    """Whether a word for passwords, or the beginning of one, stands in the text."""
    return _HINTS.stand_in(look)
