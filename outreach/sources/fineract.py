"""Apache Fineract's words in ours: references, amounts, dates, transactions. Pure.

Refs of Fineract's own numbers are written `fineract:<tenant>:loan:1007`, so that they never meet a
platform's own ids; an external id is the main name and the number its alias.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from outreach.domain.money import AmountError, Money, UnknownCurrencyError, exponent_of
from outreach.sources.source import UNMAPPED, MappingError

_T = TypeVar("_T")

_LONGEST_TYPE: Final = 80
_LONGEST_REF: Final = 200
_PARTS: Final = ("principal", "interest", "fees", "penalty")
_DATE_MEMBERS: Final = 3

CREDITS: Final = frozenset(
    {
        "repayment",
        "recoveryRepayment",
        "downPayment",
        "merchantIssuedRefund",
        "payoutRefund",
        "goodwillCredit",
        "chargePayment",
        "interestPaymentWaiver",
        "repaymentAtDisbursement",
    }
)
"""Transaction types that lower what the borrower owes, as in `loanTransactionType.repayment`."""


def need(data: Any, name: str, kind: type[_T]) -> _T:
    """Return a member that must be there.

    Raises:
        MappingError: Missing, null or of another kind.
    """
    value = data.get(name) if isinstance(data, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        raise MappingError("unmapped", f"`{name}` is missing or not what this event carries")
    return value


def number_text(value: Any) -> str | None:
    """Return a Fineract id as text; None unless it is a whole number or short text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return str(int(value))
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_REF and "\x00" not in value:
        return value
    return None


def ref(instance: str, kind: str, number: str) -> str:
    """Return our name of one of Fineract's numbers: kind is loan, client or tx."""
    return f"fineract:{instance}:{kind}:{number}"


def named(instance: str, kind: str, number: Any, external: Any) -> dict[str, Any]:
    """Return `id` and `aliases` of a loan or client.

    Raises:
        MappingError: Neither number nor external id.
    """
    own = number_text(number)
    outside = number_text(external) if isinstance(external, str) else None
    if own is None and outside is None:
        raise MappingError("unmapped", f"the {kind} has neither a number nor an external id")
    if own is None:
        return {"id": outside, "aliases": []}
    alias = ref(instance, kind, own)
    return {"id": outside, "aliases": [alias]} if outside else {"id": alias, "aliases": []}


def payment_ref(instance: str, transaction: Mapping[str, Any]) -> str:
    """Return the key under which a payment counts once, however it is told.

    Raises:
        MappingError: Neither external id nor number.
    """
    return str(named(instance, "tx", transaction.get("id"), transaction.get("externalId"))["id"])


def currency_of(data: Mapping[str, Any]) -> str:
    """Return the ISO 4217 code.

    Raises:
        MappingError: Not a currency, or Fineract disagrees with ISO about its decimals.
    """
    currency = need(data, "currency", dict)
    code = need(currency, "code", str)
    try:
        exponent = exponent_of(code)
    except UnknownCurrencyError as exc:
        raise MappingError("currency", "the currency isn't in ISO 4217") from exc
    if currency.get("decimalPlaces") not in (None, exponent):
        raise MappingError(
            "currency",
            f"{code} has {exponent} decimals in ISO 4217; Fineract is set up with others",
        )
    return code


def minor(value: Any, currency: str, name: str) -> int:
    """Return a decimal text or number in minor units, rounded half up; None is 0.

    Raises:
        MappingError: Not an amount, negative, or too large.
    """
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise MappingError("amounts", f"`{name}` isn't an amount")
    try:
        amount = Money.from_decimal_text(str(value), currency).minor
    except (AmountError, ArithmeticError) as exc:
        raise MappingError("amounts", f"`{name}` isn't an amount") from exc
    if amount < 0:
        raise MappingError("amounts", f"`{name}` is negative")
    return amount


