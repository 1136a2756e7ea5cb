"""Microsoft Presidio beside our own detectors, for who installs it: names above all, by a language model.

Its entities are mapped to our types; what it finds is added to what the patterns find, which are surer of numbers.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from alignment.errors import UserError

ENTITIES = {
    "PERSON": "name",
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "bank_account",
    "US_BANK_NUMBER": "bank_account",
    "US_SSN": "national_id",
    "US_ITIN": "national_id",
    "US_PASSPORT": "national_id",
    "US_DRIVER_LICENSE": "national_id",
    "UK_NHS": "national_id",
    "IP_ADDRESS": "ip",
}
SURE = 0.5  # score below which a finding is passed over
INSTALL = "pip install presidio-analyzer && python -m spacy download en_core_web_lg"


@lru_cache(1)
def _analyzer() -> Any:
    try:
        module = importlib.import_module("presidio_analyzer")
    except ImportError as error:
        raise UserError(
            "prepare.redactor=presidio: presidio-analyzer is not installed", "prepare.redactor=patterns", INSTALL
        ) from error
    try:
        return module.AnalyzerEngine()
    except (OSError, SystemExit, ImportError) as error:  # spacy exits when its download fails
        raise UserError(
            "prepare.redactor=presidio: its language model is missing", "prepare.redactor=patterns", INSTALL
        ) from error


def check() -> None:
    """UserError unless presidio and its model are there."""
    _analyzer()


def detector() -> Callable[[str, str], list[tuple[int, int, str]]]:
    """(text, country) -> spans (start, end, type), the surest first."""

    def detect(text: str, country: str) -> list[tuple[int, int, str]]:
        found = _analyzer().analyze(text=text, language="en", entities=list(ENTITIES))
        found = sorted((one for one in found if one.score >= SURE), key=lambda one: (-one.score, one.start))
        return [(one.start, one.end, ENTITIES[one.entity_type]) for one in found]

    return detect
