"""A signal that was made of somebody's own words, told to ourselves as a platform would tell it."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from outreach.domain.records import dataclass
from outreach.domain.signals import Signal

SOURCE: Final = "replies"
URI: Final = "urn:outreach:replies"


@dataclass(frozen=True, slots=True)
class OwnWord:
    """One such signal.

    `loans` are the person's loans by reference, `zone` that of the lender's calendar, `source` the
    slug by which the telling is kept.
    """

    tenant: str
    person_id: int
    signal: Signal = field(repr=False)
    loans: Mapping[str, int]
    zone: str
    source: str = SOURCE
