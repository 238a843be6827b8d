"""Raise findings and move them: each change is checked, kept with who and why, never undone."""

from datetime import datetime
from typing import Protocol

from outreach.domain.findings import LONGEST_TEXT, Change, FindingError, check_change
from outreach.store.findings import (
    NewFinding,
    change_finding,
    link_contact,
    lock_finding,
    raise_finding,
)
from outreach.store.pool import Pool
from outreach.store.samples import Named

LONGEST_OWNER = 120
"""Characters of who sees to a finding."""


class Outfit(Protocol):
    """What findings take from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""


async def raise_one(
    outfit: Outfit,
    tenant: str,
    one: NewFinding,
    *,
    contacts: tuple[Named, ...],
    by: str,
    wall_now: datetime,
) -> int:
    """Write down a finding with the contacts that show it; returns its id.

    The caller has checked that the contacts are the lender's.

    Raises:
        FindingError: `what`: it says nothing, or too much; `owner`: that is too long.
    """
    if not one.what or len(one.what) > LONGEST_TEXT:
        raise FindingError("what")
    if len(one.owner) > LONGEST_OWNER:
        raise FindingError("owner")
    async with outfit.db.acquire() as conn, conn.transaction():
        found = await raise_finding(conn, tenant, one, by=by, at=wall_now)
        for named in contacts:
            await link_contact(conn, tenant, found, named)
        return found


async def move_finding(
    outfit: Outfit, finding_id: int, change: Change, *, by: str, wall_now: datetime
) -> None:
    """Change a finding's state, owner or date.

    Raises:
        FindingError: See `check_change`; `what` where the reason is too long.
    """
    if len(change.note) > LONGEST_TEXT or len(change.owner) > LONGEST_OWNER:
        raise FindingError("what")
    async with outfit.db.acquire() as conn, conn.transaction():
        state = await lock_finding(conn, finding_id)
        if state is None:
            raise FindingError("state")
        check_change(state, change)
        await change_finding(conn, finding_id, change, by=by, at=wall_now)
