"""What a provider is to the rest of the service: one file per vendor, this one contract.

A provider translates both ways and classifies failures; it decides nothing and stores nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, Protocol, runtime_checkable

from outreach.domain.call_scripts import CallScript
from outreach.domain.contacts import Report
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import CallAnswer, Channel, DeliveryState, ErrorClass

Scope = Literal["address", "sender", "account", "template", "request"]
OptOutBy = Literal["one_click", "complaint"]
"""How a person asked for no more without words: by an e-mail's own address, as its mailbox told."""


class Document(NamedTuple):
    """What is printed and posted, whole. Its name tells of no person."""

    name: str
    """The letter's number with its lender's slug, as in `acme-000017`; a file's name."""
    pdf: bytes
    pages: int
    template: str = ""

    def __repr__(self) -> str:
        """Name it, and show none of it."""
        return f"Document({self.name!r}, pages={self.pages})"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One message to hand to a provider. Its text and numbers are never shown by `repr`."""

    attempt_id: str
    """Public id (`outreach.domain.contacts.attempt_id`); the provider echoes it in callbacks."""
    channel: Channel
    sender: str = field(repr=False)
    """From number in E.164, messaging service id or app id, as the lender configured it."""
    recipient: str = field(repr=False)
    """E.164 number, push token or address."""
    body: str = field(repr=False)
    """The rendered words."""
    valid_for: timedelta
    """Until the contact window closes: the provider must not deliver later than that."""
    reserved_at: datetime
    """Wall clock (aware UTC) of the reservation; lookups search no earlier than this."""
    ref: str | None = None
    """The provider's own id, where a settlement or callback told it already."""
    subject: str = field(default="", repr=False)
    """Title of a notification, subject of an e-mail; safe on a locked screen."""
    template: str = ""
    """Key of our template, for vendors that send registered templates only."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the template was filled with, as text, for the same vendors."""
    locale: str = ""
    """Language of the words, as in `en-US`."""
    wrote_at: datetime | None = None
    """When the recipient last wrote to this sender on this channel (wall clock, aware UTC), for
    vendors that take free words only in answer; None where that isn't known."""
    address_since: datetime | None = None
    """When the recipient's address was last told to be theirs (aware UTC), where that is known: a
    vendor's word that it was dead before then is about an earlier life of it."""
    document: Document | None = field(default=None, repr=False)
    """For letters: what is printed. `recipient` is then what the window shows, line by line."""


class Accepted(NamedTuple):
    """The provider took it; delivery is another matter."""

    ref: str
    state: DeliveryState
    parts: int | None
    """Billed parts; None while the provider doesn't know yet."""


class Rejected(NamedTuple):
    """Certain: the provider didn't take it."""

    error: ErrorClass
    code: str
    retry_after: timedelta | None = None
    scope: Scope = "request"
    """What the refusal is about, and so what to pause."""
    contact_counted: bool = False
    """Whether it counts toward legal caps; False for everything that never left."""
    alert: bool = False
    """People should look: reputation, configuration, account, or a code nobody classified."""


class Unknown(NamedTuple):
    """It may have been taken. Counts against caps, is looked up, is never resent blindly."""

    why: str


SendResult = Accepted | Rejected | Unknown


class Found(NamedTuple):
    """The provider has it."""

    ref: str
    report: Report
    parts: int | None = None


class NotFound(NamedTuple):
    """The provider has answered and doesn't list it (its list may lag behind its creates)."""


class Unsupported(NamedTuple):
    """The provider can't be asked, or couldn't answer now."""

    why: str


LookupResult = Found | NotFound | Unsupported


class Capabilities(NamedTuple):
    """What a provider can do; dispatch and reconciliation read it instead of knowing vendors."""

    channels: frozenset[Channel]
    max_body: int | None
    counts_segments: bool
    """Bills and throttles by SMS part."""
    dedupes_creates: bool
    """A repeated create is recognized. False for every vendor that we know of."""
    echo: Literal["callback_url", "client_ref", "none"]
    """How our attempt id comes back in callbacks."""
    lookup: Literal["by_id", "by_address", "none"]
    supports_cancel: bool
    valid_for: tuple[timedelta, timedelta] | None
    """Bounds of the time that it may queue a message; None = it can't be bounded."""
    has_delivery_receipt: bool
    template_only: bool = False
    """Sends registered templates only: `Attempt.template` and `variables`, never free words."""


@dataclass(frozen=True, slots=True)
class RawCallback:
    """A provider's HTTP request exactly as it came, nothing decoded."""

    kind: str
    """Which of the provider's routes was called: `sms/status`, `sms/inbound` …"""
    path_qs: str = field(repr=False)
    """Raw path and raw query, as on the request line."""
    headers: Mapping[str, str] = field(repr=False)
    """Case-insensitive."""
    body: bytes = field(repr=False)


