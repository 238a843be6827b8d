"""Applied signals, for the life of the loan: what replay and the case page read."""

from collections.abc import Sequence
from dataclasses import field
from typing import Final

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Effect
from outreach.store.pool import Connection

SQL_APPEND: Final = """
    INSERT INTO person_events (tenant_id, person_id, signal_type, digest, effect, body)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::text[],
                         $6::bytea[])
"""


@dataclass(frozen=True, slots=True)
class PersonEvent:
    """One folded signal; `body` is its canonical JSON under the person's key (`event_aad`)."""

    tenant_id: str
    person_id: int
    signal_type: str
    digest: bytes
    effect: Effect
    body: bytes = field(repr=False)


async def append_person_events(conn: Connection, events: Sequence[PersonEvent]) -> None:
    """Append, in the order given."""
    if events:
        rows = [
            (one.tenant_id, one.person_id, one.signal_type, one.digest, one.effect, one.body)
            for one in events
        ]
        await conn.execute(SQL_APPEND, *[list(column) for column in zip(*rows, strict=True)])
