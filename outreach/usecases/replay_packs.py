"""What would have been decided otherwise: stored decisions, made again by two sets of packs.

Only the log is read. Each decision is made on the facts it was made on then.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag

from outreach.domain.decisions import Decision, ProposedAction
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import EventKind
from outreach.facts.snapshot import restore
from outreach.store.bodies import decode_body
from outreach.store.contact_log import LogRow, list_loan_refs, list_newer
from outreach.store.pool import Pool, reading_as
from outreach.store.reading import count_since
from outreach.store.vault import ErasedError, Vault
from outreach.usecases.receipt_effects import event_aad
from outreach.usecases.rulebook import Rulebook

KINDS: Final = (EventKind.DECIDED, EventKind.DEFERRED, EventKind.BLOCKED)
_PAGE: Final = 500

Progress = Callable[[int, int], None]
"""Told how many rows of how many were looked at."""


@dataclass(frozen=True, slots=True)
class Otherwise:
    """One way to make a contact that the two sets of packs judge differently."""

    tenant: str
    loans: tuple[str, ...]
    at: datetime
    channel: str
    purpose: str
    before: Decision
    after: Decision


@dataclass(frozen=True, slots=True)
class Replayed:
    """What replaying came to.

    `ways` is how many ways to make a contact were judged again. `unreadable` rows belong to
    somebody who was erased, to a lender that is gone, or were kept without facts.
    """

    rows: int
    ways: int
    unreadable: int
    otherwise: tuple[Otherwise, ...]


async def replay_log(
    db: Pool,
    vault: Vault,
    old: Rulebook,
    new: Rulebook,
    *,
    since: datetime,
    progress: Progress = lambda _done, _of: None,
) -> Replayed:
    """Judge every contact decided since a business time by both sets of packs.

    Args:
        db: Where the log is.
        vault: Keys of the people.
        old: Packs to compare with, and the lenders whose log is read.
        new: Packs to compare.
        since: Aware.
        progress: Told after each page of the log.
    """
    found: list[Otherwise] = []
    rows = ways = unreadable = total = 0
    starts: dict[str, int] = {}
    for tenant in old.lenders:
        async with reading_as(db, tenant) as conn:
            count, starts[tenant] = await count_since(conn, tenant, KINDS, since)
        total += count
    for tenant, start in starts.items():
        async for page, refs in _pages(db, tenant, start):
            for row in page:
                if row.at < since:
                    continue
                rows += 1
                body = _body(vault, row)
                if body is None:
                    unreadable += 1
                    continue
                loans = tuple(refs.get((row.person_id, debt), "?") for debt in body["debts"])
                for action in _actions(body):
                    ways += 1
                    before = _judge(old, tenant, body, action)
                    after = _judge(new, tenant, body, action)
                    if not _same(before, after):
                        way = (row.at, action.channel, action.purpose)
                        found.append(Otherwise(tenant, loans, *way, before, after))
            progress(rows, total)
    return Replayed(rows, ways, unreadable, tuple(found))


async def _pages(
    db: Pool, tenant: str, start: int
) -> AsyncIterator[tuple[list[LogRow], dict[tuple[int, int], str]]]:
    """Yield a lender's decisions page by page, with the platform's names of the loans."""
    newest = start - 1
    while True:
        async with reading_as(db, tenant) as conn:
            page = await list_newer(conn, tenant, KINDS, person_id=None, after=newest, limit=_PAGE)
            refs = await list_loan_refs(conn, sorted({row.person_id for row in page}))
        if not page:
            return
        newest = page[0].event_id
        yield page[::-1], refs


def _body(vault: Vault, row: LogRow) -> dict[str, Any] | None:
    """Return what was kept of a decision; None if it can't be made again."""
    try:
        body = decode_body(vault.open(row.wrapped_key).decrypt(row.body, event_aad(row.person_id)))
    except (ErasedError, InvalidTag, msgspec.DecodeError):
        return None
    return body if "facts" in body and "debts" in body else None


def _actions(body: Mapping[str, Any]) -> Iterator[ProposedAction]:
    """Yield each way that was tried, the one that was taken last."""
    taken = (body["action"],) if "action" in body else ()
    for kept in (*body.get("tried", ()), *taken):
        yield action_of(kept, body["debts"])


def action_of(kept: Mapping[str, Any], debts: list[int]) -> ProposedAction:
    """Return the action that a row of the log was about."""
    return ProposedAction(
        at=datetime.fromisoformat(kept["at"]),
        channel=kept["channel"],
        purpose=kept["purpose"],
        debts=tuple(map(str, debts)),
        endpoint=kept["endpoint"],
        endpoint_kind=kept["endpoint_kind"],
        dial_mode=kept.get("dial_mode"),
        first_communication=kept["first"],
        sender=kept["sender"],
        sender_attributes=kept.get("sender_attributes", {}),
        content=frozenset(kept["content"]),
        template_class=kept["template_class"],
    )


def _judge(
    rulebook: Rulebook, tenant: str, body: Mapping[str, Any], action: ProposedAction
) -> Decision:
    facts = restore(body["facts"])
    return rulebook.judgment(rulebook.lenders[tenant], facts).decide(action, facts)


def _same(before: Decision, after: Decision) -> bool:
    """Compare what becomes of the contact; other reasons for the same are the same."""
    return (before.verdict, before.until) == (after.verdict, after.until)
