"""Intake over a real database: order, bad rows, identity, contention, what is written."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.domain.on_record import SentNotice
from outreach.domain.vocabulary import LoanStatus
from outreach.sources.source import RawSignal, inbox_aad
from tests.usecases.intake_desk import BORROWER, LOAN, NOW, TENANT, Desk, a_desk
from tests.usecases.intake_events import an_event, hold, overdue, payment

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with a_desk(database_url) as found:
        yield found


async def test_signals_of_an_unknown_source_order_are_set_aside_with_an_alert(desk: Desk) -> None:
    await desk.post([overdue("a", sequence=None)])
    result = await desk.intake()

    assert (result.taken, result.quarantined) == (1, 1)
    assert await desk.quarantined() == [("sequence_missing", "installment.overdue")]
    alert = await desk.db.fetchrow("SELECT kind, subject, count FROM alerts")
    assert alert is not None
    assert tuple(alert) == ("quarantined", "core: sequence_missing", 1)
    assert await desk.db.fetchval("SELECT count(*) FROM inbox") == 0


async def test_an_unknown_type_is_kept(desk: Desk) -> None:
    await desk.post([an_event("a", "loan.gilded", {}), overdue("b")])
    result = await desk.intake()

    assert (result.taken, result.quarantined) == (2, 1)
    assert [reason for reason, _ in await desk.quarantined()] == ["unknown_type"]
    assert await desk.owed() == {4: 24750}


async def test_a_row_that_cant_be_decrypted_spoils_no_other(desk: Desk) -> None:
    await desk.post([overdue("a"), overdue("b", number=5, loan="LN-2", borrower="BR-2")])
    await desk.db.execute(
        r"UPDATE inbox SET body = overlay(body PLACING '\x00000000' FROM 20)"
        " WHERE inbox_id = (SELECT min(inbox_id) FROM inbox)"
    )
    result = await desk.intake()

    assert (result.taken, result.quarantined) == (2, 1)
    assert await desk.quarantined() == [("unreadable", "InvalidTag")]
    assert await desk.db.fetchval("SELECT count(*) FROM loans") == 1


async def test_a_row_the_database_refuses_spoils_no_other(desk: Desk) -> None:
    await desk.db.execute(
        "ALTER TABLE loans ADD CONSTRAINT no_such_loan CHECK (ref <> 'LN-bad') NOT VALID"
    )
    await desk.post([overdue("a"), overdue("b", loan="LN-bad", borrower="BR-9")])
    result = await desk.intake()

    assert (result.taken, result.quarantined) == (2, 1)
    assert await desk.quarantined() == [("failed", "CheckViolationError")]
    assert await desk.owed() == {4: 24750}
    assert await desk.db.fetchval("SELECT count(*) FROM persons") == 1


async def test_a_row_of_a_source_that_is_gone_is_kept(desk: Desk) -> None:
    await desk.post([overdue("a")])
    await desk.db.execute("UPDATE inbox SET source = 'gone'")
    await desk.intake()

    assert [reason for reason, _ in await desk.quarantined()] == ["source_unknown"]


async def test_rows_wait_for_their_time(desk: Desk) -> None:
    await desk.post([overdue("a")], now=NOW + timedelta(seconds=3))

    assert (await desk.intake(now=NOW)).taken == 0
    assert (await desk.intake(now=NOW + timedelta(seconds=3))).taken == 1


async def test_a_failing_database_takes_nothing(desk: Desk) -> None:
    await desk.post([overdue("a")])
    await desk.db.execute("ALTER TABLE person_events RENAME TO elsewhere")

    with pytest.raises(asyncpg.UndefinedTableError):
        await desk.intake()

    assert await desk.db.fetchval("SELECT count(*) FROM inbox") == 1


async def test_a_clock_that_runs_ahead_is_clamped_and_told(desk: Desk) -> None:
    ahead = NOW + timedelta(days=3)
    await desk.post([overdue("a", owed=999, at=ahead)], source="crm")
    await desk.intake()
    later = NOW + timedelta(hours=1)
    await desk.post([overdue("b", owed=500, at=later)], source="crm", now=later)
    await desk.intake(now=later)

    assert await desk.owed() == {4: 500}
    assert await desk.db.fetchval("SELECT kind FROM alerts") == "sender_clock"


async def test_a_loan_and_its_borrower_are_one_person_whoever_comes_first(desk: Desk) -> None:
    await desk.post_sample("068")
    await desk.post([overdue("a")])
    await desk.intake()

    assert await desk.person_of("borrower", BORROWER) == await desk.person_of("loan", LOAN)
    assert await desk.db.fetchval("SELECT count(*) FROM agenda") == 1


async def test_aliases_are_one_loan_and_one_payment_credits_once(desk: Desk) -> None:
    by_alias = payment("c", "pay-1", 4750, 4, sequence=9, loan="1007")
    first = overdue("a")
    first["data"]["loan"]["aliases"] = ["1007"]
    await desk.post([first, by_alias])
    await desk.post(
        [{**payment("d", "pay-1", 4750, 4, at=NOW), "source": "urn:bridge"}], source="crm"
    )
    await desk.intake()

    assert await desk.owed() == {4: 20000}
    assert await desk.db.fetchval("SELECT count(*) FROM loans") == 1


async def test_two_persons_that_turn_out_to_be_one_are_for_people_to_merge(desk: Desk) -> None:
    await desk.post([overdue("a"), overdue("b", loan="LN-2", borrower="BR-2")])
    await desk.intake()
    await desk.post([overdue("c", sequence=2, loan="LN-2")])
    result = await desk.intake()

    assert result.quarantined == 1
    assert [reason for reason, _ in await desk.quarantined()] == ["two_persons"]


async def test_two_loans_that_turn_out_to_be_one_are_for_people_to_merge(desk: Desk) -> None:
    both = overdue("c", sequence=2)
    both["data"]["loan"]["aliases"] = ["LN-2"]
    await desk.post([overdue("a"), overdue("b", loan="LN-2")])
    await desk.intake()
    await desk.post([both])
    await desk.intake()

    assert [reason for reason, _ in await desk.quarantined()] == ["two_loans"]


async def test_another_currency_than_the_loans_is_set_aside(desk: Desk) -> None:
    await desk.post([overdue("a")])
    await desk.intake()
    other = overdue("b", sequence=2, owed=1)
    other["data"]["loan"]["currency"] = other["data"]["installment"]["currency"] = "JPY"
    await desk.post([other])
    await desk.intake()

    assert await desk.quarantined() == [("currency_disagrees", "loan.currency")]
    assert await desk.owed() == {4: 24750}


async def test_signals_about_an_erased_person_are_set_aside(desk: Desk) -> None:
    await desk.post([overdue("a")])
    await desk.intake()
    await desk.db.execute("UPDATE persons SET wrapped_key = NULL, profile = NULL")
    await desk.post([overdue("b", sequence=2)])
    await desk.intake()

    assert [reason for reason, _ in await desk.quarantined()] == ["erased"]


async def test_a_hold_names_a_loan_before_the_loan_is_known(desk: Desk) -> None:
    await desk.tell("070", "062")

    book = await desk.book()
    assert {one.loan_id for one in book.person.holds.values()} == set(book.loans)


async def test_history_is_kept_encrypted(desk: Desk) -> None:
    await desk.tell("060", "060", "062", "060")

    assert await desk.effects() == [
        ("installment.due_soon", "applied"),
        ("installment.overdue", "applied"),
    ]
    book = await desk.book()
    assert book.key is not None
    row = await desk.db.fetchrow("SELECT person_id, body FROM person_events LIMIT 1")
    assert row is not None
    body = book.key.decrypt(row["body"], b"person_events:%d" % row["person_id"])
    assert b'"via":"core"' in body
    assert b"LN-2026" not in row["body"]


async def test_an_older_snapshot_is_recorded_as_stale(desk: Desk) -> None:
    for event in (
        overdue("a", sequence=5, owed=100),
        overdue("b", sequence=4, owed=900),
        payment("c", "p", 50, 4, sequence=6),
        payment("d", "p", 50, 4, sequence=7),
    ):
        await desk.post([event])
        await desk.intake()

    assert await desk.effects() == [
        ("installment.overdue", "applied"),
        ("installment.overdue", "stale"),
        ("payment.received", "applied"),
        ("payment.received", "duplicate"),
    ]
    assert await desk.owed() == {4: 50}


async def test_the_receipt_of_a_contact_of_ours_told_as_a_letter_is_history(desk: Desk) -> None:
    await desk.post([overdue("a")])
    await desk.intake()
    due = await desk.db.fetchval("UPDATE agenda SET due_at = 'infinity' RETURNING due_at")
    receipt = {"receipt": {"contact_id": "7-" + "0f" * 16, "at": NOW.isoformat()}}
    await desk.post([an_event("b", "letter.delivered", receipt)])
    result = await desk.intake()

    assert (await desk.effects())[-1] == ("letter.delivered", "recorded")
    assert result.touched == set()
    assert await desk.db.fetchval("SELECT due_at FROM agenda") == due


async def test_a_letters_receipt_is_put_on_record_and_looked_at(desk: Desk) -> None:
    await desk.post([overdue("a")])
    await desk.intake()
    receipt = {"receipt": {"contact_id": "l-1", "at": NOW.isoformat()}}
    await desk.post([an_event("b", "letter.delivered", receipt)])
    result = await desk.intake()

    assert (await desk.effects())[-1] == ("letter.delivered", "applied")
    assert len(result.touched) == 1
    assert (await desk.book()).person.records == {
        ("notice", "l-1"): SentNotice("l-1", loan_id=(await desk.loan()).loan_id, delivered_at=NOW)
    }


async def test_a_contact_made_elsewhere_counts_once(desk: Desk) -> None:
    told = {
        "id": "call-1",
        "channel": "call",
        "at": (NOW - timedelta(hours=2)).isoformat(),
        "outcome": "conversation",
        "made_by": "agency",
    }
    for name in ("b", "c"):
        await desk.post(
            [an_event(name, "contact.recorded", {"contact": told}), overdue(f"{name}o")]
        )
        await desk.intake()

    rows = await desk.db.fetch("SELECT channel, purpose, sender, outcome, debts, at FROM contacts")
    (loan_id,) = (await desk.book()).loans
    assert [tuple(row) for row in rows] == [
        ("call", "collection", "agency", "conversation", [loan_id], NOW - timedelta(hours=2))
    ]
    assert await desk.db.fetchval("SELECT kind FROM contact_events") == "recorded"


async def test_sold_loans_are_none_of_our_business_until_recalled(desk: Desk) -> None:
    sold = an_event("b", "loan.sold", {"sold_on": "2026-11-23"}, sequence=2)
    back = an_event("c", "loan.recalled", {"recalled_on": "2026-11-24"}, sequence=3)
    await desk.post([overdue("a"), sold])
    await desk.intake()
    assert (await desk.loan()).status is LoanStatus.SOLD
    assert (await desk.book()).cases == {}

    await desk.post([back])
    await desk.intake()
    (case,) = (await desk.book()).cases.values()
    assert (case.anchor_number, (await desk.loan()).is_open) == (4, True)


async def test_the_same_installment_opens_a_new_episode(desk: Desk) -> None:
    back = {"payment_id": "p", "amount": 24750, "currency": "USD", "reversed_at": NOW.isoformat()}
    await desk.post([overdue("a")])
    await desk.intake()
    await desk.post([payment("b", "p", 24750, 4, sequence=2)])
    await desk.intake()
    await desk.post([an_event("c", "payment.reversed", {"reversal": back}, sequence=3)])
    await desk.intake()

    (case,) = (await desk.book()).cases.values()
    assert (case.occurrence, await desk.owed()) == ("1:4:2", {4: 24750})


async def test_a_touched_person_is_looked_at_now(desk: Desk) -> None:
    await desk.post([overdue("a")])
    await desk.intake()
    later = NOW + timedelta(hours=1)
    await desk.db.execute("UPDATE agenda SET due_at = $1", NOW + timedelta(days=9))
    await desk.post([overdue("b", sequence=2, at=later)], now=later)
    await desk.intake(now=later)

    assert await desk.db.fetchval("SELECT due_at FROM agenda") == later
    assert await desk.db.fetchval("SELECT signals FROM source_state") == 2


async def test_a_plain_repeat_writes_no_more_than_it_must(desk: Desk) -> None:
    await desk.post([overdue("a")])
    await desk.intake()
    await desk.db.execute("UPDATE agenda SET due_at = 'infinity'")
    at = NOW + timedelta(minutes=1)
    await desk.post([overdue("b", sequence=2, at=at)], now=at)
    before = await _rows_of(desk)
    await desk.intake(now=at)
    after = await _rows_of(desk)

    moved = {table for table, rows in after.items() if rows != before[table]}
    assert moved == {"inbox", "person_events", "installments", "agenda", "source_state"}


_TABLES = (
    "inbox", "person_events", "installments", "loans", "payments", "promises", "cases", "agenda",
    "persons", "external_refs", "endpoints", "consents", "holds", "tasks", "quarantine", "alerts",
    "source_state",
)  # fmt: skip


async def _rows_of(desk: Desk) -> dict[str, list[Any]]:
    """Return the versions of every row: a rewritten row has another xmin."""
    return {
        table: sorted(
            tuple(row)
            for row in await desk.db.fetch(
                f"SELECT tableoid::bigint, ctid::text, xmin::text FROM {table}"
            )
        )
        for table in _TABLES
    }


async def test_workers_share_a_batch_without_losing_or_doubling(desk: Desk) -> None:
    rng = random.Random(7)
    events = [
        payment(
            f"p{i}", f"pay-{i}", 100, 4, sequence=10 + i, loan=f"LN-{i % 5}", borrower=f"BR-{i % 5}"
        )
        for i in range(60)
    ]
    events += [overdue(f"o{i}", loan=f"LN-{i}", borrower=f"BR-{i}") for i in range(5)]
    rng.shuffle(events)
    await desk.post(events)

    async def work() -> int:
        total = 0
        while taken := (await desk.intake(limit=7)).taken:
            total += taken
        return total

    assert sum(await asyncio.gather(work(), work(), work())) == 65
    for i in range(5):
        assert await desk.owed(f"BR-{i}") == {4: 24750 - 12 * 100}
    assert await desk.db.fetchval("SELECT count(*) FROM persons") == 5
    assert await desk.db.fetchval("SELECT count(*) FROM cases WHERE closed_on IS NULL") == 5
    assert await desk.quarantined() == []


STORY = [
    overdue("1", sequence=1, number=4, owed=300),
    overdue("2", sequence=4, number=4, owed=200),
    overdue("3", sequence=2, number=5, owed=500),
    payment("4", "p-1", 100, 4, sequence=3),
    payment("5", "p-2", 50, None, sequence=5),
    payment("6", "p-3", 60, 5, sequence=6),
    an_event(
        "7",
        "payment.reversed",
        {
            "reversal": {
                "payment_id": "p-3",
                "amount": 60,
                "currency": "USD",
                "reversed_at": NOW.isoformat(),
            }
        },
        sequence=7,
    ),
    an_event(
        "8",
        "promise_to_pay.created",
        {
            "promise": {
                "id": "ptp",
                "amount": 100,
                "currency": "USD",
                "due_on": "2026-11-28",
                "made_at": NOW.isoformat(),
            }
        },
        sequence=8,
    ),
    an_event("9", "risk.changed", {"risk": {"model": "m", "bucket": "high"}}, sequence=9),
    hold("10", "placed", NOW - timedelta(hours=2)),
    hold("11", "released", NOW - timedelta(hours=1)),
    an_event(
        "12",
        "borrower.updated",
        {
            "version": 1,
            "changed": ["phones"],
            "borrower": {
                "id": BORROWER,
                "phones": [{"id": "ph", "e164": "+12025550143", "status": "reassigned"}],
                "consents": [
                    {
                        "channel": "sms",
                        "purpose": "collection",
                        "status": "revoked",
                        "at": "2026-11-01T00:00:00Z",
                    }
                ],
            },
        },
        sequence=None,
        loan=None,
    ),
    an_event(
        "13",
        "borrower.updated",
        {
            "version": 2,
            "changed": ["phones"],
            "borrower": {
                "id": BORROWER,
                "timezone": "America/Chicago",
                "phones": [{"id": "ph", "e164": "+12025550143", "status": "active"}],
                "consents": [
                    {
                        "channel": "sms",
                        "purpose": "collection",
                        "status": "granted",
                        "at": "2026-10-01T00:00:00Z",
                    }
                ],
            },
        },
        sequence=None,
        loan=None,
    ),
    payment("14", "p-4", 30, 6, sequence=10),
    overdue("15", sequence=11, number=6, owed=400),
    hold("16", "placed", NOW - timedelta(hours=3), loan=LOAN),
]
OF_NOBODY = frozenset({"14", "15", "16"})
"""Told by a source that names the loan alone: until another says whose it is, it is a stray's."""


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.permutations(range(len(STORY))), st.integers(1, 20))
def test_any_order_in_any_batches_comes_to_the_same_books(
    database_url: str, order: list[int], size: int
) -> None:
    """Each example uses a lender's people of its own, so that one database serves them all."""
    asyncio.run(_compare(database_url, order, size))


