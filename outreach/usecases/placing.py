"""What an agency gets when a debt is placed with it, and what it is told when it is recalled."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from outreach.domain.borrowers import REVOKED
from outreach.domain.hand_offs import state_of
from outreach.domain.loans import LoanState
from outreach.domain.placements import PlacedField, given
from outreach.domain.preferences import Preference
from outreach.domain.records import dataclass
from outreach.rendering.papers import name_of
from outreach.store.books import PersonBook, load_books
from outreach.store.hand_offs import KeptHandOff
from outreach.store.loans import load_loans
from outreach.usecases.folders import Written, write_folder
from outreach.usecases.handing_off import NotFoundError, Outfit
from outreach.usecases.lenders import AgencyPlan, LenderPlan
from outreach.usecases.referring import note_written
from outreach.usecases.referring_files import borrower_of, loan_facts

# Holds that a placement itself places say nothing of the borrower.
_OURS: Final = "hand_off"
_JSON: Final = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class Account:
    """One debt and its borrower, of whom an agency is told some."""

    book: PersonBook
    loan: LoanState
    now: datetime


async def write_placement(
    outfit: Outfit, kept: KeptHandOff, lender: LenderPlan, base: Path, *, now: datetime
) -> Written:
    """Write what the agency gets and note where it is; what was written stays as it is.

    Args:
        outfit: Pool and keys.
        kept: The placement, placed.
        lender: Whose debt it is.
        base: Folder of all packages.
        now: Business time.

    Raises:
        NotFoundError: The settings no longer name the agency.
        OSError: The folder can't be written; the next sweep tries again.
    """
    agency = lender.agencies.get(kept.hand_off.to)
    if agency is None:
        raise NotFoundError(kept.hand_off.to)
    person, loan_id = kept.person_id, kept.hand_off.loan_id
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        book = (await load_books(conn, outfit.vault, [person]))[person]
        loan = (await load_loans(conn, [person], whole=True))[person][loan_id]
    told = account_of(Account(book, loan, now), agency)
    about = _about("placement", kept, lender, agency, now)
    files = {"account.json": _JSON.encode(told) + b"\n"}
    name = f"placement-{kept.hand_off.ref}"
    written = await asyncio.to_thread(write_folder, base, name, files, about)
    await note_written(outfit, kept, written, now=now)
    return written


async def write_recall(
    kept: KeptHandOff, lender: LenderPlan, base: Path, *, loan: str, now: datetime
) -> Written:
    """Write what tells an agency that its right is over, and what it has to do now."""
    agency = lender.agencies.get(kept.hand_off.to)
    mark = kept.hand_off.marks[state_of(kept.hand_off)]
    told = {
        "loan": loan,
        "recalled_at": mark.at.isoformat(),
        "reason": mark.told.get("reason", ""),
        "duties": [
            "stop all contact about this debt at once",
            "post back every contact that was made and not posted yet",
            "return or delete what was given, and confirm it in writing",
        ],
    }
    about = _about("recall", kept, lender, agency, now)
    files = {"recall.json": _JSON.encode(told) + b"\n"}
    name = f"recall-{kept.hand_off.ref}"
    return await asyncio.to_thread(write_folder, base, name, files, about)


def _about(
    kind: str, kept: KeptHandOff, lender: LenderPlan, agency: AgencyPlan | None, now: datetime
) -> dict[str, Any]:
    return {
        "kind": kind,
        "placement": kept.hand_off.ref,
        "lender": lender.name,
        "agency": agency.name if agency else kept.hand_off.to,
        "agreement": agency.agreement if agency else "",
        "fields": [str(one) for one in given(agency.fields)] if agency else [],
        "mode": lender.mode,
        "made_at": now.isoformat(),
    }


def account_of(account: Account, agency: AgencyPlan) -> dict[str, Any]:
    """Return what an agency is told of a debt: what it was granted, and nothing else."""
    known = _known(account)
    return {str(one): known[one] for one in given(agency.fields)}


def _known(account: Account) -> Mapping[PlacedField, Any]:
    book, loan = account.book, account.loan
    today = loan.today(account.now)
    facts, borrower = loan_facts(loan, today), borrower_of(book)
    profile = book.person.profile
    attributes = profile.fields.get("attributes") or {}
    unpaid = [one.due_on for one in loan.installments if one.outstanding_minor > 0]
    return {
        PlacedField.LOAN_REF: loan.ref,
        PlacedField.CREDITOR: loan.creditor,
        PlacedField.PRODUCT: loan.product,
        PlacedField.CURRENCY: loan.currency,
        PlacedField.PAST_DUE: facts["past_due_minor"],
        PlacedField.DAYS_PAST_DUE: facts["days_past_due"],
        PlacedField.OLDEST_DUE_ON: min(unpaid).isoformat() if unpaid else None,
        PlacedField.TOTAL_OWED: facts["outstanding_minor"],
        PlacedField.SCHEDULE: facts["schedule"],
        PlacedField.PAYMENTS: facts["payments"],
        PlacedField.BORROWER_NAME: name_of(borrower["name"]),
        PlacedField.LANGUAGE: borrower["language"],
        PlacedField.TIME_ZONE: profile.timezone,
        PlacedField.RESIDENCE: borrower["residence"],
        PlacedField.PHONES: [
            {"id": one.endpoint_id, "e164": one.address, "kind": one.kind}
            for one in profile.endpoints
            if one.medium == "phone" and one.status == "active"
        ],
        PlacedField.EMAILS: borrower["emails"],
        PlacedField.ADDRESS: borrower["address"],
        PlacedField.EMPLOYER: attributes.get("employer"),
        PlacedField.CONTACT_PERSONS: attributes.get("contact_persons"),
        PlacedField.PROTECTION: _protection(account),
    }


def _protection(account: Account) -> dict[str, Any]:
    """Return what the agency has to keep to, without the grounds, which are nobody's business."""
    person, loan_id = account.book.person, account.loan.loan_id
    opted_out = {f"{one.medium}:{one.endpoint_id}" for one in account.book.suppressions}
    opted_out |= {
        f"{one.channel}:{one.endpoint_id}"
        for one in person.consents.values()
        if one.status == REVOKED
    }
    holds = {
        str(one.kind)
        for one in person.holds.values()
        if one.origin != _OURS and one.acts(account.now, loan_id)
    }
    wishes = [_wish(one) for one in person.preferences.values() if one.holds(account.now)]
    return {"opted_out": sorted(opted_out), "holds": sorted(holds), "wishes": wishes}


def _wish(one: Preference) -> dict[str, Any]:
    said: dict[str, Any] = {
        "kind": one.kind,
        "channel": one.channel,
        "place": one.place,
        "endpoint": one.endpoint_id,
        "until": one.expires_at.isoformat() if one.expires_at else None,
    }
    if one.names_time:
        said |= {
            "days": sorted(one.days),
            "from": _clock(one.start_minute),
            "to": _clock(one.end_minute),
        }
    return {name: value for name, value in said.items() if value is not None}


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
