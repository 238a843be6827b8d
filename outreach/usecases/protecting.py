"""What an operator records of a person: holds, releases, wishes, agreements, approvals.

An operator speaks in the same canonical signals as a platform, read by the same readers and joined
by the same rules; only the way in differs. Each word is kept with who said it, in the person's
events and in the sealed log.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol
from uuid import uuid4

import msgspec

from outreach.domain.borrowers import PersonState
from outreach.domain.folding import effect_of, ends_of, expand_hold, merge_person, task_of
from outreach.domain.holds import Hold
from outreach.domain.on_record import Approval, Record, about_loan
from outreach.domain.preferences import Preference
from outreach.domain.reading import read_signal
from outreach.domain.record_words import check_approval
from outreach.domain.records import dataclass
from outreach.domain.refs import ref_digest, signal_digest
from outreach.domain.signals import SIGNAL_TYPES, OrderBy, Signal, SignalError
from outreach.domain.statements import Told
from outreach.domain.tasks import STANDARD, Deadlines
from outreach.domain.vocabulary import EventKind
from outreach.store.agenda import MERGED, lock_persons, wake
from outreach.store.aliases import find_aliases
from outreach.store.bodies import encode_body
from outreach.store.contacts import LogEvent, append_events
from outreach.store.people import PersonChange, PersonRow, event_aad, load_people, write_people
from outreach.store.person_events import PersonEvent, append_person_events
from outreach.store.pool import Connection, Pool
from outreach.store.reading import find_borrower_ref, list_loans_of
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.receipt_effects import event_aad as contact_event_aad

SOURCE: Final = "urn:outreach:operator"
OPERATOR: Final = "operator"
RefKind = Literal["loan", "borrower"]
_JSON: Final = msgspec.json.Encoder()
_TICK: Final = timedelta(microseconds=1)


class Outfit(Protocol):
    """What recording takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""


class NobodyError(LookupError):
    """No person of this lender has the reference, or nothing of theirs is readable any more."""