async def _compare(database_url: str, order: list[int], size: int) -> None:
    async with a_desk(database_url) as desk:
        await _forget(desk)
        expected = await _told_in(desk, list(range(len(STORY))), size=len(STORY))
        await _forget(desk)
        assert await _told_in(desk, order, size=size) == expected


async def _forget(desk: Desk) -> None:
    tables = ", ".join((*_TABLES, "signal_keys", "quotes"))
    await desk.db.execute(f"TRUNCATE {tables} RESTART IDENTITY")


async def _told_in(desk: Desk, order: list[int], *, size: int) -> dict[str, Any]:
    for index in order:
        event = STORY[index]
        await desk.post([event], source="ledger" if event["id"] in OF_NOBODY else "core")
        if index % 3 == 0:
            await desk.intake(limit=size)
    while (await desk.intake(limit=size)).taken:
        pass
    assert await desk.quarantined() == []
    book, loan = await desk.book(), await desk.loan()
    assert await desk.owners() == {book.person_id}
    return {
        "history": await desk.history(),
        "owed": [(one.number, one.outstanding_minor, one.report) for one in loan.installments],
        "loan": (loan.status, loan.risk_bucket, loan.total_minor, loan.as_of, loan.source),
        "facts": (loan.payments, loan.promises),
        "cases": [(one.kind, one.schedule_version) for one in book.cases.values()],
        "holds": [
            replace(hold, loan_id=int(hold.loan_id == loan.loan_id))
            for _, hold in sorted(book.person.holds.items())
        ],
        "consents": book.person.consents,
        "profile": book.person.profile,
        "suppressions": book.suppressions,
    }


