"""Loans of nobody: whose they are may be told later, in another batch or by another worker."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from outreach.store.agenda import lock_persons
from outreach.usecases.intake_merging import merge_strays
from tests.usecases.intake_desk import BORROWER, LOAN, NOW, Desk, a_desk
from tests.usecases.intake_events import an_event, hold, overdue, payment

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with a_desk(database_url) as found:
        yield found


def borrower_told(name: str = "whose", borrower: str = BORROWER) -> dict[str, Any]:
    """Return a profile that names no loan."""
    told = {"id": borrower, "timezone": "America/New_York"}
    data = {"version": 1, "changed": ["timezone"], "borrower": told}
    return an_event(name, "borrower.updated", data, sequence=None, loan=None, borrower=borrower)


def complaint(name: str, loans: list[str], *, loan: str | None) -> dict[str, Any]:
    """Return a complaint about several loans."""
    told = {
        "id": "c-1",
        "status": "opened",
        "received_at": NOW.isoformat(),
        "contact_policy": "pause_collection",
        "loans": loans,
    }
    return an_event(name, "complaint.received", {"complaint": told}, sequence=None, loan=loan)


async def known_and_stray(desk: Desk) -> tuple[int, int]:
    """Fold a borrower without a loan, and a payment for a loan of nobody; returns both persons."""
    await desk.post([borrower_told()])
    await desk.intake()
    await desk.post([payment("paid", "p-1", 4750, 4, sequence=9)], source="ledger")
    await desk.intake()
    return await desk.person_of("borrower", BORROWER), await desk.person_of("loan", LOAN)


async def agenda_of(desk: Desk, person: int) -> tuple[bool, str]:
    """Return whether nothing is planned for a person, and why."""
    row = await desk.db.fetchrow(
        "SELECT due_at = 'infinity' AS never, reason FROM agenda WHERE person_id = $1", person
    )
    assert row is not None
    return row["never"], row["reason"]


async def test_a_payment_before_the_loans_owner_is_known_is_credited_to_them(desk: Desk) -> None:
    known, stray = await known_and_stray(desk)
    assert stray != known
    await desk.db.execute("UPDATE agenda SET due_at = 'infinity'")

    await desk.post([overdue("a", at=NOW + timedelta(minutes=-5))])
    result = await desk.intake()

    assert (result.quarantined, result.touched) == (0, {known})
    assert await desk.person_of("loan", LOAN) == known
    assert await desk.owed() == {4: 20000}
    assert await desk.owners() == {known}
    assert await desk.history() == ["a", "paid", "whose"]
    assert await agenda_of(desk, stray) == (True, "merged")
    assert await agenda_of(desk, known) == (False, "")


async def test_in_one_batch_the_order_of_rows_makes_no_stray(desk: Desk) -> None:
    await desk.post([borrower_told()])
    await desk.intake()
    await desk.post([payment("paid", "p-1", 4750, 4, sequence=9)], source="ledger")
    await desk.post([overdue("a", at=NOW + timedelta(minutes=-5))])
    result = await desk.intake()

    assert (result.taken, result.quarantined) == (2, 0)
    assert await desk.db.fetchval("SELECT count(*) FROM persons") == 1
    assert await desk.owed() == {4: 20000}
    assert await desk.history() == ["a", "paid", "whose"]


async def test_a_bridges_payment_comes_before_the_loan_is_opened(desk: Desk) -> None:
    await desk.post([borrower_told()])
    await desk.post_sample("025", source="bridge")
    await desk.intake()
    assert await desk.db.fetchval("SELECT count(*) FROM persons") == 2

    await desk.post([overdue("a", at=NOW + timedelta(minutes=-5))])
    await desk.intake()

    assert await desk.quarantined() == []
    known = await desk.person_of("borrower", BORROWER)
    assert await desk.owners() == {known}
    assert len((await desk.loan()).payments) == 1


async def test_strays_that_turn_out_to_be_one_become_the_first(desk: Desk) -> None:
    for name, loan in (("x", "LN-1"), ("y", "LN-2")):
        await desk.post([payment(name, name, 100, 4, loan=loan)], source="ledger")
        await desk.intake()
    first, second = [await desk.person_of("loan", loan) for loan in ("LN-1", "LN-2")]
    await desk.post([complaint("both", ["LN-2", "LN-1"], loan="LN-2")], source="ledger")
    await desk.intake()

    assert await desk.owners() == {first} != {second}
    assert await desk.db.fetchval("SELECT count(*) FROM holds") == 2

    await desk.post([overdue("a", loan="LN-1", borrower="BR-1")])
    await desk.intake()
    assert await desk.quarantined() == []
    assert await desk.person_of("borrower", "BR-1") == first
    assert await desk.history("BR-1") == ["a", "both", "x", "y"]


async def test_two_strays_and_a_borrower_that_meet_at_once_are_one(desk: Desk) -> None:
    known, stray = await known_and_stray(desk)
    await desk.post([payment("y", "y", 100, 4, loan="LN-2")], source="ledger")
    await desk.intake()
    await desk.post([complaint("both", [LOAN, "LN-2"], loan=None)])
    await desk.intake()

    assert await desk.owners() == {known} != {stray}
    assert len(await desk.history()) == 4


async def test_words_on_one_hold_are_joined_and_a_task_is_one(desk: Desk) -> None:
    early, late = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    known, stray = await known_and_stray(desk)
    await desk.post([hold("b", "placed", early)])
    await desk.post([hold("c", "released", late, loan=LOAN)], source="ledger")
    await desk.intake()
    for person, at in ((known, late), (stray, early)):
        await desk.db.execute(
            "INSERT INTO tasks (tenant_id, person_id, kind, ref, opened_at)"
            " VALUES ('acme', $1, 'callback', 'r', $2)",
            person,
            at,
        )
    await desk.post([overdue("a")])
    await desk.intake()

    (joined,) = (await desk.book()).person.holds.values()
    assert (joined.placed_at, joined.released_at) == (early, late)
    tasks = await desk.db.fetch("SELECT person_id, opened_at FROM tasks")
    assert [tuple(row) for row in tasks] == [(known, early)]


async def test_what_a_stray_asked_for_is_asked_by_whom_they_turned_out_to_be(desk: Desk) -> None:
    known, _ = await known_and_stray(desk)
    data = {"preference": {"id": "p-1", "kind": "against", "channel": "call", "by": "portal"}}
    said = an_event("said", "preference.set", data, sequence=None, loan=LOAN, at=NOW)
    leave = {"approval": {"id": "A-1", "for": "visit_order", "role": "head", "by": "Li"}}
    granted = an_event("granted", "approval.granted", leave, sequence=None, loan=LOAN, at=NOW)
    await desk.post([said, granted], source="ledger")
    await desk.intake()

    await desk.post([overdue("a", at=NOW + timedelta(minutes=-5))])
    await desk.intake()

    [wish] = (await desk.book()).person.preferences.values()
    [approval] = (await desk.book()).person.records.values()
    assert (approval.key, await desk.owners()) == (("approval", "A-1"), {known})
    assert (wish.channel, wish.by) == ("call", "portal")
    assert await desk.owners() == {known}


async def test_a_stray_that_was_contacted_is_for_people_to_merge(desk: Desk) -> None:
    _, stray = await known_and_stray(desk)
    told = {"id": "call-1", "channel": "call", "at": NOW.isoformat(), "outcome": "conversation"}
    await desk.post([an_event("b", "contact.recorded", {"contact": told})], source="ledger")
    await desk.intake()
    await desk.post([overdue("a")])
    await desk.intake()

    assert [reason for reason, _ in await desk.quarantined()] == ["two_persons"]
    assert await desk.person_of("loan", LOAN) == stray


async def test_the_log_of_a_stray_stays_where_it_is(desk: Desk) -> None:
    known, stray = await known_and_stray(desk)
    await desk.db.execute(
        "INSERT INTO contact_events (tenant_id, person_id, kind, at, body)"
        r" VALUES ('acme', $1, 'blocked', $2, '\x00')",
        stray,
        NOW,
    )
    kept = await desk.db.fetch("SELECT * FROM contact_events")
    await desk.post([overdue("a")])
    await desk.intake()

    assert await desk.owners() == {known}
    assert await desk.db.fetch("SELECT * FROM contact_events") == kept
    assert await desk.db.fetchval(
        "SELECT wrapped_key IS NOT NULL FROM persons WHERE person_id = $1", stray
    )


async def test_nothing_is_given_to_somebody_who_was_erased(desk: Desk) -> None:
    known, stray = await known_and_stray(desk)
    await desk.db.execute(
        "UPDATE persons SET wrapped_key = NULL, profile = NULL WHERE person_id = $1", known
    )
    await desk.post([overdue("a")])
    await desk.intake()

    assert [reason for reason, _ in await desk.quarantined()] == ["erased"]
    assert await desk.person_of("loan", LOAN) == stray


async def test_two_borrowers_that_meet_in_one_batch_are_for_people_to_merge(desk: Desk) -> None:
    await desk.post([borrower_told("x", "BR-1"), borrower_told("y", "BR-2")])
    await desk.post([overdue("a", loan="LN-1", borrower="BR-1")])
    await desk.post([overdue("b", loan="LN-1", borrower="BR-2")])
    result = await desk.intake()

    assert (result.taken, result.quarantined) == (4, 1)
    assert [reason for reason, _ in await desk.quarantined()] == ["two_persons"]


async def test_a_signal_that_waited_for_a_merge_goes_to_whom_the_stray_became(desk: Desk) -> None:
    known, stray = await known_and_stray(desk)
    await desk.post([payment("late", "p-2", 250, 4, sequence=10)], source="ledger")
    async with desk.db.acquire() as conn:
        async with conn.transaction():
            await lock_persons(conn, [known, stray])
            waiting = asyncio.create_task(desk.intake())
            while not await conn.fetchval(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_sleep(0.01) IS NOT NULL"
            ):
                assert not waiting.done()
            await merge_strays(conn, desk.vault, {stray: known})
        result = await waiting

    assert (result.taken, result.touched) == (1, {known})
    assert await desk.owners() == {known}
    assert sorted((await desk.loan()).payments) == ["p-1", "p-2"]


async def test_workers_that_meet_strays_and_owners_at_once_agree(desk: Desk) -> None:
    for i in range(12):
        loan, borrower = f"LN-{i}", f"BR-{i}"
        for part in range(3):
            paid = payment(f"p{i}-{part}", f"p-{part}", 100, 4, sequence=9 + part, loan=loan)
            await desk.post([paid], source="ledger")
        await desk.post([borrower_told(f"w{i}", borrower)])
        await desk.post(
            [overdue(f"o{i}", loan=loan, borrower=borrower, at=NOW - timedelta(minutes=5))]
        )

    async def work() -> None:
        while (await desk.intake(limit=3)).taken:
            pass

    await asyncio.gather(work(), work(), work())
    assert await desk.quarantined() == []
    assert len(await desk.owners()) == 12
    for i in range(12):
        assert await desk.owed(f"BR-{i}") == {4: 24750 - 300}
        assert len(await desk.history(f"BR-{i}")) == 5
