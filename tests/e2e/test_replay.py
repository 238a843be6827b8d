"""What the log keeps of a decision is enough to make it again; an erasure leaves the chain whole."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from outreach.domain.decisions import Decision, ProposedAction
from outreach.facts.snapshot import restore
from outreach.usecases.seal import seal_log, verify_log
from outreach.usecases.trying import explained
from tests.e2e.service import NOON, US_NUMBER, Service, a_service
from tests.e2e.signals import a_consent, a_phone

ADA = "+12125550143"
PHONES = [a_phone("ph-1", ADA, primary=True), a_phone("ph-2", "+12125550144")]


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with a_service(database_url, redis_url) as running:
        yield running


def action_of(kept: Mapping[str, Any], debts: list[int]) -> ProposedAction:
    """Return the action that a log row was about."""
    return ProposedAction(
        at=datetime.fromisoformat(kept["at"]),
        channel=kept["channel"],
        purpose=kept["purpose"],
        debts=tuple(map(str, debts)),
        endpoint=kept["endpoint"],
        endpoint_kind=kept["endpoint_kind"],
        first_communication=kept["first"],
        sender=kept["sender"],
        sender_attributes=kept["sender_attributes"],
        content=frozenset(kept["content"]),
        template_class=kept["template_class"],
    )


def decide_again(service: Service, row: Mapping[str, Any], kept: Mapping[str, Any]) -> Decision:
    """Judge what a row was about by the packs it names, on the facts it kept."""
    facts = restore(row["facts"])
    rulebook = service.runtime.considering.rulebook
    judgment = rulebook.judgment(rulebook.lenders["acme"], facts)
    used = [[pack.id, pack.content_hash] for pack in judgment.selection.packs]
    assert used == row["packs"]
    return judgment.decide(action_of(kept, row["debts"]), facts)


async def a_varied_run(service: Service) -> None:
    """Contact, defer and block a few people over some days."""
    nameless = {"country": "US", "region": "US-NY"}
    await service.post(
        service.borrower("BR-1", phones=PHONES),
        service.overdue(days=3, loan="LN-1", borrower="BR-1"),
        service.borrower("BR-2", phones=[a_phone("ph-1", "+12125550150")], consents=[]),
        service.overdue(days=7, loan="LN-2", borrower="BR-2"),
        service.borrower("BR-3", phones=[a_phone("ph-1", "+12125550151")], address=nameless),
        service.overdue(days=30, loan="LN-3", borrower="BR-3", minor=90000),
        service.signal(
            "borrower.dispute",
            "borrower/BR-3",
            borrower={"id": "BR-3"},
            loan={"id": "LN-3", "currency": "USD"},
            dispute={
                "id": "D-3",
                "status": "opened",
                "received_at": NOON.isoformat(),
                "contact_policy": "pause_collection",
            },
        ),
        service.borrower("BR-4", phones=[a_phone("ph-1", "+12125550152")]),
        service.signal(
            "borrower.hardship",
            "borrower/BR-4",
            borrower={"id": "BR-4"},
            hardship={
                "id": "H-4",
                "status": "granted",
                "from": "2026-11-23",
                "until": "2026-12-10",
                "contact_policy": "pause_collection",
            },
        ),
        service.overdue(days=2, loan="LN-4", borrower="BR-4"),
        service.borrower(
            "BR-5",
            phones=[{"id": "ph-1", "e164": "+12125550153", "type": "unknown", "status": "active"}],
            consents=[a_consent(service.now, status="revoked")],
        ),
        service.overdue(days=3, loan="LN-5", borrower="BR-5"),
    )
    service.twilio.for_number(ADA, statuses=[("sent", None), ("undelivered", 30006)])
    for hours in (0, 3, 24 * 4, 24 * 8):
        await service.move_to(NOON + timedelta(hours=hours))
        await service.post(
            *(
                service.overdue(days=3 + hours // 24, loan=f"LN-{one}", borrower=f"BR-{one}")
                for one in (1, 2, 5)
            )
        )
        await service.fold()
        await service.dispatch()
        await service.receipts()
        await service.dispatch()
        await service.receipts()
        if hours == 3:
            await service.twilio.inbound("+12125550150", US_NUMBER, "STOP", opt_out="STOP")
            await service.receipts()


async def test_every_logged_decision_is_made_again_from_what_was_kept(service: Service) -> None:
    await a_varied_run(service)
    log = await service.log()

    allowed = [row for row in log if row["kind"] == "decided"]
    refused = [row for row in log if row["kind"] in {"deferred", "blocked"}]
    assert len(allowed) >= 4
    assert len(refused) >= 4
    assert any(len(row["facts"].get("ledger", ())) > 1 for row in allowed)
    for row in allowed:
        again = decide_again(service, row, row["action"])
        assert again.verdict == row["verdict"] == "allow"
        assert [explained(one) for one in again.warnings] == row.get("warnings", [])
    judged = 0
    for row in refused:
        for tried in row["tried"]:
            again = decide_again(service, row, tried)
            assert again.verdict == tried["verdict"]
            assert [explained(one) for one in again.reasons] == tried["reasons"]
            judged += 1
    assert judged >= 4
    assert {row["kind"] for row in refused} == {"deferred", "blocked"}


async def test_the_log_verifies_after_a_person_was_erased(service: Service) -> None:
    await a_varied_run(service)
    wall = service.runtime.clock.wall_now()
    sealed = await seal_log(service.runtime.db, wall_now=wall)
    before = await verify_log(service.runtime.db)
    [person] = await service.rows("SELECT min(person_id) AS id FROM contacts")

    await service.rows("UPDATE persons SET wrapped_key = NULL WHERE person_id = $1", person["id"])

    after = await verify_log(service.runtime.db)
    assert (after.broken, after.rows, after.root) == ("", sealed, before.root)
    # Nothing more is decided about somebody whose facts nobody can read.
    contacts = len(await service.contacts())
    await service.move_to(NOON + timedelta(days=15))
    await service.rows(
        "UPDATE agenda SET due_at = $2 WHERE person_id = $1", person["id"], service.now
    )
    await service.dispatch()
    others = [
        row for row in (await service.contacts())[contacts:] if row["person_id"] == person["id"]
    ]
    assert others == []
    [row] = await service.rows("SELECT reason FROM agenda WHERE person_id = $1", person["id"])
    assert row["reason"] == "dispatch.erased"
