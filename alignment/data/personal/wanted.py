"""The settings that say what to redact, checked the same way wherever a stage has them."""

from collections.abc import Sequence

from phonenumbers import SUPPORTED_REGIONS

from alignment.data.personal.detectors import TYPES
from alignment.settings import require


def require_redaction(redact: str, types: Sequence[str], region: str, country: str) -> None:
    """UserError for a type of personal data or a country that is not known. redact, region: the settings' names."""
    unknown = [name for name in types if name not in TYPES]
    require(not unknown, f"{redact}={','.join(unknown)}", ", ".join(TYPES))
    known = country.upper() in SUPPORTED_REGIONS
    require(known, f"{region}={country}", "an ISO code of a country, such as US, GB or DE")
