"""The queue of replies that a person has to read, and what reading one settles.

A held reply keeps its channel closed to everything but people. Whoever settles it says what it
was; that is written into the sealed log with their name, and the hold is released.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from outreach.domain.asked import EVERY_MEDIUM
from outreach.domain.records import dataclass
from outreach.domain.replies import Reply
from outreach.domain.spoken import REPLY_REVIEW, note_of
from outreach.domain.vocabulary import ContactPolicy, EventKind, HoldKind, OptOutScope, ReplyKind
from outreach.store import reviews
from outreach.store.agenda import lock_persons, wake
from outreach.store.bodies import decode_body, encode_body
from outreach.store.contacts import LogEvent, append_events
from outreach.store.pool import Connection, Pool
from outreach.store.protections import (
    ReplyHold,
    Revocation,
    Suppression,
    place_holds,
    revoke_media,
    suppress,
)
from outreach.store.tasks import note_aad
from outreach.store.vault import ErasedError, PersonKey, Vault
from outreach.usecases.receipt_effects import event_aad

SETTLED: Final = "reply.settled"


class Outfit(Protocol):
    """What reviewing takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""


class NoReviewError(LookupError):
    """No reply of that number is waiting."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One reply that waits for a person.

    `channel` is what it came by, `address` the keyed hash of where from (empty if unknown).
    `text` and `read_as` (the proposed reading) are empty where the person was erased. `holds` is
    whether the channel is closed meanwhile.
    """

    number: int
    tenant: str
    person_id: int
    ref: str
    since: datetime
    holds: bool
    channel: str
    address: bytes
    text: str
    read_as: dict[str, Any]


