"""Holds and preferences, by signal and by an operator: in effect with the next decision."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, Final

import pytest

from outreach.domain.signals import SignalError
from outreach.domain.vocabulary import HoldKind
from outreach.facts.snapshot import restore
from outreach.usecases.dispatch import dispatch_due
from outreach.usecases.protecting import About, NobodyError, OnRecord, Word, on_record, record
from outreach.usecases.seal import seal_log, verify_log
from tests.e2e.service import NOON, Service, a_service

BORROWER: Final = About("acme", "borrower", "BR-1", "America/New_York")
LOAN: Final = About("acme", "loan", "LN-1", "America/New_York")


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(), running.overdue(days=3))
        await running.fold()
        yield running


def a_hold(kind: str = "operator", case: str = "H-1", /, **more: Any) -> Word:
    told = {"id": case, "kind": kind, "contact_policy": "stop_all", **more}
    return Word("hold.placed", {"hold": told})


def released(kind: str = "operator", case: str = "H-1") -> Word:
    return Word("hold.released", {"hold": {"id": case, "kind": kind}})


async def say(service: Service, *words: Word, about: About = BORROWER) -> OnRecord:
    return await record(service.runtime, about, words, by="Li Wei", now=service.now)


async def rules(service: Service) -> set[str]:
    """Return the rules that stopped the newest contact."""
    row = (await service.log())[-1]
    return {reason["rule"] for tried in row.get("tried", ()) for reason in tried["reasons"]}


@pytest.mark.parametrize("kind", [one.value for one in HoldKind])
async def test_a_hold_of_every_kind_stops_the_contact_and_a_release_lets_it_go(
    service: Service, kind: str
) -> None:
    await say(service, a_hold(kind))
    await service.dispatch()

    assert await service.contacts() == []
    assert await rules(service)

    ended = [
        Word("borrower.bankruptcy", {"bankruptcy": {"status": "dismissed", "case_ref": "H-1"}})
    ]
    known = await say(service, *(ended if kind == "bankruptcy" else ()), released(kind))
    await service.dispatch()
    assert all(one.released_at for one in known.holds)
    assert len(await service.contacts()) == 1


async def test_a_hold_posted_between_claim_and_reservation_stops_the_contact(
    service: Service,
) -> None:
    hold = service.signal(
        "hold.placed",
        "borrower/BR-1",
        borrower={"id": "BR-1"},
        hold={"id": "H-1", "kind": "cease", "contact_policy": "stop_all"},
    )
    async with service.runtime.db.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        # Dispatch has claimed the person when it asks for this table, and waits.
        await conn.execute("LOCK TABLE external_refs IN ACCESS EXCLUSIVE MODE")
        dispatching = asyncio.create_task(dispatch_due(service.runtime, service.sender))
        await waiting(service, "FROM inbox AS i")
        assert await service.post(hold) == 202
        await transaction.rollback()
        await dispatching

    assert await service.contacts() == []
    await service.fold()
    await service.dispatch()
    assert await service.contacts() == []
    assert "outreach.cease" in await rules(service)


async def waiting(service: Service, statement: str) -> None:
    """Wait until some session waits for a lock with this statement."""
    for _ in range(500):
        found = await service.rows(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND position($1 IN query) > 0",
            statement,
        )
        if found:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"nobody waits with {statement}")


async def test_an_operators_hold_waits_for_a_decision_in_the_making_and_binds_the_next(
    service: Service,
) -> None:
    async with service.runtime.db.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        await conn.execute("SELECT 1 FROM agenda FOR NO KEY UPDATE")
        placing = asyncio.create_task(say(service, a_hold("cease")))
        await waiting(service, "FOR NO KEY UPDATE")
        # Whoever dispatches now skips the person who is being worked on.
        assert await dispatch_due(service.runtime, service.sender) == 0
        await transaction.rollback()
        await placing

    await service.dispatch()
    assert await service.contacts() == []


@pytest.mark.parametrize(
    ("loan", "contacts"),
    [pytest.param("LN-1", 0, id="the loan itself"), pytest.param("LN-2", 1, id="another loan")],
)
async def test_a_hold_on_one_loan_stops_contact_about_that_loan(
    service: Service, loan: str, contacts: int
) -> None:
    await service.post(service.overdue(days=3, loan="LN-2", minor=0))
    await service.fold()
    await say(service, a_hold(loans=[loan]))
    await service.dispatch()

    assert len(await service.contacts()) == contacts


async def test_what_a_hold_says_of_itself_reaches_the_rules(service: Service) -> None:
    known = await say(
        service,
        a_hold(
            "deceased",
            "deceased",
            recipients=["executor"],
            allowed_purposes=["statutory_notice"],
            form="written",
            evidence="death certificate 12/26",
        ),
    )
    await service.dispatch()

    [hold] = restore((await service.log())[-1]["facts"]).holds
    assert hold.allowed_recipients == {"executor"}
    assert hold.allowed_purposes == {"statutory_notice"}
    assert hold.attributes["form"] == "written"
    assert restore((await service.log())[-1]["facts"]).person_flags == {"deceased": True}
    assert known.holds[0].evidence == "death certificate 12/26"


async def test_an_end_is_kept(service: Service) -> None:
    await say(service, a_hold("breathing_space_standard", until="2026-11-23"))
    await service.dispatch()
    assert await service.contacts() == []

    await service.move_to(NOON + timedelta(days=1))
    await service.dispatch()
    assert len(await service.contacts()) == 1


async def test_who_said_what_is_kept_encrypted_and_sealed(service: Service) -> None:
    await say(service, a_hold(evidence="letter of Ada Sample"), about=LOAN)

    [row] = [one for one in await service.log() if one["kind"] == "operator"]
    assert row["by"] == "Li Wei"
    assert row["said"]["hold"]["evidence"] == "letter of Ada Sample"
    [event] = await service.rows("SELECT * FROM person_events WHERE signal_type = 'hold.placed'")
    [hold] = await service.rows("SELECT * FROM holds")
    assert hold["origin"] == "operator"
    for stored in (event, hold):
        assert b"Ada" not in b"".join(str(value).encode() for value in stored.values())
        assert "Li Wei" not in str(stored)
    wall = service.runtime.clock.wall_now()
    while await seal_log(service.runtime.db, wall_now=wall):
        pass
    assert (await verify_log(service.runtime.db)).broken == ""


@pytest.mark.parametrize(
    ("preference", "stops"),
    [
        pytest.param({"kind": "against", "from": "11:00", "to": "14:00"}, True, id="these hours"),
        pytest.param({"kind": "against", "from": "13:00", "to": "14:00"}, False, id="others"),
        pytest.param({"kind": "only", "from": "18:00", "to": "20:00"}, True, id="only evenings"),
        pytest.param({"kind": "against", "channel": "sms"}, True, id="this channel"),
        pytest.param({"kind": "against", "channel": "call"}, False, id="another channel"),
        pytest.param({"kind": "against", "endpoint": "ph-1"}, True, id="this address"),
        pytest.param({"kind": "only", "channel": "email"}, True, id="only another channel"),
    ],
)
async def test_a_preference_is_respected(
    service: Service, preference: dict[str, Any], stops: bool
) -> None:
    await say(service, Word("preference.set", {"preference": {"id": "p1", **preference}}))
    await service.dispatch()

    assert (await service.contacts() == []) is stops
    if stops:
        assert await rules(service) == {"outreach.person_preference"}
        await say(service, Word("preference.removed", {"preference": {"id": "p1"}}))
        await service.dispatch()
        assert len(await service.contacts()) == 1


async def test_quiet_hours_of_the_profile_defer_to_their_end(service: Service) -> None:
    hours = [{"from": "11:00", "to": "15:00"}]
    await service.post(service.borrower(preferences={"quiet_hours": hours}))
    await service.fold()
    await service.dispatch()

    row = (await service.log())[-1]
    assert row["kind"] == "deferred"
    assert row["until"] == (NOON + timedelta(hours=3)).isoformat()
    await service.move_to(NOON + timedelta(hours=3))
    await service.dispatch()
    assert len(await service.contacts()) == 1


async def test_a_preference_may_come_as_a_signal(service: Service) -> None:
    signal = service.signal(
        "preference.set",
        "borrower/BR-1",
        borrower={"id": "BR-1"},
        preference={"id": "p1", "kind": "against", "channel": "sms", "by": "portal"},
    )
    assert await service.post(signal) == 202
    await service.fold()
    await service.dispatch()

    assert await service.contacts() == []
    [said] = (await on_record(service.runtime, BORROWER)).preferences
    assert (said.ref, said.by) == ("p1", "portal")


@pytest.mark.parametrize(
    ("about", "words", "error"),
    [
        pytest.param(About("acme", "loan", "LN-9", "UTC"), (a_hold(),), NobodyError, id="nobody"),
        pytest.param(
            About("other", "loan", "LN-1", "UTC"), (a_hold(),), NobodyError, id="another lender's"
        ),
        pytest.param(BORROWER, (a_hold(loans=["LN-9"]),), SignalError, id="a strange loan"),
        pytest.param(BORROWER, (a_hold("mood"),), SignalError, id="no kind"),
    ],
)
async def test_what_cannot_be_recorded_changes_nothing(
    service: Service, about: About, words: Sequence[Word], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await say(service, *words, about=about)

    assert await service.rows("SELECT 1 FROM holds") == []


async def test_somebody_who_was_erased_is_nobody(service: Service) -> None:
    await service.rows("UPDATE persons SET wrapped_key = NULL RETURNING 1")

    with pytest.raises(NobodyError):
        await say(service, a_hold())
    with pytest.raises(NobodyError):
        await on_record(service.runtime, BORROWER)
