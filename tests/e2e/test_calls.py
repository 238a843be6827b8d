"""Calls end to end: decided under the packs, counted, stopped, called off."""

from datetime import date, timedelta
from typing import Any

import pytest

from outreach.domain.call_scripts import Piece, split_script
from outreach.usecases.calling_off import call_off
from outreach.usecases.intake import intake_pending
from tests.e2e.calling import ADA, AGENCY, LENDING, a_caller, ada, outcome, rules_against
from tests.e2e.service import NOON, kinds


async def test_a_promise_in_a_call_is_spoken_as_logged_and_pauses_outreach(
    database_url: str, redis_url: str
) -> None:
    async with a_caller(database_url, redis_url, dial_mode="manual", **AGENCY) as service:
        service.calls.for_number(ADA, answers=["1", "1", "say:friday", "1"])
        await ada(service)

        said = await service.call_now()

        decided = next(row for row in await service.log() if row["kind"] == "decided")
        words = split_script(decided["words"])
        assert said[:4] == [
            words[Piece.IDENTIFY],
            words[Piece.RECORDING],
            words[Piece.RIGHT_PARTY],
            words[Piece.MESSAGE],
        ]
        assert "attempt to collect a debt" in said[3]
        assert "debt" not in " ".join(said[:3])
        assert said[6].startswith("You will pay by Nov 27, 2026.")
        [call] = await service.contacts()
        assert outcome(call) == ("read", "conversation")
        assert (call["disposition"], call["dial_mode"]) == ("rpc_promise", "manual")
        [promise] = await service.rows("SELECT amount_minor, due_on, status FROM promises")
        assert promise == {"amount_minor": 24750, "due_on": date(2026, 11, 27), "status": "open"}
        events = await service.rows("SELECT signal_type, effect FROM person_events")
        assert {"signal_type": "promise_to_pay.created", "effect": "applied"} in events
        for day in range(1, 5):
            await service.move_to(NOON + timedelta(days=day))
            await service.dispatch()
        assert len(await service.contacts()) == 1


async def test_nobody_is_called_within_seven_days_of_a_conversation(
    database_url: str, redis_url: str
) -> None:
    async with a_caller(database_url, redis_url, dial_mode="manual", **AGENCY) as service:
        service.calls.for_number(ADA, answers=["1"])
        await ada(service, days=2)
        await service.call_now()
        assert outcome((await service.contacts())[0]) == ("read", "conversation")

        await service.move_to(NOON + timedelta(days=5))
        await ada(service)
        await service.call_now()

        assert len(await service.contacts()) == 1
        assert "us.regf.post_conversation_7d" in await rules_against(service)


@pytest.mark.parametrize(
    ("elsewhere", "again"),
    [
        pytest.param(5, True, id="a seventh call may be made"),
        pytest.param(6, False, id="an eighth may not"),
    ],
)
async def test_a_call_that_nobody_answers_counts(
    database_url: str, redis_url: str, elsewhere: int, again: bool
) -> None:
    async with a_caller(database_url, redis_url, dial_mode="manual", **AGENCY) as service:
        await ada(service, days=2)
        for number in range(elsewhere):
            told = {
                "id": f"agency-{number}",
                "channel": "call",
                "outcome": "no_answer",
                "at": (service.now - timedelta(hours=20 + number)).isoformat(),
            }
            loan = {"id": "LN-1", "currency": "USD"}
            await service.post(
                service.signal(
                    "contact.recorded",
                    "loan/LN-1",
                    loan=loan,
                    borrower={"id": "BR-1"},
                    contact=told,
                )
            )
        await service.fold()
        await service.call_now()
        calls = [row for row in await service.contacts() if row["provider"] == "voice"]
        assert [outcome(row) for row in calls] == [("undelivered", "no_answer")]

        await service.move_to(NOON + timedelta(hours=2))
        await service.call_now()

        calls = [row for row in await service.contacts() if row["provider"] == "voice"]
        assert len(calls) == (2 if again else 1)
        if not again:
            assert "us.regf.call_cap_7in7" in await rules_against(service)


