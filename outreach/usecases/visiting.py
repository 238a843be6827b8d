"""Field visits: the sheet that people go by, the link to each visit's form, and its state now.

A visit was allowed when it was ordered. Whether it may be made is judged again each time that
somebody looks: on the sheet for its day, and on the form at the door.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from outreach.domain.decisions import Decision, Verdict
from outreach.domain.hand_offs import HandOff, HandOffError, HandOffKind, begun_at, state_of
from outreach.domain.loans import past_due_minor
from outreach.domain.records import dataclass
from outreach.domain.visits import Hours, least_staff, open_hours
from outreach.facts.standings import zone
from outreach.rendering.papers import lines_of, name_of
from outreach.store import hand_offs as store
from outreach.store.books import load_books
from outreach.store.hand_offs import KeptHandOff
from outreach.store.pool import Connection
from outreach.usecases.hand_off_steps import save_terms
from outreach.usecases.handing_off import NotFoundError, Outfit, find, judge
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.people_steps import Proposal, is_owed
from outreach.usecases.trying import explained

PATH: Final = "/visits/"
ORDERED: Final = "ordered"
# More than anybody makes in a day.
_MOST: Final = 5000


@dataclass(frozen=True, slots=True)
class VisitNow:
    """One visit as it stands at an instant, with all that whoever makes it has to know.

    Attributes:
        hand_off: The order.
        tenant: Whose.
        name: The borrower's.
        address: As lines.
        loan: The platform's name of it.
        past_due_minor: In minor units of `currency`.
        currency: ISO 4217.
        zone: IANA zone of the place.
        may: Whether it may be made now.
        until: When it may be made next, if that is known.
        reasons: Rules that stop it now, as the log keeps reasons.
        hours: When it may be made, on the days asked for.
        staff: Who go.
        duties: What packs oblige them to.
        ends: After which it may not be made any more.
    """

    hand_off: HandOff
    tenant: str
    name: str
    address: tuple[str, ...]
    loan: str
    past_due_minor: int
    currency: str
    zone: str
    may: bool
    until: datetime | None
    reasons: tuple[Mapping[str, Any], ...]
    hours: tuple[Hours, ...]
    staff: tuple[str, ...]
    duties: tuple[str, ...]
    ends: datetime

    @property
    def ref(self) -> str:
        """Our name of the visit."""
        return self.hand_off.ref

    @property
    def is_staffed(self) -> bool:
        """Whether as many go as the packs want."""
        return len(self.staff) >= least_staff(self.duties)


async def look_at_visit(
    outfit: Outfit, ref: str, *, now: datetime, days: int | None = None
) -> VisitNow:
    """Return one visit as it stands.

    Args:
        outfit: Parts of the runtime.
        ref: Our name of it.
        now: Business time.
        days: For how many days hours are wanted, today included; as long as it may be made if
            None.

    Raises:
        NotFoundError: There is none, or it isn't ordered.
    """
    kept = await find(outfit, ref)
    if kept.hand_off.kind is not HandOffKind.VISIT or state_of(kept.hand_off) != ORDERED:
        raise NotFoundError(ref)
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        return await _look(conn, outfit, kept, now, days)


async def visits_of_day(outfit: Outfit, tenant: str, day: date, *, now: datetime) -> list[VisitNow]:
    """Return the ordered visits that may be made on a day, in the order of their addresses.

    Args:
        outfit: Parts of the runtime.
        tenant: Slug of the lender.
        day: In each borrower's calendar; not before today there.
        now: Business time.
    """
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        kept = await store.list_hand_offs(
            conn, outfit.vault, [tenant], HandOffKind.VISIT, ended=False, limit=_MOST
        )
        found = [
            await _look(conn, outfit, one, now, None)
            for one in kept
            if state_of(one.hand_off) == ORDERED
        ]
    on_day = [replace(one, hours=_on(one, day)) for one in found]
    return sorted((one for one in on_day if one.hours), key=_place)


def stops(visits: Sequence[VisitNow]) -> list[tuple[str, list[VisitNow]]]:
    """Group visits by where they go: whoever lives at one address is one stop."""
    found: dict[str, list[VisitNow]] = {}
    for one in visits:
        found.setdefault(" · ".join(one.address), []).append(one)
    return list(found.items())


async def assign(
    outfit: Outfit, ref: str, staff: Sequence[str], *, by: str, now: datetime
) -> KeptHandOff:
    """Settle who go.

    Raises:
        NotFoundError: There is no such visit.
        HandOffError: `not_now`: it isn't open; `too_few`: the packs want more to go.
    """
    kept = await find(outfit, ref)
    if kept.hand_off.kind is not HandOffKind.VISIT:
        raise NotFoundError(ref)
    check_staff(staff, kept.hand_off.terms.get("duties", ()))
    await save_terms(outfit.db, outfit.vault, kept, {"staff": list(staff)}, by=by, now=now)
    return await find(outfit, ref)


def check_staff(staff: Sequence[str], duties: Sequence[str]) -> None:
    """Refuse too few people.

    Raises:
        HandOffError: `too_few`.
    """
    least = least_staff(duties)
    if len({one.strip().casefold() for one in staff if one.strip()}) < least:
        raise HandOffError("too_few", f"{least} have to go: name them with --staff, once for each")


def ends_at(hand_off: HandOff, lender: LenderPlan) -> datetime | None:
    """Return the end of the last day on which a visit may be made; None if it isn't ordered."""
    begun = begun_at(hand_off)
    if begun is None:
        return None
    local = begun.astimezone(zone(lender.timezone))
    last = local.date() + timedelta(days=lender.hand_offs.visit_days)
    return datetime.combine(last, time(0), local.tzinfo)


