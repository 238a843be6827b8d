"""Amounts and dates are what Babel says, only faster, and without no-break spaces."""

from datetime import date
from decimal import Decimal

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.money import UnknownCurrencyError, exponent_of
from outreach.rendering.locales import format_day, format_money, format_short_day, parse_locale


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "text"),
    [
        pytest.param(124250, "USD", "en-US", "$1,242.50", id="dollars"),
        pytest.param(5, "USD", "en-US", "$0.05", id="cents"),
        pytest.param(-124250, "USD", "en-US", "-$1,242.50", id="a credit"),
        pytest.param(123450, "CNY", "zh-CN", "1,234.50元", id="yuan are written as a word"),
        pytest.param(123450, "USD", "zh-CN", "US$1,234.50", id="dollars in Chinese"),
        pytest.param(1234, "JPY", "en-US", "¥1,234", id="no decimals"),
        pytest.param(1234567, "KWD", "en-US", "KWD1,234.567", id="three decimals"),
        pytest.param(1234567890, "EUR", "fr-FR", "12 345 678,90 €", id="plain spaces"),
        pytest.param(1234567890, "INR", "hi-IN", "₹1,23,45,678.90", id="grouped by two"),
        pytest.param(
            123456, "IDR", "en-US", "IDR1,234.56", id="decimals by ISO 4217, not by habit"
        ),
    ],
)
def test_money(minor: int, currency: str, locale: str, text: str) -> None:
    assert format_money(minor, currency, locale) == text


@given(
    minor=st.integers(-(10**14), 10**14),
    currency=st.sampled_from(["USD", "EUR", "JPY", "KWD", "CHF"]),
    locale=st.sampled_from(["en-US", "zh-CN", "es-US", "es-ES", "de-CH", "fr-FR", "hi-IN"]),
)
def test_money_is_what_babel_writes(minor: int, currency: str, locale: str) -> None:
    exponent = exponent_of(currency)
    babel = format_currency(Decimal(minor).scaleb(-exponent), currency, locale=parse_locale(locale))

    written = format_money(minor, currency, locale)

    assert written == babel.replace("\u00a0", " ").replace("\u202f", " ")


def test_an_unknown_currency_or_locale_is_refused() -> None:
    with pytest.raises(UnknownCurrencyError):
        format_money(1, "XXQ", "en-US")
    with pytest.raises(ValueError, match="no known locale"):
        format_money(1, "USD", "klingon")


@pytest.mark.parametrize(
    ("locale", "full", "short"),
    [
        pytest.param("en-US", "Mar 3, 2026", "Mar 3", id="American"),
        pytest.param("zh-CN", "2026年3月3日", "3月3日", id="Chinese"),
    ],
)
def test_days(locale: str, full: str, short: str) -> None:
    day = date(2026, 3, 3)

    assert format_day(day, locale) == full
    assert format_short_day(day, locale) == short
