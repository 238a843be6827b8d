"""What each Fineract event says, as canonical `data`. Pure; the amounts are what is outstanding."""

from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from outreach.domain.records import dataclass
from outreach.sources.fineract import (
    currency_of,
    day,
    is_credit,
    is_reversed,
    minor,
    named,
    need,
    number_text,
    parts,
    payment_of,
    payment_ref,
    ref,
    reversal_of,
    text_of,
)
from outreach.sources.source import MappingError, UnreadableError

_CLOSED: Final = {
    "closed.obligations.met": "matured",
    "overpaid": "matured",
    "closed.written.off": "written_off",
    "closed.reschedule.outstanding.amount": "refinanced",
}
"""Ends of `loanStatusType.…` after which nothing is owed to this account, and why."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event's payload with what its envelope says.

    Attributes:
        data: The decoded Avro record.
        instance: Fineract's tenant.
        at: `createdAt` as UTC.
        business_date: Fineract's own day, which may lag behind the calendar's.
        timezone: The lender's zone, from our settings.
    """

    data: dict[str, Any]
    instance: str
    at: datetime
    business_date: str | None
    timezone: str

    @property
    def on(self) -> date:
        """The business date; without one, the lender's date at `at`."""
        if self.business_date is not None:
            return day(self.business_date, "businessDate")
        return self.at.astimezone(ZoneInfo(self.timezone)).date()


@dataclass(frozen=True, slots=True)
class Statement:
    """One canonical signal to be; `time` is the event's unless it says another."""

    type: str
    data: dict[str, Any]
    time: datetime | None = None


class _Bulk(msgspec.Struct):
    datas: list[msgspec.Raw]


class _BulkEvent(msgspec.Struct):
    data: _Bulk


_BULK: Final = msgspec.json.Decoder(_BulkEvent)


def bulk_slices(raw: bytes) -> list[bytes]:
    """Return the bytes of each item of a bulk event.

    Raises:
        UnreadableError: It isn't built as one.
    """
    try:
        return [bytes(item) for item in _BULK.decode(raw).data.datas]
    except (ValueError, RecursionError) as exc:
        raise UnreadableError("The bulk event isn't built as one.") from exc


def _frame(event: Event, loan: dict[str, Any]) -> dict[str, Any]:
    return {"loan": loan, "as_of": text_of(event.at), "lender_timezone": event.timezone}


def _loan(event: Event, currency: str, about: dict[str, Any]) -> dict[str, Any]:
    external = about.get("loanExternalId") or about.get("externalLoanId")
    loan = named(event.instance, "loan", about.get("loanId"), external) | {"currency": currency}
    if isinstance(about.get("loanAccountNo"), str):
        loan["account_no"] = about["loanAccountNo"]
    return loan


def _installment(event: Event) -> tuple[dict[str, Any], date]:
    currency = currency_of(event.data)
    told = need(event.data, "installment", dict)
    number = need(told, "installmentNumber", int)
    due_on = day(told.get("installmentDueDate"), "installmentDueDate")
    names = (
        "principalAmountDue",
        "interestAmountDue",
        "feeChargeAmountDue",
        "penaltyChargeAmountDue",
    )
    if told.get("totalAmountDue") is None:
        raise MappingError("unmapped", "`installment.totalAmountDue` is missing")
    left = parts(
        (told.get(name) for name in names), told["totalAmountDue"], currency, "installment"
    )
    data = _frame(event, _loan(event, currency, event.data))
    data["installment"] = {
        "number": number,
        "due_date": due_on.isoformat(),
        "outstanding": left["total"],
        "outstanding_parts": left,
        "currency": currency,
    }
    past_due = _amounts(event.data.get("pastDueAmount"), currency)
    if past_due is not None:
        data["past_due"] = past_due
    return data, due_on


def _amounts(told: Any, currency: str) -> dict[str, int] | None:
    if not isinstance(told, dict):
        return None
    names = ("principalAmount", "interestAmount", "feeAmount", "penaltyAmount")
    return parts(
        (told.get(name) for name in names), told.get("totalAmount"), currency, "totalAmount"
    )


def due(event: Event) -> list[Statement]:
    """An installment falls due in some days, or today; what is left of it."""
    data, due_on = _installment(event)
    days = (due_on - event.on).days
    if days > 0:
        return [Statement("installment.due_soon", {**data, "days_until_due": days})]
    return [Statement("installment.due", data)]


def overdue(event: Event) -> list[Statement]:
    """An installment is past due by Fineract's own business date."""
    data, due_on = _installment(event)
    late = (event.on - due_on).days
    if late < 1:
        raise MappingError(
            "unmapped",
            "called overdue on or before its due date; check the platform's business date",
        )
    return [Statement("installment.overdue", {**data, "days_past_due": late})]


def delinquency(event: Event) -> list[Statement]:
    """The loan moved into another delinquency range, or is current again."""
    currency = currency_of(event.data)
    data = _frame(event, _loan(event, currency, event.data))
    told = event.data.get("delinquencyRange")
    cured = told is None
    bucket = "current" if cured else need(told, "classification", str)
    data["risk"] = {
        "model": "fineract.delinquency",
        "bucket": bucket,
        "valid_from": text_of(event.at),
    }
    data["cured"] = cured
    past_due = _amounts(event.data.get("amount"), currency)
    if past_due is not None:
        data["past_due"] = past_due
    since = event.data.get("delinquentDate")
    data["delinquent_since"] = (
        day(since, "delinquentDate").isoformat() if since is not None else None
    )
    return [Statement("risk.changed", data)]