async def _look(
    conn: Connection, outfit: Outfit, kept: KeptHandOff, now: datetime, days: int | None
) -> VisitNow:
    hand_off, person = kept.hand_off, kept.person_id
    book = (await load_books(conn, outfit.vault, [person]))[person]
    lender = outfit.considering.rulebook.lenders[kept.tenant_id]
    proposal = await judge(
        conn, outfit, book, lender, (hand_off.channel, hand_off.purpose), hand_off.loan_id, now=now
    )
    ends = ends_at(hand_off, lender) or now
    where = proposal.facts.zones[0].zone if proposal.facts.zones else lender.timezone
    loan = book.loans[hand_off.loan_id]
    judgment = outfit.considering.rulebook.judgment(lender, proposal.facts)

    def decided(at: datetime) -> Decision:
        return judgment.decide(replace(proposal.action, at=at), proposal.facts)

    def allowed(at: datetime) -> bool:
        return at < ends and decided(at).verdict is Verdict.ALLOW

    span = lender.hand_offs.visit_days if days is None else days
    answer = proposal.decision
    return VisitNow(
        hand_off=hand_off,
        tenant=kept.tenant_id,
        name=name_of(book.person.profile.fields.get("name")),
        address=tuple(lines_of(book.person.profile.fields.get("address"))),
        loan=loan.ref,
        past_due_minor=past_due_minor(loan.installments, loan.today(now)),
        currency=loan.currency,
        zone=where,
        may=now < ends and answer.verdict is Verdict.ALLOW and is_owed(loan),
        until=answer.until,
        reasons=tuple(explained(one) for one in answer.reasons),
        hours=open_hours(allowed, now, zone(where), days=span) if is_owed(loan) else (),
        staff=tuple(hand_off.terms.get("staff", ())),
        duties=_duties(proposal, hand_off),
        ends=ends,
    )


def _duties(proposal: Proposal, hand_off: HandOff) -> tuple[str, ...]:
    told = [str(one) for one in hand_off.terms.get("duties", ())]
    return tuple(dict.fromkeys([*proposal.duties, *told]))


def _on(visit: VisitNow, day: date) -> tuple[Hours, ...]:
    there = zone(visit.zone)
    return tuple(one for one in visit.hours if one.opens.astimezone(there).date() == day)


def _place(visit: VisitNow) -> tuple[tuple[str, ...], str]:
    return tuple(reversed(visit.address)), visit.ref
