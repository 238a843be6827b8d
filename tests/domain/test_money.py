"""Money is exact: text in, minor units, and splits that lose nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.money import (
    EXPONENTS,
    MAX_MINOR,
    AmountError,
    Money,
    UnknownCurrencyError,
    exponent_of,
)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        pytest.param("242.50", "USD", 24250, id="two decimals"),
        pytest.param("24250", "JPY", 24250, id="no minor unit"),
        pytest.param("1.2345", "KWD", 1235, id="three decimals, half up"),
        pytest.param("0.005", "USD", 1, id="half rounds up, not to even"),
        pytest.param("0.004999", "USD", 0, id="rounded once"),
        pytest.param("-0.005", "USD", -1, id="half up in size"),
        pytest.param("24.75000000", "CNY", 2475, id="as decimal(20,8) comes"),
        pytest.param("1e2", "USD", 10000, id="exponent notation"),
    ],
)
def test_text_is_read_to_the_minor_unit(text: str, currency: str, minor: int) -> None:
    assert Money.from_decimal_text(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text", ["1,242.50", "", "NaN", "Infinity", "1_000", "1e30", "99999999999999999"]
)
def test_what_is_no_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountError):
        Money.from_decimal_text(text, "USD")


def test_a_currency_outside_iso_4217_is_refused() -> None:
    with pytest.raises(UnknownCurrencyError):
        Money(1, "XYZ")
    with pytest.raises(UnknownCurrencyError):
        exponent_of("usd")


def test_exponents_are_those_of_iso_4217() -> None:
    assert [exponent_of(code) for code in ("JPY", "USD", "CNY", "KWD", "CLF", "UGX", "HUF")] == [
        0, 2, 2, 3, 4, 0, 2,
    ]  # fmt: skip
    assert all(len(code) == 3 and code.isupper() for code in EXPONENTS)


def test_money_is_written_in_major_units() -> None:
    assert str(Money(24250, "USD")) == "242.50 USD"
    assert str(Money(24250, "JPY")) == "24250 JPY"
    assert str(Money(-5, "KWD")) == "-0.005 KWD"


def test_money_of_one_currency_adds_up() -> None:
    assert Money(300, "USD") + Money(-50, "USD") == Money(250, "USD")
    assert Money(300, "USD") - Money(350, "USD") == Money(-50, "USD")
    with pytest.raises(ValueError, match="don't add up"):
        Money(1, "USD") + Money(1, "EUR")


@pytest.mark.parametrize(
    ("minor", "weights", "parts"),
    [
        pytest.param(100, [1, 1, 1], [34, 33, 33], id="the earlier of equals takes the rest"),
        pytest.param(5, [3, 7], [2, 3], id="equal remainders go to the earlier"),
        pytest.param(-100, [1, 1, 1], [-34, -33, -33], id="negative like positive"),
        pytest.param(7, [0, 1], [0, 7], id="a zero weight gets nothing"),
        pytest.param(1, [1, 2, 3], [0, 0, 1], id="the largest remainder first"),
    ],
)
def test_a_split_gives_the_largest_remainders_the_rest(
    minor: int, weights: list[int], parts: list[int]
) -> None:
    assert [part.minor for part in Money(minor, "USD").split(weights)] == parts


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_weights_that_cant_share_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(1, "USD").split(weights)


@given(
    st.integers(-MAX_MINOR, MAX_MINOR),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any),
)
def test_a_split_keeps_the_sum_and_strays_less_than_one_unit(
    minor: int, weights: list[int]
) -> None:
    parts = [part.minor for part in Money(minor, "USD").split(weights)]

    assert sum(parts) == minor
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * total - minor * weight) < total