def credited(event: Event) -> list[Statement]:
    """A payment was posted; one that is already reversed says both."""
    transaction = event.data
    currency = currency_of(transaction)
    frame = _frame(event, _loan(event, currency, transaction))
    payment = payment_of(event.instance, transaction, currency)
    payment["received_at"] = text_of(event.at)
    said = [Statement("payment.received", {**frame, "payment": payment})]
    if is_reversed(transaction):
        undone = reversal_of(event.instance, transaction, currency, event.at, "other")
        said.append(Statement("payment.reversed", {**frame, "reversal": undone}))
    return said


def adjusted(event: Event) -> list[Statement]:
    """A transaction was undone, or replaced by another that is linked to it.

    Fineract lets the new transaction keep the external id. That id then names the payment that was
    reversed, so the new one goes by its number.
    """
    old = need(event.data, "transactionToAdjust", dict)
    currency = currency_of(old)
    frame = _frame(event, _loan(event, currency, old))
    if not is_credit(old):
        raise MappingError("unmapped", "the transaction that was adjusted is no payment")
    new = event.data.get("newTransactionDetail")
    reason = "operator_error" if new is None else "reallocation"
    undone = reversal_of(event.instance, old, currency, event.at, reason)
    said = [Statement("payment.reversed", {**frame, "reversal": undone})]
    if isinstance(new, dict):
        keeps = payment_ref(event.instance, new) == payment_ref(event.instance, old)
        number = number_text(new.get("id"))
        if keeps and number is None:
            raise MappingError("unmapped", "`newTransactionDetail.id` is missing")
        own = ref(event.instance, "tx", number) if keeps and number else None
        payment = payment_of(event.instance, new, currency_of(new), payment_id=own)
        payment["replaces"] = undone["payment_id"]
        payment["received_at"] = text_of(event.at)
        said.append(Statement("payment.received", {**frame, "payment": payment}))
    return said


def _account(event: Event) -> dict[str, Any]:
    """Return `loan` and `borrower` of a whole loan account."""
    told = event.data
    currency = currency_of(told)
    loan = named(event.instance, "loan", told.get("id"), told.get("externalId")) | {
        "currency": currency
    }
    if isinstance(told.get("accountNo"), str):
        loan["account_no"] = told["accountNo"]
    data = _frame(event, loan)
    if number_text(told.get("clientId")):
        data["borrower"] = named(
            event.instance, "client", told["clientId"], told.get("clientExternalId")
        )
    return data


def _status(told: dict[str, Any]) -> str:
    code = need(need(told, "status", dict), "code", str)
    return code.removeprefix("loanStatusType.")


def status_changed(event: Event) -> list[Statement]:
    """The account closed; any other status says too little and is read back (empty)."""
    return closed(event) if _status(event.data) in _CLOSED else []


def closed(event: Event) -> list[Statement]:
    """Nothing is owed on this account any more."""
    data = _account(event)
    currency = data["loan"]["currency"]
    status = _status(event.data) if isinstance(event.data.get("status"), dict) else ""
    timeline = event.data.get("timeline")
    on = timeline.get("closedOnDate") if isinstance(timeline, dict) else None
    data["closed_on"] = (day(on, "closedOnDate") if on is not None else event.on).isoformat()
    data["reason"] = _CLOSED.get(status, "other")
    data["overpaid"] = minor(event.data.get("totalOverpaid"), currency, "totalOverpaid")
    data["loan"]["status"] = "written_off" if data["reason"] == "written_off" else "closed"
    return [Statement("loan.paid_off", data)]


def paused(event: Event) -> list[Statement]:
    """The platform paused delinquency for this loan, or the pause ended: a hold on contact."""
    data = _account(event)
    told = event.data.get("delinquent")
    periods = told.get("delinquencyPausePeriods") if isinstance(told, dict) else None
    if not isinstance(periods, list):
        raise MappingError("unmapped", "`delinquent.delinquencyPausePeriods` is missing")
    loan = data["loan"]["id"]
    hold: dict[str, Any] = {"id": f"fineract-pause:{loan}", "kind": "operator", "loans": [loan]}
    active = [one for one in periods if isinstance(one, dict) and one.get("active") is True]
    if not active:
        return [
            Statement("hold.released", {**data, "hold": {**hold, "released_at": text_of(event.at)}})
        ]
    hold["contact_policy"] = "pause_collection"
    hold["from"] = day(active[0].get("pausePeriodStart"), "pausePeriodStart").isoformat()
    hold["until"] = day(active[0].get("pausePeriodEnd"), "pausePeriodEnd").isoformat()
    return [Statement("hold.placed", {**data, "hold": hold})]


def start_of(on: date, timezone: str) -> datetime:
    """Return the first instant of a lender's day."""
    return datetime.combine(on, time(), ZoneInfo(timezone))
