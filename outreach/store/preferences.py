"""What people asked for or against: one row a preference, what was said under the person's key.

Functions take a connection inside the caller's transaction and never commit.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from outreach.domain.preferences import Preference
from outreach.domain.vocabulary import PreferenceKind
from outreach.store.pool import Connection
from outreach.store.vault import PersonKey

SQL_PREFERENCES: Final = """
    SELECT person_id, ref, at, removed, expires_at, detail
      FROM preferences
     WHERE person_id = ANY($1::bigint[])
"""
SQL_WRITE_PREFERENCES: Final = """
    INSERT INTO preferences (tenant_id, person_id, ref, at, removed, expires_at, detail)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::boolean[],
                         $6::timestamptz[], $7::bytea[])
    ON CONFLICT (person_id, ref) DO UPDATE
       SET at = excluded.at, removed = excluded.removed, expires_at = excluded.expires_at,
           detail = excluded.detail
"""

_JSON: Final = msgspec.json.Encoder()


def preference_aad(person_id: int) -> bytes:
    """Return what ties a preference's ciphertext to its person."""
    return b"preferences:%d" % person_id


async def load_preferences(
    conn: Connection, keys: Mapping[int, PersonKey | None]
) -> dict[int, dict[str, Preference]]:
    """Return the preferences of persons by reference; nothing of those who were erased."""
    found: dict[int, dict[str, Preference]] = defaultdict(dict)
    for row in await conn.fetch(SQL_PREFERENCES, list(keys)):
        person = row["person_id"]
        key = keys[person]
        if key is not None:
            found[person][row["ref"]] = _preference_of(row, key)
    return found


def _preference_of(row: Any, key: PersonKey) -> Preference:
    said = msgspec.json.decode(key.decrypt(row["detail"], preference_aad(row["person_id"])))
    return Preference(
        ref=row["ref"],
        kind=PreferenceKind(said["kind"]),
        at=row["at"],
        removed=row["removed"],
        expires_at=row["expires_at"],
        start_minute=said["start"],
        end_minute=said["end"],
        days=frozenset(said["days"]),
        place=said["place"],
        channel=said["channel"],
        endpoint_id=said["endpoint"],
        about=said["about"],
        form=said["form"],
        by=said["by"],
        evidence=said["evidence"],
    )


def preference_row(one: Preference, key: PersonKey, person_id: int) -> tuple[Any, ...]:
    """Return the columns of a preference after the lender and the person."""
    said = {
        "kind": one.kind,
        "start": one.start_minute,
        "end": one.end_minute,
        "days": sorted(one.days),
        "place": one.place,
        "channel": one.channel,
        "endpoint": one.endpoint_id,
        "about": one.about,
        "form": one.form,
        "by": one.by,
        "evidence": one.evidence,
    }
    detail = key.encrypt(_JSON.encode(said), preference_aad(person_id))
    return one.ref, one.at, one.removed, one.expires_at, detail


async def write_preferences(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write what changed: lender, person, then `preference_row`."""
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        await conn.execute(SQL_WRITE_PREFERENCES, *columns)
