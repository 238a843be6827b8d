"""What platforms, operators and our own log tell reaches the rules with the next decision."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest

from outreach.domain.known import Facts
from outreach.domain.on_record import Approval
from outreach.domain.signals import SignalError
from outreach.facts.snapshot import restore
from outreach.usecases.protecting import About, OnRecord, Word, on_record, record
from outreach.usecases.seal import seal_log, verify_log
from tests.e2e.service import NOON, Service, a_service
from tests.e2e.signals import a_phone

BORROWER: Final = About("acme", "borrower", "BR-1", "America/New_York")
LOAN: Final = About("acme", "loan", "LN-1", "America/New_York")
LONDON: Final[dict[str, Any]] = {
    "locale": "en-GB",
    "timezone": "Europe/London",
    "address": {"country": "GB", "region": "GB-ENG"},
    "phones": [a_phone("ph-1", "+447700900143", primary=True)],
}
LATELY: Final = (NOON - timedelta(days=10)).isoformat()
FOR: Final = "vulnerable_customer"


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    lender = {"role": "first_party", "flags": ["litigation"]}
    async with a_service(database_url, redis_url, lender=lender) as running:
        yield running


async def tell(service: Service, *signals: dict[str, Any]) -> None:
    assert await service.post(*signals) == 202
    await service.fold()
    assert await service.rows("SELECT reason FROM quarantine") == []
    await service.dispatch()


async def facts(service: Service) -> Facts:
    """Return the facts of the newest decision."""
    return restore([row for row in await service.log() if "facts" in row][-1]["facts"])


async def stopped_by(service: Service) -> set[str]:
    """Return the rules of the newest refusal; the same refusal twice is logged once."""
    row = next(row for row in reversed(await service.log()) if "facts" in row)
    return {reason["rule"] for tried in row.get("tried", ()) for reason in tried["reasons"]}


async def say(service: Service, *words: Word, about: About = BORROWER, by: str = "Li") -> OnRecord:
    return await record(service.runtime, about, words, by=by, now=service.now)


def granted(ref: str = "A-1", **more: Any) -> Word:
    told = {"id": ref, "for": FOR, "role": "compliance", "by": "x", **more}
    return Word("approval.granted", {"approval": told})


REVOKED: Final = Word("approval.revoked", {"approval": {"id": "A-1"}})


async def vulnerable(service: Service) -> None:
    """Tell of a vulnerable borrower in England who is overdue."""
    await tell(
        service, service.borrower(**LONDON, attributes={"vulnerable": True}), service.overdue()
    )
    assert "uk.conc.vulnerable" in await stopped_by(service)


async def test_an_approval_takes_effect_with_the_next_decision_and_so_does_its_end(
    service: Service,
) -> None:
    await vulnerable(service)

    await say(service, granted())
    known = await say(service, REVOKED)
    await service.dispatch()
    assert [one.revoked for one in known.approvals] == [True]
    assert await service.contacts() == []
    assert "uk.conc.vulnerable" in await stopped_by(service)

    await say(service, granted("A-2"))
    await service.dispatch()
    [given] = (await facts(service)).approvals
    assert (given.subject, given.approver, given.approver_role) == (FOR, "Li", "compliance")
    assert len(await service.contacts()) == 1


@pytest.mark.parametrize(
    "narrowed",
    [
        pytest.param({"channel": "call"}, id="another channel"),
        pytest.param({"endpoint": "ph-9"}, id="another address"),
        pytest.param({"purpose": "legal_notice"}, id="another purpose"),
        pytest.param({"for": "visit_order"}, id="something else"),
        pytest.param({"until": "2026-11-22"}, id="it has ended"),
    ],
)
async def test_an_approval_of_something_else_changes_nothing(
    service: Service, narrowed: dict[str, str]
) -> None:
    await vulnerable(service)

    await say(service, granted(**narrowed))
    await service.dispatch()

    assert await service.contacts() == []
    assert "uk.conc.vulnerable" in await stopped_by(service)


async def test_nobody_approves_what_they_asked_for(service: Service) -> None:
    await vulnerable(service)

    with pytest.raises(SignalError):
        await say(service, granted(requested_by=" LI "))

    assert (await on_record(service.runtime, BORROWER)).approvals == ()


async def test_an_approval_by_loan_is_about_that_loan_and_kept_sealed(service: Service) -> None:
    await vulnerable(service)
    await say(service, granted(evidence="minute of Ada Sample"), about=LOAN)
    await service.dispatch()

    [given] = (await facts(service)).approvals
    [loan] = (await facts(service)).debts
    assert given.debts == {loan}
    [row] = [one for one in await service.log() if one["kind"] == "operator"]
    assert (row["by"], row["type"]) == ("Li", "approval.granted")
    [stored] = await service.rows("SELECT * FROM records")
    assert b"Ada" not in b"".join(str(value).encode() for value in stored.values())
    while await seal_log(service.runtime.db, wall_now=service.runtime.clock.wall_now()):
        pass
    assert (await verify_log(service.runtime.db)).broken == ""


async def test_a_platform_may_tell_its_own_approvals(service: Service) -> None:
    await vulnerable(service)

    await tell(
        service,
        service.signal(
            "approval.granted",
            "borrower/BR-1",
            borrower={"id": "BR-1"},
            approval={"id": "A-7", "for": FOR, "role": "head of care", "by": "Sam"},
        ),
    )

    [kept] = (await on_record(service.runtime, BORROWER)).approvals
    assert isinstance(kept, Approval)
    assert (kept.by, kept.role) == ("Sam", "head of care")
    assert len(await service.contacts()) == 1


async def test_notices_sent_elsewhere_and_what_became_of_them(service: Service) -> None:
    letter = {"id": "L-1", "channel": "letter", "purpose": "statutory_notice"}
    told = {"at": LATELY, "outcome": "sent", "notice": "demand_notice"}
    lost = {"receipt": {"contact_id": "L-1", "at": LATELY}}
    about = {"borrower": {"id": "BR-1"}}

    # The receipt may well come first.
    await tell(service, service.signal("letter.returned", "borrower/BR-1", **about, **lost))
    await tell(
        service,
        service.signal("contact.recorded", "borrower/BR-1", **about, contact={**letter, **told}),
        service.borrower(),
        service.overdue(),
    )

    [notice] = (await facts(service)).notices
    assert (notice.kind, notice.undeliverable) == ("demand_notice", True)


async def test_a_refusal_is_about_somebody_elses_address(service: Service) -> None:
    spoken = {"id": "C-1", "channel": "call", "at": LATELY, "endpoint": "ph-7"}
    contact = {**spoken, "outcome": "conversation", "recipient": "relative", "refused": True}
    await tell(
        service,
        service.signal(
            "contact.recorded", "borrower/BR-1", borrower={"id": "BR-1"}, contact=contact
        ),
        service.borrower(),
        service.overdue(),
    )

    known = await facts(service)
    assert [who for who, _ in known.refusals] == ["ph-7"]
    assert known.ledger[0].recipient_role == "relative"


async def test_attributes_of_borrower_loan_address_and_lender_reach_the_rules(
    service: Service,
) -> None:
    phone = a_phone(
        "ph-1",
        "+12125550143",
        primary=True,
        owner="debtor",
        attributes={"given_by_debtor": True},
        reassignment_check={"at": (NOON - timedelta(days=2)).isoformat(), "result": "no"},
    )
    overdue = service.overdue()
    overdue["data"]["loan"]["attributes"] = {
        "account_group": "G-1",
        "usurious": None,
        "validation_sent_at": (NOON - timedelta(days=9)).isoformat(),
    }
    await tell(
        service,
        service.borrower(phones=[phone], attributes={"residence_attempts": 2}),
        overdue,
    )

    known = await facts(service)
    [debt], endpoint = known.debts.values(), known.endpoints["ph-1"]
    assert known.person_flags == {"residence_attempts": 2}
    assert known.lender_flags == {"litigation": True}
    assert debt.group == "G-1"
    assert list(debt.flags) == ["usurious"]
    assert debt.dates == {"validation_sent_at": NOON - timedelta(days=9)}
    assert endpoint.checked_result == "no"
    assert endpoint.flags == {"given_by_debtor": True}


async def test_a_newer_profile_takes_attributes_back(service: Service) -> None:
    await tell(service, service.borrower(attributes={"vulnerable": True}))
    await tell(service, service.borrower(), service.overdue())

    assert (await facts(service)).person_flags == {}


@pytest.mark.parametrize("held", ["LN-1", "LN-2"])
async def test_a_hold_on_one_loan_leaves_the_contact_about_the_others(
    service: Service, held: str
) -> None:
    await service.post(
        service.borrower(), service.overdue(days=3), service.overdue(days=3, loan="LN-2")
    )
    await service.fold()
    await say(
        service,
        Word("hold.placed", {"hold": {"id": "H-1", "kind": "dispute", "loans": [held]}}),
    )
    await service.dispatch()

    ids = {
        row["ref"]: row["loan_id"] for row in await service.rows("SELECT ref, loan_id FROM loans")
    }
    [contact] = await service.contacts()
    assert contact["debts"] == [ids["LN-1" if held == "LN-2" else "LN-2"]]


async def test_without_a_hold_both_loans_are_told_of_together(service: Service) -> None:
    await service.post(
        service.borrower(), service.overdue(days=3), service.overdue(days=3, loan="LN-2")
    )
    await service.fold()
    await service.dispatch()

    [contact] = await service.contacts()
    assert len(contact["debts"]) == 2


async def test_a_hold_on_every_loan_that_is_due_stops_them_all(service: Service) -> None:
    await service.post(
        service.borrower(), service.overdue(days=3), service.overdue(days=3, loan="LN-2")
    )
    await service.fold()
    told = {"id": "H-1", "kind": "dispute", "loans": ["LN-1", "LN-2"]}
    await say(service, Word("hold.placed", {"hold": told}))
    await service.dispatch()

    assert await service.contacts() == []
    assert "outreach.dispute" in await stopped_by(service)


async def test_what_an_approval_waits_for_is_a_decision_in_the_making(service: Service) -> None:
    await vulnerable(service)
    async with service.runtime.db.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        await conn.execute("SELECT 1 FROM agenda FOR NO KEY UPDATE")
        granting = asyncio.create_task(say(service, granted()))
        await asyncio.sleep(0.2)
        assert not granting.done()
        await transaction.rollback()
        await granting

    assert len((await on_record(service.runtime, BORROWER)).approvals) == 1
