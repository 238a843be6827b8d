"""What a source is: it proves who is speaking, cuts a request into signals, and translates them.

`authenticate` and `split` run in the web process before the answer, so they only look at what they
must; `map` runs in the worker. None of them does any input or output, and none reads a clock.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, Protocol

import msgspec

from outreach.domain.records import dataclass
from outreach.domain.refs import signal_digest, subject_digest
from outreach.domain.signals import OrderBy, Signal

LANE_FIRST: Final = 0
"""Payments and protective signals: folded before anything else is decided about the person."""

LANE_NORMAL: Final = 1

UNMAPPED: Final = "unmapped"
"""Type of a row whose payload says nothing of what it is."""


class SourceError(Exception):
    """A request or a stored payload can't be used; the subclass says what to answer."""


class ForgedError(SourceError):
    """The sender didn't prove who it is: 401. `reason` is for counters, never for the sender."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnreadableError(SourceError):
    """The body isn't what its media type says: 400. `reason` is told to the sender."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MediaTypeError(SourceError):
    """This source doesn't take this media type: 415. `accepted` is told to the sender."""

    def __init__(self, reason: str, accepted: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.accepted = accepted


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that breaks our own schema.

    Attributes:
        path: Where, as in `data.installment.outstanding` or `[2].data.loan.currency`.
        wrong: What is wrong with it; never repeats a string that the sender sent.
        allowed: What it may be.
    """

    path: str
    wrong: str
    allowed: str


class SchemaError(SourceError):
    """The body breaks our own published schema: 422, naming each field."""

    def __init__(self, fields: tuple[FieldProblem, ...]) -> None:
        super().__init__(f"{len(fields)} fields")
        self.fields = fields


class MappingError(SourceError):
    """A stored payload can't become a canonical signal: quarantine and alert, never refuse.

    Attributes:
        reason: A short code, stored and counted: `unknown_type`, `unmapped`, `currency` …
        detail: What was missing or wrong and how to mend it; no personal data.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class ReadBackError(Exception):
    """The platform gave no usable answer: try the row again later.

    Attributes:
        reason: `unreachable`, `refused` (401, 403 …), `not_found`, `status` or `unreadable`.
        detail: The status or the kind of failure; no personal data.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class ContentKind(StrEnum):
    """How the stored slice is to be read back."""

    STANDARD = "standard"
    CLOUDEVENT = "cloudevent"
    CLOUDEVENT_DATA = "cloudevent_data"
    FINERACT_HOOK = "fineract_hook"
    FINERACT_EVENT = "fineract_event"


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What the settings say about one configured source.

    Attributes:
        tenant: The lender that the credential belongs to.
        slug: The source's name in the address; unique in the installation.
        secrets: One or two `whsec_…` secrets; all are tried, so that they can be rotated.
        path_secret: The unguessable last part of the address, for senders that can't sign.
        timezone: IANA zone of the lender's business dates.
        country: ISO 3166-1 of the lender; reads national phone numbers.
        rate_per_second: Requests a second, in each web process, before 429.
        order: What its signals are ordered by.
        silent_after: How long it may say nothing before somebody should look.
    """

    tenant: str
    slug: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    path_secret: str | None = field(default=None, repr=False)
    timezone: str = "UTC"
    country: str = "US"
    rate_per_second: int = 1000
    order: OrderBy = OrderBy.TIME
    silent_after: timedelta = timedelta(hours=26)

    @property
    def uri(self) -> str:
        """Name of this source where the sender names none."""
        return f"urn:outreach:source:{self.slug}"


class IncomingRequest(msgspec.Struct, frozen=True):
    """One POST as it came.

    Attributes:
        headers: Case-insensitive; the first value where one is repeated.
        body: The raw bytes: what a signature covers.
        path_secret: The last part of the address, if there was one.
        now: The clock that timestamps are judged by; aware UTC.
    """

    headers: Mapping[str, str]
    body: bytes
    path_secret: str | None
    now: datetime

    def __repr__(self) -> str:
        return "<IncomingRequest>"


class Envelope(msgspec.Struct, frozen=True):
    """One signal of a request, known well enough to store it once.

    Attributes:
        id: The sender's id, or one derived where it sends none.
        source: URI within which `id` is unique.
        type: What is stored and counted; at most 80 printable ASCII characters.
        subjects: Every alias of whom it is about: `loan/…`, `borrower/…`.
        lane: `LANE_FIRST` or `LANE_NORMAL`.
        fingerprint: Hash of what the signal says, equal for every way of saying it.
        kind: How to read `raw`.
        raw: The slice of the body.
        headers: What `map` needs besides the slice.
        delay: How long to wait before mapping it (hooks fire before their commit).
    """

    id: str
    source: str
    type: str
    subjects: tuple[str, ...]
    lane: int
    fingerprint: bytes
    kind: ContentKind
    raw: bytes
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    delay: timedelta = timedelta(0)

    def __repr__(self) -> str:
        return f"<Envelope {self.type}>"

    def digest(self, tenant: str) -> bytes:
        """Return the key that makes a second delivery a duplicate."""
        return signal_digest(tenant, self.source, self.id)

    def subject_digests(self, tenant: str) -> list[bytes]:
        """Return the keys under which dispatch finds a row that isn't folded yet."""
        return [subject_digest(tenant, subject) for subject in self.subjects]


class RawSignal(msgspec.Struct, frozen=True, array_like=True):
    """One stored signal, before it is translated; what an inbox row's body decrypts to.

    Attributes:
        tenant: The lender, from the credential.
        source: Slug of the configured source: which adapter maps it.
        source_uri: URI within which `signal_id` is unique.
        signal_id: The sender's id, or a derived one.
        type: As stored in the row.
        kind: How `body` is to be read.
        headers: The few that carry meaning.
        received_at: Business time of the receipt, aware UTC.
        body: The slice as it came, byte for byte.
    """

    tenant: str
    source: str
    source_uri: str
    signal_id: str
    type: str
    kind: ContentKind
    headers: dict[str, str]
    received_at: datetime
    body: bytes

    @classmethod
    def of(cls, envelope: Envelope, options: SourceOptions, received_at: datetime) -> "RawSignal":
        """Return what is kept of one signal of a request."""
        return cls(
            options.tenant,
            options.slug,
            envelope.source,
            envelope.id,
            envelope.type,
            envelope.kind,
            dict(envelope.headers),
            received_at,
            envelope.raw,
        )

    def pack(self) -> bytes:
        """Return the bytes to encrypt into `inbox.body`."""
        return _PACK.encode(self)

    @classmethod
    def unpack(cls, packed: bytes) -> "RawSignal":
        """Return what `pack` was given.

        Raises:
            msgspec.DecodeError: Not written by `pack`.
        """
        return _UNPACK.decode(packed)

    def __repr__(self) -> str:
        return f"<RawSignal {self.source} {self.type}>"


_PACK: Final = msgspec.msgpack.Encoder()
_UNPACK: Final = msgspec.msgpack.Decoder(RawSignal)


def inbox_aad(tenant: str) -> bytes:
    """Return what ties an inbox or quarantine ciphertext to its table and lender."""
    return b"inbox:" + tenant.encode()


@dataclass(frozen=True, slots=True)
class NeedsReadBack:
    """The payload says that something happened, not what is owed now: ask the platform.

    Attributes:
        loan: The platform's own id of the loan.
        instance: The platform's tenant (Fineract-Platform-TenantId).
        transaction: The platform's own id of the transaction told, if any.
        happened_at: When the platform says that it happened.
        not_before: Earliest moment at which an answer can be believed.
    """

    loan: str
    instance: str
    transaction: str | None
    happened_at: datetime
    not_before: datetime


class ReadsBack(Protocol):
    """Asks a platform what is owed now."""

    async def read(self, needs: NeedsReadBack, *, now: datetime) -> list[Signal]:
        """Return what the platform says as of `now` (business time), as canonical signals.

        Raises:
            ReadBackError: No usable answer; try again later.
            MappingError: The answer can't become signals; quarantine.
        """
        ...


class Source(Protocol):
    """One configured source: adapter, lender and credentials together."""

    @property
    def options(self) -> SourceOptions:
        """Return the settings it was built from."""
        ...

    @property
    def reader(self) -> ReadsBack | None:
        """Return what answers a `NeedsReadBack`; None where no read-back is configured."""
        ...

    def authenticate(self, request: IncomingRequest) -> None:
        """Let a proven sender pass.

        Raises:
            ForgedError: Signature, timestamp or secret path is missing, malformed or wrong.
        """
        ...

    def split(self, request: IncomingRequest) -> list[Envelope]:
        """Cut an authenticated request into signals; never empty.

        Raises:
            UnreadableError: Not the JSON it claims to be.
            MediaTypeError: A media type that this source doesn't take.
            SchemaError: Our own schema is broken.
        """
        ...

    def map(self, raw: RawSignal) -> list[Signal] | NeedsReadBack:
        """Translate one stored signal; an empty list means: recorded, without any effect.

        Raises:
            MappingError: Keep it in quarantine and alert.
        """
        ...


def fingerprint(content: Any) -> bytes:
    """Return a hash of what a payload says: member order and white space don't matter."""
    return sha256(_CANONICAL.encode(content)).digest()


_CANONICAL: Final = msgspec.json.Encoder(order="sorted", decimal_format="string")
