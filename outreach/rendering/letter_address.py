"""A postal address as the lines of an envelope's window, in the manner of its country."""

from collections.abc import Mapping
from typing import Any, Final

_STREET: Final = ("line1", "line2", "street", "lines")
_CHINESE: Final = frozenset({"CN", "HK", "MO", "TW"})
MOST_LINES: Final = 6
"""More than the window shows."""


def address_lines(name: str, address: Mapping[str, Any], country: str) -> tuple[str, ...]:
    """Return name and address as the post reads them; nothing where a part is missing.

    A letter needs a name, a street and a town: an address of a country or region alone, which many
    platforms tell, is none. China is written from the widest part to the narrowest, with the
    postal code above; elsewhere the narrowest comes first.

    Args:
        name: Of the person, as they write it.
        address: The platform's members: `line1`, `line2`, `street`, `lines`, `district`, `city`,
            `region`, `postal_code`, `country`.
        country: Of the lender: an address without a country is taken to lie there, and within it
            none is printed.
    """
    street = _street(address)
    city, code = _text(address, "city"), _text(address, "postal_code")
    if not (name and street and city):
        return ()
    lies_in = _text(address, "country") or country
    region = _text(address, "region").removeprefix(f"{lies_in}-")
    abroad = (lies_in,) if lies_in != country else ()
    if lies_in in _CHINESE:
        # Regions are codes (`CN-SC`) unless the platform writes them out.
        wide = "" if region.isascii() else region
        town = "".join(part for part in (wide, city, _text(address, "district")) if part)
        lines = (code, town + "".join(street), f"{name} 收", *abroad)
    elif lies_in in {"US", "CA"}:
        lines = (name, *street, f"{city}, {region} {code}".rstrip(" ,"), *abroad)
    else:
        lines = (name, *street, f"{code} {city}".strip(), *abroad)
    kept = tuple(" ".join(line.split()) for line in lines if line)
    return kept if len(kept) <= MOST_LINES else ()


def _street(address: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for member in _STREET:
        told = address.get(member)
        if isinstance(told, str) and told.strip():
            found.append(told.strip())
        elif isinstance(told, list):
            found += [str(line).strip() for line in told if str(line).strip()]
    return found


def _text(address: Mapping[str, Any], member: str) -> str:
    told = address.get(member)
    return str(told).strip() if isinstance(told, str | int) else ""
