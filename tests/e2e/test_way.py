"""A signed webhook becomes a lawful, delivered, logged contact, over every real part on the way."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from outreach.store.pauses import Pause, lift, list_pauses
from outreach.usecases.dispatch import dispatch_due
from tests.e2e.service import NOON, US_NUMBER, Service, a_service, kinds
from tests.e2e.signals import a_consent, a_phone

ADA = "+12125550143"


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with a_service(database_url, redis_url) as running:
        yield running


async def run(service: Service, *signals: dict[str, Any]) -> list[dict[str, Any]]:
    """Post, fold, dispatch, fold the receipts; return the contacts."""
    assert await service.post(*signals) in {200, 202}
    await service.fold()
    await service.dispatch()
    await service.receipts()
    return await service.contacts()


async def test_an_overdue_installment_leads_to_one_delivered_text(service: Service) -> None:
    [contact] = await run(service, service.borrower(), service.overdue(days=3))

    assert (contact["delivery_state"], contact["outcome"]) == ("delivered", "delivered")
    [sid] = service.twilio.sids_to(ADA)
    text = service.twilio.messages[sid]["body"]
    assert "$247.50" in text
    assert "STOP" in text
    log = await service.log()
    assert kinds(log)[:2] == ["decided", "accepted"]
    assert log[0]["words"] == text
    assert log[0]["verdict"] == "allow"
    assert {pack for pack, _ in log[0]["packs"]} >= {"us-firstparty-policy", "outreach-base"}


async def test_a_second_look_the_same_day_contacts_nobody_again(service: Service) -> None:
    await run(service, service.borrower(), service.overdue(days=3))

    contacts = await run(service, service.overdue(days=3))

    assert len(contacts) == 1


async def test_a_payment_committed_before_the_reservation_prevents_it(service: Service) -> None:
    contacts = await run(service, service.borrower(), service.overdue(days=3), service.payment())

    assert contacts == []


async def test_a_payment_that_is_on_disk_but_not_folded_holds_the_contact_back(
    service: Service,
) -> None:
    await service.post(service.borrower(), service.overdue(days=3))
    await service.fold()
    await service.post(service.payment())

    await dispatch_due(service.runtime, service.sender)

    assert await service.contacts() == []
    [row] = await service.rows("SELECT reason FROM agenda")
    assert row["reason"] == "dispatch.signal_unfolded"


@pytest.mark.parametrize(
    ("kind", "data", "rule"),
    [
        pytest.param(
            "borrower.dispute",
            {
                "dispute": {
                    "id": "D-1",
                    "status": "opened",
                    "received_at": NOON.isoformat(),
                    "contact_policy": "pause_collection",
                },
                "loan": {"id": "LN-1", "currency": "USD"},
            },
            "outreach.dispute",
            id="a dispute",
        ),
        pytest.param(
            "borrower.deceased",
            {"deceased": {"reported_on": "2026-11-20", "confirmed": False}},
            "outreach.deceased",
            id="an unconfirmed death",
        ),
        pytest.param(
            "borrower.bankruptcy",
            {"bankruptcy": {"status": "filed"}},
            "us.bankruptcy.stay",
            id="a bankruptcy",
        ),
        pytest.param(
            "borrower.hardship",
            {
                "hardship": {
                    "id": "H-1",
                    "status": "requested",
                    "contact_policy": "pause_collection",
                }
            },
            "outreach.hold",
            id="a request for relief",
        ),
    ],
)
async def test_a_protective_signal_stops_the_contact_and_the_log_says_why(
    service: Service, kind: str, data: dict[str, Any], rule: str
) -> None:
    protective = service.signal(kind, "borrower/BR-1", borrower={"id": "BR-1"}, **data)

    contacts = await run(service, service.borrower(), service.overdue(days=3), protective)

    assert contacts == []
    [row] = await service.log()
    assert row["kind"] == "blocked"
    rules = [reason["rule"] for tried in row["tried"] for reason in tried["reasons"]]
    assert any(one.startswith(rule) for one in rules), rules


async def test_nobody_is_texted_at_night_and_the_text_goes_out_in_the_morning(
    database_url: str, redis_url: str
) -> None:
    night = NOON.replace(hour=3)
    async with a_service(database_url, redis_url, at=night) as service:
        assert await run(service, service.borrower(), service.overdue(days=3)) == []
        [due] = await service.rows("SELECT due_at FROM agenda")
        assert night < due["due_at"]

        await service.move_to(NOON)
        await service.dispatch()

        [contact] = await service.contacts()
        assert contact["at"] == NOON


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        pytest.param({"address": None, "timezone": None}, "engine.no_pack", id="residence"),
        pytest.param({"address": {"country": "AT"}}, "engine.no_pack", id="pack"),
    ],
)
async def test_what_is_not_known_fails_closed(
    service: Service, changes: dict[str, Any], rule: str
) -> None:
    changes = {key: value for key, value in changes.items() if value is not None} | {
        "consents": [a_consent(NOON)]
    }
    borrower = service.borrower(**changes)
    if "address" not in changes:
        del borrower["data"]["borrower"]["address"]
        del borrower["data"]["borrower"]["timezone"]

    contacts = await run(service, borrower, service.overdue(days=3))

    assert contacts == []
    [row] = await service.log()
    assert row["kind"] == "blocked"
    assert rule in str(row["tried"])


async def test_a_number_that_is_dead_is_given_up_and_the_second_phone_is_used(
    service: Service,
) -> None:
    phones = [a_phone("ph-1", ADA, primary=True), a_phone("ph-2", "+12125550144")]
    service.twilio.for_number(ADA, statuses=[("sent", None), ("undelivered", 30006)])

    await run(service, service.borrower(phones=phones), service.overdue(days=3))
    await service.dispatch()
    await service.receipts()

    first, second = await service.contacts()
    assert (first["try"], first["outcome"], first["error_class"]) == (
        1,
        "undelivered",
        "invalid_address",
    )
    assert (second["try"], second["endpoint_id"], second["outcome"]) == (2, "ph-2", "delivered")
    statuses = await service.rows("SELECT status FROM endpoints WHERE endpoint_id = 'ph-1'")
    assert statuses == [{"status": "invalid"}]


async def test_a_carrier_opt_out_is_ours_from_then_on(service: Service) -> None:
    service.twilio.for_number(ADA, refuse=21610)

    [contact] = await run(service, service.borrower(), service.overdue(days=3))

    assert (contact["delivery_state"], contact["outcome"]) == ("failed", "released")
    [suppression] = await service.rows("SELECT medium, origin FROM suppressions")
    assert suppression == {"medium": "sms", "origin": "provider"}
    await service.move_to(NOON + timedelta(days=4))
    assert len(await run(service, service.overdue(days=7))) == 1


@pytest.mark.parametrize(
    ("code", "scope"),
    [
        pytest.param(30034, "sender", id="an unregistered sender"),
        pytest.param(30007, "template", id="a filtered template"),
    ],
)
async def test_what_every_message_would_fail_on_is_paused_until_somebody_lifts_it(
    service: Service, code: int, scope: str
) -> None:
    service.twilio.for_number(ADA, statuses=[("sent", None), ("failed", code)])
    await run(service, service.borrower(), service.overdue(days=3))
    phone = a_phone("ph-1", "+12125550150", primary=True)
    other = service.borrower("BR-2", phones=[phone])

    await run(service, other, service.overdue(days=3, loan="LN-2", borrower="BR-2"))
    assert len(await service.contacts()) == 1
    assert "dispatch.paused" in str((await service.log())[-1])

    async with service.runtime.db.acquire() as conn:
        [found] = await list_pauses(conn)
        assert found.scope == scope
        assert await lift(conn, [Pause(*found[:3])], at=service.now) == 1
    await service.dispatch()
    assert len(await service.contacts()) == 2


async def test_a_throttled_create_is_tried_again_and_only_then_counts(service: Service) -> None:
    service.twilio.for_number(ADA, answer="throttled", retry_after="2", taken=False)
    [contact] = await run(service, service.borrower(), service.overdue(days=3))
    assert (contact["error_class"], contact["outcome"]) == ("throttled", "released")

    service.twilio.for_number(ADA)
    await service.move_to(NOON + timedelta(minutes=10))
    await service.dispatch()
    await service.receipts()

    first, second = await service.contacts()
    assert (first["outcome"], second["outcome"]) == ("released", "delivered")
    assert len(service.twilio.sids_to(ADA)) == 1


async def test_a_create_that_timed_out_after_acceptance_is_found_and_never_resent(
    service: Service,
) -> None:
    service.twilio.for_number(ADA, answer="drop", statuses=[])

    [contact] = await run(service, service.borrower(), service.overdue(days=3))
    assert (contact["delivery_state"], contact["outcome"]) == ("unknown", "pending")

    await service.reconcile()
    await service.dispatch()

    [contact] = await service.contacts()
    assert contact["delivery_state"] in {"accepted", "queued", "sent", "delivered"}
    assert contact["provider_ref"] == service.twilio.sids_to(ADA)[0]
    assert len(service.twilio.creates) == 1
    assert "reconciled" in kinds(await service.log())


async def test_stop_takes_back_what_is_in_flight_and_ends_texting(service: Service) -> None:
    service.twilio.for_number(ADA, statuses=[("queued", None)])
    await run(service, service.borrower(), service.overdue(days=3))

    assert await service.twilio.inbound(ADA, US_NUMBER, "Stop", opt_out="STOP") == 200
    await service.receipts()

    [contact] = await service.contacts()
    assert contact["delivery_state"] == "canceled"
    await service.move_to(NOON + timedelta(days=4))
    assert len(await run(service, service.overdue(days=7))) == 1
    assert "opt_out" in str((await service.log())[-1]["tried"])


async def test_an_unclear_reply_holds_the_channel_until_somebody_has_read_it(
    service: Service,
) -> None:
    await run(service, service.borrower(), service.overdue(days=3))

    await service.twilio.inbound(ADA, US_NUMBER, "who is this and what do you want")
    await service.receipts()

    await service.move_to(NOON + timedelta(days=4))
    assert len(await run(service, service.overdue(days=7))) == 1
    assert await service.rows("SELECT kind FROM tasks") == [{"kind": "reply_review"}]
    assert (await service.log())[-1]["kind"] == "blocked"


async def test_two_dispatchers_cannot_both_take_the_last_slot(service: Service) -> None:
    people = range(1, 201)  # each is one trial: one contact is allowed, eight ask for it
    for number in people:
        phone = a_phone("ph-1", f"+1212555{number:04}", primary=True)
        await service.post(
            service.borrower(f"BR-{number}", phones=[phone]),
            service.overdue(days=3, loan=f"LN-{number}", borrower=f"BR-{number}"),
        )
    await service.fold()

    await asyncio.gather(
        *(dispatch_due(service.runtime, service.sender, limit=50) for _ in range(8))
    )
    await service.dispatch()
    await service.receipts()

    assert len(service.twilio.creates) == len(people)
    # On a machine that is busy elsewhere a contact may miss its moment; it is released and made anew.
    outcomes = Counter(row["outcome"] for row in await service.contacts())
    assert outcomes.pop("released", 0) < len(people)
    assert outcomes == {"delivered": len(people)}


async def test_a_worker_that_stops_releases_what_it_had_only_reserved(service: Service) -> None:
    await service.post(service.borrower(), service.overdue(days=3))
    await service.fold()
    service.stopping.set()

    await dispatch_due(service.runtime, service.sender)

    [contact] = await service.contacts()
    assert (contact["delivery_state"], contact["outcome"]) == ("released", "released")
    assert service.twilio.creates == []
    service.stopping.clear()
    await service.dispatch()
    await service.receipts()
    assert [row["outcome"] for row in await service.contacts()] == ["released", "delivered"]


async def test_a_spend_cap_lets_contacts_wait_for_the_next_day(
    database_url: str, redis_url: str
) -> None:
    sender = {
        "channel": "sms",
        "provider": "twilio",
        "address": US_NUMBER,
        "rate_per_second": 1000,
        "cost_micros_per_part": 10_000,
    }
    lender = {"senders": {"main": sender}, "daily_spend_cap": "0.05"}
    async with a_service(database_url, redis_url, lender=lender) as service:
        for number in range(1, 9):
            phone = a_phone("ph-1", f"+1212555{number:04}", primary=True)
            await service.post(
                service.borrower(f"BR-{number}", phones=[phone]),
                service.overdue(days=3, loan=f"LN-{number}", borrower=f"BR-{number}"),
            )
        await service.fold()
        await service.dispatch()

        spent = sum(row["cost_micros"] for row in await service.contacts())
        assert 0 < spent <= 50_000
        waiting = await service.rows("SELECT 1 FROM agenda WHERE reason = 'dispatch.budget_spent'")
        assert waiting


async def test_personal_data_is_nowhere_in_the_clear(service: Service) -> None:
    await run(service, service.borrower(), service.overdue(days=3))

    tables = await service.rows(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    for table in tables:
        rows = await service.rows(f'SELECT t::text AS text FROM "{table["relname"]}" AS t')
        for row in rows:
            for secret in ("2125550143", "Ada", "$247"):
                assert secret not in row["text"], table["relname"]
                assert secret.encode().hex() not in row["text"], table["relname"]


async def test_a_source_that_fell_silent_sends_nothing_and_the_log_says_so(
    service: Service,
) -> None:
    await service.post(service.borrower(), service.overdue(days=1))
    await service.fold()
    await service.move_to(NOON + timedelta(days=3))

    await service.dispatch()

    assert await service.contacts() == []
    [row] = await service.log()
    assert (row["kind"], row["refusal"]) == ("blocked", "treatment.stale")


async def test_somebody_without_a_usable_number_is_named_in_the_log(service: Service) -> None:
    contacts = await run(service, service.borrower(phones=[]), service.overdue(days=3))

    assert contacts == []
    [row] = await service.log()
    assert (row["kind"], row["refusal"]) == ("blocked", "treatment.no_address")
