"""What JSON Schema can't say of a signal: one subject, one currency, parts that add up."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from outreach.sources.payload import join
from outreach.sources.schema import MEMBERS, TYPES
from outreach.sources.source import FieldProblem

Data = Mapping[str, Any]
Check = Callable[[Data, str], list[FieldProblem]]

_PARTS: Final = ("principal", "interest", "fees", "penalty")
_NOTHING: Final[list[FieldProblem]] = []
_WITH_CURRENCY: Final = ("installment", "payment", "reversal", "quote", "promise", "autopay")


def contradictions(type_: str, members: Data, prefix: str) -> list[FieldProblem]:
    """Return what contradicts itself in a signal that satisfies the schema.

    Args:
        type_: A registered type.
        members: Of the envelope, or of a `{type, timestamp, data}` body.
        prefix: Path of the signal within the request's body.
    """
    data = members["data"]
    found = _subject(type_, members, prefix) if "subject" in members else []
    path = join(prefix, "data")
    for check in _CHECKS[type_]:
        found += check(data, path)
    return found


def _subject(type_: str, members: Data, prefix: str) -> list[FieldProblem]:
    kind, _, ref = members["subject"].partition("/")
    about = members["data"].get(kind) if kind in MEMBERS[type_] else None
    if about is None:
        wrong = f"names a {kind}, but data.{kind} is missing"
        return [FieldProblem(join(prefix, "subject"), wrong, "the loan or borrower of `data`")]
    if ref == about["id"] or ref in about.get("aliases", ()):
        return []
    wrong, allowed = f"disagrees with data.{kind}.id", f"{kind}/ and data.{kind}.id"
    return [FieldProblem(join(prefix, "subject"), wrong, allowed)]


def _currency_of(member: str) -> Check:
    def check(data: Data, path: str) -> list[FieldProblem]:
        holder, loan = data.get(member), data.get("loan")
        if holder is None or loan is None:
            return _NOTHING
        currency = loan["currency"]
        if holder.get("currency", currency) == currency:
            return _NOTHING
        return [_other_currency(currency, f"{path}.{member}")]

    return check


def _other_currency(currency: str, path: str) -> FieldProblem:
    return FieldProblem(f"{path}.currency", "differs from data.loan.currency", f'"{currency}"')


def _adds_up(parts: Data | None) -> bool:
    if parts is None:
        return True
    principal, interest, fees, penalty = (parts[name] for name in _PARTS)
    return bool(parts["total"] == principal + interest + fees + penalty)


def _total(parts: Data, path: str) -> FieldProblem:
    total = sum(parts[name] for name in _PARTS)
    return FieldProblem(f"{path}.total", "isn't the sum of the four parts", str(total))


def _past_due(data: Data, path: str) -> list[FieldProblem]:
    parts = data.get("past_due")
    return _NOTHING if _adds_up(parts) else [_total(data["past_due"], f"{path}.past_due")]


def _installment(installment: Data, path: str) -> list[FieldProblem]:
    found = [
        _total(installment[name], f"{path}.{name}")
        for name in ("amounts", "outstanding_parts")
        if not _adds_up(installment.get(name))
    ]
    left = installment.get("outstanding_parts")
    if left is not None and left["total"] != installment["outstanding"]:
        wrong = "differs from outstanding_parts.total"
        found.append(FieldProblem(f"{path}.outstanding", wrong, str(left["total"])))
    return found


def _one_installment(data: Data, path: str) -> list[FieldProblem]:
    return _installment(data["installment"], f"{path}.installment")


def _schedule(data: Data, path: str) -> list[FieldProblem]:
    currency = data["loan"]["currency"]
    if "restructure" in data:
        data, path = data["restructure"], f"{path}.restructure"
    found: list[FieldProblem] = []
    numbers: set[int] = set()
    for index, installment in enumerate(data["installments"]):
        where = f"{path}.installments[{index}]"
        if installment["currency"] != currency:
            found.append(_other_currency(currency, where))
        found += _installment(installment, where)
        if installment["number"] in numbers:
            found.append(FieldProblem(f"{where}.number", "is there twice", "each number once"))
        numbers.add(installment["number"])
    return found


def _payment(data: Data, path: str) -> list[FieldProblem]:
    payment, path = data["payment"], f"{path}.payment"
    amount, allocation = payment["amount"], payment.get("allocation")
    shares = payment.get("installments")
    found = []
    if allocation is not None and sum(allocation.values()) != amount:
        wrong, allowed = "doesn't add up to the amount", f"parts that add up to {amount}"
        found.append(FieldProblem(f"{path}.allocation", wrong, allowed))
    if shares:
        unapplied = allocation["unapplied"] if allocation else 0
        if sum(share["amount"] for share in shares) + unapplied != amount:
            wrong = "with the unapplied part don't add up to the amount"
            allowed = f"amounts that add up to {amount - unapplied}"
            found.append(FieldProblem(f"{path}.installments", wrong, allowed))
    return found


def _checks(type_: str) -> tuple[Check, ...]:
    declared = MEMBERS[type_]
    checks = [_currency_of(member) for member in _WITH_CURRENCY if member in declared]
    by_member = (
        ("past_due", _past_due),
        ("installment", _one_installment),
        ("installments", _schedule),
        ("restructure", _schedule),
        ("payment", _payment),
    )
    return (*checks, *(check for member, check in by_member if member in declared))


_CHECKS: Final = {type_: _checks(type_) for type_ in TYPES}
