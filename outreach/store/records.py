"""Approvals, notices and refusals on record: one row each, encrypted under the person's key.

Functions take a connection inside the caller's transaction and never commit.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from outreach.domain.on_record import (
    Approval,
    Record,
    RecordKey,
    Refusal,
    RiskFact,
    SentNotice,
    StatementRequest,
)
from outreach.store.pool import Connection
from outreach.store.vault import PersonKey

SQL_RECORDS: Final = """
    SELECT person_id, kind, ref, detail
      FROM records
     WHERE person_id = ANY($1::bigint[])
"""
SQL_WRITE_RECORDS: Final = """
    INSERT INTO records (tenant_id, person_id, kind, ref, detail)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bytea[])
    ON CONFLICT (person_id, kind, ref) DO UPDATE
       SET detail = excluded.detail
"""

_TYPES: Final[Mapping[str, type[Record]]] = {
    one.kind: one for one in (Approval, SentNotice, Refusal, RiskFact, StatementRequest)
}
_JSON: Final = msgspec.json.Encoder()


def record_aad(person_id: int) -> bytes:
    """Return what ties a record's ciphertext to its person."""
    return b"records:%d" % person_id


async def load_records(
    conn: Connection, keys: Mapping[int, PersonKey | None]
) -> dict[int, dict[RecordKey, Record]]:
    """Return what is on record of persons; nothing of those who were erased."""
    found: dict[int, dict[RecordKey, Record]] = defaultdict(dict)
    for row in await conn.fetch(SQL_RECORDS, list(keys)):
        person = row["person_id"]
        key = keys[person]
        if key is not None:
            plain = key.decrypt(row["detail"], record_aad(person))
            record = msgspec.json.decode(plain, type=_TYPES[row["kind"]])
            found[person][record.key] = record
    return found


def record_row(one: Record, key: PersonKey, person_id: int) -> tuple[Any, ...]:
    """Return the columns of a record after the lender and the person."""
    return one.kind, one.ref, key.encrypt(_JSON.encode(one), record_aad(person_id))


async def write_records(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write what changed: lender, person, then `record_row`."""
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        await conn.execute(SQL_WRITE_RECORDS, *columns)
