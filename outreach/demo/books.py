"""Which of the settings' lenders the demonstration plays, and by which sources they tell."""

from typing import Final
from zoneinfo import ZoneInfo

from outreach.demo.portfolio import Book
from outreach.settings import Settings

LENDERS: Final = {"harbor": "HB", "minghe": "MH"}
_SIGNED: Final = ("standard", "cloudevents", "fineract_events")
_CORE: Final = "standard"


class MissingLenderError(ValueError):
    """The settings lack what the demonstration plays with."""


def books_of(settings: Settings) -> tuple[Book, ...]:
    """Return the platforms of the demonstration's lenders, from their settings.

    Raises:
        MissingLenderError: A lender, or its signed `standard` source, isn't there.
    """
    books = []
    for slug, prefix in LENDERS.items():
        lender = settings.lenders.get(slug)
        sources = lender.sources if lender else {}
        core = next((name for name, one in sources.items() if one.adapter == _CORE), None)
        if lender is None or core is None or not lender.senders:
            raise MissingLenderError(
                f"the demo plays lender `{slug}`, with a `standard` source and a sender, as in the"
                " project's config/outreach.toml: use that file, or unset OUTREACH_CONFIG"
            )
        others = [name for name, one in sources.items() if one.adapter in _SIGNED and name != core]
        books.append(
            Book(
                slug, prefix, lender.country, ZoneInfo(lender.timezone), lender.currency,
                lender.name, core, others[0] if others else core,
            )
        )  # fmt: skip
    return tuple(books)