async def test_what_a_broken_body_holds_is_never_shown(desk: Desk) -> None:
    await desk.post([overdue("a")])
    row = await desk.db.fetchrow("SELECT inbox_id, received_at, body FROM inbox")
    assert row is not None
    async with desk.db.acquire() as conn:
        key = await desk.vault.day_key(conn, TENANT, row["received_at"].astimezone(UTC).date())
    raw = RawSignal.unpack(key.decrypt(row["body"], inbox_aad(TENANT)))
    secret = RawSignal(
        raw.tenant, raw.source, raw.source_uri, raw.signal_id, raw.type, raw.kind, raw.headers,
        raw.received_at, raw.body.replace(b'"2026-10-24"', b'"BORROWER SECRET"'),
    )  # fmt: skip
    await desk.db.execute(
        "UPDATE inbox SET body = $1", key.encrypt(secret.pack(), inbox_aad(TENANT))
    )
    await desk.intake()

    assert await desk.quarantined() == [("malformed", "due_date")]
    assert not await desk.db.fetchval("SELECT count(*) FROM alerts WHERE detail LIKE '%SECRET%'")


async def test_two_sources_tell_of_one_installment_and_the_newer_counts(desk: Desk) -> None:
    later = NOW + timedelta(minutes=2)
    await desk.post([overdue("a", owed=900)])
    await desk.intake()
    await desk.post([overdue("b", owed=700, at=later)], source="crm", now=later)
    await desk.intake(now=later)
    assert await desk.owed() == {4: 700}

    newest = later + timedelta(minutes=2)
    await desk.post([overdue("c", owed=500, at=newest, sequence=2)], now=newest)
    await desk.intake(now=newest)

    loan = await desk.loan()
    assert [one.position.source for one in loan.installments[0].reports] == ["core", "crm"]
    assert (loan.installments[0].outstanding_minor, loan.source) == (500, "core")


