"""Debts with agencies: what they get, whose caps they count against, recall."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from outreach.domain.decisions import Decision, ProposedAction
from outreach.domain.hand_offs import HandOffError, HandOffKind, state_of
from outreach.facts.assemble import facts_of
from outreach.store.books import load_books
from outreach.store.contacts import list_ledger
from outreach.store.hand_offs import KeptHandOff
from outreach.usecases.considering import lender_facts
from outreach.usecases.following_up import follow_up, recall
from outreach.usecases.handing_off import (
    Approver,
    RefusedError,
    approve,
    open_by_hand,
)
from tests.e2e.late import AGENCY, late, only
from tests.e2e.service import NOON, Service


async def a_call(service: Service) -> Decision:
    """Judge a call of ours about the loan now."""
    runtime = service.runtime
    async with runtime.db.acquire() as conn:
        [person] = [row["person_id"] for row in await conn.fetch("SELECT person_id FROM agenda")]
        book = (await load_books(conn, runtime.vault, [person]))[person]
        past = await list_ledger(conn, [person], since=NOON - timedelta(days=90), cases=[0])
    lender = runtime.considering.rulebook.lenders["acme"]
    facts = facts_of(
        book.person,
        tuple(book.loans.values()),
        book.cases,
        past=past.get(person, []),
        suppressed=book.suppressions,
        lender=lender_facts(lender),
        now=service.now,
    )
    action = ProposedAction(
        at=service.now,
        channel="call",
        purpose="collection",
        debts=tuple(map(str, book.loans)),
        endpoint="ph-1",
        endpoint_kind="mobile",
        first_communication=False,
        dial_mode="manual",
        content=frozenset({"agent_name", "lender_name"}),
        sender="acme",
        sender_attributes={"recording": True},
    )
    return runtime.considering.rulebook.judgment(lender, facts).decide(action, facts)


def contact(service: Service, number: int, **more: Any) -> dict[str, Any]:
    """Return a contact that the agency made."""
    return service.signal(
        "contact.recorded",
        "loan/LN-1",
        loan={"id": "LN-1", "currency": "CNY"},
        borrower={"id": "BR-1"},
        contact={
            "id": f"agency-{number}",
            "channel": "call",
            "purpose": "collection",
            "at": (service.now - timedelta(minutes=10 * number)).isoformat(),
            "outcome": "conversation",
            "made_by": "honest",
            "endpoint": "ph-1",
            **more,
        },
    )


async def test_a_debt_is_placed_with_what_may_be_given_and_recalled(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    agencies = {
        "honest": {**AGENCY, "while_placed": "share"},
        "nosy": {**AGENCY, "fields": ["phones", "contact_persons"]},
        "unlisted": {"name": "Nobody"},
    }
    servers = (database_url, redis_url)
    async with late(servers, tmp_path, "CN", 5, agencies=agencies) as service:
        runtime, kind = service.runtime, HandOffKind.PLACEMENT

        async def place(agency: str = "") -> KeptHandOff:
            wall = runtime.clock.wall_now()
            return await open_by_hand(
                runtime, "acme", "LN-1", kind, by="Ann", to=agency, now=service.now, wall=wall
            )

        for agency, rules in {
            "honest": {"cn.cpm.notify_before_outsourcing"},
            "nosy": {"cn.cpm.notify_before_outsourcing", "cn.pipl.minimum_and_basis"},
            "unlisted": {
                "cn.cpm.notify_before_outsourcing",
                "cn.pipl.minimum_and_basis",
                "cn.pipl.entrust_21",
                "cn.cba.whitelist_public",
            },
        }.items():
            with pytest.raises(RefusedError) as refused:
                await place(agency)
            assert {one["rule"] for one in refused.value.reasons} == rules, agency
        notice = contact(service, 9, channel="letter", notice="outsourcing_notice")
        notice["data"]["contact"] |= {"outcome": "delivered", "made_by": "acme"}
        await service.post(notice)
        await service.fold()

        ref = (await place()).hand_off.ref
        with pytest.raises(HandOffError, match="same_person"):
            await approve(runtime, ref, Approver("ann", "x"), now=service.now, terms={})
        await approve(runtime, ref, Approver("Bea", "x"), now=service.now, terms={})
        [written] = (await follow_up(runtime, now=service.now, wall=NOON)).written
        account = json.loads((written.path / "account.json").read_text())
        assert account["loan_ref"] == "LN-1"
        assert account["past_due"] == 24750
        assert not {"address", "emails", "contact_persons", "schedule"} & account.keys()
        assert account["protection"] == {"holds": [], "opted_out": [], "wishes": []}

        # Caps are shared: what the agency did counts as ours.
        before = await a_call(service)
        await service.post(*(contact(service, number) for number in range(1, 4)))
        await service.fold()
        after = await a_call(service)
        pooled = {one.rule for one in after.reasons} - {one.rule for one in before.reasons}
        assert "cn.gbt45251.cap_interactive_3day" in pooled

        kept, told_agency = await recall(runtime, ref, by="Ann", reason="paid", now=service.now)
        assert state_of(kept.hand_off) == "recalled"
        assert json.loads((told_agency.path / "recall.json").read_text())["loan"] == "LN-1"
        await service.move_to(service.now + timedelta(hours=1))
        await service.post(contact(service, 0))
        await service.fold()
        await follow_up(runtime, now=service.now, wall=NOON)
        alerts = await service.rows("SELECT kind, subject FROM alerts")
        assert {"kind": "agency_without_right", "subject": "honest"} in alerts


async def test_while_a_debt_is_placed_ours_stops_and_goes_on_after_the_recall(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    servers, agencies = (database_url, redis_url), {"honest": AGENCY}
    own = {"agencies": agencies, "task_deadlines": {"agency_placement": "PT36H"}}
    async with late(servers, tmp_path, "US", 91, **own) as service:
        runtime = service.runtime
        await service.dispatch()
        ref = (await only(service, HandOffKind.PLACEMENT)).hand_off.ref
        [task] = await service.rows("SELECT kind, ref, due_at - opened_at AS waits FROM tasks")
        assert task == {"kind": "agency_placement", "ref": ref, "waits": timedelta(hours=36)}
        await approve(runtime, ref, Approver("Bea", "x"), now=service.now, terms={})
        stopped = await a_call(service)
        await recall(runtime, ref, by="Ann", reason="contract over", now=service.now)
        free = await a_call(service)
        [ended] = await service.rows("SELECT outcome FROM tasks")
        assert ended["outcome"] == "recalled"

        assert "outreach.hold" in {one.rule for one in stopped.reasons}
        assert "outreach.hold" not in {one.rule for one in free.reasons}
        [row] = await service.rows("SELECT due_at FROM agenda")
        assert row["due_at"] <= service.now
