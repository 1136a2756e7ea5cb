"""Detectors of personal data. Each yields (start, end, type); `DETECTORS` lists them, the surest first.

A detector runs only where its cheap look at the text says that something may be there. Numbers count as personal
only by their form with a checksum or separators (cards, IBANs, phones, social security numbers) or by words beside
them ("order", "account", "password"); a bare number is left alone.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator

from stdnum import luhn

from alignment.data.detectors_names import find_names
from alignment.data.detectors_numbers import (
    find_accounts,
    find_bank_accounts,
    find_hash_numbers,
    find_national_ids,
    find_orders,
    find_phones,
)
from alignment.data.detectors_places import find_addresses, may_hold_street
from alignment.data.detectors_spelled import (
    find_spelled_digits,
    find_spelled_emails,
    may_hold_spelled_digits,
    may_hold_spelled_mail,
)
from alignment.data.hints import Hinted, Look, has
from alignment.data.names import words

Found = tuple[int, int, str]
TYPES = (
    *("name", "email", "phone", "card", "bank_account", "national_id", "address", "order", "account", "password"),
    *("ip", "url"),
)

_DIGIT = re.compile(r"\d")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,6}[^\W\d_]{2,24}\b")
_URL = re.compile(r"\b(?:https?://|ftp://|www\.)[^\s<>\"')\]]{3,2000}", re.IGNORECASE)
_SECRET_KEY = re.compile(
    r"[?&#;](?:[\w-]{0,30}[_-])?(?:token|key|apikey|sig|signature|session|sessionid|sid|auth|code|session_?id|otp"
    r"|password"
    r"|pwd|pass|"
    r"secret|hash|email|user|uid|account|order|jwt|access_token|ticket|invite|nonce|magic|reset)=[^&\s]+",
    re.IGNORECASE,
)
_LONG_STEP = re.compile(r"/([\w-]{16,200})(?=[/?#]|$)")
_CHANGE = re.compile(r"(?<=[a-z])[\d]|(?<=[A-Z])[a-z]{0,2}\d|(?<=\d)[A-Za-z]|(?<=[a-z])[A-Z]")
_SECRET_STEP = re.compile(
    r"/(?:token|reset|verify|confirm|invite|activate|magic|unsubscribe)/(?=\w*\d)[\w-]{6,200}", re.I
)
_IP4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)", re.IGNORECASE)
_VERSION = re.compile(
    r"\b(?:version|firmware|build|release|section|chapter|clause|software|driver|ver|rev|v)\b\.?"
    r"(?:\s(?:is|was|number|no|to|from))?[\s:]{0,2}$",
    re.IGNORECASE,
)
_IP6 = re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
_CARD_WORDS = re.compile(
    r"\b(?:card|visa|mastercard|amex|debit|credit|cc|karte|kreditkarte\w*|carte(?: bancaire)?|cb)\b", re.IGNORECASE
)
_CARD_START = re.compile(r"[2-6]")
_SECRET = (
    r"passw(?:or)?d|pass?w[or]{1,2}d|pas{2,3}w?oe?rd|passowrd|pssword|pword|pwd|pw|passcode|passphrase"
    r"|pass word|cvv2?|cvc2?|passwort|kennwort|mot de passe|mdp|contraseña"
    r"|(?:security|access|verification|one[- ]time|login|auth(?:entication)?|unlock|gate|door|safe|alarm|lock ?box"
    r"|entry"
    r"|garage|building|buzzer|keypad|2fa|sicherheits)-? ?code"
    r"|one[- ]time (?:password|passcode)|otp|pin(?:-? ?(?:code|number|no\.?|nummer))?|wi-?fi key"
)
_PASSWORD = Hinted(
    rf"\b(?:{_SECRET})((?:['’]s|\s{{0,3}}(?:is|was|=|:|to|ist|lautet|est))\s{{0,3}}(?:now |still |set to |jetzt )?)"
    r"[\"'“„«]?\s?([^\s\"'“”\[«»]{3,64})",
    re.IGNORECASE,
)
_PIN = Hinted(
    r"\b(?:(?:pin|passcode|cvv2?|cvc2?|otp)(?:-? (?:code|number|no\.?))?|(?:security|access|verification|login"
    r"|gate|door) code)"
    r" ?#? ?(\d{3,8})(?![\w.,-]*\d)",
    re.IGNORECASE,
)
_TOKEN = Hinted(  # "password Xk9-plum-22", without "is"
    r"\b(?:passwords?|passcode|passwort|kennwort|pwd|pw|mdp|contraseña"
    r"|mot de passe)\s[\"'“]?(?=\S{0,30}\d)(?=\S{0,30}[^\W\d_])([^\s\"'“”\[]{5,64})",
    re.IGNORECASE,
)
_GIVEN_LATER = Hinted(  # "the password you sent me, Tmp-9917x"
    r"\bpassword [^.?!,:\n\d]{2,30}[,:]\s(?=[^\s\d]{0,30}\d)(?=\S{0,30}[^\W\d_])([^\s\"'“”\[,]{6,64})(?=[\s,.])"
    r"|\b(?:pass|passphrase)\s?(?:[:=]|is\s(?=\S{0,30}\d))\s?([^\s\"'“”\[,]{4,64})",
    re.IGNORECASE,
)
_MORE_TOKENS = re.compile(r",?\s(?:and|or|und|et)\s(?=[^\s\d]{0,30}\d)(?=\S{0,30}[^\W\d_])([^\s\"'“”\[,]{5,64})\b")
_POSTAL_PIN = re.compile(r"pin-? ?(?:code|no\.?|number)?\D{0,6}[1-9]\d{5}(?!\d)", re.IGNORECASE)  # India's post code
_AS_PASSWORD = Hinted(  # "Dixie_1975 as my password"
    r"(?<!\S)[\"'“]?(?=\S{0,40}[\d_!@#$%&*])([^\s\"'“”\[]{4,64})[\"'”]?\s(?:as|is|was) "
    r"(?:my|the|our) (?:password|passcode|pin)\b",
    re.IGNORECASE,
)
_PASSWORD_HINTS = (
    "pass",
    "pasw",
    "pssw",
    "pwd",
    "pw",
    "pin",
    "code",
    "cvv",
    "cvc",
    "kennwort",
    "mdp",
    "otp",
    "wifi",
    "wi-fi",
    "contrase",
)
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
"""
    )
)


