"""Seal what was logged, and prove that nothing sealed was changed since."""

from datetime import datetime
from hashlib import sha256

from outreach.domain.records import dataclass
from outreach.domain.sealing import GENESIS, LEAF_BYTES, root
from outreach.store.pool import Pool
from outreach.store.seals import count_unsealed, find_ripe, insert_seal, iter_seals, list_rows


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify_log` found. `broken` is empty when the log is as it was sealed."""

    seals: int
    rows: int
    missing: int
    """Rows that retention removed; their leaves still count."""
    unsealed: int
    broken: str = ""
    root: bytes = GENESIS


async def seal_log(pool: Pool, *, wall_now: datetime) -> int:
    """Seal all rows that no open transaction can precede; returns how many, 0 if another works."""
    async with pool.acquire() as conn, conn.transaction():
        ripe = await find_ripe(conn)
        if ripe is None or not ripe.rows:
            return 0
        leaves = b"".join(row.leaf() for row in ripe.rows)
        new_root = root(ripe.previous_root, [row.event_id for row in ripe.rows], leaves)
        await insert_seal(conn, ripe, sealed_at=wall_now, leaves=leaves, root=new_root)
        return len(ripe.rows)


async def verify_log(pool: Pool, *, allow_missing: bool = False) -> Verification:
    """Check every checkpoint and every row under it; stops at the first that doesn't hold.

    Args:
        pool: Read only.
        allow_missing: Retention has removed rows; a gap is then counted, not reported.
    """
    seals = rows = missing = 0
    previous = GENESIS
    async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        unsealed = await count_unsealed(conn)
        async for seal in iter_seals(conn):
            seals += 1
            if seal.previous_root != previous or seal.root != root(
                previous, seal.event_ids, seal.leaves
            ):
                broken = f"checkpoint {seal.seal_id} doesn't follow from the one before it"
                return Verification(seals, rows, missing, unsealed, broken, previous)
            previous = seal.root
            stored = await list_rows(conn, seal.event_ids)
            for position, event_id in enumerate(seal.event_ids):
                leaf = seal.leaves[position * LEAF_BYTES : (position + 1) * LEAF_BYTES]
                row = stored.get(event_id)
                if row is None:
                    missing += 1
                    if allow_missing:
                        continue
                    broken = f"row {event_id} (checkpoint {seal.seal_id}) is gone"
                    return Verification(seals, rows, missing, unsealed, broken, previous)
                rows += 1
                if row.leaf() != leaf:
                    broken = f"row {event_id} (checkpoint {seal.seal_id}) was changed since"
                    return Verification(seals, rows, missing, unsealed, broken, previous)
    return Verification(seals, rows, missing, unsealed, "", previous)


def fingerprint(value: bytes) -> str:
    """Return the short form of a root that people compare."""
    return sha256(value).hexdigest()[:16]
