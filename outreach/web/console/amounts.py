"""Money and days as a reader of a language writes them; never rounded."""

from datetime import date
from decimal import Decimal
from typing import Final

from outreach.domain.money import Money, exponent_of
from outreach.web.console.words import Language

_MINUS: Final = "−"
_YUAN: Final = "CNY"
_WEEKDAYS: Final = "一二三四五六日"
UNKNOWN: Final = "?"


def show_money(language: Language, minor: int | None, currency: str) -> str:
    """Return an amount: `CNY 1,234.50`, in Chinese `1,234.50 元`; other currencies code first.

    An amount that nobody told is a question mark, never a zero.
    """
    if minor is None:
        return f"{UNKNOWN} {currency}"
    sign = _MINUS if minor < 0 else ""
    digits = f"{abs(Decimal(minor)).scaleb(-exponent_of(currency)):,f}"
    if language == "zh" and currency == _YUAN:
        return f"{sign}{digits} 元"
    return f"{currency} {sign}{digits}"


def show_day(language: Language, day: date) -> str:
    """Return a date of somebody's calendar, with its weekday."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"
    return f"{day:%a} {day.day} {day:%b %Y}"


def plain_amount(minor: int, currency: str) -> str:
    """Return an amount as somebody types it: `1234.50`."""
    return f"{Money(minor, currency).decimal:f}"
