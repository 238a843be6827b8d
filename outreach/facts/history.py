"""What earlier contacts and records amount to: notices given, refusals, approvals, first words."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from outreach.domain import known as d
from outreach.domain.holds import EVERY_LOAN
from outreach.domain.ledger import PastContact
from outreach.domain.on_record import LETTER, Approval, Record, Refusal, SentNotice
from outreach.domain.vocabulary import Outcome, Purpose

# What told nobody anything about the debt.
_UNTOLD: Final = frozenset(
    {
        Outcome.ABANDONED,
        Outcome.NOT_CONNECTED,
        Outcome.NO_ANSWER,
        Outcome.RELEASED,
        Outcome.UNDELIVERED,
        Outcome.WRONG_PARTY,
    }
)
# About no debt, though they may name some.
_OTHER_MATTERS: Final = frozenset({Purpose.OPT_OUT_CONFIRMATION, Purpose.MARKETING})
# What isn't settled may not have arrived, and what was released went nowhere: neither is a notice.
_NOT_A_NOTICE: Final = frozenset({Outcome.PENDING, Outcome.RELEASED})
_WRITTEN_IN: Final = frozenset({Outcome.INBOUND_MESSAGE})


def approvals_of(records: Iterable[Record], now: datetime) -> tuple[d.Approval, ...]:
    """Return the approvals that stand at `now`."""
    return tuple(
        d.Approval(
            subject=one.subject,
            at=min(one.at, now),
            approver_role=one.role,
            approver=one.by,
            channel=one.channel,
            purpose=one.purpose,
            endpoint=one.endpoint_id,
            debts=_debts(one.loan_id),
            expires=one.expires_at,
        )
        for one in records
        if isinstance(one, Approval)
        and not one.revoked
        and (one.expires_at is None or now < one.expires_at)
    )


def notices_of(
    records: Iterable[Record], past: Iterable[PastContact], now: datetime
) -> tuple[d.Notice, ...]:
    """Return the notices that were given, by others and by us, and those that didn't arrive."""
    told = (_told(one, now) for one in records if isinstance(one, SentNotice))
    return (*told, *_given(past))


def _told(notice: SentNotice, now: datetime) -> d.Notice:
    known = (notice.returned_at, notice.delivered_at, notice.sent_at)
    at = next((one for one in known if one is not None), now)
    return d.Notice(
        notice.about or LETTER,
        min(at, now),
        undeliverable=notice.returned_at is not None,
        debts=_debts(notice.loan_id),
    )


def _given(past: Iterable[PastContact]) -> Iterator[d.Notice]:
    for one in past:
        if one.notice and one.direction == "out" and one.outcome not in _NOT_A_NOTICE:
            yield d.Notice(
                one.notice,
                one.at,
                undeliverable=one.outcome in _UNTOLD,
                debts=frozenset(map(str, one.debts)),
            )


def refusals_of(records: Iterable[Record], now: datetime) -> tuple[tuple[str, datetime], ...]:
    """Return the addresses of other people who asked not to be contacted, and when."""
    return tuple((one.endpoint_id, min(one.at, now)) for one in records if isinstance(one, Refusal))


def first_communications(past: Iterable[PastContact]) -> dict[int, datetime]:
    """Return when the borrower was first told something of each debt, as far as we go back.

    A contact that is still pending may have been made, so it counts.
    """
    found: dict[int, datetime] = {}
    for one in past:
        if one.outcome in _UNTOLD or one.outcome in _WRITTEN_IN or one.purpose in _OTHER_MATTERS:
            continue
        for loan in one.debts:
            found[loan] = min(found.get(loan, one.at), one.at)
    return found


def last_texts(past: Iterable[PastContact]) -> dict[str, datetime]:
    """Return when the person last wrote from each address."""
    found: dict[str, datetime] = {}
    for one in past:
        if one.direction == "in" and one.outcome in _WRITTEN_IN and one.endpoint_id:
            found[one.endpoint_id] = max(found.get(one.endpoint_id, one.at), one.at)
    return found


def _debts(loan_id: int) -> frozenset[str]:
    return d.NO_TEXTS if loan_id == EVERY_LOAN else frozenset((str(loan_id),))
