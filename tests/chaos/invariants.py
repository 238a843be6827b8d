"""What must hold whatever was killed, cut or emptied, checked from outside when all is quiet."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import msgspec

from outreach.domain.contacts import Delivery, Report, outcome_of
from outreach.domain.refs import signal_digest
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass, EventKind, Outcome
from outreach.runtime import Clock
from outreach.store.bodies import decode_body
from outreach.store.pool import Pool
from outreach.store.unsettled import FINAL_CODE
from outreach.store.vault import Vault
from outreach.usecases.receipt_effects import event_aad
from outreach.usecases.seal import seal_log, verify_log
from tests.chaos.installation import Installation, attempt_of

_TENANT: Final = "acme"
_SOURCE: Final = "urn:lender:acme:core"
_MERGED: Final = frozenset(
    {EventKind.RECEIPT, EventKind.REJECTED, EventKind.RECONCILED, EventKind.CANCELED}
)

SQL_LOG: Final = """
    SELECT e.event_id, e.person_id, e.contact_id, e.kind, e.body, p.wrapped_key
      FROM contact_events AS e
           JOIN persons AS p USING (person_id)
     WHERE e.contact_id IS NOT NULL
  ORDER BY e.event_id
"""
SQL_FOLDED: Final = """
    SELECT digest, count(*) AS times,
           count(*) FILTER (WHERE effect IN ('applied', 'recorded')) AS effects
      FROM person_events
  GROUP BY digest
"""
SQL_STUCK: Final = "SELECT digest FROM inbox UNION ALL SELECT digest FROM quarantine"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A contact's delivery as the log alone tells it."""

    channel: Channel
    delivery: Delivery
    ref: str | None = None


async def assert_invariants(place: Installation) -> None:
    """Check everything that the log, the projection, the inbox and the vendor must agree on."""
    contacts = await place.rows("SELECT * FROM contacts")
    assert_sent_once(place, contacts)
    assert not place.undecided, "creates whose decision wasn't committed yet"
    await assert_folded_once(place)
    await assert_log_whole(place.db)
    await assert_projection_follows(place.db, place.vault, contacts)


def assert_sent_once(place: Installation, contacts: Sequence[Mapping[str, Any]]) -> None:
    """Check that the vendor got each planned contact once at most, and none that wasn't planned."""
    creates = Counter(UUID(attempt_of(one).contact_id) for one in place.twilio.creates)
    assert not [contact for contact, times in creates.items() if times > 1], "sent twice"
    known = {row["contact_id"] for row in contacts}
    assert creates.keys() <= known, "the vendor knows contacts that aren't in the log"
    never = {row["contact_id"] for row in contacts if row["delivery_state"] == "released"}
    assert not creates.keys() & never, "sent, and recorded as never handed off"
    # Tries aside, a step of an occurrence reaches a person once.
    texts = Counter(
        (row["person_id"], row["case_id"], row["step"], row["occurrence"])
        for row in contacts
        if row["contact_id"] in creates and row["outcome"] != Outcome.RELEASED
    )
    assert not [step for step, times in texts.items() if times > 1], "one step, two texts"
    accepted = {
        row["contact_id"]
        for row in contacts
        if row["outcome"] in {Outcome.SENT, Outcome.DELIVERED, Outcome.UNDELIVERED}
    }
    assert accepted <= creates.keys(), "recorded as sent, and the vendor never heard of it"


async def assert_folded_once(place: Installation) -> None:
    """Check that every signal answered 2xx took effect once, however often it was posted."""
    wanted = {signal_digest(_TENANT, _SOURCE, one): one for one in place.accepted}
    folded = {bytes(row["digest"]): row for row in await place.rows(SQL_FOLDED)}
    stuck = {bytes(row["digest"]) for row in await place.rows(SQL_STUCK)}
    assert not {wanted[digest] for digest in wanted.keys() & stuck}, "answered 2xx, not folded"
    lost = [one for digest, one in wanted.items() if digest not in folded]
    assert not lost, f"answered 2xx, then lost: {lost}"
    twice = [digest.hex() for digest, row in folded.items() if row["times"] != 1]
    assert not twice, f"folded more than once: {twice}"


