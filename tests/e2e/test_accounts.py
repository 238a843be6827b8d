"""Two accounts for one channel share the load by how they fare; prices and privacy come later."""

from collections import Counter
from datetime import timedelta
from typing import Any, Final

from outreach.store.accounts import list_shares
from outreach.usecases.finishing import NOT_REDACTED, finish_messages
from outreach.usecases.load_sharing import SHIFTED, interchangeable, share_load
from outreach.usecases.pausing import history
from tests.e2e.service import US_NUMBER, Service, a_service, kinds
from tests.e2e.test_senders import SECOND, by_sender, owe

RATE: Final[dict[str, Any]] = {"channel": "sms", "rate_per_second": 500}
TWO: Final[dict[str, Any]] = {
    "providers": {"other": {"adapter": "twilio_sms", "options": {}}},
    "senders": {
        "main": {**RATE, "provider": "twilio", "address": US_NUMBER},
        "second": {**RATE, "provider": "other", "address": SECOND},
    },
}


async def look(service: Service, *, after: timedelta = timedelta(0)) -> dict[str, float]:
    """Look at the accounts once; returns what they get now."""
    wall = service.runtime.clock.wall_now() + after + timedelta(seconds=5)
    accounts = interchangeable(service.runtime.settings.lenders.values())
    await share_load(service.runtime, accounts, now=service.now, wall_now=wall)
    async with service.runtime.db.acquire() as conn:
        return {name: one.share for name, one in (await list_shares(conn)).items()}


async def test_load_shifts_from_an_account_that_fails_and_back(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url, lender=TWO) as service:
        await owe(service, 60)
        await service.dispatch()
        before = await by_sender(service)
        assert min(before.values()) >= 10
        await service.rows(
            "UPDATE contacts SET error_class = 'unknown' WHERE provider = 'other' RETURNING 1"
        )

        assert await look(service) == {"other": 0.5}
        [alert] = await service.rows("SELECT subject, detail FROM alerts WHERE kind = $1", SHIFTED)
        assert alert["subject"] == "other"
        assert alert["detail"].startswith("to 50%: ")
        [said] = await history(service.runtime)
        assert (said.body["type"], said.body["subject"]) == ("load.shifted", "other")
        assert said.body["reason"].startswith("100% to 50%: ")

        # Nothing was sent since: a quarter of an hour later it is tried with all of it again.
        assert await look(service, after=timedelta(minutes=5)) == {"other": 0.5}
        assert await look(service, after=timedelta(minutes=16)) == {"other": 1.0}


async def test_a_smaller_share_is_drawn_from_a_part_of_the_people(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url, lender=TWO) as service:
        await service.rows(
            "INSERT INTO account_health (account, share, changed_at)"
            " VALUES ('other', 0.0625, now()) RETURNING 1"
        )
        await owe(service, 40)
        await service.dispatch()
        found = await by_sender(service)

    assert found.total() == 40
    assert found[US_NUMBER] > 30


async def test_prices_and_privacy_are_settled_once_the_vendor_knows(
    database_url: str, redis_url: str
) -> None:
    private = {
        "providers": {"other": {"adapter": "twilio_sms", "options": {"redact": True}}},
        "senders": {"main": {"channel": "sms", "provider": "other", "address": US_NUMBER}},
    }
    async with a_service(database_url, redis_url, lender=private) as service:
        await owe(service, 1)
        await service.dispatch()
        await service.receipts()
        [ref] = service.twilio.messages

        async def finish(after: timedelta) -> int:
            wall = service.runtime.clock.wall_now() + after
            return await finish_messages(service.runtime, now=service.now, wall_now=wall)

        assert await finish(timedelta(seconds=30)) == 0, "too early"
        assert await finish(timedelta(minutes=3)) == 1
        assert (await service.contacts())[0]["price_micros"] is None
        assert service.twilio.messages[ref]["body"] == "", "the words go without waiting for it"
        assert await finish(timedelta(minutes=4)) == 0, "not asked again so soon"

        service.twilio.price(ref, "-0.01580", segments=2)
        assert await finish(timedelta(minutes=31)) == 1
        [row] = await service.contacts()
        assert (row["billed_parts"], row["price_micros"], row["price_currency"]) == (
            2,
            15_800,
            "USD",
        )
        log = await service.log()
        assert kinds(log)[-1] == "reconciled"
        assert log[-1]["price"] == {"micros": 15_800, "currency": "USD"}
        assert log[-1]["raw"] == {"lookup": "price", "redacted": True}
        assert await finish(timedelta(hours=1.5)) == 0
        assert await service.rows("SELECT 1 FROM alerts WHERE kind = $1", NOT_REDACTED) == []


async def test_what_cannot_be_forgotten_is_told_after_the_last_question(
    database_url: str, redis_url: str
) -> None:
    private = {
        "providers": {"other": {"adapter": "twilio_sms", "options": {"redact": True}}},
        "senders": {"main": {"channel": "sms", "provider": "other", "address": US_NUMBER}},
    }
    async with a_service(database_url, redis_url, lender=private) as service:
        await owe(service, 1)
        await service.dispatch()
        await service.receipts()
        service.twilio.messages.clear()
        await service.rows("UPDATE contacts SET finished = 4 RETURNING 1")
        deep = service.runtime.clock.wall_now().replace(minute=0, second=4) + timedelta(hours=50)

        assert await finish_messages(service.runtime, now=service.now, wall_now=deep) == 1
        assert await finish_messages(service.runtime, now=service.now, wall_now=deep) == 0

        alerts = await service.rows("SELECT kind, subject FROM alerts")
        assert Counter(row["kind"] for row in alerts)[NOT_REDACTED] == 1
