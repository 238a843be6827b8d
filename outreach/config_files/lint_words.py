"""Words of a pack that nothing else in the service knows: countries, recipients, kinds of address.

Channels, purposes, outcomes, dial modes and roles of the lender are closed lists of the schema.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

from babel import Locale

from outreach.compliance.pack import Requires
from outreach.compliance.view import texts_of
from outreach.config_files.lint_reach import countries_of
from outreach.domain.residences import country_of
from outreach.domain.vocabulary import EndpointStatus, RecipientRole

Path = list[str | int]

_LISTS: Final[dict[str, frozenset[str]]] = {
    "recipient_role": frozenset(RecipientRole),
    "recipient_roles": frozenset(RecipientRole),
    "allowed_roles": frozenset(RecipientRole),
    "endpoint_status": frozenset(EndpointStatus),
}


def words_of(raw: Mapping[str, Any], requires: Requires) -> Iterator[tuple[Path, str]]:
    """Yield words that can't match anything, each with its place."""
    for country in sorted(countries_of(requires) - _countries()):
        yield ["requires"], f"{country!r} is no ISO 3166-1 country"
    for region in sorted(requires.regions):
        if requires.countries and country_of(region) not in requires.countries:
            yield ["requires", "region"], f"{region} lies in none of the countries it requires"
    yield from _words(raw["rules"], ["rules"])


def _words(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Walk through everything under a rule."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            here = [*path, key]
            if (known := _LISTS.get(key)) is not None and not isinstance(inner, Mapping):
                for word in sorted(texts_of(inner) - known):
                    yield here, f"nobody is called {word!r} under {key}{_close(word, known)}"
            else:
                yield from _words(inner, here)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _words(inner, [*path, number])


def _close(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, map(str, known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


@cache
def _countries() -> frozenset[str]:
    return frozenset(code for code in map(str, Locale("en").territories) if len(code) == 2)
