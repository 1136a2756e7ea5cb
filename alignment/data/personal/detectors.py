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

from alignment.data.personal.hints import Hints, Look
from alignment.data.personal.introduced import find_names
from alignment.data.personal.numbers import (
    find_accounts,
    find_bank_accounts,
    find_hash_numbers,
    find_national_ids,
    find_orders,
    find_phones,
)
from alignment.data.personal.passwords import find_passwords, may_hold_password
from alignment.data.personal.places import find_addresses, may_hold_street
from alignment.data.personal.spelled import (
    find_spelled_digits,
    find_spelled_emails,
    may_hold_spelled_digits,
    may_hold_spelled_mail,
)

Found = tuple[int, int, str]
TYPES = (
    *("name", "email", "phone", "card", "bank_account", "national_id", "address", "order", "account", "password"),
    *("ip", "url"),
)

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
_VALUE = re.compile(r"[?&#;][\w.-]{1,40}=([\w.~%+-]{12,2000})")
_JWT = re.compile(r"\beyJ[\w-]{8,2000}\.[\w-]{4,2000}")
_HEX = re.compile(r"(?=[a-f\d]*[a-f])(?=[a-f\d]*\d)[a-f\d]{16,}", re.IGNORECASE)
_SECRET_STEP = re.compile(
    r"/(?:token|reset|verify|confirm|invite|activate|magic|unsubscribe)/(?=\w*\d)[\w-]{6,200}", re.I
)
_IP4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)", re.IGNORECASE)
_VERSION = re.compile(
    r"\b(?:version|firmware|build|release|section|chapter|clause|software|app|ios|android|windows|update|patch|plugin|driver|ver|rev|v)\b\.?"
    r"(?:\s(?:is|was|number|no|to|from))?[\s:]{0,2}$",
    re.IGNORECASE,
)
_IP6 = re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
_CARD_WORDS = re.compile(
    r"\b(?:card|visa|mastercard|amex|debit|credit|cc|karte|kreditkarte\w*|carte(?: bancaire)?|cb)\b", re.IGNORECASE
)
_CARD_START = re.compile(r"[2-6]")


def find_urls(look: Look, country: str) -> Iterator[Found]:
    """Links that carry a secret or a person: user info, a token in the query, or a code in the path. Others stay."""
    for match in _URL.finditer(look.text):
        link = match[0].rstrip(".,;:!?")
        host = link.split("://")[-1].split("/")[0]
        parts = [*_LONG_STEP.findall(link), *_VALUE.findall(link)]
        coded = any(len(_CHANGE.findall(part)) > 4 or _HEX.fullmatch(part) for part in parts)  # no words, as in a slug
        if "@" in host or coded or any(secret.search(link) for secret in (_SECRET_KEY, _SECRET_STEP, _JWT)):
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


_LOGINS = Hints("user", "login", "benutzer", "identifiant")


def _may_hold_account(look: Look) -> bool:
    return look.digits > 2 or _LOGINS.stand_in(look)


Maybe = Callable[[Look], bool]
Detect = Callable[[Look, str], Iterator[Found]]
DETECTORS: tuple[tuple[str, Maybe, Detect], ...] = (
    ("url", lambda look: "://" in look.lower or "www." in look.lower, find_urls),
    ("email", lambda look: "@" in look.text, find_emails),
    ("email", may_hold_spelled_mail, find_spelled_emails),
    ("ip", lambda look: look.text.count(".") > 2 or look.text.count(":") > 1, find_ips),
    ("bank_account", lambda look: look.digits > 3 or "bic" in look.lower or "swift" in look.lower, find_bank_accounts),
    ("card", lambda look: look.digits > 12, find_cards),
    ("national_id", lambda look: look.digits > 4 or (look.digits == 4 and "pan" in look.lower), find_national_ids),
    ("password", may_hold_password, find_passwords),
    ("order", lambda look: look.digits > 1, find_orders),
    ("account", _may_hold_account, find_accounts),
    ("order", lambda look: look.digits > 3 and "#" in look.text, find_hash_numbers),
    ("phone", lambda look: look.digits > 6, find_phones),
    ("phone", may_hold_spelled_digits, find_spelled_digits),
    ("address", may_hold_street, find_addresses),
    ("name", lambda look: True, find_names),
)
