"""Whose page it is: a borrower of a lender that the visitor may look at, or nobody."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from outreach.domain.operators import EVERYBODY, Role
from outreach.rendering.verdicts import index_rules, say_reason
from outreach.runtime import Runtime
from outreach.store.pool import reading_as
from outreach.usecases.explain import Explanation, explain_loan
from outreach.usecases.person_file import PersonFile, load_person_file
from outreach.usecases.protecting import About
from outreach.usecases.read_log import kept_reason
from outreach.web.console.access import ABOUT, SESSION
from outreach.web.console.page import language_for
from outreach.web.console.showing import Shower
from outreach.web.console.words import Language

MAY_WORK: Final = frozenset({Role.OPERATOR, Role.COMPLIANCE, Role.ADMIN})
MAY_HOLD: Final = frozenset({Role.COMPLIANCE})
_LONGEST_ID: Final = 18


async def find_file(
    runtime: Runtime, request: web.Request, roles: frozenset[Role] = EVERYBODY
) -> PersonFile | None:
    """Return the file of the person that the address names; None for another lender's.

    Args:
        runtime: Open.
        request: With `person` in its address; what it turned out to be about is noted.
        roles: One of them is needed for the person's lender.
    """
    person = number_of(request.match_info["person"])
    if person is None:
        return None
    known = runtime.settings.lenders
    for lender in request[SESSION].operator.lenders(roles):
        if lender not in known:
            continue
        async with reading_as(runtime.db, lender) as conn:
            found = await load_person_file(conn, runtime.vault, person)
        if found is not None:
            request[ABOUT] = lender
            return found
    return None


async def explain_person(runtime: Runtime, person: PersonFile, ref: str) -> Explanation | None:
    """Return what the plan says of a person now, asked by one of their loans."""
    now = runtime.clock.business_now()
    told = await explain_loan(runtime, [person.tenant], ref, at=now, now=now)
    return next((one for one in told if one.loan.person_id == person.person_id), None)


def zone_of(runtime: Runtime, person: PersonFile) -> str:
    """Return where a borrower reads the clock, else the lender's zone."""
    return person.state.profile.timezone or runtime.settings.lenders[person.tenant].timezone


def shower_for(runtime: Runtime, request: web.Request, tenant: str) -> Shower:
    """Return what puts rows of the log into words for a visitor."""
    zone = runtime.settings.lenders[tenant].timezone
    return Shower(language_for(request), zone, runtime.considering.rulebook.packs)


def about(runtime: Runtime, person: PersonFile) -> About:
    """Return whom an operator speaks of."""
    zone = runtime.settings.lenders[person.tenant].timezone
    if person.borrower is not None:
        return About(person.tenant, "borrower", person.borrower, zone)
    loan = min(one.ref for one in person.loans.values())
    return About(person.tenant, "loan", loan, zone)


def masked_name(person: PersonFile) -> str:
    """Return a borrower's name with its family name alone, or its initial; "" if nobody told."""
    told = person.state.profile.fields.get("name")
    if not isinstance(told, dict):
        return ""
    family, given = str(told.get("family") or ""), str(told.get("given") or "")
    display = str(told.get("display") or "")
    whole = display or given or family
    if whole and not whole.isascii():
        return f"{(family or whole)[:1]}**"
    if family:
        return f"{given[:1]}. {family}" if given else family
    return f"{whole[:1]}." if whole else ""


def number_of(text: str) -> int | None:
    """Return a whole number of an address; None for anything else."""
    usable = text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID
    return int(text) if usable else None


def refused_words(
    runtime: Runtime, language: Language, reasons: Sequence[Mapping[str, Any]], zone: str
) -> str:
    """Return why rules stop something, as they were kept: sentences with the rules' ids."""
    rules, now = index_rules(runtime.considering.rulebook.packs), runtime.clock.business_now()
    said = [
        say_reason(kept_reason(one), rules, at=now, zone=zone, language=language) for one in reasons
    ]
    gap = "" if language == "zh" else " "
    return gap.join(f"{one.sentence} ({one.rule})" for one in said)