class BadSignatureError(Exception):
    """The callback isn't the provider's, or can't be shown to be: answer 403, keep nothing."""

    def __init__(self) -> None:
        super().__init__("callback signature refused")


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody answered in a call."""

    answer: CallAnswer
    words: str = field(default="", repr=False)
    """Their own words, where a person has to read them."""
    day: date | None = None
    """The day that they confirmed as that of a payment, in the lender's calendar."""
    turn: str = ""
    """Which turn of the call it was; tells two answers of one call apart."""


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """What became of a contact, as the provider tells it."""

    attempt_id: str | None
    ref: str | None
    report: Report
    scope: Scope = "request"
    alert: bool = False
    confirmations: int = 1
    """How many such reports an address error needs before the address is given up."""
    parts: int | None = None
    price_micros: int | None = None
    """Cost in millionths of `price_currency`, never negative."""
    price_currency: str | None = None
    said: Said | None = None
    """For calls: what was answered."""
    opted_out: OptOutBy | None = None
    """The person wants nothing more by this channel, and said so without words."""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """Somebody wrote to one of the senders."""

    ref: str
    from_address: str = field(repr=False)
    to_addresses: tuple[str, ...] = field(repr=False)
    """The number written to and, where there is one, the messaging service behind it."""
    text: str = field(repr=False)
    provider_opt_out: Literal["STOP", "START", "HELP"] | None = None
    """The provider recognized a keyword, and has answered it itself."""
    channel: Channel = Channel.SMS
    """What it came by; an e-mail's address is in lower case."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Authentic and kept, but without effect."""

    why: str
    attempt_id: str | None = None


CallbackEvent = StatusUpdate | InboundMessage | Ignored


class Acknowledgment(NamedTuple):
    """The answer a provider expects to a callback that was taken."""

    status: int
    content_type: str | None
    body: bytes


NO_CONTENT: Final = Acknowledgment(204, None, b"")


class Provider(Protocol):
    """One configured account at one vendor."""

    name: str
    """The slug in the settings."""
    capabilities: Capabilities
    callback_paths: Mapping[str, str]
    """Path on our public address → kind of callback. Several accounts may share a path; the
    signature tells whose it is."""

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """Create one message within `deadline` seconds.

        Never raises for what the network or the vendor do, never retries.
        """

    async def lookup(
        self, attempt: Attempt, deadline: float, *, taken: Collection[str] = ()
    ) -> LookupResult:
        """Ask what became of an attempt whose create call wasn't answered.

        Args:
            attempt: As it was handed over; `ref` shortens the search.
            deadline: Seconds for the whole search.
            taken: References that belong to other contacts, and so can't be this one.
        """

    async def cancel(self, ref: str, deadline: float) -> bool:
        """Take back what the vendor still holds; True only if it says that it won't go out."""

    def parse_callback(self, raw: RawCallback) -> list[CallbackEvent]:
        """Verify, then read. Whatever is authentic and can't be read becomes `Ignored`.

        Raises:
            BadSignatureError: Not signed by this account.
        """

    def ack(self, kind: str, events: Sequence[CallbackEvent]) -> Acknowledgment:
        """Return the answer that the vendor expects to a callback that was stored."""


class ProviderConfig(Protocol):
    """The part of the settings that `build_providers` reads."""

    @property
    def adapter(self) -> str:
        """Key of the registry: `twilio_sms`, `sandbox`."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Adapter's own options, checked by its `Options`."""


class WallClock(Protocol):
    """The machine's clock, for tokens that expire and windows that close while a send waits."""

    def wall_now(self) -> datetime:
        """Return the wall time, aware UTC."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a call may say, as it was decided and logged.

    `script` None: nothing, so it ends. `today` is the lender's date, `write_day` writes a date in
    the script's language.
    """

    script: CallScript | None
    today: date
    write_day: Callable[[date], str]


@runtime_checkable
class Conversing(Protocol):
    """A provider that asks what to say while somebody is on the line."""

    conversing: Collection[str]
    """Kinds of callbacks that are answered with what comes next, or that change it."""

    def begins(self, kind: str) -> bool:
        """Say whether a callback of that kind comes when somebody has just picked up."""

    async def converse(self, raw: RawCallback, conversation: Conversation) -> Acknowledgment:
        """Return what to do next, in answer to a callback that was verified and kept.

        Never raises for what the network or the vendor do.
        """


@runtime_checkable
class Paged(Protocol):
    """A provider with addresses that people open in a browser. Opening one changes nothing."""

    pages: Mapping[str, str]
    """Path on our public address → kind of page. Posting to it is a callback of that kind."""

    def page(self, kind: str, path: str) -> Acknowledgment:
        """Return what is shown at a path, for an address of this account and for any other."""


@runtime_checkable
class SelfClosing(Protocol):
    """A provider with connections of its own; whoever built it closes it."""

    async def close(self) -> None:
        """Close them; nothing is sent afterwards."""


class Checked(NamedTuple):
    """What a harmless call showed of an account: whether it would be let in."""

    verdict: Literal["works", "refused", "unreachable", "cannot_tell"]
    why: str = ""
    """For people; without secrets and addresses."""


@runtime_checkable
class Checkable(Protocol):
    """A provider whose vendor has a call that sends nothing and tells whether we are let in."""

    async def check(self, deadline: float) -> Checked:
        """Make that call within `deadline` seconds; never raises for what network or vendor do."""


class Finished(NamedTuple):
    """What a vendor says of a message that has run its course, and whether it forgot the words."""

    parts: int | None
    price_micros: int | None
    """Millionths of `price_currency`, never negative; None while the vendor doesn't know it."""
    price_currency: str | None
    redacted: bool
    """It holds no words that it should have forgotten."""


@runtime_checkable
class Finishing(Protocol):
    """A provider whose vendor prices messages late, and can be made to forget their words."""

    redacts: bool
    """Whether `finish` asks for that."""

    async def finish(self, ref: str, deadline: float) -> Finished | Unsupported:
        """Ask for the price and have the words deleted; safe to repeat.

        Never raises for what the network or the vendor do.
        """
