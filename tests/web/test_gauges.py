"""Metrics say how much waits and for how long, and what was alerted."""

from datetime import timedelta

from outreach.store.alerts import Alert, raise_alerts
from tests.e2e.service import NOON, a_service


async def text_of(service: object) -> str:
    runtime, base = service.runtime, service.base_url  # type: ignore[attr-defined]
    async with runtime.http.get(f"{base}/metrics") as answer:
        assert answer.status == 200
        return str(await answer.text())


async def test_a_signal_that_waits_is_counted_until_it_is_folded(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        await service.post(service.borrower(), service.overdue(days=3))
        assert 'outreach_waiting{queue="inbox"} 2.0' in await text_of(service)

        await service.fold()

        text = await text_of(service)
        assert 'outreach_waiting{queue="inbox"} 0.0' in text
        assert 'outreach_waiting{queue="agenda"} 1.0' in text


async def test_recent_alerts_are_shown_by_kind_and_old_ones_are_not(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        async with service.runtime.db.acquire() as conn:
            recent, old = Alert("acme", "source_silent", "core"), Alert("acme", "unmapped", "core")
            await raise_alerts(conn, [recent, recent], at=NOON - timedelta(hours=2))
            await raise_alerts(conn, [old], at=NOON - timedelta(days=3))

        text = await text_of(service)

        assert 'outreach_alerts{kind="source_silent",tenant="acme"} 2.0' in text
        assert "unmapped" not in text


async def test_its_own_numbers_are_shown_while_the_database_is_away(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        await service.runtime.db.close()

        assert "outreach_webhook_requests" in await text_of(service)


async def test_how_far_the_searchable_log_is_behind_is_told(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        before = await text_of(service)
        await service.fold_contact_log()
        after = await text_of(service)

    assert "outreach_contact_log_behind_seconds +Inf" in before
    assert "outreach_contact_log_behind_seconds +Inf" not in after
    assert "outreach_contact_log_behind_seconds " in after