def find_urls(look: Look, country: str) -> Iterator[Found]:
    """Links that carry a secret or a person: user info, a token in the query, or a code in the path. Others stay."""
    for match in _URL.finditer(look.text):
        link = match[0].rstrip(".,;:!?")
        host = link.split("://")[-1].split("/")[0]
        coded = any(len(_CHANGE.findall(step)) > 4 for step in _LONG_STEP.findall(link))  # no words, as in a slug
        if "@" in host or coded or _SECRET_KEY.search(link) or _SECRET_STEP.search(link):
            yield match.start(), match.start() + len(link), "url"


def find_emails(look: Look, country: str) -> Iterator[Found]:
    """E-mail addresses."""
    for match in _EMAIL.finditer(look.text):
        yield match.start(), match.end(), "email"


def find_ips(look: Look, country: str) -> Iterator[Found]:
    """IPv4 and IPv6 addresses that exist."""
    for pattern in (_IP4, _IP6):
        for match in pattern.finditer(look.text):
            value = match[0]
            try:
                ipaddress.ip_address(value)
            except ValueError:
                continue
            if len(value) > 4 and not _VERSION.search(look.text[max(0, match.start() - 24) : match.start()]):
                yield match.start(), match.end(), "ip"


def find_cards(look: Look, country: str) -> Iterator[Found]:
    """13 to 19 digits that pass the Luhn check, or that a word such as "card" stands before."""
    text = look.text
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        named = _CARD_WORDS.search(text[max(0, match.start() - 32) : match.start()])
        if (_CARD_START.match(digits) and luhn.is_valid(digits)) or named:
            yield match.start(), match.end(), "card"


def find_passwords(look: Look, country: str) -> Iterator[Found]:
    """What follows "password is", "PIN:" and the like, unless it is a word about passwords."""
    text = look.text
    for pattern in (_PIN, _TOKEN, _AS_PASSWORD):
        for match in pattern.finditer(look):
            if country == "IN" and _POSTAL_PIN.match(match[0]):
                continue
            end = match.start(1) + len(match[1].rstrip(".,;?)"))
            yield match.start(1), end, "password"
            if more := _MORE_TOKENS.match(text, end):
                yield more.start(1), more.end(1), "password"
    for match in _GIVEN_LATER.finditer(look):
        start, value = match.start(match.lastindex or 0), match[match.lastindex or 0].rstrip(".,;?)")
        if not _ORDINARY.fullmatch(value):
            yield start, start + len(value), "password"
    for match in _PASSWORD.finditer(look):
        value = match[2].rstrip(".,;?)")
        name = match[0].lower()
        coded = "code" in name[:24] or name.startswith(("pin", "cv", "otp"))
        explicit = ":" in match[1] or "=" in match[1]
        postal = country == "IN" and _POSTAL_PIN.match(match[0])
        if len(value) < 3 or value.lower() in _ABOUT_PASSWORD or postal:
            continue
        if coded and not _DIGIT.search(value):
            continue
        if match[1].strip() == "to" and _ORDINARY.fullmatch(value):
            continue
        if explicit or not _ORDINARY.fullmatch(value) or match.start(2) + len(value) >= len(text.rstrip(" .!")):
            yield match.start(2), match.start(2) + len(value), "password"


def _may_hold_password(look: Look) -> bool:
    return has(look.lower, _PASSWORD_HINTS)


def _may_hold_account(look: Look) -> bool:
    return look.digits > 2 or has(look.lower, ("user", "login", "benutzer", "identifiant"))


Maybe = Callable[[Look], bool]
Detect = Callable[[Look, str], Iterator[Found]]
DETECTORS: tuple[tuple[str, Maybe, Detect], ...] = (
    ("url", lambda look: "://" in look.lower or "www." in look.lower, find_urls),
    ("email", lambda look: "@" in look.text, find_emails),
    ("email", may_hold_spelled_mail, find_spelled_emails),
    ("ip", lambda look: look.text.count(".") > 2 or look.text.count(":") > 1, find_ips),
    ("bank_account", lambda look: look.digits > 3 or "bic" in look.lower or "swift" in look.lower, find_bank_accounts),
    ("card", lambda look: look.digits > 12, find_cards),
    ("national_id", lambda look: look.digits > 4, find_national_ids),
    ("password", _may_hold_password, find_passwords),
    ("order", lambda look: look.digits > 1, find_orders),
    ("account", _may_hold_account, find_accounts),
    ("order", lambda look: look.digits > 3 and "#" in look.text, find_hash_numbers),
    ("phone", lambda look: look.digits > 6, find_phones),
    ("phone", may_hold_spelled_digits, find_spelled_digits),
    ("address", may_hold_street, find_addresses),
    ("name", lambda look: True, find_names),
)
