"""Public holidays where a person lives, as a dated set for the years around an instant.

The dates come from the pinned `holidays` package; its version goes into every decision's log.
Weekends that are worked instead (China's 调休, Russia's moved days) aren't told: no rule asks.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Final

from holidays import HolidayBase, country_holidays

# A rule looks back at most as long as a notice stands, and ahead 400 days: into the year after
# next where it is the end of a year.
_YEARS_BEFORE: Final = 1
_YEARS_AFTER: Final = 2
_DAY: Final = timedelta(days=1)
_ENGLISH: Final = "en_US"
_ALPHA_2: Final = 2
# Feasts that hang on the sighting of the moon may come a day sooner or later.
_ESTIMATED: Final = "estimated"


def holidays_of(residence: str | None, now: datetime) -> frozenset[date] | None:
    """Return the public holidays of a residence from the year before `now` to two years after it.

    Args:
        residence: ISO 3166-1 country, 3166-2 region, or a city of it (`US`, `US-NY`,
            `US-NY-NYC`). With no region known, a day counts that is one in any region.
        now: Aware.

    Returns:
        None where no calendar tells: residence or country unknown, or years beyond the calendar's.
    """
    return _around(residence, now.astimezone(UTC).year) if residence else None


@lru_cache(maxsize=4096)
def _around(residence: str, year: int) -> frozenset[date] | None:
    country, _, rest = residence.partition("-")
    regions = _regions(country)
    if regions is None:
        return None
    region = rest.partition("-")[0]
    asked: tuple[str | None, ...] = (region,) if region in regions else (None, *regions)
    years = range(year - _YEARS_BEFORE, year + _YEARS_AFTER + 1)
    calendars = [
        country_holidays(country, subdiv=one, years=years, language=_ENGLISH) for one in asked
    ]
    if any(years[0] < one.start_year or years[-1] > one.end_year for one in calendars):
        return None
    return frozenset[date]().union(*map(_dates, calendars))


@cache
def _regions(country: str) -> tuple[str, ...] | None:
    """Return a country's regions with a calendar of their own; None where it has no calendar.

    Asks for one country alone: the package's own list imports some two hundred modules.
    """
    if len(country) != _ALPHA_2:
        return None
    try:
        return tuple(country_holidays(country).subdivisions)
    except NotImplementedError:
        return None


def _dates(calendar: HolidayBase) -> frozenset[date]:
    found = set(calendar)
    for day, name in calendar.items():
        if _ESTIMATED in name.casefold():
            found |= {day - _DAY, day + _DAY}
    return frozenset(found)