async def test_what_was_billed_survives_a_payment_that_doesnt_tell_it(desk: Desk) -> None:
    await desk.post_sample("062")
    await desk.intake()
    await desk.post([payment("p", "pay", 750, 4, sequence=99)])
    await desk.intake()

    row = await desk.db.fetchrow("SELECT outstanding_minor, parts FROM installments")
    assert row is not None
    assert (row["outstanding_minor"], row["parts"]["billed"]["total"]) == (24000, 24750)


async def test_a_book_knows_the_opt_outs_of_its_addresses(desk: Desk) -> None:
    await desk.tell("068")
    hmac = desk.vault.address_hmac("+12025550143")
    await desk.db.execute(
        "INSERT INTO suppressions (tenant_id, address_hmac, medium, at, origin)"
        " VALUES ($1, $2, 'sms', $3, 'reply')",
        TENANT,
        hmac,
        NOW,
    )

    (opt_out,) = (await desk.book()).suppressions
    assert (opt_out.endpoint_id, opt_out.medium, opt_out.at) == ("ph-1", "sms", NOW)


async def test_a_body_whose_sender_told_nothing_we_expect_is_malformed(desk: Desk) -> None:
    await desk.post([overdue("a")])
    row = await desk.db.fetchrow("SELECT received_at, body FROM inbox")
    assert row is not None
    async with desk.db.acquire() as conn:
        key = await desk.vault.day_key(conn, TENANT, row["received_at"].astimezone(UTC).date())
    raw = RawSignal.unpack(key.decrypt(row["body"], inbox_aad(TENANT)))
    bare = RawSignal(
        raw.tenant, raw.source, raw.source_uri, raw.signal_id, raw.type, raw.kind, raw.headers,
        raw.received_at, b"{}",
    )  # fmt: skip
    await desk.db.execute("UPDATE inbox SET body = $1", key.encrypt(bare.pack(), inbox_aad(TENANT)))
    result = await desk.intake()

    assert result.quarantined == 1
    assert [reason for reason, _ in await desk.quarantined()] == ["malformed"]
