"""National identity numbers by country: a pattern, the group that holds the number, and a check (python-stdnum)."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable

from alignment.data.personal.hints import Hinted

Check = tuple[Hinted, int, Callable[[str], bool]]
_NAMED = (
    r"(?:social(?: security)?|ssn|soc sec|tax ?id|itin|tin|national id|id)(?: (?:number|no\.?|#))?(?: is|:|="
    r"|#)?\s?#?\s?"
)
_NUMBER_IS = (
    r"(?: card)?(?:[ -](?:number|no|nr|nummer|num|numero|número|numéro|id|n[°ºo])(?!\w)\.?|\s?#)?"
    r"\s{0,2}(?:is|was|are|ist|lautet|est(?: le)?|es(?: el)?|è(?: il)?|é(?: o)?|to|är|er|on|:|=|\()?\s{0,2}#?"
)
_NUMBER = r"(?:[A-Z]{1,3}[ -]?)?\d[\dA-Z]*(?:[ ./-]?\d[\dA-Z]*)*(?:[ -]?(?-i:[A-Z])\b)?"
# Named as a person's number, in any country: passport, licence, insurance and tax numbers.
NAMED = Hinted(
    r"\b(?:national insurance|ni|nino|nhs|passport|driver['’]?s licen[cs]e|driving licen[cs]e|licen[cs]e"
    r"|medicare|medicaid"
    r"|social security|social insurance|ssn|sin|tax(?:payer)? id(?:entification)?"
    r"|steuer-?id(?:entifikationsnummer)?|idnr"
    r"|steuernummer|sozialversicherungs-?(?:nummer|nr\.?)|(?:personal)?ausweis-?(?:nummer|nr\.?)?"
    r"|(?:reise)?pass-?(?:nummer|nr\.?)|reisepass|führerschein-?(?:nummer|nr\.?)?"
    r"|sécurité sociale|sécu|nir|passeport|permis de conduire|carte d['’]identité|dni|nie|nif"
    r"|pasaporte|carn[ée] de (?:conducir|identidad)|cédula(?: de identidad)?"
    r"|codice fiscale|passaporto|patente|carta d['’]identità"
    r"|bsn|burgerservicenummer|paspoort-?(?:nummer)?|rijbewijs-?(?:nummer)?|rijksregisternummer"
    r"|pesel|numer dowodu|dowód|aadhaa?r|voter id|uidai"
    r"|tfn|tax file|ein|utr|nric|hkid|emirates id|rodné číslo"
    r"|dl(?=\s?(?:#|no|num|:))|id card|identity (?:card|document|number)"
    r"|personnummer|personnr|fødselsnummer|henkilötunnus|cpf|passaporte|curp|pps|national id)"
    rf"{_NUMBER_IS}"
    rf"({_NUMBER})(?!\w)",
    re.IGNORECASE,
)


def _always(value: str) -> bool:
    return True


def _by_stdnum(name: str) -> Callable[[str], bool]:
    """The `is_valid` of a python-stdnum module, imported when first asked."""

    def valid(value: str) -> bool:
        return bool(importlib.import_module(f"stdnum.{name}").is_valid(value))

    return valid


def _spanish(value: str) -> bool:
    number = value.replace(".", "")
    return _by_stdnum("es.dni")(number) or _by_stdnum("es.nie")(number)


def _pattern(text: str) -> Hinted:
    return Hinted(rf"(?<![\w-]){text}(?![\w-])", re.IGNORECASE)


def _named(names: str) -> Check:
    """A number of five digits or more after one of the names: abbreviations too short to be told in other countries."""
    pattern = Hinted(rf"\b(?:{names}){_NUMBER_IS}({_NUMBER})(?!\w)", re.IGNORECASE)
    return pattern, 1, lambda value: sum(c.isdigit() for c in value) > 4


NATIONAL_IDS: dict[str, tuple[Check, ...]] = {
    "US": (
        (_pattern(r"((?!000)\d{3}([- ])\d{2}\2\d{4})"), 1, _always),
        (_pattern(rf"{_NAMED}(\d{{9}})"), 1, _always),
        (_pattern(r"([1-9][A-Z][A-Z\d]\d-?[A-Z][A-Z\d]\d-?[A-Z]{2}\d{2})"), 1, _always),  # Medicare
    ),
    "GB": (
        (_pattern(r"([A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D])"), 1, _always),
        (_pattern(r"([A-Z]{2}[A-Z9]{3}\d{6}[A-Z9]{2}\d[A-Z]{2})"), 1, _always),  # driving licence
    ),
    "CA": ((_pattern(r"(\d{3}[- ]\d{3}[- ]\d{3})"), 1, _by_stdnum("ca.sin")),),
    "AU": ((_pattern(r"(\d{3} \d{3} \d{3})"), 1, _by_stdnum("au.tfn")),),
    "DE": (
        (_pattern(r"(\d{2} ?\d{3} ?\d{3} ?\d{3})"), 1, _by_stdnum("de.idnr")),
        (_pattern(r"(\d{2} ?\d{6} ?[A-Z] ?\d{3})"), 1, _always),
    ),
    "FR": ((_pattern(r"([12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2})"), 1, _by_stdnum("fr.nir")),),
    "ES": ((_pattern(r"([XYZ]?-?(?:\d{7,8}|\d{1,2}\.\d{3}\.\d{3})[ -]?[A-Z])"), 1, _spanish),),
    "IT": ((_pattern(r"([A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z])"), 1, _by_stdnum("it.codicefiscale")),),
    "NL": ((_pattern(r"((?:bsn|burgerservicenummer)\W{1,3})(\d{9})"), 2, _by_stdnum("nl.bsn")),),
    "IN": (
        (_pattern(r"(\d{4} \d{4} \d{4})"), 1, _by_stdnum("in_.aadhaar")),
        (_pattern(r"([A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z])"), 1, _always),
    ),
    "SE": ((_pattern(r"((?:\d{2})?\d{6}[-+]\d{4})"), 1, _by_stdnum("se.personnummer")),),
    "DK": ((_pattern(r"(\d{6}-\d{4})"), 1, _by_stdnum("dk.cpr")), _named(r"cpr")),
    "FI": ((_pattern(r"(\d{6}[-+A]\d{3}[0-9A-Y])"), 1, _by_stdnum("fi.hetu")), _named(r"hetu")),
    "CH": ((_pattern(r"(756\.?\d{4}\.?\d{4}\.?\d{2})"), 1, _by_stdnum("ch.ssn")), _named(r"ahv(?:-?nummer)?")),
    "BE": ((_pattern(r"(\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2})"), 1, _by_stdnum("be.nn")), _named(r"nuss")),
    "MX": ((_pattern(r"([A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z\d]\d)"), 1, _by_stdnum("mx.curp")), _named(r"rfc")),
    "IE": ((_pattern(r"(\d{7}[A-W][A-IW]?)"), 1, _by_stdnum("ie.pps")),),
    "PL": ((_pattern(r"(\d{11})"), 1, _by_stdnum("pl.pesel")),),
    "BR": ((_pattern(r"(\d{3}\.\d{3}\.\d{3}-\d{2})"), 1, _by_stdnum("br.cpf")), _named(r"rg|cnh")),
    "JP": (
        (
            _pattern(r"((?:my ?number|individual number|マイナンバー|個人番号)\D{0,6})(\d{4}[ -]?\d{4}[ -]?\d{4})"),
            2,
            _always,
        ),
    ),
    "KR": ((_pattern(r"(\d{6}-[1-8]\d{6})"), 1, _always),),
    "CN": ((_pattern(r"(\d{17}[\dX])"), 1, _by_stdnum("cn.ric")),),
    "SG": ((_pattern(r"([STFGM]\d{7}[A-Z])"), 1, _always),),
    "HK": ((_pattern(r"([A-Z]{1,2}\d{6}\([\dA]\))"), 1, _always),),
    "ZA": ((_pattern(r"(\d{6} ?\d{4} ?\d{3})"), 1, _by_stdnum("za.idnr")),),
    "TR": ((_pattern(r"([1-9]\d{10})"), 1, _by_stdnum("tr.tckimlik")), _named(r"(?:tc )?kimlik")),
    "AE": ((_pattern(r"(784-?\d{4}-?\d{7}-?\d)"), 1, _always),),
    "CL": ((_pattern(r"(\d{1,2}\.?\d{3}\.?\d{3}-[\dK])"), 1, _by_stdnum("cl.rut")), _named(r"rut")),
    "AR": ((_pattern(r"(\d{2}-\d{8}-\d)"), 1, _by_stdnum("ar.cuit")), _named(r"cuit|cuil")),
    "NO": ((_pattern(r"(\d{6} ?\d{5})"), 1, _by_stdnum("no.fodselsnummer")),),
    "CZ": ((_pattern(r"(\d{6}/\d{3,4})"), 1, _by_stdnum("cz.rc")),),
    "SK": ((_pattern(r"(\d{6}/\d{3,4})"), 1, _by_stdnum("cz.rc")),),
    "RO": ((_pattern(r"(\d{13})"), 1, _by_stdnum("ro.cnp")), _named(r"cnp")),
    "NZ": (_named(r"ird"),),
}
