"""Telephone numbers and e-mail addresses as somebody types them, as they are stored."""

import re
from typing import Final

from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    parse,
)

_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_TYPED: Final = re.compile(r"[+＋]?[\d\s().\-/–]+")
_FEWEST_DIGITS: Final = 7


def e164_of(text: str, country: str) -> str | None:
    """Return a whole number in E.164; None for what is no number that can be.

    Args:
        text: As typed: with spaces, brackets, with or without the country's code.
        country: ISO 3166-1, where a number without a country's code is taken to be.
    """
    if not _TYPED.fullmatch(text) or sum(char.isdigit() for char in text) < _FEWEST_DIGITS:
        return None
    try:
        parsed = parse(text, country)
    except NumberParseException:
        return None
    if not is_possible_number(parsed):
        return None
    return str(format_number(parsed, PhoneNumberFormat.E164))


def email_of(text: str) -> str | None:
    """Return an e-mail address in lower case; None for what is none."""
    return text.lower() if _EMAIL.fullmatch(text) else None
