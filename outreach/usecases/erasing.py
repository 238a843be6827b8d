"""Erasing somebody: asked for by one person, decided by another, and only as far as law lets go.

Records have to be kept for a time; the packs' rules on purging say for how long. While a loan is
open the lender needs to know whose it is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from outreach.domain.decisions import ProposedAction, Verdict
from outreach.domain.operators import same_signer
from outreach.domain.vocabulary import Channel, Purpose
from outreach.facts.assemble import facts_of
from outreach.store import erasures as store
from outreach.store.agenda import lock_persons
from outreach.store.books import PersonBook, load_books
from outreach.store.erasures import ErasureAsked
from outreach.store.people import load_people
from outreach.store.pool import Pool
from outreach.store.vault import ErasedError, Vault
from outreach.usecases.considering import Considering, lender_facts
from outreach.usecases.trying import explained

NEVER_OURS: Final = "never_ours"
"""Somebody who was never a borrower: nothing needs keeping."""
REASONS: Final = frozenset({"asked", "kept_long_enough", NEVER_OURS})
_MOST: Final = 50


class Outfit(Protocol):
    """What erasing takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""

    @property
    def considering(self) -> Considering:
        """Packs and lenders."""


class NotAskedError(LookupError):
    """Nobody asked for it, or it was decided meanwhile."""


class OwnRequestError(ValueError):
    """Nobody decides on what they asked for themselves."""


class MustBeKeptError(Exception):
    """It may not be erased yet; `reasons` are as the log keeps them, `until` when they clear."""

    def __init__(self, reasons: Sequence[Mapping[str, Any]], until: datetime | None) -> None:
        super().__init__(", ".join(str(one["rule"]) for one in reasons))
        self.reasons = tuple(reasons)
        self.until = until


OPEN_LOAN: Final = "erasing.open_loan"


async def ask(outfit: Outfit, person_id: int, because: str, *, by: str, now: datetime) -> bool:
    """Ask that somebody be erased; False: that was asked already.

    Raises:
        ErasedError: They were.
        ValueError: `because` is none of `REASONS`.
    """
    if because not in REASONS:
        raise ValueError(because)
    async with outfit.db.acquire() as conn, conn.transaction():
        people = await load_people(conn, outfit.vault, [person_id], profiles=(), protections=False)
        row = people.get(person_id)
        if row is None or row.key is None:
            raise ErasedError
        return await store.ask_erasure(conn, row.tenant_id, person_id, because, by=by, at=now)


async def list_asked(outfit: Outfit, tenants: Sequence[str]) -> list[ErasureAsked]:
    """Return what waits for a second person, the oldest first."""
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        return await store.list_asked(conn, tenants, limit=_MOST)


async def decide(
    outfit: Outfit, person_id: int, *, erase: bool, by: str, is_only_one: bool, now: datetime
) -> None:
    """Erase somebody, or decline to; what is erased can't be read again by anybody.

    Args:
        outfit: Parts of the runtime.
        person_id: Whose erasure was asked for.
        erase: Whether to.
        by: Who decides; never who asked.
        is_only_one: There is nobody else: a development installation's visitor.
        now: Business time.

    Raises:
        NotAskedError: Nobody asked, or it was decided meanwhile.
        OwnRequestError: By the one who asked.
        MustBeKeptError: Rules, or an open loan, keep the records; the request waits on.
    """
    async with outfit.db.acquire() as conn, conn.transaction():
        await lock_persons(conn, [person_id])
        asked = await store.find_asked(conn, person_id)
        if asked is None:
            raise NotAskedError(person_id)
        if same_signer(asked.asked_by, by) and not is_only_one:
            raise OwnRequestError(by)
        if erase:
            book = (await load_books(conn, outfit.vault, [person_id]))[person_id]
            _check(outfit.considering, book, asked.because, now)
            await store.erase(conn, person_id, at=now)
        outcome = "erased" if erase else "declined"
        await store.decide_erasure(conn, person_id, outcome, by=by, at=now)


def _check(considering: Considering, book: PersonBook, because: str, now: datetime) -> None:
    if because == NEVER_OURS and not book.loans:
        return
    if any(loan.is_open for loan in book.loans.values()):
        reason = {"rule": OPEN_LOAN, "code": OPEN_LOAN, "verdict": Verdict.BLOCK}
        raise MustBeKeptError([reason], None)
    rulebook = considering.rulebook
    lender = rulebook.lenders[book.tenant_id]
    facts = facts_of(
        book.person,
        tuple(book.loans.values()),
        book.cases,
        past=(),
        suppressed=book.suppressions,
        lender=lender_facts(lender),
        now=now,
    )
    action = ProposedAction(
        at=now,
        channel=Channel.RECORDS,
        purpose=Purpose.PURGE,
        debts=tuple(str(one) for one in book.loans),
        sender=lender.slug,
    )
    decision = rulebook.judgment(lender, facts).decide(action, facts)
    if decision.verdict is not Verdict.ALLOW:
        raise MustBeKeptError([explained(one) for one in decision.reasons], decision.until)
