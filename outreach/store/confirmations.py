"""Replies that may be answered by themselves: written with what they changed, taken once.

Functions take a connection inside the caller's transaction and never commit.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final, Literal

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_ASK: Final = """
    INSERT INTO confirmations (tenant_id, person_id, ref, address_hmac, sender, asked_at,
                               by_keyword, kind, about)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::text[],
                         $6::timestamptz[], $7::boolean[], $8::text[], $9::bytea[])
    ON CONFLICT DO NOTHING
"""

SQL_TAKE: Final = """
    WITH picked AS (
        SELECT person_id, ref FROM confirmations ORDER BY asked_at LIMIT $1 FOR UPDATE SKIP LOCKED
    )
    DELETE FROM confirmations AS c
     USING picked AS p
     WHERE c.person_id = p.person_id AND c.ref = p.ref
 RETURNING c.tenant_id, c.person_id, c.ref, c.address_hmac, c.sender, c.asked_at, c.by_keyword,
           c.kind, c.about
"""


AnswerKind = Literal["opt_out", "promise", "help", "language"]


@dataclass(frozen=True, slots=True, order=True)
class Confirmation:
    """One request that may be answered with a confirmation, to the address it came from.

    `sender` is the address of ours that was written to. `by_keyword` is whether the whole text
    was a word that carriers know, and may have answered themselves. `kind` is what is answered:
    an opt-out, a promise, a call for help, another language; `about` its details, encrypted.
    """

    tenant_id: str
    person_id: int
    ref: str
    address_hmac: bytes
    sender: str
    asked_at: datetime
    by_keyword: bool
    kind: AnswerKind = "opt_out"
    about: bytes | None = None


def about_aad(person_id: int) -> bytes:
    """Return what ties the details of an answer to its person."""
    return b"confirmations:%d" % person_id


async def ask_confirmations(conn: Connection, rows: Collection[Confirmation]) -> None:
    """Write down what may be confirmed; one per message, however often it is delivered."""
    if rows:
        columns = zip(
            *(
                (
                    r.tenant_id,
                    r.person_id,
                    r.ref,
                    r.address_hmac,
                    r.sender,
                    r.asked_at,
                    r.by_keyword,
                    r.kind,
                    r.about,
                )
                for r in rows
            ),
            strict=True,
        )
        await conn.execute(SQL_ASK, *map(list, columns))


async def take_confirmations(conn: Connection, *, limit: int) -> list[Confirmation]:
    """Take the oldest out of the queue; a rollback puts them back."""
    return [Confirmation(*row.values()) for row in await conn.fetch(SQL_TAKE, limit)]