Also = Callable[[Connection, Waiting, PersonKey], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an operator says a reply was.

    `scope` None: no request to stop. Else how much it is about, on `media` (empty: the medium it
    came by).
    """

    scope: OptOutScope | None
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """A settled reply. `still_binding` tells that other requests of the person were left as is."""

    reply: Waiting
    still_binding: bool = False


def review_note(
    key: PersonKey | None, person: int, text: str, reply: Reply, channel: str, address: bytes = b""
) -> bytes | None:
    """Encrypt what a reader needs; None once the person was erased."""
    if key is None:
        return None
    words = note_of(text, reply, channel, address.hex())
    return key.encrypt(msgspec.json.encode(words), note_aad(person))


async def list_waiting(outfit: Outfit, tenant: str | None, *, limit: int) -> list[Waiting]:
    """Return replies that wait, the oldest first."""
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        rows = await reviews.list_open(conn, REPLY_REVIEW, tenant, limit=limit)
    return [_waiting(outfit.vault, row) for row in rows]


async def find_waiting(outfit: Outfit, number: int) -> Waiting:
    """Return one reply that waits.

    Raises:
        NoReviewError: Nothing of that number is waiting.
    """
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        row = await reviews.find_open(conn, REPLY_REVIEW, number)
    if row is None:
        raise NoReviewError(str(number))
    return _waiting(outfit.vault, row)


def _waiting(vault: Vault, row: reviews.OpenReview) -> Waiting:
    said: dict[str, Any] = {}
    if row.note is not None and row.wrapped_key is not None:
        plain = vault.open(row.wrapped_key).decrypt(row.note, note_aad(row.person_id))
        said = msgspec.json.decode(plain)
    return Waiting(
        row.task_id,
        row.tenant_id,
        row.person_id,
        row.ref,
        row.opened_at,
        row.holds,
        said.get("channel", "sms"),
        bytes.fromhex(said.get("address", "")),
        said.get("text", ""),
        said.get("read_as", {}),
    )


async def settle_review(
    outfit: Outfit,
    number: int,
    verdict: Verdict,
    *,
    by: str,
    why: str,
    now: datetime,
    intent: str = "",
    also: Also | None = None,
) -> Settled:
    """Settle one reply: as a request to stop of some scope, or as none.

    As none, whatever its reading had bound is taken back with it, unless the person asked at
    another time as well: then everything stays bound. Either way the channel's hold is released,
    and the person is looked at again.

    Args:
        outfit: Pool and keys.
        number: As `list_waiting` shows it.
        verdict: What it was.
        by: Who says so; kept in the log.
        why: Their reason; may be empty.
        now: Business time.
        intent: What it wanted, where it was something else than to stop; kept in the log.
        also: What that amounts to, done in the same transaction with the person locked.

    Raises:
        NoReviewError: Nothing of that number is waiting.
        ErasedError: The person is gone, and so are their words.
    """
    async with outfit.db.acquire() as conn, conn.transaction():
        row = await _lock(conn, number)
        if row.wrapped_key is None:
            raise ErasedError
        key, waiting = outfit.vault.open(row.wrapped_key), _waiting(outfit.vault, row)
        kept = False
        if verdict.scope is not None:
            await _bind(conn, waiting, verdict, verdict.scope, now)
            await reviews.release_holds(conn, row, (HoldKind.REVIEW,), at=now)
        else:
            kept = await _asked_elsewhere(conn, row, key)
            if not kept:
                await reviews.take_back(conn, row)
            freed = (HoldKind.REVIEW,) if kept else (HoldKind.REVIEW, HoldKind.CEASE)
            await reviews.release_holds(conn, row, freed, at=now)
        if also is not None:
            await also(conn, waiting, key)
        outcome = "opt_out" if verdict.scope is not None else intent or "no_opt_out"
        await reviews.close_review(conn, REPLY_REVIEW, row, outcome, at=now)
        said = {
            "ref": row.ref,
            "opt_out": verdict.scope is not None,
            "scope": verdict.scope,
            "media": list(verdict.media),
            "still_binding": kept,
            "why": why,
            **({"intent": intent} if intent else {}),
        }
        body = encode_body({"by": by, "type": SETTLED, "said": said, "at": now})
        blob = key.encrypt(body, event_aad(row.person_id))
        event = LogEvent(row.tenant_id, row.person_id, None, EventKind.OPERATOR, now, blob)
        await append_events(conn, [event])
        await wake(conn, [row.person_id], now=now)
    return Settled(waiting, kept)


async def _lock(conn: Connection, number: int) -> reviews.OpenReview:
    """Return an open review, its person locked; whoever settled it meanwhile was first."""
    found = await reviews.find_open(conn, REPLY_REVIEW, number)
    if found is not None:
        await lock_persons(conn, [found.person_id])
        found = await reviews.find_open(conn, REPLY_REVIEW, number)
    if found is None:
        raise NoReviewError(str(number))
    return found


async def _bind(
    conn: Connection, waiting: Waiting, verdict: Verdict, scope: OptOutScope, now: datetime
) -> None:
    """Bind the address that it came from, and beyond an endpoint's scope the whole person."""
    everything = scope is OptOutScope.ALL
    media: Sequence[str] = verdict.media or (waiting.channel,)
    if everything:
        media = (EVERY_MEDIUM,)
    tenant, person = waiting.tenant, waiting.person_id
    evidence = f"reply {waiting.ref}: operator"
    if waiting.address:
        bound = [
            Suppression(tenant, waiting.address, "*", medium, now, "operator", evidence)
            for medium in media
        ]
        await suppress(conn, bound)
    if scope is not OptOutScope.ENDPOINT or not waiting.address:
        wide = [Revocation(tenant, person, medium, now, evidence) for medium in media]
        await revoke_media(conn, wide)
    if everything:
        case = f"reply:{waiting.ref}"
        cease = ReplyHold(
            tenant, person, case, "", now, evidence, HoldKind.CEASE, ContactPolicy.STOP_ALL
        )
        await place_holds(conn, [cease])


async def _asked_elsewhere(conn: Connection, row: reviews.OpenReview, key: PersonKey) -> bool:
    """Say whether the person may have asked to stop in other words too.

    Newer requests overwrite older ones, so what one bound can't be told from what another did.
    """
    if await reviews.count_others(conn, REPLY_REVIEW, row):
        return True
    for body in await reviews.list_inbound(conn, row.person_id):
        said = decode_body(key.decrypt(body, event_aad(row.person_id)))
        if said["reply"]["kind"] == ReplyKind.OPT_OUT and said["ref"] != row.ref:
            return True
    return False
