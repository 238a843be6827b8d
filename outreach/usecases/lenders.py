"""What the use cases know of a lender: the part of its settings that decisions and sending need."""

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from typing import Final, Literal

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, LenderRole

MICROS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class SenderPlan:
    """One number or service that contacts come from.

    `per_second` is in parts (SMS segments, calls); `prefixes` are numbers it may reach, empty for
    any.
    """

    slug: str
    channel: Channel
    provider: str
    address: str
    per_second: float
    cost_micros_per_part: int = 0
    prefixes: tuple[str, ...] = ()

    def reaches(self, address: str) -> bool:
        """Say whether it may be used for an address."""
        return not self.prefixes or address.startswith(self.prefixes)


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """One source of signals: whether its last word holds while it is alive, and for how long."""

    freshness: Literal["complete", "hint"]
    silent_after: timedelta


@dataclass(frozen=True, slots=True)
class LenderPlan:
    """One lender. `daily_cap_micros` is in millionths of its currency, None without a cap."""

    slug: str
    name: str
    role: LenderRole
    country: str
    timezone: str
    locale: str
    packs: tuple[str, ...] = ()
    treatment: str | None = None
    lender_class: str | None = None
    phone: str = ""
    complaint_phone: str = ""
    signature: str = ""
    pay_channel: str = ""
    pay_url: str = field(default="", repr=False)
    senders: tuple[SenderPlan, ...] = ()
    sources: Mapping[str, SourcePlan] = field(default_factory=dict)
    daily_cap_micros: int | None = None

    def sender_for(self, channel: Channel, address: str) -> SenderPlan | None:
        """Return the first sender of a channel that may reach an address."""
        for sender in self.senders:
            if sender.channel is channel and sender.reaches(address):
                return sender
        return None
