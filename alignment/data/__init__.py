"""From a company's files to training data: readers, cleaning, personal data, duplicates, splits. Without torch."""

from alignment.data.personal.detectors import TYPES
from alignment.data.personal.redact import Redaction, redact

__all__ = ["TYPES", "Redaction", "redact"]