@dataclass(frozen=True, slots=True)
class About:
    """Whom an operator speaks of: a lender's borrower, or whoever has its loan.

    `zone` is the lender's, for ends that are dates.
    """

    tenant: str
    kind: RefKind
    ref: str
    zone: str


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that an operator says: a canonical signal's type and data."""

    type: str
    data: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What is on record for one person: holds, preferences, approvals; ended ones included.

    `loans` are the platform's names of their loans by id.
    """

    person_id: int
    holds: tuple[Hold, ...]
    preferences: tuple[Preference, ...]
    approvals: tuple[Approval, ...]
    loans: Mapping[int, str]


async def record(
    outfit: Outfit,
    about: About,
    words: Sequence[Word],
    *,
    by: str,
    now: datetime,
    deadlines: Deadlines = STANDARD,
) -> OnRecord:
    """Record an operator's words on one person; the next decision on them sees it.

    Takes the person's lock, as intake does: a decision that is being made is waited for, and
    whoever decides next reads what is written here.

    Args:
        outfit: Pool and keys.
        about: Whom.
        words: What is said, in order.
        by: The operator; kept with every word.
        now: Business time.
        deadlines: By when work that a word opens has to be done.

    Raises:
        NobodyError: There is no such person.
        SignalError: A word is malformed, or names a loan that isn't this person's.
    """
    async with outfit.db.acquire() as conn, conn.transaction():
        person_id = await _find(conn, about, lock=True)
        row = (await load_people(conn, outfit.vault, [person_id]))[person_id]
        if row.key is None:
            raise NobodyError(about.ref)
        loans = await list_loans_of(conn, person_id)
        borrower = await find_borrower_ref(conn, person_id)
        state, events, logged = row.state, [], []
        for said in words:
            subject = _subject_of(said, about, borrower)
            told = _read(subject, about.zone, said, by, _next_instant(state, now))
            before, state = state, _join(state, told, loans)
            effect = effect_of(said.type, changed=state is not before)
            body = _canonical(told, by)
            digest = signal_digest(row.tenant_id, SOURCE, told.signal.id)
            kept = row.key.encrypt(body, event_aad(person_id))
            events.append(PersonEvent(row.tenant_id, person_id, said.type, digest, effect, kept))
            logged.append(_log(row, row.key, said, by, now))
        if state is not row.state:
            change = PersonChange(row.tenant_id, person_id, row.key, row.state, state)
            await write_people(conn, outfit.vault, [change], zones={}, deadlines=deadlines)
        await append_person_events(conn, events)
        await append_events(conn, logged)
        await wake(conn, [person_id], now=now)
    return _on_record(person_id, state, loans)


async def on_record(outfit: Outfit, about: About) -> OnRecord:
    """Return what is on record for one person.

    Raises:
        NobodyError: There is no such person.
    """
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        person_id = await _find(conn, about, lock=False)
        row = (await load_people(conn, outfit.vault, [person_id]))[person_id]
        if row.key is None:
            raise NobodyError(about.ref)
        return _on_record(person_id, row.state, await list_loans_of(conn, person_id))


def _on_record(person_id: int, state: PersonState, loans: Mapping[str, int]) -> OnRecord:
    names: dict[int, str] = {}
    for ref, loan_id in loans.items():
        names.setdefault(loan_id, ref)
    return OnRecord(
        person_id,
        tuple(sorted(state.holds.values(), key=lambda one: (one.placed_at, one.case_ref))),
        tuple(sorted(state.preferences.values(), key=lambda one: (one.at, one.ref))),
        tuple(sorted(_approvals(state), key=lambda one: (one.at, one.ref))),
        names,
    )


def _approvals(state: PersonState) -> Iterable[Approval]:
    return (one for one in state.records.values() if isinstance(one, Approval))


async def _find(conn: Connection, about: About, *, lock: bool) -> int:
    """Return whose the reference is, locked if that is asked for."""
    digest = ref_digest(about.tenant, about.kind, about.ref)
    for _ in range(2):
        alias = (await find_aliases(conn, [digest])).get(digest)
        if alias is None:
            break
        if not lock:
            return alias.person_id
        # Somebody who was merged into another person meanwhile has lost the reference to them.
        reasons = await lock_persons(conn, [alias.person_id])
        if reasons.get(alias.person_id) != MERGED:
            return alias.person_id
    raise NobodyError(about.ref)


def _next_instant(state: PersonState, now: datetime) -> datetime:
    """Return when an operator's word is said: now, but later than what is on record already.

    Of two words at one instant the one that holds stands, and an operator's is always the newer.
    """
    said = [one.at for one in state.preferences.values()]
    said += [one.at for one in _approvals(state)]
    for hold in state.holds.values():
        said += [hold.version_at, *([hold.freed_at] if hold.freed_at else [])]
    return max([now, *(at + _TICK for at in said)])


def _subject_of(said: Word, about: About, borrower: str | None) -> tuple[RefKind, str]:
    """Return whom a word names; what is about borrowers names one whatever the operator named."""
    known = SIGNAL_TYPES.get(said.type)
    if about.kind == "loan" and known is not None and known.subject == "borrower":
        if borrower is None:
            raise NobodyError(f"{about.ref}: nobody told yet whose loan it is")
        return "borrower", borrower
    return about.kind, about.ref


def _read(subject: tuple[RefKind, str], zone: str, said: Word, by: str, at: datetime) -> Told:
    """Read a word as the platform's signal would be read."""
    kind, ref = subject
    data = {**said.data, kind: {"id": ref}}
    signal = Signal(str(uuid4()), SOURCE, said.type, f"{kind}/{ref}", at, None, data)
    told = read_signal(signal, source=OPERATOR, order=OrderBy.TIME, zone=zone)
    return replace(
        told,
        holds=tuple(
            replace(one, hold=replace(one.hold, origin=OPERATOR, details=_by(one.hold, by)))
            for one in told.holds
        ),
        preferences=tuple(replace(one, by=by) for one in told.preferences),
        records=tuple(_said_by(one, by) for one in told.records),
    )


def _said_by(record: Record, by: str) -> Record:
    """Return a record as this operator's; nobody approves what they asked for themselves."""
    if not isinstance(record, Approval):
        return record
    approval = replace(record, by=by)
    check_approval(approval)
    return approval


def _by(hold: Hold, by: str) -> dict[str, Any]:
    return {**hold.details, "by": by}


def _join(state: PersonState, told: Told, loans: Mapping[str, int]) -> PersonState:
    named = {ref for one in told.holds for ref in one.loans}
    if strangers := sorted(named - loans.keys()):
        raise SignalError("malformed", f"not a loan of this person: {', '.join(strangers)}")
    holds: Iterable[Hold] = [one for hold in told.holds for one in expand_hold(hold, loans)]
    own_loan = loans[told.loans[0]] if told.loans else None
    return merge_person(
        state,
        profile=told.profile,
        holds=holds,
        task=task_of(told, own_loan),
        ended=ends_of(told, own_loan),
        preferences=told.preferences,
        records=[about_loan(one, own_loan) for one in told.records],
    )


def _canonical(told: Told, by: str) -> bytes:
    signal = told.signal
    return _JSON.encode(
        {
            "id": signal.id,
            "source": signal.source,
            "type": signal.type,
            "subject": signal.subject,
            "time": signal.time,
            "sequence": None,
            "data": signal.data,
            "via": OPERATOR,
            "by": by,
        }
    )


def _log(row: PersonRow, key: PersonKey, said: Word, by: str, now: datetime) -> LogEvent:
    body = encode_body({"by": by, "type": said.type, "said": said.data, "at": now})
    blob = key.encrypt(body, contact_event_aad(row.person_id))
    return LogEvent(row.tenant_id, row.person_id, None, EventKind.OPERATOR, now, blob)
