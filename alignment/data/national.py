"""National identity numbers by country: a pattern, the group that holds the number, and a check (python-stdnum)."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable

from alignment.data.hints import Hinted

Check = tuple[Hinted, int, Callable[[str], bool]]
_NAMED = (
    r"(?:social(?: security)?|ssn|soc sec|tax ?id|itin|tin|national id|id)(?: (?:number|no\.?|#))?(?: is|:|="
    r"|#)?\s?#?\s?"
)
# Named as a person's number, in any country: passport, licence, insurance and tax numbers.
NAMED = Hinted(
    r"\b(?:(?:national insurance|ni|nino|nhs|passport|driver'?s licen[cs]e|driving licen[cs]e|licen[cs]e"
    r"|medicare|medicaid"
    r"|social security|social insurance|ssn|sin|tax(?:payer)? id(?:entification)?"
    r"|steuer-?id(?:entifikationsnummer)?|idnr"
    r"|steuernummer|sozialversicherungs-?(?:nummer|nr\.?)|personalausweis(?:nummer)?|ausweis(?:nummer)?"
    r"|reisepass(?:nummer)?"
    r"|sécurité sociale|sécu|nir|passeport|carte d'identité|dni|nie|nif|codice fiscale|bsn|pesel|aadhaa?r"
    r"|tfn|tax file|ein|utr"
    r"|dl(?=\s?(?:#|no|num|:))"
    r"|personnummer|cpf|curp|pps|national id)"
    r"(?:[ -](?:number|no|nr|nummer|num|id|card|n°)\b\.?|\s?#)?)"
    r"\s{0,2}(?:is|was|are|ist|lautet|est|:|=)?\s{0,2}#?"
    r"((?:[A-Z]{1,3}[ -]?)?\d[\dA-Z]*(?:[ .-]?\d[\dA-Z]*)*(?:[ -]?(?-i:[A-Z])\b)?)(?!\w)",
    re.IGNORECASE,
)


def _always(value: str) -> bool:
    return True


def _by_stdnum(name: str) -> Callable[[str], bool]:
    """The `is_valid` of a python-stdnum module, imported when first asked."""

    def valid(value: str) -> bool:
        return bool(importlib.import_module(f"stdnum.{name}").is_valid(value))

    return valid


def _pattern(text: str) -> Hinted:
    return Hinted(rf"(?<![\w-]){text}(?![\w-])", re.IGNORECASE)


NATIONAL_IDS: dict[str, tuple[Check, ...]] = {
    "US": (
        (_pattern(r"((?!000)\d{3}([- ])\d{2}\2\d{4})"), 1, _always),
        (_pattern(rf"{_NAMED}(\d{{9}})"), 1, _always),
        (_pattern(r"([1-9][A-Z][A-Z\d]\d-?[A-Z][A-Z\d]\d-?[A-Z]{2}\d{2})"), 1, _always),  # Medicare
    ),
    "GB": ((_pattern(r"([A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D])"), 1, _always),),
    "CA": ((_pattern(r"(\d{3}[- ]\d{3}[- ]\d{3})"), 1, _by_stdnum("ca.sin")),),
    "AU": ((_pattern(r"(\d{3} \d{3} \d{3})"), 1, _by_stdnum("au.tfn")),),
    "DE": (
        (_pattern(r"(\d{2} ?\d{3} ?\d{3} ?\d{3})"), 1, _by_stdnum("de.idnr")),
        (_pattern(r"(\d{2} ?\d{6} ?[A-Z] ?\d{3})"), 1, _always),
    ),
    "FR": ((_pattern(r"([12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2})"), 1, _by_stdnum("fr.nir")),),
    "ES": ((_pattern(r"([XYZ]?-?\d{7,8}-?[A-Z])"), 1, lambda v: _by_stdnum("es.dni")(v) or _by_stdnum("es.nie")(v)),),
    "IT": ((_pattern(r"([A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z])"), 1, _by_stdnum("it.codicefiscale")),),
    "NL": ((_pattern(r"((?:bsn|burgerservicenummer)\W{1,3})(\d{9})"), 2, _by_stdnum("nl.bsn")),),
    "IN": (
        (_pattern(r"(\d{4} \d{4} \d{4})"), 1, _by_stdnum("in_.aadhaar")),
        (_pattern(r"([A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z])"), 1, _always),
    ),
    "SE": ((_pattern(r"((?:\d{2})?\d{6}[-+]\d{4})"), 1, _by_stdnum("se.personnummer")),),
    "DK": ((_pattern(r"(\d{6}-\d{4})"), 1, _by_stdnum("dk.cpr")),),
    "FI": ((_pattern(r"(\d{6}[-+A]\d{3}[0-9A-Y])"), 1, _by_stdnum("fi.hetu")),),
    "CH": ((_pattern(r"(756\.?\d{4}\.?\d{4}\.?\d{2})"), 1, _by_stdnum("ch.ssn")),),
    "BE": ((_pattern(r"(\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2})"), 1, _by_stdnum("be.nn")),),
    "MX": ((_pattern(r"([A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z\d]\d)"), 1, _by_stdnum("mx.curp")),),
    "IE": ((_pattern(r"(\d{7}[A-W][A-IW]?)"), 1, _by_stdnum("ie.pps")),),
    "PL": ((_pattern(r"(\d{11})"), 1, _by_stdnum("pl.pesel")),),
    "BR": ((_pattern(r"(\d{3}\.\d{3}\.\d{3}-\d{2})"), 1, _by_stdnum("br.cpf")),),
}
