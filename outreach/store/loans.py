"""Loans and what belongs to them: read in one statement per table, written as batches.

Functions take a connection inside the caller's transaction and never commit. Whoever writes holds
the persons' agenda rows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec

from outreach.domain.loans import (
    Installment,
    LoanState,
    Payment,
    Quote,
    next_due_on,
    oldest_unpaid_due_on,
    past_due_minor,
)
from outreach.domain.promises import Promise
from outreach.domain.records import dataclass
from outreach.store.loan_rows import (
    installment_of,
    installment_parts,
    loan_flags,
    loan_of,
    payment_of,
    payment_split,
    payment_told,
    promise_of,
    quote_of,
)
from outreach.store.pool import Connection

SQL_LOANS: Final = """
    SELECT person_id, loan_id, ref, source, currency, creditor, product, account_tail, status,
           schedule_version, lender_timezone, total_minor, closed_on, risk_bucket, risk_tier, flags
      FROM loans
     WHERE person_id = ANY($1::bigint[])
"""
# Most installments of a batch aren't spoken of: their parts (what was billed) stay where they are,
# unless reports of other sources or statements about the loan are kept with them.
SQL_INSTALLMENTS: Final = """
    SELECT person_id, loan_id, number, schedule_version, due_on, snapshot_minor,
           outstanding_minor, source, stamp, as_of,
           CASE WHEN number = ANY($3::integer[]) OR parts ?| '{said,others}' THEN parts
                END AS parts
      FROM installments
     WHERE person_id = ANY($1::bigint[])
       AND (outstanding_minor > 0 OR $2)
"""
SQL_PAYMENTS: Final = """
    SELECT person_id, loan_id, payment_ref, amount_minor, value_date, paid_at, source, stamp,
           provisional, split, allocation, reversed_at, reversal, told, booked
      FROM payments
     WHERE person_id = ANY($1::bigint[])
       AND (provisional OR $2 OR paid_at >= $3)
"""
SQL_WORDS: Final = """
    SELECT person_id, loan_id, true AS promised, promise_ref AS ref, amount_minor, due_on AS until,
           made_at AS at, status AS word, told
      FROM promises
     WHERE person_id = ANY($1::bigint[])
     UNION ALL
    SELECT person_id, loan_id, false, quote_ref, amount_minor, valid_until, quoted_at, requested_by,
           ''
      FROM quotes
     WHERE person_id = ANY($1::bigint[])
"""
SQL_WRITE_LOANS: Final = """
    INSERT INTO loans (tenant_id, person_id, loan_id, ref, source, currency, creditor, product,
                       account_tail, status, schedule_version, lender_timezone, total_minor,
                       oldest_unpaid_due_on, next_due_on, past_due_minor, as_of, closed_on,
                       risk_bucket, flags)
    SELECT t.tenant, t.person, t.loan, t.ref, t.source, t.currency, t.creditor, t.product, t.tail,
           t.status, t.version, t.zone, t.total, t.oldest, t.coming, t.past_due, t.as_of, t.closed,
           t.risk, t.flags::jsonb
      FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
                  $7::text[], $8::text[], $9::text[], $10::text[], $11::integer[], $12::text[],
                  $13::bigint[], $14::date[], $15::date[], $16::bigint[], $17::timestamptz[],
                  $18::date[], $19::text[], $20::text[])
        AS t (tenant, person, loan, ref, source, currency, creditor, product, tail, status,
              version, zone, total, oldest, coming, past_due, as_of, closed, risk, flags)
    ON CONFLICT (person_id, loan_id) DO UPDATE
       SET source = excluded.source, creditor = excluded.creditor, product = excluded.product,
           account_tail = excluded.account_tail, status = excluded.status,
           schedule_version = excluded.schedule_version,
           lender_timezone = excluded.lender_timezone, total_minor = excluded.total_minor,
           oldest_unpaid_due_on = excluded.oldest_unpaid_due_on,
           next_due_on = excluded.next_due_on, past_due_minor = excluded.past_due_minor,
           as_of = excluded.as_of, closed_on = excluded.closed_on,
           risk_bucket = excluded.risk_bucket, flags = excluded.flags
"""
SQL_WRITE_INSTALLMENTS: Final = """
    INSERT INTO installments AS i (tenant_id, person_id, loan_id, number, schedule_version, due_on,
                              snapshot_minor, outstanding_minor, source, stamp, as_of, parts)
    SELECT t.tenant, t.person, t.loan, t.number, t.version, t.due_on, t.told, t.owed, t.source,
           t.stamp, t.as_of, t.parts::jsonb
      FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::integer[], $5::integer[],
                  $6::date[], $7::bigint[], $8::bigint[], $9::text[], $10::text[],
                  $11::timestamptz[], $12::text[])
        AS t (tenant, person, loan, number, version, due_on, told, owed, source, stamp, as_of,
              parts)
    ON CONFLICT (person_id, loan_id, number) DO UPDATE
       SET schedule_version = excluded.schedule_version, due_on = excluded.due_on,
           snapshot_minor = excluded.snapshot_minor,
           outstanding_minor = excluded.outstanding_minor, source = excluded.source,
           stamp = excluded.stamp, as_of = excluded.as_of, parts = coalesce(excluded.parts, i.parts)
