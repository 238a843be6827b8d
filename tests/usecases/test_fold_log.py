"""The read model follows the log: nothing is skipped, nothing counted twice, a rebuild finds the same."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest

from outreach.domain.vocabulary import EventKind
from outreach.store.bodies import encode_body
from outreach.store.contacts import LogEvent, append_events
from outreach.store.erasures import erase
from outreach.usecases.fold_log import fold_log, rebuild_log
from outreach.usecases.receipt_effects import event_aad
from tests.e2e.service import NOON, Service, a_service
from tests.e2e.signals import a_consent, a_phone

BORIS: Final = "+12125550177"
ROWS: Final = "SELECT * FROM contact_log ORDER BY event_id"
SLOTS: Final = """
    SELECT slot, verdict, rule, channel, purpose, status, error_class, account, mode, currency,
           contacts, parts, cost_micros, until_min, until_max
      FROM contact_log_slots WHERE contacts <> 0 ORDER BY slot, verdict, rule, channel, status
"""
DAYS: Final = """
    SELECT * FROM contact_log_days WHERE contacts <> 0
  ORDER BY day, verdict, rule, channel, purpose, status, template
"""


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender whose log isn't folded yet."""
    async with a_service(database_url, redis_url) as running:
        yield running


async def follow(service: Service) -> None:
    """Fold until nothing waits."""
    while await fold_log(service.runtime):
        pass


async def read(service: Service, query: str) -> list[dict[str, Any]]:
    async with service.runtime.db.acquire() as conn:
        return [dict(row) for row in await conn.fetch(query)]


async def a_deferral(service: Service, tenant: str = "acme") -> None:
    """Log that the last person has to wait: one way until morning, the other for two days."""
    async with service.runtime.db.acquire() as conn:
        person = await conn.fetchval("SELECT max(person_id) FROM persons")
        wrapped = await conn.fetchval(
            "SELECT wrapped_key FROM persons WHERE person_id = $1", person
        )
        tried = [
            {
                "channel": "sms",
                "purpose": "collection",
                "endpoint": "ph-9",
                "template": "overdue",
                "template_ref": "overdue@123",
                "reasons": [
                    {"rule": "quiet", "until": (NOON + timedelta(hours=20)).isoformat()},
                    {"rule": "gap", "until": (NOON + timedelta(days=2)).isoformat()},
                ],
            }
        ]
        body = {"step": "s1", "treatment": "early@77", "debts": [7], "tried": tried}
        key = service.runtime.vault.open(wrapped)
        blob = key.encrypt(encode_body(body), event_aad(person))
        await append_events(
            conn, [LogEvent(tenant, person, None, EventKind.DEFERRED, service.now, blob)]
        )


async def live(service: Service, *, following: bool) -> None:
    """Contact, block, be delivered, be answered, defer; in between the folder may come by."""

    async def folder() -> None:
        if following:
            await follow(service)

    await service.post(service.borrower(), service.overdue(days=3))
    await service.fold()
    await folder()
    await service.dispatch()
    await folder()
    await service.receipts()
    await folder()
    boris = service.borrower(
        "BR-2", phones=[a_phone("ph-9", BORIS)], consents=[a_consent(NOON, status="revoked")]
    )
    await service.post(boris, service.overdue(days=3, loan="LN-2", borrower="BR-2"))
    await service.fold()
    await service.dispatch()
    await folder()
    await service.move_to(NOON + timedelta(hours=13))
    await a_deferral(service)
    async with service.runtime.db.acquire() as conn, conn.transaction():
        [[person, contact]] = await conn.fetch("SELECT person_id, contact_id FROM contacts")
        await conn.execute("UPDATE contacts SET price_micros = 7500, price_currency = 'USD'")
        event = LogEvent("acme", person, contact, EventKind.RECONCILED, service.now, b"-")
        await append_events(conn, [event])
    await folder()


