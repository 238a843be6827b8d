"""What the use cases know of a lender: the part of its settings that decisions and sending need."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date, timedelta
from typing import Final, Literal

from outreach.domain.hand_offs import HandOffKind
from outreach.domain.known import Flag
from outreach.domain.links import LinkMaker
from outreach.domain.placements import PlacedField
from outreach.domain.product_rules import LenderProducts
from outreach.domain.records import dataclass
from outreach.domain.residences import lies_in
from outreach.domain.vocabulary import Channel, DialMode, LenderRole, TaskKind

MICROS: Final = 1_000_000
Mode = Literal["test", "team", "live"]
# Registrations that rules know by a word of their own.
_NAMED_IDS: Final = frozenset({"header_id", "template_id", "licence"})
CALIFORNIA: Final = "US-CA"


_ANY_NUMBER: Final = 1e12


@dataclass(frozen=True, slots=True)
class Ramp:
    """How a new sender is warmed up: contacts on its first day, and by how much more each day."""

    begins: date
    start: int
    growth: float


@dataclass(frozen=True, slots=True)
class SenderPlan:
    """One number or service that contacts come from.

    `per_second` is in parts (SMS segments, calls, notifications, e-mails); `prefixes` are numbers
    it may reach, `kinds` kinds of address (push services), empty for any. `attributes` are what
    rules may ask about it, see `sender_attributes`. `answers_keywords` is
    whether its carrier itself answers the stop words that it knows.
    """

    slug: str
    channel: Channel
    provider: str
    address: str
    per_second: float
    cost_micros_per_part: int = 0
    prefixes: tuple[str, ...] = ()
    attributes: Mapping[str, Flag] = field(default_factory=dict, hash=False)
    answers_keywords: bool = True
    kinds: tuple[str, ...] = ()
    dial_mode: DialMode | None = None
    """How its calls are placed; None where it places none."""
    ramp: Ramp | None = None

    def allowance(self, day: date) -> int | None:
        """Return how many contacts it may make on one of the lender's days; None: any number."""
        if self.ramp is None:
            return None
        days = max((day - self.ramp.begins).days, 0)
        # Past this nobody has so many borrowers, and a float no more meaning.
        return int(min(self.ramp.start * self.ramp.growth ** min(days, 400), _ANY_NUMBER))

    def reaches(self, address: str, kind: str = "") -> bool:
        """Say whether it may be used for an address of a kind."""
        if self.kinds and kind not in self.kinds:
            return False
        return not self.prefixes or address.startswith(self.prefixes)


def sender_attributes(
    address: str, number_kind: str, registrations: Iterable[str], flags: Iterable[str] = ()
) -> Mapping[str, Flag]:
    """Return what rules may ask about a sender; what isn't there nobody has told us."""
    found: dict[str, Flag] = {"number": address, "caller_id_shown": True}
    if number_kind:
        found |= {"number_kind": number_kind, f"number_{number_kind}": True}
    for name in registrations:
        found[name if name in _NAMED_IDS else f"registration_{name}"] = True
    return found | dict.fromkeys(flags, True)


@dataclass(frozen=True, slots=True)
class AgencyPlan:
    """One agency; see the settings of that name. `policy` is "" where caps are shared."""

    slug: str
    name: str
    flags: Mapping[str, Flag] = field(hash=False)
    fields: tuple[PlacedField, ...] = ()
    policy: str = ""
    agreement: str = ""
    agreement_ends: date | None = None


@dataclass(frozen=True, slots=True)
class HandOffPlan:
    """What a lender settled for steps that only people take; see the settings of that name."""

    approve: frozenset[HandOffKind] = frozenset(HandOffKind)
    while_referred: str = "stop_collection_keep_legal_notices"
    counsel: str = ""
    visit_days: int = 7
    visit_link: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class LawFirmPlan:
    """Who writes lawyers' letters; see the settings of that name."""

    name: str
    licence: str
    address: tuple[str, ...]
    phone: str
    lawyer: str
    lawyer_licence: str


@dataclass(frozen=True, slots=True)
class LetterPlan:
    """What a lender settled for letters; see the settings of that name."""

    address: tuple[str, ...] = ()
    law_firm: LawFirmPlan | None = None
    approve: Literal["every", "legal_notice", "none"] = "legal_notice"


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
    scorecard: str = "default"
    lender_class: str | None = None
    phone: str = ""
    complaint_phone: str = ""
    contact_person: str = ""
    neutral_name: str = ""
    signature: str = ""
    pay_channel: str = ""
    licences: Mapping[str, str] = field(default_factory=dict)
    automatic_answers: frozenset[str] = frozenset({"promise", "help", "language"})
    flags: tuple[str, ...] = ()
    pay_url: str = field(default="", repr=False)
    senders: tuple[SenderPlan, ...] = ()
    sources: Mapping[str, SourcePlan] = field(default_factory=dict)
    daily_cap_micros: int | None = None
    mode: Mode = "live"
    guests: frozenset[str] = field(default=frozenset(), repr=False)
    """Whom contacts really go to in mode `team`; e-mail addresses in lower case."""
    agencies: Mapping[str, AgencyPlan] = field(default_factory=dict, hash=False)
    task_deadlines: Mapping[TaskKind, timedelta] = field(default_factory=dict, hash=False)
    hand_offs: HandOffPlan = HandOffPlan()
    products: LenderProducts = LenderProducts()
    letters: LetterPlan = LetterPlan()
    links: LinkMaker | None = field(default=None, hash=False, compare=False)
    """What makes links to its self-service page; None where it has none."""

    def dfpi_license(self, residence: str | None) -> str:
        """Return the license that California wants shown, if the person may live there."""
        may_live_there = residence is not None and lies_in(residence, CALIFORNIA) is not False
        return self.licences.get(CALIFORNIA, "") if may_live_there else ""

    def senders_for(self, channel: Channel, address: str, kind: str = "") -> list[SenderPlan]:
        """Return the senders of a channel that may reach an address of a kind, as configured."""
        return [
            sender
            for sender in self.senders
            if sender.channel is channel and sender.reaches(address, kind)
        ]

    def sender_for(self, channel: Channel, address: str, kind: str = "") -> SenderPlan | None:
        """Return the first of `senders_for`, if there is one."""
        return next(iter(self.senders_for(channel, address, kind)), None)
