"""Notes of people on a borrower, and who saw an address in full. A note changes nothing else."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import EventKind
from outreach.store import borrower_notes as store
from outreach.store.agenda import lock_persons
from outreach.store.bodies import encode_body
from outreach.store.contacts import LogEvent, append_events
from outreach.store.people import load_people
from outreach.store.pool import Connection, Pool
from outreach.store.vault import ErasedError, PersonKey, Vault
from outreach.usecases.receipt_effects import event_aad

LONGEST: Final = 2000
"""Characters of a note."""
SHOWN: Final = "address.shown"
_MOST: Final = 200


class Outfit(Protocol):
    """What noting takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""


@dataclass(frozen=True, slots=True)
class Note:
    """A note, readable. `loan_id` is None where it is about the person as a whole."""

    number: int
    at: datetime
    loan_id: int | None
    by: str
    text: str = field(repr=False)


async def write_note(
    outfit: Outfit,
    person_id: int,
    text: str,
    *,
    by: str,
    now: datetime,
    loan_id: int | None = None,
) -> int:
    """Keep a note on a borrower; returns its number.

    Raises:
        ErasedError: There is nobody any more.
        ValueError: It is empty, or longer than `LONGEST`.
    """
    words = text.strip()
    if not words or len(words) > LONGEST:
        raise ValueError(len(words))
    async with outfit.db.acquire() as conn, conn.transaction():
        tenant, key = await _key_of(conn, outfit.vault, person_id)
        plain = msgspec.json.encode({"by": by, "text": words})
        blob = key.encrypt(plain, store.note_aad(person_id))
        return await store.add_note(conn, tenant, person_id, loan_id, now, blob)


async def read_notes(conn: Connection, key: PersonKey, person_id: int) -> tuple[Note, ...]:
    """Return the newest notes on a person, newest first."""
    found = []
    for row in await store.list_notes(conn, person_id, limit=_MOST):
        said: Mapping[str, str] = msgspec.json.decode(
            key.decrypt(row.note, store.note_aad(person_id))
        )
        found.append(Note(row.note_id, row.at, row.loan_id, said["by"], said["text"]))
    return tuple(found)


async def log_shown(
    outfit: Outfit, person_id: int, endpoint_id: str, *, by: str, why: str, now: datetime
) -> None:
    """Keep in the sealed log that somebody saw an address in full, and what for.

    Raises:
        ErasedError: There is nobody any more.
    """
    async with outfit.db.acquire() as conn, conn.transaction():
        tenant, key = await _key_of(conn, outfit.vault, person_id)
        said = {"endpoint": endpoint_id, "why": why}
        body: dict[str, Any] = {"by": by, "type": SHOWN, "said": said, "at": now}
        blob = key.encrypt(encode_body(body), event_aad(person_id))
        event = LogEvent(tenant, person_id, None, EventKind.OPERATOR, now, blob)
        await append_events(conn, [event])


async def _key_of(conn: Connection, vault: Vault, person_id: int) -> tuple[str, PersonKey]:
    await lock_persons(conn, [person_id])
    people = await load_people(conn, vault, [person_id], profiles=(), protections=False)
    row = people.get(person_id)
    if row is None or row.key is None:
        raise ErasedError
    return row.tenant_id, row.key
