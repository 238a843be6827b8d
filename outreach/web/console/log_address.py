"""The address of the contact log's list: lender, filter, place in the list."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from outreach.domain.log_filters import LogFilter, Problem, parse_filter
from outreach.domain.records import dataclass
from outreach.usecases.search_log import Place, read_place, write_place

PATH: Final = "/contacts"


@dataclass(frozen=True, slots=True)
class Address:
    """What an address of the list says.

    Attributes:
        lender: Slug.
        asked: The filter.
        search: Stands for what was looked for in private; "" for nothing.
        before: Lines older than this place.
        after: Lines newer than it.
        top: The newest line that was there when the visitor came.
    """

    lender: str
    asked: LogFilter
    search: str = ""
    before: Place | None = None
    after: Place | None = None
    top: Place | None = None

    def __str__(self) -> str:
        """Return it as a link."""
        return f"{PATH}?{urlencode(self.pairs())}"

    def pairs(self) -> list[tuple[str, str]]:
        """Return its parameters."""
        places = {"before": self.before, "after": self.after, "top": self.top}
        return [
            ("lender", self.lender),
            *self.asked.pairs(),
            *([("s", self.search)] if self.search else ()),
            *((name, write_place(place)) for name, place in places.items() if place is not None),
        ]

    def first(self, **changes: Any) -> "Address":
        """Return its first page, with some of it changed."""
        return replace(self, before=None, after=None, top=None, **changes)


def read_address(
    pairs: Iterable[tuple[str, str]], lender: str
) -> tuple[Address, tuple[Problem, ...]]:
    """Read an address, for a lender that was found to be the visitor's."""
    pairs = list(pairs)
    asked, problems = parse_filter(pairs)
    said: Mapping[str, str] = dict(pairs)
    address = Address(
        lender,
        asked,
        said.get("s", ""),
        read_place(said.get("before", "")),
        read_place(said.get("after", "")),
        read_place(said.get("top", "")),
    )
    return address, problems