"""
SQL_DROP_INSTALLMENTS: Final = """
    DELETE FROM installments AS i
     USING unnest($1::bigint[], $2::bigint[], $3::integer[]) AS t (person, loan, number)
     WHERE i.person_id = t.person
       AND i.loan_id = t.loan
       AND i.number = t.number
"""
SQL_WRITE_PAYMENTS: Final = """
    INSERT INTO payments (tenant_id, person_id, loan_id, payment_ref, amount_minor, value_date,
                          paid_at, source, stamp, provisional, split, allocation, reversed_at,
                          reversal, told, booked)
    SELECT t.tenant, t.person, t.loan, t.ref, t.amount, t.value_date, t.paid_at, t.source, t.stamp,
           t.provisional, t.split::jsonb, t.allocation::jsonb, t.reversed_at, t.reversal::jsonb,
           t.told::jsonb, t.booked::jsonb
      FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::date[],
                  $7::timestamptz[], $8::text[], $9::text[], $10::boolean[], $11::text[],
                  $12::text[], $13::timestamptz[], $14::text[], $15::text[], $16::text[])
        AS t (tenant, person, loan, ref, amount, value_date, paid_at, source, stamp, provisional,
              split, allocation, reversed_at, reversal, told, booked)
    ON CONFLICT (person_id, loan_id, payment_ref) DO UPDATE
       SET amount_minor = excluded.amount_minor, value_date = excluded.value_date,
           paid_at = excluded.paid_at, source = excluded.source, stamp = excluded.stamp,
           provisional = excluded.provisional, split = excluded.split,
           allocation = excluded.allocation, reversed_at = excluded.reversed_at,
           reversal = excluded.reversal, told = excluded.told, booked = excluded.booked
"""
SQL_WRITE_PROMISES: Final = """
    INSERT INTO promises (tenant_id, person_id, loan_id, promise_ref, amount_minor, due_on,
                          made_at, status, told)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[],
                         $6::date[], $7::timestamptz[], $8::text[], $9::text[])
    ON CONFLICT (person_id, loan_id, promise_ref) DO UPDATE
       SET amount_minor = excluded.amount_minor, due_on = excluded.due_on,
           made_at = excluded.made_at, status = excluded.status, told = excluded.told
"""
SQL_WRITE_QUOTES: Final = """
    INSERT INTO quotes (tenant_id, person_id, loan_id, quote_ref, amount_minor, valid_until,
                        requested_by, quoted_at)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[],
                         $6::date[], $7::text[], $8::timestamptz[])
    ON CONFLICT (person_id, loan_id, quote_ref) DO UPDATE
       SET amount_minor = excluded.amount_minor, valid_until = excluded.valid_until,
           requested_by = excluded.requested_by, quoted_at = excluded.quoted_at
