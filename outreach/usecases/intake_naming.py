"""Whose signal it is: references become persons and loans, known or new."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Literal, TypeAlias

from outreach.domain.records import dataclass
from outreach.domain.refs import ref_digest
from outreach.domain.signals import SignalError
from outreach.domain.statements import Told
from outreach.store.agenda import MERGED, lock_persons, wake
from outreach.store.aliases import (
    Alias,
    NewAlias,
    add_aliases,
    add_people,
    find_aliases,
    lock_new,
    next_ids,
)
from outreach.store.inbox_claim import ClaimedRow
from outreach.store.merging import Standing, find_standings
from outreach.store.pool import Connection
from outreach.store.vault import Vault
from outreach.usecases.intake_merging import Group, Groups, Key, merge_strays

_Kind = Literal["loan", "borrower"]
_Ref: TypeAlias = tuple[_Kind, str, bytes]


@dataclass(frozen=True, slots=True)
class Named:
    """A signal whose person is known. `loan_ids` resolves every loan reference it makes."""

    row: ClaimedRow
    told: Told = field(repr=False)
    person_id: int
    loan_id: int | None
    loan_ids: dict[str, int] = field(repr=False)


@dataclass(slots=True)
class Naming:
    """What naming a batch came to. `merged` are persons to whom a stray's loans were given.

    `reasons` are what the agenda rows of the stored persons say they wait for.
    """

    named: list[Named] = field(default_factory=list)
    refused: list[tuple[ClaimedRow, SignalError]] = field(default_factory=list)
    new_persons: set[int] = field(default_factory=set)
    merged: set[int] = field(default_factory=set)
    reasons: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Spoken:
    """One signal with its references."""

    told: Told
    refs: list[_Ref]


_Rows = list[tuple[ClaimedRow, list[_Spoken]]]


async def name_signals(
    conn: Connection,
    vault: Vault,
    told: Sequence[tuple[ClaimedRow, Sequence[Told]]],
    *,
    now: datetime,
) -> Naming:
    """Find or make the person and loans of each row's signals; a row is named whole or refused.

    A loan and a borrower that meet in one signal are one person's. A stray, whom only loans are
    known of, is merged into whom they turn out to be. Should two borrowers turn out to be one
    person, or two loans one, the row is refused (`two_persons`, `two_loans`): that is for people.

    Every stored person that is named stays locked until the caller's transaction ends.
    """
    rows: _Rows = [
        (row, [_Spoken(one, _references(row.tenant_id, one)) for one in each]) for row, each in told
    ]
    known, missing, reasons = await _find(conn, rows)
    groups, refused = _group(rows, known, None)
    if groups.is_doubtful:
        standings = await find_standings(conn, groups.suspects())
        groups, refused = _group(rows, known, standings)
    naming = Naming(refused=list(refused.values()), reasons=reasons)
    if merges := groups.merges():
        await merge_strays(conn, vault, merges)
        naming.merged = set(merges.values())
        await wake(conn, sorted(naming.merged), now=now)
    book = _Book(known, groups)
    if missing:
        persons, loans = await next_ids(conn, persons=missing, loans=missing)
        book.fresh_persons, book.fresh_loans = iter(persons), iter(loans)
    for row, each in rows:
        if row.inbox_id in refused:
            continue
        try:
            naming.named += [book.name(row, one) for one in each]
        except SignalError as exc:
            naming.refused.append((row, exc))
    if book.people:
        keys = [(tenant, person, vault.new_key().wrapped) for tenant, person in book.people]
        await add_people(conn, keys, due_at=now)
        naming.new_persons = {person for _, person in book.people}
    if book.added:
        await add_aliases(conn, book.added)
    return naming


async def _find(conn: Connection, rows: _Rows) -> tuple[dict[bytes, Alias], int, dict[int, str]]:
    """Look up whose the references are, and lock those persons; counts the references of nobody."""
    wanted = {digest for _, each in rows for one in each for _, _, digest in one.refs}
    known = await find_aliases(conn, wanted)
    missing = wanted - known.keys()
    if missing:
        await lock_new(conn, missing)
        known.update(await find_aliases(conn, missing))
    reasons: dict[int, str] = {}
    while known:
        reasons = await lock_persons(conn, {alias.person_id for alias in known.values()})
        if MERGED not in reasons.values():
            break
        # Somebody was merged before we had the lock: their references are another's by now.
        before = dict(known)
        known.update(await find_aliases(conn, known))
        if known == before:
            break
    return known, len(missing), reasons


def _group(
    rows: _Rows, known: Mapping[bytes, Alias], standings: Mapping[int, Standing] | None
) -> tuple[Groups, dict[int, tuple[ClaimedRow, SignalError]]]:
    """Group the references of a batch; rows that can't be one person's come back by inbox id."""
    groups = Groups(standings)
    refused: dict[int, tuple[ClaimedRow, SignalError]] = {}
    for row, each in rows:
        try:
            for one in each:
                keys = [_key(known, digest) for _, _, digest in one.refs]
                if standings is not None:
                    groups.check(keys)
                    _own_loans(one, known)
                groups.join(keys, names_borrower=bool(one.told.borrowers))
        except SignalError as exc:
            refused[row.inbox_id] = (row, exc)
    return groups, refused


def _key(known: Mapping[bytes, Alias], digest: bytes) -> Key:
    alias = known.get(digest)
    return digest if alias is None else alias.person_id


def _own_loans(one: _Spoken, known: Mapping[bytes, Alias]) -> set[int | None]:
    """Return the known loan that a signal is about, if there is one.

    Raises:
        SignalError: `two_loans`.
    """
    own = {
        alias.loan_id
        for kind, ref, digest in one.refs
        if kind == "loan" and ref in one.told.loans and (alias := known.get(digest))
    }
    if len(own) > 1:
        raise SignalError("two_loans", "its loan references belong to different loans")
    return own


def _references(tenant: str, told: Told) -> list[_Ref]:
    refs: list[tuple[_Kind, str]] = [
        *(("loan", ref) for ref in told.loans),
        *(("borrower", ref) for ref in told.borrowers),
        *(("loan", ref) for hold in told.holds for ref in hold.loans),
    ]
    return [(kind, ref, ref_digest(tenant, kind, ref)) for kind, ref in refs]


class _Book:
    """The references of one batch, growing as its signals are named."""

    def __init__(self, stored: Mapping[bytes, Alias], groups: Groups) -> None:
        self._stored = stored
        self._known = dict(stored)
        self._groups = groups
        self.fresh_persons: Iterable[int] = iter(())
        self.fresh_loans: Iterable[int] = iter(())
        self.people: list[tuple[str, int]] = []
        self.added: list[NewAlias] = []

    def name(self, row: ClaimedRow, one: _Spoken) -> Named:
        """Name one signal.

        Raises:
            SignalError: `two_loans`.
        """
        told = one.told
        own = _own_loans(one, self._known)
        group = self._groups.of(_key(self._stored, one.refs[0][2]))
        person = self._person(row.tenant_id, group)
        loan_id = own.pop() if own else None
        loan_ids: dict[str, int] = {}
        for kind, ref, digest in one.refs:
            alias = self._known.get(digest)
            if alias is None:
                fresh = None
                if kind == "loan":
                    is_own = ref in told.loans
                    fresh = loan_id if is_own and loan_id else next(iter(self.fresh_loans))
                    loan_id = fresh if is_own else loan_id
                alias = self._known[digest] = Alias(person, fresh)
                self.added.append(NewAlias(digest, row.tenant_id, kind, ref, person, fresh))
            if kind == "loan" and alias.loan_id is not None:
                loan_ids[ref] = alias.loan_id
        own_loan = loan_ids[told.loans[0]] if told.loans else None
        return Named(row, told, person, own_loan, loan_ids)

    def _person(self, tenant: str, group: Group) -> int:
        if group.person is None:
            group.person = group.survivor
        if group.person is None:
            group.person = next(iter(self.fresh_persons))
            self.people.append((tenant, group.person))
        return group.person
