"""Measures of a reply's text that need no model: facts and length."""

import re
from collections.abc import Mapping
from typing import Any

from alignment.voice.folding import fold, words

# 1,299.50 or 48 or 48.00; a dot or comma that ends a sentence is no part of it.
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?")


def facts_right(reply: str, prompt: Mapping[str, Any]) -> bool:
    """True where the reply states every required fact and no number of its own.

    Every string of `prompt["facts"]` occurs in the reply, and every number in the reply occurs in the prompt's
    messages. Case, white space and quotes are folded; numbers are equal when their values are ("$48" and "$48.00",
    "1,299" and "1299"), but a leading zero counts (a zip code 07112 is not 7112). A fact that ends in a digit is not
    found inside a longer number ("$4" in "$48", "4 days" in "14 days").

    Args:
        prompt: a prompt row: "messages" [{"role", "content"}], "facts" [str].
    """
    said = _canonical(reply)
    given = _canonical(" \n ".join(str(message["content"]) for message in prompt["messages"]))
    if not set(_NUMBER.findall(said)) <= set(_NUMBER.findall(given)):
        return False
    return all(_occurs(_canonical(fact), said) for fact in prompt["facts"])


def _canonical(text: str) -> str:
    """Folded text with every number in one spelling: no thousands separator, no trailing zeros after the point."""
    return _NUMBER.sub(lambda match: _one_spelling(match.group()), fold(text))


def _one_spelling(number: str) -> str:
    plain = number.replace(",", "")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _occurs(fact: str, text: str) -> bool:
    before = r"(?<!\d)(?<!\d\.)" if fact[:1].isdigit() else ""
    after = r"(?!\d)(?!\.\d)" if fact[-1:].isdigit() else ""
    return re.search(before + re.escape(fact) + after, text) is not None


def length(reply: str) -> int:
    """Words: white-space tokens with a letter or digit in them."""
    return len(words(reply))
