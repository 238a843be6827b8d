"""What words may say to a real borrower, masked, so that their writer sees how they come out."""

from dataclasses import replace
from datetime import datetime, time
from typing import Final, Protocol

from outreach.domain.local_time import local_date
from outreach.domain.refs import ref_digest
from outreach.domain.standing import Due
from outreach.domain.steps import LocalWindow, Step
from outreach.domain.vocabulary import Channel, Purpose, Stage
from outreach.facts.addresses import addresses_of
from outreach.facts.money_events import PAYMENTS_SINCE
from outreach.facts.standings import Whose, standing_of
from outreach.rendering.context import MessageFacts
from outreach.store.books import PersonBook, load_books
from outreach.store.pool import Pool
from outreach.store.reading import find_loans
from outreach.store.vault import Vault
from outreach.usecases.considering import Considering
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.telling import message_facts

_MASK: Final = "*"
_LINK: Final = "https://example.com/s/preview-of-a-page-of-their-own"
_ALL_DAY: Final = LocalWindow(time(0), time(23, 59))


class Outfit(Protocol):
    """What it takes of the runtime."""

    @property
    def db(self) -> Pool:
        """Where loans are."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""

    @property
    def considering(self) -> Considering:
        """Lenders."""


async def facts_of_loan(
    outfit: Outfit, tenant: str, ref: str, channel: Channel, purpose: Purpose, now: datetime
) -> MessageFacts | None:
    """Return what words may say about a loan now; None where there is none, or nobody to write to.

    The borrower's name is masked and no link to their page is made: who writes words need not know
    whom they go to. Whoever asks is recorded by the page.

    Args:
        outfit: Parts of the runtime.
        tenant: The lender.
        ref: The platform's loan id.
        channel: What the words are sent by.
        purpose: What they are for.
        now: Business time.
    """
    lender = outfit.considering.rulebook.lenders.get(tenant)
    if lender is None:
        return None
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        for loan in await find_loans(conn, [ref_digest(tenant, "loan", ref)]):
            books = await load_books(
                conn, outfit.vault, [loan.person_id], since=now - PAYMENTS_SINCE
            )
            book = books.get(loan.person_id)
            if book is not None and book.key is not None and loan.loan_id in book.loans:
                return _facts(book, loan.loan_id, lender, channel, purpose, now)
    return None


def _facts(
    book: PersonBook,
    loan_id: int,
    lender: LenderPlan,
    channel: Channel,
    purpose: Purpose,
    now: datetime,
) -> MessageFacts | None:
    addresses = addresses_of(book.person)
    usable = addresses.get(channel) or next(iter(addresses.values()), ())
    if not usable:
        return None
    whose = Whose(
        person_id=book.person_id,
        person=book.person,
        past=(),
        zones=(),
        addresses=addresses,
        past_cases=book.past_cases,
        lender=lender.slug,
        role=lender.role,
    )
    loan = book.loans[loan_id]
    standing = standing_of(whose, loan, book.cases.get(loan_id), fresh=True, now=now)
    today = local_date(now, standing.lender_zone)
    day = (today - standing.due_on).days if standing.due_on else 0
    due = Due(
        standing=standing,
        step=Step("preview", day, purpose, _ALL_DAY, ()),
        step_key="preview",
        stage=Stage.PRE_DUE if day < 0 else Stage.EARLY,
        day=day,
        occurrence=standing.occurrence,
        try_number=1,
        options=(),
        closes_at=now,
    )
    link = _LINK if lender.links is not None else ""
    facts = message_facts(due, book, lender, usable[0], first=False, now=now, link=link)
    return replace(
        facts,
        borrower_name=_masked(facts.borrower_name),
        form_of_address=_masked(facts.form_of_address),
    )


def _masked(name: str) -> str:
    """Return a name with each part's first letter alone, as long as it was."""
    return " ".join(part[:1] + _MASK * (len(part) - 1) for part in name.split(" "))
