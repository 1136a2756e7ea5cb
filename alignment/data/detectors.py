"""Detectors of personal data. Each yields (start, end, type); `DETECTORS` lists them, the surest first.

A detector runs only where its cheap look at the text says that something may be there. Numbers count as personal
only by their form with a checksum or separators (cards, IBANs, phones, social security numbers) or by words beside
them ("order", "account", "password"); a bare number is left alone.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import phonenumbers
from stdnum import iban, luhn

from alignment.data.detectors_names import find_names
from alignment.data.names import words
from alignment.data.national import NATIONAL_IDS

Found = tuple[int, int, str]
TYPES = (
    "name",
    "email",
    "phone",
    "card",
    "bank_account",
    "national_id",
    "address",
    "order",
    "account",
    "password",
    "ip",
    "url",
)

_DIGIT = re.compile(r"\d")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,6}[^\W\d_]{2,24}\b")
_URL = re.compile(r"\b(?:https?://|ftp://|www\.)[^\s<>\"')\]]{3,2000}", re.IGNORECASE)
_SECRET_KEY = re.compile(
    r"[?&#;](?:[\w-]{0,30}[_-])?(?:token|key|apikey|sig|signature|session|sessionid|sid|auth|code|otp|password|pwd|pass|"
    r"secret|hash|email|user|uid|account|order|jwt|access_token)=[^&\s]+",
    re.IGNORECASE,
)
_SECRET_PATH = re.compile(r"/(?=[\w-]{0,200}\d)(?=[\w-]{0,200}[A-Za-z])[\w-]{20,200}(?=[/?#]|$)")
_IP4 = re.compile(r"(?<![\w.])(?<!version )(?<!firmware )(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)", re.IGNORECASE)
_IP6 = re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
_CARD_WORDS = re.compile(r"\b(?:card|visa|mastercard|amex|debit|credit|cc)\b", re.IGNORECASE)
_CARD_START = re.compile(r"[2-6]")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b", re.IGNORECASE)
_MARK = r"(?:\s{0,3}(?:number|numbers|num|no|nr|id|code|#)\b\.?|\s{0,3}#)"
_IS = r"(?:\s{0,3}(?:is|was|are|:|=|-|–|\())?\s{0,3}[\"'#]?\s?"
_BANK = re.compile(
    rf"\b(?:bank(?:ing)? (?:account|acct)|checking(?: account)?|savings(?: account)?|routing|sort code|aba)"
    rf"{_MARK}?(?:\s(?:ending|ends) in)?{_IS}(\d[\d -]{{4,20}}\d)(?!\w)",
    re.IGNORECASE,
)
_ORDER = re.compile(
    rf"\b(order|tracking|confirmation|invoice|ticket|case|reference|ref|booking|reservation|receipt|return|rma|po)"
    rf"({_MARK}?)({_IS})((?=[A-Z-]{{0,12}}\d)[A-Z0-9](?:[A-Z0-9]|-(?=[A-Z0-9])){{2,29}})(?![\w%])(?!\.\d)",
    re.IGNORECASE,
)
_HASH_NUMBER = re.compile(r"(?<![\w&#])#\s?([A-Z]{0,4}-?\d{4,15}(?:-\d{1,8})?)\b", re.IGNORECASE)
_QUANTITY = re.compile(
    r"\s{0,2}(?:units?|pieces?|pcs|items?|of|sets?|boxes|more|dollars|bucks|usd|credits|inch(?:es)?"
    r"|ft|feet|lbs?|%|to zip)\b",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    rf"\b(account|acct|customer|member(?:ship)?|loyalty|rewards?|client|policy|user|subscriber|patient|employee)"
    rf"({_MARK}?)({_IS})((?=[A-Z-]{{0,12}}\d)[A-Z0-9](?:[A-Z0-9]|-(?=[A-Z0-9])){{3,29}})(?![\w%])(?!\.\d)",
    re.IGNORECASE,
)
_PASSWORD = re.compile(
    r"\b(?:password|passwd|pwd|passcode|passphrase|pass word|security code|access code|cvv|cvc"
    r"|pin(?: ?(?:code|number|no\.?))?)"
    r"(\s{0,3}(?:is|was|=|:|to)\s{0,3}(?:now |still |set to )?)[\"'“]?([^\s\"'“”\[]{3,64})",
    re.IGNORECASE,
)
_PIN = re.compile(r"\b(?:pin|passcode|cvv|cvc)(?: (?:code|number|no\.?))? ?#? ?(\d{3,8})(?![\w.,-]*\d)", re.IGNORECASE)
_PASSWORD_HINTS = ("pass", "pwd", "pin", "code", "cvv", "cvc")
_ORDINARY = re.compile(r"[a-z]+(?:[-'][a-z]+)?|[A-Z][a-z]+")
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
"""
    )
)
_NANP = re.compile(
    r"(?<![\w$€£#.,-])(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.-])\d{3}[\s.-]\d{4}(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?(?![\w-]|[.,]\d)",
    re.IGNORECASE,
)
_LOCAL = re.compile(r"(?<![\w$€£#.,-])(?:555[-. ]\d{4}|[2-9]\d{2}-\d{4})(?![\w-]|[.,]\d)")
_PHONE_WORDS = re.compile(
    r"\b(?:call|phone|text|tel|telephone|mobile|cell|fax|reach|ring|dial|whatsapp|sms|contact|number)\b", re.IGNORECASE
)
_MAYBE_PHONE = re.compile(r"(?<![\w$€£#.,-])(?:\+|\(|\d)\d[\d\s().\-/]{5,18}\d(?![\w-]|[.,]\d)")
_BARE_PHONE = re.compile(r"1?[2-9]\d{9}")
_SURE = "street|avenue|ave|road|rd|boulevard|blvd|lane|ln"
_UNSURE = "st|drive|dr|court|ct|place|pl|way|circle|cir|terrace|ter|parkway|pkwy|highway|hwy|trail"
_UNSURE += "|trl|square|sq|loop|row|alley|pike"
_UNIT = r"(?:,?\s{1,2}(?:apt|apartment|unit|suite|ste|floor|fl|#)\.?\s?#?\s?[A-Z]?\d{0,5}[A-Z]?\b)?"
_STREET = re.compile(
    rf"(?<![\w$#.,-])\d{{1,6}}[A-Z]?\s(?:(?:N|S|E|W|NE|NW|SE|SW)\.?\s)?((?:[^\W_][\w'’.-]{{0,24}}\s){{1,4}}?)"
    rf"({_SURE}|{_UNSURE})\b\.?(?:\s(?:N|S|E|W|NE|NW|SE|SW)\b)?{_UNIT}",
    re.IGNORECASE,
)
_PO_BOX = re.compile(r"\bP\.?\s?O\.?\s?Box\s#?\d{1,7}\b", re.IGNORECASE)
_STREET_HINT = re.compile(rf"\b(?:{_SURE}|{_UNSURE}|box)\b", re.IGNORECASE)
_NOT_IN_STREET = frozenset(
    words(
        """
a an and are at away back by day days down each for from get go floor floors hours in inches into is it items
km left miles min mins minutes more no of off on only or our out over pm am people pieces room rooms right so
than that the their then to turn up was way ways week weeks with you your side bedroom bedrooms bed bath
"""
    )
)


