"""Borrowers' own pages in the demonstration: where they are, and one to open."""

from datetime import datetime

from outreach.domain.records import dataclass
from outreach.plans import links_of
from outreach.settings import Settings
from outreach.store.people import load_people
from outreach.store.pool import Pool
from outreach.store.vault import Vault
from outreach.usecases.protecting import NobodyError
from outreach.usecases.selfservice_access import Check, link_state


@dataclass(frozen=True, slots=True)
class OwnPage:
    """A link, and the digits that open it: of nobody real."""

    address: str
    digits: str


async def find_own_page(
    settings: Settings, pool: Pool, loan: str, now: datetime
) -> tuple[OwnPage, ...]:
    """Return the page of a loan, made at business time `now`; nothing if it has none."""
    desk = _Desk(pool, Vault(settings.require_master_key()))
    for slug, lender in settings.lenders.items():
        maker = links_of(slug, lender, desk.vault)
        if maker is None or lender.self_service is None:
            continue
        try:
            state = await link_state(desk, (slug, maker), loan, now=now)
        except NobodyError:
            continue
        async with pool.acquire() as conn:
            people = await load_people(conn, desk.vault, [state.person_id])
        page = lender.self_service
        expected = Check(page.check, page.check_attribute).expected(people[state.person_id].state)
        return (OwnPage(state.address, expected[0][-4:]),) if expected else ()
    return ()


@dataclass(frozen=True, slots=True)
class _Desk:
    db: Pool
    vault: Vault