async def test_each_row_says_what_people_search_by(service: Service) -> None:
    await live(service, following=False)
    await follow(service)

    sent, blocked, deferred = await read(service, ROWS)

    assert (sent["verdict"], sent["status"], sent["outcome"]) == ("allowed", "delivered", "delivered")  # fmt: skip
    assert (sent["channel"], sent["account"], sent["mode"]) == ("sms", "twilio", "live")
    assert (sent["cost_micros"], sent["currency"]) == (7500, "USD")
    assert sent["template"]
    assert sent["template_hash"]
    assert sent["address_hmac"] is not None
    assert (blocked["verdict"], blocked["rule"], blocked["until"]) == ("blocked", "outreach.opt_out", None)  # fmt: skip
    assert blocked["address_hmac"] == service.runtime.vault.address_hmac(BORIS)
    assert (deferred["verdict"], deferred["rule"], deferred["rules"]) == ("deferred", "gap", ["gap", "quiet"])  # fmt: skip
    assert (deferred["until"], deferred["loan_ids"]) == (NOON + timedelta(days=2), [7])
    assert (deferred["treatment"], deferred["template"]) == ("early", "overdue")
    assert deferred["day"].isoformat() == "2026-11-24", "the lender's day, not UTC's"


async def test_what_was_followed_is_what_a_rebuild_finds(service: Service) -> None:
    await live(service, following=True)
    followed = [await read(service, query) for query in (ROWS, SLOTS, DAYS)]

    await rebuild_log(service.runtime)
    rebuilt = [await read(service, query) for query in (ROWS, SLOTS, DAYS)]
    await follow(service)
    again = [await read(service, query) for query in (ROWS, SLOTS, DAYS)]

    assert next(len(one) for one in followed) == 3
    assert rebuilt == followed
    assert again == followed


async def test_counts_are_those_of_the_rows(service: Service) -> None:
    await live(service, following=True)

    for table in ("contact_log_slots", "contact_log_days"):
        [kept] = await read(
            service, f"SELECT sum(contacts) AS n, sum(cost_micros) AS c FROM {table}"
        )
        assert (kept["n"], kept["c"]) == (3, 7500), table
    assert {row["status"] for row in await read(service, SLOTS)} == {"", "delivered"}


async def test_a_row_of_a_transaction_that_stays_open_is_folded_after_it(service: Service) -> None:
    await live(service, following=True)
    event = LogEvent("acme", 0, None, EventKind.INBOUND, service.now, b"-")
    async with service.runtime.db.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await append_events(slow, [event])
        async with service.runtime.db.acquire() as conn:
            await append_events(conn, [event])
        await follow(service)
        meanwhile = await read(service, ROWS)
        [state] = await read(service, "SELECT as_of FROM contact_log_state")
        [waiting] = await read(service, "SELECT max(recorded_at) AS at FROM contact_events")
        await transaction.commit()
    await follow(service)

    assert len(meanwhile) == 3, "what came after it waits with it"
    assert state["as_of"] == waiting["at"]
    assert len(await read(service, ROWS)) == 5


async def test_a_long_backlog_is_walked_through(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await follow(service)
    monkeypatch.setattr("outreach.usecases.fold_log.MOST_NEW", 3)
    await live(service, following=False)
    assert await fold_log(service.runtime) > 3
    [state] = await read(service, "SELECT walk_to FROM contact_log_state")
    assert state["walk_to"] is not None
    await follow(service)

    assert len(await read(service, ROWS)) == 3


async def test_after_a_restore_elsewhere_everything_is_folded_anew(service: Service) -> None:
    await live(service, following=True)
    async with service.runtime.db.acquire() as conn:
        await conn.execute("UPDATE contact_log_state SET horizon = '9000000000'")
    await a_deferral(service)
    await follow(service)

    assert len(await read(service, ROWS)) == 4


async def test_an_erased_borrower_leaves_no_address(service: Service) -> None:
    await live(service, following=True)
    async with service.runtime.db.acquire() as conn:
        person = await conn.fetchval("SELECT person_id FROM contacts")
        await erase(conn, person, at=service.now)
    erased = [row for row in await read(service, ROWS) if row["person_id"] == person]
    await rebuild_log(service.runtime)
    rebuilt = [row for row in await read(service, ROWS) if row["person_id"] == person]

    assert [row["address_hmac"] for row in erased + rebuilt] == [None, None]
    assert [row["verdict"] for row in rebuilt] == ["allowed"]