async def assert_log_whole(db: Pool) -> None:
    """Seal what is left and verify the whole log.

    A worker that still runs may be sealing itself, or hold a transaction open that might write an
    earlier row; what it left is then sealed a moment later.
    """
    async with asyncio.timeout(30):
        while True:
            await seal_log(db, wall_now=Clock().wall_now())
            found = await verify_log(db)
            assert not found.broken, found.broken
            rows = await db.fetchval("SELECT count(*) FROM contact_events")
            if (found.unsealed, found.rows) == (0, rows):
                return
            await asyncio.sleep(0.1)


async def assert_projection_follows(
    db: Pool, vault: Vault, contacts: Sequence[Mapping[str, Any]]
) -> None:
    """Check that `contacts` is what `contact_events` amounts to."""
    rebuilt = rebuild(await read_log(db, vault))
    assert rebuilt.keys() == {row["contact_id"] for row in contacts}
    for row in contacts:
        told = rebuilt[row["contact_id"]]
        stored = Delivery(
            DeliveryState(row["delivery_state"]),
            Outcome(row["outcome"]),
            ErrorClass(row["error_class"]) if row["error_class"] else None,
            row["error_code"],
        )
        kept, logged = (stored, row["provider_ref"]), (told.delivery, told.ref)
        assert kept == logged, f"{row['contact_id']} is {kept}, the log tells {logged}"


async def read_log(db: Pool, vault: Vault) -> dict[UUID, list[tuple[EventKind, dict[str, Any]]]]:
    """Return the log's rows by contact, decrypted, in their order."""
    found: dict[UUID, list[tuple[EventKind, dict[str, Any]]]] = defaultdict(list)
    for row in await db.fetch(SQL_LOG):
        key = vault.open(row["wrapped_key"])
        body = decode_body(key.decrypt(row["body"], event_aad(row["person_id"])))
        found[row["contact_id"]].append((EventKind(row["kind"]), body))
    return found


def rebuild(log: Mapping[UUID, Sequence[tuple[EventKind, dict[str, Any]]]]) -> dict[UUID, Rebuilt]:
    """Derive every contact's delivery from its log rows alone."""
    found = {}
    for contact, rows in log.items():
        kind, decision = rows[0]
        assert kind is EventKind.DECIDED, f"{contact} begins with {kind}"
        # What people do is no contact of ours: it is done as a step, and counts for nothing.
        begun = (
            Delivery(DeliveryState.ACCEPTED, Outcome.RELEASED)
            if "hand_off" in decision
            else Delivery(DeliveryState.RESERVED, Outcome.PENDING)
        )
        told = Rebuilt(Channel(decision["action"]["channel"]), begun)
        for each, body in rows[1:]:
            told = _after(told, each, body)
        found[contact] = told
    return found


def _after(told: Rebuilt, kind: EventKind, body: dict[str, Any]) -> Rebuilt:
    before = told.delivery
    open_ = before.state in {DeliveryState.RESERVED, DeliveryState.UNKNOWN}
    match kind:
        case EventKind.ACCEPTED:
            state = DeliveryState(body["state"])
            after = _moved(before, state, outcome_of(told.channel, state)) if open_ else before
            return replace(told, delivery=after, ref=told.ref or body["ref"])
        case EventKind.UNKNOWN:
            after = _moved(before, DeliveryState.UNKNOWN, Outcome.PENDING)
            return replace(told, delivery=after if open_ else before)
        case EventKind.RELEASED:
            after = _moved(before, DeliveryState.RELEASED, Outcome.RELEASED)
            return replace(told, delivery=after if open_ else before)
        case EventKind.RECONCILED if body.get("lookup") == FINAL_CODE:
            after = replace(
                before,
                outcome=Outcome(body["outcome"]),
                error_class=ErrorClass.UNKNOWN,
                error_code=FINAL_CODE,
            )
            return replace(told, delivery=after)
        case EventKind.CANCELED:
            after = before.merged(Report(DeliveryState.CANCELED), told.channel)
            return replace(told, delivery=after)
        case _ if kind in _MERGED and "report" in body:
            report = msgspec.convert(body["report"], Report)
            after = before.merged(report, told.channel)
            return replace(told, delivery=after, ref=told.ref or body.get("ref"))
        case _:
            return told


def _moved(before: Delivery, state: DeliveryState, outcome: Outcome) -> Delivery:
    return replace(before, state=state, outcome=outcome)