def parts(amounts: Iterable[Any], total: Any, currency: str, name: str) -> dict[str, int]:
    """Return principal, interest, fees, penalty and their total, each part rounded half up.

    The total is the sum of the rounded parts where that is at most one minor unit per part away
    from the rounded total.

    Raises:
        MappingError: Further away: the parts belong to something else.
    """
    rounded = {
        part: minor(amount, currency, name) for part, amount in zip(_PARTS, amounts, strict=True)
    }
    summed = sum(rounded.values())
    if abs(summed - minor(total, currency, name)) > len(_PARTS):
        raise MappingError("amounts", f"the parts of `{name}` don't add up to its total")
    return {**rounded, "total": summed}


def day(value: Any, name: str) -> date:
    """Return a date from '2026-11-23' or [2026, 11, 23].

    Raises:
        MappingError: Another form, or no such date.
    """
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
        if isinstance(value, list) and len(value) == _DATE_MEMBERS:
            year, month, of_month = value
            return date(year, month, of_month)
    except (TypeError, ValueError, OverflowError):
        pass
    raise MappingError("unmapped", f"`{name}` isn't a date")


def moment(value: Any, name: str) -> datetime:
    """Return an instant; without a zone it is UTC, as Fineract writes it.

    Raises:
        MappingError: Not a date and time.
    """
    try:
        read = datetime.fromisoformat(value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as exc:
        raise MappingError("unmapped", f"`{name}` isn't a date and time") from exc


def text_of(at: datetime) -> str:
    """Return an instant as RFC 3339 text."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def stored_type(text: Any) -> str:
    """Return a foreign type as it may be stored and counted, or `unmapped`."""
    usable = (
        isinstance(text, str)
        and 0 < len(text) <= _LONGEST_TYPE
        and text.isascii()
        and text.isprintable()
    )
    return str(text) if usable else UNMAPPED


def is_credit(transaction: Mapping[str, Any]) -> bool:
    """Say whether a transaction lowers what is owed: by its code, else by its flags."""
    kind = transaction.get("type")
    if not isinstance(kind, dict):
        return False
    code = kind.get("code")
    if isinstance(code, str):
        return code.rpartition(".")[2] in CREDITS
    return any(kind.get(name) is True for name in CREDITS)


def is_reversed(transaction: Mapping[str, Any]) -> bool:
    """Say whether a transaction was undone."""
    flags = (transaction.get("manuallyReversed"), transaction.get("reversed"))
    return True in flags or transaction.get("reversedOnDate") is not None


def payment_of(
    instance: str, transaction: Mapping[str, Any], currency: str, *, payment_id: str | None = None
) -> dict[str, Any]:
    """Return `data.payment` of a transaction that is a credit.

    The amount stands as it is; what rounding leaves of its portions goes to the largest.

    Raises:
        MappingError: Amounts or dates can't be read, or the portions belong to something else.
    """
    amount = minor(transaction.get("amount"), currency, "amount")
    names = (
        "principalPortion",
        "interestPortion",
        "feeChargesPortion",
        "penaltyChargesPortion",
        "overpaymentPortion",
    )
    payment: dict[str, Any] = {
        "id": payment_id or payment_ref(instance, transaction),
        "amount": amount,
        "currency": currency,
        "value_date": day(transaction.get("date"), "date").isoformat(),
        "provisional": False,
    }
    method = transaction.get("paymentDetailData")
    kind = method.get("paymentType") if isinstance(method, dict) else None
    if isinstance(kind, dict) and isinstance(kind.get("name"), str):
        payment["method"] = kind["name"][:_LONGEST_TYPE]
    if any(transaction.get(name) is not None for name in names):
        portions = [minor(transaction.get(name), currency, name) for name in names]
        left = amount - sum(portions)
        if abs(left) > len(portions):
            raise MappingError("amounts", "the portions don't add up to the amount")
        portions[portions.index(max(portions))] += left
        payment["allocation"] = dict(zip((*_PARTS, "unapplied"), portions, strict=True))
    return payment


def reversal_of(
    instance: str, transaction: Mapping[str, Any], currency: str, at: datetime, reason: str
) -> dict[str, Any]:
    """Return `data.reversal` of a transaction that was undone.

    Raises:
        MappingError: Amount or id can't be read.
    """
    return {
        "payment_id": payment_ref(instance, transaction),
        "amount": minor(transaction.get("amount"), currency, "amount"),
        "currency": currency,
        "reversed_at": text_of(at),
        "reason": reason,
    }
