"""Every time zone a person may be in: from the area code, from the address, from what they said.

An overlay or split area code contributes all its zones, and so does a split state; a number that
tells nothing (toll-free, invalid) contributes none, which the rules read as unknown.
"""

from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from phonenumbers import NumberParseException, parse
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from outreach.domain.residences import country_of, residence_of

# US states and territories by the zones in legal use somewhere in them (49 CFR part 71).
_EASTERN, _CENTRAL = "America/New_York", "America/Chicago"
_MOUNTAIN, _PACIFIC = "America/Denver", "America/Los_Angeles"
_US: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        (
            "CT",
            "DE",
            "DC",
            "GA",
            "ME",
            "MD",
            "MA",
            "NH",
            "NJ",
            "NY",
            "NC",
            "OH",
            "PA",
            "RI",
            "SC",
            "VT",
            "VA",
            "WV",
        ),
        (_EASTERN,),
    ),
    **dict.fromkeys(("AL", "AR", "IL", "IA", "LA", "MN", "MS", "MO", "OK", "WI"), (_CENTRAL,)),
    **dict.fromkeys(("CO", "MT", "NM", "UT", "WY"), (_MOUNTAIN,)),
    **dict.fromkeys(("CA", "WA"), (_PACIFIC,)),
    **dict.fromkeys(("FL", "MI", "TN"), (_EASTERN, _CENTRAL)),
    "IN": ("America/Indiana/Indianapolis", _CENTRAL),
    "KY": ("America/Kentucky/Louisville", _CENTRAL),
    **dict.fromkeys(("KS", "NE", "ND", "SD", "TX"), (_CENTRAL, _MOUNTAIN)),
    "AZ": ("America/Phoenix", _MOUNTAIN),  # the Navajo Nation keeps daylight saving time
    "ID": ("America/Boise", _PACIFIC),
    "NV": (_PACIFIC, _MOUNTAIN),
    "OR": (_PACIFIC, "America/Boise"),
    "AK": ("America/Anchorage", "America/Adak"),
    "HI": ("Pacific/Honolulu",),
    "PR": ("America/Puerto_Rico",),
    "VI": ("America/St_Thomas",),
    "GU": ("Pacific/Guam",),
    "MP": ("Pacific/Saipan",),
    "AS": ("Pacific/Pago_Pago",),
}
# One legal zone whatever the clock on the wall in Urumqi says (rulebook section 2).
_ONE_ZONE: Final = {"CN": ("Asia/Shanghai",)}


@lru_cache(maxsize=65_536)
def zones_of_number(e164: str) -> tuple[str, ...]:
    """Return every zone that the number's area code allows; empty when it tells nothing."""
    try:
        number = parse(e164)
    except NumberParseException:
        return ()
    if number.country_code == 86:
        return _ONE_ZONE["CN"]
    zones = tuple(sorted(time_zones_for_number(number)))
    return () if UNKNOWN_TIMEZONE in zones else zones


@lru_cache(maxsize=4_096)
def zones_of_region(residence: str | None) -> tuple[str, ...]:
    """Return every zone of a residence (`US-TX`, `US-NY-NYC`, `CN`); empty if unknown."""
    if not residence:
        return ()
    country, region, *_ = (*residence.split("-"), "")
    if country in _ONE_ZONE:
        return _ONE_ZONE[country]
    if country == "US" and region:
        return _US.get(region, ())
    return _zones_by_country().get(country, ())


@lru_cache(maxsize=4_096)
def countries_of_zones(zones: tuple[str, ...]) -> frozenset[str]:
    """Return the countries that zones lie in (ISO 3166-1); a zone of no country adds none."""
    return frozenset(
        country_of(found) for zone in zones if (found := _countries_by_zone().get(zone)) is not None
    )


@cache
def _countries_by_zone() -> dict[str, str]:
    return {
        zone: residence_of(country) or country
        for country, zones in _zones_by_country().items()
        for zone in zones
    }


@cache
def _zones_by_country() -> dict[str, tuple[str, ...]]:
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    found: dict[str, list[str]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return {country: tuple(sorted(zones)) for country, zones in found.items()}