def _last_digits(text: str, start: int, length: int = 32) -> str:
    return text[max(0, start - length) : start]


def find_urls(text: str, country: str) -> Iterator[Found]:
    """Links that carry a secret or a person: user info, a token in the query, or a long code in the path."""
    for match in _URL.finditer(text):
        link = match[0].rstrip(".,;:!?")
        host = link.split("://")[-1].split("/")[0]
        if "@" in host or _SECRET_KEY.search(link) or _SECRET_PATH.search(link):
            yield match.start(), match.start() + len(link), "url"


def find_emails(text: str, country: str) -> Iterator[Found]:
    """E-mail addresses."""
    for match in _EMAIL.finditer(text):
        yield match.start(), match.end(), "email"


def find_ips(text: str, country: str) -> Iterator[Found]:
    """IPv4 and IPv6 addresses that exist."""
    for pattern in (_IP4, _IP6):
        for match in pattern.finditer(text):
            value = match[0]
            try:
                ipaddress.ip_address(value)
            except ValueError:
                continue
            if len(value) > 4:
                yield match.start(), match.end(), "ip"


def find_cards(text: str, country: str) -> Iterator[Found]:
    """13 to 19 digits that pass the Luhn check, or that a word such as "card" stands before."""
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        named = _CARD_WORDS.search(_last_digits(text, match.start()))
        if (_CARD_START.match(digits) and luhn.is_valid(digits)) or named:
            yield match.start(), match.end(), "card"


def find_bank_accounts(text: str, country: str) -> Iterator[Found]:
    """Valid IBANs, and numbers named as bank account, routing number or sort code."""
    for match in _IBAN.finditer(text):
        value = match[0]
        while value:  # the pattern may have taken the next word with it
            if iban.is_valid(value):
                yield match.start(), match.start() + len(value), "bank_account"
                break
            value = value[: value.rfind(" ")] if " " in value else ""
    for match in _BANK.finditer(text):
        yield match.start(1), match.end(1), "bank_account"


def find_national_ids(text: str, country: str) -> Iterator[Found]:
    """Social security and other national numbers of `country`."""
    for pattern, group, valid in NATIONAL_IDS.get(country, ()):
        for match in pattern.finditer(text):
            if valid(match[group]):
                yield match.start(group), match.end(group), "national_id"


