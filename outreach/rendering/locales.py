"""Money and dates in a borrower's language: Babel's answers, at the speed of a lookup.

Babel takes tens of microseconds to lay out one amount. It is asked once per locale and currency
how amounts look; where that is a plain pattern, amounts are laid out from it, else by Babel.
"""

from copy import copy
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton

from outreach.domain.money import exponent_of
from outreach.domain.records import dataclass

_SPOKEN: Final = {("zh", "CNY"): "元", ("zh", "HKD"): "港元"}
"""Currencies that a language writes as a word behind the amount, where Babel puts a sign before."""

# No-break spaces turn a whole message to UCS-2; a text message has no line to keep together.
_PLAIN_SPACES: Final = str.maketrans({"\u00a0": " ", "\u202f": " "})


@lru_cache(maxsize=64)
def parse_locale(tag: str) -> Locale:
    """Return Babel's locale for a tag such as `zh-CN`.

    Raises:
        ValueError: Nobody knows such a locale.
    """
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        message = f"{tag!r} is no known locale; write it like en-US or zh-CN"
        raise ValueError(message) from error


def format_money(minor: int, currency: str, locale: str) -> str:
    """Write an amount of minor units with the currency's own decimals: `$1,242.50`, `1,242.50元`.

    Raises:
        UnknownCurrencyError: Not in ISO 4217.
        ValueError: Unknown locale.
    """
    layout = _layout(currency, locale)
    if layout is None:
        return _by_babel(minor, currency, locale)
    before, after = (
        (layout.before, layout.after) if minor >= 0 else (layout.before_minus, layout.after_minus)
    )
    if not layout.exponent:
        return f"{before}{_grouped(abs(minor), layout.group)}{after}"
    major, rest = divmod(abs(minor), layout.scale)
    digits = f"{rest:0{layout.exponent}d}"
    return f"{before}{_grouped(major, layout.group)}{layout.decimal}{digits}{after}"


@lru_cache(maxsize=4096)
def format_day(on: date, locale: str) -> str:
    """Write a date in full: `Mar 3, 2026`, `2026年3月3日`."""
    return str(format_date(on, "medium", locale=parse_locale(locale))).translate(_PLAIN_SPACES)


@lru_cache(maxsize=4096)
def format_letter_day(on: date, locale: str) -> str:
    """Write a date as letters bear it: `March 3, 2026`, `2026年3月3日`."""
    return str(format_date(on, "long", locale=parse_locale(locale))).translate(_PLAIN_SPACES)


@lru_cache(maxsize=4096)
def format_short_day(on: date, locale: str) -> str:
    """Write a date without its year: `Mar 3`, `3月3日`."""
    text = format_skeleton("MMMd", on, locale=parse_locale(locale))
    return str(text).translate(_PLAIN_SPACES)


@dataclass(frozen=True, slots=True)
class _Layout:
    before: str
    after: str
    before_minus: str
    after_minus: str
    group: str
    decimal: str
    exponent: int
    scale: int


def _grouped(major: int, group: str) -> str:
    text = f"{major:,}"
    return text if group == "," else text.replace(",", group)


@lru_cache(maxsize=1024)
def _layout(currency: str, locale: str) -> _Layout | None:
    """Learn from Babel how amounts look; None if grouping isn't plainly by three."""
    exponent = exponent_of(currency)
    scale = 10**exponent
    plus, minus = (_by_babel(sign * 1234 * scale, currency, locale) for sign in (1, -1))
    numbers = parse_locale(locale).number_symbols["latn"]
    group = str(numbers["group"]).translate(_PLAIN_SPACES)
    decimal = str(numbers["decimal"])
    number = f"1{group}234{decimal + '0' * exponent if exponent else ''}"
    if plus.count(number) != 1 or minus.count(number) != 1:
        return None
    before, after = plus.split(number)
    before_minus, after_minus = minus.split(number)
    layout = _Layout(before, after, before_minus, after_minus, group, decimal, exponent, scale)
    wide = f"{before}1{group}234{group}567{number[5 + len(group) - 1 :]}{after}"
    return layout if _by_babel(1_234_567 * scale, currency, locale) == wide else None


def _by_babel(minor: int, currency: str, locale: str) -> str:
    known = parse_locale(locale)
    exponent = exponent_of(currency)
    value = Decimal(minor).scaleb(-exponent)
    digits = (exponent, exponent)
    spoken = _SPOKEN.get((known.language, currency))
    if spoken is not None:
        pattern = copy(known.decimal_formats[None])
        pattern.frac_prec = digits
        text = pattern.apply(value, known)
        return f"{text}{spoken}".translate(_PLAIN_SPACES)
    pattern = copy(known.currency_formats["standard"])
    pattern.frac_prec = digits
    text = pattern.apply(value, known, currency=currency, currency_digits=False)
    return str(text).translate(_PLAIN_SPACES)
