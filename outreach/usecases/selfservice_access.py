"""Who may see a borrower's page: the link first, then the last digits; wrong ones lock it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, Protocol

from outreach.domain.borrowers import PersonState
from outreach.domain.links import (
    MOST_FAILURES,
    PATH,
    Guard,
    LinkMaker,
    LinkRef,
    is_match,
    lock_after,
    read_token,
)
from outreach.domain.records import dataclass
from outreach.domain.refs import ref_digest
from outreach.domain.vocabulary import EndpointStatus
from outreach.facts.addresses import PHONE
from outreach.store.alerts import Alert, raise_alerts
from outreach.store.aliases import find_aliases
from outreach.store.people import load_people
from outreach.store.pool import Connection, Pool
from outreach.store.selfservice import (
    LinkedLoan,
    count_failures,
    count_try,
    find_guard,
    find_linked,
    forgive,
    lock,
    revoke,
)
from outreach.store.vault import Vault
from outreach.usecases.protecting import NobodyError

LOCKED_ALERT: Final = "self_service.locked"
GUESSING_ALERT: Final = "self_service.guessing"
_GUESSES: Final = 50
"""Wrong digits within an hour, over all links of a lender, that somebody should look at."""
_HOUR: Final = timedelta(hours=1)
# A number that the borrower's record gives up, or that is somebody else's, proves nothing.
_THEIRS: Final = frozenset({EndpointStatus.ACTIVE, EndpointStatus.UNVERIFIED})


class Outfit(Protocol):
    """What access takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Return the pool."""
        ...

    @property
    def vault(self) -> Vault:
        """Return the keys."""
        ...


class Refused(StrEnum):
    """Why a link opens nothing."""

    UNKNOWN = "unknown"
    """We didn't make it, or what it was about is gone."""
    EXPIRED = "expired"
    """It ended, or was revoked."""


class Tried(StrEnum):
    """What trying digits came to."""

    PASSED = "passed"
    FAILED = "failed"
    LOCKED = "locked"
    """Nothing was compared: too many were wrong before."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A link that opens: whose loan it is about, and what is kept of its links."""

    ref: LinkRef
    loan: LinkedLoan
    guard: Guard

    @property
    def tenant(self) -> str:
        """The lender."""
        return self.loan.tenant_id

    @property
    def key(self) -> tuple[str, int, int]:
        """Lender, person and loan."""
        return self.loan.tenant_id, self.ref.person_id, self.ref.loan_id


@dataclass(frozen=True, slots=True)
class Check:
    """Whose last digits are asked for: a phone's, or those of an attribute of the borrower."""

    kind: Literal["phone", "attribute"]
    attribute: str = ""

    def expected(self, person: PersonState) -> list[str]:
        """Return the texts of which the last digits open the page; none opens it to nobody."""
        profile = person.profile
        if self.kind == "phone":
            return [
                one.address
                for one in profile.endpoints
                if one.medium == PHONE and one.status in _THEIRS
            ]
        told = profile.fields.get("attributes")
        value = told.get(self.attribute) if isinstance(told, dict) else None
        return [] if value is None else [str(value)]


async def open_link(
    conn: Connection, makers: Mapping[str, LinkMaker], token: str, now: datetime
) -> Visit | Refused:
    """Return what a link opens at business time `now`, or why it opens nothing.

    Every lender's keys are tried, and the loan has to be that lender's.
    """
    found: tuple[str, LinkRef] | None = None
    for slug, maker in makers.items():
        ref = read_token(maker.keys, token, now)
        found = (slug, ref) if ref is not None else found
    if found is None:
        return Refused.UNKNOWN
    slug, ref = found
    loan = await find_linked(conn, ref.person_id, ref.loan_id)
    if loan is None or loan.tenant_id != slug:
        return Refused.UNKNOWN
    guard = await find_guard(conn, ref.person_id, ref.loan_id)
    return Visit(ref, loan, guard) if guard.opens(ref, now) else Refused.EXPIRED


async def try_digits(
    outfit: Outfit, visit: Visit, check: Check, given: str, *, wall_now: datetime
) -> Tried:
    """Compare what somebody typed with the last digits that are expected.

    The try is counted as wrong before it is compared, and forgotten if it was right, so that many
    at once gain nothing.

    Args:
        outfit: Pool and keys.
        visit: The opened link.
        check: Whose digits.
        given: As typed.
        wall_now: The machine's time, which locks are counted by.
    """
    _, person_id, loan_id = visit.key
    async with outfit.db.acquire() as conn, conn.transaction():
        failures = await count_try(conn, visit.key, most=MOST_FAILURES, wall_now=wall_now)
        if failures is None:
            return Tried.LOCKED
        people = await load_people(conn, outfit.vault, [person_id])
        if is_match(check.expected(people[person_id].state), given):
            await forgive(conn, person_id, loan_id)
            return Tried.PASSED
        until = lock_after(failures, wall_now)
        if until is not None:
            await lock(conn, person_id, loan_id, until)
        await _alert(conn, visit, failures, wall_now, locked=until is not None)
    return Tried.FAILED


async def _alert(
    conn: Connection, visit: Visit, failures: int, wall_now: datetime, *, locked: bool
) -> None:
    alerts = []
    if locked or failures == MOST_FAILURES:
        detail = "last digits were wrong too often; `outreach links check LOAN` tells of one loan"
        alerts.append(Alert(visit.tenant, LOCKED_ALERT, "links", detail))
    wrong = await count_failures(conn, visit.tenant, wall_now - _HOUR)
    if wrong >= _GUESSES:
        detail = f"{wrong} wrong digits within an hour: somebody may be trying links"
        alerts.append(Alert(visit.tenant, GUESSING_ALERT, "links", detail))
    await raise_alerts(conn, alerts, at=wall_now)


@dataclass(frozen=True, slots=True)
class LinkState:
    """What an operator sees of a loan's links."""

    person_id: int
    loan_id: int
    guard: Guard
    address: str = field(default="", repr=False)


async def link_state(
    outfit: Outfit,
    lender: tuple[str, LinkMaker],
    loan: str,
    *,
    now: datetime,
    revoking: bool = False,
    unlocking: bool = False,
) -> LinkState:
    """Return the link to a loan that would be made now, and what is kept of the loan's links.

    Args:
        outfit: Pool and keys.
        lender: Slug, and what makes its links.
        loan: The platform's name of the loan.
        now: Business time.
        revoking: Revoke first whatever was made so far; links made within this hour as well.
        unlocking: Forget first that digits were wrong.

    Raises:
        NobodyError: The lender has no such loan.
    """
    slug, maker = lender
    digest = ref_digest(slug, "loan", loan)
    async with outfit.db.acquire() as conn, conn.transaction():
        alias = (await find_aliases(conn, [digest])).get(digest)
        if alias is None or alias.loan_id is None:
            raise NobodyError(loan)
        person_id, loan_id = alias.person_id, alias.loan_id
        if revoking:
            await revoke(conn, (slug, person_id, loan_id), now + maker.life + _HOUR)
        if unlocking:
            await forgive(conn, person_id, loan_id)
        guard = await find_guard(conn, person_id, loan_id)
    return LinkState(person_id, loan_id, guard, maker.link(person_id, loan_id, now))


def token_of(address: str) -> str:
    """Return the token of a link, or what was given if it is none."""
    return address.rpartition(PATH)[2].strip()
