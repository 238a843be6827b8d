"""Folding: joining what a signal states into what is known. Pure, total, and commutative.

Any permutation of the same signals, with any of them repeated, gives the same state: snapshots
keep the newest word of each source, facts are sets, protective words join per case. What the
sets amount to is derived afterwards (`deriving`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from json import dumps
from typing import Any, TypeVar

from outreach.domain.borrowers import PersonState, Profile, Task, TaskEnd, merge_profile
from outreach.domain.deriving import derive_loan
from outreach.domain.holds import Hold, merge_hold, settle_holds
from outreach.domain.loans import (
    NEVER,
    Autopay,
    Closing,
    Full,
    LoanState,
    Payment,
    Quote,
)
from outreach.domain.on_record import Record, about_loan, merge_record
from outreach.domain.preferences import Preference, merge_preference
from outreach.domain.promises import merge_promise
from outreach.domain.reading import read_signal
from outreach.domain.records import dataclass
from outreach.domain.reports import merge_reports
from outreach.domain.signals import SIGNAL_TYPES, OrderBy, Position, Signal
from outreach.domain.statements import HoldTold, LoanTold, Told
from outreach.domain.vocabulary import Effect, SignalClass


@dataclass(frozen=True, slots=True)
class Folded:
    """A loan after one signal, and what the signal did."""

    loan: LoanState
    effect: Effect


def fold_loan(
    loan: LoanState, signal: Signal, *, source: str, order: OrderBy, zone: str = "UTC"
) -> Folded:
    """Read one signal about a loan and fold it; see `read_signal` for the arguments and errors."""
    told = read_signal(signal, source=source, order=order, zone=zone).loan
    if told is None:
        return Folded(loan, Effect.RECORDED)
    merged = merge_loan(loan, told)
    return Folded(derive_loan(merged), effect_of(signal.type, changed=merged is not loan))


def effect_of(signal_type: str, *, changed: bool) -> Effect:
    """Name what a signal did: an older snapshot is stale, a fact told again a duplicate."""
    if changed:
        return Effect.APPLIED
    snapshot = SIGNAL_TYPES[signal_type].kind is SignalClass.SNAPSHOT
    return Effect.STALE if snapshot else Effect.DUPLICATE


def merge_loan(loan: LoanState, told: LoanTold) -> LoanState:
    """Join one signal's statements; the same object comes back when nothing changed.

    Derived fields are left as they were: call `derive_loan` once all of a batch is merged.
    """
    changes: dict[str, Any] = {}
    if (payment := told.payment) is not None:
        joined = _merge_payment(loan.payments.get(payment.ref), payment)
        _put(changes, "payments", loan.payments, payment.ref, joined)
    if (promise := told.promise) is not None:
        kept = merge_promise(loan.promises.get(promise.ref), promise)
        _put(changes, "promises", loan.promises, promise.ref, kept)
    if (quote := told.quote) is not None:
        last = _newest(loan.quotes.get(quote.ref), quote, _quote_order)
        _put(changes, "quotes", loan.quotes, quote.ref, last)
    if (autopay := told.autopay) is not None:
        runs = _newest(loan.autopays.get(autopay.ref), autopay, _autopay_order)
        _put(changes, "autopays", loan.autopays, autopay.ref, runs)
    if told.closing is not None:
        name, closing = told.closing
        ends = _newest(loan.closings.get(name), closing, _closing_order)
        _put(changes, "closings", loan.closings, name, ends)
    if (full := told.full) is not None:
        source = full.position.source
        whole = _merge_full(loan.fulls.get(source), full)
        _put(changes, "fulls", loan.fulls, source, whole)
    if told.version > loan.schedule_version:
        changes["schedule_version"] = told.version
    moved = "fulls" in changes or "schedule_version" in changes
    merged = replace(loan, **changes) if changes else loan
    if not (moved or told.reports or told.said):
        return merged
    return merge_reports(merged, told, schedule_moved=moved)


_V = TypeVar("_V")


def _put(
    changes: dict[str, Any],
    name: str,
    known: Mapping[str, _V],
    key: str,
    joined: _V,
) -> None:
    if known.get(key) != joined:
        changes[name] = {**known, key: joined}


def _newest(known: _V | None, told: _V, order: Callable[[_V], Any]) -> _V:
    return told if known is None or order(told) > order(known) else known


def _merge_payment(known: Payment | None, told: Payment) -> Payment:
    if known is None:
        return told
    stated = [one for one in (known, told) if one.amount_minor is not None]
    base = max(stated, key=_payment_order, default=known)
    back = max((one for one in (known, told) if one.is_reversed), key=_reversal_order, default=None)
    return replace(
        base,
        provisional=bool(stated) and all(one.provisional for one in stated),
        told=_earliest(known.told, told.told),
        reversed_at=back.reversed_at if back else None,
        reversal=back.reversal if back else None,
        reversal_told=_earliest(known.reversal_told, told.reversal_told),
    )


def _payment_order(payment: Payment) -> tuple[Any, ...]:
    split = [(share.number, share.amount_minor) for share in payment.split]
    allocation = sorted((payment.allocation or {}).items())
    value_on = payment.value_on or date.min
    return payment.paid_at or NEVER, value_on, payment.amount_minor, split, allocation


def _reversal_order(payment: Payment) -> tuple[Any, ...]:
    return payment.reversed_at or NEVER, dumps(payment.reversal, sort_keys=True)


def _earliest(known: tuple[Position, ...], told: tuple[Position, ...]) -> tuple[Position, ...]:
    first: dict[str, Position] = {}
    for one in (*known, *told):
        seen = first.get(one.source)
        if seen is None or (one.stamp, one.at) < (seen.stamp, seen.at):
            first[one.source] = one
    return tuple(first[source] for source in sorted(first))


def _quote_order(quote: Quote) -> tuple[Any, ...]:
    return quote.quoted_at, quote.valid_until, quote.amount_minor, quote.requested_by


def _autopay_order(autopay: Autopay) -> tuple[Any, ...]:
    return autopay.told_at, not autopay.canceled, autopay.runs_on, autopay.amount_minor


def _closing_order(closing: Closing) -> tuple[Any, ...]:
    position = closing.position
    return position.at, position.stamp, position.source, closing.on or date.min, closing.reason


def _merge_full(known: Full | None, told: Full) -> Full:
    # Member by member, so that what was superseded once stays so whichever full comes next.
    if known is None:
        return told
    position = Position(
        told.position.source,
        max(known.position.stamp, told.position.stamp),
        max(known.position.at, told.position.at),
    )
    return Full(position, max(known.version, told.version))


def merge_person(
    person: PersonState,
    *,
    profile: Profile | None = None,
    holds: Iterable[Hold] = (),
    task: Task | None = None,
    ended: Iterable[TaskEnd] = (),
    preferences: Iterable[Preference] = (),
    records: Iterable[Record] = (),
) -> PersonState:
    """Join one signal's words about a person; the same object comes back when nothing changed."""
    merged = merge_profile(person, profile) if profile is not None else person
    known = dict(merged.holds)
    for told in holds:
        known[told.key] = merge_hold(known.get(told.key), told)
    settled = settle_holds(known)
    if settled != merged.holds:
        merged = replace(merged, holds=settled)
    if task is not None:
        key = (task.kind, task.ref)
        first = min(merged.tasks.get(key, task), task, key=lambda one: one.opened_at)
        if merged.tasks.get(key) != first:
            merged = replace(merged, tasks={**merged.tasks, key: first})
    for end in ended:
        case = (end.kind, end.ref, end.loan_id)
        last = max(merged.ended.get(case, end), end, key=lambda one: (one.at, one.outcome))
        if merged.ended.get(case) != last:
            merged = replace(merged, ended={**merged.ended, case: last})
    for said in preferences:
        newest = merge_preference(merged.preferences.get(said.ref), said)
        if merged.preferences.get(said.ref) != newest:
            merged = replace(merged, preferences={**merged.preferences, said.ref: newest})
    for one in records:
        joined = merge_record(merged.records.get(one.key), one)
        if merged.records.get(one.key) != joined:
            merged = replace(merged, records={**merged.records, one.key: joined})
    return merged


