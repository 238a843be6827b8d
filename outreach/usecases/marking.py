"""Reviewers say of a contact that they have seen it, that it is in order or that it isn't."""

from dataclasses import field
from datetime import datetime
from typing import Protocol

from cryptography.exceptions import InvalidTag

from outreach.domain.findings import LONGEST_TEXT, Mark
from outreach.domain.operators import Operator
from outreach.domain.records import dataclass
from outreach.store.marks import NewMark, add_mark, find_key, list_marks, mark_aad
from outreach.store.pool import Connection, Pool
from outreach.store.samples import Named, mark_member
from outreach.store.vault import PersonKey, Vault


class Outfit(Protocol):
    """What marking takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""


class MarkError(ValueError):
    """Nothing was marked; `reason` is a stable word: `empty`, `long`, `erased`, `member`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Said:
    """What a reviewer said; `comment` is None where none was made or none can be read any more."""

    mark: Mark | None
    by: str
    at: datetime
    sample_id: int | None
    comment: str | None = field(repr=False)


async def mark_contact(
    outfit: Outfit,
    tenant: str,
    named: Named,
    *,
    mark: Mark | None,
    comment: str,
    by: Operator,
    wall_now: datetime,
    sample_id: int | None = None,
) -> None:
    """Write down what a reviewer says of one row of the log; as a sample's member as well.

    Args:
        outfit: Parts of the runtime.
        tenant: Lender, which the caller has checked.
        named: The row that begins the contact, or the decision.
        mark: None for a comment alone.
        comment: Kept under the person's key.
        by: Who says it.
        wall_now: Wall time.
        sample_id: The sample in which it was drawn, if it is reviewed in one.

    Raises:
        MarkError: Nothing was said, too much was, the person was erased, or it isn't a member.
    """
    said = comment.strip()
    if mark is None and not said:
        raise MarkError("empty")
    if len(said) > LONGEST_TEXT:
        raise MarkError("long")
    async with outfit.db.acquire() as conn, conn.transaction():
        sealed = await _seal(conn, outfit.vault, named.person_id, said) if said else None
        if sample_id is not None and mark is not None:
            by_name = by.signature
            if not await mark_member(conn, sample_id, named, mark, by=by_name, at=wall_now):
                raise MarkError("member")
        one = NewMark(*named, sample_id, mark, sealed, by.login, by.signature, wall_now)
        await add_mark(conn, tenant, one)


async def read_marks(
    conn: Connection, key: PersonKey | None, person_id: int, event_id: int
) -> tuple[Said, ...]:
    """Return what reviewers said of one row of the log, oldest first.

    Args:
        conn: Sees the lender's rows.
        key: The person's; None once they were erased: comments are gone with it.
        person_id: Whose row.
        event_id: Which.
    """
    found = []
    for row in await list_marks(conn, person_id, event_id):
        mark = Mark(row.mark) if row.mark else None
        comment = _open(key, row.comment, person_id)
        found.append(Said(mark, row.by_name, row.at, row.sample_id, comment))
    return tuple(found)


async def _seal(conn: Connection, vault: Vault, person_id: int, said: str) -> bytes:
    key = await find_key(conn, vault, person_id)
    if key is None:
        raise MarkError("erased")
    return key.encrypt(said.encode(), mark_aad(person_id))


def _open(key: PersonKey | None, comment: bytes | None, person_id: int) -> str | None:
    if comment is None or key is None:
        return None
    try:
        return key.decrypt(comment, mark_aad(person_id)).decode()
    except InvalidTag:
        return None
