"""Apache Fineract external events, decoded by a bridge and posted as JSON.

At least once, and `source` is new with every restart of the platform: only `tenantId` and
`idempotencyKey` say whether an event was seen. Due and overdue share one schema, so the `type`
decides. Times are UTC without a zone; amounts are decimal texts and mean what is outstanding.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from outreach.domain.signals import LANE_LAST, Signal
from outreach.sources import fineract_statements as say
from outreach.sources.fineract import moment, named, need, number_text, stored_type
from outreach.sources.payload import is_json, media_type, read_items, read_json, texts_with_nul
from outreach.sources.signature import Credential
from outreach.sources.source import (
    LANE_FIRST,
    ContentKind,
    Envelope,
    IncomingRequest,
    MappingError,
    MediaTypeError,
    NeedsReadBack,
    RawSignal,
    ReadsBack,
    SourceOptions,
    UnreadableError,
    fingerprint,
)

_BULK: Final = "BulkBusinessEvent"
_SUFFIX: Final = "BusinessEvent"
_INSTANCE: Final = "tenantId"
_AT: Final = "createdAt"
_ON: Final = "businessDate"
_LATE_READ: Final = timedelta(seconds=1)
_LONGEST_KEY: Final = 160

Statement = Callable[[say.Event], list[say.Statement]]

_STATEMENTS: Final[dict[str, Statement]] = {
    "LoanRepaymentDue": say.due,
    "LoanRepaymentOverdue": say.overdue,
    "LoanDelinquencyRangeChange": say.delinquency,
    "LoanAdjustTransaction": say.adjusted,
    "LoanClose": say.closed,
    "LoanStatusChanged": say.status_changed,
    "LoanAccountDelinquencyPauseChanged": say.paused,
    **dict.fromkeys(
        (
            "LoanTransactionMakeRepaymentPost",
            "LoanTransactionRecoveryPaymentPost",
            "LoanTransactionDownPaymentPost",
            "LoanTransactionMerchantIssuedRefundPost",
            "LoanTransactionPayoutRefundPost",
            "LoanTransactionGoodwillCreditPost",
            "LoanTransactionInterestPaymentWaiverPost",
            "LoanChargePaymentPost",
        ),
        say.credited,
    ),
}
"""Events that say enough by themselves, by type without its `BusinessEvent` ending."""

_READ_BACK: Final = frozenset(
    {
        "LoanApproved",
        "LoanBalanceChanged",
        "LoanChargeOffPost",
        "LoanChargeOffUndo",
        "LoanDisbursal",
        "LoanForeClosurePost",
        "LoanReAgeTransaction",
        "LoanReAmortizeTransaction",
        "LoanReAge",
        "LoanReAmortize",
        "LoanReschedule",
        "LoanRescheduledDueAdjustSchedule",
        "LoanRescheduledDueHolidays",
        "LoanScheduleVariationsAdded",
        "LoanScheduleVariationsDeleted",
        "LoanUndoReAgeTransaction",
        "LoanUndoReAmortizeTransaction",
        "LoanUndoWrittenOff",
        "LoanWaiveInterest",
        "LoanWrittenOffPost",
    }
)
"""Events after which the loan looks different, but that don't say how."""

_PROTECTS: Final = frozenset(
    {
        "LoanClose",
        "LoanStatusChanged",
        "LoanAdjustTransaction",
        "LoanAccountDelinquencyPauseChanged",
    }
)


