"""A loan read back from Fineract's API, as canonical signals. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from outreach.domain.signals import Signal
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
    reversal_of,
    text_of,
)
from outreach.sources.fineract_statements import start_of
from outreach.sources.source import MappingError, NeedsReadBack

_STATUS: Final = {300: "active", 600: "closed", 601: "written_off", 602: "closed", 700: "closed"}
_REASON: Final = {600: "matured", 601: "written_off", 602: "refinanced", 700: "matured"}
_MOST_PERIODS: Final = 600
_OUTSTANDING: Final = (
    "principalOutstanding",
    "interestOutstanding",
    "feeChargesOutstanding",
    "penaltyChargesOutstanding",
)
_BILLED: Final = ("principalDue", "interestDue", "feeChargesDue", "penaltyChargesDue")


def signals_of(body: Any, needs: NeedsReadBack, *, timezone: str, as_of: datetime) -> list[Signal]:
    """Return the schedule as it stands, each payment and reversal, and the end if it has come.

    A loan that isn't disbursed yet means nothing: an empty list. Payments are keyed by their
    external id, so that one told by an event as well counts once; none is dated after `as_of`,
    since the schedule already contains them all.

    Args:
        body: `GET /loans/{id}?associations=repaymentSchedule,transactions`.
        needs: What asked for it.
        timezone: The lender's zone.
        as_of: When it was read, in business time.

    Raises:
        MappingError: Something we need is missing or contradicts itself.
    """
    status = need(need(body, "status", dict), "id", int)
    if status not in _STATUS:
        return []
    currency = currency_of(body)
    loan = _loan(body, needs.instance, currency, status)
    frame: dict[str, Any] = {"loan": loan, "as_of": text_of(as_of), "lender_timezone": timezone}
    if number_text(body.get("clientId")):
        frame["borrower"] = named(
            needs.instance, "client", body["clientId"], body.get("clientExternalId")
        )
    key = f"read-back:{needs.instance}:{needs.loan}"

    def signal(type_: str, name: str, time: datetime, data: Mapping[str, Any]) -> Signal:
        return Signal(
            f"{key}:{name}",
            "urn:fineract:api",
            type_,
            f"loan/{loan['id']}",
            time,
            None,
            {**frame, **data},
        )

    found = [
        signal(
            "schedule.snapshot", text_of(as_of), as_of, {"installments": _schedule(body, currency)}
        )
    ]
    for transaction in body.get("transactions") or ():
        if isinstance(transaction, dict) and is_credit(transaction):
            at = _time(transaction, needs, timezone, as_of)
            payment = payment_of(needs.instance, transaction, currency)
            found.append(
                signal("payment.received", f"{payment['id']}:received", at, {"payment": payment})
            )
            if is_reversed(transaction):
                undone = reversal_of(needs.instance, transaction, currency, at, "other")
                found.append(
                    signal(
                        "payment.reversed", f"{payment['id']}:reversed", at, {"reversal": undone}
                    )
                )
    if status in _REASON:
        found.append(
            signal(
                "loan.paid_off",
                f"closed:{status}",
                as_of,
                _end(body, status, timezone, as_of, currency),
            )
        )
    return found


def _loan(body: Mapping[str, Any], instance: str, currency: str, status: int) -> dict[str, Any]:
    loan = named(instance, "loan", body.get("id"), body.get("externalId")) | {"currency": currency}
    loan["status"] = (
        "charged_off"
        if body.get("chargedOff") is True and status == min(_STATUS)
        else _STATUS[status]
    )
    for ours, theirs in (("account_no", "accountNo"), ("product", "loanProductName")):
        if isinstance(body.get(theirs), str):
            loan[ours] = body[theirs]
    summary = body.get("summary")
    if isinstance(summary, dict):
        loan["total_outstanding"] = minor(
            summary.get("totalOutstanding"), currency, "totalOutstanding"
        )
        loan["principal_balance"] = minor(
            summary.get("principalOutstanding"), currency, "principalOutstanding"
        )
    return loan


def _schedule(body: Mapping[str, Any], currency: str) -> list[dict[str, Any]]:
    periods = need(need(body, "repaymentSchedule", dict), "periods", list)
    installments = []
    for period in periods[:_MOST_PERIODS]:
        if not isinstance(period, dict) or not isinstance(period.get("period"), int):
            continue  # the disbursement stands in the list without a number
        left = parts(
            (period.get(name) for name in _OUTSTANDING),
            period.get("totalOutstandingForPeriod"),
            currency,
            "period",
        )
        installment = {
            "number": period["period"],
            "due_date": day(period.get("dueDate"), "dueDate").isoformat(),
            "outstanding": left["total"],
            "outstanding_parts": left,
            "currency": currency,
        }
        if period.get("totalDueForPeriod") is not None:
            installment["amounts"] = parts(
                (period.get(name) for name in _BILLED),
                period["totalDueForPeriod"],
                currency,
                "period",
            )
        installments.append(installment)
    if not installments:
        raise MappingError("unmapped", "`repaymentSchedule.periods` has no installment")
    return installments


def _time(
    transaction: Mapping[str, Any], needs: NeedsReadBack, timezone: str, as_of: datetime
) -> datetime:
    """Return when a transaction became true: as the hook said, else at the start of its day."""
    if needs.transaction is not None and number_text(transaction.get("id")) == needs.transaction:
        return min(needs.happened_at, as_of)
    on = transaction.get("submittedOnDate") or transaction.get("date")
    return min(start_of(day(on, "date"), timezone), as_of)


def _end(
    body: Mapping[str, Any], status: int, timezone: str, as_of: datetime, currency: str
) -> dict[str, Any]:
    timeline = body.get("timeline")
    on = timeline.get("closedOnDate") if isinstance(timeline, dict) else None
    lender_day = as_of.astimezone(start_of(as_of.date(), timezone).tzinfo).date()
    return {
        "closed_on": (day(on, "closedOnDate") if on is not None else lender_day).isoformat(),
        "reason": _REASON[status],
        "overpaid": minor(body.get("totalOverpaid"), currency, "totalOverpaid"),
    }
