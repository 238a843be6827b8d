"""Write a step of a hand-off with all that follows from it; join what platforms tell of cases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from outreach.domain.hand_offs import (
    HandOff,
    HandOffError,
    HandOffKind,
    Mark,
    is_open,
    join,
    state_of,
)
from outreach.domain.records import dataclass
from outreach.domain.referrals import ReferralTold
from outreach.domain.vocabulary import EventKind
from outreach.store import hand_offs as store
from outreach.store.agenda import lock_persons, wake
from outreach.store.alerts import Alert, raise_alerts
from outreach.store.bodies import encode_body
from outreach.store.books import PersonBook, load_books
from outreach.store.contacts import LogEvent, append_events
from outreach.store.hand_offs import KeptHandOff
from outreach.store.pool import Connection, Pool
from outreach.store.tasks import Settled, settle_tasks
from outreach.store.vault import Vault
from outreach.usecases.proposing import TASKS, place_hold
from outreach.usecases.receipt_effects import event_aad

UNKNOWN_CASE: Final = "referral_unknown"
"""Kind of the alert where a platform tells of a case that isn't ours."""


@dataclass(frozen=True, slots=True)
class ToldOf:
    """What was told of a case, and about whose loan."""

    tenant_id: str
    person_id: int
    loan_id: int
    told: ReferralTold


async def save_step(
    conn: Connection,
    vault: Vault,
    kept: KeptHandOff,
    after: HandOff,
    book: PersonBook,
    mark: Mark,
    now: datetime,
) -> None:
    """Write a step and all that follows from it; the person is looked at again.

    Args:
        conn: In the transaction that holds the person.
        vault: Keys.
        kept: As it was.
        after: As it is with the step.
        book: The person's, as it is now.
        mark: The step.
        now: Business time.
    """
    person = kept.person_id
    owner = (kept.tenant_id, person, kept.contact_id)
    await store.write_hand_off(conn, owner, kept.key, after, kept.opened_at)
    await place_hold(conn, vault, book, kept.key, after)
    body = encode_body(
        {
            "hand_off": after.ref,
            "of": after.kind,
            "step": mark.step,
            "state": state_of(after),
            "by": mark.by,
            "told": dict(mark.told),
            "debts": [after.loan_id],
            "at": mark.at,
        }
    )
    blob = kept.key.encrypt(body, event_aad(person))
    event = LogEvent(kept.tenant_id, person, kept.contact_id, EventKind.HAND_OFF, now, blob)
    await append_events(conn, [event])
    task = TASKS.get(after.kind)
    if task is not None and not is_open(after):
        word = Settled(kept.tenant_id, person, task, after.ref, state_of(after), now)
        await settle_tasks(conn, [word])
    await wake(conn, [person], now=now)


async def fold_referrals(
    conn: Connection, vault: Vault, told: Sequence[ToldOf], *, now: datetime
) -> set[int]:
    """Join what platforms tell of cases; returns the persons whose case went on.

    A word on a case that we know nothing of raises an alert.

    Args:
        conn: In the transaction that holds the persons.
        vault: Keys.
        told: In any order.
        now: Business time.
    """
    if not told:
        return set()
    known = await store.load_of_persons(conn, vault, sorted({one.person_id for one in told}))
    kept = {one.hand_off.ref: one for one in known if one.hand_off.kind is HandOffKind.REFERRAL}
    moved: set[int] = set()
    strange: list[Alert] = []
    for one in told:
        ref = one.told.ref
        own = [
            case
            for case in kept.values()
            if (case.person_id, case.hand_off.loan_id) == (one.person_id, one.loan_id)
            and ref in {"", case.hand_off.ref}
        ]
        if not own:
            detail = "`outreach referrals list` names the cases"
            strange.append(Alert(one.tenant_id, UNKNOWN_CASE, one.told.mark.step, detail))
            continue
        newest = max(own, key=lambda case: (case.opened_at, case.hand_off.ref))
        after = join(newest.hand_off, one.told.mark)
        if after is newest.hand_off:
            continue
        book = (await load_books(conn, vault, [one.person_id]))[one.person_id]
        await save_step(conn, vault, newest, after, book, one.told.mark, now)
        kept[after.ref] = replace(newest, hand_off=after)
        moved.add(one.person_id)
    await raise_alerts(conn, strange, at=now)
    return moved


async def save_terms(
    db: Pool, vault: Vault, kept: KeptHandOff, terms: dict[str, Any], *, by: str, now: datetime
) -> None:
    """Settle something about an open hand-off, such as who goes; it stays in the log.

    Raises:
        HandOffError: `not_now`: it is over.
    """
    person, contact = kept.person_id, kept.contact_id
    async with db.acquire() as conn, conn.transaction():
        await lock_persons(conn, [person])
        found = await store.find_hand_off(conn, vault, person, contact)
        if found is None or not is_open(found.hand_off):
            raise HandOffError("not_now", "it is over")
        after = replace(found.hand_off, terms={**found.hand_off.terms, **terms})
        owner = (kept.tenant_id, person, contact)
        await store.write_hand_off(conn, owner, kept.key, after, kept.opened_at)
        said = {"hand_off": after.ref, "of": after.kind, "debts": [after.loan_id], "by": by}
        body = encode_body(said | {"terms": terms, "state": state_of(after), "at": now})
        blob = kept.key.encrypt(body, event_aad(person))
        event = LogEvent(kept.tenant_id, person, contact, EventKind.HAND_OFF, now, blob)
        await append_events(conn, [event])