def find_passwords(text: str, country: str) -> Iterator[Found]:
    """What follows "password is", "PIN:" and the like, unless it is a word about passwords."""
    for match in _PIN.finditer(text):
        yield match.start(1), match.end(1), "password"
    for match in _PASSWORD.finditer(text):
        value = match[2].rstrip(".,;?)")
        name = match[0].lower()
        digits_only = name.startswith(("pin", "cv", "sec", "acc"))
        explicit = ":" in match[1] or "=" in match[1]
        if len(value) < 3 or value.lower() in _ABOUT_PASSWORD:
            continue
        if digits_only and not _DIGIT.search(value):
            continue
        if match[1].strip() == "to" and _ORDINARY.fullmatch(value):
            continue
        if explicit or not _ORDINARY.fullmatch(value) or match.start(2) + len(value) >= len(text.rstrip(" .!")):
            yield match.start(2), match.start(2) + len(value), "password"


def _numbered(pattern: re.Pattern[str], kind: str, bare: int, text: str) -> Iterator[Found]:
    """Numbers named by a word before them; without "number" or "#", digits alone need `bare` of them."""
    for match in pattern.finditer(text):
        value = match[4]
        digits = sum(c.isdigit() for c in value)
        explicit = bool(match[2].strip()) or any(c in match[3] for c in ":=#")
        needed = 3 if explicit else (bare if value.isdigit() else 4)
        if digits < needed or (value.isdigit() and _QUANTITY.match(text, match.end(4))):
            continue
        if not explicit and re.fullmatch(r"(?:19|20)\d\d(?:-\d\d?(?:-\d\d?)?)?|\d+-[a-z]+", value, re.IGNORECASE):
            continue  # a date, or "3-pack"
        yield match.start(4), match.end(4), kind


def find_orders(text: str, country: str) -> Iterator[Found]:
    """Order, tracking, invoice and ticket numbers: named, or "#" before four digits or more."""
    yield from _numbered(_ORDER, "order", 5, text)
    for match in _HASH_NUMBER.finditer(text):
        yield match.start(1), match.end(1), "order"


def find_accounts(text: str, country: str) -> Iterator[Found]:
    """Customer, member and account numbers, named as such."""
    yield from _numbered(_ACCOUNT, "account", 6, text)


def find_phones(text: str, country: str) -> Iterator[Found]:
    """Phone numbers: in the American form with separators, or valid in `country` or after "+" (phonenumbers)."""
    for match in _NANP.finditer(text):
        yield match.start(), match.end(), "phone"
    for match in _LOCAL.finditer(text):
        if match[0].startswith("555") or _PHONE_WORDS.search(_last_digits(text, match.start())):
            yield match.start(), match.end(), "phone"
    for match in _MAYBE_PHONE.finditer(text):
        value = match[0]
        if value[0] != "+" and country in ("US", "CA"):
            named = _PHONE_WORDS.search(_last_digits(text, match.start()))
            if not (_BARE_PHONE.fullmatch(value) and named):
                continue
            yield match.start(), match.end(), "phone"
        else:
            leniency = phonenumbers.Leniency.VALID
            for found in phonenumbers.PhoneNumberMatcher(value, country, leniency=leniency, max_tries=3):
                yield match.start() + found.start, match.start() + found.end, "phone"


def find_addresses(text: str, country: str) -> Iterator[Found]:
    """House number and street, with apartment or suite, and post-office boxes. City, state and zip code stay."""
    for match in _PO_BOX.finditer(text):
        yield match.start(), match.end(), "address"
    for match in _STREET.finditer(text):
        words = match[1].split()
        if any(word.lower() in _NOT_IN_STREET for word in words):
            continue
        capital = all(word[0].isupper() or word[0].isdigit() for word in words) and match[2][0].isupper()
        if capital or match[2].lower() in _SURE.split("|"):
            yield match.start(), match.end(), "address"


@dataclass(frozen=True, slots=True)
class Look:
    """What a cheap look at a text shows, taken once for all detectors."""

    text: str
    lower: str
    digits: int

    @classmethod
    def at(cls, text: str) -> Look:
        """The look at `text`."""
        digits = sum(map(text.count, "0123456789")) if _DIGIT.search(text) else 0
        return cls(text, text.lower(), digits)


def _may_hold_street(look: Look) -> bool:
    return look.digits > 0 and _STREET_HINT.search(look.text) is not None


def _may_hold_password(look: Look) -> bool:
    return any(hint in look.lower for hint in _PASSWORD_HINTS)


Maybe = Callable[[Look], bool]
Detect = Callable[[str, str], Iterator[Found]]
DETECTORS: tuple[tuple[str, Maybe, Detect], ...] = (
    ("url", lambda look: "://" in look.lower or "www." in look.lower, find_urls),
    ("email", lambda look: "@" in look.text, find_emails),
    ("ip", lambda look: look.text.count(".") > 2 or look.text.count(":") > 1, find_ips),
    ("bank_account", lambda look: look.digits > 3, find_bank_accounts),
    ("card", lambda look: look.digits > 12, find_cards),
    ("national_id", lambda look: look.digits > 4, find_national_ids),
    ("password", _may_hold_password, find_passwords),
    ("order", lambda look: look.digits > 2, find_orders),
    ("account", lambda look: look.digits > 2, find_accounts),
    ("phone", lambda look: look.digits > 6, find_phones),
    ("address", _may_hold_street, find_addresses),
    ("name", lambda look: True, find_names),
)