async def test_never_call_again_ends_calls_and_no_texts(database_url: str, redis_url: str) -> None:
    async with a_caller(
        database_url, redis_url, dial_mode="manual", texts=True, **LENDING
    ) as service:
        service.twilio.for_number(ADA, statuses=(("undelivered", 30003),))
        service.calls.for_number(ADA, answers=["1", "9"])
        await ada(service, days=2)
        for hours in (0, 2, 4):
            await service.move_to(NOON + timedelta(hours=hours))
            await service.call_now()
        made = [row["channel"] for row in await service.contacts()]
        assert made == ["sms", "sms", "call"]
        assert service.calls.said[service.calls.sids_to(ADA)[0]][-2:] == [
            "We will not call you again. Goodbye.",
            "Thank you. Goodbye.",
        ]

        await service.move_to(NOON + timedelta(days=5))
        await ada(service)
        for hours in (0, 2, 4, 6):
            await service.move_to(NOON + timedelta(days=5, hours=hours))
            await service.call_now()

        made = [row["channel"] for row in await service.contacts()]
        assert made == ["sms", "sms", "call", "sms", "sms"]
        media = await service.rows("SELECT medium, sender_scope, origin FROM suppressions")
        assert media == [{"medium": "call", "sender_scope": "*", "origin": "reply"}]


async def test_a_call_that_rings_is_called_off_by_a_payment(
    database_url: str, redis_url: str
) -> None:
    async with a_caller(database_url, redis_url, dial_mode="manual", **AGENCY) as service:
        service.calls.for_number(ADA, answers=["1"], holds=True)
        await ada(service)
        await service.call_now()
        [sid] = service.calls.sids_to(ADA)
        assert outcome((await service.contacts())[0]) == ("sent", "pending")

        await service.post(service.payment())
        wall = service.runtime.clock.wall_now() + timedelta(seconds=1)
        folded = await intake_pending(service.runtime, now=service.now, wall_now=wall)
        assert len(folded.urgent) == 1
        off = await call_off(service.runtime, folded.urgent, now=service.now, wall_now=wall)

        assert off == 1
        assert service.calls.calls[sid]["status"] == "canceled"
        await service.calls.pick_up(sid)
        await service.answered()
        assert service.calls.said[sid] == []
        assert outcome((await service.contacts())[0]) == ("canceled", "no_answer")
        assert "canceled" in kinds(await service.log())
        assert await call_off(service.runtime, folded.urgent, now=service.now, wall_now=wall) == 0


async def test_who_picks_up_after_the_payment_came_is_told_nothing(
    database_url: str, redis_url: str
) -> None:
    async with a_caller(database_url, redis_url, dial_mode="manual", **AGENCY) as service:
        service.calls.for_number(ADA, answers=["1"], holds=True)
        await ada(service)
        await service.call_now()
        await service.post(service.payment())

        [sid] = service.calls.sids_to(ADA)
        await service.calls.pick_up(sid)
        await service.answered()

        assert service.calls.said[sid] == []
        assert (await service.contacts())[0]["outcome"] == "abandoned"


async def test_a_recorded_voice_needs_consent(database_url: str, redis_url: str) -> None:
    async with a_caller(database_url, redis_url, dial_mode="prerecorded", **AGENCY) as service:
        await ada(service, consents=[])

        await service.call_now()

        assert await service.contacts() == []
        assert "us.tcpa.consent_autodial_wireless" in await rules_against(service)


@pytest.mark.parametrize(
    ("callee", "expected"),
    [
        pytest.param({"picks_up": "busy"}, ("undelivered", "not_connected"), id="busy"),
        pytest.param(
            {"picks_up": "failed", "sip": "404"}, ("failed", "not_connected"), id="not in service"
        ),
        pytest.param(
            {"answered_by": "unknown", "answers": []}, ("delivered", "no_answer"), id="who knows"
        ),
        pytest.param({"refuse": 13224}, ("failed", "released"), id="refused"),
        pytest.param({"create": "throttled"}, ("failed", "released"), id="too many at once"),
        pytest.param(
            {"answers": ["say:no she is not home"]}, ("read", "third_party_spoken"), id="another"
        ),
        pytest.param(
            {"answers": ["1", "say:I won't pay"], "copies": 2, "shuffled": True},
            ("read", "conversation"),
            id="a refusal, told twice and in any order",
        ),
    ],
)
async def test_what_a_call_comes_to(
    database_url: str, redis_url: str, callee: dict[str, Any], expected: tuple[str, str]
) -> None:
    async with a_caller(database_url, redis_url, dial_mode="manual", **AGENCY) as service:
        service.calls.for_number(ADA, **callee)
        await ada(service)

        await service.call_now()

        assert outcome((await service.contacts())[0]) == expected


async def test_a_create_that_was_not_answered_is_found_and_not_repeated(
    database_url: str, redis_url: str
) -> None:
    async with a_caller(database_url, redis_url, dial_mode="manual", **AGENCY) as service:
        service.calls.for_number(ADA, create="drop", holds=True)
        await ada(service)
        await service.dispatch()
        await service.calls.settled()
        await service.reconcile()

        [call] = await service.contacts()
        assert call["provider_ref"] == service.calls.sids_to(ADA)[0]
        assert len(service.calls.creates) == 1