"""
_JSON: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class LoanChange:
    """A loan before and after folding; `before` None for one never stored."""

    tenant_id: str
    person_id: int
    before: LoanState | None
    after: LoanState


LoanKey = tuple[int, int]
"""Person id, loan id."""


async def load_loans(
    conn: Connection,
    persons: Sequence[int],
    *,
    whole: bool,
    numbers: Collection[int] = (),
    since: datetime | None = None,
) -> dict[int, dict[int, LoanState]]:
    """Return the loans of persons: by person id, then loan id. Four statements.

    Args:
        conn: The caller's.
        persons: Whose.
        whole: With every installment and payment, as folding needs them. Otherwise unpaid
            installments and provisional payments only, as deciding does.
        numbers: Installments that are about to be told of: their parts are needed.
        since: Load payments received from then on as well.
    """
    installments: dict[LoanKey, list[Installment]] = defaultdict(list)
    for row in await conn.fetch(SQL_INSTALLMENTS, persons, whole, list(numbers)):
        installments[row["person_id"], row["loan_id"]].append(installment_of(row))
    payments: dict[LoanKey, dict[str, Payment]] = defaultdict(dict)
    for row in await conn.fetch(SQL_PAYMENTS, persons, whole, since):
        payments[row["person_id"], row["loan_id"]][row["payment_ref"]] = payment_of(row)
    promises: dict[LoanKey, dict[str, Promise]] = defaultdict(dict)
    quotes: dict[LoanKey, dict[str, Quote]] = defaultdict(dict)
    for row in await conn.fetch(SQL_WORDS, persons):
        key = (row["person_id"], row["loan_id"])
        if row["promised"]:
            promises[key][row["ref"]] = promise_of(row)
        else:
            quotes[key][row["ref"]] = quote_of(row)
    loans: dict[int, dict[int, LoanState]] = defaultdict(dict)
    for row in await conn.fetch(SQL_LOANS, persons):
        key = (row["person_id"], row["loan_id"])
        loans[key[0]][key[1]] = loan_of(
            row,
            installments.get(key, ()),
            payments.get(key, {}),
            promises.get(key, {}),
            quotes.get(key, {}),
        )
    return loans


async def write_loans(
    conn: Connection, changes: Iterable[LoanChange], *, today: Mapping[LoanKey, date]
) -> None:
    """Write what folding changed; rows whose columns stayed the same are left alone.

    Args:
        conn: Inside the caller's transaction, the persons locked.
        changes: One per loan.
        today: The date in each lender's calendar, for the columns that are searched by.
    """
    batch = _Batch()
    for change in changes:
        batch.add(change, today[change.person_id, change.after.loan_id])
    await batch.write(conn)


class _Batch:
    """Rows to write, by statement."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)

    def add(self, change: LoanChange, today: date) -> None:
        """Add the rows of one loan that differ."""
        before, after = change.before, change.after
        key = (change.tenant_id, change.person_id, after.loan_id)
        if before is None or _searched(before, today) != _searched(after, today):
            self._rows[SQL_WRITE_LOANS].append(_loan_row(key, after, today))
        self._add_installments(key, before, after)
        for statement, name, row in (
            (SQL_WRITE_PAYMENTS, "payments", _payment_row),
            (SQL_WRITE_PROMISES, "promises", _promise_row),
            (SQL_WRITE_QUOTES, "quotes", _quote_row),
        ):
            known = getattr(before, name) if before else {}
            self._rows[statement] += [
                (*key, *row(one))
                for ref, one in getattr(after, name).items()
                if known.get(ref) != one
            ]

    def _add_installments(
        self, key: tuple[str, int, int], before: LoanState | None, after: LoanState
    ) -> None:
        known = {one.number: one for one in before.installments} if before else {}
        for one in after.installments:
            if known.pop(one.number, None) != one:
                self._rows[SQL_WRITE_INSTALLMENTS].append((*key, *_installment_row(one)))
        self._rows[SQL_DROP_INSTALLMENTS] += [(key[1], key[2], number) for number in known]

    async def write(self, conn: Connection) -> None:
        """Execute what there is to execute."""
        for statement, rows in self._rows.items():
            if rows:
                await conn.execute(statement, *columns(rows))


def _searched(loan: LoanState, today: date) -> tuple[Any, ...]:
    # `as_of` is left out: the newest report carries it, and a repeat must not rewrite the loan.
    return (
        loan.source, loan.creditor, loan.product, loan.account_tail, loan.status,
        loan.schedule_version, loan.lender_timezone, loan.total_minor, loan.closed_on,
        loan.risk_bucket, oldest_unpaid_due_on(loan.installments),
        past_due_minor(loan.installments, today), loan.statements, loan.fulls, loan.autopays,
        loan.closings, loan.signs,
    )  # fmt: skip


def _loan_row(key: tuple[str, int, int], loan: LoanState, today: date) -> tuple[Any, ...]:
    return (
        *key, loan.ref, loan.source, loan.currency, loan.creditor, loan.product,
        loan.account_tail, loan.status, loan.schedule_version, loan.lender_timezone,
        loan.total_minor, oldest_unpaid_due_on(loan.installments),
        next_due_on(loan.installments, today), past_due_minor(loan.installments, today),
        loan.as_of, loan.closed_on, loan.risk_bucket, _text(loan_flags(loan)),
    )  # fmt: skip


def _installment_row(one: Installment) -> tuple[Any, ...]:
    report = one.report
    parts = installment_parts(one)
    return (
        one.number, report.version, report.due_on, report.outstanding_minor,
        one.outstanding_minor, report.position.source, report.position.stamp, report.position.at,
        None if parts is None else _text(parts),
    )  # fmt: skip


def _payment_row(one: Payment) -> tuple[Any, ...]:
    first = (one.told or one.reversal_told)[0]
    return (
        one.ref, one.amount_minor, one.value_on, one.paid_at, first.source, first.stamp,
        one.provisional, _text(payment_split(one)),
        _text(one.allocation) if one.allocation else None, one.reversed_at,
        _text(one.reversal) if one.reversal else None, _text(payment_told(one)),
        None if one.booked is None else _text(one.booked),
    )  # fmt: skip


def _promise_row(one: Promise) -> tuple[Any, ...]:
    return one.ref, one.amount_minor, one.due_on, one.made_at, one.status, one.said


def _quote_row(one: Quote) -> tuple[Any, ...]:
    return one.ref, one.amount_minor, one.valid_until, one.requested_by, one.quoted_at


def _text(value: Any) -> str:
    return _JSON.encode(value).decode()


def columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Return rows as the arrays that `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)]
