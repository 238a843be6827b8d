"""Where somebody lives, in the one form that packs ask for, and what lies in what.

A residence is as precise as what was told: an ISO 3166-1 country (`US`), an ISO 3166-2 region of
it (`US-NY`), or a city with laws of its own (`US-NY-NYC`, the three letters of UN/LOCODE). Only
such cities are named. `XXX` in their place says that the person lives elsewhere in the region;
without a third part the city isn't known, and the laws of every city of the region may apply.
"""

from typing import Final

from outreach.domain.records import dataclass

ELSEWHERE: Final = "XXX"

# ISO 3166-1 gives these a code of their own; the law of the country that holds them reaches them.
_TERRITORIES: Final = {code: f"US-{code}" for code in ("AS", "GU", "MP", "PR", "VI")}
# And the other way round: regions in name, with their own law.
_OWN_LAW: Final = {"CN-HK": "HK", "CN-MO": "MO", "CN-TW": "TW"}


@dataclass(frozen=True, slots=True)
class _City:
    """A city with laws of its own: its names as addresses have them, and its postal codes.

    `codes` are prefixes; `codes_shared` are prefixes that reach beyond its limits and tell nothing.
    """

    code: str
    names: frozenset[str]
    codes: tuple[str, ...]
    codes_shared: tuple[str, ...] = ()


# The five boroughs; in Queens the post writes the neighborhood. ZIP codes 110xx straddle the line
# between Queens and Nassau County.
_CITIES: Final = {
    "US-NY": _City(
        "NYC",
        frozenset(
            (
                "new york",
                "new york city",
                "nyc",
                "manhattan",
                "brooklyn",
                "bronx",
                "the bronx",
                "queens",
                "staten island",
                "arverne",
                "astoria",
                "bayside",
                "bellerose",
                "breezy point",
                "cambria heights",
                "college point",
                "corona",
                "east elmhurst",
                "elmhurst",
                "far rockaway",
                "floral park",
                "flushing",
                "forest hills",
                "fresh meadows",
                "glen oaks",
                "hollis",
                "howard beach",
                "jackson heights",
                "jamaica",
                "kew gardens",
                "little neck",
                "long island city",
                "maspeth",
                "middle village",
                "oakland gardens",
                "ozone park",
                "queens village",
                "rego park",
                "richmond hill",
                "ridgewood",
                "rockaway park",
                "rosedale",
                "saint albans",
                "south ozone park",
                "south richmond hill",
                "springfield gardens",
                "st. albans",
                "sunnyside",
                "whitestone",
                "woodhaven",
                "woodside",
            )
        ),
        ("100", "101", "102", "103", "104", "11004", "11005", "111", "112", "113", "114", "116"),
        ("110",),
    )
}


def residence_of(
    country: str, region: str = "", city: str = "", postal_code: str = ""
) -> str | None:
    """Return the residence that an address stands for, None if it names no country.

    A region stands over the country beside it. Where a city has laws of its own, the postal code
    decides, and the name of the city where the code doesn't. A name that we don't know proves
    nothing by itself: it may be a misspelling or a neighborhood.
    """
    told = region or country
    if not told:
        return None
    told = _OWN_LAW.get(told, _TERRITORIES.get(told, told))
    known = _CITIES.get(told)
    if known is None:
        return told
    found = _city(known, "".join(postal_code.split()), " ".join(city.casefold().split()))
    return f"{told}-{found}" if found else told


def _city(known: _City, postal_code: str, name: str) -> str:
    if postal_code.startswith(known.codes):
        return known.code
    if postal_code and not postal_code.startswith(known.codes_shared):
        return ELSEWHERE
    if name in known.names:
        return known.code
    return ELSEWHERE if postal_code and name else ""


def lies_in(residence: str, place: str) -> bool | None:
    """Tell whether a residence lies in a place; None if it is told too roughly to say.

    >>> lies_in("US-NY-NYC", "US-NY"), lies_in("US-NY", "US-NY-NYC"), lies_in("US-MA", "US-NY")
    (True, None, False)
    """
    if residence == place or residence.startswith(f"{place}-"):
        return True
    return None if place.startswith(f"{residence}-") else False


def country_of(residence: str) -> str:
    """Return the ISO 3166-1 code of a residence."""
    return residence.partition("-")[0]
