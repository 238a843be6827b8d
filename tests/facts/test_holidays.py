"""Holidays of a residence: which dates, for which years, and when nobody can tell."""

from datetime import UTC, date, datetime

import pytest
from holidays import list_supported_countries

from outreach.facts.holidays import _regions, holidays_of

NOW = datetime(2026, 6, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("residence", "day", "is_one"),
    [
        pytest.param("US-IL", date(2026, 12, 25), True, id="national"),
        pytest.param("US-MA", date(2026, 4, 20), True, id="Patriots' Day in Massachusetts"),
        pytest.param("US-IL", date(2026, 4, 20), False, id="which isn't one in Illinois"),
        pytest.param("US", date(2026, 4, 20), True, id="state unknown: any state's"),
        pytest.param("US-ZZ", date(2026, 4, 20), True, id="no such state: any state's"),
        pytest.param("US-NY-NYC", date(2026, 2, 12), True, id="a city has its state's"),
        pytest.param("AU-QLD", date(2026, 10, 5), True, id="a state of Australia"),
        pytest.param("CN", date(2026, 10, 1), True, id="a country without regions"),
        pytest.param("GB-ENG", date(2026, 5, 25), True, id="a bank holiday"),
        pytest.param("US-IL", date(2025, 12, 25), True, id="the year before"),
        pytest.param("US-IL", date(2028, 12, 25), True, id="two years on"),
        pytest.param("US-IL", date(2029, 12, 25), False, id="no further"),
        pytest.param("US-IL", date(2026, 6, 10), False, id="an ordinary day"),
    ],
)
def test_holidays(residence: str, day: date, is_one: bool) -> None:
    holidays = holidays_of(residence, NOW)

    assert holidays is not None
    assert (day in holidays) is is_one


def test_a_feast_that_hangs_on_the_moon_may_be_a_day_off() -> None:
    holidays = holidays_of("KE", datetime(2030, 6, 1, tzinfo=UTC))

    assert holidays is not None
    # The 4th of February, as estimated.
    assert {date(2030, 2, 3), date(2030, 2, 4), date(2030, 2, 5)} <= holidays


@pytest.mark.parametrize(
    ("residence", "now"),
    [
        pytest.param(None, NOW, id="residence unknown"),
        pytest.param("XX", NOW, id="no such country"),
        pytest.param("US-IL", datetime(2099, 1, 1, tzinfo=UTC), id="beyond the calendar's years"),
        pytest.param("US-IL", datetime(1777, 1, 1, tzinfo=UTC), id="before them"),
    ],
)
def test_with_no_calendar_nobody_can_tell(residence: str | None, now: datetime) -> None:
    assert holidays_of(residence, now) is None


def test_the_years_of_a_calendar_end_with_utc() -> None:
    # It is 2027 already in Sydney.
    now = datetime.fromisoformat("2027-01-01T05:00:00+11:00")

    assert date(2028, 12, 25) in (holidays_of("AU-NSW", now) or ())
    assert date(2029, 12, 25) not in (holidays_of("AU-NSW", now) or ())


def test_dates_are_made_once() -> None:
    assert holidays_of("US-IL", NOW) is holidays_of("US-IL", datetime(2026, 1, 1, tzinfo=UTC))


def test_a_country_is_known_with_the_regions_that_the_package_lists() -> None:
    known = list_supported_countries(include_aliases=False)
    wrong = {
        country: (regions, _regions(country))
        for country, regions in known.items()
        if _regions(country) != tuple(regions)
    }
    assert wrong == {}
    assert [_regions(country) for country in ("XX", "us", "USA", "")] == [None] * 4