def fold_person(
    person: PersonState,
    signal: Signal,
    *,
    source: str,
    order: OrderBy,
    loan_ids: Mapping[str, int],
    zone: str = "UTC",
) -> tuple[PersonState, Effect]:
    """Read one signal about a person and fold it; `loan_ids` resolves the loans that holds name.

    See `read_signal` for the other arguments and the errors.
    """
    told = read_signal(signal, source=source, order=order, zone=zone)
    words = [one for hold in told.holds for one in expand_hold(hold, loan_ids)]
    own = _own_loan(told, loan_ids)
    merged = merge_person(
        person,
        profile=told.profile,
        holds=words,
        task=task_of(told, own),
        ended=ends_of(told, own),
        preferences=told.preferences,
        records=[about_loan(one, own) for one in told.records],
    )
    return merged, effect_of(signal.type, changed=merged is not person)


def _own_loan(told: Told, loan_ids: Mapping[str, int]) -> int | None:
    return loan_ids.get(told.loans[0]) if told.loans else None


def task_of(told: Told, loan_id: int | None) -> Task | None:
    """Return the work that a signal opens, about its own loan if it has one."""
    return replace(told.task, loan_id=loan_id) if told.task is not None and loan_id else told.task


def ends_of(told: Told, loan_id: int | None) -> list[TaskEnd]:
    """Return what a signal ends; what names no task ends those about the signal's own loan."""
    return [one if one.ref else replace(one, loan_id=loan_id) for one in told.ended]


def expand_hold(told: HoldTold, loan_ids: Mapping[str, int]) -> list[Hold]:
    """Return one hold per loan that it names, or the hold on every loan."""
    if not told.loans:
        return [told.hold]
    return [replace(told.hold, loan_id=loan_ids[ref]) for ref in told.loans]