class FineractEventsSource:
    """One bridge that posts a Fineract installation's external events."""

    def __init__(self, options: SourceOptions, reader: ReadsBack | None = None) -> None:
        self.options = options
        self.reader = reader
        self._credential = Credential(options)

    def authenticate(self, request: IncomingRequest) -> None:
        """Check the signature, or the secret address; see `Source.authenticate`."""
        self._credential.check(request)

    def split(self, request: IncomingRequest) -> list[Envelope]:
        """Return the event, or the events of a bulk or an array; see `Source.split`."""
        kind = media_type(request.headers.get("Content-Type"))
        if kind and not is_json(kind):
            raise MediaTypeError("This source takes decoded events as JSON.", "application/json")
        content = read_json(request.body)
        if isinstance(content, list) and content:
            slices = zip(content, read_items(request.body), strict=True)
            return [one for event, raw in slices for one in self._events(event, raw)]
        return self._events(content, request.body)

    def _events(self, event: Any, raw: bytes) -> list[Envelope]:
        outer = event if isinstance(event, dict) else {}
        headers = {
            name: outer[name] for name in (_INSTANCE, _AT, _ON) if isinstance(outer.get(name), str)
        }
        key = outer.get("idempotencyKey")
        key = (
            key
            if isinstance(key, str) and 0 < len(key) <= _LONGEST_KEY
            else sha256(raw).hexdigest()
        )
        if outer.get("type") == _BULK:
            children = self._children(outer, raw)
            if children is not None:
                return [
                    self._envelope(
                        child, body, f"{key}#{number_text(child.get('id')) or index}", headers
                    )
                    for index, (child, body) in enumerate(children, start=1)
                ]
        return [self._envelope(outer or event, raw, key, headers)]

    def _children(
        self, bulk: dict[str, Any], raw: bytes
    ) -> list[tuple[dict[str, Any], bytes]] | None:
        """Return the items of a bulk with their slices; None if it isn't built as expected."""
        data = bulk.get("data")
        items = data.get("datas") if isinstance(data, dict) else None
        if (
            not isinstance(items, list)
            or not items
            or not all(isinstance(item, dict) for item in items)
        ):
            return None
        try:
            slices = say.bulk_slices(raw)
        except UnreadableError:
            return None
        return list(zip(items, slices, strict=True)) if len(items) == len(slices) else None

    def _envelope(self, event: Any, raw: bytes, key: str, headers: dict[str, str]) -> Envelope:
        members = event if isinstance(event, dict) else {}
        type_ = stored_type(members.get("type"))
        instance = headers.get(_INSTANCE, "default")
        return Envelope(
            id=key,
            source=f"urn:fineract:{instance}",
            type=type_,
            subjects=tuple(_subjects(instance, members.get("data"))),
            lane=lane_of_event(type_),
            fingerprint=fingerprint([type_, headers.get(_ON), members.get("data", event)]),
            kind=ContentKind.FINERACT_EVENT,
            raw=raw,
            headers=headers,
        )

    def map(self, raw: RawSignal) -> list[Signal] | NeedsReadBack:
        """Translate an event by its type; see `Source.map`."""
        content = read_json(raw.body)
        if not isinstance(content, dict) or any(texts_with_nul(content)):
            raise MappingError("unmapped", "the body isn't a Fineract event")
        data = need(content, "data", dict)
        instance = raw.headers.get(_INSTANCE, "default")
        at = moment(raw.headers[_AT], _AT) if _AT in raw.headers else raw.received_at
        name = raw.type.removesuffix(_SUFFIX)
        if name in _READ_BACK:
            return self._read_back(data, instance, at, raw.received_at)
        statement = _STATEMENTS.get(name)
        if statement is None:
            raise MappingError(
                "unknown_type", f"the event {raw.type} isn't known; nothing was changed by it"
            )
        event = say.Event(data, instance, at, raw.headers.get(_ON), self.options.timezone)
        statements = statement(event)
        if not statements and name == "LoanStatusChanged":
            return self._read_back(data, instance, at, raw.received_at)
        return [
            Signal(
                id=raw.signal_id if len(statements) == 1 else f"{raw.signal_id}#{one.type}",
                source=raw.source_uri,
                type=one.type,
                subject=f"loan/{one.data['loan']['id']}",
                time=one.time or at,
                sequence=None,
                data=one.data,
            )
            for one in statements
        ]

    def _read_back(
        self, data: dict[str, Any], instance: str, at: datetime, received_at: datetime
    ) -> NeedsReadBack:
        loan = number_text(data.get("loanId"))
        own = number_text(data.get("id"))
        if loan is None and own is None:
            raise MappingError("unmapped", "neither `loanId` nor `id` is there")
        return NeedsReadBack(
            loan=loan or own or "",
            instance=instance,
            transaction=own if loan is not None else None,
            happened_at=at,
            not_before=received_at + _LATE_READ,
        )


def lane_of_event(type_: str) -> int:
    """Return the inbox lane of an event type."""
    name = type_.removesuffix(_SUFFIX)
    first = name in _PROTECTS or name in _READ_BACK or _STATEMENTS.get(name) is say.credited
    return LANE_FIRST if first else LANE_LAST


def _subjects(instance: str, data: Any) -> list[str]:
    """Return every name of the loan an event is about, and its client where it says so."""
    if not isinstance(data, dict):
        return []
    inner = data.get("transactionToAdjust")
    about = inner if isinstance(inner, dict) else data
    is_account = "loanId" not in about and "accountNo" in about
    number = about.get("id") if is_account else about.get("loanId")
    external = (
        about.get("externalId")
        if is_account
        else about.get("loanExternalId") or about.get("externalLoanId")
    )
    found: list[str] = []
    if number_text(number) or isinstance(external, str):
        loan = named(instance, "loan", number, external)
        found += [f"loan/{name}" for name in (loan["id"], *loan["aliases"]) if name]
    client = number_text(about.get("clientId"))
    if client:
        borrower = named(instance, "client", client, about.get("clientExternalId"))
        found += [f"borrower/{name}" for name in (borrower["id"], *borrower["aliases"]) if name]
    return found
