"""Is this process alive, is it of use, and how much has it done."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Final

import msgspec
import structlog
from aiohttp import web

from outreach.store.alerts import count_raised
from outreach.store.contact_log_folding import find_as_of
from outreach.store.discrepancies import count_open
from outreach.store.gauges import count_recent, find_gauges, list_alerts
from outreach.store.hand_offs import count_hand_offs
from outreach.store.letters import count_waiting
from outreach.store.pauses import list_stops
from outreach.store.risk import count_tiers
from outreach.store.tasks import count_tasks
from outreach.usecases.template_live import UNUSABLE
from outreach.web.metrics import CONTENT_TYPE, Metrics
from outreach.web.state import METRICS, RUNTIME, WebRuntime

log = structlog.get_logger(__name__)

_SECONDS: Final = 2.0


async def live(_: web.Request) -> web.Response:
    """200 as long as the process answers; asks nobody else."""
    return web.json_response({"status": "live"})


async def ready(request: web.Request) -> web.Response:
    """200 when database and Redis answer within two seconds, else 503; says which one doesn't.

    Without Redis webhooks are still taken: only `database` decides the status.
    """
    runtime = request.app[RUNTIME]
    database, redis = await asyncio.gather(_database(runtime), _redis(runtime))
    checks = {"database": database, "redis": redis}
    request.app[METRICS].ready.set(int(database == redis == "ok"))
    body = {"status": "ready" if database == "ok" else "not ready", "checks": checks}
    return web.Response(
        status=200 if database == "ok" else 503,
        body=msgspec.json.encode(body),
        content_type="application/json",
    )


async def _database(runtime: WebRuntime) -> str:
    try:
        async with asyncio.timeout(_SECONDS), runtime.db.acquire() as conn:
            await conn.execute("SELECT 1")
    except Exception as exc:  # noqa: BLE001 - whatever it is, the answer is why
        return type(exc).__name__
    return "ok"


async def _redis(runtime: WebRuntime) -> str:
    try:
        async with asyncio.timeout(_SECONDS):
            await runtime.redis.ping()
    except Exception as exc:  # noqa: BLE001 - whatever it is, the answer is why
        return type(exc).__name__
    return "ok"


async def metrics(request: web.Request) -> web.Response:
    """Prometheus's text format: this process's counts, and what waits in the installation."""
    numbers = request.app[METRICS]
    try:
        async with asyncio.timeout(_SECONDS):
            await _show_waiting(request.app[RUNTIME], numbers)
    except Exception as exc:  # noqa: BLE001 - its own numbers are shown while the database is away
        log.warning("gauges_not_read", error=type(exc).__name__)
    return web.Response(body=numbers.exposition(), headers={"Content-Type": CONTENT_TYPE})


async def _show_waiting(runtime: WebRuntime, numbers: Metrics) -> None:
    now, wall = runtime.clock.business_now(), runtime.clock.wall_now()
    async with runtime.db.acquire() as conn:
        found = await find_gauges(conn, now=now)
        alerts = await list_alerts(conn, since=now - timedelta(days=1))
        stops = await list_stops(conn)
        recent = await count_recent(conn, since=wall - timedelta(hours=1))
        tasks = await count_tasks(conn, now=now)
        hand_offs = await count_hand_offs(conn)
        tiers = await count_tiers(conn)
        differences = await count_open(conn)
        letters = await count_waiting(conn)
        failed_words = await count_raised(conn, UNUSABLE)
        as_of = await find_as_of(conn)
    for queue, count, since, clock in (
        ("inbox", found.inbox_rows, found.inbox_since, wall),
        ("callbacks", found.callback_rows, found.callbacks_since, wall),
        ("agenda", found.persons_due, found.due_since, now),
        ("quarantine", found.quarantined, None, wall),
        ("tasks", found.tasks_open, None, wall),
        ("replies", found.replies_waiting, found.replies_since, now),
        ("letters", sum(letters.values()), None, wall),
    ):
        numbers.waiting(queue, count, (clock - since).total_seconds() if since else 0.0)
    is_folded = as_of.year > 1
    numbers.contact_log_behind.set((wall - as_of).total_seconds() if is_folded else float("inf"))
    counts: Counter[tuple[str, str]] = Counter()
    for alert in alerts:
        counts[alert.tenant_id, alert.kind] += alert.times
    numbers.alerts(counts)
    numbers.failed_words(failed_words)
    pauses = Counter((one.tenant_id, one.scope) for one in stops.paused)
    numbers.contacts(recent)
    work: Counter[tuple[str, str]] = Counter()
    for one in tasks:
        work[one.kind, one.state] += one.waiting
        work[one.kind, "overdue"] += one.overdue
    numbers.tasks(work)
    numbers.hand_offs(hand_offs)
    numbers.tiers(tiers)
    numbers.discrepancies(differences)
    numbers.stops(stops.circuits, pauses)
    numbers.shares(stops.shares)
